//! What became of a row: kept beside it, and read again by whoever goes on.

use serde::{Deserialize, Serialize};

use crate::engine::plan::Room;
use crate::engine::report::{JobReport, Quiet};
use crate::run::{Code, Problem};

use super::words;

/// `state.json` of a row.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RowState {
    /// The last test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
    /// The last pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<Passed>,
    /// A pass is under way, or was when the program was ended.
    pub under_way: bool,
}

/// Where a trouble lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// At the old mailbox.
    Old,
    /// At the new mailbox.
    New,
    /// The mail does not fit.
    Room,
    /// The row itself, this computer, or both mailboxes.
    #[default]
    Row,
}

impl Which {
    /// As it stands behind what is wrong: «Password refused (old)»; empty where there is nothing to tell apart.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Room | Self::Row => "",
        }
    }
}

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Trouble {
    /// Where it lies.
    pub which: Which,
    /// The stable code.
    pub code: String,
    /// In two or three words, as a table has room for: «Password refused», «Over by 2.6 GB», «TLS too old».
    pub words: String,
    /// What happened, for the technician.
    pub what: String,
    /// What the server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_text: Option<String>,
    /// What to do, in a sentence.
    pub advice: String,
    /// A person must act before the row can go on; else another try may help by itself.
    pub needs_you: bool,
    /// What the code alone does not tell, for other words than [`Trouble::words`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<More>,
}

/// What a code alone does not tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum More {
    /// The mail does not fit by so many bytes.
    OverBy(u64),
    /// So many messages were not copied.
    NotCopied(u64),
    /// The old server has POP and no IMAP.
    PopOnly,
}

impl Trouble {
    /// A problem at one of the mailboxes.
    #[must_use]
    pub fn new(which: Which, problem: &Problem) -> Self {
        let code = problem.code;
        Self {
            which,
            code: code.to_string(),
            words: words::short(problem),
            what: problem.what.clone(),
            server_text: problem.server_text.clone(),
            advice: words::advice(which, problem),
            needs_you: words::needs_a_person(code),
            more: None,
        }
    }

    /// Its exit code.
    #[must_use]
    pub fn exit(&self) -> u8 {
        Code::ALL.iter().find(|code| code.as_str() == self.code).map_or(70, |code| code.exit())
    }
}

/// What a test of a row showed. `None`: not looked at, or not told.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tested {
    /// When, RFC 3339.
    pub at: String,
    /// The sign-in at the old mailbox.
    pub old_signs_in: Option<bool>,
    /// The sign-in at the new mailbox.
    pub new_signs_in: Option<bool>,
    /// The old server, `host:port`.
    pub old_server: Option<String>,
    /// The new server, `host:port`.
    pub new_server: Option<String>,
    /// Messages in the old mailbox.
    pub messages: Option<u64>,
    /// Bytes in the old mailbox.
    pub bytes: Option<u64>,
    /// Messages in the new mailbox.
    pub new_messages: Option<u64>,
    /// The room of the new mailbox.
    pub room: Option<Room>,
    /// Bytes still to be copied that have no room.
    pub over_by: u64,
    /// What is wrong, the widest first; empty: the row is ready.
    pub troubles: Vec<Trouble>,
    /// What is not wrong and yet worth a word.
    pub notes: Vec<String>,
}

impl Tested {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.troubles.is_empty()
    }

    /// `12.6 of 10 GB`: what there is, and the size of the new mailbox.
    #[must_use]
    pub fn size_and_room(&self) -> String {
        words::size_and_room(self.bytes, self.room.and_then(|room| room.limit))
    }
}

