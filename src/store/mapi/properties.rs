//! The properties of one message, recipient, attachment or folder.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::codepage::CodePage;
use super::error::MapiError;
use super::guid::Guid;
use super::tag::{PropId, PropTag, PropType};
use super::time::FileTime;
use super::value::Value;

/// Opens a value that is not held in memory, as often as wanted.
pub trait OpenValue: Send + Sync {
    /// The value's bytes from the start, as they lie in the file (UTF-16LE for [`PropType::STRING`]).
    ///
    /// # Errors
    /// What the file gives. Reading may fail later, too.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;
}

/// A value that is opened, not held.
#[derive(Clone)]
pub struct Large {
    /// Its kind: text, bytes or an object.
    pub kind: PropType,
    /// Its length in bytes as the file tells it; only a hint.
    pub len: u64,
    /// Where it is.
    pub source: Arc<dyn OpenValue>,
}

impl fmt::Debug for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Large({:?}, {} bytes)", self.kind, self.len)
    }
}

/// One property.
#[derive(Clone, Debug)]
pub enum Property {
    /// Held in memory.
    Value(Value),
    /// Not held: opened when it is wanted.
    Large(Large),
    /// There, but unreadable.
    Unreadable(MapiError),
}

/// An ordered map from numbers to values. A number has one value, whatever its kind.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    map: BTreeMap<PropId, Property>,
}

/// Longer values are not taken into memory, whatever asks for them (64 MiB).
const LONGEST_IN_MEMORY: u64 = 64 << 20;

impl Properties {
    /// Sets a property.
    pub fn insert(&mut self, id: PropId, property: Property) {
        self.map.insert(id, property);
    }

    /// Sets a value.
    pub fn set(&mut self, id: PropId, value: Value) {
        self.map.insert(id, Property::Value(value));
    }

    /// Sets a value that is opened, not held; `tag` tells its kind.
    pub fn set_large(&mut self, tag: PropTag, len: u64, source: Arc<dyn OpenValue>) {
        self.map.insert(tag.id, Property::Large(Large { kind: tag.kind, len, source }));
    }

    /// Notes that a property is there but unreadable; a value that is there stays.
    pub fn set_unreadable(&mut self, id: PropId, error: MapiError) {
        self.map.entry(id).or_insert(Property::Unreadable(error));
    }

    /// Takes a property out.
    pub fn remove(&mut self, id: PropId) -> Option<Property> {
        self.map.remove(&id)
    }

    /// The property.
    #[must_use]
    pub fn get(&self, id: PropId) -> Option<&Property> {
        self.map.get(&id)
    }

    /// The value, where it is held in memory.
    #[must_use]
    pub fn value(&self, id: PropId) -> Option<&Value> {
        match self.map.get(&id)? {
            Property::Value(value) => Some(value),
            Property::Large(_) | Property::Unreadable(_) => None,
        }
    }

    /// True if the property is there in whatever state.
    #[must_use]
    pub fn contains(&self, id: PropId) -> bool {
        self.map.contains_key(&id)
    }

