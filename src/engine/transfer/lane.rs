//! One connection with its retries: opens, settles, fills, and after a broken connection waits and goes on.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::flow::{Outcome, SentRecord};
use crate::imap::append::refusal;
use crate::imap::{Claim, ImapSink, Selected, Session};
use crate::journal::{Entering, Entry, MailboxId, Seen, State};
use crate::run::{Code, Event, Phase, Problem, Radius, Retry};

use super::super::again;
use super::super::far::Reconnect;
use super::super::plan::{Fate, PlannedFolder, Target};
use super::{Halt, Transfer};

/// One problem after the other takes up such a part of the patience at most.
const A_PART: u32 = 8;

/// One connection.
#[derive(Default)]
pub struct Lane {
    /// Signed in, no folder open for sending.
    pub(super) session: Option<Session>,
    /// A folder is open for sending.
    sink: Option<Open>,
    /// It never had a connection, and others are at work without it.
    is_spare: bool,
    lost_at: Option<tokio::time::Instant>,
    /// Since the last problem, and for how long nothing but problems came.
    failed_at: Option<Instant>,
    failing_for: Duration,
    fruitless: u32,
    pauses: u32,
}

/// A folder open for sending.
pub(super) struct Open {
    pub(super) mailbox: String,
    pub(super) selected: Selected,
    pub(super) sink: ImapSink<Reconnect>,
}

impl Lane {
    /// A lane that begins with this session, or connects when it has to.
    #[must_use]
    pub fn with(session: Option<Session>) -> Self {
        Self { is_spare: session.is_none(), session, ..Self::default() }
    }

    /// The session, if it lives; nothing is open for sending afterwards.
    fn take_session(&mut self) -> Option<Session> {
        let session = self.sink.take().map(|open| open.sink.into_session()).or_else(|| self.session.take());
        session.filter(|session| session.death().is_none())
    }

    /// It never had a connection: others are at work without it.
    #[must_use]
    pub const fn is_spare(&self) -> bool {
        self.is_spare
    }

    const fn is_new(&self) -> bool {
        self.sink.is_none() && self.session.is_none()
    }

    /// Whether this folder is open for sending.
    pub(super) fn has_open(&self, mailbox: &str) -> bool {
        self.sink.as_ref().is_some_and(|open| open.mailbox == mailbox)
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        if let Some(session) = self.take_session() {
            session.logout().await;
        }
    }
}

