//! What the system asks in windows of its own.

pub mod file;
