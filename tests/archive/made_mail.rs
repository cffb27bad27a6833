//! Mail made up for these tests, and short ways to write and read it.

use std::path::Path;
use std::sync::Arc;

use mailferry::archive::{Archive, Disk, StoreRecord, Summary, Writer, WriterOptions};
use mailferry::flow::{MessageSource, Selection, StreamItem};
use mailferry::mail::{Flags, Keywords, MailboxPath, Message, Origin, SpecialUse, WireRules};
use mailferry::run::{Problem, Run};

pub const NOW: i64 = 1_790_000_000;

/// Bytes that neither repeat nor change between runs.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b'!' + (state % 90) as u8
        })
        .collect()
}

pub fn message(number: u64, folder: &str, body_bytes: usize) -> Message {
    let mut body = format!(
        "From: sender{number}@example.org\r\nSubject: Mail number {number}\r\nMessage-ID: <{number}@example.org>\r\nDate: Tue, 1 Sep 2020 10:{:02}:{:02} +0200\r\n\r\n",
        number / 60 % 60,
        number % 60
    )
    .into_bytes();
    for line in noise(number, body_bytes).chunks(76) {
        body.extend_from_slice(line);
        body.extend_from_slice(b"\r\n");
    }
    let mut keywords = Keywords::default();
    if number.is_multiple_of(5) {
        keywords.insert("$Forwarded");
    }
    Message {
        store: "tb:1".into(),
        mailbox: MailboxPath::from(folder),
        role: (folder == "Inbox").then_some(SpecialUse::Inbox),
        place: number.to_string(),
        body: body.into(),
        rules: WireRules::default(),
        flags: Flags::from_bits((number % 16) as u8),
        keywords,
        store_date: None,
        envelope_date: None,
        file_time: None,
        origin: Origin::Original,
        partial: number % 11 == 10,
        deleted: number % 13 == 12,
    }
}

pub fn store() -> StoreRecord {
    StoreRecord {
        id: "tb:1".into(),
        name: "name@example.org".into(),
        program: "Thunderbird".into(),
        account: Some("Name@Example.org".into()),
        protocol: Some("pop3".into()),
        host: None,
        path: "/home/name/.thunderbird/x/Mail/pop.example.org".into(),
    }
}

pub fn options() -> WriterOptions {
    WriterOptions { name: "name@example.org".into(), now_unix: NOW, ..WriterOptions::default() }
}

pub fn run() -> Run {
    Run::unheard(std::env::temp_dir().join("mailferry-archive-tests"))
}

pub fn back_up(dir: &Path, options: WriterOptions, messages: impl IntoIterator<Item = Message>) -> Result<Summary, Problem> {
    fill(Writer::open(dir, options, &run())?, messages)?.finish()
}

pub fn back_up_on(disk: Arc<dyn Disk>, dir: &Path, options: WriterOptions, messages: impl IntoIterator<Item = Message>) -> Result<Summary, Problem> {
    fill(Writer::open_on(disk, dir, options, &run())?, messages)?.finish()
}

pub fn fill(mut writer: Writer, messages: impl IntoIterator<Item = Message>) -> Result<Writer, Problem> {
    writer.add_store(store())?;
    for message in messages {
        writer.push(Box::new(message), None)?;
    }
    Ok(writer)
}

/// Everything that makes a message what it is, as text to compare.
pub fn facts(message: &Message) -> String {
    let body = message.body.in_memory().map(|body| body.to_vec()).unwrap_or_default();
    format!(
        "{} {:?} {:?} {:?} {} {} {} {:?} {:?}",
        message.mailbox,
        message.role,
        message.flags,
        message.keywords,
        message.partial,
        message.deleted,
        message.place,
        message.rules,
        mailferry::mail::Sha256Digest::of(&body)
    )
}

/// Reads a selection; unreadable ones as text.
pub fn read(archive: &Archive, what: Selection) -> Vec<Result<(u64, Message), String>> {
    let mut stream = Box::new(archive.source()).read(what, &run());
    let (mut out, mut finished) = (Vec::new(), false);
    while let Some(held) = stream.next_blocking() {
        match held.item {
            StreamItem::Message { id, message } => out.push(Ok((id, *message))),
            StreamItem::Unreadable(unreadable) => out.push(Err(unreadable.reason)),
            StreamItem::Other(other) => out.push(Err(other.name)),
            StreamItem::Problem(problem) => out.push(Err(problem.to_string())),
            StreamItem::Finished => finished = true,
        }
    }
    assert!(finished, "the stream was cut off");
    out
}

pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
