//! The safe copy from outside: written, interrupted, damaged, cut, read again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stderr, clippy::print_stdout, missing_docs)]

mod damage;
mod failing_disk;
mod made_mail;
mod passes;
mod reading;
mod strangers;
