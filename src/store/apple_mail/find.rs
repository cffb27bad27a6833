//! Finds the accounts of a user, and those of a directory that a person named.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::directory;
use super::known::{Accounts, accounts};
use crate::store::Holding;
use crate::store::bounds::Entry;
use crate::store::emlx::{is_emlx, tree};
use crate::store::info::{Protocol, StoreInfo, StoreKind};
use crate::store::place::Place;

const PROGRAM: &str = "Apple Mail";
/// What a person can do where macOS lets no program in.
const LOCKED: &str = "macOS keeps every program out of Apple Mail's folder until you allow it. Open System Settings > Privacy & Security > Full Disk Access \
     (before macOS 13: System Preferences > Security & Privacy > Privacy), switch this program on, or the terminal that it runs in, then search again.";

/// The stores of the user at `home`: one for each account, the newest version of Apple Mail first.
///
/// An account that an older version left behind and a newer one has, too, is told with the newer one and not listed: its mail is
/// in both. A folder that may not be looked into is listed, with what to do about it.
#[must_use]
pub fn stores_of(home: &Path, place: &Place) -> Vec<StoreInfo> {
    below(&home.join("Library/Mail"), Some(home), place)
}

fn below(mail: &Path, home: Option<&Path>, place: &Place) -> Vec<StoreInfo> {
    let entries = match place.bounds.list(mail) {
        Ok(entries) => entries,
        Err(error) => return closed(mail, &error, place).into_iter().collect(),
    };
    let mut dirs = versions(&entries);
    // Before macOS 10.7 accounts lay here; what is left of them comes last.
    dirs.push(mail.to_path_buf());
    let mut stores: Vec<StoreInfo> = Vec::new();
    let mut newer: HashSet<String> = HashSet::new();
    for dir in dirs {
        let found = accounts_in(&dir, home, place);
        // What an update left empty stands for nothing.
        let names: Vec<String> = found.iter().filter(|store| store.readable && holds_mail(&store.path, place)).map(key_of).collect();
        for mut store in found {
            let key = key_of(&store);
            if store.readable && newer.contains(&key) {
                let left = format!("An update of macOS left an older copy of it in {}: it is not read. Name that folder to read it.", store.path.display());
                if let Some(newest) = stores.iter_mut().find(|newest| key_of(newest) == key) {
                    newest.advise(&left);
                }
                continue;
            }
            if !newer.is_empty() && store.readable {
                store.advise("It lies in the folder of an older version of Apple Mail.");
            }
            stores.push(store);
        }
        newer.extend(names);
    }
    stores
}

/// What is the same account in two versions: its address at its server, else its directory's name.
fn key_of(store: &StoreInfo) -> String {
    let dir = || store.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match (&store.account, &store.host) {
        (Some(account), Some(host)) => format!("{account} {} {host}", store.protocol.as_str()),
        _ => dir(),
    }
}

/// There is one message at least.
fn holds_mail(account: &Path, place: &Place) -> bool {
    tree::folders(account, &place.bounds).iter().any(|folder| match &folder.holding {
        Holding::Files { dir, .. } => tree::messages(dir, &place.bounds).is_ok_and(|messages| !messages.is_empty()),
        _ => true,
    })
}

/// `V10`, `V9`, …, the newest first.
fn versions(entries: &[Entry]) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, &Path)> =
        entries.iter().filter(|entry| entry.is_dir).filter_map(|entry| Some((entry.name.strip_prefix('V')?.parse().ok()?, entry.path.as_path()))).collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, path)| path.to_path_buf()).collect()
}

/// A folder that is there and can't be looked into; `None` where nothing is.
fn closed(dir: &Path, error: &io::Error, place: &Place) -> Option<StoreInfo> {
    if error.kind() == io::ErrorKind::NotFound || !dir.is_dir() && error.kind() != io::ErrorKind::PermissionDenied {
        return None;
    }
    let mut store = StoreInfo::new(StoreKind::AppleMail, PROGRAM, dir);
    PROGRAM.clone_into(&mut store.program);
    store.protocol = Protocol::Unknown;
    store.readable = false;
    if error.kind() == io::ErrorKind::PermissionDenied && place.root.is_none() {
        store.advise(LOCKED);
    } else {
        store.advise(&format!("Apple Mail's folder is there, but can't be looked into: {error}. An administrator may be allowed to."));
    }
    place.mark(&mut store);
    Some(store)
}

/// The accounts whose directories lie in `dir`.
fn accounts_in(dir: &Path, home: Option<&Path>, place: &Place) -> Vec<StoreInfo> {
    let entries = match place.bounds.list(dir) {
        Ok(entries) => entries,
        Err(error) => return closed(dir, &error, place).into_iter().collect(),
    };
    let mut known = None;
    let mut stores = Vec::new();
    for entry in entries.into_iter().filter(|entry| entry.is_dir) {
        if directory::read(&entry.name).is_none() {
            continue;
        }
        let inner = match place.bounds.list(&entry.path) {
            Ok(inner) => inner,
            Err(error) => {
                stores.extend(closed(&entry.path, &error, place));
                continue;
            }
        };
        if !holds_mailboxes(&entry.name, &inner) {
            continue;
        }
        let known = known.get_or_insert_with(|| home.map(|home| accounts(home, dir, place)).unwrap_or_default());
        stores.push(account(&entry, &inner, known, place));
    }
    stores
}

