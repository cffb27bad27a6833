//! Counting an mbox against `grep -c '^From '` on the same file, five runs each, in turn, page cache warm.
//!
//! `cargo bench --bench scan`. The file, 1 GB, is made anew each time the same; with `MAILFERRY_BENCH_DIR` it is kept there.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench prints, and fails by panicking")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use mailferry::run::Run;
use mailferry::store::{StoreInfo, discover};

const FILE_BYTES: u64 = 1_000_000_000;
const RUNS: usize = 5;

/// A small generator of numbers, always the same (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % below
    }
}

/// Mail as it lies in a folder: ten head lines, some text, in four of ten an attachment of base64.
fn make(path: &Path) -> std::io::Result<u64> {
    let (mut file, mut numbers, mut written, mut messages) = (BufWriter::with_capacity(1 << 20, File::create(path)?), Numbers(42), 0, 0);
    let block: Vec<u8> = {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..1 << 20).map(|at| if at % 77 == 76 { b'\n' } else { alphabet[numbers.next(64) as usize] }).collect()
    };
    while written < FILE_BYTES {
        let (day, year, id) = (1 + numbers.next(28), 2005 + numbers.next(20), numbers.next(u64::MAX));
        let mut message = format!(
            "From - Tue Mar {day:02} 10:00:00 {year}\nX-Account-Key: account1\nX-UIDL: {id:x}\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n\
             Received: from mx.example.com by pop.example.com;\n\tTue, {day} Mar {year} 10:00:00 +0100\nMessage-ID: <{id:x}@example.com>\n\
             Date: Tue, {day} Mar {year} 09:59:58 +0100\nFrom: Someone <someone@example.com>\nTo: me@example.com\nSubject: Message {messages}\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        )
        .into_bytes();
        for _ in 0..numbers.next(60) {
            message.extend_from_slice(b"A line of ordinary text, as people write it: from here to there, and From me to you.\n");
        }
        if numbers.next(10) < 4 {
            let len = numbers.next(400_000) as usize;
            message.extend_from_slice(&block[..len]);
            message.push(b'\n');
        }
        message.push(b'\n');
        file.write_all(&message)?;
        written += message.len() as u64;
        messages += 1;
    }
    file.flush()?;
    Ok(messages)
}

fn count(path: &Path, run: &Run) -> StoreInfo {
    let mut store = discover::recognise(path).unwrap().remove(0);
    discover::count(&mut store, run);
    store
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn main() {
    let kept = std::env::var_os("MAILFERRY_BENCH_DIR").map(PathBuf::from);
    let temp = tempfile::tempdir().unwrap();
    let path = kept.as_deref().unwrap_or(temp.path()).join("scan.mbox");
    let messages = make(&path).unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    let run = Run::unheard(temp.path());
    let (mut ours, mut greps) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let begun = Instant::now();
        let store = count(&path, &run);
        ours.push(begun.elapsed().as_secs_f64());
        assert_eq!((store.messages, store.estimated), (messages, false));
        let begun = Instant::now();
        let output = Command::new("grep").args(["-c", "^From "]).arg(&path).env("LC_ALL", "C").output();
        match output {
            Ok(output) => {
                greps.push(begun.elapsed().as_secs_f64());
                assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), messages.to_string());
            }
            Err(_) => println!("no grep here"),
        }
    }
    let ours = median(ours);
    println!("{messages} messages, {:.2} GB; counting with heads, flags and years: {ours:.3} s, {:.2} GB/s", bytes as f64 / 1e9, bytes as f64 / 1e9 / ours);
    if !greps.is_empty() {
        let grep = median(greps);
        println!("grep -c '^From ' (LC_ALL=C): {grep:.3} s, {:.2} GB/s; grep/ours {:.2}", bytes as f64 / 1e9 / grep, grep / ours);
    }
}
