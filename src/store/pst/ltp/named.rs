//! Named properties ([MS-PST] §2.4.7): which names stand behind the ids from 0x8000 upward in this file.

use super::property_context::PropertyContext;
use crate::store::mapi::{Guid, Name, NamedProperties, PropId, PropertyName, utf16_text};
use crate::store::pst::bytes::{u16_at, u32_at};
use crate::store::pst::error::Result;
use crate::store::pst::ndb::Ndb;

/// The node that holds the map (`NID_NAME_TO_ID_MAP`).
const NID: u32 = 0x61;
/// Each of the map's lists at most, in bytes: 32,000 names of 100 letters each.
const MAX_BYTES: usize = 8 << 20;

/// Reads the map of a file.
///
/// # Errors
/// There is none, or it can't be read. Mail can be read without it.
pub fn read(ndb: &Ndb) -> Result<NamedProperties> {
    let node = ndb.node(NID)?;
    let properties = PropertyContext::open(ndb, node.data, node.sub)?;
    let list = |id| properties.bytes(id, MAX_BYTES).unwrap_or_default();
    Ok(parse(&list(2), &list(3), &list(4)))
}

/// From the lists of GUIDs, entries and strings.
#[must_use]
pub fn parse(guids: &[u8], entries: &[u8], strings: &[u8]) -> NamedProperties {
    let mut names = NamedProperties::default();
    for entry in entries.chunks_exact(8) {
        let (Some(value), Some(kind), Some(number)) = (u32_at(entry, 0), u16_at(entry, 4), u16_at(entry, 6)) else { continue };
        // PS_MAPI and PS_PUBLIC_STRINGS have numbers instead of a place in the list.
        let set = match kind >> 1 {
            0 => Some(Guid::default()),
            1 => Some(Guid::MAPI),
            2 => Some(Guid::PUBLIC_STRINGS),
            place => guids.chunks_exact(16).nth(usize::from(place) - 3).and_then(Guid::read),
        };
        let name = if kind & 1 == 0 { Some(Name::Id(value)) } else { text(strings, value).map(Name::Text) };
        if let (Some(set), Some(name), Some(id)) = (set, name, number.checked_add(0x8000)) {
            names.insert(PropId(id), PropertyName { set, name });
        }
    }
    names
}

fn text(strings: &[u8], offset: u32) -> Option<String> {
    let at = usize::try_from(offset).ok()?;
    let len = usize::try_from(u32_at(strings, at)?).ok()?;
    strings.get(at.checked_add(4)?..)?.get(..len).map(utf16_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers_or_texts_of_a_set() {
        let mut guids = Guid::COMMON.as_bytes().to_vec();
        guids.extend_from_slice(Guid::TASK.as_bytes());
        let strings = b"\x06\0\0\0a\0b\0c\0";
        let entries = [
            b"\x03\x85\0\0\x06\0\0\0".as_slice(), // the first of the list, number 0x8503
            b"\x81\x81\0\0\x08\0\x01\0",          // the second
            b"\0\0\0\0\x05\0\x02\0",              // a text of the public strings
            b"\0\0\0\0\x0A\0\x03\0",              // a set that is not there
            b"\x63\0\0\0\x05\0\x04\0",            // a text that is not there
            b"\0\0\0\0\x04\0\xFF\xFF",            // beyond the ids there are
        ]
        .concat();
        let names = parse(&guids, &entries, strings);
        assert_eq!(names.len(), 3);
        assert_eq!(names.id(Guid::COMMON, 0x8503), Some(PropId(0x8000)));
        assert_eq!(names.id(Guid::TASK, 0x8181), Some(PropId(0x8001)));
        assert_eq!(names.text(Guid::PUBLIC_STRINGS, "abc"), Some(PropId(0x8002)));
    }
}
