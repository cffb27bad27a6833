//! Mail of the old account that the new one holds already, without this job's doing: a first partial migration, a lost journal,
//! another source. Matched by length, then Message-ID, then by the twin of the bytes of both; never guessed.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::imap::{Listed, MessageRow, Remote, Selected, Session};
use crate::journal::{Entering, Entry, Intent, Journal, MailboxId, State};
use crate::mail::header::Headers;
use crate::mail::{Sha256Digest, Twin};
use crate::run::{Code, Problem, Run};

use super::super::look::{TRAILING_LINE_ENDS, claimed, present_in, rebind, unbind_all};
use super::super::plan::{Present, Slot, Target};
use super::super::upload::now;
use super::old::OldAccount;

/// Lines that a twin leaves out take up no more than this, as a rule: what differs by more is not asked for its lines.
const LEFT_OUT_LINES: u64 = 4096;

/// Looks at the targets that exist, as far as that can tell anything new, and answers what is there.
///
/// # Errors
/// A connection failed, or the journal can't be written.
pub(super) async fn look(
    session: &mut Session,
    old: &OldAccount,
    targets: &[&Target],
    listed: &[Listed],
    journal: &mut Journal,
    run: &Run,
) -> Result<Present, Problem> {
    let numbers: HashMap<&str, &Listed> = listed.iter().map(|one| (one.name.as_str(), one)).collect();
    let mut present = Present::new();
    for target in targets {
        if run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        if let Some(listed) = numbers.get(target.name.as_str()).filter(|_| !target.create) {
            look_at(session, old, target, listed, journal, run).await?;
        }
        present.insert(target.name.clone(), present_in(journal, &target.name)?);
    }
    Ok(present)
}

async fn look_at(session: &mut Session, old: &OldAccount, target: &Target, listed: &Listed, journal: &mut Journal, run: &Run) -> Result<(), Problem> {
    let (id, known_validity) = journal.mailbox(&target.name)?;
    let entries = journal.entries(id)?;
    let known: HashSet<(Twin, u32)> = entries.iter().map(|entry| (entry.twin, entry.ordinal)).collect();
    let unknown: Vec<&Slot> = target.slots.iter().filter(|slot| !known.contains(&(slot.twin, slot.ordinal))).collect();
    if has_nothing_to_tell(listed, known_validity, &entries, unknown.is_empty()) {
        if let Some(validity) = listed.status.and_then(|status| status.uid_validity).filter(|_| known_validity == 0) {
            journal.set_uid_validity(id, validity)?;
        }
        return Ok(());
    }
    run.progress(|progress| progress.mailbox = Some(target.path.to_string()));
    let selected = session.examine(&target.name).await?;
    let changed = known_validity != 0 && known_validity != selected.uid_validity;
    let mut free = Vec::new();
    if selected.exists > 0 && (changed || !unknown.is_empty()) {
        free = session.list_uids(1).await?;
    }
    if changed && selected.exists > 0 {
        free = rebind(session, journal, &selected, &entries, free).await?;
    } else if changed {
        unbind_all(journal, &entries)?;
    } else {
        let claimed = claimed(&entries, selected.uid_validity);
        free.retain(|row| !claimed.contains(&row.uid));
    }
    if !unknown.is_empty() && !free.is_empty() {
        claim(session, old, journal, Place { id, selected: &selected }, &unknown, &entries, &free).await?;
    }
    journal.set_uid_validity(id, selected.uid_validity)
}

/// True if the folder's numbers alone say that all its mail is this job's, or that there is nothing to look for.
fn has_nothing_to_tell(listed: &Listed, known_validity: u32, entries: &[Entry], nothing_unknown: bool) -> bool {
    let Some(status) = listed.status else { return false };
    let Some(validity) = status.uid_validity else { return false };
    if known_validity != 0 && known_validity != validity {
        return false;
    }
    let ours = claimed(entries, validity);
    let last = ours.iter().max().copied().unwrap_or(0);
    let all_ours = status.messages == Some(ours.len() as u64) && (ours.is_empty() || status.uid_next == last.checked_add(1));
    nothing_unknown || all_ours
}

