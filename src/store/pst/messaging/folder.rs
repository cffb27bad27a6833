//! Folders: their tree, what they are for, and which messages they hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::store::Store;
use super::tag;
use crate::mail::{MailboxPath, SpecialUse};
use crate::store::pst::bytes::u32_at;
use crate::store::pst::header::Client;
use crate::store::pst::ltp::{PropertyContext, TableContext};
use crate::store::pst::ndb::Ndb;
use crate::store::role;

/// The last five bits of a NID: what it is the id of ([MS-PST] §2.2.2.1).
const TYPE_FOLDER: u32 = 0x02;
/// A message.
pub const TYPE_MESSAGE: u32 = 0x04;
const TYPE_HIERARCHY: u32 = 0x0D;
const TYPE_CONTENTS: u32 = 0x0E;
/// The root of all folders, which is its own parent.
const ROOT: u32 = 0x122;
/// Folders below each other at most; Outlook's own limit is some 300 letters of path.
const MAX_DEPTH: usize = 128;
/// A name's bytes at most.
const MAX_NAME_BYTES: usize = 4096;
/// An OST names its folders by ids of the server; these NIDs are the same in all of them.
const OST_FOLDERS: [(u32, SpecialUse); 4] =
    [(0x2162, SpecialUse::Trash), (0x2182, SpecialUse::Inbox), (0x21A2, SpecialUse::Outbox), (0x21C2, SpecialUse::Sent)];

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its NID.
    pub nid: u32,
    /// Its true names, from the top.
    pub path: MailboxPath,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// `IPF.Note`, `IPF.Contact`, …; empty if it says nothing.
    pub container_class: String,
    /// It lies below the top of what a person sees: not among views, searches and the server's own.
    pub is_visible: bool,
}

/// What a folder holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Its messages, by NID.
    pub messages: Vec<u32>,
    /// Those of them that its table lists, but of which there is no node.
    pub missing: Vec<u32>,
    /// The table can't be read, or not in full: what names the folder as its own is taken to be in it.
    pub is_damaged: bool,
}

/// The NID of a folder's table.
const fn table_of(folder: u32, kind: u32) -> u32 {
    folder & !0x1F | kind
}

/// The NID of a folder's table of messages.
#[must_use]
pub const fn contents_table(folder: u32) -> u32 {
    table_of(folder, TYPE_CONTENTS)
}

/// The type of a NID.
#[must_use]
pub const fn type_of(nid: u32) -> u32 {
    nid & 0x1F
}

/// Every folder but those of searches, parents before their children, in order of NIDs.
#[must_use]
pub fn folders(store: &Store) -> Vec<Folder> {
    let known = described(store);
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (nid, described) in known.iter().filter(|(nid, described)| **nid != described.parent && **nid != ROOT) {
        children.entry(described.parent).or_default().push(*nid);
    }
    let special = Special::of(store, &known, &children);
    let top = special.top.unwrap_or(ROOT);
    let mut tree = Tree { known: &known, children: &children, special: &special, seen: BTreeSet::new(), found: Vec::new(), paths: HashMap::new() };
    tree.take(top, true, false);
    if top != ROOT {
        // What lies beside the top: views, roots of searches, the server's own.
        tree.take(ROOT, false, false);
    }
    // Folders whose parents are gone, or are each other's.
    for nid in known.keys() {
        let has_parent = known.get(nid).is_some_and(|described| known.contains_key(&described.parent));
        if !has_parent {
            tree.take(*nid, false, true);
        }
    }
    for nid in known.keys() {
        tree.take(*nid, false, true);
    }
    tree.found
}

/// A folder as it describes itself, or as its parent lists it.
#[derive(Debug, Default)]
struct Described {
    parent: u32,
    name: Option<String>,
    container_class: String,
    /// What a server counts it by, in an OST.
    counter: Option<[u8; 6]>,
    drafts: Option<EntryId>,
    junk: Option<EntryId>,
    /// It names calendar or contacts: only the inbox does, and the root.
    names_others: bool,
}

