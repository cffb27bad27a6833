//! Is the safe copy still what was written? Each volume's digest first; where it differs, what exactly is damaged.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Secret;
use super::disk::ReadAt;
use super::index::VolumeRecord;
use super::name::number_of;
use super::pack::{Fault, Unpacker};
use super::record::{Line, Record, lines};
use super::salvage::{content_digest, is_message, walk};
use super::seal::digest_of;
use super::survey;
use super::volume::{LARGEST_SEGMENT, MANIFEST_DIR, SUMS_ENTRY};
use super::zip::{DEFLATED, Directory, DosTime, Entry, end_records};
use crate::mail::body::SPOOL_ABOVE_BYTES;
use crate::mail::{MailboxPath, Sha256Digest};
use crate::run::{Phase, Problem, Run};

/// A place where a safe copy is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The volume's file name.
    pub volume: String,
    /// The message, if it lies in one.
    pub id: Option<u64>,
    /// The message's folder, where known.
    pub folder: Option<MailboxPath>,
    /// What is the matter, in words.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Every volume is there and, byte for byte, what was written.
    pub whole: bool,
    /// Messages that the safe copy should hold, deleted ones included.
    pub messages: u64,
    /// Every damaged place.
    pub damaged: Vec<Damaged>,
}

/// Checks all volumes, several at a time.
pub(super) fn check(dir: &Path, volumes: &[VolumeRecord], passphrase: Option<&Secret>, run: &Run) -> Result<CheckReport, Problem> {
    run.progress(|progress| {
        progress.phase = Phase::CheckingSafeCopy;
        progress.bytes_total = volumes.iter().map(|volume| volume.bytes).sum();
        progress.bytes_done = 0;
    });
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..super::workers() {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(volume) = volumes.get(at).filter(|_| !run.is_cancelled()) else { return };
                    let damaged = check_volume(dir, volume, passphrase, run);
                    run.progress(|progress| progress.bytes_done += volume.bytes);
                    if let Ok(mut found) = found.lock() {
                        found.push((at, damaged));
                    }
                }
            });
        }
    });
    if run.is_cancelled() {
        return Err(Problem::interrupted());
    }
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_by_key(|(at, _)| *at);
    let mut damaged = Vec::new();
    for (_, volume) in found {
        damaged.extend(volume?);
    }
    Ok(CheckReport { whole: damaged.is_empty(), messages: volumes.iter().map(|volume| volume.messages).sum(), damaged })
}

fn check_volume(dir: &Path, told: &VolumeRecord, passphrase: Option<&Secret>, run: &Run) -> Result<Vec<Damaged>, Problem> {
    let damaged = |id, folder, what: String| Damaged { volume: told.file.clone(), id, folder, what };
    let volume = match survey::open(dir, &told.file) {
        Ok(volume) => volume,
        Err(problem) => return Ok(vec![damaged(None, None, format!("the volume can't be opened: {}", problem.what))]),
    };
    let digest = match digest_of(&volume, &|| run.is_cancelled()) {
        Ok(Some((_, digest))) => Some(digest),
        Ok(None) => return Err(Problem::interrupted()),
        Err(_) => None, // a bad sector: the entries tell where
    };
    if digest.is_some() && digest == told.digest() {
        return Ok(Vec::new());
    }
    let mut examined = examine(&volume, passphrase);
    if examined.damage.is_empty() {
        examined.damage.extend(padding(&volume, passphrase));
    }
    let mut found: Vec<Damaged> = examined.damage.into_iter().map(|spot| damaged(spot.id, spot.folder, spot.what)).collect();
    if examined.messages < told.messages {
        found.push(damaged(None, None, format!("{} of {} messages are in it", examined.messages, told.messages)));
    }
    if found.is_empty() {
        found.push(damaged(None, None, "its digest is not the one in the index, though every message in it is whole".into()));
    }
    Ok(found)
}

/// One damaged place in a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) id: Option<u64>,
    pub(super) folder: Option<MailboxPath>,
    pub(super) what: String,
}

