//! The rows of the journal as types that can't hold nonsense.

use crate::mail::{Sha256Digest, Twin};

/// The number of a mailbox in the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct MailboxId(pub i64);

/// How closely a stored message was re-read in a fresh session.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Seen {
    /// Nobody looked yet.
    No,
    /// The look right after its folder was filled did not find it.
    Absent,
    /// Its UID and size.
    Size,
    /// Its digest.
    Digest,
}

impl Seen {
    pub(super) const fn code(self) -> i64 {
        match self {
            Self::No => 0,
            Self::Absent => 1,
            Self::Size => 2,
            Self::Digest => 3,
        }
    }

    pub(super) const fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Absent,
            2 => Self::Size,
            3 => Self::Digest,
            _ => Self::No,
        }
    }
}

/// What the journal knows of one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It was sent, or was about to be; no receipt was written down.
    Sent {
        /// UIDVALIDITY then.
        uid_validity: u32,
        /// UIDNEXT then: it can only have this UID or a greater one.
        uid_next: u32,
        /// When, Unix seconds.
        at: i64,
    },
    /// The server has it because this job put it there.
    Stored,
    /// The server had it without our doing.
    There,
    /// The server did not want it.
    Refused {
        /// The stable code.
        code: String,
        /// What the server said.
        server_text: String,
    },
    /// Another device took it out of the mailbox while it was being filled (`POP-DRAIN`).
    Drained,
}

impl State {
    pub(super) const fn code(&self) -> i64 {
        match self {
            Self::Sent { .. } => 1,
            Self::Stored => 2,
            Self::There => 3,
            Self::Refused { .. } => 4,
            Self::Drained => 5,
        }
    }

    /// True if the far end holds or held it, so that it is never sent again.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        matches!(self, Self::Stored | Self::There)
    }
}

impl Entering {
    /// Notes one more receipt: `rows` ends with a run that it belongs to, or gets one.
    pub fn stored(rows: &mut Vec<Self>, key: u64, uid: Option<(u32, u32)>) {
        if let Some(Self::Stored { first, last, uid: begins }) = rows.last_mut()
            && *last + 1 == key
            && begins.map(|(uid, validity)| (u64::from(uid) + (key - *first), validity)) == uid.map(|(uid, validity)| (u64::from(uid), validity))
        {
            *last = key;
            return;
        }
        rows.push(Self::Stored { first: key, last: key, uid });
    }

    /// Messages that it tells something of.
    #[must_use]
    pub const fn messages(&self) -> u64 {
        match self {
            Self::Stored { first, last, .. } | Self::SeenRun { first, last, .. } => last.saturating_sub(*first) + 1,
            _ => 1,
        }
    }
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Receipts name it.
    pub key: u64,
    /// What the plan knows it by: for mail from a safe copy what makes it the same mail elsewhere, for mail from an old account
    /// its place there.
    pub twin: Twin,
    /// What makes it the same mail elsewhere.
    pub content: Twin,
    /// 0 for the first copy in its folder, 1 for the second, …
    pub ordinal: u32,
    /// What became of it.
    pub state: State,
    /// Its number in the safe copy, or at the old account.
    pub archive_id: u64,
    /// Its length on the wire.
    pub wire_bytes: u64,
    /// Its digest; of [`State::There`] only the twin is known, and stands here.
    pub wire_sha256: Sha256Digest,
    /// Bytes under the twin.
    pub twin_bytes: u64,
    /// The run that brought it into this state.
    pub run: u32,
    /// Its UID, where known.
    pub uid: Option<u32>,
    /// The UIDVALIDITY of `uid`.
    pub uid_validity: u32,
    /// UIDNEXT when it was sent; 0 if it was not sent by this job.
    pub sent_uid_next: u32,
    /// When it was sent, Unix seconds.
    pub sent_at: i64,
    /// How closely it was re-read.
    pub seen: Seen,
    /// It was settled by looking.
    pub doubtful: bool,
}

impl Entry {
    /// It is there in another program's bytes.
    #[must_use]
    pub fn is_matched(&self) -> bool {
        self.state == State::There && self.content != self.twin
    }
}

/// A message about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Intent {
    /// Its key: an old one, or one from [`super::Journal::new_key`].
    pub key: u64,
    /// Its folder.
    pub mailbox: MailboxId,
    /// What the plan knows it by.
    pub twin: Twin,
    /// What makes it the same mail elsewhere, where `twin` is something else.
    pub content: Option<Twin>,
    /// Which copy.
    pub ordinal: u32,
    /// Its number in the safe copy, or at the old account.
    pub archive_id: u64,
    /// Its length on the wire.
    pub wire_bytes: u64,
    /// Its digest.
    pub wire_sha256: Sha256Digest,
    /// Bytes under the twin.
    pub twin_bytes: u64,
    /// UIDVALIDITY now.
    pub uid_validity: u32,
    /// UIDNEXT now.
    pub uid_next: u32,
    /// Now, Unix seconds.
    pub at: i64,
}

/// What to write down about a message.
#[derive(Clone, Debug)]
pub enum Entering {
    /// It is about to be sent.
    Sent(Intent),
    /// Receipts say that the server has each of a run of keys now, and gave them UIDs in a row.
    Stored {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
        /// The UID of the first, where known, and the UIDVALIDITY of all.
        uid: Option<(u32, u32)>,
    },
    /// It was in doubt, and looking has found it: the server has it.
    Settled {
        /// Which.
        key: u64,
        /// Its UID and UIDVALIDITY.
        uid: (u32, u32),
    },
    /// The server had it already.
    There(Intent, u32),
    /// The server does not want it.
    Refused {
        /// Which.
        key: u64,
        /// The stable code.
        code: String,
        /// What the server said.
        server_text: String,
    },
    /// It is not there after all: to be sent again.
    Forgotten {
        /// Which.
        key: u64,
    },
    /// It has this UID now (after UIDVALIDITY changed, or where no receipt named one).
    Bound {
        /// Which.
        key: u64,
        /// UID and UIDVALIDITY; `None`: it is not in its folder any more.
        uid: Option<(u32, u32)>,
    },
    /// It was re-read.
    Seen {
        /// Which.
        key: u64,
        /// How closely.
        seen: Seen,
    },
    /// All of a run of keys were re-read with the same outcome: every key of it was given to one mailbox.
    SeenRun {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
        /// How closely.
        seen: Seen,
    },
    /// Another device took it out.
    Drained {
        /// Which.
        key: u64,
    },
}
