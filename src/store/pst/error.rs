//! Why a piece of a PST can't be read, in the words of [MS-PST].

use std::io;

/// What is wrong with one piece; what lies elsewhere in the file can still be read.
#[derive(Debug, thiserror::Error)]
pub enum PstError {
    /// The file is nothing of Outlook's.
    #[error("no PST, OST or PAB: {0}")]
    NotPst(&'static str),
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
    /// A page that is none of the wanted kind.
    #[error("page at byte {offset}: {what}")]
    Page {
        /// Where.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A block that no index holds, and that was found nowhere else.
    #[error("block {bid:#x} is in no index")]
    NoBlock {
        /// Its BID.
        bid: u64,
    },
    /// A block that is not what it should be.
    #[error("block {bid:#x}: {what}")]
    Block {
        /// Its BID.
        bid: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A node that is not there.
    #[error("node {nid:#x} is not there")]
    NoNode {
        /// Its NID.
        nid: u32,
    },
    /// A structure of the heap that makes no sense.
    #[error("{what} ({value:#x})")]
    Nonsense {
        /// What.
        what: &'static str,
        /// The value that gave it away.
        value: u64,
    },
    /// More than any honest file holds.
    #[error("more than {limit} {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: u64,
    },
}

impl PstError {
    pub(super) const fn nonsense(what: &'static str, value: u64) -> Self {
        Self::Nonsense { what, value }
    }
}

impl From<PstError> for io::Error {
    fn from(error: PstError) -> Self {
        match error {
            PstError::Read { source, .. } => source,
            other => Self::new(io::ErrorKind::InvalidData, other.to_string()),
        }
    }
}

/// What reading a piece gives.
pub type Result<T> = std::result::Result<T, PstError>;
