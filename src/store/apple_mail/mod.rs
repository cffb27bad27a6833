//! Apple Mail's accounts: where they lie, whose they are, and how their mail came.
//!
//! Since macOS 10.7 mail lies below `~/Library/Mail/V2` … `V10`, before that directly in `~/Library/Mail`. Each account has a
//! directory there: `POP-user@host` in old versions, a UUID in newer ones. Whose it is then, only lists beside it tell
//! ([`known`]); without them it is mail all the same. The messages themselves are [`crate::store::emlx`]'s to read.

mod directory;
mod find;
mod known;

pub use find::{recognise, stores_of};
