//! The tree of nodes that lists the infos of a file, in order.

use super::claims::Claims;
use super::error::{Damage, DbxError, Result};
use super::file::DbxFile;
use crate::store::pst::bytes::{u8_at, u32_at};

/// A node: a header of 24 bytes, and entries of 12.
const NODE_BYTES: u32 = 0x27C;
const NODE_HEADER_BYTES: usize = 0x18;
const ENTRY_BYTES: usize = 12;
/// As many entries fit into a node.
const MOST_ENTRIES: usize = (NODE_BYTES as usize - NODE_HEADER_BYTES) / ENTRY_BYTES;
/// Two nodes never begin within as many bytes.
const NODE_GRAIN: u32 = 0x200;
/// Two infos never begin within as many bytes.
pub(super) const INFO_GRAIN: u32 = 0x20;

/// A tree is no deeper: six floors hold more than a file has room for.
const DEEPEST: u32 = 32;
/// No folder lists more.
const MOST_INFOS: usize = 8_000_000;

#[derive(Clone, Copy)]
enum Step {
    /// A node, and how deep it lies.
    Node(u32, u32),
    Value(u32),
}

/// Goes through the tree that begins at `root` and adds the infos it lists to `infos`, in order, each once. Answers how many it
/// lists, those that were met before included. What leads nowhere is noted.
pub fn walk(file: &mut DbxFile, root: u32, met: &mut Claims, infos: &mut Vec<u32>, damage: &mut Damage) -> u64 {
    let mut nodes = Claims::new(file.len(), NODE_GRAIN);
    let (mut waiting, mut listed) = (Vec::new(), 0);
    if root != 0 {
        waiting.push(Step::Node(root, 0));
    }
    while let Some(step) = waiting.pop() {
        match step {
            Step::Value(info) => {
                listed += 1;
                if infos.len() < MOST_INFOS && met.claim(info) {
                    infos.push(info);
                }
            }
            Step::Node(node, depth) if depth > DEEPEST || !nodes.claim(node) => {
                damage.note(DbxError::object(node, "a node of the index stands in it twice, too deep, or outside the file"));
            }
            Step::Node(node, depth) => match read_node(file, node, depth + 1) {
                Ok(steps) => waiting.extend(steps.into_iter().rev()),
                Err(error) => damage.note(error),
            },
        }
    }
    listed
}

/// What a node leads to, in order: a child before the first entry, then each entry's value and its child.
fn read_node(file: &mut DbxFile, node: u32, below: u32) -> Result<Vec<Step>> {
    let mut bytes = [0; NODE_BYTES as usize];
    file.bytes(u64::from(node), &mut bytes)?;
    let count = usize::from(u8_at(&bytes, 0x11).unwrap_or(0));
    if u32_at(&bytes, 0) != Some(node) || count > MOST_ENTRIES {
        return Err(DbxError::object(node, "no node of the index"));
    }
    let child = |at: usize| u32_at(&bytes, at).filter(|child| *child != 0).map(|child| Step::Node(child, below));
    let mut steps: Vec<Step> = child(8).into_iter().collect();
    for entry in 0..count {
        let at = NODE_HEADER_BYTES + entry * ENTRY_BYTES;
        steps.extend(u32_at(&bytes, at).filter(|info| *info != 0).map(Step::Value));
        steps.extend(child(at + 4));
    }
    Ok(steps)
}
