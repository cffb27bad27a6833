//! Reads an mbox once, from any input, and tells a [`Visitor`] where messages begin and end and what lies between.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::memmem::Finder;

use super::boundary::{self, LOOK_AHEAD, split_line};
use super::trim::Trim;

/// Bytes read at once (256 KiB): what was read is still in the processor's cache when it is searched, which larger buffers lose.
const READ_BYTES: usize = 256 * 1024;
/// Bytes kept before the place looked at, so that an empty line before it can be seen.
const LOOK_BACK: usize = 4;
const BOM: &[u8] = b"\xEF\xBB\xBF";
const FROM: &[u8] = b"From ";

/// A message begins.
#[derive(Clone, Copy, Debug)]
pub struct Begin<'a> {
    /// Where its From_ line, or without one its first byte, stands: bytes from the start of the file.
    pub offset: u64,
    /// Its From_ line without the line end; `None` for a message at the start of the file that has none.
    pub from_line: Option<&'a [u8]>,
}

/// A message ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// It holds lines that begin `From `: its writer did not quote them.
    pub has_raw_from_lines: bool,
    /// NULs after it that are not of it: padding, or a hole.
    pub nul_bytes: u64,
    /// The NULs begin in mid-line: they hide something.
    pub is_torn: bool,
}

/// Bytes before the first message that are no message: not empty lines, not NULs.
#[derive(Clone, Copy, Debug)]
pub struct Stray<'a> {
    /// Where they begin.
    pub offset: u64,
    /// How many they are.
    pub len: u64,
    /// The first of them, at most 64 KiB.
    pub start: &'a [u8],
}

/// Is told what an mbox holds, in file order. Answering `Break` stops the scan.
pub trait Visitor {
    /// Told once, before the first message: lines end with CR alone (the first 256 KiB hold CR but no LF).
    fn line_ends(&mut self, _cr_only: bool) {}
    /// A message begins.
    fn begin(&mut self, begin: Begin<'_>) -> ControlFlow<()>;
    /// The next bytes of it.
    fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// It ends.
    fn end(&mut self, end: End) -> ControlFlow<()>;
    /// The file begins with something else.
    fn stray(&mut self, stray: Stray<'_>) -> ControlFlow<()>;
}

/// What the whole file is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Bytes read.
    pub bytes: u64,
    /// Lines end with CR alone.
    pub cr_only: bool,
}

/// The scan did not reach the end.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The input failed; what was read before it has been handed on, a message begun has no end.
    #[error("at byte {offset}: {error}")]
    Read {
        /// How far it was read.
        offset: u64,
        /// Why it failed.
        #[source]
        error: io::Error,
    },
    /// The visitor wanted no more.
    #[error("stopped by request")]
    Visitor,
}

