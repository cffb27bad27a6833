//! Opening, making and counting mailboxes. Nothing here expunges: CLOSE is never sent.

use super::code::ResponseCode;
use super::command::Command;
use super::error::ImapError;
use super::response::{Status, Untagged};
use super::session::{Reply, Session};

/// A mailbox that was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// UIDVALIDITY; 0 where the server says none (its UIDs are then worth nothing).
    pub uid_validity: u32,
    /// UIDNEXT, where the server says it.
    pub uid_next: Option<u32>,
    /// Messages in it.
    pub exists: u32,
    /// Flags that can be kept. Without PERMANENTFLAGS all of FLAGS can (RFC 9051 §7.1); `\*`: new keywords too.
    pub permanent_flags: Vec<String>,
    /// Only reading is allowed.
    pub read_only: bool,
    /// HIGHESTMODSEQ, with CONDSTORE.
    pub highest_modseq: Option<u64>,
}

impl Selected {
    fn from_reply(reply: Reply) -> Self {
        let mut selected = Self { read_only: reply.code == Some(ResponseCode::ReadOnly), ..Self::default() };
        let (mut flags, mut permanent) = (Vec::new(), None);
        for untagged in reply.untagged {
            match untagged {
                Untagged::Status { status: Status::Ok, code: Some(code), .. } => match code {
                    ResponseCode::UidValidity(n) => selected.uid_validity = n,
                    ResponseCode::UidNext(n) => selected.uid_next = Some(n),
                    ResponseCode::HighestModSeq(n) => selected.highest_modseq = Some(n),
                    ResponseCode::PermanentFlags(names) => permanent = Some(names),
                    _ => {}
                },
                Untagged::Numbered { number, kind, .. } if kind == "EXISTS" => selected.exists = number,
                Untagged::Data { kind, values } if kind == "FLAGS" => {
                    flags = values.first().and_then(|value| value.list()).unwrap_or_default().iter().filter_map(super::token::Value::text).collect();
                }
                _ => {}
            }
        }
        selected.permanent_flags = permanent.unwrap_or(flags);
        selected
    }

    /// True if the mailbox keeps `keyword`.
    #[must_use]
    pub fn keeps(&self, keyword: &str) -> bool {
        self.permanent_flags.iter().any(|flag| flag == "\\*" || flag.eq_ignore_ascii_case(keyword))
    }
}

/// A mailbox' numbers (STATUS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailboxStatus {
    /// Messages.
    pub messages: Option<u64>,
    /// UIDNEXT.
    pub uid_next: Option<u32>,
    /// UIDVALIDITY.
    pub uid_validity: Option<u32>,
    /// Bytes of all messages (RFC 8438).
    pub size: Option<u64>,
    /// HIGHESTMODSEQ (RFC 7162).
    pub highest_modseq: Option<u64>,
}

impl MailboxStatus {
    /// From the name-number pairs of a STATUS answer.
    pub(crate) fn from_pairs(pairs: &[super::token::Value]) -> Self {
        let mut status = Self::default();
        for pair in pairs.chunks_exact(2) {
            let [name, value] = pair else { continue };
            let (number, number32) = (value.number(), value.number().and_then(|n| u32::try_from(n).ok()));
            match name.text().unwrap_or_default().to_ascii_uppercase().as_str() {
                "MESSAGES" => status.messages = number,
                "UIDNEXT" => status.uid_next = number32,
                "UIDVALIDITY" => status.uid_validity = number32,
                "SIZE" => status.size = number,
                "HIGHESTMODSEQ" => status.highest_modseq = number,
                _ => {}
            }
        }
        status
    }
}

impl Session {
    /// The items that this server's STATUS can tell.
    pub(crate) fn status_items(&self) -> String {
        let mut items = "(MESSAGES UIDNEXT UIDVALIDITY".to_owned();
        if self.capabilities().status_size {
            items.push_str(" SIZE");
        }
        if self.capabilities().condstore {
            items.push_str(" HIGHESTMODSEQ");
        }
        items + ")"
    }

    /// Opens a mailbox for appending and reading (SELECT).
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn select(&mut self, mailbox: &str) -> Result<Selected, ImapError> {
        self.open(Command::new("SELECT").mailbox(mailbox)).await
    }

    /// Opens a mailbox for reading only (EXAMINE): changes nothing, not even \Recent. Again on the same one: a fresh look.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn examine(&mut self, mailbox: &str) -> Result<Selected, ImapError> {
        self.open(Command::new("EXAMINE").mailbox(mailbox)).await
    }

    async fn open(&mut self, command: Command) -> Result<Selected, ImapError> {
        let reply = self.command(command).await?;
        let selected = Selected::from_reply(reply);
        self.start_seen(selected.exists);
        Ok(selected)
    }

    /// A mailbox' numbers without opening it. Not for the selected one (RFC 9051 §6.3.11).
    ///
    /// # Errors
    /// As [`Session::command`]; [`ImapError::Nonsense`] if OK came without an answer.
    pub async fn status(&mut self, mailbox: &str) -> Result<MailboxStatus, ImapError> {
        let items = self.status_items();
        let reply = self.command(Command::new("STATUS").mailbox(mailbox).words(&items)).await?;
        let answer = reply.untagged.into_iter().find_map(|untagged| match untagged {
            Untagged::Data { kind, values } if kind == "STATUS" => Some(values),
            _ => None,
        });
        let pairs = answer.as_ref().and_then(|values| values.last()).and_then(|value| value.list());
        pairs.map(MailboxStatus::from_pairs).ok_or_else(|| ImapError::Nonsense("STATUS without an answer".to_owned()))
    }

    /// Makes a mailbox. One that exists already is as good.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn create(&mut self, mailbox: &str) -> Result<(), ImapError> {
        match self.command(Command::new("CREATE").mailbox(mailbox)).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(&ResponseCode::AlreadyExists) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Subscribes to a mailbox, so that mail programs show it.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn subscribe(&mut self, mailbox: &str) -> Result<(), ImapError> {
        self.command(Command::new("SUBSCRIBE").mailbox(mailbox)).await.map(drop)
    }

    /// Leaves the selected mailbox without expunging: UNSELECT where there is one; else it stays, for CLOSE would expunge.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn unselect(&mut self) -> Result<(), ImapError> {
        self.check_alive()?;
        if self.capabilities().unselect {
            self.command(Command::new("UNSELECT")).await?;
            self.forget_seen();
        }
        Ok(())
    }
}
