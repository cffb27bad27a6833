//! Transfer encodings: base64 in lines of 76, quoted-printable, and bytes that need neither (RFC 2045 §6).

use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of one line of base64, a multiple of three, and the characters that they become.
const LINE_BYTES: usize = 57;
const LINE_CHARS: usize = 76;
/// A line may have as many bytes without its end (RFC 5322 §2.1.1).
pub(super) const LONGEST_LINE: usize = 998;
/// Part of every boundary of ours: text that holds it is never written bare.
pub(super) const BOUNDARY_MARK: &str = "=_mailferry";

/// Copies `from` as base64 in lines that end with CRLF; returns the bytes read and why reading broke off, if it did.
///
/// # Errors
/// Writing failed.
pub(super) fn base64_from(from: &mut dyn Read, limit: u64, to: &mut dyn Write) -> io::Result<(u64, Option<io::Error>)> {
    let mut buffer = vec![0; LINE_BYTES * 1024];
    let mut lines = vec![0; (LINE_CHARS + 2) * 1024];
    let (mut total, mut failed) = (0, None);
    loop {
        let mut filled = 0;
        while let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty() && failed.is_none()) {
            match from.read(free) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => failed = Some(error),
            }
        }
        total += filled as u64;
        let mut end = 0;
        for bytes in buffer.get(..filled).unwrap_or_default().chunks(LINE_BYTES) {
            let place = lines.get_mut(end..end + LINE_CHARS).unwrap_or_default();
            // A line has room for what a line's bytes become.
            end += STANDARD.encode_slice(bytes, place).unwrap_or(0);
            if let Some(place) = lines.get_mut(end..end + 2) {
                place.copy_from_slice(b"\r\n");
            }
            end += 2;
        }
        to.write_all(lines.get(..end).unwrap_or_default())?;
        if total > limit && failed.is_none() {
            failed = Some(io::Error::other(format!("only the first {total} bytes are kept")));
        }
        if filled < buffer.len() || failed.is_some() {
            return Ok((total, failed));
        }
    }
}

/// `bytes` as quoted-printable. CRLF stays a line end; everything else that is not printable ASCII is written as `=XX`.
#[must_use]
pub(in crate::store) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let mut column = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        if byte == b'\r' && rest.first() == Some(&b'\n') {
            out.extend_from_slice(b"\r\n");
            (column, at) = (0, at + 2);
            continue;
        }
        let ends_line = rest.is_empty() || rest.starts_with(b"\r\n");
        // Dots and «From » at a line's start are what transports and mbox files change.
        let is_fragile = column == 0 && (byte == b'.' || bytes.get(at..).is_some_and(|line| line.starts_with(b"From ")));
        let is_plain = match byte {
            b'=' => false,
            b' ' | b'\t' => !ends_line,
            _ => byte.is_ascii_graphic() && !is_fragile,
        };
        let width = if is_plain { 1 } else { 3 };
        if column + width > 75 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if is_plain {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("={byte:02X}").as_bytes());
        }
        column += width;
        at += 1;
    }
    out
}

/// How a text is best carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Carriage {
    /// As it is: ASCII in lines that end with CRLF.
    Bare,
    /// Mostly ASCII.
    QuotedPrintable,
    /// Everything else.
    Base64,
}

impl Carriage {
    /// The best one for `text`.
    #[must_use]
    pub(super) fn of(text: &[u8]) -> Self {
        if is_bare(text) {
            return Self::Bare;
        }
        let odd = text.iter().filter(|b| !(b.is_ascii_graphic() || matches!(b, b' ' | b'\t' | b'\r' | b'\n'))).count();
        if odd * 4 <= text.len() { Self::QuotedPrintable } else { Self::Base64 }
    }

    /// Its name in Content-Transfer-Encoding.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "7bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Writes `text` in it, with a line end after its last line.
    ///
    /// # Errors
    /// Writing failed.
    pub(super) fn write(self, text: &[u8], to: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Bare => to.write_all(text)?,
            Self::QuotedPrintable => to.write_all(&quoted_printable(text))?,
            Self::Base64 => return base64_from(&mut &*text, u64::MAX, to).map(|_| ()),
        }
        to.write_all(b"\r\n")
    }
}

