//! What of this job's mail the far end holds already: matched by size, then by twin; never guessed.
//!
//! Read-only: EXAMINE and FETCH with PEEK. What it finds goes into the journal, so that the next run need not look again.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::imap::{Listed, MailboxStatus, MessageRow, Selected, Session};
use crate::journal::{Entering, Entry, Intent, Journal, MailboxId, State};
use crate::mail::Twin;
use crate::run::{Problem, Run};

use super::plan::{Present, Slot, Target};

/// Trailing line ends that a twin leaves out and a server may hold: beyond this many bytes a message is no candidate.
pub(super) const TRAILING_LINE_ENDS: u64 = 64;
/// Messages whose digests are asked for in one command.
const DIGESTS_AT_ONCE: usize = 500;
/// Rows written in one transaction.
const ROWS_AT_ONCE: usize = 1_000;

/// What a look at one mailbox gave.
#[derive(Debug, Default)]
pub struct Looked {
    /// Doubtful messages of an earlier run: not settled here.
    pub doubtful: u64,
    /// Messages that were found there without our doing.
    pub found: u64,
}

/// Looks at every target that exists and fills `present`. What `listed` tells of a folder is not asked for again.
///
/// # Errors
/// The connection failed, or the journal can't be written.
pub async fn look(session: &mut Session, targets: &[&Target], listed: &[Listed], journal: &mut Journal, now_unix: i64, run: &Run) -> Result<Present, Problem> {
    let numbers: HashMap<&str, MailboxStatus> = listed.iter().filter_map(|mailbox| Some((mailbox.name.as_str(), mailbox.status?))).collect();
    let mut present = Present::new();
    for target in targets {
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        run.progress(|progress| progress.mailbox = Some(target.path.to_string()));
        if !target.create {
            look_at(session, target, numbers.get(target.name.as_str()), journal, now_unix).await?;
        }
        present.insert(target.name.clone(), present_in(journal, &target.name)?);
    }
    Ok(present)
}

/// The slots of `mailbox` that the journal calls present.
///
/// # Errors
/// `JOURNAL`.
pub fn present_in(journal: &mut Journal, mailbox: &str) -> Result<HashSet<(Twin, u32)>, Problem> {
    let (id, _) = journal.mailbox(mailbox)?;
    Ok(journal.entries(id)?.into_iter().filter(|entry| entry.state.is_present()).map(|entry| (entry.twin, entry.ordinal)).collect())
}

/// Looks at one mailbox: rebinds what the journal knows if UIDVALIDITY changed, then matches what it does not know yet.
///
/// # Errors
/// The connection failed, or the journal can't be written.
pub async fn look_at(session: &mut Session, target: &Target, listed: Option<&MailboxStatus>, journal: &mut Journal, now_unix: i64) -> Result<Looked, Problem> {
    let (id, known_validity) = journal.mailbox(&target.name)?;
    let entries = journal.entries(id)?;
    let known: HashSet<(Twin, u32)> = entries.iter().map(|entry| (entry.twin, entry.ordinal)).collect();
    let unknown: Vec<&Slot> = target.slots.iter().filter(|slot| !known.contains(&(slot.twin, slot.ordinal))).collect();
    let doubtful = entries.iter().filter(|entry| matches!(entry.state, State::Sent { .. })).count() as u64;
    // Nothing to be looked for, or nothing there: the list's numbers say all there is to know.
    let is_told = |status: &&MailboxStatus| {
        let same = status.uid_validity.is_some_and(|validity| validity > 0 && (known_validity == 0 || known_validity == validity));
        same && (unknown.is_empty() || status.messages == Some(0))
    };
    if let Some(validity) = listed.filter(is_told).and_then(|status| status.uid_validity) {
        if validity != known_validity {
            journal.set_uid_validity(id, validity)?;
        }
        return Ok(Looked { doubtful, found: 0 });
    }
    let selected = session.examine(&target.name).await?;
    let changed = known_validity != 0 && known_validity != selected.uid_validity;
    let mut looked = Looked { doubtful, found: 0 };
    if selected.exists > 0 && (!unknown.is_empty() || changed) {
        let mut unclaimed = session.list_sizes(1).await?;
        if changed {
            unclaimed = rebind(session, journal, &selected, &entries, unclaimed).await?;
        } else {
            let claimed = claimed(&entries, selected.uid_validity);
            unclaimed.retain(|listed| !claimed.contains(&listed.uid));
        }
        // A doubtful message may be one of these; until it is settled, the mails that look like it stay unclaimed.
        looked.found = claim(session, journal, Place { id, selected: &selected, now_unix }, &unknown, &entries, &unclaimed).await?;
    } else if changed {
        unbind_all(journal, &entries)?;
    }
    journal.set_uid_validity(id, selected.uid_validity)?;
    Ok(looked)
}

