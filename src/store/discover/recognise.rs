//! What a path is that a person named.

use std::path::{Path, PathBuf};

use super::{advice, program};
use crate::run::{Code, Problem, Radius, Retry};
use crate::store::bounds::{Bounds, Entry};
use crate::store::eml::content::{self, Content};
use crate::store::eml::tree::{self, kind_of};
use crate::store::info::{StoreInfo, StoreKind};
use crate::store::place::Place;
use crate::store::{apple_mail, dbx, emlx, maildir, mbox, thunderbird};

/// Recognises a file or directory, uncounted: a profile, an mbox, a message, a tree of them, a maildir, or what can't be read yet.
///
/// # Errors
/// `STORE-MISSING` if nothing is there, `STORE-UNREADABLE` if it can't be opened, `STORE-UNSUPPORTED` if it holds no mail.
pub fn recognise(path: &Path) -> Result<Vec<StoreInfo>, Problem> {
    let missing = |error: std::io::Error| {
        let code = if error.kind() == std::io::ErrorKind::NotFound { Code::SourceMissing } else { Code::SourceUnreadable };
        Problem::new(code, Radius::Account, Retry::Later, error.to_string()).at(path.display())
    };
    let metadata = std::fs::metadata(path).map_err(missing)?;
    // Whatever directory the program runs in, the same file has the same id.
    let path = std::path::absolute(path).map_err(missing)?;
    let place = Place::here();
    let stores = if metadata.is_dir() {
        directory(&path, &place.bounds.list(&path).map_err(missing)?, &place)
    } else {
        place.bounds.open(&path).map_err(missing)?;
        file(&path, &place)
    };
    if stores.is_empty() {
        let what = "no mail store that this program knows";
        return Err(Problem::new(Code::SourceUnsupported, Radius::Account, Retry::Never, what).at(path.display()));
    }
    Ok(stores)
}

fn file(path: &Path, place: &Place) -> Vec<StoreInfo> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let head = place.bounds.head(path, 66 * 1024);
    let has_summary = place.bounds.allows(&mbox::habits::summary_of(path));
    let is_eml = extension.as_deref() == Some("eml");
    if emlx::is_emlx(&name) {
        let mut store = StoreInfo::new(StoreKind::Eml, name, path);
        "Apple Mail".clone_into(&mut store.program);
        return vec![store];
    }
    match content::of_bytes(&head, extension.as_deref()) {
        Content::Mbox if !is_eml => vec![mbox_store(path, has_summary, place)],
        Content::Empty if !is_eml => vec![mbox_store(path, has_summary, place)],
        Content::Other | Content::Message if has_summary || matches!(extension.as_deref(), Some("mbox" | "mbx")) => vec![mbox_store(path, has_summary, place)],
        Content::Message | Content::Mbox | Content::Empty | Content::Other if is_eml => vec![StoreInfo::new(StoreKind::Eml, name, path)],
        Content::Message => vec![StoreInfo::new(StoreKind::Eml, name, path)],
        Content::Msg => {
            let mut store = StoreInfo::new(StoreKind::OutlookMsg, name, path);
            "Outlook".clone_into(&mut store.program);
            vec![store]
        }
        Content::Dbx => dbx::find::stores_of_file(path, place),
        other => kind_of(other).map(|kind| program::special(kind, &name, path.to_path_buf(), place)).into_iter().collect(),
    }
}

fn mbox_store(path: &Path, has_summary: bool, place: &Place) -> StoreInfo {
    let folder = tree::single_mbox(path, &place.bounds);
    let mut store = StoreInfo::new(StoreKind::Mbox, folder.path.last(), path);
    if has_summary {
        "Thunderbird".clone_into(&mut store.program);
    } else if matches!(&folder.holding, crate::store::folder::Holding::Mbox { habits, .. } if habits.takeout) {
        "Google Takeout".clone_into(&mut store.program);
    }
    store
}

fn directory(path: &Path, entries: &[Entry], place: &Place) -> Vec<StoreInfo> {
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    if has("prefs.js") {
        return thunderbird::stores_of(path, "Thunderbird", place);
    }
    if has("profiles.ini") {
        return thunderbird::profiles_of(path, place).iter().flat_map(|profile| thunderbird::stores_of(profile, "Thunderbird", place)).collect();
    }
    let apple = apple_mail::recognise(path, entries, place);
    if !apple.is_empty() {
        return apple;
    }
    if thunderbird::tree::is_server_directory(entries) && !thunderbird::tree::folders(path, &place.bounds).is_empty() {
        return vec![server_directory(path)];
    }
    let servers: Vec<PathBuf> = entries.iter().filter(|entry| entry.is_dir && is_server(&entry.path, &place.bounds)).map(|entry| entry.path.clone()).collect();
    if !servers.is_empty() && !entries.iter().any(|entry| !entry.is_dir) {
        return servers.iter().map(|dir| server_directory(dir)).collect();
    }
    if maildir::tree::is_maildir(entries) {
        return vec![StoreInfo::new(StoreKind::Maildir, name_of(path), path)];
    }
    tree_stores(path, place)
}

fn is_server(dir: &Path, bounds: &Bounds) -> bool {
    bounds.list(dir).is_ok_and(|entries| thunderbird::tree::is_server_directory(&entries))
}

fn server_directory(path: &Path) -> StoreInfo {
    let mut store = StoreInfo::new(StoreKind::Thunderbird, name_of(path), path);
    "Thunderbird".clone_into(&mut store.program);
    store
}

/// Any other tree: what can be read as one store, and beside it what can't.
fn tree_stores(path: &Path, place: &Place) -> Vec<StoreInfo> {
    let found = tree::walk(path, &place.bounds);
    let mut stores = Vec::new();
    if found.folders.iter().any(|folder| !folder.is_closed()) {
        stores.push(StoreInfo::new(StoreKind::EmlTree, name_of(path), path));
    }
    for mut store in found.other {
        if store.kind == StoreKind::OutlookExpress {
            stores.extend(dbx::find::stores_of(&store.path, None, place));
            continue;
        }
        advice::complete(&mut store);
        stores.push(store);
    }
    stores
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
