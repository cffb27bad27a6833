//! Outlook's files: this program against readpst, on a made file of any size and, if it is there, on the largest of the corpus.
//!
//! `cargo bench --bench pst [-- MEGABYTES RUNS]` (4500 and 3; room for two and a half times as much in the temporary folder). Each
//! run is a process of its own, they take turns, medians are told, with the greatest `VmHWM` of the process (Linux). «eml» writes
//! every message as a file, as readpst does with `-e`, which runs as it does by default, with parallel jobs; «backup» is the
//! console's whole safe copy, re-read in full. The numbers of messages are compared, libpff's too where it is installed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/made_pst.rs"]
#[allow(dead_code)]
mod made_pst;
#[path = "../tests/store/oracle.rs"]
#[allow(dead_code)]
mod oracle;
#[path = "../tests/support/peak.rs"]
mod peak;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use made_pst::{Content, MadeAttachment, MadeFolder, MadeMessage, MadePst, Manner};
use mailferry::flow::{Selection, StreamItem};
use mailferry::run::Run;
use mailferry::store;

/// The first argument of this program when it is to write messages as files.
const CHILD: &str = "write-eml";

/// Mean bytes that a made message takes in the file, found by making some.
const MEAN_BYTES: u64 = 76_600;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == CHILD) {
        write_eml(Path::new(&arguments[1]), Path::new(&arguments[2]));
        return;
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let (megabytes, runs) = (numbers.next().unwrap_or(4_500_u64), numbers.next().unwrap_or(3_u64) as usize);
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("made.pst");
    let count = u32::try_from(megabytes * 1_000_000 / MEAN_BYTES / 4).unwrap();
    let bytes = made_pst::write(&made, &content(count), Manner::default());
    println!("made: {:.2} GB, {} messages in 4 folders, of which half have attachments", bytes as f64 / 1e9, 4 * count);
    compare(&made, dir.path(), runs);
    fs::remove_file(&made).unwrap();
    if let Some(largest) = largest_of_corpus() {
        println!("the largest file of the corpus: {:.1} MB", fs::metadata(&largest).unwrap().len() as f64 / 1e6);
        compare(&largest, dir.path(), runs);
    }
}

fn content(count: u32) -> MadePst {
    let folder = |name: &str| MadeFolder { name: name.into(), class: "IPF.Note", fill: Some((count, message)), ..MadeFolder::default() };
    MadePst { folders: ["Inbox", "Sent Items", "Projects", "Old"].map(folder).to_vec(), unlisted: Vec::new() }
}

/// Text of 1 to 8 kB, of every third also as HTML; to every other an attachment of 1 to 300 kB, to every hundredth one of 3 MB.
fn message(number: u32) -> MadeMessage {
    let spread = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let body = "The quick brown fox jumps over the lazy dog, and so does the next one.\r\n".repeat(14 + (spread % 100) as usize);
    let html =
        if number.is_multiple_of(3) { format!("<html><body><p>{}</p></body></html>", body.replace("\r\n", "<br>\r\n")).into_bytes() } else { Vec::new() };
    let attached = match number {
        number if number % 100 == 0 => 3_000_000,
        number if number % 2 == 0 => 1_000 + spread % 300_000,
        _ => 0,
    };
    let attachments = if attached > 0 { vec![MadeAttachment { name: "paper.pdf".into(), content: Content::Pattern(attached) }] } else { Vec::new() };
    MadeMessage {
        subject: format!("Number {number}"),
        sender: ("A Sender".into(), "sender@example.com".into()),
        recipients: vec![(1, "A Reader".into(), "reader@example.com".into())],
        received: 1_400_000_000 + i64::from(number) * 977,
        flags: number & 1,
        body,
        html,
        attachments,
        ..MadeMessage::default()
    }
}

