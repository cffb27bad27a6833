//! A message of a `.msg` file, one within another, and their attachments.

use std::io;
use std::sync::Arc;

use super::compound::Entry;
use super::file::{MsgFile, Stream};
use super::names;
use crate::store::mapi::{CodePage, FileTime, MapiAttachment, MapiError, MapiMessage, NamedProperties, PropId, PropTag, PropType, Properties, Value};

/// A value up to this many bytes is held in memory (64 KiB).
const HELD_BELOW: u64 = 64 << 10;
/// A table of properties is read up to this many bytes.
const LONGEST_TABLE: u64 = 16 << 20;
/// More values of one property than these are not read.
const MOST_VALUES: usize = 100_000;

/// A message: the file's own, or one within an attachment.
pub struct MsgMessage {
    file: Arc<MsgFile>,
    /// The way to it: the names of the storages.
    path: String,
    properties: Properties,
    names: Arc<NamedProperties>,
    code_page: Option<CodePage>,
    recipients: Vec<Entry>,
    attachments: Vec<Entry>,
}

impl MsgMessage {
    /// The message of a file.
    ///
    /// # Errors
    /// The file has no message: it is another program's compound file.
    pub fn open(file: &Arc<MsgFile>) -> io::Result<Self> {
        let names = Arc::new(names::read(file));
        let message = Self::at(file, MsgFile::root(), String::new(), names, None);
        if message.properties.is_empty() && message.attachments.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a compound file, but no message"));
        }
        Ok(message)
    }

    fn at(file: &Arc<MsgFile>, storage: u32, path: String, names: Arc<NamedProperties>, code_page: Option<CodePage>) -> Self {
        let entries = file.list(storage);
        let properties = read_storage(file, &entries);
        let own = properties.integer(PropId::MESSAGE_CODE_PAGE).and_then(CodePage::new);
        // The list is in the order of names, and these end in their numbers.
        let storages = |prefix: &str| entries.iter().filter(|entry| entry.is_storage && has_prefix(&entry.name, prefix)).cloned().collect::<Vec<_>>();
        let (recipients, attachments) = (storages("__recip_version1.0_#"), storages("__attach_version1.0_#"));
        Self { file: Arc::clone(file), path, properties, names, code_page: own.or(code_page), recipients, attachments }
    }
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

impl MapiMessage for MsgMessage {
    /// The file's own key, where it has one, and the way to the message in it: a copy of the file elsewhere gives the same.
    fn key(&self) -> Vec<u8> {
        let mut key =
            [PropId::RECORD_KEY, PropId::SEARCH_KEY, PropId::ENTRY_ID].into_iter().find_map(|id| self.properties.binary(id)).unwrap_or_default().to_vec();
        key.extend_from_slice(self.path.as_bytes());
        key
    }

    fn properties(&self) -> &Properties {
        &self.properties
    }

    fn names(&self) -> &NamedProperties {
        &self.names
    }

    fn store_code_page(&self) -> Option<CodePage> {
        self.code_page
    }

    fn recipients(&mut self) -> Vec<Result<Properties, MapiError>> {
        self.recipients.iter().map(|entry| Ok(read_storage(&self.file, &self.file.list(entry.id)))).collect()
    }

    fn attachment_count(&mut self) -> usize {
        self.attachments.len()
    }

    fn attachment(&mut self, index: usize) -> Result<Box<dyn MapiAttachment>, MapiError> {
        let storage = self.attachments.get(index).ok_or_else(|| MapiError::new(format!("there is no attachment {index}")))?;
        let entries = self.file.list(storage.id);
        let inner = entries
            .iter()
            .find(|entry| entry.is_storage && has_prefix(&entry.name, "__substg1.0_3701000D"))
            .map(|entry| (entry.id, format!("{}/{}/{}", self.path, storage.name, entry.name)));
        let properties = read_storage(&self.file, &entries);
        Ok(Box::new(MsgAttachment { file: Arc::clone(&self.file), properties, names: Arc::clone(&self.names), code_page: self.code_page, inner }))
    }
}

struct MsgAttachment {
    file: Arc<MsgFile>,
    properties: Properties,
    names: Arc<NamedProperties>,
    code_page: Option<CodePage>,
    /// The storage of the message or object in it.
    inner: Option<(u32, String)>,
}

impl MapiAttachment for MsgAttachment {
    fn properties(&self) -> &Properties {
        &self.properties
    }

    fn embedded(&mut self) -> Option<Result<Box<dyn MapiMessage>, MapiError>> {
        let (storage, path) = self.inner.clone()?;
        Some(Ok(Box::new(MsgMessage::at(&self.file, storage, path, Arc::clone(&self.names), self.code_page))))
    }
}

