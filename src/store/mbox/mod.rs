//! The mbox file (RFC 4155 and its older kin): many messages in one file, each after a line that begins `From `.
//!
//! [`scan`](scan()) reads any input once, in buffers of 256 KiB, never mapped: a file that its program compacts or a drive that
//! is unplugged gives an error, not a crash. Where a `From ` line begins a message and where it is text decides whether mail
//! is lost; [`boundary`] holds that rule. The stored message is what lies between two such lines, less exactly one empty line.

pub mod boundary;
pub mod envelope;
pub mod habits;
pub(super) mod read;
pub mod scan;
mod trim;

pub use envelope::envelope_date;
pub use habits::habits_of;
pub use scan::{Begin, End, Scanned, Stopped, Stray, Visitor, scan};

/// How much of a message that is cut off is kept (1 MiB).
const MAX_REMAINS: usize = 1024 * 1024;
