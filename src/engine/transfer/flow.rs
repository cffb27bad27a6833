//! One connection at work on one folder, while it lives.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::sync::mpsc;

use crate::flow::stream::Share;
use crate::flow::{Batch, MessageSink, Outgoing, Receipt};
use crate::imap::{ImapSink, Selected};
use crate::journal::{Committing, Entering, Entry, Intent, MailboxId, State};
use crate::mail::Flags;
use crate::run::{Code, Problem, Radius, Retry};

use super::super::far::Reconnect;
use super::super::plan::{PlannedFolder, Slot};
use super::ahead::{Read, Ready};
use super::lane::Open;
use super::{Halt, Transfer};

/// Below this much room every message is refused before its body leaves (64 MB, DESIGN rule 7).
pub(in crate::engine) const NEARLY_FULL_BYTES: i64 = 64 * 1024 * 1024;
/// Receipts written down together when nothing more is sent.
const RECEIPTS_AT_ONCE: u64 = 200;

/// What is on the wire, by journal key.
type UnderWay = HashMap<u64, (Intent, Share)>;

impl Transfer<'_> {
    /// Sends what `reader` gives and takes the receipts.
    pub(super) async fn pump(
        &self,
        open: &mut Open,
        folder: &PlannedFolder,
        mailbox: MailboxId,
        entries: &[Entry],
        reader: mpsc::Receiver<Vec<Read>>,
    ) -> Result<(), Problem> {
        let mut flow = Flow {
            transfer: self,
            sink: &mut open.sink,
            selected: open.selected.clone(),
            folder,
            mailbox,
            reader,
            read_all: false,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            noted: None,
            under_way: UnderWay::new(),
            under_way_bytes: 0,
            rows: Vec::new(),
            next_uid: 0,
            ending: None,
            stopping: None,
            closed: false,
            expunged: 0,
            ours: entries.iter().filter(|entry| entry.state == State::Stored).filter_map(|entry| entry.uid.map(|uid| (uid, entry.key))).collect(),
        };
        let result = flow.go().await;
        if result.is_err() {
            flow.forget_unsent().await;
        }
        // Whatever ended it, the receipts that came are facts.
        let kept = self.commit(&mut flow.rows).map_err(Halt::problem);
        result.and(kept)
    }
}

/// A batch whose intents are being written down: it may not leave before they are on disk.
struct Noted {
    batch: Batch,
    bytes: u64,
    writing: Committing,
}

/// What [`Flow::wait`] came back with.
enum Happened {
    Receipts(Vec<Receipt>),
    /// The noted batch is on disk.
    Noted,
    /// Messages, or the end of them.
    Read(Option<Vec<Read>>),
    /// A person said stop, or the time for that is up.
    Stopped,
    /// There is nothing to wait for.
    Nothing,
}

/// One connection at work on one folder.
struct Flow<'a, 'b> {
    transfer: &'a Transfer<'b>,
    sink: &'a mut ImapSink<Reconnect>,
    selected: Selected,
    folder: &'a PlannedFolder,
    mailbox: MailboxId,
    reader: mpsc::Receiver<Vec<Read>>,
    read_all: bool,
    waiting: VecDeque<Ready>,
    waiting_bytes: u64,
    noted: Option<Noted>,
    under_way: UnderWay,
    under_way_bytes: u64,
    rows: Vec<Entering>,
    next_uid: u32,
    /// Why nothing new starts.
    ending: Option<Problem>,
    stopping: Option<Instant>,
    /// The hours in which mail may be sent are over.
    closed: bool,
    expunged: u64,
    ours: HashMap<u32, u64>,
}

impl Flow<'_, '_> {
    /// While one batch is on its way, the intents of the next are written down: the disk and the line work at once.
    async fn go(&mut self) -> Result<(), Problem> {
        self.next_uid = self.selected.uid_next.unwrap_or(1);
        self.sink.set_in_turn(!self.transfer.room_is_certain);
        loop {
            self.heed_cancel()?;
            self.closed |= !self.transfer.is_open();
            if self.ending.is_none() && self.transfer.is_over() {
                self.ending = Some(Problem::interrupted());
            }
            if self.is_taking() && self.sink.seen().expunged > self.expunged && self.under_way.is_empty() {
                self.look_for_a_drain().await?;
            }
            if self.is_due_to_deflate() {
                self.deflate().await?;
                self.heed_cancel()?;
            }
            self.note_next()?;
            match self.wait().await? {
                Happened::Receipts(receipts) => {
                    self.take_receipts(receipts);
                    self.keep_receipts()?;
                }
                Happened::Noted => self.see_off().await?,
                Happened::Read(read) => self.take(read),
                Happened::Stopped => {}
                Happened::Nothing => match self.ending.take() {
                    Some(problem) => return Err(problem),
                    None if self.stopping.is_some() => return Err(Problem::interrupted()),
                    None => return Ok(()),
                },
            }
        }
    }