/// True for ASCII without control characters, in lines of at most 998 bytes that end with CRLF.
#[must_use]
pub(super) fn is_bare(text: &[u8]) -> bool {
    let mut lines = Bareness::default();
    lines.feed(text);
    lines.is_bare()
        && memchr::memmem::find(text, BOUNDARY_MARK.as_bytes()).is_none()
        && !text.starts_with(b"From ")
        && memchr::memmem::find(text, b"\nFrom ").is_none()
}

/// Tells whether bytes need no encoding, piece by piece.
#[derive(Default)]
pub(super) struct Bareness {
    is_not: bool,
    column: usize,
    after_cr: bool,
}

impl Bareness {
    /// Looks at the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_line_end = *byte == b'\n' && self.after_cr;
            self.is_not |= (self.after_cr != is_line_end) || (*byte == b'\n' && !is_line_end);
            self.is_not |= !(byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            self.after_cr = *byte == b'\r';
            self.column = if matches!(byte, b'\r' | b'\n') { 0 } else { self.column + 1 };
            self.is_not |= self.column > LONGEST_LINE;
            if self.is_not {
                return;
            }
        }
    }

    /// True if all bytes so far can stand as they are.
    #[must_use]
    pub(super) const fn is_bare(&self) -> bool {
        !self.is_not && !self.after_cr
    }
}

/// Any line ends as CRLF.
#[must_use]
pub(in crate::store) fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(b"\r\n");
        let is_pair = rest.get(at..at + 2) == Some(b"\r\n");
        rest = rest.get(at + 1 + usize::from(is_pair)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_follows_the_standard() {
        for (bytes, want) in [
            (&b"a=b\r\n"[..], "a=3Db\r\n"),
            (b"end \r\nend\t", "end=20\r\nend=09"),
            (b"\xC3\xA9 lone\rcr and\nlf", "=C3=A9 lone=0Dcr and=0Alf"),
            (b".\r\nFrom x", "=2E\r\n=46rom x"),
        ] {
            assert_eq!(String::from_utf8(quoted_printable(bytes)).expect("ASCII"), want);
        }
        let long = quoted_printable(&[b'x'; 500]);
        assert!(long.split(|b| *b == b'\n').all(|line| line.len() <= 77));
        assert_eq!(long.iter().filter(|b| **b == b'x').count(), 500);
    }

    #[test]
    fn base64_comes_in_lines_and_says_where_reading_broke_off() {
        struct Breaks(usize);
        impl Read for Breaks {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let len = self.0.min(buffer.len());
                self.0 -= len;
                buffer[..len].fill(b'a');
                if len == 0 { Err(io::Error::other("a block is missing")) } else { Ok(len) }
            }
        }
        let mut out = Vec::new();
        let (read, failed) = base64_from(&mut Breaks(100), u64::MAX, &mut out).expect("room");
        assert_eq!((read, failed.map(|error| error.to_string())), (100, Some("a block is missing".into())));
        let text = String::from_utf8(out).expect("ASCII");
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [76, 60]);
        let mut out = Vec::new();
        assert!(matches!(base64_from(&mut &[0u8; 200_000][..], u64::MAX, &mut out), Ok((200_000, None))));
        assert_eq!(STANDARD.decode(String::from_utf8(out).expect("ASCII").replace("\r\n", "")).expect("base64").len(), 200_000);
    }

    #[test]
    fn a_text_is_carried_as_plainly_as_it_can_be() {
        for (text, want) in [
            (&b"plain\r\ntext\r\n"[..], Carriage::Bare),
            (b"", Carriage::Bare),
            (b"lone\nlf", Carriage::QuotedPrintable),
            (b"lone\rcr", Carriage::QuotedPrintable),
            (b"ends with\r", Carriage::QuotedPrintable),
            (b"x\r\nFrom me", Carriage::QuotedPrintable),
            (b"--=_mailferry", Carriage::QuotedPrintable),
            ("viel Text mit einem ü".as_bytes(), Carriage::QuotedPrintable),
            ("日本語".as_bytes(), Carriage::Base64),
        ] {
            assert_eq!(Carriage::of(text), want, "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(Carriage::of(&[b'x'; 998]), Carriage::Bare);
        assert_eq!(Carriage::of(&[b'x'; 999]), Carriage::QuotedPrintable);
        assert_eq!(with_crlf(b"a\nb\rc\r\nd\n\r"), b"a\r\nb\r\nc\r\nd\r\n\r\n");
    }
}
