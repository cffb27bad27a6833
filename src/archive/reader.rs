//! An open safe copy: what it holds, small enough in memory for a million messages.
//!
//! Of each message only its place is kept; everything else is read again when it is asked for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::Secret;
use super::check::{self, CheckReport};
use super::index::Index;
use super::opening::Opening;
use super::pack::Unpacker;
use super::record::{OtherRecord, Record, StoreRecord};
use super::shelf::{Place, Shelf, Volume};
use super::source::ArchiveSource;
use crate::flow::{Inventory, NearMailbox, NearMessage};
use crate::mail::header::Headers;
use crate::mail::wire::WireChanges;
use crate::mail::{InternalDate, MailboxPath, SpecialUse, Unreadable};
use crate::run::{Code, Problem, Run};

/// A message without a line in any manifest, found by [`Archive::open_for_rescue`].
#[derive(Clone, Debug)]
pub(super) struct Orphan {
    pub(super) volume: u16,
    pub(super) offset: u64,
    pub(super) entry: String,
}

/// A folder of the safe copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Its store.
    pub store: String,
    /// Its true name.
    pub path: MailboxPath,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// Messages, deleted and superseded ones left out.
    pub messages: u64,
    /// Their stored bytes.
    pub bytes: u64,
    /// Messages that their program counts as deleted.
    pub deleted: u64,
}

/// What a safe copy holds, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages, deleted and superseded ones left out.
    pub messages: u64,
    /// Their stored bytes.
    pub stored_bytes: u64,
    /// Their wire bytes.
    pub wire_bytes: u64,
    /// Messages that their program counts as deleted.
    pub deleted: u64,
    /// Of `messages`: only the head was ever downloaded.
    pub partial: u64,
    /// Messages that could not be read.
    pub unreadable: u64,
    /// Records for which a later one of the same message stands.
    pub superseded: u64,
}

/// A message by name, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its id.
    pub id: u64,
    /// Its store.
    pub store: String,
    /// Its folder.
    pub folder: MailboxPath,
    /// Received on.
    pub date: InternalDate,
    /// From.
    pub from: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Wire bytes.
    pub bytes: u64,
}

/// A safe copy, open for reading.
#[derive(Debug)]
pub struct Archive {
    pub(super) shelf: Arc<Shelf>,
    pub(super) index: Index,
    pub(super) stores: BTreeMap<String, StoreRecord>,
    pub(super) folders: Vec<Folder>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) others: Vec<(u16, OtherRecord)>,
    pub(super) counts: Counts,
    pub(super) orphans: Vec<Orphan>,
    pub(super) damage: Vec<String>,
    pub(super) altered: BTreeMap<u64, WireChanges>,
    /// What the first plan takes, by folder.
    pub(super) near: Mutex<Option<Vec<Vec<NearMessage>>>>,
}

impl Archive {
    /// Opens the safe copy in `dir`: every volume of the index must be there with its length, every manifest readable.
    ///
    /// Bytes are not read through here: each message is compared when it is read, all of them by [`Archive::check`].
    ///
    /// # Errors
    /// `ARCHIVE-MISSING` if there is none, `ARCHIVE-DAMAGED` with what is wrong and how much can be saved,
    /// `ARCHIVE-PASSPHRASE`.
    pub fn open(dir: &Path, passphrase: Option<Secret>) -> Result<Self, Problem> {
        Self::open_with(dir, Opening::new(dir, passphrase))?.whole(dir)
    }

    /// The same, and the manifests need not be read a second time for the first [`Archive::inventory`].
    ///
    /// # Errors
    /// As for [`Archive::open`].
    pub fn open_for_plan(dir: &Path, passphrase: Option<Secret>) -> Result<Self, Problem> {
        Self::open_with(dir, Opening::new(dir, passphrase).for_a_plan())?.whole(dir)
    }

    fn whole(self, dir: &Path) -> Result<Self, Problem> {
        if self.damage.is_empty() {
            return Ok(self);
        }
        let whole = self.shelf.places.len() + self.orphans.len();
        let what = format!("{}; about {whole} of {} messages can still be read", self.damage.join("; "), self.index.messages);
        Err(Problem::run(Code::ArchiveDamaged, what).at(dir.display()))
    }