    /// The line holds up what is still to be sent, and nothing is under way: what is noted next waits for this moment.
    fn is_due_to_deflate(&self) -> bool {
        let has_more = !self.read_all || !self.waiting.is_empty();
        has_more && self.is_taking() && self.under_way.is_empty() && self.sink.wants_deflate()
    }

    /// Given up in the middle, it ends the session; nothing is in doubt by it.
    async fn deflate(&mut self) -> Result<(), Problem> {
        self.transfer.run.cancel.run_until_cancelled(self.sink.deflate()).await.unwrap_or(Ok(()))
    }

    /// Something new may start.
    fn is_taking(&self) -> bool {
        self.ending.is_none() && self.stopping.is_none() && !self.closed && !self.transfer.is_over()
    }

    fn on_the_wire(&self) -> usize {
        self.under_way.len() - self.noted.as_ref().map_or(0, |noted| noted.batch.messages.len())
    }

    /// Waits for whatever comes first. Nothing is lost by it: whatever has not come yet comes the next time.
    async fn wait(&mut self) -> Result<Happened, Problem> {
        let on_the_wire = self.on_the_wire() > 0;
        let wants_more = self.is_taking() && !self.read_all && !self.is_batch_full();
        if !on_the_wire && !wants_more && self.noted.is_none() {
            return Ok(Happened::Nothing);
        }
        let stopping = self.stopping.map(|since| (since + self.transfer.timing.stopping).into());
        tokio::select! {
            biased;
            () = self.transfer.over.cancelled(), if self.ending.is_none() => Ok(Happened::Stopped),
            receipts = self.sink.receipt(), if on_the_wire => receipts.map(Happened::Receipts).map_err(|error| error.problem),
            written = async { match &mut self.noted { Some(noted) => (&mut noted.writing).await, None => Ok(()) } }, if self.noted.is_some() => {
                if written.is_err() {
                    self.noted = None;
                }
                written.map(|()| Happened::Noted)
            }
            read = self.reader.recv(), if wants_more => Ok(Happened::Read(read)),
            () = self.transfer.run.cancel.cancelled(), if stopping.is_none() => Ok(Happened::Stopped),
            () = tokio::time::sleep_until(stopping.unwrap_or_else(tokio::time::Instant::now)), if stopping.is_some() => Ok(Happened::Stopped),
        }
    }

    /// Begins to write the next batch's intents down: once it is full, or nothing more comes, or the line runs dry.
    fn note_next(&mut self) -> Result<(), Problem> {
        let holding_back = self.sink.seen().expunged > self.expunged || self.sink.wants_deflate();
        if self.noted.is_some() || !self.is_taking() || holding_back || !self.has_room() {
            return Ok(());
        }
        let window = self.sink.window();
        let little = self.under_way.len() * 2 < window.batch_messages.max(2) && self.under_way_bytes * 2 < window.batch_bytes.max(2);
        // One command at a time: what is noted early would only wait, and go as a small one.
        let runs_dry = self.under_way.is_empty() || (little && self.transfer.room_is_certain);
        if self.is_batch_full() || self.read_all || runs_dry {
            let ready = self.next_batch();
            if !ready.is_empty() {
                self.noted = Some(self.note(ready)?);
            }
        }
        Ok(())
    }

    fn is_batch_full(&self) -> bool {
        let window = self.sink.window();
        self.waiting.len() >= window.batch_messages || self.waiting_bytes >= window.batch_bytes
    }

    /// Sends the batch that is noted on disk, once the next one is being noted.
    async fn see_off(&mut self) -> Result<(), Problem> {
        let Some(noted) = self.noted.take() else { return Ok(()) };
        if !self.is_taking() {
            self.forget(noted.batch.messages.iter().map(|message| message.key).collect());
            return Ok(());
        }
        self.take_what_is_read();
        if self.is_batch_full() {
            self.note_next()?;
        }
        self.send(noted.batch, noted.bytes).await
    }

    /// What never left this computer is in no doubt: it is to be sent again.
    async fn forget_unsent(&mut self) {
        let unsent = self.sink.take_unsent();
        for key in &unsent {
            if let Some((intent, _)) = self.under_way.get(key) {
                self.transfer.give_room_back(intent);
            }
        }
        self.forget(unsent);
        if let Some(noted) = self.noted.take() {
            // Whether it comes to be written or not, nothing may be written behind the back of whoever looks next.
            let _written = noted.writing.await;
            self.forget(noted.batch.messages.iter().map(|message| message.key).collect());
        }
    }

