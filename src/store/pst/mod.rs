//! Outlook's PST, OST and PAB ([MS-PST]): read in layers that are named as the standard names them.
//!
//! | layer | what | where |
//! |---|---|---|
//! | NDB | nodes made of blocks, and the two B-trees that find them | [`ndb`] |
//! | LTP | a heap on a node; on it property contexts and table contexts | [`ltp`] |
//! | messaging | store, folders, messages, attachments | [`messaging`] |
//!
//! The file is opened for reading only and may be shared; nothing of it is mapped. Every byte of it is distrusted: a number that leads
//! nowhere loses what lay behind it and nothing else. Nothing recurses on what the file says, and every loop over it has a bound.

mod ahead;
pub mod bytes;
pub mod checksum;
pub mod count;
pub mod crypt;
pub mod error;
pub mod file;
pub mod header;
pub mod ltp;
pub mod messaging;
pub mod ndb;
pub mod source;

pub use error::PstError;
pub use file::{OnDisk, ReadAt};
pub use ndb::{Effort, Ndb};
pub use source::PstSource;