impl Transfer<'_> {
    /// Fills one folder. Returns once every message that should go has a receipt, or with the reason why not.
    ///
    /// # Errors
    /// [`Halt`]: everything that has a receipt is in the journal; what has none stands there as sent.
    pub async fn fill(&self, lane: &mut Lane, folder: &PlannedFolder) -> Result<(), Halt> {
        let mailbox = self.journal()?.mailbox(&folder.target.name).map_err(Halt::Account)?.0;
        // Another lane may have left it in doubt a moment ago.
        lane.lost_at = None;
        loop {
            if self.run.is_cancelled() {
                return Err(Halt::Account(Problem::interrupted()));
            }
            self.wait_for_the_hours(lane).await?;
            let entries = self.journal()?.entries(mailbox).map_err(Halt::Account)?;
            let unreadable = self.unreadable_ids();
            let (todo, doubtful) = still_to_do(folder, &entries, &unreadable);
            if self.is_over() {
                if !doubtful.is_empty() {
                    // What is not settled now is settled by the next run.
                    let _settled = self.settle(lane, &folder.target.name, &entries, &doubtful).await;
                }
                return Err(Halt::Over);
            }
            if todo.is_empty() && doubtful.is_empty() {
                return self.first_look(lane, &folder.target, &entries).await;
            }
            let progress_before = entries.iter().filter(|entry| !matches!(entry.state, State::Sent { .. })).count();
            let result = self.attempt(lane, folder, mailbox, &entries, &doubtful).await;
            let Err(problem) = result else { continue };
            if problem.code == Code::Interrupted && self.is_over() && !self.run.is_cancelled() {
                continue; // nothing new starts
            }
            let entries = self.journal()?.entries(mailbox).map_err(Halt::Account)?;
            if entries.iter().filter(|entry| !matches!(entry.state, State::Sent { .. })).count() > progress_before {
                lane.fruitless = 0;
                (lane.failed_at, lane.failing_for) = (None, Duration::ZERO);
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
        let (todo, _) = still_to_do(folder, entries, &self.unreadable_ids());
        let reader = self.read_ahead(folder, &todo); // reads while the folder is being opened
        if lane.sink.as_ref().is_none_or(|open| open.mailbox != folder.target.name) {
            self.open(lane, folder).await?;
        }
        let Some(sink) = &mut lane.sink else { return Err(Problem::account(Code::Internal, "a lane without a connection")) };
        self.pump(sink, folder, mailbox, entries, reader).await
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
        let lowest = new.iter().filter(|entry| entry.uid_validity == validity).filter_map(|entry| entry.uid).min().unwrap_or(1);
        // A connection that fails here takes no receipt with it: verification looks again in a fresh session.
        let Ok(listed) = open.sink.session().list_sizes_afresh(lowest).await else {
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
        let mut rows: Vec<Entering> = Vec::new();
        for entry in new {
            let Some(uid) = entry.uid.filter(|_| entry.uid_validity == validity) else { continue };
            let now = if sizes.get(&uid) == Some(&entry.wire_bytes) { Seen::Size } else { Seen::Absent };
            match rows.last_mut() {
                Some(Entering::SeenRun { last, seen, .. }) if *seen == now && *last + 1 == entry.key => *last = entry.key,
                _ => rows.push(Entering::SeenRun { first: entry.key, last: entry.key, seen: now }),
            }
        }
        self.commit(&mut rows)
    }

    /// Opens a connection if there is none, and the folder on it.
    async fn open(&self, lane: &mut Lane, folder: &PlannedFolder) -> Result<(), Problem> {
        let session = self.session(lane).await?;
        let connector = Reconnect { far: self.far.clone(), run: self.run.clone() };
        let mut sink = ImapSink::new(session, connector).with_timing(self.timing.settling()).on_line(self.line.clone());
        match sink.select(&folder.target.name).await {
            Ok(selected) => {
                // A folder that was just made: should it be numbered anew later, that must show.
                let mut journal = self.journal().map_err(Halt::problem)?;
                if let (mailbox, 0) = journal.mailbox(&folder.target.name)? {
                    journal.set_uid_validity(mailbox, selected.uid_validity)?;
                }
                drop(journal);
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
    pub(super) async fn session(&self, lane: &mut Lane) -> Result<Session, Problem> {
        match lane.take_session() {
            Some(session) => Ok(session),
            None => {
                let session = self.far.connect(self.run).await?;
                lane.is_spare = false;
                Ok(session)
            }
        }
    }

    /// Decides whether `problem` ends anything, or is waited out.
    async fn weigh(&self, lane: &mut Lane, problem: Problem) -> Result<(), Halt> {
        match (problem.radius, problem.retry) {
            _ if self.run.is_cancelled() || problem.code == Code::Interrupted => return Err(Halt::Account(Problem::interrupted())),
            // More connections than the server gives, whatever it says to that: the others go on.
            _ if lane.is_spare && self.work.has_others() => return Err(Halt::Lane(problem)),
            (Radius::Mailbox, _) => return Err(Halt::Mailbox(problem)),
            (_, Retry::Now) => {}
            _ if lane.is_new() && problem.code == Code::ImapBye && self.work.has_others() => {}
            // The internet is away: that is waited for, and is no failure.
            _ if again::is_away(&problem) => {}
            _ => return Err(Halt::Account(problem)),
        }
        let reached_it = lane.sink.is_some() || lane.session.is_some();
        let is_turned_away = !reached_it && matches!(problem.code, Code::ImapThrottled | Code::ImapBye | Code::NetRefused);
        if is_turned_away && self.work.has_others() {
            return Err(Halt::Lane(problem));
        }
        // Where nothing was open nothing was lost since.
        lane.lost_at = match lane.sink.take() {
            Some(mut open) => open.sink.session().died_at().or_else(|| Some(tokio::time::Instant::now())),
            None => lane.lost_at.or_else(|| Some(tokio::time::Instant::now())),
        };
        lane.session = None;
        // Some systems' clocks go on while the computer sleeps: hours of that are no hours of trying.
        let now = Instant::now();
        let since = lane.failed_at.replace(now).map_or(Duration::ZERO, |before| now.duration_since(before));
        lane.failing_for += since.min(self.timing.patience / A_PART);
        lane.fruitless += u32::from(reached_it);
        // Nobody knows when the internet comes back; only a person says when to stop waiting for it.
        let is_away = !reached_it && again::is_away(&problem);
        if (!is_away && lane.failing_for > self.timing.patience) || lane.fruitless > self.timing.fruitless_tries {
            return Err(Halt::Account(Problem { retry: Retry::Later, ..problem }));
        }
        if problem.code == Code::ImapThrottled && self.timing.obeys_backoff {
            // It says itself when to come again: that is no failure, however often.
            (lane.failed_at, lane.failing_for, lane.fruitless) = (None, Duration::ZERO, 0);
        }
        self.pause(lane, problem).await
    }

    /// Waits before connecting anew, longer each time and never in step with other lanes.
    async fn pause(&self, lane: &mut Lane, problem: Problem) -> Result<(), Halt> {
        let asked = refusal::wait_for(&problem).filter(|_| self.timing.obeys_backoff).unwrap_or_default();
        let pause = again::pause(&self.timing, lane.pauses).max(asked);
        lane.pauses += 1;
        self.run.tell(Event::Waiting { reason: problem.to_string(), seconds: pause.as_secs() }).await;
        self.wait(problem.code.as_str(), tokio::time::sleep(pause)).await
    }

    /// Outside the hours that were chosen says goodbye to the server and waits until they begin.
    async fn wait_for_the_hours(&self, lane: &mut Lane) -> Result<(), Halt> {
        let Some(hours) = self.hours.filter(|_| !self.is_open()) else { return Ok(()) };
        std::mem::take(lane).close().await; // no server keeps an idle connection for hours
        let now = (self.timing.clock)();
        let start = hours.next_start(&now);
        let until = format!("until {}", start.strftime("%H:%M"));
        let seconds = start.timestamp().as_second().saturating_sub(now.timestamp().as_second()).max(0).unsigned_abs();
        self.run.tell(Event::Waiting { reason: format!("{until}, as mail is to be copied {hours} only"), seconds }).await;
        // The computer may sleep, and its clock may be set: what counts is what the clock says then.
        let begun = async {
            while !self.is_open() {
                tokio::time::sleep(self.timing.look_at_clock).await;
            }
        };
        self.wait(&until, begun).await
    }

    /// Shows that it waits while it does, unless a person says stop.
    async fn wait(&self, what_for: &str, end: impl Future<Output = ()>) -> Result<(), Halt> {
        self.run.progress(|progress| {
            progress.phase = Phase::Waiting;
            progress.waiting_for = Some(what_for.to_owned());
        });
        let cancelled = tokio::select! {
            () = end => false,
            () = self.run.cancel.cancelled() => true,
            () = self.over.cancelled() => false,
        };
        self.run.progress(|progress| {
            progress.phase = Phase::Uploading;
            progress.waiting_for = None;
        });
        if cancelled { Err(Halt::Account(Problem::interrupted())) } else { Ok(()) }
    }

    /// Finds out what became of doubtful messages, and writes it down.
    async fn settle(&self, lane: &mut Lane, mailbox: &str, entries: &[Entry], doubtful: &[SentRecord]) -> Result<(), Problem> {
        // What an earlier run sent counts as lost now: the clock on the wall may have jumped since.
        let lost_at = *lane.lost_at.get_or_insert_with(tokio::time::Instant::now);
        let mut session = self.session(lane).await?;
        let claims: Vec<Claim> =
            entries.iter().filter(|entry| entry.state == State::Stored).map(|entry| Claim { sent: sent_record(entry), uid: entry.uid }).collect();
        let settled = self.settle_in(&mut session, mailbox, doubtful, &claims, lost_at).await;
        lane.session = Some(session);
        let (outcomes, validity) = settled?;
        lane.lost_at = None;
        let mut rows: Vec<Entering> = outcomes
            .iter()
            .map(|outcome| match *outcome {
                Outcome::Stored { key, uid } => Entering::Settled { key, uid: (uid, validity) },
                Outcome::Absent { key } => Entering::Forgotten { key },
            })
            .collect();
        self.settled.fetch_add(outcomes.len() as u64, Ordering::Relaxed);
        let stored = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Stored { .. })).count() as u64;
        self.run.progress(|progress| progress.messages_done += stored);
        self.commit(&mut rows).map_err(Halt::problem)
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
        twin: entry.content,
    }
}
