//! What the manifest says: one JSON object a line, of six kinds that its `type` tells apart.
//!
//! Unknown fields and unknown types are passed over, so that an older program reads what a newer one wrote.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::flow::NearMessage;
use crate::mail::header::DateSource;
use crate::mail::wire::WireChanges;
use crate::mail::{Flags, InternalDate, Keywords, MailboxPath, Origin, OtherKind, Sha256Digest, SpecialUse, Twin, Unreadable, WireRules};

/// The version of the format (FORMAT.md).
pub const FORMAT: u32 = 1;

/// What is known of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreRecord {
    /// Its id, as `find` gives it; messages name it.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// The mail program.
    pub program: String,
    /// The mail address it belongs to, where known.
    pub account: Option<String>,
    /// `pop3`, `imap`, `local`, … where known.
    pub protocol: Option<String>,
    /// The account's server, where the program names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where it lay.
    pub path: String,
}

/// Everything that is known of a message: a line of type `message`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Unique in the safe copy; counts up over its volumes, from 1.
    pub id: u64,
    /// Its store.
    pub store: String,
    /// Its folder's true name.
    pub mailbox: MailboxPath,
    /// What that folder is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<SpecialUse>,
    /// The zip entry that holds the stored bytes; empty if it is only listed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entry: String,
    /// SHA-256 of the stored bytes.
    pub sha256: Sha256Digest,
    /// Length of the stored bytes.
    pub stored_bytes: u64,
    /// SHA-256 of the wire bytes.
    pub wire_sha256: Sha256Digest,
    /// Length of the wire bytes.
    pub wire_bytes: u64,
    /// What makes it the same mail elsewhere.
    pub twin: Twin,
    /// Bytes under the twin.
    pub twin_bytes: u64,
    /// Read, answered, starred, draft.
    #[serde(default)]
    pub flags: Flags,
    /// Tags.
    #[serde(default, skip_serializing_if = "Keywords::is_empty")]
    pub keywords: Keywords,
    /// Received on.
    pub internal_date: InternalDate,
    /// Where that date comes from: `store`, `received`, `envelope`, `date`, `file`, `unknown`.
    #[serde(default)]
    pub date_source: Cow<'static, str>,
    /// Message-ID without its brackets: a hint, never identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Where it lay in its store: offset, file name or record key.
    #[serde(default)]
    pub place: String,
    /// Original or rebuilt.
    #[serde(default)]
    pub origin: Origin,
    /// Only its head was ever downloaded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Its program counts it as deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// What turns the stored bytes into wire bytes.
    #[serde(default, skip_serializing_if = "WireRules::is_default")]
    pub rules: WireRules,
    /// What that changes, counted.
    #[serde(default, skip_serializing_if = "is_unchanged")]
    pub changes: WireChanges,
    /// Only listed: no bytes of it lie in this volume. Says then what is otherwise read from its head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Listed>,
}

/// What a list says of a message besides its record, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// From.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

impl Record {
    /// What a plan wants of it.
    #[must_use]
    pub const fn near(&self) -> NearMessage {
        NearMessage {
            id: self.id,
            wire_bytes: self.wire_bytes,
            twin: self.twin,
            twin_bytes: self.twin_bytes,
            date: self.internal_date,
            flags: self.flags,
            origin: self.origin,
            partial: self.partial,
        }
    }
}

fn is_unchanged(changes: &WireChanges) -> bool {
    *changes == WireChanges::default()
}

/// The name of a date's source in the manifest.
pub(super) const fn date_source_name(source: DateSource) -> &'static str {
    match source {
        DateSource::Store => "store",
        DateSource::Received => "received",
        DateSource::Envelope => "envelope",
        DateSource::Date => "date",
        DateSource::FileTime => "file",
        DateSource::Unknown => "unknown",
    }
}

/// A message that could not be read: a line of type `unreadable`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableRecord {
    /// What is known of it.
    #[serde(flatten)]
    pub unreadable: Unreadable,
    /// The entry that tells why, in words.
    pub entry: String,
    /// The entry with what could be read of it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remains: Option<String>,
}

