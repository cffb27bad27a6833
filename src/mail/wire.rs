//! *stored* → *wire*: what the server is given and must give back.
//!
//! Five changes and no other: `>From ` loses one `>` where the store is known to be mboxrd; LF without CR becomes CRLF (in a
//! CR-only file, CR does); of several CR before an LF one is left; NUL, which no IMAP literal may hold (RFC 9051 §4.3), becomes
//! 0x80. No header is added.
//!
//! CR CR LF is what text mode makes of a CRLF on Windows, done twice: no mail was ever sent so, and servers keep it or not
//! (Dovecot takes one CR away). With one CR every server gives back what it was given, so that verification compares digests
//! and needs no exception.

use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::digest::{Hasher, Sha256Digest};
use super::twin::{Twin, TwinHasher};
use super::{Body, BodyWriter};

/// How the stored bytes of a message become wire bytes. The default is right for everything but some mboxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WireRules {
    /// The store quotes body lines as mboxrd does: `>From `, `>>From `, … lose one `>`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mboxrd: bool,
    /// The file ends its lines with CR alone (classic Mac OS).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cr_only: bool,
}

impl WireRules {
    /// True if nothing differs from the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What was changed on the way to the wire, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireChanges {
    /// NUL bytes that became 0x80.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nul: u64,
    /// Line ends that became CRLF.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line_ends: u64,
    /// Lines that lost a `>`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unquoted: u64,
    /// CR left out before CR LF.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extra_cr: u64,
}

