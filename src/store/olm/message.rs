//! A message of an archive as MAPI would keep it, so that mail is made of it as of Outlook's other files.

use std::sync::Arc;

use super::file::{Attachment, OlmFile};
use super::xml::{self, Element};
use crate::store::mapi::{Bag, BagAttachment, FileTime, Guid, Name, NamedProperties, PropId, PropTag, PropType, Properties, PropertyName, Value};

/// A message has as many recipients or attachments at most; the rest is left out.
const MOST: usize = 20_000;
/// The number that `Keywords` gets.
const KEYWORDS: PropId = PropId(0x8000);

/// A message, and what counting needs of it.
pub struct OlmMessage {
    /// It itself.
    pub bag: Bag,
    /// About as many bytes as mail made of it has.
    pub about_bytes: u64,
}

/// The messages of an XML file: one, as a rule.
#[must_use]
pub fn messages(file: &Arc<OlmFile>, entry: &str, xml: &[u8]) -> Vec<OlmMessage> {
    let mut found = Vec::new();
    xml::each(xml, "email", |email, _| {
        let key = format!("{entry}#{}", found.len());
        found.push(message(file, entry, &email, key));
    });
    found
}

fn message(file: &Arc<OlmFile>, entry: &str, email: &Element, key: String) -> OlmMessage {
    let mut bag = Bag { key: key.into_bytes(), ..Bag::default() };
    bag.properties.set(PropId::MESSAGE_CLASS, Value::Unicode("IPM.Note".into()));
    texts(email, &mut bag.properties);
    times(email, &mut bag.properties);
    people(email, &mut bag);
    state(email, &mut bag);
    let bodies: u64 = [PropId::BODY, PropId::BODY_HTML].into_iter().filter_map(|id| bag.properties.byte_len(id)).sum();
    let mut about_bytes = 600 + bodies;
    let list = email.child("OPFMessageCopyAttachmentList");
    for part in list.map(|list| list.children.as_slice()).unwrap_or_default().iter().filter(|part| part.name == "messageAttachment").take(MOST) {
        let (attachment, len) = attachment(file, entry, part);
        about_bytes = about_bytes.saturating_add((len / 57).saturating_mul(78).saturating_add(200));
        bag.attachments.push(attachment);
    }
    OlmMessage { bag, about_bytes }
}

fn texts(email: &Element, properties: &mut Properties) {
    for (name, id) in [
        ("OPFMessageCopySubject", PropId::SUBJECT),
        ("OPFMessageCopyMessageID", PropId::INTERNET_MESSAGE_ID),
        ("OPFMessageCopyInReplyTo", PropId::IN_REPLY_TO_ID),
        ("OPFMessageCopyReferences", PropId::INTERNET_REFERENCES),
    ] {
        if let Some(text) = email.text_of(name) {
            properties.set(id, Value::Unicode(text.to_owned()));
        }
    }
    // Some archives keep the header that came by the net.
    if let Some(source) = email.text_of("OPFMessageCopySource").filter(|source| source.contains(':')) {
        properties.set(PropId::TRANSPORT_MESSAGE_HEADERS, Value::Unicode(source.to_owned()));
    }
    let (html, body) = (email.text_of("OPFMessageCopyHTMLBody"), email.text_of("OPFMessageCopyBody"));
    let is_html = |text: &str| {
        let head: String = text.trim_start().chars().take(200).collect::<String>().to_ascii_lowercase();
        head.starts_with("<html") || head.starts_with("<!doctype html") || head.starts_with('<') && head.contains("<body")
    };
    // The plain body of an HTML message often holds the HTML again.
    let text = body.filter(|body| !is_html(body));
    let says_html = email.number("OPFMessageGetHasHTML").unwrap_or(i64::from(html.is_some())) != 0;
    let html = html.or_else(|| body.filter(|body| is_html(body))).filter(|_| says_html || text.is_none());
    if let Some(text) = text {
        properties.set(PropId::BODY, Value::Unicode(text.to_owned()));
    }
    if let Some(html) = html {
        properties.set(PropId::BODY_HTML, Value::Unicode(html.to_owned()));
    }
}

fn times(email: &Element, properties: &mut Properties) {
    for (name, id) in [
        ("OPFMessageCopySentTime", PropId::CLIENT_SUBMIT_TIME),
        ("OPFMessageCopyReceivedTime", PropId::MESSAGE_DELIVERY_TIME),
        ("OPFMessageCopyModDate", PropId::LAST_MODIFICATION_TIME),
    ] {
        if let Some(time) = email.text_of(name).and_then(|text| time(text.trim())) {
            properties.set(id, Value::Time(time));
        }
    }
}

/// `2018-10-13T22:39:35`, in UTC though no zone stands there; one that does is heeded.
fn time(text: &str) -> Option<FileTime> {
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let at = zoned.or_else(|| text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp()))?;
    FileTime::from_unix_seconds(at.as_second())
}

