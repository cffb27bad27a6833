//! What the server holds: mailboxes, messages, room, and what it was asked.

use bytes::Bytes;

use crate::mail::{Flags, InternalDate, Keywords, SpecialUse};

use super::config::Config;

/// Commands beyond this many are counted and no longer kept.
const LONGEST_LOG: usize = 1_000_000;

/// A message as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its UID.
    pub uid: u32,
    /// Its bytes, exactly as they came.
    pub bytes: Bytes,
    /// Its system flags but `\Deleted`.
    pub flags: Flags,
    /// `\Deleted`.
    pub deleted: bool,
    /// Its keywords.
    pub keywords: Keywords,
    /// Its received date.
    pub internal_date: InternalDate,
}

impl Stored {
    /// The flags as they stand in a FETCH answer.
    pub(super) fn flag_list(&self) -> String {
        let mut words: Vec<&str> = self.flags.names().collect();
        words.extend(self.deleted.then_some("\\Deleted"));
        words.extend(self.keywords.iter());
        words.join(" ")
    }
}

/// A message on its way in.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) bytes: Bytes,
    pub(super) flags: Flags,
    pub(super) keywords: Keywords,
    pub(super) deleted: bool,
    pub(super) internal_date: InternalDate,
}

/// One command as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Which connection, counted from 1.
    pub session: u64,
    /// The command's name: `APPEND`, `UID FETCH`, …; what is no command is `?`.
    pub verb: String,
    /// The mailbox it named, as on the wire.
    pub mailbox: Option<String>,
    /// How many messages an APPEND brought.
    pub messages: usize,
}

/// Numbers since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that finished their TLS handshake.
    pub connections: u64,
    /// Sign-ins that succeeded.
    pub sign_ins: u64,
    /// APPEND commands, whatever became of them.
    pub append_commands: u64,
    /// Messages stored by APPEND.
    pub messages_stored: u64,
    /// Octets within TLS from clients.
    pub bytes_received: u64,
    /// Octets within TLS to clients.
    pub bytes_sent: u64,
    /// Bodies or parts of bodies handed out.
    pub bodies_fetched: u64,
    /// Commands that were no longer logged.
    pub commands_not_logged: u64,
}

/// One mailbox.
#[derive(Clone, Debug)]
pub(super) struct Mailbox {
    /// Tells a mailbox from a later one of the same name.
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) special: Option<SpecialUse>,
    pub(super) subscribed: bool,
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
    /// By UID.
    pub(super) messages: Vec<Stored>,
    /// Octets of all messages.
    pub(super) octets: u64,
    /// Goes up with everything but arrivals, so that sessions know when to compare.
    pub(super) removals: u64,
}

impl Mailbox {
    /// Adds a message; answers its UID.
    pub(super) fn push(&mut self, message: Incoming) -> u32 {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.octets += message.bytes.len() as u64;
        let Incoming { bytes, flags, keywords, deleted, internal_date } = message;
        self.messages.push(Stored { uid, bytes, flags, deleted, keywords, internal_date });
        uid
    }

    /// Takes back all messages from the `from`-th on: they could not be kept.
    pub(super) fn take_back(&mut self, from: usize) {
        self.messages.truncate(from);
        self.octets = self.messages.iter().map(|message| message.bytes.len() as u64).sum();
    }

    /// Removes the messages that `goes` picks; answers how many.
    pub(super) fn expunge(&mut self, goes: impl Fn(&Stored) -> bool) -> usize {
        let before = self.messages.len();
        self.messages.retain(|message| !goes(message));
        self.removals += 1;
        self.octets = self.messages.iter().map(|message| message.bytes.len() as u64).sum();
        before - self.messages.len()
    }

    pub(super) fn by_uid(&self, uid: u32) -> Option<&Stored> {
        self.messages.binary_search_by_key(&uid, |message| message.uid).ok().and_then(|at| self.messages.get(at))
    }

    pub(super) fn by_uid_mut(&mut self, uid: u32) -> Option<&mut Stored> {
        self.messages.binary_search_by_key(&uid, |message| message.uid).ok().and_then(|at| self.messages.get_mut(at))
    }
}

/// Why a change of mailboxes is refused: the status to answer.
pub(super) type Refused = &'static str;

/// Everything that changes.
#[derive(Debug)]
pub(super) struct State {
    /// In order of their names; INBOX first.
    pub(super) mailboxes: Vec<Mailbox>,
    pub(super) quota_bytes: Option<u64>,
    pub(super) quota_messages: Option<u64>,
    pub(super) log: Vec<Logged>,
    pub(super) counters: Counters,
    next_id: u64,
    next_validity: u32,
}

/// The first UIDVALIDITY: a date, as servers use it, and the same in every run.
const FIRST_VALIDITY: u32 = 1_700_000_000;

impl State {
    pub(super) fn new(config: &Config) -> Self {
        let mut state = Self {
            mailboxes: Vec::new(),
            quota_bytes: config.quota_bytes,
            quota_messages: config.quota_messages,
            log: Vec::new(),
            counters: Counters::default(),
            next_id: 1,
            next_validity: FIRST_VALIDITY,
        };
        state.find_or_create("INBOX");
        for (name, special) in &config.mailboxes {
            let mailbox = state.find_or_create(&format!("{}{name}", config.prefix));
            mailbox.special = *special;
            mailbox.subscribed = true;
        }
        state
    }

