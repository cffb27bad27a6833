//! Reads a [`DataTree`] as a stream, past blocks that are lost.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::stretch::Stretch;
use super::{DataTree, Ndb};
use crate::store::mapi::Gap;
use crate::store::pst::error::{PstError, Result};

/// Data of more blocks than this (128 KB) is an attachment's, and read once.
const PASSED_BLOCKS: usize = 16;
/// Blocks that are read alone after one that could not be read with its neighbours.
const ALONE_BLOCKS: usize = 8;

/// Reads a [`DataTree`] from its start.
///
/// Where a block is lost and a later one is not, as many zeros stand for it, and [`Gap`] comes instead of the end: what a person
/// gets is as long as it was, and what can be read of it lies in its place.
pub struct DataReader {
    ndb: Arc<Ndb>,
    tree: DataTree,
    /// The block after those that were read.
    next: usize,
    /// What is left of a block that was read alone.
    block: Bytes,
    /// Blocks that were read together, and what is left of the one at hand.
    stretch: Stretch,
    part: Range<usize>,
    /// Up to here blocks are read alone.
    alone_before: usize,
    /// Zeros that come before what is left of `block`.
    zeros: u64,
    gap: Option<Gap>,
}

impl DataReader {
    pub(super) fn new(ndb: Arc<Ndb>, tree: DataTree) -> Self {
        Self { ndb, tree, next: 0, block: Bytes::new(), stretch: Stretch::default(), part: 0..0, alone_before: 0, zeros: 0, gap: None }
    }

    /// Goes on to the next block; false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(bid) = self.tree.bids().get(self.next).copied() else { return Ok(false) };
        let read = if self.tree.block_count() <= PASSED_BLOCKS { self.ndb.block(bid).map(Some) } else { self.together(bid) };
        match read {
            Ok(alone) => self.block = alone.unwrap_or_default(),
            Err(why) => return self.bridge(&why).map_or(Err(why), |()| Ok(true)),
        }
        self.next += 1;
        Ok(true)
    }

    /// The next block as a part of the stretch at hand; else alone.
    fn together(&mut self, bid: u64) -> Result<Option<Bytes>> {
        if self.stretch.is_empty() && self.next >= self.alone_before {
            self.stretch.read(&self.ndb, self.tree.bids().get(self.next..).unwrap_or_default());
            // Where one is damaged, so may be its neighbours: they are not read over and over.
            self.alone_before = if self.stretch.is_empty() { self.next + ALONE_BLOCKS } else { 0 };
        }
        match self.stretch.next() {
            Some(part) => {
                self.part = part;
                Ok(None)
            }
            None => self.ndb.block_once(bid).map(Some),
        }
    }

    /// Goes on behind lost blocks; `None` if all that follow are lost, or nobody knows how long they were.
    fn bridge(&mut self, why: &PstError) -> Option<()> {
        let format = self.ndb.format();
        let full = (format.max_block_bytes() - format.block_trailer_bytes()) as u64;
        // All blocks but the last are full.
        if self.tree.declared_len()?.div_ceil(full) != self.tree.block_count() as u64 {
            return None;
        }
        let behind = self.next + 1;
        let (at, block) = self.tree.bids().get(behind..)?.iter().enumerate().find_map(|(at, bid)| Some((behind + at, self.ndb.block_once(*bid).ok()?)))?;
        let lost = (at - self.next) as u64 * full;
        let gap = self.gap.get_or_insert_with(|| Gap { first: self.next as u64 * full, lost: 0, why: why.to_string() });
        gap.lost += lost;
        // A file that names the same few blocks again and again can't make endless data of nothing.
        if gap.lost > self.ndb.len() {
            return None;
        }
        (self.zeros, self.block, self.next) = (lost, block, at + 1);
        Some(())
    }
}

impl Read for DataReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.zeros == 0 && self.block.is_empty() && self.part.is_empty() {
            if !self.advance()? {
                return self.gap.take().map_or(Ok(0), |gap| Err(gap.into()));
            }
        }
        if self.zeros > 0 {
            let len = into.len().min(usize::try_from(self.zeros).unwrap_or(usize::MAX));
            into.get_mut(..len).unwrap_or_default().fill(0);
            self.zeros -= len as u64;
            return Ok(len);
        }
        let from = if self.part.is_empty() { &self.block } else { self.stretch.bytes(self.part.clone()) };
        let len = from.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..len), from.get(..len)) {
            into.copy_from_slice(from);
        }
        if self.part.is_empty() {
            self.block.advance(len)
        } else {
            self.part.start += len
        }
        Ok(len)
    }
}
