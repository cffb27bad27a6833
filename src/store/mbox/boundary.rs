//! Which `From ` line begins a message.
//!
//! Neither «an empty line before it» nor «it has a time» survives real files. A line is a boundary if
//! (A) the next two lines look like header fields; folded lines belong to their field, and one `>From ` line may stand
//! between: what Thunderbird looks at; or
//! (B) it names a weekday and a time, and an empty line, a hole of NULs or the start of the file is before it.
//! Content-Length is not looked at: it lies.

use super::envelope;

/// How many bytes after the start of a `From ` line are looked at (64 KiB): a longer first field is believed.
pub const LOOK_AHEAD: usize = 64 * 1024;
/// A longer line is text.
const LONGEST_FROM_LINE: usize = 1000;
/// A longer name is text.
const LONGEST_FIELD_NAME: usize = 256;

/// Whether the line at the start of `ahead` (which begins `From `) begins a message.
///
/// `ahead` holds [`LOOK_AHEAD`] bytes, or fewer at the end of the file; `after_blank` says whether what is before it allows (B).
#[must_use]
pub fn is_boundary(ahead: &[u8], after_blank: bool, line_end: u8) -> bool {
    let (line, rest) = split_line(ahead, line_end);
    line.len() <= LONGEST_FROM_LINE && (two_fields(rest, line_end, ahead.len() >= LOOK_AHEAD) || after_blank && envelope::has_weekday_and_time(line))
}

/// Whether `bytes` begin with two header fields, after at most one `>From ` line.
///
/// `cut` says that the file goes on after `bytes`: then one field that fills them all is enough.
#[must_use]
pub fn two_fields(bytes: &[u8], line_end: u8, cut: bool) -> bool {
    let mut rest = bytes;
    if rest.starts_with(b">From ") {
        rest = split_line(rest, line_end).1;
    }
    if !is_field(rest) {
        return false;
    }
    rest = split_line(rest, line_end).1;
    while matches!(rest.first(), Some(b' ' | b'\t')) {
        rest = split_line(rest, line_end).1;
    }
    is_field(rest) || rest.is_empty() && cut
}

/// Whether a line looks like a header field: characters 33–126, optional blanks, a colon (RFC 5322 §2.2, §4.5).
fn is_field(line: &[u8]) -> bool {
    let start = line.get(..LONGEST_FIELD_NAME).unwrap_or(line);
    let name = start.iter().take_while(|b| b.is_ascii_graphic() && **b != b':').count();
    let after = start.get(name..).unwrap_or_default();
    name > 0 && after.iter().find(|b| !matches!(b, b' ' | b'\t')) == Some(&b':')
}

/// The first line with its end cut off, and what follows.
pub(super) fn split_line(bytes: &[u8], line_end: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(line_end, bytes) {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_told_from_body_lines() {
        let table: &[(&[u8], bool, bool)] = &[
            (b"From a@b Fri Jul  8 12:08:34 2011\nTo: x\nSubject: y\n\n", false, true),
            (b"From \nTo: x\nSubject: y\n", false, true),
            (b"From - \r\nTo: x\r\n\tfolded\r\n still\r\nSubject : y\r\n", false, true),
            (b"From x\n>From y\nTo: x\nSubject: y\n", false, true),
            (b"From x\n>From y\n>From z\nTo: x\nSubject: y\n", false, false),
            (b"From here on\nit is text\n", true, false),
            (b"From here on\nNote: it is\ntext\n", true, false),
            (b"From a@b Fri Jul  8 12:08:34 2011\n\nno header at all", true, true),
            (b"From a@b Fri Jul  8 12:08:34 2011\n\nno header at all", false, false),
            (b"From a@b on Friday at noon\n", true, false),
            (b"From x\n: no name\nTo: x\n", true, false),
            (b"From ", true, false),
        ];
        for (ahead, blank, want) in table {
            assert_eq!(is_boundary(ahead, *blank, b'\n'), *want, "{}", String::from_utf8_lossy(ahead));
        }
        assert!(is_boundary(b"From x\rTo: x\rSubject: y\r", false, b'\r'));
    }

    #[test]
    fn a_first_field_longer_than_the_look_ahead_is_believed() {
        let mut ahead = b"From x\nTo: a,\n".to_vec();
        while ahead.len() < LOOK_AHEAD {
            ahead.extend_from_slice(b" someone@example.com,\n");
        }
        ahead.truncate(LOOK_AHEAD);
        assert!(is_boundary(&ahead, false, b'\n'));
        ahead.truncate(LOOK_AHEAD - 1);
        assert!(!is_boundary(&ahead, false, b'\n'), "at the end of the file there is no second field");
    }
}
