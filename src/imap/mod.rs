//! An IMAP account (RFC 9051, RFC 3501). async-imap lives here only.

pub mod capability;
pub mod connect;
mod dialogue;
mod login;

pub use capability::Capabilities;
pub use connect::SignedIn;
