//! What will happen, before it happens: maths over two inventories and the choices, no I/O. The dry run is the plan.

pub mod mapping;
mod merge;
pub mod names;
pub mod room;
pub mod select;
mod slots;
pub mod spelling;
mod tree;
pub mod view;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::mail::{Flags, MailboxPath, Twin};
use crate::run::Code;

use super::hours::Hours;
use super::report::VerifyMode;

pub use mapping::{Mapping, Waiting, map_folders};
pub use select::{is_asked_for, is_junk_or_trash, pattern_of, plan};
pub use view::PlanView;

/// What a person may choose (DESIGN §6 CHOICES).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Only folders that match one of these globs (of the written path, `*` crosses `/`, case ignored).
    pub folder: Vec<String>,
    /// Not folders that match one of these.
    pub skip: Vec<String>,
    /// Only mail received in this year or later.
    pub since: Option<i16>,
    /// Only mail received in this year or earlier.
    pub until: Option<i16>,
    /// Newest first until the room less the reserve is used up; the rest is kept.
    pub newest_until_full: bool,
    /// Leaves Junk and Trash in the safe copy.
    pub without_junk_trash: bool,
    /// Folder names given by the person: from (written path, or `store-id:path`) to (written path on the server).
    pub map: Vec<(String, String)>,
    /// Messages longer than this on the wire are kept.
    pub max_message: Option<u64>,
    /// Bytes to leave free.
    pub reserve: Option<u64>,
    /// The mailbox's size in bytes where the server tells none.
    pub assume_room: Option<u64>,
    /// Sends again what was refused in an earlier run.
    pub retry_failed: bool,
    /// How closely the server is re-read.
    pub verify: VerifyMode,
    /// Bytes per second at most.
    pub max_rate: Option<u64>,
    /// Copies only in these hours of the day.
    pub hours: Option<Hours>,
    /// Connections at most.
    pub connections: Option<u16>,
    /// The person says that POP is stopped on every device.
    pub pop_stopped: bool,
    /// Sends a rebuilt message though the target holds one that looks the same.
    pub send_rebuilt_twins: bool,
}

/// What the far end allows.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The hierarchy delimiter; `None`: the server knows no hierarchy.
    pub delimiter: Option<char>,
    /// The personal namespace's prefix, such as `INBOX.`; mostly empty.
    pub prefix: String,
    /// The longest message the server takes, where it says so.
    pub largest_message: Option<u64>,
    /// The room.
    pub room: Room,
    /// The greatest length of one mailbox name in bytes (modified UTF-7), delimiter and prefix included; 0: not known.
    pub longest_name: usize,
    /// Characters besides the delimiter that this server refuses in names, such as `.` where the folders lie in a Maildir++.
    pub also_refused: String,
}

/// Where the figure of the room comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomSource {
    /// QUOTA (RFC 9208).
    Server,
    /// The provider's standard mailbox, assumed.
    Provider,
    /// `--assume-room`.
    Given,
    /// No limit is known.
    #[default]
    Unknown,
}

/// The room of the mailbox, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Bytes in all.
    pub limit: Option<u64>,
    /// Bytes used.
    pub used: Option<u64>,
    /// Where this comes from.
    pub source: RoomSource,
}

/// A message's place at the far end: identity is (target mailbox, twin, ordinal), a multiset (DESIGN rule 4).
///
/// Copies within one store add up; between stores the count is the maximum, so the n-th copy of one store is the n-th copy
/// of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The near message that will be sent for it, the first in the source's order.
    pub id: u64,
    /// What makes it the same mail elsewhere.
    pub twin: Twin,
    /// 0 for the first copy, 1 for the second, …
    pub ordinal: u32,
    /// Length on the wire.
    pub wire_bytes: u64,
    /// Bytes under the twin.
    pub twin_bytes: u64,
    /// Year received.
    pub year: i16,
    /// Received on, Unix seconds.
    pub received: i64,
    /// Flags to send: the message's own, plus `\Draft` from an Outbox.
    pub flags: Flags,
}

/// A folder of the far end and everything that belongs into it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Its path as a person reads it; INBOX is `INBOX`.
    pub path: MailboxPath,
    /// Its full name for IMAP commands: prefix and delimiter in, not yet encoded.
    pub name: String,
    /// It has to be made.
    pub create: bool,
    /// A special folder other than INBOX: mail programs should show it.
    pub special: bool,
    /// The server does not take its own name: it is spelt otherwise there.
    pub renamed: bool,
    /// Where its mail comes from: store id and path.
    pub from: Vec<(String, MailboxPath)>,
    /// What belongs into it, oldest first.
    pub slots: Vec<Slot>,
    /// Near messages that are the same mail as a slot (from another store): id and index into `slots`.
    pub surplus: Vec<(u64, usize)>,
}

/// Slots that the far end holds already, by target name.
pub type Present = BTreeMap<String, HashSet<(Twin, u32)>>;

/// Why a message stays in the safe copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyKept {
    /// The person chose so.
    Choice,
    /// There is no room.
    NoRoom,
    /// It is larger than the server takes.
    TooLarge,
    /// The server refused it, or its folder.
    Refused,
}

/// What happens to one slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It will be sent.
    Send,
    /// The far end holds it.
    Present,
    /// It stays in the safe copy.
    Keep(WhyKept),
}

/// A target with the fate of each of its slots.
#[derive(Clone, Debug, Default)]
pub struct PlannedFolder {
    /// The folder.
    pub target: Target,
    /// One for each of `target.slots`.
    pub fates: Vec<Fate>,
    /// Nothing lies in it at the near end, and the person wants it all the same.
    pub is_empty_and_wanted: bool,
}

/// What needs a person before the work begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanProblem {
    /// The stable code.
    pub code: String,
    /// What is the matter, in words.
    pub what: String,
    /// What may be done about it.
    pub choices: Vec<String>,
    /// True if nothing may start before a choice is made.
    pub stops: bool,
}

impl PlanProblem {
    /// A problem that stops, or a warning.
    pub fn new(code: Code, what: impl Into<String>, choices: &[&str], stops: bool) -> Self {
        Self { code: code.to_string(), what: what.into(), choices: choices.iter().map(|choice| (*choice).to_owned()).collect(), stops }
    }
}

/// Messages and their wire bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Messages.
    pub messages: u64,
    /// Wire bytes.
    pub bytes: u64,
}

impl Amount {
    /// Counts one more message.
    pub const fn add(&mut self, bytes: u64) {
        self.messages += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What will happen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The folders, in sending order: INBOX, Sent, then by size.
    pub folders: Vec<PlannedFolder>,
    /// What will be sent, by year.
    pub years: BTreeMap<i16, Amount>,
    /// Wire bytes that will be sent.
    pub needed_bytes: u64,
    /// The room it was planned for.
    pub room: Room,
    /// needed ≤ limit − used.
    pub fits: bool,
    /// Bytes beyond that.
    pub over_by: u64,
    /// Bytes free afterwards, where a limit is known.
    pub free_after: Option<u64>,
    /// Bytes that should stay free: 10 %, at least 500 MB, or what was chosen.
    pub reserve: u64,
    /// What needs a person, and warnings.
    pub problems: Vec<PlanProblem>,
}

#[cfg(test)]
mod tests;
