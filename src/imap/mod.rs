//! An IMAP account (RFC 9051, RFC 3501). async-imap lives here only.

pub mod capability;

pub use capability::Capabilities;