/// What looking at every entry of a volume found.
#[derive(Clone, Debug, Default)]
pub(super) struct Examined {
    /// Message entries seen, whole or not.
    pub(super) messages: u64,
    pub(super) damage: Vec<Spot>,
}

/// Looks at every entry and every header, with nothing but the volume itself.
pub(super) fn examine(volume: &dyn ReadAt, passphrase: Option<&Secret>) -> Examined {
    let mut examiner =
        Examiner { volume, unpacker: Unpacker::new(passphrase.cloned()), records: HashMap::new(), sums: HashMap::new(), found: Examined::default() };
    let directory = Directory::read(volume).ok();
    match walk(volume) {
        // Every header stands where the one before it ends: what is wrong with the directory can be told exactly.
        Ok(walk) if walk.gaps.is_empty() => {
            let named = examiner.settle_names(walk.entries, directory.as_ref());
            let truth: Vec<Entry> = named.iter().map(|(entry, data)| examiner.entry(entry, *data)).collect();
            examiner.directory(&truth, walk.end);
        }
        Ok(walk) => match directory {
            Some(directory) => {
                let entries: Vec<_> = directory.entries.into_iter().map(|entry| (entry.clone(), entry.data_offset())).collect();
                examiner.learn(&entries);
                for (entry, data) in &entries {
                    examiner.entry(entry, *data);
                }
            }
            None => {
                examiner.learn(&walk.entries);
                for (entry, data) in &walk.entries {
                    examiner.entry(entry, *data);
                }
                for gap in walk.gaps {
                    examiner.spot(None, None, format!("nothing can be read at byte {gap}, and the directory is lost"));
                }
            }
        },
        Err(error) => examiner.spot(None, None, error.to_string()),
    }
    examiner.found
}

struct Examiner<'a> {
    volume: &'a dyn ReadAt,
    unpacker: Unpacker,
    records: HashMap<String, Box<Record>>,
    sums: HashMap<String, Sha256Digest>,
    found: Examined,
}

