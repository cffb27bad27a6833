//! The deeds, a file for each verb. They ask nobody anything: what needs a person is found beforehand (DESIGN rule 8).

pub mod explain;
pub mod number;
pub mod page;
pub mod plan;
pub mod report;
