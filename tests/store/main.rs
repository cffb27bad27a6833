//! Stores: what is found, counted and read, against made files and, where it is there, a corpus of real ones.
#![allow(clippy::indexing_slicing, clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a failing test is how it speaks")]

mod apple_mail;
mod corner;
mod corpus;
mod dbx;
#[path = "../support/made_apple_mail.rs"]
#[allow(dead_code)]
mod made_apple_mail;
#[path = "../support/made_dbx.rs"]
mod made_dbx;
#[path = "../support/made_olm.rs"]
mod made_olm;
#[path = "../support/made_pst.rs"]
#[allow(dead_code)]
mod made_pst;
mod olm;
mod oracle;
mod outlook;
mod outlook_damage;
mod outlook_file;
mod outlook_part;
#[path = "../support/peak.rs"]
mod peak;
mod profile;
mod property;
mod pst;
mod support;
