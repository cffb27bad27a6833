//! What belongs into one target, as a multiset: copies within a store add up, between stores the greatest count holds.

use std::collections::HashMap;

use crate::flow::{Inventory, NearMailbox, NearMessage};
use crate::mail::Twin;

use super::Slot;

/// Where the mail of one near folder goes.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// Its place in the near inventory.
    pub mailbox: usize,
    /// The number of its store.
    pub store: usize,
    /// From an Outbox: `\Draft` is added.
    pub outbox: bool,
}

/// A target's slots, and for each whether any of its near messages is wanted.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// Oldest first.
    pub slots: Vec<Slot>,
    /// Near messages that are the same mail as a slot: id and index into `slots`.
    pub surplus: Vec<(u64, usize)>,
    /// One for each slot: a near message of it passed `wanted`.
    pub wanted: Vec<bool>,
}

/// Draws up the slots of one target from the folders that feed it, in the source's order.
///
/// A slot is wanted if one of its near messages is: mail that lies in a wanted folder of one store is not held back because the
/// same mail also lies in an unwanted folder of another.
pub fn draw(near: &Inventory<NearMailbox>, feeds: &[Feed], wanted: &dyn Fn(usize, &NearMessage) -> bool) -> Slots {
    let mut drawn = Slots::default();
    let most = feeds.iter().filter_map(|feed| near.mailboxes.get(feed.mailbox)).map(|mailbox| mailbox.messages.len()).sum();
    let mut counts: HashMap<(usize, Twin), u32> = HashMap::with_capacity(most);
    let mut places: HashMap<(Twin, u32), usize> = HashMap::with_capacity(most);
    for feed in feeds {
        let Some(mailbox) = near.mailboxes.get(feed.mailbox) else { continue };
        for message in &mailbox.messages {
            let count = counts.entry((feed.store, message.twin)).or_default();
            let ordinal = *count;
            *count += 1;
            let is_wanted = wanted(feed.mailbox, message);
            if let Some(place) = places.get(&(message.twin, ordinal)).copied() {
                drawn.surplus.push((message.id, place));
                if let Some(slot) = drawn.wanted.get_mut(place) {
                    *slot |= is_wanted;
                }
            } else {
                places.insert((message.twin, ordinal), drawn.slots.len());
                drawn.slots.push(slot(message, ordinal, feed.outbox));
                drawn.wanted.push(is_wanted);
            }
        }
    }
    oldest_first(drawn)
}

fn slot(message: &NearMessage, ordinal: u32, outbox: bool) -> Slot {
    let mut flags = message.flags;
    flags.draft |= outbox;
    Slot {
        id: message.id,
        twin: message.twin,
        ordinal,
        wire_bytes: message.wire_bytes,
        twin_bytes: message.twin_bytes,
        year: message.date.year(),
        received: message.date.unix(),
        flags,
    }
}

fn oldest_first(drawn: Slots) -> Slots {
    let mut order: Vec<usize> = (0..drawn.slots.len()).collect();
    order.sort_by_key(|at| drawn.slots.get(*at).map(|slot| (slot.received, slot.id)));
    let mut place_of = vec![0; order.len()];
    for (place, at) in order.iter().enumerate() {
        if let Some(slot) = place_of.get_mut(*at) {
            *slot = place;
        }
    }
    Slots {
        slots: order.iter().filter_map(|at| drawn.slots.get(*at).copied()).collect(),
        wanted: order.iter().filter_map(|at| drawn.wanted.get(*at).copied()).collect(),
        surplus: drawn.surplus.into_iter().filter_map(|(id, at)| Some((id, *place_of.get(at)?))).collect(),
    }
}
