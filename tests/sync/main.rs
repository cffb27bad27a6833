//! From an old server to a new one: real Dovecot, Cyrus and Courier to each of them, looked at with an eye that shares no code with the program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod first;
mod interruption;
mod job;
mod narrow;
mod odd;
mod pairs;
mod scene;
mod second;
#[path = "../cli/stage.rs"]
#[allow(dead_code)]
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod trouble;
