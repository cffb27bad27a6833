//! One client's session: reads commands, applies the faults, runs what is asked, and answers.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::command::Command;
use super::config::Literals;
use super::fault::{CutAt, What};
use super::parse::{self, Announced, Piece};
use super::state::Logged;
use super::wire::{Gone, Wire};

/// The largest literal held; a larger one ends the session.
const LARGEST_LITERAL: u64 = 256 * 1024 * 1024;
/// The largest literal of any command but APPEND, and of every command before sign-in.
const LARGEST_ARGUMENT: u64 = 64 * 1024;
/// RFC 7888 §5: what LITERAL- takes without asking.
const LITERAL_MINUS: u64 = 4096;
/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(20);
/// An endless line ends here all the same, should the client never have enough.
const ENDLESS: u64 = 1 << 30;

/// Accepts clients until it is dropped.
pub(super) async fn listen(listener: std::net::TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Out of file descriptors, mostly: wait until some client has gone.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move { serve(client, acceptor, shared).await });
    }
}

async fn serve(client: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let kicked = shared.kicked();
    let session = async {
        let _on_loopback_it_only_costs_time = client.set_nodelay(true);
        let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(client)).await else { return };
        let number = {
            let mut state = shared.state();
            state.counters.connections += 1;
            state.counters.connections
        };
        let wire = Wire::new(stream, Arc::clone(&shared));
        let mut session = Session { wire, shared: Arc::clone(&shared), number, signed_in: false, selected: None, answered: 0, ends_at: None };
        let _gone = session.run().await;
    };
    tokio::select! {
        () = kicked.cancelled() => {}
        () = session => {}
    }
}

/// The mailbox a session has open.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) id: u64,
    pub(super) read_only: bool,
    /// The UIDs by message number, as the client knows them.
    pub(super) view: Vec<u32>,
    pub(super) removals: u64,
}

pub(super) struct Session<S> {
    pub(super) wire: Wire<S>,
    pub(super) shared: Arc<Shared>,
    number: u64,
    signed_in: bool,
    pub(super) selected: Option<Selected>,
    answered: u64,
    /// What is said is dropped, and the connection closes then.
    ends_at: Option<Instant>,
}

/// How a fault changes the command it strikes, where the command is run at all.
#[derive(Debug, Default)]
pub(super) struct Twist {
    instead: Option<String>,
    lose_reply: bool,
    pub(super) store_nothing: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    async fn run(&mut self) -> Result<(), Gone> {
        self.greet().await?;
        loop {
            if let Some(CutAt::Commands(limit)) = self.wire.cut
                && self.answered >= limit
            {
                self.wire.flush().await?;
                return Err(Gone);
            }
            let pieces = match self.ends_at {
                Some(end) => tokio::time::timeout_at(end, self.read_command()).await.map_err(|_| Gone)??,
                None => self.read_command().await?,
            };
            match pieces.map(|pieces| parse::parse(&pieces)) {
                None => {}
                Some(Ok((tag, command))) => self.obey(&tag, command).await?,
                Some(Err((tag, text))) => {
                    self.log("?", None, 0);
                    self.wire.say(&format!("{tag} BAD {text}")).await?;
                }
            }
            self.answered += 1;
        }
    }

    async fn greet(&mut self) -> Result<(), Gone> {
        let scripted = self.shared.faults().greeting.clone();
        let greeting = match &scripted {
            Some(greeting) => greeting.clone(),
            None if self.shared.config.features.tells_capabilities => format!("* OK [CAPABILITY {}] Mailferry practice server", self.capabilities()),
            None => "* OK Mailferry practice server".into(),
        };
        self.wire.say(&greeting).await?;
        if greeting.starts_with("* BYE") {
            self.wire.close().await;
            return Err(Gone);
        }
        Ok(())
    }

    pub(super) fn capabilities(&self) -> String {
        self.shared.config.features.capabilities(self.signed_in, self.wire.is_deflated(), self.shared.config.largest_message)
    }

    fn log(&self, verb: &str, mailbox: Option<&str>, messages: usize) {
        let logged = Logged { session: self.number, verb: verb.to_owned(), mailbox: mailbox.map(str::to_owned), messages };
        let mut state = self.shared.state();
        state.counters.append_commands += u64::from(verb == "APPEND");
        state.log(logged);
    }

