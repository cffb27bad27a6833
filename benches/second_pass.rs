//! A second pass with nothing new, over ever more mail in one folder: what it asks the server, and how long it takes for each message.
//!
//! `cargo bench --bench second_pass [-- COUNT…]` (10000 50000 150000 300000). The mail is small and lies in one folder of a real Dovecot
//! (sdbox). The first pass fills it; the second one is a process of its own from start to end, over a line of 20 ms each way, so that round
//! trips show. What passes over the line is counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mailferry::account::{Account, Endpoint, Secret, TlsMode};
use mailferry::autoconfig::provider::Provider;
use mailferry::engine::backup::{BackupRequest, backup};
use mailferry::engine::discover;
use mailferry::engine::far::Far;
use mailferry::engine::plan::Choices;
use mailferry::engine::timing::Timing;
use mailferry::engine::upload::{UploadRequest, upload};
use mailferry::imap::Timeouts;
use mailferry::net::{Reach, Trust};
use mailferry::run::Run;
use mailferry::settings::Home;
use support::dovecot::{Dovecot, Options, PASSWORD};
use support::line::Line;
use support::made_mail;

const USER: &str = "owner@sdbox";
/// The first argument of this program when it is to be an uploader.
const CHILD: &str = "upload-only";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// The deed as the console starts it.
fn upload_only(arguments: &[String]) {
    let [dir, ca, port] = arguments else { panic!("{arguments:?}") };
    let dir = Path::new(dir);
    let endpoint = Endpoint { host: "localhost".into(), port: port.parse().unwrap(), tls: TlsMode::Implicit };
    let account = Account { address: USER.into(), user: USER.into(), endpoint, pin: None };
    let trust = Trust::platform().with_pem_file(Path::new(ca)).unwrap();
    let request = UploadRequest {
        archive: dir.join("safe copy"),
        passphrase: None,
        far: Far { account, password: Secret::new(PASSWORD.into()), reach: Reach::trusting(trust), timeouts: Timeouts::default() },
        choices: Choices { pop_stopped: true, ..Choices::default() },
        provider: Provider::default(),
        home: Home::at(dir.join("home")),
        job: Some(dir.join("job")),
        timing: Timing::default(),
    };
    let outcome = runtime().block_on(upload(&request, false, &Run::unheard(dir.join("temp")))).unwrap();
    assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
    println!("{}", outcome.report.tally.appended_this_run);
}

/// One upload from what lies in `dir` through `port`: seconds of the whole process, and how many messages it sent.
fn pass(dir: &Path, ca: &Path, port: u16) -> (f64, u64) {
    let started = Instant::now();
    let output = Command::new(std::env::current_exe().unwrap()).arg(CHILD).arg(dir).arg(ca).arg(port.to_string()).output().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (seconds, String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
}

async fn back_up(dir: &Path) {
    let run = Run::unheard(dir.join("temp"));
    let stores = discover::resolve(vec![dir.join("Inbox").display().to_string()], Vec::new(), &run).await.unwrap();
    let outcome = backup(BackupRequest { stores, out: dir.join("safe copy"), volume_bytes: None, passphrase: None }, &run).await.unwrap();
    assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|first| first == CHILD) {
        return upload_only(&words[1..]);
    }
    let counts: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    for count in if counts.is_empty() { vec![10_000, 50_000, 150_000, 300_000] } else { counts } {
        let Some(dovecot) = Dovecot::start(Options::default()) else { return };
        let (dir, ca) = (tempfile::tempdir().unwrap(), dovecot.ca_file());
        let messages: Vec<Vec<u8>> = (0..count).map(|number| made_mail::message(number, 400, 7)).collect();
        std::fs::write(dir.path().join("Inbox"), made_mail::mbox(&messages)).unwrap();
        drop(messages);
        runtime().block_on(back_up(dir.path()));
        let (first, sent) = pass(dir.path(), &ca, dovecot.imaps);
        assert_eq!((sent, dovecot.count(USER, "INBOX")), (count, Some(count)));
        let line = Line::to(dovecot.imaps, Duration::from_millis(20), 0);
        let (second, sent) = pass(dir.path(), &ca, line.port);
        assert_eq!((sent, dovecot.count(USER, "INBOX")), (0, Some(count)));
        let passed = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        println!(
            "{count:7} messages: first pass {first:6.1} s ({:5.0} µs each); second {second:5.2} s ({:5.1} µs each), {} round trips, {} octets up, {} down",
            first * 1e6 / count as f64,
            second * 1e6 / count as f64,
            passed(&line.passed.turns),
            passed(&line.passed.up),
            passed(&line.passed.down),
        );
    }
}
