//! Mail stores on this computer: found, counted, read; never changed.

pub mod info;
pub mod mbox;
pub mod role;
pub mod status;
