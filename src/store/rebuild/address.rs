//! People: who a property or a row of the recipient table means, as RFC 5322 addresses.
//!
//! Outlook names people by address type and address: `SMTP`, or `EX` with an X.500 name of an Exchange server that no mail
//! program can write to. Their SMTP address may stand beside it, in the entry id, or with another mention of the same person.

use std::collections::BTreeMap;

use super::field::{clean, encoded_words, phrase};
use crate::store::mapi::{CodePage, MapiMessage, PropId, Properties, utf16_text};

/// A person or list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    /// As shown; may be empty.
    pub(super) name: String,
    /// `local@domain`, or empty where none is known.
    pub(super) address: String,
    /// `EX`, `FAX`, … with the address that is no SMTP address, where that is all there is.
    pub(super) foreign: Option<(String, String)>,
}

/// Where one role's facts stand.
pub(super) struct Places {
    pub(super) name: PropId,
    pub(super) kind: PropId,
    pub(super) address: PropId,
    pub(super) smtp: PropId,
    pub(super) entry: PropId,
}

/// Who sent it (the mailbox that did).
pub(super) const SENDER: Places = Places {
    name: PropId::SENDER_NAME,
    kind: PropId::SENDER_ADDRESS_TYPE,
    address: PropId::SENDER_EMAIL_ADDRESS,
    smtp: PropId::SENDER_SMTP_ADDRESS,
    entry: PropId::SENDER_ENTRY_ID,
};
/// In whose name.
pub(super) const REPRESENTED: Places = Places {
    name: PropId::SENT_REPRESENTING_NAME,
    kind: PropId::SENT_REPRESENTING_ADDRESS_TYPE,
    address: PropId::SENT_REPRESENTING_EMAIL_ADDRESS,
    smtp: PropId::SENT_REPRESENTING_SMTP_ADDRESS,
    entry: PropId::SENT_REPRESENTING_ENTRY_ID,
};
/// A row of the recipient table.
pub(super) const RECIPIENT: Places =
    Places { name: PropId::DISPLAY_NAME, kind: PropId::ADDRESS_TYPE, address: PropId::EMAIL_ADDRESS, smtp: PropId::SMTP_ADDRESS, entry: PropId::ENTRY_ID };

impl Person {
    /// Who `properties` name there; `None` if they name nobody.
    pub(super) fn read(properties: &Properties, places: &Places, page: CodePage) -> Option<Self> {
        let text = |id| properties.text(id, page).map(|text| clean(&text)).filter(|text| !text.is_empty());
        let mut person = Self {
            name: text(places.name).or_else(|| text(PropId::RECIPIENT_DISPLAY_NAME).filter(|_| places.name == RECIPIENT.name)).unwrap_or_default(),
            ..Self::default()
        };
        let kind = text(places.kind).unwrap_or_default().to_ascii_uppercase();
        let address = text(places.address);
        let one_off = properties.binary(places.entry).and_then(|entry| OneOff::read(entry, page));
        let of_entry = one_off.as_ref().filter(|one_off| one_off.kind.eq_ignore_ascii_case("SMTP")).map(|one_off| one_off.address.clone());
        let candidates = [text(places.smtp), address.clone(), of_entry, (kind != "EX").then(|| person.name.clone())];
        person.address = candidates.into_iter().flatten().find_map(|text| smtp(&text)).unwrap_or_default();
        if person.name.is_empty() {
            person.name = one_off.map(|one_off| one_off.name).unwrap_or_default();
        }
        if person.address.is_empty() {
            person.foreign = address.map(|address| (if kind.is_empty() { "X".to_owned() } else { kind }, address));
        }
        let name = person.name.trim_matches(['\'', '"', '<', '>']).trim();
        if smtp(name).is_some_and(|name| name.eq_ignore_ascii_case(&person.address)) {
            person.name = String::new();
        }
        (!person.name.is_empty() || !person.address.is_empty() || person.foreign.is_some()).then_some(person)
    }

