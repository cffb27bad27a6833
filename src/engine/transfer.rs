//! The pump: fills one folder of the far end from the safe copy, whatever happens on the way.
//!
//! Skips what the journal calls stored; settles what it calls sent; writes `Sent` down, sends, keeps within the window,
//! takes receipts, writes `Stored` down. A broken connection is no failure: it connects anew, settles what is doubtful and
//! goes on. The bodies are read again for that, not kept.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use tokio::sync::mpsc;

use crate::archive::Archive;
use crate::flow::stream::Share;
use crate::flow::{Batch, MessageSink, MessageSource, Outcome, Outgoing, Receipt, Selection, SentRecord, StreamItem};
use crate::imap::append::{refusal, settle};
use crate::imap::{Claim, ImapSink, Selected, Session};
use crate::journal::{Entering, Entry, Intent, Journal, MailboxId, Seen, State};
use crate::mail::{Body, Flags, InternalDate, Keywords, MailboxPath, Sha256Digest, wire};
use crate::run::{Code, Event, Phase, Problem, Radius, Retry, Run};

use super::far::{Far, Reconnect};
use super::plan::{Fate, PlannedFolder, Slot, Target};
use super::timing::Timing;

/// Below this much room every message is refused before its body leaves (64 MB, DESIGN rule 7).
const NEARLY_FULL_BYTES: i64 = 64 * 1024 * 1024;
/// Messages read ahead; their bytes are bounded by the stream.
const READ_AHEAD: usize = 256;
/// Receipts written down together when nothing more is sent.
const RECEIPTS_AT_ONCE: usize = 200;
/// So many messages of ours that vanish while a folder is being filled are no person's doing (`POP-DRAIN`).
const DRAIN_AT_LEAST: usize = 3;

/// What all lanes of one upload share.
pub struct Transfer<'a> {
    /// The account.
    pub far: &'a Far,
    /// The safe copy.
    pub archive: &'a Archive,
    /// The journal, open for the whole upload.
    pub journal: &'a Mutex<Journal>,
    /// Who listens, who stops it.
    pub run: &'a Run,
    /// How long it waits.
    pub timing: Timing,
    /// Bytes left in the mailbox, as far as known; `i64::MAX` if not.
    pub room_left: AtomicI64,
    /// The server itself tells its room; where it does not, nothing is sent behind a message that may not fit.
    pub room_is_certain: bool,
    /// Messages that the mailbox still takes, as far as known; `i64::MAX` if not.
    pub messages_left: AtomicI64,
    /// Bytes per second at most.
    pub max_rate: Option<u64>,
    /// Sent with APPEND in this run.
    pub appended: AtomicU64,
    /// Settled by looking in this run.
    pub settled: AtomicU64,
    /// Messages of the safe copy that could not be read, by number.
    pub unreadable: Mutex<Vec<(u64, String)>>,
}

/// Why a folder was not filled to its end.
#[derive(Debug, Clone)]
pub enum Halt {
    /// Its mail waits; other folders go on.
    Mailbox(Problem),
    /// Nothing more is sent to this account.
    Account(Problem),
}

/// One connection.
#[derive(Default)]
pub struct Lane {
    /// Signed in, no folder open for sending.
    session: Option<Session>,
    /// A folder is open for sending.
    sink: Option<Open>,
    lost_at: Option<tokio::time::Instant>,
    failing_since: Option<Instant>,
    fruitless: u32,
    pauses: u32,
}

/// A folder open for sending.
struct Open {
    mailbox: String,
    selected: Selected,
    sink: ImapSink<Reconnect>,
}

impl Lane {
    /// A lane that begins with this session, or connects when it has to.
    #[must_use]
    pub fn with(session: Option<Session>) -> Self {
        Self { session, ..Self::default() }
    }

    /// The session, if it lives; nothing is open for sending afterwards.
    fn take_session(&mut self) -> Option<Session> {
        let session = self.sink.take().map(|open| open.sink.into_session()).or_else(|| self.session.take());
        session.filter(|session| session.death().is_none())
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        if let Some(session) = self.take_session() {
            session.logout().await;
        }
    }
}

