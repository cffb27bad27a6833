//! A signed-in session: commands with our own tags, every tagged status checked, no wait without an end.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::time::Instant;

use super::capability::Capabilities;
use super::code::ResponseCode;
use super::command::Command;
use super::error::ImapError;
use super::outbox::{Outbox, WriteError};
use super::quirk;
use super::response::{Response, ResponseReader, Status, Tagged, Untagged, Visitor};
use crate::net::deflate::Deflatable;

/// How long anything may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Neither a whole line nor 64 KiB came, and nothing could be written.
    pub stall: Duration,
    /// A command whose answer is small, from its first byte to its tagged status.
    pub command: Duration,
    /// The rest after BYE, after a failed write, and the answer to LOGOUT.
    pub farewell: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        // Slow servers need more than a minute to commit a large batch; a time-out there makes doubt where there was none.
        Self { stall: Duration::from_secs(180), command: Duration::from_secs(600), farewell: Duration::from_secs(5) }
    }
}

/// What the server said of the selected mailbox without being asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest EXISTS: messages in the mailbox.
    pub exists: Option<u32>,
    /// Messages that vanished since it was selected (EXPUNGE, VANISHED): someone else takes mail out (POP-DRAIN).
    pub expunged: u64,
}

/// A command's answer; its status was OK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Untagged answers in order.
    pub untagged: Vec<Untagged>,
    /// The response code, where there was one.
    pub code: Option<ResponseCode>,
    /// The whole text, response code included.
    pub text: String,
}

/// What [`Session::next`] came back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// A command ended.
    Answered(Tagged),
    /// All that could be written was.
    Written,
}

/// A stream that can be read and written.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What a session speaks over: plain, until the server agreed to DEFLATE.
type Carried = Deflatable<Box<dyn Duplex>>;

/// A signed-in session. Once a call answered with an error that [`ImapError::is_dead`], every later one does.
pub struct Session {
    reader: ResponseReader<ReadHalf<Carried>>,
    writer: WriteHalf<Carried>,
    is_deflated: bool,
    outbox: Outbox,
    capabilities: Capabilities,
    timeouts: Timeouts,
    last_command: u32,
    seen: Seen,
    strays: u32,
    bye: Option<String>,
    write_failed: bool,
    in_command: bool,
    dead: Option<(ImapError, Instant)>,
    is_exchange: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("last_command", &self.last_command).field("seen", &self.seen).field("dead", &self.dead).finish_non_exhaustive()
    }
}

impl Session {
    /// Over a stream on which the sign-in has succeeded and of which every byte before was read.
    pub fn new(stream: impl Duplex + 'static, capabilities: Capabilities, timeouts: Timeouts) -> Self {
        let stream: Box<dyn Duplex> = Box::new(stream);
        let (reader, writer) = tokio::io::split(Deflatable::plain(stream));
        Self {
            reader: ResponseReader::new(reader),
            writer,
            is_deflated: false,
            outbox: Outbox::default(),
            capabilities,
            timeouts,
            last_command: 0,
            seen: Seen::default(),
            strays: 0,
            bye: None,
            write_failed: false,
            in_command: false,
            dead: None,
            is_exchange: false,
        }
    }

    /// With the text that the server greeted with: it tells some servers apart.
    #[must_use]
    pub fn greeted(self, greeting: &str) -> Self {
        Self { is_exchange: greeting.to_ascii_lowercase().contains(quirk::EXCHANGE_GREETING), ..self }
    }

    /// True if the server greeted as Exchange does.
    #[must_use]
    pub const fn is_exchange(&self) -> bool {
        self.is_exchange
    }

