//! What is known of a store before it is read: the words of the contract's `find` (DESIGN §6).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use super::rebuild::ItemKind;
use crate::mail::{MailboxPath, Sha256Digest, SpecialUse};

/// What a store is made of, which decides how it is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreKind {
    /// A server directory of Thunderbird or one of its kin: mbox files, `.sbd` trees, maildir-lite.
    Thunderbird,
    /// One mbox file.
    Mbox,
    /// A tree of `.eml` files, mbox files and maildirs in any mixture.
    EmlTree,
    /// One file that is one message.
    Eml,
    /// A maildir, Maildir++ or a directory of maildirs.
    Maildir,
    /// Windows Live Mail and Windows Mail (Vista): a tree of `.eml` files.
    WindowsMail,
    /// Outlook's PST.
    OutlookPst,
    /// Outlook's OST: a server's cache.
    OutlookOst,
    /// Outlook for Mac's export.
    OutlookOlm,
    /// One Outlook message.
    OutlookMsg,
    /// Outlook Express.
    OutlookExpress,
    /// Apple Mail's `.emlx`.
    AppleMail,
    /// eM Client's databases.
    EmClient,
    /// The Bat!'s message bases.
    TheBat,
}

impl StoreKind {
    /// True if [`super::open`] can read it.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        matches!(
            self,
            Self::Thunderbird
                | Self::Mbox
                | Self::EmlTree
                | Self::Eml
                | Self::Maildir
                | Self::WindowsMail
                | Self::OutlookMsg
                | Self::OutlookPst
                | Self::OutlookOst
                | Self::AppleMail
                | Self::OutlookOlm
                | Self::OutlookExpress
        )
    }

    /// The short beginning of a store's id.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Thunderbird => "tb",
            Self::Mbox => "mbox",
            Self::EmlTree | Self::Eml => "eml",
            Self::Maildir => "md",
            Self::WindowsMail => "wm",
            Self::OutlookPst => "pst",
            Self::OutlookOst => "ost",
            Self::OutlookOlm => "olm",
            Self::OutlookMsg => "msg",
            Self::OutlookExpress => "dbx",
            Self::AppleMail => "am",
            Self::EmClient => "em",
            Self::TheBat => "bat",
        }
    }
}

/// How the store's program got its mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// POP3: this computer holds the only copy.
    Pop,
    /// IMAP: a cache of what is on a server; listed apart, not chosen.
    Imap,
    /// No account: folders on this computer only, or files.
    Local,
    /// Not known.
    #[default]
    Unknown,
}

impl Protocol {
    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pop => "pop",
            Self::Imap => "imap",
            Self::Local => "local",
            Self::Unknown => "unknown",
        }
    }
}

/// Messages and bytes of one year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearCount {
    /// Messages.
    pub messages: u64,
    /// Stored bytes.
    pub bytes: u64,
}

/// Things in a store that are not mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMail {
    /// Contacts.
    pub contacts: u64,
    /// Appointments.
    pub appointments: u64,
    /// Tasks.
    pub tasks: u64,
    /// Notes.
    pub notes: u64,
}

impl NotMail {
    /// Counts one more thing; mail is none.
    pub const fn add(&mut self, kind: ItemKind) {
        match kind {
            ItemKind::Contact => self.contacts += 1,
            ItemKind::Appointment => self.appointments += 1,
            ItemKind::Task => self.tasks += 1,
            ItemKind::Note => self.notes += 1,
            ItemKind::Mail => {}
        }
    }
}

/// One folder of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderInfo {
    /// Its true name.
    pub path: MailboxPath,
    /// What it is for, where the store says so.
    pub role: Option<SpecialUse>,
    /// Messages, deleted ones not counted.
    pub messages: u64,
    /// Their stored bytes.
    pub bytes: u64,
    /// Messages that the program counts as deleted.
    pub deleted: u64,
}