    /// Octets and messages held.
    pub(super) fn used(&self) -> (u64, u64) {
        self.mailboxes.iter().fold((0, 0), |(bytes, messages), mailbox| (bytes + mailbox.octets, messages + mailbox.messages.len() as u64))
    }

    /// True if so much more has room.
    pub(super) fn has_room(&self, bytes: u64, messages: u64) -> bool {
        if self.quota_bytes.is_none() && self.quota_messages.is_none() {
            return true;
        }
        let (used_bytes, used_messages) = self.used();
        self.quota_bytes.is_none_or(|limit| used_bytes + bytes <= limit) && self.quota_messages.is_none_or(|limit| used_messages + messages <= limit)
    }

    pub(super) fn log(&mut self, logged: Logged) {
        if self.log.len() < LONGEST_LOG {
            self.log.push(logged);
        } else {
            self.counters.commands_not_logged += 1;
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Mailbox> {
        let name = canonical(name);
        self.mailboxes.iter().find(|mailbox| mailbox.name == name)
    }

    pub(super) fn find_mut(&mut self, name: &str) -> Option<&mut Mailbox> {
        let name = canonical(name);
        self.mailboxes.iter_mut().find(|mailbox| mailbox.name == name)
    }

    pub(super) fn by_id(&self, id: u64) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.id == id)
    }

    pub(super) fn by_id_mut(&mut self, id: u64) -> Option<&mut Mailbox> {
        self.mailboxes.iter_mut().find(|mailbox| mailbox.id == id)
    }

    /// The mailbox called `name`, made if it is missing.
    pub(super) fn find_or_create(&mut self, name: &str) -> &mut Mailbox {
        let name = canonical(name);
        let at = match self.mailboxes.binary_search_by(|mailbox| order(&mailbox.name).cmp(&order(&name))) {
            Ok(at) => at,
            Err(at) => {
                let made = Mailbox {
                    id: self.next_id,
                    subscribed: name == "INBOX",
                    name,
                    special: None,
                    uid_validity: self.next_validity,
                    uid_next: 1,
                    messages: Vec::new(),
                    octets: 0,
                    removals: 0,
                };
                self.next_id += 1;
                self.next_validity += 1;
                self.mailboxes.insert(at, made);
                at
            }
        };
        #[allow(clippy::indexing_slicing, reason = "the search has just found or made this very place")]
        &mut self.mailboxes[at]
    }

    /// Puts a message back as it was kept; messages come in order of their UIDs.
    pub(super) fn restore(&mut self, name: &str, uid_validity: u32, message: Stored) {
        self.next_validity = self.next_validity.max(uid_validity.saturating_add(1));
        let mailbox = self.find_or_create(name);
        mailbox.uid_validity = uid_validity;
        mailbox.uid_next = mailbox.uid_next.max(message.uid.saturating_add(1));
        mailbox.octets += message.bytes.len() as u64;
        mailbox.messages.push(message);
    }

    /// Makes a mailbox and those above it.
    pub(super) fn create(&mut self, name: &str, delimiter: char) -> Result<(), Refused> {
        if self.find(name).is_some() {
            return Err("NO [ALREADYEXISTS] Mailbox already exists");
        }
        let mut above = String::new();
        for part in name.split(delimiter) {
            if !above.is_empty() {
                above.push(delimiter);
            }
            above.push_str(part);
            self.find_or_create(&above);
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<(), Refused> {
        let name = canonical(name);
        if name == "INBOX" {
            return Err("NO [CANNOT] INBOX stays");
        }
        let before = self.mailboxes.len();
        self.mailboxes.retain(|mailbox| mailbox.name != name);
        if self.mailboxes.len() == before { Err("NO [NONEXISTENT] No such mailbox") } else { Ok(()) }
    }

    /// Renames a mailbox and those below it. Renaming INBOX, which would only empty it, is refused.
    pub(super) fn rename(&mut self, from: &str, to: &str, delimiter: char) -> Result<(), Refused> {
        let (from, to) = (canonical(from), canonical(to));
        if from == "INBOX" || self.find(&to).is_some() {
            return Err("NO [ALREADYEXISTS] That name can't be given");
        }
        if self.find(&from).is_none() {
            return Err("NO [NONEXISTENT] No such mailbox");
        }
        let below = format!("{from}{delimiter}");
        for mailbox in &mut self.mailboxes {
            if mailbox.name == from {
                mailbox.name.clone_from(&to);
            } else if let Some(rest) = mailbox.name.strip_prefix(&below) {
                mailbox.name = format!("{to}{delimiter}{rest}");
            }
        }
        self.mailboxes.sort_by(|a, b| order(&a.name).cmp(&order(&b.name)));
        Ok(())
    }

    pub(super) fn change_uid_validity(&mut self, name: &str) -> Option<u32> {
        let validity = self.next_validity;
        let mailbox = self.find_mut(name)?;
        mailbox.uid_validity = validity;
        for (message, uid) in mailbox.messages.iter_mut().zip(1..) {
            message.uid = uid;
        }
        mailbox.uid_next = u32::try_from(mailbox.messages.len()).unwrap_or(u32::MAX - 1) + 1;
        mailbox.removals += 1;
        self.next_validity += 1;
        Some(validity)
    }
}

/// INBOX has one name in any case (RFC 3501 §5.1); all others are told apart by case.
pub(super) fn canonical(name: &str) -> String {
    if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name.to_owned() }
}

fn order(name: &str) -> (bool, &str) {
    (name != "INBOX", name)
}
