//! A message as it leaves a source: its bytes, what the store knew of it, and where it lay.

use serde::{Deserialize, Serialize};

use super::{Body, Flags, InternalDate, Keywords, MailboxPath, SpecialUse, WireRules};

/// Whether the store held the message's own bytes or parts from which they were built anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The bytes are the store's own.
    #[default]
    Original,
    /// The store keeps no original (Outlook): the bytes were built from its properties (DESIGN rule 4).
    Rebuilt,
}

/// One message on its way from a source.
#[derive(Clone, Debug)]
pub struct Message {
    /// The store it came from, an id of `find`.
    pub store: String,
    /// Its folder in that store.
    pub mailbox: MailboxPath,
    /// What that folder is for, where the store says so.
    pub role: Option<SpecialUse>,
    /// Where it lay: a byte offset, a file name or a record key. Unique within store and folder.
    pub place: String,
    /// *Stored* bytes: as in the store, container framing off.
    pub body: Body,
    /// What turns the stored bytes into wire bytes.
    pub rules: WireRules,
    /// Read, answered, starred, draft.
    pub flags: Flags,
    /// Tags.
    pub keywords: Keywords,
    /// The received date that the store itself kept in a record. See [`super::header::received_on`] for the order.
    pub store_date: Option<InternalDate>,
    /// The date of its mbox From_ line (RFC 4155), told in +0000.
    pub envelope_date: Option<InternalDate>,
    /// Time of the file it lay in, Unix seconds: the last resort for a date.
    pub file_time: Option<i64>,
    /// Original or rebuilt.
    pub origin: Origin,
    /// Only the head was ever downloaded (X-Mozilla-Status 0x400).
    pub partial: bool,
    /// The mail program counts it as deleted: kept apart, never uploaded.
    pub deleted: bool,
}

/// A message that is there but can't be read; it is found, named, and counted as failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// The store it lies in.
    pub store: String,
    /// Its folder.
    pub mailbox: MailboxPath,
    /// Its place, as in [`Message::place`].
    pub place: String,
    /// Why, in words a technician understands.
    pub reason: String,
    /// What could be read of it, for the safe copy's `unreadable/`.
    #[serde(skip)]
    pub remains: Vec<u8>,
}
