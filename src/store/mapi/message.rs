//! How a file presents its messages and their attachments.

use std::io::{self, Read};

use super::codepage::CodePage;
use super::error::MapiError;
use super::named::NamedProperties;
use super::properties::Properties;
use super::tag::PropId;

/// Messages within messages are followed as deep as this; what lies deeper is named, not opened.
pub const DEEPEST_EMBEDDED: usize = 64;

/// A message of any class: mail, a report, an appointment.
///
/// A reader gives what the file has and leaves meaning to others. Nothing may panic, and nothing here calls itself on data of
/// the file: an attachment's message is opened only by [`MapiAttachment::embedded`], whose caller counts the depth.
pub trait MapiMessage: Send {
    /// What tells this message from all others of its file and stays the same over runs: record key, node id, storage path.
    /// For an embedded message, the key of the outer one and the attachment's number.
    fn key(&self) -> Vec<u8>;

    /// Its properties.
    fn properties(&self) -> &Properties;

    /// The names of the numbers from 0x8000 up.
    fn names(&self) -> &NamedProperties;

    /// The code page of the store's text, for String8 values of a message that doesn't tell its own. `None` if not known.
    fn store_code_page(&self) -> Option<CodePage>;

    /// Its recipients in the table's order; a row that can't be read stands as an error. A table that can't be read is one error.
    fn recipients(&mut self) -> Vec<Result<Properties, MapiError>>;

    /// How many attachments it has, unreadable ones included.
    fn attachment_count(&mut self) -> usize;

    /// The attachment in this place of the table, from 0. Only the one in hand is held in memory.
    ///
    /// # Errors
    /// It can't be read at all; the others may be.
    fn attachment(&mut self, index: usize) -> Result<Box<dyn MapiAttachment>, MapiError>;
}

/// An attachment.
pub trait MapiAttachment: Send {
    /// Its properties. Its data ([`PropId::ATTACH_DATA`]) is among them, best as a [`super::Large`] value.
    fn properties(&self) -> &Properties;

    /// Opens its data from the start, as often as wanted; nothing is held in memory.
    ///
    /// # Errors
    /// It has none, or the file can't give it.
    fn open_data(&mut self) -> io::Result<Box<dyn Read + Send + '_>> {
        match self.properties().open(PropId::ATTACH_DATA) {
            Some(opened) => opened.map(|reader| -> Box<dyn Read + Send> { reader }),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "the attachment has no data")),
        }
    }

    /// The message in it ([`AttachMethod::Embedded`]); `None` if it holds none.
    fn embedded(&mut self) -> Option<Result<Box<dyn MapiMessage>, MapiError>>;
}

/// How an attachment holds its data ([MS-OXCMSG] §2.2.2.9, `PidTagAttachMethod`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum AttachMethod {
    /// Just made: no data.
    None,
    /// Bytes.
    Value,
    /// A path that the recipients can reach.
    Reference,
    /// A path that is to be resolved.
    ReferenceResolve,
    /// A path of the sender's.
    ReferenceOnly,
    /// A message.
    Embedded,
    /// An OLE object.
    Ole,
    /// A link to a file on the web.
    Web,
    /// Another number.
    Unknown(i64),
}

impl AttachMethod {
    /// What `properties` say; an attachment that says nothing holds bytes.
    #[must_use]
    pub fn of(properties: &Properties) -> Self {
        match properties.integer(PropId::ATTACH_METHOD) {
            Some(0) => Self::None,
            Some(1) | None => Self::Value,
            Some(2) => Self::Reference,
            Some(3) => Self::ReferenceResolve,
            Some(4) => Self::ReferenceOnly,
            Some(5) => Self::Embedded,
            Some(6) => Self::Ole,
            Some(7) => Self::Web,
            Some(other) => Self::Unknown(other),
        }
    }
}
