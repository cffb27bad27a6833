//! What will be copied, «Copying to your new mailbox», and «Checking every message».

use crate::engine::explain::Told;

use super::{Amount, Mark, Part, Refusal};

/// What will be copied.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The address.
    pub address: String,
    /// The server.
    pub host: String,
    /// What will be copied.
    pub copy: Amount,
    /// What is there already.
    pub there: u64,
    /// Messages that stay in the safe copy, by choice or for want of room.
    pub stays: u64,
    /// Folders as they are here and as they will be there.
    pub folders: Vec<SummaryFolder>,
    /// About so long, where it was measured.
    pub about_secs: Option<u64>,
    /// What a person should know, in words.
    pub cautions: Vec<String>,
    /// What keeps [Start] from being pressed.
    pub stop: Option<Told>,
    /// POP must be stopped, and the box is ticked.
    pub pop: PopTick,
    /// When it is copied.
    pub limits: CopyTimes,
}

/// When mail is copied, by choice: at any time, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyTimes {
    /// Only between two times of day, those typed in [`super::Drafts`].
    pub by_hours: bool,
    /// Both times can be understood.
    pub hours_understood: bool,
    /// Not while the connection is metered.
    pub unmetered: bool,
    /// What the system says of the connection.
    pub connection: Cost,
}

impl CopyTimes {
    /// Nothing is missing.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        !self.by_hours || self.hours_understood
    }
}

/// What a connection to the internet costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cost {
    /// The system does not say.
    #[default]
    Unknown,
    /// Nothing for each byte.
    Free,
    /// It is metered.
    Metered,
}

/// The box for POP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PopTick {
    /// No POP account is concerned.
    #[default]
    NotNeeded,
    /// It must be ticked before [Start].
    Needed,
    /// It is ticked.
    Ticked,
}

/// A folder of the summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryFolder {
    /// Its names here.
    pub from: Vec<String>,
    /// Its name there.
    pub to: String,
    /// What will be copied.
    pub copy: Amount,
    /// It has to be made.
    pub is_new: bool,
}

/// «Copying to your new mailbox.»
#[derive(Clone, Debug)]
pub struct Copying {
    /// How it stands.
    pub stage: CopyStage,
    /// Wire bytes in the mailbox, of all that is to be there.
    pub bytes: Part,
    /// Messages likewise.
    pub messages: Part,
    /// Bytes a second over the last minutes.
    pub bytes_per_sec: Option<u64>,
    /// Seconds left, measured.
    pub left_secs: Option<u64>,
    /// Bytes a second, oldest first, over 10 minutes: [`Copying::RATE_POINTS`] points at most, each a 75th of that.
    pub rate: Vec<u64>,
    /// The folders in sending order.
    pub folders: Vec<CopyFolder>,
    /// Problems, a line each.
    pub lines: Vec<ProblemLine>,
}

impl Copying {
    /// Points of the graph.
    pub const RATE_POINTS: usize = 75;
}

/// How copying stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyStage {
    /// Reaching the server, looking at what is there.
    Preparing,
    /// Running.
    Running,
    /// Waiting for the internet.
    Waiting {
        /// Since when: `14:32`.
        since: String,
        /// Seconds until the next try.
        next_try_secs: u64,
    },
    /// Waiting for the hours that were chosen.
    UntilHours {
        /// When they begin: `22:00`.
        start: String,
    },
    /// Waiting for a connection that is not metered.
    Metered,
    /// [Pause] was pressed; what is under way is settled.
    Pausing,
    /// Paused: [Continue].
    Paused,
    /// Another device is taking mail out of the new mailbox: [Help me find it] [Put them back and continue].
    Drained(Told),
    /// It stopped: words, [Continue] tries again.
    Stopped(Refusal),
}

/// A folder while copying or checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFolder {
    /// Its name here; the same as `to` where nothing changes.
    pub from: String,
    /// Its name there.
    pub to: String,
    /// How it stands.
    pub mark: Mark,
    /// Messages.
    pub messages: Part,
    /// Wire bytes.
    pub bytes: u64,
}

/// A problem as a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemLine {
    /// How it looks.
    pub mark: Mark,
    /// In words.
    pub told: Told,
    /// For the technician.
    pub details: String,
    /// How often it came.
    pub count: u64,
}

/// «Checking every message.»
#[derive(Clone, Debug)]
pub struct Checking {
    /// How it stands.
    pub stage: CopyStage,
    /// Messages looked at.
    pub messages: Part,
    /// The folders.
    pub folders: Vec<CopyFolder>,
    /// Problems that came while copying.
    pub lines: Vec<ProblemLine>,
}
