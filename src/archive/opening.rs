//! Opens a safe copy: takes in every manifest, adds up what it holds, and notes what is wrong with it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::index::{Index, VolumeRecord, volume_files};
use super::pack::{Fault, Unpacker};
use super::reader::{Archive, Counts, Folder, Orphan};
use super::record::{Line, OtherRecord, Record, StoreRecord, lines};
use super::salvage::{is_message, walk};
use super::shelf::{LISTED, Place, Shelf, Volume};
use super::volume::{LARGEST_SEGMENT, MANIFEST_DIR};
use super::zip::{Directory, Entry};
use super::{Secret, survey};
use crate::flow::NearMessage;
use crate::mail::wire::WireChanges;
use crate::mail::{MailboxPath, Unreadable};
use crate::run::{Code, Problem};

/// Segments read at once have at most so many bytes, or there is one only (16 MB).
const TOGETHER_BYTES: u64 = 16 << 20;

/// A safe copy while it is being opened.
pub(super) struct Opening {
    dir: PathBuf,
    passphrase: Option<Secret>,
    unpacker: Unpacker,
    volumes: Vec<Volume>,
    places: Vec<Place>,
    stores: BTreeMap<String, StoreRecord>,
    folders: Vec<Folder>,
    folder_at: HashMap<(String, MailboxPath), usize>,
    /// Where the places of listed messages stand.
    listed: HashMap<u64, usize>,
    /// Messages of the volume at hand that are listed elsewhere.
    lent: u64,
    superseded: HashSet<u64>,
    unreadable: Vec<Unreadable>,
    /// With the volume that holds it.
    others: Vec<(u16, OtherRecord)>,
    counts: Counts,
    orphans: Vec<Orphan>,
    damage: Vec<String>,
    altered: BTreeMap<u64, WireChanges>,
    /// The messages of each folder, where a plan is to be made of them.
    near: Option<Vec<Vec<NearMessage>>>,
}

/// What a message adds to the sums, so that it can be taken out again when it proves superseded.
#[derive(Clone, Copy, Debug)]
struct Tally {
    folder: usize,
    stored: u64,
    wire: u64,
    partial: bool,
    deleted: bool,
}

impl Opening {
    pub(super) fn new(dir: &Path, passphrase: Option<Secret>) -> Self {
        Self {
            dir: dir.to_path_buf(),
            unpacker: Unpacker::new(passphrase.clone()),
            passphrase,
            volumes: Vec::new(),
            places: Vec::new(),
            stores: BTreeMap::new(),
            folders: Vec::new(),
            folder_at: HashMap::new(),
            listed: HashMap::new(),
            lent: 0,
            superseded: HashSet::new(),
            unreadable: Vec::new(),
            others: Vec::new(),
            counts: Counts::default(),
            orphans: Vec::new(),
            damage: Vec::new(),
            altered: BTreeMap::new(),
            near: None,
        }
    }

    /// Keeps of each message what a plan wants, so that the manifests are read once only.
    pub(super) fn for_a_plan(mut self) -> Self {
        self.near = Some(Vec::new());
        self
    }

    /// Without an index the volumes themselves tell; digests are then unknown.
    pub(super) fn index_from_volumes(&mut self) -> Result<Index, Problem> {
        let mut index = Index::new("mail");
        for file in volume_files(&self.dir)? {
            let volume = survey::open(&self.dir, &file)?;
            let bytes = volume.metadata().map(|facts| facts.len()).unwrap_or_default();
            let record = match survey::describe(&file, &volume, &mut self.unpacker) {
                Ok(record) => record,
                Err(Fault::Passphrase) => return Err(survey::problem(&Fault::Passphrase, &self.dir.join(&file))),
                Err(_) => VolumeRecord { file, ..VolumeRecord::default() },
            };
            index.push(VolumeRecord { bytes, ..record });
        }
        Ok(index)
    }

