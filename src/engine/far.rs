//! The far end: an account that can be connected to again and again, and what it looks like.

use crate::account::{Account, Secret};
use crate::autoconfig::provider::Provider;
use crate::flow::{FarMailbox, Inventory};
use crate::imap::connect::{SignedIn, sign_in};
use crate::imap::survey::Surveyed;
use crate::imap::{Connect, Listed, Session, Timeouts, list};
use crate::net::{Pace, Reach};
use crate::run::{Problem, Run};

use super::plan::{Choices, Limits, Room, RoomSource};

/// The longest mailbox name that is asked for where a server names no limit, in bytes: what common file systems hold.
const LONGEST_NAME_BYTES: usize = 250;

/// An account with its password and the way to reach it.
#[derive(Clone, Debug)]
pub struct Far {
    /// The account.
    pub account: Account,
    /// Its password.
    pub password: Secret,
    /// Whom to trust, which resolver to ask, how long to wait.
    pub reach: Reach,
    /// How long a command may take.
    pub timeouts: Timeouts,
}

impl Far {
    /// The same account, sent to at no more than `bytes_per_second`, all its connections from now on together. Where it shares a pace with
    /// others already, that one holds.
    #[must_use]
    pub fn at_most(&self, bytes_per_second: Option<u64>) -> Self {
        let mut far = self.clone();
        far.reach.pace = far.reach.pace.or_else(|| bytes_per_second.filter(|rate| *rate > 0).map(Pace::new));
        far
    }

    /// Connects, verifies the server, signs in.
    ///
    /// # Errors
    /// Every code of NET, TLS, IMAP-SIGNIN; `INTERRUPTED`.
    pub async fn sign_in(&self, run: &Run) -> Result<SignedIn, Problem> {
        sign_in(&self.account, &self.password, &self.reach, run).await
    }

    /// A signed-in session.
    ///
    /// # Errors
    /// As [`Far::sign_in`].
    pub async fn connect(&self, run: &Run) -> Result<Session, Problem> {
        Ok(self.session(self.sign_in(run).await?))
    }

    /// The session of a sign-in.
    #[must_use]
    pub fn session(&self, signed_in: SignedIn) -> Session {
        Session::new(signed_in.stream, signed_in.capabilities, self.timeouts).greeted(&signed_in.greeting)
    }
}

/// Makes fresh sessions for those below, who must not know how.
#[derive(Clone, Debug)]
pub struct Reconnect {
    /// The account.
    pub far: Far,
    /// Stops it.
    pub run: Run,
}

impl Connect for Reconnect {
    async fn connect(&self) -> Result<Session, Problem> {
        self.far.connect(&self.run).await
    }
}

/// What an account looks like.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Its folders.
    pub inventory: Inventory<FarMailbox>,
    /// What it allows.
    pub limits: Limits,
    /// How many more messages it takes, where it says so.
    pub messages_left: Option<u64>,
    /// Its folders as the server lists them, with their numbers.
    pub listed: Vec<Listed>,
}

impl Survey {
    /// True if the server itself tells the room, so that it can be reckoned with to the byte.
    #[must_use]
    pub const fn room_is_certain(&self) -> bool {
        matches!(self.limits.room.source, RoomSource::Server)
    }
}

/// Looks at folders, namespace and room. Read-only.
///
/// # Errors
/// The connection failed, or LIST was refused: an account that can't be listed is never an empty one.
pub async fn survey(session: &mut Session, provider: &Provider, choices: &Choices) -> Result<Survey, Problem> {
    let Surveyed { listed, namespace, quota } = session.survey().await?;
    let room = match (quota.storage, choices.assume_room, provider.standard_mailbox_bytes) {
        (Some(usage), ..) => Room { limit: Some(usage.limit), used: Some(usage.used), source: RoomSource::Server },
        (None, Some(given), _) => Room { limit: Some(given), used: used(&listed), source: RoomSource::Given },
        (None, None, Some(standard)) => Room { limit: Some(standard), used: used(&listed), source: RoomSource::Provider },
        (None, None, None) => Room { limit: None, used: used(&listed), source: RoomSource::Unknown },
    };
    let limits = Limits {
        delimiter: namespace.delimiter,
        prefix: namespace.prefix,
        largest_message: session.capabilities().appendlimit,
        room,
        longest_name: LONGEST_NAME_BYTES,
        also_refused: String::new(),
    };
    Ok(Survey { inventory: list::inventory(&listed), limits, messages_left: quota.messages.map(|usage| usage.left()), listed })
}

/// Bytes of all folders together, where the server tells them (RFC 8438).
fn used(listed: &[crate::imap::Listed]) -> Option<u64> {
    let sizes: Vec<u64> = listed.iter().filter_map(|mailbox| mailbox.status?.size).collect();
    (!sizes.is_empty()).then(|| sizes.iter().fold(0u64, |sum, size| sum.saturating_add(*size)))
}

/// Whether there is a mailbox of this name (full, for commands).
///
/// # Errors
/// The connection failed.
pub async fn exists(session: &mut Session, mailbox: &str) -> Result<bool, Problem> {
    match session.status(mailbox).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_dead() => Err(error.into()),
        Err(_) => Ok(false),
    }
}
