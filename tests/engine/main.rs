//! The deeds against the practice server's faults and against real Dovecot: nothing lost, nothing doubled, nothing changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

mod away;
mod dovecot;
mod drain;
mod dry_run;
mod hours;
mod identity;
mod interruption;
mod lanes;
mod lies;
#[path = "../support/made_pst.rs"]
#[allow(dead_code)]
mod made_pst;
mod narrow;
mod outlook;
mod real;
mod rolling;
mod room;
mod scene;
mod servers;
mod several;
#[path = "../support/mod.rs"]
mod support;
