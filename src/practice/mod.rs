//! Practice: a whole move of mail without a mailbox of one's own, and faults on demand for tests.
//!
//! [`sample_mail`] writes a made Thunderbird profile with invented mail, and [`server`] is a small IMAP server on this
//! computer that takes it. Together they let a person try everything before their own mail is touched, and let tests see how
//! the program bears a server that cuts, lies, stalls or fills up. What real servers do is tried against real servers.

pub mod sample_mail;
pub mod server;
