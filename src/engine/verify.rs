//! Green only after a fresh session has re-read the server (DESIGN rule 6).
//!
//! Missing, changed and doubled are all looked for. The UIDs that receipts named are hints: one counts once the size under
//! it is right; a message without one is found by size and digest among what nothing else explains.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::imap::{MessageDigest, MessageRow, Selected, Session, quirk};
use crate::journal::{Entering, Entry, Journal, Seen, State};
use crate::mail::{Sha256Digest, Twin};
use crate::run::{Event, Phase, Problem, Run};

use super::look::present_in;
use super::plan::Target;
use super::report::VerifyMode;

/// Of `sample`, at least this many digests.
const SAMPLE_AT_LEAST: u64 = 500;
/// Of `sample`, one in this many.
const SAMPLE_ONE_IN: u64 = 100;
/// Messages longer than this are always digested (10 MB).
const LARGE_BYTES: u64 = 10_000_000;

/// What was found wrong with a message, by its number in the safe copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Compared by presence and size.
    pub by_size: u64,
    /// Compared by digest.
    pub by_digest: u64,
    /// Not there.
    pub missing: Vec<u64>,
    /// There, with other bytes.
    pub changed: Vec<u64>,
    /// There more often than they should be.
    pub doubled: Vec<u64>,
    /// There, but the server ended their last line (`quirk::LAST_LINE_END_BYTES`).
    pub ended: Vec<u64>,
    /// Deleted or moved by the person since this job put them there.
    pub gone_by_owner: HashSet<u64>,
}

/// Re-reads every target through `session`, which must be a fresh one.
///
/// `changed_on_the_way` names messages (by safe-copy id) that always get their digest compared.
///
/// # Errors
/// The connection failed: nothing is verified then.
pub async fn verify(
    session: &mut Session,
    targets: &[&Target],
    journal: &mut Journal,
    mode: VerifyMode,
    changed_on_the_way: &HashSet<u64>,
    run: &Run,
) -> Result<Verified, Problem> {
    // What was left out or could not be sent is not looked for, and not counted.
    let counts = targets.iter().map(|target| to_compare(journal, target)).collect::<Result<Vec<u64>, Problem>>()?;
    let total: u64 = counts.iter().sum();
    let sample = Sample::new(mode, total);
    run.progress(|progress| {
        *progress = crate::run::Progress { phase: Phase::Verifying, messages_total: total, ..Default::default() };
    });
    run.tell(Event::PhaseStarted { phase: Phase::Verifying }).await;
    let mut verified = Verified::default();
    for (target, messages) in targets.iter().zip(counts) {
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        run.progress(|progress| progress.mailbox = Some(target.path.to_string()));
        Check { session, target, journal, sample: &sample, always: changed_on_the_way, verified: &mut verified }.mailbox().await?;
        run.progress(|progress| progress.messages_done += messages);
        run.tell(Event::MailboxDone { phase: Phase::Verifying, mailbox: target.path.to_string(), messages }).await;
    }
    Ok(verified)
}

/// How many of `target`'s messages should be there: those that the journal calls present.
fn to_compare(journal: &mut Journal, target: &Target) -> Result<u64, Problem> {
    let present = present_in(journal, &target.name)?;
    Ok(target.slots.iter().filter(|slot| present.contains(&(slot.twin, slot.ordinal))).count() as u64)
}

/// Which messages get their digest compared.
struct Sample {
    mode: VerifyMode,
    one_in: u64,
}

impl Sample {
    const fn new(mode: VerifyMode, total: u64) -> Self {
        let wanted = if total / SAMPLE_ONE_IN > SAMPLE_AT_LEAST { total / SAMPLE_ONE_IN } else { SAMPLE_AT_LEAST };
        let one_in = if wanted == 0 || total <= wanted { 1 } else { total / wanted };
        Self { mode, one_in }
    }

