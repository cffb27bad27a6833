//! The message store ([MS-PST] §2.4.3): a database with what is needed to read texts from it.

use std::sync::Arc;

use super::tag;
use crate::store::mapi::{CodePage, NamedProperties, utf16_text};
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::file::ReadAt;
use crate::store::pst::header::Client;
use crate::store::pst::ltp::{PropertyContext, Row, TableContext, named};
use crate::store::pst::ndb::{Effort, Ndb};

/// The message store's node (`NID_MESSAGE_STORE`).
const NID: u32 = 0x21;
/// Messages asked for their code page, where the store names none.
const ASKED_MESSAGES: usize = 64;

/// An open PST, OST or PAB.
#[derive(Debug)]
pub struct Store {
    ndb: Arc<Ndb>,
    names: NamedProperties,
    code_page: Option<CodePage>,
}

impl Store {
    /// Opens it.
    ///
    /// # Errors
    /// It is none of Outlook's files, or can't be read.
    pub fn open(file: Box<dyn ReadAt>, effort: Effort) -> Result<Self> {
        let mut ndb = Ndb::open(file, effort)?;
        if ndb.lost_nodes() && effort == Effort::Salvage {
            let orphans = super::orphan::orphans(&ndb);
            ndb.adopt(orphans);
        }
        let names = named::read(&ndb).unwrap_or_else(|error| {
            // An address book names none.
            if ndb.client() != Client::Pab || !matches!(error, PstError::NoNode { .. }) {
                ndb.note(|| format!("the names of properties: {error}"));
            }
            NamedProperties::default()
        });
        let code_page = code_page(&ndb);
        Ok(Self { ndb: Arc::new(ndb), names, code_page })
    }

    /// The database below.
    #[must_use]
    pub fn ndb(&self) -> &Ndb {
        &self.ndb
    }

    /// The database below, for readers that outlive a borrow.
    pub(super) fn ndb_shared(&self) -> Arc<Ndb> {
        Arc::clone(&self.ndb)
    }

    /// The names behind the ids from 0x8000.
    #[must_use]
    pub const fn names(&self) -> &NamedProperties {
        &self.names
    }

    /// The code page of its 8-bit text; `None` if it tells none.
    #[must_use]
    pub const fn code_page(&self) -> Option<CodePage> {
        self.code_page
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
        self.decode(kind, &properties.bytes(id, limit)?)
    }

    /// A text of a table.
    #[must_use]
    pub fn cell_text(&self, table: &TableContext<'_>, row: &Row, id: u16, limit: usize) -> Option<String> {
        let column = table.column(id)?;
        self.decode(column.kind, &table.data(row, column, limit).ok()??)
    }

    fn decode(&self, kind: u16, bytes: &[u8]) -> Option<String> {
        match kind {
            0x001F => Some(utf16_text(bytes)),
            0x001E => Some(self.code_page.unwrap_or_default().decode(bytes).trim_end_matches('\0').to_owned()),
            _ => None,
        }
    }
}

/// What the store says, else what most of its first messages say.
fn code_page(ndb: &Ndb) -> Option<CodePage> {
    let page_of = |data, sub| {
        let properties = PropertyContext::open(ndb, data, sub).ok()?;
        let number = [tag::CODE_PAGE_ID, tag::MESSAGE_CODE_PAGE].into_iter().find_map(|id| properties.u32(id))?;
        CodePage::new(i64::from(number))
    };
    if let Some(page) = ndb.node(NID).ok().and_then(|node| page_of(node.data, node.sub)) {
        return Some(page);
    }
    let messages = ndb.nodes().iter().filter(|node| node.nid & 0x1F == super::folder::TYPE_MESSAGE).take(ASKED_MESSAGES);
    let pages: Vec<CodePage> = messages.filter_map(|node| page_of(node.data, node.sub)).collect();
    let votes = |page: &CodePage| pages.iter().filter(|other| *other == page).count();
    pages.iter().copied().max_by_key(|page| (votes(page), std::cmp::Reverse(page.number())))
}
