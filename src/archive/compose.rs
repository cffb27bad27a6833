//! The one thread that writes: takes measured messages in order, gives ids and names, fills volumes, keeps the manifest.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::disk::Disk;
use super::index::Index;
use super::known::{Known, Pass};
use super::measure::Made;
use super::name::{Folders, Tree, message_entry, other_entry};
use super::pack::Packer;
use super::record::{Line, Listed, OtherRecord, PassRecord, Record, StoreRecord, UnreadableRecord};
use super::resume::{other_key, unreadable_key};
use super::seal::Sealer;
use super::volume::{VolumeWriter, Written};
use super::writer::{DEFAULT_VOLUME_BYTES, Failure, FolderSum, Making, Place, Summary, WriterOptions, spawn};
use super::zip::DosTime;
use crate::flow::stream::Share;
use crate::mail::{Body, MailboxPath, Other, Sha256Digest, Unreadable};
use crate::run::{Code, Phase, Problem, Run};

/// What comes from the pushing thread, in order.
pub(super) enum Item {
    Store(StoreRecord),
    Message {
        made: Receiver<Result<Box<Made>, Problem>>,
        #[allow(dead_code, reason = "held for its Drop")]
        place: Place,
        #[allow(dead_code, reason = "held for its Drop")]
        share: Option<Share>,
    },
    Unreadable(Box<Unreadable>),
    Other(Box<Other>),
}

/// Everything the writing thread starts with.
pub(super) struct Composer {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) options: WriterOptions,
    pub(super) known: Arc<Known>,
    pub(super) index: Index,
    pub(super) folders: Folders,
    pub(super) stores: BTreeMap<String, StoreRecord>,
    pub(super) unreadable: BTreeMap<Sha256Digest, u64>,
    pub(super) others: BTreeMap<Sha256Digest, u64>,
    pub(super) lost: Vec<String>,
    pub(super) failure: Failure,
    pub(super) run: Run,
    pub(super) is_finished: Arc<AtomicBool>,
    /// Ids that volumes were made of in this pass.
    pub(super) met: HashSet<u64>,
}

/// The state of one pass.
struct Composing {
    with: Composer,
    packer: Packer,
    pass: Pass,
    volume: Option<VolumeWriter>,
    /// Stores that the open volume's manifest tells of.
    told: BTreeSet<String>,
    written: SyncSender<Written>,
    sums: HashMap<(String, MailboxPath), usize>,
    summary: Summary,
}

impl Composer {
    /// Writes until the pushing thread ends; then seals what is left, if it ended well.
    pub(super) fn run(self, items: &Receiver<Item>, sealer: Sealer) -> Result<Summary, Problem> {
        // One volume waits at most while another is sealed; where volumes are removed again, there are never more than two.
        let (written, to_seal) = sync_channel(usize::from(self.options.on_sealed.is_none()));
        let failure = self.failure.clone();
        let sealing = spawn("safe copy: seal", move || {
            let result = sealer.seal_all(&to_seal);
            if let Err(problem) = &result {
                failure.set(problem.clone());
            }
            result
        })?;
        let packer = Packer::new(self.options.passphrase.clone(), self.run.temp_dir());
        let summary = Summary { lost_volumes: self.lost.clone(), ..Summary::default() };
        let pass = Pass::new(&self.known);
        let mut composing = Composing { pass, packer, volume: None, told: BTreeSet::new(), written, sums: HashMap::new(), summary, with: self };
        let composed = composing.all(items);
        let Composing { written, volume, summary, .. } = composing;
        drop((written, volume));
        let sealed = sealing.join().unwrap_or_else(|_| Err(Problem::run(Code::Internal, "the sealing thread ended")));
        let is_whole = composed?;
        let (index, new_volumes) = sealed?;
        if !is_whole {
            return Err(Problem::interrupted());
        }
        let volumes = index.volumes.into_iter().map(|volume| volume.file).collect();
        Ok(Summary { volumes, new_volumes, verified: true, ..summary })
    }
}

