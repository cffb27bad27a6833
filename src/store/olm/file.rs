//! An open archive: which of its entries are messages, and where.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use zip::ZipArchive;

use crate::mail::{BodyWriter, MailboxPath, SpecialUse};
use crate::store::mapi::OpenValue;
use crate::store::rebuild::ItemKind;
use crate::store::role;

/// The directory below which mail lies, and those of attachments.
const MESSAGES: &str = "com.microsoft.__Messages";
const ATTACHMENTS: &str = "com.microsoft.__Attachments";
/// A message's XML is no longer than this (64 MB).
const LONGEST_XML: u64 = 64_000_000;
/// An attachment that unpacks to more is not read (4 GB).
const LONGEST_ATTACHMENT: u64 = 4_000_000_000;
/// Folders within folders are followed as deep as this.
const DEEPEST: usize = 64;

/// An archive.
pub struct OlmFile {
    zip: Mutex<ZipArchive<File>>,
    /// Entries by their names.
    entries: HashMap<String, usize>,
    folders: Vec<OlmFolder>,
    lists: Vec<OlmList>,
    temp_dir: PathBuf,
}

/// A folder of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlmFolder {
    /// Its name.
    pub path: MailboxPath,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// Its messages' entries, in the order of the archive.
    pub messages: Vec<String>,
}

/// An XML file of things that are no mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OlmList {
    pub entry: String,
    pub kind: ItemKind,
}

impl OlmFile {
    /// Opens an archive. What is too large for memory goes through a temporary file in `temp_dir`.
    ///
    /// # Errors
    /// It can't be read, or is no zip.
    pub fn open(file: File, temp_dir: PathBuf) -> io::Result<Arc<Self>> {
        let zip = ZipArchive::new(file).map_err(io::Error::from)?;
        // Names are UTF-8, whether or not an entry says so.
        let names: Vec<String> = zip.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let mut entries = HashMap::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            entries.entry(name.clone()).or_insert(at);
        }
        let lists = names.iter().filter_map(|name| Some(OlmList { kind: list_kind(name)?, entry: name.clone() })).collect();
        Ok(Arc::new(Self { zip: Mutex::new(zip), entries, folders: folders(&names), lists, temp_dir }))
    }

    /// Its folders, in the order of the archive.
    #[must_use]
    pub fn folders(&self) -> &[OlmFolder] {
        &self.folders
    }

    pub(super) fn lists(&self) -> &[OlmList] {
        &self.lists
    }

    /// An XML file whole.
    ///
    /// # Errors
    /// It can't be unpacked, or is too long.
    pub fn xml(&self, entry: &str) -> io::Result<Vec<u8>> {
        self.with(entry, |file, _| {
            let mut bytes = Vec::new();
            file.take(LONGEST_XML + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > LONGEST_XML { Err(io::Error::other("it unpacks to more than a message has")) } else { Ok(bytes) }
        })
    }

    /// The length that an entry says it unpacks to.
    pub(super) fn len(&self, entry: &str) -> Option<u64> {
        self.with(entry, |_, len| Ok(len)).ok()
    }

    /// The entry that a message names as its attachment: by its whole name, or by its name in the folder of attachments.
    pub(super) fn attachment(&self, message: &str, url: &str) -> Option<String> {
        let folder = message.rsplit_once('/').map_or("", |(folder, _)| folder);
        [url.to_owned(), format!("{folder}/{url}"), format!("{folder}/{ATTACHMENTS}/{url}")].into_iter().find(|name| self.entries.contains_key(name))
    }

    fn with<T>(&self, entry: &str, read: impl FnOnce(&mut dyn Read, u64) -> io::Result<T>) -> io::Result<T> {
        let index = self.entries.get(entry).copied().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the archive has no such entry"))?;
        let mut zip = self.zip.lock().map_err(|_| io::Error::other("another reader failed"))?;
        let mut file = zip.by_index(index).map_err(io::Error::from)?;
        let len = file.size();
        read(&mut file, len)
    }
}

/// An attachment that is unpacked when it is wanted.
pub(super) struct Attachment {
    pub file: Arc<OlmFile>,
    pub entry: String,
}

impl OpenValue for Attachment {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let temp_dir = &self.file.temp_dir;
        self.file.with(&self.entry, |file, len| {
            if len > LONGEST_ATTACHMENT {
                return Err(io::Error::other(format!("it would unpack to {len} bytes")));
            }
            let mut writer = BodyWriter::expecting(temp_dir, len);
            if io::copy(&mut file.take(len + 1), &mut writer)? != len {
                return Err(io::Error::other("it has another length than the archive says"));
            }
            Ok(Box::new(writer.finish()?.reader()) as Box<dyn Read + Send>)
        })
    }
}

