//! Puts a letter together as programs of its time did: header, charset, encoding, parts (RFC 5322, RFC 2045 to 2047).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{Encoding, ISO_2022_JP, KOI8_R, UTF_8, WINDOWS_1252};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::text::Person;

/// A charset with the transfer encoding that its senders used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Ascii,
    Latin1Quoted,
    /// Eight bits as they are, also in the subject: wrong, and common once.
    Windows1252Bare,
    Koi8Base64,
    Iso2022Jp,
    Utf8Quoted,
    Utf8Base64,
}

impl Charset {
    const fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Latin1Quoted => "iso-8859-1",
            Self::Windows1252Bare => "windows-1252",
            Self::Koi8Base64 => "koi8-r",
            Self::Iso2022Jp => "iso-2022-jp",
            Self::Utf8Quoted | Self::Utf8Base64 => "utf-8",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Latin1Quoted | Self::Windows1252Bare => WINDOWS_1252,
            Self::Koi8Base64 => KOI8_R,
            Self::Iso2022Jp => ISO_2022_JP,
            Self::Ascii | Self::Utf8Quoted | Self::Utf8Base64 => UTF_8,
        }
    }

    fn encode(self, text: &str) -> Vec<u8> {
        self.encoding().encode(text).0.into_owned()
    }

    const fn transfer_encoding(self) -> &'static str {
        match self {
            Self::Ascii | Self::Iso2022Jp => "7bit",
            Self::Windows1252Bare => "8bit",
            Self::Latin1Quoted | Self::Utf8Quoted => "quoted-printable",
            Self::Koi8Base64 | Self::Utf8Base64 => "base64",
        }
    }

    /// The text as it stands in a body, with CRLF line ends.
    fn body(self, text: &str) -> Vec<u8> {
        let bytes = self.encode(&text.replace('\n', "\r\n"));
        match self.transfer_encoding() {
            "quoted-printable" => quoted_printable(&bytes),
            "base64" => base64_lines(&bytes),
            _ => bytes,
        }
    }

    /// The text as it stands in a header field.
    fn header(self, text: &str) -> Vec<u8> {
        if text.is_ascii() {
            return text.as_bytes().to_vec();
        }
        if self == Self::Windows1252Bare {
            return self.encode(text);
        }
        // A name that the letter's charset does not hold goes in UTF-8.
        let lacks_it = self.encoding().encode(text).2;
        let charset = if lacks_it || self == Self::Ascii { Self::Utf8Base64 } else { self };
        // An encoded word is at most 75 characters (RFC 2047 §2): with the longest charset name 42 octets fit.
        let mut words = vec![String::new()];
        for character in text.chars() {
            let here = words.last_mut().map_or(0, |word| {
                word.push(character);
                charset.encode(word).len()
            });
            if here > 42 {
                words.last_mut().map(String::pop);
                words.push(character.to_string());
            }
        }
        let encoded = words.iter().map(|word| format!("=?{}?B?{}?=", charset.name(), STANDARD.encode(charset.encode(word))));
        encoded.collect::<Vec<_>>().join("\r\n ").into_bytes()
    }
}

/// A file sent along.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// How the body is built.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Plain,
    /// The same in HTML beside it.
    Alternative,
    With(Attachment),
    /// HTML with a picture in it.
    Inline(Attachment),
}

/// A letter before it is put together.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) from: Person,
    pub(super) to: Person,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) charset: Charset,
    pub(super) shape: Shape,
    /// Unix seconds, and minutes ahead of UTC.
    pub(super) sent: (i64, i16),
    pub(super) message_id: Option<String>,
    /// It came from elsewhere, so servers have left their lines; sent mail and drafts have none.
    pub(super) received: bool,
}

impl Letter {
    /// The message, with CRLF line ends.
    pub(super) fn compose(&self) -> Vec<u8> {
        let date = date(self.sent);
        let mut out = String::new();
        if self.received {
            let sender = self.from.1.split_once('@').map_or("", |(_, domain)| domain);
            // Half a minute on the way, and the server's clock runs in UTC.
            let arrived = self::date((self.sent.0 + 31, 0));
            add(&mut out, format_args!("Return-Path: <{}>", self.from.1));
            add(&mut out, format_args!("Received: from mail.{sender} by pop.mailferry.example with ESMTPS;\r\n\t{arrived}"));
        }
        if let Some(id) = &self.message_id {
            add(&mut out, format_args!("Message-ID: <{id}>"));
        }
        add(&mut out, format_args!("Date: {date}"));
        let mut out = out.into_bytes();
        for (field, person) in [("From", self.from), ("To", self.to)] {
            out.extend(format!("{field}: ").bytes());
            out.extend(self.charset.header(person.0));
            out.extend(format!(" <{}>\r\n", person.1).bytes());
        }
        out.extend(b"Subject: ");
        out.extend(self.charset.header(&self.subject));
        out.extend(b"\r\nMIME-Version: 1.0\r\n");
        self.add_content(&mut out);
        out
    }