/// UIDs that the journal already explains.
#[must_use]
pub fn claimed(entries: &[Entry], uid_validity: u32) -> HashSet<u32> {
    entries.iter().filter(|entry| entry.state.is_present() && entry.uid_validity == uid_validity).filter_map(|entry| entry.uid).collect()
}

/// Those of `listed` that may be one of `wanted`, by size alone.
///
/// A server's copy differs from ours by lines that a twin leaves out and by trailing line ends. `left_out` gives the bytes
/// of such lines for each UID.
fn candidates(wanted: &BTreeMap<u64, u32>, exact: &HashSet<u64>, listed: &[MessageRow], left_out: &BTreeMap<u32, u64>) -> Vec<(u32, u64)> {
    listed
        .iter()
        .filter(|message| {
            let bare = message.size.saturating_sub(left_out.get(&message.uid).copied().unwrap_or(0));
            exact.contains(&message.size) || wanted.range(bare.saturating_sub(TRAILING_LINE_ENDS)..=bare).next().is_some()
        })
        .map(|message| (message.uid, message.size))
        .collect()
}

/// The twins of those of `listed` that may be one of the messages with these lengths.
async fn twins(session: &mut Session, lengths: impl Iterator<Item = (u64, u64)>, listed: &[MessageRow]) -> Result<BTreeMap<u32, Twin>, Problem> {
    let (mut by_twin_bytes, mut exact) = (BTreeMap::new(), HashSet::new());
    for (twin_bytes, wire_bytes) in lengths {
        *by_twin_bytes.entry(twin_bytes).or_insert(0) += 1;
        exact.insert(wire_bytes);
    }
    let uids: Vec<u32> = listed.iter().map(|message| message.uid).collect();
    let left_out = if by_twin_bytes.is_empty() || uids.is_empty() { BTreeMap::new() } else { session.left_out_bytes(&uids).await? };
    let mut twins = BTreeMap::new();
    for uids in candidates(&by_twin_bytes, &exact, listed, &left_out).chunks(DIGESTS_AT_ONCE) {
        session
            .digests(uids, &mut |uid, digest| {
                twins.insert(uid, digest.twin);
            })
            .await?;
    }
    Ok(twins)
}

struct Place<'a> {
    id: MailboxId,
    selected: &'a Selected,
    now_unix: i64,
}

