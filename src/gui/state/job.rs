//! A technician's job of many mailboxes, as it is shown: the list, the table, the name servers, the list before the change.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Mark, Moment, Step, Technician};

/// The technician's first page.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    /// Jobs that were open before, the last one first.
    pub recent: Vec<RecentJob>,
    /// Why the last one could not be opened.
    pub refused: Option<String>,
    /// Where the program's own things are.
    pub own: Technician,
}

/// A job that was open before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentJob {
    /// The firm that moves.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// When it was open; `None`: not known.
    pub opened: Option<Moment>,
}

/// A job that is not made yet.
#[derive(Clone, Debug, Default)]
pub struct NewJob {
    /// What the firm brought along.
    pub brought: Brought,
    /// Why it could not be made.
    pub refused: Option<String>,
}

/// What the firm brings along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brought {
    /// It has the sign-in details of all mailboxes.
    pub sign_ins: bool,
    /// It has access to the DNS.
    pub dns: bool,
}

/// A job at one of its steps.
#[derive(Clone, Debug)]
pub struct Job {
    /// The step that is shown.
    pub at: Step,
    /// The firm that moves.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// What runs.
    pub busy: JobBusy,
    /// The rows in the order of the page: what needs a person first.
    pub rows: Vec<Row>,
    /// The domain that all rows share; else whole addresses are shown.
    pub domain: Option<String>,
    /// The sums.
    pub totals: Totals,
    /// Lines of the list that could not be understood, and what is odd about others.
    pub list_problems: Vec<ListProblem>,
    /// What the columns of the list were taken for: the head and its meaning; no meaning: not used.
    pub columns: Vec<(String, Option<String>)>,
    /// Why the list could not be read.
    pub list_refused: Option<String>,
    /// What the firm brought along.
    pub brought: Brought,
    /// What the firm must set up, to copy.
    pub to_set_up: String,
    /// An empty list to fill in, to copy.
    pub empty_list: String,
    /// The name servers.
    pub dns: DnsPart,
    /// The list before the change.
    pub go: Vec<GoLine>,
    /// The change is watched: the list before it is done with.
    pub watching: bool,
    /// When the second sync looks again: `14:32`; empty: it does not run.
    pub next_round: String,
    /// Why the last deed of all rows stopped, in a sentence.
    pub stopped: Option<String>,
    /// Where the report is, once it is written.
    pub report: Option<String>,
}

/// What runs in a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobBusy {
    /// Nothing.
    #[default]
    Nothing,
    /// The list is being read.
    Reading,
    /// All mailboxes are tried.
    Testing,
    /// Mailboxes are copied.
    Syncing,
    /// What is under way is being settled.
    Stopping,
}

/// A row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub id: u32,
    /// What the table calls it: the part before the `@` where all share a domain, else the address.
    pub name: String,
    /// The new address.
    pub address: String,
    /// The old mailbox; empty: its mail lies on a PC.
    pub from: String,
    /// A password is there for the old mailbox, and for the new one.
    pub passwords: (bool, bool),
    /// The sign-in at the old mailbox.
    pub old: SignIn,
    /// The sign-in at the new mailbox.
    pub new: SignIn,
    /// Messages in the old mailbox, where known.
    pub messages: Option<u64>,
    /// Bytes in the old mailbox, where known.
    pub bytes: Option<u64>,
    /// The size of the new mailbox, where known.
    pub room: Option<u64>,
    /// It does not fit.
    pub is_over: bool,
    /// Per cent that are in the new mailbox; `None`: nothing was copied yet.
    pub percent: Option<u8>,
    /// How it stands.
    pub state: RowState,
    /// The same in two or three words.
    pub words: String,
    /// What can be done at once.
    pub act: Option<RowAct>,
}

/// How a sign-in went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// Not tried.
    #[default]
    Unknown,
    /// It went well.
    Good,
    /// It was refused, or the server was not reached.
    Bad,
}

/// How a row stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowState {
    /// Nothing was done, or it is ready, or its turn comes.
    #[default]
    Waits,
    /// Tested, and nothing is wrong.
    Ready,
    /// Something must be looked at; it does not stop by itself.
    Needs,
    /// It stopped until a person acts.
    Stopped,
    /// Being tested, copied or checked.
    Runs,
    /// Paused.
    Paused,
    /// Copied, not re-read yet.
    Copied,
    /// Copied and checked.
    Proven,
}

impl RowState {
    /// Its mark.
    #[must_use]
    pub const fn mark(self) -> Mark {
        match self {
            Self::Waits | Self::Ready => Mark::ToDo,
            Self::Needs => Mark::Needs,
            Self::Stopped => Mark::Stopped,
            Self::Runs => Mark::Now,
            Self::Paused => Mark::Waiting,
            Self::Copied => Mark::Copied,
            Self::Proven => Mark::Proven,
        }
    }
}

/// What can be done with a row at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowAct {
    /// [Choose]: what to do with mail that does not fit.
    Choose,
    /// [Enter]: a password.
    Enter,
    /// [Look]: what is wrong.
    Look,
    /// [Pause]
    Pause,
    /// [Resume]
    Resume,
}

