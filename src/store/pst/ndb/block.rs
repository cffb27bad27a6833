//! Blocks ([MS-PST] §2.2.2.8): data of up to 8 KB, or trees of them.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use super::page::{BlockPlace, Page, Tree, key_of};
use super::reader::DataReader;
use super::{MAX_LEVELS, Ndb, locked};
use crate::store::pst::bytes::{u8_at, u16_at, u32_at};
use crate::store::pst::checksum;
use crate::store::pst::crypt::Crypt;
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::file::{Key, exact};
use crate::store::pst::header::{BlockMarks, Format};

/// Blocks of one data tree at most: its length is of 32 bits, and a full block holds 8176 bytes or more. Twice that.
const MAX_TREE_BLOCKS: usize = 1 << 20;
/// The second bit of a BID: the block is one of the database's own, and not encoded.
const INTERNAL: u64 = 2;

/// What a block's trailer says to what was expected of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Trust {
    /// Its checksum or its id is wrong.
    Damaged,
    /// All agrees.
    Whole,
}

impl Ndb {
    /// A block, decoded.
    ///
    /// # Errors
    /// It is in no index, or not where the indexes say, and nowhere else.
    pub fn block(&self, bid: u64) -> Result<Bytes> {
        let key = key_of(Tree::Blocks, bid);
        let cached = locked(&self.cache).get(Key::Block(key));
        if let Some(cached) = cached {
            return Ok(cached);
        }
        let block = self.block_once(bid)?;
        // Every further look at it takes the same bytes, also where they are damaged.
        locked(&self.cache).put(Key::Block(key), block.clone());
        Ok(block)
    }

    /// The same, of a block that is not looked at again: it drives nothing out of the cache.
    pub(super) fn block_once(&self, bid: u64) -> Result<Bytes> {
        let mut block = self.find_block(key_of(Tree::Blocks, bid))?;
        if bid & INTERNAL == 0 && self.crypt != Crypt::None {
            let mut data = Vec::from(block);
            self.crypt.decode(&mut data, bid);
            block = data.into();
        }
        Ok(block)
    }

    /// A block as it is stored, inflated.
    pub(super) fn find_block(&self, key: u64) -> Result<Bytes> {
        let (place, is_certain) = self.descend(key);
        let mut best: Option<Bytes> = None;
        let mut error = PstError::NoBlock { bid: key };
        if let Some(place) = place {
            match self.read_block(key, place) {
                Ok((bytes, Trust::Whole)) => return Ok(bytes),
                Ok((bytes, Trust::Damaged)) => best = Some(bytes),
                Err(wrong) => error = wrong,
            }
        } else if is_certain {
            return Err(error);
        }
        // Damaged data at the right place is not found whole elsewhere, but what lies at a wrong place may be.
        if best.is_none()
            && let Some(salvage) = self.salvaged()
        {
            for place in salvage.places(self, key) {
                match self.read_block(key, place) {
                    Ok((bytes, Trust::Whole)) => return Ok(bytes),
                    Ok((bytes, Trust::Damaged)) => best = best.or(Some(bytes)),
                    Err(_) => {}
                }
            }
        }
        if best.is_some() {
            self.note(|| format!("block {key:#x}: its checksum is wrong"));
        }
        best.ok_or(error)
    }

    /// Where the block B-tree places a block, and whether all pages on the way were whole.
    fn descend(&self, key: u64) -> (Option<BlockPlace>, bool) {
        let (leaf, is_whole) = self.leaf_of(key);
        (leaf.and_then(|leaf| leaf.block(key)), is_whole)
    }

    /// Goes down the block B-tree to the leaf that may hold `key`; whether all pages on the way were whole.
    pub(super) fn leaf_of(&self, key: u64) -> (Option<Page>, bool) {
        let (mut offset, mut above, mut is_whole) = (self.header.block_root, u32::MAX, !self.header.guessed);
        for _ in 0..MAX_LEVELS {
            let page = match self.page(Tree::Blocks, offset) {
                Ok(page) if u32::from(page.level) < above => page,
                _ => return (None, false),
            };
            is_whole &= page.is_whole;
            if page.level == 0 {
                return (Some(page), is_whole);
            }
            let Some(child) = page.child_of(key) else { return (None, is_whole) };
            (offset, above) = (child.offset, u32::from(page.level));
        }
        (None, false)
    }

