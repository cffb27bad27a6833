//! What finished volumes hold already: nothing is written twice, and what changed its flags replaces its older record.
//!
//! Within one store copies add up, so this is a multiset: three equal messages in a folder are three records, and a later pass
//! that finds three recognises three.

use sha2::{Digest as _, Sha256};

use super::record::{Record, SupersededRecord};
use crate::mail::{Flags, InternalDate, Keywords, MailboxPath, Sha256Digest};

/// What makes two messages of one store the same for a safe copy, cut to what a search needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    /// Store, folder and stored bytes.
    group: u128,
    /// Besides them flags, keywords, received date, and whether it is deleted.
    full: u64,
}

/// The facts under a [`Key`].
pub(super) struct Facts<'a> {
    pub(super) store: &'a str,
    pub(super) mailbox: &'a MailboxPath,
    pub(super) sha256: Sha256Digest,
    pub(super) flags: Flags,
    pub(super) keywords: &'a Keywords,
    pub(super) date: InternalDate,
    /// A date that nothing told is the time of that run: it must not make a message new.
    pub(super) date_is_known: bool,
    pub(super) deleted: bool,
}

impl Facts<'_> {
    pub(super) fn key(&self) -> Key {
        let mut hasher = Sha256::new();
        for part in [self.store.as_bytes(), self.mailbox.to_string().as_bytes(), self.sha256.as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let group: [u8; 32] = hasher.clone().finalize().into();
        hasher.update([self.flags.bits(), u8::from(self.deleted)]);
        if self.date_is_known {
            hasher.update(self.date.unix().to_le_bytes());
            hasher.update(self.date.offset_minutes().to_le_bytes());
        }
        for word in self.keywords.iter() {
            hasher.update(word.as_bytes());
            hasher.update([0]);
        }
        let full: [u8; 32] = hasher.finalize().into();
        Key { group: u128::from_le_bytes(*first(&group)), full: u64::from_le_bytes(*first(&full)) }
    }
}

fn first<const N: usize>(digest: &[u8; 32]) -> &[u8; N] {
    digest.first_chunk().unwrap_or(&[0; N])
}

impl<'a> From<&'a Record> for Facts<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            store: &record.store,
            mailbox: &record.mailbox,
            sha256: record.sha256,
            flags: record.flags,
            keywords: &record.keywords,
            date: record.internal_date,
            date_is_known: record.date_source != "unknown",
            deleted: record.deleted,
        }
    }
}

/// The records of finished volumes, 48 bytes each.
#[derive(Debug, Default)]
pub(super) struct Known {
    held: Vec<(Key, u64)>,
    /// Ids up to this one were in a finished pass.
    finished_id: u64,
}

impl Known {
    pub(super) fn push(&mut self, record: &Record) {
        self.held.push((Facts::from(record).key(), record.id));
    }

    pub(super) fn finish_pass(&mut self, last_id: u64) {
        self.finished_id = self.finished_id.max(last_id);
    }

    /// To be called when all is in: `superseded` are ids that no longer count.
    pub(super) fn settle(&mut self, superseded: &std::collections::HashSet<u64>) {
        self.held.retain(|(_, id)| !superseded.contains(id));
        self.held.sort_unstable();
    }

    /// Where records of that key begin.
    fn position(&self, key: Key) -> usize {
        self.held.partition_point(|(held, _)| *held < key)
    }

    /// Whether there is any record of that key.
    pub(super) fn has(&self, key: Key) -> bool {
        self.held.get(self.position(key)).is_some_and(|(held, _)| *held == key)
    }

    fn has_group(&self, group: u128) -> bool {
        let at = self.held.partition_point(|(held, _)| held.group < group);
        self.held.get(at).is_some_and(|(held, _)| held.group == group)
    }
}

/// One pass over the stores: which of the known records it has met.
#[derive(Debug)]
pub(super) struct Pass {
    met: Vec<bool>,
    /// Groups that have an older record, with the new record's id.
    fresh: Vec<(u128, u64)>,
}

impl Pass {
    pub(super) fn new(known: &Known) -> Self {
        Self { met: vec![false; known.held.len()], fresh: Vec::new() }
    }

    /// Takes one known record of that key, if one is left.
    pub(super) fn meet(&mut self, known: &Known, key: Key) -> bool {
        for at in known.position(key).. {
            match (known.held.get(at), self.met.get_mut(at)) {
                (Some((held, _)), Some(met)) if *held == key => {
                    if !std::mem::replace(met, true) {
                        return true;
                    }
                }
                _ => return false,
            }
        }
        false
    }

    /// Notes a message that was written anew.
    pub(super) fn write(&mut self, known: &Known, key: Key, id: u64) {
        if known.has_group(key.group) {
            self.fresh.push((key.group, id));
        }
    }

    /// At the end of a whole pass: records for which others of the same store, folder and bytes stand.
    ///
    /// So many stay as this pass found, or as finished passes found before if that is more: no change of flags makes two of one,
    /// and what a person deletes stays in the safe copy. What only interrupted passes found, and this one not at all, stays too,
    /// as often as any of them found it alike.
    pub(super) fn superseded(mut self, known: &Known) -> Vec<SupersededRecord> {
        self.fresh.sort_unstable();
        let (mut out, mut at) = (Vec::new(), 0);
        for group in known.held.chunk_by(|a, b| a.0.group == b.0.group) {
            let met = self.met.get(at..at + group.len()).unwrap_or_default();
            at += group.len();
            self.settle_group(group, met, known.finished_id, &mut out);
        }
        out
    }

    fn settle_group(&self, group: &[(Key, u64)], met: &[bool], finished_id: u64, out: &mut Vec<SupersededRecord>) {
        let Some(name) = group.first().map(|(key, _)| key.group) else { return };
        let start = self.fresh.partition_point(|(fresh, _)| *fresh < name);
        let fresh = self.fresh.get(start..).unwrap_or_default().iter().take_while(|(fresh, _)| *fresh == name).map(|(_, id)| *id);
        let ids = |wanted: bool| group.iter().zip(met).filter(move |(_, met)| **met == wanted).map(|((_, id), _)| *id);
        let stand: Vec<u64> = ids(true).chain(fresh).collect();
        let mut older: Vec<u64> = ids(false).collect();
        older.sort_unstable();
        let finished = group.iter().filter(|(_, id)| *id <= finished_id).count();
        let alike = || group.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len).max().unwrap_or(0);
        let target = match stand.len().max(finished) {
            0 => alike(),
            target => target,
        };
        let excess = (stand.len() + older.len()).saturating_sub(target).min(older.len());
        let by = stand.iter().chain(older.get(excess..).unwrap_or_default()).max().copied();
        if let Some(by) = by {
            out.extend(older.iter().take(excess).map(|id| SupersededRecord { id: *id, by }));
        }
    }
}
