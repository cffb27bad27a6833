//! Opens a safe copy: what it holds, small enough in memory for a million messages.
//!
//! Of each message only its place is kept (32 bytes): the volume, the entry, and the line of the manifest. Everything else is
//! read again when it is asked for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::check::{self, CheckReport};
use super::index::{Index, VolumeRecord, volume_files};
use super::pack::{Fault, Unpacker};
use super::record::{Line, Record, StoreRecord, lines};
use super::salvage::{is_message, walk};
use super::source::ArchiveSource;
use super::volume::{LARGEST_SEGMENT, MANIFEST_DIR};
use super::zip::{Directory, Entry};
use super::{Secret, survey};
use crate::flow::{Inventory, NearMailbox, NearMessage};
use crate::mail::header::{Headers, LONGEST_BLOCK};
use crate::mail::wire::WireChanges;
use crate::mail::{InternalDate, MailboxPath, SpecialUse, Unreadable};
use crate::run::{Code, Problem, Run};

/// Segments kept unpacked: some 700 kB each.
const SEGMENTS_KEPT: usize = 16;

/// In place of an entry's offset: the message is listed, no volume holds it.
const LISTED: u64 = u64::MAX;

/// Where one message lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) id: u64,
    /// Offset of its entry's local header.
    pub(super) entry: u64,
    /// Stored bytes, or the greatest number if there are more.
    pub(super) stored: u32,
    line: u32,
    pub(super) volume: u16,
    segment: u16,
    pub(super) deleted: bool,
    /// A later record of the same message stands for it.
    pub(super) superseded: bool,
}

impl Place {
    /// True if no volume holds its bytes: it is only listed.
    pub(super) const fn is_listed(&self) -> bool {
        self.entry == LISTED
    }

    /// For an id that is not there: reading it says so.
    pub(super) const fn unknown(id: u64) -> Self {
        Self { id, entry: LISTED, stored: 0, line: 0, volume: u16::MAX, segment: u16::MAX, deleted: false, superseded: false }
    }
}

/// One volume, open.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) record: VolumeRecord,
    /// `None` if it is missing (only in a safe copy opened for rescue).
    pub(super) file: Option<File>,
    segments: Vec<u64>,
    /// Its messages that another volume lists: it holds them for a while only.
    lent: u64,
}

/// A message without a line in any manifest, found by [`Archive::open_for_rescue`].
#[derive(Clone, Debug)]
pub(super) struct Orphan {
    pub(super) volume: u16,
    pub(super) offset: u64,
    pub(super) entry: String,
}

type Segments = Mutex<Vec<((u16, u16), Arc<Vec<u8>>)>>;

/// What an open safe copy shares with those who read from it.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) dir: PathBuf,
    pub(super) passphrase: Option<Secret>,
    pub(super) volumes: Vec<Volume>,
    pub(super) places: Vec<Place>,
    segments: Segments,
}

/// A folder of the safe copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its store.
    pub store: String,
    /// Its true name.
    pub path: MailboxPath,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// Messages, deleted and superseded ones left out.
    pub messages: u64,
    /// Their stored bytes.
    pub bytes: u64,
    /// Messages that their program counts as deleted.
    pub deleted: u64,
}

/// What a safe copy holds, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages, deleted and superseded ones left out.
    pub messages: u64,
    /// Their stored bytes.
    pub stored_bytes: u64,
    /// Their wire bytes.
    pub wire_bytes: u64,
    /// Messages that their program counts as deleted.
    pub deleted: u64,
    /// Of `messages`: only the head was ever downloaded.
    pub partial: u64,
    /// Messages that could not be read.
    pub unreadable: u64,
    /// Records for which a later one of the same message stands.
    pub superseded: u64,
}

/// A message by name, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its id.
    pub id: u64,
    /// Its store.
    pub store: String,
    /// Its folder.
    pub folder: MailboxPath,
    /// Received on.
    pub date: InternalDate,
    /// From.
    pub from: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Wire bytes.
    pub bytes: u64,
}

/// A safe copy, open for reading.
#[derive(Debug)]
pub struct Archive {
    pub(super) shelf: Arc<Shelf>,
    index: Index,
    stores: BTreeMap<String, StoreRecord>,
    folders: Vec<Folder>,
    unreadable: Vec<Unreadable>,
    counts: Counts,
    pub(super) orphans: Vec<Orphan>,
    damage: Vec<String>,
}

