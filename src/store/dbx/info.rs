//! An *indexed info*: what the file tells of a message or of a folder, as numbered values.

use super::error::{DbxError, Result};
use super::file::DbxFile;
use crate::store::mapi::FileTime;
use crate::store::pst::bytes::{u8_at, u32_at};

/// The object marker, the body's length, the object's length, the number of entries, that of changes.
pub const HEADER_BYTES: u32 = 12;
/// An info has no more entries than indexes fit into seven bits.
const MOST_ENTRIES: u8 = 128;

/// An info's entries; their values are read when they are wanted.
#[derive(Clone, Debug)]
pub struct Info {
    /// Where the values of those that are not direct begin.
    data: u64,
    /// How many bytes of them there are.
    data_len: u32,
    /// Index, whether the value stands here, and the value or its place.
    entries: Vec<(u8, bool, u32)>,
}

impl Info {
    /// Reads the info at `offset`.
    ///
    /// # Errors
    /// No info is there, or not all of it.
    pub fn read(file: &mut DbxFile, offset: u32) -> Result<Self> {
        let mut head = [0; HEADER_BYTES as usize];
        file.bytes(u64::from(offset), &mut head)?;
        if u32_at(&head, 0) != Some(offset) {
            return Err(DbxError::object(offset, "no object begins there"));
        }
        let (body_len, count) = (u32_at(&head, 4).unwrap_or(0), u8_at(&head, 10).unwrap_or(0));
        let index_len = u32::from(count) * 4;
        if count == 0 || count > MOST_ENTRIES || index_len > body_len {
            return Err(DbxError::object(offset, "no indexed info"));
        }
        let body = u64::from(offset) + u64::from(HEADER_BYTES);
        let end = body + u64::from(body_len);
        if end > file.len() {
            return Err(DbxError::CutOff { end });
        }
        let mut index = [0; MOST_ENTRIES as usize * 4];
        let index = index.get_mut(..index_len as usize).unwrap_or_default();
        file.bytes(body, index)?;
        let entry = |bytes: &[u8]| {
            let word = u32_at(bytes, 0)?;
            Some(((word & 0x7F) as u8, word & 0x80 != 0, word >> 8))
        };
        let entries = index.chunks_exact(4).filter_map(entry).collect();
        Ok(Self { data: body + u64::from(index_len), data_len: body_len - index_len, entries })
    }

    /// A number of four bytes, of three where it stands in the entry itself.
    pub fn number(&self, file: &mut DbxFile, index: u8) -> Option<u32> {
        match self.entry(index)? {
            (true, value) => Some(value),
            (false, place) => {
                let mut bytes = [0; 4];
                self.value(file, place, &mut bytes)?;
                Some(u32::from_le_bytes(bytes))
            }
        }
    }

    /// A moment; `None` if it is not told, or stands for no date.
    pub fn time(&self, file: &mut DbxFile, index: u8) -> Option<FileTime> {
        let (false, place) = self.entry(index)? else { return None };
        let mut bytes = [0; 8];
        self.value(file, place, &mut bytes)?;
        let time = FileTime(u64::from_le_bytes(bytes));
        time.unix_seconds().map(|_| time)
    }

    /// Bytes up to a NUL, no more than 512; text in the computer's own code page.
    pub fn text(&self, file: &mut DbxFile, index: u8) -> Option<Vec<u8>> {
        const LONGEST: u32 = 512;
        let (false, place) = self.entry(index)? else { return None };
        let len = self.data_len.checked_sub(place)?.min(LONGEST);
        let mut bytes = vec![0; len as usize];
        self.value(file, place, &mut bytes)?;
        bytes.truncate(memchr::memchr(0, &bytes).unwrap_or(bytes.len()));
        Some(bytes)
    }

    fn entry(&self, index: u8) -> Option<(bool, u32)> {
        self.entries.iter().find(|(own, ..)| *own == index).map(|(_, is_direct, value)| (*is_direct, *value))
    }

    fn value(&self, file: &mut DbxFile, place: u32, into: &mut [u8]) -> Option<()> {
        let fits = u64::from(place) + into.len() as u64 <= u64::from(self.data_len);
        if !fits {
            return None;
        }
        file.bytes(self.data + u64::from(place), into).ok()
    }
}
