//! Outlook's accounts and files: from the user's registry, and from the places where Outlook keeps files by itself.

pub mod hive;
mod profile;
pub mod registry;

use std::path::{Path, PathBuf};

use hive::Hive;
use profile::{Account, Profiles};
use registry::Registry;

use super::program::special;
use super::user::UserFolders;
use crate::store::bounds::is_readable_here;
use crate::store::eml::content;
use crate::store::eml::tree::kind_of;
use crate::store::info::{StoreInfo, StoreKind};
use crate::store::place::Place;

/// A user's hive is not larger than this.
const LARGEST_HIVE: u64 = 256 << 20;

/// Every file of Outlook that is known of a user: each once, with the account that delivers into it.
pub(super) fn stores_of(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let profiles = registry_of(user, place).map(|registry| profile::read(registry.as_ref())).unwrap_or_default();
    let mut stores: Vec<StoreInfo> = Vec::new();
    for path in usual_files(user, &profiles, place).into_iter().chain(profiles.files.iter().map(|file| place.absolute(file))) {
        if !stores.iter().any(|store| is_same(&store.path, &path))
            && let Some(store) = store_of(&path, place)
        {
            stores.push(store);
        }
    }
    for account in &profiles.accounts {
        if let Some(store) = account.delivers_into(&stores, place).and_then(|at| stores.get_mut(at)) {
            store.protocol = account.protocol;
            store.account = account.address.clone().or_else(|| store.account.clone());
            store.host = account.host.clone().or_else(|| store.host.clone());
        }
    }
    stores
}

impl Account {
    /// Which of `stores` it delivers into: the file its profile names, else the only one called after its address.
    fn delivers_into(&self, stores: &[StoreInfo], place: &Place) -> Option<usize> {
        if let Some(file) = &self.file {
            let path = place.absolute(file);
            return stores.iter().position(|store| is_same(&store.path, &path));
        }
        // Outlook calls a new account's file after its address.
        let address = self.address.as_deref()?.to_lowercase();
        let called = |store: &StoreInfo| store.path.file_stem().is_some_and(|stem| stem.to_string_lossy().to_lowercase().starts_with(&address));
        let mut found = stores.iter().enumerate().filter(|(_, store)| called(store));
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }
}

/// The registry of the user: the running one's, or on another computer's drive that of its hive.
pub(super) fn registry_of(user: &UserFolders, place: &Place) -> Option<Box<dyn Registry>> {
    if place.root.is_none() {
        return registry::of_this_computer();
    }
    let entry = place.bounds.list(&user.home).ok()?.into_iter().find(|entry| entry.name.eq_ignore_ascii_case("NTUSER.DAT"))?;
    let hive = (entry.len <= LARGEST_HIVE).then(|| Hive::new(place.bounds.head(&entry.path, LARGEST_HIVE)))??;
    Some(Box::new(hive))
}

