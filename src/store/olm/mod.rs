//! Outlook for Mac's archives, `.olm`: a zip with an XML file for each message, its attachments as files beside, and contacts,
//! appointments, tasks and notes as lists.
//!
//! It keeps no original: mail is made anew of its fields ([`super::rebuild`]), the same bytes every time. Nobody documents the
//! format; the names of its fields are those that real archives have. Times are UTC, though nothing says so.

mod file;
mod item;
mod message;
mod source;
mod xml;

pub use file::OlmFile;
pub use message::{OlmMessage, messages};
pub use source::OlmSource;
pub(super) use source::count;
