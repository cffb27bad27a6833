//! The node database (NDB, [MS-PST] §2.2): nodes made of blocks, blocks anywhere in the file, two B-trees that say where.
//!
//! **What is believed.** An entry of a B-tree is a claim; a block's trailer repeats its id, and only what agrees is taken without a
//! note. A wrong checksum alone loses nothing: the bytes are used, and the damage is noted. Where a page is unreadable, [`salvage`]
//! looks through the whole file, once: for leaf pages that the broken one would have led to, and for blocks, which are known by
//! their trailers alone.

pub mod block;
pub mod page;
mod reader;
pub mod salvage;
mod stretch;
pub mod subnode;
mod walk;

pub use block::DataTree;
pub use page::{BlockPlace, NodeEntry, Page, Tree};
pub use subnode::{Subnode, Subnodes};

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;

use super::crypt::Crypt;
use super::error::{PstError, Result};
use super::file::{Cache, Key, ReadAt, exact};
use super::header::{Client, Format, Header};
use salvage::Salvage;

/// Levels of a B-tree at most. Twenty entries a page make six levels enough for any file.
const MAX_LEVELS: u32 = 12;
/// Notes kept word for word; the others are only counted.
const MAX_NOTES: usize = 100;
/// Notes told apart from each other.
const MAX_DISTINCT: usize = 1 << 18;

/// Damage that was found and got around.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Some of them, in words; the same ones whatever was read first.
    pub first: Vec<String>,
    /// How many there were.
    pub count: u64,
}

/// Notes in the making. Several threads add to them in any order, and may come upon the same damage.
#[derive(Default)]
struct NoteBook {
    first: BTreeSet<String>,
    /// Their hashes.
    seen: HashSet<u64>,
    count: u64,
}

impl NoteBook {
    fn add(&mut self, note: String) {
        let mut hasher = DefaultHasher::new();
        note.hash(&mut hasher);
        if self.seen.len() < MAX_DISTINCT && !self.seen.insert(hasher.finish()) {
            return;
        }
        self.count += 1;
        self.first.insert(note);
        if self.first.len() > MAX_NOTES {
            self.first.pop_last();
        }
    }

    fn notes(&self) -> Notes {
        Notes { first: self.first.iter().cloned().collect(), count: self.count }
    }
}

/// How much may be done about damage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effort {
    /// The whole file may be looked through, once.
    Salvage,
    /// Only what the indexes lead to: for counting.
    Indexes,
}

/// The node database of an open file.
pub struct Ndb {
    file: Box<dyn ReadAt>,
    header: Header,
    crypt: Crypt,
    effort: Effort,
    nodes: Vec<NodeEntry>,
    lost_nodes: bool,
    cache: Mutex<Cache>,
    notes: Mutex<NoteBook>,
    salvage: OnceLock<Salvage>,
}

impl Ndb {
    /// Opens a file: header, encoding, and every node.
    ///
    /// # Errors
    /// [`PstError::NotPst`], or what reading gives.
    pub fn open(file: Box<dyn ReadAt>, effort: Effort) -> Result<Self> {
        let header = Header::read(&*file)?;
        let crypt = header.crypt.unwrap_or_default();
        let mut ndb = Self {
            file,
            header,
            crypt,
            effort,
            nodes: Vec::new(),
            lost_nodes: false,
            cache: Mutex::default(),
            notes: Mutex::default(),
            salvage: OnceLock::new(),
        };
        if ndb.header.guessed {
            ndb.note(|| "the header is damaged; the format was told from the pages".to_owned());
        }
        (ndb.nodes, ndb.lost_nodes) = walk::nodes(&ndb);
        ndb.find_crypt();
        Ok(ndb)
    }

