//! A small IMAP server on this computer's loopback, in memory, gone when it is dropped.
//!
//! It speaks TLS with a certificate made at each start, whose authority it hands out ([`Server::ca_pem`]) for the one
//! connection that should trust it; no private key stands in the program. It serves one account. It is **small**: for
//! practice, and for tests that need a fault at a given moment ([`Faults`]). It answers as RFC 3501 and the extensions in
//! [`Features`] ask, but it was written by the same people as the client, so it proves nothing about real servers.
//!
//! It runs on a thread of its own, so tests and faces with or without a runtime can start it.

mod append;
mod certificate;
mod command;
mod config;
mod fault;
mod fetch;
mod keep;
mod list;
pub mod parse;
mod sequence;
mod session;
mod state;
mod wire;
mod words;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::mail::{Flags, InternalDate, Keywords};

pub use certificate::CertificateKind;
pub use command::{Appended, Command, FetchItem, ListOptions, SearchKey, Section, StoreMode};
pub use config::{Config, Features, Literals};
pub use fault::{AppendUid, Cut, CutAt, Fault, Faults, What, When};
pub use sequence::SequenceSet;
pub use state::{Counters, Logged, Stored};

/// What the sessions and the handle share.
#[derive(Debug)]
struct Shared {
    config: Config,
    state: Mutex<state::State>,
    faults: Mutex<Faults>,
    /// Cancelled to drop every connection at once; replaced by a fresh one then.
    kick: Mutex<CancellationToken>,
}

/// A lock that a panicking test has poisoned still holds sound data here: every change is made whole under it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, state::State> {
        lock(&self.state)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    fn kicked(&self) -> CancellationToken {
        lock(&self.kick).clone()
    }
}

/// The running server. Dropping it ends every session and frees the port.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// The authority that signed its certificate, as PEM: for the connection that should trust it, and no other.
    pub ca_pem: String,
    /// The same as DER.
    pub ca_der: Vec<u8>,
    shared: Arc<Shared>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// The name the certificate is made out to.
    pub const HOST: &'static str = "localhost";

    /// Starts a server.
    ///
    /// # Errors
    /// What the system says when no port can be had or no thread started, or when the certificate can't be made.
    pub fn start(config: Config) -> std::io::Result<Self> {
        let certificate = certificate::make(config.certificate).map_err(std::io::Error::other)?;
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, config.port)))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let mut state = state::State::new(&config);
        if let Some(dir) = &config.kept_in {
            keep::read(dir, &mut state)?;
        }
        let shared = Arc::new(Shared { state: Mutex::new(state), config, faults: Mutex::default(), kick: Mutex::new(CancellationToken::new()) });
        let stop = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (serving, stopped, acceptor) = (Arc::clone(&shared), stop.clone(), certificate.acceptor);
        let thread = std::thread::Builder::new().name("practice server".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = stopped.cancelled() => {}
                    () = session::listen(listener, acceptor, serving) => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { port, ca_pem: certificate.ca_pem, ca_der: certificate.ca_der, shared, stop, thread: Some(thread) })
    }

    /// Changes the faults while the server runs; also a place to read what is left of them.
    pub fn script<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut self.shared.faults())
    }

    /// Adds one fault.
    pub fn fault(&self, when: When, what: What) {
        self.script(|faults| faults.list.push(Fault { when, what }));
    }

    /// Drops every connection now, without a word.
    pub fn drop_connections(&self) {
        std::mem::take(&mut *lock(&self.shared.kick)).cancel();
    }

    /// The mailboxes' names as they stand on the wire (modified UTF-7), in order.
    #[must_use]
    pub fn mailboxes(&self) -> Vec<String> {
        self.shared.state().mailboxes.iter().map(|mailbox| mailbox.name.clone()).collect()
    }

    /// The messages of `mailbox` (name as on the wire), by UID; empty where there is no such mailbox.
    #[must_use]
    pub fn messages(&self, mailbox: &str) -> Vec<Stored> {
        self.shared.state().find(mailbox).map(|mailbox| mailbox.messages.clone()).unwrap_or_default()
    }

    /// How many messages all mailboxes hold.
    #[must_use]
    pub fn total(&self) -> usize {
        self.shared.state().mailboxes.iter().map(|mailbox| mailbox.messages.len()).sum()
    }

    /// What the sessions were asked, in order.
    #[must_use]
    pub fn command_log(&self) -> Vec<Logged> {
        self.shared.state().log.clone()
    }

    /// Forgets the commands logged so far.
    pub fn clear_command_log(&self) {
        self.shared.state().log.clear();
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.state().counters
    }

    /// Octets of mail held, as the quota counts them.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.shared.state().used().0
    }

    /// Gives the account another room, in octets; `None` takes the limit away. Mail that is already there stays.
    pub fn set_quota(&self, bytes: Option<u64>) {
        self.shared.state().quota_bytes = bytes;
    }

    /// Limits the number of messages of the account; `None` takes the limit away.
    pub fn set_quota_messages(&self, messages: Option<u64>) {
        self.shared.state().quota_messages = messages;
    }

    /// Puts a message in as if it had been delivered; makes the mailbox where it is missing. Quota is not asked.
    pub fn deliver(&self, mailbox: &str, bytes: impl Into<Bytes>, flags: Flags, internal_date: InternalDate) -> u32 {
        let message = state::Incoming { bytes: bytes.into(), flags, keywords: Keywords::default(), deleted: false, internal_date };
        let mut state = self.shared.state();
        let mailbox = state.find_or_create(mailbox);
        mailbox.push(message)
    }

    /// Makes a mailbox, as another mail program would.
    pub fn create_mailbox(&self, name: &str) {
        self.shared.state().find_or_create(name);
    }

    /// Deletes a mailbox with its mail, as another mail program would; answers whether it was there.
    pub fn delete_mailbox(&self, name: &str) -> bool {
        self.shared.state().delete(name).is_ok()
    }

    /// Renames a mailbox and those below it, as another mail program would; answers whether that was possible.
    pub fn rename_mailbox(&self, from: &str, to: &str) -> bool {
        let delimiter = self.shared.config.delimiter;
        self.shared.state().rename(from, to, delimiter).is_ok()
    }

    /// Gives a mailbox another UIDVALIDITY and its messages new UIDs from 1, as a server restored from a backup does.
    ///
    /// Sessions that have it selected live on and see the new validity in their next APPENDUID, the harder case.
    pub fn change_uid_validity(&self, name: &str) -> Option<u32> {
        self.shared.state().change_uid_validity(name)
    }

    /// Removes messages for good, as their owner or a draining POP3 client would; answers how many were there.
    pub fn expunge(&self, name: &str, uids: &[u32]) -> usize {
        self.shared.state().find_mut(name).map_or(0, |mailbox| mailbox.expunge(|message| uids.contains(&message.uid)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}
