//! What is wrong with one value, recipient or attachment.

use std::io;

/// Why a part of a message can't be read, in words a technician understands. It ends nothing but that part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct MapiError {
    what: String,
}

impl MapiError {
    /// An error in words.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl From<io::Error> for MapiError {
    fn from(error: io::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<MapiError> for io::Error {
    fn from(error: MapiError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error.what)
    }
}

/// Data that was read to its end all the same, with zeros for what is lost within: it comes instead of the end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{lost} bytes are lost, the first of them is byte {first}, and zeros stand for them: {why}")]
pub struct Gap {
    /// The place of the first lost byte, from 0.
    pub first: u64,
    /// How many are lost.
    pub lost: u64,
    /// Why the first is.
    pub why: String,
}

impl Gap {
    /// The gap that an error tells of; `None` if reading broke off.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Gap> for io::Error {
    fn from(gap: Gap) -> Self {
        Self::new(io::ErrorKind::InvalidData, gap)
    }
}
