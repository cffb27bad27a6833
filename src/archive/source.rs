//! A safe copy as a source of messages: read at their places, unpacked on every core, handed on in order, each compared with
//! the digest of its manifest.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use super::disk::ReadAt;
use super::pack::{Fault, Unpacker};
use super::record::Record;
use super::shelf::{Place, Shelf};
use super::writer::{Room, spawn};
use crate::flow::{MessageSender, MessageSource, MessageStream, Selection, StreamItem, stream};
use crate::mail::{MailboxPath, Message, Unreadable};
use crate::run::Run;

/// Results that may wait for their turn.
const WAITING: usize = 64;
/// Neighbours that are read at once, and the bytes they have at most: each turn of threads and each call of the system costs about as
/// much as a small message does.
const AT_ONCE: usize = 16;
const AT_ONCE_BYTES: u64 = 128 * 1024;

/// Of several sources read at once each may hold so much (4 MB): two commands under way, and the next.
const LEAST_STREAM_BYTES: u64 = 4 * 1024 * 1024;

/// Reads messages from a safe copy.
#[derive(Debug)]
pub struct ArchiveSource {
    shelf: Arc<Shelf>,
    at_once: u64,
}

impl ArchiveSource {
    pub(super) const fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, at_once: 1 }
    }

    /// The same, where so many are read at once: together they take little more memory than one.
    #[must_use]
    pub fn one_of(self, at_once: usize) -> Self {
        Self { at_once: at_once.max(1) as u64, ..self }
    }
}

/// A message, or why it can't be had, by id.
type Read = (u64, Result<Box<Message>, Box<Unreadable>>);

/// Messages to be read, which lie side by side; mostly a few, a large one alone.
struct Wanted {
    places: Vec<Place>,
    room: super::writer::Place,
    reply: SyncSender<Reply>,
}

/// What became of them, in their order, with their share of the room.
type Reply = (Vec<Read>, super::writer::Place);

impl MessageSource for ArchiveSource {
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        let at_once = self.at_once;
        let (sender, stream) = stream::channel((stream::DEFAULT_STREAM_BYTES / at_once).max(LEAST_STREAM_BYTES));
        let run = run.clone();
        let failed = sender.clone();
        let shelf = self.shelf;
        if let Err(problem) = spawn("safe copy: read", move || read_all(&shelf, &what, at_once, &run, &sender)) {
            let _nobody = failed.send_blocking(StreamItem::Problem(Box::new(problem)));
        }
        stream
    }
}

fn read_all(shelf: &Arc<Shelf>, what: &Selection, at_once: u64, run: &Run, sender: &MessageSender) {
    let (wanted, jobs) = sync_channel::<Wanted>(WAITING);
    let (order, replies) = sync_channel::<Receiver<Reply>>(WAITING);
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..super::workers().div_ceil(at_once as usize) {
            scope.spawn(|| work(shelf, &jobs, run));
        }
        scope.spawn(move || ask(shelf, what, at_once, run, &wanted, &order));
        let is_whole = hand_on(&replies, sender);
        drop(replies); // the asking thread stops at its next message
        if is_whole && !run.is_cancelled() {
            let _nobody = sender.send_blocking(StreamItem::Finished);
        }
        // Those who wait for a job end once the asking thread dropped its end.
    });
}

/// Asks for the messages in order; ends early when nobody reads on.
fn ask(shelf: &Shelf, what: &Selection, at_once: u64, run: &Run, wanted: &SyncSender<Wanted>, order: &SyncSender<Receiver<Reply>>) {
    let room = Arc::<Room>::default();
    let mut unpacker = Unpacker::new(shelf.passphrase.clone());
    let mut together = Vec::new();
    let mut ask_for = |next: Option<Place>| {
        if next.is_some_and(|next| go_together(&together, &next)) || together.is_empty() {
            together.extend(next);
            return true;
        }
        let places = std::mem::replace(&mut together, next.into_iter().collect());
        let (reply, answer) = sync_channel(1);
        // What others have under way at the same time counts here, too.
        let bytes = at_once * places.iter().map(|place| u64::from(place.stored) + 512).sum::<u64>();
        let taken = Room::take(&room, bytes);
        !run.is_cancelled() && order.send(answer).is_ok() && wanted.send(Wanted { places, room: taken, reply }).is_ok()
    };
    match what {
        Selection::Ids(ids) => {
            if !ids.iter().all(|id| ask_for(Some(shelf.place(*id).copied().unwrap_or_else(|| Place::unknown(*id))))) {
                return;
            }
        }
        Selection::All | Selection::Mailboxes(_) => {
            for place in shelf.places.iter().filter(|place| !place.superseded && !place.is_listed()) {
                let is_wanted = match what {
                    Selection::Mailboxes(_) => shelf.record(place, &mut unpacker).map_or(true, |record| what.wants(&record.mailbox)),
                    _ => true,
                };
                if is_wanted && !ask_for(Some(*place)) {
                    return;
                }
            }
        }
    }
    ask_for(None);
}

/// Whether `next` lies right behind those, and is small enough to be read with them.
fn go_together(places: &[Place], next: &Place) -> bool {
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return false };
    let stretch = next.entry.saturating_sub(first.entry).saturating_add(next.stored.into());
    let is_near = !next.is_listed() && !last.is_listed() && next.volume == last.volume && next.entry > last.entry;
    is_near && places.len() < AT_ONCE && stretch <= AT_ONCE_BYTES
}

