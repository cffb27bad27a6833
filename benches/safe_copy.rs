//! The safe copy against Info-ZIP: 500 MB of made mail, written and re-read in full, beside `zip -6 -r` of the same messages.
//!
//! `cargo bench --bench safe_copy [-- MEGABYTES RUNS]`. Runs are interleaved; medians are told.
//! `-- fill COUNT DIR` writes so many small messages, `-- open DIR` opens and lists them in a process of its own: for memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use base64::Engine as _;
use mailferry::archive::{Archive, StoreRecord, Writer, WriterOptions};
use mailferry::mail::{Flags, Keywords, MailboxPath, Message, Origin, WireRules};
use mailferry::run::Run;

/// A small generator of numbers (xorshift64*), the same on every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }
}

fn words() -> Vec<String> {
    let mut dice = Dice(7);
    let syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "yi", "zo", "th"];
    (0..6_000).map(|_| (0..1 + dice.below(4)).map(|_| syllables[dice.below(syllables.len())]).collect()).collect()
}

fn text(dice: &mut Dice, words: &[String], bytes: usize, out: &mut Vec<u8>) {
    let (end, mut column) = (out.len() + bytes, 0);
    while out.len() < end {
        // Few words are frequent, most are rare, as in language.
        let at = dice.below(words.len()) * dice.below(words.len()) / words.len() * dice.below(words.len()) / words.len();
        out.extend_from_slice(words[at].as_bytes());
        column += words[at].len() + 1;
        if column > 70 {
            out.extend_from_slice(b"\r\n");
            column = 0;
        } else {
            out.push(b' ');
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// One message: a lognormal-like size, four in ten with an attachment in base64.
fn message(number: u64, words: &[String]) -> Vec<u8> {
    let mut dice = Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut out = format!(
        "Received: from mx.example.org (mx [192.0.2.{}])\r\n\tby mail.example.net with ESMTPS id {:X}\r\n\tfor <name@example.net>; Tue, 1 Sep 2020 10:{:02}:{:02} +0200\r\n\
         Message-ID: <{:x}.{number}@example.org>\r\nDate: Tue, 1 Sep 2020 10:{:02}:{:02} +0200\r\nFrom: {} <a{}@example.org>\r\nTo: name@example.net\r\nSubject: {} {}\r\nMIME-Version: 1.0\r\n",
        dice.below(255), dice.next(), number / 60 % 60, number % 60, dice.next(), number / 60 % 60, number % 60,
        words[dice.below(3_000)], dice.below(900), words[dice.below(3_000)], words[dice.below(3_000)],
    )
    .into_bytes();
    if dice.below(10) >= 4 {
        out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\n\r\n");
        let bytes = 1_500 + dice.below(200) * dice.below(200);
        text(&mut dice, words, bytes, &mut out);
        return out;
    }
    out.extend_from_slice(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n");
    text(&mut dice, words, 2_000, &mut out);
    out.extend_from_slice(b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    let attachment: Vec<u8> = (0..10_000 + dice.below(700) * dice.below(700)).map(|_| (dice.next() >> 40) as u8).collect();
    let encoded = base64::engine::general_purpose::STANDARD.encode(attachment);
    for line in encoded.as_bytes().chunks(76) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--b--\r\n");
    out
}

fn make(dir: &Path, bytes: u64) -> u64 {
    let words = words();
    let (mut made, mut number) = (0, 0);
    while made < bytes {
        let message = message(number, &words);
        std::fs::create_dir_all(dir.join(format!("{:02}", number / 1_000))).unwrap();
        std::fs::write(dir.join(format!("{:02}/{number:06}.eml", number / 1_000)), &message).unwrap();
        made += message.len() as u64;
        number += 1;
    }
    println!("{number} messages, {:.1} MB", made as f64 / 1e6);
    number
}

fn plain(number: u64, body: Vec<u8>) -> Message {
    Message {
        store: "s".into(),
        mailbox: MailboxPath::from("Inbox"),
        role: None,
        place: number.to_string(),
        body: body.into(),
        rules: WireRules::default(),
        flags: Flags::default(),
        keywords: Keywords::default(),
        store_date: None,
        envelope_date: None,
        file_time: None,
        origin: Origin::Original,
        partial: false,
        deleted: false,
    }
}

fn ours(mail: &Path, count: u64, out: &Path) -> (f64, u64) {
    let started = Instant::now();
    let options = WriterOptions { name: "bench".into(), now_unix: 1_790_000_000, ..WriterOptions::default() };
    let mut writer = Writer::open(out, options, &Run::unheard(std::env::temp_dir())).unwrap();
    writer.add_store(StoreRecord { id: "s".into(), name: "bench".into(), ..StoreRecord::default() }).unwrap();
    for number in 0..count {
        let body = std::fs::read(mail.join(format!("{:02}/{number:06}.eml", number / 1_000))).unwrap();
        writer.push(Box::new(plain(number, body)), None).unwrap();
    }
    let written = started.elapsed().as_secs_f64();
    assert!(writer.finish().unwrap().verified);
    let seconds = started.elapsed().as_secs_f64();
    println!("  ours   {seconds:6.2} s ({written:.2} s until the last message was handed over)");
    (seconds, size(out))
}

fn zips(mail: &Path, out: &Path) -> (f64, u64) {
    let started = Instant::now();
    let status = Command::new("zip").args(["-6", "-q", "-r"]).arg(out.join("peer.zip")).arg(".").current_dir(mail).status();
    let seconds = started.elapsed().as_secs_f64();
    assert!(status.is_ok_and(|status| status.success()), "Info-ZIP's zip is needed");
    println!("  zip -6 {seconds:6.2} s");
    (seconds, size(out))
}

fn size(dir: &Path) -> u64 {
    std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Greatest memory so far in MB, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// Small messages of one folder, without any file of their own.
fn fill(count: u64, dir: &Path) {
    let started = Instant::now();
    let options = WriterOptions { name: "many".into(), now_unix: 1_790_000_000, ..WriterOptions::default() };
    let mut writer = Writer::open(dir, options, &Run::unheard(std::env::temp_dir())).unwrap();
    for number in 0..count {
        let body = format!("Message-ID: <{number}@example.org>\r\nDate: Tue, 1 Sep 2020 10:00:00 +0200\r\nSubject: Mail number {number}\r\n\r\n{number}\r\n");
        writer.push(Box::new(plain(number, body.into_bytes())), None).unwrap();
    }
    let summary = writer.finish().unwrap();
    println!("{} messages in {:.1} s, peak memory {:?} MB", summary.written, started.elapsed().as_secs_f64(), peak_mb());
}

fn open(dir: &Path) {
    let (before, started) = (peak_mb(), Instant::now());
    let archive = Archive::open(dir, None).unwrap();
    println!("opened in {:.1} s, peak memory {:?} MB ({before:?} before)", started.elapsed().as_secs_f64(), peak_mb());
    let inventory = archive.inventory("").unwrap();
    let messages: usize = inventory.mailboxes.iter().map(|mailbox| mailbox.messages.len()).sum();
    println!("{messages} messages listed after {:.1} s, peak memory {:?} MB", started.elapsed().as_secs_f64(), peak_mb());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["fill", count, dir] => return fill(count.parse().unwrap(), Path::new(dir)),
        ["open", dir] => return open(Path::new(dir)),
        _ => {}
    }
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (megabytes, runs) = (numbers.first().copied().unwrap_or(500), numbers.get(1).copied().unwrap_or(3));
    let root = tempfile::tempdir().unwrap();
    let mail = root.path().join("mail");
    let count = make(&mail, megabytes * 1_000_000);
    let before = peak_mb();
    let (mut our, mut zip, mut sizes) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..runs {
        let out = tempfile::tempdir().unwrap();
        let (seconds, bytes) = ours(&mail, count, out.path());
        our.push(seconds);
        sizes.0 = bytes;
        let out = tempfile::tempdir().unwrap();
        let (seconds, bytes) = zips(&mail, out.path());
        zip.push(seconds);
        sizes.1 = bytes;
    }
    let (our, zip) = (median(our), median(zip));
    println!("ours {our:.2} s, {:.1} MB (written, synced, re-read in full)", sizes.0 as f64 / 1e6);
    println!("zip -6 {zip:.2} s, {:.1} MB (written)", sizes.1 as f64 / 1e6);
    println!("time: {:.2} of zip's; size: {:.4} of zip's", our / zip, sizes.0 as f64 / sizes.1 as f64);
    println!("peak memory {:?} MB ({before:?} before)", peak_mb());
}
