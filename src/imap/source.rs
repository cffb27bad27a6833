//! An IMAP account as a source of messages: EXAMINE and BODY.PEEK only, so that nothing there changes, not even a flag.
//!
//! What is wanted was listed before ([`Remotes`]). Bodies are asked for in commands of some hundred kilobytes, several of them under
//! way at once, each only once there is room for it in the stream: a long line is kept busy and memory stays flat. A large body goes
//! through a temporary file, above 10 MB in ranges. A message whose length is not what its listing said is read a second time, and
//! one that a server refuses with others is asked for alone, before anything is said of it.
//!
//! Where the line is what holds it up, the old server is asked to deflate ([`Line`]).
//!
//! A broken connection ends the stream with its problem; who reads on opens another one and asks for what is missing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::append::Connect;
use super::append::refusal::is_passing;
use super::command::Command;
use super::error::ImapError;
use super::fetch::{SET_BYTES, announces_body, body_origin, items, uid_of};
use super::line::{Answered, Line, Sample};
use super::quirk;
use super::response::{Status, Tagged, Take, Untagged, Visitor};
use super::session::{Happened, Session};
use super::token::Value;
use super::uid_set;
use crate::flow::stream::{Closed, MessageSender, Share, channel};
use crate::flow::{MessageSource, MessageStream, Selection, StreamItem};
use crate::mail::body::{BodyWriter, SPOOL_ABOVE_BYTES};
use crate::mail::{Body, Flags, InternalDate, Keywords, MailboxPath, Message, Origin, Sha256Digest, SpecialUse, Unreadable, WireRules};
use crate::run::{Code, Problem, Radius, Retry, Run};

/// What the stream may hold, in bytes: what is under way from the old server, what waits, and the sink's window.
const STREAM_BYTES: u64 = 16_000_000;
/// Bodies under way at once, in bytes: more would only wait in the line, and for a person who says stop.
const UNDER_WAY_BYTES: u64 = 4_000_000;
/// Bodies asked for in one command, in bytes; a larger one goes alone.
const BATCH_BYTES: u64 = 400_000;
/// Bodies asked for in one command.
const BATCH_MESSAGES: usize = 100;
/// Signed-in sessions that are kept for the next folder.
const SPARE_SESSIONS: usize = 4;

/// A message of the account, as it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// What the plan calls it.
    pub id: u64,
    /// Its mailbox, a place in [`Remotes::folders`].
    pub folder: usize,
    /// Its UID.
    pub uid: u32,
    /// RFC822.SIZE.
    pub size: u64,
    /// Flags.
    pub flags: Flags,
    /// Keywords.
    pub keywords: Keywords,
    /// INTERNALDATE, where it could be read.
    pub date: Option<InternalDate>,
}

/// A mailbox of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteFolder {
    /// Its full name, for commands.
    pub name: String,
    /// Its path, without the namespace's prefix.
    pub path: MailboxPath,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// The UIDVALIDITY under which its UIDs were listed.
    pub uid_validity: u32,
}

/// What was listed.
#[derive(Clone, Debug, Default)]
pub struct Remotes {
    /// The account as a store's id.
    pub store: String,
    /// Mailboxes.
    pub folders: Vec<RemoteFolder>,
    /// Messages, by ascending id.
    pub messages: Vec<Remote>,
}

impl Remotes {
    /// The message of this id.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&Remote> {
        self.messages.binary_search_by_key(&id, |remote| remote.id).ok().and_then(|at| self.messages.get(at))
    }

    /// The mailbox of a message.
    #[must_use]
    pub fn folder_of(&self, remote: &Remote) -> Option<&RemoteFolder> {
        self.folders.get(remote.folder)
    }
}

/// A session that waits for work, and the mailbox that is open in it.
type Spare = (Session, Option<String>);

/// Reads what was listed. Clones share their sessions.
#[derive(Debug)]
pub struct ImapSource<C> {
    connector: Arc<C>,
    remotes: Arc<Remotes>,
    spares: Arc<Mutex<Vec<Spare>>>,
    gone: Arc<Mutex<BTreeSet<u64>>>,
    line: Line,
}

impl<C> Clone for ImapSource<C> {
    fn clone(&self) -> Self {
        Self {
            connector: Arc::clone(&self.connector),
            remotes: Arc::clone(&self.remotes),
            spares: Arc::clone(&self.spares),
            gone: Arc::clone(&self.gone),
            line: self.line.clone(),
        }
    }
}

