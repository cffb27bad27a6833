//! What is not mail, for the safe copy: contacts as vCard, appointments and tasks as iCalendar, notes as text.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::address::Person;
use super::attachment::Facts;
use super::class::ItemKind;
use super::field::clean;
use super::header::{subject, written_date};
use super::text::{Bodies, page_of, part_text};
use super::{calendar, contact, rtf};
use crate::mail::{MailboxPath, Other, OtherKind};
use crate::store::mapi::{AttachMethod, CodePage, MapiMessage, PropId, Properties};

/// An item that is not mail, as a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// What a person calls it; any text.
    pub name: String,
    /// `ics`, `vcf` or `txt`.
    pub extension: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Item {
    /// The item as it leaves its store; where it lies comes from there.
    #[must_use]
    pub fn other(self, mailbox: MailboxPath, place: String) -> Other {
        let kind = match self.kind {
            ItemKind::Contact => OtherKind::Contact,
            ItemKind::Appointment => OtherKind::Appointment,
            ItemKind::Task => OtherKind::Task,
            ItemKind::Note | ItemKind::Mail => OtherKind::Note,
        };
        Other { store: String::new(), mailbox, place, kind, name: self.name, extension: self.extension.to_owned(), bytes: self.bytes.into() }
    }
}

/// Makes a file of an item that is not mail; `None` for mail. The same item always gives the same bytes.
#[must_use]
pub fn export(message: &mut dyn MapiMessage) -> Option<Item> {
    let kind = ItemKind::of(message);
    (kind != ItemKind::Mail).then(|| export_as(message, kind))
}

/// The same of an item whose kind its place tells, not its class: an address book's entry.
#[must_use]
pub fn export_as(message: &mut dyn MapiMessage, kind: ItemKind) -> Item {
    let page = page_of(message);
    let recipients: Vec<Properties> = message.recipients().into_iter().filter_map(Result::ok).collect();
    let enclosures = Enclosures::read(message, page);
    let name = name_of(message, kind, page);
    let body = body(message, page);
    let body = body.as_deref();
    let (extension, text) = match kind {
        ItemKind::Contact => ("vcf", contact::card(message, page, &name, body, &enclosures)),
        ItemKind::Appointment => ("ics", calendar::appointment(message, &recipients, page, body, &enclosures)),
        ItemKind::Task => ("ics", calendar::task(message, page, body, &enclosures)),
        ItemKind::Note | ItemKind::Mail => ("txt", note(message, &name, body, &enclosures)),
    };
    Item { kind, name, extension, bytes: text.into_bytes() }
}

fn name_of(message: &dyn MapiMessage, kind: ItemKind, page: CodePage) -> String {
    let properties = message.properties();
    let shown = properties.text(PropId::DISPLAY_NAME, page).map(|name| clean(&name)).filter(|name| !name.is_empty());
    let subject = subject(properties, page);
    if kind == ItemKind::Contact { shown.or(subject) } else { subject.or(shown) }.unwrap_or_default()
}

/// Its text, whatever form it has.
fn body(message: &dyn MapiMessage, page: CodePage) -> Option<String> {
    let bodies = Bodies::read(message, page);
    bodies.text.or_else(|| {
        bodies.rtf.map(|rtf| match rtf::read(&rtf) {
            rtf::Content::Html(text) | rtf::Content::Text(text) | rtf::Content::Rich(text) => text,
        })
    })
}

fn note(message: &dyn MapiMessage, name: &str, body: Option<&str>, enclosures: &Enclosures) -> String {
    let mut out = String::new();
    let body = body.unwrap_or_default();
    // Outlook calls a note by its first line.
    if !body.trim_start().starts_with(name) || name.is_empty() {
        out.push_str(&format!("{name}\r\n\r\n"));
    }
    out.push_str(&String::from_utf8_lossy(&part_text(body)));
    out.push_str(&enclosures.told());
    let time = [PropId::LAST_MODIFICATION_TIME, PropId::CREATION_TIME].into_iter().find_map(|id| message.properties().time(id));
    if let Some(date) = time.and_then(written_date) {
        out.push_str(&format!("\r\n\r\n{date}\r\n"));
    }
    out
}

