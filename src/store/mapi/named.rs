//! Properties from 0x8000 up: which number a file gave to a name ([MS-OXPROPS] §1.3.2, [MS-OXCDATA] §2.6.1).

use std::collections::BTreeMap;

use super::guid::Guid;
use super::tag::PropId;

/// A name within a property set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Name {
    /// A number, as PidLid properties have.
    Id(u32),
    /// Text, as PidName properties have; compared without regard to case.
    Text(String),
}

impl Name {
    fn folded(&self) -> Self {
        match self {
            Self::Id(id) => Self::Id(*id),
            Self::Text(text) => Self::Text(text.to_lowercase()),
        }
    }
}

/// A property's full name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct PropertyName {
    /// Its property set.
    pub set: Guid,
    /// Its name in there.
    pub name: Name,
}

/// Names and numbers of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedProperties {
    ids: BTreeMap<PropertyName, PropId>,
    names: BTreeMap<PropId, PropertyName>,
}

impl NamedProperties {
    /// Adds a pair; of a number or a name given twice, the first stands.
    pub fn insert(&mut self, id: PropId, name: PropertyName) {
        let folded = PropertyName { set: name.set, name: name.name.folded() };
        self.ids.entry(folded).or_insert(id);
        self.names.entry(id).or_insert(name);
    }

    /// The number of a name that is a number.
    #[must_use]
    pub fn id(&self, set: Guid, id: u32) -> Option<PropId> {
        self.ids.get(&PropertyName { set, name: Name::Id(id) }).copied()
    }

    /// The number of a name that is text, of any case.
    #[must_use]
    pub fn text(&self, set: Guid, name: &str) -> Option<PropId> {
        self.ids.get(&PropertyName { set, name: Name::Text(name.to_lowercase()) }).copied()
    }

    /// The name of a number.
    #[must_use]
    pub fn name(&self, id: PropId) -> Option<&PropertyName> {
        self.names.get(&id)
    }

    /// All pairs in the order of numbers.
    pub fn iter(&self) -> impl Iterator<Item = (PropId, &PropertyName)> {
        self.names.iter().map(|(id, name)| (*id, name))
    }

    /// How many numbers have a name.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_any_case_and_the_first_stands() {
        let mut names = NamedProperties::default();
        names.insert(PropId(0x8001), PropertyName { set: Guid::PUBLIC_STRINGS, name: Name::Text("Keywords".into()) });
        names.insert(PropId(0x8002), PropertyName { set: Guid::COMMON, name: Name::Id(0x8503) });
        names.insert(PropId(0x8003), PropertyName { set: Guid::COMMON, name: Name::Id(0x8503) });
        assert_eq!(names.text(Guid::PUBLIC_STRINGS, "keywords"), Some(PropId(0x8001)));
        assert_eq!(names.text(Guid::COMMON, "keywords"), None);
        assert_eq!(names.id(Guid::COMMON, 0x8503), Some(PropId(0x8002)));
        assert_eq!(names.name(PropId(0x8001)).map(|name| &name.name), Some(&Name::Text("Keywords".into())));
        assert_eq!(names.len(), 3);
    }
}