    /// Reads a command with its literals; `None` if it was answered before its end.
    async fn read_command(&mut self) -> Result<Option<Vec<Piece>>, Gone> {
        let (mut pieces, mut octets) = (Vec::new(), 0);
        loop {
            let line = self.wire.line().await?;
            let Some((text, literal)) = parse::announced(&line) else {
                pieces.push(Piece::Text(line));
                return Ok(Some(pieces));
            };
            pieces.push(Piece::Text(text.to_vec()));
            if let Some(answer) = self.refuse_before_literal(&pieces, literal, octets).await? {
                self.wire.say(&answer).await?;
                return Ok(None);
            }
            if !literal.non_synchronising {
                let before = self.shared.faults().before_continue.clone();
                for line in before {
                    self.wire.say(&line).await?;
                }
                self.wire.say("+ OK").await?;
            }
            let body = self.read_literal(literal.octets, octets).await?;
            pieces.push(Piece::Literal(body.freeze()));
            octets += literal.octets;
        }
    }

    /// What is answered instead of taking an announced literal; `None` if it is taken.
    async fn refuse_before_literal(&mut self, pieces: &[Piece], literal: Announced, octets: u64) -> Result<Option<String>, Gone> {
        let waited_for = parse::parse_before_literal(pieces);
        let is_append = self.signed_in && !matches!(waited_for, Ok(None));
        if literal.octets + octets > if is_append { LARGEST_LITERAL } else { LARGEST_ARGUMENT } {
            self.wire.say("* BYE Literal too large").await?;
            self.wire.close().await;
            return Err(Gone);
        }
        if literal.non_synchronising {
            match self.shared.config.features.literals {
                Literals::Plus => {}
                Literals::Minus if literal.octets <= LITERAL_MINUS => {}
                Literals::Minus => {
                    self.wire.say("* BYE [TOOBIG] Literal above 4096 octets without being asked for").await?;
                    self.wire.close().await;
                    return Err(Gone);
                }
                Literals::Synchronising => {
                    self.log("?", None, 0);
                    let tag = pieces.first().map(tag_of).unwrap_or_default();
                    return Ok(Some(format!("{tag} NO Error in IMAP command received by server.")));
                }
            }
        }
        match waited_for {
            Ok(Some((tag, Command::Append { mailbox, messages }))) if self.signed_in && !literal.non_synchronising => {
                let refused = super::append::refusal(&self.shared, &mailbox, octets + literal.octets, literal.octets, messages.len());
                if refused.is_some() {
                    self.log("APPEND", Some(&mailbox), messages.len());
                }
                Ok(refused.map(|text| format!("{tag} {text}")))
            }
            Ok(_) => Ok(None),
            // The literal is not taken even where it follows unasked: its text is then run as commands, as Dovecot 2.3 does.
            Err((tag, text)) => {
                self.log("?", None, 0);
                Ok(Some(format!("{tag} BAD {text}")))
            }
        }
    }

    /// Reads a literal of `octets`, of a command whose literals held `before` octets so far.
    async fn read_literal(&mut self, octets: u64, before: u64) -> Result<BytesMut, Gone> {
        let mut body = BytesMut::new();
        let struck = self.shared.faults().strike_in_literal(before, before + octets);
        if let Some((place, what)) = struck {
            self.read_into(&mut body, place).await?;
            match what {
                What::Stall(pause) | What::CommitLate(pause) | What::LoseReplies(pause) => tokio::time::sleep(pause).await,
                What::Bye(text) => {
                    self.wire.say(&format!("* BYE {text}")).await?;
                    self.wire.close().await;
                    return Err(Gone);
                }
                What::Nonsense(bytes) => self.wire.write(&bytes).await?,
                What::UntaggedFirst(lines) => {
                    for line in lines {
                        self.wire.say(&line).await?;
                    }
                }
                _ => return Err(Gone),
            }
            self.wire.flush().await?;
        }
        self.read_into(&mut body, octets).await?;
        Ok(body)
    }

    async fn read_into(&mut self, body: &mut BytesMut, octets: u64) -> Result<(), Gone> {
        while (body.len() as u64) < octets {
            let some = self.wire.some(octets - body.len() as u64).await?;
            body.extend_from_slice(&some);
        }
        Ok(())
    }

