//! An IMAP account (RFC 9051, RFC 3501). async-imap lives here only.
//!
//! Up to the sign-in the package does the talking; after it the [`Session`] is ours, because the package reports a refused
//! or dead FETCH as an empty success. A [`Session`] checks every tagged status, keeps what a refusal said, waits for nothing
//! for ever, and once it was cut, timed out or talked to in nonsense it is dead for good. Commands by what they do: [`mailbox`],
//! [`list`], [`quota`], [`fetch`], [`changes`]; [`append`] is the sink that uploads through a window, [`source`] reads an old
//! account without changing it, [`line`] deflates where the line between is slow. What servers do against the standard
//! is named in [`quirk`].

pub mod append;
pub mod capability;
pub mod changes;
pub mod code;
pub mod command;
pub mod connect;
mod dialogue;
pub mod error;
pub mod fetch;
pub mod line;
pub mod list;
mod login;
pub mod mailbox;
pub mod name;
pub mod outbox;
pub mod quirk;
pub mod quota;
pub mod response;
pub mod session;
pub mod source;
pub mod survey;
pub mod token;
pub mod uid_set;

#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;

pub use append::{Claim, Connect, ImapSink, SettleTiming};
pub use capability::Capabilities;
pub use code::ResponseCode;
pub use connect::SignedIn;
pub use error::ImapError;
pub use fetch::{MessageDigest, MessageRow};
pub use line::Line;
pub use list::{Listed, Namespace};
pub use mailbox::{MailboxStatus, Selected};
pub use quota::Quota;
pub use session::{Reply, Seen, Session, Timeouts};
pub use source::{ImapSource, Remote, RemoteFolder, Remotes};