impl<C: Connect> ImapSource<C> {
    /// Reads from `remotes` through sessions that `connector` makes.
    pub fn new(connector: C, remotes: Remotes) -> Self {
        Self { connector: Arc::new(connector), remotes: Arc::new(remotes), spares: Arc::default(), gone: Arc::default(), line: Line::default() }
    }

    /// Over a line that is watched; without one nothing is deflated.
    #[must_use]
    pub fn on_line(mut self, line: Line) -> Self {
        self.line = line;
        self
    }

    /// What was listed.
    #[must_use]
    pub fn remotes(&self) -> &Remotes {
        &self.remotes
    }

    /// Ids of messages that were listed and are not there any more.
    #[must_use]
    pub fn gone(&self) -> BTreeSet<u64> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives a signed-in session in which nothing goes on; `open` is the mailbox open in it.
    pub fn give(&self, session: Session, open: Option<String>) {
        let mut spares = self.spares.lock().unwrap_or_else(PoisonError::into_inner);
        if session.death().is_none() && spares.len() < SPARE_SESSIONS {
            spares.push((session, open));
        }
    }

    /// A signed-in session: one that was given, or a fresh one.
    ///
    /// # Errors
    /// Why none can be had.
    pub async fn session(&self) -> Result<Spare, Problem> {
        let spare = self.spares.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match spare {
            Some(spare) => Ok(spare),
            None => Ok((self.connector.connect().await?, None)),
        }
    }

    /// Says goodbye to the sessions that wait.
    pub async fn close(&self) {
        let spares = std::mem::take(&mut *self.spares.lock().unwrap_or_else(PoisonError::into_inner));
        futures_util::future::join_all(spares.into_iter().map(|(session, _)| session.logout())).await;
    }

    fn is_gone(&self, id: u64) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }
}

impl<C: Connect + 'static> MessageSource for ImapSource<C> {
    /// Only from within a runtime.
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        let (sender, stream) = channel(STREAM_BYTES);
        let run = run.clone();
        tokio::spawn(async move {
            let reading = read_all(&self, &what, &sender, run.temp_dir());
            tokio::select! {
                biased;
                () = run.cancel.cancelled() => {}
                ended = reading => {
                    let last = match ended {
                        Ok(()) => StreamItem::Finished,
                        Err(Stop::Unread) => return,
                        Err(Stop::Problem(problem)) => StreamItem::Problem(problem),
                    };
                    let _nobody = sender.send(last).await;
                }
            }
        });
        stream
    }
}