/// A thing that is no mail: a line of type `other`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherRecord {
    /// Its store.
    pub store: String,
    /// Its folder's true name.
    pub mailbox: MailboxPath,
    /// Where it lay in its store.
    pub place: String,
    /// What it is.
    pub kind: OtherKind,
    /// What a person calls it.
    pub name: String,
    /// The entry that holds it.
    pub entry: String,
    /// SHA-256 of its bytes.
    pub sha256: Sha256Digest,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A pass over the stores was finished; messages up to `last_id` were in it or in an earlier one. A line of type `pass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassRecord {
    /// The last id given so far.
    pub last_id: u64,
}

/// A later pass found the same message with other flags: `id` no longer stands for one. A line of type `superseded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupersededRecord {
    /// The older record.
    pub id: u64,
    /// The newer one, of the same store, folder and bytes.
    pub by: u64,
}

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// What is known of a store.
    Store(StoreRecord),
    /// A message.
    Message(Box<Record>),
    /// A message that could not be read.
    Unreadable(Box<UnreadableRecord>),
    /// A thing that is no mail.
    Other(Box<OtherRecord>),
    /// The end of a pass.
    Pass(PassRecord),
    /// A message that a later one stands for.
    Superseded(SupersededRecord),
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

impl Line {
    /// Reads one line; `None` if it is of an unknown type or damaged.
    #[must_use]
    pub fn read(line: &[u8]) -> Option<Self> {
        fn of<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
            serde_json::from_slice(line).ok()
        }
        // Most lines are messages, as we write them: read once, not twice.
        if line.starts_with(b"{\"type\":\"message\",") {
            return of(line).map(Self::Message);
        }
        Some(match &*serde_json::from_slice::<Kind<'_>>(line).ok()?.kind {
            "store" => Self::Store(of(line)?),
            "message" => Self::Message(of(line)?),
            "unreadable" => Self::Unreadable(of(line)?),
            "other" => Self::Other(of(line)?),
            "pass" => Self::Pass(of(line)?),
            "superseded" => Self::Superseded(of(line)?),
            _ => return None,
        })
    }

    /// Appends the line with its line end.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (kind, json) = match self {
            Self::Store(record) => ("store", serde_json::to_vec(record)),
            Self::Message(record) => ("message", serde_json::to_vec(record)),
            Self::Unreadable(record) => ("unreadable", serde_json::to_vec(record)),
            Self::Other(record) => ("other", serde_json::to_vec(record)),
            Self::Pass(record) => ("pass", serde_json::to_vec(record)),
            Self::Superseded(record) => ("superseded", serde_json::to_vec(record)),
        };
        // Nothing in these types can fail to be JSON: every key is a string.
        let Ok(json) = json else { return };
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\",");
        out.extend_from_slice(json.get(1..).unwrap_or_default());
        out.push(b'\n');
    }
}

/// The lines of a segment with their offsets in it; those that can't be read are passed over.
pub fn lines(segment: &[u8]) -> impl Iterator<Item = (usize, Line)> {
    let mut at = 0;
    segment.split(|byte| *byte == b'\n').filter_map(move |line| {
        let start = at;
        at += line.len() + 1;
        Line::read(line).map(|line| (start, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_and_types_are_passed_over() {
        let segment = b"{\"type\":\"pass\",\"last_id\":7,\"new\":[1]}\n{\"type\":\"poem\"}\nrubbish\n\n{\"last_id\":8,\"type\":\"pass\"}";
        let read: Vec<_> = lines(segment).collect();
        assert_eq!(read, [(0, Line::Pass(PassRecord { last_id: 7 })), (63, Line::Pass(PassRecord { last_id: 8 }))]);
    }

    #[test]
    fn every_type_reads_back() {
        let unreadable = Unreadable { store: "s".into(), mailbox: MailboxPath::from("A/B"), place: "7".into(), reason: "cut".into(), remains: Vec::new() };
        for line in [
            Line::Store(StoreRecord { id: "s".into(), account: Some("a@b.example".into()), ..StoreRecord::default() }),
            Line::Unreadable(Box::new(UnreadableRecord { unreadable, entry: "unreadable/1.txt".into(), remains: None })),
            Line::Other(Box::new(OtherRecord {
                store: "s".into(),
                mailbox: MailboxPath::from("Contacts"),
                place: "7".into(),
                kind: OtherKind::Contact,
                name: "Jo".into(),
                entry: "other/s/Contacts/000001-Jo.vcf".into(),
                sha256: Sha256Digest::of(b""),
                bytes: 0,
            })),
            Line::Superseded(SupersededRecord { id: 1, by: 2 }),
        ] {
            let mut text = Vec::new();
            line.write(&mut text);
            assert_eq!(Line::read(&text), Some(line));
        }
    }
}
