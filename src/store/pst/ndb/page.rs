//! A page of a B-tree ([MS-PST] §2.2.2.7.7): branches that lead to pages, leaves that hold nodes or blocks.

use bytes::Bytes;

use crate::store::pst::bytes::{u8_at, u16_at, u32_at};
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::header::{Format, crc_is_right};

/// Which of the two B-trees.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tree {
    /// The block B-tree (BBT): where each block lies.
    Blocks,
    /// The node B-tree (NBT): which blocks each node is made of.
    Nodes,
}

impl Tree {
    const fn page_type(self) -> u8 {
        match self {
            Self::Blocks => 0x80,
            Self::Nodes => 0x81,
        }
    }
}

/// Where a block lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockPlace {
    /// Its offset in the file.
    pub offset: u64,
    /// The bytes of its data, as stored.
    pub len: u16,
}

/// A node: a thing with an id of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeEntry {
    /// Its NID.
    pub nid: u32,
    /// The NID of the folder it belongs to; 0 for none.
    pub parent: u32,
    /// The BID of its data.
    pub data: u64,
    /// The BID of its subnodes; 0 for none.
    pub sub: u64,
}

/// A child of a branch page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Child {
    /// The smallest key below it.
    pub key: u64,
    /// The page's offset.
    pub offset: u64,
}

/// A page of a B-tree. What it says is believed entry by entry.
#[derive(Clone, Debug)]
pub struct Page {
    bytes: Bytes,
    format: Format,
    tree: Tree,
    /// 0 for a leaf.
    pub level: u8,
    /// How many entries it holds.
    pub count: usize,
    entry_bytes: usize,
    /// Its own id: later pages have higher ones.
    pub bid: u64,
    /// Its checksum is right.
    pub is_whole: bool,
}

impl Page {
    /// Takes a page of `tree`.
    ///
    /// # Errors
    /// It is no such page.
    pub fn parse(bytes: Bytes, offset: u64, format: Format, tree: Tree) -> Result<Self> {
        let wrong = |what| PstError::Page { offset, what };
        let at = format.page_trailer();
        let cut = || wrong("it is cut off");
        let (kind, again) = (u8_at(&bytes, at).ok_or_else(cut)?, u8_at(&bytes, at + 1).ok_or_else(cut)?);
        // One of the two may have been hit.
        if kind != tree.page_type() && again != tree.page_type() {
            return Err(wrong("it is no page of this index"));
        }
        let (count, entry, level, room) = match format {
            Format::Ansi => (u8_at(&bytes, 496).map(usize::from), u8_at(&bytes, 498), u8_at(&bytes, 499), 496),
            Format::Unicode => (u8_at(&bytes, 488).map(usize::from), u8_at(&bytes, 490), u8_at(&bytes, 491), 488),
            Format::Unicode4k => (u16_at(&bytes, 4056).map(usize::from), u8_at(&bytes, 4060), u8_at(&bytes, 4061), 4056),
        };
        let (count, entry, level) = (count.ok_or_else(cut)?, usize::from(entry.ok_or_else(cut)?), level.ok_or_else(cut)?);
        if level > 12 {
            return Err(wrong("its level makes no sense"));
        }
        let word = format.word_bytes();
        let least = match (level, tree) {
            (0, Tree::Nodes) => 3 * word + 4,
            (0, Tree::Blocks) => 2 * word + 4,
            _ => 3 * word,
        };
        // Unicode entries are filled up to whole words.
        let usual = least.next_multiple_of(word);
        let entry_bytes = if entry >= least && entry <= 4 * usual { entry } else { usual };
        let (_, bid, _) = format.page_marks(&bytes).ok_or_else(cut)?;
        let is_whole = kind == again && crc_is_right(&bytes, format);
        Ok(Self { count: count.min(room / entry_bytes), bytes, format, tree, level, entry_bytes, bid, is_whole })
    }

    fn word(&self, at: usize, word: usize) -> Option<u64> {
        if at >= self.count {
            return None;
        }
        self.format.word(&self.bytes, at * self.entry_bytes + word * self.format.word_bytes())
    }

    /// The key of an entry: a BID without its lowest bit, or a NID.
    #[must_use]
    pub fn key(&self, at: usize) -> Option<u64> {
        self.word(at, 0).map(|key| key_of(self.tree, key))
    }

    /// A child of a branch page.
    #[must_use]
    pub fn child(&self, at: usize) -> Option<Child> {
        Some(Child { key: self.key(at)?, offset: self.word(at, 2)? })
    }

    /// The children of a branch page.
    pub fn children(&self) -> impl Iterator<Item = Child> + '_ {
        (0..self.count).filter_map(|at| self.child(at))
    }

    /// The child below which `key` lies.
    #[must_use]
    pub fn child_of(&self, key: u64) -> Option<Child> {
        self.children().filter(|child| child.key <= key).max_by_key(|child| child.key)
    }

    /// The block with this key.
    #[must_use]
    pub fn block(&self, key: u64) -> Option<BlockPlace> {
        let at = (0..self.count).find(|at| self.key(*at) == Some(key))?;
        let len = u16_at(&self.bytes, at * self.entry_bytes + 2 * self.format.word_bytes())?;
        Some(BlockPlace { offset: self.word(at, 1)?, len })
    }

    /// The nodes of a leaf.
    pub fn nodes(&self) -> impl Iterator<Item = NodeEntry> + '_ {
        (0..self.count).filter_map(|at| {
            let parent = u32_at(&self.bytes, at * self.entry_bytes + 3 * self.format.word_bytes())?;
            Some(NodeEntry { nid: u32::try_from(self.key(at)?).ok()?, parent, data: self.word(at, 1)?, sub: self.word(at, 2)? })
        })
    }

    /// The least and the greatest key.
    #[must_use]
    pub fn range(&self) -> Option<(u64, u64)> {
        let keys = || (0..self.count).filter_map(|at| self.key(at));
        Some((keys().min()?, keys().max()?))
    }
}

/// The lowest bit of a BID is reserved; of a NID's eight bytes only four count.
pub(super) const fn key_of(tree: Tree, word: u64) -> u64 {
    match tree {
        Tree::Blocks => word & !1,
        Tree::Nodes => word & 0xFFFF_FFFF,
    }
}