    /// The format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.header.format
    }

    /// Whose file it is.
    #[must_use]
    pub const fn client(&self) -> Client {
        self.header.client
    }

    /// The file's length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.file.len()
    }

    /// True if the file holds not one byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.file.is_empty()
    }

    /// Every node, by NID.
    #[must_use]
    pub fn nodes(&self) -> &[NodeEntry] {
        &self.nodes
    }

    /// The node with this NID.
    ///
    /// # Errors
    /// There is none.
    pub fn node(&self, nid: u32) -> Result<NodeEntry> {
        let at = self.nodes.binary_search_by_key(&nid, |node| node.nid).map_err(|_| PstError::NoNode { nid })?;
        self.nodes.get(at).copied().ok_or(PstError::NoNode { nid })
    }

    /// Pages of the node B-tree are damaged: nodes may be missing.
    #[must_use]
    pub const fn lost_nodes(&self) -> bool {
        self.lost_nodes
    }

    /// Adds nodes that were found in another way; those that are there stay.
    pub fn adopt(&mut self, found: Vec<NodeEntry>) {
        self.nodes.extend(found);
        self.nodes.sort_by_key(|node| node.nid);
        self.nodes.dedup_by_key(|node| node.nid);
    }

    /// The BIDs of all blocks that the index or salvage knows, in order, `limit` at most.
    #[must_use]
    pub fn all_blocks(&self, limit: usize) -> Vec<u64> {
        let mut bids = Vec::new();
        walk::leaves(self, Tree::Blocks, |page, _, _| {
            let room = limit.saturating_sub(bids.len());
            bids.extend((0..page.count).filter_map(|at| page.key(at)).take(room));
        });
        if let Some(salvage) = self.salvaged() {
            bids.extend(salvage.blocks_in_use(self).into_iter().take(limit));
        }
        bids.sort_unstable();
        bids.dedup();
        bids.truncate(limit);
        bids
    }

    /// What was damaged so far.
    #[must_use]
    pub fn notes(&self) -> Notes {
        locked(&self.notes).notes()
    }

    pub(super) fn note(&self, note: impl FnOnce() -> String) {
        locked(&self.notes).add(note());
    }

    /// Whether salvage was called for.
    #[must_use]
    pub fn was_salvaged(&self) -> bool {
        self.salvage.get().is_some()
    }

    /// Reads a page of a B-tree.
    fn page(&self, tree: Tree, offset: u64) -> Result<Page> {
        let cached = locked(&self.cache).get(Key::Page(offset));
        let is_new = cached.is_none();
        let bytes = match cached {
            Some(bytes) => bytes,
            None => Bytes::from(exact(&*self.file, offset, self.format().page_bytes())?),
        };
        let page = Page::parse(bytes.clone(), offset, self.format(), tree)?;
        if is_new {
            locked(&self.cache).put(Key::Page(offset), bytes);
            if !page.is_whole {
                self.note(|| format!("page at byte {offset}: its checksum is wrong"));
            }
        }
        Ok(page)
    }

    /// What salvage found, looking for it first if need be; `None` where that is not wanted.
    fn salvaged(&self) -> Option<&Salvage> {
        if self.effort == Effort::Indexes {
            return None;
        }
        Some(self.salvage.get_or_init(|| {
            self.note(|| "parts of the indexes are damaged: the whole file was looked through".to_owned());
            Salvage::look_through(self)
        }))
    }

    /// A header whose byte for the encoding means nothing, or lies (ExMerge wrote «none» over encoded blocks): any heap tells.
    fn find_crypt(&mut self) {
        const TRIED: usize = 50;
        let single = self.nodes.iter().map(|node| node.data).filter(|bid| *bid != 0 && bid & 2 == 0);
        let heaps: Vec<(Bytes, u64)> = single.filter_map(|bid| Some((self.find_block(bid).ok()?, bid))).take(TRIED).collect();
        let is_heap = |(data, bid): &(Bytes, u64), crypt: Crypt| {
            let mut head = data.get(..4).unwrap_or_default().to_vec();
            crypt.decode(&mut head, *bid);
            head.get(2) == Some(&0xEC)
        };
        let fits = |crypt: Crypt| heaps.iter().filter(|heap| is_heap(heap, crypt)).count();
        if self.header.crypt.is_some() && (heaps.is_empty() || fits(self.crypt) > 0) {
            return;
        }
        let best = [Crypt::None, Crypt::Permute, Crypt::Cyclic].into_iter().max_by_key(|crypt| (fits(*crypt), *crypt == self.crypt));
        if let Some(best) = best.filter(|best| *best != self.crypt && fits(*best) > 0) {
            self.note(|| format!("the header is wrong about the encoding of the blocks: it is {best:?}"));
            self.crypt = best;
            *locked(&self.cache) = Cache::default();
        }
    }
}

/// Neither cache nor notes are ever left half done, so that a reader which failed breaks nothing.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Ndb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ndb").field("header", &self.header).field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}
