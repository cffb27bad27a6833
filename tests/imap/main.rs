//! IMAP against real servers, and the practice server against what real ones say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests speak by failing")]

#[path = "../support/mod.rs"]
mod support;

mod practice_like_dovecot;
mod rig;
