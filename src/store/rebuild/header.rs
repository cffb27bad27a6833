//! The header of a rebuilt message: the one that came with it, or one made of its properties.

use super::address::{self, Known, Person, RECIPIENT, REPRESENTED, SENDER};
use super::encode::LONGEST_LINE;
use super::field::{clean, encoded_words, folded, phrase, unstructured};
use crate::store::mapi::{CodePage, FileTime, MapiMessage, PropId, Properties};

/// A header block longer than this is cut (1 MiB).
const LONGEST_BLOCK: usize = 1 << 20;

/// The header that came by the net ([`PropId::TRANSPORT_MESSAGE_HEADERS`]).
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Fields in order: name, and the whole field with its folding and line ends.
    fields: Vec<(String, String)>,
}

impl Kept {
    /// Cuts the block into fields. What is no field is left out, and so is what follows the first empty line.
    pub(super) fn read(text: &str) -> Self {
        let mut kept = Self::default();
        let end = (0..=LONGEST_BLOCK.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let text = text.get(..end).unwrap_or_default().trim_start_matches(['\r', '\n', '\0', '\u{FEFF}']);
        for line in text.split('\n').map(|line| line.trim_end_matches(['\r', '\0'])) {
            if line.trim().is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, field)) = kept.fields.last_mut() {
                    field.push_str("\r\n");
                    field.push_str(line);
                }
                continue;
            }
            let Some((name, _)) = line.split_once(':') else { continue };
            let name = name.trim_end();
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) {
                kept.fields.push((name.to_owned(), line.to_owned()));
            }
        }
        kept
    }

    /// True if there is not one field.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field.eq_ignore_ascii_case(name))
    }

    /// A field's value without its folding.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let (_, field) = self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        field.split_once(':').map(|(_, value)| value.replace(['\r', '\n'], "").trim().to_owned())
    }

    /// Writes the fields that tell nothing of the body, in their order, as they came.
    fn write(&self, out: &mut String) {
        for (name, field) in &self.fields {
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("content-") || lower == "mime-version" {
                continue;
            }
            let is_sound = field.bytes().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\t' | b'\r' | b'\n')) && is_folded_soundly(field);
            if is_sound {
                out.push_str(field);
                out.push_str("\r\n");
            } else {
                out.push_str(&repaired(name, &lower, field));
            }
        }
    }
}

/// Every CR stands before an LF, and no line is too long.
fn is_folded_soundly(field: &str) -> bool {
    field.split("\r\n").all(|line| line.len() <= LONGEST_LINE && !line.contains(['\r', '\n']))
}

/// A field that could not go as it came: its value, folded and encoded anew.
fn repaired(name: &str, lower: &str, field: &str) -> String {
    const WITH_PEOPLE: [&str; 12] =
        ["from", "sender", "to", "cc", "bcc", "reply-to", "resent-from", "resent-to", "resent-cc", "return-path", "disposition-notification-to", "errors-to"];
    let value = clean(field.split_once(':').map_or("", |(_, value)| value));
    if WITH_PEOPLE.contains(&lower) { folded(name, &address::encode_names(&value)) } else { folded(name, &words_encoded(&value)) }
}

/// Text of which only words that need it are encoded: there may be encoded words in it already.
fn words_encoded(value: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut odd = String::new();
    for word in value.split(' ') {
        if word.is_ascii() {
            if !odd.is_empty() {
                out.push(encoded_words(&std::mem::take(&mut odd)));
            }
            out.push(word.to_owned());
        } else {
            if !odd.is_empty() {
                odd.push(' ');
            }
            odd.push_str(word);
        }
    }
    if !odd.is_empty() {
        out.push(encoded_words(&odd));
    }
    out.join(" ")
}

/// The subject without the two bytes by which Outlook marks its prefix ([MS-PST] §2.5.3.1.1.1).
pub(super) fn subject(properties: &Properties, page: CodePage) -> Option<String> {
    let text = |id| properties.text(id, page).map(|text| clean(without_mark(&text))).filter(|text| !text.is_empty());
    text(PropId::SUBJECT).or_else(|| {
        let rest = text(PropId::NORMALIZED_SUBJECT)?;
        Some(text(PropId::SUBJECT_PREFIX).map_or_else(|| rest.clone(), |prefix| format!("{prefix} {rest}")))
    })
}

fn without_mark(text: &str) -> &str {
    match text.strip_prefix('\u{1}') {
        Some(rest) => rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default(),
        None => text,
    }
}

