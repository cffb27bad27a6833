//! Closes the sum: every message of the safe copy has exactly one fate (DESIGN «The sum»).

use std::collections::{HashMap, HashSet};

use crate::journal::{Entry, Journal, Seen, State};
use crate::mail::Twin;
use crate::run::{Code, Problem};

use super::plan::{Fate, PlannedFolder, WhyKept};
use super::report::{ReportedFolder, Tally};
use super::verify::Verified;

/// What stopped the upload before its end, if anything did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It came to its end.
    Whole,
    /// The mailbox is full: what was not sent is kept for want of room.
    OutOfRoom,
    /// It was broken off: what was not sent is not explained yet.
    BrokenOff,
}

/// A message that needs a name in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its number in the safe copy.
    pub id: u64,
    /// The stable code.
    pub code: String,
    /// `now`, `later` or `never`.
    pub retry: &'static str,
    /// What the server said.
    pub server_text: Option<String>,
}

/// The sum, with exceptions by number; names are added by the caller, who has the safe copy at hand.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// The numbers. `found` and unreadable messages are added by the caller.
    pub tally: Tally,
    /// Kept messages worth a name.
    pub kept: Vec<Exception>,
    /// Failed messages: those that verification did not find, or found changed.
    pub failed: Vec<Exception>,
    /// Messages that are there in another program's bytes, by their number in the safe copy.
    pub matched_rebuilt: Vec<u64>,
    /// Folder by folder.
    pub folders: Vec<ReportedFolder>,
}

/// Adds up what became of every slot and surplus message of `folders`. The mail of `refused` folders (by their name for
/// commands) waits in the safe copy.
///
/// # Errors
/// `JOURNAL`.
pub fn add_up(folders: &[PlannedFolder], journal: &mut Journal, verified: Option<&Verified>, ended: Ended, refused: &HashSet<String>) -> Result<Sum, Problem> {
    let mut sum = Sum::default();
    let none = Verified::default();
    let verified = verified.unwrap_or(&none);
    let lost: HashSet<u64> = verified.missing.iter().chain(&verified.changed).copied().collect();
    for folder in folders {
        let (id, _) = journal.mailbox(&folder.target.name)?;
        let entries: HashMap<(Twin, u32), Entry> = journal.entries(id)?.into_iter().map(|entry| ((entry.twin, entry.ordinal), entry)).collect();
        let mut reported = ReportedFolder {
            from: folder.target.from.iter().map(|(store, path)| format!("{store}:{path}")).collect(),
            to: folder.target.path.to_string(),
            renamed: folder.target.renamed,
            messages: (folder.target.slots.len() + folder.target.surplus.len()) as u64,
            bytes: folder.target.slots.iter().map(|slot| slot.wire_bytes).sum(),
            there: 0,
        };
        let mut ends = Vec::with_capacity(folder.target.slots.len());
        for (slot, fate) in folder.target.slots.iter().zip(&folder.fates) {
            let entry = entries.get(&(slot.twin, slot.ordinal));
            let end = match end_of(slot.id, *fate, entry, ended, &lost) {
                End::Waiting if refused.contains(&folder.target.name) => End::Kept(WhyKept::Refused),
                end => end,
            };
            if end == End::Uploaded && verified.gone_by_owner.contains(&slot.id) {
                sum.tally.gone_by_owner += 1;
            }
            if entry.is_some_and(Entry::is_matched) {
                sum.matched_rebuilt.push(slot.id);
            }
            sum.count(slot.id, end, entry, verified);
            reported.there += u64::from(matches!(end, End::Uploaded | End::There));
            ends.push(end);
        }
        for (id, slot) in &folder.target.surplus {
            // The same mail from another store: it is there once the one that stands for it is.
            let end = match ends.get(*slot) {
                Some(End::Uploaded | End::There) => End::There,
                Some(other) => *other,
                None => End::Waiting,
            };
            reported.there += u64::from(end == End::There);
            sum.count(*id, end, None, verified);
        }
        sum.folders.push(reported);
    }
    Ok(sum)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Uploaded,
    There,
    Kept(WhyKept),
    Failed,
    Waiting,
}

fn end_of(id: u64, fate: Fate, entry: Option<&Entry>, ended: Ended, lost: &HashSet<u64>) -> End {
    match entry.map(|entry| &entry.state) {
        Some(State::Stored | State::There) if lost.contains(&id) => End::Failed,
        // Looked for right after its folder was filled, and not found since.
        Some(State::Stored) if entry.is_some_and(|entry| entry.seen == Seen::Absent) => End::Failed,
        Some(State::Stored) => End::Uploaded,
        Some(State::There) => End::There,
        Some(State::Refused { code, .. }) => End::Kept(if code == Code::TooLarge.as_str() { WhyKept::TooLarge } else { WhyKept::Refused }),
        Some(State::Sent { .. } | State::Drained) => End::Waiting,
        None => match (fate, ended) {
            (Fate::Keep(why), _) => End::Kept(why),
            (_, Ended::OutOfRoom) => End::Kept(WhyKept::NoRoom),
            _ => End::Waiting,
        },
    }
}

impl Sum {
    fn count(&mut self, id: u64, end: End, entry: Option<&Entry>, verified: &Verified) {
        match end {
            End::Uploaded => self.tally.uploaded += 1,
            End::There => self.tally.already_there += 1,
            End::Waiting => {}
            End::Failed => {
                let code = if verified.changed.contains(&id) { "VERIFY-CHANGED" } else { "VERIFY-MISSING" };
                self.failed.push(Exception { id, code: code.to_owned(), retry: "later", server_text: None });
            }
            End::Kept(why) => {
                self.tally.kept += 1;
                let slot = match why {
                    WhyKept::Choice => &mut self.tally.kept_by.choice,
                    WhyKept::NoRoom => &mut self.tally.kept_by.no_room,
                    WhyKept::TooLarge => &mut self.tally.kept_by.too_large,
                    WhyKept::Refused => &mut self.tally.kept_by.refused,
                };
                *slot += 1;
                self.name_kept(id, why, entry);
            }
        }
    }

    fn name_kept(&mut self, id: u64, why: WhyKept, entry: Option<&Entry>) {
        let (code, retry, server_text) = match (why, entry.map(|entry| &entry.state)) {
            (_, Some(State::Refused { code, server_text })) => (code.clone(), "never", Some(server_text.clone()).filter(|text| !text.is_empty())),
            (WhyKept::TooLarge, _) => (Code::TooLarge.to_string(), "never", None),
            (WhyKept::Refused, _) => (Code::MailboxRefused.to_string(), "later", None),
            (WhyKept::NoRoom, _) => (Code::Quota.to_string(), "later", None),
            // What a person chose to keep needs no name.
            (WhyKept::Choice, _) => return,
        };
        self.kept.push(Exception { id, code, retry, server_text });
    }
}
