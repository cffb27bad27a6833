//! Subnodes ([MS-PST] §2.2.2.8.3.3): nodes that belong to one node, such as a message's recipients, attachments and large values.

use std::collections::HashSet;

use super::{DataTree, Ndb};
use crate::store::pst::bytes::{u8_at, u16_at};
use crate::store::pst::error::{PstError, Result};

/// Subnodes of one node at most: an attachment and its larger values take some four each.
const MAX_SUBNODES: usize = 1 << 20;

/// A subnode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subnode {
    /// Its NID, unique within its node.
    pub nid: u32,
    /// The BID of its data.
    pub data: u64,
    /// The BID of its own subnodes; 0 for none.
    pub sub: u64,
}

/// The subnodes of a node, by NID.
#[derive(Clone, Debug, Default)]
pub struct Subnodes {
    by_nid: Vec<Subnode>,
    /// A part of them could not be read.
    pub is_damaged: bool,
}

impl Subnodes {
    /// Reads them all. What can't be read is missing, and marked.
    #[must_use]
    pub fn read(ndb: &Ndb, bid: u64) -> Self {
        let mut found = Self::default();
        if bid == 0 {
            return found;
        }
        let mut waiting = vec![(bid, None)];
        let mut seen = HashSet::new();
        while let Some((bid, level)) = waiting.pop() {
            let leaf_of = if seen.insert(bid) && found.by_nid.len() < MAX_SUBNODES { block(ndb, bid, level, &mut found.by_nid) } else { Ok(Vec::new()) };
            match leaf_of {
                Ok(below) => waiting.extend(below.into_iter().rev().map(|bid| (bid, Some(0)))),
                Err(error) => {
                    found.is_damaged = true;
                    ndb.note(|| format!("subnodes: {error}"));
                }
            }
        }
        found.by_nid.sort_by_key(|subnode| subnode.nid);
        found.by_nid.dedup_by_key(|subnode| subnode.nid);
        found
    }

    /// The subnode with this NID.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, nid: u32) -> Result<Subnode> {
        let at = self.by_nid.binary_search_by_key(&nid, |subnode| subnode.nid).map_err(|_| PstError::NoNode { nid })?;
        self.by_nid.get(at).copied().ok_or(PstError::NoNode { nid })
    }

    /// All of them, by NID.
    #[must_use]
    pub fn all(&self) -> &[Subnode] {
        &self.by_nid
    }

    /// The data of the subnode with this NID.
    ///
    /// # Errors
    /// There is none, or the list of its blocks can't be read.
    pub fn data_tree(&self, ndb: &Ndb, nid: u32) -> Result<DataTree> {
        ndb.data_tree(self.get(nid)?.data)
    }
}

/// Reads an SLBLOCK into `found`, or gives the blocks of an SIBLOCK.
fn block(ndb: &Ndb, bid: u64, level: Option<u8>, found: &mut Vec<Subnode>) -> Result<Vec<u64>> {
    let wrong = |what| PstError::Block { bid, what };
    let bytes = ndb.block(bid)?;
    let (kind, own, count) = (u8_at(&bytes, 0), u8_at(&bytes, 1), u16_at(&bytes, 2));
    let (Some(2), Some(own), Some(count)) = (kind, own, count) else { return Err(wrong("it is no list of subnodes")) };
    if own > 1 || level.is_some_and(|level| level != own) {
        return Err(wrong("a list of subnodes of no known level"));
    }
    let format = ndb.format();
    let (head, word) = if format.is_ansi() { (4, 4) } else { (8, 8) };
    let entry = if own == 0 { 3 * word } else { 2 * word };
    let at = |number: usize, field: usize| format.word(&bytes, head + number * entry + field * word);
    if own == 1 {
        return Ok((0..usize::from(count)).map_while(|number| at(number, 1)).collect());
    }
    #[allow(clippy::cast_possible_truncation, reason = "only the lower half of a NID's eight bytes counts")]
    let leaf = (0..usize::from(count)).map_while(|number| Some(Subnode { nid: at(number, 0)? as u32, data: at(number, 1)?, sub: at(number, 2)? }));
    found.extend(leaf);
    Ok(Vec::new())
}
