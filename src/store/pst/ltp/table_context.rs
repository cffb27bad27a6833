//! The table context (TC, [MS-PST] §2.3.4): rows of a folder's messages, of its folders, of recipients, of attachments.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use super::heap::{Heap, is_hid};
use super::tree::Records;
use crate::store::pst::bytes::{u8_at, u16_at, u32_at, u64_at};
use crate::store::pst::error::{PstError, Result};
use crate::store::pst::ndb::{DataTree, Ndb};

/// The client of a table's heap.
const CLIENT: u8 = 0x7C;
/// Rows at most: a folder of four million messages.
const MAX_ROWS: usize = 4 << 20;
/// The column that holds a row's own id (PidTagLtpRowId).
const ROW_ID: u16 = 0x67F2;

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// The property's id.
    pub id: u16,
    /// The type of its values.
    pub kind: u16,
    offset: u16,
    bytes: u8,
    bit: u8,
}

/// A table.
pub struct TableContext<'n> {
    heap: Heap<'n>,
    columns: Vec<Column>,
    row_bytes: usize,
    bits: Range<usize>,
    rows: Rows,
    /// Row ids in order, with the number of the row.
    index: Vec<(u32, u32)>,
    /// A part of it can't be read.
    pub is_damaged: bool,
}

/// Where the rows are: rows never reach over the end of a block.
enum Rows {
    None,
    Heap(Bytes),
    Tree { tree: DataTree, rows_per_block: usize },
}

/// A row of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id: for messages, folders and attachments their NID.
    pub id: u32,
    bytes: Bytes,
}

impl<'n> TableContext<'n> {
    /// Opens the table of the node whose data and subnodes have these BIDs.
    ///
    /// # Errors
    /// Its heap or header can't be read.
    pub fn open(ndb: &'n Ndb, data: u64, sub: u64) -> Result<Self> {
        let heap = Heap::open(ndb, data, sub)?;
        let info = heap.get(heap.root)?;
        let wrong = || PstError::nonsense("it is no table", u64::from(heap.root));
        // One of the two may have been hit.
        if u8_at(&info, 0) != Some(CLIENT) && heap.client != CLIENT {
            return Err(wrong());
        }
        let count = usize::from(u8_at(&info, 1).ok_or_else(wrong)?);
        let (bits, row_bytes) = (usize::from(u16_at(&info, 6).ok_or_else(wrong)?), usize::from(u16_at(&info, 8).ok_or_else(wrong)?));
        let (index, rows) = (u32_at(&info, 10).ok_or_else(wrong)?, u32_at(&info, 14).ok_or_else(wrong)?);
        let column = |at: usize| {
            let at = 22 + 8 * at;
            let (kind, id) = (u16_at(&info, at)?, u16_at(&info, at + 2)?);
            Some(Column { id, kind, offset: u16_at(&info, at + 4)?, bytes: u8_at(&info, at + 6)?, bit: u8_at(&info, at + 7)? })
        };
        let columns: Vec<Column> = (0..count).map_while(column).collect();
        let mut table = Self { is_damaged: columns.len() < count, columns, row_bytes, bits: bits..row_bytes, rows: Rows::None, index: Vec::new(), heap };
        table.find_rows(rows);
        table.read_index(index);
        Ok(table)
    }

    fn find_rows(&mut self, hnid: u32) {
        if hnid == 0 {
            return;
        }
        let found = if is_hid(hnid) {
            self.heap.get(hnid).map(Rows::Heap)
        } else {
            let tree = self.heap.subnodes().data_tree(self.heap.ndb(), hnid);
            // The first block of several is full.
            let row_bytes = self.row_bytes.max(1);
            tree.and_then(|tree| Ok(Rows::Tree { rows_per_block: tree.block(self.heap.ndb(), 0)?.len() / row_bytes, tree }))
        };
        match found {
            Ok(rows) => self.rows = rows,
            Err(error) => {
                self.is_damaged = true;
                self.heap.ndb().note(|| format!("rows of a table: {error}"));
            }
        }
    }

