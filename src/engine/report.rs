//! What deeds return: the sum that must close, and every exception by name (DESIGN «The sum»).

use serde::{Deserialize, Serialize};

use crate::mail::MailboxPath;
use crate::run::Code;

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
    /// Notes.
    pub notes: u64,
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
    /// The exit code of the run: the widest radius decides.
    pub exit: u8,
}

/// A folder in the job's report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFolder {
    /// Its names on this computer.
    pub from: Vec<String>,
    /// Its name on the server.
    pub to: String,
    /// Messages now there by our doing or before.
    pub there: u64,
    /// Messages that should be.
    pub messages: u64,
    /// Wire bytes of `messages`.
    pub bytes: u64,
}

/// The code of a named message.
#[must_use]
pub fn code_text(code: Code) -> String {
    code.as_str().to_owned()
}
