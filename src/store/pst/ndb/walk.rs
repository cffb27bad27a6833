//! Walks a B-tree from its root, and goes on past what is broken.

use std::collections::{BTreeMap, HashSet};

use super::page::{NodeEntry, Page, Tree};
use super::salvage::LeafPage;
use super::{MAX_LEVELS, Ndb};
use crate::store::pst::bytes::u16_at;

/// Nodes of a file at most (16 million): ten times the largest mailbox known.
const MAX_NODES: usize = 16 << 20;

/// What walking a tree gave besides its leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// A page could not be read, or is damaged: something may be missing.
    pub is_damaged: bool,
}

/// Visits every leaf that can be reached, in order of keys, with the keys its parent leaves to it.
pub(super) fn leaves(ndb: &Ndb, tree: Tree, mut visit: impl FnMut(&Page, u64, u64)) -> Walked {
    let root = match tree {
        Tree::Nodes => ndb.header.node_root,
        Tree::Blocks => ndb.header.block_root,
    };
    let mut walked = Walked { is_damaged: ndb.header.guessed };
    // Offset, level it must be below, keys from and to.
    let mut waiting = vec![(root, u8::try_from(MAX_LEVELS).unwrap_or(u8::MAX), 0, u64::MAX)];
    let mut seen = HashSet::new();
    while let Some((offset, above, from, to)) = waiting.pop() {
        if !seen.insert(offset) {
            walked.is_damaged = true;
            continue;
        }
        let page = match ndb.page(tree, offset) {
            Ok(page) if page.level < above => page,
            Ok(_) => {
                walked.is_damaged = true;
                ndb.note(|| format!("page at byte {offset}: its level is too high"));
                continue;
            }
            Err(error) => {
                walked.is_damaged = true;
                ndb.note(|| error.to_string());
                continue;
            }
        };
        walked.is_damaged |= !page.is_whole;
        if page.level == 0 {
            visit(&page, from, to);
            continue;
        }
        let children: Vec<_> = page.children().collect();
        for (at, child) in children.iter().enumerate().rev() {
            let next = children.get(at + 1).map_or(to, |next| next.key.saturating_sub(1));
            waiting.push((child.offset, page.level, child.key.max(from), next.min(to)));
        }
    }
    walked
}

/// Every node of the file by NID: those the tree leads to and, where it is damaged, those of salvaged leaves. And whether it is.
pub(super) fn nodes(ndb: &Ndb) -> (Vec<NodeEntry>, bool) {
    let mut nodes: Vec<NodeEntry> = Vec::new();
    let mut doubtful = HashSet::new();
    let mut covered: Vec<(u64, u64)> = Vec::new();
    let walked = leaves(ndb, Tree::Nodes, |page, from, to| {
        if page.is_whole {
            covered.push((from, to));
        }
        for node in page.nodes().filter(|node| node.nid != 0).take(MAX_NODES.saturating_sub(nodes.len())) {
            if !page.is_whole {
                doubtful.insert(node.nid);
            }
            nodes.push(node);
        }
    });
    nodes.sort_by_key(|node| node.nid);
    nodes.dedup_by_key(|node| node.nid);
    if walked.is_damaged
        && let Some(salvage) = ndb.salvaged()
    {
        merge(ndb, &mut nodes, &doubtful, &covered, &salvage.node_leaves);
    }
    (nodes, walked.is_damaged)
}

/// Adds the nodes of salvaged leaves, the newest first; a node that the damaged tree still holds stays, if its data can be found.
fn merge(ndb: &Ndb, nodes: &mut Vec<NodeEntry>, doubtful: &HashSet<u32>, covered: &[(u64, u64)], leaves: &[LeafPage]) {
    let mut all: BTreeMap<u32, NodeEntry> = nodes.drain(..).map(|node| (node.nid, node)).collect();
    let held: HashSet<u32> = all.keys().copied().collect();
    let mut added = HashSet::new();
    for leaf in leaves {
        let Ok(page) = ndb.page(Tree::Nodes, leaf.offset) else { continue };
        for node in page.nodes().filter(|node| node.nid != 0 && !is_within(covered, u64::from(node.nid))) {
            if all.len() >= MAX_NODES {
                break;
            }
            let is_better = match all.get(&node.nid) {
                None => true,
                Some(old) if held.contains(&node.nid) && !added.contains(&node.nid) => {
                    doubtful.contains(&node.nid) && (*old != node) && !ndb.has_block(old.data, node.nid) && ndb.has_block(node.data, node.nid)
                }
                Some(_) => false,
            };
            // What a page that is no longer in use leads to may be gone.
            if is_better && (leaf.is_live || ndb.has_block(node.data, node.nid)) {
                added.insert(node.nid);
                all.insert(node.nid, node);
            }
        }
    }
    *nodes = all.into_values().collect();
}

/// Whether a key lies in one of the ranges, which are in order and don't overlap.
pub(super) fn is_within(ranges: &[(u64, u64)], key: u64) -> bool {
    let after = ranges.partition_point(|(from, _)| *from <= key);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, to)| key <= *to)
}

impl Ndb {
    /// Whether a node's data is where an index says. An empty node has none.
    fn has_block(&self, bid: u64, nid: u32) -> bool {
        if bid == 0 {
            // Queues and templates may be empty, but no message is.
            return nid & 0x1F != 0x04;
        }
        self.block(bid).is_ok_and(|block| u16_at(&block, 0).is_some())
    }
}
