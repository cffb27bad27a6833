//! A message node as [`MapiMessage`]: its properties, recipients and attachments.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::attachment::Attachment;
use super::store::Store;
use crate::store::mapi::{CodePage, MapiAttachment, MapiError, MapiMessage, NamedProperties, OpenValue, PropId, PropTag, PropType, Properties, Value};
use crate::store::pst::bytes::{u32_at, u64_at};
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::header::Format;
use crate::store::pst::ltp::{PropertyContext, Row, TableContext, property_context};
use crate::store::pst::ndb::{DataTree, Ndb, Subnodes};

/// The subnode with the table of recipients.
const RECIPIENTS: u32 = 0x692;
/// The subnode with the table of attachments.
const ATTACHMENTS: u32 = 0x671;
/// The type of an attachment's NID.
const TYPE_ATTACHMENT: u32 = 0x05;
/// Longer values are opened when they are wanted (64 KB); shorter ones are read at once.
const HELD_BYTES: u64 = 64 << 10;
/// What the values of one message, or of one of its tables, may take up in memory together (32 MB): honest ones need a hundredth.
const MAX_HELD_BYTES: usize = 32 << 20;
/// Recipients at most: the largest lists that servers take are a tenth of this.
const MAX_RECIPIENTS: usize = 100_000;
/// Attachments at most.
const MAX_ATTACHMENTS: usize = 100_000;
/// Values of a list at most.
const MAX_VALUES: usize = 1 << 16;
/// Messages within one message, all levels together: a file made to explode doubles at each level.
const MAX_EMBEDDED: usize = 10_000;

/// What opening one message may cost, counted over all that lies within it. Opening a part again costs nothing.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<Spent>);

#[derive(Debug, Default)]
struct Spent {
    messages: HashSet<Vec<u8>>,
    attachments: HashSet<Vec<u8>>,
    bytes: u64,
}

impl Budget {
    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message within the message, known by `key`.
    pub fn take_message(&self, key: &[u8]) -> Result<()> {
        let mut spent = self.spent();
        if spent.messages.len() >= MAX_EMBEDDED && !spent.messages.contains(key) {
            return Err(PstError::Limit { what: "messages within one message", limit: MAX_EMBEDDED as u64 });
        }
        spent.messages.insert(key.to_vec());
        Ok(())
    }

    /// Takes an attachment of `bytes`. Attachments lie apart, so their sum can't be more than the file, deflated or not.
    pub fn take_bytes(&self, ndb: &Ndb, key: &[u8], bytes: u64) -> Result<()> {
        let times = if ndb.format() == Format::Unicode4k { 64 } else { 1 };
        let limit = ndb.len().saturating_mul(times);
        let mut spent = self.spent();
        if spent.attachments.insert(key.to_vec()) {
            spent.bytes = spent.bytes.saturating_add(bytes);
        }
        if spent.bytes > limit {
            return Err(PstError::Limit { what: "bytes within one message", limit });
        }
        Ok(())
    }
}

/// A message, top-level or within another.
pub struct Message {
    pub(super) store: Arc<Store>,
    pub(super) budget: Arc<Budget>,
    /// Data and subnodes of this message and of those it lies in.
    pub(super) within: Vec<(u64, u64)>,
    key: Vec<u8>,
    properties: Properties,
    subnodes: Subnodes,
    recipients_are_listed: bool,
    attachments: Vec<Listed>,
}

/// An attachment as the table lists it.
#[derive(Clone, Debug)]
struct Listed {
    nid: u32,
    /// What the table itself says of it.
    row: Properties,
}

impl Message {
    /// Opens the message of a node.
    ///
    /// # Errors
    /// Its properties can't be read at all.
    pub fn open(store: &Arc<Store>, nid: u32) -> Result<Self> {
        let node = store.ndb().node(nid)?;
        Self::open_at(store, (node.data, node.sub), nid.to_le_bytes().to_vec(), Arc::default(), Vec::new())
    }

