//! Messages whose nodes are lost with the pages that named them, though their blocks are there.
//!
//! Looked for only where the node B-tree is damaged. A block that no node, list of blocks or list of subnodes names, and that is a
//! heap of properties with a message class, was a message. Its subnodes are told by their ids: the value that is named there must be
//! there, attachments must be there if the message says so, and Outlook writes both within few blocks of each other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::tag;
use crate::store::pst::bytes::{u8_at, u16_at};
use crate::store::pst::ltp::{PropertyContext, heap, property_context};
use crate::store::pst::ndb::{Ndb, NodeEntry, Subnodes};

/// Blocks of a file at most for which this is tried: some 16 GB of full ones.
const MAX_BLOCKS: usize = 2 << 20;
/// A message's subnodes are written at most so many blocks from it.
const MAX_DISTANCE: i64 = 8;
/// The ids that these messages get: above all that Outlook has given yet.
const FIRST_NID: u32 = 0xF800_0004;
/// As many as there are ids above the first.
const MAX_ORPHANS: usize = 1 << 20;
/// The subnode with the table of attachments.
const ATTACHMENTS: u32 = 0x671;
/// Bits of PidTagMessageFlags: the message has attachments.
const HAS_ATTACHMENTS: u32 = 0x10;

/// A list of subnodes that no node names.
struct Loose {
    bid: u64,
    nids: HashSet<u32>,
}

/// A heap of properties that no node names.
struct Found {
    bid: u64,
    /// The subnodes that its values lie in.
    needs: Vec<u32>,
    has_attachments: Option<bool>,
}

/// The messages that were found, as nodes of no folder.
#[must_use]
pub fn orphans(ndb: &Ndb) -> Vec<NodeEntry> {
    let blocks = ndb.all_blocks(MAX_BLOCKS);
    if blocks.len() >= MAX_BLOCKS {
        ndb.note(|| "the file is too large to look for messages of which only blocks are left".to_owned());
        return Vec::new();
    }
    let (named, loose) = named_blocks(ndb, &blocks);
    let mut found: Vec<Found> = blocks.iter().filter(|bid| !named.contains(bid)).filter_map(|bid| message_at(ndb, *bid)).take(MAX_ORPHANS).collect();
    found.sort_by_key(|found| found.bid);
    let subnodes = pair(ndb, &found, &loose);
    let number = |at: usize| FIRST_NID + (u32::try_from(at).unwrap_or(0) << 5);
    if !found.is_empty() {
        ndb.note(|| format!("{} messages were found of which no node is left", found.len()));
    }
    found
        .iter()
        .enumerate()
        .map(|(at, found)| NodeEntry { nid: number(at), parent: 0, data: found.bid, sub: subnodes.get(&found.bid).copied().unwrap_or(0) })
        .collect()
}

/// What nodes, lists of blocks and lists of subnodes name; and the lists of subnodes that none of them names.
fn named_blocks(ndb: &Ndb, blocks: &[u64]) -> (HashSet<u64>, Vec<Loose>) {
    let mut named: HashSet<u64> = ndb.nodes().iter().flat_map(|node| [node.data, node.sub]).collect();
    let mut lists = Vec::new();
    for bid in blocks.iter().filter(|bid| **bid & 2 != 0) {
        let Ok(block) = ndb.block(*bid) else { continue };
        let format = ndb.format();
        let (kind, level, count) = (u8_at(&block, 0), u8_at(&block, 1), usize::from(u16_at(&block, 2).unwrap_or(0)));
        match (kind, level) {
            (Some(1), _) => named.extend((0..count).map_while(|at| format.word(&block, 8 + at * format.word_bytes()))),
            (Some(2), Some(1)) => {
                let (head, word) = if format.is_ansi() { (4, 4) } else { (8, 8) };
                named.extend((0..count).map_while(|at| format.word(&block, head + (2 * at + 1) * word)));
                lists.push(*bid);
            }
            (Some(2), Some(0)) => {
                let subnodes = Subnodes::read(ndb, *bid);
                named.extend(subnodes.all().iter().flat_map(|subnode| [subnode.data, subnode.sub]));
                lists.push(*bid);
            }
            _ => {}
        }
    }
    let loose = lists
        .into_iter()
        .filter(|bid| !named.contains(bid))
        .map(|bid| Loose { bid, nids: Subnodes::read(ndb, bid).all().iter().map(|subnode| subnode.nid).collect() });
    let loose = loose.collect();
    (named, loose)
}

