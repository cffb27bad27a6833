//! The talk with a server up to sign-in: async-imap on a stream that hands it one line at a time.
//!
//! async-imap logs what it sends at trace, has no time-outs, and goes on after a dead connection as if it had succeeded. So what is sent is
//! written past it, every wait here has an end, and each answer's status is read from the line itself. Handing out single lines keeps the
//! parser from reading ahead: the stream can be taken back without a byte lost, and bytes smuggled in before a TLS handshake are seen.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_imap::Client;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::Capabilities;
use crate::net::{self, Duplex, Limits};
use crate::run::{Code, Problem, Retry};

/// Longest line before sign-in; real ones stay under 2 kB.
const MAX_LINE_BYTES: usize = 16 * 1024;

/// Most a server may say before sign-in.
const MAX_TALK_BYTES: usize = 256 * 1024;

/// Longest text of a server that is passed on.
const MAX_TEXT_CHARS: usize = 400;

/// The outcome of a command (RFC 9051 §7.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    /// Done.
    Ok,
    /// Refused.
    No,
    /// Not understood.
    Bad,
}

/// The server's last word on a command.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub status: Status,
    /// The response code in upper case, without its arguments (RFC 5530).
    pub code: Option<String>,
    /// The text behind it, the code included, as a technician wants it.
    pub text: String,
    /// The capabilities it told on the way.
    pub capabilities: Option<Capabilities>,
}

/// What the server said next.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// `+ …`: it waits for more.
    Continue(String),
    /// The last word on the command under way.
    Done(Done),
}

/// The first word of a server.
#[derive(Clone, Debug)]
pub(super) struct Greeting {
    pub text: String,
    /// `PREAUTH`: signed in already.
    pub preauth: bool,
    pub capabilities: Option<Capabilities>,
}

/// The talk.
pub(super) struct Dialogue<S: Duplex> {
    client: Option<Client<Lent<S>>>,
    limits: Limits,
    tag: u32,
}

impl<S: Duplex> Dialogue<S> {
    /// Begins to talk on `stream`.
    pub fn new(stream: S, limits: Limits) -> Self {
        Self { client: Some(Client::new(Lent::new(stream))), limits, tag: 0 }
    }

    /// Waits for the greeting (RFC 9051 §7.1).
    pub async fn greeting(&mut self) -> Result<Greeting, Problem> {
        let line = timeout(self.limits.greeting, self.read()).await.map_err(|_| net::timed_out("the server says nothing"))??;
        let Some((status, rest)) = line.strip_prefix("* ").map(|line| line.split_once(' ').unwrap_or((line, ""))) else {
            return Err(nonsense("the server's greeting is no IMAP", &line));
        };
        let greeting = Greeting { text: shown(rest), preauth: status.eq_ignore_ascii_case("PREAUTH"), capabilities: told_capabilities(&line) };
        match status.to_ascii_uppercase().as_str() {
            "OK" | "PREAUTH" => Ok(greeting),
            "BYE" => Err(bye(rest)),
            _ => Err(nonsense("the server's greeting is no IMAP", &line)),
        }
    }

    /// Sends a command that holds no secret and waits for its end.
    pub async fn command(&mut self, command: &str) -> Result<Done, Problem> {
        let tagged = format!("{} {command}\r\n", self.next_tag());
        self.send(tagged.as_bytes()).await?;
        match self.next().await? {
            Line::Done(done) => Ok(done),
            Line::Continue(text) => Err(nonsense("the server waits for more where nothing is due", &text)),
        }
    }

    /// The capabilities, asked for.
    pub async fn capabilities(&mut self) -> Result<Capabilities, Problem> {
        let done = self.command("CAPABILITY").await?;
        match (done.status, done.capabilities) {
            (Status::Ok, Some(capabilities)) => Ok(capabilities),
            _ => Err(nonsense("the server does not tell its capabilities", &done.text)),
        }
    }

    /// A tag not used yet, for a command that is written by [`send`](Self::send).
    pub fn next_tag(&mut self) -> String {
        self.tag += 1;
        format!("M{}", self.tag)
    }

