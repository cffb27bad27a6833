//! What every test binary may use: real Dovecot, Cyrus and Courier, a proxy that breaks connections, made mail, and the built program.
//!
//! Included by `#[path = "../support/mod.rs"] mod support;`, so not every binary uses all of it.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr, reason = "tests speak by failing")]

pub mod courier;
pub mod cyrus;
pub mod dovecot;
pub mod eye;
pub mod fault_proxy;
pub mod gate;
pub mod line;
pub mod loopback;
pub mod made_mail;
pub mod mailferry;
pub mod peak;
pub mod pop3;
pub mod tls_front;