    /// Opens the message whose data and subnodes have these BIDs.
    pub(super) fn open_at(store: &Arc<Store>, at: (u64, u64), key: Vec<u8>, budget: Arc<Budget>, mut within: Vec<(u64, u64)>) -> Result<Self> {
        if within.contains(&at) {
            return Err(PstError::nonsense("a message within itself", at.0));
        }
        within.push(at);
        let context = PropertyContext::open(store.ndb(), at.0, at.1)?;
        let properties = properties(store, &context);
        // Copies of a message keep the search key, so that they come out the same from every file.
        let key = match properties.binary(PropId::SEARCH_KEY) {
            Some(search_key) if search_key.len() == 16 && within.len() == 1 => search_key.to_vec(),
            _ => key,
        };
        let subnodes = context.heap().subnodes().clone();
        let attachments = attachments(store, &subnodes);
        let recipients_are_listed = subnodes.get(RECIPIENTS).is_ok();
        Ok(Self { store: Arc::clone(store), budget, within, key, properties, subnodes, recipients_are_listed, attachments })
    }

    /// Damage that loses parts of the message: subnodes of which nothing is known any more.
    #[must_use]
    pub const fn is_damaged(&self) -> bool {
        self.subnodes.is_damaged
    }

    /// What the file says of its state and dates.
    #[must_use]
    pub const fn property_map(&self) -> &Properties {
        &self.properties
    }
}

/// The attachments: those of the table in its order, then those that the table does not list though they are there.
fn attachments(store: &Store, subnodes: &Subnodes) -> Vec<Listed> {
    let ndb = store.ndb();
    let mut listed: Vec<Listed> = Vec::new();
    if let Ok(table) = subnodes.get(ATTACHMENTS).and_then(|table| TableContext::open(ndb, table.data, table.sub)) {
        let mut room = MAX_HELD_BYTES;
        for (nid, row) in table.rows().take(MAX_ATTACHMENTS) {
            listed.push(Listed { nid, row: row.map(|row| row_properties(&table, &row, &mut room)).unwrap_or_default() });
        }
    }
    let known: HashSet<u32> = listed.iter().map(|listed| listed.nid).collect();
    let unlisted = subnodes.all().iter().filter(|subnode| subnode.nid & 0x1F == TYPE_ATTACHMENT && !known.contains(&subnode.nid));
    listed.extend(unlisted.map(|subnode| Listed { nid: subnode.nid, row: Properties::default() }));
    listed
}

impl MapiMessage for Message {
    fn key(&self) -> Vec<u8> {
        self.key.clone()
    }

    fn properties(&self) -> &Properties {
        &self.properties
    }

    fn names(&self) -> &NamedProperties {
        self.store.names()
    }

    fn store_code_page(&self) -> Option<CodePage> {
        self.store.code_page()
    }

    fn recipients(&mut self) -> Vec<std::result::Result<Properties, MapiError>> {
        if !self.recipients_are_listed {
            return if self.subnodes.is_damaged { vec![Err(MapiError::new("the table of recipients is lost"))] } else { Vec::new() };
        }
        let ndb = self.store.ndb();
        let table = self.subnodes.get(RECIPIENTS).and_then(|table| TableContext::open(ndb, table.data, table.sub));
        match table {
            Ok(table) => {
                let mut room = MAX_HELD_BYTES;
                table.rows().take(MAX_RECIPIENTS).map(|(_, row)| row.map(|row| row_properties(&table, &row, &mut room)).map_err(told)).collect()
            }
            Err(error) => vec![Err(told(error))],
        }
    }

    fn attachment_count(&mut self) -> usize {
        self.attachments.len()
    }

    fn attachment(&mut self, index: usize) -> std::result::Result<Box<dyn MapiAttachment>, MapiError> {
        let listed = self.attachments.get(index).ok_or_else(|| MapiError::new("no such attachment"))?;
        let subnode = self.subnodes.get(listed.nid).map_err(told)?;
        let mut key = self.key.clone();
        key.extend_from_slice(&listed.nid.to_le_bytes());
        Attachment::open(self, subnode, key, &listed.row).map(|attachment| -> Box<dyn MapiAttachment> { Box::new(attachment) }).map_err(told)
    }
}

pub(super) fn told(error: PstError) -> MapiError {
    MapiError::new(error.to_string())
}

