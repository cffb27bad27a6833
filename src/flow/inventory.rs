//! Listing is not reading: what two ends hold, small enough for a million messages.

use crate::mail::{Flags, InternalDate, MailboxPath, Origin, SpecialUse, Twin};

/// One message of the near end (a safe copy, or an old account), without its bytes.
#[derive(Clone, Copy, Debug)]
pub struct NearMessage {
    /// The source's id of it: what [`super::Selection::Ids`] names.
    pub id: u64,
    /// Its length on the wire.
    pub wire_bytes: u64,
    /// What makes it the same mail elsewhere.
    pub twin: Twin,
    /// Bytes under the twin.
    pub twin_bytes: u64,
    /// Received on.
    pub date: InternalDate,
    /// Read, answered, starred, draft.
    pub flags: Flags,
    /// Original or rebuilt.
    pub origin: Origin,
    /// Only its head was ever downloaded.
    pub partial: bool,
}

/// One folder of the near end, in the source's order.
#[derive(Clone, Debug, Default)]
pub struct NearMailbox {
    /// The store it belongs to, an id of `find`.
    pub store: String,
    /// What a person calls that store: the account, or the file's name. Folders of other stores go below it.
    pub store_name: String,
    /// True if the store belongs to the account itself: its special folders become the account's (DESIGN «Folders»).
    pub own_account: bool,
    /// Its true name.
    pub path: MailboxPath,
    /// What it is for.
    pub role: Option<SpecialUse>,
    /// Its messages; deleted and unreadable ones are not among them.
    pub messages: Vec<NearMessage>,
}

/// One folder of the far end.
#[derive(Clone, Debug, Default)]
pub struct FarMailbox {
    /// Its true name, split at the server's delimiter, prefix included.
    pub path: MailboxPath,
    /// What the server says it is for.
    pub role: Option<SpecialUse>,
    /// `\Noselect`: no mail can be put into it.
    pub no_select: bool,
    /// Messages in it, where known.
    pub messages: Option<u64>,
}

/// What one end holds.
#[derive(Clone, Debug, Default)]
pub struct Inventory<M> {
    /// Its folders.
    pub mailboxes: Vec<M>,
}