fn compare(pst: &Path, dir: &Path, runs: usize) {
    let me = std::env::current_exe().unwrap();
    let kinds: [(&str, PathBuf); 3] = [("eml", me), ("backup", env!("CARGO_BIN_EXE_mailferry-cli").into()), ("readpst", "readpst".into())];
    let mut all: Vec<Vec<(f64, u64, u64)>> = vec![Vec::new(); kinds.len()];
    for _ in 0..runs {
        for ((kind, program), told) in kinds.iter().zip(&mut all) {
            let out = tempfile::tempdir_in(dir).unwrap();
            let mut command = Command::new(program);
            match *kind {
                "eml" => command.arg(CHILD).arg(pst).arg(out.path()),
                "backup" => {
                    command.arg("backup").arg(pst).arg("--out").arg(out.path().join("copy")).arg("--json").env("MAILFERRY_HOME", out.path().join("home"))
                }
                _ => command.args(["-D", "-e", "-o"]).arg(out.path()).arg(pst),
            };
            let Ok((seconds, peak_kb)) = watch(command.stdout(Stdio::null()).stderr(Stdio::null())) else {
                println!("{kind} is not here");
                continue;
            };
            let written = if *kind == "backup" { 0 } else { files(out.path()) };
            told.push((seconds, peak_kb, written));
        }
    }
    let median = |runs: &[(f64, u64, u64)]| {
        let mut seconds: Vec<f64> = runs.iter().map(|run| run.0).collect();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied()
    };
    let floor = median(&all[2]);
    for ((kind, _), runs) in kinds.iter().zip(&all) {
        let Some(seconds) = median(runs) else { continue };
        let peak = runs.iter().map(|run| run.1).max().unwrap_or(0);
        let ratio = floor.map_or(String::new(), |floor| format!("{:.2} x readpst's speed", floor / seconds));
        println!("{kind:8} {seconds:8.2} s  {:5} MB  {:7} files  {ratio}", peak * 1_024 / 1_000_000, runs[0].2);
    }
    if let Some(counts) = oracle::libpff(&[pst.to_path_buf()]) {
        println!("libpff   {:?} items and attachments", counts[0]);
    }
}

/// Runs to the end; seconds, and the greatest resident kilobytes.
fn watch(command: &mut Command) -> std::io::Result<(f64, u64)> {
    let started = Instant::now();
    let mut child = command.spawn()?;
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak.max(peak::peak_kb(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok((started.elapsed().as_secs_f64(), peak))
}

fn files(dir: &Path) -> u64 {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { u64::from(path.extension().is_some()) })
        .sum()
}

/// Reads the store and writes each message as a file of its folder.
fn write_eml(pst: &Path, out: &Path) {
    let (temp, mut made) = (tempfile::tempdir_in(out).unwrap(), PathBuf::new());
    for found in store::discover::recognise(pst).unwrap() {
        let mut stream = store::open(&found).unwrap().read(Selection::All, &Run::unheard(temp.path()));
        while let Some(held) = stream.next_blocking() {
            match held.item {
                StreamItem::Message { id, message } => {
                    let folder = out.join(message.mailbox.to_string());
                    if made != folder {
                        fs::create_dir_all(&folder).unwrap();
                        made.clone_from(&folder);
                    }
                    let mut file = File::create(folder.join(format!("{id}.eml"))).unwrap();
                    match message.body.in_memory() {
                        Some(bytes) => file.write_all(bytes).unwrap(),
                        None => drop(std::io::copy(&mut message.body.reader(), &mut file).unwrap()),
                    }
                }
                StreamItem::Other(other) => {
                    let name = format!("{}-{}.{}", other.place.replace('/', "-"), other.bytes.len(), other.extension);
                    File::create(out.join(name)).unwrap().write_all(&other.bytes).unwrap();
                }
                StreamItem::Unreadable(_) | StreamItem::Problem(_) | StreamItem::Finished => {}
            }
        }
    }
}

/// The corpus is real mail, and never part of this project.
fn largest_of_corpus() -> Option<PathBuf> {
    let dir = std::env::var_os("MAILFERRY_CORPUS").map(PathBuf::from)?.join("pst");
    fs::read_dir(dir).ok()?.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()))
}
