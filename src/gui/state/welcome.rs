//! The first page, going on after an interruption, and what there is for technicians.

use crate::engine::explain::Told;

use super::{Moment, Part, Refusal};

/// The first page.
#[derive(Clone, Debug, Default)]
pub struct Welcome {
    /// A run that was interrupted and was put aside with [Start something new] this time.
    pub interrupted: Option<Interrupted>,
}

/// In one line: «Continue where you stopped yesterday, 21:14 (41 %)».
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// When.
    pub stopped: Moment,
    /// How far.
    pub percent: u8,
}

/// Where a run was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterruptedIn {
    /// While the safe copy was made.
    SafeCopy,
    /// While copying to the new mailbox, or checking.
    Copying,
}

/// «Continue where you stopped.»
#[derive(Clone, Debug)]
pub struct Continue {
    /// Where it stopped.
    pub of: InterruptedIn,
    /// When.
    pub stopped: Moment,
    /// How far, of bytes.
    pub percent: u8,
    /// Bytes done and in all; 0: not known.
    pub bytes: Part,
    /// Messages done and in all; 0: not known.
    pub messages: Part,
    /// What was looked at since this start, in order.
    pub checks: Vec<ContinueCheck>,
    /// What it needs before it goes on.
    pub needs: ContinueNeeds,
    /// Seconds that were left when it stopped, where measured.
    pub left_secs: Option<u64>,
}

/// Something that was looked at before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContinueCheck {
    /// What.
    pub what: CheckedThing,
    /// How it stands.
    pub outcome: CheckOutcome,
}

/// What is looked at before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedThing {
    /// The safe copy is there and whole; where it is.
    SafeCopy {
        /// Its folder.
        place: String,
    },
    /// The mailbox answers.
    Mailbox {
        /// The address.
        address: String,
        /// The server.
        host: String,
    },
    /// Messages that were under way when it stopped.
    UnderWay {
        /// How many.
        messages: u64,
    },
}

/// How a look ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Not yet.
    Looking,
    /// Good.
    Good,
    /// It will be looked for first.
    LookedForFirst,
    /// It is not as it should be.
    Bad(Told),
}

/// What must be given before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContinueNeeds {
    /// Nothing: [Continue].
    Nothing,
    /// The keychain is asked.
    Looking,
    /// The password, typed in [`super::Drafts::password`].
    Password {
        /// Of whom.
        address: String,
        /// The one given before was refused.
        refused: Option<Refusal>,
    },
    /// The drive with the safe copy; where it was.
    Drive(String),
}

/// «I am a technician»: where things are.
#[derive(Clone, Debug, Default)]
pub struct Technician {
    /// The program's own folder.
    pub home: String,
    /// Logs.
    pub logs: String,
    /// The console program's name.
    pub console: String,
    /// The renderer in use.
    pub renderer: String,
    /// Version.
    pub version: String,
}