fn people(email: &Element, bag: &mut Bag) {
    let of = |name: &str| -> Vec<(Option<String>, Option<String>)> {
        let list = email.child(name).map(|list| list.children.as_slice()).unwrap_or_default();
        let value = |person: &Element, name: &str| person.value(name).map(str::to_owned);
        let people = list.iter().filter(|person| person.name == "emailAddress").take(MOST);
        people.map(|person| (value(person, "OPFContactEmailAddressName"), value(person, "OPFContactEmailAddressAddress"))).collect()
    };
    let put = |properties: &mut Properties, (name, address): (Option<String>, Option<String>), ids: [PropId; 3]| {
        let [name_id, kind_id, address_id] = ids;
        if let Some(name) = name.or_else(|| address.clone()) {
            properties.set(name_id, Value::Unicode(name));
        }
        if let Some(address) = address {
            properties.set(kind_id, Value::Unicode(if address.contains('@') { "SMTP" } else { "EX" }.to_owned()));
            properties.set(address_id, Value::Unicode(address));
        }
    };
    let (from, sender) = (of("OPFMessageCopyFromAddresses").into_iter().next(), of("OPFMessageCopySenderAddress").into_iter().next());
    if let Some(from) = from {
        put(&mut bag.properties, from, [PropId::SENT_REPRESENTING_NAME, PropId::SENT_REPRESENTING_ADDRESS_TYPE, PropId::SENT_REPRESENTING_EMAIL_ADDRESS]);
    }
    if let Some(sender) = sender {
        put(&mut bag.properties, sender, [PropId::SENDER_NAME, PropId::SENDER_ADDRESS_TYPE, PropId::SENDER_EMAIL_ADDRESS]);
    }
    for (name, kind) in [("OPFMessageCopyToAddresses", 1), ("OPFMessageCopyCCAddresses", 2), ("OPFMessageCopyBCCAddresses", 3)] {
        for person in of(name) {
            let mut row = Properties::default();
            row.set(PropId::RECIPIENT_TYPE, Value::Integer32(kind));
            put(&mut row, person, [PropId::DISPLAY_NAME, PropId::ADDRESS_TYPE, PropId::EMAIL_ADDRESS]);
            bag.recipients.push(row);
        }
    }
    let replies: Vec<String> = of("OPFMessageCopyReplyToAddresses").into_iter().filter_map(|(_, address)| address).collect();
    if !replies.is_empty() {
        bag.properties.set(PropId::REPLY_RECIPIENT_NAMES, Value::Unicode(replies.join("; ")));
    }
}

/// Read, draft, starred, importance, categories.
fn state(email: &Element, bag: &mut Bag) {
    let number = |name: &str| email.number(name);
    let is_read = number("OPFMessageGetIsRead").unwrap_or(1) != 0;
    let is_draft = number("OPFMessageIsOutgoing").unwrap_or(0) != 0 && number("OPFMessageGetWasSent") == Some(0);
    bag.properties.set(PropId::MESSAGE_FLAGS, Value::Integer32(i32::from(is_read) | i32::from(is_draft) << 3));
    // 1 is marked, 2 is done.
    if number("OPFMessageCopyGetFlagStatus").or_else(|| number("OPFMessageGetFlagStatus")) == Some(1) {
        bag.properties.set(PropId::FLAG_STATUS, Value::Integer32(2));
    }
    match number("OPFMessageGetPriority") {
        Some(1 | 2) => bag.properties.set(PropId::IMPORTANCE, Value::Integer32(2)),
        Some(4 | 5) => bag.properties.set(PropId::IMPORTANCE, Value::Integer32(0)),
        _ => {}
    }
    let list = email.child("OPFMessageCopyCategoryList").map(|list| list.children.as_slice()).unwrap_or_default();
    let words: Vec<Value> = list.iter().take(100).filter_map(|word| Some(Value::Unicode(word.value("OPFCategoryCopyName")?.to_owned()))).collect();
    if !words.is_empty() {
        let mut names = NamedProperties::default();
        names.insert(KEYWORDS, PropertyName { set: Guid::PUBLIC_STRINGS, name: Name::Text("Keywords".into()) });
        bag.names = Arc::new(names);
        bag.properties.set(KEYWORDS, Value::Multiple(words));
    }
}

/// An attachment, and its length as the archive tells it.
fn attachment(file: &Arc<OlmFile>, entry: &str, part: &Element) -> (BagAttachment, u64) {
    let mut properties = Properties::default();
    for (name, id) in [
        ("OPFAttachmentName", PropId::ATTACH_LONG_FILENAME),
        ("OPFAttachmentContentType", PropId::ATTACH_MIME_TAG),
        ("OPFAttachmentContentID", PropId::ATTACH_CONTENT_ID),
    ] {
        if let Some(text) = part.value(name) {
            properties.set(id, Value::Unicode(text.to_owned()));
        }
    }
    if let Some(extension) = part.value("OPFAttachmentContentExtension") {
        properties.set(PropId::ATTACH_EXTENSION, Value::Unicode(format!(".{}", extension.trim_start_matches('.'))));
    }
    properties.set(PropId::ATTACH_METHOD, Value::Integer32(1));
    let found = part.value("OPFAttachmentURL").and_then(|url| file.attachment(entry, url));
    let len = found.as_deref().and_then(|found| file.len(found)).unwrap_or(0);
    match found {
        Some(found) => {
            let tag = PropTag::new(PropId::ATTACH_DATA, PropType::BINARY);
            properties.set_large(tag, len, Arc::new(Attachment { file: Arc::clone(file), entry: found }));
        }
        None => properties.set_unreadable(PropId::ATTACH_DATA, crate::store::mapi::MapiError::new("the archive has no such file")),
    }
    (BagAttachment { properties, message: None }, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_unless_they_say_otherwise() {
        for (text, want) in [
            ("2018-10-13T22:39:35", Some(1_539_470_375)),
            ("2018-10-13T22:39:35Z", Some(1_539_470_375)),
            ("2018-10-14T00:39:35+02:00", Some(1_539_470_375)),
            ("yesterday", None),
        ] {
            assert_eq!(time(text).and_then(FileTime::unix_seconds), want, "{text}");
        }
    }
}
