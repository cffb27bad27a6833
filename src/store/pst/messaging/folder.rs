//! Folders: their tree, what they are for, and which messages they hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::store::Store;
use super::tag;
use crate::mail::{MailboxPath, SpecialUse};
use crate::store::pst::bytes::u32_at;
use crate::store::pst::ltp::{PropertyContext, TableContext};
use crate::store::pst::ndb::{Ndb, NodeEntry};
use crate::store::role;

/// The last five bits of a NID: what it is the id of ([MS-PST] §2.2.2.1).
pub const TYPE_FOLDER: u32 = 0x02;
/// A message.
pub const TYPE_MESSAGE: u32 = 0x04;
const TYPE_HIERARCHY: u32 = 0x0D;
const TYPE_CONTENTS: u32 = 0x0E;
/// The root of all folders, which is its own parent.
const ROOT: u32 = 0x122;
/// Folders below each other at most; Outlook allows 300 letters of path or so.
const MAX_DEPTH: usize = 128;
/// A name's bytes at most.
const MAX_NAME_BYTES: usize = 4096;

/// A folder of the tree that a person sees.
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
    /// It lies below the top of what a person sees. What is found elsewhere counts only where it is mail.
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

/// The type of a NID.
#[must_use]
pub const fn type_of(nid: u32) -> u32 {
    nid & 0x1F
}

/// Every folder but those of searches, parents before their children, in order of NIDs.
#[must_use]
pub fn folders(store: &Store) -> Vec<Folder> {
    let ndb = store.ndb();
    let nodes: BTreeMap<u32, NodeEntry> =
        ndb.nodes().iter().filter(|node| type_of(node.nid) == TYPE_FOLDER).map(|node| (node.nid, *node)).collect();
    let listed = listed_names(store, &nodes);
    let mut children: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut parents: HashMap<u32, u32> = HashMap::new();
    for (nid, (parent, _)) in &listed {
        parents.insert(*nid, *parent);
    }
    for node in nodes.values().filter(|node| node.nid != node.parent) {
        parents.insert(node.nid, node.parent);
    }
    for (nid, parent) in &parents {
        children.entry(*parent).or_default().insert(*nid);
    }
    let special = Special::read(store, &nodes);
    let top = special.top.unwrap_or(ROOT);
    let mut found: Vec<Folder> = Vec::new();
    let mut seen = BTreeSet::from([ROOT]);
    let describe = |nid: u32| {
        let properties = nodes.get(&nid).and_then(|node| PropertyContext::open(ndb, node.data, node.sub).ok());
        let text = |id| properties.as_ref().and_then(|properties| store.text(properties, id, MAX_NAME_BYTES));
        let name = text(tag::DISPLAY_NAME).or_else(|| listed.get(&nid).and_then(|(_, name)| name.clone())).filter(|name| !name.is_empty());
        (name.unwrap_or_else(|| format!("Folder {nid:X}")), text(tag::CONTAINER_CLASS).unwrap_or_default())
    };
    let mut take = |start: u32, base: MailboxPath, is_visible: bool, found: &mut Vec<Folder>, is_start_shown: bool| {
        let mut waiting = vec![(start, base, 0, is_start_shown)];
        while let Some((nid, above, depth, is_shown)) = waiting.pop() {
            if !seen.insert(nid) && nid != start || depth > MAX_DEPTH {
                continue;
            }
            let path = if is_shown {
                let (name, container_class) = describe(nid);
                let path = above.child(name);
                let role = special.role(nid).or_else(|| if is_visible { role::at_top(&path).filter(|role| !special.has(*role)) } else { None });
                found.push(Folder { nid, path: path.clone(), role, container_class, is_visible });
                path
            } else {
                above
            };
            for child in children.get(&nid).into_iter().flatten().rev() {
                waiting.push((*child, path.clone(), depth + 1, true));
            }
        }
    };
    take(top, MailboxPath::default(), true, &mut found, false);
    // What lies beside the top: views, searches' roots, the server's own.
    if top != ROOT {
        take(ROOT, MailboxPath::default(), false, &mut found, false);
    }
    // Folders whose parents are gone.
    for nid in nodes.keys() {
        let is_root = parents.get(nid).is_none_or(|parent| !nodes.contains_key(parent));
        if is_root && *nid != top && *nid != ROOT && !found.iter().any(|folder| folder.nid == *nid) {
            take(*nid, MailboxPath::default(), false, &mut found, true);
        }
    }
    // A folder that holds messages of its own stays, though it is the top itself.
    if let Some(node) = nodes.get(&top) {
        found.insert(0, Folder { nid: node.nid, path: MailboxPath::default(), role: None, container_class: String::new(), is_visible: true });
    }
    found
}