    /// What the server can do.
    #[must_use]
    pub const fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// What the server said of the selected mailbox without being asked.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        self.seen
    }

    /// Why the session is dead, if it is.
    #[must_use]
    pub fn death(&self) -> Option<&ImapError> {
        self.dead.as_ref().map(|(error, _)| error)
    }

    /// When its death was noticed.
    #[must_use]
    pub fn died_at(&self) -> Option<Instant> {
        self.dead.as_ref().map(|(_, at)| *at)
    }

    pub(crate) const fn forget_seen(&mut self) {
        self.seen = Seen { exists: None, expunged: 0 };
    }

    pub(crate) const fn start_seen(&mut self, exists: u32) {
        self.seen = Seen { exists: Some(exists), expunged: 0 };
    }

    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// The number and tag of the next command.
    pub(crate) fn new_tag(&mut self) -> (u32, String) {
        self.last_command += 1;
        (self.last_command, format!("m{}", self.last_command))
    }

    /// Sends a command and waits for its end, keeping its untagged answers: for those whose answers are few.
    ///
    /// # Errors
    /// [`ImapError::No`] or [`ImapError::Bad`] as the server answers; any other ends the session.
    pub async fn command(&mut self, command: Command) -> Result<Reply, ImapError> {
        let mut kept = Kept { untagged: Vec::new(), bytes_left: KEPT_BYTES };
        let deadline = Instant::now() + self.timeouts.command;
        let tagged = self.run(command, &mut kept, Some(deadline)).await?;
        Ok(Reply { untagged: kept.untagged, code: tagged.code, text: tagged.text })
    }

    /// Sends commands one behind the other and waits for all their ends. Their untagged answers come together, and must be such that they
    /// can't be confused. Answers the refusals, too: the commands that ended with NO or BAD.
    ///
    /// # Errors
    /// Only those that end the session, and [`ImapError::Unsendable`].
    pub(crate) async fn together(&mut self, commands: Vec<Command>) -> Result<(Vec<Untagged>, Vec<ImapError>), ImapError> {
        let mut kept = Kept { untagged: Vec::new(), bytes_left: KEPT_BYTES };
        let deadline = Instant::now() + self.timeouts.command;
        let refusals = self.visit_together(commands, &mut kept, Some(deadline)).await?;
        Ok((kept.untagged, refusals))
    }

    /// The same for answers that may be many.
    ///
    /// # Errors
    /// As [`Session::together`].
    pub(crate) async fn visit_together(
        &mut self,
        commands: Vec<Command>,
        visitor: &mut dyn Visitor,
        deadline: Option<Instant>,
    ) -> Result<Vec<ImapError>, ImapError> {
        self.check_alive()?;
        if std::mem::replace(&mut self.in_command, true) {
            return Err(self.die(ImapError::Lost("a command was given up in the middle".to_owned())));
        }
        let (mut open, mut refusals) = (Vec::new(), Vec::new());
        for command in commands {
            let name = command.name();
            let (number, tag) = self.new_tag();
            command.write(&tag, number, &self.capabilities, &mut self.outbox)?;
            self.outbox.push(number, "\r\n");
            open.push((tag, number, name));
        }
        while !open.is_empty() {
            if let Happened::Answered(answered) = self.next(visitor).await? {
                let Some(at) = open.iter().position(|(tag, ..)| *tag == answered.tag) else {
                    self.stray()?;
                    continue;
                };
                let (_, number, command) = open.remove(at);
                self.outbox.answered(number);
                match answered.status {
                    Status::Ok => {}
                    Status::No => refusals.push(ImapError::No { command, code: answered.code, text: answered.text }),
                    _ => refusals.push(ImapError::Bad { command, code: answered.code, text: answered.text }),
                }
            }
            if !open.is_empty() && deadline.is_some_and(|deadline| deadline < Instant::now()) {
                return Err(self.die(ImapError::Timeout { seconds: self.timeouts.command.as_secs() }));
            }
        }
        self.in_command = false;
        Ok(refusals)
    }

    /// Sends a command and waits for its end, handing its untagged answers to `visitor` as they come.
    ///
    /// # Errors
    /// As [`Session::command`]; what the visitor saw before an error is not the whole answer.
    pub async fn visit(&mut self, command: Command, visitor: &mut dyn Visitor) -> Result<(), ImapError> {
        self.run(command, visitor, None).await.map(drop)
    }

    async fn run(&mut self, command: Command, visitor: &mut dyn Visitor, deadline: Option<Instant>) -> Result<Tagged, ImapError> {
        self.check_alive()?;
        if std::mem::replace(&mut self.in_command, true) {
            return Err(self.die(ImapError::Lost("a command was given up in the middle".to_owned())));
        }
        let name = command.name();
        let (number, tag) = self.new_tag();
        if let Err(error) = command.write(&tag, number, &self.capabilities, &mut self.outbox) {
            self.in_command = false;
            return Err(error);
        }
        self.outbox.push(number, "\r\n");
        let answered = loop {
            match self.next(visitor).await? {
                Happened::Answered(answered) if answered.tag == tag => break answered,
                Happened::Answered(_) => self.stray()?,
                Happened::Written => {}
            }
            if deadline.is_some_and(|deadline| deadline < Instant::now()) {
                return Err(self.die(ImapError::Timeout { seconds: self.timeouts.command.as_secs() }));
            }
        };
        self.outbox.answered(number);
        self.in_command = false;
        let Tagged { status, code, text, .. } = answered;
        match status {
            Status::Ok => Ok(Tagged { tag, status, code, text }),
            Status::No => Err(ImapError::No { command: name, code, text }),
            _ => Err(ImapError::Bad { command: name, code, text }),
        }
    }

    /// Writes what can be written and reads until a command ends or everything is written. Dropping the future loses nothing.
    ///
    /// # Errors
    /// Only those that end the session.
    pub(crate) async fn next(&mut self, visitor: &mut dyn Visitor) -> Result<Happened, ImapError> {
        self.check_alive()?;
        match self.wait(visitor).await {
            Ok(happened) => Ok(happened),
            Err(error) => Err(self.die(error)),
        }
    }

    async fn wait(&mut self, visitor: &mut dyn Visitor) -> Result<Happened, ImapError> {
        let (mut moved, mut deadline) = (self.reader.progress(), Instant::now() + self.patience());
        loop {
            let can_write = !self.write_failed && self.bye.is_none() && self.outbox.can_write();
            tokio::select! {
                biased;
                response = self.reader.next(visitor) => {
                    if let Some(answered) = self.take(response?, visitor)? {
                        return Ok(Happened::Answered(answered));
                    }
                }
                wrote = self.outbox.write_some(&mut self.writer), if can_write => match wrote {
                    Ok(()) if self.outbox.can_write() => {}
                    Ok(()) => return Ok(Happened::Written),
                    // What the server said before it closed may still be there to read.
                    Err(WriteError::Connection(_)) => self.write_failed = true,
                    Err(WriteError::Source(error)) => return Err(ImapError::Source(error.to_string())),
                },
                () = tokio::time::sleep_until(deadline) => {
                    if self.reader.progress() == moved {
                        return Err(ImapError::Timeout { seconds: self.patience().as_secs() });
                    }
                }
            }
            (moved, deadline) = (self.reader.progress(), Instant::now() + self.patience());
        }
    }

    const fn patience(&self) -> Duration {
        if self.write_failed || self.bye.is_some() { self.timeouts.farewell } else { self.timeouts.stall }
    }

    fn take(&mut self, response: Response, visitor: &mut dyn Visitor) -> Result<Option<Tagged>, ImapError> {
        match response {
            Response::Tagged(tagged) => Ok(Some(tagged)),
            Response::Continue => {
                if !self.outbox.go_on() {
                    self.stray()?;
                }
                Ok(None)
            }
            Response::Untagged(untagged) => {
                self.note(&untagged);
                visitor.untagged(untagged)?;
                Ok(None)
            }
        }
    }

    fn note(&mut self, untagged: &Untagged) {
        match untagged {
            Untagged::Numbered { number, kind, .. } if kind == "EXISTS" => self.seen.exists = Some(*number),
            Untagged::Numbered { kind, .. } if kind == "EXPUNGE" => self.vanished(1),
            Untagged::Data { kind, values } if kind == "VANISHED" => {
                let earlier = values.first().is_some_and(|value| value.list().is_some());
                let uids = values.last().and_then(super::token::Value::text).and_then(|set| super::uid_set::parse(&set)).unwrap_or_default();
                if !earlier {
                    self.vanished(super::uid_set::count(&uids));
                }
            }
            Untagged::Status { status: Status::Bye, text, .. } => self.bye = Some(text.clone()),
            _ => {}
        }
    }

    fn vanished(&mut self, messages: u64) {
        self.seen.expunged = self.seen.expunged.saturating_add(messages);
        self.seen.exists = self.seen.exists.map(|exists| u32::try_from(u64::from(exists).saturating_sub(messages)).unwrap_or(0));
    }

    /// An answer to nothing we asked.
    pub(crate) fn stray(&mut self) -> Result<(), ImapError> {
        self.strays += 1;
        if self.strays > quirk::STRAY_ANSWERS {
            return Err(self.die(ImapError::Nonsense("answers to commands that were never sent".to_owned())));
        }
        Ok(())
    }

    pub(crate) fn check_alive(&self) -> Result<(), ImapError> {
        self.dead.as_ref().map_or(Ok(()), |(error, _)| Err(error.clone()))
    }

    /// Ends the session for good. After BYE that is the reason, whatever followed.
    pub(crate) fn die(&mut self, error: ImapError) -> ImapError {
        let error = match &self.bye {
            Some(text) => ImapError::Bye { text: text.clone() },
            None => error,
        };
        self.dead.get_or_insert_with(|| (error, Instant::now())).0.clone()
    }

    /// Says LOGOUT and closes; whatever comes of it, the session is over. The server's goodbye is waited for: where it gives one connection
    /// only, the next one is refused before that.
    pub async fn logout(mut self) {
        let farewell = self.timeouts.farewell;
        let goodbye = async {
            let _over = self.command(Command::new("LOGOUT")).await;
            let _closed = tokio::io::AsyncWriteExt::shutdown(&mut self.writer).await;
        };
        let _late = tokio::time::timeout(farewell, goodbye).await;
    }

    /// Says the program's name, so that the server's log tells who it was (RFC 2971). Nothing where ID is not offered.
    ///
    /// # Errors
    /// Only those that end the session: a server that dislikes ID is no failure.
    pub async fn identify(&mut self) -> Result<(), ImapError> {
        self.check_alive()?;
        if !self.capabilities.id {
            return Ok(());
        }
        match self.command(Command::new("ID").words("(\"name\" \"Mailferry\")")).await {
            Err(error) if error.is_dead() => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether both directions are deflated.
    #[must_use]
    pub const fn is_deflated(&self) -> bool {
        self.is_deflated
    }

    /// With nothing under way: deflates both directions from now on (COMPRESS, RFC 4978), unless they are already. Answers whether they
    /// are; a server that refuses (its TLS may compress) is none the worse. There is no way back but another connection.
    ///
    /// # Errors
    /// Only those that end the session.
    pub async fn deflate(&mut self) -> Result<bool, ImapError> {
        self.check_alive()?;
        if self.is_deflated || !self.capabilities.compress_deflate {
            return Ok(self.is_deflated);
        }
        match self.command(Command::new("COMPRESS").words("DEFLATE")).await {
            Err(error) if error.is_dead() => return Err(error),
            Err(_) => return Ok(false),
            Ok(_) if !self.outbox.is_empty() => return Err(self.die(ImapError::Nonsense("an answer to what was not sent yet".to_owned()))),
            Ok(_) => {}
        }
        // What was read behind the OK is deflated already, and nothing was written since.
        let nothing: Box<dyn Duplex> = Box::new(tokio::io::empty());
        let (reader, writer) = tokio::io::split(Deflatable::plain(nothing));
        let (reader, ahead) = self.reader.replace_stream(reader);
        let mut stream = reader.unsplit(std::mem::replace(&mut self.writer, writer));
        stream.begin(ahead);
        let (reader, writer) = tokio::io::split(stream);
        self.reader.replace_stream(reader);
        (self.writer, self.is_deflated) = (writer, true);
        Ok(true)
    }

    /// Asks whether the session lives; also the moment for the server to tell what changed.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn noop(&mut self) -> Result<Seen, ImapError> {
        self.command(Command::new("NOOP")).await?;
        Ok(self.seen)
    }
}

/// Answers of one command that are kept are at most about this large (64 MiB).
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// What a kept answer counts besides its text.
const ANSWER_BYTES: usize = 256;

struct Kept {
    untagged: Vec<Untagged>,
    bytes_left: usize,
}

impl Visitor for Kept {
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        let cost = ANSWER_BYTES
            + match &response {
                Untagged::Status { text, .. } => text.len(),
                Untagged::Numbered { values, .. } | Untagged::Data { values, .. } => {
                    values.iter().map(|value| value.bytes().map_or(ANSWER_BYTES, <[u8]>::len)).sum()
                }
            };
        self.bytes_left = self.bytes_left.checked_sub(cost).ok_or_else(|| ImapError::Nonsense("an endless answer".to_owned()))?;
        self.untagged.push(response);
        Ok(())
    }
}
