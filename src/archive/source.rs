//! A safe copy as a source of messages: read at their places, unpacked on every core, handed on in order, each compared with
//! the digest of its manifest.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use super::pack::{Fault, Unpacker};
use super::record::Record;
use super::shelf::{Place, Shelf};
use super::writer::{Room, spawn};
use crate::flow::{MessageSender, MessageSource, MessageStream, Selection, StreamItem, stream};
use crate::mail::{MailboxPath, Message, Unreadable};
use crate::run::Run;

/// Results that may wait for their turn.
const WAITING: usize = 64;

/// Reads messages from a safe copy.
#[derive(Debug)]
pub struct ArchiveSource {
    shelf: Arc<Shelf>,
}

impl ArchiveSource {
    pub(super) const fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf }
    }
}

type Reply = (Result<Box<Message>, Box<Unreadable>>, super::writer::Place);

/// One message to be read.
struct Wanted {
    place: Place,
    room: super::writer::Place,
    reply: SyncSender<(u64, Reply)>,
}

impl MessageSource for ArchiveSource {
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        let (sender, stream) = stream::channel(stream::DEFAULT_STREAM_BYTES);
        let run = run.clone();
        let failed = sender.clone();
        let shelf = self.shelf;
        if let Err(problem) = spawn("safe copy: read", move || read_all(&shelf, &what, &run, &sender)) {
            let _nobody = failed.send_blocking(StreamItem::Problem(Box::new(problem)));
        }
        stream
    }
}

fn read_all(shelf: &Arc<Shelf>, what: &Selection, run: &Run, sender: &MessageSender) {
    let (wanted, jobs) = sync_channel::<Wanted>(WAITING);
    let (order, replies) = sync_channel::<Receiver<(u64, Reply)>>(WAITING);
    let jobs = Mutex::new(jobs);
    std::thread::scope(|scope| {
        for _ in 0..super::workers() {
            scope.spawn(|| work(shelf, &jobs, run));
        }
        scope.spawn(move || ask(shelf, what, run, &wanted, &order));
        let is_whole = hand_on(&replies, sender);
        drop(replies); // the asking thread stops at its next message
        if is_whole && !run.is_cancelled() {
            let _nobody = sender.send_blocking(StreamItem::Finished);
        }
        // Those who wait for a job end once the asking thread dropped its end.
    });
}

/// Asks for the messages in order; ends early when nobody reads on.
fn ask(shelf: &Shelf, what: &Selection, run: &Run, wanted: &SyncSender<Wanted>, order: &SyncSender<Receiver<(u64, Reply)>>) {
    let room = Arc::<Room>::default();
    let mut unpacker = Unpacker::new(shelf.passphrase.clone());
    let ask_for = |place: Place| {
        let (reply, answer) = sync_channel(1);
        let taken = Room::take(&room, u64::from(place.stored) + 512);
        !run.is_cancelled() && order.send(answer).is_ok() && wanted.send(Wanted { place, room: taken, reply }).is_ok()
    };
    match what {
        Selection::Ids(ids) => {
            let _all = ids.iter().all(|id| ask_for(shelf.place(*id).copied().unwrap_or_else(|| Place::unknown(*id))));
        }
        Selection::All | Selection::Mailboxes(_) => {
            for place in shelf.places.iter().filter(|place| !place.superseded && !place.is_listed()) {
                let is_wanted = match what {
                    Selection::Mailboxes(_) => shelf.record(place, &mut unpacker).map_or(true, |record| what.wants(&record.mailbox)),
                    _ => true,
                };
                if is_wanted && !ask_for(*place) {
                    return;
                }
            }
        }
    }
}

fn hand_on(replies: &Receiver<Receiver<(u64, Reply)>>, sender: &MessageSender) -> bool {
    while let Ok(reply) = replies.recv() {
        let Ok((id, (read, room))) = reply.recv() else { return false };
        let item = match read {
            Ok(message) => StreamItem::Message { id, message },
            Err(unreadable) => StreamItem::Unreadable(unreadable),
        };
        if sender.send_blocking(item).is_err() {
            return false;
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
        let Ok(Wanted { place, room, reply }) = job else { return };
        let read = read_one(shelf, &place, &mut unpacker, run.temp_dir());
        let _nobody = reply.send((place.id, (read, room)));
    }
}

/// Reads one message and compares it with what its manifest says.
pub(super) fn read_one(shelf: &Shelf, place: &Place, unpacker: &mut Unpacker, temp_dir: &std::path::Path) -> Result<Box<Message>, Box<Unreadable>> {
    let record = shelf.record(place, unpacker).map_err(|fault| unreadable(place.id, None, &fault))?;
    let read = || {
        if place.is_listed() {
            return Err(Fault::Listed);
        }
        let file = shelf.file(place.volume).ok_or(Fault::Header)?;
        let (entry, data) = Unpacker::header(file, place.entry)?;
        if entry.size != record.stored_bytes {
            return Err(Fault::Damaged("another length than the manifest says"));
        }
        let (body, sha256) = unpacker.body(file, &entry, data, temp_dir)?;
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
