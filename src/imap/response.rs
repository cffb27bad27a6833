//! Reads a server's answers: tolerant, piece by piece, bounded.
//!
//! A line may be at most [`LONGEST_LINE`] bytes and its collected literals [`LONGEST_COLLECTED`]; larger literals (message
//! bodies) go to a [`Visitor`] in chunks and are never held. The state lies in the reader, so that dropping a
//! [`ResponseReader::next`] in mid-answer loses nothing.

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::code::ResponseCode;
use super::error::ImapError;
use super::token::{self, Literal, Value};

/// An answer's lines together are at most this long (1 MiB).
pub const LONGEST_LINE: usize = 1024 * 1024;
/// An answer's collected literals together are at most this long (8 MiB): header fields, folder names.
pub const LONGEST_COLLECTED: u64 = 8 * 1024 * 1024;
/// No literal may be longer than this, streamed or not (2 GiB).
pub const LONGEST_LITERAL: u64 = 2 * 1024 * 1024 * 1024;
/// A literal's progress is counted in steps of this many bytes.
const PROGRESS_BYTES: u64 = 64 * 1024;
const BUFFER_BYTES: usize = 64 * 1024;

/// What a tagged or untagged status says (RFC 9051 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// OK.
    Ok,
    /// NO.
    No,
    /// BAD.
    Bad,
    /// BYE.
    Bye,
    /// PREAUTH.
    PreAuth,
}

impl Status {
    fn of(word: &[u8]) -> Option<Self> {
        let known: [(&[u8], Self); 5] = [(b"OK", Self::Ok), (b"NO", Self::No), (b"BAD", Self::Bad), (b"BYE", Self::Bye), (b"PREAUTH", Self::PreAuth)];
        known.into_iter().find_map(|(name, status)| word.eq_ignore_ascii_case(name).then_some(status))
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// `+ …`: go on with the literal.
    Continue,
    /// The end of a command.
    Tagged(Tagged),
    /// Everything else.
    Untagged(Untagged),
}

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// Its tag.
    pub tag: String,
    /// OK, NO or BAD.
    pub status: Status,
    /// The response code, where there is one.
    pub code: Option<ResponseCode>,
    /// The whole text, response code included.
    pub text: String,
}

/// An untagged answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untagged {
    /// `* OK …`, `* NO …`, `* BAD …`, `* BYE …`.
    Status {
        /// Which.
        status: Status,
        /// The response code, where there is one.
        code: Option<ResponseCode>,
        /// The whole text, response code included.
        text: String,
    },
    /// `* 12 FETCH (…)`, `* 3 EXISTS`: a number and what it counts.
    Numbered {
        /// The number.
        number: u32,
        /// The word after it, in capitals.
        kind: String,
        /// What follows.
        values: Vec<Value>,
    },
    /// `* LIST …` and the like.
    Data {
        /// The word, in capitals.
        kind: String,
        /// What follows.
        values: Vec<Value>,
    },
}

/// What to do with a literal that is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Keep it within the answer.
    Collect,
    /// Hand it over in chunks.
    Stream,
}

/// Sees untagged answers and large literals as they come.
pub trait Visitor: Send {
    /// A literal of `len` bytes comes; `line` is the answer so far, the announcement included.
    fn announced(&mut self, line: &[u8], len: u64) -> Take {
        let _ = (line, len);
        Take::Collect
    }

    /// The next bytes of a literal that was asked for with [`Take::Stream`].
    fn chunk(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// A whole untagged answer.
    ///
    /// # Errors
    /// What makes the session useless, such as more answers than any mailbox has messages.
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError>;
}

/// Does nothing with anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ignore;

impl Visitor for Ignore {
    fn untagged(&mut self, _response: Untagged) -> Result<(), ImapError> {
        Ok(())
    }
}

#[derive(Debug)]
struct Incoming {
    left: u64,
    len: u64,
    take: Take,
    collected: Vec<u8>,
}

/// Reads answers from a stream.
#[derive(Debug)]
pub struct ResponseReader<R> {
    stream: R,
    buffer: BytesMut,
    line: Vec<u8>,
    literals: Vec<Literal>,
    collected_bytes: u64,
    incoming: Option<Incoming>,
    progress: u64,
}

impl<R: AsyncRead + Unpin> ResponseReader<R> {
    /// At the start of an answer.
    pub fn new(stream: R) -> Self {
        Self { stream, buffer: BytesMut::with_capacity(BUFFER_BYTES), line: Vec::new(), literals: Vec::new(), collected_bytes: 0, incoming: None, progress: 0 }
    }

