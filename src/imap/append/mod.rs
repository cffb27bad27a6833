//! The upload: a sink that keeps APPENDs under way through a window.
//!
//! Latency and the server's work per command are the limit, not bytes. So messages go without waiting for each other: many
//! in one command where the server has MULTIAPPEND, in commands one behind the other where literals need no permission
//! (LITERAL+, LITERAL-), and one literal at a time elsewhere. Writing and reading go on at once, or a server that waits for
//! its answers to be read would stop both.
//!
//! MULTIAPPEND is atomic: of a refused command nothing is stored, so it is halved until the refused message stands alone.
//! After an OVERQUOTA nothing new starts (DESIGN rule 7). What had no receipt when a connection broke is settled by a look
//! ([`settle`]), never sent again blindly.
//!
//! Where bytes are the limit after all, they are deflated: [`Line`] finds out. What is counted and journalled are messages and their
//! own bytes, never those on the wire.

mod flight;
pub mod refusal;
pub mod settle;
mod tempo;

use std::collections::VecDeque;

use tokio::time::Instant;

use self::flight::{Flight, Group};
use self::refusal::Refusal;
pub use self::settle::{Claim, Connect, SettleTiming};
use self::tempo::Tempo;
use super::error::ImapError;
use super::line::{Answered, Line, Sample};
use super::mailbox::Selected;
use super::response::{Ignore, Status, Tagged};
use super::session::{Happened, Seen, Session};
use crate::flow::{Batch, MessageSink, Outcome, Outgoing, Receipt, SentRecord, SinkError, Window};
use crate::run::{Code, Problem, Radius, Retry};

/// Near the quota: one message at a time.
const CAREFUL_WINDOW: Window = Window { messages: 1, bytes: 1, batch_messages: 1, batch_bytes: 1 };

/// An IMAP account that takes messages: one connection, one mailbox at a time.
#[derive(Debug)]
pub struct ImapSink<C> {
    session: Session,
    spare: Option<Session>,
    connector: C,
    target: Option<(String, Selected)>,
    careful: bool,
    /// One command at a time: nothing after a message that does not fit may be on the wire.
    in_turn: bool,
    /// An OVERQUOTA was answered: one command at a time from now on.
    was_full: bool,
    /// The first message that did not fit was found: nothing more is tried.
    full: bool,
    next_place: u64,
    /// Not yet on the wire, in order.
    queue: VecDeque<Group>,
    /// On the wire.
    flights: VecDeque<Flight>,
    ready: Vec<Receipt>,
    claims: Vec<Claim>,
    timing: SettleTiming,
    tempo: Tempo,
    line: Line,
}

impl<C: Connect> ImapSink<C> {
    /// Over a signed-in session; `connector` makes the fresh ones that settling needs.
    pub fn new(session: Session, connector: C) -> Self {
        Self {
            session,
            spare: None,
            connector,
            target: None,
            careful: false,
            in_turn: false,
            was_full: false,
            full: false,
            next_place: 0,
            queue: VecDeque::new(),
            flights: VecDeque::new(),
            ready: Vec::new(),
            claims: Vec::new(),
            timing: SettleTiming::default(),
            tempo: Tempo::default(),
            line: Line::default(),
        }
    }

    /// With other waits for settling.
    #[must_use]
    pub const fn with_timing(mut self, timing: SettleTiming) -> Self {
        self.timing = timing;
        self
    }

    /// Over a line that other connections share; without one nothing is deflated.
    #[must_use]
    pub fn on_line(mut self, line: Line) -> Self {
        self.line = line;
        self
    }

    /// The line holds up what is sent: once nothing is under way, [`ImapSink::deflate`] is due.
    #[must_use]
    pub fn wants_deflate(&self) -> bool {
        self.line.wants_deflated(&self.session)
    }

    /// Deflating is being tried: what moves now says nothing else.
    #[must_use]
    pub fn is_trying_to_deflate(&self) -> bool {
        self.line.is_trying(&self.session)
    }

    /// With nothing under way: deflates the connection, if the server agrees.
    ///
    /// # Errors
    /// Only those that end the session.
    pub async fn deflate(&mut self) -> Result<(), Problem> {
        Ok(self.line.deflate(&mut self.session).await?)
    }

