//! Anything messages can be read from.

use std::sync::Arc;

use globset::GlobSet;

use super::MessageStream;
use crate::mail::MailboxPath;
use crate::run::Run;

/// A local store, a safe copy, an IMAP or POP3 account.
pub trait MessageSource: Send {
    /// Starts reading on its own thread or task, in the source's order, folder by folder.
    ///
    /// The stream ends with [`super::StreamItem::Finished`]; a stream that ends without it was cut off. Dropping the stream
    /// stops the reading. Messages that the selection leaves out are not read.
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream;
}

/// Which messages are wanted.
#[derive(Clone, Default)]
pub enum Selection {
    /// All, those that their program counts as deleted too (they are kept apart in the safe copy).
    #[default]
    All,
    /// Those in folders that match.
    Mailboxes(Arc<GlobSet>),
    /// Exactly these, in this order, by the ids that the source's own inventory gave.
    Ids(Arc<[u64]>),
}

impl Selection {
    /// Whether a folder is wanted at all. By ids every folder may be.
    #[must_use]
    pub fn wants(&self, mailbox: &MailboxPath) -> bool {
        match self {
            Self::All | Self::Ids(_) => true,
            Self::Mailboxes(globs) => globs.is_match(mailbox.to_string()),
        }
    }
}
