//! The safe copy in the making: every core measures and deflates, one thread writes in order, one seals finished volumes.
//!
//! ```text
//! push ─► workers (digests, headers, deflate) ─► writer (ids, names, volume, manifest) ─► sealer (sync, re-read in full, rename, index)
//! ```
//! What is under way is bounded in bytes, whatever the caller does. Dropping a [`Writer`] keeps finished volumes and leaves the
//! open one as `.part`, which the next run throws away.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use super::compose::{Composer, Item};
use super::disk::{Disk, RealDisk};
use super::measure::{Job, Measurer};
use super::name::safe_component;
use super::record::StoreRecord;
use super::seal::Sealer;
use super::{Secret, resume};
use crate::flow::stream::Share;
use crate::mail::{Body, MailboxPath, Message, Other, Unreadable};
use crate::run::{Code, Event, Phase, Problem, Run};

/// A volume's bytes by default: what FAT32 and every mail server's web page still takes (2 GB).
pub const DEFAULT_VOLUME_BYTES: u64 = 2_000_000_000;
/// A volume's entries by default: file managers are slow beyond.
pub const DEFAULT_VOLUME_ENTRIES: u64 = 50_000;
/// Bodies under way at once; a larger one goes alone.
const UNDER_WAY_BYTES: u64 = 8 << 20;
/// Messages under way at once.
const UNDER_WAY_MESSAGES: usize = 512;

/// How a safe copy is written.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// A volume's length at most; a single larger message gets a volume of its own.
    pub volume_bytes: u64,
    /// A volume's entries at most.
    pub volume_entries: u64,
    /// Encrypts with AES-256.
    pub passphrase: Option<Secret>,
    /// What the volumes' names begin with; made safe here.
    pub name: String,
    /// The time now, Unix seconds: dates beyond tomorrow are not believed.
    pub now_unix: i64,
    /// What the pass is for.
    pub making: Making,
    /// Hears of each finished volume and says whether it stays; the writing waits for the answer once one more volume is full.
    pub on_sealed: Option<OnSealed>,
}

/// What a pass over the stores writes.
#[derive(Clone, Debug, Default)]
pub enum Making {
    /// Every message that no volume holds yet.
    #[default]
    SafeCopy,
    /// A list of every message that no volume holds or lists yet, without its bytes.
    List,
    /// Volumes with these of the listed messages, by id; nothing else.
    Volumes(Arc<HashSet<u64>>),
}

/// Whether a finished volume stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It stays.
    Keep,
    /// It is removed: everything in it is listed, and known to be safe elsewhere.
    Remove,
}

/// Is told the name of each finished volume; an error ends the pass, and the volume stays.
#[derive(Clone)]
pub struct OnSealed(pub Arc<Decide>);

/// Answers what becomes of the volume with this file name.
pub type Decide = dyn Fn(&str) -> Result<Verdict, Problem> + Send + Sync;

impl std::fmt::Debug for OnSealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnSealed")
    }
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            volume_bytes: DEFAULT_VOLUME_BYTES,
            volume_entries: DEFAULT_VOLUME_ENTRIES,
            passphrase: None,
            name: "mail".into(),
            now_unix: 0,
            making: Making::default(),
            on_sealed: None,
        }
    }
}

/// A folder as one pass found it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderSum {
    /// Its store.
    pub store: String,
    /// Its true name.
    pub path: MailboxPath,
    /// Messages, new and recognised ones; deleted and unreadable ones are not among them.
    pub messages: u64,
    /// Their stored bytes.
    pub bytes: u64,
}

/// What one pass gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All volumes of the safe copy, older ones too.
    pub volumes: Vec<String>,
    /// The volumes that this pass added.
    pub new_volumes: Vec<String>,
    /// Volumes that were missing or damaged when the pass began; what they held was written again where it was found.
    pub lost_volumes: Vec<String>,
    /// Folder by folder, in the order they came.
    pub folders: Vec<FolderSum>,
    /// Messages written, deleted ones not counted.
    pub written: u64,
    /// Messages that the safe copy held already, deleted ones not counted.
    pub known: u64,
    /// Messages that their program counts as deleted, new and recognised.
    pub deleted: u64,
    /// Of `written` and `known`: only the head was ever downloaded.
    pub partial: u64,
    /// Messages that could not be read, new and recognised.
    pub unreadable: u64,
    /// Things that are no mail, new and recognised.
    pub others: u64,
    /// Older records that newer ones of the same message stand for: its flags have changed.
    pub superseded: u64,
    /// Stored bytes of `written` and `known`.
    pub bytes: u64,
    /// Of the messages that volumes were to be made of, those that were not met any more.
    pub vanished: Vec<u64>,
    /// True: every new volume was re-read in full and compared. There is no summary otherwise.
    pub verified: bool,
}

