//! Faults on demand: what shall go wrong, and when.

use std::time::Duration;

use bytes::Bytes;

/// When a fault strikes: at commands called `verb`, after `skip` of them, `times` times.
///
/// Every fault counts for itself, from the moment it was added, over all sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The command's name as in the log (`APPEND`, `UID FETCH`, …); `*` for any.
    pub verb: String,
    /// Only where the command names this mailbox (as on the wire), or has it selected.
    pub mailbox: Option<String>,
    /// Nothing counts before a command called so was there.
    pub behind: Option<String>,
    /// So many matching commands pass unharmed first.
    pub skip: u64,
    /// So many are struck.
    pub times: u64,
    /// In an APPEND: strikes after so many octets of the command's literals were read, instead of after the whole command.
    pub in_literal: Option<u64>,
}

impl When {
    /// At every command called `verb`.
    #[must_use]
    pub fn at(verb: &str) -> Self {
        Self { verb: verb.to_ascii_uppercase(), mailbox: None, behind: None, skip: 0, times: u64::MAX, in_literal: None }
    }

    /// Counts from the next command called `verb` on.
    #[must_use]
    pub fn behind(mut self, verb: &str) -> Self {
        self.behind = Some(verb.to_ascii_uppercase());
        self
    }

    /// Lets `skip` matching commands pass first.
    #[must_use]
    pub const fn after(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Strikes no more than `times` times.
    #[must_use]
    pub const fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Strikes once.
    #[must_use]
    pub const fn once(self) -> Self {
        self.times(1)
    }

    /// Strikes only at `mailbox`.
    #[must_use]
    pub fn in_mailbox(mut self, mailbox: &str) -> Self {
        self.mailbox = Some(mailbox.to_owned());
        self
    }

    /// Strikes within the literal of an APPEND, after `octets` of it.
    #[must_use]
    pub const fn in_literal(mut self, octets: u64) -> Self {
        self.in_literal = Some(octets);
        self
    }

    /// Counts a command that may match, and answers whether it is struck.
    fn strikes(&mut self, verb: &str, mailbox: Option<&str>) -> bool {
        if self.behind.is_some() {
            self.behind.take_if(|behind| behind == verb);
            return false;
        }
        let matches = (self.verb == "*" || self.verb == verb) && self.mailbox.as_deref().is_none_or(|wanted| mailbox == Some(wanted));
        if !matches || self.times == 0 {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times -= 1;
        true
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The command is not run but answered with this status: `NO [THROTTLED] …`, `BAD …`.
    Answer(String),
    /// The command is run and its untagged answers are sent, then this status is told: `NO …` after half a FETCH.
    AnswerAfterData(String),
    /// The command is run, and the connection closed before its reply.
    LoseReply,
    /// As [`What::LoseReply`], but what the client sends within this time is run too, without a word, and then the connection closes.
    LoseReplies(Duration),
    /// The connection closes, and an APPEND is run only so much later; of every other command nothing is run.
    CommitLate(Duration),
    /// An APPEND is answered with OK and nothing is kept.
    OkWithoutStoring,
    /// Nothing is read or said for so long, then everything goes on.
    Stall(Duration),
    /// `* BYE` with this text, and the end, before the command is run.
    Bye(String),
    /// These bytes are sent instead of running the command.
    Nonsense(Bytes),
    /// A line that never ends, until the client has had enough.
    EndlessLine,
    /// The connection closes before the command is run.
    Close,
    /// These untagged lines come before the command's own answers.
    UntaggedFirst(Vec<String>),
}

/// One fault of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When.
    pub when: When,
    /// What.
    pub what: What,
}

/// What APPENDUID tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppendUid {
    /// The truth.
    #[default]
    Right,
    /// Nothing.
    Missing,
    /// Another UIDVALIDITY.
    WrongValidity,
    /// The right UIDs in the wrong order: backwards within a MULTIAPPEND, and pairs exchanged between single ones.
    Swapped,
    /// One UID too few.
    TooFew,
}

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutAt {
    /// After so many octets from the client, counted from the start of the connection, within TLS.
    Received(u64),
    /// After so many octets to the client, counted likewise.
    Sent(u64),
    /// After so many commands were answered.
    Commands(u64),
}

/// A cut that waits for the next connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where.
    pub at: CutAt,
    /// How many connections are cut before the server is well again.
    pub times: u64,
}

/// Everything that goes wrong at present. The default is nothing.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The script; the first one that strikes a command is obeyed.
    pub list: Vec<Fault>,
    /// Cuts coming connections.
    pub cut: Option<Cut>,
    /// What APPENDUID tells.
    pub append_uid: AppendUid,
    /// Of the messages that are to be stored every so-many-th is not, though OK is said.
    pub lose_every: Option<u64>,
    /// Messages that hold these bytes are refused with this status, and with them their whole MULTIAPPEND.
    pub refuse_marker: Option<(Bytes, String)>,
    /// Untagged lines said before every `+`.
    pub before_continue: Vec<String>,
    /// Everything is sent at no more than so many octets a second.
    pub drip_bytes_per_second: Option<u32>,
    /// Said instead of the greeting; the connection then closes if it begins with `* BYE`.
    pub greeting: Option<String>,
    /// No sign-in succeeds; this status is told.
    pub refuse_sign_in: Option<String>,
    /// Counts for [`Faults::lose_every`].
    pub(super) messages_seen: u64,
}

impl Faults {
    /// The fault that strikes this whole command, if one does.
    pub(super) fn strike(&mut self, verb: &str, mailbox: Option<&str>) -> Option<What> {
        self.find(|when| when.in_literal.is_none() && when.strikes(verb, mailbox))
    }

    /// The fault that strikes within this literal, of which the octets `from..to` of the command are being read, and where.
    pub(super) fn strike_in_literal(&mut self, from: u64, to: u64) -> Option<(u64, What)> {
        let mut place = 0;
        let what = self.find(|when| {
            when.in_literal.is_some_and(|octet| {
                place = octet;
                (from..=to).contains(&octet) && when.strikes("APPEND", None)
            })
        })?;
        Some((place - from, what))
    }

    fn find(&mut self, mut strikes: impl FnMut(&mut When) -> bool) -> Option<What> {
        let found = self.list.iter_mut().find_map(|fault| strikes(&mut fault.when).then(|| fault.what.clone()));
        self.list.retain(|fault| fault.when.times > 0);
        found
    }

    /// The cut that the connection now beginning shall suffer.
    pub(super) fn take_cut(&mut self) -> Option<CutAt> {
        let cut = self.cut.as_mut()?;
        let at = cut.at;
        cut.times = cut.times.saturating_sub(1);
        if cut.times == 0 {
            self.cut = None;
        }
        Some(at)
    }

    /// Counts a message that is to be stored, and answers whether it is secretly lost.
    pub(super) fn loses_message(&mut self) -> bool {
        self.messages_seen += 1;
        self.lose_every.is_some_and(|every| every > 0 && self.messages_seen.is_multiple_of(every))
    }
}
