//! What a client can ask (RFC 3501 §6 and the extensions in [`super::Features`]).

use bytes::Bytes;

use crate::mail::{Flags, InternalDate, Keywords};

use super::sequence::SequenceSet;

/// One message of an APPEND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// System flags.
    pub flags: Flags,
    /// `\Deleted`.
    pub deleted: bool,
    /// Keywords.
    pub keywords: Keywords,
    /// The received date, if given.
    pub date: Option<InternalDate>,
    /// The message; empty where it is still awaited.
    pub body: Bytes,
}

/// What a FETCH asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchItem {
    /// `UID`
    Uid,
    /// `FLAGS`
    Flags,
    /// `INTERNALDATE`
    InternalDate,
    /// `RFC822.SIZE`
    Size,
    /// `BODY[…]` or `BODY.PEEK[…]`
    Body {
        /// Doesn't set `\Seen`.
        peek: bool,
        /// Which part.
        section: Section,
        /// `<offset.count>`
        partial: Option<(u64, u64)>,
    },
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// All of it.
    Whole,
    /// `HEADER`
    Header,
    /// `TEXT`
    Text,
    /// `HEADER.FIELDS (…)`, or all others with `HEADER.FIELDS.NOT (…)`.
    Fields {
        /// Field names as the client wrote them.
        names: Vec<String>,
        /// `NOT`
        others: bool,
    },
}

/// What a SEARCH looks for; all of it must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchKey {
    /// `ALL`
    All,
    /// Message numbers.
    Numbers(SequenceSet),
    /// `UID …`
    Uids(SequenceSet),
    /// `HEADER name value`: the value stands somewhere in that field, in any case.
    Header(String, String),
    /// `SEEN`, `UNSEEN`, `DELETED`, …: a flag set or not.
    Flag(&'static str, bool),
}

/// How STORE changes flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreMode {
    /// `FLAGS`
    Replace,
    /// `+FLAGS`
    Add,
    /// `-FLAGS`
    Remove,
}

/// What a LIST asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "these are the options of RFC 5258, each alone")]
pub struct ListOptions {
    /// Any option was written at all, so LIST-EXTENDED was used.
    pub extended: bool,
    /// Only mailboxes with a special use.
    pub only_special: bool,
    /// Only subscribed mailboxes.
    pub only_subscribed: bool,
    /// `RETURN (SPECIAL-USE)`
    pub special_use: bool,
    /// `RETURN (SUBSCRIBED)`
    pub subscribed: bool,
    /// `RETURN (STATUS (…))`
    pub status: Vec<String>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the RFC's")]
pub enum Command {
    Capability,
    Noop,
    Logout,
    Compress,
    Check,
    Id,
    Namespace,
    Enable(Vec<String>),
    Login { user: String, password: String },
    Authenticate { mechanism: String, initial: Option<String> },
    Select { mailbox: String, read_only: bool },
    Unselect,
    Close,
    Create(String),
    Delete(String),
    Rename(String, String),
    Subscribe(String, bool),
    List { reference: String, patterns: Vec<String>, options: ListOptions },
    Lsub { reference: String, pattern: String },
    Status { mailbox: String, items: Vec<String> },
    Append { mailbox: String, messages: Vec<Appended> },
    Fetch { by_uid: bool, set: SequenceSet, items: Vec<FetchItem> },
    Search { by_uid: bool, keys: Vec<SearchKey> },
    Store { by_uid: bool, set: SequenceSet, mode: StoreMode, silent: bool, flags: Appended },
    Expunge(Option<SequenceSet>),
    GetQuotaRoot(String),
    GetQuota(String),
}

impl Command {
    /// The command's name, as the log and the faults call it.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Capability => "CAPABILITY",
            Self::Noop => "NOOP",
            Self::Logout => "LOGOUT",
            Self::Compress => "COMPRESS",
            Self::Check => "CHECK",
            Self::Id => "ID",
            Self::Namespace => "NAMESPACE",
            Self::Enable(_) => "ENABLE",
            Self::Login { .. } => "LOGIN",
            Self::Authenticate { .. } => "AUTHENTICATE",
            Self::Select { read_only: false, .. } => "SELECT",
            Self::Select { .. } => "EXAMINE",
            Self::Unselect => "UNSELECT",
            Self::Close => "CLOSE",
            Self::Create(_) => "CREATE",
            Self::Delete(_) => "DELETE",
            Self::Rename(..) => "RENAME",
            Self::Subscribe(_, true) => "SUBSCRIBE",
            Self::Subscribe(..) => "UNSUBSCRIBE",
            Self::List { .. } => "LIST",
            Self::Lsub { .. } => "LSUB",
            Self::Status { .. } => "STATUS",
            Self::Append { .. } => "APPEND",
            Self::Fetch { by_uid: true, .. } => "UID FETCH",
            Self::Fetch { .. } => "FETCH",
            Self::Search { by_uid: true, .. } => "UID SEARCH",
            Self::Search { .. } => "SEARCH",
            Self::Store { by_uid: true, .. } => "UID STORE",
            Self::Store { .. } => "STORE",
            Self::Expunge(Some(_)) => "UID EXPUNGE",
            Self::Expunge(None) => "EXPUNGE",
            Self::GetQuotaRoot(_) => "GETQUOTAROOT",
            Self::GetQuota(_) => "GETQUOTA",
        }
    }

    /// The mailbox the command names.
    #[must_use]
    pub fn mailbox(&self) -> Option<&str> {
        match self {
            Self::Select { mailbox, .. } | Self::Status { mailbox, .. } | Self::Append { mailbox, .. } => Some(mailbox),
            Self::Create(name) | Self::Delete(name) | Self::Rename(name, _) | Self::Subscribe(name, _) | Self::GetQuotaRoot(name) => Some(name),
            _ => None,
        }
    }
}