/// The last line of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows.
    pub mailboxes: u64,
    /// Of them, tested and with nothing wrong.
    pub ready: u64,
    /// Of them, copied and checked.
    pub proven: u64,
    /// Of them, running now.
    pub running: u64,
    /// Of them, waiting for a person.
    pub need_you: u64,
    /// Of them, quiet for long enough.
    pub quiet: u64,
    /// Of them, paused.
    pub paused: u64,
    /// Messages, as far as they are known.
    pub messages: u64,
    /// Bytes, as far as they are known.
    pub bytes: u64,
    /// Bytes that are in the new mailboxes.
    pub copied_bytes: u64,
    /// Seconds left, once measured.
    pub left_secs: Option<u64>,
}

/// A line of the list that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListProblem {
    /// Its number in the list.
    pub line: u64,
    /// The mailbox, where it could be read.
    pub row: Option<String>,
    /// What is the matter.
    pub what: String,
    /// The line was left out; else it was read, and this is good to know.
    pub left_out: bool,
}

/// A list that was pasted. It holds passwords: never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Pasted(pub Zeroizing<String>);

impl std::fmt::Debug for Pasted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }
}

/// What the dialog about a row says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowDetail {
    /// The row as it stands.
    pub row: Row,
    /// What is wrong, each with what to do: the first is the widest.
    pub troubles: Vec<(String, String)>,
    /// For the technician: codes and the servers' words.
    pub details: String,
    /// A text to ask the firm for a larger mailbox, where it does not fit.
    pub ask: Option<String>,
    /// The passwords may be entered here.
    pub asks_passwords: bool,
    /// The newest goes where there is too little room; `None`: there is room enough.
    pub newest_until_full: Option<bool>,
    /// Something runs: rows can be paused, not tested.
    pub is_busy: bool,
}

/// The name servers.
#[derive(Clone, Debug, Default)]
pub struct DnsPart {
    /// They are being asked.
    pub asking: bool,
    /// Why they could not be asked.
    pub refused: Option<String>,
    /// How it stands, in a sentence; empty: they were not asked yet.
    pub sentence: String,
    /// Something could not be found out or is wrong.
    pub is_doubtful: bool,
    /// The new MX is everywhere and the old TTL has run out.
    pub is_done: bool,
    /// The MX may be changed now.
    pub is_ready: bool,
    /// The TTL of the MX, in seconds.
    pub ttl_secs: Option<u32>,
    /// Since when the TTL is so, as far as was seen: `11:40`.
    pub ttl_since: String,
    /// The servers.
    pub servers: Vec<DnsServer>,
    /// Servers that give the new MX.
    pub give_new: u64,
    /// Records to enter.
    pub enter: Vec<Entry>,
    /// The MX, SPF and other records as they are.
    pub facts: Vec<DnsFact>,
    /// What is unknown, wrong or good to know; true: it is more than good to know.
    pub findings: Vec<(bool, String)>,
    /// The countdown of the old TTL, in seconds left; `None`: there is none.
    pub left_secs: Option<u64>,
    /// Of how many seconds.
    pub of_secs: u64,
    /// Until when, as a time of day.
    pub until: String,
    /// How long the wait becomes if the TTL can't be lowered, in words; empty: it is low.
    pub wait_if_not_lowered: String,
}

/// A server that was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsServer {
    /// What it is: one that decides, a public one, one of this computer.
    pub place: DnsPlace,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What it gives.
    pub standing: DnsStanding,
    /// «since 15:31», «31 min left», or why it is not known.
    pub fact: String,
}

/// What a server is to the domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsPlace {
    /// It decides.
    #[default]
    Authoritative,
    /// A public resolver.
    Public,
    /// This computer's resolver, or the one that was given.
    Here,
}

/// What a server gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsStanding {
    /// The new mail server.
    New,
    /// The old one.
    Old,
    /// Both.
    Both,
    /// No mail server.
    None,
    /// One that is neither.
    Other,
    /// The mail servers as they are: no change is meant.
    Told,
    /// Not known.
    #[default]
    Unknown,
}

/// A record to enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub when: WhenEntered,
    /// It is to be taken out.
    pub remove: bool,
    /// The record.
    pub record: String,
    /// What with it, and why.
    pub why: String,
}

/// When a record is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenEntered {
    /// At once.
    Now,
    /// With the change.
    Change,
    /// Afterwards.
    After,
}

/// A record that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsFact {
    /// «MX», «SPF».
    pub kind: String,
    /// What it says.
    pub what: String,
}

/// A point of the list before the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoLine {
    /// Which point it is: what was ticked is remembered by it.
    pub code: String,
    /// What must be so.
    pub what: String,
    /// Whether it is.
    pub answer: GoAnswer,
    /// Mailboxes that it is not so for, or what to look at.
    pub detail: Vec<String>,
}

/// Whether a point is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoAnswer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// Only a person knows; ticked or not.
    Person(bool),
}

impl Job {
    /// Nothing says no, and a person ticked the rest.
    #[must_use]
    pub fn is_go(&self) -> bool {
        self.go.iter().all(|line| matches!(line.answer, GoAnswer::Yes | GoAnswer::Person(true)))
    }

    /// The old mailboxes have been quiet for long enough, all of them.
    #[must_use]
    pub const fn may_cancel(&self) -> bool {
        self.totals.mailboxes > 0 && self.totals.quiet == self.totals.mailboxes
    }
}
