//! The zip container (APPNOTE 6.3.10), as much of it as a safe copy uses: entries with their sizes in front (no data
//! descriptors), UTF-8 names, zip64 where a number needs it.
//!
//! It is written here and not by a package, because entries come ready-made from other threads, because every local header
//! must be predictable to the bit (that is how damage in one is found), and because a cut volume is read without its directory.

use std::io;

use jiff::Zoned;

use super::disk::ReadAt;
use crate::mail::InternalDate;

/// Compression method «stored» (APPNOTE 4.4.5).
pub(super) const STORED: u16 = 0;
/// Compression method «deflated».
pub(super) const DEFLATED: u16 = 8;
/// Compression method «encrypted as WinZip AES says»; the true one stands in the extra field 0x9901.
pub(super) const AES: u16 = 99;
/// The first four bytes of a local header.
pub(super) const LOCAL_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const CENTRAL_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
const END_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const END64_SIGNATURE: [u8; 4] = *b"PK\x06\x06";
const END64_PLACE_SIGNATURE: [u8; 4] = *b"PK\x06\x07";
const UTF8_NAME: u16 = 1 << 11;
const ENCRYPTED: u16 = 1;
const MAX32: u64 = 0xFFFF_FFFF;
/// A local header without its name and extra field.
pub(super) const LOCAL_BYTES: usize = 30;
/// The longest local header there can be.
pub(super) const LONGEST_LOCAL: usize = LOCAL_BYTES + 2 * 0xFFFF;
const CENTRAL_BYTES: usize = 46;

/// The first moment that MS-DOS can tell: for what has no time of its own.
impl DosTime {
    pub(super) const FIRST: Self = Self { time: 0, date: 1 << 5 | 1 };
}

/// When an entry was last changed, in MS-DOS form (APPNOTE 4.4.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct DosTime {
    time: u16,
    date: u16,
}

impl DosTime {
    /// The wall-clock time of `date` in its own zone; before 1980 the first, after 2107 the last that can be told.
    pub(super) fn of(date: InternalDate) -> Self {
        let at = Zoned::from(date);
        let year = at.year().clamp(1980, 2107);
        let day = if year == at.year() { (at.month(), at.day()) } else { (1, 1) };
        Self {
            time: (at.hour().unsigned_abs() as u16) << 11 | (at.minute().unsigned_abs() as u16) << 5 | ((at.second().unsigned_abs() as u16) / 2),
            date: (year.unsigned_abs() - 1980) << 9 | (day.0.unsigned_abs() as u16) << 5 | day.1.unsigned_abs() as u16,
        }
    }
}

/// One entry: what its headers say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) changed: DosTime,
    pub(super) crc: u32,
    /// Bytes as they lie in the volume.
    pub(super) packed: u64,
    /// Bytes of the content.
    pub(super) size: u64,
    /// Where the local header begins.
    pub(super) offset: u64,
    /// The body of the AES extra field, if it is encrypted.
    pub(super) aes: Option<[u8; 7]>,
}

impl Entry {
    fn version(&self) -> u16 {
        if self.aes.is_some() {
            51
        } else if self.size >= MAX32 || self.packed >= MAX32 {
            45
        } else {
            20
        }
    }

    fn flags(&self) -> u16 {
        UTF8_NAME | if self.aes.is_some() { ENCRYPTED } else { 0 }
    }

    /// The fields that both headers share, from «version needed» to the uncompressed size.
    fn shared(&self, out: &mut Vec<u8>) {
        for half in [self.version(), self.flags(), self.method, self.changed.time, self.changed.date] {
            out.extend_from_slice(&half.to_le_bytes());
        }
        out.extend_from_slice(&self.crc.to_le_bytes());
        out.extend_from_slice(&low32(self.packed, self.large()).to_le_bytes());
        out.extend_from_slice(&low32(self.size, self.large()).to_le_bytes());
        out.extend_from_slice(&(self.name.len().min(0xFFFF) as u16).to_le_bytes());
    }

