//! One APPEND under way, and how it is written (RFC 9051 §6.3.12, RFC 3502).

use tokio::time::Instant;

use crate::flow::Outgoing;
use crate::imap::capability::Capabilities;
use crate::imap::command::needs_no_permission;
use crate::imap::error::ImapError;
use crate::imap::mailbox::Selected;
use crate::imap::name::{self, Written};
use crate::imap::outbox::Outbox;
use crate::imap::{quirk, response};
use crate::mail::InternalDate;

/// Messages in a place of the sending order.
#[derive(Debug)]
pub(super) struct Group {
    /// The place of its first message; those of the others follow.
    pub place: u64,
    /// 1..n messages.
    pub messages: Vec<Outgoing>,
}

impl Group {
    /// Bytes of its messages.
    pub fn bytes(&self) -> u64 {
        self.messages.iter().map(|message| message.wire.len()).sum()
    }

    /// Two halves in order; a group of one stays whole.
    pub fn halves(mut self) -> Vec<Self> {
        if self.messages.len() < 2 {
            return vec![self];
        }
        let second = self.messages.split_off(self.messages.len() / 2);
        let place = self.place + self.messages.len() as u64;
        vec![self, Self { place, messages: second }]
    }

    /// Groups of one, in order.
    pub fn singles(self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        let place = self.place;
        self.messages.into_iter().enumerate().map(move |(at, message)| Self { place: place + at as u64, messages: vec![message] })
    }
}

/// A command on the wire.
#[derive(Debug)]
pub(super) struct Flight {
    /// Its number in the outbox.
    pub number: u32,
    /// Its tag.
    pub tag: String,
    /// What it carries.
    pub group: Group,
    /// When it was given to the line.
    pub sent: Instant,
}

/// Puts one APPEND of all messages of `flight` into the outbox. `ask`: every literal asks for permission, so that a message
/// can be refused before its body.
pub(super) fn write(flight: &Flight, mailbox: &str, selected: &Selected, capabilities: &Capabilities, ask: bool, outbox: &mut Outbox) -> Result<(), ImapError> {
    let number = flight.number;
    let mut text = format!("{} APPEND ", flight.tag).into_bytes();
    match name::write(&name::encode(mailbox)) {
        Some(Written::Quoted(quoted)) => text.extend_from_slice(&quoted),
        Some(Written::Literal(literal)) => {
            announce(&mut text, literal.len() as u64, capabilities, ask, number, outbox);
            outbox.push(number, literal);
        }
        None => return Err(ImapError::Unsendable("a name with NUL")),
    }
    for message in &flight.group.messages {
        text.extend_from_slice(format!(" ({}) \"{}\" ", flags(message, selected), date(message.date).to_imap()).as_bytes());
        announce(&mut text, message.wire.len(), capabilities, ask, number, outbox);
        outbox.push_body(number, &message.wire);
    }
    text.extend_from_slice(b"\r\n");
    outbox.push(number, text);
    Ok(())
}

fn announce(text: &mut Vec<u8>, len: u64, capabilities: &Capabilities, ask: bool, number: u32, outbox: &mut Outbox) {
    let at_once = !ask && needs_no_permission(capabilities, len);
    text.extend_from_slice(format!("{{{len}{}}}\r\n", if at_once { "+" } else { "" }).as_bytes());
    outbox.push(number, std::mem::take(text));
    if !at_once {
        outbox.push_wait(number);
    }
}

/// System flags, and keywords as far as the mailbox keeps them: an unknown one can cost the message (BAD).
fn flags(message: &Outgoing, selected: &Selected) -> String {
    let mut names: Vec<&str> = message.flags.names().collect();
    names.extend(message.keywords.iter().filter(|keyword| selected.keeps(keyword)));
    names.join(" ")
}

fn date(date: InternalDate) -> InternalDate {
    if date.unix() < quirk::EARLIEST_DATE_UNIX { InternalDate::from_unix(quirk::EARLIEST_DATE_UNIX) } else { date }
}

/// The UIDs that an OK names, one for each of `messages`, in order. `None` if it names none, or another number of them.
pub(super) fn uids(answer: &response::Tagged, messages: usize) -> Option<(u32, Vec<u32>)> {
    let Some(crate::imap::code::ResponseCode::AppendUid { uid_validity, uids }) = &answer.code else { return None };
    if crate::imap::uid_set::count(uids) != messages as u64 {
        return None;
    }
    Some((*uid_validity, uids.iter().flat_map(|(first, last)| *first..=*last).collect()))
}