    /// Opens the mailbox that messages go to, once what is under way has ended. UIDVALIDITY and UIDNEXT in the answer are
    /// what the journal notes before anything is sent.
    ///
    /// # Errors
    /// `IMAP-MAILBOX` if it can't be opened; any other ends the session.
    pub async fn select(&mut self, mailbox: &str) -> Result<Selected, Problem> {
        while !self.is_idle() {
            self.turn().await?;
        }
        self.target = None;
        let asked = Instant::now();
        let selected = self.session.select(mailbox).await.map_err(|error| mailbox_problem(error, mailbox))?;
        self.tempo.round_trip(asked.elapsed());
        self.line.round_trip(asked.elapsed());
        self.target = Some((mailbox.to_owned(), selected.clone()));
        Ok(selected)
    }

    /// The open mailbox as it was when it was opened.
    #[must_use]
    pub fn selected(&self) -> Option<&Selected> {
        self.target.as_ref().map(|(_, selected)| selected)
    }

    /// What the server said of the open mailbox since: messages that vanish mean that someone drains it (POP-DRAIN).
    #[must_use]
    pub const fn seen(&self) -> Seen {
        self.session.seen()
    }

    /// Nearly full: one message at a time, refused before its body.
    pub const fn set_careful(&mut self, careful: bool) {
        self.careful = careful;
    }

    /// Where the server does not tell its room: one command at a time, so that of several on the wire none is stored behind
    /// one that did not fit (DESIGN rule 7). A MULTIAPPEND still carries its whole batch.
    pub const fn set_in_turn(&mut self, in_turn: bool) {
        self.in_turn = in_turn;
    }

    /// True once the server said OVERQUOTA.
    #[must_use]
    pub const fn was_full(&self) -> bool {
        self.was_full
    }

    /// There is room again: what is sent from now on is tried.
    pub const fn room_again(&mut self) {
        self.full = false;
    }

    /// Messages that are known to be in the mailbox: settling never explains a doubtful message by their copies. All that the
    /// journal calls stored and that could be identical to a doubtful one belongs here.
    pub fn set_claims(&mut self, claims: Vec<Claim>) {
        self.claims = claims;
    }

    /// The journal's numbers of messages that have no receipt yet: after a broken connection these are in doubt.
    pub fn under_way(&self) -> impl Iterator<Item = u64> {
        let groups = self.flights.iter().map(|flight| &flight.group).chain(&self.queue);
        groups.flat_map(|group| group.messages.iter().map(|message| message.key))
    }

    /// After a broken connection: the journal's numbers of messages of which not one byte was handed to it. The server can't
    /// have them; all others without a receipt are in doubt.
    pub fn take_unsent(&mut self) -> Vec<u64> {
        let mut keys: Vec<u64> = self.queue.drain(..).flat_map(|group| group.messages).map(|message| message.key).collect();
        if let Some(first) = self.session.outbox().withdraw(0) {
            while let Some(unsent) = self.flights.pop_back_if(|flight| flight.number >= first) {
                keys.extend(unsent.group.messages.iter().map(|message| message.key));
            }
        }
        keys
    }

    /// The session, for other commands while nothing is under way.
    pub const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The session, given back.
    #[must_use]
    pub fn into_session(self) -> Session {
        self.session
    }

    /// Goes on in a fresh session, with the same mailbox open. What was under way is forgotten here: settle it first.
    ///
    /// # Errors
    /// Why there is no session, or why the mailbox can't be opened.
    pub async fn reconnect(&mut self) -> Result<Option<Selected>, Problem> {
        self.session = match self.spare.take().filter(|spare| spare.death().is_none()) {
            Some(spare) => spare,
            None => self.connector.connect().await?,
        };
        self.queue.clear();
        self.flights.clear();
        match self.target.take() {
            Some((mailbox, _)) => self.select(&mailbox).await.map(Some),
            None => Ok(None),
        }
    }

    fn is_idle(&self) -> bool {
        self.flights.is_empty() && self.queue.is_empty()
    }