    pub(super) fn volume(&mut self, record: &VolumeRecord) -> Result<(), Problem> {
        let number = u16::try_from(self.volumes.len()).map_err(|_| Problem::run(Code::ArchiveDamaged, "more volumes than there can be"))?;
        let mut volume = Volume { record: record.clone(), file: None, segments: Vec::new(), lent: 0 };
        self.lent = 0;
        match survey::open(&self.dir, &record.file) {
            Err(problem) => self.damage.push(format!("{}: {}", record.file, problem.what)),
            Ok(file) => {
                let bytes = file.metadata().map(|facts| facts.len()).unwrap_or_default();
                if bytes != record.bytes {
                    self.damage.push(format!("{} has {bytes} bytes instead of {}", record.file, record.bytes));
                }
                match self.read_volume(number, &file, &mut volume.segments) {
                    Ok(()) => {}
                    Err(Fault::Passphrase) => return Err(survey::problem(&Fault::Passphrase, &self.dir.join(&record.file))),
                    Err(fault) => self.damage.push(format!("{}: {fault}", record.file)),
                }
                volume.file = Some(file);
            }
        }
        volume.lent = self.lent;
        self.volumes.push(volume);
        Ok(())
    }

    /// Takes in every segment that can be read; the first fault is told at the end, and then messages without a line are
    /// noted as orphans.
    fn read_volume(&mut self, number: u16, file: &File, segments: &mut Vec<u64>) -> Result<(), Fault> {
        let (entries, mut fault) = match Directory::read(file) {
            Ok(directory) => (directory.entries, None),
            Err(error) => (walk(file)?.entries.into_iter().map(|(entry, _)| entry).collect(), Some(Fault::Read(error))),
        };
        let mut offsets = Offsets { entries: &entries, next: 0, all: None };
        let manifest: Vec<(u64, u64)> = entries.iter().filter(|entry| entry.name.starts_with(MANIFEST_DIR)).map(|entry| (entry.offset, entry.size)).collect();
        // Reading lines takes longer than taking them in; a few segments at once, as each takes some 2 MB.
        let mut left = manifest.as_slice();
        while !left.is_empty() {
            let some = take_some(&mut left);
            for (offset, read) in some.iter().zip(read_segments(file, &some, self.passphrase.as_ref())) {
                match read {
                    Err(Fault::Passphrase) => return Err(Fault::Passphrase),
                    Err(found) => {
                        fault.get_or_insert(found);
                    }
                    Ok(lines) => {
                        let at = u16::try_from(segments.len()).map_err(|_| Fault::Damaged("more segments than there can be"))?;
                        segments.push(*offset);
                        if !self.segment(lines, number, at, &mut offsets) {
                            fault.get_or_insert(Fault::Damaged("messages of the manifest are not in the volume"));
                        }
                    }
                }
            }
        }
        let Some(fault) = fault else { return Ok(()) };
        let placed: HashSet<u64> = self.places.iter().filter(|place| place.volume == number).map(|place| place.entry).collect();
        let is_orphan = |entry: &&Entry| is_message(&entry.name) && !placed.contains(&entry.offset);
        self.orphans.extend(entries.iter().filter(is_orphan).map(|entry| Orphan { volume: number, offset: entry.offset, entry: entry.name.clone() }));
        Err(fault)
    }

    /// Takes in the lines of a segment; answers whether all its messages are in the volume.
    fn segment(&mut self, lines: Vec<(usize, Line)>, volume: u16, segment: u16, offsets: &mut Offsets<'_>) -> bool {
        let mut all_there = true;
        for (at, line) in lines {
            let entry = match &line {
                Line::Message(record) if record.listed.is_some() => Some(LISTED),
                Line::Message(record) => offsets.of(&record.entry),
                _ => Some(0),
            };
            match entry {
                Some(entry) => self.line(line, volume, entry, segment, u32::try_from(at).unwrap_or(u32::MAX)),
                None => all_there = false,
            }
        }
        all_there
    }

