//! What mail is moved from, as far as the deeds must know it: a safe copy, or an old account.

use std::collections::BTreeMap;

use crate::archive::{Archive, Counts, Described, StoreRecord};
use crate::flow::MessageSource;
use crate::mail::Unreadable;
use crate::mail::wire::WireChanges;
use crate::run::Code;

/// The near end of a transfer. Messages go by the ids of its inventory.
pub trait NearEnd: Send + Sync {
    /// Reads its messages. So many sources are read at once: together they take no more memory.
    fn source(&self, at_once: usize) -> Box<dyn MessageSource>;

    /// Whether its inventory knows what makes messages the same mail elsewhere. If not, that is reckoned as the bytes go by.
    fn knows_twins(&self) -> bool;

    /// A message by name, for people.
    fn describe(&self, id: u64) -> Option<Described>;

    /// How much it holds.
    fn counts(&self) -> Counts;

    /// Messages that could not be read when it was made.
    fn unreadable(&self) -> Vec<Unreadable>;

    /// Messages of which more than line ends is changed on the way to the wire, with what.
    fn altered(&self) -> BTreeMap<u64, WireChanges>;

    /// Is told of one more of them, found out as it went by.
    fn note_altered(&self, id: u64, changes: WireChanges) {
        let _known_beforehand = (id, changes);
    }

    /// The stores or accounts that its mail comes from.
    fn stores(&self) -> Vec<StoreRecord>;

    /// The stable code of a message that it lists and can't give.
    fn unreadable_code(&self) -> Code;
}

impl NearEnd for Archive {
    fn source(&self, at_once: usize) -> Box<dyn MessageSource> {
        Box::new(Self::source(self).one_of(at_once))
    }

    fn knows_twins(&self) -> bool {
        true
    }

    fn describe(&self, id: u64) -> Option<Described> {
        Self::describe(self, id)
    }

    fn counts(&self) -> Counts {
        Self::counts(self)
    }

    fn unreadable(&self) -> Vec<Unreadable> {
        Self::unreadable(self)
    }

    fn altered(&self) -> BTreeMap<u64, WireChanges> {
        Self::altered(self).clone()
    }

    fn stores(&self) -> Vec<StoreRecord> {
        Self::stores(self)
    }

    fn unreadable_code(&self) -> Code {
        Code::ArchiveDamaged
    }
}