/// Folders and their messages. Those of several accounts are told apart by the account's name.
fn folders(names: &[String]) -> Vec<OlmFolder> {
    let placed: Vec<(&str, Vec<&str>, Option<&str>)> = names.iter().filter_map(|name| place(name)).collect();
    let mut roots: Vec<&str> = placed.iter().filter(|(.., message)| message.is_some()).map(|(root, ..)| *root).collect();
    roots.sort_unstable();
    roots.dedup();
    let (mut folders, mut known): (Vec<OlmFolder>, HashMap<MailboxPath, usize>) = (Vec::new(), HashMap::new());
    for (root, path, message) in placed {
        if !roots.contains(&root) || path.is_empty() && message.is_none() {
            continue;
        }
        let account =
            root.trim_end_matches('/').rsplit('/').next().filter(|_| roots.len() > 1).map(|name| if name == "Local" { "On My Computer" } else { name });
        let role = role::at_top(&MailboxPath::new(path.iter().copied()));
        let path = MailboxPath::new(account.into_iter().chain(if path.is_empty() { vec!["Messages"] } else { path }));
        let at = *known.entry(path.clone()).or_insert_with(|| {
            folders.push(OlmFolder { path, role, messages: Vec::new() });
            folders.len() - 1
        });
        if let Some(folder) = folders.get_mut(at) {
            folder.messages.extend(message.map(str::to_owned));
        }
    }
    folders
}

/// What stands before the directory of messages, the folders below it, and the entry, if it is a message's. `None` for anything else.
fn place(name: &str) -> Option<(&str, Vec<&str>, Option<&str>)> {
    let at = name.find(MESSAGES)?;
    let (root, rest) = (name.get(..at)?, name.get(at + MESSAGES.len()..)?.strip_prefix('/')?);
    if !(root.is_empty() || root.ends_with('/')) {
        return None;
    }
    let mut parts: Vec<&str> = rest.split('/').collect();
    let last = parts.pop()?;
    if parts.contains(&ATTACHMENTS) || parts.len() > DEEPEST {
        return None;
    }
    let is_message = last.len() > 4 && last.get(last.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(".xml"));
    (last.is_empty() || is_message).then_some((root, parts, is_message.then_some(name)))
}

/// What a list holds, by its name and place.
fn list_kind(name: &str) -> Option<ItemKind> {
    let lower = name.to_ascii_lowercase();
    if lower.contains(&ATTACHMENTS.to_ascii_lowercase()) || !lower.ends_with(".xml") || lower.contains(&MESSAGES.to_ascii_lowercase()) {
        return None;
    }
    Some(match lower.rsplit('/').next()? {
        "contacts.xml" => ItemKind::Contact,
        "calendar.xml" => ItemKind::Appointment,
        "tasks.xml" => ItemKind::Task,
        "notes.xml" => ItemKind::Note,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_of_the_archive_and_accounts_are_told_apart() {
        let told = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            folders(&names).iter().map(|folder| format!("{} {:?} {}", folder.path, folder.role, folder.messages.len())).collect::<Vec<_>>()
        };
        let one = [
            "Local/com.microsoft.__Messages/",
            "Local/com.microsoft.__Messages/Inbox/",
            "Local/com.microsoft.__Messages/Inbox/message_00001.xml",
            "Local/com.microsoft.__Messages/Inbox/Sub/message_00002.xml",
            "Local/com.microsoft.__Messages/Inbox/com.microsoft.__Attachments/evil.xml",
            "Local/com.microsoft.__Messages/../../etc/message_3.XML",
            "Local/com.microsoft.__MessagesX/Inbox/message.xml",
            "Local/Calendar/Calendar.xml",
        ];
        assert_eq!(told(&one), ["Inbox Some(Inbox) 1", "Inbox/Sub None 1", "../../etc None 1"]);
        let two = ["Local/com.microsoft.__Messages/Inbox/a.xml", "Accounts/ann@a.example/com.microsoft.__Messages/Inbox/a.xml"];
        assert_eq!(told(&two), ["On My Computer/Inbox Some(Inbox) 1", "ann@a.example/Inbox Some(Inbox) 1"]);
        assert_eq!(list_kind("Local/Address Book/x/Contacts.xml"), Some(ItemKind::Contact));
        assert_eq!(list_kind("Local/com.microsoft.__Messages/Contacts.xml"), None);
    }
}