fn hand_on(replies: &Receiver<Receiver<Reply>>, sender: &MessageSender) -> bool {
    while let Ok(reply) = replies.recv() {
        let Ok((read, room)) = reply.recv() else { return false };
        for (id, read) in read {
            let item = match read {
                Ok(message) => StreamItem::Message { id, message },
                Err(unreadable) => StreamItem::Unreadable(unreadable),
            };
            if sender.send_blocking(item).is_err() {
                return false;
            }
        }
        drop(room); // from here on the stream counts it
    }
    true
}

fn work(shelf: &Shelf, jobs: &Mutex<Receiver<Wanted>>, run: &Run) {
    let mut unpacker = Unpacker::new(shelf.passphrase.clone());
    loop {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(Wanted { places, room, reply }) = job else { return };
        let stretch = Stretch::around(shelf, &places);
        let mut read = |place: &Place| match &stretch {
            Some(stretch) => read_from(Some(stretch), shelf, place, &mut unpacker, run.temp_dir()),
            None => read_one(shelf, place, &mut unpacker, run.temp_dir()),
        };
        let read = places.iter().map(|place| (place.id, read(place))).collect();
        let _nobody = reply.send((read, room));
    }
}

/// Part of a volume in memory; what lies outside of it is read from the file.
struct Stretch<'a> {
    volume: &'a File,
    volume_bytes: u64,
    offset: u64,
    bytes: Vec<u8>,
}

impl<'a> Stretch<'a> {
    /// All of these neighbours in one read. `None` if it is one message only, or that can't be read: then each is read for itself,
    /// and says what is wrong with it.
    fn around(shelf: &'a Shelf, places: &[Place]) -> Option<Self> {
        let [first, .., last] = places else { return None };
        let volume = shelf.file(first.volume)?;
        let volume_bytes = ReadAt::len(volume).ok()?;
        // What is packed is hardly ever longer than what is stored, and a header has room in the rest; if not, that is read from the file.
        let end = volume_bytes.min(last.entry.saturating_add(u64::from(last.stored) + 512));
        let len = usize::try_from(end.checked_sub(first.entry)?).ok()?;
        Some(Self { volume, volume_bytes, offset: first.entry, bytes: volume.bytes_at(first.entry, len).ok()? })
    }
}

impl ReadAt for Stretch<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let inside = offset.checked_sub(self.offset).and_then(|at| self.bytes.get(usize::try_from(at).ok()?..)).filter(|bytes| !bytes.is_empty());
        match inside {
            Some(mut bytes) => bytes.read(buffer),
            None => self.volume.read_at(buffer, offset),
        }
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.volume_bytes)
    }
}

/// Reads one message and compares it with what its manifest says.
pub(super) fn read_one(shelf: &Shelf, place: &Place, unpacker: &mut Unpacker, temp_dir: &Path) -> Result<Box<Message>, Box<Unreadable>> {
    let volume = shelf.file(place.volume).map(|volume| volume as &dyn ReadAt);
    read_from(volume, shelf, place, unpacker, temp_dir)
}

/// The same from a volume, or a part of it, that is open already.
fn read_from(volume: Option<&dyn ReadAt>, shelf: &Shelf, place: &Place, unpacker: &mut Unpacker, temp_dir: &Path) -> Result<Box<Message>, Box<Unreadable>> {
    let record = shelf.record(place, unpacker).map_err(|fault| unreadable(place.id, None, &fault))?;
    let read = || {
        if place.is_listed() {
            return Err(Fault::Listed);
        }
        let volume = volume.ok_or(Fault::Header)?;
        let (entry, data) = Unpacker::header(volume, place.entry)?;
        if entry.size != record.stored_bytes {
            return Err(Fault::Damaged("another length than the manifest says"));
        }
        let (body, sha256) = unpacker.body(volume, &entry, data, temp_dir)?;
        if sha256 == record.sha256 { Ok(body) } else { Err(Fault::Damaged("SHA-256 differs")) }
    };
    match { read }() {
        Ok(body) => Ok(Box::new(message(record, body))),
        Err(fault) => Err(unreadable(place.id, Some(record), &fault)),
    }
}

fn message(record: Record, body: crate::mail::Body) -> Message {
    Message {
        store: record.store,
        mailbox: record.mailbox,
        role: record.role,
        place: record.place,
        body,
        rules: record.rules,
        flags: record.flags,
        keywords: record.keywords,
        store_date: Some(record.internal_date),
        envelope_date: None,
        file_time: None,
        origin: record.origin,
        partial: record.partial,
        deleted: record.deleted,
    }
}

/// A message of the safe copy that can't be read any more; its place is its id here, so that it can be named.
fn unreadable(id: u64, record: Option<Record>, fault: &Fault) -> Box<Unreadable> {
    let (store, mailbox) = record.map_or((String::new(), MailboxPath::default()), |record| (record.store, record.mailbox));
    Box::new(Unreadable { store, mailbox, place: id.to_string(), reason: format!("safe copy, message {id}: {fault}"), remains: Vec::new() })
}
