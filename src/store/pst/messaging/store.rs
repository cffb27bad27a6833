//! The message store ([MS-PST] §2.4.3): a database with what is needed to read texts from it.

use super::tag;
use crate::store::pst::error::Result;
use crate::store::pst::file::ReadAt;
use crate::store::pst::ltp::{NamedProperties, PropertyContext, Row, TableContext};
use crate::store::pst::ndb::{Effort, Ndb};

/// The message store's node (`NID_MESSAGE_STORE`).
const NID: u32 = 0x21;

/// An open PST, OST or PAB.
#[derive(Debug)]
pub struct Store {
    ndb: Ndb,
    names: NamedProperties,
}

impl Store {
    /// Opens it.
    ///
    /// # Errors
    /// It is none of Outlook's files, or can't be read.
    pub fn open(file: Box<dyn ReadAt>, effort: Effort) -> Result<Self> {
        let ndb = Ndb::open(file, effort)?;
        let names = NamedProperties::read(&ndb).unwrap_or_else(|error| {
            ndb.note(|| format!("the names of properties: {error}"));
            NamedProperties::default()
        });
        Ok(Self { ndb, names })
    }

    /// The database below.
    #[must_use]
    pub const fn ndb(&self) -> &Ndb {
        &self.ndb
    }

    /// The names behind the ids from 0x8000.
    #[must_use]
    pub const fn names(&self) -> &NamedProperties {
        &self.names
    }

    /// The store's own properties; some files have none.
    #[must_use]
    pub fn properties(&self) -> Option<PropertyContext<'_>> {
        let node = self.ndb.node(NID).ok()?;
        PropertyContext::open(&self.ndb, node.data, node.sub).ok()
    }

    /// Whether a password is asked for by Outlook; nothing is encrypted by it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.properties().and_then(|properties| properties.u32(tag::PASSWORD)).is_some_and(|checksum| checksum != 0)
    }

    /// A text of up to `limit` bytes.
    #[must_use]
    pub fn text(&self, properties: &PropertyContext<'_>, id: u16, limit: usize) -> Option<String> {
        let kind = properties.property(id)?.kind;
        decode(kind, &properties.bytes(id, limit)?)
    }

    /// A text of a table.
    #[must_use]
    pub fn cell_text(&self, table: &TableContext<'_>, row: &Row, id: u16, limit: usize) -> Option<String> {
        let column = table.column(id)?;
        decode(column.kind, &table.data(row, column, limit).ok()??)
    }
}

fn decode(kind: u16, bytes: &[u8]) -> Option<String> {
    let text = match kind {
        0x001F => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0,
        0x001E => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
        _ => return None,
    };
    Some(text.trim_end_matches('\0').to_owned())
}
