//! Maildir: one file a message, in `cur` and `new`, flags in the file's name (<https://cr.yp.to/proto/maildir.html>).

pub mod name;
pub mod tree;

pub use name::{MaildirFlags, flags_of};
