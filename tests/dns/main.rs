//! Name servers for real, on loopback: servers of a zone that disagree, lag, are lame or silent; resolvers that remember; and the built console
//! through a whole change of the mail server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[path = "../support/mailferry.rs"]
#[allow(dead_code, reason = "shared with other test binaries")]
mod mailferry;
#[path = "../support/name_server.rs"]
#[allow(dead_code, reason = "shared")]
mod name_server;

// Other systems have only 127.0.0.1 on loopback.
#[cfg(target_os = "linux")]
mod change;
#[cfg(target_os = "linux")]
mod scene;
#[cfg(target_os = "linux")]
mod trouble;