    /// Writes `bytes` as they are; they are logged nowhere.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let client = self.client.as_mut().ok_or_else(gone)?;
        let stream = client.get_mut();
        let write = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        let written = timeout(self.limits.answer, write).await.map_err(|_| net::timed_out("the server takes nothing"))?;
        written.map_err(|error| net::lost("while sending", error.kind()))
    }

    /// What the server says to the command sent last; untagged data on the way is passed over, but for capabilities and BYE.
    pub async fn next(&mut self) -> Result<Line, Problem> {
        let tag = format!("M{}", self.tag);
        let mut capabilities = None;
        loop {
            let line = timeout(self.limits.answer, self.read()).await.map_err(|_| net::timed_out("the server does not answer"))??;
            if let Some(text) = line.strip_prefix('+') {
                return Ok(Line::Continue(text.trim().to_owned()));
            }
            let (first, rest) = line.split_once(' ').unwrap_or((&line, ""));
            if first == tag {
                return done(rest, capabilities).map(Line::Done).ok_or_else(|| nonsense("the server's answer is no IMAP", &line));
            }
            if first != "*" {
                return Err(nonsense("the server's answer is no IMAP", &line));
            }
            if word_is(rest, "BYE") {
                return Err(bye(rest.get(3..).unwrap_or_default().trim()));
            }
            capabilities = told_capabilities(&line).or(capabilities);
        }
    }

    /// Takes the stream back, with what the server sent and nobody has read yet.
    pub fn into_stream(self) -> Result<(S, Vec<u8>), Problem> {
        let lent = self.client.ok_or_else(gone)?.into_inner();
        Ok((lent.inner, lent.ahead))
    }

    /// The next response's first line, without its line end.
    async fn read(&mut self) -> Result<String, Problem> {
        let client = self.client.as_mut().ok_or_else(gone)?;
        client.get_mut().taken.clear();
        let answer = client.read_response().await.map(|response| response.is_some());
        let lent = client.get_mut();
        let line = String::from_utf8_lossy(lent.taken.split(|&byte| byte == b'\n').next().unwrap_or_default()).trim_end_matches('\r').to_owned();
        match (answer, lent.fault) {
            (_, Some(Fault::TooMuch)) => Err(nonsense("the server's answer does not end", &line)),
            (Ok(true), _) => Ok(line),
            (Err(error), Some(Fault::Broken)) => Err(net::lost("while the server was to answer", error.kind())),
            (Ok(false), _) => Err(net::lost("while the server was to answer", "it was closed")),
            (Err(_), None) if lent.taken.ends_with(b"\n") => {
                // The parser does not know this answer and is dead now, the connection is not: the line stands for itself, the next parser goes on.
                self.client = self.client.take().map(|client| Client::new(client.into_inner()));
                Ok(line)
            }
            (Err(_), None) if line.is_empty() => Err(net::lost("while the server was to answer", "it was closed")),
            (Err(_), None) => Err(nonsense("the server's answer breaks off", &line)),
        }
    }
}

fn gone() -> Problem {
    Problem::run(Code::Internal, "the connection was given back already")
}

/// Reads what stands behind the tag: `OK [CODE …] text`.
fn done(rest: &str, untagged: Option<Capabilities>) -> Option<Done> {
    let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = match word.to_ascii_uppercase().as_str() {
        "OK" => Status::Ok,
        "NO" => Status::No,
        "BAD" => Status::Bad,
        _ => return None,
    };
    Some(Done { status, code: response_code(text), text: shown(text), capabilities: told_capabilities(text).or(untagged) })
}

/// The response code at the head of a status text, in upper case and without arguments.
pub(super) fn response_code(text: &str) -> Option<String> {
    let (code, _) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    code.split_ascii_whitespace().next().map(str::to_ascii_uppercase)
}

fn told_capabilities(line: &str) -> Option<Capabilities> {
    let upper = line.to_ascii_uppercase();
    let at_head = upper.starts_with("* CAPABILITY ");
    let in_code = upper.strip_prefix("* ").and_then(|rest| rest.split_once(' ')).map_or(upper.as_str(), |(_, text)| text).starts_with("[CAPABILITY ");
    // `parse` finds the list by its keyword in capitals, as every server writes it.
    (at_head || in_code).then(|| Capabilities::parse(line))
}

