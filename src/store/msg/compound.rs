//! Compound files ([MS-CFB]): sectors in chains, a directory of storages and streams.
//!
//! One bad directory entry or table must not cost the whole message, so nothing is refused but a file without a usable header;
//! a chain that runs in a circle or out of the file ends there, and reading it fails where it ends.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;

const MAGIC: &[u8; 8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Sector numbers from here up have meanings of their own.
const LAST_SECTOR: u32 = 0xFFFF_FFFA;
const NO_ENTRY: u32 = 0xFFFF_FFFF;
/// Directory entries at most: a `.msg` has some hundreds.
const MOST_ENTRIES: usize = 1_000_000;

pub(super) trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// A compound file with its tables in memory and its streams on disk.
pub(super) struct Compound {
    source: Mutex<Box<dyn Source>>,
    len: u64,
    sector_bytes: u64,
    mini_sector_bytes: u64,
    /// Streams shorter than this lie in the mini stream.
    cutoff: u64,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    /// The sectors of the mini stream.
    mini_chain: Vec<u32>,
    entries: Vec<DirectoryEntry>,
}

#[derive(Clone)]
struct DirectoryEntry {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    len: u64,
}

const STORAGE: u8 = 1;
const STREAM: u8 = 2;
const ROOT: u8 = 5;

/// One thing in a storage.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Its number in the directory.
    pub(super) id: u32,
    pub(super) is_storage: bool,
    /// A stream's length in bytes.
    pub(super) len: u64,
}

/// Where a stream's bytes lie.
pub(super) struct Chain {
    sectors: Vec<u32>,
    is_mini: bool,
    pub(super) len: u64,
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk::<2>()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk::<4>()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
}

impl Compound {
    pub(super) fn open(mut source: Box<dyn Source>) -> io::Result<Self> {
        let len = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut header = Vec::new();
        source.by_ref().take(512).read_to_end(&mut header)?;
        if !header.starts_with(MAGIC) || header.len() < 512 {
            return Err(bad("this is no compound file"));
        }
        let shift = match u16_at(&header, 0x1E) {
            shift @ (9 | 12) => shift,
            _ if u16_at(&header, 0x1A) == 4 => 12,
            _ => 9,
        };
        let cutoff = match u32_at(&header, 0x38) {
            0 => 4096,
            cutoff => u64::from(cutoff),
        };
        let mut file = Self {
            source: Mutex::new(source),
            len,
            sector_bytes: 1 << shift,
            mini_sector_bytes: 64,
            cutoff,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_chain: Vec::new(),
            entries: Vec::new(),
        };
        file.read_fat(&header);
        let directory = file.chain(u32_at(&header, 0x30), usize::MAX);
        file.read_directory(&directory);
        if file.entries.first().is_none_or(|root| root.kind != ROOT) {
            return Err(bad("the compound file has no root"));
        }
        for sector in file.chain(u32_at(&header, 0x3C), usize::MAX) {
            let table = file.sector(sector).unwrap_or_default();
            file.mini_fat.extend(numbers(&table));
        }
        file.mini_chain = file.entries.first().map(|root| file.chain(root.start, usize::MAX)).unwrap_or_default();
        Ok(file)
    }

    fn sectors(&self) -> usize {
        usize::try_from(self.len / self.sector_bytes + 1).unwrap_or(usize::MAX)
    }

    /// The table of chains, by the list in the header and the sectors that continue it.
    fn read_fat(&mut self, header: &[u8]) {
        let mut list: Vec<u32> = numbers(header.get(0x4C..).unwrap_or_default()).collect();
        let mut next = u32_at(header, 0x44);
        for _ in 0..self.sectors() {
            if next >= LAST_SECTOR {
                break;
            }
            let Ok(sector) = self.sector(next) else { break };
            let mut more: Vec<u32> = numbers(&sector).collect();
            next = more.pop().unwrap_or(NO_ENTRY);
            list.extend(more);
        }
        let per_sector = (self.sector_bytes / 4) as usize;
        for sector in list.into_iter().filter(|sector| *sector < LAST_SECTOR) {
            if self.fat.len() > self.sectors() {
                break;
            }
            match self.sector(sector) {
                Ok(table) => self.fat.extend(numbers(&table)),
                // What it held is lost; what follows keeps its place.
                Err(_) => self.fat.resize(self.fat.len() + per_sector, NO_ENTRY),
            }
        }
    }

