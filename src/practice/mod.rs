//! Practice: a small IMAP server on this computer, which takes mail and makes faults on demand.
//!
//! With it a person tries a move before their own mail is touched, and tests see how the program bears a server that cuts,
//! lies, stalls or fills up. What real servers do is tried against real servers.

pub mod server;