/// Files that an item holds, and the names of those that are too large or no files.
#[derive(Default)]
pub(super) struct Enclosures {
    /// Name, type and bytes.
    pub(super) files: Vec<(String, String, Vec<u8>)>,
    left_out: Vec<String>,
}

impl Enclosures {
    /// Takes files of at most 8 MB, 16 MB in all.
    fn read(message: &mut dyn MapiMessage, page: CodePage) -> Self {
        const LARGEST: u64 = 8_000_000;
        const LARGEST_SUM: usize = 16_000_000;
        let (mut enclosures, mut sum) = (Self::default(), 0);
        for facts in Facts::all(message, 100, page) {
            let mut bytes = Vec::new();
            let is_whole = facts.method == AttachMethod::Value
                && message.attachment(facts.index).is_ok_and(|mut attachment| {
                    attachment.open_data().and_then(|data| data.take(LARGEST + 1).read_to_end(&mut bytes)).is_ok_and(|len| len as u64 <= LARGEST)
                });
            sum += bytes.len();
            if is_whole && sum <= LARGEST_SUM { enclosures.files.push((facts.name, facts.mime, bytes)) } else { enclosures.left_out.push(facts.name) }
        }
        enclosures
    }

    /// A sentence on those that are not enclosed.
    pub(super) fn told(&self) -> String {
        if self.left_out.is_empty() { String::new() } else { format!("\r\n\r\nNot enclosed, still in the original store: {}", self.left_out.join(", ")) }
    }
}

/// Lines of a vCard or iCalendar file (RFC 5545 §3.1, RFC 2426 §2.6): folded at 75 bytes, text escaped.
#[derive(Default)]
pub(super) struct Card {
    out: String,
}

impl Card {
    /// A line whose value is its own syntax.
    pub(super) fn line(&mut self, name: &str, value: &str) {
        let line = format!("{name}:{value}");
        let mut width = 0;
        for c in line.chars().filter(|c| !c.is_control() || *c == '\t') {
            if width + c.len_utf8() > 75 {
                self.out.push_str("\r\n ");
                width = 1;
            }
            self.out.push(c);
            width += c.len_utf8();
        }
        self.out.push_str("\r\n");
    }

    /// A line of text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.line(name, &escaped(text));
    }

    /// A line of texts that stand for different things.
    pub(super) fn texts(&mut self, name: &str, texts: &[&str]) {
        if texts.iter().any(|text| !text.is_empty()) {
            self.line(name, &texts.iter().map(|text| escaped(text)).collect::<Vec<_>>().join(";"));
        }
    }

    /// A person of a meeting.
    pub(super) fn person(&mut self, name: &str, person: &Person, parameters: &str) {
        let shown = if person.name.is_empty() { String::new() } else { format!(";CN={}", calendar::quoted(&person.name)) };
        self.line(&format!("{name}{parameters}{shown}"), &format!("mailto:{}", person.address));
    }

    /// A file.
    pub(super) fn file(&mut self, name: &str, parameters: &str, bytes: &[u8]) {
        self.line(&format!("{name}{parameters}"), &STANDARD.encode(bytes));
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace("\r\n", "\\n").replace(['\n', '\r'], "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_and_text_is_escaped() {
        let mut card = Card::default();
        card.text("SUMMARY", "a;b,c\\d\r\ne\u{0}f");
        card.text("X", &"ü".repeat(100));
        let text = card.finish();
        assert!(text.starts_with("SUMMARY:a\\;b\\,c\\\\d\\nef\r\n"), "{text}");
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(text.replace("\r\n ", "").matches('ü').count(), 100);
    }
}
