//! Puts the files that Apple Mail keeps beside a message back into their places.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use unicode_normalization::UnicodeNormalization;

use super::placeholder::{Encoding, Placeholder, placeholders};
use crate::store::bounds::Bounds;
use crate::store::rebuild::{quoted_printable, with_crlf};

/// A text is read into memory up to this many bytes (32 MB); a longer one goes as base64.
const LONGEST_TEXT: u64 = 32_000_000;
/// A line may have as many bytes without its end (RFC 5322 §2.1.1).
const LONGEST_LINE: usize = 998;
/// Widths of base64 lines that mail programs write, the usual ones first.
const WIDTHS: [usize; 6] = [76, 72, 64, 60, 70, 74];

/// A part and the file that belongs in it.
#[derive(Debug)]
pub(super) struct Insertion {
    part: Placeholder,
    /// `None` where it is not on this computer.
    file: Option<(PathBuf, u64)>,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Failed {
    /// A file can't be read.
    Read(io::Error),
    /// The temporary file can't be written.
    Write(io::Error),
}

/// The parts that were cut out of `message`, each with its file from `dir`: Apple Mail's `Attachments/<message's number>`.
pub(super) fn insertions(message: &[u8], dir: &Path, bounds: &Bounds) -> Vec<Insertion> {
    let parts = placeholders(message);
    parts.into_iter().map(|part| Insertion { file: file_of(&part, &dir.join(&part.part), bounds), part }).collect()
}

/// The part's file: the only one of its directory, else the one of its name. Apple Mail gives files without a name one of its own.
fn file_of(part: &Placeholder, dir: &Path, bounds: &Bounds) -> Option<(PathBuf, u64)> {
    let files: Vec<_> = bounds.list(dir).ok()?.into_iter().filter(|entry| !entry.is_dir && entry.len > 0 && !entry.name.starts_with('.')).collect();
    let found = match files.as_slice() {
        [one] => one,
        several => {
            let folded = |name: &str| name.nfc().flat_map(char::to_lowercase).collect::<String>();
            let wanted = folded(part.name.as_deref()?);
            several.iter().find(|entry| folded(&entry.name) == wanted)?
        }
    };
    Some((found.path.clone(), found.len))
}

impl Insertion {
    /// The file is here.
    pub(super) const fn is_found(&self) -> bool {
        self.file.is_some()
    }

    /// The part's number.
    pub(super) fn number(&self) -> &str {
        &self.part.part
    }

