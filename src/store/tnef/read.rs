//! Reads a TNEF stream into a message in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::store::mapi::{
    Bag, BagAttachment, CodePage, DEEPEST_EMBEDDED, FileTime, Guid, MapiError, Name, NamedProperties, PropId, PropType, Properties, PropertyName, Value,
    utf16_text,
};

const SIGNATURE: [u8; 4] = 0x223E_9F78u32.to_le_bytes();
/// Values and rows of one list at most.
const MOST: usize = 100_000;

/// What a stream holds.
#[derive(Debug)]
pub struct Tnef {
    /// Its message.
    pub message: Bag,
    /// False if it ends early, or a checksum does not fit.
    pub is_whole: bool,
}

/// True if `bytes` begin as TNEF does.
#[must_use]
pub fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// Reads a stream.
///
/// # Errors
/// It does not begin as TNEF does.
pub fn read(bytes: &[u8]) -> Result<Tnef, MapiError> {
    read_at_depth(bytes, 0)
}

/// A message within is read by a call of its own, [`DEEPEST_EMBEDDED`] deep at most.
fn read_at_depth(bytes: &[u8], depth: usize) -> Result<Tnef, MapiError> {
    if !is_tnef(bytes) {
        return Err(MapiError::new("this is no TNEF"));
    }
    let mut reader = Reader { is_whole: true, depth, page: None, names: Names::default(), message: Bag::default(), attachments: Vec::new() };
    reader.attributes(Bytes(bytes.get(6..).unwrap_or_default()));
    Ok(reader.finish(bytes))
}

