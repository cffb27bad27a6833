//! Looks through the whole file, once, for what broken indexes no longer lead to.
//!
//! Leaf pages are known by type and checksum. Outlook writes a changed page to a new place, so older versions of it lie about:
//! a page that the allocation map counts as free comes after all others, and of two the one with the higher id is the later.
//! A block's trailer holds its id, a signature made of id and place, and a checksum: together they leave no doubt.

use std::collections::HashMap;

use bytes::Bytes;

use super::Ndb;
use super::page::{BlockPlace, Page, Tree, key_of};
use super::walk::{is_within, leaves};
use crate::store::pst::bytes::u8_at;
use crate::store::pst::checksum;
use crate::store::pst::file::exact;
use crate::store::pst::header::{Format, crc_is_right};

/// What is read at once.
const WINDOW_BYTES: usize = 4 << 20;
/// Pages and blocks kept at most: 100 MB of them.
const MAX_FOUND: usize = 2 << 20;
/// Places of one block tried at most.
const MAX_PLACES: usize = 16;

/// A leaf page that was found.
#[derive(Clone, Copy, Debug)]
pub struct LeafPage {
    from: u64,
    to: u64,
    /// Where it lies.
    pub offset: u64,
    bid: u64,
    /// The allocation map counts its place as in use, or can't be read.
    pub is_live: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Salvage {
    /// Leaves of the node B-tree, the likeliest first.
    pub node_leaves: Vec<LeafPage>,
    block_leaves: Vec<LeafPage>,
    blocks: HashMap<u64, BlockPlace>,
}

impl Salvage {
    /// Looks through the file of `ndb`.
    pub(super) fn look_through(ndb: &Ndb) -> Self {
        let mut covered = Vec::new();
        leaves(ndb, Tree::Blocks, |page, from, to| {
            if page.is_whole {
                covered.push((from, to));
            }
        });
        let mut found = Self::default();
        let format = ndb.format();
        // A window overlaps the one before it by a whole block.
        let back = format.max_block_bytes();
        let mut start = 0;
        while start < ndb.len() {
            let len = usize::try_from(ndb.len() - start).unwrap_or(WINDOW_BYTES).min(WINDOW_BYTES);
            let Ok(window) = read_around_holes(ndb, start, len) else { break };
            found.pages(ndb, &window, start);
            found.blocks(ndb, &window, start, back, &covered);
            if len < WINDOW_BYTES {
                break;
            }
            start += (WINDOW_BYTES - back) as u64;
        }
        let mut map = AllocationMap::default();
        for leaves in [&mut found.node_leaves, &mut found.block_leaves] {
            for leaf in leaves.iter_mut() {
                leaf.is_live = map.is_in_use(ndb, leaf.offset).unwrap_or(true);
            }
            leaves.sort_by_key(|leaf| (std::cmp::Reverse((leaf.is_live, leaf.bid)), leaf.offset));
            leaves.dedup_by_key(|leaf| leaf.offset);
        }
        found
    }

    fn pages(&mut self, ndb: &Ndb, window: &[u8], start: u64) {
        let format = ndb.format();
        let (size, trailer) = (format.page_bytes(), format.page_trailer());
        for (number, bytes) in window.chunks_exact(size).enumerate() {
            let (tree, leaves) = match u8_at(bytes, trailer) {
                Some(0x80) => (Tree::Blocks, &mut self.block_leaves),
                Some(0x81) => (Tree::Nodes, &mut self.node_leaves),
                _ => continue,
            };
            if leaves.len() >= MAX_FOUND || !crc_is_right(bytes, format) {
                continue;
            }
            let offset = start + (number * size) as u64;
            let Ok(page) = Page::parse(Bytes::copy_from_slice(bytes), offset, format, tree) else { continue };
            if let (0, Some((from, to))) = (page.level, page.range()) {
                leaves.push(LeafPage { from, to, offset, bid: page.bid, is_live: true });
            }
        }
    }

