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
