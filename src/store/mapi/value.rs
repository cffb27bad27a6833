//! One value of a property ([MS-OXCDATA] §2.11.1).

use super::error::MapiError;
use super::guid::Guid;
use super::properties::utf16_text;
use super::tag::PropType;
use super::time::FileTime;

/// A value as its file held it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// 16 bits, signed.
    Integer16(i16),
    /// 32 bits, signed.
    Integer32(i32),
    /// 64 bits, signed; CURRENCY, too.
    Integer64(i64),
    /// A 32-bit float.
    Floating32(f32),
    /// A 64-bit float; FLOATING_TIME, too.
    Floating64(f64),
    /// True or false.
    Boolean(bool),
    /// An error's code instead of a value.
    ErrorCode(u32),
    /// A moment.
    Time(FileTime),
    /// A GUID.
    Guid(Guid),
    /// Text that was UTF-16; surrogates that stand alone became U+FFFD, NULs at the end are cut.
    Unicode(String),
    /// Text in a code page that only the message or its store tells; NULs at the end are cut.
    String8(Vec<u8>),
    /// Bytes; SERVER_ID and OBJECT, too.
    Binary(Vec<u8>),
    /// Several values.
    Multiple(Vec<Self>),
}

impl Value {
    /// A single value from its little-endian bytes; a kind that is not known becomes [`Value::Binary`].
    ///
    /// # Errors
    /// Fewer bytes than the kind has, or a kind of several values: each format lays those out in its own way.
    pub fn read(kind: PropType, bytes: &[u8]) -> Result<Self, MapiError> {
        if kind.is_multiple() {
            return Err(MapiError::new(format!("{kind:?} has several values")));
        }
        let short = || MapiError::new(format!("{} bytes are too few for a value of type {kind:?}", bytes.len()));
        let two = || bytes.first_chunk::<2>().copied().ok_or_else(short);
        let four = || bytes.first_chunk::<4>().copied().ok_or_else(short);
        let eight = || bytes.first_chunk::<8>().copied().ok_or_else(short);
        Ok(match kind {
            PropType::NULL => Self::Null,
            PropType::INTEGER16 => Self::Integer16(i16::from_le_bytes(two()?)),
            PropType::INTEGER32 => Self::Integer32(i32::from_le_bytes(four()?)),
            PropType::FLOATING32 => Self::Floating32(f32::from_le_bytes(four()?)),
            PropType::FLOATING64 | PropType::FLOATING_TIME => Self::Floating64(f64::from_le_bytes(eight()?)),
            PropType::CURRENCY | PropType::INTEGER64 => Self::Integer64(i64::from_le_bytes(eight()?)),
            PropType::ERROR => Self::ErrorCode(u32::from_le_bytes(four()?)),
            PropType::BOOLEAN => Self::Boolean(*bytes.first().ok_or_else(short)? != 0),
            PropType::TIME => Self::Time(FileTime(u64::from_le_bytes(eight()?))),
            PropType::GUID => Self::Guid(Guid::read(bytes).ok_or_else(short)?),
            PropType::STRING => Self::Unicode(utf16_text(bytes)),
            PropType::STRING8 => Self::string8(bytes),
            _ => Self::Binary(bytes.to_vec()),
        })
    }

    /// Text in a code page; NULs at the end are cut.
    #[must_use]
    pub fn string8(bytes: &[u8]) -> Self {
        let len = bytes.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
        Self::String8(bytes.get(..len).unwrap_or(bytes).to_vec())
    }

    /// Any integer or truth value as a number.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        Some(match self {
            Self::Integer16(value) => i64::from(*value),
            Self::Integer32(value) => i64::from(*value),
            Self::Integer64(value) => *value,
            Self::Boolean(value) => i64::from(*value),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_by_its_kind() {
        for (kind, bytes, want) in [
            (PropType::INTEGER16, &[0xFE, 0xFF][..], Value::Integer16(-2)),
            (PropType::INTEGER32, &[1, 0, 0, 0], Value::Integer32(1)),
            (PropType::BOOLEAN, &[1, 0], Value::Boolean(true)),
            (PropType::STRING, &[0x41, 0, 0x00, 0xD8, 0, 0], Value::Unicode("A\u{FFFD}".into())),
            (PropType::STRING8, b"caf\xE9\0", Value::String8(b"caf\xE9".to_vec())),
            (PropType::BINARY, &[0, 0], Value::Binary(vec![0, 0])),
            (PropType(0x00FD), &[9], Value::Binary(vec![9])),
        ] {
            assert_eq!(Value::read(kind, bytes), Ok(want));
        }
        assert!(Value::read(PropType::INTEGER32, &[1, 0, 0]).is_err());
        assert!(Value::read(PropType(0x101F), &[]).is_err());
    }
}