    fn blocks(&mut self, ndb: &Ndb, window: &[u8], start: u64, back: usize, covered: &[(u64, u64)]) {
        let format = ndb.format();
        let (step, trailer_bytes) = (format.block_step(), format.block_trailer_bytes());
        // The first blocks of a window were seen at the end of the one before it.
        let first = if start == 0 { step } else { back + step };
        for end in (first..=window.len()).step_by(step) {
            let Some(marks) = window.get(end - trailer_bytes..end).and_then(|trailer| format.block_marks(trailer)) else { continue };
            let len = usize::from(marks.data_bytes);
            let Some(begin) = end.checked_sub(format.block_bytes(len)).filter(|_| len > 0 && marks.bid != 0) else { continue };
            let offset = start + begin as u64;
            let key = key_of(Tree::Blocks, marks.bid);
            if marks.signature != checksum::signature(offset, marks.bid) || is_within(covered, key) || self.blocks.len() >= MAX_FOUND {
                continue;
            }
            if window.get(begin..begin + len).is_some_and(|data| checksum::crc(data) == marks.crc) {
                self.blocks.insert(key, BlockPlace { offset, len: marks.data_bytes });
            }
        }
    }

    /// The blocks that were found apart from any index and that are still in use, as far as the allocation map can tell.
    pub(super) fn blocks_in_use(&self, ndb: &Ndb) -> Vec<u64> {
        let mut found: Vec<(u64, u64)> = self.blocks.iter().map(|(bid, place)| (place.offset, *bid)).collect();
        found.sort_unstable();
        let mut map = AllocationMap::default();
        found.retain(|(offset, _)| map.is_in_use(ndb, *offset) != Some(false));
        found.into_iter().map(|(_, bid)| bid).collect()
    }

    /// Where the block may lie, the likeliest place first.
    pub(super) fn places(&self, ndb: &Ndb, key: u64) -> Vec<BlockPlace> {
        let mut places: Vec<BlockPlace> = self.blocks.get(&key).copied().into_iter().collect();
        if places.is_empty() {
            let leaves = self.block_leaves.iter().filter(|leaf| (leaf.from..=leaf.to).contains(&key)).take(MAX_PLACES);
            places.extend(leaves.filter_map(|leaf| ndb.page(Tree::Blocks, leaf.offset).ok()?.block(key)));
        }
        places
    }
}

/// Bytes that the disk can't read are taken as zeros, a page at a time.
fn read_around_holes(ndb: &Ndb, start: u64, len: usize) -> crate::store::pst::error::Result<Vec<u8>> {
    const PIECE: usize = 4096;
    if let Ok(window) = exact(&*ndb.file, start, len) {
        return Ok(window);
    }
    let mut window = Vec::with_capacity(len);
    while window.len() < len {
        let piece = PIECE.min(len - window.len());
        match exact(&*ndb.file, start + window.len() as u64, piece) {
            Ok(bytes) => window.extend(bytes),
            Err(_) => window.resize(window.len() + piece, 0),
        }
    }
    Ok(window)
}

/// The allocation map ([MS-PST] §2.2.2.7.2): a bit for each 64 bytes.
#[derive(Default)]
struct AllocationMap {
    page: Option<(u64, Option<Bytes>)>,
}

impl AllocationMap {
    /// Whether a place is in use; `None` where the map can't tell.
    fn is_in_use(&mut self, ndb: &Ndb, offset: u64) -> Option<bool> {
        const FIRST: u64 = 0x4400;
        let format = ndb.format();
        // Of the newer OST the map is not documented.
        if format == Format::Unicode4k {
            return None;
        }
        let covers = 496 * 8 * format.block_step() as u64;
        let inside = offset.checked_sub(FIRST)?;
        let map_at = FIRST + inside / covers * covers;
        if self.page.as_ref().is_none_or(|(at, _)| *at != map_at) {
            let page = exact(&*ndb.file, map_at, format.page_bytes()).ok().filter(|page| u8_at(page, format.page_trailer()) == Some(0x84));
            // The map of an ANSI file begins after four bytes.
            let skip = if format.is_ansi() { 4 } else { 0 };
            let right = page.filter(|page| crc_is_right(page, format)).map(|page| Bytes::from(page).slice(skip..));
            self.page = Some((map_at, right));
        }
        let map = self.page.as_ref()?.1.as_ref()?;
        let bit = usize::try_from(inside % covers / format.block_step() as u64).ok()?;
        Some(u8_at(map, bit / 8)? & (0x80 >> (bit % 8)) != 0)
    }
}