/// Every property of a context; long ones are opened when they are wanted.
pub(super) fn properties(store: &Arc<Store>, context: &PropertyContext<'_>) -> Properties {
    let (mut found, mut room) = (Properties::default(), MAX_HELD_BYTES);
    for property in context.properties() {
        let (id, kind) = (PropId(property.id), PropType(property.kind));
        let value = match context.value(*property) {
            Ok(property_context::Value::Memory(bytes)) => Ok(bytes),
            Ok(property_context::Value::Stream(tree)) => match tree.declared_len() {
                Some(len) if len > HELD_BYTES && can_be_opened(kind) => {
                    found.set_large(PropTag::new(id, kind), len, Arc::new(Stream { store: Arc::clone(store), tree }));
                    continue;
                }
                declared => match tree.read(store.ndb(), room) {
                    // What can be read of it is kept by whoever opens it.
                    Err(PstError::Block { .. } | PstError::NoBlock { .. } | PstError::CutOff { .. } | PstError::Read { .. })
                        if tree.block_count() > 1 && can_be_opened(kind) =>
                    {
                        found.set_large(PropTag::new(id, kind), declared.unwrap_or(0), Arc::new(Stream { store: Arc::clone(store), tree }));
                        continue;
                    }
                    read => read,
                },
            },
            Err(error) => Err(error),
        };
        match value.and_then(|bytes| take_room(&mut room, bytes)) {
            Ok(bytes) => set(&mut found, id, kind, &bytes),
            Err(error) => found.set_unreadable(id, told(error)),
        }
    }
    found
}

const fn can_be_opened(kind: PropType) -> bool {
    matches!(kind, PropType::STRING | PropType::STRING8 | PropType::BINARY | PropType::OBJECT)
}

/// Many values may name the same bytes; together they are bounded.
fn take_room(room: &mut usize, bytes: Bytes) -> Result<Bytes> {
    *room = room.checked_sub(bytes.len()).ok_or(PstError::Limit { what: "bytes of values of one message", limit: MAX_HELD_BYTES as u64 })?;
    Ok(bytes)
}

fn set(found: &mut Properties, id: PropId, kind: PropType, bytes: &[u8]) {
    let value = if kind.is_multiple() { values(kind, bytes).map(Value::Multiple) } else { Value::read(kind, bytes) };
    match value {
        Ok(value) => found.set(id, value),
        // An empty place holds no value.
        Err(_) if bytes.is_empty() => {}
        Err(error) => found.set_unreadable(id, error),
    }
}

/// Several values ([MS-PST] §2.3.3.4).
fn values(kind: PropType, bytes: &[u8]) -> std::result::Result<Vec<Value>, MapiError> {
    let single = kind.single();
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(len) = single.fixed_len().filter(|len| *len > 0) {
        return bytes.chunks_exact(len).take(MAX_VALUES).map(|value| Value::read(single, value)).collect();
    }
    let cut = || MapiError::new("a list of values is cut off");
    let count = u32_at(bytes, 0).ok_or_else(cut)? as usize;
    let at = |number: usize| u32_at(bytes, 4 + 4 * number).map(|at| at as usize);
    (0..count.min(MAX_VALUES))
        .map(|number| {
            let from = at(number).ok_or_else(cut)?;
            let to = if number + 1 < count { at(number + 1).ok_or_else(cut)? } else { bytes.len() };
            Value::read(single, bytes.get(from..to).ok_or_else(cut)?)
        })
        .collect()
}

/// What a row of a table says.
fn row_properties(table: &TableContext<'_>, row: &Row, room: &mut usize) -> Properties {
    let mut found = Properties::default();
    for column in table.columns() {
        let (id, kind) = (PropId(column.id), PropType(column.kind));
        match table.data(row, column, *room) {
            Ok(None) => {}
            Ok(Some(bytes)) => match take_room(room, bytes) {
                Ok(bytes) => set(&mut found, id, kind, &bytes),
                Err(error) => found.set_unreadable(id, told(error)),
            },
            Err(error) => found.set_unreadable(id, told(error)),
        }
    }
    found
}

/// A value that is opened when it is wanted.
pub(super) struct Stream {
    pub store: Arc<Store>,
    pub tree: DataTree,
}

impl OpenValue for Stream {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.tree.clone().reader(self.store.ndb_shared())))
    }
}

/// The subnode and the length that a value of type object names ([MS-PST] §2.3.3.5).
pub(super) fn object_of(bytes: &[u8]) -> Option<(u32, u32)> {
    let _whole = u64_at(bytes, 0)?;
    Some((u32_at(bytes, 0)?, u32_at(bytes, 4)?))
}
