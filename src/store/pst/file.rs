//! Positioned reads of a file that is never changed, and a bounded memory of what was read.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;

use bytes::Bytes;

use super::error::{PstError, Result};

/// What pages and blocks may take up in memory (16 MB): all upper pages of the indexes of any real file, and the blocks at hand.
const CACHE_BYTES: usize = 16 << 20;
/// What an entry of the cache costs besides its bytes.
const ENTRY_BYTES: usize = 128;

/// Anything that can be read at any place: a file, or bytes in memory.
pub trait ReadAt: Send + Sync {
    /// Its length in bytes.
    fn len(&self) -> u64;

    /// True if it holds not one byte.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at `offset`; fewer bytes than asked for at the end.
    ///
    /// # Errors
    /// What the system gives.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;
}

/// A file on disk, opened for reading only.
pub struct OnDisk {
    file: File,
    len: u64,
}

impl OnDisk {
    /// Reads `file`, as long as it was when it was opened.
    #[must_use]
    pub const fn new(file: File, len: u64) -> Self {
        Self { file, len }
    }
}

impl ReadAt for OnDisk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match read_once(&self.file, offset.saturating_add(done as u64), rest) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

#[cfg(unix)]
fn read_once(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_once(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

impl ReadAt for Bytes {
    fn len(&self) -> u64 {
        Self::len(self) as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let read = rest.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..read), rest.get(..read)) {
            into.copy_from_slice(from);
        }
        Ok(read)
    }
}

/// Exactly `len` bytes at `offset`.
pub(super) fn exact(file: &dyn ReadAt, offset: u64, len: usize) -> Result<Vec<u8>> {
    let end = offset.saturating_add(len as u64);
    if end > file.len() {
        return Err(PstError::CutOff { end });
    }
    let mut bytes = vec![0; len];
    let read = file.read_at(offset, &mut bytes).map_err(|source| PstError::Read { offset, source })?;
    if read < len { Err(PstError::CutOff { end }) } else { Ok(bytes) }
}

/// What a cached piece is known by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Key {
    /// A page, by its offset.
    Page(u64),
    /// A decoded block, by its BID.
    Block(u64),
}

/// The pieces read last, within [`CACHE_BYTES`].
#[derive(Default)]
pub(super) struct Cache {
    pieces: HashMap<Key, (Bytes, u64)>,
    by_age: BTreeMap<u64, Key>,
    held: usize,
    clock: u64,
}

impl Cache {
    pub fn get(&mut self, key: Key) -> Option<Bytes> {
        let (bytes, used) = self.pieces.get_mut(&key)?;
        self.clock += 1;
        self.by_age.remove(used);
        *used = self.clock;
        self.by_age.insert(self.clock, key);
        Some(bytes.clone())
    }

    pub fn put(&mut self, key: Key, bytes: Bytes) {
        self.clock += 1;
        self.held += bytes.len() + ENTRY_BYTES;
        if let Some((old, used)) = self.pieces.insert(key, (bytes, self.clock)) {
            self.by_age.remove(&used);
            self.held -= old.len() + ENTRY_BYTES;
        }
        self.by_age.insert(self.clock, key);
        while self.held > CACHE_BYTES {
            let Some((_, oldest)) = self.by_age.pop_first() else { return };
            if let Some((old, _)) = self.pieces.remove(&oldest) {
                self.held -= old.len() + ENTRY_BYTES;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_keeps_what_was_used_last_within_its_bound() {
        let mut cache = Cache::default();
        for at in 0..40 {
            cache.put(Key::Page(at), vec![0; 1 << 20].into());
            assert!(cache.get(Key::Page(0)).is_some(), "{at}: it is used all the time");
        }
        assert!(cache.held <= CACHE_BYTES && cache.pieces.len() == cache.by_age.len());
        assert!(cache.get(Key::Page(5)).is_none() && cache.get(Key::Page(39)).is_some());
        cache.put(Key::Page(39), Bytes::new());
        assert_eq!(cache.get(Key::Page(39)), Some(Bytes::new()));
    }

    #[test]
    fn bytes_in_memory_end_where_they_end() {
        let bytes = Bytes::from_static(b"0123456789");
        assert_eq!(exact(&bytes, 4, 3).expect("there"), b"456");
        assert!(matches!(exact(&bytes, 8, 3), Err(PstError::CutOff { end: 11 })));
        assert!(exact(&bytes, u64::MAX, 3).is_err());
    }
}