/// Everything that a header is made of.
pub(super) struct Source<'a> {
    pub(super) message: &'a dyn MapiMessage,
    pub(super) recipients: &'a [Properties],
    pub(super) page: CodePage,
    pub(super) kept: &'a Kept,
}

impl Source<'_> {
    /// The header without the fields that tell of the body.
    pub(super) fn header(&self) -> String {
        let mut out = String::new();
        self.kept.write(&mut out);
        let is_made = self.kept.is_empty();
        let known = Known::of(self.message, self.recipients, self.page);
        // What came with the message stands; only what a mail can't do without is added from the properties.
        let mut add = |name: &str, field: String| {
            if !self.kept.has(name) {
                out.push_str(&field);
            }
        };
        let (from, sender) = self.senders(&known);
        add("From", address::field("From", &from.into_iter().collect::<Vec<_>>()));
        if is_made {
            add("Sender", address::field("Sender", &sender.into_iter().collect::<Vec<_>>()));
        }
        if !["To", "Cc", "Bcc"].iter().any(|name| self.kept.has(name)) {
            for (name, kind, list) in [("To", 1, PropId::DISPLAY_TO), ("Cc", 2, PropId::DISPLAY_CC), ("Bcc", 3, PropId::DISPLAY_BCC)] {
                add(name, address::field(name, &self.people(kind, list, &known)));
            }
        }
        if let Some(subject) = subject(self.message.properties(), self.page) {
            add("Subject", unstructured("Subject", &subject));
        }
        if let Some(date) = self.date().and_then(written_date) {
            add("Date", format!("Date: {date}\r\n"));
        }
        self.add_ids(&mut add);
        if is_made {
            self.add_wishes(&mut add);
        }
        out
    }

    fn text(&self, id: PropId) -> Option<String> {
        self.message.properties().text(id, self.page).map(|text| clean(&text)).filter(|text| !text.is_empty())
    }

    /// Sent, else received, else last changed: drafts were never sent.
    fn date(&self) -> Option<FileTime> {
        let properties = self.message.properties();
        [PropId::CLIENT_SUBMIT_TIME, PropId::MESSAGE_DELIVERY_TIME, PropId::LAST_MODIFICATION_TIME, PropId::CREATION_TIME]
            .into_iter()
            .find_map(|id| properties.time(id))
    }

    /// From, and Sender where that is somebody else.
    fn senders(&self, known: &Known) -> (Option<Person>, Option<Person>) {
        let read = |places| Person::read(self.message.properties(), places, self.page).map(|person| known.resolve(person));
        match (read(&REPRESENTED), read(&SENDER)) {
            (Some(from), Some(sender)) if from.is_same(&sender) => {
                // One person, told twice; the mention with an address is the better one.
                (Some(if from.address.is_empty() { sender } else { from }), None)
            }
            (Some(from), Some(sender)) if from.address.is_empty() && !sender.address.is_empty() && from.name == sender.name => (Some(sender), None),
            (Some(from), sender) => (Some(from), sender.filter(|sender| !sender.address.is_empty())),
            (None, sender) => (sender, None),
        }
    }

    /// The recipients of a kind (1 to, 2 cc, 3 bcc), from the table, else from the list that is shown.
    fn people(&self, kind: i64, list: PropId, known: &Known) -> Vec<Person> {
        let of_kind = |row: &&Properties| row.integer(PropId::RECIPIENT_TYPE).unwrap_or(1) & 0xF == kind;
        let people: Vec<Person> =
            self.recipients.iter().filter(of_kind).filter_map(|row| Person::read(row, &RECIPIENT, self.page)).map(|person| known.resolve(person)).collect();
        if !people.is_empty() || !self.recipients.is_empty() {
            return people;
        }
        self.text(list).map(|list| list.split(';').take(2000).filter_map(Person::of_name).collect()).unwrap_or_default()
    }

    fn add_ids(&self, add: &mut dyn FnMut(&str, String)) {
        for (name, id) in [("Message-ID", PropId::INTERNET_MESSAGE_ID), ("In-Reply-To", PropId::IN_REPLY_TO_ID), ("References", PropId::INTERNET_REFERENCES)] {
            let ids: Vec<String> = self.text(id).map(|text| text.split(' ').filter_map(message_id).collect()).unwrap_or_default();
            if !ids.is_empty() {
                add(name, folded(name, &ids.join(" ")));
            }
        }
    }

    fn add_wishes(&self, add: &mut dyn FnMut(&str, String)) {
        let properties = self.message.properties();
        if let Some(names) = self.text(PropId::REPLY_RECIPIENT_NAMES) {
            let people: Vec<Person> = names.split(';').filter_map(Person::of_name).filter(|person| !person.address.is_empty()).collect();
            add("Reply-To", address::field("Reply-To", &people));
        }
        match properties.integer(PropId::IMPORTANCE) {
            Some(2) => add("Importance", "Importance: high\r\n".into()),
            Some(0) => add("Importance", "Importance: low\r\n".into()),
            _ => {}
        }
        let sensitivity = match properties.integer(PropId::SENSITIVITY) {
            Some(1) => "Personal",
            Some(2) => "Private",
            Some(3) => "Company-Confidential",
            _ => "",
        };
        if !sensitivity.is_empty() {
            add("Sensitivity", format!("Sensitivity: {sensitivity}\r\n"));
        }
        let names = self.message.names();
        if let Some(id) = names.text(crate::store::mapi::Guid::PUBLIC_STRINGS, "Keywords") {
            let keywords: Vec<String> = properties.texts(id, self.page).iter().map(|word| phrase(word)).collect();
            if !keywords.is_empty() {
                add("Keywords", folded("Keywords", &keywords.join(", ")));
            }
        }
        for (name, id) in [("List-Help", PropId::LIST_HELP), ("List-Subscribe", PropId::LIST_SUBSCRIBE), ("List-Unsubscribe", PropId::LIST_UNSUBSCRIBE)] {
            if let Some(text) = self.text(id).filter(|text| text.is_ascii()) {
                add(name, folded(name, &text));
            }
        }
    }
}

