//! Made files of Outlook Express, written from the published description of the format.
//!
//! A writer of its own: it shares no constant with the reader. Objects are laid one behind the other as Outlook Express does: infos
//! in variable segments, nodes of the index in tree segments, blocks in message segments.

use std::path::Path;

/// «Body is downloaded», «read», «answered», «marked», «forwarded», «in work».
pub const DOWNLOADED: u32 = 0x1;
pub const READ: u32 = 0x80;
pub const ANSWERED: u32 = 0x80000;
pub const MARKED: u32 = 0x20;
pub const FORWARDED: u32 = 0x10_0000;
pub const IN_WORK: u32 = 0x8;

/// A message of a made folder.
#[derive(Clone, Debug, Default)]
pub struct Made {
    pub bytes: Vec<u8>,
    pub flags: u32,
    /// Unix seconds; 0: none.
    pub received: u64,
    /// Its blocks are given back to the list of free space, and no index tells of it.
    pub deleted: bool,
    /// An info tells of it, but the index lists it not.
    pub unlisted: bool,
    /// Neither info nor index.
    pub bare: bool,
    /// Only its head was seen: no chain.
    pub on_server: bool,
}

impl Made {
    pub fn new(bytes: impl Into<Vec<u8>>, flags: u32, received: u64) -> Self {
        Self { bytes: bytes.into(), flags: flags | DOWNLOADED, received, ..Self::default() }
    }
}

/// A message's bytes, as long as `len`.
pub fn mail(subject: &str, len: usize) -> Vec<u8> {
    let mut bytes = format!(
        "From: ann@a.example\r\nTo: bob@b.example\r\nSubject: {subject}\r\nDate: Sat, 13 Oct 2001 22:39:35 +0200\r\nMessage-ID: <{subject}@a.example>\r\n\r\n"
    )
    .into_bytes();
    let mut line = 0;
    while bytes.len() < len {
        bytes.extend(format!("{subject} line {line} of many\r\n").bytes());
        line += 1;
    }
    bytes.truncate(len);
    bytes
}

/// A value of an indexed info.
pub enum Value {
    Direct(u32),
    Bytes(Vec<u8>),
}

