//! Apple Mail's message files, `.emlx`: a line with the message's length, the message itself with bare LF line ends, and a
//! property list with its flags and the date it was received.
//!
//! A message's bytes are handed on as they lie there. Of a `.partial.emlx` Apple Mail cut large parts out and keeps them as files
//! beside; where they are on this computer they are put back in their places ([`placeholder`], `insert`). The message counts as
//! rebuilt then: its attachments are whole, its bytes need not be those that came. Parts that were never downloaded make it partial.
//!
//! Nobody documents the format. What is known of the flags: <https://jwz.livejournal.com/505711.html>.

mod frame;
mod insert;
mod parameter;
pub mod placeholder;
mod read;
mod state;
pub mod tree;

pub use frame::{Frame, frame};
pub(super) use read::{Failed, is_sound, look, read};
pub use state::State;

/// Whether a file of this name is one.
#[must_use]
pub fn is_emlx(name: &str) -> bool {
    has_end(name, ".emlx")
}

/// Whether Apple Mail cut parts out of it, by its name.
#[must_use]
pub fn is_partial(name: &str) -> bool {
    has_end(name, ".partial.emlx")
}

fn has_end(name: &str, end: &str) -> bool {
    name.len().checked_sub(end.len()).and_then(|at| name.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}