impl WireChanges {
    /// True if bytes were changed that are no plain line ends: such a message is named, and its digest always compared.
    #[must_use]
    pub const fn alter(&self) -> bool {
        self.nul > 0 || self.extra_cr > 0
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Turns stored bytes into wire bytes, chunk by chunk.
#[derive(Clone, Debug)]
pub struct WireEncoder {
    rules: WireRules,
    changes: WireChanges,
    line_start: bool,
    /// CR at the end of what was pushed, not written yet: an LF may follow.
    held_cr: u64,
    /// `>` characters at the start of the present line that are not yet known to be quoting.
    held: Vec<u8>,
}

/// No real quoting is this deep; beyond it the run is text, and the hold-back stays bounded.
const DEEPEST_QUOTING: usize = 4096;

impl WireEncoder {
    /// At the start of a message.
    #[must_use]
    pub const fn new(rules: WireRules) -> Self {
        Self { rules, changes: WireChanges { nul: 0, line_ends: 0, unquoted: 0, extra_cr: 0 }, line_start: true, held_cr: 0, held: Vec::new() }
    }

    /// Appends the wire form of the next stored bytes to `out`. Answers whether it differs from them.
    pub fn push(&mut self, stored: &[u8], out: &mut Vec<u8>) -> bool {
        let start = out.len();
        if self.rules.mboxrd {
            self.push_unquoting(stored, out);
        } else {
            self.push_plain(stored, out);
        }
        out.get(start..) != Some(stored)
    }

    /// Appends what was held back at the end of the message.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> WireChanges {
        let held = std::mem::take(&mut self.held);
        self.push_plain(&held, out);
        self.release_cr(out);
        self.changes
    }

    fn push_plain(&mut self, mut rest: &[u8], out: &mut Vec<u8>) {
        out.reserve(rest.len() + rest.len() / 32);
        let needle = if self.rules.cr_only { b'\r' } else { b'\n' };
        while let Some(at) = memchr::memchr2(needle, 0, rest) {
            let (before, found) = rest.split_at(at);
            self.push_text(before, out);
            if found.first() == Some(&0) {
                self.release_cr(out);
                out.push(0x80);
                self.changes.nul += 1;
            } else {
                out.extend_from_slice(b"\r\n");
                match std::mem::take(&mut self.held_cr) {
                    0 => self.changes.line_ends += 1,
                    several => self.changes.extra_cr += several - 1,
                }
            }
            rest = found.get(1..).unwrap_or_default();
        }
        self.push_text(rest, out);
    }

    /// Text without line ends; CR at its end are held back.
    fn push_text(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let cr = if self.rules.cr_only { 0 } else { text.iter().rev().take_while(|byte| **byte == b'\r').count() };
        let words = text.get(..text.len() - cr).unwrap_or_default();
        if !words.is_empty() {
            self.release_cr(out);
            out.extend_from_slice(words);
        }
        self.held_cr += cr as u64;
    }

    fn release_cr(&mut self, out: &mut Vec<u8>) {
        out.extend(std::iter::repeat_n(b'\r', usize::try_from(std::mem::take(&mut self.held_cr)).unwrap_or_default()));
    }

    /// Line by line, so that the first bytes of each are seen together. Lines may be split over chunks anywhere.
    fn push_unquoting(&mut self, mut rest: &[u8], out: &mut Vec<u8>) {
        let line_end = if self.rules.cr_only { b'\r' } else { b'\n' };
        while !rest.is_empty() {
            if self.line_start {
                let Some((byte, tail)) = rest.split_first() else { return };
                self.held.push(*byte);
                rest = tail;
                match quoting(&self.held) {
                    Quoting::Undecided if self.held.len() < DEEPEST_QUOTING => continue,
                    Quoting::Yes => {
                        self.held.remove(0);
                        self.changes.unquoted += 1;
                    }
                    _ => {}
                }
                self.line_start = self.held.last() == Some(&line_end);
                let held = std::mem::take(&mut self.held);
                self.push_plain(&held, out);
            } else {
                let line = memchr::memchr(line_end, rest).map_or(rest.len(), |at| at + 1);
                let (line, tail) = rest.split_at(line);
                self.push_plain(line, out);
                self.line_start = line.last() == Some(&line_end);
                rest = tail;
            }
        }
    }
}

enum Quoting {
    Yes,
    No,
    Undecided,
}

/// Does this beginning of a line read `>…>From `?
fn quoting(start: &[u8]) -> Quoting {
    // Only marks so far: said at once, or a line of thousands would be counted anew for each.
    if matches!(start, [b'>'] | [.., b'>', b'>']) {
        return Quoting::Undecided;
    }
    let marks = start.iter().take_while(|b| **b == b'>').count();
    let word = start.get(marks..).unwrap_or_default();
    if marks == 0 {
        Quoting::No
    } else if word == b"From " {
        Quoting::Yes
    } else if b"From ".starts_with(word) {
        Quoting::Undecided
    } else {
        Quoting::No
    }
}

/// Everything that is known of a message's bytes once they were read through, in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireFacts {
    /// Length of the stored bytes.
    pub stored_bytes: u64,
    /// SHA-256 of the stored bytes.
    pub sha256: Sha256Digest,
    /// Length of the wire bytes: what room is counted in.
    pub wire_bytes: u64,
    /// SHA-256 of the wire bytes: what the server must give back.
    pub wire_sha256: Sha256Digest,
    /// What makes it the same message elsewhere.
    pub twin: Twin,
    /// Length of the bytes under `twin`: at most `wire_bytes`.
    pub twin_bytes: u64,
    /// What was changed.
    pub changes: WireChanges,
}

const CHUNK: usize = 64 * 1024;

/// Reads a stored message through and digests its three byte strings.
///
/// Stored bytes that already are wire bytes are hashed once, not twice; a message without lines that [`Twin`] leaves out is
/// not hashed again for it.
///
/// # Errors
/// What reading the body gives.
pub fn measure(body: &Body, rules: WireRules) -> io::Result<WireFacts> {
    let mut encoder = WireEncoder::new(rules);
    let mut stored: Option<Hasher> = None; // as long as it is None, stored and wire are equal
    let mut wire = TwinHasher::keeping_all_lines();
    let mut twin = if may_hold_left_out_lines(body)? { Some(TwinHasher::new()) } else { None };
    let (mut reader, mut buffer, mut out) = (body.reader(), vec![0; CHUNK.min(body.len() as usize + 1)], Vec::new());
    loop {
        let read = reader.read(&mut buffer)?;
        let chunk = buffer.get(..read).unwrap_or_default();
        out.clear();
        let before = stored.is_none().then(|| wire.state());
        let differs = if read == 0 {
            encoder.finish(&mut out);
            !out.is_empty()
        } else {
            encoder.push(chunk, &mut out)
        };
        if differs && let Some(before) = before {
            stored = Some(before);
        }
        if let Some(stored) = &mut stored {
            stored.update(chunk);
        }
        wire.update(&out);
        if let Some(twin) = &mut twin {
            twin.update(&out);
        }
        if read == 0 {
            break;
        }
    }
    let (wire_bytes, wire_sha256) = (wire.len(), wire.state().finish());
    let (twin, twin_bytes) = twin.unwrap_or(wire).finish();
    Ok(WireFacts {
        stored_bytes: body.len(),
        sha256: stored.map_or(wire_sha256, Hasher::finish),
        wire_bytes,
        wire_sha256,
        twin,
        twin_bytes,
        changes: encoder.changes,
    })
}

