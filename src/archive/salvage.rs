//! Reads a volume whose directory is cut off or damaged, by walking from one local header to the next.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;

use super::Secret;
use super::disk::ReadAt;
use super::index::unreadable;
use super::name::number_of;
use super::pack::{Fault, Unpacker};
use super::record::{Line, Record, StoreRecord, lines};
use super::volume::{FORMAT_ENTRY, LARGEST_SEGMENT, MANIFEST_DIR, SUMS_ENTRY};
use super::zip::{Entry, LOCAL_SIGNATURE};
use crate::mail::Sha256Digest;
use crate::mail::digest::Hasher;
use crate::run::Problem;

/// A message that was found whole.
#[derive(Clone, Debug)]
pub struct SalvagedMessage {
    /// Its entry: folder, number, subject.
    pub entry: String,
    /// Its number in the safe copy, as the entry's name tells it.
    pub id: Option<u64>,
    /// All that the manifest says of it; `None` if it lay in the segment that was lost.
    pub record: Option<Box<Record>>,
    /// SHA-256 of its stored bytes.
    pub sha256: Sha256Digest,
}

/// What a damaged volume still holds.
#[derive(Clone, Debug, Default)]
pub struct Salvaged {
    /// Complete messages, in the volume's order.
    pub messages: Vec<SalvagedMessage>,
    /// What the segments that are whole know of stores.
    pub stores: Vec<StoreRecord>,
    /// Entries that begin but are not whole.
    pub broken: u64,
}

/// Recovers every complete message of a volume, with or without its directory.
///
/// # Errors
/// `ARCHIVE-MISSING` or `ARCHIVE-DAMAGED` if the file can't be opened or read at all.
pub fn salvage(volume: &Path, passphrase: Option<&Secret>) -> Result<Salvaged, Problem> {
    let file = File::open(volume).map_err(|error| unreadable(&error, volume))?;
    salvage_from(&file, passphrase).map_err(|error| unreadable(&error, volume))
}

/// The same from anything that can be read.
///
/// # Errors
/// What reading gives; damage is no error.
pub fn salvage_from(volume: &dyn ReadAt, passphrase: Option<&Secret>) -> io::Result<Salvaged> {
    let walk = walk(volume)?;
    let mut unpacker = Unpacker::new(passphrase.cloned());
    let (mut records, mut salvaged) = (HashMap::new(), Salvaged { broken: walk.gaps.len() as u64, ..Salvaged::default() });
    for (entry, _) in walk.entries.iter().filter(|(entry, _)| entry.name.starts_with(MANIFEST_DIR)) {
        let Ok(segment) = unpacker.bytes(volume, entry.offset, LARGEST_SEGMENT) else { continue };
        for (_, line) in lines(&segment) {
            match line {
                Line::Message(record) => {
                    records.insert(record.entry.clone(), record);
                }
                Line::Store(store) => salvaged.stores.push(store),
                Line::Unreadable(_) | Line::Other(_) | Line::Pass(_) | Line::Superseded(_) => {}
            }
        }
    }
    for (entry, data) in walk.entries {
        if !is_message(&entry.name) {
            continue;
        }
        let record = records.remove(&entry.name);
        match content_digest(volume, &entry, data, &mut unpacker) {
            Ok(sha256) if record.as_ref().is_none_or(|record| record.sha256 == sha256) => {
                salvaged.messages.push(SalvagedMessage { id: number_of(&entry.name), record, sha256, entry: entry.name });
            }
            _ => salvaged.broken += 1,
        }
    }
    Ok(salvaged)
}

/// Unpacks an entry for its digest alone.
pub(super) fn content_digest(volume: &dyn ReadAt, entry: &Entry, data: u64, unpacker: &mut Unpacker) -> Result<Sha256Digest, Fault> {
    let mut hasher = Hasher::default();
    unpacker.read(volume, entry, data, &mut |bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    Ok(hasher.finish())
}

pub(super) fn is_message(entry: &str) -> bool {
    entry.starts_with("mail/") || entry.starts_with("deleted/")
}

/// What walking the local headers found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Entries with the offset of their data; all of their data is there.
    pub(super) entries: Vec<(Entry, u64)>,
    /// Offsets where something else stood than a header.
    pub(super) gaps: Vec<u64>,
    /// Where the last entry ended; the directory begins there if there are no gaps.
    pub(super) end: u64,
}

/// Walks from header to header; where one is damaged, the next that bears a name of ours is looked for.
pub(super) fn walk(volume: &dyn ReadAt) -> io::Result<Walk> {
    let (mut walk, mut at, len) = (Walk::default(), 0, volume.len()?);
    while at < len {
        match Unpacker::header(volume, at) {
            Ok((entry, data)) if walk.gaps.is_empty() || is_ours(&entry.name) => {
                at = data + entry.packed;
                walk.end = at;
                walk.entries.push((entry, data));
            }
            Err(Fault::Read(error)) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            _ => {
                let signature = volume.bytes_at(at, 4.min(len - at) as usize)?;
                if signature == b"PK\x01\x02" {
                    break;
                }
                walk.gaps.push(at);
                match next_header(volume, at + 1, len)? {
                    Some(next) => at = next,
                    None => break,
                }
            }
        }
    }
    Ok(walk)
}

fn is_ours(name: &str) -> bool {
    is_message(name)
        || name.starts_with(MANIFEST_DIR)
        || name.starts_with("unreadable/")
        || name.starts_with("other/")
        || [FORMAT_ENTRY, SUMS_ENTRY].contains(&name)
}

/// The next place from `at` on where a whole header with a name of ours stands.
fn next_header(volume: &dyn ReadAt, mut at: u64, len: u64) -> io::Result<Option<u64>> {
    const WINDOW: u64 = 1 << 20;
    while at < len {
        let window = volume.bytes_at(at, (len - at).min(WINDOW) as usize)?;
        for found in memchr::memmem::find_iter(&window, &LOCAL_SIGNATURE) {
            let place = at + found as u64;
            if let Ok((entry, _)) = Unpacker::header(volume, place)
                && is_ours(&entry.name)
            {
                return Ok(Some(place));
            }
        }
        at += (window.len() as u64).saturating_sub(3).max(1);
        if window.len() < 4 {
            break;
        }
    }
    Ok(None)
}