    /// Grows with each whole line and each 64 KiB of a literal, so that one byte now and then is no progress.
    pub const fn progress(&self) -> u64 {
        self.progress
    }

    /// Between two answers: reads from `stream` on. Answers the one before and what was read from it ahead.
    pub fn replace_stream(&mut self, stream: R) -> (R, Vec<u8>) {
        (std::mem::replace(&mut self.stream, stream), self.buffer.split().to_vec())
    }

    /// The next answer. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`ImapError::Lost`] at the end of the stream, [`ImapError::Nonsense`] for what is no IMAP or passes a bound.
    pub async fn next(&mut self, visitor: &mut dyn Visitor) -> Result<Response, ImapError> {
        loop {
            if let Some(response) = self.advance(visitor)? {
                return Ok(response);
            }
            if self.buffer.capacity() - self.buffer.len() < BUFFER_BYTES / 4 {
                self.buffer.reserve(BUFFER_BYTES);
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Err(ImapError::Lost("the server closed it".to_owned())),
                Ok(_) => {}
                Err(error) => return Err(ImapError::Lost(error.to_string())),
            }
        }
    }

    /// Goes as far as the buffered bytes reach.
    fn advance(&mut self, visitor: &mut dyn Visitor) -> Result<Option<Response>, ImapError> {
        loop {
            if self.incoming.is_some() {
                if !self.advance_literal(visitor) {
                    return Ok(None);
                }
            } else if !self.advance_line()? {
                return Ok(None);
            } else if let Some(len) = announced_literal(&self.line) {
                self.announce(len, visitor)?;
            } else if self.line.trim_ascii().is_empty() {
                self.line.clear(); // quirk: an empty line means nothing
            } else {
                self.collected_bytes = 0;
                let (line, literals) = (std::mem::take(&mut self.line), std::mem::take(&mut self.literals));
                return parse(&line, literals).map(Some);
            }
        }
    }

    fn advance_line(&mut self) -> Result<bool, ImapError> {
        let end = memchr::memchr(b'\n', &self.buffer).map(|at| at + 1);
        let part = self.buffer.split_to(end.unwrap_or(self.buffer.len()));
        self.line.extend_from_slice(&part);
        if self.line.len() > LONGEST_LINE {
            return Err(ImapError::Nonsense("a line longer than 1 MiB".to_owned()));
        }
        self.progress += u64::from(end.is_some());
        Ok(end.is_some())
    }

    fn announce(&mut self, len: u64, visitor: &mut dyn Visitor) -> Result<(), ImapError> {
        let take = visitor.announced(&self.line, len);
        if take == Take::Collect {
            self.collected_bytes = self.collected_bytes.saturating_add(len);
        }
        if len > LONGEST_LITERAL || self.collected_bytes > LONGEST_COLLECTED {
            return Err(ImapError::Nonsense(format!("a literal of {len} bytes")));
        }
        self.incoming = Some(Incoming { left: len, len, take, collected: Vec::new() });
        Ok(())
    }