/// Bodies under way, counted in bytes.
#[derive(Debug, Default)]
pub(super) struct Room {
    taken: Mutex<(u64, usize)>,
    freed: Condvar,
}

/// A share of [`Room`]; dropping it gives the room back.
#[derive(Debug)]
pub(super) struct Place(Arc<Room>, u64);

impl Room {
    pub(super) fn take(room: &Arc<Self>, bytes: u64) -> Place {
        let full = |taken: &mut (u64, usize)| taken.1 >= UNDER_WAY_MESSAGES || (taken.0 > 0 && taken.0 + bytes > UNDER_WAY_BYTES);
        if let Ok(taken) = room.taken.lock()
            && let Ok(mut taken) = room.freed.wait_while(taken, full)
        {
            taken.0 += bytes;
            taken.1 += 1;
        }
        Place(Arc::clone(room), bytes)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut taken) = self.0.taken.lock() {
            taken.0 = taken.0.saturating_sub(self.1);
            taken.1 = taken.1.saturating_sub(1);
        }
        self.0.freed.notify_one();
    }
}

/// The first failure of any thread, for all to see.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<Mutex<Option<Problem>>>);

impl Failure {
    pub(super) fn set(&self, problem: Problem) {
        if let Ok(mut slot) = self.0.lock() {
            slot.get_or_insert(problem);
        }
    }

    pub(super) fn get(&self) -> Option<Problem> {
        self.0.lock().ok().and_then(|slot| slot.clone())
    }
}

/// Writes one pass into a safe copy.
pub struct Writer {
    jobs: Option<SyncSender<Job>>,
    items: Option<SyncSender<Item>>,
    room: Arc<Room>,
    failure: Failure,
    run: Run,
    is_finished: Arc<AtomicBool>,
    composer: Option<JoinHandle<Result<Summary, Problem>>>,
}

impl Writer {
    /// Opens the safe copy in `dir`, or begins one. Finished volumes stand; a `.part` is thrown away.
    ///
    /// # Errors
    /// `DISK-FULL`, `DISK-WRITE`; `ARCHIVE-PASSPHRASE` if the safe copy there is encrypted otherwise; `ARCHIVE-DAMAGED` if
    /// it is of a later format or can't be read.
    pub fn open(dir: &Path, options: WriterOptions, run: &Run) -> Result<Self, Problem> {
        Self::open_on(Arc::new(RealDisk), dir, options, run)
    }

    /// The same on any disk.
    ///
    /// # Errors
    /// As for [`Writer::open`].
    pub fn open_on(disk: Arc<dyn Disk>, dir: &Path, options: WriterOptions, run: &Run) -> Result<Self, Problem> {
        disk.create_dir_all(dir).map_err(|error| Problem::write(&error, dir))?;
        let options = WriterOptions { name: safe_component(&options.name, 40), ..options };
        let standing = resume::take_up(&*disk, dir, &options.name, options.passphrase.as_ref(), &options.making, run)?;
        if !standing.lost.is_empty() {
            let what = "volumes of the safe copy are missing or damaged; what they held is written again where it is still found";
            run.tell_blocking(Event::Trouble { problem: Problem::run(Code::ArchiveDamaged, what).at(standing.lost.join(", ")) });
        }
        run.progress(|progress| progress.phase = Phase::BackingUp);
        let failure = Failure::default();
        let is_finished = Arc::new(AtomicBool::new(false));
        let known = Arc::new(standing.known);
        let (jobs, jobs_taken) = sync_channel::<Job>(UNDER_WAY_MESSAGES);
        let (items, items_taken) = sync_channel::<Item>(2 * UNDER_WAY_MESSAGES);
        let jobs_taken = Arc::new(Mutex::new(jobs_taken));
        for _ in 0..super::workers() {
            let measurer = Measurer::new(&options, Arc::clone(&known), run.temp_dir());
            let jobs_taken = Arc::clone(&jobs_taken);
            spawn("safe copy: measure", move || work(measurer, &jobs_taken))?;
        }
        let sealer = Sealer {
            disk: Arc::clone(&disk),
            dir: dir.to_path_buf(),
            passphrase: options.passphrase.clone(),
            index: standing.index.clone(),
            on_sealed: options.on_sealed.clone(),
            run: run.clone(),
        };
        let composer = Composer {
            disk,
            dir: dir.to_path_buf(),
            options,
            known,
            index: standing.index,
            folders: standing.folders,
            stores: standing.stores,
            unreadable: standing.unreadable,
            others: standing.others,
            lost: standing.lost,
            failure: failure.clone(),
            run: run.clone(),
            is_finished: Arc::clone(&is_finished),
            met: HashSet::new(),
        };
        let told = failure.clone();
        let composer = spawn("safe copy: write", move || {
            let result = composer.run(&items_taken, sealer);
            if let Err(problem) = &result {
                told.set(problem.clone());
            }
            result
        })?;
        Ok(Self { jobs: Some(jobs), items: Some(items), room: Arc::default(), failure, run: run.clone(), is_finished, composer: Some(composer) })
    }