    /// Runs a command, or lets the fault that strikes it have its way.
    async fn obey(&mut self, tag: &str, command: Command) -> Result<(), Gone> {
        let verb = command.verb();
        let messages = if let Command::Append { messages, .. } = &command { messages.len() } else { 0 };
        self.log(verb, command.mailbox(), messages);
        let mailbox = command.mailbox().map(str::to_owned).or_else(|| self.selected_name());
        let struck = self.shared.faults().strike(verb, mailbox.as_deref());
        let mut twist = Twist::default();
        match struck {
            None => {}
            Some(What::Answer(text)) => return self.wire.say(&format!("{tag} {text}")).await,
            Some(What::AnswerAfterData(text)) => twist.instead = Some(text),
            Some(What::LoseReply) => {
                self.wire.flush().await?;
                self.wire.mute = true;
                twist.lose_reply = true;
            }
            Some(What::LoseReplies(pause)) => {
                self.wire.flush().await?;
                self.wire.mute = true;
                self.ends_at = Some(Instant::now() + pause);
            }
            Some(What::CommitLate(pause)) => {
                self.wire.flush().await?;
                self.commit_late(command, pause);
                return Err(Gone);
            }
            Some(What::OkWithoutStoring) => twist.store_nothing = true,
            Some(What::Stall(pause)) => {
                self.wire.flush().await?;
                tokio::time::sleep(pause).await;
            }
            Some(What::Bye(text)) => {
                self.wire.say(&format!("* BYE {text}")).await?;
                self.wire.close().await;
                return Err(Gone);
            }
            Some(What::Nonsense(bytes)) => return self.wire.write(&bytes).await,
            Some(What::EndlessLine) => return self.endless_line().await,
            Some(What::Close) => {
                self.wire.flush().await?;
                return Err(Gone);
            }
            Some(What::UntaggedFirst(lines)) => {
                for line in lines {
                    self.wire.say(&line).await?;
                }
            }
        }
        self.answer(tag, command, twist).await
    }

    async fn answer(&mut self, tag: &str, command: Command, twist: Twist) -> Result<(), Gone> {
        let (is_logout, is_compress) = (matches!(command, Command::Logout), matches!(command, Command::Compress));
        // Message numbers must not shift while a client speaks of them (RFC 3501 §7.4.1).
        let may_shift = !matches!(command, Command::Fetch { by_uid: false, .. } | Command::Store { by_uid: false, .. } | Command::Search { by_uid: false, .. });
        let status = self.execute(command, &twist).await?;
        for line in self.news(may_shift) {
            self.wire.say(&line).await?;
        }
        if twist.lose_reply {
            return Err(Gone);
        }
        let status = twist.instead.unwrap_or(status);
        self.wire.say(&format!("{tag} {status}")).await?;
        if is_compress && status.starts_with("OK") {
            self.wire.deflate().await?;
        }
        if is_logout {
            self.wire.close().await;
            return Err(Gone);
        }
        Ok(())
    }

    async fn endless_line(&mut self) -> Result<(), Gone> {
        self.wire.write(b"* ").await?;
        let chunk = [b'x'; 16 * 1024];
        for _ in 0..ENDLESS / chunk.len() as u64 {
            self.wire.write(&chunk).await?;
        }
        Err(Gone)
    }

