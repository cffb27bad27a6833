//! Apple's property lists, as XML or binary: what Apple Mail says of a message, and of its accounts.
//!
//! Read with bounds of our own: in a binary list any object may name any other one, so that a few hundred bytes can stand for
//! more values than any memory holds. What is broken off is read as far as it goes.

mod binary;
mod xml;

use std::collections::BTreeMap;

/// Values within values are followed as deep as this.
const DEEPEST: usize = 32;
/// A list has as many values at most; the rest is left out.
const MOST_VALUES: usize = 50_000;
/// Bytes of text and data that are kept at most (8 MB).
const MOST_BYTES: usize = 8_000_000;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Values by their keys; of a key given twice, the first stands.
    Dictionary(BTreeMap<String, Self>),
    /// Values in order.
    Array(Vec<Self>),
    /// Text; what is no UTF-8 or UTF-16 is replaced.
    Text(String),
    /// A whole number; one that needs more than 64 bits is left out.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// True or false.
    Boolean(bool),
    /// Bytes.
    Data(Vec<u8>),
    /// A moment, Unix seconds.
    Date(i64),
}

impl Value {
    /// The value of a dictionary's key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dictionary(entries) => entries.get(key),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, whichever form it has; a moment as Unix seconds.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) | Self::Date(number) => Some(*number),
            Self::Boolean(is_true) => Some(i64::from(*is_true)),
            // A cast cuts to the nearest number that there is.
            Self::Real(number) if number.is_finite() => Some(*number as i64),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The values of an array; of everything else none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }
}

/// Reads a list of either kind. `None` if it is none.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Value> {
    if bytes.starts_with(binary::MAGIC) { binary::read(bytes) } else { xml::read(bytes) }
}

/// What a reading may still take.
struct Budget {
    values: usize,
    bytes: usize,
}

impl Budget {
    const fn new() -> Self {
        Self { values: MOST_VALUES, bytes: MOST_BYTES }
    }

    /// Takes one value with as many bytes; false once there were too many.
    const fn take(&mut self, bytes: usize) -> bool {
        if self.values == 0 || self.bytes < bytes {
            return false;
        }
        self.values -= 1;
        self.bytes -= bytes;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same list, written by another program's library in both forms.
    fn sample() -> plist::Value {
        let mut inner = plist::Dictionary::new();
        inner.insert("AccountName".into(), "Grüße & <mehr>".into());
        inner.insert("PortNumber".into(), 995.into());
        inner.insert("SSLEnabled".into(), true.into());
        inner.insert("Weight".into(), 0.5.into());
        inner.insert("Blob".into(), plist::Value::Data(vec![0, 1, 254, 255]));
        let mut outer = plist::Dictionary::new();
        outer.insert("MailAccounts".into(), plist::Value::Array(vec![inner.into(), "plain".into(), (-7).into()]));
        outer.insert("flags".into(), 8_623_750_272_u64.into());
        outer.into()
    }

    fn written(binary: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        if binary { sample().to_writer_binary(&mut bytes) } else { sample().to_writer_xml(&mut bytes) }.expect("written");
        bytes
    }

    #[test]
    fn both_forms_say_the_same() {
        for binary in [false, true] {
            let value = read(&written(binary)).expect("a list");
            assert_eq!(value.get("flags").and_then(Value::integer), Some(8_623_750_272));
            let items = value.get("MailAccounts").expect("there").items();
            assert_eq!(items.len(), 3);
            assert_eq!(items[0].get("AccountName").and_then(Value::text), Some("Grüße & <mehr>"));
            assert_eq!(items[0].get("PortNumber"), Some(&Value::Integer(995)));
            assert_eq!(items[0].get("SSLEnabled"), Some(&Value::Boolean(true)));
            assert_eq!(items[0].get("Weight"), Some(&Value::Real(0.5)));
            assert_eq!(items[0].get("Blob"), Some(&Value::Data(vec![0, 1, 254, 255])));
            assert_eq!((items[1].text(), items[2].integer()), (Some("plain"), Some(-7)));
        }
    }

    #[test]
    fn what_is_broken_off_or_changed_gives_less_and_never_more_than_memory_holds() {
        for binary in [false, true] {
            let whole = written(binary);
            for at in 0..whole.len() {
                let _any = read(&whole[..at]);
                let mut changed = whole.clone();
                changed[at] ^= 0x2F;
                let _any = read(&changed);
            }
        }
        // Cut near its end, an XML list still says what came before.
        let whole = written(false);
        let cut = memchr::memmem::rfind(&whole, b"<key>").expect("a key");
        assert_eq!(read(&whole[..cut]).and_then(|value| value.get("MailAccounts").map(|list| list.items().len())), Some(3));
    }

    #[test]
    fn a_list_that_names_itself_again_and_again_ends() {
        // Forty arrays, each naming the next one sixteen times: 16^40 values.
        let mut bytes = b"bplist00".to_vec();
        let mut offsets = Vec::new();
        for next in 1..=40_u8 {
            offsets.push(bytes.len() as u16);
            bytes.extend([0xAF, 0x10, 16]);
            bytes.extend([next; 16]);
        }
        offsets.push(bytes.len() as u16);
        bytes.extend([0x10, 1]);
        let table = bytes.len() as u64;
        for offset in &offsets {
            bytes.extend(offset.to_be_bytes());
        }
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        for number in [offsets.len() as u64, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        assert!(matches!(read(&bytes), Some(Value::Array(_))));
        let deep = [b"<plist>".to_vec(), b"<array>".repeat(100_000)].concat();
        assert!(read(&deep).is_some());
    }
}