/// Why reading ends before its end.
enum Stop {
    /// Nobody reads on.
    Unread,
    Problem(Box<Problem>),
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Unread
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<ImapError> for Stop {
    fn from(error: ImapError) -> Self {
        Problem::from(error).into()
    }
}

async fn read_all<C: Connect>(source: &ImapSource<C>, what: &Selection, sender: &MessageSender, temp_dir: &Path) -> Result<(), Stop> {
    let remotes = source.remotes();
    let wanted: Vec<&Remote> = match what {
        Selection::Ids(ids) => ids.iter().filter_map(|id| remotes.get(*id)).collect(),
        Selection::All | Selection::Mailboxes(_) => {
            let is_wanted = |remote: &&Remote| remotes.folder_of(remote).is_some_and(|folder| what.wants(&folder.path));
            remotes.messages.iter().filter(is_wanted).collect()
        }
    };
    let (mut session, mut open) = source.session().await?;
    let groups: Vec<&[&Remote]> = wanted.chunk_by(|one, two| one.folder == two.folder).collect();
    for group in groups {
        let Some(folder) = group.first().and_then(|remote| remotes.folder_of(remote)) else { continue };
        if open.as_deref() != Some(folder.name.as_str()) {
            open = None;
            let asked = Instant::now();
            let examined = session.examine(&folder.name).await;
            source.line.round_trip(asked.elapsed());
            match examined {
                Ok(selected) if selected.uid_validity != folder.uid_validity => return Err(renumbered(folder).into()),
                Ok(_) => open = Some(folder.name.clone()),
                Err(error) if error.is_dead() || passes(&error) => return Err(error.into()),
                Err(error) => {
                    let reason = format!("the old server does not open its folder: {error}");
                    for remote in group {
                        sender.send(unreadable(remotes, remote, reason.clone())).await?;
                    }
                    continue;
                }
            }
        }
        let mut reading = Reading { source, session: &mut session, folder, sender, temp_dir, wrong_sizes: 0, again: Vec::new(), last_landed: None };
        reading.go(group).await?;
    }
    source.give(session, open);
    Ok(())
}

fn passes(error: &ImapError) -> bool {
    matches!(error, ImapError::No { code, text, .. } if is_passing(code.as_ref(), text))
}

fn renumbered(folder: &RemoteFolder) -> Problem {
    let what = "the old server numbered a folder's messages anew while it was read (UIDVALIDITY); the next run finds them again";
    Problem::new(Code::SourceChanged, Radius::Account, Retry::Later, what).at(&folder.path)
}

fn unreadable(remotes: &Remotes, remote: &Remote, reason: String) -> StreamItem {
    let mailbox = remotes.folder_of(remote).map(|folder| folder.path.clone()).unwrap_or_default();
    StreamItem::Unreadable(Box::new(Unreadable { store: remotes.store.clone(), mailbox, place: remote.id.to_string(), reason, remains: Vec::new() }))
}

/// Several bodies asked for in one command.
struct Flight<'a> {
    number: u32,
    tag: String,
    bytes: u64,
    messages: Vec<(&'a Remote, Share)>,
    /// When it was asked for.
    asked: Instant,
}

/// A message that is asked for alone, and why.
struct Again<'a> {
    remote: &'a Remote,
    share: Share,
    /// It had another length than listed; this was its digest.
    first: Option<Sha256Digest>,
}

/// One mailbox being read.
struct Reading<'a, C> {
    source: &'a ImapSource<C>,
    session: &'a mut Session,
    folder: &'a RemoteFolder,
    sender: &'a MessageSender,
    temp_dir: &'a Path,
    /// Lengths that were not as listed, of messages that came alike twice.
    wrong_sizes: u32,
    again: Vec<Again<'a>>,
    last_landed: Option<Instant>,
}

