//! How many rows may be at one server, or at one mailbox, at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::account::Account;

/// A gate for each server and each new mailbox.
#[derive(Debug)]
pub(super) struct Gates {
    per_host: usize,
    gates: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

impl Gates {
    /// Lets `per_host` rows at a time to each server.
    pub fn new(per_host: usize) -> Arc<Self> {
        Arc::new(Self { per_host: per_host.max(1), gates: Mutex::new(BTreeMap::new()) })
    }

    /// Waits until this row may be at both its servers. What is answered is the right to be there.
    ///
    /// All gates are entered in one order, so that no two rows wait for each other.
    pub async fn enter(&self, old: Option<&Account>, new: Option<&Account>) -> Vec<OwnedSemaphorePermit> {
        let host = |account: &Account| (format!("host {}", account.endpoint.host.to_ascii_lowercase()), self.per_host);
        let mut wanted: BTreeMap<String, usize> = old.into_iter().chain(new).map(host).collect();
        // Two rows that go into one mailbox take turns: two programs must never fill the same folders.
        wanted.extend(new.map(|new| (format!("mailbox {} {}", new.endpoint.host.to_ascii_lowercase(), new.user), 1)));
        let mut held = Vec::new();
        for (name, width) in wanted {
            let gate = {
                let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(gates.entry(name).or_insert_with(|| Arc::new(Semaphore::new(width))))
            };
            held.extend(gate.acquire_owned().await.ok()); // a gate is never closed
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::account::{Endpoint, TlsMode};

    fn account(host: &str, user: &str) -> Account {
        Account { address: user.into(), user: user.into(), endpoint: Endpoint { host: host.into(), port: 993, tls: TlsMode::Implicit }, pin: None }
    }

    #[tokio::test]
    async fn no_more_rows_than_allowed_are_at_a_server_and_one_at_a_mailbox() {
        let gates = Gates::new(2);
        let enter = async |old: &str, new: &str, user: &str| {
            tokio::time::timeout(Duration::from_millis(30), gates.enter(Some(&account(old, user)), Some(&account(new, user)))).await.ok()
        };
        let first = enter("old", "new", "a").await.expect("free");
        let _second = enter("OLD", "new", "b").await.expect("free");
        assert!(enter("old", "other", "c").await.is_none(), "two are at the old server");
        assert!(enter("another", "new", "d").await.is_none(), "and at the new one");
        drop(first);
        let _third = enter("old", "other", "c").await.expect("one left");
        assert!(enter("fourth", "other", "c").await.is_none(), "the same new mailbox");
    }
}
