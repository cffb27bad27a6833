//! The names of a file's numbered properties ([MS-OXMSG] §2.2.3): three streams of GUIDs, entries and texts.

use super::file::MsgFile;
use crate::store::mapi::{Guid, Name, NamedProperties, PropId, PropertyName, utf16_text};

/// More bytes of names than these are not read.
const LONGEST: u64 = 16 << 20;

/// Reads them; what is damaged is left out.
pub(super) fn read(file: &MsgFile) -> NamedProperties {
    let top = file.list(MsgFile::root());
    let Some(dir) = top.iter().find(|entry| entry.is_storage && entry.name.eq_ignore_ascii_case("__nameid_version1.0")) else {
        return NamedProperties::default();
    };
    let entries = file.list(dir.id);
    let stream = |name: &str| {
        let entry = entries.iter().find(|entry| !entry.is_storage && entry.name.eq_ignore_ascii_case(name));
        entry.and_then(|entry| file.read(entry.id, LONGEST).ok()).unwrap_or_default()
    };
    parse(&stream("__substg1.0_00020102"), &stream("__substg1.0_00030102"), &stream("__substg1.0_00040102"))
}

fn parse(guids: &[u8], entries: &[u8], texts: &[u8]) -> NamedProperties {
    let mut names = NamedProperties::default();
    for entry in entries.as_chunks::<8>().0 {
        let [n0, n1, n2, n3, k0, k1, i0, i1] = *entry;
        let (number, kind, index) = (u32::from_le_bytes([n0, n1, n2, n3]), u16::from_le_bytes([k0, k1]), u16::from_le_bytes([i0, i1]));
        let set = match kind >> 1 {
            1 => Some(Guid::MAPI),
            2 => Some(Guid::PUBLIC_STRINGS),
            at => usize::from(at).checked_sub(3).and_then(|at| guids.get(at * 16..)).and_then(Guid::read),
        };
        let name = if kind & 1 == 0 { Some(Name::Id(number)) } else { text(texts, number as usize).map(Name::Text) };
        if let (Some(set), Some(name), Some(id)) = (set, name, 0x8000u16.checked_add(index)) {
            names.insert(PropId(id), PropertyName { set, name });
        }
    }
    names
}

fn text(texts: &[u8], at: usize) -> Option<String> {
    let rest = texts.get(at..)?;
    let len = u32::from_le_bytes(*rest.first_chunk::<4>()?) as usize;
    rest.get(4..)?.get(..len).map(utf16_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers_or_texts() {
        let entries = [[0x0D, 0x82, 0, 0, 6, 0, 0, 0], [0, 0, 0, 0, 5, 0, 1, 0], [9, 9, 9, 9, 9, 9, 2, 0]].concat();
        let texts = [&[2, 0, 0, 0][..], b"A\0"].concat();
        let names = parse(Guid::APPOINTMENT.as_bytes(), &entries, &texts);
        assert_eq!(names.id(Guid::APPOINTMENT, 0x820D), Some(PropId(0x8000)));
        assert_eq!(names.text(Guid::PUBLIC_STRINGS, "a"), Some(PropId(0x8001)));
        assert_eq!(names.len(), 2);
    }
}
