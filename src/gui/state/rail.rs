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
    /// A technician's job: its folder and the checklist.
    Job,
    /// The list of mailboxes.
    Mailboxes,
    /// All of them tried.
    Test,
    /// What the name servers say, and the TTL.
    Dns,
    /// The first sync.
    FirstSync,
    /// The change of the mail server.
    Change,
    /// The second sync.
    SecondSync,
    /// The report.
    Report,
}

impl Step {
    /// Those of one mailbox, in order.
    pub const ALL: [Self; 7] = [Self::Find, Self::SafeCopy, Self::Mailbox, Self::Room, Self::Copying, Self::Checking, Self::Program];
    /// Those of a technician's job, in order.
    pub const JOB: [Self; 8] = [Self::Job, Self::Mailboxes, Self::Test, Self::Dns, Self::FirstSync, Self::Change, Self::SecondSync, Self::Report];

    /// The one after it in a technician's job.
    #[must_use]
    pub fn next_of_job(self) -> Option<Self> {
        let at = Self::JOB.iter().position(|step| *step == self)?;
        Self::JOB.get(at + 1).copied()
    }

    /// The one before it in a technician's job.
    #[must_use]
    pub fn before_in_job(self) -> Option<Self> {
        let at = Self::JOB.iter().position(|step| *step == self)?;
        Self::JOB.get(at.checked_sub(1)?).copied()
    }
}

/// The log of what is done: a mark and a fact for each step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rail {
    /// The steps in order, each as it stands.
    pub steps: Vec<(Step, RailStep)>,
}

impl Default for Rail {
    /// The steps of one mailbox, none of them begun.
    fn default() -> Self {
        Self::of_steps(&Step::ALL, |_| RailStep::default())
    }
}

impl Rail {
    /// Each of `steps` as `each` says.
    pub fn of_steps(steps: &[Step], each: impl Fn(Step) -> RailStep) -> Self {
        Self { steps: steps.iter().map(|step| (*step, each(*step))).collect() }
    }

    /// That of `step`.
    #[must_use]
    pub fn of(&self, step: Step) -> RailStep {
        self.steps.iter().find(|(own, _)| *own == step).map(|(_, stands)| stands.clone()).unwrap_or_default()
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
    /// «Example Ltd, 12 mailboxes»
    JobOf {
        /// The firm that moves.
        name: String,
        /// Rows.
        mailboxes: u64,
    },
    /// «12 read from the list»
    Listed(u64),
    /// «10 of 12 ready»
    Ready(u64, u64),
    /// «TTL 300 since 11:40»
    LowTtl {
        /// Seconds.
        ttl_secs: u32,
        /// Since when it was seen.
        since: String,
    },
    /// «old TTL until 16:20»
    OldTtlUntil(String),
    /// «4 of 12 checked»
    CheckedOf(u64, u64),
    /// «4 of 7 give the new one»
    GiveNew(u64, u64),
    /// «9 of 12 quiet»
    QuietOf(u64, u64),
}
