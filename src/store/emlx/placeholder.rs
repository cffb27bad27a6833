//! The parts that Apple Mail cut out of a message: their header is left, with `X-Apple-Content-Length`, and no body.

use std::ops::Range;

use super::parameter::value_of;

/// Multiparts within multiparts are followed as deep as this.
const DEEPEST: usize = 64;
/// A message has as many parts at most.
const MOST_PARTS: usize = 20_000;
/// A boundary has at most 70 characters (RFC 2046 §5.1.1); programs were more generous.
const LONGEST_BOUNDARY: usize = 1_000;
/// What of a part's header is looked at.
const LONGEST_HEADER: usize = 64 * 1024;

/// How a part is encoded (RFC 2045 §6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// 7bit, 8bit, or nothing said.
    Plain,
    /// quoted-printable.
    QuotedPrintable,
    /// base64.
    Base64,
    /// binary, or one that is not known.
    Other,
}

/// A part without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Its number as IMAP counts parts, such as `2.4` (RFC 9051 §6.4.5).
    pub part: String,
    /// `X-Apple-Content-Length: …`, line end included.
    pub length_field: Range<usize>,
    /// `Content-Transfer-Encoding: …`, line end included, if it has one.
    pub encoding_field: Option<Range<usize>>,
    /// Where its body begins: behind the header's empty line.
    pub body: usize,
    /// Its file's name, as it tells it.
    pub name: Option<String>,
    /// Its encoding.
    pub encoding: Encoding,
    /// `text/…`.
    pub is_text: bool,
    /// `message/…` or `multipart/…`: never encoded (RFC 2045 §6.4).
    pub is_composite: bool,
    /// How long its encoded body was.
    pub told_bytes: Option<u64>,
    /// The boundaries that it stands within.
    pub boundaries: Vec<Vec<u8>>,
}

/// A multipart whose end has not come yet.
struct Level {
    boundary: Vec<u8>,
    /// Its own number; empty for the message's.
    path: String,
    parts: usize,
}

impl Level {
    fn next_path(&mut self) -> String {
        self.parts += 1;
        if self.path.is_empty() { self.parts.to_string() } else { format!("{}.{}", self.path, self.parts) }
    }
}

/// What a part's header says.
struct Head {
    body: usize,
    content_type: String,
    disposition: String,
    encoding: Encoding,
    encoding_field: Option<Range<usize>>,
    length_field: Option<(Range<usize>, Option<u64>)>,
}

/// Finds them, in order.
#[must_use]
pub fn placeholders(message: &[u8]) -> Vec<Placeholder> {
    let mut walk = Walk { message, levels: Vec::new(), open: None, parts: 0, found: Vec::new() };
    let mut at = walk.entity(0, String::new());
    while let Some((line, next)) = walk.next_delimiter(at) {
        at = walk.delimiter(line, next);
        if walk.parts > MOST_PARTS {
            return walk.found;
        }
    }
    walk.close_part(message.len());
    walk.found
}

struct Walk<'a> {
    message: &'a [u8],
    levels: Vec<Level>,
    /// A part whose end has not come yet.
    open: Option<Placeholder>,
    parts: usize,
    found: Vec<Placeholder>,
}

impl Walk<'_> {
    /// Reads the header of an entity that begins at `at`, and answers where its body begins.
    fn entity(&mut self, at: usize, path: String) -> usize {
        let (mut at, mut path) = (at, path);
        for _ in 0..DEEPEST {
            self.parts += 1;
            let head = head(self.message, at);
            let kind = head.content_type.to_ascii_lowercase();
            let boundary = value_of(&head.content_type, "boundary").map(String::into_bytes).filter(|b| !b.is_empty() && b.len() <= LONGEST_BOUNDARY);
            if let Some((length_field, told_bytes)) = head.length_field {
                self.open = Some(Placeholder {
                    part: if path.is_empty() { "1".to_owned() } else { path },
                    length_field,
                    encoding_field: head.encoding_field,
                    body: head.body,
                    name: value_of(&head.disposition, "filename").or_else(|| value_of(&head.content_type, "name")),
                    encoding: head.encoding,
                    is_text: kind.starts_with("text/"),
                    is_composite: kind.starts_with("message/") || kind.starts_with("multipart/"),
                    told_bytes,
                    boundaries: self.levels.iter().map(|level| level.boundary.clone()).collect(),
                });
                return head.body;
            }
            if let Some(boundary) = boundary.filter(|_| kind.starts_with("multipart/") && self.levels.len() < DEEPEST) {
                self.levels.push(Level { boundary, path, parts: 0 });
                return head.body;
            }
            if !kind.starts_with("message/rfc822") {
                return head.body;
            }
            // Its parts bear its own number; a single one is its first.
            at = head.body;
            let inner = self::head(self.message, at);
            if !inner.content_type.to_ascii_lowercase().starts_with("multipart/") {
                path = if path.is_empty() { "1".to_owned() } else { format!("{path}.1") };
            }
        }
        at
    }

    /// The next line from `at` that begins with two hyphens, and where the line after it begins.
    fn next_delimiter(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let mut from = at;
        loop {
            let rest = self.message.get(from..)?;
            let is_line_start = from == 0 || self.message.get(from - 1) == Some(&b'\n');
            let start = if is_line_start && rest.starts_with(b"--") { from } else { from + memchr::memmem::find(rest, b"\n--")? + 1 };
            let line = self.message.get(start..)?;
            let end = memchr::memchr(b'\n', line).map_or(line.len(), |end| end + 1);
            let text = line.get(..end)?.trim_ascii_end();
            if self.levels.iter().any(|level| text.get(2..).is_some_and(|text| text.starts_with(&level.boundary))) {
                return Some((start..start + text.len(), start + end));
            }
            from = start + end;
        }
    }

    /// Takes a delimiter's line, and answers where to go on.
    fn delimiter(&mut self, line: Range<usize>, next: usize) -> usize {
        let text = self.message.get(line.start + 2..line.end).unwrap_or_default();
        for at in (0..self.levels.len()).rev() {
            let Some(level) = self.levels.get_mut(at) else { continue };
            let Some(rest) = text.strip_prefix(level.boundary.as_slice()) else { continue };
            if rest.is_empty() {
                let path = level.next_path();
                self.close_part(line.start);
                self.levels.truncate(at + 1);
                return self.entity(next, path);
            }
            if rest == b"--" {
                self.close_part(line.start);
                self.levels.truncate(at);
                return next;
            }
        }
        next
    }

    /// Ends a part: it is a placeholder if nothing stands in it.
    fn close_part(&mut self, end: usize) {
        let Some(part) = self.open.take() else { return };
        let is_empty = self.message.get(part.body..end).is_none_or(|body| body.iter().all(u8::is_ascii_whitespace));
        if is_empty && part.told_bytes != Some(0) {
            self.found.push(part);
        }
    }
}