impl Archive {
    /// Opens the safe copy in `dir`: every volume of the index must be there with its length, every manifest readable.
    ///
    /// Bytes are not read through here: each message is compared when it is read, all of them by [`Archive::check`].
    ///
    /// # Errors
    /// `ARCHIVE-MISSING` if there is none, `ARCHIVE-DAMAGED` with what is wrong and how much can be saved,
    /// `ARCHIVE-PASSPHRASE`.
    pub fn open(dir: &Path, passphrase: Option<Secret>) -> Result<Self, Problem> {
        let archive = Self::open_for_rescue(dir, passphrase)?;
        if archive.damage.is_empty() {
            return Ok(archive);
        }
        let whole = archive.shelf.places.len() + archive.orphans.len();
        let what = format!("{}; about {whole} of {} messages can still be read", archive.damage.join("; "), archive.index.messages);
        Err(Problem::run(Code::ArchiveDamaged, what).at(dir.display()))
    }

    /// Opens what is left of a damaged safe copy, for [`Archive::check`] and [`Archive::extract`]; see [`Archive::damage`].
    ///
    /// # Errors
    /// `ARCHIVE-MISSING` if there is not one volume, `ARCHIVE-PASSPHRASE`.
    pub fn open_for_rescue(dir: &Path, passphrase: Option<Secret>) -> Result<Self, Problem> {
        let missing = || Problem::run(Code::ArchiveMissing, "there is no safe copy in this folder").at(dir.display());
        if !dir.is_dir() {
            return Err(missing());
        }
        let mut opening = Opening::new(dir, passphrase);
        let index = match Index::read(dir)? {
            Some(index) => index,
            None => opening.index_from_volumes()?,
        };
        if index.volumes.is_empty() {
            return Err(missing());
        }
        for record in &index.volumes {
            opening.volume(record)?;
        }
        Ok(opening.finish(index))
    }

    /// What is wrong with it, in words; empty after [`Archive::open`].
    #[must_use]
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    /// The index.
    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// The stores its messages came from, by id.
    #[must_use]
    pub fn stores(&self) -> Vec<StoreRecord> {
        self.stores.values().cloned().collect()
    }

