//! Mailferry carries a person's mail from POP to IMAP.
#![allow(clippy::module_name_repetitions)]

pub mod account;
pub mod archive;
pub mod autoconfig;
#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
pub mod flow;
pub mod imap;
pub mod journal;
pub mod keychain;
pub mod mail;
pub mod net;
pub mod practice;
pub mod run;
pub mod settings;
pub mod store;
