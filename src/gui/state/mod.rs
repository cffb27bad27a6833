//! What every screen shows: plain data, without drawing and without deeds.
//!
//! One [`Screen`] at a time; what a screen may be in is an enum of its own. [`super::obey`] changes it, drawing code only reads it.
//! What a person is typing lives apart, in [`Drafts`], and is the only thing that drawing code may change.

mod amount;
mod copying;
mod dialog;
mod done;
mod find;
mod job;
mod look;
mod mailbox;
mod place;
mod rail;
mod room;
mod safe_copy;
mod welcome;

use zeroize::Zeroizing;

use crate::autoconfig::provider::Provider;

pub use amount::{Amount, Day, Moment, Part};
pub use copying::{Checking, CopyFolder, CopyStage, CopyTimes, Copying, Cost, PopTick, ProblemLine, Summary, SummaryFolder};
pub use dialog::{Closing, Dialog, MessageLine, MessageList, Notice, WhyListed};
pub use done::{Closeness, Done, Faults, LeftOut, SafeCopyPlace, Sum};
pub use find::{Adding, CardKind, CloseLook, CloseProgram, Find, OpenProgram, PopAccount, PopKnowledge, Search, StopPop, StoreCard};
pub use job::{
    Brought, DnsFact, DnsPart, DnsPlace, DnsServer, DnsStanding, Entry, GoAnswer, GoLine, Job, JobBusy, Jobs, ListProblem, NewJob, Pasted, RecentJob, Row,
    RowAct, RowDetail, RowState, SignIn, Totals, WhenEntered,
};
pub use look::{Look, TextSize, ThemeChoice};
pub use mailbox::{Connected, MailboxPage, MailboxStage, Refusal, RefusalKind, ServerLook};
pub use place::{DriveKind, Place, PlaceCaution, PlacePage, PlaceVerdict};
pub use rail::{Fact, Mark, Rail, RailStep, Step};
pub use room::{Chosen, FolderChoice, Largest, Reread, RoomBar, RoomChoice, RoomOccasion, RoomPage, RoomRequest, RoomVerdict, RoomWay, YearBar};
pub use safe_copy::{CopyRow, CopyRowOf, Made, NotMail, SafeCopy, SafeCopyStage};
pub use welcome::{CheckOutcome, CheckedThing, Continue, ContinueCheck, ContinueNeeds, Interrupted, InterruptedIn, Technician, Welcome};

/// Everything that is drawn.
#[derive(Clone, Debug)]
pub struct State {
    /// The page.
    pub screen: Screen,
    /// What lies over it, if anything.
    pub dialog: Option<Dialog>,
    /// What the rail tells of each step.
    pub rail: Rail,
    /// The firm; an empty value hides what would show it.
    pub provider: Provider,
    /// Sample mail and the mailbox inside the program.
    pub practice: bool,
    /// Kept in the settings.
    pub look: Look,
    /// A sentence that passes by: «Copied», «Saved as …». Replaced by the next one, gone with the page.
    pub notice: Option<Notice>,
}

/// What a person is typing. Each screen's fields begin with what [`super::obey`] put there.
#[derive(Clone, Default)]
pub struct Drafts {
    /// Find: where a file or folder is.
    pub path: String,
    /// Safe copy: where it shall be kept.
    pub place: String,
    /// New mailbox: the address.
    pub address: String,
    /// New mailbox and continue: the password, wiped when dropped.
    pub password: Zeroizing<String>,
    /// The password is shown in clear.
    pub password_shown: bool,
    /// Technician: host name; empty: it is found.
    pub host: String,
    /// Technician: port; empty: the usual one.
    pub port: String,
    /// Technician: sign-in name; empty: the address.
    pub user: String,
    /// Summary: the time of day from which mail is copied.
    pub hours_from: String,
    /// Summary: the time of day until which mail is copied.
    pub hours_until: String,
    /// Done: where the report is saved.
    pub report: String,
    /// New job: the firm that moves.
    pub job_name: String,
    /// New job, and opening one: its folder.
    pub job_folder: String,
    /// Mailboxes: where the list is.
    pub list: String,
    /// DNS: the domain whose mail server changes.
    pub domain: String,
    /// DNS: the new mail server.
    pub new_mx: String,
    /// A row: the password of its old mailbox, wiped when dropped.
    pub old_password: Zeroizing<String>,
    /// A row: the password of its new mailbox, wiped when dropped.
    pub new_password: Zeroizing<String>,
    /// A row's passwords are shown in clear.
    pub row_passwords_shown: bool,
}

