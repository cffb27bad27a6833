//! One folder of a store and how its messages lie on disk: all kinds of stores come down to these.

use std::path::PathBuf;

use crate::mail::{MailboxPath, SpecialUse};

/// A folder that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its true name.
    pub path: MailboxPath,
    /// What it is for, where the store says so.
    pub role: Option<SpecialUse>,
    /// Where its messages are.
    pub holding: Holding,
}

/// How the messages of a folder lie on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// In one mbox file.
    Mbox {
        /// The file.
        file: PathBuf,
        /// What is known of its writer.
        habits: MboxHabits,
    },
    /// One file each, directly in a directory.
    Files {
        /// The directory.
        dir: PathBuf,
        /// What its files are called and where their flags are.
        naming: Naming,
    },
    /// One file that is one message.
    One {
        /// The file.
        file: PathBuf,
    },
    /// In one file of Outlook Express's.
    Dbx {
        /// The file.
        file: PathBuf,
    },
    /// Something that could not be looked into, so that nobody knows what it holds. Reading the folder tells so.
    Closed {
        /// The directory or file.
        at: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl Folder {
    /// What stands in for a directory or file that could not be looked into.
    #[must_use]
    pub fn closed(path: MailboxPath, at: impl Into<PathBuf>, why: impl Into<String>) -> Self {
        Self { path, role: None, holding: Holding::Closed { at: at.into(), why: why.into() } }
    }

    /// Whether nobody knows what it holds.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.holding, Holding::Closed { .. })
    }
}

/// What is known of an mbox's writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MboxHabits {
    /// It quotes as mboxrd does, and its program takes one `>` away again on reading.
    pub mboxrd: bool,
    /// A message whose header says nothing of read and unread counts as read.
    pub silent_is_read: bool,
    /// Google Takeout: each message names its folders itself.
    pub takeout: bool,
}

/// What the files of a directory are called and where their flags are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `.eml`, or another name whose content is a message. No flags: all count as read unless their header says otherwise.
    Eml,
    /// Maildir: `cur` and `new`, flags behind `:2,`.
    Maildir,
    /// Thunderbird's maildir-lite: `cur`, any name, flags in X-Mozilla-Status.
    MaildirLite,
    /// Apple Mail: `.emlx` files in the directory and those that it spreads them over, flags in each file.
    Emlx,
}
