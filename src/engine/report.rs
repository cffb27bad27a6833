//! What deeds return: the sum that must close, and every exception by name (DESIGN «The sum»).

use serde::{Deserialize, Serialize};

use crate::mail::{MailboxPath, OtherKind};
use crate::run::number::count_of;
use crate::run::{Code, Problem, Radius};

/// found = uploaded + already there + kept + failed; what is left over is `unexplained` and must be 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Every message the sources hold that their program does not count as deleted, unreadable ones included.
    pub found: u64,
    /// On the server because this job put it there, in this run or an earlier one.
    pub uploaded: u64,
    /// On the server without our doing, or the same mail from another store.
    pub already_there: u64,
    /// Readable, in the safe copy, not on the server.
    pub kept: u64,
    /// Why they were kept.
    pub kept_by: KeptBy,
    /// Those that failed, by name.
    pub failed: Vec<NamedMessage>,
    /// found − uploaded − already there − kept − failed.
    pub unexplained: i64,
    /// Messages sent with APPEND in this run.
    pub appended_this_run: u64,
    /// Messages that were sent, got no receipt, and were settled by looking.
    pub doubtful_settled: u64,
    /// Of `uploaded`: deleted or moved by the person since.
    pub gone_by_owner: u64,
    /// Messages of which only the head was ever downloaded; they are found and sent like all others.
    pub partial: u64,
    /// Messages that their program counts as deleted; outside the sum.
    pub left_out_deleted: u64,
    /// Messages that hold what mail must not hold (NUL: `WIRE-NUL`; CR CR LF: `WIRE-CR`) and are sent without it, and those
    /// whose last line the server ended (`WIRE-LINE-END`); part of the sum.
    #[serde(default)]
    pub altered: Vec<NamedMessage>,
    /// Of `already_there`: rebuilt from Outlook's data, and the mailbox holds one with the same Message-ID, date and attachments
    /// (`MATCHED-REBUILT`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched_rebuilt: Vec<NamedMessage>,
    /// Kept messages worth a name: too large, refused.
    pub kept_messages: Vec<NamedMessage>,
    /// Wall-clock seconds of this run.
    pub seconds: f64,
}

impl Tally {
    /// Computes `unexplained`.
    pub fn close(&mut self) {
        let explained = self.uploaded + self.already_there + self.kept + self.failed.len() as u64;
        self.unexplained = i64::try_from(self.found).unwrap_or(i64::MAX) - i64::try_from(explained).unwrap_or(i64::MAX);
    }
}

/// Why messages stay in the safe copy only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBy {
    /// The person chose so.
    pub choice: u64,
    /// The mailbox is full.
    pub no_room: u64,
    /// Larger than the server takes.
    pub too_large: u64,
    /// The server does not want it.
    pub refused: u64,
}

impl KeptBy {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.choice + self.no_room + self.too_large + self.refused
    }
}

/// A message by name, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedMessage {
    /// Its id in the safe copy.
    pub id: u64,
    /// Its folder.
    pub folder: MailboxPath,
    /// Received on, RFC 3339.
    pub date: Option<String>,
    /// From.
    pub from: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Wire bytes.
    pub bytes: u64,
    /// The stable code.
    pub code: String,
    /// `now`, `later` or `never`.
    pub retry: String,
    /// What the server said.
    pub server_text: Option<String>,
}

/// How closely the server is re-read (DESIGN rule 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyMode {
    /// Every UID and RFC822.SIZE.
    Sizes,
    /// Sizes, plus digests of max(500, 1 %) and of every doubtful, NUL-changed or large message.
    #[default]
    Sample,
    /// Every digest.
    Full,
}

/// What re-reading the server in a fresh session showed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Verification {
    /// How closely it was looked.
    pub mode: VerifyMode,
    /// Messages whose presence and size were compared.
    pub by_size: u64,
    /// Of them, messages whose digest was compared too.
    pub by_digest: u64,
    /// Not there.
    pub missing: Vec<NamedMessage>,
    /// There, with other bytes.
    pub changed: Vec<NamedMessage>,
    /// There more often than they should be.
    pub doubled: Vec<NamedMessage>,
}

