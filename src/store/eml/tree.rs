//! The folders of a directory tree.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::content::{self, Content};
use crate::mail::MailboxPath;
use crate::store::bounds::{Bounds, Entry};
use crate::store::folder::{Folder, Holding, Naming};
use crate::store::info::{StoreInfo, StoreKind};
use crate::store::{emlx, maildir, mbox, role};

/// Deeper directories are not looked into.
const DEEPEST: usize = 40;
/// More directories than this are not looked into.
const MOST_DIRECTORIES: usize = 100_000;

/// What a tree holds.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Its folders, in the order of a walk.
    pub folders: Vec<Folder>,
    /// Stores of other kinds in it, which are read by themselves or not at all.
    pub other: Vec<StoreInfo>,
}

/// Walks the tree below `dir`.
///
/// Messages directly in `dir` lie in a folder called as it is; those of directories below in folders called by the path from
/// `dir`. A directory is entered once, however many links lead to it.
#[must_use]
pub fn walk(dir: &Path, bounds: &Bounds) -> Tree {
    let (mut tree, mut seen) = (Tree::default(), HashSet::new());
    let top = MailboxPath::new([folder_name(dir)]);
    let mut waiting = vec![(dir.to_path_buf(), MailboxPath::default())];
    while let Some((dir, path)) = waiting.pop() {
        let is_new = dir.canonicalize().is_ok_and(|real| seen.insert(real));
        if !is_new {
            continue;
        }
        let own = if path.is_root() { &top } else { &path };
        if path.names().len() > DEEPEST || seen.len() > MOST_DIRECTORIES {
            tree.folders.push(Folder::closed(own.clone(), dir, "it lies too deep, or there are too many directories"));
            // One such line for each of a million directories would help nobody.
            if seen.len() > MOST_DIRECTORIES {
                break;
            }
            continue;
        }
        let entries = match bounds.list(&dir) {
            Ok(entries) => entries,
            Err(error) => {
                tree.folders.push(Folder::closed(own.clone(), dir, error.to_string()));
                continue;
            }
        };
        if maildir::tree::is_maildir(&entries) {
            tree.add_maildir(&dir, own, bounds);
            continue;
        }
        if emlx::tree::is_mailbox(&dir.file_name().unwrap_or_default().to_string_lossy(), &entries) {
            tree.add_apple(&dir, own, bounds);
            continue;
        }
        tree.add_files(&dir, own, &path, &entries, bounds);
        let children = entries.into_iter().rev().filter(|entry| entry.is_dir && !is_of_the_system(&entry.name));
        waiting.extend(children.map(|entry| (entry.path, path.child(child_name(&entry.name)))));
    }
    tree
}

/// A directory's name as a folder's.
fn folder_name(dir: &Path) -> String {
    child_name(&dir.file_name().unwrap_or_default().to_string_lossy()).to_owned()
}

/// What systems and programs keep for themselves, and what a person threw away.
fn is_of_the_system(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        ".git",
        ".svn",
        ".hg",
        ".cache",
        ".dbus",
        ".gvfs",
        ".Trashes",
        ".Spotlight-V100",
        ".fseventsd",
        ".DocumentRevisions-V100",
        ".TemporaryItems",
        ".thumbnails",
        "$RECYCLE.BIN",
        "System Volume Information",
        "lost+found",
    ];
    NAMES.iter().any(|own| name.eq_ignore_ascii_case(own)) || name.starts_with(".Trash-")
}

/// `Name.sbd` holds the children of the mbox `Name`, `.Name.directory` those of KMail's; `Name.mbox` is Apple's package of the
/// folder `Name`.
fn child_name(name: &str) -> &str {
    if let Some(name) = name.strip_prefix('.').and_then(|name| name.strip_suffix(".directory")) {
        return name;
    }
    let stem = ["sbd", "mbox"].into_iter().find_map(|extension| strip_extension(name, extension));
    stem.unwrap_or(name)
}

fn strip_extension<'a>(name: &'a str, extension: &str) -> Option<&'a str> {
    name.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && end.eq_ignore_ascii_case(extension)).map(|(stem, _)| stem)
}

/// The folder's name of an mbox file: without `.mbox`, `.mbx`, `.txt`.
#[must_use]
pub fn mbox_name(name: &str) -> &str {
    let stem = strip_extension(name, "txt").unwrap_or(name);
    ["mbox", "mbx"].into_iter().find_map(|extension| strip_extension(stem, extension)).unwrap_or(stem)
}