/// One message id in its angle brackets; `None` for what is none.
fn message_id(text: &str) -> Option<String> {
    let inner = text.trim_matches(['<', '>', ',', ';']);
    let is_sound = !inner.is_empty() && inner.len() <= 900 && inner.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
    is_sound.then(|| format!("<{inner}>"))
}

/// A date as RFC 5322 §3.3 writes it, in +0000.
pub(super) fn written_date(time: FileTime) -> Option<String> {
    let at = jiff::Timestamp::from_second(time.unix_seconds()?).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some(at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_header_loses_only_what_tells_of_the_body() {
        let text = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a\r\n\tby b; Mon, 1 Jan 2001 00:00:00 +0000\r\nContent-Type: multipart/mixed;\r\n\tboundary=x\r\nSubject: one\r\nMIME-Version: 1.0\r\nSubject: two\r\n\r\n--x\r\nSubject: part";
        let kept = Kept::read(text);
        let mut out = String::new();
        kept.write(&mut out);
        assert_eq!(out, "Received: from a\r\n\tby b; Mon, 1 Jan 2001 00:00:00 +0000\r\nSubject: one\r\nSubject: two\r\n");
        assert_eq!(kept.value("content-type").as_deref(), Some("multipart/mixed;\tboundary=x"));
    }

    #[test]
    fn a_kept_field_that_is_no_ascii_or_too_long_is_written_anew() {
        for (field, want) in [
            ("From: \"Müller, Jo\" <jo@example.com>", "From: =?UTF-8?B?TcO8bGxlciwgSm8=?= <jo@example.com>\r\n"),
            ("Subject: caf\u{e9} =?UTF-8?Q?x?=", "Subject: =?UTF-8?B?Y2Fmw6k=?= =?UTF-8?Q?x?=\r\n"),
            ("X-A: a\u{0}b\u{7f}", "X-A: a b\r\n"),
        ] {
            let mut out = String::new();
            Kept::read(field).write(&mut out);
            assert_eq!(out, want);
        }
        let mut out = String::new();
        Kept::read(&format!("X-Long: {}\n folded\rhere", "x".repeat(3000))).write(&mut out);
        assert!(out.split("\r\n").all(|line| line.len() <= LONGEST_LINE) && out.ends_with("folded here\r\n"), "{out}");
    }

    #[test]
    fn the_subjects_mark_is_cut() {
        for (text, want) in [("\u{1}\u{5}Re: x", "Re: x"), ("\u{1}\u{1}x", "x"), ("plain", "plain"), ("\u{1}", ""), ("\u{1}\u{e9}x", "x")] {
            assert_eq!(without_mark(text), want);
        }
        assert_eq!(FileTime::from_unix_seconds(1_000_000_000).and_then(written_date).as_deref(), Some("Sun, 09 Sep 2001 01:46:40 +0000"));
    }
}
