//! *twin*: what makes two messages the same mail, whichever program or server they passed through.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::digest::{Hasher, Sha256Digest};

/// Top-level header lines that mail programs and POP servers write into mail; a twin leaves them out (DESIGN rule 3).
pub const LEFT_OUT: [&str; 15] = [
    "X-Mozilla-Status",
    "X-Mozilla-Status2",
    "X-Mozilla-Keys",
    "X-Account-Key",
    "X-UIDL",
    "X-UID",
    "X-IMAP",
    "X-IMAPbase",
    "X-Keywords",
    "Status",
    "X-Status",
    "X-Gmail-Labels",
    "X-GM-THRID",
    "Content-Length",
    "Lines",
];

/// SHA-256 of the wire bytes without trailing line ends and without the lines of [`LEFT_OUT`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Twin(pub Sha256Digest);

impl Twin {
    /// The twin of wire bytes that are all in memory.
    #[must_use]
    pub fn of_wire(wire: &[u8]) -> Self {
        let mut hasher = TwinHasher::new();
        hasher.update(wire);
        hasher.finish().0
    }
}

impl fmt::Display for Twin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Longest name in [`LEFT_OUT`] plus its colon and some blanks before it (obsolete syntax, RFC 5322 §4.5).
const LONGEST_NAME: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    /// At the start of a line; its first bytes are collected in `line`.
    LineStart,
    /// Within a header line that counts.
    Keep,
    /// Within a header line that is left out.
    Skip,
    /// Past the empty line.
    Body,
}

/// Digests wire bytes into a [`Twin`], chunk by chunk, in constant memory.
#[derive(Clone)]
pub struct TwinHasher {
    at: At,
    skipping: bool,
    line: Vec<u8>,
    running: Hasher,
    running_bytes: u64,
    /// State after the last byte that is not a line end, so that trailing line ends can be left out.
    trimmed: Hasher,
    trimmed_bytes: u64,
}

impl Default for TwinHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl TwinHasher {
    /// At the start of a message.
    #[must_use]
    pub fn new() -> Self {
        Self {
            at: At::LineStart,
            skipping: false,
            line: Vec::new(),
            running: Hasher::default(),
            running_bytes: 0,
            trimmed: Hasher::default(),
            trimmed_bytes: 0,
        }
    }

    /// At the start of a message that is known to hold none of the lines of [`LEFT_OUT`].
    #[must_use]
    pub fn keeping_all_lines() -> Self {
        Self { at: At::Body, ..Self::new() }
    }

    /// Bytes taken in, left-out lines not counted, trailing line ends counted.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.running_bytes
    }

    /// True at the start.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.running_bytes == 0
    }

    /// The digest in the making, trailing line ends included.
    #[must_use]
    pub fn state(&self) -> Hasher {
        self.running.clone()
    }

    /// Adds the next wire bytes.
    pub fn update(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() {
            match self.at {
                At::Body => return self.keep(rest),
                At::Keep | At::Skip => {
                    let end = memchr::memchr(b'\n', rest).map(|at| at + 1);
                    let (line, tail) = rest.split_at(end.unwrap_or(rest.len()));
                    if self.at == At::Keep {
                        self.keep(line);
                    }
                    if end.is_some() {
                        self.at = At::LineStart;
                    }
                    rest = tail;
                }
                At::LineStart => {
                    let Some((byte, tail)) = rest.split_first() else { return };
                    self.line.push(*byte);
                    rest = tail;
                    if *byte == b'\n' || self.line.len() > LONGEST_NAME || self.starts_folded() || *byte == b':' {
                        self.decide();
                    }
                }
            }
        }
    }

    /// Ends the message: its twin and how many bytes lie under it.
    #[must_use]
    pub fn finish(mut self) -> (Twin, u64) {
        if !self.line.is_empty() {
            self.decide();
        }
        (Twin(self.trimmed.finish()), self.trimmed_bytes)
    }

    fn starts_folded(&self) -> bool {
        matches!(self.line.as_slice(), [b' ' | b'\t'])
    }

    /// Decides over the line whose first bytes are collected.
    fn decide(&mut self) {
        let line = std::mem::take(&mut self.line);
        let ended = line.last() == Some(&b'\n');
        if matches!(line.as_slice(), b"\r\n" | b"\n") {
            self.keep(&line);
            self.at = At::Body;
            return;
        }
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            self.skipping = is_left_out(&line);
        }
        if !self.skipping {
            self.keep(&line);
        }
        self.at = match (ended, self.skipping) {
            (true, _) => At::LineStart,
            (false, true) => At::Skip,
            (false, false) => At::Keep,
        };
    }

    fn keep(&mut self, bytes: &[u8]) {
        match bytes.iter().rposition(|b| !matches!(b, b'\r' | b'\n')) {
            None => self.running.update(bytes),
            Some(last) => {
                let (text, ends) = bytes.split_at(last + 1);
                self.running.update(text);
                self.trimmed = self.running.clone();
                self.trimmed_bytes = self.running_bytes + text.len() as u64;
                self.running.update(ends);
            }
        }
        self.running_bytes += bytes.len() as u64;
    }
}

