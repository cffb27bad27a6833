//! Facts in order, for the list of what happened and the log. A third party's address, a subject or a body never stands here.

use serde::Serialize;

use super::{Phase, Problem};

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A phase began.
    PhaseStarted {
        /// Which.
        phase: Phase,
    },
    /// A folder is done with in this phase.
    MailboxDone {
        /// The phase.
        phase: Phase,
        /// The folder, as a person knows it.
        mailbox: String,
        /// Messages handled.
        messages: u64,
    },
    /// Something went wrong; the run may go on.
    Trouble {
        /// What.
        #[serde(flatten)]
        problem: Problem,
    },
    /// The connection is gone; it is tried again by itself.
    Waiting {
        /// What for, in words.
        reason: String,
        /// Seconds until the next try.
        seconds: u64,
    },
    /// The connection is back.
    Resumed,
    /// Anything else worth a line.
    Note {
        /// The line.
        text: String,
    },
}
