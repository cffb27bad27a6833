//! Named properties ([MS-PST] §2.4.7): which names stand behind the ids from 0x8000 upward in this file.

use std::collections::BTreeMap;

use super::property_context::PropertyContext;
use crate::store::pst::bytes::{u16_at, u32_at};
use crate::store::pst::error::Result;
use crate::store::pst::ndb::Ndb;

/// The node that holds the map (`NID_NAME_TO_ID_MAP`).
const NID: u32 = 0x61;
/// The map's lists at most, in bytes: 32,000 names of 100 letters each.
const MAX_BYTES: usize = 8 << 20;
/// PS_MAPI and PS_PUBLIC_STRINGS have numbers instead of a place in the list of GUIDs.
const PS_MAPI: [u8; 16] = *b"\x28\x03\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46";
const PS_PUBLIC_STRINGS: [u8; 16] = *b"\x29\x03\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46";

/// What a named property is called within its set.
#[derive(Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Name {
    /// A number (LID).
    Number(u32),
    /// A text.
    Text(String),
}

/// A name with the GUID of its set, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct PropertyName {
    /// The set.
    pub set: [u8; 16],
    /// The name within it.
    pub name: Name,
}

/// The names behind the ids.
#[derive(Clone, Debug, Default)]
pub struct NamedProperties {
    by_id: BTreeMap<u16, PropertyName>,
}

impl NamedProperties {
    /// Reads the map of a file.
    ///
    /// # Errors
    /// There is none, or it can't be read. Mail can be read without it.
    pub fn read(ndb: &Ndb) -> Result<Self> {
        let node = ndb.node(NID)?;
        let properties = PropertyContext::open(ndb, node.data, node.sub)?;
        let list = |id| properties.bytes(id, MAX_BYTES).unwrap_or_default();
        Ok(Self::parse(&list(2), &list(3), &list(4)))
    }

    /// From the lists of GUIDs, entries and strings.
    #[must_use]
    pub fn parse(guids: &[u8], entries: &[u8], strings: &[u8]) -> Self {
        let mut by_id = BTreeMap::new();
        for entry in entries.chunks_exact(8) {
            let (Some(value), Some(kind), Some(number)) = (u32_at(entry, 0), u16_at(entry, 4), u16_at(entry, 6)) else { continue };
            let set = match kind >> 1 {
                0 => Some([0; 16]),
                1 => Some(PS_MAPI),
                2 => Some(PS_PUBLIC_STRINGS),
                place => guids.chunks_exact(16).nth(usize::from(place) - 3).and_then(|guid| guid.try_into().ok()),
            };
            let name = if kind & 1 == 0 { Some(Name::Number(value)) } else { text(strings, value).map(Name::Text) };
            if let (Some(set), Some(name), Some(id)) = (set, name, number.checked_add(0x8000)) {
                by_id.insert(id, PropertyName { set, name });
            }
        }
        Self { by_id }
    }

    /// The name behind an id.
    #[must_use]
    pub fn name(&self, id: u16) -> Option<&PropertyName> {
        self.by_id.get(&id)
    }

    /// The id of a name in this file.
    #[must_use]
    pub fn id(&self, set: &[u8; 16], name: &Name) -> Option<u16> {
        self.by_id.iter().find(|(_, known)| known.set == *set && known.name == *name).map(|(id, _)| *id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &PropertyName)> {
        self.by_id.iter().map(|(id, name)| (*id, name))
    }
}

fn text(strings: &[u8], offset: u32) -> Option<String> {
    let at = usize::try_from(offset).ok()?;
    let len = usize::try_from(u32_at(strings, at)?).ok()?;
    let bytes = strings.get(at.checked_add(4)?..)?.get(..len)?;
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit.first().copied().unwrap_or(0), unit.get(1).copied().unwrap_or(0)]));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

