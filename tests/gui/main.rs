//! The window without a screen: its logic on the real engine, and its drawing by the names that screen readers say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stderr, missing_docs)]

#[cfg(target_os = "linux")]
#[path = "../dns/scene.rs"]
#[allow(dead_code, reason = "shared with the tests of the name servers")]
mod dns_scene;
mod idle;
mod keyboard;
#[cfg(target_os = "linux")]
mod keychain;
mod large_text;
mod logic;
#[cfg(target_os = "linux")]
#[path = "../support/name_server.rs"]
#[allow(dead_code, reason = "shared")]
mod name_server;
mod pages;
mod pictures;
#[cfg(target_os = "linux")]
mod real_window;
mod snapshots;
mod stage;
#[cfg(target_os = "linux")]
#[path = "../support/mod.rs"]
mod support;
mod words;