impl Composing {
    fn all(&mut self, items: &Receiver<Item>) -> Result<bool, Problem> {
        while let Ok(item) = items.recv() {
            if let Some(problem) = self.with.failure.get() {
                return Err(problem);
            }
            if self.with.run.is_cancelled() {
                return Err(Problem::interrupted());
            }
            match item {
                Item::Store(store) => self.store(store)?,
                Item::Unreadable(unreadable) => self.unreadable(*unreadable)?,
                Item::Other(other) => self.other(*other)?,
                Item::Message { made, .. } => {
                    let made = made.recv().map_err(|_| Problem::run(Code::Internal, "a measuring thread ended"))??;
                    self.message(*made)?;
                }
            }
        }
        if !self.with.is_finished.load(Ordering::SeqCst) {
            return Ok(false);
        }
        self.with.run.progress(|progress| {
            progress.phase = Phase::CheckingSafeCopy;
            progress.mailbox = None;
        });
        self.end_pass()?;
        Ok(true)
    }

    fn store(&mut self, store: StoreRecord) -> Result<(), Problem> {
        if self.with.stores.get(&store.id) != Some(&store) {
            self.told.remove(&store.id);
            self.with.stores.insert(store.id.clone(), store);
        }
        Ok(())
    }

    fn message(&mut self, mut made: Made) -> Result<(), Problem> {
        let known = self.pass.meet(&self.with.known, made.key);
        if let Making::Volumes(wanted) = &self.with.options.making {
            // A message whose flags were changed since it was listed is still the one that was meant.
            let id = known.or_else(|| self.pass.meet_alike(&self.with.known, made.key)).filter(|id| wanted.contains(id));
            let Some(id) = id else { return Ok(()) };
            self.with.met.insert(id);
            return self.write(&mut made, id);
        }
        if known.is_none() {
            let id = self.with.index.next_id;
            if matches!(self.with.options.making, Making::List) {
                self.list(&made, id)?
            } else {
                self.write(&mut made, id)?
            }
            self.with.index.next_id += 1;
            self.pass.write(&self.with.known, made.key, id);
        }
        self.count(&made, known.is_some());
        Ok(())
    }

    /// Writes down what is known of a message, and not its bytes.
    fn list(&mut self, made: &Made, id: u64) -> Result<(), Problem> {
        self.make_room(0, 0)?;
        self.tell_store(&made.message.store)?;
        let Some(volume) = &mut self.volume else { return Ok(()) };
        let listed = Some(Listed { from: made.from.clone(), subject: made.subject.clone() });
        volume.note(&Line::Message(Box::new(Record { listed, ..record(made, id, String::new()) })), &mut self.packer)
    }

    fn count(&mut self, made: &Made, is_known: bool) {
        let (message, bytes) = (&made.message, made.facts.stored_bytes);
        self.with.run.progress(|progress| {
            progress.messages_done += 1;
            progress.bytes_done += bytes;
            if progress.mailbox.as_deref() != Some(message.mailbox.last()) {
                progress.mailbox = Some(message.mailbox.last().to_owned());
            }
        });
        if message.deleted {
            self.summary.deleted += 1;
            return;
        }
        *(if is_known { &mut self.summary.known } else { &mut self.summary.written }) += 1;
        self.summary.partial += u64::from(message.partial);
        self.summary.bytes += bytes;
        let next = self.summary.folders.len();
        let at = *self.sums.entry((message.store.clone(), message.mailbox.clone())).or_insert(next);
        if at == next {
            self.summary.folders.push(FolderSum { store: message.store.clone(), path: message.mailbox.clone(), ..FolderSum::default() });
        }
        if let Some(sum) = self.summary.folders.get_mut(at) {
            sum.messages += 1;
            sum.bytes += bytes;
        }
    }

    /// With a pass-phrase names tell nothing: zip leaves them readable.
    fn entry_name(&mut self, made: &Made, id: u64) -> String {
        let message = &made.message;
        let name = self.with.stores.get(&message.store).map_or("", |store| store.name.as_str());
        let folder = self.with.folders.place(Tree::of(message.deleted), &message.store, name, &message.mailbox);
        if self.with.options.passphrase.is_some() { format!("mail/{id:08}.eml") } else { message_entry(&folder, id, made.subject.as_deref()) }
    }

