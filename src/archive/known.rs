//! What finished volumes hold already: nothing is written twice, and what changed its flags replaces its older record.
//!
//! Within one store copies add up, so this is a multiset: three equal messages in a folder are three records, and a later pass
//! that finds three recognises three.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use super::Making;
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
    /// Of `held`, the ids that no volume holds or that one holds for a while only: they are listed.
    listed: HashSet<u64>,
    /// Ids up to this one were in a finished pass.
    finished_id: u64,
    making: Making,
}

impl Known {
    pub(super) fn push(&mut self, record: &Record) {
        if record.listed.is_some() {
            self.listed.insert(record.id);
        } else if self.listed.contains(&record.id) {
            return; // the volume that holds it for a while
        }
        self.held.push((Facts::from(record).key(), record.id));
    }

    pub(super) fn finish_pass(&mut self, last_id: u64) {
        self.finished_id = self.finished_id.max(last_id);
    }

    /// To be called when all is in: `superseded` are ids that no longer count, `making` is what the pass is for.
    pub(super) fn settle(&mut self, superseded: &HashSet<u64>, making: &Making) {
        self.held.retain(|(_, id)| !superseded.contains(id));
        self.held.sort_unstable();
        self.making = making.clone();
    }

    /// Whether finding that record again means that nothing is to be written: a safe copy wants the bytes of what is only listed.
    fn counts(&self, id: u64) -> bool {
        !matches!(self.making, Making::SafeCopy) || !self.listed.contains(&id)
    }

    /// Where records of that key begin.
    fn position(&self, key: Key) -> usize {
        self.held.partition_point(|(held, _)| *held < key)
    }

    /// Whether a message of that key will probably be written, so that it is worth packing beforehand.
    pub(super) fn wants(&self, key: Key) -> bool {
        let alike = || self.held.get(self.position(key)..).unwrap_or_default().iter().take_while(|(held, _)| *held == key);
        match &self.making {
            Making::SafeCopy => !alike().any(|(_, id)| self.counts(*id)),
            Making::List => false,
            Making::Volumes(wanted) => self.group(key.group).any(|(_, id)| wanted.contains(id)),
        }
    }

    /// Where records of that store, folder and bytes begin.
    fn group_position(&self, group: u128) -> usize {
        self.held.partition_point(|(held, _)| held.group < group)
    }

    fn group(&self, group: u128) -> impl Iterator<Item = &(Key, u64)> {
        self.held.get(self.group_position(group)..).unwrap_or_default().iter().take_while(move |(held, _)| held.group == group)
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

    /// Takes one known record of that key, if one is left; answers its id.
    pub(super) fn meet(&mut self, known: &Known, key: Key) -> Option<u64> {
        self.take(known, known.position(key), |held| *held == key)
    }

    /// Takes any known record of that store, folder and bytes: the message's flags were changed meanwhile.
    pub(super) fn meet_alike(&mut self, known: &Known, key: Key) -> Option<u64> {
        self.take(known, known.group_position(key.group), |held| held.group == key.group)
    }

    fn take(&mut self, known: &Known, from: usize, is_it: impl Fn(&Key) -> bool) -> Option<u64> {
        for at in from.. {
            let id = known.held.get(at).filter(|(held, _)| is_it(held)).map(|(_, id)| *id)?;
            let met = self.met.get_mut(at)?;
            if known.counts(id) && !std::mem::replace(met, true) {
                return Some(id);
            }
        }
        None
    }

    /// Notes a message that was written anew.
    pub(super) fn write(&mut self, known: &Known, key: Key, id: u64) {
        if known.group(key.group).next().is_some() {
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