    /// Sets aside what would be refused for certain.
    fn screen(&mut self, messages: Vec<Outgoing>) -> Vec<Outgoing> {
        let (limit, mailbox) = (self.session.capabilities().appendlimit.unwrap_or(u64::MAX), self.mailbox().to_owned());
        let (good, bad): (Vec<_>, Vec<_>) = messages.into_iter().partition(|message| !message.wire.is_empty() && message.wire.len() <= limit);
        for message in bad {
            let problem = if message.wire.is_empty() {
                Problem::new(Code::MessageRefused, Radius::Message, Retry::Never, "an empty message: no server takes one")
            } else {
                Problem::new(Code::TooLarge, Radius::Message, Retry::Never, format!("larger than the server takes ({limit} bytes)"))
            };
            self.ready.push(Receipt::Refused { key: message.key, problem: problem.at(&mailbox) });
        }
        good
    }

    fn mailbox(&self) -> &str {
        self.target.as_ref().map_or("", |(mailbox, _)| mailbox)
    }

    /// Puts a group back where it belongs in the order.
    fn enqueue(&mut self, group: Group) {
        let at = self.queue.partition_point(|other| other.place < group.place);
        self.queue.insert(at, group);
    }

    /// Puts on the wire what may go now.
    fn start(&mut self) -> Result<(), ImapError> {
        while !self.queue.is_empty() {
            if self.full {
                let keys = self.queue.drain(..).flat_map(|group| group.messages).map(|message| Receipt::NotTried { key: message.key });
                self.ready.extend(keys);
                return Ok(());
            }
            let one_by_one = self.careful || self.was_full || self.in_turn;
            if one_by_one && !self.flights.is_empty() {
                return Ok(());
            }
            let Some(group) = self.queue.pop_front() else { return Ok(()) };
            let apart = self.careful || !self.session.capabilities().multiappend;
            if group.messages.len() > 1 && apart {
                for single in group.singles().rev() {
                    self.queue.push_front(single);
                }
            } else {
                self.launch(group)?;
            }
        }
        Ok(())
    }

    fn launch(&mut self, group: Group) -> Result<(), ImapError> {
        let (number, tag) = self.session.new_tag();
        let flight = Flight { number, tag, group, sent: Instant::now() };
        let capabilities = self.session.capabilities().clone();
        let ask = self.careful || (self.was_full && flight.group.messages.len() == 1);
        if let Some((mailbox, selected)) = &self.target {
            flight::write(&flight, mailbox, selected, &capabilities, ask, self.session.outbox())?;
        }
        self.flights.push_back(flight);
        Ok(())
    }

    /// Writes and reads until a command ends or everything is written.
    async fn turn(&mut self) -> Result<(), Problem> {
        self.start()?;
        let was_deflated = self.session.is_deflated();
        let happened = self.session.next(&mut Ignore).await.inspect_err(|_| self.line.broke(was_deflated))?;
        if let Happened::Answered(answer) = happened {
            match self.flights.iter().position(|flight| flight.tag == answer.tag).and_then(|at| self.flights.remove(at)) {
                Some(flight) => self.answered(flight, &answer),
                None => self.session.stray()?,
            }
            self.start()?;
        }
        Ok(())
    }

    fn answered(&mut self, flight: Flight, answer: &Tagged) {
        self.session.outbox().answered(flight.number);
        if answer.status == Status::Ok {
            self.measure(&flight);
            self.stored(flight.group, answer);
            return;
        }
        let refusal = refusal::classify(answer.code.as_ref(), &answer.text);
        match refusal {
            Refusal::OverQuota => self.over_quota(flight, answer),
            Refusal::TooLarge | Refusal::Message if flight.group.messages.len() > 1 => {
                for half in flight.group.halves() {
                    self.enqueue(half);
                }
            }
            _ => self.refused(flight.group, refusal, answer),
        }
    }

    /// A command that was answered with OK tells how fast line and server are.
    fn measure(&mut self, flight: &Flight) {
        let (now, bytes) = (Instant::now(), flight.group.bytes());
        let busy = self.tempo.answered(flight.sent, now, flight.group.messages.len(), bytes);
        let (is_followed, is_deflated) = (!self.flights.is_empty(), self.session.is_deflated());
        let answered = Answered { busy, took: now.duration_since(flight.sent), bytes, is_followed, is_deflated };
        self.line.answered(answered, || Sample::of(flight.group.messages.iter().map(|message| &message.wire)));
    }

