//! The two traits and what moves between them.
//!
//! Backup, upload and server-to-server sync are one movement between different ends: a [`MessageSource`] gives a
//! [`MessageStream`], bounded in bytes; a [`MessageSink`] takes [`Batch`]es and answers with a [`Receipt`] for each message.

pub mod inventory;
pub mod sink;
pub mod source;
pub mod stream;

pub use inventory::{FarMailbox, Inventory, NearMailbox, NearMessage};
pub use sink::{Batch, MessageSink, Outcome, Outgoing, Receipt, SentRecord, SinkError, Window};
pub use source::{MessageSource, Selection};
pub use stream::{MessageSender, MessageStream, StreamItem};