    fn line(&mut self, line: Line, volume: u16, entry: u64, segment: u16, at: u32) {
        match line {
            Line::Message(record) => self.message(&record, volume, entry, segment, at),
            Line::Store(store) => {
                self.stores.insert(store.id.clone(), store);
            }
            Line::Unreadable(record) => {
                self.counts.unreadable += 1;
                self.unreadable.push(record.unreadable);
            }
            Line::Superseded(pair) => {
                self.superseded.insert(pair.id);
            }
            Line::Other(record) => self.others.push((volume, *record)),
            Line::Pass(_) => {}
        }
    }

    fn message(&mut self, record: &Record, volume: u16, entry: u64, segment: u16, line: u32) {
        let stored = u32::try_from(record.stored_bytes).unwrap_or(u32::MAX);
        if entry == LISTED {
            self.listed.insert(record.id, self.places.len());
        } else if let Some(place) = self.listed.get(&record.id).and_then(|at| self.places.get_mut(*at)) {
            // Listed before, and counted then: this volume holds it for a while.
            (place.entry, place.volume, place.segment, place.line) = (entry, volume, segment, line);
            self.lent += 1;
            return;
        }
        self.places.push(Place { id: record.id, entry, stored, line, volume, segment, deleted: record.deleted, superseded: false });
        let at = self.folder_of(record);
        if !record.deleted {
            if record.changes.alter() {
                self.altered.insert(record.id, record.changes);
            }
            if let Some(near) = &mut self.near {
                near.resize_with(self.folders.len(), Vec::new);
                near.get_mut(at).into_iter().for_each(|messages| messages.push(record.near()));
            }
        }
        let tally = Tally { folder: at, stored: record.stored_bytes, wire: record.wire_bytes, partial: record.partial, deleted: record.deleted };
        self.add(tally, 1);
    }

    fn folder_of(&mut self, record: &Record) -> usize {
        // A folder's messages mostly stand together.
        if let Some(last) = self.folders.last().filter(|last| last.store == record.store && last.path == record.mailbox) {
            debug_assert_eq!(self.folder_at.get(&(last.store.clone(), last.path.clone())), Some(&(self.folders.len() - 1)));
            return self.folders.len() - 1;
        }
        let key = (record.store.clone(), record.mailbox.clone());
        *self.folder_at.entry(key).or_insert_with(|| {
            self.folders.push(Folder { store: record.store.clone(), path: record.mailbox.clone(), role: record.role, ..Folder::default() });
            self.folders.len() - 1
        })
    }

    fn add(&mut self, tally: Tally, sign: i64) {
        let change = |number: &mut u64, by: u64| *number = number.wrapping_add_signed(sign * i64::try_from(by).unwrap_or(0));
        let Some(folder) = self.folders.get_mut(tally.folder) else { return };
        if tally.deleted {
            change(&mut folder.deleted, 1);
            change(&mut self.counts.deleted, 1);
            return;
        }
        change(&mut folder.messages, 1);
        change(&mut folder.bytes, tally.stored);
        change(&mut self.counts.messages, 1);
        change(&mut self.counts.stored_bytes, tally.stored);
        change(&mut self.counts.wire_bytes, tally.wire);
        change(&mut self.counts.partial, u64::from(tally.partial));
    }

    pub(super) fn finish(mut self, index: Index) -> Archive {
        self.places.sort_by_key(|place| place.id);
        self.places.shrink_to_fit();
        let before = self.places.len();
        self.places.dedup_by_key(|place| place.id);
        if self.places.len() != before {
            self.damage.push(format!("{} numbers of messages are used twice", before - self.places.len()));
        }
        let volumes = std::mem::take(&mut self.volumes);
        let shelf =
            Shelf { dir: self.dir.clone(), passphrase: self.passphrase.clone(), volumes, places: std::mem::take(&mut self.places), segments: Mutex::default() };
        let shelf = self.supersede(shelf);
        Archive {
            shelf: Arc::new(shelf),
            index,
            stores: self.stores,
            folders: self.folders,
            unreadable: self.unreadable,
            others: self.others,
            counts: self.counts,
            orphans: self.orphans,
            damage: self.damage,
            altered: self.altered,
            near: Mutex::new(self.near),
        }
    }