impl Verification {
    /// True if nothing is missing, changed or doubled.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.doubled.is_empty()
    }
}

/// What making the safe copy gave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BackupReport {
    /// The safe copy's folder.
    pub archive: String,
    /// Its volumes' file names.
    pub volumes: Vec<String>,
    /// Messages found, deleted ones not counted, unreadable ones counted.
    pub found: u64,
    /// Messages that the safe copy holds, deleted ones not counted.
    pub written: u64,
    /// Messages that could not be read.
    pub unreadable: Vec<UnreadableMessage>,
    /// Messages that their program counts as deleted: in the safe copy, outside the sum.
    pub left_out_deleted: u64,
    /// Of `found`: only the head was ever downloaded.
    pub partial: u64,
    /// Things in the stores that are not mail.
    pub not_mail: NotMail,
    /// Folder by folder.
    pub folders: Vec<BackedUpFolder>,
    /// True if every volume was re-read in full and compared.
    pub verified: bool,
    /// Sources or folders that failed as a whole.
    pub problems: Vec<crate::engine::report::ToldProblem>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A message that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableMessage {
    /// Its store.
    pub store: String,
    /// Its folder.
    pub folder: MailboxPath,
    /// Its place in the store.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// A folder of the safe copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUpFolder {
    /// Its store.
    pub store: String,
    /// Its true name.
    pub path: MailboxPath,
    /// Messages.
    pub messages: u64,
    /// Stored bytes.
    pub bytes: u64,
}

/// Things in stores that are not mail, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMail {
    /// Contacts.
    pub contacts: u64,
    /// Appointments.
    pub appointments: u64,
    /// Tasks.
    pub tasks: u64,
    /// Notes and journal entries.
    pub notes: u64,
}

impl NotMail {
    /// Counts one thing; a file out of a mail's `winmail.dat` is a part of that mail.
    pub(super) const fn count(&mut self, kind: OtherKind) {
        match kind {
            OtherKind::Contact => self.contacts += 1,
            OtherKind::Appointment => self.appointments += 1,
            OtherKind::Task => self.tasks += 1,
            OtherKind::Note => self.notes += 1,
            OtherKind::Attachment => {}
        }
    }
}

/// A problem as a report tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldProblem {
    /// The stable code.
    pub code: String,
    /// What happened.
    pub what: String,
    /// Where.
    pub place: Option<String>,
    /// What the server said.
    pub server_text: Option<String>,
}

impl From<&crate::run::Problem> for ToldProblem {
    fn from(problem: &crate::run::Problem) -> Self {
        Self { code: problem.code.to_string(), what: problem.what.clone(), place: problem.place.clone(), server_text: problem.server_text.clone() }
    }
}

/// The report of a whole job, kept as `report/report.json` in its folder.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobReport {
    /// The address.
    pub account: String,
    /// The server, `host:port`.
    pub server: String,
    /// When it was made, RFC 3339.
    pub made: String,
    /// The safe copy's folder.
    pub archive: String,
    /// The sum.
    pub tally: Tally,
    /// The verification, if it was reached.
    pub verification: Option<Verification>,
    /// Folder by folder: from, to, messages, bytes.
    pub folders: Vec<ReportedFolder>,
    /// What went wrong with a folder or the account.
    pub problems: Vec<ToldProblem>,
    /// There was no room for a safe copy, so none was kept: what was done instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolling: Option<Rolling>,
    /// The mail came from an old account: what this pass saw there and carried over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<Synced>,
    /// The exit code of the run: the widest radius decides.
    pub exit: u8,
}

impl JobReport {
    /// Where mail is that was not copied, in words.
    #[must_use]
    pub const fn where_the_rest_is(&self) -> &'static str {
        match (&self.rolling, &self.sync) {
            (Some(_), _) => "where it was",
            (None, Some(_)) if self.archive.is_empty() => "in the old mailbox",
            _ => "in your safe copy",
        }
    }

    /// True if no safe copy of this job's mail was kept on this computer.
    #[must_use]
    pub const fn has_no_copy(&self) -> bool {
        self.rolling.is_some() || (self.sync.is_some() && self.archive.is_empty())
    }
}

