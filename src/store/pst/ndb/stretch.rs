//! Blocks of one stream of data that lie side by side, read in one go.
//!
//! Taken is only what is whole in every respect, and stored as it is. Everything else is left to [`Ndb::block`], which knows what to
//! make of damage: both ways give the same bytes.

use std::collections::VecDeque;
use std::ops::Range;

use super::Ndb;
use super::block::is_whole;
use super::page::{BlockPlace, Page, Tree, key_of};
use crate::store::pst::header::Format;

/// What is read in one go at most (256 KB): more is not faster, and this much is still in the processor's cache when it is decoded.
const MOST_BYTES: usize = 256 << 10;
/// So much between two neighbours is read with them: a page of an index, an allocation map.
const MOST_BETWEEN: u64 = 4096;

/// Decoded blocks that wait to be handed on.
#[derive(Default)]
pub(super) struct Stretch {
    room: Vec<u8>,
    blocks: VecDeque<Range<usize>>,
}

/// A block that is about to be read.
struct Planned {
    bid: u64,
    place: BlockPlace,
}

impl Stretch {
    /// Reads as many of `bids`, from the first on, as lie side by side and are whole. None is no error: the first is to be read alone.
    pub fn read(&mut self, ndb: &Ndb, bids: &[u64]) {
        self.blocks.clear();
        // Newer blocks are as large as several of these, and most are deflated.
        if ndb.format() == Format::Unicode4k {
            return;
        }
        let planned = plan(ndb, bids);
        let (Some(first), Some(last)) = (planned.first(), planned.last()) else { return };
        let start = first.place.offset;
        let Ok(len) = usize::try_from(end_of(ndb, last.place) - start) else { return };
        if self.room.len() < len {
            self.room.resize(len, 0);
        }
        let Some(room) = self.room.get_mut(..len) else { return };
        if !ndb.file.read_at(start, room).is_ok_and(|read| read == len) {
            return;
        }
        for Planned { bid, place } in &planned {
            let Ok(from) = usize::try_from(place.offset - start) else { return };
            let data = from..from + usize::from(place.len);
            let trailer = from + ndb.format().block_bytes(usize::from(place.len)) - ndb.format().block_trailer_bytes();
            let marks = room.get(trailer..).and_then(|trailer| ndb.format().block_marks(trailer));
            let Some(bytes) = room.get_mut(data.clone()) else { return };
            if !marks.is_some_and(|marks| is_whole(&marks, key_of(Tree::Blocks, *bid), place.offset, bytes)) {
                return;
            }
            ndb.crypt.decode(bytes, *bid);
            self.blocks.push_back(data);
        }
    }

    /// Whether all of them were handed on.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The next block's place among [`Stretch::bytes`].
    pub fn next(&mut self) -> Option<Range<usize>> {
        self.blocks.pop_front()
    }

    /// Bytes of it.
    pub fn bytes(&self, at: Range<usize>) -> &[u8] {
        self.room.get(at).unwrap_or_default()
    }
}

/// The blocks that are read in one go, as the index places them.
fn plan(ndb: &Ndb, bids: &[u64]) -> Vec<Planned> {
    let format = ndb.format();
    let mut planned: Vec<Planned> = Vec::new();
    let (mut leaf, mut start, mut end): (Option<Page>, u64, u64) = (None, 0, 0);
    for bid in bids {
        let key = key_of(Tree::Blocks, *bid);
        let mut place = leaf.as_ref().and_then(|leaf| leaf.block(key));
        if place.is_none() {
            // Blocks of one stream stand side by side in the index, too.
            leaf = ndb.leaf_of(key).0;
            place = leaf.as_ref().and_then(|leaf| leaf.block(key));
        }
        let Some(place) = place.filter(|place| place.len > 0 && place.offset.is_multiple_of(format.block_step() as u64)) else { break };
        if planned.is_empty() {
            (start, end) = (place.offset, place.offset);
        }
        let is_near = place.offset.checked_sub(end).is_some_and(|between| between <= MOST_BETWEEN);
        let is_block = format.block_bytes(usize::from(place.len)) <= format.max_block_bytes();
        let fits = is_block && end_of(ndb, place).checked_sub(start).is_some_and(|len| len <= MOST_BYTES as u64);
        if !is_near || !fits {
            break;
        }
        end = end_of(ndb, place);
        planned.push(Planned { bid: *bid, place });
    }
    planned
}

/// Where a block ends; no offset of a file is near the end of all numbers.
fn end_of(ndb: &Ndb, place: BlockPlace) -> u64 {
    place.offset.saturating_add(ndb.format().block_bytes(usize::from(place.len)) as u64)
}