/// The message that a block, or a list of blocks, is; `None` if it is anything else.
fn message_at(ndb: &Ndb, bid: u64) -> Option<Found> {
    let properties = PropertyContext::open(ndb, bid, 0).ok()?;
    let class = properties.bytes(tag::MESSAGE_CLASS, 512)?;
    let is_message = [&b"I\0P\0M\0.\0"[..], b"R\0E\0P\0O\0R\0T\0", b"IPM.", b"REPORT"].iter().any(|begin| class.starts_with(begin));
    if !is_message {
        return None;
    }
    let lies_outside = |property: &&property_context::Property| property_context::inline_bytes(property.kind).is_none() && !heap::is_hid(property.value);
    let needs = properties.properties().iter().filter(lies_outside).map(|property| property.value).collect();
    Some(Found { bid, needs, has_attachments: properties.u32(tag::MESSAGE_FLAGS).map(|flags| flags & HAS_ATTACHMENTS != 0) })
}

/// Gives each message the list of subnodes that fits it best, each list to one message.
fn pair(ndb: &Ndb, found: &[Found], loose: &[Loose]) -> HashMap<u64, u64> {
    let usual = usual_distances(ndb);
    let by_bid: BTreeMap<u64, &Loose> = loose.iter().map(|loose| (loose.bid & !3, loose)).collect();
    let mut pairs = Vec::new();
    for message in found {
        let own = (message.bid >> 2).cast_signed();
        let near = u64::try_from((own - MAX_DISTANCE).max(0)).unwrap_or(0) << 2..=u64::try_from(own + MAX_DISTANCE).unwrap_or(0) << 2;
        for (bid, loose) in by_bid.range(near) {
            let fits = message.needs.iter().all(|nid| loose.nids.contains(nid))
                && message.has_attachments.is_none_or(|has| has == loose.nids.contains(&ATTACHMENTS))
                && loose.nids.iter().all(|nid| is_of_a_message(*nid));
            let distance = (bid >> 2).cast_signed() - own;
            if fits {
                let rank = usual.iter().position(|usual| *usual == distance).unwrap_or(usual.len());
                pairs.push((std::cmp::Reverse(message.needs.len()), rank, distance.abs(), distance, message.bid, loose.bid));
            }
        }
    }
    pairs.sort_unstable();
    let (mut taken, mut given) = (BTreeSet::new(), HashMap::new());
    for (.., message, list) in pairs {
        if !given.contains_key(&message) && taken.insert(list) {
            given.insert(message, list);
        }
    }
    given
}

/// Recipients, attachments, their table, large values: nothing else lies below a message.
const fn is_of_a_message(nid: u32) -> bool {
    matches!(nid, 0x671 | 0x692) || matches!(nid & 0x1F, 0x05 | 0x1F) || nid < 0x1000
}

/// How far from their messages the subnodes of this file lie, the most frequent distance first.
fn usual_distances(ndb: &Ndb) -> Vec<i64> {
    let mut seen: BTreeMap<i64, usize> = BTreeMap::new();
    for node in ndb.nodes().iter().filter(|node| node.nid & 0x1F == super::folder::TYPE_MESSAGE && node.sub != 0) {
        *seen.entry((node.sub >> 2).cast_signed() - (node.data >> 2).cast_signed()).or_default() += 1;
    }
    let mut distances: Vec<(usize, i64)> = seen.into_iter().map(|(distance, times)| (times, distance)).collect();
    distances.sort_unstable_by(|a, b| b.cmp(a));
    distances.into_iter().map(|(_, distance)| distance).collect()
}