    fn add_content(&self, out: &mut Vec<u8>) {
        let boundary = format!("------------{:016X}", self.sent.0.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15));
        match &self.shape {
            Shape::Plain => self.add_text(out, "plain"),
            Shape::Alternative => {
                out.extend(format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\nThis is a message in several parts.\r\n").bytes());
                for kind in ["plain", "html"] {
                    out.extend(format!("--{boundary}\r\n").bytes());
                    self.add_text(out, kind);
                }
                out.extend(format!("--{boundary}--\r\n").bytes());
            }
            Shape::With(file) | Shape::Inline(file) => {
                let inline = matches!(self.shape, Shape::Inline(_));
                let (kind, text) = if inline { ("related", "html") } else { ("mixed", "plain") };
                out.extend(format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n").bytes());
                self.add_text(out, text);
                out.extend(format!("--{boundary}\r\n").bytes());
                add_file(out, file, inline);
                out.extend(format!("--{boundary}--\r\n").bytes());
            }
        }
    }

    fn add_text(&self, out: &mut Vec<u8>, kind: &str) {
        out.extend(
            format!("Content-Type: text/{kind}; charset={}\r\nContent-Transfer-Encoding: {}\r\n\r\n", self.charset.name(), self.charset.transfer_encoding())
                .bytes(),
        );
        let html;
        let text = if kind == "html" {
            let picture = if matches!(self.shape, Shape::Inline(_)) { "<p><img src=\"cid:picture@mailferry.example\" alt=\"\"></p>\n" } else { "" };
            html = format!("<html><body>\n<p>{}</p>\n{picture}</body></html>\n", self.text.trim_end().replace("\n\n", "</p>\n<p>"));
            &html
        } else {
            &self.text
        };
        out.extend(self.charset.body(text));
    }
}

fn add(out: &mut String, line: std::fmt::Arguments<'_>) {
    let _writing_to_a_string = write!(out, "{line}\r\n");
}

fn add_file(out: &mut Vec<u8>, file: &Attachment, inline: bool) {
    let disposition = if inline { "inline" } else { "attachment" };
    let id = if inline { "Content-ID: <picture@mailferry.example>\r\n" } else { "" };
    let Attachment { name, kind, bytes } = file;
    out.extend(
        format!(
            "Content-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n{id}Content-Disposition: {disposition}; filename=\"{name}\"\r\n\r\n"
        )
        .bytes(),
    );
    out.extend(base64_lines(bytes));
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    // 57 octets make a line of 76 characters.
    bytes.chunks(57).flat_map(|line| (STANDARD.encode(line) + "\r\n").into_bytes()).collect()
}

/// RFC 2045 §6.7, with soft breaks before column 76.
fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (line, ends) = line.strip_suffix(b"\r\n").map_or((line, false), |line| (line, true));
        let mut column = 0;
        for (at, byte) in line.iter().enumerate() {
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (*byte == b' ' && at + 1 < line.len());
            let encoded = if plain { vec![*byte] } else { format!("={byte:02X}").into_bytes() };
            if column + encoded.len() > 75 {
                out.extend(b"=\r\n");
                column = 0;
            }
            column += encoded.len();
            out.extend(encoded);
        }
        if ends {
            out.extend(b"\r\n");
        }
    }
    out
}

fn zoned((unix, offset_minutes): (i64, i16)) -> Zoned {
    let offset = Offset::from_seconds(i32::from(offset_minutes) * 60).unwrap_or(Offset::UTC);
    Timestamp::from_second(unix).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::fixed(offset))
}

/// As RFC 5322 §3.3 has it: `Tue, 05 Mar 2019 09:12:44 +0100`.
pub(super) fn date(at: (i64, i16)) -> String {
    zoned(at).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// As a `From ` line has it: `Tue Mar 05 09:12:44 2019`, in local time.
pub(super) fn from_line_date(at: (i64, i16)) -> String {
    zoned(at).strftime("%a %b %d %H:%M:%S %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_composed_is_read_again_by_others() {
        for (charset, subject, text) in [
            (Charset::Ascii, "Plain words", "Hello\n"),
            (
                Charset::Latin1Quoted,
                "Grüße = alles",
                "Größe = groß \nnächste Zeile, die lang genug ist, um umgebrochen zu werden, weil sie über die Grenze reicht\n",
            ),
            (Charset::Koi8Base64, "Письмо о лодке и парусе", "Добрый день!\n"),
            (Charset::Iso2022Jp, "春の便り", "庭の桜が咲きました。\n"),
            (Charset::Utf8Quoted, "Menu 🍲 for a long and merry evening", "žluťoučký kůň\n"),
            (Charset::Utf8Base64, "→", "✓\n"),
        ] {
            let file = Attachment { name: "a.pdf".into(), kind: "application/pdf", bytes: vec![7; 100] };
            for shape in [Shape::Plain, Shape::Alternative, Shape::With(file.clone()), Shape::Inline(file)] {
                let letter = Letter {
                    from: ("Jürgen Öhlschläger", "j@one.example"),
                    to: ("Robin Sample", "robin@two.example"),
                    subject: subject.into(),
                    text: text.into(),
                    charset,
                    shape,
                    sent: (1_551_773_564, 60),
                    message_id: Some("1@one.example".into()),
                    received: true,
                };
                let wire = letter.compose();
                let parsed = mail_parser::MessageParser::default().parse(&wire).unwrap();
                assert_eq!(parsed.date().unwrap().to_rfc3339(), "2019-03-05T09:12:44+01:00");
                // The second opinion reads no Japanese.
                let japanese = charset == Charset::Iso2022Jp;
                assert!(japanese || parsed.subject() == Some(subject), "{:?}", parsed.subject());
                assert!(!japanese || ISO_2022_JP.decode(&wire).0.contains(text.trim_end()));
                if !japanese && !matches!(letter.shape, Shape::Inline(_)) {
                    assert_eq!(parsed.body_text(0).unwrap().trim_end(), text.replace('\n', "\r\n").trim_end(), "{charset:?} {:?}", letter.shape);
                }
                assert!(wire.split(|byte| *byte == b'\n').all(|line| line.is_empty() || line.ends_with(b"\r")), "{charset:?}");
            }
        }
    }
}
