//! What there is to read: every message node once, in the folder that holds it or under «Recovered».

use std::collections::HashMap;

use super::address_book;
use super::folder::{self, Folder, TYPE_MESSAGE, contents, type_of};
use super::store::Store;
use crate::mail::MailboxPath;
use crate::store::pst::header::Client;

/// Below this lies what no folder that a person sees holds any more.
pub const RECOVERED: &str = "Recovered";

/// A folder with what it holds.
#[derive(Clone, Debug)]
pub struct Filled {
    /// The folder.
    pub folder: Folder,
    /// Its messages, in order.
    pub messages: Vec<u32>,
    /// Those it lists, but of which nothing is left.
    pub missing: Vec<u32>,
    /// No folder that a person sees holds them: only what is mail counts.
    pub is_recovered: bool,
    /// Its table can't be read in full.
    pub is_damaged: bool,
    /// What it holds are people and lists, whatever class they have.
    pub is_address_book: bool,
}

/// Walks the tables of all folders, then adds what none of them lists.
#[must_use]
pub fn inventory(store: &Store) -> Vec<Filled> {
    let ndb = store.ndb();
    let mut by_parent: Vec<(u32, u32)> = ndb.nodes().iter().filter(|node| type_of(node.nid) == TYPE_MESSAGE).map(|node| (node.parent, node.nid)).collect();
    by_parent.sort_unstable();
    let mut taken = std::collections::HashSet::with_capacity(by_parent.len());
    let mut filled = Vec::new();
    if ndb.client() == Client::Pab {
        let entries = address_book::entries(ndb);
        taken.extend(entries.messages.iter().copied());
        filled.push(entries);
    }
    let folders = folder::folders(store);
    for folder in &folders {
        let own: Vec<u32> = of_parent(&by_parent, folder.nid).iter().map(|(_, nid)| *nid).collect();
        let mut held = contents(ndb, folder.nid, &own);
        held.messages.retain(|nid| taken.insert(*nid));
        let mut folder = folder.clone();
        if !folder.is_visible {
            folder.path = MailboxPath::new([RECOVERED]).join(&folder.path);
            folder.role = None;
        }
        filled.push(Filled {
            is_recovered: !folder.is_visible,
            folder,
            messages: held.messages,
            missing: held.missing,
            is_damaged: held.is_damaged,
            is_address_book: false,
        });
    }
    let paths: HashMap<u32, &MailboxPath> = folders.iter().map(|folder| (folder.nid, &folder.path)).collect();
    for group in by_parent.chunk_by(|a, b| a.0 == b.0) {
        let messages: Vec<u32> = group.iter().map(|(_, nid)| *nid).filter(|nid| !taken.contains(nid)).collect();
        let Some((parent, _)) = group.first().filter(|_| !messages.is_empty()) else { continue };
        let recovered = MailboxPath::new([RECOVERED]);
        let path = paths.get(parent).map_or_else(|| recovered.clone(), |path| recovered.join(path));
        let folder = Folder { nid: *parent, path, role: None, container_class: String::new(), is_visible: false };
        filled.push(Filled { folder, messages, missing: Vec::new(), is_recovered: true, is_damaged: false, is_address_book: false });
    }
    filled
}

fn of_parent(by_parent: &[(u32, u32)], parent: u32) -> &[(u32, u32)] {
    let from = by_parent.partition_point(|(other, _)| *other < parent);
    let to = by_parent.partition_point(|(other, _)| *other <= parent);
    by_parent.get(from..to).unwrap_or_default()
}
