//! «Your mail is in the new mailbox.»

use crate::engine::explain::Told;

use super::{DriveKind, MessageLine, Moment};

/// The end.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The sum.
    pub sum: Sum,
    /// Messages that should be in the mailbox by what was chosen.
    pub wanted: u64,
    /// Re-read at `15:21`; `None`: it was not verified.
    pub checked_at: Option<Moment>,
    /// How closely.
    pub closeness: Closeness,
    /// What verification found.
    pub faults: Faults,
    /// Messages that could not be copied, by name.
    pub not_copied: Vec<MessageLine>,
    /// What ended it, if it did not come to its end.
    pub problem: Option<Told>,
    /// Where the safe copy is.
    pub safe_copy: SafeCopyPlace,
    /// Where the report is; it is always in the job's folder.
    pub report: String,
    /// Messages that went because they were chosen; what was left out, in words the page makes.
    pub left_out: LeftOut,
    /// A second run would send so many: shown in practice only.
    pub practice: bool,
}

impl Done {
    /// Green: all is proven, and nothing is unexplained.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.problem.is_none() && self.checked_at.is_some() && self.sum.unexplained == 0 && self.faults.none()
    }
}

/// The sum: found = in the mailbox + kept + could not; what is left over is unexplained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Found on this computer.
    pub found: u64,
    /// In the new mailbox: uploaded or already there.
    pub in_mailbox: u64,
    /// Of them, already there before.
    pub already_there: u64,
    /// Kept in the safe copy.
    pub kept: u64,
    /// Could not be copied: too large, refused, unreadable, failed.
    pub could_not: u64,
    /// Of `could_not`: larger than the server takes.
    pub too_large: u64,
    /// Of `could_not`: not readable on this computer.
    pub unreadable: u64,
    /// Of `kept`: for want of room.
    pub no_room: u64,
    /// What is left over; must be 0.
    pub unexplained: i64,
    /// Copied by us, since deleted or moved by the person: left as it is.
    pub gone_by_owner: u64,
}

/// What verification found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Not there.
    pub missing: u64,
    /// There with other bytes.
    pub changed: u64,
    /// There more than once.
    pub doubled: u64,
}

impl Faults {
    /// Nothing was found.
    #[must_use]
    pub const fn none(self) -> bool {
        self.missing == 0 && self.changed == 0 && self.doubled == 0
    }
}

/// How closely the server was re-read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closeness {
    /// Presence and size of every message.
    Sizes,
    /// And the content of so many.
    #[default]
    Sample,
    /// The content of every message.
    Full,
}

/// What was left out by choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Before this year.
    pub before: Option<i16>,
    /// After this year.
    pub after: Option<i16>,
    /// Folders.
    pub folders: Vec<String>,
    /// Newest until full: the oldest stayed.
    pub oldest: bool,
    /// The largest messages.
    pub largest: bool,
}

/// Where a safe copy is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeCopyPlace {
    /// «USB drive (E:)»
    pub name: String,
    /// The folder.
    pub folder: String,
    /// Bytes of its files.
    pub bytes: u64,
    /// What kind of drive.
    pub kind: DriveKind,
}
