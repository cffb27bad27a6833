//! Numbers as a person reads them, under the short names that faces use; they are made in [`crate::run::number`].

pub use crate::run::number::{about_text as about, bytes_text as bytes, count_of, count_text as count, rate_text as rate, seconds_text as seconds};
