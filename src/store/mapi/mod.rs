//! Messages as MAPI keeps them: bags of properties, with a table of recipients and attachments that may hold messages again.
//!
//! PST and OST files, `.msg` files and TNEF all hold this one model ([MS-OXCDATA], [MS-OXPROPS]); each has a reader that presents
//! its messages as [`MapiMessage`], and one place makes mail of any of them. Errors are kept where they happen, at a
//! property, a recipient or an attachment, and end nothing: what can be read is read. Large values are not read but opened
//! ([`Large`]). Nothing here opens a file.

mod bag;
mod codepage;
mod error;
mod guid;
mod message;
mod named;
mod properties;
mod tag;
mod time;
mod value;

pub use bag::{Bag, BagAttachment};
pub use codepage::CodePage;
pub use error::{Gap, MapiError};
pub use guid::Guid;
pub use message::{AttachMethod, DEEPEST_EMBEDDED, MapiAttachment, MapiMessage};
pub use named::{Name, NamedProperties, PropertyName};
pub use properties::{Large, OpenValue, Properties, Property, utf16_text};
pub use tag::{PropId, PropTag, PropType};
pub use time::FileTime;
pub use value::Value;
