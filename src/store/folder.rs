//! One folder of a store and how its messages lie on disk: all kinds of stores come down to these three.

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
}
