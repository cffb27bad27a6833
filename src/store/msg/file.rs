//! The compound file of a message: storages listed, streams read.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::store::mapi::OpenValue;

/// A file up to this many bytes is read into memory as a whole (32 MB).
const WHOLE_BELOW: u64 = 32_000_000;
/// A stream is read in pieces of this many bytes, each found anew (1 MiB).
const PIECE_BYTES: usize = 1 << 20;

trait Source: Read + Seek + Send + Sync {}
impl<T: Read + Seek + Send + Sync> Source for T {}

/// An open `.msg` file.
pub struct MsgFile {
    compound: Mutex<cfb::CompoundFile<Box<dyn Source>>>,
}

/// One thing in a storage.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) is_storage: bool,
    pub(super) len: u64,
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
        Ok(Arc::new(Self { compound: Mutex::new(cfb::CompoundFile::open(source)?) }))
    }

    fn with<T>(&self, work: impl FnOnce(&mut cfb::CompoundFile<Box<dyn Source>>) -> io::Result<T>) -> io::Result<T> {
        let mut compound = self.compound.lock().map_err(|_| io::Error::other("an earlier reading of this file failed"))?;
        work(&mut compound)
    }

    /// What a storage holds, in the file's own order.
    pub(super) fn list(&self, storage: &Path) -> io::Result<Vec<Entry>> {
        self.with(|compound| {
            let entries = compound.read_storage(storage)?;
            Ok(entries
                .map(|entry| Entry { name: entry.name().to_owned(), path: entry.path().to_path_buf(), is_storage: entry.is_storage(), len: entry.len() })
                .collect())
        })
    }

    /// A stream's bytes, `limit` at most.
    pub(super) fn read(&self, stream: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.with(|compound| {
            let mut bytes = Vec::new();
            compound.open_stream(stream)?.take(limit).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }

    fn read_at(&self, stream: &Path, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        self.with(|compound| {
            let mut stream = compound.open_stream(stream)?;
            if offset >= stream.len() {
                return Ok(Vec::new());
            }
            stream.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            stream.take(len as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }
}

/// A stream that is opened when it is wanted.
pub(super) struct Stream {
    pub(super) file: Arc<MsgFile>,
    pub(super) path: PathBuf,
}

impl OpenValue for Stream {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(StreamReader { file: Arc::clone(&self.file), path: self.path.clone(), offset: 0, piece: Cursor::new(Vec::new()) }))
    }
}

/// Reads a stream piece by piece; the file is not held in between.
struct StreamReader {
    file: Arc<MsgFile>,
    path: PathBuf,
    offset: u64,
    piece: Cursor<Vec<u8>>,
}

impl Read for StreamReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.position() >= self.piece.get_ref().len() as u64 {
            let piece = self.file.read_at(&self.path, self.offset, PIECE_BYTES)?;
            self.offset += piece.len() as u64;
            self.piece = Cursor::new(piece);
        }
        self.piece.read(buffer)
    }
}
