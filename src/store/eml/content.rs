//! What a file is, by its name or, where that says nothing, by its first bytes.

use std::path::Path;

use crate::store::bounds::{Bounds, Entry};
use crate::store::mbox::boundary;
use crate::store::status;

/// How much of a file is looked at (64 KiB and a little): as much as the boundary rule needs.
const LOOKED_AT_BYTES: u64 = 66 * 1024;

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// One message.
    Message,
    /// An mbox.
    Mbox,
    /// Nothing at all.
    Empty,
    /// Outlook's PST.
    Pst,
    /// Outlook's OST.
    Ost,
    /// Outlook Express.
    Dbx,
    /// An Outlook message (a compound file).
    Msg,
    /// Outlook for Mac's export.
    Olm,
    /// The Bat!'s message base.
    TheBat,
    /// An Apple Mail message.
    Emlx,
    /// No mail.
    Other,
    /// It can't be opened, so nobody knows.
    Closed,
}

/// What a file of a directory is. Files whose names belong to other things are not opened.
#[must_use]
pub fn of_entry(entry: &Entry, bounds: &Bounds) -> Content {
    let (stem, extension) = entry.name.rsplit_once('.').map_or((entry.name.as_str(), None), |(stem, extension)| (stem, Some(extension.to_ascii_lowercase())));
    if entry.name.starts_with('.') || stem.is_empty() {
        return Content::Other;
    }
    match extension.as_deref() {
        Some("eml") => Content::Message,
        Some("emlx") => Content::Emlx,
        Some("mbox" | "mbx") if entry.len == 0 => Content::Empty,
        None | Some("mbox" | "mbx" | "txt" | "msg" | "mail" | "mai" | "email" | "mime" | "oft" | "pst" | "ost" | "pab" | "dbx" | "olm" | "tbb") => {
            of_file(&entry.path, bounds)
        }
        Some(numbered) if numbered.bytes().all(|b| b.is_ascii_digit()) => of_file(&entry.path, bounds),
        // Real names end in all kinds of ways, but other programs' files are known by theirs.
        Some(_) => Content::Other,
    }
}

/// What a file is by its content alone.
#[must_use]
pub fn of_file(path: &Path, bounds: &Bounds) -> Content {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let head = bounds.head(path, LOOKED_AT_BYTES);
    if head.is_empty() && bounds.open(path).is_err_and(|error| error.kind() != std::io::ErrorKind::NotFound) {
        return Content::Closed;
    }
    of_bytes(&head, extension.as_deref())
}

/// What a file that begins with `head` is.
#[must_use]
pub fn of_bytes(head: &[u8], extension: Option<&str>) -> Content {
    const MAGIC: [(&[u8], Content); 4] = [
        (b"\xCF\xAD\x12\xFE", Content::Dbx),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Content::Msg),
        (b"\x21\x09\x70\x19", Content::TheBat),
        (b"\x20\x09\x70\x19", Content::TheBat),
    ];
    if head.is_empty() {
        return Content::Empty;
    }
    if head.starts_with(b"!BDN") {
        return if head.get(8..10) == Some(b"SO") { Content::Ost } else { Content::Pst };
    }
    if let Some((_, content)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *content;
    }
    if head.starts_with(b"PK\x03\x04") {
        return if extension == Some("olm") { Content::Olm } else { Content::Other };
    }
    of_text(head, extension)
}

fn of_text(head: &[u8], extension: Option<&str>) -> Content {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let blank = text.iter().take_while(|b| matches!(b, 0 | b'\n' | b'\r')).count();
    let text = text.get(blank..).unwrap_or_default();
    let line_end = if memchr::memchr(b'\n', text).is_none() { b'\r' } else { b'\n' };
    let is_named_mbox = matches!(extension, Some("mbox" | "mbx"));
    if text.starts_with(b"From ") && (is_named_mbox || boundary::is_boundary(text, true, line_end)) {
        return Content::Mbox;
    }
    if text.is_empty() {
        return Content::Empty;
    }
    if !looks_like_message(text) {
        return Content::Other;
    }
    if is_named_mbox { Content::Mbox } else { Content::Message }
}

/// Three header fields of which two are mail's own, or two of which two are: a text file seldom begins so.
fn looks_like_message(text: &[u8]) -> bool {
    const OWN: [&str; 21] = [
        "From",
        "To",
        "Cc",
        "Bcc",
        "Subject",
        "Date",
        "Received",
        "Return-Path",
        "Delivered-To",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Sender",
        "Content-Transfer-Encoding",
        "Reply-To",
        "DKIM-Signature",
        "X-Mozilla-Status",
        "Status",
        "References",
        "In-Reply-To",
        "X-Mailer",
    ];
    let (mut fields, mut own) = (0, 0);
    status::fields(text, |name, _| {
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return std::ops::ControlFlow::Continue(());
        }
        fields += 1;
        own += u32::from(OWN.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())));
        if own >= 2 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    });
    own >= 2 || own == 1 && fields <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        for (head, extension, want) in [
            (&b"!BDN\0\0\0\0SM"[..], Some("pst"), Content::Pst),
            (b"!BDN\0\0\0\0SO", None, Content::Ost),
            (b"!BDN\0\0\0\0AB", Some("pab"), Content::Pst),
            (b"\xCF\xAD\x12\xFE\0", Some("dbx"), Content::Dbx),
            (b"From x Fri Jul  8 12:08:34 2011\n\nx", None, Content::Mbox),
            (b"From \nTo: x\nSubject: y\n\n", None, Content::Mbox),
            (b"\xEF\xBB\xBFFrom - \nTo: x\nSubject: y\n\n", Some("txt"), Content::Mbox),
            (b"From here on it is text\n", Some("txt"), Content::Other),
            (b"Received: x\nSubject: y\n\n", None, Content::Message),
            (b"Received: x\nSubject: y\n\n", Some("mbox"), Content::Mbox),
            (b"Note: buy milk\nand bread\n", Some("txt"), Content::Other),
            (b"", None, Content::Empty),
            (b"\0\0\0\0", None, Content::Empty),
            (b"PK\x03\x04", Some("olm"), Content::Olm),
            (b"PK\x03\x04", Some("zip"), Content::Other),
        ] {
            assert_eq!(of_bytes(head, extension), want, "{}", String::from_utf8_lossy(head));
        }
    }
}
