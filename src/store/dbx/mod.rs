//! Outlook Express 5 and 6: one `.dbx` file for each folder, and `Folders.dbx`, which tells what they are.
//!
//! A message's bytes lie in its folder's file as they came, cut into a chain of blocks ([`chain`]). An *indexed info* ([`info`]) for
//! each message says where its chain begins, whether it was read, answered or flagged, and when it came; a tree of nodes ([`tree`])
//! lists the infos. What Outlook Express deletes gets another header and a place in a list of free space: it is never read here.
//!
//! Where the tree leads nowhere, the file is looked through for infos and chains that are still whole ([`salvage`]). What an info
//! tells of stays in its folder; a chain that none tells of comes under «Recovered». Every number of the file is distrusted: nothing
//! recurses on what it says, each object counts once ([`claims`]), and what is kept in memory is a small part of the file.
//!
//! Nobody but its users documents the format: Arne Schloh's «OE dbx file format» (<http://oedbx.aroh.de>) and its continuation by
//! Zvonko Tešić (<https://www.infobyte.hr/oedbx/>), whose words are used here.

mod accounts;
pub mod chain;
mod claims;
mod error;
pub mod file;
pub mod find;
pub mod folders;
pub mod info;
mod messages;
mod read;
pub mod salvage;
pub mod tree;

pub use accounts::{Account, AccountKind, accounts, single};
pub use claims::Claims;
pub use error::DbxError;
pub use file::{DbxFile, DbxKind};
pub use messages::{Listed, Messages, State};
pub(super) use read::{count, read, recovered};
