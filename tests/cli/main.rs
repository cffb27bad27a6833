//! The console's contract, on the built program: one JSON object whatever happens, exit codes, signals, and where a password
//! may not be seen; and, against real Dovecot, what it is all for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

#[cfg(unix)]
mod apple_mail;
#[cfg(target_os = "linux")]
mod asleep;
#[cfg(unix)]
mod dbx;
#[cfg(target_os = "linux")]
mod failing_drive;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
#[path = "../support/made_apple_mail.rs"]
#[allow(dead_code, missing_docs, reason = "other tests make more of it")]
mod made_apple_mail;
#[cfg(unix)]
#[path = "../support/made_dbx.rs"]
#[allow(dead_code, missing_docs)]
mod made_dbx;
#[cfg(unix)]
#[path = "../support/made_olm.rs"]
#[allow(dead_code, missing_docs)]
mod made_olm;
#[cfg(unix)]
mod olm;
mod real_server;
#[cfg(unix)]
mod several;
#[cfg(unix)]
mod stage;
#[cfg(unix)]
#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailferry-cli"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAILFERRY_")) {
        command.env_remove(name);
    }
    command.env("MAILFERRY_HOME", home).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn done(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// Standard output, which must be one object and nothing else.
fn object(output: &[u8]) -> Value {
    serde_json::from_slice(output).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(output)))
}

#[test]
fn a_command_line_without_sense_ends_with_1_and_with_one_object() {
    let home = tempfile::tempdir().expect("a folder");
    let table: [(&[&str], &str); 6] = [
        (&["--json"], ""),
        (&["--json", "fnid"], ""),
        (&["plan", "copy", "--json"], "plan"),
        (&["archive", "extract", "copy", "--json", "--as", "zip"], "archive extract"),
        (&["upload", "copy", "--account", "a@b.example", "--since", "2021", "--until", "2020", "--json"], "upload"),
        (&["backup", "x", "--out", "y", "--rolling", "--json"], "backup"),
    ];
    for (words, command) in table {
        let output = done(program(home.path()).args(words));
        let object = object(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert_eq!((&object["mailferry"], &object["exit"], &object["error"]["code"]), (&1.into(), &1.into(), &"USAGE".into()), "{words:?}");
        assert_eq!(object["command"], command, "{words:?}");
        assert!(object["result"].is_object(), "{words:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    }
}

#[test]
fn for_people_a_problem_stands_on_standard_error_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let output = done(program(home.path()).args(["check", "--account", "a@b.example", "--no-keychain"]));
    assert_eq!(output.status.code(), Some(16));
    assert_eq!(output.stdout, b"");
    assert!(String::from_utf8_lossy(&output.stderr).contains("PASSWORD-MISSING"));
}

#[test]
fn help_and_version_are_answers_and_show_no_secret() {
    let home = tempfile::tempdir().expect("a folder");
    for words in [["--help"].as_slice(), &["upload", "--help"], &["run", "-h"], &["--version"], &["plan", "--help", "--json"]] {
        let output =
            done(program(home.path()).args(words).env("MAILFERRY_PASSWORD", "canary").env("MAILFERRY_PASSPHRASE", "canary").env("MAILFERRY_CA", "canary"));
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(!text.is_empty() && !text.contains("canary"), "{words:?}: {text}");
    }
}

#[test]
fn nothing_is_written_outside_the_home_and_no_password_within_it() {
    let (home, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let mut command = program(home.path());
    command.current_dir(&elsewhere).env("HOME", elsewhere.path()).env("MAILFERRY_PASSWORD", "canary-7f3a");
    done(command.args(["check", "--account", "a@b.invalid", "--host", "127.0.0.1", "--port", "1", "--json", "--no-keychain", "-vv"]));
    assert_eq!(std::fs::read_dir(&elsewhere).expect("listed").count(), 0);
    let mut waiting = vec![home.path().to_path_buf()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("listed").flatten().map(|entry| entry.path()));
        } else {
            let bytes = std::fs::read(&path).expect("read");
            assert!(!bytes.windows(11).any(|window| window == b"canary-7f3a"), "{}", path.display());
        }
    }
}

#[test]
fn a_report_is_shown_again_as_a_page_and_as_an_object() {
    let home = tempfile::tempdir().expect("a folder");
    let job = home.path().join("job");
    std::fs::create_dir_all(job.join("report")).expect("made");
    let report = mailferry::engine::report::JobReport { account: "ann@example.org".into(), ..Default::default() };
    std::fs::write(job.join("report/report.json"), serde_json::to_vec(&report).expect("JSON")).expect("written");
    let output = done(program(home.path()).arg("report").arg(&job).arg("--json"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(object(&output.stdout)["result"]["unexplained"], 0);
    assert!(job.join("report/report.html").exists());
    let output = done(program(home.path()).arg("report").arg(home.path()).arg("--json"));
    assert_eq!((output.status.code(), object(&output.stdout)["error"]["code"].as_str()), (Some(30), Some("STORE-MISSING")));
}

/// Ends a program that a failed test would leave behind.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_with_40_and_with_one_object_within_ten_seconds() {
    for signal in ["INT", "TERM", "HUP"] {
        let home = tempfile::tempdir().expect("a folder");
        // It waits for a password that does not come.
        let mut command = program(home.path());
        command.args(["check", "--account", "a@b.example", "--password-stdin", "--json"]).stdin(Stdio::piped());
        let mut child = Ended(command.spawn().expect("started"));
        let _held_open = child.0.stdin.take(); // waiting for a child closes what it holds of its input
        let log = home.path().join("log/mailferry.log");
        let begun = Instant::now();
        while !std::fs::read_to_string(&log).is_ok_and(|text| text.contains("check begins")) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it did not begin");
            std::thread::sleep(Duration::from_millis(10));
        }
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(child.0.id().to_string()).status().expect("kill runs");
        assert!(sent.success());
        let begun = Instant::now();
        let status = child.0.wait().expect("ended");
        assert!(begun.elapsed() < Duration::from_secs(10), "{signal}");
        assert_eq!(status.code(), Some(40), "{signal}");
        let mut text = Vec::new();
        child.0.stdout.take().expect("piped").read_to_end(&mut text).expect("read");
        assert_eq!(object(&text)["error"]["code"], "INTERRUPTED", "{signal}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = program(home.path());
    let mut child = Ended(command.args(["check", "--account", "a@b.example", "--password-stdin"]).stdin(Stdio::piped()).spawn().expect("started"));
    drop((child.0.stdout.take(), child.0.stderr.take()));
    let _may_be_gone = child.0.stdin.take().expect("piped").write_all(b"");
    assert_eq!(child.0.wait().expect("ended").code(), Some(16), "an empty password is none");
}
