//! The far end: an account that can be connected to again and again, and what it looks like.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::account::{Account, Secret};
use crate::flow::{FarMailbox, Inventory};
use crate::imap::{self, Reconnect, Session};
use crate::net::tls::Trust;
use crate::run::{Code, Problem};

use super::plan::{Limits, Room, RoomSource};

/// The longest mailbox name that is asked for where a server names no limit, in bytes: what common file systems hold.
const LONGEST_NAME_BYTES: usize = 250;

/// An account with its password and whom it trusts.
#[derive(Clone, Debug)]
pub struct Far {
    /// The account.
    pub account: Account,
    /// Its password.
    pub password: Secret,
    /// Which certificates count.
    pub trust: Trust,
}

impl Far {
    /// Connects, verifies, signs in.
    ///
    /// # Errors
    /// Every code of NET, TLS, IMAP-SIGNIN; `INTERRUPTED`.
    pub async fn connect(&self, cancel: &CancellationToken) -> Result<Session, Problem> {
        let signed_in = cancel
            .run_until_cancelled(imap::connect::sign_in(&self.account, &self.password, &self.trust))
            .await
            .unwrap_or_else(|| Err(Problem::interrupted()))?;
        Ok(Session::new(signed_in))
    }

    /// Connects anew for those below who must not know how.
    #[must_use]
    pub fn reconnector(&self, cancel: &CancellationToken) -> Arc<dyn Reconnect> {
        Arc::new(Reconnector { far: self.clone(), cancel: cancel.clone() })
    }
}

struct Reconnector {
    far: Far,
    cancel: CancellationToken,
}

/// What an account looks like.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Its folders.
    pub inventory: Inventory<FarMailbox>,
    /// What it allows.
    pub limits: Limits,
}

impl Survey {
    /// True if the server itself tells the room, so that it can be reckoned with to the byte.
    #[must_use]
    pub const fn room_is_certain(&self) -> bool {
        matches!(self.limits.room.source, RoomSource::Server)
    }
}