fn word_is(text: &str, word: &str) -> bool {
    text.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(word))
}

/// The server's goodbye: a passing one (too many connections, maintenance) is told from a final one.
pub(super) fn bye(text: &str) -> Problem {
    let problem = if asks_for_patience(text) {
        Problem { retry: Retry::Now, ..Problem::account(Code::ImapThrottled, "the server asks to come back later") }
    } else {
        Problem::account(Code::ImapBye, "the server ended the session")
    };
    problem.server_said(shown(text))
}

/// True for a refusal that time alone mends (RFC 5530 §3: UNAVAILABLE, INUSE, LIMIT; and what servers without codes write).
pub(super) fn asks_for_patience(text: &str) -> bool {
    if matches!(response_code(text).as_deref(), Some("UNAVAILABLE" | "INUSE" | "LIMIT" | "THROTTLED" | "SERVERBUG")) {
        return true;
    }
    let text = text.to_ascii_lowercase();
    const SIGNS: [&str; 9] = [
        "too many connections",
        "too many simultaneous",
        "maximum number of connections",
        "connection limit",
        "too many login",
        "try again later",
        "temporar",
        "throttled",
        "rate limit",
    ];
    SIGNS.iter().any(|sign| text.contains(sign))
}

pub(super) fn nonsense(what: &str, line: &str) -> Problem {
    Problem::account(Code::ImapNonsense, what).server_said(shown(line))
}

/// A server's text for a log or a screen: no control characters, not endless.
pub(super) fn shown(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(MAX_TEXT_CHARS).collect()
}

/// Why the lent stream ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// A line or the whole talk is too long.
    TooMuch,
    /// Reading failed.
    Broken,
}

/// A stream that gives one line a read.
struct Lent<S> {
    inner: S,
    /// Read from the server, not yet given out.
    ahead: Vec<u8>,
    /// Given out since this was last cleared.
    taken: Vec<u8>,
    talked: usize,
    fault: Option<Fault>,
}

impl<S> Lent<S> {
    const fn new(inner: S) -> Self {
        Self { inner, ahead: Vec::new(), taken: Vec::new(), talked: 0, fault: None }
    }

    /// Gives out the line at the head of `ahead`, or as much of it as there is room for.
    fn give(&mut self, end: usize, out: &mut ReadBuf<'_>) {
        let line: Vec<u8> = self.ahead.drain(..end.min(out.remaining())).collect();
        out.put_slice(&line);
        self.taken.extend_from_slice(&line);
    }
}

impl<S> fmt::Debug for Lent<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

