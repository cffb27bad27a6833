//! Where in a file the message lies, and where the property list.

use std::io;
use std::ops::Range;

use crate::store::plist;

/// The length's line has blanks behind the number, up to ten characters; more is no such line.
const LONGEST_COUNT_LINE: usize = 40;
/// A property list that is looked for from the end is no longer than this (1 MiB).
const LONGEST_PLIST: u64 = 1 << 20;
/// As much of a list's beginning tells that it is one.
const MARK_BYTES: usize = 128;

/// The parts of a file, as byte ranges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The message.
    pub message: Range<u64>,
    /// The property list; empty where there is none.
    pub plist: Range<u64>,
    /// The file begins with a length, as it should.
    pub is_counted: bool,
}

/// Finds the parts of a file of `len` bytes; `read` gives as many bytes from an offset as there are, up to a limit.
///
/// The length in the first line counts if what follows the message then is a property list, or nothing. Else the list that
/// the file ends with is looked for, and all before it is the message: lengths that are too long, or were never written, are
/// known of real files.
///
/// # Errors
/// What `read` gives.
pub fn frame(len: u64, read: &mut dyn FnMut(u64, usize) -> io::Result<Vec<u8>>) -> io::Result<Frame> {
    let first = read(0, LONGEST_COUNT_LINE)?;
    let counted = count_line(&first);
    let start = counted.map_or(0, |(start, _)| start);
    let framed = |end: u64, plist: u64| Frame { message: start..end, plist: plist..len, is_counted: counted.is_some() };
    if let Some(end) = counted.and_then(|(start, count)| start.checked_add(count)).filter(|end| *end <= len) {
        let after = read(end, MARK_BYTES)?;
        let blanks = after.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let rest = after.get(blanks..).unwrap_or_default();
        if begins_plist(rest) || (rest.is_empty() && end + after.len() as u64 == len) {
            return Ok(framed(end, end + blanks as u64));
        }
    }
    let from = start.max(len.saturating_sub(LONGEST_PLIST));
    let tail = read(from, LONGEST_PLIST as usize)?;
    let found = |mark: &[u8]| memchr::memmem::rfind(&tail, mark);
    let is_list = |at: &usize| tail.get(*at..).is_some_and(is_plist);
    // Either may stand in a mail, too: a list is what the file ends with.
    let xml = [&b"<?xml"[..], b"<!DOCTYPE plist"].into_iter().filter_map(found).filter(is_list).min();
    let binary = || found(b"bplist00").filter(|at| tail.get(*at..).is_some_and(|list| plist::read(list).is_some()));
    let at = xml.filter(|_| tail.trim_ascii_end().ends_with(b"</plist>")).or_else(binary);
    let end = at.map_or(len, |at| from + at as u64);
    Ok(framed(end, end))
}

/// Where the message begins and how long it should be.
fn count_line(first: &[u8]) -> Option<(u64, u64)> {
    let end = memchr::memchr(b'\n', first)?;
    let digits = std::str::from_utf8(first.get(..end)?).ok()?.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    Some((end as u64 + 1, digits.parse().ok().filter(|_| is_number)?))
}

fn begins_plist(bytes: &[u8]) -> bool {
    [&b"<?xml"[..], b"<!DOCTYPE plist", b"<plist", b"bplist00"].iter().any(|mark| bytes.starts_with(mark))
}

/// XML may stand in a mail, too; a list names itself in its first lines.
fn is_plist(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes.get(..512).unwrap_or(bytes), b"<plist").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"x\" \"y\">\n<plist version=\"1.0\">\n<dict>\n</dict>\n</plist>\n";

    fn parts(file: &str) -> (&str, &str) {
        let bytes = file.as_bytes();
        let mut read = |at: u64, limit: usize| Ok(bytes[(at as usize).min(bytes.len())..].iter().copied().take(limit).collect());
        let found = frame(bytes.len() as u64, &mut read).expect("memory");
        let cut = |range: &Range<u64>| &file[range.start as usize..range.end as usize];
        (cut(&found.message), cut(&found.plist))
    }

    #[test]
    fn the_length_counts_where_a_list_or_nothing_follows() {
        let message = "From: a@b.example\n\nText\n";
        let count = message.len();
        for (file, want_list) in [
            (format!("{count}      \n{message}{LIST}"), LIST),
            (format!("{count}\r\n{message}{LIST}"), LIST),
            (format!("{count}\n{message}\n\n{LIST}"), LIST),
            (format!("{count}\n{message}"), ""),
            (format!("{count}\n{message}bplist00xyz"), "bplist00xyz"),
            // Too long, too short, none at all.
            (format!("9999\n{message}{LIST}"), LIST),
            (format!("{}\n{message}{LIST}", count + 20), LIST),
            (format!("3\n{message}{LIST}"), LIST),
            (format!("{message}{LIST}"), LIST),
            (format!("99999999999999999999999999\n{message}{LIST}"), LIST),
        ] {
            let (found, list) = parts(&file);
            assert_eq!(list, want_list, "{file}");
            assert!(found == message || file.starts_with("99999999999999999999999999"), "{file}: {found:?}");
        }
    }

    #[test]
    fn xml_within_a_mail_is_no_list() {
        let message = "From: a@b.example\n\n<?xml version=\"1.0\"?><feed></feed>\n";
        assert_eq!(parts(&format!("{}\n{message}{LIST}", message.len())), (message, LIST));
        assert_eq!(parts(&format!("7777\n{message}")), (message, ""));
        assert_eq!(parts(&format!("7777\n{message}{LIST}")), (message, LIST));
    }
}
