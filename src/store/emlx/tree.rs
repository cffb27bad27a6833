//! The folders of a directory of Apple Mail's: an account, a mailbox, or any directory that holds message files.
//!
//! A mailbox is a directory `Name.mbox` (`Name.imapmbox` in older caches). Its messages lie in `Messages`, since macOS 10.7 below
//! a directory called by a UUID, spread over `Data/<digit>/<digit>/Messages`; its own mailboxes lie in it, too.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::{is_emlx, is_partial};
use crate::mail::MailboxPath;
use crate::store::bounds::{Bounds, Entry};
use crate::store::folder::{Folder, Holding, Naming};
use crate::store::{mbox, role};

/// Deeper directories are not looked into.
const DEEPEST: usize = 40;
/// More directories than this are not looked into.
const MOST_DIRECTORIES: usize = 400_000;

/// What a directory within another one is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    /// A mailbox of this name.
    Mailbox(String),
    /// Of the mailbox that it lies in: `Messages`, `Data`, a digit, a UUID.
    Inner,
    /// A directory that only sorts mailboxes.
    Shelf(String),
    /// No mail.
    Other,
}

fn kind_of(name: &str, is_in_mailbox: bool) -> Kind {
    const OTHER: [&str; 5] = ["Attachments", "MailData", "RSS", "Signatures", "Bundles"];
    if let Some(stem) = [".mbox", ".imapmbox"].into_iter().find_map(|end| name.strip_suffix(end)).filter(|stem| !stem.is_empty()) {
        return Kind::Mailbox(stem.to_owned());
    }
    if name.starts_with('.') || OTHER.contains(&name) {
        return Kind::Other;
    }
    let is_digits = !name.is_empty() && name.len() <= 2 && name.bytes().all(|b| b.is_ascii_digit());
    if is_in_mailbox && (matches!(name, "Messages" | "Data") || is_digits || is_uuid(name)) {
        return Kind::Inner;
    }
    Kind::Shelf(name.to_owned())
}

/// 32 hexadecimal digits in five groups.
#[must_use]
pub fn is_uuid(name: &str) -> bool {
    let mut groups = name.split('-');
    let fits = [8, 4, 4, 4, 12].iter().all(|len| groups.next().is_some_and(|group| group.len() == *len && group.bytes().all(|b| b.is_ascii_hexdigit())));
    fits && groups.next().is_none()
}

/// Whether the directory called `name` is a mailbox of Apple Mail's own, by what it holds.
#[must_use]
pub fn is_mailbox(name: &str, entries: &[Entry]) -> bool {
    matches!(kind_of(name, false), Kind::Mailbox(_)) && entries.iter().any(|entry| entry.is_dir && (entry.name == "Messages" || is_uuid(&entry.name)))
}

/// The folders below `dir`, in the order of a walk.
///
/// Mailboxes directly in `dir` are called by their names, deeper ones by the path from it. What lies in `dir` itself, if that is
/// a mailbox or holds messages, is called after it. What can't be looked into is told as a closed folder.
#[must_use]
pub fn folders(dir: &Path, bounds: &Bounds) -> Vec<Folder> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (is_mailbox, own) = match kind_of(&name, false) {
        Kind::Mailbox(stem) => (true, stem),
        _ => (false, name),
    };
    let own = MailboxPath::new([own]);
    let mut walk = Walk { bounds, own: own.clone(), seen: HashSet::new(), folders: Vec::new() };
    let root = if is_mailbox { own } else { MailboxPath::default() };
    let mut waiting = vec![Place { dir: dir.to_path_buf(), path: root, depth: 0, is_in_mailbox: is_mailbox, is_top: true }];
    while let Some(place) = waiting.pop() {
        if walk.seen.len() > MOST_DIRECTORIES {
            walk.close(&place, "there are too many directories");
            break;
        }
        waiting.extend(walk.enter(&place).into_iter().rev());
    }
    walk.folders
}

/// A directory that is to be entered.
struct Place {
    dir: PathBuf,
    path: MailboxPath,
    depth: usize,
    is_in_mailbox: bool,
    /// It is a mailbox, not within one: its messages are looked for.
    is_top: bool,
}

struct Walk<'a> {
    bounds: &'a Bounds,
    own: MailboxPath,
    seen: HashSet<PathBuf>,
    folders: Vec<Folder>,
}

