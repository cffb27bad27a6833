//! The heap on a node (HN, [MS-PST] §2.3.1): small pieces of data, each known by a HID.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;

use crate::store::pst::bytes::{u8_at, u16_at, u32_at};
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::ndb::{DataTree, Ndb, Subnodes};

/// Blocks of one heap held at a time; tables of very large folders have thousands.
const HELD_BLOCKS: usize = 64;

/// The heap of a node, with the subnodes that its larger values lie in.
pub struct Heap<'n> {
    ndb: &'n Ndb,
    data: DataTree,
    subnodes: Subnodes,
    /// What is built upon it: 0xBC for properties, 0x7C for a table.
    pub client: u8,
    /// The HID of what is built upon it.
    pub root: u32,
    blocks: RefCell<BTreeMap<usize, Bytes>>,
}

impl<'n> Heap<'n> {
    /// Opens the heap whose data and subnodes have these BIDs.
    ///
    /// # Errors
    /// Its first block can't be read or is no heap's.
    pub fn open(ndb: &'n Ndb, data: u64, sub: u64) -> Result<Self> {
        let data = ndb.data_tree(data)?;
        let first = data.block(ndb, 0)?;
        let wrong = || PstError::nonsense("it is no heap", u64::from(u32_at(&first, 0).unwrap_or(0)));
        let (client, root) = (u8_at(&first, 3).ok_or_else(wrong)?, u32_at(&first, 4).ok_or_else(wrong)?);
        // One of the two may have been hit, if the rest makes sense.
        let map = u16_at(&first, 0).map(usize::from).filter(|map| u16_at(&first, *map).is_some_and(|count| count > 0));
        let is_likely = matches!(client, 0xBC | 0x7C) && is_hid(root) && root != 0 && map.is_some();
        if u8_at(&first, 2) != Some(0xEC) && !is_likely {
            return Err(wrong());
        }
        let subnodes = Subnodes::read(ndb, sub);
        Ok(Self { ndb, data, subnodes, client, root, blocks: RefCell::new(BTreeMap::from([(0, first)])) })
    }

    /// The database it lies in.
    #[must_use]
    pub const fn ndb(&self) -> &'n Ndb {
        self.ndb
    }

    /// The subnodes beside it.
    #[must_use]
    pub const fn subnodes(&self) -> &Subnodes {
        &self.subnodes
    }

    /// The piece that `hid` names.
    ///
    /// # Errors
    /// There is none, or its block can't be read.
    pub fn get(&self, hid: u32) -> Result<Bytes> {
        let wrong = |what| PstError::nonsense(what, u64::from(hid));
        let bits = self.ndb.format().hid_index_bits();
        if hid & 0x1F != 0 || hid == 0 {
            return Err(wrong("no place in a heap"));
        }
        let number = (hid >> 5) & ((1 << bits) - 1);
        let block = self.block(usize::try_from(hid >> (5 + bits)).unwrap_or(usize::MAX))?;
        let map = usize::from(u16_at(&block, 0).ok_or_else(|| wrong("a block of a heap that is too short"))?);
        let count = u16_at(&block, map).ok_or_else(|| wrong("the map of a heap's block lies outside it"))?;
        // The count of freed pieces is not believed, nor is it needed.
        if number == 0 || number > u32::from(count) {
            return Err(wrong("no such piece in the heap"));
        }
        let at = map + 4 + 2 * (number as usize - 1);
        let (from, to) = (u16_at(&block, at), u16_at(&block, at + 2));
        let (Some(from), Some(to)) = (from, to) else { return Err(wrong("the map of a heap's block is cut off")) };
        if from > to || usize::from(to) > block.len() {
            return Err(wrong("a piece of the heap lies outside its block"));
        }
        Ok(block.slice(usize::from(from)..usize::from(to)))
    }

    /// The data that `hnid` names, in the heap or in a subnode, in memory.
    ///
    /// # Errors
    /// It is not there, or longer than `limit`.
    pub fn data(&self, hnid: u32, limit: usize) -> Result<Bytes> {
        if hnid == 0 {
            return Ok(Bytes::new());
        }
        if is_hid(hnid) {
            return self.get(hnid);
        }
        self.subnodes.data_tree(self.ndb, hnid)?.read(self.ndb, limit)
    }

    fn block(&self, at: usize) -> Result<Bytes> {
        if let Some(block) = self.blocks.borrow().get(&at) {
            return Ok(block.clone());
        }
        let block = self.data.block(self.ndb, at)?;
        let mut held = self.blocks.borrow_mut();
        if held.len() >= HELD_BLOCKS {
            held.pop_first();
        }
        held.insert(at, block.clone());
        Ok(block)
    }
}

/// Whether a HNID is a HID: a place in the heap, not a subnode.
#[must_use]
pub const fn is_hid(hnid: u32) -> bool {
    hnid & 0x1F == 0
}