    /// APPNOTE 4.5.3: in a local header both sizes move to the extra field together; the directory does the same here.
    fn large(&self) -> bool {
        self.size >= MAX32 || self.packed >= MAX32
    }

    fn extra(&self, offset: Option<u64>) -> Vec<u8> {
        let mut numbers = Vec::new();
        if self.large() {
            numbers.extend_from_slice(&self.size.to_le_bytes());
            numbers.extend_from_slice(&self.packed.to_le_bytes());
        }
        if let Some(offset) = offset.filter(|offset| *offset >= MAX32) {
            numbers.extend_from_slice(&offset.to_le_bytes());
        }
        let mut extra = Vec::new();
        if !numbers.is_empty() {
            extra.extend_from_slice(&[1, 0, numbers.len() as u8, 0]);
            extra.extend_from_slice(&numbers);
        }
        if let Some(aes) = self.aes {
            extra.extend_from_slice(&[0x01, 0x99, 7, 0]);
            extra.extend_from_slice(&aes);
        }
        extra
    }

    /// The bytes before the data.
    pub(super) fn local_header(&self) -> Vec<u8> {
        let mut out = LOCAL_SIGNATURE.to_vec();
        let extra = self.extra(None);
        self.shared(&mut out);
        out.extend_from_slice(&(extra.len() as u16).to_le_bytes());
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
        out
    }

    /// Where the data of an entry that was written here begins.
    pub(super) fn data_offset(&self) -> u64 {
        self.offset + (LOCAL_BYTES + self.name.len() + self.extra(None).len()) as u64
    }

    /// Its line in the directory.
    pub(super) fn central_header(&self) -> Vec<u8> {
        let mut out = CENTRAL_SIGNATURE.to_vec();
        let extra = self.extra(Some(self.offset));
        out.extend_from_slice(&[63, 3]); // made on Unix, so that the permissions below count
        self.shared(&mut out);
        out.extend_from_slice(&(extra.len() as u16).to_le_bytes());
        out.extend_from_slice(&[0; 6]); // no comment, first disk, no internal attributes
        out.extend_from_slice(&(0o100_644_u32 << 16).to_le_bytes());
        out.extend_from_slice(&(self.offset.min(MAX32) as u32).to_le_bytes());
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
        out
    }
}

fn low32(number: u64, large: bool) -> u32 {
    if large { u32::MAX } else { number as u32 }
}