    fn stored(&mut self, group: Group, answer: &Tagged) {
        let named = flight::uids(answer, group.messages.len());
        let uid_validity = named.as_ref().map(|(uid_validity, _)| *uid_validity);
        let mut uids = named.into_iter().flat_map(|(_, uids)| uids);
        for message in group.messages {
            self.ready.push(Receipt::Stored { key: message.key, uid: uids.next(), uid_validity });
        }
    }

    fn refused(&mut self, group: Group, refusal: Refusal, answer: &Tagged) {
        let problem = refusal::problem(refusal, &answer.text, self.mailbox());
        for message in group.messages {
            self.ready.push(Receipt::Refused { key: message.key, problem: problem.clone() });
        }
    }

    /// DESIGN rule 7: nothing new starts, what is on the wire is settled, and the refused command is halved until the first
    /// message that does not fit stands alone.
    fn over_quota(&mut self, flight: Flight, answer: &Tagged) {
        self.was_full = true;
        if let Some(first) = self.session.outbox().withdraw(flight.number + 1) {
            while let Some(unsent) = self.flights.pop_back_if(|other| other.number >= first) {
                self.enqueue(unsent.group);
            }
        }
        let place = flight.group.place;
        let is_first = self.queue.front().is_none_or(|group| group.place > place) && self.flights.iter().all(|other| other.group.place > place);
        if self.full {
            // Refused as well as the first one, before it was known.
            self.ready.extend(flight.group.messages.iter().map(|message| Receipt::NotTried { key: message.key }));
        } else if flight.group.messages.len() == 1 && is_first {
            self.full = true;
            self.refused(flight.group, Refusal::OverQuota, answer);
        } else {
            for half in flight.group.halves() {
                self.enqueue(half);
            }
        }
    }
}

/// A refused SELECT concerns the folder, unless the server only asks for patience.
fn mailbox_problem(error: ImapError, mailbox: &str) -> Problem {
    let refused = !error.is_dead();
    let mut problem = Problem::from(error).at(mailbox);
    if refused && problem.code == Code::ImapRefused {
        (problem.code, problem.radius) = (Code::MailboxRefused, Radius::Mailbox);
    }
    problem
}

impl<C: Connect> MessageSink for ImapSink<C> {
    fn window(&self) -> Window {
        if self.careful || self.was_full { CAREFUL_WINDOW } else { self.tempo.window(self.in_turn && self.session.capabilities().multiappend) }
    }

    /// Answers once the batch is written as far as it can be without an answer of the server.
    async fn send(&mut self, batch: Batch) -> Result<(), SinkError> {
        if self.target.as_ref().is_none_or(|(mailbox, _)| *mailbox != batch.mailbox) {
            self.select(&batch.mailbox).await?;
        }
        let messages = self.screen(batch.messages);
        if !messages.is_empty() {
            let place = self.next_place;
            self.next_place += messages.len() as u64;
            self.queue.push_back(Group { place, messages });
        }
        self.flush().await
    }

    async fn receipt(&mut self) -> Result<Vec<Receipt>, SinkError> {
        while self.ready.is_empty() && !self.is_idle() {
            self.turn().await?;
        }
        Ok(std::mem::take(&mut self.ready))
    }

    /// In the mailbox that was selected last. The session it needs is kept for [`ImapSink::reconnect`].
    async fn settle(&mut self, doubtful: &[SentRecord]) -> Result<Vec<Outcome>, SinkError> {
        if doubtful.is_empty() {
            return Ok(Vec::new());
        }
        let lost_at = self.session.died_at().unwrap_or_else(Instant::now);
        let mut session = self.connector.connect().await?;
        let outcomes = settle::settle(&mut session, self.mailbox(), doubtful, &self.claims, lost_at, self.timing).await?;
        self.spare = Some(session);
        Ok(outcomes)
    }

    async fn flush(&mut self) -> Result<(), SinkError> {
        self.start().map_err(Problem::from)?;
        while self.session.outbox().can_write() {
            self.turn().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