    /// Moves literal bytes from the buffer; true once the literal is whole.
    fn advance_literal(&mut self, visitor: &mut dyn Visitor) -> bool {
        let Some(incoming) = &mut self.incoming else { return true };
        let here = usize::try_from(incoming.left).unwrap_or(usize::MAX).min(self.buffer.len());
        let chunk = self.buffer.get(..here).unwrap_or_default();
        match incoming.take {
            Take::Stream if !chunk.is_empty() => visitor.chunk(chunk),
            Take::Stream => {}
            Take::Collect => incoming.collected.extend_from_slice(chunk),
        }
        self.buffer.advance(here);
        let before = incoming.left;
        incoming.left -= here as u64;
        self.progress += before / PROGRESS_BYTES - incoming.left / PROGRESS_BYTES;
        if incoming.left > 0 {
            return false;
        }
        let value = match incoming.take {
            Take::Stream => Value::Streamed(incoming.len),
            Take::Collect => Value::Literal(std::mem::take(&mut incoming.collected).into()),
        };
        self.literals.push(Literal { ends_at: self.line.len(), value });
        self.incoming = None;
        true
    }
}

/// The length of the literal that `line` announces at its end. Only data can: a status' text may end in anything.
fn announced_literal(line: &[u8]) -> Option<u64> {
    let data = line.strip_prefix(b"* ")?;
    let first = data.split(|b| *b == b' ').next()?;
    if Status::of(first).is_some() {
        return None;
    }
    let text = line.strip_suffix(b"\n")?;
    let text = text.strip_suffix(b"\r").unwrap_or(text).strip_suffix(b"}")?;
    let open = memchr::memrchr(b'{', text)?;
    let digits = text.get(open + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // More digits than a u64 has: longer than anything allowed, refused where lengths are.
    Some(std::str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX))
}

fn parse(line: &[u8], literals: Vec<Literal>) -> Result<Response, ImapError> {
    let text = line.trim_ascii_end();
    let (first, rest) = word(text);
    match first {
        b"+" => Ok(Response::Continue),
        b"*" => untagged(line, text.len() - rest.len(), literals).map(Response::Untagged),
        tag => {
            let (status, rest) = word(rest);
            let status = Status::of(status).filter(|status| matches!(status, Status::Ok | Status::No | Status::Bad));
            let status = status.ok_or_else(|| nonsense("a line that is no answer", text))?;
            let (code, text) = (ResponseCode::of_text(rest), lossy(rest));
            Ok(Response::Tagged(Tagged { tag: lossy(tag), status, code, text }))
        }
    }
}

fn untagged(line: &[u8], at: usize, literals: Vec<Literal>) -> Result<Untagged, ImapError> {
    let rest = line.get(at..).unwrap_or_default().trim_ascii_end();
    let (first, after) = word(rest);
    if let Some(status) = Status::of(first) {
        return Ok(Untagged::Status { status, code: ResponseCode::of_text(after), text: lossy(after) });
    }
    let number = std::str::from_utf8(first).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit())).and_then(|text| text.parse::<u32>().ok());
    let (kind, after) = if number.is_some() { word(after) } else { (first, after) };
    let kind = lossy(kind).to_ascii_uppercase();
    // Offsets of literals count from the start of the line, so the values are read in place.
    let from = line.trim_ascii_end().len() - after.len();
    let values = match token::values(line, from, literals) {
        Ok(values) => values,
        Err(malformed) if READ.contains(&kind.as_str()) => return Err(nonsense(&format!("{kind} with {malformed}"), &[])),
        Err(_) => Vec::new(), // nothing here reads it
    };
    Ok(match number {
        Some(number) => Untagged::Numbered { number, kind, values },
        None => Untagged::Data { kind, values },
    })
}

/// Answers that something here reads: one that can't be read must not pass for an empty one.
const READ: [&str; 9] = ["FETCH", "LIST", "LSUB", "STATUS", "QUOTA", "QUOTAROOT", "NAMESPACE", "CAPABILITY", "FLAGS"];