/// A message read, converted and ready to go.
struct Ready {
    slot: usize,
    wire: Body,
    wire_sha256: Sha256Digest,
    flags: Flags,
    keywords: Keywords,
    date: InternalDate,
    share: Share,
}

enum Read {
    Ready(Box<Ready>),
    Unreadable(u64, String),
}

/// What is on the wire, by journal key.
type UnderWay = HashMap<u64, (Intent, Share)>;

impl Transfer<'_> {
    fn journal(&self) -> Result<MutexGuard<'_, Journal>, Halt> {
        self.journal.lock().map_err(|_| Halt::Account(Problem::run(Code::Internal, "a lane failed while it held the journal")))
    }

    /// A message that was sent is certainly not on the server.
    fn not_stored(&self, intent: &Intent) {
        self.appended.fetch_sub(1, Ordering::Relaxed);
        if self.room_left.load(Ordering::Relaxed) != i64::MAX {
            self.room_left.fetch_add(i64::try_from(intent.wire_bytes).unwrap_or(0), Ordering::Relaxed);
        }
    }

    fn commit(&self, rows: &mut Vec<Entering>) -> Result<(), Halt> {
        self.journal()?.commit(rows).map_err(Halt::Account)?;
        rows.clear();
        Ok(())
    }

    fn unreadable_ids(&self) -> HashSet<u64> {
        self.unreadable.lock().map(|unreadable| unreadable.iter().map(|(id, _)| *id).collect()).unwrap_or_default()
    }

    /// Fills one folder. Returns once every message that should go has a receipt, or with the reason why not.
    ///
    /// # Errors
    /// [`Halt`]: everything that has a receipt is in the journal; what has none stands there as sent.
    pub async fn fill(&self, lane: &mut Lane, folder: &PlannedFolder) -> Result<(), Halt> {
        let mailbox = self.journal()?.mailbox(&folder.target.name).map_err(Halt::Account)?.0;
        loop {
            if self.run.is_cancelled() {
                return Err(Halt::Account(Problem::interrupted()));
            }
            let entries = self.journal()?.entries(mailbox).map_err(Halt::Account)?;
            let unreadable = self.unreadable_ids();
            let (todo, doubtful) = still_to_do(folder, &entries, &unreadable);
            if todo.is_empty() && doubtful.is_empty() {
                return self.first_look(lane, &folder.target, &entries).await;
            }
            let progress_before = entries.iter().filter(|entry| !matches!(entry.state, State::Sent { .. })).count();
            let result = self.attempt(lane, folder, mailbox, &entries, &doubtful).await;
            let Err(problem) = result else { continue };
            let entries = self.journal()?.entries(mailbox).map_err(Halt::Account)?;
            if entries.iter().filter(|entry| !matches!(entry.state, State::Sent { .. })).count() > progress_before {
                lane.fruitless = 0;
                lane.failing_since = None;
                lane.pauses = 0;
            }
            self.weigh(lane, problem).await?;
        }
    }

    /// One try with one connection: settle, then pump.
    async fn attempt(&self, lane: &mut Lane, folder: &PlannedFolder, mailbox: MailboxId, entries: &[Entry], doubtful: &[SentRecord]) -> Result<(), Problem> {
        if !doubtful.is_empty() {
            return self.settle(lane, &folder.target.name, entries, doubtful).await; // what is left to do is reckoned anew
        }
        if lane.sink.as_ref().is_none_or(|open| open.mailbox != folder.target.name) {
            self.open(lane, folder).await?;
        }
        let Some(sink) = &mut lane.sink else { return Err(Problem::account(Code::Internal, "a lane without a connection")) };
        let (todo, _) = still_to_do(folder, entries, &self.unreadable_ids());
        self.pump(sink, folder, mailbox, entries, todo).await
    }

    /// Looks, right after a folder was filled, whether what was sent in this run is there. What is not found now and not by
    /// verification either is missing; what is found now and vanishes later was taken away by its owner.
    async fn first_look(&self, lane: &mut Lane, target: &Target, entries: &[Entry]) -> Result<(), Halt> {
        let (mailbox, folder) = (&target.name, &target.path);
        let Some(open) = lane.sink.as_mut().filter(|open| open.mailbox == *mailbox) else { return Ok(()) };
        let new: Vec<&Entry> = entries.iter().filter(|entry| entry.state == State::Stored && entry.seen == Seen::No).collect();
        if new.is_empty() {
            return Ok(());
        }
        let validity = open.selected.uid_validity;
        // A connection that fails here takes no receipt with it: verification looks again in a fresh session.
        let looked = match open.sink.session().noop().await {
            Ok(_) => open.sink.session().list_uids(1).await,
            Err(error) => Err(error),
        };
        let Ok(listed) = looked else {
            lane.sink = None;
            return Ok(());
        };
        let vanished = open.sink.seen().expunged > 0;
        let sizes: HashMap<u32, u64> = listed.iter().map(|message| (message.uid, message.size)).collect();
        if vanished {
            let ours = new.iter().filter_map(|entry| Some((entry.uid.filter(|_| entry.uid_validity == validity)?, entry.key)));
            let gone = ours.filter(|(uid, _)| !sizes.contains_key(uid)).map(|(_, key)| key).collect();
            self.drained(gone, folder).map_err(Halt::Account)?;
        }
        let mut rows: Vec<Entering> = new
            .iter()
            .filter_map(|entry| {
                let uid = entry.uid.filter(|_| entry.uid_validity == validity)?;
                let seen = if sizes.get(&uid) == Some(&entry.wire_bytes) { Seen::Size } else { Seen::Absent };
                Some(Entering::Seen { key: entry.key, seen })
            })
            .collect();
        self.commit(&mut rows)
    }

    /// Opens a connection if there is none, and the folder on it.
    async fn open(&self, lane: &mut Lane, folder: &PlannedFolder) -> Result<(), Problem> {
        let session = self.session(lane).await?;
        let connector = Reconnect { far: self.far.clone(), run: self.run.clone() };
        let mut sink = ImapSink::new(session, connector).with_timing(self.timing.settling());
        match sink.select(&folder.target.name).await {
            Ok(selected) => {
                lane.sink = Some(Open { mailbox: folder.target.name.clone(), selected, sink });
                Ok(())
            }
            Err(problem) => {
                lane.session = Some(sink.into_session());
                Err(problem)
            }
        }
    }

    /// The lane's session, or a fresh one.
    async fn session(&self, lane: &mut Lane) -> Result<Session, Problem> {
        match lane.take_session() {
            Some(session) => Ok(session),
            None => self.far.connect(self.run).await,
        }
    }

    /// Whether another device empties INBOX while later folders are being filled (DESIGN rule 10).
    ///
    /// # Errors
    /// `POP-DRAIN`, with what was taken out noted in the journal.
    pub async fn inbox_is_drained(&self, lane: &mut Lane, folders: &[PlannedFolder]) -> Result<(), Problem> {
        let Some(inbox) = folders.iter().find(|folder| folder.target.name.eq_ignore_ascii_case("INBOX")) else { return Ok(()) };
        let entries = {
            let mut journal = self.journal().map_err(Halt::problem)?;
            let (id, _) = journal.mailbox(&inbox.target.name)?;
            journal.entries(id)?
        };
        // Only what was seen there by us can have been taken out since.
        let ours: Vec<&Entry> = entries.iter().filter(|entry| entry.state == State::Stored && entry.seen >= Seen::Size && entry.uid.is_some()).collect();
        if ours.len() < DRAIN_AT_LEAST || ours.iter().all(|entry| entry.run != self.run_number()) {
            return Ok(());
        }
        let Ok(mut session) = self.session(lane).await else { return Ok(()) }; // a connection that fails is the next folder's matter
        let rows = match session.examine(&inbox.target.name).await {
            Ok(selected) if selected.exists as usize >= ours.len() => None,
            Ok(_) => session.list_uids(1).await.ok(),
            Err(_) => None,
        };
        lane.session = Some(session);
        let Some(rows) = rows else { return Ok(()) };
        let there: HashSet<u32> = rows.iter().map(|row| row.uid).collect();
        let gone = ours.iter().filter(|entry| entry.run == self.run_number() && entry.uid.is_some_and(|uid| !there.contains(&uid))).map(|entry| entry.key);
        self.drained(gone.collect(), &inbox.target.path)
    }

    fn run_number(&self) -> u32 {
        self.journal.lock().map_or(0, |journal| journal.run())
    }

    /// Notes messages of ours that vanished, if they are too many for a person's hand.
    fn drained(&self, gone: Vec<u64>, folder: &MailboxPath) -> Result<(), Problem> {
        if gone.len() < DRAIN_AT_LEAST {
            return Ok(());
        }
        let count = gone.len();
        let mut rows: Vec<Entering> = gone.into_iter().map(|key| Entering::Drained { key }).collect();
        self.commit(&mut rows).map_err(Halt::problem)?;
        Err(Problem::account(Code::PopDrain, format!("{count} messages that were just copied have vanished from the folder")).at(folder))
    }

    /// Decides whether `problem` ends anything, or is waited out.
    async fn weigh(&self, lane: &mut Lane, problem: Problem) -> Result<(), Halt> {
        match (problem.radius, problem.retry) {
            _ if self.run.is_cancelled() || problem.code == Code::Interrupted => return Err(Halt::Account(Problem::interrupted())),
            (Radius::Mailbox, _) => return Err(Halt::Mailbox(problem)),
            (_, Retry::Now) => {}
            // The internet is away: that is waited for, and is no failure.
            _ if matches!(problem.code, Code::NetDns | Code::NetRefused | Code::NetTimeout | Code::NetLost) => {}
            _ => return Err(Halt::Account(problem)),
        }
        let reached_it = lane.sink.is_some() || lane.session.is_some();
        lane.lost_at = lane.sink.take().and_then(|mut open| open.sink.session().died_at()).or(lane.lost_at).or_else(|| Some(tokio::time::Instant::now()));
        lane.session = None;
        let since = *lane.failing_since.get_or_insert_with(Instant::now);
        lane.fruitless += u32::from(reached_it);
        if since.elapsed() > self.timing.patience || lane.fruitless > self.timing.fruitless_tries {
            return Err(Halt::Account(Problem { retry: Retry::Later, ..problem }));
        }
        self.pause(lane, problem).await
    }

    /// Waits before connecting anew, longer each time and never in step with other lanes.
    async fn pause(&self, lane: &mut Lane, problem: Problem) -> Result<(), Halt> {
        let doubled = self.timing.first_pause.saturating_mul(1 << lane.pauses.min(16)).min(self.timing.longest_pause);
        lane.pauses += 1;
        let asked = if self.timing.obeys_backoff { refusal::wait_for(&problem).unwrap_or_default() } else { std::time::Duration::ZERO };
        let jitter = doubled.mul_f64(f64::from(std::process::id().wrapping_mul(lane.pauses) % 100) / 400.0);
        let pause = (doubled + jitter).max(asked);
        let phase = self.run.progress_now().phase;
        self.run.tell(Event::Waiting { reason: problem.to_string(), seconds: pause.as_secs() }).await;
        self.run.progress(|progress| {
            progress.phase = Phase::Waiting;
            progress.waiting_for = Some(problem.code.to_string());
        });
        let cancelled = self.run.cancel.run_until_cancelled(tokio::time::sleep(pause)).await.is_none();
        self.run.progress(|progress| {
            progress.phase = phase;
            progress.waiting_for = None;
        });
        if cancelled { Err(Halt::Account(Problem::interrupted())) } else { Ok(()) }
    }

    /// Finds out what became of doubtful messages, and writes it down.
    async fn settle(&self, lane: &mut Lane, mailbox: &str, entries: &[Entry], doubtful: &[SentRecord]) -> Result<(), Problem> {
        let lost_at = lane.lost_at.unwrap_or_else(|| age(doubtful));
        let mut session = self.session(lane).await?;
        let claims: Vec<Claim> =
            entries.iter().filter(|entry| entry.state == State::Stored).map(|entry| Claim { sent: sent_record(entry), uid: entry.uid }).collect();
        let settled = settle::settle(&mut session, mailbox, doubtful, &claims, lost_at, self.timing.settling()).await;
        let validity = match &settled {
            Ok(_) => session.examine(mailbox).await?.uid_validity,
            Err(_) => 0,
        };
        lane.session = Some(session);
        let outcomes = settled?;
        let mut rows: Vec<Entering> = outcomes
            .iter()
            .map(|outcome| match *outcome {
                Outcome::Stored { key, uid } => Entering::Stored { key, uid: Some((uid, validity)), doubtful: true },
                Outcome::Absent { key } => Entering::Forgotten { key },
            })
            .collect();
        self.settled.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
        let stored = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Stored { .. })).count() as u64;
        self.run.progress(|progress| progress.messages_done += stored);
        self.commit(&mut rows).map_err(Halt::problem)
    }

    /// Sends what is to be sent and takes the receipts.
    async fn pump(&self, open: &mut Open, folder: &PlannedFolder, mailbox: MailboxId, entries: &[Entry], todo: Vec<usize>) -> Result<(), Problem> {
        let slots: HashMap<u64, usize> = todo.iter().filter_map(|at| Some((folder.target.slots.get(*at)?.id, *at))).collect();
        let ids: Vec<u64> = todo.iter().filter_map(|at| folder.target.slots.get(*at).map(|slot| slot.id)).collect();
        let mut flow = Flow {
            transfer: self,
            sink: &mut open.sink,
            selected: open.selected.clone(),
            folder,
            mailbox,
            reader: self.read_ahead(ids.into(), slots),
            read_all: false,
            waiting: VecDeque::new(),
            under_way: UnderWay::new(),
            under_way_bytes: 0,
            rows: Vec::new(),
            next_uid: 0,
            ending: None,
            stopping: None,
            started: Instant::now(),
            sent_bytes: 0,
            expunged: 0,
            ours: entries.iter().filter(|entry| entry.state == State::Stored).filter_map(|entry| entry.uid.map(|uid| (uid, entry.key))).collect(),
        };
        let result = flow.go().await;
        if result.is_err() {
            flow.forget_unsent();
        }
        // Whatever ended it, the receipts that came are facts.
        let kept = self.commit(&mut flow.rows).map_err(Halt::problem);
        result.and(kept)
    }

    /// Reads the safe copy and makes wire bytes on a thread of its own.
    fn read_ahead(&self, ids: Arc<[u64]>, slots: HashMap<u64, usize>) -> mpsc::Receiver<Read> {
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let mut stream = Box::new(self.archive.source()).read(Selection::Ids(ids), self.run);
        let temp_dir = self.run.temp_dir().to_path_buf();
        tokio::task::spawn_blocking(move || {
            let mut left: HashSet<u64> = slots.keys().copied().collect();
            while let Some(held) = stream.next_blocking() {
                let read = match held.item {
                    StreamItem::Message { id, message } => {
                        let Some(slot) = slots.get(&id).copied() else { continue };
                        left.remove(&id);
                        match wire::encode(&message.body, message.rules, &temp_dir).and_then(|wire| Ok((digest(&wire)?, wire))) {
                            Ok((wire_sha256, wire)) => {
                                let (flags, keywords) = (message.flags, message.keywords);
                                let date = message.store_date.unwrap_or(InternalDate::from_unix(0));
                                Read::Ready(Box::new(Ready { slot, wire, wire_sha256, flags, keywords, date, share: held.share }))
                            }
                            Err(error) => Read::Unreadable(id, error.to_string()),
                        }
                    }
                    StreamItem::Unreadable(unreadable) => {
                        tracing::warn!(reason = unreadable.reason, "{} a message of the safe copy can't be read", Code::ArchiveDamaged);
                        continue;
                    }
                    StreamItem::Problem(problem) => {
                        tracing::warn!("{problem}");
                        continue;
                    }
                    // Only stores give these; they are never uploaded.
                    StreamItem::Other(_) => continue,
                    StreamItem::Finished => break,
                };
                if sender.blocking_send(read).is_err() {
                    return;
                }
            }
            for id in left {
                if sender.blocking_send(Read::Unreadable(id, "the safe copy could not give it".to_owned())).is_err() {
                    return;
                }
            }
        });
        receiver
    }
}

