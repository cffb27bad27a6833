//! Finds mail stores: of this computer's user, on another computer's drive, or what a person named by hand.

pub mod advice;
mod express;
pub mod find;
pub mod outlook;
pub mod program;
pub mod recognise;
pub mod user;

pub use find::{FindOptions, count, find};
pub use recognise::recognise;