fn put(file: &mut Vec<u8>, at: usize, word: u32) {
    if file.len() < at + 4 {
        file.resize(at + 4, 0);
    }
    file[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

fn text(text: &[u8]) -> Value {
    Value::Bytes([text, &[0]].concat())
}

/// Lays an indexed info at the end of `file`; answers where.
pub fn info(file: &mut Vec<u8>, values: &[(u8, Value)]) -> u32 {
    let at = file.len();
    let (mut index, mut data) = (Vec::new(), Vec::new());
    for (number, value) in values {
        match value {
            Value::Direct(value) => {
                index.push(number | 0x80);
                index.extend(&value.to_le_bytes()[..3]);
            }
            Value::Bytes(bytes) => {
                index.push(*number);
                index.extend(&(data.len() as u32).to_le_bytes()[..3]);
                data.extend(bytes);
            }
        }
    }
    data.resize(data.len().next_multiple_of(4), 0);
    let body = [index, data].concat();
    put(file, at, at as u32);
    put(file, at + 4, body.len() as u32);
    file.extend((body.len() as u16 + 12).to_le_bytes());
    file.extend([values.len() as u8, 1]);
    file.extend(body);
    at as u32
}

/// Lays the nodes of a tree that lists `values` in order; answers its root. No node has more than `order` entries.
pub fn tree(file: &mut Vec<u8>, values: &[u32], order: usize, parent: u32) -> u32 {
    if values.is_empty() {
        return 0;
    }
    let at = file.len();
    put(file, at, at as u32);
    put(file, at + 12, parent);
    file.resize(at + 0x27C, 0);
    // Each entry has a value and a subtree behind it; the first subtree stands in the header.
    let own = values.len().min(order);
    let rest = values.len() - own;
    let share = |number: usize| rest / (own + 1) + usize::from(number < rest % (own + 1));
    let mut taken = share(0);
    let first = tree(file, &values[..taken], order, at as u32);
    put(file, at + 8, first);
    put(file, at + 0x14, taken as u32);
    file[at + 0x11] = own as u8;
    for entry in 0..own {
        let place = at + 0x18 + entry * 12;
        put(file, place, values[taken]);
        taken += 1;
        let below = share(entry + 1);
        let child = tree(file, &values[taken..taken + below], order, at as u32);
        put(file, place + 4, child);
        put(file, place + 8, below as u32);
        taken += below;
    }
    at as u32
}

fn header(class: u8, info_len: u32) -> Vec<u8> {
    let mut file = vec![0; 0x24BC];
    file[..4].copy_from_slice(&[0xCF, 0xAD, 0x12, 0xFE]);
    file[4..8].copy_from_slice(&[class, 0xFD, 0x74, 0x6F]);
    file[8..24].copy_from_slice(b"\x66\xE3\xD1\x11\x9A\x4E\x00\xC0\x4F\xA3\x09\xD4\x05\0\0\0");
    put(&mut file, 0x1C, info_len);
    file
}

/// Blocks of a message, every `stride`-th place of `places`.
fn chain(file: &mut [u8], places: &[usize], bytes: &[u8]) {
    for (number, (place, text)) in places.iter().zip(bytes.chunks(0x200)).enumerate() {
        let next = places.get(number + 1).copied().unwrap_or(0) as u32;
        for (at, word) in [*place as u32, 0x200, text.len() as u32, next].into_iter().enumerate() {
            file[place + 4 * at..place + 4 * at + 4].copy_from_slice(&word.to_le_bytes());
        }
        file[place + 16..place + 16 + text.len()].copy_from_slice(text);
    }
}

/// A folder's file. Blocks of neighbouring messages lie mixed, as they do once a folder was used for years.
pub fn folder(account_kind: u8, key: &str, messages: &[Made]) -> Vec<u8> {
    let mut file = header(0xC5, 0x618);
    file.resize(0x24BC + 0x618, 0);
    file[0x24C0] = account_kind;
    file[0x24C1..0x24C1 + key.len()].copy_from_slice(key.as_bytes());
    // Message segments first: all blocks, dealt out in turns.
    let mut left: Vec<usize> = messages.iter().map(|made| if made.on_server { 0 } else { made.bytes.len().div_ceil(0x200) }).collect();
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); messages.len()];
    while left.iter().any(|left| *left > 0) {
        for (number, left) in left.iter_mut().enumerate().filter(|(_, left)| **left > 0) {
            places[number].push(file.len());
            file.resize(file.len() + 0x210, 0);
            *left -= 1;
        }
    }
    let (mut listed, mut free) = (Vec::new(), 0_u32);
    for (number, made) in messages.iter().enumerate() {
        let places = &places[number];
        chain(&mut file, places, &made.bytes);
        if made.deleted {
            for place in places {
                for (at, word) in [*place as u32, 0x1FC, 0x210, 0, free].into_iter().enumerate() {
                    put(&mut file, place + 4 * at, word);
                }
                free = *place as u32;
            }
            continue;
        }
        if made.bare {
            continue;
        }
        let subject = format!("message {number}");
        let flags = if made.flags < 1 << 24 && number % 2 == 0 { Value::Direct(made.flags) } else { Value::Bytes(made.flags.to_le_bytes().to_vec()) };
        let mut values = vec![(0x00, Value::Direct(number as u32 + 1)), (0x01, flags)];
        let time = (made.received > 0).then(|| ((made.received + 11_644_473_600) * 10_000_000).to_le_bytes().to_vec());
        values.extend(time.clone().map(|time| (0x02, Value::Bytes(time))));
        let head = places.first().copied().unwrap_or(0) as u32;
        if head > 0 {
            values.push((0x04, if number % 3 == 0 { Value::Bytes(head.to_le_bytes().to_vec()) } else { Value::Direct(head) }));
        }
        values.extend([(0x08, text(subject.as_bytes())), (0x11, Value::Direct(made.bytes.len() as u32))]);
        values.extend(time.map(|time| (0x12, Value::Bytes(time))));
        values.push((0x1A, text(b"Ann's mail")));
        let at = info(&mut file, &values);
        if !made.unlisted {
            listed.push(at);
        }
    }
    let root = tree(&mut file, &listed, 5, 0);
    put(&mut file, 0xE4, root);
    put(&mut file, 0xC4, listed.len() as u32);
    put(&mut file, 0x48, free);
    let end = file.len() as u32;
    put(&mut file, 0x7C, end);
    file
}

/// A folder or an account of a made `Folders.dbx`.
pub struct MadeFolder<'a> {
    pub id: u32,
    pub parent: u32,
    pub name: &'a [u8],
    pub file: &'a [u8],
    pub key: &'a str,
    pub kind: u32,
    pub role: u32,
    pub messages: u32,
}

pub const TOP: u32 = u32::MAX;

/// An account.
pub fn account<'a>(id: u32, name: &'a str, key: &'a str, kind: u32) -> MadeFolder<'a> {
    MadeFolder { id, parent: 0, name: name.as_bytes(), file: b"", key, kind, role: 0, messages: 0 }
}

