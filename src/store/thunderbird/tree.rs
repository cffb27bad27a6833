//! The folders in a server's directory.

use std::collections::HashSet;
use std::path::Path;

use super::mork;
use crate::mail::MailboxPath;
use crate::store::bounds::{Bounds, Entry};
use crate::store::eml::content::{self, Content};
use crate::store::folder::{Folder, Holding, Naming};
use crate::store::mbox::habits::{THUNDERBIRD, summary_of};
use crate::store::role;

/// Deeper folders are not looked into.
const DEEPEST: usize = 40;

/// The folders below `dir`: mbox files, maildir-lite directories, `.sbd` trees.
///
/// A left-over `nstmp` of a broken compaction may hold mail that its folder lost: with mail in it, it is a folder of its own.
#[must_use]
pub fn folders(dir: &Path, bounds: &Bounds) -> Vec<Folder> {
    let (mut folders, mut seen) = (Vec::new(), HashSet::new());
    let mut waiting = vec![(dir.to_path_buf(), MailboxPath::default())];
    while let Some((dir, path)) = waiting.pop() {
        let is_new = dir.canonicalize().is_ok_and(|real| seen.insert(real));
        if !is_new {
            continue;
        }
        let is_too_deep = path.names().len() > DEEPEST;
        let entries = match bounds.list(&dir) {
            Ok(entries) if !is_too_deep => entries,
            // The account's own directory is missing until its first mail.
            Err(error) if path.is_root() && error.kind() == std::io::ErrorKind::NotFound => continue,
            listed => {
                let why = listed.err().map_or_else(|| "it lies too deep".to_owned(), |error| error.to_string());
                folders.push(Folder::closed(path, dir, why));
                continue;
            }
        };
        let mut deeper = Vec::new();
        for entry in &entries {
            if let Some(stem) = entry.name.strip_suffix(".sbd").filter(|_| entry.is_dir) {
                deeper.push((entry.path.clone(), path.child(true_name(&dir.join(stem), stem, bounds))));
            } else if let Some(holding) = holding(entry, &entries, bounds) {
                let path = path.child(true_name(&entry.path, &entry.name, bounds));
                folders.push(Folder { role: role::at_top(&path), path, holding });
            }
        }
        waiting.extend(deeper.into_iter().rev());
    }
    folders
}

/// How a file or directory is a folder, if it is one.
fn holding(entry: &Entry, siblings: &[Entry], bounds: &Bounds) -> Option<Holding> {
    if entry.name.starts_with('.') {
        return None;
    }
    if entry.is_dir {
        return match bounds.list(&entry.path) {
            Ok(inner) if inner.iter().any(|inner| inner.is_dir && inner.name == "cur") => {
                Some(Holding::Files { dir: entry.path.clone(), naming: Naming::MaildirLite })
            }
            Ok(_) => None,
            Err(error) => Some(Holding::Closed { at: entry.path.clone(), why: error.to_string() }),
        };
    }
    let mbox = || Holding::Mbox { file: entry.path.clone(), habits: THUNDERBIRD };
    if entry.name.to_ascii_lowercase().starts_with("nstmp") {
        return (entry.len > 0 && may_be_mbox(entry, bounds)).then(mbox);
    }
    if is_known_file(&entry.name) {
        return None;
    }
    let has_summary = siblings.iter().any(|other| other.name.strip_suffix(".msf") == Some(entry.name.as_str()));
    let is_empty_folder = || entry.len == 0 && !entry.name.contains('.');
    (has_summary || is_empty_folder() || entry.len > 0 && may_be_mbox(entry, bounds)).then(mbox)
}

/// True also for what can't be opened: reading it tells why.
fn may_be_mbox(entry: &Entry, bounds: &Bounds) -> bool {
    matches!(content::of_file(&entry.path, bounds), Content::Mbox | Content::Closed)
}

/// Files of the program's own that lie between the folders.
fn is_known_file(name: &str) -> bool {
    const ENDS: [&str; 11] = [".msf", ".dat", ".html", ".htm", ".json", ".sqlite", ".log", ".bak", ".mozmsgs", ".tmp", ".lock"];
    let lower = name.to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end)) || lower == "rules.ini"
}

/// The folder's true name: that of its `.msf` where the name on disk looks hashed, else the name on disk.
fn true_name(file: &Path, name: &str, bounds: &Bounds) -> String {
    let hashed = name.len() >= 8 && name.get(name.len() - 8..).is_some_and(|end| end.bytes().all(|b| b.is_ascii_hexdigit()));
    let found = if hashed { mork::folder_name(&bounds.head(&summary_of(file), mork::LOOKED_AT_BYTES)) } else { None };
    found.unwrap_or_else(|| name.to_owned())
}

/// Whether a directory holds folders of Thunderbird: a `.msf`, or, where these were deleted, no directory but `.sbd` beside its mbox.
#[must_use]
pub fn is_server_directory(entries: &[Entry]) -> bool {
    let has_mbox = |dir: &Entry| dir.name.strip_suffix(".sbd").is_some_and(|stem| entries.iter().any(|other| !other.is_dir && other.name == stem));
    let mut dirs = entries.iter().filter(|entry| entry.is_dir).peekable();
    entries.iter().any(|entry| !entry.is_dir && entry.name.ends_with(".msf") && !entry.name.starts_with('.')) || dirs.peek().is_some() && dirs.all(has_mbox)
}