/// One pass of a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Synced {
    /// The old account's address.
    pub old_account: String,
    /// Its server, `host:port`.
    pub old_server: String,
    /// Folders of the old account that its server did not list: what they hold is not known, so the account is incomplete.
    pub unlisted: Vec<String>,
    /// Folders of the old account that hold no mail, such as a calendar: what is in them stays there, outside the sum.
    pub not_mail: Vec<LeftFolder>,
    /// Messages that came to the old account since the pass before.
    pub new_messages: u64,
    /// Messages that were deleted or moved there since: nothing is deleted at the new account.
    pub gone_at_old: u64,
    /// Messages whose flags changed at the old account and were carried over.
    pub flags_carried: u64,
    /// Messages whose flags changed at both: the person's at the new account stand.
    pub flags_left: u64,
    /// How quiet the old mailbox is, where that was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
}

/// A folder of the old account that was left where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftFolder {
    /// Its path.
    pub folder: String,
    /// What is in it, where the server tells.
    pub items: Option<u64>,
}

impl std::fmt::Display for LeftFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.items {
            Some(items) => write!(f, "{} ({})", self.folder, count_of(items, "item", "items")),
            None => f.write_str(&self.folder),
        }
    }
}

/// How long nothing came to the old mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quiet {
    /// Since then, RFC 3339.
    pub since: String,
    /// It has to be so until then, RFC 3339.
    pub until: String,
    /// Passes made in this run.
    pub passes: u64,
    /// It was, and everything is in the new mailbox: the old provider may be cancelled.
    pub may_cancel: bool,
}

/// A job without a safe copy: each volume was made, copied, compared on the server by digest, and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rolling {
    /// Volumes removed in this run.
    pub volumes_removed: u64,
    /// Volumes that stay, because something in them is not in the new mailbox.
    pub volumes_kept: Vec<KeptVolume>,
}

/// A volume that stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptVolume {
    /// Its file name.
    pub file: String,
    /// Messages in it.
    pub messages: u64,
    /// Of them, those that were not seen in the new mailbox by their digest.
    pub not_there: u64,
}

/// A folder in the job's report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFolder {
    /// Its names on this computer.
    pub from: Vec<String>,
    /// Its name on the server.
    pub to: String,
    /// The server does not take its own name, so it has another one there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renamed: bool,
    /// Messages now there by our doing or before.
    pub there: u64,
    /// Messages that should be.
    pub messages: u64,
    /// Wire bytes of `messages`.
    pub bytes: u64,
}

/// The exit code of a finished or ended run (DESIGN §6 «Exit»): of several reasons the widest radius decides.
///
/// A problem of the run or the account ends it with its own code; then comes what verification found (3), then what is
/// finished but not whole (2): messages that failed, folders that could not be made, mail kept for room, size or refusal.
/// Mail kept by choice is no failure. A sum that does not close is never 0, whatever else is said.
#[must_use]
pub fn exit_code(tally: &Tally, verification: Option<&Verification>, problems: &[Problem]) -> u8 {
    if let Some(widest) = widest(problems).filter(|problem| problem.radius >= Radius::Account) {
        return widest.code.exit();
    }
    let not_proven = verification.is_some_and(|verification| !verification.is_green());
    if not_proven || tally.unexplained != 0 {
        return Code::VerifyFailed.exit();
    }
    let kept_against_will = tally.kept_by.total() - tally.kept_by.choice;
    if kept_against_will > 0 || !tally.failed.is_empty() || !problems.is_empty() {
        return 2;
    }
    0
}