/// What lies where Outlook keeps files by itself.
fn usual_files(user: &UserFolders, profiles: &Profiles, place: &Place) -> Vec<PathBuf> {
    let mut dirs = vec![user.local.join("Microsoft/Outlook")];
    let redirected = profiles.documents.iter().map(|written| match written.strip_prefix("%USERPROFILE%") {
        Some(rest) => place.below(&user.home, rest),
        None => place.absolute(written),
    });
    for documents in user.documents.iter().cloned().chain(redirected) {
        dirs.extend(["Outlook Files", "Outlook-Dateien", ""].into_iter().map(|name| documents.join(name)));
    }
    let is_outlooks = |name: &str| [".pst", ".ost", ".nst"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let entries = dirs.iter().flat_map(|dir| place.bounds.list(dir).unwrap_or_default());
    entries.filter(|entry| !entry.is_dir && is_outlooks(&entry.name)).map(|entry| entry.path).collect()
}

/// The store at `path`, if a file is there that is one of Outlook's.
fn store_of(path: &Path, place: &Place) -> Option<StoreInfo> {
    if !place.bounds.allows(path) {
        return None;
    }
    let name = path.file_name()?.to_string_lossy().into_owned();
    let bytes = std::fs::metadata(path).ok()?.len();
    // Outlook may hold it so that not one byte can be read: then its name says what it is.
    let by_name = if name.to_ascii_lowercase().ends_with(".pst") { StoreKind::OutlookPst } else { StoreKind::OutlookOst };
    // A look into what lies in a cloud alone would fetch all of it.
    let is_here = is_readable_here(path);
    let head = if is_here { place.bounds.head(path, 16) } else { Vec::new() };
    let kind = if head.is_empty() { Some(by_name) } else { kind_of(content::of_bytes(&head, None)) }?;
    let mut store = special(kind, &name, path.to_path_buf(), place);
    store.bytes = bytes;
    if is_here && head.is_empty() && bytes > 0 {
        store.in_use = true;
        store.readable = false;
        store.advise("Outlook has this file open and lets no other program read it: close Outlook, then search again.");
    }
    Some(store)
}

/// The same file, as Windows compares names: whatever their case, and parted by `/` or `\`.
fn is_same(a: &Path, b: &Path) -> bool {
    let folded = |path: &Path| PathBuf::from(path.to_string_lossy().to_lowercase());
    a == b || folded(a) == folded(b)
}

#[cfg(test)]
mod tests {
    use super::hive::made::{MadeKey, hive, utf16};
    use super::*;
    use crate::store::info::Protocol;

    /// A key within keys.
    fn nested(path: &[&'static str], inner: MadeKey) -> MadeKey {
        match path {
            [] => inner,
            [name, rest @ ..] => MadeKey { name, keys: vec![nested(rest, inner)], ..MadeKey::default() },
        }
    }

    #[test]
    fn a_dead_computers_outlook_tells_its_accounts_and_where_its_files_lie() {
        let drive = tempfile::tempdir().unwrap();
        let home = drive.path().join("Users/Ann");
        let made = |path: &str| {
            let path = drive.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, b"!BDN0000SM0000000000").unwrap();
        };
        made("Users/Ann/AppData/Local/Microsoft/Outlook/old@b.example.pst");
        made("Users/Ann/OneDrive/Post/Outlook Files/Outlook.pst");
        made("Archives/2011.PST");
        made("Users/Ann/AppData/Local/Microsoft/Outlook/cache.ost");
        std::fs::write(drive.path().join("Archives/notes.pst"), b"not Outlook's at all").unwrap();

        let entry_id = |path: &str| [&[0, 0, 0, 0][..], &[0x38, 0xA1, 0xBB, 0x10], b"mspst.dll\0\0\0", &utf16(path)].concat();
        let account = |name, address: &str, server: (&'static str, &str), file: Option<&str>| MadeKey {
            name,
            values: [("Email", 1, utf16(address)), (server.0, 3, utf16(server.1))]
                .into_iter()
                .chain(file.map(|file| ("Delivery Store EntryID", 3, entry_id(file))))
                .collect(),
            ..MadeKey::default()
        };
        let accounts = MadeKey {
            name: "9375CFF0413111d3B88A00104B2A6676",
            keys: vec![
                account("00000002", "ann@a.example", ("POP3 Server", "pop.a.example"), Some("C:\\users\\ann\\OneDrive\\Post\\Outlook Files\\outlook.pst")),
                account("00000003", "old@b.example", ("POP3 Server", "pop.b.example"), None),
                account("00000004", "imap@c.example", ("IMAP Server", "imap.c.example"), Some("C:\\Users\\Ann\\AppData\\Local\\Microsoft\\Outlook\\cache.ost")),
                account("00000005", "gone@d.example", ("POP3 Server", "pop.d.example"), Some("D:\\gone.pst")),
            ],
            ..MadeKey::default()
        };
        let service =
            MadeKey { name: "0a0d02", values: vec![("001f6700", 1, utf16("C:\\Archives\\2011.pst")), ("001f6701", 1, utf16("x"))], ..MadeKey::default() };
        let other = MadeKey { name: "0b0d02", values: vec![("001e6700", 3, b"C:\\Archives\\notes.pst\0".to_vec())], ..MadeKey::default() };
        let profile = MadeKey { name: "Outlook", keys: vec![accounts, service, other], ..MadeKey::default() };
        let shell = MadeKey { name: "User Shell Folders", values: vec![("Personal", 2, utf16("%USERPROFILE%\\OneDrive\\Post"))], ..MadeKey::default() };
        let software = MadeKey {
            name: "Microsoft",
            keys: vec![nested(&["Office", "16.0", "Outlook", "Profiles"], profile), nested(&["Windows", "CurrentVersion", "Explorer"], shell)],
            ..MadeKey::default()
        };
        let root = MadeKey { name: "root", keys: vec![nested(&["Software"], software)], ..MadeKey::default() };
        std::fs::write(home.join("ntuser.dat"), hive(&root, b"lh")).unwrap();

        let place = Place::on_drive(drive.path()).unwrap().of("Ann");
        let told: Vec<String> = stores_of(&UserFolders::below(&home), &place)
            .iter()
            .map(|store| {
                let path = store.path.strip_prefix(drive.path()).unwrap().to_string_lossy().replace('\\', "/");
                format!("{path} {:?} {} {}", store.protocol, store.account.as_deref().unwrap_or("-"), store.host.as_deref().unwrap_or("-"))
            })
            .collect();
        assert_eq!(
            told,
            [
                "Users/Ann/AppData/Local/Microsoft/Outlook/cache.ost Imap imap@c.example imap.c.example",
                "Users/Ann/AppData/Local/Microsoft/Outlook/old@b.example.pst Pop old@b.example pop.b.example",
                "Users/Ann/OneDrive/Post/Outlook Files/Outlook.pst Pop ann@a.example pop.a.example",
                "Archives/2011.PST Local - -",
            ]
        );
        assert_eq!(stores_of(&UserFolders::below(&home), &place)[0].protocol, Protocol::Imap);
    }
}