    /// Tells what is known of a store, before its first message.
    ///
    /// # Errors
    /// What stopped the writing.
    pub fn add_store(&mut self, store: StoreRecord) -> Result<(), Problem> {
        self.item(Item::Store(store))
    }

    /// Takes a message over; waits while too much is under way. Whether it is new shows in the [`Summary`].
    ///
    /// # Errors
    /// What stopped the writing, be it at an earlier message.
    pub fn push(&mut self, message: Box<Message>, share: impl Into<Option<Share>>) -> Result<(), Problem> {
        if self.run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        let bytes = match &message.body {
            Body::Memory(bytes) => bytes.len() as u64,
            Body::File { .. } => 0,
        };
        let place = Room::take(&self.room, bytes + 512);
        let (reply, made) = sync_channel(1);
        let job = Job { message, reply };
        // The body's share of the channel is given back only when it was written: results wait in order, too.
        self.item(Item::Message { made, place, share: share.into() })?;
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(|| self.why())
    }

    /// Notes a message that can't be read: it is named, and what could be read of it is kept.
    ///
    /// # Errors
    /// What stopped the writing.
    pub fn push_unreadable(&mut self, unreadable: Unreadable) -> Result<(), Problem> {
        self.item(Item::Unreadable(Box::new(unreadable)))
    }

    /// Keeps a thing that is no mail below `other/`. One that the safe copy holds already is recognised.
    ///
    /// # Errors
    /// What stopped the writing.
    pub fn push_other(&mut self, other: Other) -> Result<(), Problem> {
        self.item(Item::Other(Box::new(other)))
    }

    /// Ends the pass: the last volume is closed, and all are re-read in full and compared before this returns.
    ///
    /// # Errors
    /// What stopped the writing, or what re-reading found. Volumes under their final names are whole all the same.
    pub fn finish(mut self) -> Result<Summary, Problem> {
        if self.run.is_cancelled() {
            return Err(Problem::interrupted());
        }
        self.is_finished.store(true, Ordering::SeqCst);
        self.close().unwrap_or_else(|| Err(self.why()))
    }

    fn item(&self, item: Item) -> Result<(), Problem> {
        self.items.as_ref().and_then(|items| items.send(item).ok()).ok_or_else(|| self.why())
    }

    fn why(&self) -> Problem {
        // The writing thread has dropped its end; it tells why before it ends.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        loop {
            if let Some(problem) = self.failure.get() {
                return problem;
            }
            if std::time::Instant::now() > deadline {
                return Problem::run(Code::Internal, "the safe copy's writing thread ended");
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    fn close(&mut self) -> Option<Result<Summary, Problem>> {
        self.jobs = None;
        self.items = None;
        self.composer.take()?.join().ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// Starts a named thread.
pub(super) fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Problem> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| Problem::run(Code::Internal, error.to_string()))
}

fn work(mut measurer: Measurer, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(Job { message, reply }) = job else { return };
        // Nobody waits for it any more: the writing has stopped.
        let _unwanted = reply.send(measurer.measure(message));
    }
}