/// The problem that reaches furthest; of equals the one told first, for the others mostly follow from it.
#[must_use]
pub fn widest(problems: &[Problem]) -> Option<&Problem> {
    problems.iter().reduce(|widest, problem| if problem.radius > widest.radius { problem } else { widest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Retry;

    fn tally(change: impl FnOnce(&mut Tally)) -> Tally {
        let mut tally = Tally { found: 100, uploaded: 100, ..Tally::default() };
        change(&mut tally);
        tally.close();
        tally
    }

    fn problem(code: Code, radius: Radius) -> Problem {
        Problem::new(code, radius, Retry::Later, "told")
    }

    #[test]
    fn the_widest_radius_decides_the_exit_code() {
        let whole = || tally(|_| ());
        let by_choice = || tally(|t| (t.uploaded, t.kept, t.kept_by.choice) = (60, 40, 40));
        let no_room = || tally(|t| (t.uploaded, t.kept, t.kept_by.no_room) = (60, 40, 40));
        let too_large = || tally(|t| (t.uploaded, t.kept, t.kept_by.too_large) = (99, 1, 1));
        let refused = || tally(|t| (t.uploaded, t.kept, t.kept_by.refused) = (99, 1, 1));
        let failed = || tally(|t| (t.uploaded, t.failed) = (99, vec![NamedMessage::default()]));
        let open = || tally(|t| t.uploaded = 99);
        let green = Verification::default();
        let red = Verification { missing: vec![NamedMessage::default()], ..Verification::default() };
        let doubled = Verification { doubled: vec![NamedMessage::default()], ..Verification::default() };
        let table = [
            ("all there, not yet verified", whole(), None::<&Verification>, vec![], 0),
            ("all there and green", whole(), Some(&green), vec![], 0),
            ("kept by choice", by_choice(), Some(&green), vec![], 0),
            ("kept for room", no_room(), Some(&green), vec![], 2),
            ("kept for size", too_large(), Some(&green), vec![], 2),
            ("kept by refusal", refused(), Some(&green), vec![], 2),
            ("a message failed", failed(), Some(&green), vec![], 2),
            ("a folder could not be made", whole(), Some(&green), vec![problem(Code::MailboxRefused, Radius::Mailbox)], 2),
            ("one folder's own room is used up", no_room(), Some(&green), vec![problem(Code::Quota, Radius::Mailbox)], 2),
            ("missing at verification", failed(), Some(&red), vec![], 3),
            ("doubled at verification", whole(), Some(&doubled), vec![], 3),
            ("the sum does not close", open(), Some(&green), vec![], 3),
            ("the sum does not close, because it was interrupted", open(), None, vec![Problem::interrupted()], 40),
            ("the mailbox is full", no_room(), Some(&green), vec![problem(Code::Quota, Radius::Account)], 20),
            ("the plan does not fit", no_room(), None, vec![problem(Code::PlanRoom, Radius::Account)], 20),
            ("full, and something missing", no_room(), Some(&red), vec![problem(Code::Quota, Radius::Account)], 20),
            ("the line went", open(), None, vec![problem(Code::NetLost, Radius::Account)], 10),
            ("run before account", open(), None, vec![problem(Code::Quota, Radius::Account), problem(Code::DiskFull, Radius::Run)], 21),
            ("the first of equals", open(), None, vec![problem(Code::SignInRefused, Radius::Account), problem(Code::Quota, Radius::Account)], 16),
            ("message problems only", whole(), None, vec![problem(Code::MessageRefused, Radius::Message)], 2),
            ("TLS", open(), None, vec![problem(Code::TlsName, Radius::Account)], 12),
            ("a source can't be read", open(), None, vec![problem(Code::SourceUnreadable, Radius::Run)], 30),
            ("a damaged safe copy", open(), None, vec![problem(Code::ArchiveDamaged, Radius::Run)], 31),
            ("another instance", open(), None, vec![problem(Code::Locked, Radius::Run)], 50),
            ("a fault", open(), None, vec![problem(Code::Internal, Radius::Run)], 70),
        ];
        for (what, tally, verification, problems, want) in table {
            assert_eq!(exit_code(&tally, verification, &problems), want, "{what}");
        }
    }
}
