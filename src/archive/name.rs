//! Names inside a volume that every system can unpack: Windows is the narrowest.
//!
//! They are for the eye; the true names stand in the manifest. A component has at most 60 UTF-16 units, a whole path 150.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::mail::{MailboxPath, Sha256Digest};

/// UTF-16 units of one component at most.
pub(super) const LONGEST_COMPONENT: usize = 60;
/// UTF-16 units of a whole inner path at most, so that a deep desktop folder before it stays below 260.
pub(super) const LONGEST_PATH: usize = 150;
/// What folders may take of it; the rest is for number, subject and ending.
const LONGEST_FOLDER: usize = 105;

/// Makes one path component of any text: never empty, never reserved, at most `limit` UTF-16 units.
#[must_use]
pub(super) fn safe_component(text: &str, limit: usize) -> String {
    let mut name = String::new();
    let mut units = 0;
    for c in text.nfc() {
        let c = match c {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
            c if is_invisible(c) => continue,
            c if c.is_whitespace() => ' ',
            c => c,
        };
        units += c.len_utf16();
        if units > limit {
            break;
        }
        name.push(c);
    }
    let trimmed = name.trim().trim_end_matches(['.', ' ']);
    if trimmed.is_empty() {
        return "_".into();
    }
    let name = if trimmed.starts_with('.') { format!("_{}", trimmed.get(1..).unwrap_or_default()) } else { trimmed.to_owned() };
    if is_reserved(&name) { insert_mark(&name) } else { name }
}

