//! What a directory of Outlook Express's holds, account by account.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::file::{DbxFile, DbxKind};
use super::folders::{self, Entry, NO_PARENT};
use crate::mail::{MailboxPath, SpecialUse};
use crate::store::bounds::{self, Bounds};
use crate::store::folder::{Folder, Holding};
use crate::store::mapi::CodePage;
use crate::store::pst::OnDisk;
use crate::store::role;

/// Folders within folders are followed as deep as this.
const DEEPEST: usize = 64;

/// Where an account's mail is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum AccountKind {
    /// On this computer: what POP brought, and a person's own folders.
    Local,
    /// On an IMAP server.
    Imap,
    /// On Hotmail's server.
    Http,
    /// Newsgroups: no mail.
    News,
}

impl AccountKind {
    const fn of(kind: u8) -> Self {
        match kind {
            0 => Self::News,
            1 => Self::Imap,
            2 => Self::Http,
            _ => Self::Local,
        }
    }
}

/// An account, and its folders in the order of `Folders.dbx`.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where its mail is.
    pub kind: AccountKind,
    /// What a person calls it; of local folders their common name.
    pub name: String,
    /// Its folders that have a file.
    pub folders: Vec<Folder>,
    /// How many messages `Folders.dbx` counts in its inbox.
    pub in_inbox: u32,
    key: Vec<u8>,
    paths: HashSet<MailboxPath>,
}

/// What a directory holds.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Those that have a folder.
    pub all: Vec<Account>,
    /// Why `Folders.dbx` does not tell all of it.
    pub unlisted: Option<String>,
}

/// A file of the directory.
struct File {
    name: String,
    kind: DbxKind,
    account: Option<(u8, Vec<u8>)>,
    path: PathBuf,
    is_taken: bool,
}

/// The accounts whose files lie in `dir`. Files that `Folders.dbx` does not name are folders called by their names.
#[must_use]
pub fn accounts(dir: &Path, bounds: &Bounds) -> Accounts {
    let mut files = files(dir, bounds);
    let list = files.iter().find(|file| file.name.eq_ignore_ascii_case("folders.dbx")).map(|file| folders::read(&file.path, bounds));
    let (entries, unlisted) = match list {
        None => (Vec::new(), Some("its list of folders (Folders.dbx) is not there".to_owned())),
        Some(Err(error)) => (Vec::new(), Some(format!("its list of folders (Folders.dbx) can't be read: {error}"))),
        Some(Ok(list)) => {
            let why = list.damage.first.first().map(|first| format!("its list of folders (Folders.dbx) is damaged: {first}"));
            (list.entries, why)
        }
    };
    let mut found = Accounts { all: Vec::new(), unlisted };
    let page = code_page(&entries, &files);
    let by_name: HashMap<String, usize> = files.iter().enumerate().map(|(at, file)| (file.name.to_lowercase(), at)).collect();
    let by_id: HashMap<u32, &Entry> = entries.iter().map(|entry| (entry.id, entry)).collect();
    for entry in entries.iter().filter(|entry| !entry.file.is_empty()) {
        let line = line_of(entry, &by_id);
        let kind = AccountKind::of(line.account.map_or(entry.kind, |account| account.kind));
        let names: Vec<String> = line.names.iter().rev().map(|name| page.decode(name)).collect();
        let path = MailboxPath::new(names);
        let file_name = page.decode(&entry.file);
        let file = by_name.get(&file_name.to_lowercase()).and_then(|at| files.get_mut(*at)).filter(|file| !file.is_taken);
        let holding = match file {
            Some(file) => {
                file.is_taken = true;
                Holding::Dbx { file: file.path.clone() }
            }
            None if entry.messages == 0 => continue,
            None => Holding::Closed { at: dir.join("Folders.dbx"), why: format!("{file_name} is not there, in which {} messages should be", entry.messages) },
        };
        let (key, name) = line.account.map_or_else(Default::default, |account| (account.key.clone(), page.decode(&account.name)));
        let in_inbox = if entry.role == Some(SpecialUse::Inbox) { entry.messages } else { 0 };
        found.add(kind, key, name, Folder { role: entry.role.or_else(|| role::at_top(&path)), path, holding }, in_inbox);
    }
    let local = entries.iter().find(|entry| entry.kind == 3 && is_account(entry, &by_id));
    for file in files.into_iter().filter(|file| !file.is_taken && file.kind == DbxKind::Messages) {
        let (kind, key) = file.account.unwrap_or((3, Vec::new()));
        let kind = AccountKind::of(kind);
        let own = local.filter(|_| kind == AccountKind::Local);
        let own = own.or_else(|| entries.iter().find(|entry| !key.is_empty() && entry.key == key && is_account(entry, &by_id)));
        let (key, name) = own.map_or((key, String::new()), |own| (own.key.clone(), page.decode(&own.name)));
        found.add(kind, key, name, called(&file.name, file.path), 0);
    }
    found
}

/// The folder of a file that stands alone, by its name.
#[must_use]
pub fn single(path: &Path) -> Folder {
    called(&path.file_name().unwrap_or_default().to_string_lossy(), path.to_path_buf())
}

fn called(name: &str, file: PathBuf) -> Folder {
    let stem = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at)).filter(|(stem, end)| !stem.is_empty() && end.eq_ignore_ascii_case(".dbx"));
    let path = MailboxPath::new([stem.map_or(name, |(stem, _)| stem)]);
    Folder { role: role::at_top(&path), path, holding: Holding::Dbx { file } }
}