    /// Spread by digest, so that every folder and year gets its share and two runs choose alike.
    fn takes(&self, entry: &Entry, always: &HashSet<u64>) -> bool {
        match self.mode {
            VerifyMode::Sizes => false,
            VerifyMode::Full => true,
            VerifyMode::Sample => {
                let spread =
                    entry.twin.0.as_bytes().iter().take(8).fold(u64::from(entry.ordinal), |sum, byte| sum.wrapping_mul(257).wrapping_add(u64::from(*byte)));
                entry.doubtful || entry.wire_bytes > LARGE_BYTES || always.contains(&entry.archive_id) || spread % self.one_in == 0
            }
        }
    }
}

struct Check<'a> {
    session: &'a mut Session,
    target: &'a Target,
    journal: &'a mut Journal,
    sample: &'a Sample,
    always: &'a HashSet<u64>,
    verified: &'a mut Verified,
}

impl Check<'_> {
    async fn mailbox(&mut self) -> Result<(), Problem> {
        let (id, _) = self.journal.mailbox(&self.target.name)?;
        let wanted: HashMap<(Twin, u32), u64> = self.target.slots.iter().map(|slot| ((slot.twin, slot.ordinal), slot.id)).collect();
        let mut all = self.journal.entries(id)?;
        for entry in &mut all {
            // The safe copy at hand need not be the one it was sent from: it is named by its number in this one.
            entry.archive_id = wanted.get(&(entry.twin, entry.ordinal)).copied().unwrap_or(entry.archive_id);
        }
        let entries: Vec<&Entry> = all.iter().filter(|entry| entry.state.is_present() && wanted.contains_key(&(entry.twin, entry.ordinal))).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let (selected, listed) = match self.session.examine(&self.target.name).await {
            Ok(selected) if selected.exists > 0 => (selected, self.session.list_sizes(1).await?),
            Ok(selected) => (selected, Vec::new()),
            // A tagged NO is a folder that is not there any more; a dead connection is an error.
            Err(error) if !error.is_dead() => (Selected::default(), Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let sizes: BTreeMap<u32, u64> = listed.iter().map(|message| (message.uid, message.size)).collect();
        let elsewhere = claimed_by_others(&all, &wanted, selected.uid_validity);
        let (bound, loose) = by_uid(&entries, &sizes, selected.uid_validity);
        let taken: HashSet<u32> = bound.iter().map(|(_, uid)| *uid).chain(elsewhere).collect();
        let free: Vec<MessageRow> = listed.into_iter().filter(|message| !taken.contains(&message.uid)).collect();
        let mut rows = Vec::new();
        let found = self.find_loose(&loose, &free, &mut rows, &selected).await?;
        self.sort_out(&loose, &found, &sizes, &selected);
        self.verified.by_size += (bound.len() + found.len()) as u64;
        self.compare_digests(&bound, &mut rows).await?;
        self.find_doubled(&entries, &free, &found, &selected).await?;
        self.journal.commit(&rows)
    }

    /// Looks among messages that nothing explains for those whose UID is not known or was wrong: by size, then digest.
    async fn find_loose(&mut self, loose: &[&Entry], free: &[MessageRow], rows: &mut Vec<Entering>, selected: &Selected) -> Result<HashMap<u64, u32>, Problem> {
        let sizes: HashSet<u64> = loose.iter().map(|entry| entry.wire_bytes).collect();
        let slack = |size: u64| {
            let near = |entry: &Entry| if entry.state == State::There { size.abs_diff(entry.wire_bytes) < 4096 } else { is_ended(entry, size) };
            loose.iter().any(|entry| near(entry))
        };
        let wanted: Vec<(u32, u64)> =
            free.iter().filter(|message| sizes.contains(&message.size) || slack(message.size)).map(|message| (message.uid, message.size)).collect();
        let mut found = HashMap::new();
        let (mut by_twin, mut order): (HashMap<Twin, Vec<u32>>, Vec<&&Entry>) = (HashMap::new(), loose.iter().collect());
        self.session.digests(&wanted, &mut |uid, digest| by_twin.entry(digest.twin).or_default().push(uid)).await?;
        order.sort_by_key(|entry| entry.key);
        for entry in order {
            let Some(uid) = by_twin.get_mut(&entry.content).filter(|uids| !uids.is_empty()).map(|uids| uids.remove(0)) else { continue };
            found.insert(entry.key, uid);
            rows.push(Entering::Bound { key: entry.key, uid: Some((uid, selected.uid_validity)) });
            rows.push(Entering::Seen { key: entry.key, seen: Seen::Digest });
            self.verified.by_digest += 1;
            if entry.state == State::Stored && wanted.iter().any(|(listed, size)| *listed == uid && is_ended(entry, *size)) {
                self.verified.ended.push(entry.archive_id);
            }
        }
        Ok(found)
    }

    /// What was not found at all: changed, gone by its owner's hand, or missing.
    fn sort_out(&mut self, loose: &[&Entry], found: &HashMap<u64, u32>, sizes: &BTreeMap<u32, u64>, selected: &Selected) {
        for entry in loose.iter().filter(|entry| !found.contains_key(&entry.key)) {
            let holds_other_bytes = entry.uid_validity == selected.uid_validity && entry.uid.is_some_and(|uid| sizes.contains_key(&uid));
            if holds_other_bytes && entry.state == State::Stored {
                self.verified.changed.push(entry.archive_id);
            } else if was_there(entry, selected, self.journal.run()) {
                self.verified.gone_by_owner.insert(entry.archive_id);
            } else {
                self.verified.missing.push(entry.archive_id);
            }
        }
    }

    async fn compare_digests(&mut self, bound: &[(&Entry, u32)], rows: &mut Vec<Entering>) -> Result<(), Problem> {
        let (mut chosen, mut plain) = (Vec::new(), Vec::new());
        for (entry, uid) in bound {
            if self.sample.takes(entry, self.always) { chosen.push((*entry, *uid)) } else { plain.push(*entry) }
        }
        rows.extend(plain.iter().filter(|entry| entry.seen < Seen::Size).map(|entry| Entering::Seen { key: entry.key, seen: Seen::Size }));
        let mut wrong = self.digest_and_compare(&chosen, rows).await?;
        if !wrong.is_empty() {
            // A receipt may have named another message's UID: whoever has the same length is looked at, too.
            let sizes: HashSet<u64> = wrong.iter().map(|(entry, _)| entry.wire_bytes).collect();
            let seen: HashSet<u64> = chosen.iter().map(|(entry, _)| entry.key).collect();
            let alike: Vec<(&Entry, u32)> =
                bound.iter().filter(|(entry, _)| sizes.contains(&entry.wire_bytes) && !seen.contains(&entry.key)).copied().collect();
            wrong.extend(self.digest_and_compare(&alike, rows).await?);
        }
        let mut free: HashMap<Sha256Digest, Vec<u32>> = HashMap::new();
        for (_, (uid, digest)) in &wrong {
            free.entry(digest.sha256).or_default().push(*uid);
        }
        for (entry, _) in wrong {
            match free.get_mut(&entry.wire_sha256).and_then(Vec::pop) {
                Some(uid) => {
                    rows.push(Entering::Bound { key: entry.key, uid: Some((uid, entry.uid_validity)) });
                    rows.push(Entering::Seen { key: entry.key, seen: Seen::Digest });
                }
                None => self.verified.changed.push(entry.archive_id),
            }
        }
        Ok(())
    }

    /// Compares digests; answers those that differ, with what lies under their UID.
    async fn digest_and_compare<'e>(
        &mut self,
        chosen: &[(&'e Entry, u32)],
        rows: &mut Vec<Entering>,
    ) -> Result<Vec<(&'e Entry, (u32, MessageDigest))>, Problem> {
        let mut wanted: Vec<(u32, u64)> = chosen.iter().map(|(entry, uid)| (*uid, entry.wire_bytes)).collect();
        wanted.sort_unstable();
        let mut digests: HashMap<u32, MessageDigest> = HashMap::with_capacity(wanted.len());
        self.session
            .digests(&wanted, &mut |uid, digest| {
                digests.insert(uid, digest);
            })
            .await?;
        let mut wrong = Vec::new();
        for (entry, uid) in chosen {
            let Some(digest) = digests.get(uid) else {
                self.verified.missing.push(entry.archive_id);
                continue;
            };
            self.verified.by_digest += 1;
            let same = if entry.state == State::There { digest.twin == entry.content } else { digest.sha256 == entry.wire_sha256 };
            if same {
                rows.push(Entering::Seen { key: entry.key, seen: Seen::Digest });
            } else {
                wrong.push((*entry, (*uid, *digest)));
            }
        }
        Ok(wrong)
    }

    /// Messages that came since this job first sent into the folder and have the very bytes of one that is there already.
    async fn find_doubled(&mut self, entries: &[&Entry], free: &[MessageRow], found: &HashMap<u64, u32>, selected: &Selected) -> Result<(), Problem> {
        let ours: Vec<&&Entry> = entries.iter().filter(|entry| entry.state == State::Stored && entry.uid_validity == selected.uid_validity).collect();
        let Some(first) = ours.iter().map(|entry| entry.sent_uid_next).min() else { return Ok(()) };
        let sizes: HashSet<u64> = ours.iter().map(|entry| entry.wire_bytes).collect();
        let explained: HashSet<u32> = found.values().copied().collect();
        let wanted: Vec<(u32, u64)> = free
            .iter()
            .filter(|message| message.uid >= first && sizes.contains(&message.size) && !explained.contains(&message.uid))
            .map(|message| (message.uid, message.size))
            .collect();
        let by_digest: HashMap<_, _> = ours.iter().map(|entry| (entry.wire_sha256, entry.archive_id)).collect();
        let doubled = &mut self.verified.doubled;
        self.session.digests(&wanted, &mut |_, digest| doubled.extend(by_digest.get(&digest.sha256))).await?;
        Ok(())
    }
}

/// A message of this size may be the entry's with its last line ended.
const fn is_ended(entry: &Entry, size: u64) -> bool {
    size > entry.wire_bytes && size <= entry.wire_bytes + quirk::LAST_LINE_END_BYTES
}

/// Entries whose UID is there with the right size (ours), or is there at all (found there before), each UID once; and the rest.
fn by_uid<'a>(entries: &[&'a Entry], sizes: &BTreeMap<u32, u64>, uid_validity: u32) -> (Vec<(&'a Entry, u32)>, Vec<&'a Entry>) {
    let (mut bound, mut loose, mut taken) = (Vec::new(), Vec::new(), HashSet::new());
    for entry in entries {
        let size = entry.uid.filter(|_| entry.uid_validity == uid_validity).and_then(|uid| Some((uid, *sizes.get(&uid)?)));
        match size {
            Some((uid, size)) if (entry.state == State::There || size == entry.wire_bytes) && taken.insert(uid) => bound.push((*entry, uid)),
            _ => loose.push(*entry),
        }
    }
    (bound, loose)
}

/// UIDs that explain messages of this job which the present safe copy does not hold.
fn claimed_by_others(all: &[Entry], wanted: &HashMap<(Twin, u32), u64>, uid_validity: u32) -> HashSet<u32> {
    all.iter()
        .filter(|entry| entry.state.is_present() && entry.uid_validity == uid_validity && !wanted.contains_key(&(entry.twin, entry.ordinal)))
        .filter_map(|entry| entry.uid)
        .collect()
}

/// Was it certainly there once, so that its absence is its owner's doing?
///
/// It was, if anybody saw it there; or if an earlier run was broken off before it could look, got a UID for it, and the
/// server has given out later ones or the folder was made anew since. What was looked for and not found is missing, and so
/// is what this very run sent.
const fn was_there(entry: &Entry, selected: &Selected, run: u32) -> bool {
    let earlier = entry.run < run && matches!(entry.seen, Seen::No);
    let uid_was_given = match (entry.uid, selected.uid_next) {
        (Some(uid), Some(next)) => entry.uid_validity == selected.uid_validity && next > uid,
        _ => false,
    };
    let folder_is_new = entry.uid_validity != selected.uid_validity;
    matches!(entry.state, State::There) || matches!(entry.seen, Seen::Size | Seen::Digest) || (earlier && (uid_was_given || folder_is_new))
}
