//! Reads the few header fields that Mailferry needs, from any bytes, in bounded time.
//!
//! `mailparse` refuses a whole mail whose first line starts with a blank and is quadratic on runs of encoded words; so the
//! block is cut here, each field is capped, and only then handed to it. What it can't date, `mail-parser` may.

use super::WireRules;
use super::wire::WireEncoder;
use bytes::Bytes;
use jiff::fmt::rfc2822;

use super::InternalDate;
use super::date::parse_zone;

/// A header block longer than this is cut here (1 MiB).
pub const LONGEST_BLOCK: usize = 1024 * 1024;
/// A field longer than this is cut before it is decoded (16 KiB).
const LONGEST_FIELD: usize = 16 * 1024;

/// Where the header block ends: the offset just past its empty line. `None` if there is no empty line.
#[must_use]
pub fn block_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    if matches!(bytes.first(), Some(b'\n')) {
        return Some(1);
    }
    if bytes.starts_with(b"\r\n") {
        return Some(2);
    }
    while let Some(at) = memchr::memchr2(b'\n', b'\r', bytes.get(from..)?) {
        let at = from + at;
        let rest = bytes.get(at..)?;
        for empty in [&b"\r\n\r\n"[..], b"\n\n", b"\n\r\n", b"\r\r"] {
            if rest.starts_with(empty) {
                return Some(at + empty.len());
            }
        }
        from = at + 1;
    }
    None
}

/// The header fields of one message, unfolded but not decoded.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    fields: Vec<(String, Bytes)>,
}

impl Headers {
    /// Cuts the header block from the first bytes of a message (stored or wire).
    ///
    /// A BOM, leading empty lines and one `From `/`>From ` line are passed over; the block ends at the first empty line or
    /// at [`LONGEST_BLOCK`]. Lines that are no field are passed over.
    #[must_use]
    pub fn cut(head: &[u8]) -> Self {
        // With doubled CR every line would look like the end of the block: they are read as they will go to the wire.
        let mended = head.get(..head.len().min(LONGEST_BLOCK)).filter(|head| memchr::memmem::find(head, b"\r\r\n").is_some()).map(|head| {
            let (mut encoder, mut wire) = (WireEncoder::new(WireRules::default()), Vec::new());
            encoder.push(head, &mut wire);
            encoder.finish(&mut wire);
            wire
        });
        let head = mended.as_deref().unwrap_or(head);
        let mut rest = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        while let Some(tail) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
            rest = tail;
        }
        let block = rest.get(..LONGEST_BLOCK).unwrap_or(rest);
        let block = block_end(block).and_then(|end| block.get(..end)).unwrap_or(block);
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        for (number, line) in lines(block).enumerate() {
            let is_envelope = number == 0 && (line.starts_with(b"From ") || line.starts_with(b">From "));
            if line.is_empty() || is_envelope {
                continue;
            }
            if matches!(line.first(), Some(b' ' | b'\t')) {
                if let Some((_, value)) = fields.last_mut().filter(|(_, value)| value.len() < LONGEST_FIELD) {
                    value.push(b' ');
                    value.extend_from_slice(line.trim_ascii_start());
                }
                continue;
            }
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let (name, value) = line.split_at(colon);
            let name = name.trim_ascii_end();
            if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
                continue;
            }
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            fields.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
        }
        Self { fields: fields.into_iter().map(|(name, value)| (name, value.into())).collect() }
    }

    /// The first field called `name` (any case), unfolded, undecoded.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    /// All fields called `name` (any case), topmost first.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    /// The first field called `name`, decoded (RFC 2047) and cut to 16 KiB before that.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let raw = self.raw(name)?;
        let raw = raw.get(..LONGEST_FIELD).unwrap_or(raw);
        let field = [b"X: ", raw].concat();
        let text = mailparse::parse_header(&field).map_or_else(|_| String::from_utf8_lossy(raw).into_owned(), |(header, _)| header.get_value());
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The Message-ID without its angle brackets, if there is one.
    #[must_use]
    pub fn message_id(&self) -> Option<String> {
        let id = String::from_utf8_lossy(self.raw("Message-ID")?.get(..998).unwrap_or(self.raw("Message-ID")?)).into_owned();
        let id = id.trim().trim_start_matches('<').trim_end_matches('>').trim();
        (!id.is_empty()).then(|| id.to_owned())
    }

    /// The Date field.
    #[must_use]
    pub fn date(&self) -> Option<InternalDate> {
        self.all("Date").find_map(parse_date)
    }

    /// The date of the topmost Received field whose date can be read.
    #[must_use]
    pub fn received(&self, now_unix: i64) -> Option<InternalDate> {
        self.all("Received").take(50).filter_map(|field| field.rsplit(|b| *b == b';').next().and_then(parse_date)).find(|date| date.is_plausible(now_unix))
    }
}

fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends_with_cr = !block.contains(&b'\n');
    block.split(move |b| *b == if ends_with_cr { b'\r' } else { b'\n' }).map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Reads a date of RFC 5322 §3.3 or of the many that come near it; `None` if nothing can be made of it.
#[must_use]
pub fn parse_date(raw: &[u8]) -> Option<InternalDate> {
    let raw = raw.get(..200).unwrap_or(raw);
    let text = String::from_utf8_lossy(raw);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(at) = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_zoned(text) {
        return Some(at.into());
    }
    let zone = text.split_ascii_whitespace().rev().find_map(|word| parse_zone(word).filter(|_| word.len() == 5)).unwrap_or(0);
    if let Ok(seconds) = mailparse::dateparse(text)
        && seconds > 0
    {
        return Some(InternalDate::new(seconds, zone));
    }
    let date = mail_parser::MessageParser::new().parse_headers(format!("Date: {text}\r\n\r\n").as_bytes())?.date()?.to_owned();
    date.is_valid().then(|| InternalDate::new(date.to_timestamp(), zone)).filter(|date| date.unix() != 0)
}