/// Outlook Express's files in `dir`. One that can't be opened counts as a folder's, so that it is told of.
fn files(dir: &Path, bounds: &Bounds) -> Vec<File> {
    let mut files = Vec::new();
    for entry in bounds.list(dir).unwrap_or_default() {
        let is_dbx = entry.name.len() > 4 && entry.name.to_ascii_lowercase().ends_with(".dbx");
        if entry.is_dir || !is_dbx {
            continue;
        }
        // What lies in a cloud alone is not fetched for this.
        let opened = if bounds::is_readable_here(&entry.path) { bounds.open(&entry.path) } else { Err(std::io::ErrorKind::Unsupported.into()) };
        let (kind, account) = match opened {
            Err(_) if is_no_mail(&entry.name) => (DbxKind::Other, None),
            Err(_) => (DbxKind::Messages, None),
            Ok((file, metadata)) => match DbxFile::open(Box::new(OnDisk::new(file, metadata.len()))) {
                Ok(mut file) => (file.kind(), file.account().filter(|_| file.kind() == DbxKind::Messages)),
                // Torn off within its header, or overwritten: its name says what it was.
                Err(_) if is_no_mail(&entry.name) => (DbxKind::Other, None),
                Err(_) => (DbxKind::Messages, None),
            },
        };
        files.push(File { name: entry.name, kind, account, path: entry.path, is_taken: false });
    }
    files
}

fn is_no_mail(name: &str) -> bool {
    ["folders.dbx", "pop3uidl.dbx", "offline.dbx"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Names are written in the code page of the computer that wrote them, which nothing tells. On disk the files have their true
/// names: the code page by which most of them are found is the one.
fn code_page(entries: &[Entry], files: &[File]) -> CodePage {
    const PAGES: [i64; 14] = [1252, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258, 932, 936, 949, 950, 874];
    let names: HashSet<String> = files.iter().map(|file| file.name.to_lowercase()).collect();
    let telling: Vec<&[u8]> = entries.iter().map(|entry| entry.file.as_slice()).filter(|file| !file.is_ascii()).take(1000).collect();
    let found = |page: CodePage| telling.iter().filter(|file| names.contains(&page.decode(file).to_lowercase())).count();
    let mut best = (CodePage::default(), 0);
    for page in PAGES.into_iter().filter_map(CodePage::new) {
        let count = found(page);
        if count > best.1 {
            best = (page, count);
        }
    }
    best.0
}

/// A folder's names from the inside out, and the account that it lies in.
struct Line<'a> {
    names: Vec<&'a [u8]>,
    account: Option<&'a Entry>,
}

/// An account lies directly below the folder that has no parent.
fn is_account(entry: &Entry, by_id: &HashMap<u32, &Entry>) -> bool {
    entry.parent != NO_PARENT && by_id.get(&entry.parent).is_some_and(|top| top.parent == NO_PARENT)
}

/// Climbs to the account. Where the way up leads nowhere or round in a circle, the folder stands alone.
fn line_of<'a>(entry: &'a Entry, by_id: &HashMap<u32, &'a Entry>) -> Line<'a> {
    let mut line = Line { names: vec![&entry.name], account: None };
    let mut at = entry;
    for _ in 0..DEEPEST {
        if is_account(at, by_id) {
            // An account that has a file itself is a folder called by its name.
            if line.names.len() > 1 {
                line.names.pop();
            }
            line.account = Some(at);
            return line;
        }
        let Some(parent) = by_id.get(&at.parent).filter(|_| at.parent != NO_PARENT) else { break };
        line.names.push(&parent.name);
        at = parent;
    }
    Line { names: vec![&entry.name], account: None }
}

impl Accounts {
    /// Adds a folder to the account of this kind and key. All local folders are one account, whatever they call themselves.
    fn add(&mut self, kind: AccountKind, key: Vec<u8>, name: String, folder: Folder, in_inbox: u32) {
        let is_it = |account: &&mut Account| account.kind == kind && (kind == AccountKind::Local || account.key == key);
        if let Some(account) = self.all.iter_mut().find(is_it) {
            account.in_inbox = account.in_inbox.saturating_add(in_inbox);
            return account.add(folder);
        }
        let name = if name.is_empty() && kind != AccountKind::Local { format!("Account {}", String::from_utf8_lossy(&key)) } else { name };
        let is_new = |name: &String| !self.all.iter().any(|account| account.name == *name);
        let unique = numbered(&name).find(is_new);
        let mut account = Account { kind, name: unique.unwrap_or(name), folders: Vec::new(), in_inbox, key, paths: HashSet::new() };
        account.add(folder);
        self.all.push(account);
    }
}

impl Account {
    /// Adds a folder; two of the same name are told apart.
    fn add(&mut self, mut folder: Folder) {
        let above = MailboxPath::new(folder.path.names().split_last().map_or(&[][..], |(_, above)| above).iter().cloned());
        let path = numbered(folder.path.last()).map(|name| above.child(name)).find(|path| !self.paths.contains(path));
        folder.path = path.unwrap_or(folder.path);
        self.paths.insert(folder.path.clone());
        self.folders.push(folder);
    }
}

/// The name itself, then with numbers behind it.
fn numbered(name: &str) -> impl Iterator<Item = String> + use<'_> {
    std::iter::once(name.to_owned()).chain((2..1000).map(move |number| format!("{name} ({number})")))
}