    fn read_block(&self, key: u64, place: BlockPlace) -> Result<(Bytes, Trust)> {
        let format = self.format();
        let wrong = |what| PstError::Block { bid: key, what };
        let len = usize::from(place.len);
        if len == 0 {
            return Err(wrong("it is empty"));
        }
        let whole = format.block_bytes(len);
        if whole > format.max_block_bytes() {
            return Err(wrong("it is longer than a block may be"));
        }
        if !place.offset.is_multiple_of(format.block_step() as u64) {
            return Err(wrong("it lies where no block may begin"));
        }
        let (mut bytes, is_cut) = match exact(&*self.file, place.offset, whole) {
            Ok(bytes) => (bytes, false),
            // The file ends within its trailer: the data is all there.
            Err(PstError::CutOff { end }) => match exact(&*self.file, place.offset, len) {
                Ok(bytes) => (bytes, true),
                Err(_) => return Err(PstError::CutOff { end }),
            },
            Err(other) => return Err(other),
        };
        let marks = bytes.get(whole.saturating_sub(format.block_trailer_bytes())..).filter(|_| !is_cut).and_then(|trailer| format.block_marks(trailer));
        bytes.truncate(len);
        let Some(marks) = marks else { return Ok((self.unmarked(bytes).into(), Trust::Damaged)) };
        let (crc_fits, is_its) = fits(&marks, key, place.offset, &bytes);
        if crc_fits && !is_its && marks.bid != 0 {
            return Err(wrong("another block lies in its place"));
        }
        let trust = if crc_fits && is_its { Trust::Whole } else { Trust::Damaged };
        let inflated = usize::from(marks.inflated_bytes);
        if trust == Trust::Damaged && !is_its {
            return Ok((self.unmarked(bytes).into(), trust));
        }
        if format == Format::Unicode4k && inflated != len && inflated != 0 {
            bytes = inflate(&bytes, inflated).ok_or_else(|| wrong("it can't be inflated"))?;
        }
        Ok((bytes.into(), trust))
    }

    /// The data of a block whose trailer is lost: whether it was deflated, only its beginning tells.
    fn unmarked(&self, bytes: Vec<u8>) -> Vec<u8> {
        let is_deflated = self.format() == Format::Unicode4k && u16_at(&bytes, 0).is_some_and(|head| head & 0xFF == 0x78 && head.swap_bytes() % 31 == 0);
        if !is_deflated {
            return bytes;
        }
        let mut out = vec![0; self.format().max_block_bytes()];
        match libdeflater::Decompressor::new().zlib_decompress(&bytes, &mut out) {
            Ok(len) => {
                out.truncate(len);
                out
            }
            Err(_) => bytes,
        }
    }

    /// The blocks that a node's or subnode's data is made of.
    ///
    /// # Errors
    /// The block that lists them can't be read, or makes no sense.
    pub fn data_tree(&self, bid: u64) -> Result<DataTree> {
        if bid == 0 {
            return Ok(DataTree::default());
        }
        if bid & INTERNAL == 0 {
            return Ok(DataTree { bids: [bid].into(), len: None });
        }
        let top = XBlock::parse(self, bid)?;
        let mut bids = Vec::new();
        if top.level == 1 {
            bids = top.bids;
        } else {
            let mut seen = HashSet::new();
            for below in top.bids {
                let block = XBlock::parse(self, below)?;
                if block.level != 1 || !seen.insert(below) {
                    return Err(PstError::Block { bid: below, what: "a list of blocks within itself" });
                }
                bids.extend(block.bids);
                if bids.len() > MAX_TREE_BLOCKS {
                    return Err(PstError::Limit { what: "blocks of one node", limit: MAX_TREE_BLOCKS as u64 });
                }
            }
        }
        let mut seen = HashSet::with_capacity(bids.len());
        if bids.iter().any(|bid| bid & INTERNAL != 0 || !seen.insert(*bid)) {
            return Err(PstError::Block { bid, what: "it lists a block twice, or one that holds no data" });
        }
        Ok(DataTree { bids: bids.into(), len: Some(u64::from(top.len)) })
    }
}

