//! APPEND: whether it is taken, storing it whole or not at all (RFC 3502), and what APPENDUID then tells.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::mail::{InternalDate, Keywords};

use super::Shared;
use super::command::Appended;
use super::fault::AppendUid;
use super::session::Twist;
use super::state::Incoming;

const NO_SUCH_MAILBOX: &str = "NO [TRYCREATE] Mailbox doesn't exist";
const OVER_QUOTA: &str = "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)";
const TOO_LARGE: &str = "NO [LIMIT] Message size is larger than allowed";

/// Why an APPEND is refused by what is known of it before its last body: `total` octets in `messages` messages, the last of `last` octets.
pub(super) fn refusal(shared: &Shared, mailbox: &str, total: u64, last: u64, messages: usize) -> Option<String> {
    let config = &shared.config;
    if messages > 1 && !config.features.multiappend {
        return Some("BAD One message at a time".into());
    }
    let state = shared.state();
    if state.find(mailbox).is_none() {
        Some(NO_SUCH_MAILBOX.into())
    } else if last == 0 {
        Some("NO Can't save a message without octets".into())
    } else if config.largest_message.is_some_and(|limit| last > limit) {
        Some(TOO_LARGE.into())
    } else if !state.has_room(total, messages as u64) {
        Some(OVER_QUOTA.into())
    } else {
        None
    }
}

/// Runs a whole APPEND; returns its status.
pub(super) fn append(shared: &Shared, mailbox: &str, messages: Vec<Appended>, twist: &Twist) -> String {
    match store(shared, mailbox, messages, twist.store_nothing) {
        Ok((validity, uids)) => stored(shared, validity, &uids),
        Err(status) => status,
    }
}

/// Stores all messages or none; answers UIDVALIDITY and their UIDs, or the status of the refusal.
///
/// A message that is secretly lost uses up its UID, so that nothing in the answer gives the loss away.
pub(super) fn store(shared: &Shared, mailbox: &str, messages: Vec<Appended>, nothing: bool) -> Result<(u32, Vec<u32>), String> {
    let mut total = 0;
    for (message, count) in messages.iter().zip(1..) {
        total += message.body.len() as u64;
        if let Some(status) = refusal(shared, mailbox, total, message.body.len() as u64, count) {
            return Err(status);
        }
    }
    let lost: Vec<bool> = {
        let mut faults = shared.faults();
        if let Some((marker, status)) = &faults.refuse_marker
            && messages.iter().any(|message| memchr::memmem::find(&message.body, marker).is_some())
        {
            return Err(status.clone());
        }
        messages.iter().map(|_| faults.loses_message() || nothing).collect()
    };
    let mut state = shared.state();
    // Looked at again under the lock that stays: room and mailbox may have gone in between.
    if !state.has_room(total, messages.len() as u64) {
        return Err(OVER_QUOTA.into());
    }
    let new_keywords = shared.config.features.new_keywords;
    let Some(target) = state.find_mut(mailbox) else { return Err(NO_SUCH_MAILBOX.into()) };
    let mut uids = Vec::with_capacity(messages.len());
    let mut kept = 0;
    for (message, lost) in messages.into_iter().zip(lost) {
        if lost {
            uids.push(target.uid_next);
            target.uid_next += 1;
        } else {
            uids.push(target.push(incoming(message, new_keywords)));
            kept += 1;
        }
    }
    let validity = target.uid_validity;
    if let Some(dir) = &shared.config.kept_in {
        let name = target.name.clone();
        let new = target.messages.len().saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX));
        if super::keep::write(dir, &name, validity, target.messages.get(new..).unwrap_or_default()).is_err() {
            target.take_back(new);
            return Err("NO [SERVERBUG] The practice mailbox can't be written".into());
        }
    }
    state.counters.messages_stored += kept;
    Ok((validity, uids))
}

fn incoming(message: Appended, new_keywords: bool) -> Incoming {
    let Appended { flags, deleted, keywords, date, body } = message;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(0));
    let internal_date = date.unwrap_or_else(|| InternalDate::from_unix(now()));
    let keywords = if new_keywords { keywords } else { Keywords::default() };
    Incoming { bytes: body, flags, keywords, deleted, internal_date }
}

fn stored(shared: &Shared, validity: u32, uids: &[u32]) -> String {
    if !shared.config.features.uidplus {
        return "OK Append completed".into();
    }
    let told = shared.faults().append_uid;
    let (validity, uids) = match told {
        AppendUid::Missing => return "OK Append completed".into(),
        AppendUid::Right => (validity, uids.to_vec()),
        AppendUid::WrongValidity => (validity.wrapping_add(77), uids.to_vec()),
        AppendUid::TooFew => (validity, uids.iter().skip(1).copied().collect()),
        AppendUid::Swapped if uids.len() > 1 => (validity, uids.iter().rev().copied().collect()),
        AppendUid::Swapped => (validity, uids.iter().map(|uid| if uid % 2 == 1 { uid + 1 } else { uid - 1 }).collect()),
    };
    if uids.is_empty() { "OK Append completed".into() } else { format!("OK [APPENDUID {validity} {}] Append completed", uid_set(&uids)) }
}

/// UIDs as a set in their order: runs that go up by one are written `first:last`.
fn uid_set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some(run) if run.1.checked_add(1) == Some(*uid) => run.1 = *uid,
            _ => runs.push((*uid, *uid)),
        }
    }
    runs.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}:{to}") }).collect::<Vec<_>>().join(",")
}
