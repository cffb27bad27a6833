//! Makes PST files of any size, in all three formats and encodings: a small, valid subset of [MS-PST], written straight through.
//!
//! What is made has a store, names, the usual folders, and messages with recipients and attachments. readpst and libpff read it.
//! Allocation maps are there and count everything as in use; there are no search folders, queues or views.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use mailferry::store::pst::checksum::{crc, signature};
use mailferry::store::pst::crypt::Crypt;
use mailferry::store::pst::header::Format;

/// A file's content.
#[derive(Clone, Debug, Default)]
pub struct MadePst {
    pub folders: Vec<MadeFolder>,
    /// Messages that are nodes, but that no table lists, with the index of their folder.
    pub unlisted: Vec<(usize, MadeMessage)>,
}

/// Makes the message of a number.
pub type Make = fn(u32) -> MadeMessage;

/// A folder below the top, or below another one.
#[derive(Clone, Debug, Default)]
pub struct MadeFolder {
    pub name: String,
    pub class: &'static str,
    /// The index of the folder it lies in.
    pub within: Option<usize>,
    pub messages: Vec<MadeMessage>,
    /// So many more, made when they are written.
    pub fill: Option<(u32, Make)>,
    /// More properties: id, type, value.
    pub more: Vec<(u16, u16, Vec<u8>)>,
    /// The property of the store that names it by its entry id; 0 for none.
    pub named_by: u16,
}

/// A message.
#[derive(Clone, Debug, Default)]
pub struct MadeMessage {
    pub class: &'static str,
    pub subject: String,
    pub body: String,
    pub html: Vec<u8>,
    pub headers: String,
    pub sender: (String, String),
    pub recipients: Vec<(u32, String, String)>,
    pub attachments: Vec<MadeAttachment>,
    pub flags: u32,
    /// Unix seconds.
    pub received: i64,
    /// More properties: id, type, value.
    pub more: Vec<(u16, u16, Vec<u8>)>,
}

/// An attachment.
#[derive(Clone, Debug)]
pub struct MadeAttachment {
    pub name: String,
    pub content: Content,
}

/// What an attachment holds.
#[derive(Clone, Debug)]
pub enum Content {
    Bytes(Vec<u8>),
    /// So many bytes of a pattern, never held in memory.
    Pattern(u64),
    Message(Box<MadeMessage>),
}

/// Bytes of a pattern from a place on: every 64 of them begin with their number, so that no two pieces are alike.
pub fn pattern(at: u64, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + 64);
    let mut number = at / 64;
    while bytes.len() < len + 64 {
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(&[0x5A; 56]);
        number += 1;
    }
    bytes.drain(..(at % 64) as usize);
    bytes.truncate(len);
    bytes
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub format: Format,
    pub crypt: Crypt,
    /// Deflates blocks, in the format that can.
    pub deflate: bool,
    /// The CRC of a password.
    pub password: u32,
}

impl Default for Manner {
    fn default() -> Self {
        Self { format: Format::Unicode, crypt: Crypt::Permute, deflate: false, password: 0 }
    }
}

/// Writes a file; gives its length.
pub fn write(path: &Path, pst: &MadePst, manner: Manner) -> u64 {
    let mut writer = Writer::new(path, manner);
    writer.content(pst);
    writer.finish()
}

/// Writes a personal address book: each person's node holds what a list of properties says, and a table lists them by name. Gives its
/// length. The numbers of the nodes are those that libpff's author saw in one.
pub fn write_address_book(path: &Path, people: &[Vec<(u16, &str)>], manner: Manner) -> u64 {
    let mut writer = Writer::new(path, manner);
    writer.client = Some(*b"AB");
    writer.people(people);
    writer.finish()
}

/// The entry id of a folder in [`MadePst::folders`].
pub fn folder_entry(at: usize) -> Vec<u8> {
    entry_id(nid_of(at))
}

fn entry_id(nid: u32) -> Vec<u8> {
    [&[0; 4][..], UID, &nid.to_le_bytes()].concat()
}

const fn nid_of(folder: usize) -> u32 {
    0x8082 + 0x20 * folder as u32
}

const UID: &[u8; 16] = b"made for a test!";
const FIRST_MAP: u64 = 0x4400;
/// Bytes from one allocation map to the next.
const MAP_COVERS: u64 = 496 * 8 * 64;

struct Writer {
    out: BufWriter<File>,
    manner: Manner,
    at: u64,
    next_bid: u64,
    next_page: u64,
    blocks: Vec<(u64, u64, u16)>,
    nodes: Vec<(u32, u64, u64, u32)>,
    maps: Vec<u64>,
    next_message: u32,
    next_value: u32,
    /// The magic of the program that it belongs to, where the format does not tell.
    client: Option<[u8; 2]>,
}

type Props = Vec<(u16, u16, Vec<u8>)>;