fn described(store: &Store) -> BTreeMap<u32, Described> {
    let ndb = store.ndb();
    let mut known = BTreeMap::new();
    for node in ndb.nodes().iter().filter(|node| type_of(node.nid) == TYPE_FOLDER) {
        let mut described = Described { parent: node.parent, ..Described::default() };
        if let Ok(properties) = PropertyContext::open(ndb, node.data, node.sub) {
            described.counter = properties.bytes(tag::OST_FOLDER_ID, 8).and_then(|id| id.get(2..8)?.try_into().ok());
            described.name = store.text(&properties, tag::DISPLAY_NAME, MAX_NAME_BYTES).filter(|name| !name.is_empty());
            described.container_class = store.text(&properties, tag::CONTAINER_CLASS, MAX_NAME_BYTES).unwrap_or_default();
            described.drafts = properties.bytes(tag::IPM_DRAFTS, MAX_NAME_BYTES).and_then(|bytes| EntryId::read(&bytes));
            described.junk = properties.bytes(tag::ADDITIONAL_REN, 1 << 16).and_then(|list| EntryId::read(binary_of(&list, 4)?));
            described.names_others = properties.property(tag::IPM_APPOINTMENT).is_some() || properties.property(tag::IPM_CONTACT).is_some();
        }
        known.insert(node.nid, described);
    }
    // The tables of their parents are a second witness where a folder's own node is lost.
    let parents: Vec<u32> = known.keys().copied().collect();
    for parent in parents {
        let Ok(node) = ndb.node(table_of(parent, TYPE_HIERARCHY)) else { continue };
        let Ok(table) = TableContext::open(ndb, node.data, node.sub) else { continue };
        for (child, row) in table.rows().filter(|(child, _)| type_of(*child) == TYPE_FOLDER && *child != parent) {
            let described = known.entry(child).or_insert_with(|| Described { parent, ..Described::default() });
            if described.name.is_none() {
                described.name = row.ok().and_then(|row| store.cell_text(&table, &row, tag::DISPLAY_NAME, MAX_NAME_BYTES)).filter(|name| !name.is_empty());
            }
        }
    }
    known
}

/// The tree in the making.
struct Tree<'a> {
    known: &'a BTreeMap<u32, Described>,
    children: &'a BTreeMap<u32, Vec<u32>>,
    special: &'a Special,
    seen: BTreeSet<u32>,
    found: Vec<Folder>,
    paths: HashMap<MailboxPath, u32>,
}

impl Tree<'_> {
    /// Takes `start` and all below it that was not taken yet; a start that is not shown gives its children no name.
    fn take(&mut self, start: u32, is_visible: bool, is_shown: bool) {
        let mut waiting = vec![(start, MailboxPath::default(), 0)];
        while let Some((nid, above, depth)) = waiting.pop() {
            if depth > MAX_DEPTH || !self.seen.insert(nid) {
                continue;
            }
            let path = if nid == start && !is_shown { above } else { self.unique(&above, nid) };
            if let Some(described) = self.known.get(&nid) {
                let container_class = described.container_class.clone();
                self.found.push(Folder { nid, role: self.role(nid, &path, is_visible), path: path.clone(), container_class, is_visible });
            }
            for child in self.children.get(&nid).into_iter().flatten().rev() {
                waiting.push((*child, path.clone(), depth + 1));
            }
        }
    }

    /// Two folders of one name in one place are two folders.
    fn unique(&mut self, above: &MailboxPath, nid: u32) -> MailboxPath {
        let name = self.known.get(&nid).and_then(|described| described.name.clone()).unwrap_or_else(|| format!("Folder {nid:X}"));
        let mut path = above.child(name.as_str());
        let mut number = 1;
        while self.paths.contains_key(&path) {
            number += 1;
            path = above.child(format!("{name} ({number})"));
        }
        self.paths.insert(path.clone(), nid);
        path
    }

    fn role(&self, nid: u32, path: &MailboxPath, is_visible: bool) -> Option<SpecialUse> {
        let by_name = || role::at_top(path).filter(|role| is_visible && !self.special.has(*role));
        self.special.roles.get(&nid).copied().or_else(by_name)
    }
}

/// The messages of a folder, given the nodes that name it as their parent.
#[must_use]
pub fn contents(ndb: &Ndb, folder: u32, own: &[u32]) -> Contents {
    let mut contents = Contents::default();
    let table = ndb.node(contents_table(folder)).and_then(|node| TableContext::open(ndb, node.data, node.sub));
    let mut listed = BTreeSet::new();
    match table {
        Ok(table) => {
            contents.is_damaged = table.is_damaged;
            listed.extend(table.ids().filter(|nid| type_of(*nid) == TYPE_MESSAGE));
        }
        Err(error) => {
            contents.is_damaged = true;
            ndb.note(|| format!("the table of folder {folder:#x}: {error}"));
        }
    }
    if contents.is_damaged {
        listed.extend(own);
    }
    for nid in listed {
        if ndb.node(nid).is_ok() { contents.messages.push(nid) } else { contents.missing.push(nid) }
    }
    contents
}

/// The folders that a store names by their ids.
#[derive(Debug, Default)]
struct Special {
    top: Option<u32>,
    roles: BTreeMap<u32, SpecialUse>,
}

