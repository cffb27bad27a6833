//! Every wait of the engine in one place, so that tests need not wait.

use std::time::Duration;

use jiff::Zoned;

use crate::imap::SettleTiming;

/// How long the engine waits for what.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Two looks at a mailbox with doubtful messages are at least this far apart (DESIGN rule 5).
    pub between_looks: Duration,
    /// A doubtful message may still be committed this long after the connection broke.
    pub settle_after: Duration,
    /// The first pause before connecting anew; it doubles up to `longest_pause`.
    pub first_pause: Duration,
    /// The longest pause before connecting anew.
    pub longest_pause: Duration,
    /// Connecting fails this long in a row: the account stops, resumable.
    pub patience: Duration,
    /// The server is reached, but breaks off this often in a row without one message settled: the account stops, resumable.
    pub fruitless_tries: u32,
    /// A session that held so long before it broke was none of those.
    pub steady: Duration,
    /// A server that asks to be left alone for a while is left alone for so long.
    pub obeys_backoff: bool,
    /// The clock on the wall, which hours of the day go by.
    pub clock: fn() -> Zoned,
    /// It is looked at this often while waiting for the hours to begin: a computer may sleep meanwhile.
    pub look_at_clock: Duration,
    /// What is under way may take this long to be settled once a person stopped the run.
    pub stopping: Duration,
    /// Whether the line holds up an upload, and whether deflating helps, is judged by what moved in so long each.
    pub line_watched: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            between_looks: Duration::from_secs(5),
            settle_after: Duration::from_secs(10),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            patience: Duration::from_secs(15 * 60),
            fruitless_tries: 6,
            steady: Duration::from_secs(30),
            obeys_backoff: true,
            clock: Zoned::now,
            look_at_clock: Duration::from_secs(15),
            stopping: Duration::from_secs(8),
            line_watched: Duration::from_secs(3),
        }
    }
}

impl Timing {
    /// The waits for settling doubtful messages.
    #[must_use]
    pub const fn settling(&self) -> SettleTiming {
        SettleTiming { between_looks: self.between_looks, since_lost: self.settle_after, looks: 60 }
    }
}
