//! The stores of a directory of Outlook Express's: its local folders, and each account whose mail is on a server.

use std::path::Path;

use super::accounts::{Account, AccountKind, Accounts, accounts, single};
use super::file::{DbxFile, DbxKind};
use crate::mail::SpecialUse;
use crate::store::bounds::Bounds;
use crate::store::folder::Folder;
use crate::store::info::{Protocol, StoreInfo, StoreKind};
use crate::store::place::Place;
use crate::store::pst::OnDisk;

const PROGRAM: &str = "Outlook Express";
const IS_ON_SERVER: &str = "Its mail was on a server, and this is a copy of some of it. If the server still has it, nothing needs to be moved from here.";
const IS_NEWS: &str = "Newsgroups are no mail: they are left out.";

/// Every store in `dir`, uncounted. `identity` is what a person calls the identity whose it is.
#[must_use]
pub fn stores_of(dir: &Path, identity: Option<&str>, place: &Place) -> Vec<StoreInfo> {
    let found = accounts(dir, &place.bounds);
    let has_news = found.all.iter().any(|account| account.kind == AccountKind::News);
    let mut stores: Vec<StoreInfo> = found.all.iter().filter_map(|account| store_of(dir, account, &found, identity)).collect();
    // A person's own folders first.
    stores.sort_by_key(|store| store.protocol == Protocol::Imap);
    for store in &mut stores {
        if let Some(why) = &found.unlisted {
            store.advise(&format!("In {PROGRAM}'s folder, {why}. Folders may be called by their files' names."));
        }
        if has_news {
            store.advise(IS_NEWS);
        }
        place.mark(store);
    }
    stores
}

fn store_of(dir: &Path, account: &Account, all: &Accounts, identity: Option<&str>) -> Option<StoreInfo> {
    let mut store = match account.kind {
        AccountKind::News => return None,
        AccountKind::Local => {
            let mut store = StoreInfo::new(StoreKind::OutlookExpress, identity.filter(|name| !name.is_empty()).unwrap_or(PROGRAM), dir);
            if is_delivered_to(account, all) {
                store.protocol = Protocol::Pop;
            }
            store
        }
        AccountKind::Imap | AccountKind::Http => {
            // Several accounts share a directory: each has an id of its own.
            let mut store = StoreInfo::new(StoreKind::OutlookExpress, account.name.clone(), dir.join(&account.name));
            store.path = StoreInfo::new(StoreKind::OutlookExpress, "", dir).path;
            store.account = Some(account.name.clone());
            store.protocol = Protocol::Imap;
            store.advise(IS_ON_SERVER);
            store
        }
    };
    PROGRAM.clone_into(&mut store.program);
    Some(store)
}

/// POP's mail comes into the local inbox. Where there are accounts of another kind, that is believed only of an inbox that holds something.
fn is_delivered_to(account: &Account, all: &Accounts) -> bool {
    let is_on_server = |account: &Account| matches!(account.kind, AccountKind::Imap | AccountKind::Http);
    let has_inbox = account.folders.iter().any(|folder| folder.role == Some(SpecialUse::Inbox));
    has_inbox && (account.in_inbox > 0 || !all.all.iter().any(is_on_server))
}

/// The folders of a store that [`stores_of`] or [`store_of_file`] answered.
#[must_use]
pub fn folders_of(store: &StoreInfo, bounds: &Bounds) -> Vec<Folder> {
    if !store.path.is_dir() {
        return vec![single(&store.path)];
    }
    let is_it = |account: &&Account| match (&store.account, store.protocol) {
        (Some(name), Protocol::Imap) => account.name == *name && matches!(account.kind, AccountKind::Imap | AccountKind::Http),
        _ => account.kind == AccountKind::Local,
    };
    accounts(&store.path, bounds).all.iter().find(is_it).map(|account| account.folders.clone()).unwrap_or_default()
}

/// What a file is that was named by itself: one folder, or, of the list of folders, all of them.
#[must_use]
pub fn stores_of_file(path: &Path, place: &Place) -> Vec<StoreInfo> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut store = StoreInfo::new(StoreKind::OutlookExpress, name, path);
    PROGRAM.clone_into(&mut store.program);
    let opened = place.bounds.open(path).map_err(|error| error.to_string());
    let opened = opened.and_then(|(file, metadata)| DbxFile::open(Box::new(OnDisk::new(file, metadata.len()))).map_err(|error| error.to_string()));
    match opened {
        Ok(file) if file.kind() == DbxKind::Folders => return path.parent().map(|dir| stores_of(dir, None, place)).unwrap_or_default(),
        Ok(file) if file.kind() == DbxKind::Other => {
            store.readable = false;
            store.advise("This file of Outlook Express holds no mail.");
        }
        Ok(mut file) => match file.account() {
            Some((0, _)) => {
                store.readable = false;
                store.advise(IS_NEWS);
            }
            Some((1 | 2, _)) => {
                store.protocol = Protocol::Imap;
                store.advise(IS_ON_SERVER);
            }
            _ => {}
        },
        Err(error) => {
            store.readable = false;
            store.advise(&format!("It can't be read: {error}."));
        }
    }
    place.mark(&mut store);
    vec![store]
}

/// Whether a directory's entries are Outlook Express's.
#[must_use]
pub fn is_directory(dir: &Path, bounds: &Bounds) -> bool {
    let is_own = |name: &str| name.to_ascii_lowercase().ends_with(".dbx");
    bounds
        .list(dir)
        .is_ok_and(|entries| entries.iter().any(|entry| !entry.is_dir && is_own(&entry.name) && DbxKind::of(&bounds.head(&entry.path, 16)).is_some()))
}