impl Writer {
    fn new(path: &Path, manner: Manner) -> Self {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path).expect("made"));
        out.write_all(&vec![0; FIRST_MAP as usize]).expect("room");
        let mut writer = Self {
            out,
            manner,
            at: FIRST_MAP,
            next_bid: 4,
            next_page: 4,
            blocks: Vec::new(),
            nodes: Vec::new(),
            maps: Vec::new(),
            next_message: 0x10001,
            next_value: 1,
            client: None,
        };
        writer.skip_maps(1);
        writer
    }

    const fn word(&self) -> usize {
        self.manner.format.word_bytes()
    }

    fn put_word(&self, out: &mut Vec<u8>, value: u64) {
        out.extend_from_slice(&value.to_le_bytes()[..self.word()]);
    }

    /// Data bytes of a full block.
    fn block_room(&self) -> usize {
        match self.manner.format {
            Format::Unicode4k => 65_536 - 512,
            format => 8192 - format.block_trailer_bytes(),
        }
    }

    fn pad(&mut self, to: u64) {
        let zeros = vec![0; (to - self.at) as usize];
        self.out.write_all(&zeros).expect("room");
        self.at = to;
    }

    /// Leaves room for the allocation map and what may follow it, if `len` bytes would reach over it.
    fn skip_maps(&mut self, len: u64) {
        loop {
            let behind = self.at - FIRST_MAP;
            let map = FIRST_MAP + behind.div_ceil(MAP_COVERS) * MAP_COVERS;
            if self.at + len <= map {
                return;
            }
            self.pad(map);
            self.maps.push(map);
            // Map and page map, up to the next whole page of the format.
            self.pad((map + 1024).next_multiple_of(self.manner.format.page_bytes() as u64));
        }
    }

    fn block(&mut self, data: &[u8], is_internal: bool) -> u64 {
        let format = self.manner.format;
        assert!(!data.is_empty() && data.len() <= self.block_room(), "{}", data.len());
        let bid = self.next_bid | u64::from(is_internal) << 1;
        self.next_bid += 4;
        let mut stored = data.to_vec();
        if !is_internal {
            self.manner.crypt.encode(&mut stored, bid);
        }
        let inflated = stored.len();
        if self.manner.deflate && format == Format::Unicode4k {
            let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::fastest());
            let mut deflated = vec![0; compressor.zlib_compress_bound(stored.len())];
            let len = compressor.zlib_compress(&stored, &mut deflated).expect("room");
            if len < stored.len() {
                deflated.truncate(len);
                stored = deflated;
            }
        }
        let whole = format.block_bytes(stored.len());
        self.at_step(format.block_step() as u64);
        self.skip_maps(whole as u64);
        let offset = self.at;
        let len = u16::try_from(stored.len()).expect("a block");
        let sum = crc(&stored);
        let mut trailer = Vec::new();
        trailer.extend_from_slice(&len.to_le_bytes());
        trailer.extend_from_slice(&signature(offset, bid).to_le_bytes());
        if format.is_ansi() {
            self.put_word(&mut trailer, bid);
            trailer.extend_from_slice(&sum.to_le_bytes());
        } else {
            trailer.extend_from_slice(&sum.to_le_bytes());
            self.put_word(&mut trailer, bid);
        }
        if format == Format::Unicode4k {
            trailer.extend_from_slice(&2_u16.to_le_bytes());
            trailer.extend_from_slice(&u16::try_from(inflated).expect("a block").to_le_bytes());
            trailer.extend_from_slice(&[0; 4]);
        }
        stored.resize(whole - trailer.len(), 0);
        stored.extend(trailer);
        self.out.write_all(&stored).expect("room");
        self.at += whole as u64;
        self.blocks.push((bid, offset, len));
        bid
    }

    fn at_step(&mut self, step: u64) {
        self.pad(self.at.next_multiple_of(step));
    }

    /// Data of any length, made piece by piece.
    fn data(&mut self, len: u64, mut piece: impl FnMut(u64, usize) -> Vec<u8>) -> u64 {
        let room = self.block_room();
        let mut bids = Vec::new();
        let mut at = 0;
        while at < len {
            let size = usize::try_from(len - at).unwrap_or(room).min(room);
            let data = piece(at, size);
            bids.push((self.block(&data, false), data.len() as u64));
            at += size as u64;
        }
        self.list(bids, len)
    }

    /// Blocks as one stream.
    fn list(&mut self, bids: Vec<(u64, u64)>, len: u64) -> u64 {
        let [(only, _)] = bids[..] else {
            let per_list = (8176 - 8) / self.word();
            let lists: Vec<(u64, u64)> = bids.chunks(per_list).map(|chunk| (self.xblock(1, chunk), chunk.iter().map(|(_, len)| len).sum())).collect();
            return if let [(only, _)] = lists[..] { only } else { self.xblock(2, &lists) };
        };
        let _one_block_needs_no_list = len;
        only
    }

    fn xblock(&mut self, level: u8, bids: &[(u64, u64)]) -> u64 {
        let mut block = vec![1, level];
        block.extend_from_slice(&u16::try_from(bids.len()).expect("few").to_le_bytes());
        let len: u64 = bids.iter().map(|(_, len)| len).sum();
        block.extend_from_slice(&(len as u32).to_le_bytes());
        bids.iter().for_each(|(bid, _)| self.put_word(&mut block, *bid));
        self.block(&block, true)
    }

    /// A list of subnodes: NID, data, subnodes.
    fn subnodes(&mut self, mut subnodes: Vec<(u32, u64, u64)>) -> u64 {
        if subnodes.is_empty() {
            return 0;
        }
        subnodes.sort_unstable();
        let head = |level: u8, count: usize, is_ansi: bool| {
            let mut block = vec![2, level];
            block.extend_from_slice(&u16::try_from(count).expect("few").to_le_bytes());
            if !is_ansi {
                block.extend_from_slice(&[0; 4]);
            }
            block
        };
        let is_ansi = self.manner.format.is_ansi();
        let per_leaf = (8176 - 8) / (3 * self.word());
        let leaves: Vec<(u32, u64)> = subnodes
            .chunks(per_leaf)
            .map(|chunk| {
                let mut block = head(0, chunk.len(), is_ansi);
                for (nid, data, sub) in chunk {
                    [u64::from(*nid), *data, *sub].into_iter().for_each(|word| self.put_word(&mut block, word));
                }
                (chunk[0].0, self.block(&block, true))
            })
            .collect();
        if let [(_, only)] = leaves[..] {
            return only;
        }
        let mut block = head(1, leaves.len(), is_ansi);
        for (nid, bid) in leaves {
            [u64::from(nid), bid].into_iter().for_each(|word| self.put_word(&mut block, word));
        }
        self.block(&block, true)
    }

    fn node(&mut self, nid: u32, data: u64, sub: u64, parent: u32) {
        self.nodes.push((nid, data, sub, parent));
    }

    /// A NID for a value that does not fit into a heap.
    fn value_nid(&mut self) -> u32 {
        self.next_value += 1;
        self.next_value << 5 | 0x1F
    }

    /// A heap with what lies in subnodes; gives the BIDs of data and subnodes.
    fn heap(&mut self, heap: Heap, subnodes: Vec<(u32, u64, u64)>) -> (u64, u64) {
        let mut bids = Vec::new();
        for block in heap.blocks() {
            bids.push((self.block(&block, false), block.len() as u64));
        }
        let len = bids.iter().map(|(_, len)| len).sum();
        (self.list(bids, len), self.subnodes(subnodes))
    }

    fn properties(&mut self, mut props: Props, mut subnodes: Vec<(u32, u64, u64)>) -> (u64, u64) {
        props.sort();
        let mut heap = Heap::new(0xBC, self.manner.format);
        let root = heap.reserve(8);
        let mut records = Vec::new();
        for (id, kind, value) in props {
            let place = match (kind, value.len()) {
                (0x0002 | 0x0003 | 0x000B, 1..=4) => {
                    let mut four = value.clone();
                    four.resize(4, 0);
                    u32::from_le_bytes(four.try_into().expect("four"))
                }
                (_, 0) => 0,
                (_, 1..=3580) => heap.add(&value),
                _ => {
                    let nid = self.value_nid();
                    let data = self.data(value.len() as u64, |at, size| value[at as usize..at as usize + size].to_vec());
                    subnodes.push((nid, data, 0));
                    nid
                }
            };
            records.extend_from_slice(&id.to_le_bytes());
            records.extend_from_slice(&kind.to_le_bytes());
            records.extend_from_slice(&place.to_le_bytes());
        }
        let records = heap.add(&records);
        let mut header = vec![0xB5, 2, 6, 0];
        header.extend_from_slice(&records.to_le_bytes());
        heap.fill(root, &header);
        heap.root = root;
        self.heap(heap, subnodes)
    }

    /// A table: columns with id and type, rows with id and the cells' values.
    fn table(&mut self, columns: &[(u16, u16)], rows: &[(u32, Vec<Option<Vec<u8>>>)]) -> (u64, u64) {
        let width = |kind: u16| match kind {
            0x000B => 1,
            0x0002 => 2,
            0x0014 | 0x0040 => 8,
            _ => 4,
        };
        let mut all = vec![(0x67F2, 0x0003), (0x67F3, 0x0003)];
        all.extend_from_slice(columns);
        let mut order: Vec<usize> = (0..all.len()).collect();
        // Eight and four bytes first, then two, then one; the row's id before everything.
        order.sort_by_key(|at| (*at > 1, 8 - if width(all[*at].1) >= 4 { 8 } else { width(all[*at].1) }, *at));
        let (mut offsets, mut at, mut ends) = (vec![0; all.len()], 0, [0_u16; 4]);
        for column in order {
            let width = width(all[column].1);
            offsets[column] = at;
            at += width;
            let end = u16::try_from(at).expect("short");
            match width {
                4 | 8 => ends = [end; 4],
                2 => ends[1..].fill(end),
                _ => ends[2..].fill(end),
            }
        }
        let bitmap = all.len().div_ceil(8);
        ends[3] = ends[2] + u16::try_from(bitmap).expect("short");
        let row_bytes = usize::from(ends[3]);

        let is_ansi = self.manner.format.is_ansi();
        let mut heap = Heap::new(0x7C, self.manner.format);
        let info = heap.reserve(22 + 8 * all.len());
        let (mut subnodes, mut matrix) = (Vec::new(), Vec::new());
        for (id, cells) in rows {
            let mut row = vec![0; row_bytes];
            let values = [Some(id.to_le_bytes().to_vec()), Some(1_u32.to_le_bytes().to_vec())].into_iter().chain(cells.iter().cloned());
            for (column, value) in values.enumerate() {
                let Some(value) = value else { continue };
                row[usize::from(ends[2]) + column / 8] |= 0x80 >> (column % 8);
                let place = match (all[column].1, value.len()) {
                    (0x0002 | 0x0003 | 0x000B | 0x0014 | 0x0040, _) => value.clone(),
                    (_, 0) => vec![0; 4],
                    (_, 1..=3580) => heap.add(&value).to_le_bytes().to_vec(),
                    _ => {
                        let nid = self.value_nid();
                        let data = self.data(value.len() as u64, |at, size| value[at as usize..at as usize + size].to_vec());
                        subnodes.push((nid, data, 0));
                        nid.to_le_bytes().to_vec()
                    }
                };
                let from = offsets[column];
                row[from..from + width(all[column].1)].copy_from_slice(&place[..width(all[column].1)]);
            }
            matrix.push(row);
        }
        let rows_at = if matrix.is_empty() {
            0
        } else if matrix.len() * row_bytes <= 3580 {
            heap.add(&matrix.concat())
        } else {
            // Every block but the last is full, and no row reaches over its end.
            let (nid, room) = (self.value_nid(), self.block_room());
            let per_block = room / row_bytes;
            let count = matrix.chunks(per_block).len();
            let mut bids = Vec::new();
            for (number, chunk) in matrix.chunks(per_block).enumerate() {
                let mut block = chunk.concat();
                if number + 1 < count {
                    block.resize(room, 0);
                }
                bids.push((self.block(&block, false), block.len() as u64));
            }
            let len = bids.iter().map(|(_, len)| len).sum();
            let data = self.list(bids, len);
            subnodes.push((nid, data, 0));
            nid
        };
        let mut numbers: Vec<(u32, u32)> = rows.iter().enumerate().map(|(number, (id, _))| (*id, number as u32)).collect();
        numbers.sort_unstable();
        let value_bytes = if is_ansi { 2 } else { 4 };
        let leaves: Vec<(u32, u32)> = numbers
            .chunks(3576 / (4 + value_bytes))
            .map(|chunk| {
                let mut leaf = Vec::new();
                for (id, number) in chunk {
                    leaf.extend_from_slice(&id.to_le_bytes());
                    leaf.extend_from_slice(&number.to_le_bytes()[..value_bytes]);
                }
                (chunk[0].0, heap.add(&leaf))
            })
            .collect();
        let (levels, root) = match &leaves[..] {
            [] => (0, 0),
            [(_, only)] => (0, *only),
            several => {
                assert!(several.len() <= 447, "two levels of index");
                let mut branch = Vec::new();
                for (id, hid) in several {
                    branch.extend_from_slice(&id.to_le_bytes());
                    branch.extend_from_slice(&hid.to_le_bytes());
                }
                (1, heap.add(&branch))
            }
        };
        let mut index = vec![0xB5, 4, value_bytes as u8, levels];
        index.extend_from_slice(&root.to_le_bytes());
        let index = heap.add(&index);
        let mut header = vec![0x7C, all.len() as u8];
        ends.iter().for_each(|end| header.extend_from_slice(&end.to_le_bytes()));
        header.extend_from_slice(&index.to_le_bytes());
        header.extend_from_slice(&rows_at.to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        let mut described: Vec<(u16, u16, usize)> = all.iter().enumerate().map(|(at, (id, kind))| (*id, *kind, at)).collect();
        described.sort_unstable();
        for (id, kind, at) in described {
            header.extend_from_slice(&kind.to_le_bytes());
            header.extend_from_slice(&id.to_le_bytes());
            header.extend_from_slice(&(offsets[at] as u16).to_le_bytes());
            header.extend_from_slice(&[width(kind) as u8, at as u8]);
        }
        heap.fill(info, &header);
        heap.root = info;
        self.heap(heap, subnodes)
    }

    fn text(&self, text: &str) -> (u16, Vec<u8>) {
        if self.manner.format.is_ansi() { (0x001E, encode_1252(text)) } else { (0x001F, text.encode_utf16().flat_map(u16::to_le_bytes).collect()) }
    }

    const fn text_kind(&self) -> u16 {
        if self.manner.format.is_ansi() { 0x001E } else { 0x001F }
    }

    fn set_text(&self, props: &mut Props, id: u16, text: &str) {
        let (kind, value) = self.text(text);
        props.push((id, kind, value));
    }

    /// A message's data and subnodes.
    fn message(&mut self, message: &MadeMessage) -> (u64, u64) {
        let mut props: Props = message.more.clone();
        let class = if message.class.is_empty() { "IPM.Note" } else { message.class };
        self.set_text(&mut props, 0x001A, class);
        self.set_text(&mut props, 0x0037, &message.subject);
        self.set_text(&mut props, 0x0E1D, &message.subject);
        for (id, text) in [
            (0x1000, &message.body),
            (0x007D, &message.headers),
            (0x0C1A, &message.sender.0),
            (0x0C1F, &message.sender.1),
            (0x0042, &message.sender.0),
            (0x0065, &message.sender.1),
        ] {
            if !text.is_empty() {
                self.set_text(&mut props, id, text);
            }
        }
        for id in [0x0C1E, 0x0064] {
            self.set_text(&mut props, id, "SMTP");
        }
        if !message.html.is_empty() {
            props.push((0x1013, 0x0102, message.html.clone()));
        }
        let time = filetime(message.received).to_vec();
        for id in [0x0E06, 0x0039, 0x3007, 0x3008] {
            props.push((id, 0x0040, time.clone()));
        }
        let flags = message.flags | if message.attachments.is_empty() { 0 } else { 0x10 };
        props.push((0x0E07, 0x0003, flags.to_le_bytes().to_vec()));
        props.push((0x0E08, 0x0003, (message.body.len() as u32 + 1000).to_le_bytes().to_vec()));
        let kind = self.text_kind();
        let mut subnodes = Vec::new();
        let recipients: Vec<(u32, Vec<Option<Vec<u8>>>)> = message
            .recipients
            .iter()
            .enumerate()
            .map(|(at, (kind, name, address))| {
                let cells = [Some(kind.to_le_bytes().to_vec()), Some(self.text(name).1), Some(self.text(address).1), Some(self.text("SMTP").1)];
                (at as u32, cells.to_vec())
            })
            .collect();
        let (data, sub) = self.table(&[(0x0C15, 0x0003), (0x3001, kind), (0x3003, kind), (0x3002, kind)], &recipients);
        subnodes.push((0x692, data, sub));
        let mut rows = Vec::new();
        for (at, attachment) in message.attachments.iter().enumerate() {
            let nid = (0x8000 + at as u32) << 5 | 0x05;
            let (data, sub, size) = self.attachment(attachment, at as u32);
            subnodes.push((nid, data, sub));
            let method: u32 = if matches!(attachment.content, Content::Message(_)) { 5 } else { 1 };
            let cells = vec![Some(size.to_le_bytes().to_vec()), Some(self.text(&attachment.name).1), Some(method.to_le_bytes().to_vec())];
            rows.push((nid, cells));
        }
        if !rows.is_empty() {
            let (data, sub) = self.table(&[(0x0E20, 0x0003), (0x3704, kind), (0x3705, 0x0003)], &rows);
            subnodes.push((0x671, data, sub));
        }
        self.properties(props, subnodes)
    }

    fn attachment(&mut self, attachment: &MadeAttachment, number: u32) -> (u64, u64, u32) {
        let mut props: Props = vec![(0x0E21, 0x0003, number.to_le_bytes().to_vec()), (0x370B, 0x0003, u32::MAX.to_le_bytes().to_vec())];
        self.set_text(&mut props, 0x3704, &attachment.name);
        self.set_text(&mut props, 0x3707, &attachment.name);
        let mut subnodes = Vec::new();
        let (method, size): (u32, u32) = match &attachment.content {
            Content::Bytes(bytes) => {
                props.push((0x3701, 0x0102, bytes.clone()));
                (1, bytes.len() as u32)
            }
            Content::Pattern(len) => {
                let nid = self.value_nid();
                let data = self.data(*len, pattern);
                subnodes.push((nid, data, 0));
                // The value is a place, as `properties` would write it for bytes that it was given.
                props.push((0x3701, 0x0003, nid.to_le_bytes().to_vec()));
                (1, *len as u32)
            }
            Content::Message(message) => {
                let (data, sub) = self.message(message);
                let nid = self.value_nid();
                subnodes.push((nid, data, sub));
                let mut object = nid.to_le_bytes().to_vec();
                object.extend_from_slice(&1000_u32.to_le_bytes());
                props.push((0x3701, 0x000D, object));
                (5, 1000)
            }
        };
        props.push((0x3705, 0x0003, method.to_le_bytes().to_vec()));
        props.push((0x0E20, 0x0003, size.to_le_bytes().to_vec()));
        let is_place = matches!(attachment.content, Content::Pattern(_));
        let (data, sub) = if is_place { self.properties_with_binary_place(props, subnodes) } else { self.properties(props, subnodes) };
        (data, sub, size)
    }

    /// As [`Writer::properties`], where 0x3701 is given as a place and is to be of type binary.
    fn properties_with_binary_place(&mut self, mut props: Props, subnodes: Vec<(u32, u64, u64)>) -> (u64, u64) {
        props.sort();
        let mut heap = Heap::new(0xBC, self.manner.format);
        let root = heap.reserve(8);
        let mut records = Vec::new();
        for (id, kind, value) in props {
            let (kind, place) = match (id, kind) {
                (0x3701, _) => (0x0102, u32::from_le_bytes(value.try_into().expect("a place"))),
                (_, 0x0003) => (kind, u32::from_le_bytes(value.try_into().expect("four"))),
                _ => (kind, heap.add(&value)),
            };
            records.extend_from_slice(&id.to_le_bytes());
            records.extend_from_slice(&kind.to_le_bytes());
            records.extend_from_slice(&place.to_le_bytes());
        }
        let records = heap.add(&records);
        let mut header = vec![0xB5, 2, 6, 0];
        header.extend_from_slice(&records.to_le_bytes());
        heap.fill(root, &header);
        heap.root = root;
        self.heap(heap, subnodes)
    }

    fn folder(&mut self, nid: u32, parent: u32, (name, class): (&str, &str), children: &[(u32, String)], messages: &[Row], more: &Props) {
        let mut props = more.clone();
        self.set_text(&mut props, 0x3001, name);
        props.push((0x3602, 0x0003, (messages.len() as u32).to_le_bytes().to_vec()));
        props.push((0x3603, 0x0003, 0_u32.to_le_bytes().to_vec()));
        props.push((0x360A, 0x000B, vec![u8::from(!children.is_empty())]));
        if !class.is_empty() {
            self.set_text(&mut props, 0x3613, class);
        }
        let (data, sub) = self.properties(props, Vec::new());
        self.node(nid, data, sub, parent);
        let kind = self.text_kind();
        let rows: Vec<(u32, Vec<Option<Vec<u8>>>)> = children
            .iter()
            .map(|(nid, name)| (*nid, vec![Some(self.text(name).1), Some(0_u32.to_le_bytes().to_vec()), Some(0_u32.to_le_bytes().to_vec()), Some(vec![0])]))
            .collect();
        let (data, sub) = self.table(&[(0x3001, kind), (0x3602, 0x0003), (0x3603, 0x0003), (0x360A, 0x000B)], &rows);
        self.node(nid & !0x1F | 0x0D, data, sub, 0);
        let rows: Vec<(u32, Vec<Option<Vec<u8>>>)> = messages
            .iter()
            .map(|row| {
                let cells = [
                    Some(self.text(&row.class).1),
                    Some(self.text(&row.subject).1),
                    Some(row.flags.to_le_bytes().to_vec()),
                    Some(filetime(row.received).to_vec()),
                    Some(row.size.to_le_bytes().to_vec()),
                ];
                (row.nid, cells.to_vec())
            })
            .collect();
        let columns = [(0x001A, kind), (0x0037, kind), (0x0E07, 0x0003), (0x0E06, 0x0040), (0x0E08, 0x0003)];
        let (data, sub) = self.table(&columns, &rows);
        self.node(nid & !0x1F | 0x0E, data, sub, 0);
        let (data, sub) = self.table(&columns, &[]);
        self.node(nid & !0x1F | 0x0F, data, sub, 0);
    }

    fn top_message(&mut self, message: &MadeMessage, folder: u32) -> Row {
        let nid = self.next_message << 5 | 0x04;
        self.next_message += 1;
        let (data, sub) = self.message(message);
        self.node(nid, data, sub, folder);
        let class = if message.class.is_empty() { "IPM.Note" } else { message.class };
        Row {
            nid,
            class: class.to_owned(),
            subject: message.subject.clone(),
            flags: message.flags,
            received: message.received,
            size: message.body.len() as u32 + 1000,
        }
    }

    fn people(&mut self, people: &[Vec<(u16, &str)>]) {
        let mut props: Props = vec![(0x0FF9, 0x0102, UID.to_vec()), (0x0FFE, 0x0003, 1_u32.to_le_bytes().to_vec())];
        self.set_text(&mut props, 0x3001, "Made for a test");
        let (data, sub) = self.properties(props, Vec::new());
        self.node(0x21, data, sub, 0);
        let kind = self.text_kind();
        let mut rows = Vec::new();
        for (at, person) in people.iter().enumerate() {
            let nid = 0x13F + 0x20 * at as u32;
            let mut props: Props = vec![(0x0FFE, 0x0003, 6_u32.to_le_bytes().to_vec())];
            for (id, text) in person {
                self.set_text(&mut props, *id, text);
            }
            let (data, sub) = self.properties(props, Vec::new());
            self.node(nid, data, sub, 0);
            let name = person.iter().find(|(id, _)| *id == 0x3001).map(|(_, name)| self.text(name).1);
            rows.push((nid, vec![name]));
        }
        let (data, sub) = self.table(&[(0x3001, kind)], &rows);
        self.node(0x3F, data, sub, 0);
    }

    fn content(&mut self, pst: &MadePst) {
        const TOP: u32 = 0x8022;
        let mut props: Props = vec![(0x0FF9, 0x0102, UID.to_vec()), (0x35DF, 0x0003, 0x89_u32.to_le_bytes().to_vec())];
        self.set_text(&mut props, 0x3001, "Made for a test");
        for (id, nid) in [(0x35E0, TOP), (0x35E3, 0x8062), (0x35E7, 0x8042)] {
            props.push((id, 0x0102, entry_id(nid)));
        }
        for (at, folder) in pst.folders.iter().enumerate().filter(|(_, folder)| folder.named_by != 0) {
            props.push((folder.named_by, 0x0102, folder_entry(at)));
        }
        props.push((0x67FF, 0x0003, self.manner.password.to_le_bytes().to_vec()));
        let (data, sub) = self.properties(props, Vec::new());
        self.node(0x21, data, sub, 0);
        let names: Props = vec![
            (1, 0x0003, 251_u32.to_le_bytes().to_vec()),
            (2, 0x0102, b"\x08\x20\x06\0\0\0\0\0\xC0\0\0\0\0\0\0\x46".to_vec()),
            (3, 0x0102, b"\x03\x85\0\0\x06\0\0\0".to_vec()),
            (4, 0x0102, b"\x08\0\0\0a\0b\0c\0d\0".to_vec()),
        ];
        let (data, sub) = self.properties(names, Vec::new());
        self.node(0x61, data, sub, 0);
        let kind = self.text_kind();
        for (nid, columns) in [
            (0x60D, vec![(0x3001, kind), (0x3602, 0x0003), (0x3603, 0x0003), (0x360A, 0x000B)]),
            (0x60E, vec![(0x001A, kind), (0x0037, kind), (0x0E07, 0x0003)]),
            (0x60F, vec![(0x001A, kind), (0x0037, kind), (0x0E07, 0x0003)]),
            (0x671, vec![(0x0E20, 0x0003), (0x3704, kind), (0x3705, 0x0003)]),
            (0x692, vec![(0x0C15, 0x0003), (0x3001, kind)]),
        ] {
            let (data, sub) = self.table(&columns, &[]);
            self.node(nid, data, sub, 0);
        }
        let mut extra = Vec::new();
        for (at, message) in &pst.unlisted {
            extra.push(self.top_message(message, nid_of(*at)));
        }
        let children = |within: Option<usize>| -> Vec<(u32, String)> {
            pst.folders.iter().enumerate().filter(|(_, folder)| folder.within == within).map(|(at, folder)| (nid_of(at), folder.name.clone())).collect()
        };
        for (at, folder) in pst.folders.iter().enumerate() {
            let mut rows: Vec<Row> = folder.messages.iter().map(|message| self.top_message(message, nid_of(at))).collect();
            if let Some((count, make)) = folder.fill {
                rows.extend((0..count).map(|number| self.top_message(&make(number), nid_of(at))));
            }
            let parent = folder.within.map_or(TOP, nid_of);
            self.folder(nid_of(at), parent, (&folder.name, folder.class), &children(Some(at)), &rows, &folder.more);
        }
        let mut below: Vec<(u32, String)> = vec![(0x8062, "Deleted Items".into())];
        below.extend(children(None));
        self.folder(0x122, 0x122, ("", ""), &[(TOP, "Top of Personal Folders".into()), (0x8042, "Search Root".into())], &[], &Props::new());
        self.folder(TOP, 0x122, ("Top of Personal Folders", ""), &below, &[], &Props::new());
        self.folder(0x8042, 0x122, ("Search Root", ""), &[], &[], &Props::new());
        self.folder(0x8062, TOP, ("Deleted Items", ""), &[], &[], &Props::new());
    }

    fn page(&mut self, kind: u8, level: u8, entries: &[Vec<u8>]) -> (u64, u64) {
        let format = self.manner.format;
        let (size, trailer) = (format.page_bytes(), format.page_trailer());
        self.at_step(size as u64);
        self.skip_maps(size as u64);
        self.at_step(size as u64);
        let (offset, bid) = (self.at, self.next_page);
        self.next_page += 4;
        let mut page = entries.concat();
        let count = u8::try_from(entries.len()).expect("few");
        let entry = entries.first().map_or(24, Vec::len) as u8;
        match format {
            Format::Ansi => {
                page.resize(496, 0);
                page.extend([count, 496_u16.checked_div(u16::from(entry)).unwrap_or(0) as u8, entry, level]);
            }
            Format::Unicode => {
                page.resize(488, 0);
                page.extend([count, 488_u16.checked_div(u16::from(entry)).unwrap_or(0) as u8, entry, level, 0, 0, 0, 0]);
            }
            Format::Unicode4k => {
                page.resize(4056, 0);
                page.extend([count, 0, 4056_u16.checked_div(u16::from(entry)).unwrap_or(0) as u8, 0, entry, level]);
                page.resize(4072, 0);
            }
        }
        assert_eq!(page.len(), trailer);
        let sum = crc(&page);
        page.extend([kind, kind]);
        page.extend_from_slice(&signature(offset, bid).to_le_bytes());
        if format.is_ansi() {
            self.put_word(&mut page, bid);
            page.extend_from_slice(&sum.to_le_bytes());
        } else {
            page.extend_from_slice(&sum.to_le_bytes());
            self.put_word(&mut page, bid);
        }
        page.resize(size, 0);
        self.out.write_all(&page).expect("room");
        self.at += size as u64;
        (bid, offset)
    }

    /// Writes a B-tree from its leaves' entries; gives the root.
    fn tree(&mut self, kind: u8, entries: Vec<(u64, Vec<u8>)>) -> (u64, u64) {
        let room = match self.manner.format {
            Format::Ansi => 496,
            Format::Unicode => 488,
            Format::Unicode4k => 4056,
        };
        let (mut level, mut entries) = (0, entries);
        loop {
            let per_page = (room / entries[0].1.len()).min(240);
            let mut above = Vec::new();
            for chunk in entries.chunks(per_page) {
                let bytes: Vec<Vec<u8>> = chunk.iter().map(|(_, entry)| entry.clone()).collect();
                let (bid, offset) = self.page(kind, level, &bytes);
                let mut entry = Vec::new();
                [chunk[0].0, bid, offset].into_iter().for_each(|word| self.put_word(&mut entry, word));
                above.push((chunk[0].0, entry, (bid, offset)));
            }
            if let [(_, _, root)] = above[..] {
                return root;
            }
            entries = above.into_iter().map(|(key, entry, _)| (key, entry)).collect();
            level += 1;
        }
    }

    fn finish(mut self) -> u64 {
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.sort_unstable();
        let entries = nodes
            .iter()
            .map(|(nid, data, sub, parent)| {
                let mut entry = Vec::new();
                [u64::from(*nid), *data, *sub].into_iter().for_each(|word| self.put_word(&mut entry, word));
                entry.extend_from_slice(&parent.to_le_bytes());
                entry.resize(entry.len().next_multiple_of(self.word()), 0);
                (u64::from(*nid), entry)
            })
            .collect();
        let node_root = self.tree(0x81, entries);
        let mut blocks = std::mem::take(&mut self.blocks);
        blocks.sort_unstable();
        let entries = blocks
            .iter()
            .map(|(bid, offset, len)| {
                let mut entry = Vec::new();
                [*bid, *offset].into_iter().for_each(|word| self.put_word(&mut entry, word));
                entry.extend_from_slice(&len.to_le_bytes());
                entry.extend_from_slice(&2_u16.to_le_bytes());
                entry.resize(entry.len().next_multiple_of(self.word()), 0);
                (*bid, entry)
            })
            .collect();
        let block_root = self.tree(0x80, entries);
        self.at_step(MAP_COVERS.min(4096));
        let len = self.at;
        self.write_maps();
        let header = self.header(len, node_root, block_root);
        self.out.seek(SeekFrom::Start(0)).expect("sought");
        self.out.write_all(&header).expect("room");
        self.out.flush().expect("room");
        len
    }

    fn write_maps(&mut self) {
        for map in std::mem::take(&mut self.maps) {
            for (at, kind) in [(map, 0x84), (map + 512, 0x83)] {
                let is_page_map = kind == 0x83;
                if is_page_map && !((map - FIRST_MAP) / MAP_COVERS).is_multiple_of(8) {
                    continue;
                }
                let is_ansi = self.manner.format.is_ansi();
                let mut page = vec![0xFF; 496];
                if is_ansi {
                    page.splice(0..0, [0; 4]);
                }
                let sum = crc(&page);
                page.extend([kind, kind, 0, 0]);
                if is_ansi {
                    self.put_word(&mut page, at);
                    page.extend_from_slice(&sum.to_le_bytes());
                } else {
                    page.extend_from_slice(&sum.to_le_bytes());
                    self.put_word(&mut page, at);
                }
                self.out.seek(SeekFrom::Start(at)).expect("sought");
                self.out.write_all(&page).expect("room");
            }
        }
    }

    fn header(&self, len: u64, nodes: (u64, u64), blocks: (u64, u64)) -> Vec<u8> {
        let format = self.manner.format;
        let (version, client) = match format {
            Format::Ansi => (14_u16, b"SM"),
            Format::Unicode => (23, b"SM"),
            Format::Unicode4k => (36, b"SO"),
        };
        let mut head = b"!BDN\0\0\0\0".to_vec();
        head.extend_from_slice(&self.client.unwrap_or(*client));
        head.extend_from_slice(&version.to_le_bytes());
        head.extend_from_slice(&[19, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        if !format.is_ansi() {
            head.extend_from_slice(&[0; 8]);
        }
        if format.is_ansi() {
            self.put_word(&mut head, self.next_bid);
        }
        self.put_word(&mut head, self.next_page);
        head.extend_from_slice(&1_u32.to_le_bytes());
        for kind in 0..32_u32 {
            let next = if kind == 4 { self.next_message } else { 0x400 };
            head.extend_from_slice(&(next << 5 | kind).to_le_bytes());
        }
        if !format.is_ansi() {
            head.extend_from_slice(&[0; 8]);
        }
        head.extend_from_slice(&[0; 4]);
        let last_map = self.maps_end(len);
        for word in [len, last_map, 0, 0, nodes.0, nodes.1, blocks.0, blocks.1] {
            self.put_word(&mut head, word);
        }
        head.extend_from_slice(&[2, 0, 0, 0]);
        if !format.is_ansi() {
            head.extend_from_slice(&[0; 4]);
        }
        head.extend_from_slice(&[0xFF; 256]);
        head.extend_from_slice(&[0x80, self.manner.crypt as u8, 0, 0]);
        if !format.is_ansi() {
            self.put_word(&mut head, self.next_bid);
            assert_eq!(head.len(), 524);
            let sum = crc(&head[8..524]);
            head.extend_from_slice(&sum.to_le_bytes());
        }
        head.resize(if format.is_ansi() { 512 } else { 564 }, 0);
        let sum = crc(&head[8..479]);
        head[4..8].copy_from_slice(&sum.to_le_bytes());
        head
    }

    const fn maps_end(&self, len: u64) -> u64 {
        FIRST_MAP + (len - FIRST_MAP - 1) / MAP_COVERS * MAP_COVERS
    }
}

/// What a folder's table says of a message.
struct Row {
    nid: u32,
    class: String,
    subject: String,
    flags: u32,
    received: i64,
    size: u32,
}

/// A heap in the making.
struct Heap {
    client: u8,
    format: Format,
    root: u32,
    blocks: Vec<Vec<Vec<u8>>>,
    room: usize,
}

impl Heap {
    fn new(client: u8, format: Format) -> Self {
        Self { client, format, root: 0, blocks: vec![Vec::new()], room: 0 }
    }

    fn add(&mut self, bytes: &[u8]) -> u32 {
        const BLOCK: usize = 8176 - 80;
        if bytes.is_empty() {
            return 0;
        }
        if self.room + bytes.len() + 2 > BLOCK {
            self.blocks.push(Vec::new());
            self.room = 0;
        }
        self.room += bytes.len() + 2;
        let block = self.blocks.len() as u32 - 1;
        let pieces = self.blocks.last_mut().expect("one");
        pieces.push(bytes.to_vec());
        (pieces.len() as u32) << 5 | block << (5 + self.format.hid_index_bits())
    }

    fn reserve(&mut self, len: usize) -> u32 {
        self.add(&vec![0; len])
    }

    fn fill(&mut self, hid: u32, bytes: &[u8]) {
        let bits = self.format.hid_index_bits();
        let piece = &mut self.blocks[(hid >> (5 + bits)) as usize][((hid >> 5) & ((1 << bits) - 1)) as usize - 1];
        assert_eq!(piece.len(), bytes.len());
        piece.copy_from_slice(bytes);
    }

    fn blocks(&self) -> Vec<Vec<u8>> {
        self.blocks
            .iter()
            .enumerate()
            .map(|(number, pieces)| {
                let mut block = match number {
                    0 => [&[0, 0, 0xEC, self.client][..], &self.root.to_le_bytes(), &[0; 4]].concat(),
                    n if n % 128 == 8 => vec![0; 66],
                    _ => vec![0; 2],
                };
                let mut offsets = Vec::new();
                for piece in pieces {
                    offsets.push(block.len() as u16);
                    block.extend_from_slice(piece);
                }
                offsets.push(block.len() as u16);
                if block.len() % 2 == 1 {
                    block.push(0);
                }
                let map = (block.len() as u16).to_le_bytes();
                block[..2].copy_from_slice(&map);
                block.extend_from_slice(&(pieces.len() as u16).to_le_bytes());
                block.extend_from_slice(&[0, 0]);
                offsets.iter().for_each(|offset| block.extend_from_slice(&offset.to_le_bytes()));
                block
            })
            .collect()
    }
}

fn filetime(unix: i64) -> [u8; 8] {
    ((unix + 11_644_473_600) as u64 * 10_000_000).to_le_bytes()
}

fn encode_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// A small file with everything in it.
pub fn assortment() -> MadePst {
    let person = |name: &str| (name.to_owned(), format!("{}@example.org", name.to_lowercase()));
    let plain = |number: u32| MadeMessage {
        subject: format!("Letter {number}"),
        body: format!("This is letter {number}.\r\nGood day.\r\n"),
        headers: format!(
            "Message-ID: <{number}@example.org>\r\nDate: Mon, 2 Jan 2017 10:00:00 +0000\r\nFrom: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Letter {number}\r\n"
        ),
        sender: person("Ann"),
        recipients: vec![(1, person("Bob").0, person("Bob").1), (2, person("Cy").0, person("Cy").1)],
        flags: number % 2,
        received: 1_483_351_200 + i64::from(number) * 86_400,
        ..MadeMessage::default()
    };
    let bytes = |len: usize| Content::Bytes(pattern(0, len));
    let mut rich = plain(100);
    rich.html = b"<html><body><p>Hello</p></body></html>".to_vec();
    rich.attachments = vec![
        MadeAttachment { name: "small.bin".into(), content: bytes(100) },
        MadeAttachment { name: "medium.bin".into(), content: bytes(5000) },
        MadeAttachment { name: "large.bin".into(), content: Content::Pattern(300_000) },
    ];
    let mut nested = plain(0);
    nested.subject = "innermost".into();
    for depth in 1..=5 {
        let mut outer = plain(200 + depth);
        outer.attachments = vec![MadeAttachment { name: format!("depth {depth}"), content: Content::Message(Box::new(nested)) }];
        nested = outer;
    }
    let mut long = plain(300);
    long.body = "A long line of text that goes on. ".repeat(3000);
    let other = |class: &'static str, subject: &str| MadeMessage { class, subject: subject.into(), received: 1_500_000_000, ..MadeMessage::default() };
    MadePst {
        folders: vec![
            MadeFolder {
                name: "Inbox".into(),
                class: "IPF.Note",
                messages: (1..=40).map(plain).chain([rich, nested, long]).collect(),
                ..MadeFolder::default()
            },
            MadeFolder { name: "Sent Items".into(), class: "IPF.Note", messages: (50..=60).map(plain).collect(), ..MadeFolder::default() },
            MadeFolder { name: "Projects".into(), class: "IPF.Note", within: Some(0), messages: (70..=75).map(plain).collect(), ..MadeFolder::default() },
            MadeFolder {
                name: "Contacts".into(),
                class: "IPF.Contact",
                messages: vec![other("IPM.Contact", "Dora"), other("IPM.DistList", "All")],
                ..MadeFolder::default()
            },
            MadeFolder { name: "Calendar".into(), class: "IPF.Appointment", messages: vec![other("IPM.Appointment", "Lunch")], ..MadeFolder::default() },
        ],
        unlisted: vec![(1, plain(400))],
    }
}