    /// Its folders in the order they came.
    #[must_use]
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// The messages that could not be read when it was made.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Unreadable> {
        self.unreadable.clone()
    }

    /// How much it holds.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// What it holds, as a plan wants it: without deleted, unreadable and superseded messages, some 90 bytes each.
    ///
    /// The account's own store is the one whose address is `account_address`, case ignored; if there is none, the only store,
    /// or the only one with POP.
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` if a manifest can't be read any more.
    pub fn inventory(&self, account_address: &str) -> Result<Inventory<NearMailbox>, Problem> {
        let own = self.own_stores(account_address);
        let mut at = HashMap::new();
        let mut mailboxes = Vec::new();
        for folder in self.folders.iter().filter(|folder| folder.messages > 0 || folder.deleted == 0) {
            at.insert((folder.store.clone(), folder.path.clone()), mailboxes.len());
            let name = self.stores.get(&folder.store).map_or("", |store| store.name.as_str());
            mailboxes.push(NearMailbox {
                store: folder.store.clone(),
                store_name: if name.is_empty() { folder.store.clone() } else { name.to_owned() },
                own_account: own.contains(&folder.store),
                path: folder.path.clone(),
                role: folder.role,
                messages: Vec::with_capacity(folder.messages as usize),
            });
        }
        self.shelf.each_record(&mut |place, record| {
            if !place.deleted && !place.superseded {
                let key = (record.store, record.mailbox);
                let message = NearMessage {
                    id: record.id,
                    wire_bytes: record.wire_bytes,
                    twin: record.twin,
                    twin_bytes: record.twin_bytes,
                    date: record.internal_date,
                    flags: record.flags,
                    origin: record.origin,
                    partial: record.partial,
                };
                if let Some(mailbox) = at.get(&key).and_then(|at| mailboxes.get_mut(*at)) {
                    mailbox.messages.push(message);
                }
            }
        })?;
        Ok(Inventory { mailboxes })
    }

    /// Messages of which more than line ends is changed on the way to the wire (NUL, CR CR LF), with what: they are named, and
    /// verification always compares their digest (DESIGN rule 6).
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` if a manifest can't be read any more.
    pub fn altered(&self) -> Result<BTreeMap<u64, WireChanges>, Problem> {
        let mut ids = BTreeMap::new();
        self.shelf.each_record(&mut |place, record| {
            if record.changes.alter() && !place.superseded && !place.deleted {
                ids.insert(record.id, record.changes);
            }
        })?;
        Ok(ids)
    }

    fn own_stores(&self, address: &str) -> HashSet<String> {
        let matches: HashSet<String> = self
            .stores
            .values()
            .filter(|store| store.account.as_ref().is_some_and(|account| account.trim().to_lowercase() == address.trim().to_lowercase()))
            .map(|store| store.id.clone())
            .collect();
        if !matches.is_empty() {
            return matches;
        }
        let only = |stores: Vec<&StoreRecord>| match stores.as_slice() {
            [store] => Some(HashSet::from([store.id.clone()])),
            _ => None,
        };
        let is_pop = |store: &&StoreRecord| store.protocol.as_ref().is_some_and(|protocol| protocol.to_ascii_lowercase().starts_with("pop"));
        only(self.stores.values().collect()).or_else(|| only(self.stores.values().filter(is_pop).collect())).unwrap_or_default()
    }

    /// A source of its messages; ids are the manifest's.
    #[must_use]
    pub fn source(&self) -> ArchiveSource {
        ArchiveSource::new(Arc::clone(&self.shelf))
    }

    /// All that the manifest says of a message; `None` if there is no such id or its line can't be read any more.
    #[must_use]
    pub fn record(&self, id: u64) -> Option<Record> {
        let mut unpacker = Unpacker::new(self.shelf.passphrase.clone());
        self.shelf.record(self.shelf.place(id)?, &mut unpacker).ok()
    }

    /// A message by name: sender and subject are read from its own head.
    #[must_use]
    pub fn describe(&self, id: u64) -> Option<Described> {
        let mut unpacker = Unpacker::new(self.shelf.passphrase.clone());
        let place = self.shelf.place(id)?;
        let record = self.shelf.record(place, &mut unpacker).ok()?;
        let (from, subject) = match record.listed {
            Some(listed) => (listed.from, listed.subject),
            None => {
                let headers = Headers::cut(&self.shelf.head(place, &mut unpacker));
                (headers.text("From"), headers.text("Subject"))
            }
        };
        Some(Described { id, store: record.store, folder: record.mailbox, date: record.internal_date, from, subject, bytes: record.wire_bytes })
    }

    /// Whether a message is only listed: no volume holds its bytes.
    #[must_use]
    pub fn is_listed(&self, id: u64) -> bool {
        self.shelf.place(id).is_some_and(Place::is_listed)
    }

    /// Whether a later record of the same message stands for it.
    #[must_use]
    pub fn is_superseded(&self, id: u64) -> bool {
        self.shelf.place(id).is_some_and(|place| place.superseded)
    }

    /// Hands on where each message lies: its id, its store, its folder.
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` if a manifest can't be read any more.
    pub fn each_place(&self, take: &mut dyn FnMut(u64, &str, &MailboxPath)) -> Result<(), Problem> {
        self.shelf.each_record(&mut |_, record| take(record.id, &record.store, &record.mailbox))
    }

    /// Volumes that hold listed messages for a while and nothing else, each with the ids of its messages.
    #[must_use]
    pub fn lent_volumes(&self) -> Vec<(String, Vec<u64>)> {
        let lent = |volume: &Volume| volume.lent > 0 && volume.lent == volume.record.messages && volume.record.listed + volume.record.unreadable == 0;
        let ids =
            |number: usize| self.shelf.places.iter().filter(|place| usize::from(place.volume) == number && !place.is_listed()).map(|place| place.id).collect();
        self.shelf.volumes.iter().enumerate().filter(|(_, volume)| lent(volume)).map(|(number, volume)| (volume.record.file.clone(), ids(number))).collect()
    }

    /// Reads everything through and compares it with what was written.
    ///
    /// # Errors
    /// `INTERRUPTED`. Damage is no error but the answer.
    pub fn check(&self, run: &Run) -> Result<CheckReport, Problem> {
        check::check(&self.shelf.dir, &self.index.volumes, self.shelf.passphrase.as_ref(), run)
    }
}

impl Shelf {
    pub(super) fn place(&self, id: u64) -> Option<&Place> {
        self.places.get(self.places.binary_search_by_key(&id, |place| place.id).ok()?)
    }

    pub(super) fn file(&self, volume: u16) -> Option<&File> {
        self.volumes.get(usize::from(volume))?.file.as_ref()
    }

    /// Reads the line of a message; its segment stays unpacked for its neighbours.
    pub(super) fn record(&self, place: &Place, unpacker: &mut Unpacker) -> Result<Record, Fault> {
        let segment = self.segment(place.volume, place.segment, unpacker)?;
        let rest = segment.get(place.line as usize..).unwrap_or_default();
        match Line::read(rest.split(|byte| *byte == b'\n').next().unwrap_or_default()) {
            Some(Line::Message(record)) if record.id == place.id => Ok(*record),
            _ => Err(Fault::Damaged("the manifest has changed")),
        }
    }

    fn segment(&self, volume: u16, number: u16, unpacker: &mut Unpacker) -> Result<Arc<Vec<u8>>, Fault> {
        let key = (volume, number);
        if let Ok(mut kept) = self.segments.lock()
            && let Some(at) = kept.iter().position(|(kept, _)| *kept == key)
        {
            let found = kept.remove(at);
            let segment = Arc::clone(&found.1);
            kept.push(found);
            return Ok(segment);
        }
        let offset = self.volumes.get(usize::from(volume)).and_then(|volume| volume.segments.get(usize::from(number))).ok_or(Fault::Header)?;
        let segment = Arc::new(unpacker.bytes(self.file(volume).ok_or(Fault::Cut)?, *offset, LARGEST_SEGMENT)?);
        if let Ok(mut kept) = self.segments.lock() {
            if kept.len() >= SEGMENTS_KEPT {
                kept.remove(0);
            }
            kept.push((key, Arc::clone(&segment)));
        }
        Ok(segment)
    }

    /// The first bytes of a message.
    pub(super) fn head(&self, place: &Place, unpacker: &mut Unpacker) -> Vec<u8> {
        let mut head = Vec::new();
        if let Some(file) = self.file(place.volume)
            && let Ok((entry, data)) = Unpacker::header(file, place.entry)
        {
            // Ends early by an error of its own: the rest is not wanted.
            let _enough = unpacker.read(file, &entry, data, &mut |bytes| {
                head.extend_from_slice(bytes.get(..LONGEST_BLOCK.saturating_sub(head.len())).unwrap_or(bytes));
                if head.len() >= LONGEST_BLOCK { Err(std::io::ErrorKind::Other.into()) } else { Ok(()) }
            });
        }
        head
    }

    /// Every record in the order of ids, segment by segment.
    pub(super) fn each_record(&self, take: &mut dyn FnMut(&Place, Record)) -> Result<(), Problem> {
        let mut unpacker = Unpacker::new(self.passphrase.clone());
        for place in &self.places {
            let record = self.record(place, &mut unpacker).map_err(|fault| {
                let name = self.volumes.get(usize::from(place.volume)).map_or("", |volume| volume.record.file.as_str());
                survey::problem(&fault, &self.dir.join(name))
            })?;
            take(place, record);
        }
        Ok(())
    }
}

/// A safe copy while it is being opened.
struct Opening {
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
    counts: Counts,
    orphans: Vec<Orphan>,
    damage: Vec<String>,
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
    fn new(dir: &Path, passphrase: Option<Secret>) -> Self {
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
            counts: Counts::default(),
            orphans: Vec::new(),
            damage: Vec::new(),
        }
    }

    /// Without an index the volumes themselves tell; digests are then unknown.
    fn index_from_volumes(&mut self) -> Result<Index, Problem> {
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

    fn volume(&mut self, record: &VolumeRecord) -> Result<(), Problem> {
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
        let offsets: HashMap<&str, u64> = entries.iter().map(|entry| (entry.name.as_str(), entry.offset)).collect();
        for segment in entries.iter().filter(|entry| entry.name.starts_with(MANIFEST_DIR)) {
            match self.unpacker.bytes(file, segment.offset, LARGEST_SEGMENT) {
                Err(Fault::Passphrase) => return Err(Fault::Passphrase),
                Err(found) => {
                    fault.get_or_insert(found);
                }
                Ok(text) => {
                    let at = u16::try_from(segments.len()).map_err(|_| Fault::Damaged("more segments than there can be"))?;
                    segments.push(segment.offset);
                    if !self.segment(&text, number, at, &offsets) {
                        fault.get_or_insert(Fault::Damaged("messages of the manifest are not in the volume"));
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
    fn segment(&mut self, text: &[u8], volume: u16, segment: u16, offsets: &HashMap<&str, u64>) -> bool {
        let mut all_there = true;
        for (at, line) in lines(text) {
            let entry = match &line {
                Line::Message(record) if record.listed.is_some() => Some(LISTED),
                Line::Message(record) => offsets.get(record.entry.as_str()).copied(),
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
        let key = (record.store.clone(), record.mailbox.clone());
        let at = *self.folder_at.entry(key).or_insert_with(|| {
            self.folders.push(Folder { store: record.store.clone(), path: record.mailbox.clone(), role: record.role, ..Folder::default() });
            self.folders.len() - 1
        });
        let tally = Tally { folder: at, stored: record.stored_bytes, wire: record.wire_bytes, partial: record.partial, deleted: record.deleted };
        self.add(tally, 1);
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

    fn finish(mut self, index: Index) -> Archive {
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
            counts: self.counts,
            orphans: self.orphans,
            damage: self.damage,
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
            if let Some(place) = shelf.places.get_mut(at) {
                place.superseded = true;
            }
        }
        shelf
    }
}