struct Place<'a> {
    id: MailboxId,
    selected: &'a Selected,
}

/// A message that may be one at the other end.
struct Candidate {
    uid: u32,
    size: u64,
    /// Its length without lines that a twin leaves out.
    bare: u64,
    message_id: Option<String>,
}

impl Candidate {
    /// Equal twins have equal lengths but for line ends at the end, and equal Message-IDs.
    fn may_be(&self, other: &Self) -> bool {
        self.bare.abs_diff(other.bare) <= TRAILING_LINE_ENDS && self.message_id == other.message_id
    }
}

/// Gives unclaimed messages of the new account to messages of the old one that the journal does not know: each explains one.
async fn claim(
    session: &mut Session,
    old: &OldAccount,
    journal: &mut Journal,
    place: Place<'_>,
    unknown: &[&Slot],
    entries: &[Entry],
    free: &[MessageRow],
) -> Result<(), Problem> {
    let mut sizes: Vec<u64> = free.iter().map(|row| row.size).collect();
    sizes.sort_unstable();
    let near = |size: u64| {
        let at = sizes.partition_point(|other| *other < size.saturating_sub(LEFT_OUT_LINES));
        sizes.get(at).is_some_and(|other| *other <= size.saturating_add(LEFT_OUT_LINES))
    };
    let remotes = old.source.remotes();
    let mut by_folder: BTreeMap<usize, Vec<&Remote>> = BTreeMap::new();
    for remote in unknown.iter().filter_map(|slot| remotes.get(slot.id)).filter(|remote| near(remote.size)) {
        by_folder.entry(remote.folder).or_default().push(remote);
    }
    if by_folder.is_empty() {
        return Ok(());
    }
    let theirs = candidates(session, free.iter().map(|row| (row.uid, row.size)).collect()).await?;
    let mut by_message_id: HashMap<&Option<String>, Vec<&Candidate>> = HashMap::new();
    for candidate in &theirs {
        by_message_id.entry(&candidate.message_id).or_default().push(candidate);
    }
    let mut wanted: BTreeMap<u32, u64> = BTreeMap::new();
    let mut twins_of_old: HashMap<u64, (Twin, u64)> = HashMap::new();
    let (mut old_session, _) = old.source.session().await?;
    let mut open = None;
    for (folder, mut remotes_here) in by_folder {
        let Some(folder) = remotes.folders.get(folder) else { continue };
        remotes_here.sort_by_key(|remote| remote.uid);
        let selected = old_session.examine(&folder.name).await?;
        if selected.uid_validity != folder.uid_validity {
            return Err(
                Problem::account(Code::SourceChanged, "the old server numbered a folder's messages anew; the next run finds them again").at(&folder.path)
            );
        }
        open = Some(folder.name.clone());
        let ours = candidates(&mut old_session, remotes_here.iter().map(|remote| (remote.uid, remote.size)).collect()).await?;
        let mut to_read = Vec::new();
        for candidate in &ours {
            let alike: Vec<&&Candidate> = by_message_id.get(&candidate.message_id).into_iter().flatten().filter(|other| candidate.may_be(other)).collect();
            if !alike.is_empty() {
                to_read.push((candidate.uid, candidate.size));
                wanted.extend(alike.iter().map(|other| (other.uid, other.size)));
            }
        }
        let ids: HashMap<u32, u64> = remotes_here.iter().map(|remote| (remote.uid, remote.id)).collect();
        old_session
            .digests(&to_read, &mut |uid, digest| {
                if let Some(id) = ids.get(&uid) {
                    twins_of_old.insert(*id, (digest.twin, digest.twin_bytes));
                }
            })
            .await?;
    }
    old.source.give(old_session, open);
    let mut by_twin: HashMap<Twin, Vec<u32>> = HashMap::new();
    let wanted: Vec<(u32, u64)> = wanted.into_iter().collect();
    session.digests(&wanted, &mut |uid, digest| by_twin.entry(digest.twin).or_default().push(uid)).await?;
    leave_to_doubtful(&mut by_twin, entries);
    let mut rows = Vec::new();
    for slot in unknown {
        let Some((twin, twin_bytes)) = twins_of_old.get(&slot.id).copied() else { continue };
        let Some(uid) = by_twin.get_mut(&twin).filter(|uids| !uids.is_empty()).map(|uids| uids.remove(0)) else { continue };
        let intent = Intent {
            key: journal.new_key(),
            mailbox: place.id,
            twin: slot.twin,
            content: Some(twin),
            ordinal: slot.ordinal,
            archive_id: slot.id,
            wire_bytes: slot.wire_bytes,
            wire_sha256: Sha256Digest::from_bytes([0; 32]), // the server's bytes, of which only the twin is known
            twin_bytes,
            uid_validity: place.selected.uid_validity,
            uid_next: 0,
            at: now(),
        };
        rows.push(Entering::There(intent, uid));
    }
    journal.commit(&rows)
}

