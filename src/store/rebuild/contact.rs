//! Contacts and distribution lists as vCard 3.0 (RFC 2426, [MS-OXVCARD]).

use super::address::{Person, RECIPIENT, smtp};
use super::calendar::{day, moment, nearest_day};
use super::field::clean;
use super::item::{Card, Enclosures};
use crate::mail::Sha256Digest;
use crate::store::mapi::{CodePage, Guid, MapiMessage, PropId, Value};

/// PidTagObjectType of a list in an address book.
const LIST: i64 = 8;

/// A contact's card.
pub(super) fn card(message: &dyn MapiMessage, page: CodePage, name: &str, body: Option<&str>, enclosures: &Enclosures) -> String {
    let properties = message.properties();
    let text = |id: PropId| properties.text(id, page).map(|text| text.trim().to_owned()).unwrap_or_default();
    let named = |lid: u32| message.names().id(Guid::ADDRESS, lid).map(text).unwrap_or_default();
    let mut card = Card::default();
    card.line("BEGIN", "VCARD");
    card.line("VERSION", "3.0");
    card.line("UID", &Sha256Digest::of(&message.key()).to_string());
    let (family, given) = (text(PropId::SURNAME), text(PropId::GIVEN_NAME));
    let shown = if name.is_empty() { [given.as_str(), family.as_str(), &text(PropId::COMPANY_NAME)].join(" ").trim().to_owned() } else { name.to_owned() };
    card.text("FN", &shown);
    let names = [family.as_str(), &given, &text(PropId::MIDDLE_NAME), &text(PropId::DISPLAY_NAME_PREFIX), &text(PropId::GENERATION)];
    if names.iter().all(|name| name.is_empty()) {
        card.line("N", ";;;;")
    } else {
        card.texts("N", &names)
    }
    let class = text(PropId::MESSAGE_CLASS).to_ascii_lowercase();
    if class.starts_with("ipm.distlist") || properties.integer(PropId::OBJECT_TYPE) == Some(LIST) {
        members(&mut card, message, page);
    }
    for (field, id) in [("NICKNAME", PropId::NICKNAME), ("TITLE", PropId::TITLE), ("ROLE", PropId::PROFESSION)] {
        card.texts(field, &[&text(id)]);
    }
    card.texts("ORG", &[&text(PropId::COMPANY_NAME), &text(PropId::DEPARTMENT_NAME)]);
    let addresses = [(0x8083, 0x8084), (0x8093, 0x8094), (0x80A3, 0x80A4)];
    let addresses: Vec<String> = addresses.into_iter().filter_map(|(address, original)| smtp(&named(address)).or_else(|| smtp(&named(original)))).collect();
    for address in &addresses {
        card.line("EMAIL;TYPE=INTERNET", address);
    }
    // An address book names its people as a message names its recipients.
    if let Some(person) = Person::read(properties, &RECIPIENT, page).filter(|_| addresses.is_empty()) {
        match person.foreign {
            _ if !person.address.is_empty() => card.line("EMAIL;TYPE=INTERNET", &person.address),
            Some((kind, address)) if kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) => card.text(&format!("EMAIL;TYPE={kind}"), &address),
            _ => {}
        }
    }
    for (kind, id) in TELEPHONES {
        let number = clean(&text(*id));
        if !number.is_empty() {
            card.text(&format!("TEL;TYPE={kind}"), &number);
        }
    }
    let work = [named(0x8045), named(0x8046), named(0x8047), named(0x8048), named(0x8049)];
    let work = if work.iter().all(String::is_empty) {
        [PropId::STREET_ADDRESS, PropId::LOCALITY, PropId::STATE_OR_PROVINCE, PropId::POSTAL_CODE, PropId::COUNTRY].map(text)
    } else {
        work
    };
    let home = [PropId::HOME_STREET, PropId::HOME_CITY, PropId::HOME_STATE, PropId::HOME_POSTAL_CODE, PropId::HOME_COUNTRY].map(text);
    let other = [PropId::OTHER_STREET, PropId::OTHER_CITY, PropId::OTHER_STATE, PropId::OTHER_POSTAL_CODE, PropId::OTHER_COUNTRY].map(text);
    for (kind, [street, city, state, code, country]) in [("WORK", &work), ("HOME", &home), ("POSTAL", &other)] {
        card.texts(&format!("ADR;TYPE={kind}"), &["", "", street, city, state, code, country]);
    }
    for (field, id) in [("BDAY", PropId::BIRTHDAY), ("X-ANNIVERSARY", PropId::WEDDING_ANNIVERSARY)] {
        if let Some(seconds) = properties.time(id).and_then(|time| time.unix_seconds()) {
            card.line(field, &day(nearest_day(seconds)));
        }
    }
    for page in [text(PropId::BUSINESS_HOME_PAGE), text(PropId::PERSONAL_HOME_PAGE)] {
        if !page.is_empty() {
            card.line("URL", &clean(&page));
        }
    }
    card.texts("IMPP", &[&named(0x8062)]);
    card.texts("X-SPOUSE", &[&text(PropId::SPOUSE_NAME)]);
    if let Some(id) = message.names().text(Guid::PUBLIC_STRINGS, "Keywords") {
        for word in properties.texts(id, page) {
            card.text("CATEGORIES", &word);
        }
    }
    let note = format!("{}{}", body.unwrap_or_default().trim(), enclosures.told());
    card.texts("NOTE", &[note.trim()]);
    for (name, mime, bytes) in &enclosures.files {
        match mime.strip_prefix("image/") {
            Some(kind) if name.eq_ignore_ascii_case("ContactPicture.jpg") || name.eq_ignore_ascii_case("ContactPhoto") => {
                card.file("PHOTO", &format!(";ENCODING=b;TYPE={}", kind.to_ascii_uppercase()), bytes);
            }
            _ => card.file("X-ATTACH", &format!(";ENCODING=b;X-FILENAME={}", super::calendar::quoted(name)), bytes),
        }
    }
    if let Some(seconds) = properties.time(PropId::LAST_MODIFICATION_TIME).and_then(|time| time.unix_seconds()) {
        card.line("REV", &moment(seconds));
    }
    card.line("END", "VCARD");
    card.finish()
}