/// The header that begins at `start`.
fn head(message: &[u8], start: usize) -> Head {
    let mut head =
        Head { body: start, content_type: String::new(), disposition: String::new(), encoding: Encoding::Plain, encoding_field: None, length_field: None };
    let mut at = start;
    while let Some(rest) = message.get(at..).filter(|rest| !rest.is_empty()) {
        let mut end = line_end(rest);
        if matches!(rest.get(..end), Some(b"\n" | b"\r\n")) {
            head.body = at + end;
            return head;
        }
        while matches!(rest.get(end), Some(b' ' | b'\t')) {
            end += line_end(rest.get(end..).unwrap_or_default());
        }
        // A delimiter where no body began: the part has no header at all.
        if at - start <= LONGEST_HEADER {
            head.take(at, rest.get(..end).unwrap_or_default());
        }
        at += end;
        head.body = at;
    }
    head
}

fn line_end(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)
}

impl Head {
    fn take(&mut self, at: usize, field: &[u8]) {
        let Some(colon) = memchr::memchr(b':', field) else { return };
        let (name, value) = field.split_at(colon);
        let value = || String::from_utf8_lossy(value.get(1..).unwrap_or_default().trim_ascii()).into_owned();
        let is = |known: &str| name.trim_ascii_end().eq_ignore_ascii_case(known.as_bytes());
        if is("Content-Type") && self.content_type.is_empty() {
            self.content_type = value();
        } else if is("Content-Disposition") && self.disposition.is_empty() {
            self.disposition = value();
        } else if is("Content-Transfer-Encoding") && self.encoding_field.is_none() {
            self.encoding_field = Some(at..at + field.len());
            self.encoding = match value().to_ascii_lowercase().as_str() {
                "" | "7bit" | "8bit" => Encoding::Plain,
                "quoted-printable" => Encoding::QuotedPrintable,
                "base64" => Encoding::Base64,
                _ => Encoding::Other,
            };
        } else if is("X-Apple-Content-Length") && self.length_field.is_none() {
            self.length_field = Some((at..at + field.len(), value().parse().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(message: &str) -> Vec<(String, Option<String>)> {
        placeholders(message.as_bytes()).into_iter().map(|found| (found.part, found.name)).collect()
    }

    #[test]
    fn parts_are_numbered_as_imap_does() {
        let cut = |name: &str| format!("Content-Type: application/pdf;\n\tname={name}\nContent-Transfer-Encoding: base64\nX-Apple-Content-Length: 12\n\n\n");
        let text = "Content-Type: text/plain\n\ntext\n--no delimiter\n";
        let mixed = format!(
            "Subject: x\nContent-Type: multipart/mixed; boundary=\"a\"\n\npreamble\n--a\n{text}--a\nContent-Type: multipart/related; boundary=ab\n\n--ab\n{text}--ab\n{}--ab--\n\n--a\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=in\n\n--in\n{text}--in\n{}--in--\n--a\nContent-Type: message/rfc822\n\n{}--a\n{}--a--\nepilogue\n",
            cut("one"),
            cut("two"),
            cut("three"),
            cut("four"),
        );
        let name = |part: &str, name: &str| (part.to_owned(), Some(name.to_owned()));
        assert_eq!(parts(&mixed), [name("2.2", "one"), name("3.2", "two"), name("4.1", "three"), name("5", "four")]);
        assert_eq!(parts(&mixed.replace('\n', "\r\n")), parts(&mixed));
        assert_eq!(parts(&cut("alone")), [name("1", "alone")]);
    }

    #[test]
    fn a_part_with_a_body_or_of_no_length_is_none() {
        let one = |length: &str, body: &str| format!("Content-Type: multipart/mixed; boundary=a\n\n--a\nX-Apple-Content-Length: {length}\n\n{body}\n--a--\n");
        assert_eq!(parts(&one("5", "")).len(), 1);
        assert_eq!(parts(&one("5", "there")).len(), 0);
        assert_eq!(parts(&one("0", "")).len(), 0);
        assert_eq!(parts(&one("x", "")).len(), 1);
        // Broken off before the last delimiter.
        assert_eq!(parts("Content-Type: multipart/mixed; boundary=a\n\n--a\nX-Apple-Content-Length: 5\n\n").len(), 1);
    }

    #[test]
    fn what_is_nested_without_end_ends() {
        let deep: String = (0..5_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        assert!(parts(&deep).len() <= MOST_PARTS);
        let messages = "Content-Type: message/rfc822\n\n".repeat(100_000);
        assert_eq!(parts(&messages).len(), 0);
        let many = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\n".repeat(200_000));
        assert_eq!(parts(&many).len(), 0);
    }
}
