//! How much room there is (RFC 9208, RFC 2087).

use super::command::Command;
use super::error::ImapError;
use super::response::Untagged;
use super::session::Session;
use super::token::Value;

/// What is used of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Used.
    pub used: u64,
    /// Allowed.
    pub limit: u64,
}

impl Usage {
    /// What is left.
    #[must_use]
    pub const fn left(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// The room of INBOX's quota roots; of several the one with least left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// STORAGE in bytes. `None`: no limit is known.
    pub storage: Option<Usage>,
    /// MESSAGE: the number of messages. `None`: no limit is known.
    pub messages: Option<Usage>,
}

impl Quota {
    /// The room in an answer to GETQUOTAROOT.
    pub(super) fn of(untagged: &[Untagged]) -> Self {
        let mut quota = Self::default();
        for untagged in untagged {
            if let Untagged::Data { kind, values } = untagged
                && kind == "QUOTA"
                && let Some(resources) = values.last().and_then(Value::list)
            {
                quota.add(resources);
            }
        }
        quota
    }

    fn add(&mut self, resources: &[Value]) {
        for triple in resources.chunks_exact(3) {
            let [name, used, limit] = triple else { continue };
            let (Some(used), Some(limit)) = (used.number(), limit.number()) else { continue };
            let (slot, unit) = match name.text().unwrap_or_default().to_ascii_uppercase().as_str() {
                "STORAGE" => (&mut self.storage, 1024),
                "MESSAGE" => (&mut self.messages, 1),
                _ => continue,
            };
            let usage = Usage { used: used.saturating_mul(unit), limit: limit.saturating_mul(unit) };
            *slot = Some(slot.map_or(usage, |known| if usage.left() < known.left() { usage } else { known }));
        }
    }
}

impl Session {
    /// Returns the room of INBOX's quota roots.
    ///
    /// STORAGE is counted in units of 1024 octets (RFC 9208 §5.1); octets are returned. Unknown without QUOTA, without a
    /// root, and where the server keeps it to itself (a tagged NO, such as NOPERM, or BAD): then no limit is known, which
    /// is not the same as none.
    ///
    /// # Errors
    /// Only those that end the session.
    pub async fn quota(&mut self) -> Result<Quota, ImapError> {
        self.check_alive()?;
        let quota = Quota::default();
        if !self.capabilities().quota {
            return Ok(quota);
        }
        let reply = match self.command(Command::new("GETQUOTAROOT").mailbox("INBOX")).await {
            Ok(reply) => reply,
            Err(error) if error.is_dead() => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "the server does not tell the quota");
                return Ok(quota);
            }
        };
        Ok(Quota::of(&reply.untagged))
    }
}