/// The first word, and what follows the blank after it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let (first, rest) = text.split_at(end);
    (first, rest.trim_ascii_start())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn nonsense(what: &str, shown: &[u8]) -> ImapError {
    let shown: String = lossy(shown.get(..60).unwrap_or(shown)).chars().filter(|c| !c.is_control()).collect();
    ImapError::Nonsense(if shown.is_empty() { what.to_owned() } else { format!("{what}: {shown}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Sees {
        stream: bool,
        bytes: Vec<u8>,
    }

    impl Visitor for Sees {
        fn announced(&mut self, line: &[u8], _len: u64) -> Take {
            if self.stream && line.windows(6).any(|part| part == b"BODY[]") { Take::Stream } else { Take::Collect }
        }

        fn chunk(&mut self, bytes: &[u8]) {
            self.bytes.extend_from_slice(bytes);
        }

        fn untagged(&mut self, _response: Untagged) -> Result<(), ImapError> {
            Ok(())
        }
    }

    async fn first(text: &[u8]) -> Result<Response, ImapError> {
        ResponseReader::new(text).next(&mut Ignore).await
    }

    #[tokio::test]
    async fn answers_of_every_kind_are_read_byte_by_byte_as_well_as_whole() {
        let text = b"* OK [ALERT] ends in {3}\r\n\r\n+ go on\r\n* 2 FETCH (BODY[] {12}\r\nhe)llo\r\nab{3 UID 7)\r\n* LIST (\\Sent) \"/\" {4}\r\na\r\nb\r\nm1 NO [OVERQUOTA] full\r\n";
        for stream in [false, true] {
            for chunk in [1, 3, text.len()] {
                let (mut ours, theirs) = tokio::io::duplex(chunk);
                let writing = tokio::spawn(async move {
                    use tokio::io::AsyncWriteExt as _;
                    ours.write_all(text).await.expect("read");
                });
                let mut reader = ResponseReader::new(theirs);
                let mut sees = Sees { stream, ..Sees::default() };
                let mut seen = Vec::new();
                loop {
                    match reader.next(&mut sees).await {
                        Ok(response) => seen.push(response),
                        Err(error) => {
                            assert_eq!(error, ImapError::Lost("the server closed it".into()));
                            break;
                        }
                    }
                }
                writing.await.expect("written");
                assert_eq!(seen.len(), 5);
                assert!(matches!(&seen[0], Response::Untagged(Untagged::Status { status: Status::Ok, code: Some(ResponseCode::Alert), .. })));
                assert_eq!(seen[1], Response::Continue);
                let Response::Untagged(Untagged::Numbered { number: 2, kind, values }) = &seen[2] else { panic!("{:?}", seen[2]) };
                assert_eq!(kind, "FETCH");
                let items = values[0].list().expect("a list");
                assert_eq!(items[1], if stream { Value::Streamed(12) } else { Value::Literal(b"he)llo\r\nab{3"[..].into()) });
                assert_eq!(items[3].number(), Some(7));
                assert_eq!(sees.bytes, if stream { &b"he)llo\r\nab{3"[..] } else { b"" });
                assert!(matches!(&seen[3], Response::Untagged(Untagged::Data { kind, values }) if kind == "LIST" && values[2].bytes() == Some(b"a\r\nb")));
                assert!(matches!(&seen[4], Response::Tagged(Tagged { status: Status::No, code: Some(ResponseCode::OverQuota), .. })));
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_imap_or_without_measure_ends_the_session() {
        let endless = vec![b'x'; LONGEST_LINE + 2];
        let huge = format!("* 1 FETCH (BODY[] {{{}}}\r\n", LONGEST_COLLECTED + 1);
        let deep = format!("* LIST {}\r\n", "(".repeat(1000));
        for text in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"<html>\r\n",
            &endless,
            huge.as_bytes(),
            b"* 1 FETCH (X {99999999999999999999999}\r\n",
            deep.as_bytes(),
            b"* LIST (\r\n",
            b"m1 FOO\r\n",
        ] {
            assert!(matches!(first(text).await, Err(ImapError::Nonsense(_))), "{:.40}", String::from_utf8_lossy(text));
        }
        assert!(matches!(first(b"* XFOO (open\r\n").await, Ok(Response::Untagged(Untagged::Data { .. }))), "unknown data may be anything");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_of_any_shape_panics(words in proptest::collection::vec(proptest::sample::select(vec!["* ", "+", "m1 ", "OK ", "[", "]", "(", ")", "\"", "\\", "{3}\r\n", "~{2}\r\n", "{9}", "\r\n", "1 FETCH ", "LIST ", "BODY[] ", "NIL", " ", "\u{e4}", "APPENDUID 1 2:3"]), 0..60)) {
            let text = words.concat();
            let mut reader = ResponseReader::new(text.as_bytes());
            let mut sees = Sees { stream: true, ..Sees::default() };
            futures_executor::block_on(async { while reader.next(&mut sees).await.is_ok() {} });
        }
    }
}