    /// Opens what is left of a damaged safe copy, for [`Archive::check`] and [`Archive::extract`]; see [`Archive::damage`].
    ///
    /// # Errors
    /// `ARCHIVE-MISSING` if there is not one volume, `ARCHIVE-PASSPHRASE`.
    pub fn open_for_rescue(dir: &Path, passphrase: Option<Secret>) -> Result<Self, Problem> {
        Self::open_with(dir, Opening::new(dir, passphrase))
    }

    fn open_with(dir: &Path, mut opening: Opening) -> Result<Self, Problem> {
        let missing = || Problem::run(Code::ArchiveMissing, "there is no safe copy in this folder").at(dir.display());
        if !dir.is_dir() {
            return Err(missing());
        }
        let index = match Index::read(dir)? {
            Some(index) => index,
            None => opening.index_from_volumes()?,
        };
        if index.volumes.is_empty() {
            return Err(missing());
        }
        for record in &index.volumes {
            opening.volume(record)?;
        }
        Ok(opening.finish(index))
    }

    /// True if there is something in `dir` that calls itself a safe copy.
    #[must_use]
    pub fn is_at(dir: &Path) -> bool {
        Index::read(dir).is_ok_and(|index| index.is_some_and(|index| !index.volumes.is_empty()))
    }

    /// What is wrong with it, in words; empty after [`Archive::open`].
    #[must_use]
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    /// The index.
    #[must_use]
    pub const fn index(&self) -> &Index {
        &self.index
    }

    /// The stores its messages came from, by id.
    #[must_use]
    pub fn stores(&self) -> Vec<StoreRecord> {
        self.stores.values().cloned().collect()
    }