impl<S: Duplex> AsyncRead for Lent<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if let Some(end) = memchr::memchr(b'\n', &this.ahead) {
                this.give(end + 1, out);
                return Poll::Ready(Ok(()));
            }
            if this.ahead.len() >= MAX_LINE_BYTES || this.talked > MAX_TALK_BYTES {
                this.fault = Some(Fault::TooMuch);
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            let mut block = [0; 4096];
            let mut block = ReadBuf::new(&mut block);
            if let Err(error) = ready!(Pin::new(&mut this.inner).poll_read(cx, &mut block)) {
                this.fault = Some(Fault::Broken);
                return Poll::Ready(Err(error));
            }
            this.talked += block.filled().len();
            this.ahead.extend_from_slice(block.filled());
            if block.filled().is_empty() {
                // The end: what is left is given out and the parser judges it.
                this.give(this.ahead.len(), out);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: Duplex> AsyncWrite for Lent<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use tokio::io::{AsyncReadExt, DuplexStream};

    fn talk(server_says: &[u8]) -> (Dialogue<DuplexStream>, DuplexStream) {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        futures_executor::block_on(far.write_all(server_says)).unwrap();
        let limits = Limits { greeting: Duration::from_millis(100), answer: Duration::from_millis(100), ..Limits::USUAL };
        (Dialogue::new(near, limits), far)
    }

    #[tokio::test]
    async fn greetings_of_every_kind_are_told_apart() {
        let endless = vec![b'x'; 100_000];
        let many = b"* x y z\r\n".repeat(3);
        for (says, closed, want) in [
            (&b"* OK [CAPABILITY IMAP4rev1 ID] ready\r\n"[..], false, Ok(false)),
            (b"* ok\r\n", false, Ok(false)),
            (b"* OK caf\xe9 ready\r\n", false, Ok(false)),
            (b"* PREAUTH you are known\r\n", false, Ok(true)),
            (b"* BYE go away\r\n", true, Err(Code::ImapBye)),
            (b"* BYE [UNAVAILABLE] later\r\n", true, Err(Code::ImapThrottled)),
            (b"* BYE Too many connections from your address\r\n", true, Err(Code::ImapThrottled)),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", true, Err(Code::ImapNonsense)),
            (b"SSH-2.0-OpenSSH_9.2\r\n", false, Err(Code::ImapNonsense)),
            (b"+OK POP3 ready\r\n", false, Err(Code::ImapNonsense)),
            (b"220 smtp.example ESMTP\r\n", false, Err(Code::ImapNonsense)),
            (b"\0\0\0\0\r\n", false, Err(Code::ImapNonsense)),
            (b"\r\n", false, Err(Code::ImapNonsense)),
            (&many, false, Err(Code::ImapNonsense)),
            (&endless, false, Err(Code::ImapNonsense)),
            (b"* OK half a li", true, Err(Code::ImapNonsense)),
            (b"", true, Err(Code::NetLost)),
            (b"", false, Err(Code::NetTimeout)),
        ] {
            let (mut dialogue, far) = talk(says);
            let _held = (!closed).then_some(far);
            let greeting = dialogue.greeting().await.map(|greeting| greeting.preauth).map_err(|problem| problem.code);
            assert_eq!(greeting, want, "{:?}", String::from_utf8_lossy(says.get(..40).unwrap_or(says)));
        }
    }

    #[tokio::test]
    async fn answers_are_found_among_untagged_data_and_not_a_byte_is_lost() {
        let says = b"* OK hello\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\n* 3 EXISTS\r\n* UNHEARD of {3} by any parser\r\nM1 OK done\r\n* 4 EXISTS\r\nrest";
        let (mut dialogue, mut far) = talk(says);
        assert_eq!(dialogue.greeting().await.unwrap().text, "hello");
        let capabilities = dialogue.capabilities().await.unwrap();
        assert!(capabilities.starttls && !capabilities.id);
        let (_stream, ahead) = dialogue.into_stream().unwrap();
        assert_eq!(ahead, b"* 4 EXISTS\r\nrest");
        let mut sent = [0; 64];
        let count = far.read(&mut sent).await.unwrap();
        assert_eq!(&sent[..count], b"M1 CAPABILITY\r\n");
    }

    #[tokio::test]
    async fn answers_that_are_none_are_errors_never_success() {
        let (no, bad) = (b"* OK hello\r\nM1 NO [CANNOT] no\r\n", b"* OK hello\r\nM1 BAD what\r\n");
        for (says, want) in [
            (&no[..], Code::ImapNonsense),
            (bad, Code::ImapNonsense),
            (b"* OK hello\r\nM1 OK but no list\r\n", Code::ImapNonsense),
            (b"* OK hello\r\nM9 OK another tag\r\n", Code::ImapNonsense),
            (b"* OK hello\r\nM1 MAYBE\r\n", Code::ImapNonsense),
            (b"* OK hello\r\n+ go on\r\n", Code::ImapNonsense),
            (b"* OK hello\r\n* BYE enough\r\n", Code::ImapBye),
            (b"* OK hello\r\n", Code::NetTimeout),
        ] {
            let (mut dialogue, _far) = talk(says);
            dialogue.greeting().await.unwrap();
            assert_eq!(dialogue.capabilities().await.unwrap_err().code, want, "{}", String::from_utf8_lossy(says));
        }
        let (mut dialogue, _far) = talk(&[&b"* OK hello\r\n"[..], &b"* 1 EXISTS\r\n".repeat(40_000)].concat());
        dialogue.greeting().await.unwrap();
        assert_eq!(dialogue.capabilities().await.unwrap_err().code, Code::ImapNonsense, "a server that never comes to the point");
    }
}