impl std::fmt::Debug for Drafts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drafts").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The pages.
#[derive(Clone, Debug)]
pub enum Screen {
    /// Another window of the program is open with the same home.
    Occupied,
    /// «Move your mail to your new … mailbox.»
    Welcome(Welcome),
    /// «Continue where you stopped.»
    Continue(Continue),
    /// For technicians: jobs of many mailboxes.
    Jobs(Jobs),
    /// A new job: its name, its folder, and what is needed before.
    NewJob(NewJob),
    /// A job of many mailboxes, at one of its steps.
    Job(Box<Job>),
    /// «Your mail on this computer.»
    Find(Find),
    /// «Please close Outlook.»
    CloseProgram(CloseProgram),
    /// «Stop POP first.»
    StopPop(StopPop),
    /// Where to keep the safe copy.
    Place(PlacePage),
    /// «Making your safe copy», until it is made and checked.
    SafeCopy(SafeCopy),
    /// «Your new mailbox.»
    Mailbox(MailboxPage),
    /// «Choose what fits.»
    Room(RoomPage),
    /// What will be copied.
    Summary(Summary),
    /// «Copying to your new mailbox.»
    Copying(Copying),
    /// «Checking every message.»
    Checking(Checking),
    /// «Your mail is in the new mailbox.»
    Done(Box<Done>),
}

impl Screen {
    /// Its name, for the log of frames.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Occupied => "occupied",
            Self::Welcome(_) => "welcome",
            Self::Continue(_) => "continue",
            Self::Jobs(_) => "jobs",
            Self::NewJob(_) => "new-job",
            Self::Job(_) => "job",
            Self::Find(_) => "find",
            Self::CloseProgram(_) => "close-program",
            Self::StopPop(_) => "stop-pop",
            Self::Place(_) => "place",
            Self::SafeCopy(_) => "safe-copy",
            Self::Mailbox(_) => "mailbox",
            Self::Room(_) => "room",
            Self::Summary(_) => "summary",
            Self::Copying(_) => "copying",
            Self::Checking(_) => "checking",
            Self::Done(_) => "done",
        }
    }

    /// The step of the rail that is at hand; `None` before the first.
    #[must_use]
    pub const fn step(&self) -> Option<Step> {
        match self {
            Self::Occupied | Self::Welcome(_) => None,
            Self::Jobs(_) | Self::NewJob(_) => Some(Step::Job),
            Self::Job(job) => Some(job.at),
            Self::Find(_) | Self::CloseProgram(_) => Some(Step::Find),
            Self::Place(_) | Self::SafeCopy(_) => Some(Step::SafeCopy),
            Self::Mailbox(_) => Some(Step::Mailbox),
            Self::Room(_) | Self::Summary(_) => Some(Step::Room),
            Self::StopPop(page) => Some(if page.before_start { Step::Room } else { Step::Find }),
            Self::Continue(page) => Some(match page.of {
                InterruptedIn::SafeCopy => Step::SafeCopy,
                InterruptedIn::Copying => Step::Copying,
            }),
            Self::Copying(_) => Some(Step::Copying),
            Self::Checking(_) => Some(Step::Checking),
            Self::Done(_) => Some(Step::Program),
        }
    }
}