    /// The row index; where it is damaged the rows themselves tell their ids.
    fn read_index(&mut self, hid: u32) {
        let mut index = BTreeMap::new();
        match if hid == 0 { Ok(None) } else { Records::read(&self.heap, hid).map(Some) } {
            Ok(None) => {}
            Ok(Some(records)) => {
                self.is_damaged |= records.is_damaged;
                for (key, value) in records.iter().take(MAX_ROWS) {
                    let number = if value.len() == 2 { u16_at(value, 0).map(u32::from) } else { u32_at(value, 0) };
                    if let (Some(id), Some(number)) = (u32_at(key, 0), number) {
                        index.insert(id, number);
                    }
                }
            }
            Err(error) => {
                self.is_damaged = true;
                self.heap.ndb().note(|| format!("row index of a table: {error}"));
            }
        }
        if self.is_damaged {
            for number in 0..self.row_room() {
                let id = self.row_at(0, number).ok().and_then(|row| self.number(&row, ROW_ID));
                if let Some(id) = id.and_then(|id| u32::try_from(id).ok()).filter(|id| *id != 0) {
                    index.entry(id).or_insert(number);
                }
            }
        }
        self.index = index.into_iter().collect();
    }

    /// How many rows there is room for.
    fn row_room(&self) -> u32 {
        let rows = match &self.rows {
            Rows::None => 0,
            Rows::Heap(bytes) => bytes.len() / self.row_bytes.max(1),
            Rows::Tree { tree, rows_per_block } => tree.block_count() * rows_per_block,
        };
        u32::try_from(rows.min(MAX_ROWS)).unwrap_or(0)
    }

    /// The heap and the subnodes.
    #[must_use]
    pub const fn heap(&self) -> &Heap<'n> {
        &self.heap
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The ids of the rows, in order.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.index.iter().map(|(id, _)| *id)
    }

    /// The rows, in order of their ids; an error stands for each that can't be read.
    pub fn rows(&self) -> impl Iterator<Item = (u32, Result<Row>)> + '_ {
        self.index.iter().map(|(id, number)| (*id, self.row_at(*id, *number)))
    }

    fn row_at(&self, id: u32, number: u32) -> Result<Row> {
        let number = number as usize;
        let missing = || PstError::nonsense("no such row", number as u64);
        let (block, number) = match &self.rows {
            Rows::None => return Err(missing()),
            Rows::Heap(bytes) => (bytes.clone(), number),
            Rows::Tree { tree, rows_per_block } => {
                let per_block = (*rows_per_block).max(1);
                (tree.block(self.heap.ndb(), number / per_block)?, number % per_block)
            }
        };
        let from = number * self.row_bytes;
        if self.row_bytes == 0 || from + self.row_bytes > block.len() {
            return Err(missing());
        }
        Ok(Row { id, bytes: block.slice(from..from + self.row_bytes) })
    }

    /// A cell as it stands in the row; `None` if the row has no value there.
    #[must_use]
    pub fn cell<'r>(&self, row: &'r Row, column: &Column) -> Option<&'r [u8]> {
        let bit = usize::from(column.bit);
        let exists = u8_at(row.bytes.get(self.bits.clone())?, bit / 8)? & (0x80 >> (bit % 8)) != 0;
        let from = usize::from(column.offset);
        if exists { row.bytes.get(from..from + usize::from(column.bytes)) } else { None }
    }

    /// The column of a property, whatever its type.
    #[must_use]
    pub fn column(&self, id: u16) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// A whole number or a time; `None` if the row has none.
    #[must_use]
    pub fn number(&self, row: &Row, id: u16) -> Option<u64> {
        let column = self.column(id)?;
        let cell = self.cell(row, column)?;
        match (column.kind, cell.len()) {
            (0x0002 | 0x0003 | 0x000B | 0x0014 | 0x0040, 1) => u8_at(cell, 0).map(u64::from),
            (0x0002 | 0x0003 | 0x000B | 0x0014 | 0x0040, 2) => u16_at(cell, 0).map(u64::from),
            (0x0002 | 0x0003 | 0x000B | 0x0014 | 0x0040, 4) => u32_at(cell, 0).map(u64::from),
            (0x0014 | 0x0040, 8) => u64_at(cell, 0),
            _ => None,
        }
    }

    /// The bytes of a cell's value, wherever they lie, up to `limit`.
    ///
    /// # Errors
    /// They are not where the cell says.
    pub fn data(&self, row: &Row, column: &Column, limit: usize) -> Result<Option<Bytes>> {
        let Some(cell) = self.cell(row, column) else { return Ok(None) };
        let is_fixed = matches!(column.kind, 0x0001..=0x0007 | 0x000A | 0x000B | 0x0014 | 0x0040);
        if is_fixed || cell.len() != 4 {
            return Ok(Some(Bytes::copy_from_slice(cell)));
        }
        self.heap.data(u32_at(cell, 0).unwrap_or(0), limit).map(Some)
    }
}