/// What the last pass brought. The whole report lies in the row's own `report/`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Passed {
    /// When it ended, RFC 3339.
    pub at: String,
    /// Passes that came to an end.
    pub passes: u64,
    /// The row's exit code.
    pub exit: u8,
    /// Messages found at the old mailbox.
    pub found: u64,
    /// Of them, put into the new mailbox by this job.
    pub uploaded: u64,
    /// Of them, there without our doing.
    pub already_there: u64,
    /// Of them, kept back.
    pub kept: u64,
    /// Of them, failed.
    pub failed: u64,
    /// What is left over.
    pub unexplained: i64,
    /// Messages that the person has deleted or moved since.
    pub gone_by_owner: u64,
    /// Wire bytes of what is there.
    pub bytes: u64,
    /// Sent in the last pass.
    pub appended: u64,
    /// It was re-read in a fresh session, and nothing was missing, changed or doubled.
    pub proven: bool,
    /// Not there, changed, or there more than once.
    pub differing: u64,
    /// How quiet the old mailbox is, once that is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// What ended it before its end, or keeps it from being whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Seconds of the last pass.
    pub seconds: f64,
}

impl Passed {
    /// What `report` says, after `passes` passes.
    #[must_use]
    pub fn of(report: &JobReport, problem: Option<&Problem>, passes: u64) -> Self {
        let tally = &report.tally;
        let verification = report.verification.as_ref();
        let differing = verification.map_or(0, |seen| (seen.missing.len() + seen.changed.len() + seen.doubled.len()) as u64);
        let trouble = match problem {
            Some(problem) => Some(Trouble::new(words::which(problem, report), problem)),
            None if report.exit == 0 => None,
            None => Some(words::of_report(report)),
        };
        Self {
            at: report.made.clone(),
            passes,
            exit: report.exit,
            found: tally.found,
            uploaded: tally.uploaded,
            already_there: tally.already_there,
            kept: tally.kept,
            failed: tally.failed.len() as u64,
            unexplained: tally.unexplained,
            gone_by_owner: tally.gone_by_owner,
            bytes: report.folders.iter().map(|folder| share(folder.bytes, folder.there, folder.messages)).sum(),
            appended: tally.appended_this_run,
            proven: verification.is_some_and(crate::engine::report::Verification::is_green) && tally.unexplained == 0 && problem.is_none(),
            differing,
            quiet: report.sync.as_ref().and_then(|sync| sync.quiet.clone()),
            trouble,
            seconds: tally.seconds,
        }
    }

    /// Messages that are in the new mailbox.
    #[must_use]
    pub const fn there(&self) -> u64 {
        self.uploaded + self.already_there
    }

    /// Copied, checked, and nothing left over.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.proven && self.exit == 0
    }

    /// The old mailbox has been quiet for long enough.
    #[must_use]
    pub fn may_cancel(&self) -> bool {
        self.quiet.as_ref().is_some_and(|quiet| quiet.may_cancel)
    }
}

/// What one PC of an address copied.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pc {
    /// The computer, as its folder is called.
    pub name: String,
    /// What its last run brought.
    pub passed: Passed,
}

impl Passed {
    /// Several together: an old mailbox, and PCs of the same address. Mail that two of them have is found, and there, at each.
    #[must_use]
    pub fn sum<'a>(parts: impl Iterator<Item = &'a Self>) -> Option<Self> {
        parts.cloned().reduce(|sum, part| Self {
            at: sum.at.max(part.at),
            passes: sum.passes + part.passes,
            exit: if sum.exit == 0 || (part.exit >= 10 && sum.exit < 10) { part.exit } else { sum.exit },
            found: sum.found + part.found,
            uploaded: sum.uploaded + part.uploaded,
            already_there: sum.already_there + part.already_there,
            kept: sum.kept + part.kept,
            failed: sum.failed + part.failed,
            unexplained: sum.unexplained + part.unexplained,
            gone_by_owner: sum.gone_by_owner + part.gone_by_owner,
            // What one has put there the others find there: the greatest is nearest to what is there.
            bytes: sum.bytes.max(part.bytes),
            appended: sum.appended + part.appended,
            proven: sum.proven && part.proven,
            differing: sum.differing + part.differing,
            quiet: sum.quiet.or(part.quiet),
            trouble: sum.trouble.or(part.trouble),
            seconds: sum.seconds + part.seconds,
        })
    }
}

/// `part` of `all` of `bytes`.
fn share(bytes: u64, part: u64, all: u64) -> u64 {
    if all == 0 { 0 } else { u64::try_from(u128::from(bytes) * u128::from(part.min(all)) / u128::from(all)).unwrap_or(bytes) }
}