/// As long as a doubtful message is not settled, its twins on the server are left to it.
fn leave_to_doubtful(by_twin: &mut HashMap<Twin, Vec<u32>>, entries: &[Entry]) {
    for entry in entries {
        if let State::Sent { uid_next, .. } = entry.state
            && let Some(uids) = by_twin.get_mut(&entry.content)
        {
            uids.retain(|uid| *uid < uid_next);
        }
    }
}

/// What of these messages decides whether they may be others.
async fn candidates(session: &mut Session, mut listed: Vec<(u32, u64)>) -> Result<Vec<Candidate>, Problem> {
    listed.sort_unstable();
    let uids: Vec<u32> = listed.iter().map(|(uid, _)| *uid).collect();
    let left_out = session.left_out_bytes(&uids).await?;
    let headers = session.header_fields(&uids, &["Message-ID"]).await?;
    let of = |(uid, size): (u32, u64)| Candidate {
        uid,
        size,
        bare: size.saturating_sub(left_out.get(&uid).copied().unwrap_or(0)),
        message_id: headers.get(&uid).and_then(Headers::message_id),
    };
    Ok(listed.into_iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::MailboxStatus;

    #[test]
    fn a_folder_is_passed_over_only_if_all_its_mail_is_explained() {
        let status = |messages, uid_next, validity| MailboxStatus {
            messages: Some(messages),
            uid_next: Some(uid_next),
            uid_validity: Some(validity),
            ..MailboxStatus::default()
        };
        let listed = |status| Listed { status: Some(status), ..Listed::default() };
        let mut journal = Journal::in_memory().expect("memory");
        let (id, _) = journal.mailbox("INBOX").expect("made");
        let twin = Twin(Sha256Digest::of(b"a"));
        let key = journal.new_key();
        let intent = Intent {
            key,
            mailbox: id,
            twin,
            content: None,
            ordinal: 0,
            archive_id: 1,
            wire_bytes: 1,
            wire_sha256: twin.0,
            twin_bytes: 1,
            uid_validity: 7,
            uid_next: 1,
            at: 0,
        };
        journal.commit(&[Entering::Sent(intent), Entering::Stored { first: key, last: key, uid: Some((1, 7)) }]).expect("room");
        let entries = journal.entries(id).expect("readable");
        for (status, known, nothing_unknown, passed) in [
            (status(1, 2, 7), 7, false, true),
            (status(2, 3, 7), 7, false, false),
            (status(1, 3, 7), 7, false, false),
            (status(2, 3, 7), 7, true, true),
            (status(1, 2, 8), 7, true, false),
        ] {
            assert_eq!(has_nothing_to_tell(&listed(status), known, &entries, nothing_unknown), passed, "{status:?}");
        }
        assert!(has_nothing_to_tell(&listed(status(0, 9, 7)), 0, &[], false), "empty");
        assert!(!has_nothing_to_tell(&Listed::default(), 7, &entries, true), "no numbers");
    }
}