    /// By how many bytes the message grows; of texts, about.
    pub(super) fn growth(&self, line_end: &str) -> i64 {
        let Some((_, len)) = &self.file else { return 0 };
        let length = match self.part.encoding {
            Encoding::Base64 | Encoding::Other => Layout::of(*len, self.part.told_bytes).bytes(*len, line_end.len()),
            Encoding::Plain | Encoding::QuotedPrintable => self.part.told_bytes.unwrap_or(*len).min(len.saturating_mul(4)),
        };
        i64::try_from(length).unwrap_or(i64::MAX) - self.part.length_field.len() as i64
    }
}

/// What ends the lines of a message.
pub(super) fn line_end_of(message: &[u8]) -> &'static str {
    match memchr::memchr(b'\n', message) {
        Some(at) if at > 0 && message.get(at - 1) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

/// Writes the message with every file that is here in its place.
pub(super) fn write(message: &[u8], insertions: &[Insertion], bounds: &Bounds, out: &mut dyn Write) -> Result<(), Failed> {
    let line_end = line_end_of(message);
    let mut at = 0;
    for insertion in insertions {
        let Some((path, len)) = &insertion.file else { continue };
        let part = &insertion.part;
        let content = Content::of(part, path, *len, bounds).map_err(Failed::Read)?;
        // The fields that are left out or changed, in their order.
        let mut changes = vec![(part.length_field.clone(), String::new())];
        if matches!(content, Content::Base64) && part.encoding != Encoding::Base64 {
            let field = format!("Content-Transfer-Encoding: base64{line_end}");
            match &part.encoding_field {
                Some(old) => changes.push((old.clone(), field)),
                None => changes.iter_mut().for_each(|(_, instead)| instead.clone_from(&field)),
            }
        }
        changes.sort_by_key(|(range, _)| range.start);
        let mut fields: Vec<u8> = Vec::new();
        let mut from = at;
        for (range, instead) in changes {
            fields.extend_from_slice(message.get(from..range.start).unwrap_or_default());
            fields.extend_from_slice(instead.as_bytes());
            from = range.end;
        }
        out.write_all(&fields).map_err(Failed::Write)?;
        out.write_all(message.get(from..part.body).unwrap_or_default()).map_err(Failed::Write)?;
        content.write(part, path, *len, line_end, bounds, out)?;
        at = part.body;
    }
    out.write_all(message.get(at..).unwrap_or_default()).map_err(Failed::Write)
}

/// How a file's bytes go into the message.
enum Content {
    /// As they are.
    Bare(Vec<u8>),
    /// As quoted-printable, encoded already.
    Quoted(Vec<u8>),
    /// From the file, in lines.
    Base64,
}

impl Content {
    fn of(part: &Placeholder, path: &Path, len: u64, bounds: &Bounds) -> io::Result<Self> {
        let as_text = matches!(part.encoding, Encoding::Plain | Encoding::QuotedPrintable) || part.is_composite;
        if !as_text || len > LONGEST_TEXT {
            return Ok(Self::Base64);
        }
        let (file, _) = bounds.open(path)?;
        let mut bytes = Vec::new();
        file.take(LONGEST_TEXT).read_to_end(&mut bytes)?;
        if part.encoding == Encoding::Plain && can_stand_bare(&bytes, part) {
            return Ok(Self::Bare(bytes));
        }
        if part.encoding == Encoding::QuotedPrintable {
            return Ok(Self::Quoted(quoted_printable(&if part.is_text { with_crlf(&bytes) } else { bytes })));
        }
        Ok(Self::Base64)
    }

    fn write(self, part: &Placeholder, path: &Path, len: u64, line_end: &str, bounds: &Bounds, out: &mut dyn Write) -> Result<(), Failed> {
        match self {
            // The line end that follows the part in the message is its last one.
            Self::Bare(bytes) => out.write_all(without_last_end(&bytes)).map_err(Failed::Write),
            Self::Quoted(bytes) => {
                let bytes = if line_end == "\n" { bytes.into_iter().filter(|b| *b != b'\r').collect() } else { bytes };
                out.write_all(without_last_end(&bytes)).map_err(Failed::Write)
            }
            Self::Base64 => {
                let (mut file, _) = bounds.open(path).map_err(Failed::Read)?;
                let told = part.told_bytes.filter(|_| part.encoding == Encoding::Base64);
                base64_lines(&mut file, len, Layout::of(len, told), line_end, out)
            }
        }
    }
}

/// No NUL, no line that is too long, and none that would end the part.
fn can_stand_bare(bytes: &[u8], part: &Placeholder) -> bool {
    !bytes.contains(&0)
        && bytes.split(|b| *b == b'\n').all(|line| {
            line.len() <= LONGEST_LINE && !line.strip_prefix(b"--").is_some_and(|line| part.boundaries.iter().any(|boundary| line.starts_with(boundary)))
        })
}

fn without_last_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes)
}

/// How base64 was laid out: the file does not tell, but the length that Apple Mail noted does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Layout {
    width: usize,
    /// The last line had an end of its own.
    ends_open: bool,
}

impl Layout {
    fn of(len: u64, told: Option<u64>) -> Self {
        let layouts = || WIDTHS.into_iter().flat_map(|width| [true, false].map(|ends_open| Self { width, ends_open }));
        // Line ends may have been counted as the server has them.
        let found = [1, 2].into_iter().find_map(|end| layouts().find(|layout| told.is_some_and(|told| layout.bytes(len, end) == told)));
        found.unwrap_or(Self { width: 76, ends_open: true })
    }

    /// The length of what a file of `len` bytes becomes, with line ends of `end` bytes.
    fn bytes(self, len: u64, end: usize) -> u64 {
        let chars = len.div_ceil(3).saturating_mul(4);
        let lines = chars.div_ceil(self.width as u64);
        chars.saturating_add((lines - u64::from(self.ends_open && lines > 0)).saturating_mul(end as u64))
    }
}