impl Special {
    fn of(store: &Store, known: &BTreeMap<u32, Described>, children: &BTreeMap<u32, Vec<u32>>) -> Self {
        let mut special = Self::default();
        let is_folder = |nid: &u32| known.contains_key(nid);
        let counters = counters(known);
        let folder_of = |entry: EntryId| match entry {
            EntryId::Nid(nid) => Some(nid).filter(is_folder),
            EntryId::Counter(counter) => counters.get(&counter).copied().flatten(),
        };
        if let Some(properties) = store.properties() {
            let entry = |id| properties.bytes(id, MAX_NAME_BYTES).and_then(|bytes| folder_of(EntryId::read(&bytes)?));
            special.top = entry(tag::IPM_SUBTREE);
            for (id, role) in [(tag::IPM_WASTEBASKET, SpecialUse::Trash), (tag::IPM_SENT, SpecialUse::Sent), (tag::IPM_OUTBOX, SpecialUse::Outbox)] {
                if let Some(nid) = entry(id) {
                    special.roles.insert(nid, role);
                }
            }
        }
        if store.ndb().client() == Client::Ost && special.top.is_none() {
            special.roles.extend(OST_FOLDERS.into_iter().filter(|(nid, _)| is_folder(nid)));
        }
        special.top = special.top.or_else(|| likeliest_top(known, children));
        for (nid, described) in known {
            for (named, role) in [(described.drafts, SpecialUse::Drafts), (described.junk, SpecialUse::Junk)] {
                if let Some(nid) = named.and_then(folder_of) {
                    special.roles.entry(nid).or_insert(role);
                }
            }
            if described.names_others && *nid != ROOT && Some(*nid) != special.top && !special.has(SpecialUse::Inbox) {
                special.roles.entry(*nid).or_insert(SpecialUse::Inbox);
            }
        }
        special
    }

    fn has(&self, role: SpecialUse) -> bool {
        self.roles.values().any(|known| *known == role)
    }
}

/// Where the store names no top: the folder of that name with the most folders below it; else the widest below the root, if what it
/// holds is not shown by the root itself.
fn likeliest_top(known: &BTreeMap<u32, Described>, children: &BTreeMap<u32, Vec<u32>>) -> Option<u32> {
    let width = |nid: u32| children.get(&nid).map_or(0, Vec::len);
    let named = known.iter().filter(|(_, described)| described.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("IPM_SUBTREE")));
    let named = named.map(|(nid, _)| *nid).filter(|nid| width(*nid) > 0).max_by_key(|nid| (width(*nid), std::cmp::Reverse(*nid)));
    let below_root = || children.get(&ROOT).into_iter().flatten().copied().filter(|nid| width(*nid) > 0);
    named.or_else(|| below_root().max_by_key(|nid| (width(*nid), std::cmp::Reverse(*nid))))
}

/// What an entry id names a folder by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryId {
    /// Its NID, in a PST ([MS-PST] §2.4.3.2).
    Nid(u32),
    /// The global counter of its server, in an OST ([MS-OXCDATA] §2.2.4.1).
    Counter([u8; 6]),
}

impl EntryId {
    fn read(entry_id: &[u8]) -> Option<Self> {
        match entry_id.len() {
            24 => u32_at(entry_id, 20).map(Self::Nid),
            46 => entry_id.get(38..44)?.try_into().ok().map(Self::Counter),
            _ => None,
        }
    }
}

/// Folders by their counters; none where two replicas count alike.
fn counters(known: &BTreeMap<u32, Described>) -> HashMap<[u8; 6], Option<u32>> {
    let mut counters = HashMap::new();
    for (nid, described) in known {
        if let Some(counter) = described.counter {
            counters.entry(counter).and_modify(|found| *found = None).or_insert(Some(*nid));
        }
    }
    counters
}

/// One of a list of binaries ([MS-PST] §2.3.3.4.2).
fn binary_of(list: &[u8], at: usize) -> Option<&[u8]> {
    let count = u32_at(list, 0)? as usize;
    let from = u32_at(list, 4 + 4 * at)? as usize;
    let to = if at + 1 < count { u32_at(list, 8 + 4 * at)? as usize } else { list.len() };
    if at < count { list.get(from..to) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_a_list_of_binaries_ends_where_the_next_begins() {
        let list = b"\x02\0\0\0\x0C\0\0\0\x0E\0\0\0abcde";
        assert_eq!(binary_of(list, 0), Some(&b"ab"[..]));
        assert_eq!(binary_of(list, 1), Some(&b"cde"[..]));
        assert_eq!(binary_of(list, 2), None);
        assert_eq!(binary_of(&list[..9], 0), None);
    }
}