    /// From a one-off entry id, as distribution lists hold them.
    pub(super) fn of_entry(entry: &[u8], page: CodePage) -> Option<Self> {
        let one_off = OneOff::read(entry, page)?;
        Some(Self { address: smtp(&one_off.address).unwrap_or_default(), name: one_off.name, foreign: None })
    }

    /// From a display list such as DisplayTo, where there is no table: names, or addresses.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let name = clean(name);
        let address = smtp(&name).unwrap_or_default();
        let name = if address.is_empty() { name.trim_matches('\'').to_owned() } else { String::new() };
        (!name.is_empty() || !address.is_empty()).then_some(Self { name, address, foreign: None })
    }

    /// As an address of RFC 5322 §3.4; without any address, as a group without members, so that the name is kept.
    pub(super) fn written(&self) -> String {
        let address = match (&self.address, &self.foreign) {
            (address, _) if !address.is_empty() => address.clone(),
            (_, Some((kind, address))) => encapsulated(kind, address),
            _ => return format!("{}:;", phrase(&self.name)),
        };
        if self.name.is_empty() && self.foreign.is_none() { address } else { format!("{} <{address}>", phrase(&self.name)) }
    }

    /// What tells one person from another.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        if self.address.is_empty() || other.address.is_empty() { self == other } else { self.address.eq_ignore_ascii_case(&other.address) }
    }
}

/// X.500 names and the SMTP addresses that the same message gives for them elsewhere.
#[derive(Default)]
pub(super) struct Known(BTreeMap<String, String>);

impl Known {
    /// Learns from every mention in the message.
    pub(super) fn of(message: &dyn MapiMessage, recipients: &[Properties], page: CodePage) -> Self {
        let mut known = Self::default();
        for places in [&SENDER, &REPRESENTED] {
            known.learn(message.properties(), places, page);
        }
        for row in recipients {
            known.learn(row, &RECIPIENT, page);
        }
        known
    }

    fn learn(&mut self, properties: &Properties, places: &Places, page: CodePage) {
        let foreign = properties.text(places.address, page).filter(|address| address.starts_with('/'));
        if let (Some(foreign), Some(person)) = (foreign, Person::read(properties, places, page))
            && !person.address.is_empty()
        {
            self.0.entry(foreign.to_lowercase()).or_insert(person.address);
        }
    }

    /// Gives the person the SMTP address that another mention has.
    pub(super) fn resolve(&self, mut person: Person) -> Person {
        if let Some((_, foreign)) = &person.foreign
            && let Some(address) = self.0.get(&foreign.to_lowercase())
        {
            person.address.clone_from(address);
            person.foreign = None;
        }
        person
    }
}

/// The SMTP address that `text` is or holds in angle brackets; `None` for anything that could not stand in a header.
#[must_use]
pub(super) fn smtp(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(text, |(address, _)| address);
    let text = text.trim().trim_matches(['\'', '"']);
    let text = text.get(..5).filter(|head| head.eq_ignore_ascii_case("smtp:")).map_or(text, |head| text.get(head.len()..).unwrap_or_default());
    let text = text.get(..7).filter(|head| head.eq_ignore_ascii_case("mailto:")).map_or(text, |head| text.get(head.len()..).unwrap_or_default());
    let (local, domain) = text.rsplit_once('@')?;
    let is_sound = !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 320
        && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
        && local.bytes().all(|b| b.is_ascii_graphic() && !b"()<>[]:;,\\\"@".contains(&b));
    if is_sound {
        return Some(text.to_owned());
    }
    // A local part of other letters (RFC 6531) can't stand in an ASCII header, but its domain can, as Punycode: not done here.
    None
}

/// An address of another system as [MS-OXCMAIL] writes it: `IMCEAEX-_O=FIRM_CN=JO@…`; the domain is RFC 2606's own.
fn encapsulated(kind: &str, address: &str) -> String {
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let mut local = format!("IMCEA{kind}-");
    for byte in address.bytes().take(200) {
        match byte {
            b'/' => local.push('_'),
            b'-' | b'=' => local.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => local.push(char::from(byte)),
            byte => local.push_str(&format!("+{byte:02X}")),
        }
    }
    format!("{local}@x500.invalid")
}

