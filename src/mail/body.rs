//! A message's bytes, in memory or, above [`SPOOL_ABOVE_BYTES`], in a temporary file.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::buffer::{Buffer, MAPPED_ABOVE};
use super::digest::{Hasher, Sha256Digest};

/// Messages longer than this many bytes go through a temporary file, so that memory stays flat (4 MB).
///
/// A message on its way is held by several stages at once: read, packed, unpacked, turned into wire bytes, re-read. With 25 MB
/// here a backup took 202 MB and an upload 295 MB.
pub const SPOOL_ABOVE_BYTES: u64 = 4_000_000;

/// The bytes of one message. Cloning is cheap: the bytes are shared.
#[derive(Clone, Debug)]
pub enum Body {
    /// Held in memory.
    Memory(Bytes),
    /// Held in an unnamed temporary file that vanishes with the last clone.
    File {
        /// The file; readers position it under the lock.
        file: Arc<Mutex<File>>,
        /// Its length in bytes.
        len: u64,
    },
}

impl Body {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    /// True if there is not one byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, where they lie in memory.
    #[must_use]
    pub fn in_memory(&self) -> Option<&Bytes> {
        match self {
            Self::Memory(bytes) => Some(bytes),
            Self::File { .. } => None,
        }
    }

    /// Reads up to `limit` bytes from the start: enough for the headers.
    ///
    /// # Errors
    /// What reading the temporary file gives.
    pub fn head(&self, limit: usize) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes.slice(..bytes.len().min(limit))),
            Self::File { .. } => {
                let mut head = Vec::new();
                self.reader().take(limit as u64).read_to_end(&mut head)?;
                Ok(head.into())
            }
        }
    }

    /// SHA-256 of all bytes.
    ///
    /// # Errors
    /// What reading the temporary file gives.
    pub fn digest(&self) -> io::Result<Sha256Digest> {
        if let Some(bytes) = self.in_memory() {
            return Ok(Sha256Digest::of(bytes));
        }
        let (mut hasher, mut reader, mut buffer) = (Hasher::default(), self.reader(), vec![0; 256 * 1024]);
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok(hasher.finish());
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
    }

    /// A reader from the start. Several may be open at once.
    #[must_use]
    pub fn reader(&self) -> BodyReader {
        match self {
            Self::Memory(bytes) => BodyReader::Memory(Cursor::new(bytes.clone())),
            Self::File { file, .. } => BodyReader::File { file: Arc::clone(file), offset: 0 },
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes.into())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Memory(bytes)
    }
}

/// Reads a [`Body`] from its start.
#[derive(Debug)]
pub enum BodyReader {
    /// Over bytes in memory.
    Memory(Cursor<Bytes>),
    /// Over the shared temporary file, from this reader's own offset.
    File {
        /// The shared file.
        file: Arc<Mutex<File>>,
        /// Where this reader stands, in bytes.
        offset: u64,
    },
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(cursor) => cursor.read(buffer),
            Self::File { file, offset } => {
                let mut file = file.lock().map_err(|_| io::Error::other("temporary file: a reader failed"))?;
                file.seek(SeekFrom::Start(*offset))?;
                let read = file.read(buffer)?;
                *offset += read as u64;
                Ok(read)
            }
        }
    }
}

/// Collects the bytes of one message, moving to a temporary file once they pass [`SPOOL_ABOVE_BYTES`].
#[derive(Debug)]
pub struct BodyWriter {
    temp_dir: PathBuf,
    memory: Buffer,
    file: Option<File>,
    len: u64,
}

impl BodyWriter {
    /// An empty body; `temp_dir` is used only if it grows large.
    #[must_use]
    pub fn new(temp_dir: &Path) -> Self {
        Self { temp_dir: temp_dir.to_path_buf(), memory: Buffer::default(), file: None, len: 0 }
    }

    /// The same, with room made at once for `bytes`: a buffer that grows is copied each time.
    #[must_use]
    pub fn expecting(temp_dir: &Path, bytes: u64) -> Self {
        let room = if bytes > SPOOL_ABOVE_BYTES { 0 } else { usize::try_from(bytes).unwrap_or(0) };
        // Without memory now, writing says so.
        Self { memory: Buffer::expecting(room).unwrap_or_default(), ..Self::new(temp_dir) }
    }

    /// Bytes written so far.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// True if nothing was written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Ends the body.
    ///
    /// # Errors
    /// What flushing the temporary file gives.
    pub fn finish(self) -> io::Result<Body> {
        match self.file {
            None => Ok(Body::Memory(self.memory.into())),
            Some(mut file) => {
                file.flush()?;
                Ok(Body::File { file: Arc::new(Mutex::new(file)), len: self.len })
            }
        }
    }
}

impl Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.len + bytes.len() as u64 > SPOOL_ABOVE_BYTES {
            std::fs::create_dir_all(&self.temp_dir)?;
            let mut file = tempfile::tempfile_in(&self.temp_dir)?;
            file.write_all(&self.memory)?;
            self.memory = Buffer::default();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.memory.push(bytes, SPOOL_ABOVE_BYTES as usize)?,
        }
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

/// Copies all that `from` gives; answers how many bytes that were, and what kept it from giving more.
///
/// # Errors
/// What `to` gives: which end failed must be known, as one is the store's matter and the other the disk's.
pub fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(u64, Option<io::Error>)> {
    let (mut buffer, mut total) = (vec![0; MAPPED_ABOVE], 0);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((total, None)),
            Ok(read) => {
                to.write_all(buffer.get(..read).unwrap_or_default())?;
                total += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok((total, Some(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_goes_through_a_file_and_reads_the_same() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut writer = BodyWriter::new(dir.path());
        let chunk: Vec<u8> = (0..=255).cycle().take(1_000_003).collect();
        for _ in 0..26 {
            writer.write_all(&chunk).expect("room on disk");
        }
        let body = writer.finish().expect("flushed");
        assert!(matches!(body, Body::File { .. }));
        assert_eq!(body.len(), 26 * 1_000_003);
        let (mut one, mut two) = (body.reader(), body.reader());
        let mut first = vec![0; 1_000_003];
        one.read_exact(&mut first).expect("readable");
        assert_eq!(first, chunk);
        two.read_exact(&mut first).expect("a second reader starts at the beginning");
        assert_eq!(first, chunk);
        assert_eq!(body.head(10).expect("readable").as_ref(), &chunk[..10]);
    }
}