/// Bytes that are taken from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes `len` bytes and what fills them up to a multiple of four.
    fn take_padded(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.take(len)?;
        let fill = len.wrapping_neg() % 4;
        self.0 = self.0.get(fill..).unwrap_or_default();
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk::<2>().map(|bytes| u16::from_le_bytes(*bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

/// Numbers from 0x8000 up are given here as names are met: a stream gives each property its full name.
#[derive(Default)]
struct Names {
    known: BTreeMap<PropertyName, PropId>,
    table: NamedProperties,
}

impl Names {
    fn id(&mut self, name: PropertyName) -> Option<PropId> {
        if let Some(id) = self.known.get(&name) {
            return Some(*id);
        }
        let id = PropId(u16::try_from(0x8000 + self.known.len()).ok().filter(|id| *id < 0xFFFE)?);
        self.table.insert(id, name.clone());
        self.known.insert(name, id);
        Some(id)
    }
}

struct Reader {
    is_whole: bool,
    depth: usize,
    page: Option<CodePage>,
    names: Names,
    message: Bag,
    attachments: Vec<BagAttachment>,
}

/// Attribute ids (§2.1.3.3), without the types in their upper halves: some writers leave those out.
mod attribute {
    pub(super) const SUBJECT: u16 = 0x8004;
    pub(super) const DATE_SENT: u16 = 0x8005;
    pub(super) const DATE_RECEIVED: u16 = 0x8006;
    pub(super) const MESSAGE_CLASS: u16 = 0x8008;
    pub(super) const MESSAGE_ID: u16 = 0x8009;
    pub(super) const BODY: u16 = 0x800C;
    pub(super) const ATTACH_DATA: u16 = 0x800F;
    pub(super) const ATTACH_TITLE: u16 = 0x8010;
    pub(super) const ATTACH_TRANSPORT_NAME: u16 = 0x9001;
    pub(super) const ATTACH_REND_DATA: u16 = 0x9002;
    pub(super) const MESSAGE_PROPERTIES: u16 = 0x9003;
    pub(super) const RECIPIENTS: u16 = 0x9004;
    pub(super) const ATTACH_PROPERTIES: u16 = 0x9005;
    pub(super) const CODE_PAGE: u16 = 0x9007;
}

impl Reader {
    fn attributes(&mut self, mut bytes: Bytes<'_>) {
        while let Some((level, id, len)) = next_head(&mut bytes) {
            // Level 1 is the message's, level 2 an attachment's; anything else is no attribute any more.
            if !matches!(level, 1 | 2) {
                self.is_whole = false;
                return;
            }
            let available = bytes.0.len();
            let (data, is_cut) = match bytes.take(len) {
                Some(data) => (data, false),
                None => (bytes.take(available).unwrap_or_default(), true),
            };
            self.attribute(level, id, data);
            let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
            self.is_whole &= !is_cut && bytes.u16() == Some(sum);
            if is_cut {
                return;
            }
        }
    }

    fn attribute(&mut self, level: u8, id: u16, data: &[u8]) {
        let text = |data: &[u8]| Value::string8(data.split(|b| *b == 0).next().unwrap_or_default());
        let of_message = match id {
            attribute::SUBJECT => Some((PropId::SUBJECT, text(data))),
            attribute::MESSAGE_CLASS => Some((PropId::MESSAGE_CLASS, Value::string8(class_of(text_bytes(data))))),
            attribute::MESSAGE_ID => Some((PropId::SEARCH_KEY, Value::Binary(data.to_vec()))),
            attribute::BODY => Some((PropId::BODY, Value::string8(data))),
            attribute::DATE_SENT => date(data).map(|date| (PropId::CLIENT_SUBMIT_TIME, date)),
            attribute::DATE_RECEIVED => date(data).map(|date| (PropId::MESSAGE_DELIVERY_TIME, date)),
            _ => None,
        };
        match id {
            _ if of_message.is_some() => {
                // MAPI properties say the same with more care, and come later or earlier.
                if let Some((id, value)) = of_message
                    && !self.message.properties.contains(id)
                {
                    self.message.properties.set(id, value);
                }
            }
            attribute::CODE_PAGE => self.page = data.first_chunk::<4>().and_then(|bytes| CodePage::new(i64::from(u32::from_le_bytes(*bytes)))),
            attribute::MESSAGE_PROPERTIES => {
                let (properties, _) = self.properties(&mut Bytes(data));
                for (id, property) in properties.iter() {
                    self.message.properties.insert(id, property.clone());
                }
            }
            attribute::RECIPIENTS => {
                let mut rows = Bytes(data);
                let count = rows.u32().unwrap_or(0) as usize;
                for _ in 0..count.min(MOST) {
                    if rows.0.is_empty() {
                        self.is_whole = false;
                        break;
                    }
                    let (row, _) = self.properties(&mut rows);
                    self.message.recipients.push(row);
                }
            }
            attribute::ATTACH_REND_DATA if self.attachments.len() < MOST => {
                let mut attachment = BagAttachment::default();
                // Type 2 is an OLE object; its data is still bytes.
                attachment.properties.set(PropId::ATTACH_METHOD, Value::Integer32(1));
                self.attachments.push(attachment);
            }
            _ if level == 2 => self.attachment(id, data),
            _ => {}
        }
    }

    fn attachment(&mut self, id: u16, data: &[u8]) {
        if self.attachments.is_empty() {
            self.attachments.push(BagAttachment::default());
        }
        let plain = match id {
            attribute::ATTACH_DATA => Some((PropId::ATTACH_DATA, Value::Binary(data.to_vec()))),
            attribute::ATTACH_TITLE => Some((PropId::ATTACH_FILENAME, Value::string8(text_bytes(data)))),
            attribute::ATTACH_TRANSPORT_NAME => Some((PropId::ATTACH_TRANSPORT_NAME, Value::string8(text_bytes(data)))),
            _ => None,
        };
        let (more, message) = if id == attribute::ATTACH_PROPERTIES { self.properties(&mut Bytes(data)) } else { (Properties::default(), None) };
        let Some(attachment) = self.attachments.last_mut() else { return };
        if let Some((id, value)) = plain
            && !attachment.properties.contains(id)
        {
            attachment.properties.set(id, value);
        }
        for (id, property) in more.iter() {
            // What the attribute gives as data is the file; the property may be its icon.
            if id != PropId::ATTACH_DATA || !attachment.properties.contains(id) {
                attachment.properties.insert(id, property.clone());
            }
        }
        if let Some(message) = message {
            attachment.properties.set(PropId::ATTACH_METHOD, Value::Integer32(5));
            attachment.message = Some(Box::new(message));
        }
    }

    /// A list of properties (§2.1.3.4), and the message among them, if one is.
    fn properties(&mut self, bytes: &mut Bytes<'_>) -> (Properties, Option<Bag>) {
        let mut properties = Properties::default();
        let mut message = None;
        let count = bytes.u32().unwrap_or(0) as usize;
        for _ in 0..count.min(MOST) {
            if self.property(bytes, &mut properties, &mut message).is_none() {
                self.is_whole = false;
                break;
            }
        }
        (properties, message)
    }

    fn property(&mut self, bytes: &mut Bytes<'_>, properties: &mut Properties, message: &mut Option<Bag>) -> Option<()> {
        let (kind, number) = (PropType(bytes.u16()?), bytes.u16()?);
        let id = if number >= 0x8000 {
            let set = Guid::read(bytes.take(16)?)?;
            let name = if bytes.u32()? == 0 {
                Name::Id(bytes.u32()?)
            } else {
                let len = bytes.u32()? as usize;
                Name::Text(utf16_text(bytes.take_padded(len)?))
            };
            self.names.id(PropertyName { set, name })
        } else {
            Some(PropId(number))
        };
        let value = self.value(kind, bytes, message)?;
        if let (Some(id), Some(value)) = (id, value) {
            properties.set(id, value);
        }
        Some(())
    }

    /// `None` if the bytes end; `Some(None)` if the value is a message, or none that is understood.
    #[allow(clippy::option_option, reason = "two different nothings")]
    fn value(&mut self, kind: PropType, bytes: &mut Bytes<'_>, message: &mut Option<Bag>) -> Option<Option<Value>> {
        let single = kind.single();
        let is_variable = single.fixed_len().is_none();
        if !kind.is_multiple() && !is_variable {
            return Some(Value::read(kind, bytes.take_padded(single.fixed_len()?)?).ok());
        }
        if single == PropType::NULL || single == PropType::UNSPECIFIED {
            return Some(None);
        }
        let count = bytes.u32()? as usize;
        let mut values = Vec::new();
        for _ in 0..count.min(MOST) {
            let raw = match single.fixed_len() {
                Some(len) => bytes.take_padded(len)?,
                None => {
                    let len = bytes.u32()? as usize;
                    bytes.take_padded(len)?
                }
            };
            if single == PropType::OBJECT {
                self.object(raw, message, &mut values);
            } else {
                values.extend(Value::read(single, raw).ok());
            }
        }
        Some(if kind.is_multiple() { Some(Value::Multiple(values)) } else { values.into_iter().next() })
    }

    /// An object begins with the id of its interface; the data of a message is TNEF again.
    fn object(&mut self, raw: &[u8], message: &mut Option<Bag>, values: &mut Vec<Value>) {
        let data = raw.get(16..).unwrap_or_default();
        if is_tnef(data)
            && self.depth < DEEPEST_EMBEDDED
            && let Ok(inner) = read_at_depth(data, self.depth + 1)
        {
            self.is_whole &= inner.is_whole;
            *message = Some(inner.message);
            return;
        }
        values.push(Value::Binary(data.to_vec()));
    }

    fn finish(mut self, bytes: &[u8]) -> Tnef {
        self.message.key = crate::mail::Sha256Digest::of(bytes).as_bytes().to_vec();
        self.message.names = Arc::new(self.names.table);
        self.message.code_page = self.page;
        self.message.attachments = self.attachments;
        Tnef { message: self.message, is_whole: self.is_whole }
    }
}

fn next_head(bytes: &mut Bytes<'_>) -> Option<(u8, u16, usize)> {
    let level = *bytes.take(1)?.first()?;
    let (id, _kind) = (bytes.u16()?, bytes.u16()?);
    Some((level, id, bytes.u32()? as usize))
}

fn text_bytes(data: &[u8]) -> &[u8] {
    data.split(|b| *b == 0).next().unwrap_or_default()
}

/// The old names of classes (§2.1.3.3.2): `IPM.Microsoft Mail.Note`.
fn class_of(class: &[u8]) -> &[u8] {
    match class {
        b"IPM.Microsoft Mail.Note" => b"IPM.Note",
        b"IPM.Microsoft Mail.Read Receipt" => b"REPORT.IPM.Note.IPNRN",
        b"IPM.Microsoft Mail.Non-Delivery" => b"REPORT.IPM.Note.NDR",
        b"IPM.Microsoft Schedule.MtgReq" => b"IPM.Schedule.Meeting.Request",
        b"IPM.Microsoft Schedule.MtgCncl" => b"IPM.Schedule.Meeting.Canceled",
        b"IPM.Microsoft Schedule.MtgRespP" => b"IPM.Schedule.Meeting.Resp.Pos",
        b"IPM.Microsoft Schedule.MtgRespN" => b"IPM.Schedule.Meeting.Resp.Neg",
        b"IPM.Microsoft Schedule.MtgRespA" => b"IPM.Schedule.Meeting.Resp.Tent",
        class => class,
    }
}

/// Seven numbers of 16 bits: year, month, day, hour, minute, second, day of week.
fn date(data: &[u8]) -> Option<Value> {
    let mut bytes = Bytes(data);
    let (year, month, day, hour, minute, second) = (bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?);
    let small = |number: u16| i8::try_from(number).ok();
    let civil = jiff::civil::DateTime::new(i16::try_from(year).ok()?, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    let seconds = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    FileTime::from_unix_seconds(seconds).map(Value::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, id: u16, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        [&[level][..], &id.to_le_bytes(), &[6, 0], &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    }

    fn stream(attributes: &[Vec<u8>]) -> Vec<u8> {
        [&SIGNATURE[..], &[1, 0], &attributes.concat()].concat()
    }

    fn text(tag: u32, text: &str) -> Vec<u8> {
        let mut bytes: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let len = bytes.len() as u32;
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        [&tag.rotate_left(16).to_le_bytes()[2..], &tag.rotate_left(16).to_le_bytes()[..2], &1u32.to_le_bytes(), &len.to_le_bytes(), &bytes].concat()
    }

    fn with_attachment(name: &str, data: &[u8]) -> Vec<u8> {
        stream(&[
            attribute(1, attribute::CODE_PAGE, &[0xE3, 0x04, 0, 0, 0, 0, 0, 0]),
            attribute(1, attribute::SUBJECT, b"\xCF\xF0\xE8\0"),
            attribute(2, attribute::ATTACH_REND_DATA, &[1; 14]),
            attribute(2, attribute::ATTACH_TITLE, b"SHORT~1.TXT\0"),
            attribute(2, attribute::ATTACH_DATA, data),
            attribute(2, attribute::ATTACH_PROPERTIES, &[1u32.to_le_bytes().to_vec(), text(0x3707_001F, name)].concat()),
        ])
    }

    #[test]
    fn attachments_have_their_long_names_and_their_data() {
        let tnef = read(&with_attachment("a long name.txt", b"hello")).expect("TNEF");
        assert!(tnef.is_whole);
        let page = tnef.message.code_page.expect("told");
        assert_eq!(page.number(), 1251);
        assert_eq!(tnef.message.properties.text(PropId::SUBJECT, page).as_deref(), Some("При"));
        let [attachment] = tnef.message.attachments.as_slice() else { panic!("one attachment") };
        assert_eq!(attachment.properties.text(PropId::ATTACH_LONG_FILENAME, page).as_deref(), Some("a long name.txt"));
        assert_eq!(attachment.properties.binary(PropId::ATTACH_DATA), Some(&b"hello"[..]));
    }

    #[test]
    fn a_message_within_is_read_and_a_hundred_within_each_other_end() {
        let mut inner = with_attachment("x.bin", &[1, 2, 3]);
        for _ in 0..100 {
            let mut object = [vec![0; 16], inner].concat();
            let len = object.len() as u32;
            object.resize(object.len().next_multiple_of(4), 0);
            let property = [&[0x0D, 0x00, 0x01, 0x37][..], &1u32.to_le_bytes(), &len.to_le_bytes(), &object].concat();
            inner = stream(&[
                attribute(2, attribute::ATTACH_REND_DATA, &[1; 14]),
                attribute(2, attribute::ATTACH_PROPERTIES, &[1u32.to_le_bytes().to_vec(), property].concat()),
            ]);
        }
        let tnef = read(&inner).expect("TNEF");
        let (mut depth, mut message) = (0, &tnef.message);
        while let Some(inner) = message.attachments.first().and_then(|attachment| attachment.message.as_deref()) {
            (depth, message) = (depth + 1, inner);
        }
        assert_eq!(depth, DEEPEST_EMBEDDED);
    }

    #[test]
    fn damage_costs_what_comes_after_it() {
        let whole = with_attachment("a.txt", b"hello");
        for cut in 6..whole.len() {
            let tnef = read(&whole[..cut]).expect("TNEF");
            assert!(!tnef.is_whole || cut < 20 && tnef.message.attachments.is_empty() || read(&whole[..cut]).is_ok());
        }
        let mut wrong_sum = whole.clone();
        let last = wrong_sum.len() - 1;
        wrong_sum[last] ^= 0x55;
        let tnef = read(&wrong_sum).expect("TNEF");
        assert!(!tnef.is_whole);
        assert_eq!(tnef.message.attachments.len(), 1);
        assert!(read(b"no").is_err());
        assert_eq!(date(&[0xCE, 7, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 5, 0]), FileTime::from_unix_seconds(883_710_245).map(Value::Time));
    }
}
