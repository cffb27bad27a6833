//! Commands in the making.

use super::capability::Capabilities;
use super::error::ImapError;
use super::name::{self, Written};
use super::outbox::Outbox;

/// What LITERAL- lets pass without permission, in bytes (RFC 7888 §5).
const LITERAL_MINUS_BYTES: u64 = 4096;

/// True if a literal of `len` bytes may be sent without waiting for `+`: only where the server says so, for others take
/// the text for commands ([`super::quirk::RUNS_LITERALS_AS_COMMANDS`]).
#[must_use]
pub const fn needs_no_permission(capabilities: &Capabilities, len: u64) -> bool {
    capabilities.literal_plus || (capabilities.literal_minus && len <= LITERAL_MINUS_BYTES)
}

#[derive(Clone, Debug)]
enum Part {
    Text(Vec<u8>),
    Literal(Vec<u8>),
}

/// A command without its tag.
#[derive(Clone, Debug)]
pub struct Command {
    name: &'static str,
    parts: Vec<Part>,
    unsendable: bool,
}

impl Command {
    /// The command `name`: one or two words in capitals.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, parts: vec![Part::Text(name.into())], unsendable: false }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Adds a blank and `words`, which are ours: never text from elsewhere.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        self.parts.push(Part::Text(format!(" {words}").into_bytes()));
        self
    }

    /// Adds a blank and a string, quoted or as a literal.
    #[must_use]
    pub fn string(mut self, text: &[u8]) -> Self {
        self.parts.push(Part::Text(b" ".to_vec()));
        match name::write(text) {
            Some(Written::Quoted(quoted)) => self.parts.push(Part::Text(quoted)),
            Some(Written::Literal(literal)) => self.parts.push(Part::Literal(literal)),
            None => self.unsendable = true,
        }
        self
    }

    /// Adds a blank and a mailbox's name.
    #[must_use]
    pub fn mailbox(self, name: &str) -> Self {
        self.string(&name::encode(name))
    }

    /// Puts the command into the outbox under `tag`, without its final CRLF.
    ///
    /// # Errors
    /// [`ImapError::Unsendable`] for a string with NUL; nothing is put there.
    pub fn write(self, tag: &str, number: u32, capabilities: &Capabilities, outbox: &mut Outbox) -> Result<(), ImapError> {
        if self.unsendable {
            return Err(ImapError::Unsendable("a name with NUL"));
        }
        let mut text = format!("{tag} ").into_bytes();
        for part in self.parts {
            match part {
                Part::Text(part) => text.extend_from_slice(&part),
                Part::Literal(literal) => {
                    let at_once = needs_no_permission(capabilities, literal.len() as u64);
                    text.extend_from_slice(format!("{{{}{}}}\r\n", literal.len(), if at_once { "+" } else { "" }).as_bytes());
                    outbox.push(number, std::mem::take(&mut text));
                    if !at_once {
                        outbox.push_wait(number);
                    }
                    outbox.push(number, literal);
                }
            }
        }
        outbox.push(number, text);
        Ok(())
    }
}