    fn read_directory(&mut self, chain: &[u32]) {
        for sector in chain {
            let bytes = self.sector(*sector).unwrap_or_else(|_| vec![0; self.sector_bytes as usize]);
            for entry in bytes.as_chunks::<128>().0 {
                let units = match u16_at(entry, 64) {
                    len @ 2..=64 => usize::from(len) - 2,
                    _ => 64,
                };
                let name = entry.get(..units.min(64)).unwrap_or_default();
                let end = name.as_chunks::<2>().0.iter().position(|unit| unit == &[0, 0]).map_or(name.len(), |at| at * 2);
                let name = crate::store::mapi::utf16_text(name.get(..end).unwrap_or_default());
                // Files with small sectors have lengths of 32 bits; what stands above may be anything.
                let high = if self.sector_bytes == 512 { 0 } else { u64::from(u32_at(entry, 124)) };
                let kind = entry.get(66).copied().unwrap_or(0);
                let len = u64::from(u32_at(entry, 120)) | high << 32;
                self.entries.push(DirectoryEntry {
                    name,
                    kind,
                    left: u32_at(entry, 68),
                    right: u32_at(entry, 72),
                    child: u32_at(entry, 76),
                    start: u32_at(entry, 116),
                    len,
                });
            }
            if self.entries.len() >= MOST_ENTRIES {
                return;
            }
        }
    }

    fn sector(&self, number: u32) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.sector_bytes as usize];
        self.read_exact_at((u64::from(number) + 1) * self.sector_bytes, &mut bytes)?;
        Ok(bytes)
    }

    /// The last sector of a file may be cut short: what is missing is zero.
    fn read_exact_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        if offset >= self.len {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a sector lies behind the file's end"));
        }
        let there = usize::try_from(self.len - offset).unwrap_or(usize::MAX).min(bytes.len());
        let mut source = self.source.lock().map_err(|_| io::Error::other("an earlier reading of this file failed"))?;
        source.seek(SeekFrom::Start(offset))?;
        source.read_exact(bytes.get_mut(..there).unwrap_or_default())
    }

    /// The sectors of a chain, `limit` at most.
    fn chain(&self, start: u32, limit: usize) -> Vec<u32> {
        follow(&self.fat, start, limit.min(self.sectors()))
    }

    /// The number of the root storage.
    pub(super) const fn root() -> u32 {
        0
    }

    /// What a storage holds, by name. Entries that a damaged tree names twice come once.
    pub(super) fn list(&self, storage: u32) -> Vec<Entry> {
        let mut found = Vec::new();
        let mut waiting: Vec<u32> = self.entries.get(storage as usize).map(|entry| entry.child).into_iter().collect();
        let mut seen = std::collections::HashSet::new();
        while let Some(id) = waiting.pop() {
            let Some(entry) = self.entries.get(id as usize).filter(|_| id != 0 && seen.insert(id)) else { continue };
            waiting.extend([entry.left, entry.right]);
            if matches!(entry.kind, STORAGE | STREAM) {
                found.push(Entry { name: entry.name.clone(), id, is_storage: entry.kind == STORAGE, len: if entry.kind == STREAM { entry.len } else { 0 } });
            }
        }
        found.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        found
    }

    /// Where a stream lies; a stream that is shorter than it says is read as far as it goes.
    pub(super) fn stream(&self, id: u32) -> Chain {
        let Some(entry) = self.entries.get(id as usize).filter(|entry| entry.kind == STREAM) else {
            return Chain { sectors: Vec::new(), is_mini: false, len: 0 };
        };
        let is_mini = entry.len < self.cutoff;
        let unit = if is_mini { self.mini_sector_bytes } else { self.sector_bytes };
        let limit = usize::try_from(entry.len.div_ceil(unit)).unwrap_or(usize::MAX);
        let sectors = if is_mini { follow(&self.mini_fat, entry.start, limit.min(self.mini_fat.len())) } else { self.chain(entry.start, limit) };
        Chain { sectors, is_mini, len: entry.len }
    }

    /// Up to `limit` bytes of a stream from `offset`; fewer only at its end.
    ///
    /// # Errors
    /// The chain ends before the stream does, or the file can't be read.
    pub(super) fn read_at(&self, chain: &Chain, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        let unit = if chain.is_mini { self.mini_sector_bytes } else { self.sector_bytes };
        let end = chain.len.min(offset.saturating_add(limit as u64));
        let there = chain.sectors.len() as u64 * unit;
        if offset >= end {
            return Ok(Vec::new());
        }
        if offset >= there {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("the stream breaks off after {there} of {} bytes", chain.len)));
        }
        let end = end.min(there);
        let mut out = vec![0; usize::try_from(end - offset).unwrap_or(0)];
        let mut at = offset;
        while at < end {
            let number = usize::try_from(at / unit).unwrap_or(usize::MAX);
            let mut len = (unit - at % unit).min(end - at);
            let place = self.place(chain, number)?;
            // Sectors that follow each other are read at once.
            let mut next = number + 1;
            while !chain.is_mini && at + len < end && chain.sectors.get(next) == chain.sectors.get(next - 1).map(|sector| sector.wrapping_add(1)).as_ref() {
                len = (len + unit).min(end - at);
                next += 1;
            }
            let from = usize::try_from(at - offset).unwrap_or(usize::MAX);
            let piece = out.get_mut(from..).and_then(|rest| rest.get_mut(..usize::try_from(len).unwrap_or(0))).unwrap_or_default();
            self.read_exact_at(place + at % unit, piece)?;
            at += len;
        }
        Ok(out)
    }

    /// Where a stream's sector begins in the file.
    fn place(&self, chain: &Chain, number: usize) -> io::Result<u64> {
        let sector = u64::from(*chain.sectors.get(number).ok_or_else(|| bad("a sector is missing"))?);
        if !chain.is_mini {
            return Ok((sector + 1) * self.sector_bytes);
        }
        let offset = sector * self.mini_sector_bytes;
        let outer = usize::try_from(offset / self.sector_bytes).unwrap_or(usize::MAX);
        let outer = u64::from(*self.mini_chain.get(outer).ok_or_else(|| bad("a small sector is missing"))?);
        Ok((outer + 1) * self.sector_bytes + offset % self.sector_bytes)
    }
}

