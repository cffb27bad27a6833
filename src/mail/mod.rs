//! What a message is, whatever it came from and wherever it goes.
//!
//! A message is three byte strings ([`wire`], [`twin`] and the stored bytes themselves), some facts that its store kept
//! beside it ([`Flags`], [`InternalDate`]) and a place in a tree of folders ([`MailboxPath`]). Nothing here opens a file of
//! a mail program or a socket.

pub mod body;
pub mod buffer;
pub mod date;
pub mod digest;
pub mod flag;
pub mod header;
pub mod mailbox;
pub mod message;
pub mod other;
pub mod part;
pub mod twin;
pub mod wire;

pub use body::{Body, BodyWriter};
pub use date::InternalDate;
pub use digest::Sha256Digest;
pub use flag::{Flags, Keywords};
pub use mailbox::{MailboxPath, SpecialUse};
pub use message::{Message, Origin, Unreadable};
pub use other::{Other, OtherKind};
pub use twin::Twin;
pub use wire::{WireFacts, WireRules};