    fn forget(&mut self, keys: Vec<u64>) {
        for key in keys {
            if let Some((intent, _)) = self.under_way.remove(&key) {
                self.under_way_bytes = self.under_way_bytes.saturating_sub(intent.wire_bytes);
                self.transfer.appended.fetch_sub(1, Ordering::Relaxed);
                self.rows.push(Entering::Forgotten { key });
            }
        }
    }

    fn heed_cancel(&mut self) -> Result<(), Problem> {
        if self.transfer.run.is_cancelled() {
            let since = *self.stopping.get_or_insert_with(Instant::now);
            if since.elapsed() > self.transfer.timing.stopping {
                return Err(Problem::interrupted());
            }
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        let window = self.sink.window();
        self.under_way.len() < window.messages && (self.under_way_bytes < window.bytes || self.under_way.is_empty())
    }

    fn take(&mut self, read: Option<Vec<Read>>) {
        let Some(handful) = read else {
            self.read_all = true;
            return;
        };
        for read in handful {
            match read {
                Read::Ready(ready) => {
                    self.waiting_bytes += ready.wire.body.len();
                    self.waiting.push_back(*ready);
                }
                Read::Unreadable(id, reason) => {
                    if let Ok(mut unreadable) = self.transfer.unreadable.lock() {
                        unreadable.push((id, reason));
                    }
                }
                Read::Failed(problem) => {
                    self.read_all = true;
                    self.ending.get_or_insert(problem);
                }
            }
        }
    }

    /// Takes what is read already, as far as a batch goes.
    fn take_what_is_read(&mut self) {
        while !self.read_all && !self.is_batch_full() {
            match self.reader.try_recv() {
                Ok(read) => self.take(Some(read)),
                Err(mpsc::error::TryRecvError::Disconnected) => self.take(None),
                Err(mpsc::error::TryRecvError::Empty) => return,
            }
        }
    }

    /// Cuts the next batch from what is waiting: bounded in messages and bytes, a large message alone.
    fn next_batch(&mut self) -> Vec<Ready> {
        let window = self.sink.window();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < window.batch_messages {
            let Some(next) = self.waiting.front() else { break };
            let fits = batch.is_empty() || bytes + next.wire.body.len() <= window.batch_bytes;
            let Some(ready) = self.waiting.pop_front_if(|_| fits) else { break };
            bytes += ready.wire.body.len();
            self.waiting_bytes = self.waiting_bytes.saturating_sub(ready.wire.body.len());
            batch.push(ready);
        }
        batch
    }

    /// Begins to write the intents down, together with the receipts that came meanwhile.
    fn note(&mut self, ready: Vec<Ready>) -> Result<Noted, Problem> {
        let now = jiff::Timestamp::now().as_second();
        let uid_validity = self.selected.uid_validity;
        let (mut batch, mut bytes) = (Batch { mailbox: self.folder.target.name.clone(), messages: Vec::new() }, 0);
        let mut rows = std::mem::take(&mut self.rows);
        let first_key = self.transfer.journal().map_err(Halt::problem)?.new_keys(ready.len() as u64);
        for (one, key) in ready.into_iter().zip(first_key..) {
            let Some(slot) = self.folder.target.slots.get(one.slot) else { continue };
            let intent = self.intent(key, slot, &one, uid_validity, now);
            bytes += intent.wire_bytes;
            if one.wire.changes.alter() {
                self.transfer.near.note_altered(slot.id, one.wire.changes);
            }
            let flags = Flags { draft: one.flags.draft || slot.flags.draft, ..one.flags };
            batch.messages.push(Outgoing { key: intent.key, wire: one.wire.body, flags, keywords: one.keywords, date: one.date });
            rows.push(Entering::Sent(intent));
            self.under_way.insert(intent.key, (intent, one.share));
        }
        self.under_way_bytes += bytes;
        self.transfer.appended.fetch_add(batch.messages.len() as u64, Ordering::Relaxed);
        let writing = self.transfer.journal().map_err(Halt::problem)?.commit_aside(rows);
        Ok(Noted { batch, bytes, writing })
    }

    /// Sends what is noted on disk.
    async fn send(&mut self, batch: Batch, bytes: u64) -> Result<(), Problem> {
        let left = self.transfer.room_left.load(Ordering::Relaxed);
        let window = self.sink.window();
        let two_windows = i64::try_from(window.bytes.saturating_mul(2)).unwrap_or(i64::MAX);
        let few_left = self.transfer.messages_left.load(Ordering::Relaxed) < i64::try_from(window.messages.saturating_mul(2)).unwrap_or(i64::MAX);
        self.sink.set_careful(left < NEARLY_FULL_BYTES.max(two_windows) || few_left);
        self.sink.set_in_turn(!self.transfer.room_is_certain);
        let sent = batch.messages.len();
        if left != i64::MAX {
            self.transfer.room_left.fetch_sub(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
        if self.transfer.messages_left.load(Ordering::Relaxed) != i64::MAX {
            self.transfer.messages_left.fetch_sub(i64::try_from(sent).unwrap_or(0), Ordering::Relaxed);
        }
        tokio::select! {
            biased; // so that the batch is handed over in any case
            sent = self.sink.send(batch) => sent.map_err(|error| error.problem)?,
            () = self.transfer.run.cancel.cancelled() => {}
        }
        Ok(())
    }

    fn intent(&self, key: u64, slot: &Slot, ready: &Ready, uid_validity: u32, now: i64) -> Intent {
        Intent {
            key,
            mailbox: self.mailbox,
            twin: slot.twin,
            content: ready.wire.twin.map(|(twin, _)| twin),
            ordinal: slot.ordinal,
            archive_id: slot.id,
            wire_bytes: ready.wire.body.len(),
            wire_sha256: ready.wire.sha256,
            twin_bytes: ready.wire.twin.map_or(slot.twin_bytes, |(_, bytes)| bytes),
            uid_validity,
            uid_next: self.next_uid,
            at: now,
        }
    }

    /// Receipts go down with the next intents; when no more come, in time.
    fn keep_receipts(&mut self) -> Result<(), Problem> {
        let is_last = self.read_all && self.waiting.is_empty() && self.noted.is_none();
        if is_last && self.rows.iter().map(Entering::messages).sum::<u64>() >= RECEIPTS_AT_ONCE && !self.under_way.is_empty() {
            let mut rows = std::mem::take(&mut self.rows);
            self.transfer.commit(&mut rows).map_err(Halt::problem)?;
        }
        Ok(())
    }

    fn take_receipts(&mut self, receipts: Vec<Receipt>) {
        let (mut stored, mut bytes) = (0, 0);
        for receipt in receipts {
            if let Some(wire_bytes) = self.take_receipt(receipt) {
                stored += 1;
                bytes += wire_bytes;
            }
        }
        self.transfer.lanes.moved(Instant::now(), stored, bytes, self.sink.is_trying_to_deflate());
        self.transfer.run.progress(|progress| {
            progress.messages_done += stored;
            progress.bytes_done += bytes;
        });
    }

    /// Notes one receipt; answers the bytes of a message that was stored. After a problem that is more than this message's own nothing new starts; what is on the wire is
    /// settled first (DESIGN rule 7).
    fn take_receipt(&mut self, receipt: Receipt) -> Option<u64> {
        let (Receipt::Stored { key, .. } | Receipt::NotTried { key } | Receipt::Refused { key, .. }) = receipt;
        let (intent, _) = self.under_way.remove(&key)?;
        self.under_way_bytes = self.under_way_bytes.saturating_sub(intent.wire_bytes);
        match receipt {
            Receipt::Stored { uid, uid_validity, .. } => {
                let uid = uid.filter(|_| uid_validity.is_none_or(|validity| validity == intent.uid_validity));
                if let Some(uid) = uid {
                    self.next_uid = self.next_uid.max(uid.saturating_add(1));
                    self.ours.insert(uid, key);
                }
                Entering::stored(&mut self.rows, key, uid.map(|uid| (uid, intent.uid_validity)));
                return Some(intent.wire_bytes);
            }
            Receipt::NotTried { .. } => {
                self.transfer.not_stored(&intent);
                self.rows.push(Entering::Forgotten { key });
            }
            Receipt::Refused { problem, .. } => {
                self.transfer.not_stored(&intent);
                if problem.radius == Radius::Message && problem.retry == Retry::Never {
                    let server_text = problem.server_text.unwrap_or_default();
                    self.rows.push(Entering::Refused { key, code: problem.code.to_string(), server_text });
                } else {
                    if problem.code == Code::Quota {
                        self.transfer.is_full.store(true, Ordering::Relaxed);
                    }
                    self.rows.push(Entering::Forgotten { key });
                    self.ending.get_or_insert(problem);
                }
            }
        }
        None
    }

    /// Messages vanished from the folder: are they ours, and too many for a person's hand?
    async fn look_for_a_drain(&mut self) -> Result<(), Problem> {
        self.expunged = self.sink.seen().expunged;
        let there: HashSet<u32> = self.sink.session().list_uids(1).await?.into_iter().map(|row| row.uid).collect();
        let gone = self.ours.iter().filter(|(uid, _)| !there.contains(uid)).map(|(_, key)| *key).collect();
        let mut rows = std::mem::take(&mut self.rows);
        self.transfer.commit(&mut rows).map_err(Halt::problem)?;
        self.transfer.drained(gone, &self.folder.target.path)
    }
}