fn follow(table: &[u32], start: u32, limit: usize) -> Vec<u32> {
    let (mut chain, mut next) = (Vec::new(), start);
    while next < LAST_SECTOR && chain.len() < limit {
        let Some(after) = table.get(next as usize) else { break };
        chain.push(next);
        next = *after;
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Made by another writer.
    fn made(version: cfb::Version) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create_with_version(version, io::Cursor::new(Vec::new())).expect("made");
        file.create_storage("/a").expect("made");
        for (name, len) in [("/small", 100), ("/a/large", 100_000), ("/a/empty", 0), ("/a/edge", 4096), ("/a/below", 4095)] {
            let bytes: Vec<u8> = (0..len).map(|at: usize| (at % 251) as u8).collect();
            file.create_stream(name).expect("made").write_all(&bytes).expect("written");
        }
        file.flush().expect("flushed");
        file.into_inner().into_inner()
    }

    fn all(file: &Compound, id: u32) -> io::Result<Vec<u8>> {
        let chain = file.stream(id);
        let mut out = Vec::new();
        loop {
            let piece = file.read_at(&chain, out.len() as u64, 999)?;
            if piece.is_empty() {
                return Ok(out);
            }
            out.extend_from_slice(&piece);
        }
    }

    #[test]
    fn what_another_writer_made_reads_back() {
        for version in [cfb::Version::V3, cfb::Version::V4] {
            let file = Compound::open(Box::new(io::Cursor::new(made(version)))).expect("opened");
            let top = file.list(Compound::root());
            assert_eq!(top.iter().map(|entry| (entry.name.as_str(), entry.is_storage, entry.len)).collect::<Vec<_>>(), [("a", true, 0), ("small", false, 100)]);
            for entry in file.list(top[0].id).into_iter().chain([top[1].clone()]) {
                let want: Vec<u8> = (0..entry.len as usize).map(|at| (at % 251) as u8).collect();
                assert!(all(&file, entry.id).expect("read") == want, "{}", entry.name);
            }
        }
    }

    #[test]
    fn damage_costs_only_what_it_hits_and_nothing_runs_in_circles() {
        let whole = made(cfb::Version::V3);
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xFF;
            let Ok(file) = Compound::open(Box::new(io::Cursor::new(damaged))) else { continue };
            let mut waiting = vec![Compound::root()];
            let mut met = 0;
            while let Some(storage) = waiting.pop() {
                met += 1;
                for entry in file.list(storage) {
                    if entry.is_storage && met < 50 {
                        waiting.push(entry.id);
                    } else {
                        let _anything = file.read_at(&file.stream(entry.id), 0, 200_000);
                    }
                }
            }
        }
        for cut in (0..whole.len()).step_by(500) {
            let _anything = Compound::open(Box::new(io::Cursor::new(whole[..cut].to_vec())));
        }
    }
}