/// Where a received date came from, in DESIGN's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DateSource {
    /// The store's own record.
    Store,
    /// The topmost believable Received field.
    Received,
    /// The mbox From_ line.
    Envelope,
    /// The Date field.
    Date,
    /// The time of the file.
    FileTime,
    /// Nothing was believable: now.
    Unknown,
}

/// What is known of when a message came, besides its headers.
#[derive(Clone, Copy, Debug, Default)]
pub struct DateHints {
    /// The store's own record.
    pub store: Option<InternalDate>,
    /// The mbox From_ line.
    pub envelope: Option<InternalDate>,
    /// Time of the file, Unix seconds.
    pub file_time: Option<i64>,
    /// The message lies in a Sent, Drafts, Outbox or Templates folder: its own Date comes first.
    pub sent: bool,
}

/// The received date: store, Received, From_ line, Date, file time; sent mail: Date first. Dates outside 1970 … tomorrow are
/// passed over for the next in order.
#[must_use]
pub fn received_on(headers: &Headers, hints: DateHints, now_unix: i64) -> (InternalDate, DateSource) {
    let date = (headers.date(), DateSource::Date);
    let order = [
        if hints.sent { date } else { (None, DateSource::Date) },
        (hints.store, DateSource::Store),
        (headers.received(now_unix), DateSource::Received),
        (hints.envelope, DateSource::Envelope),
        date,
        (hints.file_time.map(InternalDate::from_unix), DateSource::FileTime),
    ];
    order
        .into_iter()
        .find_map(|(date, source)| date.filter(|date| date.is_plausible(now_unix)).map(|date| (date, source)))
        .unwrap_or((InternalDate::from_unix(now_unix), DateSource::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn fields_are_found_in_odd_blocks() {
        let table: &[(&[u8], Option<&str>)] = &[
            (b"Subject: plain\r\n\r\nSubject: body", Some("plain")),
            (b"\xEF\xBB\xBFSubject: behind a BOM\n\n", Some("behind a BOM")),
            (b"\r\n\r\nSubject: behind empty lines\r\n\r\n", Some("behind empty lines")),
            (b">From x\nSubject : obsolete blank\n\n", Some("obsolete blank")),
            (b" starts with a blank\nSubject: still found\n\n", Some("still found")),
            (b"Subject: folded\r\n over\r\n\tlines\r\n\r\n", Some("folded over lines")),
            (b"Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", Some("Grüße")),
            (b"Subject: cr only\rTo: x\r\rbody", Some("cr only")),
            (b"subject: any case", Some("any case")),
            (b"Nothing here", None),
            (b"", None),
        ];
        for (block, want) in table {
            assert_eq!(Headers::cut(block).text("Subject").as_deref(), *want, "{}", String::from_utf8_lossy(block));
        }
    }

    #[test]
    fn dates_keep_their_zone_and_nonsense_is_passed_over() {
        for (text, want) in [
            ("Wed, 17 Jul 1996 02:44:25 -0700 (PDT)", Some("1996-07-17T02:44:25-07:00")),
            ("17 Jul 96 02:44:25 -0700", Some("1996-07-17T02:44:25-07:00")),
            ("Thu, 17 Jul 1996 02:44:25 GMT", Some("1996-07-17T02:44:25+00:00")),
            ("rubbish", None),
            ("", None),
        ] {
            assert_eq!(parse_date(text.as_bytes()).map(|date| date.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn the_received_date_follows_the_order() {
        let head = b"Received: by b; Tue, 2 Jan 2001 00:00:00 +0100\nReceived: by a; 1 Jan 2001 00:00:00 +0000\nDate: Mon, 1 Jan 1990 00:00:00 +0000\n\n";
        let headers = Headers::cut(head);
        let hints = DateHints { envelope: Some(InternalDate::from_unix(1_000_000_000)), ..DateHints::default() };
        assert_eq!(received_on(&headers, hints, NOW).1, DateSource::Received);
        assert_eq!(received_on(&headers, hints, NOW).0.to_string(), "2001-01-02T00:00:00+01:00");
        assert_eq!(received_on(&headers, DateHints { sent: true, ..hints }, NOW).1, DateSource::Date);
        assert_eq!(received_on(&headers, DateHints { store: Some(InternalDate::from_unix(5)), ..hints }, NOW).1, DateSource::Store);
        let none = Headers::cut(b"Date: Mon, 1 Jan 1904 00:00:00 +0000\nReceived: x; 1 Jan 2999 00:00:00 +0000\n\n");
        assert_eq!(received_on(&none, hints, NOW).1, DateSource::Envelope);
        assert_eq!(received_on(&none, DateHints { file_time: Some(7), ..DateHints::default() }, NOW).1, DateSource::FileTime);
        assert_eq!(received_on(&none, DateHints::default(), NOW).1, DateSource::Unknown);
    }

    #[test]
    fn a_hundred_thousand_encoded_words_take_no_time() {
        let mut head = b"Subject: ".to_vec();
        for _ in 0..100_000 {
            head.extend_from_slice(b"=?UTF-8?Q?a?= ");
        }
        head.extend_from_slice(b"\r\n\r\n");
        assert!(Headers::cut(&head).text("Subject").is_some_and(|text| text.starts_with("aaa")));
    }
}