/// Whether there are mailboxes in an account's directory. On My Mac, plain directories sort them.
fn holds_mailboxes(name: &str, inner: &[Entry]) -> bool {
    let is_mailbox = |entry: &Entry| entry.name.ends_with(".mbox") || entry.name.ends_with(".imapmbox") || name == "Mailboxes" && !entry.name.starts_with('.');
    inner.iter().any(|entry| entry.is_dir && is_mailbox(entry))
}

/// The store of an account's directory.
fn account(dir: &Entry, inner: &[Entry], known: &Accounts, place: &Place) -> StoreInfo {
    let named = directory::read(&dir.name).unwrap_or_default();
    let known = known.get(&dir.name).cloned().unwrap_or_default();
    let mut store = StoreInfo::new(StoreKind::AppleMail, "", &dir.path);
    PROGRAM.clone_into(&mut store.program);
    store.protocol = match (named.protocol, known.protocol) {
        (Protocol::Unknown, Protocol::Unknown) => by_content(inner),
        (Protocol::Unknown, told) => told,
        (told, _) => told,
    };
    if store.protocol != Protocol::Local {
        store.account = known.address.or_else(|| named.user.clone());
        store.host = known.host.or(named.host);
    }
    store.name = match (&store.account, known.name) {
        (Some(account), _) => account.clone(),
        (None, Some(name)) => name,
        (None, None) if store.protocol == Protocol::Local => "On My Mac".to_owned(),
        (None, None) => format!("{PROGRAM} {}", dir.name.get(..8).unwrap_or(&dir.name)),
    };
    match store.protocol {
        Protocol::Imap => {
            store.advise(
                "This account's mail is on a server, and this is a copy of some of it. If the server still has it, nothing needs to be moved from here.",
            );
        }
        Protocol::Unknown => {
            store.advise("Whether this account is POP or IMAP could not be told: if its mail is on a server as well, nothing needs to be moved from here.");
        }
        Protocol::Pop | Protocol::Local => {}
    }
    place.mark(&mut store);
    store
}

/// How an account's mail came, by what its directory holds besides: POP notes what it has downloaded, IMAP what the server's folders are.
fn by_content(inner: &[Entry]) -> Protocol {
    let has = |begin: &str| inner.iter().any(|entry| entry.name.starts_with(begin));
    if has("MessageUidsAlreadyDownloaded") {
        Protocol::Pop
    } else if has(".mboxCache.plist") || has(".OfflineCache") {
        Protocol::Imap
    } else {
        Protocol::Unknown
    }
}

