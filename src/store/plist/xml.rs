//! The XML form: `<dict>`, `<array>` and plain values, each a tag.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Budget, DEEPEST, Value};

/// A dictionary or an array whose end has not come yet.
enum Open {
    Dictionary(BTreeMap<String, Value>, Option<String>),
    Array(Vec<Value>),
}

impl Open {
    fn take(&mut self, value: Value) {
        match self {
            Self::Dictionary(entries, key) => {
                if let Some(key) = key.take() {
                    entries.entry(key).or_insert(value);
                }
            }
            Self::Array(items) => items.push(value),
        }
    }

    fn close(self) -> Value {
        match self {
            Self::Dictionary(entries, _) => Value::Dictionary(entries),
            Self::Array(items) => Value::Array(items),
        }
    }
}

/// Reads as far as the text is a list.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let mut reading = Reading { open: Vec::new(), too_deep: 0, text: String::new(), budget: Budget::new(), root: None };
    let mut reader = Reader::from_reader(bytes);
    while reading.root.is_none() {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => {
                if reading.event(&event).is_none() {
                    break;
                }
            }
        }
    }
    reading.finish()
}

struct Reading {
    open: Vec<Open>,
    /// Containers within the deepest one that is kept.
    too_deep: usize,
    text: String,
    budget: Budget,
    root: Option<Value>,
}

impl Reading {
    /// `None` once there is too much.
    fn event(&mut self, event: &Event<'_>) -> Option<()> {
        match event {
            Event::Start(tag) => {
                self.text.clear();
                match tag.name().as_ref() {
                    b"dict" => self.begin(Open::Dictionary(BTreeMap::new(), None))?,
                    b"array" => self.begin(Open::Array(Vec::new()))?,
                    _ => {}
                }
            }
            Event::Text(text) => self.add(&String::from_utf8_lossy(text))?,
            Event::CData(text) => self.add(&String::from_utf8_lossy(text))?,
            Event::GeneralRef(name) => {
                let c = match &**name {
                    b"amp" => Some('&'),
                    b"lt" => Some('<'),
                    b"gt" => Some('>'),
                    b"quot" => Some('"'),
                    b"apos" => Some('\''),
                    _ => name.resolve_char_ref().ok().flatten(),
                };
                self.add(c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]))?;
            }
            Event::Empty(tag) => {
                self.text.clear();
                match tag.name().as_ref() {
                    b"dict" => self.value(Value::Dictionary(BTreeMap::new()))?,
                    b"array" => self.value(Value::Array(Vec::new()))?,
                    name => self.scalar(name)?,
                }
            }
            Event::End(tag) => match tag.name().as_ref() {
                b"dict" | b"array" if self.too_deep > 0 => self.too_deep -= 1,
                b"dict" | b"array" => {
                    if let Some(closed) = self.open.pop() {
                        self.put(closed.close());
                    }
                }
                name => self.scalar(name)?,
            },
            _ => {}
        }
        Some(())
    }

    fn begin(&mut self, open: Open) -> Option<()> {
        if self.too_deep > 0 || self.open.len() >= DEEPEST {
            self.too_deep += 1;
            return Some(());
        }
        self.open.push(open);
        self.budget.take(0).then_some(())
    }

    fn add(&mut self, text: &str) -> Option<()> {
        self.budget.bytes = self.budget.bytes.checked_sub(text.len())?;
        self.text.push_str(text);
        Some(())
    }

    /// A plain value's end, or an empty tag.
    fn scalar(&mut self, name: &[u8]) -> Option<()> {
        let text = std::mem::take(&mut self.text);
        let number = text.trim();
        let value = match name {
            b"key" => {
                if let Some(Open::Dictionary(_, key)) = self.open.last_mut().filter(|_| self.too_deep == 0) {
                    *key = Some(text);
                }
                return Some(());
            }
            b"string" => Value::Text(text),
            b"integer" => match number.strip_prefix("0x") {
                Some(digits) => Value::Integer(i64::from_str_radix(digits, 16).ok()?),
                None => number.parse().map_or(Value::Text(text), Value::Integer),
            },
            b"real" => number.parse().map_or(Value::Text(text), Value::Real),
            b"true" => Value::Boolean(true),
            b"false" => Value::Boolean(false),
            b"date" => number.parse::<jiff::Timestamp>().map_or(Value::Text(text), |at| Value::Date(at.as_second())),
            b"data" => {
                let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
                Value::Data(STANDARD.decode(packed).unwrap_or_default())
            }
            _ => return Some(()),
        };
        self.value(value)
    }

    fn value(&mut self, value: Value) -> Option<()> {
        if self.too_deep == 0 {
            self.put(value);
        }
        self.budget.take(0).then_some(())
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            Some(open) => open.take(value),
            None => self.root = Some(value),
        }
    }

    /// Closes what was left open.
    fn finish(mut self) -> Option<Value> {
        while let Some(closed) = self.open.pop() {
            self.put(closed.close());
        }
        self.root
    }
}