const TELEPHONES: &[(&str, PropId)] = &[
    ("WORK,VOICE", PropId::BUSINESS_TELEPHONE),
    ("WORK,VOICE", PropId::BUSINESS2_TELEPHONE),
    ("HOME,VOICE", PropId::HOME_TELEPHONE),
    ("HOME,VOICE", PropId::HOME2_TELEPHONE),
    ("CELL,VOICE", PropId::MOBILE_TELEPHONE),
    ("PREF,VOICE", PropId::PRIMARY_TELEPHONE),
    ("CAR,VOICE", PropId::CAR_TELEPHONE),
    ("VOICE", PropId::OTHER_TELEPHONE),
    ("PAGER", PropId::PAGER_TELEPHONE),
    ("WORK,FAX", PropId::BUSINESS_FAX),
    ("HOME,FAX", PropId::HOME_FAX),
    ("FAX", PropId::PRIMARY_FAX),
];

/// The members of a list: one-off entry ids ([MS-OXOCNTC] §2.2.2.2.2).
fn members(card: &mut Card, message: &dyn MapiMessage, page: CodePage) {
    const ONE_OFF_MEMBERS: u32 = 0x8054;
    card.line("X-ADDRESSBOOKSERVER-KIND", "group");
    let Some(Value::Multiple(entries)) = message.names().id(Guid::ADDRESS, ONE_OFF_MEMBERS).and_then(|id| message.properties().value(id)) else { return };
    for entry in entries.iter().take(5000) {
        let Value::Binary(entry) = entry else { continue };
        let Some(person) = Person::of_entry(entry, page) else { continue };
        if person.address.is_empty() {
            card.text("X-MEMBER", &person.name);
        } else {
            card.line("X-ADDRESSBOOKSERVER-MEMBER", &format!("mailto:{}", person.address));
        }
    }
}
