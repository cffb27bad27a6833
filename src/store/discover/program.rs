//! Where each mail program keeps its mail below a user's folders.

use std::path::PathBuf;

use super::user::UserFolders;
use super::{advice, express, outlook};
use crate::store::info::{Protocol, StoreInfo, StoreKind};
use crate::store::place::Place;
use crate::store::{apple_mail, maildir, thunderbird};

/// Every store of one user, uncounted.
#[must_use]
pub fn stores_of(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let mut stores = Vec::new();
    for (program, dir) in mozilla_directories(user, place) {
        for profile in thunderbird::profiles_of(&dir, place) {
            stores.extend(thunderbird::stores_of(&profile, program, place));
        }
    }
    stores.extend(windows_mail(user, place));
    stores.extend(apple_mail::stores_of(&user.home, place));
    stores.extend(outlook_for_mac(user, place));
    stores.extend(maildirs(user, place));
    stores.extend(special_stores(user, place));
    for store in &mut stores {
        place.mark(store);
    }
    stores
}

/// Thunderbird and its kin, with the directory of `profiles.ini`.
fn mozilla_directories(user: &UserFolders, place: &Place) -> Vec<(&'static str, PathBuf)> {
    let (home, roaming) = (&user.home, &user.roaming);
    let mut found = vec![
        ("Thunderbird", roaming.join("Thunderbird")),
        ("SeaMonkey", roaming.join("Mozilla/SeaMonkey")),
        ("Postbox", roaming.join("PostboxApp")),
        ("Postbox", roaming.join("Postbox")),
        ("Betterbird", roaming.join("Betterbird")),
        ("Thunderbird", home.join("Library/Thunderbird")),
        ("SeaMonkey", home.join("Library/Application Support/SeaMonkey")),
        ("Postbox", home.join("Library/Application Support/PostboxApp")),
        ("Postbox", home.join("Library/Application Support/Postbox")),
        ("Thunderbird", home.join(".thunderbird")),
        ("Thunderbird", home.join(".mozilla-thunderbird")),
        ("Thunderbird", home.join(".icedove")),
        ("Thunderbird", home.join("snap/thunderbird/common/.thunderbird")),
        ("Thunderbird", home.join(".var/app/org.mozilla.Thunderbird/.thunderbird")),
        ("Thunderbird", home.join(".var/app/org.mozilla.thunderbird/.thunderbird")),
        ("Betterbird", home.join(".var/app/eu.betterbird.Betterbird/.thunderbird")),
        ("SeaMonkey", home.join(".mozilla/seamonkey")),
    ];
    // The Store's build keeps its files below its package.
    for entry in place.bounds.list(&user.local.join("Packages")).unwrap_or_default() {
        if entry.is_dir && entry.name.starts_with("MozillaThunderbird") {
            found.push(("Thunderbird", entry.path.join("LocalCache/Roaming/Thunderbird")));
        }
    }
    found.retain(|(_, dir)| place.bounds.allows(dir));
    found
}

/// Windows Live Mail keeps a directory for each account, Windows Mail (Vista) one for all local folders.
fn windows_mail(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let mut stores = Vec::new();
    for (program, dir) in [("Windows Live Mail", "Microsoft/Windows Live Mail"), ("Windows Mail", "Microsoft/Windows Mail")] {
        for entry in place.bounds.list(&user.local.join(dir)).unwrap_or_default() {
            const OTHER: [&str; 5] = ["backup", "calendars", "stationery", "news", "transport logs"];
            if entry.is_dir && !OTHER.contains(&entry.name.to_lowercase().as_str()) {
                let mut store = StoreInfo::new(StoreKind::WindowsMail, entry.name, entry.path);
                program.clone_into(&mut store.program);
                store.advise("This program keeps outside its messages which of them are read: all will be marked as read.");
                stores.push(store);
            }
        }
    }
    stores
}

/// The databases of Outlook for Mac and of Entourage before it: only what is exported from them can be read.
fn outlook_for_mac(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let office = user.home.join("Documents/Microsoft User Data");
    let found = [
        (user.home.join("Library/Group Containers/UBF8T346G9.Office/Outlook/Outlook 15 Profiles"), "Data"),
        (office.join("Office 2011 Identities"), "Database"),
        (office.join("Office 2008 Identities"), "Database"),
        (office.join("Office 2004 Identities"), "Database"),
    ];
    let mut stores = Vec::new();
    for (at, (dir, database)) in found.into_iter().enumerate() {
        for profile in place.bounds.list(&dir).unwrap_or_default().into_iter().filter(|entry| entry.is_dir && place.bounds.allows(&entry.path.join(database))) {
            let mut store = StoreInfo::new(StoreKind::OutlookOlm, profile.name, profile.path);
            let (program, export) = match at {
                0 | 1 => ("Outlook for Mac", "Use Tools > Export (or File > Export) with all kinds of items, and name the .olm file it makes."),
                _ => ("Entourage", "Drag folders from Entourage to the desktop: each becomes an .mbox file that can be read."),
            };
            program.clone_into(&mut store.program);
            store.readable = false;
            store.protocol = Protocol::Unknown;
            store.advise(&format!("{program}'s own database can't be read yet. {export}"));
            stores.push(store);
        }
    }
    stores
}

/// Evolution, KMail, and a plain `~/Maildir`.
fn maildirs(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let known = [("Evolution", ".local/share/evolution/mail/local"), ("KMail", ".local/share/local-mail"), ("", "Maildir")];
    let dirs = known.into_iter().map(|(program, dir)| (program, user.home.join(dir)));
    dirs.filter(|(_, dir)| place.bounds.allows(dir) && !maildir::tree::folders(dir, &place.bounds).is_empty())
        .map(|(program, dir)| {
            let name = if program.is_empty() { "Maildir".to_owned() } else { format!("{program}: local folders") };
            let mut store = StoreInfo::new(StoreKind::Maildir, name, dir);
            program.clone_into(&mut store.program);
            store
        })
        .collect()
}

/// Outlook's files, Outlook Express's, and stores that are only recognised and named, with how to export them.
fn special_stores(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let mut stores = outlook::stores_of(user, place);
    stores.extend(express::stores_of(user, place));
    for (kind, name, dir) in [(StoreKind::EmClient, "eM Client", "eM Client"), (StoreKind::TheBat, "The Bat!", "The Bat!")] {
        let dir = user.roaming.join(dir);
        if place.bounds.list(&dir).is_ok_and(|entries| entries.iter().any(|entry| entry.is_dir)) {
            stores.push(special(kind, name, dir, place));
        }
    }
    stores
}

/// A store of one program's own kind, with what to know or do about it.
#[must_use]
pub fn special(kind: StoreKind, name: &str, path: PathBuf, place: &Place) -> StoreInfo {
    let mut store = StoreInfo::new(kind, name, path);
    advice::complete(&mut store);
    place.mark(&mut store);
    store
}