impl Tree {
    fn add_maildir(&mut self, dir: &Path, path: &MailboxPath, bounds: &Bounds) {
        for folder in maildir::tree::folders(dir, bounds) {
            let is_itself = matches!(&folder.holding, Holding::Files { dir: own, .. } if own == dir);
            let path = if is_itself { path.clone() } else { path.join(&folder.path) };
            self.folders.push(Folder { role: role::at_top(&path), path, holding: folder.holding });
        }
    }

    /// A mailbox of Apple Mail's, with those in it.
    fn add_apple(&mut self, dir: &Path, path: &MailboxPath, bounds: &Bounds) {
        for folder in emlx::tree::folders(dir, bounds) {
            // Each is called by the path from the mailbox, which has its own name already.
            let path = path.join(&MailboxPath::new(folder.path.names().iter().skip(1).cloned()));
            self.folders.push(Folder { role: role::at_top(&path), path, holding: folder.holding });
        }
    }

    fn add_files(&mut self, dir: &Path, own: &MailboxPath, path: &MailboxPath, entries: &[Entry], bounds: &Bounds) {
        let mut has_messages = false;
        for entry in entries.iter().filter(|entry| !entry.is_dir) {
            match content::of_entry(entry, bounds) {
                Content::Message | Content::Msg | Content::Emlx => has_messages = true,
                Content::Mbox => self.add_mbox(entry, own, path, bounds),
                Content::Empty if entry.name == "mbox" || mbox_name(&entry.name) != entry.name => self.add_mbox(entry, own, path, bounds),
                Content::Other | Content::Empty => {}
                Content::Closed => self.folders.push(closed_file(entry, path, bounds)),
                // All of a directory's are one program's.
                Content::Dbx => self.add_other(dir, Content::Dbx),
                other => self.add_other(&entry.path, other),
            }
        }
        if has_messages {
            self.add(own.clone(), Holding::Files { dir: dir.to_path_buf(), naming: Naming::Eml });
        }
    }

    /// A file called `mbox` is called after its directory.
    fn add_mbox(&mut self, entry: &Entry, own: &MailboxPath, path: &MailboxPath, bounds: &Bounds) {
        let path = if entry.name.eq_ignore_ascii_case("mbox") { own.clone() } else { path.child(mbox_name(&entry.name)) };
        let habits = mbox::habits_of(&entry.path, bounds);
        self.add(path, Holding::Mbox { file: entry.path.clone(), habits });
    }

    fn add(&mut self, path: MailboxPath, holding: Holding) {
        self.folders.push(Folder { role: role::at_top(&path), path, holding });
    }

    fn add_other(&mut self, path: &Path, content: Content) {
        if let Some(kind) = kind_of(content)
            && !self.other.iter().any(|store| store.path == path)
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.other.push(StoreInfo::new(kind, name, path));
        }
    }
}

/// The kind of a store that is none of folders of messages, by what a file is.
#[must_use]
pub fn kind_of(content: Content) -> Option<StoreKind> {
    Some(match content {
        Content::Pst => StoreKind::OutlookPst,
        Content::Ost => StoreKind::OutlookOst,
        Content::Dbx => StoreKind::OutlookExpress,
        Content::Msg => StoreKind::OutlookMsg,
        Content::Olm => StoreKind::OutlookOlm,
        Content::TheBat => StoreKind::TheBat,
        Content::Message | Content::Emlx | Content::Mbox | Content::Empty | Content::Other | Content::Closed => return None,
    })
}

/// A file that may be mail and can't be opened.
fn closed_file(entry: &Entry, path: &MailboxPath, bounds: &Bounds) -> Folder {
    let why = bounds.open(&entry.path).err().map_or_else(|| "it can't be read".to_owned(), |error| error.to_string());
    Folder::closed(path.child(mbox_name(&entry.name)), &entry.path, why)
}

/// Whether the path is an mbox file that stands alone, and its folder.
#[must_use]
pub fn single_mbox(file: &Path, bounds: &Bounds) -> Folder {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let parent = || file.parent().map(folder_name).filter(|parent| !parent.is_empty());
    let name = if name.eq_ignore_ascii_case("mbox") { parent().unwrap_or_else(|| name.to_string()) } else { mbox_name(&name).to_owned() };
    let path = MailboxPath::new([name]);
    let habits = mbox::habits_of(file, bounds);
    Folder { role: role::at_top(&path), path, holding: Holding::Mbox { file: PathBuf::from(file), habits } }
}