/// What follows the directory; the zip64 records only where a number needs them.
pub(super) fn end_records(entries: u64, directory_offset: u64, directory_bytes: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if entries >= 0xFFFF || directory_offset >= MAX32 || directory_bytes >= MAX32 {
        out.extend_from_slice(&END64_SIGNATURE);
        out.extend_from_slice(&44_u64.to_le_bytes());
        out.extend_from_slice(&[63, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [entries, entries, directory_bytes, directory_offset] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&END64_PLACE_SIGNATURE);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(directory_offset + directory_bytes).to_le_bytes());
        out.extend_from_slice(&1_u32.to_le_bytes());
    }
    out.extend_from_slice(&END_SIGNATURE);
    out.extend_from_slice(&[0; 4]);
    let count = (entries.min(0xFFFF) as u16).to_le_bytes();
    out.extend_from_slice(&[count, count].concat());
    out.extend_from_slice(&(directory_bytes.min(MAX32) as u32).to_le_bytes());
    out.extend_from_slice(&(directory_offset.min(MAX32) as u32).to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Reads the shared fields from «version needed» on; answers the entry and the name's length.
fn parse_shared(bytes: &[u8]) -> Option<(Entry, u16, usize)> {
    let entry = Entry {
        method: le16(bytes, 4)?,
        changed: DosTime { time: le16(bytes, 6)?, date: le16(bytes, 8)? },
        crc: le32(bytes, 10)?,
        packed: le32(bytes, 14)?.into(),
        size: le32(bytes, 18)?.into(),
        ..Entry::default()
    };
    Some((entry, le16(bytes, 2)?, le16(bytes, 22)?.into()))
}

fn parse_extra(entry: &mut Entry, mut extra: &[u8]) -> Option<()> {
    while extra.len() >= 4 {
        let (id, len) = (le16(extra, 0)?, usize::from(le16(extra, 2)?));
        let field = extra.get(4..4 + len)?;
        if id == 1 {
            let mut numbers = field.chunks_exact(8).filter_map(|number| le64(number, 0));
            for slot in [&mut entry.size, &mut entry.packed, &mut entry.offset] {
                if *slot == MAX32 {
                    *slot = numbers.next()?;
                }
            }
        } else if id == 0x9901 {
            entry.aes = Some(field.try_into().ok()?);
        }
        extra = extra.get(4 + len..)?;
    }
    Some(())
}

/// Reads a local header from the start of `bytes`: the entry (its offset 0) and the header's length.
///
/// `None` if it is none, is cut, or tells its sizes only behind the data (a data descriptor), which a safe copy never does.
pub(super) fn parse_local(bytes: &[u8]) -> Option<(Entry, usize)> {
    if !bytes.starts_with(&LOCAL_SIGNATURE) {
        return None;
    }
    let (mut entry, flags, name_len) = parse_shared(bytes.get(4..)?)?;
    let extra_len: usize = le16(bytes, 28)?.into();
    let name = bytes.get(LOCAL_BYTES..LOCAL_BYTES + name_len)?;
    let extra = bytes.get(LOCAL_BYTES + name_len..LOCAL_BYTES + name_len + extra_len)?;
    if flags & 8 != 0 {
        return None;
    }
    entry.name = String::from_utf8(name.to_vec()).ok()?;
    parse_extra(&mut entry, extra)?;
    Some((entry, LOCAL_BYTES + name_len + extra_len))
}

/// The directory of a volume.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Where it begins.
    pub(super) offset: u64,
}

/// A volume has at most this many bytes of directory (50,000 entries take some 10 MB); more is not ours.
const LARGEST_DIRECTORY: u64 = 1 << 30;

impl Directory {
    /// Reads the directory at the end of a volume. It must end where the end records begin, and those at the end of the file:
    /// a safe copy has no comment.
    pub(super) fn read(volume: &dyn ReadAt) -> io::Result<Self> {
        let len = volume.len()?;
        let tail_len = len.min(22 + 20 + 56) as usize;
        let tail = volume.bytes_at(len - tail_len as u64, tail_len)?;
        let (count, bytes, offset, end) = find_directory(&tail, len).ok_or_else(|| bad("no directory at the end"))?;
        if bytes > LARGEST_DIRECTORY || offset.checked_add(bytes) != Some(end) {
            return Err(bad("the directory does not lie where the end record says"));
        }
        let raw = volume.bytes_at(offset, bytes as usize)?;
        let mut entries = Vec::with_capacity(count.min(bytes / CENTRAL_BYTES as u64) as usize);
        let mut rest = raw.as_slice();
        while !rest.is_empty() {
            let (entry, used) = parse_central(rest).ok_or_else(|| bad("a line of the directory is damaged"))?;
            entries.push(entry);
            rest = rest.get(used..).unwrap_or_default();
        }
        if entries.len() as u64 != count {
            return Err(bad("the directory has another number of lines than the end record says"));
        }
        Ok(Self { entries, offset })
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Count, bytes and offset of the directory, and where it must end.
fn find_directory(tail: &[u8], len: u64) -> Option<(u64, u64, u64, u64)> {
    let end = tail.get(tail.len().checked_sub(22)?..)?;
    if !end.starts_with(&END_SIGNATURE) {
        return None;
    }
    let found = (u64::from(le16(end, 10)?), u64::from(le32(end, 12)?), u64::from(le32(end, 16)?), len - 22);
    let place = tail.len().checked_sub(22 + 20).and_then(|at| tail.get(at..)).filter(|place| place.starts_with(&END64_PLACE_SIGNATURE));
    if place.is_none() {
        return Some(found);
    }
    let end64 = tail.get(tail.len().checked_sub(22 + 20 + 56)?..)?;
    if !end64.starts_with(&END64_SIGNATURE) {
        return None;
    }
    Some((le64(end64, 32)?, le64(end64, 40)?, le64(end64, 48)?, len - 22 - 20 - 56))
}

fn parse_central(bytes: &[u8]) -> Option<(Entry, usize)> {
    if !bytes.starts_with(&CENTRAL_SIGNATURE) {
        return None;
    }
    let (mut entry, _, name_len) = parse_shared(bytes.get(6..)?)?;
    let (extra_len, comment_len) = (usize::from(le16(bytes, 30)?), usize::from(le16(bytes, 32)?));
    entry.offset = le32(bytes, 42)?.into();
    let extra_at = CENTRAL_BYTES + name_len;
    entry.name = String::from_utf8(bytes.get(CENTRAL_BYTES..extra_at)?.to_vec()).ok()?;
    parse_extra(&mut entry, bytes.get(extra_at..extra_at + extra_len)?)?;
    let used = extra_at + extra_len + comment_len;
    (used <= bytes.len()).then_some((entry, used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_before_1980_and_after_2107_stay_in_reach() {
        let at = |text: &str| DosTime::of(text.parse().expect(text));
        assert_eq!(at("1996-07-17T02:44:25-07:00"), DosTime { time: 2 << 11 | 44 << 5 | 12, date: 16 << 9 | 7 << 5 | 17 });
        assert_eq!(at("1970-01-01T00:00:00+00:00").date, 1 << 5 | 1);
        assert_eq!(at("2200-06-01T00:00:00+00:00").date, 127 << 9 | 1 << 5 | 1);
    }

    proptest! {
        #[test]
        fn headers_read_back_also_with_zip64(name in "[a-zä/]{1,40}", small: u32, large: u64, which in 0u8..8, aes: bool) {
            let pick = |bit: u8| if which & bit == 0 { u64::from(small) } else { large };
            let entry = Entry {
                name, method: DEFLATED, changed: DosTime { time: 1, date: 33 }, crc: small,
                packed: pick(1), size: pick(2), offset: pick(4), aes: aes.then_some([2, 0, b'A', b'E', 3, 8, 0]),
            };
            let local = entry.local_header();
            let (read, used) = parse_local(&local).expect("a header");
            prop_assert_eq!(used, local.len());
            prop_assert_eq!(entry.offset.wrapping_add(used as u64), if entry.offset < u64::MAX / 2 { entry.data_offset() } else { entry.offset.wrapping_add(used as u64) });
            prop_assert_eq!(&Entry { offset: entry.offset, ..read }, &entry);
            let central = entry.central_header();
            prop_assert_eq!(parse_central(&central), Some((entry, central.len())));
        }

        #[test]
        fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..60) {
            let mut end = bytes.clone();
            end.splice(at.min(end.len()).., END_SIGNATURE.iter().copied().chain(bytes.iter().copied()).take(22));
            let _ = Directory::read(&end);
            let _ = parse_local(&[LOCAL_SIGNATURE.as_slice(), &bytes].concat());
            let _ = parse_central(&[CENTRAL_SIGNATURE.as_slice(), &bytes].concat());
        }
    }

    #[test]
    fn seventy_thousand_entries_get_a_zip64_end() {
        let mut volume = Vec::new();
        for number in 0..70_000 {
            volume.extend_from_slice(&Entry { name: number.to_string(), ..Entry::default() }.central_header());
        }
        let bytes = volume.len() as u64;
        volume.extend_from_slice(&end_records(70_000, 0, bytes));
        assert_eq!(Directory::read(&volume).expect("a directory").entries.len(), 70_000);
    }
}