/// What a directory of Apple Mail's is that a person named: all its accounts, one account, or one mailbox. Empty if it is none, or if
/// other mail may lie in it as well: then the walk of any directory finds all of it.
#[must_use]
pub fn recognise(path: &Path, entries: &[Entry], place: &Place) -> Vec<StoreInfo> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_whole = path.ends_with("Library/Mail");
    // The user's own folder lies above `Library/Mail`, wherever below it the person pointed.
    let home = || path.ancestors().find(|dir| dir.ends_with("Library/Mail")).and_then(|mail| mail.ancestors().nth(2));
    if is_whole || versions(entries).iter().any(|dir| place.bounds.allows(&dir.join("MailData"))) {
        return below(path, home(), place);
    }
    let is_version = name.strip_prefix('V').is_some_and(|number| number.parse::<u32>().is_ok());
    if is_version || entries.iter().any(|entry| entry.is_dir && entry.name == "MailData") {
        let stores = accounts_in(path, home(), place);
        if !stores.is_empty() {
            return stores;
        }
    }
    if directory::read(&name).is_some() && holds_mailboxes(&name, entries) {
        let known = path.parent().and_then(|parent| Some(accounts(home()?, parent, place))).unwrap_or_default();
        let dir = Entry { name, path: path.to_path_buf(), is_dir: true, len: 0 };
        return vec![account(&dir, entries, &known, place)];
    }
    let is_message = |entry: &Entry| entry.name.starts_with('.') || !entry.is_dir && is_emlx(&entry.name);
    let is_inner = |entry: &Entry| entry.is_dir && (matches!(entry.name.as_str(), "Messages" | "Attachments" | "Data") || tree::is_uuid(&entry.name));
    let is_all_own = entries.iter().all(|entry| is_message(entry) || is_inner(entry)) && !tree::messages(path, &place.bounds).unwrap_or_default().is_empty();
    if tree::is_mailbox(&name, entries) || is_all_own {
        let folder = tree::folders(path, &place.bounds).first().map(|folder| folder.path.to_string());
        let mut store = StoreInfo::new(StoreKind::AppleMail, folder.unwrap_or(name), path);
        PROGRAM.clone_into(&mut store.program);
        return vec![store];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";
    const OTHER: &str = "5D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";

    fn made(files: &[String]) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = home.path().join("Library/Mail").join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, b"1\nx").expect("written");
        }
        home
    }

    fn told(stores: &[StoreInfo]) -> Vec<String> {
        let of = |store: &StoreInfo| {
            let dir = store.path.file_name().unwrap_or_default().to_string_lossy().replace(UUID, "U").replace(OTHER, "O");
            format!("{dir} {} {:?} {}", store.name.replace("4D8B7A60", "U").replace("5D8B7A60", "O"), store.protocol, store.readable)
        };
        stores.iter().map(of).collect()
    }

    #[test]
    fn accounts_of_every_version_are_found_and_what_an_update_left_is_told_once() {
        let home = made(&[
            format!("V10/{UUID}/INBOX.mbox/{OTHER}/Data/Messages/1.emlx"),
            format!("V10/{OTHER}/INBOX.mbox/{UUID}/Data/Messages/1.emlx"),
            format!("V10/{OTHER}/.mboxCache.plist"),
            "V10/MailData/Envelope Index".into(),
            format!("V7/{UUID}/INBOX.mbox/{OTHER}/Data/Messages/1.emlx"),
            "V2/POP-ann@example.com@pop.example.com/INBOX.mbox/Messages/1.emlx".into(),
            "V2/Mailboxes/Kept.mbox/Messages/1.emlx".into(),
            "V2/RSS/x.rss/y".into(),
            "V2/EWS-empty@a.example/.x".into(),
            "POP-bob@pop.example/INBOX.mbox/Messages/1.emlx".into(),
        ]);
        let stores = stores_of(home.path(), &Place::here());
        assert_eq!(
            told(&stores),
            [
                "U Apple Mail U Unknown true",
                "O Apple Mail O Imap true",
                "Mailboxes On My Mac Local true",
                "POP-ann@example.com@pop.example.com ann@example.com Pop true",
                "POP-bob@pop.example bob Pop true",
            ]
        );
        assert!(stores[0].advice.as_deref().is_some_and(|advice| advice.contains("older copy of it") && advice.contains("V7")), "{:?}", stores[0].advice);
        let named = |path: &str| {
            let path = home.path().join("Library/Mail").join(path);
            told(&recognise(&path, &Place::here().bounds.list(&path).expect("listed"), &Place::here()))
        };
        assert_eq!(named("").len(), 5);
        assert_eq!(named("V7"), ["U Apple Mail U Unknown true"]);
        assert_eq!(named(&format!("V10/{UUID}")), ["U Apple Mail U Unknown true"]);
        assert_eq!(named("V2/POP-ann@example.com@pop.example.com"), ["POP-ann@example.com@pop.example.com ann@example.com Pop true"]);
        assert_eq!(named(&format!("V10/{UUID}/INBOX.mbox")), ["INBOX.mbox INBOX Local true"]);
        assert_eq!(named("POP-bob@pop.example/INBOX.mbox/Messages"), ["Messages Messages Local true"]);
        assert!(named("V10/MailData").is_empty());
        // A directory that holds other mail, too, is none of Apple Mail's alone.
        std::fs::create_dir_all(home.path().join("Library/Mail/Copies/POP-ann@pop.example/A.mbox/Messages")).expect("made");
        std::fs::write(home.path().join("Library/Mail/Copies/letter.eml"), b"From: a\nTo: b\n\n").expect("written");
        assert!(named("Copies").is_empty());
    }

    #[test]
    #[cfg(unix)]
    fn where_macos_lets_no_program_in_the_person_is_told_how_to_allow_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = made(&[format!("V10/{UUID}/INBOX.mbox/{OTHER}/Data/Messages/1.emlx")]);
        let mail = home.path().join("Library/Mail");
        std::fs::set_permissions(&mail, std::fs::Permissions::from_mode(0o000)).expect("locked");
        let is_locked = std::fs::read_dir(&mail).is_err();
        let stores = stores_of(home.path(), &Place::here());
        std::fs::set_permissions(&mail, std::fs::Permissions::from_mode(0o755)).expect("unlocked");
        // Root may look into everything: then what the error gives is looked at alone.
        let stores = if is_locked { stores } else { closed(&mail, &io::Error::from(io::ErrorKind::PermissionDenied), &Place::here()).into_iter().collect() };
        assert_eq!(told(&stores), ["Mail Apple Mail Unknown false"]);
        assert!(stores[0].advice.as_deref().is_some_and(|advice| advice.contains("Full Disk Access")));
        assert!(stores_of(&home.path().join("nobody"), &Place::here()).is_empty());
    }
}