/// Is this the beginning of a header line named in [`LEFT_OUT`]?
fn is_left_out(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', line) else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    LEFT_OUT.iter().any(|left_out| name.eq_ignore_ascii_case(left_out.as_bytes()))
}

/// True if the header block at the start of `head` (stored or wire, any line end) holds a line of [`LEFT_OUT`].
#[must_use]
pub fn holds_left_out_lines(head: &[u8]) -> bool {
    let block = block_end(head).map_or(head, |end| head.get(..end).unwrap_or(head));
    // A CR ends a line in a CR-only message; in any other it may stand in a line, also between its name and the colon.
    block.split(|b| *b == b'\n').any(|line| is_left_out(line) || line.split(|b| *b == b'\r').any(is_left_out))
}

/// Where the header block ends for a twin: the offset just past the first line that is empty in stored and wire bytes alike.
///
/// Not at two CR, where [`header::block_end`](super::header::block_end) sees an end too: [`TwinHasher`] goes on behind them.
pub(super) fn block_end(head: &[u8]) -> Option<usize> {
    let empty_at = |at: usize| [&b"\r\n"[..], b"\n"].into_iter().find(|end| head.get(at..).is_some_and(|rest| rest.starts_with(end))).map(|end| at + end.len());
    empty_at(0).or_else(|| memchr::memchr_iter(b'\n', head).find_map(|at| empty_at(at + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, written plainly.
    fn plain(wire: &[u8]) -> Twin {
        let (mut kept, mut skipping, mut in_body) = (Vec::new(), false, false);
        for line in wire.split_inclusive(|b| *b == b'\n') {
            if !in_body {
                if line == b"\r\n" || line == b"\n" {
                    in_body = true;
                } else if !matches!(line.first(), Some(b' ' | b'\t')) {
                    skipping = is_left_out(line);
                }
            }
            if in_body || !skipping {
                kept.extend_from_slice(line);
            }
        }
        while matches!(kept.last(), Some(b'\r' | b'\n')) {
            kept.pop();
        }
        Twin(Sha256Digest::of(&kept))
    }

    #[test]
    fn lines_that_programs_write_and_trailing_line_ends_do_not_count() {
        let bare = Twin::of_wire(b"Subject: a\r\nTo: b\r\n\r\nStatus: body\r\n");
        for same in [
            &b"Subject: a\r\nTo: b\r\n\r\nStatus: body"[..],
            b"X-Mozilla-Status: 0001\r\nX-Mozilla-Status2: 00000000\r\nSubject: a\r\nTo: b\r\n\r\nStatus: body\r\n\r\n",
            b"Subject: a\r\nSTATUS : RO\r\nX-Gmail-Labels: =?UTF-8?Q?a?=\r\n =?UTF-8?Q?b?=\r\n\tc\r\nTo: b\r\n\r\nStatus: body\r\n",
            b"Subject: a\r\nTo: b\r\nLines:\r\n\r\nStatus: body\r\n",
        ] {
            assert_eq!(Twin::of_wire(same), bare, "{}", String::from_utf8_lossy(same));
        }
        for other in [
            &b"Subject: a\r\nTo: b\r\n\r\nbody\r\n"[..],
            b"Subject: a\r\nTo: b\r\nStatus-Line: x\r\n\r\nStatus: body\r\n",
            b"Subject: a\r\nTo: b\r\nX-Statusx: 1\r\n\r\nStatus: body",
        ] {
            assert_ne!(Twin::of_wire(other), bare, "{}", String::from_utf8_lossy(other));
        }
    }

    proptest! {
        #[test]
        fn the_streaming_twin_is_the_plain_one(words in prop::collection::vec(prop::sample::select(vec!["Status", "X-UID", "Subject", ":", " ", "\t", "\r\n", "\n", "x", "\r", "a-very-long-header-name-that-passes-the-limit"]), 0..60), chunk in 1usize..30) {
            let wire = words.concat().into_bytes();
            let mut hasher = TwinHasher::new();
            for part in wire.chunks(chunk) {
                hasher.update(part);
            }
            prop_assert_eq!(hasher.finish().0, plain(&wire));
        }
    }
}