/// A one-off entry id ([MS-OXCDATA] §2.2.5.1): a person in no address book.
struct OneOff {
    name: String,
    kind: String,
    address: String,
}

impl OneOff {
    fn read(entry: &[u8], page: CodePage) -> Option<Self> {
        const PROVIDER: [u8; 16] = [0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02];
        if entry.get(4..20) != Some(&PROVIDER) {
            return None;
        }
        let flags = u16::from_le_bytes(*entry.get(22..24)?.first_chunk()?);
        let texts = entry.get(24..)?;
        let mut found: Vec<String> = if flags & 0x8000 != 0 {
            texts.as_chunks::<2>().0.split(|unit| unit == &[0, 0]).take(3).map(|units| utf16_text(units.as_flattened())).collect()
        } else {
            texts.split(|b| *b == 0).take(3).map(|bytes| page.decode(bytes)).collect()
        };
        let (address, kind, name) = (found.pop()?, found.pop()?, found.pop()?);
        Some(Self { name: clean(&name), kind: clean(&kind), address: clean(&address) })
    }
}

/// A field with addresses; nothing if there are none.
pub(super) fn field(name: &str, people: &[Person]) -> String {
    if people.is_empty() {
        return String::new();
    }
    let all: Vec<String> = people.iter().map(Person::written).collect();
    super::field::folded(name, &all.join(", "))
}

/// Non-ASCII text of an address field that came with the message: names are encoded, with what stood in their quotation marks.
#[must_use]
pub(super) fn encode_names(value: &str) -> String {
    let mut out = String::new();
    let mut bare = String::new();
    let mut letters = value.chars();
    while let Some(c) = letters.next() {
        if c != '"' {
            bare.push(c);
            continue;
        }
        let (mut inside, mut is_closed) = (String::new(), false);
        while let Some(c) = letters.next() {
            match c {
                '\\' => inside.extend(letters.next()),
                '"' => {
                    is_closed = true;
                    break;
                }
                c => inside.push(c),
            }
        }
        encode_bare(&mut out, &std::mem::take(&mut bare));
        if !is_closed {
            bare = inside;
        } else if inside.is_ascii() {
            out.push_str(&super::field::quoted(&inside));
        } else {
            out.push_str(&format!(" {} ", encoded_words(&inside)));
        }
    }
    encode_bare(&mut out, &bare);
    out
}

