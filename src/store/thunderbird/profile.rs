//! The stores of a profile: one for each account's server directory, and the directories that belong to no account any more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::account::{Account, accounts};
use super::prefs::{LARGEST_BYTES, Prefs};
use super::{ini, lock, tree};
use crate::store::bounds::Bounds;
use crate::store::info::{Protocol, StoreInfo, StoreKind};
use crate::store::place::Place;

/// The profile directories of a program's directory: those of `profiles.ini`, else whatever has a `prefs.js`.
#[must_use]
pub fn profiles_of(program_dir: &Path, place: &Place) -> Vec<PathBuf> {
    let bounds = &place.bounds;
    let text = bounds.text(&program_dir.join("profiles.ini"), LARGEST_BYTES).unwrap_or_default();
    let named = ini::read(&text).into_iter().map(|entry| if entry.is_relative { place.below(program_dir, &entry.path) } else { place.absolute(&entry.path) });
    let mut profiles: Vec<PathBuf> = named.filter(|dir| bounds.allows(&dir.join("prefs.js"))).collect();
    // What profiles.ini forgot, an old computer's copy for one, is mail all the same.
    for parent in [program_dir.to_path_buf(), program_dir.join("Profiles")] {
        for entry in bounds.list(&parent).unwrap_or_default() {
            if entry.is_dir && bounds.allows(&entry.path.join("prefs.js")) {
                profiles.push(entry.path);
            }
        }
    }
    let mut seen = HashSet::new();
    profiles.retain(|dir| seen.insert(dir.canonicalize().unwrap_or_else(|_| dir.clone())));
    profiles
}

/// The stores of one profile, uncounted, in the order of the accounts.
#[must_use]
pub fn stores_of(profile: &Path, program: &str, place: &Place) -> Vec<StoreInfo> {
    let text = place.bounds.text(&profile.join("prefs.js"), LARGEST_BYTES).unwrap_or_default();
    let accounts = accounts(&Prefs::read(&text));
    let in_use = place.root.is_none() && lock::is_in_use(profile);
    let (mut stores, mut keys, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for account in &accounts {
        let Some(store) = store_of(account, profile, place) else { continue };
        if seen.insert(store.path.canonicalize().unwrap_or_else(|_| store.path.clone())) {
            stores.push(store);
            keys.push(account.key.clone());
        }
    }
    tell_of_deferred(&accounts, &keys, &mut stores, &place.bounds);
    for (dir, protocol) in [("Mail", Protocol::Local), ("ImapMail", Protocol::Imap)] {
        for entry in place.bounds.list(&profile.join(dir)).unwrap_or_default().into_iter().filter(|entry| entry.is_dir) {
            let is_new = seen.insert(entry.path.canonicalize().unwrap_or_else(|_| entry.path.clone()));
            if is_new && holds_mail(&entry.path, &place.bounds) && !is_feeds(&entry.path, &place.bounds) {
                stores.push(left_over(&entry.name, &entry.path, protocol));
            }
        }
    }
    for store in &mut stores {
        place.mark(store);
        program.clone_into(&mut store.program);
        store.in_use = in_use;
    }
    stores
}

fn store_of(account: &Account, profile: &Path, place: &Place) -> Option<StoreInfo> {
    let relative = account.directory_relative.as_deref().and_then(|written| written.strip_prefix("[ProfD]")).map(|rest| place.below(profile, rest));
    let absolute = account.directory.as_deref().map(|written| place.absolute(written));
    let is_there = |dir: &PathBuf| place.bounds.allows(dir);
    let dir = relative.clone().filter(is_there).or_else(|| absolute.clone().filter(is_there)).or(relative).or(absolute)?;
    let mut store = StoreInfo::new(StoreKind::Thunderbird, account.address.clone().unwrap_or_else(|| account.name.clone()), &dir);
    store.account.clone_from(&account.address);
    store.protocol = account.protocol;
    store.host.clone_from(&account.host);
    if !place.bounds.allows(&dir) {
        if account.protocol == Protocol::Imap {
            return None;
        }
        store.readable = false;
        let why = if dir.exists() { "leads outside the drive that was named" } else { "is not there" };
        store.advise(&format!("The account's folder {} {why}. If it is on another drive, name that folder yourself.", dir.display()));
    }
    if account.protocol == Protocol::Imap {
        store.advise("This account is already on IMAP: its mail is on the server, and this is a copy of some of it. Only its settings change.");
    }
    Some(store)
}

/// A POP account whose new mail goes into another account's folders: both are told, and where the own directory is empty, the other
/// store is the account's.
fn tell_of_deferred(accounts: &[Account], keys: &[String], stores: &mut [StoreInfo], bounds: &Bounds) {
    for (at, key) in keys.iter().enumerate() {
        let Some(account) = accounts.iter().find(|account| account.key == *key && account.protocol == Protocol::Pop) else { continue };
        let Some(deferred_to) = account.deferred_to.as_ref().filter(|other| *other != key) else { continue };
        let Some(target) = keys.iter().position(|other| other == deferred_to) else { continue };
        let shared = accounts.iter().filter(|other| other.deferred_to.as_ref() == Some(deferred_to)).count() > 1;
        let address = account.address.clone().unwrap_or_else(|| account.name.clone());
        let target_name = stores.get(target).map(|store| store.name.clone()).unwrap_or_default();
        let is_empty = stores.get(at).is_some_and(|store| !store.readable || !holds_mail(&store.path, bounds));
        if let Some(own) = stores.get_mut(at) {
            own.advise(&format!("New mail of this account is kept in «{target_name}»."));
        }
        let Some(target) = stores.get_mut(target) else { continue };
        target.advise(&format!("Holds the mail of {address}."));
        if is_empty && !shared && target.account.is_none() {
            target.account.clone_from(&account.address);
            target.host.clone_from(&account.host);
            target.protocol = Protocol::Pop;
        }
    }
}

fn left_over(name: &str, dir: &Path, protocol: Protocol) -> StoreInfo {
    let mut store = StoreInfo::new(StoreKind::Thunderbird, name, dir);
    store.protocol = protocol;
    store.advise("These folders belong to no account any more.");
    store
}

/// Whether any folder in it has a byte.
fn holds_mail(dir: &Path, bounds: &Bounds) -> bool {
    use crate::store::folder::Holding;
    tree::folders(dir, bounds).iter().any(|folder| match &folder.holding {
        Holding::Mbox { file, .. } => std::fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0),
        Holding::Files { dir, .. } => bounds.list(&dir.join("cur")).is_ok_and(|files| !files.is_empty()),
        Holding::One { .. } | Holding::Dbx { .. } | Holding::Closed { .. } => true,
    })
}

/// Feeds are no mail.
fn is_feeds(dir: &Path, bounds: &Bounds) -> bool {
    bounds.allows(&dir.join("feeds.rdf")) || bounds.allows(&dir.join("feeds.json"))
}