/// Reads `input` from its start to its end.
///
/// Memory stays below 1 MiB whatever the file.
///
/// # Errors
/// [`Stopped`]: reading failed, or the visitor broke off.
pub fn scan(input: impl Read, visitor: &mut dyn Visitor) -> Result<Scanned, Stopped> {
    let mut scanner = Scanner::new(input);
    scanner.fill();
    visitor.line_ends(scanner.learn_line_ends());
    match scanner.run(visitor) {
        Ok(ControlFlow::Continue(())) => Ok(Scanned { bytes: scanner.base + scanner.filled as u64, cr_only: scanner.line_end == b'\r' }),
        Ok(ControlFlow::Break(())) => Err(Stopped::Visitor),
        Err(stopped) => {
            if scanner.state == State::Message {
                let rest = scanner.buffer.get(scanner.handed..scanner.filled).unwrap_or_default();
                let _message_has_no_end = scanner.trim.push(rest, visitor).is_break() || scanner.trim.release(visitor).is_break();
            }
            Err(stopped)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first message.
    Preamble,
    /// Within a message.
    Message,
}

struct Scanner<R> {
    input: R,
    buffer: Vec<u8>,
    /// Offset in the file of the buffer's first byte.
    base: u64,
    /// The buffer holds this many bytes.
    filled: usize,
    /// Bytes of the buffer that were handed on.
    handed: usize,
    at_end: bool,
    /// Why it ends before the file's end.
    failed: Option<Stopped>,
    line_end: u8,
    state: State,
    trim: Trim,
    has_raw_from_lines: bool,
    stray: Vec<u8>,
    stray_len: u64,
    stray_offset: u64,
}

impl<R: Read> Scanner<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            buffer: vec![0; READ_BYTES + LOOK_AHEAD + LOOK_BACK],
            base: 0,
            filled: 0,
            handed: 0,
            at_end: false,
            failed: None,
            line_end: b'\n',
            state: State::Preamble,
            trim: Trim::default(),
            has_raw_from_lines: false,
            stray: Vec::new(),
            stray_len: 0,
            stray_offset: 0,
        }
    }

    /// Drops what was handed on, but for a few bytes, and fills the buffer to its end or the file's.
    fn fill(&mut self) {
        let dropped = self.handed.saturating_sub(LOOK_BACK);
        self.buffer.copy_within(dropped..self.filled, 0);
        self.filled -= dropped;
        self.handed -= dropped;
        self.base += dropped as u64;
        while !self.at_end && self.filled < self.buffer.len() {
            match self.input.read(self.buffer.get_mut(self.filled..).unwrap_or_default()) {
                Ok(0) => self.at_end = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // What was read before it is looked at first, as if the file ended here.
                    self.failed = Some(Stopped::Read { offset: self.base + self.filled as u64, error });
                    self.at_end = true;
                }
            }
        }
    }

    /// CR but no LF in the first buffer: classic Mac OS.
    fn learn_line_ends(&mut self) -> bool {
        let seen = self.buffer.get(..self.filled).unwrap_or_default();
        let cr_only = memchr::memchr(b'\n', seen).is_none() && memchr::memchr(b'\r', seen).is_some();
        if cr_only {
            self.line_end = b'\r';
        }
        cr_only
    }

    fn run(&mut self, visitor: &mut dyn Visitor) -> Result<ControlFlow<()>, Stopped> {
        let finder = Finder::new(FROM);
        let mut look = self.begin_file(visitor);
        if look.is_none() {
            return Ok(ControlFlow::Break(()));
        }
        while let Some(from) = look {
            let found = self.buffer.get(from..self.filled).and_then(|rest| finder.find(rest)).map(|at| from + at);
            let flow = match found {
                Some(at) if !self.at_end && self.filled - at < LOOK_AHEAD => self.wait_for_more(at, &mut look, visitor),
                Some(at) if self.is_boundary(at) => self.next_message(at, &mut look, visitor),
                Some(at) => {
                    look = Some(at + FROM.len());
                    ControlFlow::Continue(())
                }
                // The last bytes may be the beginning of the word.
                None if !self.at_end => self.wait_for_more(self.filled.saturating_sub(FROM.len() - 1).max(from), &mut look, visitor),
                None => {
                    look = None;
                    self.hand_on(self.filled, visitor)
                }
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        match self.failed.take() {
            // A message that was begun has no end.
            Some(stopped) if self.state == State::Message => Err(stopped),
            Some(stopped) => {
                if self.end_message(visitor).is_break() {
                    Ok(ControlFlow::Break(()))
                } else {
                    Err(stopped)
                }
            }
            None => Ok(self.end_message(visitor)),
        }
    }

    /// Passes over a BOM, NULs and empty lines; answers where to look for the next `From `, `None` if the visitor broke off.
    fn begin_file(&mut self, visitor: &mut dyn Visitor) -> Option<usize> {
        if self.buffer.starts_with(BOM) && self.filled >= BOM.len() {
            self.handed = BOM.len();
        }
        loop {
            let rest = self.buffer.get(self.handed..self.filled).unwrap_or_default();
            let blank = rest.iter().take_while(|b| matches!(b, 0 | b'\n' | b'\r')).count();
            self.handed += blank;
            if self.at_end || self.filled - self.handed >= LOOK_AHEAD {
                break;
            }
            self.fill();
        }
        let rest = self.buffer.get(self.handed..self.filled).unwrap_or_default();
        let mut look = Some(self.handed);
        if rest.starts_with(FROM) {
            if self.next_message(self.handed, &mut look, visitor).is_break() {
                return None;
            }
        } else if boundary::two_fields(rest, self.line_end, rest.len() >= LOOK_AHEAD) {
            self.state = State::Message;
            if visitor.begin(Begin { offset: self.base + self.handed as u64, from_line: None }).is_break() {
                return None;
            }
        } else {
            self.stray_offset = self.base + self.handed as u64;
        }
        look
    }

    /// Hands on what is before `at`, reads on, and looks from there.
    fn wait_for_more(&mut self, at: usize, look: &mut Option<usize>, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let flow = self.hand_on(at, visitor);
        if flow.is_continue() {
            self.fill();
            *look = Some(self.handed);
        }
        flow
    }

    /// Whether the `From ` at `at` begins a line and that line a message.
    fn is_boundary(&mut self, at: usize) -> bool {
        let before = self.buffer.get(at.saturating_sub(LOOK_BACK)..at).unwrap_or_default();
        let (at_line_start, after_blank) = match before {
            [.., 0] | [] => (true, true),
            [.., b'\r', b'\r'] | [b'\r'] => (self.line_end == b'\r', true),
            [.., b'\r'] => (self.line_end == b'\r', false),
            [.., b'\n', b'\n'] | [.., b'\n', b'\r', b'\n'] | [.., 0, b'\n'] | [b'\n'] | [b'\r', b'\n'] => (true, true),
            [.., b'\n'] => (true, false),
            _ => (false, false),
        };
        if !at_line_start {
            return false;
        }
        let ahead = self.buffer.get(at..self.filled.min(at + LOOK_AHEAD)).unwrap_or_default();
        let is_boundary = boundary::is_boundary(ahead, after_blank, self.line_end);
        self.has_raw_from_lines |= !is_boundary;
        is_boundary
    }

    /// Ends the message before the From_ line at `at` and begins the one after it.
    fn next_message(&mut self, at: usize, look: &mut Option<usize>, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        self.hand_on(at, visitor)?;
        self.end_message(visitor)?;
        self.state = State::Message;
        let ahead = self.buffer.get(at..self.filled.min(at + LOOK_AHEAD)).unwrap_or_default();
        let (line, rest) = split_line(ahead, self.line_end);
        let after = at + ahead.len() - rest.len();
        visitor.begin(Begin { offset: self.base + at as u64, from_line: Some(line.strip_suffix(b"\r").unwrap_or(line)) })?;
        self.handed = after;
        *look = Some(after);
        ControlFlow::Continue(())
    }

    /// Hands on the bytes up to `to`.
    fn hand_on(&mut self, to: usize, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let bytes = self.buffer.get(self.handed..to).unwrap_or_default();
        self.handed = self.handed.max(to);
        match self.state {
            State::Message => self.trim.push(bytes, visitor),
            State::Preamble => {
                self.stray_len += bytes.len() as u64;
                let room = LOOK_AHEAD - self.stray.len();
                self.stray.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
                ControlFlow::Continue(())
            }
        }
    }

    fn end_message(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let has_raw_from_lines = std::mem::take(&mut self.has_raw_from_lines);
        match self.state {
            State::Message => {
                let trimmed = self.trim.end(visitor)?;
                let nul_bytes = trimmed.nul_bytes;
                visitor.end(End { has_raw_from_lines, nul_bytes, is_torn: nul_bytes > 0 && trimmed.open_line })
            }
            State::Preamble if self.stray_len > 0 => visitor.stray(Stray { offset: self.stray_offset, len: self.stray_len, start: &self.stray }),
            State::Preamble => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects messages, and gives bytes in small reads so that every carry is met.
    #[derive(Default)]
    struct Collect {
        messages: Vec<(u64, Vec<u8>, Option<End>)>,
        stray: Option<(u64, u64)>,
    }

    impl Visitor for Collect {
        fn begin(&mut self, begin: Begin<'_>) -> ControlFlow<()> {
            self.messages.push((begin.offset, Vec::new(), None));
            ControlFlow::Continue(())
        }
        fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
            self.messages.last_mut().expect("begun").1.extend_from_slice(bytes);
            ControlFlow::Continue(())
        }
        fn end(&mut self, end: End) -> ControlFlow<()> {
            self.messages.last_mut().expect("begun").2 = Some(end);
            ControlFlow::Continue(())
        }
        fn stray(&mut self, stray: Stray<'_>) -> ControlFlow<()> {
            self.stray = Some((stray.offset, stray.len));
            ControlFlow::Continue(())
        }
    }

    fn collect(bytes: &[u8]) -> Collect {
        let mut found = Collect::default();
        scan(bytes, &mut found).expect("memory does not fail");
        found
    }

    fn bodies(bytes: &[u8]) -> Vec<Vec<u8>> {
        collect(bytes).messages.into_iter().map(|(_, body, _)| body).collect()
    }

    #[test]
    fn exactly_one_empty_line_is_framing() {
        let head = "From a Fri Jul  8 12:08:34 2011\n";
        for (body, want) in [
            ("A: 1\nB: 2\n\nx\n\n", "A: 1\nB: 2\n\nx\n"),
            ("A: 1\nB: 2\n\nx\n\n\n", "A: 1\nB: 2\n\nx\n\n"),
            ("A: 1\nB: 2\n\nx\n", "A: 1\nB: 2\n\nx\n"),
            ("A: 1\r\nB: 2\r\n\r\nx\r\n\r\n", "A: 1\r\nB: 2\r\n\r\nx\r\n"),
            ("A: 1\nB: 2\n\nx", "A: 1\nB: 2\n\nx"),
            ("\n", ""),
            ("", ""),
        ] {
            assert_eq!(bodies(format!("{head}{body}").as_bytes()), [want.as_bytes()], "{body:?} at the end");
            if body.ends_with('\n') {
                let two = format!("{head}{body}{head}A: 1\nB: 2\n\nlast");
                assert_eq!(bodies(two.as_bytes()), [want.as_bytes(), b"A: 1\nB: 2\n\nlast"], "{body:?} before another");
            }
        }
    }

    #[allow(clippy::type_complexity, reason = "a table: name, file, messages")]
    #[test]
    fn odd_files_give_their_messages() {
        let table: &[(&str, &[u8], &[&[u8]])] = &[
            ("nothing", b"", &[]),
            ("empty lines", b"\n\r\n\n", &[]),
            ("NULs only", &[0; 100], &[]),
            ("a BOM", b"\xEF\xBB\xBFFrom x\nA: 1\n\nb\n", &[b"A: 1\n\nb\n"]),
            ("CR only", b"From x\rA: 1\rB: 2\r\rb\r\rFrom y\rA: 1\rB: 2\r\rc\r", &[b"A: 1\rB: 2\r\rb\r", b"A: 1\rB: 2\r\rc\r"]),
            ("no From_ line", b"A: 1\nB: 2\n\nb\n\nFrom y\nA: 1\nB: 2\n", &[b"A: 1\nB: 2\n\nb\n", b"A: 1\nB: 2\n"]),
            ("NULs between", b"From x\nA: 1\nB: 2\n\nb\n\n\0\0\0From y\nA: 1\nB: 2\n\0\0", &[b"A: 1\nB: 2\n\nb\n", b"A: 1\nB: 2\n"]),
            ("a NUL within", b"From x\nA: 1\nB: 2\n\nb\0\0c\0\0", &[b"A: 1\nB: 2\n\nb\0\0c"]),
            ("text", b"From x\nA: 1\nB: 2\n\nFrom here\non\n", &[b"A: 1\nB: 2\n\nFrom here\non\n"]),
        ];
        for (name, bytes, want) in table {
            assert_eq!(bodies(bytes), *want, "{name}");
        }
    }

    #[test]
    fn what_is_odd_is_told() {
        let found = collect(b"rubbish\n\nFrom x\nA: 1\nB: 2\n\ntorn\0\0\0From y\nA: 1\nB: 2\n\nFrom nowhere\n");
        assert_eq!(found.stray, Some((0, 9)));
        assert_eq!(found.messages[0].2, Some(End { has_raw_from_lines: false, nul_bytes: 3, is_torn: true }));
        assert_eq!(found.messages[1].2, Some(End { has_raw_from_lines: true, nul_bytes: 0, is_torn: false }));
        assert_eq!(found.messages[1].0, 34);
    }

    #[test]
    fn a_boundary_on_every_buffer_edge_is_found() {
        for shift in 0..80 {
            let mut file = b"From x\nA: 1\nB: 2\n\n".to_vec();
            file.resize(READ_BYTES + LOOK_AHEAD + LOOK_BACK - shift, b'x');
            file.extend_from_slice(b"\n\nFrom - Fri Jul 08 12:08:34 2011\nA: 1\nB: 2\n\nend\n");
            let found = bodies(&file);
            assert_eq!(found.len(), 2, "{shift}");
            assert_eq!(found[1], b"A: 1\nB: 2\n\nend\n");
        }
    }
}