    /// Takes superseded messages out of the sums; their records are read again for that, there are few.
    fn supersede(&mut self, mut shelf: Shelf) -> Shelf {
        let mut ids: Vec<u64> = self.superseded.iter().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let Ok(at) = shelf.places.binary_search_by_key(&id, |place| place.id) else { continue };
            let Some(place) = shelf.places.get(at).copied() else { continue };
            let Ok(record) = shelf.record(&place, &mut self.unpacker) else { continue };
            let Some(folder) = self.folder_at.get(&(record.store, record.mailbox)).copied() else { continue };
            let tally = Tally { folder, stored: record.stored_bytes, wire: record.wire_bytes, partial: record.partial, deleted: record.deleted };
            self.add(tally, -1);
            self.counts.superseded += 1;
            self.altered.remove(&id);
            if let Some(place) = shelf.places.get_mut(at) {
                place.superseded = true;
            }
        }
        shelf
    }
}

/// Where the entries of a volume lie, by name. They are asked for in the order in which they lie there.
struct Offsets<'a> {
    entries: &'a [Entry],
    next: usize,
    /// Made only if they are not.
    all: Option<HashMap<&'a str, u64>>,
}

impl Offsets<'_> {
    fn of(&mut self, name: &str) -> Option<u64> {
        // Between messages lie segments of the manifest.
        let near = self.entries.iter().enumerate().skip(self.next).take(4).find(|(_, entry)| entry.name == name);
        if let Some((at, entry)) = near {
            self.next = at + 1;
            return Some(entry.offset);
        }
        let entries = self.entries;
        self.all.get_or_insert_with(|| entries.iter().map(|entry| (entry.name.as_str(), entry.offset)).collect()).get(name).copied()
    }
}

/// The offsets of the next segments, for every core some, as far as their bytes are not too many together.
fn take_some(left: &mut &[(u64, u64)]) -> Vec<u64> {
    let mut bytes: u64 = 0;
    let fit = left.iter().take(2 * super::workers()).take_while(|(_, size)| {
        bytes = bytes.saturating_add(*size);
        bytes <= TOGETHER_BYTES
    });
    let (some, rest) = left.split_at(fit.count().max(1).min(left.len()));
    *left = rest;
    some.iter().map(|(offset, _)| *offset).collect()
}

/// The lines of each of these segments with their offsets in it, read on every core.
fn read_segments(file: &File, offsets: &[u64], passphrase: Option<&Secret>) -> Vec<Result<Vec<(usize, Line)>, Fault>> {
    let read = |unpacker: &mut Unpacker, offset: u64| Ok(lines(&unpacker.bytes(file, offset, LARGEST_SEGMENT)?).collect());
    let share = offsets.len().div_ceil(super::workers()).max(1);
    let read_all = |offsets: &[u64]| -> Vec<_> {
        let mut unpacker = Unpacker::new(passphrase.cloned());
        offsets.iter().map(|offset| read(&mut unpacker, *offset)).collect()
    };
    let (mine, others) = offsets.split_at(share.min(offsets.len()));
    std::thread::scope(|scope| {
        let others: Vec<_> = others.chunks(share).map(|part| (part, scope.spawn(move || read_all(part)))).collect();
        let mut all = read_all(mine);
        for (part, others) in others {
            // What a thread could not do is done here.
            all.extend(others.join().unwrap_or_else(|_| read_all(part)));
        }
        all
    })
}