/// Gives unclaimed messages of the server to slots that the journal does not know.
///
/// Copies are a multiset: each UID explains one slot, the lowest ordinals first. As long as a doubtful message with the same
/// twin is not settled, its twins on the server are left to it.
async fn claim(
    session: &mut Session,
    journal: &mut Journal,
    place: Place<'_>,
    unknown: &[&Slot],
    entries: &[Entry],
    unclaimed: &[MessageRow],
) -> Result<u64, Problem> {
    let lengths = unknown.iter().map(|slot| (slot.twin_bytes, slot.wire_bytes));
    let twins = twins(session, lengths, unclaimed).await?;
    let mut doubtful: HashMap<Twin, Vec<u32>> = HashMap::new();
    for entry in entries {
        if let State::Sent { uid_next, .. } = entry.state {
            doubtful.entry(entry.content).or_default().push(uid_next);
        }
    }
    let mut by_twin: HashMap<Twin, Vec<u32>> = HashMap::new();
    for (uid, twin) in twins {
        let may_be_doubtful = doubtful.get(&twin).is_some_and(|nexts| nexts.iter().any(|next| uid >= *next));
        if !may_be_doubtful {
            by_twin.entry(twin).or_default().push(uid);
        }
    }
    let mut rows = Vec::new();
    let mut slots: Vec<&&Slot> = unknown.iter().collect();
    slots.sort_by_key(|slot| slot.ordinal);
    let mut found = 0;
    for slot in slots {
        let Some(uids) = by_twin.get_mut(&slot.twin).filter(|uids| !uids.is_empty()) else { continue };
        let uid = uids.remove(0);
        let intent = Intent {
            key: journal.new_key(),
            mailbox: place.id,
            twin: slot.twin,
            content: None,
            ordinal: slot.ordinal,
            archive_id: slot.id,
            wire_bytes: slot.wire_bytes,
            wire_sha256: slot.twin.0, // not our bytes: only the twin is known of them
            twin_bytes: slot.twin_bytes,
            uid_validity: place.selected.uid_validity,
            uid_next: 0,
            at: place.now_unix,
        };
        rows.push(Entering::There(intent, uid));
        found += 1;
        if rows.len() >= ROWS_AT_ONCE {
            journal.commit(&std::mem::take(&mut rows))?;
        }
    }
    journal.commit(&rows)?;
    Ok(found)
}

/// After UIDVALIDITY changed: finds again, by digest, what the journal calls present, before any APPEND. What is not found
/// was deleted or moved by its owner; it is not sent again. Answers what is left unclaimed.
pub(super) async fn rebind(
    session: &mut Session,
    journal: &mut Journal,
    selected: &Selected,
    entries: &[Entry],
    listed: Vec<MessageRow>,
) -> Result<Vec<MessageRow>, Problem> {
    let present: Vec<&Entry> = entries.iter().filter(|entry| entry.state.is_present()).collect();
    let twins = twins(session, present.iter().map(|entry| (entry.twin_bytes, entry.wire_bytes)), &listed).await?;
    let mut by_twin: HashMap<Twin, Vec<u32>> = HashMap::new();
    for (uid, twin) in &twins {
        by_twin.entry(*twin).or_default().push(*uid);
    }
    let (mut rows, mut taken) = (Vec::new(), HashSet::new());
    for entry in present {
        let uid = by_twin.get_mut(&entry.content).filter(|uids| !uids.is_empty()).map(|uids| uids.remove(0));
        taken.extend(uid);
        rows.push(Entering::Bound { key: entry.key, uid: uid.map(|uid| (uid, selected.uid_validity)) });
    }
    journal.commit(&rows)?;
    Ok(listed.into_iter().filter(|message| !taken.contains(&message.uid)).collect())
}

pub(super) fn unbind_all(journal: &mut Journal, entries: &[Entry]) -> Result<(), Problem> {
    let rows: Vec<Entering> = entries.iter().filter(|entry| entry.state.is_present()).map(|entry| Entering::Bound { key: entry.key, uid: None }).collect();
    journal.commit(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_chosen_by_length_less_the_lines_that_programs_write() {
        let wanted = BTreeMap::from([(1_000, 1)]);
        let listed: Vec<MessageRow> = [(1, 1_000), (2, 1_002), (3, 1_064), (4, 1_065), (5, 1_090), (6, 999), (7, 5_000)]
            .map(|(uid, size)| MessageRow { uid, size, ..MessageRow::default() })
            .into();
        let left_out = BTreeMap::from([(5, 50)]);
        let uids: Vec<u32> = candidates(&wanted, &HashSet::from([5_000]), &listed, &left_out).into_iter().map(|(uid, _)| uid).collect();
        assert_eq!(uids, [1, 2, 3, 5, 7]);
    }
}
