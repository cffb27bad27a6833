//! Outlook Express's identities: where each keeps its files, and what a person calls it.

use std::path::PathBuf;

use super::outlook::registry::Registry;
use super::outlook::registry_of;
use super::user::UserFolders;
use crate::store::dbx;
use crate::store::info::StoreInfo;
use crate::store::place::Place;

/// Where Outlook Express keeps its files below an identity's folder.
const USUAL: &str = "Microsoft/Outlook Express";

/// An identity of Windows.
struct Identity {
    name: Option<String>,
    dir: PathBuf,
}

/// Every store of one user's identities.
pub(super) fn stores_of(user: &UserFolders, place: &Place) -> Vec<StoreInfo> {
    let registry = registry_of(user, place);
    let mut identities: Vec<Identity> = Vec::new();
    let usual = place.bounds.list(&user.local.join("Identities")).unwrap_or_default().into_iter();
    let found = usual.map(|entry| Identity { name: name_of(registry.as_deref(), &entry.name), dir: entry.path.join(USUAL) });
    for identity in found.chain(moved(registry.as_deref(), user, place)) {
        let is_known = |known: &Identity| known.dir.to_string_lossy().to_lowercase() == identity.dir.to_string_lossy().to_lowercase();
        if holds_files(&identity, place) && !identities.iter().any(is_known) {
            identities.push(identity);
        }
    }
    identities.iter().flat_map(|identity| dbx::find::stores_of(&identity.dir, identity.name.as_deref(), place)).collect()
}

/// By name, since the program lets nobody read them while it runs.
fn holds_files(identity: &Identity, place: &Place) -> bool {
    place.bounds.list(&identity.dir).is_ok_and(|entries| entries.iter().any(|entry| entry.name.to_ascii_lowercase().ends_with(".dbx")))
}

/// What a person called the identity, if there is more to it than «Main Identity».
fn name_of(registry: Option<&dyn Registry>, id: &str) -> Option<String> {
    let name = registry?.value(&format!("Identities\\{id}"), "Username")?.text()?;
    Some(format!("Outlook Express: {name}"))
}

/// Identities whose files a person had moved elsewhere.
fn moved(registry: Option<&dyn Registry>, user: &UserFolders, place: &Place) -> Vec<Identity> {
    let Some(registry) = registry else { return Vec::new() };
    let one = |id: &String| {
        let root = registry.value(&format!("Identities\\{id}\\Software\\Microsoft\\Outlook Express\\5.0"), "Store Root")?.text()?;
        let root = root.trim_end_matches('\\');
        let dir = match root.strip_prefix("%UserProfile%").or_else(|| root.strip_prefix("%USERPROFILE%")) {
            Some(rest) => place.below(&user.home, rest),
            None => place.absolute(root),
        };
        Some(Identity { name: name_of(Some(registry), id), dir })
    };
    registry.keys("Identities").iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::outlook::hive::made::{MadeKey, hive, utf16};
    use super::*;

    #[test]
    fn identities_are_called_by_their_names_and_found_where_they_were_moved_to() {
        let drive = tempfile::tempdir().unwrap();
        let home = drive.path().join("Documents and Settings/Ann");
        let local = home.join("Local Settings/Application Data/Identities");
        let usual = local.join("{AAAA}/Microsoft/Outlook Express");
        for dir in [&usual, &local.join("{BBBB}/Microsoft/Outlook Express"), &drive.path().join("Mail/Bob")] {
            std::fs::create_dir_all(dir).unwrap();
        }
        for dir in [&usual, &drive.path().join("Mail/Bob")] {
            std::fs::write(dir.join("Inbox.dbx"), b"torn off").unwrap();
        }
        let express = |root: &str| MadeKey { name: "5.0", values: vec![("Store Root", 2, utf16(root))], ..MadeKey::default() };
        let identity = |id, name: &str, root: &str| {
            let inner = ["Outlook Express", "Microsoft", "Software"].into_iter().fold(express(root), |key, name| MadeKey {
                name,
                keys: vec![key],
                ..MadeKey::default()
            });
            MadeKey { name: id, values: vec![("Username", 1, utf16(name))], keys: vec![inner] }
        };
        let identities = vec![
            identity("{AAAA}", "Ann", "%UserProfile%\\Local Settings\\Application Data\\Identities\\{AAAA}\\Microsoft\\Outlook Express\\"),
            identity("{BBBB}", "Bob", "C:\\mail\\bob\\"),
            identity("{CCCC}", "Gone", "D:\\gone"),
        ];
        let root = MadeKey { name: "root", keys: vec![MadeKey { name: "Identities", keys: identities, ..MadeKey::default() }], ..MadeKey::default() };
        std::fs::write(home.join("NTUSER.DAT"), hive(&root, b"lh")).unwrap();
        let place = Place::on_drive(drive.path()).unwrap().of("Ann");
        let told: Vec<String> = stores_of(&UserFolders::below(&home), &place)
            .iter()
            .map(|store| format!("{} {} {:?}", store.name, store.path.strip_prefix(drive.path()).unwrap().display(), store.owner))
            .collect();
        let usual = usual.strip_prefix(drive.path()).unwrap().display().to_string();
        assert_eq!(told, [format!("Outlook Express: Ann {usual} Some(\"Ann\")"), "Outlook Express: Bob Mail/Bob Some(\"Ann\")".to_owned()]);
    }
}