impl<'a, C: Connect> Reading<'a, C> {
    async fn go(&mut self, group: &[&'a Remote]) -> Result<(), Stop> {
        let (small, large): (Vec<&Remote>, Vec<&Remote>) = group.iter().partition(|remote| remote.size <= SPOOL_ABOVE_BYTES);
        self.pipeline(&small).await?;
        for again in std::mem::take(&mut self.again) {
            self.alone(again).await?;
        }
        for remote in large {
            let share = self.sender.reserve(0).await?; // its bytes lie in a file
            self.alone(Again { remote, share, first: None }).await?;
        }
        Ok(())
    }

    /// Keeps as many commands under way as there is room for what they bring.
    async fn pipeline(&mut self, wanted: &[&'a Remote]) -> Result<(), Stop> {
        let mut left = wanted;
        let mut flights: VecDeque<Flight<'_>> = VecDeque::new();
        let mut catch = Catch { temp_dir: self.temp_dir, coming: None, came: BTreeMap::new(), failed: None };
        loop {
            let line = &self.source.line;
            if line.wants_deflated(self.session) && !left.is_empty() {
                if flights.is_empty() {
                    line.deflate(self.session).await?;
                    continue;
                }
            } else {
                while flights.iter().map(|flight| flight.bytes).sum::<u64>() < UNDER_WAY_BYTES
                    && let Some(mut flight) = self.gather(&mut left, flights.is_empty()).await?
                {
                    self.launch(&mut flight)?;
                    flights.push_back(flight);
                }
            }
            if flights.is_empty() {
                return Ok(());
            }
            let was_deflated = self.session.is_deflated();
            let happened = self.session.next(&mut catch).await.inspect_err(|_| self.source.line.broke(was_deflated))?;
            if let Some(error) = catch.failed.take() {
                return Err(Problem::write(&error, self.temp_dir).into());
            }
            if let Happened::Answered(answer) = happened {
                match flights.iter().position(|flight| flight.tag == answer.tag).and_then(|at| flights.remove(at)) {
                    Some(flight) => {
                        self.measure(&flight, &answer, &catch, !flights.is_empty());
                        self.landed(flight, &answer, &mut catch)?;
                        // Bodies of the next commands may come before this one's end: Dovecot runs several FETCH at a time where the line
                        // holds it up. Nobody asked for more than those.
                        let asked: BTreeSet<u32> = flights.iter().flat_map(|flight| &flight.messages).map(|(remote, _)| remote.uid).collect();
                        catch.came.retain(|uid, _| asked.contains(uid));
                    }
                    None => self.session.stray()?,
                }
            }
        }
    }

    /// The next bodies, once there is room for a whole command's; with nothing under way, room is waited for.
    async fn gather(&mut self, left: &mut &[&'a Remote], wait: bool) -> Result<Option<Flight<'a>>, Stop> {
        let Some(first) = left.first() else { return Ok(None) };
        let room = first.size.max(BATCH_BYTES) + (BATCH_MESSAGES as u64) * 1024;
        match self.sender.try_reserve(room)? {
            Some(seen_free) => drop(seen_free),
            None if wait => drop(self.sender.reserve(room).await?),
            None => return Ok(None),
        }
        let mut flight = Flight { number: 0, tag: String::new(), bytes: 0, messages: Vec::new(), asked: Instant::now() };
        while let Some((next, rest)) = left.split_first() {
            let is_full = flight.bytes + next.size > BATCH_BYTES || flight.messages.len() >= BATCH_MESSAGES;
            if is_full && !flight.messages.is_empty() {
                break;
            }
            let Some(share) = self.sender.try_reserve(next.size)? else { break };
            *left = rest;
            flight.bytes += next.size;
            flight.messages.push((next, share));
        }
        Ok((!flight.messages.is_empty()).then_some(flight))
    }

    fn launch(&mut self, flight: &mut Flight<'_>) -> Result<(), ImapError> {
        (flight.number, flight.tag) = self.session.new_tag();
        let mut uids: Vec<u32> = flight.messages.iter().map(|(remote, _)| remote.uid).collect();
        uids.sort_unstable();
        uids.dedup();
        let set = uid_set::write(&uids, SET_BYTES).join(",");
        let capabilities = self.session.capabilities().clone();
        let outbox = self.session.outbox();
        Command::new("UID FETCH").words(&format!("{set} (UID BODY.PEEK[])")).write(&flight.tag, flight.number, &capabilities, outbox)?;
        outbox.push(flight.number, "\r\n");
        Ok(())
    }

    /// A command that was answered with OK tells how fast line and server are.
    fn measure(&mut self, flight: &Flight<'_>, answer: &Tagged, catch: &Catch<'_>, is_followed: bool) {
        let now = Instant::now();
        let busy = now.duration_since(self.last_landed.map_or(flight.asked, |last| last.max(flight.asked)));
        self.last_landed = Some(now);
        if answer.status == Status::Ok {
            let (took, is_deflated) = (now.duration_since(flight.asked), self.session.is_deflated());
            let answered = Answered { busy, took, bytes: flight.bytes, is_followed, is_deflated };
            self.source.line.answered(answered, || Sample::of(catch.came.values()));
        }
    }

    /// A command ended: hands on what came, and notes what has to be asked for alone.
    fn landed(&mut self, flight: Flight<'a>, answer: &Tagged, catch: &mut Catch<'_>) -> Result<(), Stop> {
        self.session.outbox().answered(flight.number);
        if answer.status != Status::Ok && is_passing(answer.code.as_ref(), &answer.text) {
            return Err(ImapError::No { command: "UID FETCH", code: answer.code.clone(), text: answer.text.clone() }.into());
        }
        for (remote, share) in flight.messages {
            match catch.came.remove(&remote.uid) {
                Some(body) if self.is_as_listed(remote, &body) => self.hand_on(remote, share, body)?,
                Some(body) => {
                    let first = Some(body.digest().map_err(|error| Problem::write(&error, self.temp_dir))?);
                    self.again.push(Again { remote, share, first });
                }
                None => self.again.push(Again { remote, share, first: None }),
            }
        }
        Ok(())
    }

    /// Asks for one message; where its length is not as listed, until it came alike twice.
    async fn alone(&mut self, again: Again<'a>) -> Result<(), Stop> {
        let Again { remote, share, first } = again;
        let mut seen = first;
        for _ in 0..3 {
            let mut catch = Writing { writer: BodyWriter::expecting(self.temp_dir, remote.size), failed: None };
            let there = match self.session.read_body(remote.uid, remote.size, &mut |bytes| catch.take(bytes)).await {
                Ok(there) => there,
                Err(error) if error.is_dead() || passes(&error) => return Err(error.into()),
                Err(error) => return self.refused(remote, format!("the old server does not give it: {error}")).await,
            };
            if let Some(error) = catch.failed {
                return Err(Problem::write(&error, self.temp_dir).into());
            }
            if !there {
                if self.is_listed(remote.uid).await? {
                    return self.refused(remote, "the old server lists it, but does not give it".to_owned()).await;
                }
                self.source.is_gone(remote.id);
                return Ok(());
            }
            let body = catch.writer.finish().map_err(|error| Problem::write(&error, self.temp_dir))?;
            if self.is_as_listed(remote, &body) {
                return Ok(self.hand_on(remote, share, body)?);
            }
            let digest = body.digest().map_err(|error| Problem::write(&error, self.temp_dir))?;
            if seen == Some(digest) {
                self.wrong_sizes += 1;
                return Ok(self.hand_on(remote, share, body)?);
            }
            seen = Some(digest);
        }
        self.refused(remote, "the old server gives other bytes each time".to_owned()).await
    }

    fn is_as_listed(&self, remote: &Remote, body: &Body) -> bool {
        body.len() == remote.size || self.wrong_sizes >= quirk::WRONG_SIZES_READ_TWICE
    }

    async fn refused(&mut self, remote: &Remote, reason: String) -> Result<(), Stop> {
        Ok(self.sender.send(unreadable(self.source.remotes(), remote, reason)).await?)
    }

    async fn is_listed(&mut self, uid: u32) -> Result<bool, ImapError> {
        Ok(!self.session.flags_of(&[uid]).await?.is_empty())
    }

    fn hand_on(&self, remote: &Remote, share: Share, body: Body) -> Result<(), Closed> {
        let message = Message {
            store: self.source.remotes.store.clone(),
            mailbox: self.folder.path.clone(),
            role: self.folder.role,
            place: format!("{}/{}", self.folder.uid_validity, remote.uid),
            body,
            rules: WireRules::default(),
            flags: remote.flags,
            keywords: remote.keywords.clone(),
            store_date: remote.date,
            envelope_date: None,
            file_time: None,
            origin: Origin::Original,
            partial: false,
            deleted: false,
        };
        self.sender.send_in(share, StreamItem::Message { id: remote.id, message: Box::new(message) })
    }
}

/// A body as it comes.
struct Writing {
    writer: BodyWriter,
    failed: Option<std::io::Error>,
}

impl Writing {
    fn take(&mut self, bytes: &[u8]) {
        if self.failed.is_none()
            && let Err(error) = self.writer.write_all(bytes)
        {
            self.failed = Some(error);
        }
    }
}

/// Catches bodies that come one after the other.
struct Catch<'a> {
    temp_dir: &'a Path,
    coming: Option<Writing>,
    came: BTreeMap<u32, Body>,
    failed: Option<std::io::Error>,
}

impl Visitor for Catch<'_> {
    fn announced(&mut self, line: &[u8], len: u64) -> Take {
        if !announces_body(line) {
            return Take::Collect;
        }
        self.coming = Some(Writing { writer: BodyWriter::expecting(self.temp_dir, len), failed: None });
        Take::Stream
    }

    fn chunk(&mut self, bytes: &[u8]) {
        if let Some(coming) = &mut self.coming {
            coming.take(bytes);
        }
    }

    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        let streamed = self.coming.take();
        let Some(uid) = uid_of(&response) else { return Ok(()) };
        let body = items(&response).and_then(|mut items| items.find(|(name, _)| body_origin(name) == Some(0)));
        match (body, streamed) {
            (Some((_, Value::Streamed(_))), Some(Writing { writer, failed: None })) => match writer.finish() {
                Ok(body) => drop(self.came.insert(uid, body)),
                Err(error) => self.failed = Some(error),
            },
            (_, Some(Writing { failed: Some(error), .. })) => self.failed = Some(error),
            (Some((_, Value::Quoted(bytes))), _) => drop(self.came.insert(uid, Body::from(bytes.clone()))),
            _ => {} // NIL: the body can't be had
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
