//! Outlook's single messages, `.msg` and `.oft` ([MS-OXMSG]): a compound file with a storage for the message, each recipient
//! and each attachment, and in each a table of properties with a stream for every long value.
//!
//! A file of a size that is usual is read into memory once; of a larger one, attachments are read in pieces when they are wanted.

mod compound;
mod file;
mod message;
mod names;
mod read;

pub use file::MsgFile;
pub use message::MsgMessage;
pub use read::{Content, Failed, is_compound, kind, read};
