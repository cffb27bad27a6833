//! The rail: the steps, and the log of what is done.

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Find your mail.
    Find,
    /// Safe copy.
    SafeCopy,
    /// New mailbox.
    Mailbox,
    /// Room.
    Room,
    /// Copying.
    Copying,
    /// Checking.
    Checking,
    /// Your mail program.
    Program,
}

impl Step {
    /// In order.
    pub const ALL: [Self; 7] = [Self::Find, Self::SafeCopy, Self::Mailbox, Self::Room, Self::Copying, Self::Checking, Self::Program];
}

/// The log of what is done: a mark and a fact for each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rail {
    /// One for each of [`Step::ALL`].
    pub steps: [RailStep; 7],
}

impl Rail {
    /// That of `step`.
    #[must_use]
    pub fn of(&self, step: Step) -> RailStep {
        self.steps.get(step as usize).cloned().unwrap_or_default()
    }
}

/// One step of the rail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RailStep {
    /// How it stands.
    pub mark: Mark,
    /// What is known of it.
    pub fact: Option<Fact>,
}

/// How a step or a row stands (LOOK §4 «Marks drawn by hand»).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// To do.
    #[default]
    ToDo,
    /// Now.
    Now,
    /// Copied, not yet re-read.
    Copied,
    /// Proven.
    Proven,
    /// Paused, or waiting for the internet.
    Waiting,
    /// Needs a person.
    Needs,
    /// Stopped until a person acts.
    Stopped,
}

/// What the rail says under a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// «61,480 messages»
    Messages(u64),
    /// «42 % done»
    Done(u8),
    /// «Made and checked»
    MadeAndChecked,
    /// «name@example.im»
    Address(String),
    /// «8.4 GB chosen, fits»
    Chosen {
        /// Bytes.
        bytes: u64,
        /// It fits.
        fits: bool,
    },
    /// «62 %, about 25 min left»
    Copying {
        /// Per cent.
        percent: u8,
        /// Seconds left, where measured.
        left_secs: Option<u64>,
    },
    /// «41 %, waiting»
    Waiting(u8),
    /// «41 %, paused»
    Paused(u8),
    /// «41 % so far»
    SoFar(u8),
    /// «8.4 GB copied»
    Copied(u64),
    /// «71 % checked»
    Checked(u8),
    /// «0 unexplained»
    Unexplained(i64),
}