/// A cheap look at the head: `false` only if the whole header block was seen and holds none of the lines that a twin leaves out.
fn may_hold_left_out_lines(body: &Body) -> io::Result<bool> {
    let head = body.head(CHUNK)?;
    let whole = head.len() as u64 == body.len() || super::twin::block_end(&head).is_some();
    Ok(!whole || super::twin::holds_left_out_lines(&head))
}

/// Makes the wire bytes of a stored message; large ones go through a file in `temp_dir`.
///
/// # Errors
/// What reading the body or writing the temporary file gives.
pub fn encode(body: &Body, rules: WireRules, temp_dir: &Path) -> io::Result<Body> {
    let (mut encoder, mut out, mut differs) = (WireEncoder::new(rules), Vec::new(), false);
    let mut writer = BodyWriter::expecting(temp_dir, body.len() + body.len() / 16);
    let (mut reader, mut buffer) = (body.reader(), vec![0; CHUNK.min(body.len() as usize + 1)]);
    loop {
        let read = reader.read(&mut buffer)?;
        out.clear();
        if read == 0 {
            encoder.finish(&mut out);
            differs |= !out.is_empty();
        } else {
            differs |= encoder.push(buffer.get(..read).unwrap_or_default(), &mut out);
        }
        writer.write_all(&out)?;
        if read == 0 {
            return if differs { writer.finish() } else { Ok(body.clone()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire_in(stored: &[u8], rules: WireRules, chunk: usize) -> (Vec<u8>, WireChanges) {
        let (mut encoder, mut out) = (WireEncoder::new(rules), Vec::new());
        for part in stored.chunks(chunk.max(1)) {
            encoder.push(part, &mut out);
        }
        let changes = encoder.finish(&mut out);
        (out, changes)
    }

    const MBOXRD: WireRules = WireRules { mboxrd: true, cr_only: false };
    const CR_ONLY: WireRules = WireRules { mboxrd: false, cr_only: true };

    #[test]
    fn each_of_the_five_changes_and_no_other() {
        let plain = WireRules::default();
        let table: &[(WireRules, &[u8], &[u8])] = &[
            (plain, b"a\nb\r\nc\rd\0", b"a\r\nb\r\nc\rd\x80"),
            (plain, b"\n\n\r\n", b"\r\n\r\n\r\n"),
            (plain, b">From me\nFrom you", b">From me\r\nFrom you"),
            (plain, b"", b""),
            (plain, b"no line end", b"no line end"),
            (plain, b"\r\r\n", b"\r\n"),
            (plain, b"a\r\r\r\nb\r\rc\r\r\0\n\r\r", b"a\r\nb\r\rc\r\r\x80\r\n\r\r"),
            (MBOXRD, b">From a\n>>From b\n>Fro\n> From\n>From", b"From a\r\n>From b\r\n>Fro\r\n> From\r\n>From"),
            (MBOXRD, b"x >From y\n", b"x >From y\r\n"),
            (CR_ONLY, b"a\rb\r\rc", b"a\r\nb\r\n\r\nc"),
            (WireRules { mboxrd: true, cr_only: true }, b"a\r>From b\r", b"a\r\nFrom b\r\n"),
        ];
        for (rules, stored, want) in table {
            for chunk in 1..=stored.len().max(1) {
                let (got, _) = wire_in(stored, *rules, chunk);
                assert_eq!(got, *want, "{:?} in chunks of {chunk}", String::from_utf8_lossy(stored));
            }
        }
    }

    #[test]
    fn changes_are_counted() {
        let (_, changes) = wire_in(b"a\n>From b\r\n\0\0\n", MBOXRD, 3);
        assert_eq!(changes, WireChanges { nul: 2, line_ends: 2, unquoted: 1, extra_cr: 0 });
        let (_, changes) = wire_in(b"a\r\r\r\n\r\nb\r\r\n", WireRules::default(), 2);
        assert_eq!(changes, WireChanges { extra_cr: 3, ..WireChanges::default() });
    }

    #[test]
    fn two_carriage_returns_end_no_header_block_of_a_twin() {
        for stored in [&b"A: b\r\r\nStatus: RO\r\r\nC: d\r\n\r\nbody\r\n"[..], b"A: b\r\rc\r\nX-UID: 7\r\n\r\nbody", b"\r\rA: b\nLines: 7\n\nbody"] {
            for rules in [WireRules::default(), MBOXRD, CR_ONLY] {
                let (wire, _) = wire_in(stored, rules, stored.len());
                let facts = measure(&Body::from(stored.to_vec()), rules).expect("in memory");
                assert_eq!(facts.twin, Twin::of_wire(&wire), "{rules:?}: {}", stored.escape_ascii());
            }
        }
    }

    #[test]
    fn a_name_before_a_stray_carriage_return_is_left_out_of_a_measured_twin_too() {
        for stored in [&b"A: b\r\nLines\r: 7\r\n\r\nbody"[..], b"A: b\nStatus \r\t:RO\n\nbody", b"A: b\rX-UID\n: 7\r\rbody"] {
            for rules in [WireRules::default(), MBOXRD, CR_ONLY] {
                let (wire, _) = wire_in(stored, rules, stored.len());
                let facts = measure(&Body::from(stored.to_vec()), rules).expect("in memory");
                assert_eq!(facts.twin, Twin::of_wire(&wire), "{rules:?}: {}", stored.escape_ascii());
            }
        }
    }

    proptest! {
        #[test]
        fn wire_is_the_same_however_the_bytes_arrive(stored in prop::collection::vec(prop::sample::select(b"a>From \r\n\0".to_vec()), 0..200), chunk in 1usize..40, mboxrd: bool, cr_only: bool) {
            let rules = WireRules { mboxrd, cr_only };
            prop_assert_eq!(wire_in(&stored, rules, chunk), wire_in(&stored, rules, 1_000));
            let (wire, _) = wire_in(&stored, rules, chunk);
            prop_assert!(!wire.contains(&0));
            if !cr_only {
                prop_assert!(wire.iter().enumerate().all(|(at, b)| *b != b'\n' || at > 0 && wire.get(at - 1) == Some(&b'\r')));
            }
            let body = Body::from(stored.clone());
            let facts = measure(&body, rules).expect("in memory");
            prop_assert_eq!(facts.sha256, Sha256Digest::of(&stored));
            prop_assert_eq!(facts.wire_sha256, Sha256Digest::of(&wire));
            prop_assert_eq!(facts.wire_bytes, wire.len() as u64);
            prop_assert_eq!(facts.twin, Twin::of_wire(&wire));
            let encoded = encode(&body, rules, Path::new("/nonexistent")).expect("in memory");
            prop_assert_eq!(encoded.in_memory().expect("in memory").as_ref(), wire.as_slice());
        }

        #[test]
        fn the_measured_twin_is_that_of_the_wire(words in prop::collection::vec(prop::sample::select(vec!["Status", "Lines", "A", ":", " ", "\t", "\r\n", "\n", "\r", "\0", ">From "]), 0..30), mboxrd: bool, cr_only: bool) {
            let (stored, rules) = (words.concat().into_bytes(), WireRules { mboxrd, cr_only });
            let facts = measure(&Body::from(stored.clone()), rules).expect("in memory");
            prop_assert_eq!(facts.twin, Twin::of_wire(&wire_in(&stored, rules, 7).0));
        }

        #[test]
        fn wire_of_wire_is_itself(stored in prop::collection::vec(any::<u8>(), 0..300)) {
            let (wire, _) = wire_in(&stored, WireRules::default(), 7);
            prop_assert_eq!(wire_in(&wire, WireRules::default(), 11).0, wire);
        }
    }
}
