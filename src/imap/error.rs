//! What can go wrong in a session, and what it means for the engine.

use super::code::ResponseCode;
use crate::run::{Code, Problem, Radius, Retry};

/// A failure of a command or of the whole session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImapError {
    /// Tagged NO: the server understood and refuses. The session goes on.
    #[error("{command}: NO {text}")]
    No {
        /// Which command.
        command: &'static str,
        /// The response code, where there was one.
        code: Option<ResponseCode>,
        /// The whole text, response code included.
        text: String,
    },
    /// Tagged BAD: the server did not understand. The session goes on.
    #[error("{command}: BAD {text}")]
    Bad {
        /// Which command.
        command: &'static str,
        /// The response code, where there was one.
        code: Option<ResponseCode>,
        /// The whole text, response code included.
        text: String,
    },
    /// The server said BYE. The session is dead.
    #[error("BYE {text}")]
    Bye {
        /// The whole text, response code included.
        text: String,
    },
    /// The connection broke. The session is dead.
    #[error("connection lost: {0}")]
    Lost(String),
    /// Nothing moved for too long. The session is dead.
    #[error("no answer for {seconds} s")]
    Timeout {
        /// How long was waited.
        seconds: u64,
    },
    /// The server's answer is no IMAP, or larger than anything sensible. The session is dead.
    #[error("not IMAP: {0}")]
    Nonsense(String),
    /// The temporary file of a message could not be read in the middle of it. The session is dead.
    #[error("reading a message on its way out: {0}")]
    Source(String),
    /// A name or text that no command can carry (NUL). Nothing was sent.
    #[error("{0} can't be sent")]
    Unsendable(&'static str),
}

impl ImapError {
    /// True if the session can't be used any more.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        !matches!(self, Self::No { .. } | Self::Bad { .. } | Self::Unsendable(_))
    }

    /// The response code of a refusal.
    #[must_use]
    pub const fn code(&self) -> Option<&ResponseCode> {
        match self {
            Self::No { code, .. } | Self::Bad { code, .. } => code.as_ref(),
            _ => None,
        }
    }

    /// The server's own words, where it said any.
    #[must_use]
    pub fn server_text(&self) -> Option<&str> {
        match self {
            Self::No { text, .. } | Self::Bad { text, .. } | Self::Bye { text } => Some(text),
            _ => None,
        }
    }
}

impl From<ImapError> for Problem {
    /// A broken connection can be tried again at once; a refusal only once something changed.
    fn from(error: ImapError) -> Self {
        let (code, retry, what) = match &error {
            ImapError::No { command, code, text } if super::append::refusal::is_passing(code.as_ref(), text) => {
                (Code::ImapThrottled, Retry::Now, format!("{command} was put off by the server"))
            }
            ImapError::No { command, .. } => (Code::ImapRefused, Retry::Later, format!("{command} was answered with NO")),
            ImapError::Bad { command, .. } => (Code::ImapRefused, Retry::Later, format!("{command} was answered with BAD")),
            ImapError::Bye { text } if super::append::refusal::is_passing(None, text) => {
                (Code::ImapThrottled, Retry::Now, "the server ended the session and asks for patience".to_owned())
            }
            ImapError::Bye { .. } => (Code::ImapBye, Retry::Now, "the server ended the session".to_owned()),
            ImapError::Lost(why) => (Code::NetLost, Retry::Now, format!("the connection broke: {why}")),
            ImapError::Timeout { seconds } => (Code::NetTimeout, Retry::Now, format!("the server did not answer for {seconds} s")),
            ImapError::Nonsense(what) => (Code::ImapNonsense, Retry::Now, format!("the server's answer is no IMAP: {what}")),
            ImapError::Source(why) => (Code::DiskWrite, Retry::Now, format!("a temporary file could not be read: {why}")),
            ImapError::Unsendable(what) => (Code::MailboxRefused, Retry::Never, format!("{what} can't be sent")),
        };
        let radius = if matches!(error, ImapError::Unsendable(_)) { Radius::Mailbox } else { Radius::Account };
        let mut problem = Self::new(code, radius, retry, what);
        problem.server_text = error.server_text().map(str::to_owned);
        problem
    }
}