/// A store, found or named by hand. Serialises to an element of the contract's `stores[]` and reads back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreInfo {
    /// Short, stable over runs, safe as a file name.
    pub id: String,
    /// What it is made of.
    pub kind: StoreKind,
    /// What a person calls it: the account's address, «Local Folders», the file's or directory's name.
    pub name: String,
    /// The program whose it is; empty if not known.
    pub program: String,
    /// The account's address or user name, where there is one.
    pub account: Option<String>,
    /// How its mail came.
    pub protocol: Protocol,
    /// The account's server, where the program names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The file or directory.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// The other computer's drive it lies on: nothing outside is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    /// The user folder's name, on another computer's drive.
    pub owner: Option<String>,
    /// Stored bytes of `messages`; where it was not counted, bytes on disk.
    pub bytes: u64,
    /// Messages, deleted ones not counted.
    pub messages: u64,
    /// Folders.
    pub folders: u64,
    /// The folders themselves.
    #[serde(default)]
    pub folder_list: Vec<FolderInfo>,
    /// Messages and bytes by the year received.
    pub years: BTreeMap<i16, YearCount>,
    /// Messages that the program counts as deleted.
    pub deleted: u64,
    /// Of `messages`: only the head was ever downloaded.
    pub partial: u64,
    /// True if the figures are not an exact count.
    pub estimated: bool,
    /// The program seems to be running.
    pub in_use: bool,
    /// It can be read.
    pub readable: bool,
    /// What a person should know or do, in plain words.
    pub advice: Option<String>,
    /// What it holds besides mail.
    pub not_mail: NotMail,
}

fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

impl StoreInfo {
    /// A store at `path` with nothing counted yet.
    #[must_use]
    pub fn new(kind: StoreKind, name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        let path = native(path.into());
        Self {
            id: store_id(kind, &path),
            kind,
            name: name.into(),
            program: String::new(),
            account: None,
            protocol: if kind.is_readable() { Protocol::Local } else { Protocol::Unknown },
            host: None,
            path,
            root: None,
            owner: None,
            bytes: 0,
            messages: 0,
            folders: 0,
            folder_list: Vec::new(),
            years: BTreeMap::new(),
            deleted: 0,
            partial: 0,
            estimated: true,
            in_use: false,
            readable: kind.is_readable(),
            advice: None,
            not_mail: NotMail::default(),
        }
    }

    /// Adds a sentence to the advice.
    pub fn advise(&mut self, sentence: &str) {
        match &mut self.advice {
            Some(advice) if advice.contains(sentence) => {}
            Some(advice) => {
                advice.push(' ');
                advice.push_str(sentence);
            }
            None => self.advice = Some(sentence.to_owned()),
        }
    }
}

/// The path as the system writes it: on Windows `C:\Users\ann\AppData/Local` is the same place, but nobody writes it so.
fn native(path: PathBuf) -> PathBuf {
    if cfg!(windows) { path.components().collect() } else { path }
}

/// The kind's short name and 8 hexadecimal digits of SHA-256 over kind and path.
fn store_id(kind: StoreKind, path: &Path) -> String {
    let digest = Sha256Digest::of(format!("{}\0{}", kind.prefix(), path.to_string_lossy()).as_bytes()).to_string();
    format!("{}-{}", kind.prefix(), digest.get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_reads_back_from_its_json_and_keeps_its_id() {
        let mut info = StoreInfo::new(StoreKind::Thunderbird, "me@example.com", "/a/Mail/pop.example.com");
        info.years.insert(2019, YearCount { messages: 2, bytes: 3 });
        info.folder_list.push(FolderInfo { path: MailboxPath::from("Inbox"), role: Some(SpecialUse::Inbox), messages: 2, bytes: 3, deleted: 1 });
        let json = serde_json::to_value(&info).expect("serialises");
        assert_eq!(json["kind"], "thunderbird");
        assert_eq!(json["years"]["2019"]["messages"], 2);
        assert_eq!(json["folder_list"][0]["role"], "inbox");
        let back: StoreInfo = serde_json::from_value(json).expect("reads back");
        assert_eq!(back.id, StoreInfo::new(StoreKind::Thunderbird, "other", "/a/Mail/pop.example.com").id);
        assert!(back.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && back.id.len() <= 16);
        assert_ne!(back.id, StoreInfo::new(StoreKind::Mbox, "", "/a/Mail/pop.example.com").id);
    }
}
