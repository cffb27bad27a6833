//! The pump: fills one folder of the far end from the near end, whatever happens on the way.
//!
//! Skips what the journal calls stored; settles what it calls sent; writes `Sent` down, sends, keeps within the window,
//! takes receipts, writes `Stored` down. A broken connection is no failure: it connects anew, settles what is doubtful and
//! goes on. The bodies are read again for that, not kept.
//!
//! [`Transfer`] is what all lanes of an upload share; [`Lane`] is one connection with its retries; `share` is how
//! they share the folders, `lanes` how many of them help; `flow` is what happens on it while it lives; `ahead` reads for it; `drain` watches for a POP program
//! that takes the new mail away; `moved` finds a folder that was renamed meanwhile.

mod ahead;
mod drain;
mod flow;
mod lane;
mod lanes;
mod moved;
mod share;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use tokio_util::sync::CancellationToken;

use crate::imap::Line;
use crate::journal::{Entering, Intent, Journal};
use crate::run::{Code, Problem, Run};

use super::far::Far;
use super::hours::Hours;
use super::near::NearEnd;
use super::timing::Timing;

pub(in crate::engine) use flow::NEARLY_FULL_BYTES;
pub use lane::Lane;
pub use lanes::{Lanes, MOST};
pub use share::Work;

/// What all lanes of one upload share.
pub struct Transfer<'a> {
    /// The account.
    pub far: &'a Far,
    /// Where the mail comes from.
    pub near: &'a dyn NearEnd,
    /// The journal, open for the whole upload.
    pub journal: &'a Mutex<Journal>,
    /// Who listens, who stops it.
    pub run: &'a Run,
    /// How long it waits.
    pub timing: Timing,
    /// Bytes left in the mailbox, as far as known; `i64::MAX` if not.
    pub room_left: AtomicI64,
    /// The server itself tells its room; where it does not, nothing is sent behind a message that may not fit.
    pub room_is_certain: bool,
    /// Messages that the mailbox still takes, as far as known; `i64::MAX` if not.
    pub messages_left: AtomicI64,
    /// The folders that are still to be filled, and how many lanes are at it.
    pub work: Work<'a>,
    /// How many lanes there are to be.
    pub lanes: Lanes,
    /// Nothing new starts any more, as one lane met what ends the account.
    pub over: CancellationToken,
    /// A message did not fit: nothing new starts on any lane (DESIGN rule 7).
    pub is_full: AtomicBool,
    /// What is known of the line, and whether it is better to deflate.
    pub line: Line,
    /// Mail is sent only in these hours.
    pub hours: Option<Hours>,
    /// Sent with APPEND in this run.
    pub appended: AtomicU64,
    /// Settled by looking in this run.
    pub settled: AtomicU64,
    /// Messages that the near end could not give, by number.
    pub unreadable: Mutex<Vec<(u64, String)>>,
}

/// Why a folder was not filled to its end.
#[derive(Debug, Clone)]
pub enum Halt {
    /// Its mail waits; other folders go on.
    Mailbox(Problem),
    /// Nothing more is sent to this account.
    Account(Problem),
    /// Another lane met what ends the account: what was under way here is settled.
    Over,
    /// The server gives this lane no connection, and others are at work: they take over its folder.
    Lane(Problem),
}

impl Transfer<'_> {
    fn journal(&self) -> Result<MutexGuard<'_, Journal>, Halt> {
        self.journal.lock().map_err(|_| Halt::Account(Problem::run(Code::Internal, "a lane failed while it held the journal")))
    }

    /// Nothing new starts any more.
    fn is_over(&self) -> bool {
        self.over.is_cancelled() || self.is_full.load(Ordering::Relaxed)
    }

    /// Mail may be sent at this hour.
    fn is_open(&self) -> bool {
        self.hours.is_none_or(|hours| hours.contains(&(self.timing.clock)()))
    }

    /// A message that was sent is certainly not on the server.
    fn not_stored(&self, intent: &Intent) {
        self.appended.fetch_sub(1, Ordering::Relaxed);
        self.give_room_back(intent);
    }

    fn give_room_back(&self, intent: &Intent) {
        if self.room_left.load(Ordering::Relaxed) != i64::MAX {
            self.room_left.fetch_add(i64::try_from(intent.wire_bytes).unwrap_or(0), Ordering::Relaxed);
        }
    }

    fn commit(&self, rows: &mut Vec<Entering>) -> Result<(), Halt> {
        self.journal()?.commit(rows).map_err(Halt::Account)?;
        rows.clear();
        Ok(())
    }

    fn unreadable_ids(&self) -> HashSet<u64> {
        self.unreadable.lock().map(|unreadable| unreadable.iter().map(|(id, _)| *id).collect()).unwrap_or_default()
    }

    fn run_number(&self) -> u32 {
        self.journal.lock().map_or(0, |journal| journal.run())
    }
}

impl Halt {
    /// The problem itself.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Self::Mailbox(problem) | Self::Account(problem) | Self::Lane(problem) => problem,
            Self::Over => Problem::interrupted(),
        }
    }
}
