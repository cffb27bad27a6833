//! The B-tree on a heap (BTH, [MS-PST] §2.3.2): records of one size, in order of their keys.

use std::collections::HashSet;

use bytes::Bytes;

use super::heap::Heap;
use crate::store::pst::bytes::{u8_at, u32_at};
use crate::store::pst::error::{PstError, Result};

/// Levels of index at most; two suffice for the largest known table.
const MAX_LEVELS: u8 = 8;
/// Records at most: as many as a row index of a folder of four million messages has.
const MAX_RECORDS: usize = 4 << 20;

/// The records of a tree.
#[derive(Debug)]
pub struct Records {
    key_bytes: usize,
    value_bytes: usize,
    leaves: Vec<Bytes>,
    /// A part of it can't be read.
    pub is_damaged: bool,
}

impl Records {
    /// Reads the tree whose header is at `hid`. What can't be read of it is missing, and marked.
    ///
    /// # Errors
    /// The header is none.
    pub fn read(heap: &Heap<'_>, hid: u32) -> Result<Self> {
        let header = heap.get(hid)?;
        let wrong = || PstError::nonsense("it is no tree on a heap", u64::from(hid));
        let fields = (u8_at(&header, 1), u8_at(&header, 2), u8_at(&header, 3), u32_at(&header, 4));
        let (Some(key), Some(value), Some(levels), Some(root)) = fields else { return Err(wrong()) };
        // Without the signature, only the sizes that properties and rows have.
        let is_usual = matches!((key, value), (2, 6) | (4, 4) | (4, 2)) && header.len() == 8;
        let is_one = u8_at(&header, 0) == Some(0xB5) || is_usual;
        if !is_one || !matches!(key, 2 | 4 | 8 | 16) || value == 0 || value > 32 || levels > MAX_LEVELS {
            return Err(wrong());
        }
        let mut records = Self { key_bytes: usize::from(key), value_bytes: usize::from(value), leaves: Vec::new(), is_damaged: false };
        records.descend(heap, root, levels);
        Ok(records)
    }

    fn descend(&mut self, heap: &Heap<'_>, root: u32, levels: u8) {
        let (mut waiting, mut seen, mut count) = (vec![(root, levels)], HashSet::new(), 0);
        while let Some((hid, level)) = waiting.pop() {
            // A tree without records has no root.
            if hid == 0 {
                continue;
            }
            let piece = if seen.insert(hid) && count < MAX_RECORDS { heap.get(hid) } else { Err(PstError::nonsense("a tree within itself", u64::from(hid))) };
            match piece {
                Ok(piece) if level == 0 => {
                    count += piece.len() / (self.key_bytes + self.value_bytes);
                    self.leaves.push(piece);
                }
                Ok(piece) => {
                    let below = piece.chunks_exact(self.key_bytes + 4).filter_map(|entry| u32_at(entry, self.key_bytes));
                    let below: Vec<u32> = below.collect();
                    waiting.extend(below.into_iter().rev().map(|hid| (hid, level - 1)));
                }
                Err(error) => {
                    self.is_damaged = true;
                    heap.ndb().note(|| error.to_string());
                }
            }
        }
    }

    /// Each record's key and value.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.leaves.iter().flat_map(|leaf| leaf.chunks_exact(self.key_bytes + self.value_bytes)).filter_map(|record| record.split_at_checked(self.key_bytes))
    }

    /// The bytes of a key.
    #[must_use]
    pub const fn key_bytes(&self) -> usize {
        self.key_bytes
    }

    /// The bytes of a value.
    #[must_use]
    pub const fn value_bytes(&self) -> usize {
        self.value_bytes
    }
}