impl Examiner<'_> {
    fn spot(&mut self, id: Option<u64>, folder: Option<MailboxPath>, what: String) {
        self.found.damage.push(Spot { id, folder, what });
    }

    /// The directory's names where an entry's own is damaged. A name counts as right if the manifest bears it; manifest and
    /// sums themselves are known by either name.
    fn settle_names(&mut self, mut entries: Vec<(Entry, u64)>, directory: Option<&Directory>) -> Vec<(Entry, u64)> {
        let told: HashMap<u64, &str> =
            directory.map(|directory| directory.entries.iter().map(|entry| (entry.offset, entry.name.as_str())).collect()).unwrap_or_default();
        let is_text = |name: &str| name.starts_with(MANIFEST_DIR) || name == SUMS_ENTRY;
        for (entry, _) in &mut entries {
            if let Some(name) = told.get(&entry.offset).filter(|name| is_text(name) && !is_text(&entry.name)) {
                entry.name = (*name).to_owned();
            }
        }
        self.learn(&entries);
        for (entry, _) in &mut entries {
            let is_right = self.records.contains_key(&entry.name) || is_text(&entry.name);
            if let Some(name) = told.get(&entry.offset).filter(|name| !is_right && self.records.contains_key(**name)) {
                entry.name = (*name).to_owned();
            }
        }
        entries
    }

    /// Reads manifest and sums first: they say what the rest must be.
    fn learn(&mut self, entries: &[(Entry, u64)]) {
        for (entry, data) in entries {
            let is_segment = entry.name.starts_with(MANIFEST_DIR);
            if (!is_segment && entry.name != SUMS_ENTRY) || entry.size > LARGEST_SEGMENT {
                continue;
            }
            let mut text = Vec::new();
            let read = self.unpacker.read(self.volume, entry, *data, &mut |bytes| {
                text.extend_from_slice(bytes);
                Ok(())
            });
            if read.is_err() {
                continue; // told when its turn comes
            }
            if is_segment {
                for (_, line) in lines(&text) {
                    if let Line::Message(record) = line {
                        self.records.insert(record.entry.clone(), record);
                    }
                }
            } else {
                let sums = String::from_utf8_lossy(&text);
                self.sums.extend(
                    sums.lines().filter_map(|line| line.split_once("  ")).filter_map(|(sum, name)| Some((name.to_owned(), Sha256Digest::from_hex(sum)?))),
                );
            }
        }
    }

    /// Checks one entry; answers what its headers should say.
    fn entry(&mut self, entry: &Entry, data: u64) -> Entry {
        let by_number = || {
            let id = number_of(&entry.name)?;
            self.records.values().find(|record| record.id == id)
        };
        let record = self.records.get(&entry.name).or_else(by_number).cloned();
        self.found.messages += u64::from(is_message(&entry.name) || record.is_some());
        let (id, folder) = match &record {
            Some(record) => (Some(record.id), Some(record.mailbox.clone())),
            None => (number_of(&entry.name), None),
        };
        let digest = content_digest(self.volume, entry, data, &mut self.unpacker);
        let expected = record.as_ref().map(|record| record.sha256).or_else(|| self.sums.get(&entry.name).copied());
        let mut truth = entry.clone();
        truth.changed = match &record {
            Some(record) => DosTime::of(record.internal_date),
            None if is_message(&entry.name) => entry.changed, // its line is lost, and with it the right time
            None => DosTime::FIRST,
        };
        if let Some(record) = &record {
            truth.name.clone_from(&record.entry);
        }
        let what = match digest {
            Ok(digest) if expected.is_none_or(|expected| expected == digest) => {
                let header = truth.local_header();
                let is_damaged = self.volume.bytes_at(entry.offset, header.len()).ok().as_ref() != Some(&header);
                is_damaged.then(|| "the zip header before it is damaged; its bytes are whole".to_owned())
            }
            Ok(_) => Some("its bytes are damaged: SHA-256 differs".to_owned()),
            Err(fault @ Fault::Passphrase) => Some(fault.to_string()),
            Err(fault) => Some(fault.to_string()),
        };
        if let Some(what) = what {
            let what = if id.is_some() { what } else { format!("{}: {what}", entry.name) };
            self.spot(id, folder, what);
        }
        truth
    }

    /// With every entry known, the directory can be foretold to the bit.
    fn directory(&mut self, entries: &[Entry], offset: u64) {
        let mut expected: Vec<u8> = entries.iter().flat_map(Entry::central_header).collect();
        let end = end_records(entries.len() as u64, offset, expected.len() as u64);
        expected.extend_from_slice(&end);
        let len = self.volume.len().unwrap_or(0);
        let is_whole = len == offset + expected.len() as u64 && self.volume.bytes_at(offset, expected.len()).ok().as_ref() == Some(&expected);
        if !is_whole && self.found.damage.is_empty() {
            self.spot(None, None, "its directory is damaged; every message in it is whole".into());
        }
    }
}

/// Damage that no content shows: bits behind the end of a deflated message, in its last byte, which are 0 when written.
///
/// `None` if there is none. Looked for only where a volume's digest differs and nothing else is found.
fn padding(volume: &dyn ReadAt, passphrase: Option<&Secret>) -> Option<Spot> {
    let mut unpacker = Unpacker::new(passphrase.cloned());
    for entry in Directory::read(volume).ok()?.entries {
        let small = entry.aes.is_none() && entry.packed > 0 && entry.packed <= SPOOL_ABOVE_BYTES && entry.size <= SPOOL_ABOVE_BYTES;
        let Some(mut packed) = volume.bytes_at(entry.data_offset(), entry.packed as usize).ok().filter(|_| small && entry.method == DEFLATED) else { continue };
        for bit in (0..8).rev() {
            let Some(last) = packed.last_mut().filter(|last| **last & 1 << bit != 0) else { continue };
            *last ^= 1 << bit;
            if unpacker.inflate(&entry, &packed, &mut |_| Ok(())).is_ok() {
                let what = "an unused bit behind its packed bytes is set; its bytes are whole".to_owned();
                return Some(Spot { id: number_of(&entry.name), folder: None, what });
            }
            break; // the highest bit that is set belongs to the content
        }
    }
    None
}
