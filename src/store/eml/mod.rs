//! Directory trees of message files, as export programs and converters leave them: `.eml` files, numbered files, an mbox in each
//! directory, Apple's `Name.mbox/mbox`, Takeout, maildirs, in any mixture.
//!
//! A folder is called after its directory, or after its mbox file. What a file is, is decided by its content ([`content`]) where
//! its name does not say.

pub mod content;
pub mod tree;
