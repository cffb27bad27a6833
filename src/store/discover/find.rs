//! Finds and counts.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::program;
use super::recognise::recognise;
use super::user::UserFolders;
use crate::run::{Phase, Run};
use crate::store::bounds::Bounds;
use crate::store::count::{self, Budget, Count};
use crate::store::folder::{Folder, Holding};
use crate::store::folders_of;
use crate::store::info::{FolderInfo, StoreInfo, StoreKind};
use crate::store::place::Place;
use crate::store::{olm, pst};

/// Beyond this many bytes a store's figures are an estimate (64 GB).
const COUNTED_BYTES: u64 = 64_000_000_000;

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct FindOptions {
    /// Other computers' drives.
    pub roots: Vec<PathBuf>,
    /// Files and directories named by hand.
    pub paths: Vec<PathBuf>,
    /// Count messages, bytes and years exactly.
    pub count: bool,
}

/// Finds stores: those of this computer's user, or, where drives or paths are named, only those there.
///
/// What was named by hand and is no store is listed too, unreadable, with the reason as advice: nothing named is passed over in silence.
#[must_use]
pub fn find(options: &FindOptions, run: &Run) -> Vec<StoreInfo> {
    run.progress(|progress| progress.phase = Phase::Finding);
    let mut stores = Vec::new();
    for root in &options.roots {
        stores.extend(on_drive(root));
    }
    for path in &options.paths {
        stores.extend(recognise(path).unwrap_or_else(|problem| vec![not_a_store(path, &problem.what)]));
    }
    if options.roots.is_empty() && options.paths.is_empty() {
        stores.extend(UserFolders::here().map(|user| program::stores_of(&user, &Place::here())).unwrap_or_default());
    }
    let mut seen = HashSet::new();
    stores.retain(|store| seen.insert(store.id.clone()));
    for store in &mut stores {
        if run.is_cancelled() {
            break;
        }
        run.progress(|progress| progress.mailbox = Some(store.name.clone()));
        if options.count {
            count(store, run)
        } else {
            measure(store, run)
        }
        run.progress(|progress| {
            progress.messages_done += store.messages;
            progress.bytes_done += store.bytes;
        });
    }
    stores
}

fn on_drive(root: &std::path::Path) -> Vec<StoreInfo> {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    match Place::on_drive(&root) {
        Ok(place) => UserFolders::on_drive(&root, &place).iter().flat_map(|(user, place)| program::stores_of(user, place)).collect(),
        Err(error) => vec![not_a_store(&root, &error.to_string())],
    }
}

fn not_a_store(path: &std::path::Path, why: &str) -> StoreInfo {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut store = StoreInfo::new(StoreKind::EmlTree, name, path);
    store.readable = false;
    store.advise(&format!("Nothing can be read from it: {why}."));
    store
}

/// Counts a store exactly, by reading all of it, up to 64 GB.
pub fn count(store: &mut StoreInfo, run: &Run) {
    let now_unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    if is_outlooks(store) {
        return pst::count::count(store, true, now_unix, run);
    }
    if is_archive(store) {
        return olm::count(store, true, now_unix, run);
    }
    let mut budget = Budget { bytes: COUNTED_BYTES, now_unix };
    let Some((folders, bounds)) = readable_folders(store) else { return measure(store, run) };
    let mut counted = Count::default();
    for folder in &folders {
        count::folder(folder, &bounds, &mut budget, &mut counted, run);
    }
    store.estimated = counted.estimated || run.is_cancelled();
    store.years = counted.years;
    store.partial = counted.partial;
    store.not_mail = counted.not_mail;
    store.folder_list = counted
        .folders
        .into_iter()
        .map(|(path, count)| {
            let role = folders.iter().find(|folder| folder.path == path).map_or_else(|| crate::store::role::at_top(&path), |folder| folder.role);
            FolderInfo { path, role, messages: count.messages, bytes: count.bytes, deleted: count.deleted }
        })
        .collect();
    sum(store);
}

/// Lists a store's folders without reading them: bytes are those on disk.
fn measure(store: &mut StoreInfo, run: &Run) {
    if is_outlooks(store) {
        return pst::count::count(store, false, 0, run);
    }
    if is_archive(store) {
        return olm::count(store, false, 0, run);
    }
    let Some((folders, bounds)) = readable_folders(store) else { return };
    let info = |folder: &Folder| {
        let bytes = match &folder.holding {
            Holding::Mbox { file, .. } | Holding::One { file } | Holding::Dbx { file } => std::fs::metadata(file).map_or(0, |metadata| metadata.len()),
            Holding::Files { dir, naming } => crate::store::files::list(dir, *naming, &bounds).unwrap_or_default().iter().map(|entry| entry.len).sum(),
            Holding::Closed { .. } => 0,
        };
        FolderInfo { path: folder.path.clone(), role: folder.role, messages: 0, bytes, deleted: 0 }
    };
    store.folder_list = folders.iter().map(info).collect();
    store.estimated = true;
    sum(store);
}

/// A database, which counts itself.
fn is_outlooks(store: &StoreInfo) -> bool {
    store.readable && matches!(store.kind, StoreKind::OutlookPst | StoreKind::OutlookOst)
}

/// Outlook for Mac's, which counts itself, too.
fn is_archive(store: &StoreInfo) -> bool {
    store.readable && store.kind == StoreKind::OutlookOlm
}

fn readable_folders(store: &StoreInfo) -> Option<(Vec<Folder>, Bounds)> {
    if !store.readable {
        return None;
    }
    let bounds = Bounds::below(store.root.as_deref()).ok()?;
    Some((folders_of(store, &bounds), bounds))
}

fn sum(store: &mut StoreInfo) {
    store.folders = store.folder_list.len() as u64;
    store.messages = store.folder_list.iter().map(|folder| folder.messages).sum();
    store.bytes = store.folder_list.iter().map(|folder| folder.bytes).sum();
    store.deleted = store.folder_list.iter().map(|folder| folder.deleted).sum();
}
