//! The numbers of a deed under way.

use serde::Serialize;

/// What is being done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing yet.
    #[default]
    Starting,
    /// Looking for mail on this computer.
    Finding,
    /// Making the safe copy.
    BackingUp,
    /// Re-reading the safe copy in full.
    CheckingSafeCopy,
    /// Reaching the server and signing in.
    Connecting,
    /// Looking at what the mailbox holds already.
    Looking,
    /// Copying to the new mailbox.
    Uploading,
    /// No connection; it goes on by itself.
    Waiting,
    /// Re-reading the server in a fresh session.
    Verifying,
    /// Done.
    Done,
}

/// The newest numbers; drawn each frame, never added up into a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Messages done and in all; 0 in all means not known yet.
    pub messages_done: u64,
    /// Messages in all.
    pub messages_total: u64,
    /// Bytes done.
    pub bytes_done: u64,
    /// Bytes in all; 0 means not known yet.
    pub bytes_total: u64,
    /// The folder at hand.
    pub mailbox: Option<String>,
    /// Why it waits, in words, while `phase` is [`Phase::Waiting`].
    pub waiting_for: Option<String>,
}