    /// Its folders in the order they came.
    #[must_use]
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// The messages that could not be read when it was made.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Unreadable> {
        self.unreadable.clone()
    }

    /// How much it holds.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// What it holds, as a plan wants it: without deleted, unreadable and superseded messages, some 90 bytes each.
    ///
    /// The account's own store is the one whose address is `account_address`, case ignored; if there is none, the only store,
    /// or the only one with POP.
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` if a manifest can't be read any more.
    pub fn inventory(&self, account_address: &str) -> Result<Inventory<NearMailbox>, Problem> {
        let own = self.own_stores(account_address);
        let mut at = HashMap::new();
        let mut mailboxes = Vec::new();
        for folder in self.folders.iter().filter(|folder| folder.messages > 0 || folder.deleted == 0) {
            at.insert((folder.store.clone(), folder.path.clone()), mailboxes.len());
            let name = self.stores.get(&folder.store).map_or("", |store| store.name.as_str());
            mailboxes.push(NearMailbox {
                store: folder.store.clone(),
                store_name: if name.is_empty() { folder.store.clone() } else { name.to_owned() },
                own_account: own.contains(&folder.store),
                path: folder.path.clone(),
                role: folder.role,
                messages: Vec::new(),
            });
        }
        let kept = self.near.lock().map_or(None, |mut near| near.take());
        if let Some(kept) = kept {
            for (folder, mut messages) in self.folders.iter().zip(kept) {
                let place = at.get(&(folder.store.clone(), folder.path.clone()));
                let Some(mailbox) = place.and_then(|at: &usize| mailboxes.get_mut(*at)) else { continue };
                if self.counts.superseded > 0 {
                    messages.retain(|message| !self.is_superseded(message.id));
                }
                messages.sort_unstable_by_key(|message| message.id);
                mailbox.messages = messages;
            }
        } else {
            self.shelf.each_record(&mut |place, record| {
                if place.deleted || place.superseded {
                    return;
                }
                let message = record.near();
                if let Some(mailbox) = at.get(&(record.store, record.mailbox)).and_then(|at| mailboxes.get_mut(*at)) {
                    mailbox.messages.push(message);
                }
            })?;
        }
        Ok(Inventory { mailboxes })
    }

    /// Messages of which more than line ends is changed on the way to the wire (NUL, CR CR LF), with what: they are named, and
    /// verification always compares their digest (DESIGN rule 6).
    #[must_use]
    pub const fn altered(&self) -> &BTreeMap<u64, WireChanges> {
        &self.altered
    }

    fn own_stores(&self, address: &str) -> HashSet<String> {
        let matches: HashSet<String> = self
            .stores
            .values()
            .filter(|store| store.account.as_ref().is_some_and(|account| account.trim().to_lowercase() == address.trim().to_lowercase()))
            .map(|store| store.id.clone())
            .collect();
        if !matches.is_empty() {
            return matches;
        }
        let only = |stores: Vec<&StoreRecord>| match stores.as_slice() {
            [store] => Some(HashSet::from([store.id.clone()])),
            _ => None,
        };
        let is_pop = |store: &&StoreRecord| store.protocol.as_ref().is_some_and(|protocol| protocol.to_ascii_lowercase().starts_with("pop"));
        only(self.stores.values().collect()).or_else(|| only(self.stores.values().filter(is_pop).collect())).unwrap_or_default()
    }

    /// A source of its messages; ids are the manifest's.
    #[must_use]
    pub fn source(&self) -> ArchiveSource {
        ArchiveSource::new(Arc::clone(&self.shelf))
    }

    /// All that the manifest says of a message; `None` if there is no such id or its line can't be read any more.
    #[must_use]
    pub fn record(&self, id: u64) -> Option<Record> {
        let mut unpacker = Unpacker::new(self.shelf.passphrase.clone());
        self.shelf.record(self.shelf.place(id)?, &mut unpacker).ok()
    }

    /// A message by name: sender and subject are read from its own head.
    #[must_use]
    pub fn describe(&self, id: u64) -> Option<Described> {
        let mut unpacker = Unpacker::new(self.shelf.passphrase.clone());
        let place = self.shelf.place(id)?;
        let record = self.shelf.record(place, &mut unpacker).ok()?;
        let (from, subject) = match record.listed {
            Some(listed) => (listed.from, listed.subject),
            None => {
                let headers = Headers::cut(&self.shelf.head(place, &mut unpacker));
                (headers.text("From"), headers.text("Subject"))
            }
        };
        Some(Described { id, store: record.store, folder: record.mailbox, date: record.internal_date, from, subject, bytes: record.wire_bytes })
    }

    /// Whether a message is only listed: no volume holds its bytes.
    #[must_use]
    pub fn is_listed(&self, id: u64) -> bool {
        self.shelf.place(id).is_some_and(Place::is_listed)
    }

    /// Whether a later record of the same message stands for it.
    #[must_use]
    pub fn is_superseded(&self, id: u64) -> bool {
        self.shelf.place(id).is_some_and(|place| place.superseded)
    }

    /// Hands on all that the manifests say of each message that stands.
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` if a manifest can't be read any more.
    pub fn each_record(&self, take: &mut dyn FnMut(Record)) -> Result<(), Problem> {
        self.shelf.each_record(&mut |place, record| {
            if !place.superseded {
                take(record);
            }
        })
    }

    /// Hands on where each message lies: its id, its store, its folder.
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` if a manifest can't be read any more.
    pub fn each_place(&self, take: &mut dyn FnMut(u64, &str, &MailboxPath)) -> Result<(), Problem> {
        self.shelf.each_record(&mut |_, record| take(record.id, &record.store, &record.mailbox))
    }

    /// Volumes that hold listed messages for a while and nothing else, each with the ids of its messages.
    #[must_use]
    pub fn lent_volumes(&self) -> Vec<(String, Vec<u64>)> {
        let lent = |volume: &Volume| volume.lent > 0 && volume.lent == volume.record.messages && volume.record.listed + volume.record.unreadable == 0;
        let ids =
            |number: usize| self.shelf.places.iter().filter(|place| usize::from(place.volume) == number && !place.is_listed()).map(|place| place.id).collect();
        self.shelf.volumes.iter().enumerate().filter(|(_, volume)| lent(volume)).map(|(number, volume)| (volume.record.file.clone(), ids(number))).collect()
    }

    /// Reads everything through and compares it with what was written.
    ///
    /// # Errors
    /// `INTERRUPTED`. Damage is no error but the answer.
    pub fn check(&self, run: &Run) -> Result<CheckReport, Problem> {
        check::check(&self.shelf.dir, &self.index.volumes, self.shelf.passphrase.as_ref(), run)
    }
}