    /// All properties in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (PropId, &Property)> {
        self.map.iter().map(|(id, property)| (*id, property))
    }

    /// How many properties there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// True if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Any integer or truth value as a number.
    #[must_use]
    pub fn integer(&self, id: PropId) -> Option<i64> {
        self.value(id)?.integer()
    }

    /// A truth value; any integer but 0 is true.
    #[must_use]
    pub fn boolean(&self, id: PropId) -> Option<bool> {
        self.integer(id).map(|value| value != 0)
    }

    /// A moment; `None` for the ones that stand for no date.
    #[must_use]
    pub fn time(&self, id: PropId) -> Option<FileTime> {
        match self.value(id)? {
            Value::Time(time) => time.unix_seconds().map(|_| *time),
            _ => None,
        }
    }

    /// A GUID.
    #[must_use]
    pub fn guid(&self, id: PropId) -> Option<Guid> {
        match self.value(id)? {
            Value::Guid(guid) => Some(*guid),
            Value::Binary(bytes) if bytes.len() == 16 => Guid::read(bytes),
            _ => None,
        }
    }

    /// Bytes held in memory, of binary values only.
    #[must_use]
    pub fn binary(&self, id: PropId) -> Option<&[u8]> {
        match self.value(id)? {
            Value::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Text, decoded; `code_page` is for String8 values only. Binary values are no text. `None` also for text that can't be read
    /// or is longer than 64 MiB.
    #[must_use]
    pub fn text(&self, id: PropId, code_page: CodePage) -> Option<String> {
        match self.map.get(&id)? {
            Property::Value(Value::Unicode(text)) => Some(text.clone()),
            Property::Value(Value::String8(bytes)) => Some(code_page.decode(bytes)),
            Property::Large(large) if large.len <= LONGEST_IN_MEMORY => {
                let bytes = large.read().ok()?;
                match large.kind {
                    PropType::STRING => Some(utf16_text(&bytes)),
                    PropType::STRING8 => Some(code_page.decode(&bytes)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Several texts, or one as several.
    #[must_use]
    pub fn texts(&self, id: PropId, code_page: CodePage) -> Vec<String> {
        let one = |value: &Value| match value {
            Value::Unicode(text) => Some(text.clone()),
            Value::String8(bytes) => Some(code_page.decode(bytes)),
            _ => None,
        };
        match self.value(id) {
            Some(Value::Multiple(values)) => values.iter().filter_map(one).collect(),
            Some(value) => one(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The bytes of text or binary values as they are, in memory or not, up to 64 MiB. UTF-16 text comes as UTF-8.
    ///
    /// `None` if the property is not there or is of another kind.
    pub fn bytes(&self, id: PropId) -> Option<Result<Vec<u8>, MapiError>> {
        Some(match self.map.get(&id)? {
            Property::Value(Value::Binary(bytes) | Value::String8(bytes)) => Ok(bytes.clone()),
            Property::Value(Value::Unicode(text)) => Ok(text.clone().into_bytes()),
            Property::Value(_) => return None,
            Property::Unreadable(error) => Err(error.clone()),
            Property::Large(large) if large.len > LONGEST_IN_MEMORY => Err(MapiError::new(format!("{} bytes are too many for memory", large.len))),
            Property::Large(large) => match large.read() {
                Ok(bytes) if large.kind == PropType::STRING => Ok(utf16_text(&bytes).into_bytes()),
                other => other.map_err(MapiError::from),
            },
        })
    }

    /// Opens a property's bytes, held or not, of any length; UTF-16 text that was not held comes as UTF-16LE.
    ///
    /// `None` if the property is not there or is of another kind.
    pub fn open(&self, id: PropId) -> Option<io::Result<Box<dyn Read + Send>>> {
        Some(match self.map.get(&id)? {
            Property::Value(Value::Binary(bytes) | Value::String8(bytes)) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Property::Value(Value::Unicode(text)) => Ok(Box::new(Cursor::new(text.clone().into_bytes()))),
            Property::Value(_) => return None,
            Property::Unreadable(error) => Err(error.clone().into()),
            Property::Large(large) => large.source.open(),
        })
    }

    /// The length in bytes of text or binary values, as far as known.
    #[must_use]
    pub fn byte_len(&self, id: PropId) -> Option<u64> {
        Some(match self.map.get(&id)? {
            Property::Value(Value::Binary(bytes) | Value::String8(bytes)) => bytes.len() as u64,
            Property::Value(Value::Unicode(text)) => text.len() as u64,
            Property::Large(large) => large.len,
            Property::Value(_) | Property::Unreadable(_) => return None,
        })
    }
}

impl Large {
    /// All its bytes, up to 64 MiB whatever `len` says.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.open()?.take(LONGEST_IN_MEMORY).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// UTF-16LE as text: surrogates that stand alone become U+FFFD, NULs at the end and half a unit are cut.
#[must_use]
pub fn utf16_text(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let mut text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.truncate(text.trim_end_matches('\0').len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Held(&'static [u8]);

    impl OpenValue for Held {
        fn open(&self) -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(self.0))
        }
    }

    #[test]
    fn text_is_decoded_wherever_it_is_held() {
        let mut properties = Properties::default();
        properties.set(PropId::SUBJECT, Value::String8(b"caf\xE9".to_vec()));
        properties.set_large(PropTag::from(0x1000_001F), 4, Arc::new(Held(b"A\0\xE9\0")));
        properties.set_unreadable(PropId::BODY_HTML, MapiError::new("a block is missing"));
        properties.set_unreadable(PropId::SUBJECT, MapiError::new("said later"));
        assert_eq!(properties.text(PropId::SUBJECT, CodePage::default()).as_deref(), Some("café"));
        assert_eq!(properties.text(PropId::BODY, CodePage::default()).as_deref(), Some("Aé"));
        assert_eq!(properties.bytes(PropId::BODY), Some(Ok("Aé".as_bytes().to_vec())));
        assert_eq!(properties.bytes(PropId::BODY_HTML), Some(Err(MapiError::new("a block is missing"))));
        assert!(properties.bytes(PropId::RTF_COMPRESSED).is_none());
        assert_eq!(properties.text(PropId::BODY_HTML, CodePage::default()), None);
    }

    #[test]
    fn odd_utf16_is_text_all_the_same() {
        for (bytes, want) in [(&b""[..], ""), (b"A", ""), (b"A\0B", "A"), (b"\x3D\xD8\x00\xDE\0\0\0\0", "😀"), (b"\x00\xDCA\0", "\u{FFFD}A")] {
            assert_eq!(utf16_text(bytes), want);
        }
    }
}
