//! Thunderbird and its kin (SeaMonkey, Betterbird, Postbox): profiles, the accounts in them, and where each keeps its mail.
//!
//! `profiles.ini` names the profiles, `prefs.js` in each the accounts, and each account's server has a directory: a folder is an
//! mbox file, its children lie in `<name>.sbd`, a folder of the maildir kind is a directory with `cur`.

pub mod account;
pub mod ini;
pub mod lock;
pub mod mork;
pub mod prefs;
pub mod profile;
pub mod tree;

pub use profile::{profiles_of, stores_of};