    fn write(&mut self, made: &mut Made, id: u64) -> Result<(), Problem> {
        let packed = match made.packed.take() {
            Some(packed) => packed,
            None => self.packer.pack(&made.message.body).map_err(|error| super::spool_failed(&error))?,
        };
        let entry = self.entry_name(made, id);
        self.make_room(packed.data.len(), entry.len())?;
        self.tell_store(&made.message.store)?;
        let Some(volume) = &mut self.volume else { return Ok(()) };
        volume.append(entry.clone(), DosTime::of(made.date), &packed, made.facts.sha256)?;
        volume.note(&Line::Message(Box::new(record(made, id, entry))), &mut self.packer)
    }

    /// Makes sure that there is an open volume with room for an entry.
    fn make_room(&mut self, packed: u64, name: usize) -> Result<(), Problem> {
        let mut options = self.with.options.clone();
        if matches!(options.making, Making::List) {
            options.volume_bytes = options.volume_bytes.max(DEFAULT_VOLUME_BYTES);
        }
        if self.volume.as_ref().is_some_and(|volume| !volume.fits(packed, name, options.volume_bytes, options.volume_entries)) {
            self.end_volume()?;
        }
        if self.volume.is_none() {
            let number = self.with.index.next_volume;
            let encrypted = options.passphrase.is_some();
            self.volume = Some(VolumeWriter::create(&*self.with.disk, &self.with.dir, &self.with.index.name, number, encrypted, &mut self.packer)?);
            self.with.index.next_volume += 1;
            self.told.clear();
        }
        Ok(())
    }

    /// Each volume tells of its stores before their first message, so that it can be read alone.
    fn tell_store(&mut self, id: &str) -> Result<(), Problem> {
        if self.told.contains(id) {
            return Ok(());
        }
        self.told.insert(id.to_owned());
        match (self.with.stores.get(id), &mut self.volume) {
            (Some(store), Some(volume)) => volume.note(&Line::Store(store.clone()), &mut self.packer),
            _ => Ok(()),
        }
    }

    fn unreadable(&mut self, mut unreadable: Unreadable) -> Result<(), Problem> {
        if matches!(self.with.options.making, Making::Volumes(_)) {
            return Ok(()); // the list tells of it
        }
        self.summary.unreadable += 1;
        self.with.run.progress(|progress| progress.messages_done += 1);
        if let Some(told) = self.with.unreadable.get_mut(&unreadable_key(&unreadable)).filter(|told| **told > 0) {
            *told -= 1;
            return Ok(());
        }
        let number = self.with.index.next_id; // its own number in the same row, so that names never clash
        self.with.index.next_id += 1;
        let remains = std::mem::take(&mut unreadable.remains);
        let entry = format!("unreadable/{number:06}.txt");
        let remains_entry = (!remains.is_empty()).then(|| format!("unreadable/{number:06}.eml"));
        let text = format!(
            "This message could not be read.\r\n\r\nWhy: {}\r\nStore: {}\r\nFolder: {}\r\nPlace: {}\r\n",
            unreadable.reason, unreadable.store, unreadable.mailbox, unreadable.place
        );
        self.make_room(remains.len() as u64 + text.len() as u64, entry.len() * 2)?;
        self.tell_store(&unreadable.store)?;
        for (name, content) in [(Some(entry.clone()), text.into_bytes()), (remains_entry.clone(), remains)] {
            let Some(name) = name else { continue };
            let sha256 = Sha256Digest::of(&content);
            let packed = self.packer.pack(&Body::from(content)).map_err(|error| super::spool_failed(&error))?;
            if let Some(volume) = &mut self.volume {
                volume.append(name, DosTime::FIRST, &packed, sha256)?;
            }
        }
        let line = Line::Unreadable(Box::new(UnreadableRecord { unreadable, entry, remains: remains_entry }));
        self.volume.as_mut().map_or(Ok(()), |volume| volume.note(&line, &mut self.packer))
    }