/// A file as base64 in lines. One that became longer or shorter meanwhile breaks off, so that the next reading finds it whole.
fn base64_lines(file: &mut dyn Read, len: u64, layout: Layout, line_end: &str, out: &mut dyn Write) -> Result<(), Failed> {
    // As many bytes as become whole lines.
    let (piece_bytes, mut left) = (layout.width * 3 * 256, len);
    let mut lines = Vec::new();
    while left > 0 {
        let mut piece = Vec::with_capacity(piece_bytes);
        file.take((piece_bytes as u64).min(left)).read_to_end(&mut piece).map_err(Failed::Read)?;
        left -= piece.len() as u64;
        if piece.is_empty() || left > 0 && piece.len() < piece_bytes {
            return Err(Failed::Read(io::Error::new(io::ErrorKind::UnexpectedEof, "an attachment's file became shorter while it was read")));
        }
        let encoded = STANDARD.encode(&piece);
        lines.clear();
        let mut rest = encoded.as_bytes();
        while !rest.is_empty() {
            let (line, tail) = rest.split_at(rest.len().min(layout.width));
            lines.extend_from_slice(line);
            if !tail.is_empty() || left > 0 || !layout.ends_open {
                lines.extend_from_slice(line_end.as_bytes());
            }
            rest = tail;
        }
        out.write_all(&lines).map_err(Failed::Write)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_back(header: &str, file: &[u8]) -> String {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(dir.path().join("2")).expect("made");
        std::fs::write(dir.path().join("2/name.bin"), file).expect("written");
        std::fs::write(dir.path().join("2/.DS_Store"), b"x").expect("written");
        let message = format!("Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n{header}\n\n\n--b--\n");
        let bounds = Bounds::default();
        let found = insertions(message.as_bytes(), dir.path(), &bounds);
        assert!(found.len() == 1 && found[0].is_found(), "{found:?}");
        let mut out = Vec::new();
        write(message.as_bytes(), &found, &bounds, &mut out).expect("written");
        let out = String::from_utf8(out).expect("text");
        assert!(out.starts_with("Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n") && out.ends_with("\n--b--\n"), "{out}");
        out["Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n".len()..out.len() - "\n--b--\n".len()].to_owned()
    }

    #[test]
    fn a_file_is_encoded_as_its_part_says() {
        let base64 = "Content-Transfer-Encoding: BASE64\nX-Apple-Content-Length: 8\nContent-Type: image/png";
        assert_eq!(put_back(base64, &[0, 1, 2, 255]), "Content-Transfer-Encoding: BASE64\nContent-Type: image/png\n\nAAEC/w==");
        let quoted = "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\nX-Apple-Content-Length: 20";
        assert_eq!(put_back(quoted, "é=\nb\r\n".as_bytes()), "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\n\n=C3=A9=3D\nb");
        let plain = "X-Apple-Content-Length: 12\nContent-Type: text/plain";
        assert_eq!(put_back(plain, b"Short text.\n"), "Content-Type: text/plain\n\nShort text.");
        // What would end the part, or a line that is too long, is carried another way, and the header says so.
        assert_eq!(put_back(plain, b"a\n--b\n"), "Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\nYQotLWIK");
        let told = "Content-Type: text/plain\nContent-Transfer-Encoding: 7bit\nX-Apple-Content-Length: 9";
        assert!(put_back(told, &[b'x'; 2000]).starts_with("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\neHh4"));
    }

    #[test]
    fn lines_are_as_wide_as_the_length_says() {
        for len in [1_u64, 56, 57, 58, 1000, 26_624] {
            for width in WIDTHS {
                for ends_open in [true, false] {
                    let made = Layout { width, ends_open };
                    let found = Layout::of(len, Some(made.bytes(len, 1)));
                    assert_eq!(found.bytes(len, 1), made.bytes(len, 1), "{len} {made:?}");
                    let mut out = Vec::new();
                    let file = vec![7; len as usize];
                    base64_lines(&mut file.as_slice(), len, made, "\n", &mut out).expect("written");
                    assert_eq!(out.len() as u64, made.bytes(len, 1), "{len} {made:?}");
                    assert!(out.split(|b| *b == b'\n').all(|line| line.len() <= width));
                }
            }
        }
        assert_eq!(Layout::of(26_624, Some(35_967)), Layout { width: 76, ends_open: true });
        assert_eq!(Layout::of(26_624, None).width, 76);
        let short = base64_lines(&mut &b"abc"[..], 5, Layout::of(5, None), "\n", &mut Vec::new());
        assert!(matches!(short, Err(Failed::Read(_))));
    }
}
