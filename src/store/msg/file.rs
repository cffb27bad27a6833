//! An open `.msg` file: its streams, held or opened when they are wanted.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::compound::{Chain, Compound, Entry, Source};
use crate::store::mapi::OpenValue;

/// A file up to this many bytes is read into memory as a whole (32 MB).
const WHOLE_BELOW: u64 = 32_000_000;
/// A stream is read in pieces of this many bytes (1 MiB).
const PIECE_BYTES: usize = 1 << 20;

/// An open file.
pub struct MsgFile {
    compound: Compound,
}

impl MsgFile {
    /// Opens a file of `len` bytes.
    ///
    /// # Errors
    /// It can't be read, or is no compound file.
    pub fn open(mut file: std::fs::File, len: u64) -> io::Result<Arc<Self>> {
        if len > WHOLE_BELOW {
            return Self::new(Box::new(file));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        file.by_ref().take(WHOLE_BELOW).read_to_end(&mut bytes)?;
        Self::of_bytes(bytes)
    }

    /// Opens a file that is in memory.
    ///
    /// # Errors
    /// It is no compound file.
    pub fn of_bytes(bytes: Vec<u8>) -> io::Result<Arc<Self>> {
        Self::new(Box::new(Cursor::new(bytes)))
    }

    fn new(source: Box<dyn Source>) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self { compound: Compound::open(source)? }))
    }

    pub(super) const fn root() -> u32 {
        Compound::root()
    }

    pub(super) fn list(&self, storage: u32) -> Vec<Entry> {
        self.compound.list(storage)
    }

    /// A stream's bytes, `limit` at most.
    pub(super) fn read(&self, stream: u32, limit: u64) -> io::Result<Vec<u8>> {
        let chain = self.compound.stream(stream);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let bytes = self.compound.read_at(&chain, 0, limit)?;
        let want = usize::try_from(chain.len).unwrap_or(usize::MAX).min(limit);
        if bytes.len() < want {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the stream breaks off after {} of {want} bytes", bytes.len())));
        }
        Ok(bytes)
    }
}

/// A stream that is opened when it is wanted.
pub(super) struct Stream {
    pub(super) file: Arc<MsgFile>,
    pub(super) id: u32,
}

impl OpenValue for Stream {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let chain = self.file.compound.stream(self.id);
        Ok(Box::new(StreamReader { file: Arc::clone(&self.file), chain, offset: 0, piece: Cursor::new(Vec::new()) }))
    }
}

/// Reads a stream piece by piece; the file is not held in between.
struct StreamReader {
    file: Arc<MsgFile>,
    chain: Chain,
    offset: u64,
    piece: Cursor<Vec<u8>>,
}

impl Read for StreamReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.position() >= self.piece.get_ref().len() as u64 {
            let piece = self.file.compound.read_at(&self.chain, self.offset, PIECE_BYTES)?;
            self.offset += piece.len() as u64;
            self.piece = Cursor::new(piece);
        }
        self.piece.read(buffer)
    }
}
