//! The results of the contract as the console reads them back for its tables.
//!
//! People and machines get the same facts: what is printed is read from the very object that `--json` shows. What is missing
//! in it counts as nothing, so that a newer engine's results can still be shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::engine::plan::{PlanProblem, Room};

/// `find`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Found {
    /// The stores.
    pub stores: Vec<FoundStore>,
}

/// A store of `find`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FoundStore {
    /// What `backup` takes as a source.
    pub id: String,
    /// mbox, maildir, pst, …
    pub kind: String,
    /// The mail program.
    pub program: Option<String>,
    /// The account's address.
    pub account: Option<String>,
    /// pop3, imap, none.
    pub protocol: Option<String>,
    /// Where it lies.
    pub path: String,
    /// Whose it is, on another computer's drive.
    pub owner: Option<String>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Messages.
    pub messages: u64,
    /// Messages by year.
    pub years: BTreeMap<String, Value>,
    /// Messages that their program counts as deleted.
    pub deleted: u64,
    /// Messages of which only the head was downloaded.
    pub partial: u64,
    /// The counts are estimates.
    pub estimated: bool,
    /// Its program has it open.
    pub in_use: bool,
    /// This program can read it.
    pub readable: bool,
    /// What to do with it.
    pub advice: Option<String>,
}

/// `archive check`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ArchiveCheck {
    /// Nothing is damaged or missing.
    pub whole: bool,
    /// Messages that are whole.
    pub messages: u64,
    /// What is damaged.
    pub damaged: Vec<Damaged>,
}

/// Something damaged in a safe copy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Damaged {
    /// The volume's file name.
    pub volume: String,
    /// The message's id, where it lies in one.
    pub id: Option<u64>,
    /// Its folder.
    pub folder: Option<String>,
    /// What is the matter.
    pub what: String,
}

/// `archive list` and `archive extract`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ArchiveFolders {
    /// The folders.
    pub folders: Vec<ArchiveFolder>,
    /// Where they were written to, after `extract`.
    pub to: Option<String>,
    /// Messages that were written, after `extract`.
    pub messages: u64,
    /// Files of what is no mail that were written, after `extract`.
    pub others: u64,
    /// What could not be written, after `extract`.
    pub failed: Vec<Damaged>,
}

/// A folder of a safe copy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ArchiveFolder {
    /// Its store.
    pub store: String,
    /// Its true name.
    pub path: String,
    /// Messages.
    pub messages: u64,
    /// Stored bytes.
    pub bytes: u64,
}

/// `check`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Checked {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How TLS began, or its version.
    pub tls: String,
    /// Facts of the certificate.
    pub certificate: BTreeMap<String, Value>,
    /// How it signed in.
    pub mechanism: String,
    /// The server's capabilities.
    pub capabilities: Vec<String>,
    /// Special folders by purpose.
    pub special: BTreeMap<String, Value>,
    /// The room.
    pub room: Room,
    /// The longest message the server takes.
    pub largest_message: Option<u64>,
}

/// `plan`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Planned {
    /// Folder by folder.
    pub folders: Vec<PlannedFolder>,
    /// Wire bytes that will be sent.
    pub needed_bytes: u64,
    /// The room it was planned for.
    pub room: Room,
    /// It fits.
    pub fits: bool,
    /// What is beyond the room.
    pub over_by: u64,
    /// What is free afterwards.
    pub free_after: Option<u64>,
    /// What should stay free.
    pub reserve: u64,
    /// What needs a person, and warnings.
    pub problems: Vec<PlanProblem>,
}

/// A folder of `plan`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PlannedFolder {
    /// Its names on this computer: one, or several that become one.
    pub from: Value,
    /// Its name on the server.
    pub to: String,
    /// Messages that will be sent.
    pub messages: u64,
    /// Their wire bytes.
    pub bytes: u64,
}
