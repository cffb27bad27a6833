//! What a store holds besides mail: kept in the safe copy, never uploaded.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::MailboxPath;

/// What a thing that is not mail is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OtherKind {
    /// A contact or a distribution list.
    Contact,
    /// An appointment.
    Appointment,
    /// A task.
    Task,
    /// A note or a journal entry.
    Note,
    /// A file out of a mail's `winmail.dat`; the mail itself is kept as it is.
    Attachment,
}

/// One thing that is not mail, as a file that other programs read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// The store it came from, an id of `find`.
    pub store: String,
    /// Its folder in that store.
    pub mailbox: MailboxPath,
    /// Where it lay, as in [`super::Message::place`].
    pub place: String,
    /// What it is.
    pub kind: OtherKind,
    /// What a person calls it; any text.
    pub name: String,
    /// What its file's name ends in, without the dot.
    pub extension: String,
    /// The file.
    pub bytes: Bytes,
}