impl Walk<'_> {
    fn path_of(&self, place: &Place) -> MailboxPath {
        if place.path.is_root() { self.own.clone() } else { place.path.clone() }
    }

    fn close(&mut self, place: &Place, why: &str) {
        self.folders.push(Folder::closed(self.path_of(place), &place.dir, why));
    }

    /// Enters a directory and answers those in it that are to be entered.
    fn enter(&mut self, place: &Place) -> Vec<Place> {
        if !place.dir.canonicalize().is_ok_and(|real| self.seen.insert(real)) {
            return Vec::new();
        }
        if place.depth > DEEPEST {
            self.close(place, "it lies too deep");
            return Vec::new();
        }
        // Nothing but files is in there, and often a great many: that it can be looked into is all there is to know now.
        if place.is_in_mailbox && !place.is_top && place.dir.ends_with("Messages") {
            if let Err(error) = std::fs::read_dir(&place.dir) {
                self.close(place, &error.to_string());
            }
            return Vec::new();
        }
        let entries = match self.bounds.list(&place.dir) {
            Ok(entries) => entries,
            Err(error) => {
                self.close(place, &error.to_string());
                return Vec::new();
            }
        };
        if place.is_top {
            self.add(place, &entries);
        }
        entries.into_iter().filter(|entry| entry.is_dir).filter_map(|entry| child(place, entry)).collect()
    }

    fn add(&mut self, place: &Place, entries: &[Entry]) {
        let is_own = |entry: &Entry| if entry.is_dir { entry.name == "Messages" } else { is_emlx(&entry.name) };
        if place.is_in_mailbox || entries.iter().any(is_own) {
            let path = self.path_of(place);
            self.folders.push(Folder { role: role::at_top(&path), path, holding: Holding::Files { dir: place.dir.clone(), naming: Naming::Emlx } });
        }
        // An exported mailbox, or one from before macOS 10.4.
        for entry in entries.iter().filter(|entry| !entry.is_dir && entry.name == "mbox" && entry.len > 0) {
            let holds_both = entries.iter().any(|entry| if entry.is_dir { entry.name == "Messages" || is_uuid(&entry.name) } else { is_emlx(&entry.name) });
            let path = if holds_both { self.path_of(place).child("mbox") } else { self.path_of(place) };
            let habits = mbox::habits_of(&entry.path, self.bounds);
            let folder = Folder { role: role::at_top(&path), path, holding: Holding::Mbox { file: entry.path.clone(), habits } };
            match self.folders.last_mut().filter(|_| place.is_in_mailbox && !holds_both) {
                Some(empty) => *empty = folder,
                None => self.folders.push(folder),
            }
        }
    }
}

fn child(place: &Place, entry: Entry) -> Option<Place> {
    let below = |path: MailboxPath, is_in_mailbox, is_top| Some(Place { dir: entry.path.clone(), path, depth: place.depth + 1, is_in_mailbox, is_top });
    match kind_of(&entry.name, place.is_in_mailbox || place.is_top && entry.name == "Messages") {
        Kind::Mailbox(name) => below(place.path.child(name), true, true),
        Kind::Inner => below(place.path.clone(), true, false),
        Kind::Shelf(name) => below(place.path.child(name), false, true),
        // A person's own folder may be called like one of Apple Mail's.
        Kind::Other if place.depth > 0 && !place.is_in_mailbox && !entry.name.starts_with('.') && entry.name != "Attachments" => {
            below(place.path.child(entry.name.clone()), false, true)
        }
        Kind::Other => None,
    }
}

