//! «Making your safe copy.»

use crate::engine::explain::Told;

use super::{Mark, MessageLine, Part, Place};

/// «Making your safe copy.»
#[derive(Clone, Debug)]
pub struct SafeCopy {
    /// How it stands.
    pub stage: SafeCopyStage,
    /// Bytes read.
    pub bytes: Part,
    /// Messages.
    pub messages: Part,
    /// Bytes a second, measured over the last while.
    pub bytes_per_sec: Option<u64>,
    /// Seconds left, measured.
    pub left_secs: Option<u64>,
    /// The stores, in order, then the comparing.
    pub rows: Vec<CopyRow>,
    /// The folder at hand.
    pub folder: Option<String>,
    /// Where it is kept: «USB drive (E:)», and the folder.
    pub place: Place,
    /// What it needs.
    pub needed_bytes: u64,
}

/// How the making stands.
#[derive(Clone, Debug)]
pub enum SafeCopyStage {
    /// Reading.
    Reading,
    /// Comparing with the original.
    Comparing,
    /// [Pause] was pressed; what is open is finished.
    Pausing,
    /// Paused.
    Paused,
    /// It stopped: [Try again] or another place.
    Stopped(Told),
    /// Made and checked.
    Made(Made),
}

/// A safe copy that is made and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Messages in it.
    pub messages: u64,
    /// Folders.
    pub folders: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Messages that could not be read: [see them].
    pub unreadable: Vec<MessageLine>,
    /// Sources or folders that could not be read as a whole, in words.
    pub problems: Vec<Told>,
    /// Deleted, but still in the files: kept under *Deleted*.
    pub left_out_deleted: u64,
    /// Contacts, appointments, tasks, notes: not mail.
    pub not_mail: NotMail,
}

/// What is in the stores besides mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotMail {
    /// Contacts.
    pub contacts: u64,
    /// Appointments.
    pub appointments: u64,
    /// Tasks.
    pub tasks: u64,
    /// Notes.
    pub notes: u64,
}

/// A row of the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRow {
    /// A store by its program and account, or the comparing.
    pub what: CopyRowOf,
    /// How it stands.
    pub mark: Mark,
    /// Messages.
    pub messages: Part,
}

/// What a row is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyRowOf {
    /// A store.
    Store {
        /// The program.
        program: String,
        /// The account.
        account: String,
    },
    /// «Compare every message with the original»
    Comparing,
}