impl Halt {
    /// The problem itself.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Self::Mailbox(problem) | Self::Account(problem) => problem,
        }
    }
}

fn digest(body: &Body) -> std::io::Result<Sha256Digest> {
    use std::io::Read as _;
    if let Some(bytes) = body.in_memory() {
        return Ok(Sha256Digest::of(bytes));
    }
    let (mut hasher, mut reader, mut buffer) = (crate::mail::digest::Hasher::default(), body.reader(), vec![0; 256 * 1024]);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Indexes of slots that have no final state yet, and the records of those that are doubtful.
fn still_to_do(folder: &PlannedFolder, entries: &[Entry], unreadable: &HashSet<u64>) -> (Vec<usize>, Vec<SentRecord>) {
    let known: HashSet<_> = entries.iter().map(|entry| (entry.twin, entry.ordinal)).collect();
    let todo = folder
        .target
        .slots
        .iter()
        .zip(&folder.fates)
        .enumerate()
        .filter(|(_, (slot, fate))| **fate == Fate::Send && !known.contains(&(slot.twin, slot.ordinal)) && !unreadable.contains(&slot.id))
        .map(|(at, _)| at)
        .collect();
    let doubtful = entries
        .iter()
        .filter_map(|entry| match entry.state {
            State::Sent { .. } => Some(sent_record(entry)),
            _ => None,
        })
        .collect();
    (todo, doubtful)
}

fn sent_record(entry: &Entry) -> SentRecord {
    SentRecord {
        key: entry.key,
        uid_validity: entry.uid_validity,
        uid_next: entry.sent_uid_next,
        sent_at: entry.sent_at,
        wire_bytes: entry.wire_bytes,
        wire_sha256: entry.wire_sha256,
    }
}

/// When doubtful messages of an earlier run were sent, as far as this computer's clock can tell: never later than now.
fn age(doubtful: &[SentRecord]) -> tokio::time::Instant {
    let newest = doubtful.iter().map(|sent| sent.sent_at).max().unwrap_or(i64::MAX);
    let seconds = jiff::Timestamp::now().as_second().saturating_sub(newest).clamp(0, 3600);
    let now = tokio::time::Instant::now();
    now.checked_sub(std::time::Duration::from_secs(seconds.unsigned_abs())).unwrap_or(now)
}

/// One connection at work on one folder.
struct Flow<'a, 'b> {
    transfer: &'a Transfer<'b>,
    sink: &'a mut ImapSink<Reconnect>,
    selected: Selected,
    folder: &'a PlannedFolder,
    mailbox: MailboxId,
    reader: mpsc::Receiver<Read>,
    read_all: bool,
    waiting: VecDeque<Ready>,
    under_way: UnderWay,
    under_way_bytes: u64,
    rows: Vec<Entering>,
    next_uid: u32,
    /// Why nothing new starts.
    ending: Option<Problem>,
    stopping: Option<Instant>,
    started: Instant,
    sent_bytes: u64,
    expunged: u64,
    ours: HashMap<u32, u64>,
}

impl Flow<'_, '_> {
    async fn go(&mut self) -> Result<(), Problem> {
        self.next_uid = self.selected.uid_next.unwrap_or(1);
        loop {
            self.heed_cancel()?;
            let taking = self.ending.is_none() && self.stopping.is_none();
            if taking && self.sink.seen().expunged > self.expunged && self.under_way.is_empty() {
                self.look_for_a_drain().await?;
            }
            let holding_back = self.sink.seen().expunged > self.expunged;
            if taking && !holding_back && self.has_room() {
                self.take().await;
                let batch = self.next_batch();
                if !batch.is_empty() {
                    self.send(batch).await?;
                    continue;
                }
            }
            if !self.under_way.is_empty() {
                self.sink.flush().await.map_err(|error| error.problem)?;
                self.receipts().await?;
            } else if let Some(problem) = self.ending.take() {
                return Err(problem);
            } else if self.stopping.is_some() {
                return Err(Problem::interrupted());
            } else if self.read_all && self.waiting.is_empty() {
                return Ok(());
            }
        }
    }

    /// What never left this computer is in no doubt: it is to be sent again.
    fn forget_unsent(&mut self) {
        for key in self.sink.take_unsent() {
            if let Some((intent, _)) = self.under_way.remove(&key) {
                self.transfer.not_stored(&intent);
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

    /// Takes what is read already; waits for the first message only if nothing else is to be done.
    async fn take(&mut self) {
        let batch = self.sink.window().batch_messages;
        while self.waiting.len() < batch && !self.read_all {
            let next = match self.reader.try_recv() {
                Ok(read) => Some(read),
                Err(mpsc::error::TryRecvError::Disconnected) => None,
                Err(mpsc::error::TryRecvError::Empty) if self.waiting.is_empty() && self.under_way.is_empty() => self.reader.recv().await,
                Err(mpsc::error::TryRecvError::Empty) => return,
            };
            match next {
                Some(Read::Ready(ready)) => self.waiting.push_back(*ready),
                Some(Read::Unreadable(id, reason)) => {
                    if let Ok(mut unreadable) = self.transfer.unreadable.lock() {
                        unreadable.push((id, reason));
                    }
                }
                None => self.read_all = true,
            }
        }
    }

    /// Cuts the next batch from what is waiting: bounded in messages and bytes, a large message alone.
    fn next_batch(&mut self) -> Vec<Ready> {
        let window = self.sink.window();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < window.batch_messages {
            let Some(next) = self.waiting.front() else { break };
            let fits = batch.is_empty() || bytes + next.wire.len() <= window.batch_bytes;
            let Some(ready) = self.waiting.pop_front_if(|_| fits) else { break };
            bytes += ready.wire.len();
            batch.push(ready);
        }
        batch
    }

    /// Writes the intents down together with the receipts that came meanwhile, then sends.
    async fn send(&mut self, ready: Vec<Ready>) -> Result<(), Problem> {
        let now = jiff::Timestamp::now().as_second();
        let uid_validity = self.selected.uid_validity;
        let (mut batch, mut intents, mut bytes) = (Batch { mailbox: self.folder.target.name.clone(), messages: Vec::new() }, Vec::new(), 0);
        for one in ready {
            let Some(slot) = self.folder.target.slots.get(one.slot) else { continue };
            let intent = self.intent(slot, &one, uid_validity, now)?;
            bytes += intent.wire_bytes;
            let flags = Flags { draft: one.flags.draft || slot.flags.draft, ..one.flags };
            batch.messages.push(Outgoing { key: intent.key, wire: one.wire, flags, keywords: one.keywords, date: one.date });
            intents.push((intent, one.share));
        }
        let mut rows = std::mem::take(&mut self.rows);
        rows.extend(intents.iter().map(|(intent, _)| Entering::Sent(*intent)));
        self.transfer.commit(&mut rows).map_err(Halt::problem)?;
        self.under_way_bytes += bytes;
        self.transfer.appended.fetch_add(batch.messages.len() as u64, Ordering::Relaxed);
        for (intent, share) in intents {
            self.under_way.insert(intent.key, (intent, share));
        }
        let left = self.transfer.room_left.load(Ordering::Relaxed);
        let window = self.sink.window();
        let two_windows = i64::try_from(window.bytes.saturating_mul(2)).unwrap_or(i64::MAX);
        let few_left = self.transfer.messages_left.load(Ordering::Relaxed) < i64::try_from(window.messages.saturating_mul(2)).unwrap_or(i64::MAX);
        self.sink.set_careful(left < NEARLY_FULL_BYTES.max(two_windows) || few_left);
        self.sink.set_in_turn(!self.transfer.room_is_certain);
        let sent = batch.messages.len();
        self.sink.send(batch).await.map_err(|error| error.problem)?;
        if left != i64::MAX {
            self.transfer.room_left.fetch_sub(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
        if few_left || self.transfer.messages_left.load(Ordering::Relaxed) != i64::MAX {
            self.transfer.messages_left.fetch_sub(i64::try_from(sent).unwrap_or(0), Ordering::Relaxed);
        }
        self.keep_to_the_rate(bytes).await;
        Ok(())
    }

    fn intent(&self, slot: &Slot, ready: &Ready, uid_validity: u32, now: i64) -> Result<Intent, Problem> {
        Ok(Intent {
            key: self.transfer.journal().map_err(Halt::problem)?.new_key(),
            mailbox: self.mailbox,
            twin: slot.twin,
            ordinal: slot.ordinal,
            archive_id: slot.id,
            wire_bytes: ready.wire.len(),
            wire_sha256: ready.wire_sha256,
            twin_bytes: slot.twin_bytes,
            uid_validity,
            uid_next: self.next_uid,
            at: now,
        })
    }

    async fn keep_to_the_rate(&mut self, bytes: u64) {
        self.sent_bytes += bytes;
        let Some(rate) = self.transfer.max_rate.filter(|rate| *rate > 0) else { return };
        #[allow(clippy::cast_precision_loss, reason = "a pause need not be exact")]
        let due = std::time::Duration::from_secs_f64((self.sent_bytes as f64 / rate as f64).min(3600.0));
        if let Some(early) = due.checked_sub(self.started.elapsed()) {
            let _stopped = self.transfer.run.cancel.run_until_cancelled(tokio::time::sleep(early)).await;
        }
    }

    async fn receipts(&mut self) -> Result<(), Problem> {
        let receipts = match self.stopping {
            Some(since) => {
                let left = self.transfer.timing.stopping.saturating_sub(since.elapsed());
                tokio::time::timeout(left, self.sink.receipt()).await.map_err(|_| Problem::interrupted())?
            }
            // A receipt is waited for to its end even when the person stops: `receipt` has its own time-out.
            None => self.sink.receipt().await,
        }
        .map_err(|error| error.problem)?;
        for receipt in receipts {
            self.take_receipt(receipt);
        }
        if self.rows.len() >= RECEIPTS_AT_ONCE {
            let mut rows = std::mem::take(&mut self.rows);
            self.transfer.commit(&mut rows).map_err(Halt::problem)?;
        }
        Ok(())
    }

    /// Notes one receipt. After a problem that is more than this message's own nothing new starts; what is on the wire is
    /// settled first (DESIGN rule 7).
    fn take_receipt(&mut self, receipt: Receipt) {
        let (Receipt::Stored { key, .. } | Receipt::NotTried { key } | Receipt::Refused { key, .. }) = receipt;
        let Some((intent, _)) = self.under_way.remove(&key) else { return };
        self.under_way_bytes = self.under_way_bytes.saturating_sub(intent.wire_bytes);
        match receipt {
            Receipt::Stored { uid, uid_validity, .. } => {
                let uid = uid.filter(|_| uid_validity.is_none_or(|validity| validity == intent.uid_validity));
                if let Some(uid) = uid {
                    self.next_uid = self.next_uid.max(uid.saturating_add(1));
                    self.ours.insert(uid, key);
                }
                self.rows.push(Entering::Stored { key, uid: uid.map(|uid| (uid, intent.uid_validity)), doubtful: false });
                self.transfer.run.progress(|progress| {
                    progress.messages_done += 1;
                    progress.bytes_done += intent.wire_bytes;
                });
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
                    self.rows.push(Entering::Forgotten { key });
                    self.ending.get_or_insert(problem);
                }
            }
        }
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