/// Folders as the tables of their parents list them: a second witness where a folder's own node is lost.
fn listed_names(store: &Store, nodes: &BTreeMap<u32, NodeEntry>) -> BTreeMap<u32, (u32, Option<String>)> {
    let ndb = store.ndb();
    let mut listed = BTreeMap::new();
    for nid in nodes.keys() {
        let Ok(node) = ndb.node(table_of(*nid, TYPE_HIERARCHY)) else { continue };
        let Ok(table) = TableContext::open(ndb, node.data, node.sub) else { continue };
        for (child, row) in table.rows().filter(|(child, _)| type_of(*child) == TYPE_FOLDER && *child != *nid) {
            let name = row.ok().and_then(|row| store.cell_text(&table, &row, tag::DISPLAY_NAME, MAX_NAME_BYTES));
            listed.insert(child, (*nid, name));
        }
    }
    listed
}

/// The messages of a folder, given the nodes that name it as their parent.
#[must_use]
pub fn contents(ndb: &Ndb, folder: u32, own: &[u32]) -> Contents {
    let mut contents = Contents::default();
    let table = ndb.node(table_of(folder, TYPE_CONTENTS)).and_then(|node| TableContext::open(ndb, node.data, node.sub));
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
    fn read(store: &Store, nodes: &BTreeMap<u32, NodeEntry>) -> Self {
        let ndb = store.ndb();
        let mut special = Self::default();
        let is_folder = |nid: &u32| nodes.contains_key(nid);
        if let Some(properties) = store.properties() {
            let entry = |id| properties.bytes(id, MAX_NAME_BYTES).and_then(|bytes| folder_of(&bytes)).filter(is_folder);
            special.top = entry(tag::IPM_SUBTREE);
            for (id, role) in [(tag::IPM_WASTEBASKET, SpecialUse::Trash), (tag::IPM_SENT, SpecialUse::Sent), (tag::IPM_OUTBOX, SpecialUse::Outbox)] {
                if let Some(nid) = entry(id) {
                    special.roles.insert(nid, role);
                }
            }
        }
        // The inbox alone, and the root, name the other folders of the person's own store.
        for node in nodes.values() {
            let Ok(properties) = PropertyContext::open(ndb, node.data, node.sub) else { continue };
            let entry = |id| properties.bytes(id, MAX_NAME_BYTES).and_then(|bytes| folder_of(&bytes)).filter(is_folder);
            if let Some(drafts) = entry(tag::IPM_DRAFTS) {
                special.roles.entry(drafts).or_insert(SpecialUse::Drafts);
            }
            if let Some(junk) = properties.bytes(tag::ADDITIONAL_REN, 1 << 16).and_then(|list| folder_of(binary_of(&list, 4)?)).filter(is_folder) {
                special.roles.entry(junk).or_insert(SpecialUse::Junk);
            }
            let names_others = properties.property(tag::IPM_APPOINTMENT).is_some() || properties.property(tag::IPM_CONTACT).is_some();
            if names_others && node.nid != ROOT && Some(node.nid) != special.top {
                special.roles.entry(node.nid).or_insert(SpecialUse::Inbox);
            }
        }
        special.top = special.top.or_else(|| widest_below_root(nodes));
        special
    }

    fn role(&self, nid: u32) -> Option<SpecialUse> {
        self.roles.get(&nid).copied()
    }

    fn has(&self, role: SpecialUse) -> bool {
        self.roles.values().any(|known| *known == role)
    }
}

/// Without a store object the top is the folder below the root that has the most folders below it.
fn widest_below_root(nodes: &BTreeMap<u32, NodeEntry>) -> Option<u32> {
    let below = |nid: u32| nodes.values().filter(|node| node.parent == nid && node.nid != nid).count();
    nodes
        .values()
        .filter(|node| node.parent == ROOT && node.nid != ROOT)
        .map(|node| (below(node.nid), std::cmp::Reverse(node.nid)))
        .max()
        .filter(|(count, _)| *count > 0)
        .map(|(_, nid)| nid.0)
}

/// The NID at the end of an entry id ([MS-PST] §2.4.3.2).
fn folder_of(entry_id: &[u8]) -> Option<u32> {
    if entry_id.len() == 24 { u32_at(entry_id, 20) } else { None }
}

/// One of a list of binaries ([MS-PST] §2.3.3.4.2).
fn binary_of(list: &[u8], at: usize) -> Option<&[u8]> {
    let count = u32_at(list, 0)? as usize;
    let from = u32_at(list, 4 + 4 * at)? as usize;
    let to = if at + 1 < count { u32_at(list, 8 + 4 * at)? as usize } else { list.len() };
    if at < count { list.get(from..to) } else { None }
}