/// Whether a block's checksum is right, and whether it is the one with this key.
fn fits(marks: &BlockMarks, key: u64, offset: u64, data: &[u8]) -> (bool, bool) {
    let is_its = key_of(Tree::Blocks, marks.bid) == key || marks.signature == checksum::signature(offset, key) && marks.signature != 0;
    (checksum::crc(data) == marks.crc, is_its)
}

/// Whether nothing about a block is in doubt.
pub(super) fn is_whole(marks: &BlockMarks, key: u64, offset: u64, data: &[u8]) -> bool {
    fits(marks, key, offset, data) == (true, true)
}

fn inflate(bytes: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; len];
    let written = libdeflater::Decompressor::new().zlib_decompress(bytes, &mut out).ok()?;
    (written == len).then_some(out)
}

/// XBLOCK and XXBLOCK ([MS-PST] §2.2.2.8.3.2).
struct XBlock {
    level: u8,
    len: u32,
    bids: Vec<u64>,
}

impl XBlock {
    fn parse(ndb: &Ndb, bid: u64) -> Result<Self> {
        let wrong = |what| PstError::Block { bid, what };
        let bytes = ndb.block(bid)?;
        let cut = || wrong("it is cut off");
        if u8_at(&bytes, 0) != Some(1) {
            return Err(wrong("it is no list of blocks"));
        }
        let level = u8_at(&bytes, 1).ok_or_else(cut)?;
        if !(1..=2).contains(&level) {
            return Err(wrong("a list of blocks of no known level"));
        }
        let (count, len) = (u16_at(&bytes, 2).ok_or_else(cut)?, u32_at(&bytes, 4).ok_or_else(cut)?);
        let word = ndb.format().word_bytes();
        let bids: Vec<u64> = (0..usize::from(count)).map_while(|at| ndb.format().word(&bytes, 8 + at * word)).collect();
        Ok(Self { level, len, bids })
    }
}

/// The blocks of one stream of data, in order.
#[derive(Clone, Debug, Default)]
pub struct DataTree {
    bids: Arc<[u64]>,
    /// What the list says they add up to; a single block needs no list.
    len: Option<u64>,
}

impl DataTree {
    /// The BIDs of its blocks, in order.
    pub(super) fn bids(&self) -> &[u64] {
        &self.bids
    }

    /// How many blocks.
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.bids.len()
    }

    /// The declared length in bytes, where there is one.
    #[must_use]
    pub const fn declared_len(&self) -> Option<u64> {
        self.len
    }

    /// One of its blocks.
    ///
    /// # Errors
    /// As for [`Ndb::block`].
    pub fn block(&self, ndb: &Ndb, at: usize) -> Result<Bytes> {
        let bid = self.bids.get(at).ok_or(PstError::Nonsense { what: "no such block of the data", value: at as u64 })?;
        ndb.block(*bid)
    }

    /// The whole data, if it is no longer than `limit`.
    ///
    /// # Errors
    /// A block can't be read, or there is more.
    pub fn read(&self, ndb: &Ndb, limit: usize) -> Result<Bytes> {
        if self.bids.len() == 1 {
            let block = self.block(ndb, 0)?;
            return if block.len() > limit { Err(PstError::Limit { what: "bytes of one value", limit: limit as u64 }) } else { Ok(block) };
        }
        let mut all = Vec::new();
        for at in 0..self.bids.len() {
            let block = self.block(ndb, at)?;
            if all.len() + block.len() > limit {
                return Err(PstError::Limit { what: "bytes of one value", limit: limit as u64 });
            }
            all.extend_from_slice(&block);
        }
        Ok(all.into())
    }

    /// Reads it from its start.
    #[must_use]
    pub fn reader(self, ndb: Arc<Ndb>) -> DataReader {
        DataReader::new(ndb, self)
    }
}
