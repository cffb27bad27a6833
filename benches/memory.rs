//! The console's greatest memory: 2 GB of made mail through backup, upload and verification against a real Dovecot.
//!
//! `cargo bench --bench memory [-- MEGABYTES [small]]` (2000). The mixture is that of real mail, messages up to 25 MB and one of
//! 60 MB; with `small` there are only messages of 1 to 9 kB, so that what grows with their number shows. Each command is a
//! process of its own; what is told is its `VmHWM`, looked at every 20 ms until it ends (Linux; elsewhere nothing is told).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use support::dovecot::{Dovecot, Options, PASSWORD};
use support::made_mail::{self, Dice};
use support::mailferry::Mailferry;

const MEGABYTE: u64 = 1_000_000;
const GOAL_MB: u64 = 100;
/// Bytes of one line in base64 with its line end.
const LINE: u64 = 77;
const USER: &str = "owner@maildir";

/// Attachments are cut from one long run of base64: far longer than what deflate looks back at.
struct Attachments(Vec<u8>);

impl Attachments {
    fn new() -> Self {
        let mut dice = Dice::new(5);
        let bytes: Vec<u8> = (0..6 * MEGABYTE / 8).flat_map(|_| dice.next().to_le_bytes()).collect();
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        Self(encoded.as_bytes().chunks_exact(76).flat_map(|line| [line, b"\n"].concat()).collect())
    }

    fn write(&self, bytes: u64, dice: &mut Dice, out: &mut impl Write) {
        let lines = self.0.len() as u64 / LINE;
        let mut left = bytes / LINE;
        while left > 0 {
            let first = dice.below(lines);
            let last = lines.min(first + left);
            out.write_all(&self.0[(first * LINE) as usize..(last * LINE) as usize]).unwrap();
            left -= last - first;
        }
    }
}

/// Most messages are some kilobytes, most bytes are in attachments.
fn attachment_bytes(dice: &mut Dice) -> u64 {
    match dice.below(1_000) {
        0..5 => 5 * MEGABYTE + dice.below(20 * MEGABYTE),
        5..30 => MEGABYTE + dice.below(4 * MEGABYTE),
        30..150 => 50_000 + dice.below(450_000),
        _ => 0,
    }
}

/// Writes the mbox. Answers how many messages are in it.
fn make(path: &Path, bytes: u64, only_small: bool) -> u64 {
    let (attachments, mut dice) = (Attachments::new(), Dice::new(9));
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let (mut made, mut number) = (0, 0);
    while made < bytes {
        let attached = match number {
            _ if only_small => 0,
            50 => 60 * MEGABYTE,
            _ => attachment_bytes(&mut dice).min(24 * MEGABYTE),
        };
        let text = made_mail::mbox(&[made_mail::message(number, 1_000 + dice.below(8_000) as usize, 3)]);
        out.write_all(&text).unwrap();
        attachments.write(attached, &mut dice, &mut out);
        out.write_all(b"\n").unwrap();
        made += text.len() as u64 + attached + 1;
        number += 1;
    }
    out.into_inner().unwrap().sync_all().unwrap();
    println!("{number} messages, {:.0} MB", made as f64 / 1e6);
    number
}

/// Runs one command of the console to its end; answers its peak in MB.
fn watch(mailferry: &Mailferry, name: &str, arguments: &[OsString], password: Option<&str>) -> u64 {
    let started = Instant::now();
    let mut running = mailferry.start(arguments, password);
    let mut peak = 0;
    while !running.has_ended() {
        peak = peak.max(support::peak::peak_kb(running.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let seconds = started.elapsed().as_secs_f64();
    let _whole = running.finish(Duration::from_secs(5)).expect(0);
    let megabytes = peak * 1_024 / MEGABYTE;
    println!("{name:8} {megabytes:5} MB  {seconds:6.1} s  {}", if megabytes < GOAL_MB { "within the goal" } else { "OVER THE GOAL" });
    megabytes
}

fn main() {
    let megabytes = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(2_000);
    let only_small = std::env::args().any(|argument| argument == "small");
    let Some(dovecot) = Dovecot::start(Options { largest_message: "100M", ..Options::default() }) else { return };
    let mailferry = Mailferry::new();
    let (mbox, copy, ca) = (mailferry.path("Inbox"), mailferry.path("safe copy"), dovecot.ca_file());
    let count = make(&mbox, megabytes * MEGABYTE, only_small);
    let words = |words: &[&dyn AsRef<std::ffi::OsStr>]| -> Vec<OsString> { words.iter().map(|word| word.as_ref().to_owned()).collect() };
    let backup = watch(&mailferry, "backup", &words(&[&"backup", &mbox, &"--out", &copy, &"--json"]), None);
    let port = dovecot.imaps.to_string();
    let transfer = |command: &str, mode: &str| {
        let options =
            ["--account", USER, "--host", "localhost", "--port", &port, "--pop-stopped", "--no-keychain", "--password-stdin", "--json", "--verify", mode];
        let mut all = words(&[&command, &copy, &"--ca", &ca]);
        all.extend(options.map(OsString::from));
        watch(&mailferry, command, &all, Some(PASSWORD))
    };
    let upload = transfer("upload", "sizes");
    let verify = transfer("verify", "full");
    assert_eq!(dovecot.count(USER, "INBOX"), Some(count));
    println!("peak memory {} MB, goal below {GOAL_MB} MB", backup.max(upload).max(verify));
}