/// Encodes the words that need it, and only those.
fn encode_bare(out: &mut String, text: &str) {
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        if word.is_ascii() {
            out.push_str(word);
        } else {
            let mut text = word.to_owned();
            while words.peek().is_some_and(|next| !next.is_ascii()) {
                text.push(' ');
                text.push_str(words.next().unwrap_or_default());
            }
            let inner = text.trim_start_matches(['(', '<', ',', ';']).trim_end_matches([',', ';', ')', '>']);
            let start = text.len() - text.trim_start_matches(['(', '<', ',', ';']).len();
            let (head, tail) = (text.get(..start).unwrap_or_default(), text.get(start + inner.len()..).unwrap_or_default());
            out.push_str(&format!("{head}{}{tail}", encoded_words(inner)));
        }
        if words.peek().is_some() {
            out.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::mapi::Value;

    fn row(pairs: &[(PropId, &str)]) -> Properties {
        let mut properties = Properties::default();
        for (id, text) in pairs {
            properties.set(*id, Value::Unicode((*text).to_owned()));
        }
        properties
    }

    fn one_off(name: &str, kind: &str, address: &str) -> Value {
        let mut entry = vec![0; 4];
        entry.extend_from_slice(&[0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02, 0, 0, 0x01, 0x90]);
        for text in [name, kind, address] {
            entry.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            entry.extend_from_slice(&[0, 0]);
        }
        Value::Binary(entry)
    }

    #[test]
    fn the_smtp_address_is_found_wherever_it_stands() {
        use PropId as P;
        let x500 = "/o=Firm/ou=Site/cn=Recipients/cn=jo";
        for (properties, want) in [
            (row(&[(P::DISPLAY_NAME, "Jo"), (P::ADDRESS_TYPE, "SMTP"), (P::EMAIL_ADDRESS, "jo@example.com")]), "Jo <jo@example.com>"),
            (row(&[(P::DISPLAY_NAME, "Jo"), (P::ADDRESS_TYPE, "EX"), (P::EMAIL_ADDRESS, x500), (P::SMTP_ADDRESS, "jo@example.com")]), "Jo <jo@example.com>"),
            (row(&[(P::DISPLAY_NAME, "'jo@example.com'"), (P::EMAIL_ADDRESS, "jo@example.com")]), "jo@example.com"),
            (row(&[(P::DISPLAY_NAME, "jo@example.com")]), "jo@example.com"),
            (
                row(&[(P::DISPLAY_NAME, "Jo"), (P::ADDRESS_TYPE, "EX"), (P::EMAIL_ADDRESS, x500)]),
                "Jo <IMCEAEX-_o=Firm_ou=Site_cn=Recipients_cn=jo@x500.invalid>",
            ),
            (row(&[(P::DISPLAY_NAME, "Jo"), (P::ADDRESS_TYPE, "FAX"), (P::EMAIL_ADDRESS, "Jo@+44 1")]), "Jo <IMCEAFAX-Jo+40+2B44+201@x500.invalid>"),
            (row(&[(P::DISPLAY_NAME, "Only, a name")]), "\"Only, a name\":;"),
            (row(&[(P::EMAIL_ADDRESS, "a@b\r\nBcc: c@d")]), "\"\" <IMCEAX-a+40b+20Bcc+3A+20c+40d@x500.invalid>"),
        ] {
            assert_eq!(Person::read(&properties, &RECIPIENT, CodePage::default()).map(|person| person.written()).as_deref(), Some(want));
        }
        assert_eq!(Person::read(&row(&[]), &RECIPIENT, CodePage::default()), None);
        let mut properties = row(&[(P::ADDRESS_TYPE, "EX"), (P::EMAIL_ADDRESS, x500)]);
        properties.set(P::ENTRY_ID, one_off("Jo Doe", "SMTP", "jo@example.com"));
        assert_eq!(Person::read(&properties, &RECIPIENT, CodePage::default()).map(|person| person.written()).as_deref(), Some("Jo Doe <jo@example.com>"));
    }

    #[test]
    fn another_mention_of_the_same_x500_name_resolves_it() {
        let x500 = "/O=FIRM/CN=JO";
        let mut known = Known::default();
        known.learn(&row(&[(PropId::EMAIL_ADDRESS, x500), (PropId::SMTP_ADDRESS, "jo@example.com")]), &RECIPIENT, CodePage::default());
        let person = Person { name: "Jo".into(), foreign: Some(("EX".into(), "/o=firm/cn=jo".into())), ..Person::default() };
        assert_eq!(known.resolve(person).written(), "Jo <jo@example.com>");
    }

    #[test]
    fn names_of_a_kept_header_are_encoded_and_addresses_stay() {
        for (value, want) in [
            ("\"Müller, Jo\"<jo@example.com>", " =?UTF-8?B?TcO8bGxlciwgSm8=?= <jo@example.com>"),
            ("\"Doe, Jo\" <jo@example.com>, Zoë Ångström", "\"Doe, Jo\" <jo@example.com>, =?UTF-8?B?Wm/DqyDDhW5nc3Ryw7Zt?="),
            ("\"open Ü", "open =?UTF-8?B?w5w=?="),
            ("Zoë <z@example.com>, a@b.c", "=?UTF-8?B?Wm/Dqw==?= <z@example.com>, a@b.c"),
            ("plain", "plain"),
        ] {
            assert_eq!(encode_names(value), want);
        }
    }
}