    fn other(&mut self, other: Other) -> Result<(), Problem> {
        self.summary.others += 1;
        let sha256 = Sha256Digest::of(&other.bytes);
        if let Some(told) = self.with.others.get_mut(&other_key(&other.store, &other.mailbox, sha256)).filter(|told| **told > 0) {
            *told -= 1;
            return Ok(());
        }
        let number = self.with.index.next_id; // as for what is unreadable
        self.with.index.next_id += 1;
        let store = self.with.stores.get(&other.store).map_or("", |store| store.name.as_str());
        let folder = self.with.folders.place(Tree::Other, &other.store, store, &other.mailbox);
        let is_secret = self.with.options.passphrase.is_some();
        let entry = if is_secret { format!("other/{number:08}") } else { other_entry(&folder, number, &other.name, &other.extension) };
        let bytes = other.bytes.len() as u64;
        let packed = self.packer.pack(&Body::from(other.bytes)).map_err(|error| super::spool_failed(&error))?;
        self.make_room(packed.data.len(), entry.len())?;
        self.tell_store(&other.store)?;
        let Other { store, mailbox, place, kind, name, .. } = other;
        let line = Line::Other(Box::new(OtherRecord { store, mailbox, place, kind, name, entry: entry.clone(), sha256, bytes }));
        let Some(volume) = &mut self.volume else { return Ok(()) };
        volume.append(entry, DosTime::FIRST, &packed, sha256)?;
        volume.note(&line, &mut self.packer)
    }

    fn end_volume(&mut self) -> Result<(), Problem> {
        let Some(volume) = self.volume.take() else { return Ok(()) };
        let written = volume.close(&mut self.packer)?;
        self.written.send(written).map_err(|_| self.with.failure.get().unwrap_or_else(|| Problem::run(Code::Internal, "the sealing thread ended")))
    }

    fn end_pass(&mut self) -> Result<(), Problem> {
        if let Making::Volumes(wanted) = &self.with.options.making {
            self.summary.vanished = wanted.iter().filter(|id| !self.with.met.contains(id)).copied().collect();
            self.summary.vanished.sort_unstable();
            return self.end_volume();
        }
        let pass = std::mem::replace(&mut self.pass, Pass::new(&Known::default()));
        let superseded = pass.superseded(&self.with.known);
        self.summary.superseded = superseded.len() as u64;
        // An empty safe copy gets a volume too: «nothing was found» is a finding.
        let is_first = self.with.index.next_volume == 1;
        if self.volume.is_none() && superseded.is_empty() && !is_first {
            return Ok(());
        }
        self.make_room(0, 0)?;
        let last_id = self.with.index.next_id - 1;
        if let Some(volume) = &mut self.volume {
            for pair in superseded {
                volume.note(&Line::Superseded(pair), &mut self.packer)?;
            }
            volume.note(&Line::Pass(PassRecord { last_id }), &mut self.packer)?;
        }
        self.end_volume()
    }
}

fn record(made: &Made, id: u64, entry: String) -> Record {
    let (message, facts) = (&made.message, &made.facts);
    Record {
        id,
        store: message.store.clone(),
        mailbox: message.mailbox.clone(),
        role: message.role,
        entry,
        sha256: facts.sha256,
        stored_bytes: facts.stored_bytes,
        wire_sha256: facts.wire_sha256,
        wire_bytes: facts.wire_bytes,
        twin: facts.twin,
        twin_bytes: facts.twin_bytes,
        flags: message.flags,
        keywords: message.keywords.clone(),
        internal_date: made.date,
        date_source: Cow::Borrowed(made.date_source),
        message_id: made.message_id.clone(),
        place: message.place.clone(),
        origin: message.origin,
        partial: message.partial,
        deleted: message.deleted,
        rules: message.rules,
        changes: facts.changes,
        listed: None,
    }
}