    fn commit_late(&self, command: Command, pause: Duration) {
        let Command::Append { mailbox, messages } = command else { return };
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let _nobody_hears = super::append::store(&shared, &mailbox, messages, false);
        });
    }

    fn selected_name(&self) -> Option<String> {
        let id = self.selected.as_ref()?.id;
        self.shared.state().by_id(id).map(|mailbox| mailbox.name.clone())
    }

    /// What has happened in the selected mailbox since the client was last told: EXPUNGE where numbers may shift, EXISTS.
    fn news(&mut self, may_shift: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let Some(selected) = &mut self.selected else { return lines };
        let state = self.shared.state();
        let Some(mailbox) = state.by_id(selected.id) else { return lines };
        if may_shift && mailbox.removals != selected.removals {
            let mut kept = Vec::with_capacity(selected.view.len());
            for uid in &selected.view {
                if mailbox.by_uid(*uid).is_some() {
                    kept.push(*uid);
                } else {
                    lines.push(format!("* {} EXPUNGE", kept.len() + 1));
                }
            }
            selected.view = kept;
            selected.removals = mailbox.removals;
        }
        let last = selected.view.last().copied().unwrap_or(0);
        let known = selected.view.len();
        let fresh = mailbox.messages.partition_point(|message| message.uid <= last);
        selected.view.extend(mailbox.messages.iter().skip(fresh).map(|message| message.uid));
        if selected.view.len() > known {
            lines.push(format!("* {} EXISTS", selected.view.len()));
        }
        lines
    }

    /// Runs a command: says its untagged answers, returns its status.
    async fn execute(&mut self, command: Command, twist: &Twist) -> Result<String, Gone> {
        let features = self.shared.config.features;
        Ok(match command {
            Command::Capability => {
                let line = format!("* CAPABILITY {}", self.capabilities());
                self.wire.say(&line).await?;
                "OK Those are they".into()
            }
            Command::Noop => "OK Nothing done".into(),
            Command::Logout => {
                self.wire.say("* BYE Goodbye").await?;
                "OK Signed out".into()
            }
            Command::Id if features.id => {
                self.wire.say("* ID (\"name\" \"Mailferry practice server\")").await?;
                "OK Pleased to meet you".into()
            }
            Command::Login { user, password } if !self.signed_in => {
                if features.login {
                    self.sign_in(&user, &password)
                } else {
                    "NO [PRIVACYREQUIRED] LOGIN is switched off".into()
                }
            }
            Command::Authenticate { mechanism, initial } if !self.signed_in => self.authenticate(&mechanism, initial).await?,
            _ if !self.signed_in => "BAD Please sign in first".into(),
            Command::Check => "OK Checked".into(),
            Command::Enable(_) if features.enable => {
                self.wire.say("* ENABLED").await?;
                "OK Nothing to switch on".into()
            }
            Command::Namespace if features.namespace => {
                let line = format!("* NAMESPACE ((\"{}\" \"{}\")) NIL NIL", self.shared.config.prefix, self.shared.config.delimiter);
                self.wire.say(&line).await?;
                "OK That is all".into()
            }
            Command::Compress if features.compress && self.wire.is_deflated() => "NO [COMPRESSIONACTIVE] It is deflated already".into(),
            Command::Compress if features.compress => "OK From here on".into(),
            Command::Append { mailbox, messages } => super::append::append(&self.shared, &mailbox, messages, twist),
            Command::Fetch { by_uid, set, items } => self.fetch(by_uid, &set, &items).await?,
            Command::Search { by_uid, keys } => self.search(by_uid, &keys).await?,
            Command::Store { by_uid, set, mode, silent, flags } => self.store(by_uid, &set, mode, silent, &flags).await?,
            Command::Expunge(set) => self.expunge(set.as_ref()),
            other => self.mailbox_command(other).await?,
        })
    }

    async fn authenticate(&mut self, mechanism: &str, initial: Option<String>) -> Result<String, Gone> {
        let features = self.shared.config.features;
        if mechanism != "PLAIN" || !features.auth_plain {
            return Ok("NO [CANNOT] No such mechanism here".into());
        }
        if initial.is_some() && !features.sasl_ir {
            return Ok("BAD No initial response, please".into());
        }
        let response = match initial {
            Some(initial) => initial,
            None => {
                self.wire.say("+ ").await?;
                String::from_utf8_lossy(&self.wire.line().await?).into_owned()
            }
        };
        let Ok(response) = base64::engine::general_purpose::STANDARD.decode(response.trim()) else {
            return Ok("BAD Not base64".into());
        };
        let response = String::from_utf8_lossy(&response).into_owned();
        let mut parts = response.splitn(3, '\0').skip(1);
        Ok(match (parts.next(), parts.next()) {
            (Some(user), Some(password)) => self.sign_in(user, password),
            _ => "BAD Not a PLAIN response".into(),
        })
    }

    fn sign_in(&mut self, user: &str, password: &str) -> String {
        if let Some(refusal) = self.shared.faults().refuse_sign_in.clone() {
            return refusal;
        }
        let config = &self.shared.config;
        if user != config.user || password != config.password.expose() {
            return "NO [AUTHENTICATIONFAILED] Authentication failed.".into();
        }
        self.signed_in = true;
        self.shared.state().counters.sign_ins += 1;
        if config.features.tells_capabilities { format!("OK [CAPABILITY {}] Signed in", self.capabilities()) } else { "OK Signed in".into() }
    }
}

/// The tag a line begins with, or `*`.
fn tag_of(piece: &Piece) -> String {
    let Piece::Text(text) = piece else { return "*".into() };
    let tag = text.split(|byte| *byte == b' ').next().unwrap_or_default();
    if tag.is_empty() { "*".into() } else { String::from_utf8_lossy(tag).into_owned() }
}