/// The properties of one storage: its table and its streams.
fn read_storage(file: &Arc<MsgFile>, entries: &[Entry]) -> Properties {
    let mut properties = Properties::default();
    if let Some(entry) = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case("__properties_version1.0")) {
        match file.read(entry.id, LONGEST_TABLE) {
            Ok(table) => read_table(&table, &mut properties),
            Err(error) => properties.set_unreadable(PropId(0), error.into()),
        }
    }
    for entry in entries.iter().filter(|entry| !entry.is_storage) {
        let Some((tag, None)) = stream_tag(&entry.name) else { continue };
        if tag.kind.is_multiple() {
            match read_multiple(file, tag, entry, entries) {
                Ok(value) => properties.set(tag.id, value),
                Err(error) => properties.set_unreadable(tag.id, error.into()),
            }
        } else if entry.len > HELD_BELOW {
            properties.set_large(tag, entry.len, Arc::new(Stream { file: Arc::clone(file), id: entry.id }));
        } else {
            match file.read(entry.id, HELD_BELOW).map_err(MapiError::from).and_then(|bytes| Value::read(tag.kind, &bytes)) {
                Ok(value) => properties.set(tag.id, value),
                Err(error) => properties.set_unreadable(tag.id, error),
            }
        }
    }
    properties
}

/// `__substg1.0_0037001F`, or one of several values: `__substg1.0_8001101F-00000002`.
fn stream_tag(name: &str) -> Option<(PropTag, Option<u32>)> {
    let prefix = "__substg1.0_";
    let rest = has_prefix(name, prefix).then(|| name.get(prefix.len()..)).flatten()?;
    let (tag, index) = match rest.split_once('-') {
        Some((tag, index)) => (tag, Some(u32::from_str_radix(index, 16).ok()?)),
        None => (rest, None),
    };
    Some((PropTag::from(u32::from_str_radix(tag, 16).ok()?), index))
}

/// Values of fixed length stand in the table itself (§2.4.2). Before the entries is a header of 8, 24 or 32 bytes, which its
/// length tells: entries have 16.
fn read_table(table: &[u8], properties: &mut Properties) {
    // 32 and 24 bytes: messages; 8: recipients and attachments. 24 and 8 can't be told by length, but by what an entry looks like.
    let header = if table.len().is_multiple_of(16) {
        32
    } else if looks_like_entry(table.get(8..24)) {
        8
    } else {
        24
    };
    for entry in table.get(header..).unwrap_or_default().as_chunks::<16>().0 {
        let [t0, t1, i0, i1, _, _, _, _, value @ ..] = *entry;
        let (kind, id) = (PropType(u16::from_le_bytes([t0, t1])), PropId(u16::from_le_bytes([i0, i1])));
        if kind.is_multiple() || kind.fixed_len().is_none_or(|len| len > 8) {
            continue;
        }
        if let Ok(value) = Value::read(kind, &value) {
            let is_no_time = matches!(value, Value::Time(FileTime(0)));
            if !is_no_time {
                properties.set(id, value);
            }
        }
    }
}

/// A known kind, and a number that is none of the reserved ones.
fn looks_like_entry(bytes: Option<&[u8]>) -> bool {
    let Some(&[t0, t1, i0, i1, ..]) = bytes else { return false };
    let kind = PropType(u16::from_le_bytes([t0, t1]));
    let is_known = kind.fixed_len().is_some() || matches!(kind.single(), PropType::STRING8 | PropType::STRING | PropType::BINARY | PropType::OBJECT);
    is_known && u16::from_le_bytes([i0, i1]) != 0
}

/// Several values (§2.1.4): of fixed length one after the other, else a stream each.
fn read_multiple(file: &MsgFile, tag: PropTag, entry: &Entry, entries: &[Entry]) -> io::Result<Value> {
    let kind = tag.kind.single();
    if let Some(len) = kind.fixed_len() {
        let bytes = file.read(entry.id, LONGEST_TABLE)?;
        return Ok(Value::Multiple(bytes.chunks_exact(len).filter_map(|bytes| Value::read(kind, bytes).ok()).collect()));
    }
    let mut values: Vec<(u32, u32)> = entries
        .iter()
        .filter_map(|entry| match stream_tag(&entry.name)? {
            (of, Some(index)) if of == tag => Some((index, entry.id)),
            _ => None,
        })
        .take(MOST_VALUES)
        .collect();
    values.sort_unstable();
    let read = |(_, id): (u32, u32)| file.read(id, LONGEST_TABLE).ok().and_then(|bytes| Value::read(kind, &bytes).ok());
    Ok(Value::Multiple(values.into_iter().filter_map(read).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tables_header_is_told_by_its_length_and_look() {
        let entry = |tag: u32, value: u64| [&tag.to_le_bytes()[..], &[6, 0, 0, 0], &value.to_le_bytes()].concat();
        let entries = [entry(0x0E07_0003, 9), entry(0x0037_001F, 4), entry(0x0C15_0003, 2)].concat();
        for header in [32, 24, 8] {
            let mut properties = Properties::default();
            read_table(&[vec![0; header], entries.clone()].concat(), &mut properties);
            assert_eq!(
                (properties.integer(PropId::MESSAGE_FLAGS), properties.integer(PropId::RECIPIENT_TYPE), properties.len()),
                (Some(9), Some(2), 2),
                "{header}"
            );
        }
        assert_eq!(stream_tag("__SUBSTG1.0_8001101f-0000000A"), Some((PropTag::from(0x8001_101F), Some(10))));
        assert_eq!(stream_tag("__substg1.0_xyz"), None);
    }
}
