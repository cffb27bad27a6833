//! Reads any bytes as the heap of a message, a table and a list of names, in a file whose indexes are whole.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use mailferry::store::mapi::MapiMessage;
use mailferry::store::pst::checksum::{crc, signature};
use mailferry::store::pst::ltp::{PropertyContext, TableContext, named};
use mailferry::store::pst::messaging::{Message, Store, folder};
use mailferry::store::pst::{Effort, Ndb};

const DATA: u64 = 4;
const SUBNODES: u64 = 10;
const LIST: u64 = 14;

/// A page of a B-tree with its only level.
fn page(kind: u8, offset: u64, entry_bytes: u8, entries: &[Vec<u8>]) -> Vec<u8> {
    let mut page = entries.concat();
    page.resize(488, 0);
    page.extend([entries.len() as u8, 20, entry_bytes, 0, 0, 0, 0, 0]);
    let sum = crc(&page);
    page.extend([kind, kind]);
    page.extend_from_slice(&signature(offset, 8).to_le_bytes());
    page.extend_from_slice(&sum.to_le_bytes());
    page.extend_from_slice(&8_u64.to_le_bytes());
    page
}

fn block(data: &[u8], bid: u64, offset: u64) -> Vec<u8> {
    let mut block = data.to_vec();
    block.resize((data.len() + 16).div_ceil(64) * 64 - 16, 0);
    block.extend_from_slice(&(data.len() as u16).to_le_bytes());
    block.extend_from_slice(&signature(offset, bid).to_le_bytes());
    block.extend_from_slice(&crc(data).to_le_bytes());
    block.extend_from_slice(&bid.to_le_bytes());
    block
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A file whose every node and subnode is `data`.
fn file(data: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 1024];
    file[..4].copy_from_slice(b"!BDN");
    file[8..12].copy_from_slice(b"SM\x17\0");
    let mut subnodes = vec![2, 0, 6, 0, 0, 0, 0, 0];
    for nid in [0x3F, 0x5F, 0x671, 0x692, 0x8025, 0x8045] {
        let below = if nid == 0x8025 { SUBNODES } else { 0 };
        subnodes.extend(words(&[nid, if nid == 0x5F { LIST } else { DATA }, below]));
    }
    let mut list = vec![1, 1, 1, 0, data.len() as u8, 0, 0, 0];
    list.extend(words(&[DATA]));
    let mut places = Vec::new();
    for (bid, data) in [(DATA, data), (SUBNODES, &subnodes), (LIST, &list)] {
        let offset = file.len() as u64;
        file.extend(block(data, bid, offset));
        places.push(words(&[bid, offset, data.len() as u64 | 2 << 16]));
    }
    file.resize(file.len().next_multiple_of(512), 0);
    let nodes: Vec<Vec<u8>> =
        [(0x21, 0), (0x61, 0), (0x122, 0x122), (0x12D, 0), (0x12E, 0), (0x200024, 0x122)].map(|(nid, parent)| words(&[nid, DATA, SUBNODES, parent])).to_vec();
    for (kind, entry, entries, at) in [(0x81, 32, nodes, 224), (0x80, 24, places, 240)] {
        let offset = file.len() as u64;
        file.extend(page(kind, offset, entry, &entries));
        file[at..at + 8].copy_from_slice(&offset.to_le_bytes());
    }
    file
}

fuzz_target!(|data: &[u8]| {
    if data.is_empty() || data.len() > 4000 {
        return;
    }
    let file = bytes::Bytes::from(file(data));
    let ndb = Ndb::open(Box::new(file.clone()), Effort::Salvage).expect("the indexes are whole");
    assert_eq!(ndb.nodes().len(), 6);
    let node = ndb.node(0x200024).expect("there");
    if let Ok(properties) = PropertyContext::open(&ndb, node.data, node.sub) {
        for property in properties.properties() {
            let _bytes = properties.bytes(property.id, 1 << 16);
        }
    }
    if let Ok(table) = TableContext::open(&ndb, node.data, node.sub) {
        for (_, row) in table.rows() {
            let Ok(row) = row else { continue };
            for column in table.columns() {
                let _data = table.data(&row, column, 1 << 16);
            }
        }
    }
    let _names = named::read(&ndb);
    let store = Arc::new(Store::open(Box::new(file), Effort::Salvage).expect("the indexes are whole"));
    let _folders = folder::folders(&store);
    if let Ok(mut message) = Message::open(&store, 0x200024) {
        let _recipients = message.recipients();
        for at in 0..message.attachment_count() {
            if let Ok(mut attachment) = message.attachment(at) {
                let _embedded = attachment.embedded().map(|embedded| embedded.map(|mut message| message.recipients().len()));
            }
        }
    }
});
