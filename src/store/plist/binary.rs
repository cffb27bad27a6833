//! The binary form (`CFBinaryPList.c`): objects, a table of where they begin, and a trailer of 32 bytes.

use std::collections::BTreeMap;

use super::{Budget, DEEPEST, MOST_VALUES, Value};

pub(super) const MAGIC: &[u8] = b"bplist00";
const TRAILER_BYTES: usize = 32;
/// Seconds from 1970 to 2001, from which dates are counted.
const EPOCH_SECS: f64 = 978_307_200.0;

pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let (body, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER_BYTES)?)?;
    let mut reading = Reading {
        body,
        offset_bytes: usize::from(*trailer.get(6)?),
        reference_bytes: usize::from(*trailer.get(7)?),
        count: number(trailer.get(8..16)?)?,
        table: number(trailer.get(24..32)?)?,
        budget: Budget::new(),
        references: MOST_VALUES,
    };
    reading.object(number(trailer.get(16..24)?)?, 0)
}

struct Reading<'a> {
    /// Everything before the trailer.
    body: &'a [u8],
    offset_bytes: usize,
    reference_bytes: usize,
    count: usize,
    table: usize,
    budget: Budget,
    /// How many may still be followed, wherever they lead.
    references: usize,
}

/// A big-endian number of 1 to 8 bytes that fits an offset.
fn number(bytes: &[u8]) -> Option<usize> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    usize::try_from(bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))).ok()
}

impl<'a> Reading<'a> {
    fn slice(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.body.get(at..at.checked_add(len)?)
    }

    /// The object of this number; `None` for one that is broken, too deep or too much.
    fn object(&mut self, index: usize, depth: usize) -> Option<Value> {
        if index >= self.count || depth > DEEPEST {
            return None;
        }
        let entry = self.table.checked_add(index.checked_mul(self.offset_bytes)?)?;
        let at = number(self.slice(entry, self.offset_bytes)?)?;
        let marker = *self.body.get(at)?;
        let (kind, low) = (marker >> 4, marker & 0xF);
        let (len, at) = if matches!(kind, 0x4..=0x6 | 0xA..=0xD) && low == 0xF { self.long_length(at + 1)? } else { (usize::from(low), at + 1) };
        match kind {
            0x0 => self.plain(match low {
                8 => Value::Boolean(false),
                9 => Value::Boolean(true),
                _ => return None,
            }),
            0x1 => {
                let bytes = self.slice(at, 1_usize.checked_shl(u32::from(low))?)?;
                // Shorter ones have no sign; of the longest the upper half only extends it.
                let (high, low) = bytes.split_at(bytes.len().saturating_sub(8));
                let number = low.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
                let is_extension = high.iter().all(|byte| *byte == 0) && i64::try_from(number).is_ok() || high.iter().all(|byte| *byte == 0xFF);
                if high.is_empty() || is_extension { self.plain(Value::Integer(number.cast_signed())) } else { None }
            }
            0x2 => match *self.slice(at, 1_usize.checked_shl(u32::from(low))?)? {
                [a, b, c, d] => self.plain(Value::Real(f64::from(f32::from_be_bytes([a, b, c, d])))),
                [a, b, c, d, e, f, g, h] => self.plain(Value::Real(f64::from_be_bytes([a, b, c, d, e, f, g, h]))),
                _ => None,
            },
            0x3 => match *self.slice(at, 8)? {
                [a, b, c, d, e, f, g, h] => {
                    let seconds = f64::from_be_bytes([a, b, c, d, e, f, g, h]) + EPOCH_SECS;
                    if seconds.is_finite() { self.plain(Value::Date(seconds as i64)) } else { None }
                }
                _ => None,
            },
            0x4 => {
                let bytes = self.slice(at, len)?;
                self.budget.take(len).then(|| Value::Data(bytes.to_vec()))
            }
            0x5 => {
                let bytes = self.slice(at, len)?;
                self.budget.take(len).then(|| Value::Text(String::from_utf8_lossy(bytes).into_owned()))
            }
            0x6 => {
                let bytes = self.slice(at, len.checked_mul(2)?)?;
                let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
                self.budget.take(bytes.len()).then(|| Value::Text(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()))
            }
            0xA..=0xC => self.array(at, len, depth),
            0xD => self.dictionary(at, len, depth),
            _ => None,
        }
    }

    fn plain(&mut self, value: Value) -> Option<Value> {
        self.budget.take(0).then_some(value)
    }

    /// A length that is an object of its own, and where its contents begin.
    fn long_length(&self, at: usize) -> Option<(usize, usize)> {
        let marker = *self.body.get(at)?;
        let bytes = 1_usize.checked_shl(u32::from(marker & 0xF)).filter(|bytes| marker >> 4 == 1 && *bytes <= 8)?;
        Some((number(self.slice(at + 1, bytes)?)?, at + 1 + bytes))
    }

    /// The object that a reference names; what is broken is left out.
    fn referred(&mut self, at: usize, place: usize, depth: usize) -> Option<Value> {
        self.references = self.references.checked_sub(1)?;
        let at = at.checked_add(place.checked_mul(self.reference_bytes)?)?;
        let index = number(self.slice(at, self.reference_bytes)?)?;
        self.object(index, depth + 1)
    }

    fn array(&mut self, at: usize, len: usize, depth: usize) -> Option<Value> {
        self.slice(at, len.checked_mul(self.reference_bytes)?)?;
        self.budget.take(0).then_some(())?;
        let mut items = Vec::new();
        for place in 0..len {
            if self.references == 0 {
                break;
            }
            items.extend(self.referred(at, place, depth));
        }
        Some(Value::Array(items))
    }

    fn dictionary(&mut self, at: usize, len: usize, depth: usize) -> Option<Value> {
        self.slice(at, len.checked_mul(2)?.checked_mul(self.reference_bytes)?)?;
        self.budget.take(0).then_some(())?;
        let mut entries = BTreeMap::new();
        for place in 0..len {
            if self.references == 0 {
                break;
            }
            if let Some(Value::Text(key)) = self.referred(at, place, depth)
                && let Some(value) = self.referred(at, len + place, depth)
            {
                entries.entry(key).or_insert(value);
            }
        }
        Some(Value::Dictionary(entries))
    }
}
