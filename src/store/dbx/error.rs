//! Why a piece of a `.dbx` file can't be read.

use std::io;

/// What is wrong with one piece; what lies elsewhere in the file can still be read.
#[derive(Debug, thiserror::Error)]
pub enum DbxError {
    /// The file is nothing of Outlook Express's.
    #[error("no file of Outlook Express: {0}")]
    NotDbx(&'static str),
    /// The system can't read the file there.
    #[error("the file can't be read at byte {offset}: {source}")]
    Read {
        /// Where.
        offset: u64,
        /// What the system says.
        source: io::Error,
    },
    /// The file ends before it.
    #[error("the file ends before byte {end}")]
    CutOff {
        /// Where the piece would end.
        end: u64,
    },
    /// An object that is not what it should be.
    #[error("byte {offset:#x}: {what}")]
    Object {
        /// Where.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
}

impl DbxError {
    pub(super) const fn object(offset: u32, what: &'static str) -> Self {
        Self::Object { offset: offset as u64, what }
    }
}

/// What reading a piece gives.
pub type Result<T> = std::result::Result<T, DbxError>;

/// What is wrong with a file, without end: how often, and the first few.
#[derive(Clone, Debug, Default)]
pub struct Damage {
    /// How often.
    pub count: u64,
    /// The first few, in words.
    pub first: Vec<String>,
}

impl Damage {
    /// As many are kept in words.
    const KEPT: usize = 8;

    pub(super) fn note(&mut self, what: impl std::fmt::Display) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            self.first.push(what.to_string());
        }
    }
}