/// A folder in an account or a folder.
pub fn within<'a>(id: u32, parent: u32, name: &'a [u8], file: &'a [u8], kind: u32, role: u32, messages: u32) -> MadeFolder<'a> {
    MadeFolder { id, parent, name, file, key: "", kind, role, messages }
}

/// The list of folders; the top one is added.
pub fn folders(list: &[MadeFolder<'_>]) -> Vec<u8> {
    let mut file = header(0xC6, 0x108);
    file.resize(0x24BC + 0x108, 0);
    let top = MadeFolder { id: 0, parent: TOP, name: b"Outlook Express", file: b"", key: "", kind: 4, role: 0, messages: 0 };
    let mut infos = Vec::new();
    for one in std::iter::once(&top).chain(list) {
        let mut values = Vec::new();
        // What is 0 is left out.
        let mut number = |index: u8, value: u32| match value {
            0 => {}
            TOP => values.push((index, Value::Bytes(value.to_le_bytes().to_vec()))),
            _ => values.push((index, Value::Direct(value))),
        };
        number(0x00, one.id);
        number(0x01, one.parent);
        values.push((0x02, text(one.name)));
        if !one.file.is_empty() {
            values.push((0x03, text(one.file)));
        }
        if !one.key.is_empty() {
            values.push((0x05, text(one.key.as_bytes())));
        }
        values.push((0x06, Value::Bytes(vec![0x19, 0, 0x90, 0])));
        for (index, value) in [(0x07, one.messages), (0x09, one.role), (0x0A, one.kind)] {
            if value > 0 {
                values.push((index, Value::Direct(value)));
            }
        }
        infos.push(info(&mut file, &values));
    }
    for number in 0..2 {
        let root = tree(&mut file, &infos, 51, 0);
        put(&mut file, 0xE4 + 4 * number, root);
        put(&mut file, 0xC4 + 4 * number, infos.len() as u32);
    }
    file
}

/// What `identity` writes into the inbox.
pub fn inbox() -> Vec<Made> {
    vec![
        Made::new(mail("one", 300), READ, 1_003_000_000),
        Made::new(mail("two", 5000), READ | ANSWERED | MARKED, 1_003_100_000),
        Made { deleted: true, ..Made::new(mail("gone", 4000), READ, 1_003_150_000) },
        Made::new(mail("three", 512), 0, 1_003_200_000),
        Made::new(mail("four", 1024), READ | FORWARDED, 0),
    ]
}

/// An identity with an inbox of 4 messages, one sent, an empty folder, one below another, and newsgroups.
pub fn identity(dir: &Path) {
    std::fs::create_dir_all(dir).expect("made");
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).expect("written");
    let list = [
        account(1, "Local Folders", "LocalStore", 3),
        within(4, 1, b"Inbox", b"Inbox.dbx", 3, 1, 4),
        within(5, 1, b"Outbox", b"Outbox.dbx", 3, 2, 0),
        within(6, 1, b"Sent Items", b"Sent Items.dbx", 3, 3, 1),
        within(7, 1, b"Deleted Items", b"", 3, 4, 0),
        within(8, 1, b"Drafts", b"Drafts.dbx", 3, 5, 1),
        within(9, 1, b"Projects", b"Projects.dbx", 3, 0, 0),
        within(10, 9, b"2001", b"2001.dbx", 3, 0, 2),
        account(11, "news.example", "00000002", 0),
        within(12, 11, b"comp.example", b"comp.example.dbx", 0, 0, 1),
    ];
    write("Folders.dbx", &folders(&list));
    write("Inbox.dbx", &folder(3, "LocalStore", &inbox()));
    write("Outbox.dbx", &folder(3, "LocalStore", &[]));
    write("Sent Items.dbx", &folder(3, "LocalStore", &[Made::new(mail("sent", 700), READ, 1_003_000_500)]));
    write("Drafts.dbx", &folder(3, "LocalStore", &[Made::new(mail("draft", 700), READ | IN_WORK, 1_003_000_600)]));
    write("Projects.dbx", &folder(3, "LocalStore", &[]));
    write("2001.dbx", &folder(3, "LocalStore", &[Made::new(mail("p1", 20_000), READ, 1_003_000_700), Made::new(mail("p2", 600), READ, 1_003_000_800)]));
    write("comp.example.dbx", &folder(0, "00000002", &[Made::new(mail("news", 600), READ, 1_003_000_900)]));
    let mut pop = header(0xC7, 0x108);
    pop.resize(0x3000, 0);
    write("Pop3uidl.dbx", &pop);
    write("cleanup.log", b"Outlook Express 6.0\r\n");
}
