//! The property context (PC, [MS-PST] §2.3.3): the properties of one message, folder, attachment or store.

use bytes::Bytes;

use super::heap::{Heap, is_hid};
use super::tree::Records;
use crate::store::pst::bytes::{u16_at, u32_at};
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::ndb::{DataTree, Ndb};

/// A property as it is listed: its value may lie elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Property {
    /// Its id.
    pub id: u16,
    /// The type of its value ([MS-OXCDATA] §2.11.1).
    pub kind: u16,
    /// The value itself, or the HNID of its data.
    pub value: u32,
}

/// Where the bytes of a value are.
#[derive(Debug)]
pub enum Value {
    /// In memory.
    Memory(Bytes),
    /// In a subnode, to be read as a stream.
    Stream(DataTree),
}

/// The properties of a node.
pub struct PropertyContext<'n> {
    heap: Heap<'n>,
    properties: Vec<Property>,
    /// A part of it can't be read.
    pub is_damaged: bool,
}

/// The HID of the first piece of a heap.
const FIRST: u32 = 0x20;

impl<'n> PropertyContext<'n> {
    /// Reads the list of properties of the node whose data and subnodes have these BIDs.
    ///
    /// # Errors
    /// Its heap or list can't be read at all.
    pub fn open(ndb: &'n Ndb, data: u64, sub: u64) -> Result<Self> {
        let heap = Heap::open(ndb, data, sub)?;
        let read = |hid| {
            let records = Records::read(&heap, hid)?;
            let is_list = (records.key_bytes(), records.value_bytes()) == (2, 6);
            if is_list { Ok(records) } else { Err(PstError::nonsense("a list of properties of another size", records.value_bytes() as u64)) }
        };
        // Outlook makes the list's header first of all, wherever damage has the heap point to.
        let records = read(heap.root).or_else(|error| if heap.root == FIRST { Err(error) } else { read(FIRST).map_err(|_| error) })?;
        let read = |(key, value): (&[u8], &[u8])| Some(Property { id: u16_at(key, 0)?, kind: u16_at(value, 0)?, value: u32_at(value, 2)? });
        let mut properties: Vec<Property> = records.iter().filter_map(read).collect();
        // They are in order, where nothing is damaged.
        properties.sort_by_key(|property| property.id);
        properties.dedup_by_key(|property| property.id);
        Ok(Self { is_damaged: records.is_damaged || heap.subnodes().is_damaged, heap, properties })
    }

    /// The heap and the subnodes.
    #[must_use]
    pub const fn heap(&self) -> &Heap<'n> {
        &self.heap
    }

    /// The properties, by id.
    #[must_use]
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// The property with this id.
    #[must_use]
    pub fn property(&self, id: u16) -> Option<Property> {
        let at = self.properties.binary_search_by_key(&id, |property| property.id).ok()?;
        self.properties.get(at).copied()
    }

    /// The bytes of a value; those in subnodes as a stream.
    ///
    /// # Errors
    /// They are not where the list says.
    pub fn value(&self, property: Property) -> Result<Value> {
        if let Some(len) = inline_bytes(property.kind) {
            let bytes = property.value.to_le_bytes();
            return Ok(Value::Memory(Bytes::copy_from_slice(bytes.get(..len).unwrap_or(&bytes))));
        }
        if property.value == 0 {
            return Ok(Value::Memory(Bytes::new()));
        }
        if is_hid(property.value) {
            return self.heap.get(property.value).map(Value::Memory);
        }
        self.heap.subnodes().data_tree(self.heap.ndb(), property.value).map(Value::Stream)
    }

    /// The bytes of the property with this id, in memory; `None` if there is no such property or it can't be read.
    #[must_use]
    pub fn bytes(&self, id: u16, limit: usize) -> Option<Bytes> {
        match self.value(self.property(id)?).ok()? {
            Value::Memory(bytes) => Some(bytes).filter(|bytes| bytes.len() <= limit),
            Value::Stream(tree) => tree.read(self.heap.ndb(), limit).ok(),
        }
    }

    /// A whole number of up to 32 bits.
    #[must_use]
    pub fn u32(&self, id: u16) -> Option<u32> {
        let property = self.property(id)?;
        match property.kind {
            0x0002 => Some(property.value & 0xFFFF),
            0x0003 => Some(property.value),
            0x000B => Some(property.value & 0xFF),
            _ => None,
        }
    }
}

/// The bytes of a value that stands in the list itself; `None` if its data lies elsewhere.
#[must_use]
pub const fn inline_bytes(kind: u16) -> Option<usize> {
    match kind {
        0x0002 => Some(2),
        0x000B => Some(1),
        0x0001 => Some(0),
        0x0003 | 0x0004 | 0x000A => Some(4),
        _ => None,
    }
}
