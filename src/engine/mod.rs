//! The deeds, a file for each verb. They ask nobody anything: what needs a person is found beforehand (DESIGN rule 8).

pub mod again;
pub mod backup;
pub mod check;
pub mod cutover;
pub mod demo;
pub mod discover;
pub mod explain;
pub mod far;
pub mod hours;
pub mod job;
pub mod look;
mod names;
mod near;
pub mod number;
pub mod page;
pub mod place;
pub mod plan;
pub mod practice;
pub mod report;
pub mod rolling;
pub mod settings;
pub mod sync;
pub mod tally;
pub mod timing;
pub mod transfer;
pub mod upload;
pub mod verify;