/// Control characters and those that turn or hide text (bidi controls, zero width, byte order mark).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
        || matches!(u32::from(c), 0xE0000..=0xE007F)
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Names that Windows keeps for devices, with any ending: `CON`, `nul.txt`, `COM¹`.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].contains(&stem.as_str()) {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    number.is_some_and(|number| matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"))
}

fn insert_mark(name: &str) -> String {
    match name.split_once('.') {
        Some((stem, rest)) => format!("{}_.{rest}", stem.trim_end()),
        None => format!("{name}_"),
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What two names must not share on a system that ignores case.
fn fold(name: &str) -> String {
    name.to_uppercase().to_lowercase().nfc().collect()
}

/// The top of an entry's name: what kind of thing it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Tree {
    /// Mail.
    Mail,
    /// Mail that its program counts as deleted.
    Deleted,
    /// What is no mail.
    Other,
}

impl Tree {
    /// The tree of a message.
    pub(super) const fn of(deleted: bool) -> Self {
        if deleted { Self::Deleted } else { Self::Mail }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Deleted => "deleted",
            Self::Other => "other",
        }
    }
}

/// Where each folder of each store lies in the volumes. The same folders in the same order always get the same names.
#[derive(Debug, Default)]
pub(super) struct Folders {
    known: HashMap<(Tree, String, MailboxPath), String>,
    levels: HashMap<(String, String), String>,
    taken: HashSet<String>,
}

impl Folders {
    /// The folder's place: `mail/<store>/<folder>…`, or in another tree.
    pub(super) fn place(&mut self, tree: Tree, store: &str, store_name: &str, mailbox: &MailboxPath) -> String {
        let key = (tree, store.to_owned(), mailbox.clone());
        if let Some(place) = self.known.get(&key) {
            return place.clone();
        }
        let store_dir = self.level(tree.name(), store, if store_name.trim().is_empty() { store } else { store_name }, 40);
        let names = mailbox.names();
        let limit = [LONGEST_COMPONENT, 30, 15, 8].into_iter().find(|limit| {
            names.iter().map(|name| units(&safe_component(name, *limit)) + 1).sum::<usize>() + units(&store_dir) + 4 * names.len().min(4) <= LONGEST_FOLDER
        });
        let mut place = store_dir;
        match limit {
            Some(limit) => {
                for name in names {
                    place = self.level(&place, name, name, limit);
                }
            }
            // Too deep for any shortening: the outermost and innermost names, and a digest of the whole.
            None => {
                let text = mailbox.to_string();
                let digest = Sha256Digest::of(text.as_bytes()).to_string();
                let (first, last) = (names.first().map_or("", String::as_str), mailbox.last());
                let name = format!("{} … {} {}", safe_component(first, 16), safe_component(last, 16), digest.get(..8).unwrap_or_default());
                place = self.level(&place, &text, &name, LONGEST_COMPONENT);
            }
        }
        self.known.insert(key, place.clone());
        place
    }

    /// One level below `parent` for the true name `truth`.
    fn level(&mut self, parent: &str, truth: &str, wish: &str, limit: usize) -> String {
        let key = (parent.to_owned(), truth.to_owned());
        if let Some(place) = self.levels.get(&key) {
            return place.clone();
        }
        let mut name = safe_component(wish, limit);
        if name.to_lowercase().ends_with(".eml") {
            name.push('_'); // no folder looks like a message
        }
        let mut place = format!("{parent}/{name}");
        let mut number = 2;
        while !self.taken.insert(fold(&place)) {
            place = format!("{parent}/{}~{number}", safe_component(&name, limit.saturating_sub(6)));
            number += 1;
        }
        self.levels.insert(key, place.clone());
        place
    }
}

/// The entry of a message: its number, and its subject as far as there is room.
pub(super) fn message_entry(folder: &str, id: u64, subject: Option<&str>) -> String {
    let number = format!("{id:06}");
    let room = (LONGEST_PATH.saturating_sub(units(folder) + 1)).min(LONGEST_COMPONENT).saturating_sub(number.len() + 1 + 4);
    let subject = subject.map(|subject| safe_component(subject, room)).filter(|subject| subject != "_" && room >= 4);
    match subject {
        Some(subject) => format!("{folder}/{number}-{subject}.eml"),
        None => format!("{folder}/{number}.eml"),
    }
}

/// The entry of a thing that is no mail.
pub(super) fn other_entry(folder: &str, number: u64, name: &str, extension: &str) -> String {
    let extension = safe_component(&extension.replace('.', "_"), 8);
    let room = LONGEST_PATH.saturating_sub(units(folder) + 1).min(LONGEST_COMPONENT).saturating_sub(12 + 1 + units(&extension));
    let name = safe_component(name, room);
    if name == "_" || room < 4 { format!("{folder}/{number:06}.{extension}") } else { format!("{folder}/{number:06}-{name}.{extension}") }
}

/// The message's number in an entry's name, if it has one.
pub(super) fn number_of(entry: &str) -> Option<u64> {
    (entry.starts_with("mail/") || entry.starts_with("deleted/")).then(|| any_number_of(entry))?
}

/// The number in the name of any entry, if it has one.
pub(super) fn any_number_of(entry: &str) -> Option<u64> {
    let file = entry.rsplit('/').next()?;
    let digits = file.bytes().take_while(u8::is_ascii_digit).count();
    file.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_names_come_out_harmless() {
        for (name, want) in [
            ("../../etc", "_._.._etc"),
            ("C:\\x", "C__x"),
            ("CON", "CON_"),
            ("con.txt", "con_.txt"),
            ("NUL .x", "NUL_.x"),
            ("COM¹", "COM¹_"),
            ("COM10", "COM10"),
            ("a\0b\r\nc", "abc"),
            ("trail. . ", "trail"),
            ("...", "_"),
            ("", "_"),
            ("\u{202E}gpj.exe", "gpj.exe"),
            ("Gru\u{308}ße", "Grüße"),
            ("a<>:\"/\\|?*b", "a_________b"),
        ] {
            assert_eq!(safe_component(name, 60), want, "{name:?}");
        }
        assert_eq!(units(&safe_component(&"🦀".repeat(300), 60)), 60);
    }

    #[test]
    fn names_that_differ_in_case_alone_get_places_of_their_own() {
        let mut folders = Folders::default();
        let a = folders.place(Tree::Mail, "s", "Store", &"Inbox".into());
        let b = folders.place(Tree::Mail, "s", "Store", &"INBOX".into());
        let c = folders.place(Tree::Mail, "t", "STORE", &"Inbox".into());
        assert_eq!((a.as_str(), b.as_str(), c.as_str()), ("mail/Store/Inbox", "mail/Store/INBOX~2", "mail/STORE~2/Inbox"));
        assert_eq!(folders.place(Tree::Mail, "s", "Store", &"INBOX".into()), b);
        assert_eq!(folders.place(Tree::Deleted, "s", "Store", &"Inbox".into()), "deleted/Store/Inbox");
    }

    proptest! {
        #[test]
        fn every_path_is_safe_unique_and_short(tree in prop::collection::vec((any::<bool>(), "[ab]{1,2}", prop::collection::vec(".{0,90}", 0..25)), 1..12), subject in ".{0,200}") {
            let (mut folders, mut seen) = (Folders::default(), HashMap::new());
            for (deleted, store, names) in tree {
                let mailbox = MailboxPath::new(names);
                let place = folders.place(Tree::of(deleted), &store, &store, &mailbox);
                let entry = message_entry(&place, 123_456_789, Some(&subject));
                prop_assert!(units(&entry) <= LONGEST_PATH, "{} {}", units(&entry), entry);
                prop_assert_eq!(number_of(&entry), Some(123_456_789));
                for component in entry.split('/') {
                    prop_assert!(!component.is_empty() && component != "." && component != ".." && units(component) <= LONGEST_COMPONENT + 4);
                    prop_assert!(!component.ends_with(['.', ' ']) && !is_reserved(component) && !component.contains(['\\', ':', '*', '?', '"', '<', '>', '|', '\0']));
                }
                let key = (deleted, store, mailbox);
                if let Some(other) = seen.insert(fold(&place), key.clone()) {
                    prop_assert_eq!(other, key);
                }
            }
        }
    }
}