/// The message files of the mailbox at `dir`, in the order of their numbers. Each is named by its path from there, which no other has.
///
/// Where a message lies both whole and with parts cut out, the whole one counts. Directories within that can't be listed are
/// left out here: [`folders`] tells of them.
///
/// # Errors
/// What listing `dir` itself gives.
pub fn messages(dir: &Path, bounds: &Bounds) -> io::Result<Vec<Entry>> {
    let mut found: Vec<(u64, Entry)> = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = vec![(bounds.list(dir)?, String::new(), 0)];
    while let Some((entries, prefix, depth)) = waiting.pop() {
        let is_whole = |entry: &&Entry| !entry.is_dir && entry.len > 0 && is_emlx(&entry.name) && !is_partial(&entry.name);
        let whole: HashSet<String> = entries.iter().filter(is_whole).map(|entry| stem(&entry.name).to_owned()).collect();
        for entry in entries {
            let name = format!("{prefix}{}", entry.name);
            if !entry.is_dir {
                let is_double = is_partial(&entry.name) && whole.contains(stem(&entry.name));
                if is_emlx(&entry.name) && !entry.name.starts_with('.') && !is_double {
                    found.push((number(&entry.name), Entry { name, ..entry }));
                }
            } else if kind_of(&entry.name, true) == Kind::Inner && depth < DEEPEST && entry.path.canonicalize().is_ok_and(|real| seen.insert(real)) {
                waiting.push((bounds.list(&entry.path).unwrap_or_default(), format!("{name}/"), depth + 1));
            }
        }
    }
    found.sort_by(|(a, one), (b, other)| (a, &one.name).cmp(&(b, &other.name)));
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

/// A file's name without what tells that it is a message, whole or not.
fn stem(name: &str) -> &str {
    let whole = name.len() - ".emlx".len().min(name.len());
    let name = name.get(..whole).unwrap_or(name);
    if is_partial_stem(name) { name.get(..name.len() - ".partial".len()).unwrap_or(name) } else { name }
}

fn is_partial_stem(stem: &str) -> bool {
    stem.get(stem.len().saturating_sub(".partial".len())..).is_some_and(|end| end.eq_ignore_ascii_case(".partial"))
}

/// The number that a file is called by.
fn number(name: &str) -> u64 {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = dir.path().join("POP-ann@pop.example").join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, b"x").expect("written");
        }
        dir
    }

    #[test]
    fn every_layout_of_twenty_years_comes_down_to_the_same_folders() {
        const UUID: &str = "4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B";
        let files = [
            "INBOX.mbox/Messages/12.emlx".to_owned(),
            "INBOX.mbox/Messages/3.emlx".to_owned(),
            "INBOX.mbox/Messages/3.partial.emlx".to_owned(),
            format!("INBOX.mbox/{UUID}/Data/Messages/7.partial.emlx"),
            format!("INBOX.mbox/{UUID}/Data/1/2/Messages/21034.emlx"),
            format!("INBOX.mbox/{UUID}/Data/1/2/Attachments/21034/2/notes.emlx"),
            format!("Projects.mbox/2019.mbox/{UUID}/Data/Messages/5.emlx"),
            "Sub/Old.imapmbox/Messages/1.emlx".to_owned(),
            "Empty.mbox/Info.plist".to_owned(),
            "Exported.mbox/mbox".to_owned(),
            "MailData/Envelope Index".to_owned(),
        ];
        let dir = made(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let bounds = Bounds::default();
        let account = dir.path().join("POP-ann@pop.example");
        let told: Vec<String> = folders(&account, &bounds)
            .iter()
            .map(|folder| match &folder.holding {
                Holding::Files { dir, .. } => {
                    let names: Vec<String> = messages(dir, &bounds).expect("listed").into_iter().map(|entry| entry.name.replace(UUID, "U")).collect();
                    format!("{}: {}", folder.path, names.join(" "))
                }
                other => format!("{}: {}", folder.path, if matches!(other, Holding::Mbox { .. }) { "mbox" } else { "?" }),
            })
            .collect();
        assert_eq!(
            told,
            [
                "Empty: ",
                "Exported: mbox",
                "INBOX: Messages/3.emlx U/Data/Messages/7.partial.emlx Messages/12.emlx U/Data/1/2/Messages/21034.emlx",
                "Projects: ",
                "Projects/2019: U/Data/Messages/5.emlx",
                "Sub/Old: Messages/1.emlx",
            ]
        );
        let alone = folders(&account.join("INBOX.mbox"), &bounds);
        assert_eq!(alone.iter().map(|folder| folder.path.to_string()).collect::<Vec<_>>(), ["INBOX"]);
        let bare = folders(&account.join("INBOX.mbox/Messages"), &bounds);
        assert_eq!(bare.iter().map(|folder| folder.path.to_string()).collect::<Vec<_>>(), ["Messages"]);
    }

    #[test]
    fn a_uuid_is_told_from_other_names() {
        assert!(is_uuid("4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B"));
        for other in ["", "4D8B7A60-1C2D-4E3F-8A9B", "4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5G", "4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B-1"] {
            assert!(!is_uuid(other), "{other}");
        }
    }
}
