//! The real window under Xvfb, driven by `atspi.py` as a screen reader would: by the names of its controls.
//!
//! Skipped, with a word, where Xvfb, a session bus, the accessibility bus or pyatspi are not there.
#![allow(clippy::indexing_slicing, clippy::print_stderr, reason = "a failing test is how it speaks")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use mailferry::mail::Sha256Digest;
use mailferry::practice::sample_mail;

use crate::dns_scene::{OLD_MAIL, Scene, shop};
use crate::support::dovecot::{Dovecot, Options, PASSWORD};
use crate::support::line::Line;
use crate::support::made_mail;

const PYTHON: &str = "/usr/bin/python3";
const ACCESSIBILITY: &str = "/usr/libexec/at-spi-bus-launcher";

/// A process that ends with the test.
struct Guest(Child);

impl Guest {
    fn invite(command: &mut Command) -> Option<Self> {
        command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().ok().map(Self)
    }

    fn says(&mut self) -> Option<String> {
        let out: ChildStdout = self.0.stdout.take()?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).ok()?;
        Some(line.trim().to_owned()).filter(|line| !line.is_empty())
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // The accessibility bus starts a daemon, which would outlive it, with every file that the test's own caller left open.
        let started = children(self.0.id());
        let _gone = self.0.kill();
        for child in started {
            let _gone = Command::new("kill").arg(child.to_string()).stderr(Stdio::null()).status();
        }
        let _gone = self.0.wait();
    }
}

/// The processes that `parent` started and that still run.
fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim().parse() == Ok(parent)))
    };
    pids.filter(is_child).collect()
}

/// A screen without a screen, with a bus for screen readers.
struct Desk {
    display: String,
    bus: String,
    home: tempfile::TempDir,
    _guests: Vec<Guest>,
}

impl Desk {
    fn set_up() -> Option<Self> {
        let reader = Command::new(PYTHON).args(["-c", "import pyatspi"]).stderr(Stdio::null()).status();
        if !reader.is_ok_and(|status| status.success()) || !Path::new(ACCESSIBILITY).exists() {
            eprintln!("SKIPPED: no pyatspi or no accessibility bus on this computer");
            return None;
        }
        let mut screen =
            Guest::invite(Command::new("Xvfb").args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]).stdout(Stdio::piped()));
        let Some(display) = screen.as_mut().and_then(Guest::says).map(|number| format!(":{number}")) else {
            eprintln!("SKIPPED: no Xvfb on this computer");
            return None;
        };
        let mut bus = Guest::invite(Command::new("dbus-daemon").args(["--session", "--print-address", "--nofork"]).stdout(Stdio::piped()));
        let Some(address) = bus.as_mut().and_then(Guest::says) else {
            eprintln!("SKIPPED: no dbus-daemon on this computer");
            return None;
        };
        let around = |command: &mut Command| {
            command.env("DISPLAY", &display).env("DBUS_SESSION_BUS_ADDRESS", &address).stdout(Stdio::null());
        };
        let mut accessibility = Command::new(ACCESSIBILITY);
        around(accessibility.arg("--a11y=1"));
        let mut manager = Command::new("openbox");
        around(&mut manager);
        let guests = [screen, bus, Guest::invite(&mut accessibility), Guest::invite(&mut manager)].into_iter().flatten().collect();
        Some(Self { display, bus: address, home: tempfile::tempdir().expect("a folder"), _guests: guests })
    }

    fn home(&self) -> PathBuf {
        self.home.path().join("home")
    }

    /// Runs a scenario of `atspi.py`; its figures, or what it saw.
    fn drive(&self, words: &[&str], variables: &[(&str, String)]) -> serde_json::Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gui/atspi.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).arg(words[0]).arg(env!("CARGO_BIN_EXE_mailferry")).args(&words[1..]);
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.bus).env("MAILFERRY_HOME", self.home());
        // Painted by the processor: no graphics card is needed, and none disturbs.
        command.env("LIBGL_ALWAYS_SOFTWARE", "1").env_remove("WAYLAND_DISPLAY").env_remove("XDG_RUNTIME_DIR");
        command.envs(variables.iter().map(|(name, value)| (*name, value.as_str())));
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python runs");
        let begun = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "after {:?}: {said}{complained}", begun.elapsed());
        eprintln!("{} in {:.1?}: {}", words[0], begun.elapsed(), said.trim());
        serde_json::from_str(&said).expect("figures")
    }
}

#[test]
fn the_practice_job_is_killed_in_the_middle_and_continued_in_the_real_window() {
    let Some(desk) = Desk::set_up() else { return };
    let figures = desk.drive(&["practice"], &[]);
    assert!(figures["killed_at_percent"].as_u64().is_some_and(|percent| percent < 100), "{figures}");
    assert!(!desk.home().join("practice/interrupted.json").exists(), "what is finished is not interrupted");
}

#[test]
fn it_waits_while_the_connection_is_charged_for_and_keeps_the_computer_awake_only_while_it_works() {
    let Some(desk) = Desk::set_up() else { return };
    let figures = desk.drive(&["system"], &[]);
    assert!(figures["waited_at_percent"].as_u64().is_some_and(|percent| percent < 100), "{figures}");
}

#[test]
fn a_customers_mail_goes_to_a_real_server_in_the_real_window() {
    let Some(desk) = Desk::set_up() else { return };
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let drive = tempfile::tempdir().expect("a folder");
    let sample = sample_mail::write(drive.path()).expect("written");
    let user = "robin@maildir"; // the domain names the storage in this Dovecot
    let variables = [
        ("MAILFERRY_ROOT", drive.path().display().to_string()),
        ("MAILFERRY_CA", dovecot.ca_file().display().to_string()),
        ("MAILFERRY_TEST_HOST", "localhost".to_owned()),
        ("MAILFERRY_TEST_PORT", dovecot.imaps.to_string()),
        ("MAILFERRY_TEST_PASSWORD", PASSWORD.to_owned()),
    ];
    desk.drive(&["journey", user], &variables);
    let there: u64 = dovecot.eye(user).mailboxes().iter().filter_map(|mailbox| dovecot.count(user, mailbox)).sum();
    assert_eq!(there, (sample.account_messages() + sample.local_messages()) as u64, "each message once");
    // A password that was typed stands nowhere among what was written.
    let found = Command::new("grep").args(["-rlF", "not the password"]).arg(desk.home()).output().expect("grep");
    assert!(found.stdout.is_empty(), "it stands in {}", String::from_utf8_lossy(&found.stdout));
}

#[test]
fn a_technicians_job_of_four_mailboxes_with_one_broken_in_the_real_window() {
    let Some(desk) = Desk::set_up() else { return };
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let (job, list, canary) = (dir.path().join("job"), dir.path().join("list.csv"), "canary-of-the-list");
    let mut text = String::from("Old address,Old host,Old port,Old password,New address,New host,New port,New password\r\n");
    for n in 1..=4_u64 {
        let mut eye = dovecot.eye(&format!("o{n}@maildir"));
        let _there_already = eye.say("CREATE Work");
        for (at, folder) in ["INBOX", "INBOX", "Work"].into_iter().enumerate() {
            let mail = format!(
                "From: <robin@old.example>\r\nSubject: {n} {at}\r\nDate: Mon, 2 Mar 2020 10:00:00 +0000\r\nMessage-ID: <{n}-{at}@old.example>\r\n\r\nLetter {n} {at}\r\n"
            );
            eye.ask(&format!("APPEND {folder} {{{}+}}\r\n{mail}", mail.len())).expect("appended");
        }
        let old = if n == 4 { canary } else { PASSWORD };
        text.push_str(&format!("o{n}@maildir,localhost,{0},{old},n{n}@maildir,localhost,{0},{PASSWORD}\r\n", dovecot.imaps));
    }
    text.push_str("nobody,,,x,,,,y\r\n");
    std::fs::write(&list, text).expect("written");
    let variables = [("MAILFERRY_CA", dovecot.ca_file().display().to_string()), ("MAILFERRY_TEST_PASSWORD", PASSWORD.to_owned())];
    desk.drive(&["job", &job.display().to_string(), &list.display().to_string(), "n4"], &variables);
    for n in 1..=4 {
        let there = |user: &str| ["INBOX", "Work"].map(|folder| dovecot.count(user, folder));
        assert_eq!(there(&format!("n{n}@maildir")), [Some(2), Some(1)], "mailbox {n}: each message once");
        assert_eq!(there(&format!("o{n}@maildir")), [Some(2), Some(1)], "the old mailbox {n} stays as it is");
    }
    assert!(job.join("report/index.html").exists() && job.join("report/rows.csv").exists());
    for place in [job, desk.home()] {
        let found = Command::new("grep").args(["-rlF", canary]).arg(place).output().expect("grep");
        assert!(found.stdout.is_empty(), "a password stands in {}", String::from_utf8_lossy(&found.stdout));
    }
}

/// Puts these letters into a folder, which is made if it is not there.
fn put(dovecot: &Dovecot, user: &str, folder: &str, numbers: std::ops::Range<u64>) {
    let mut eye = dovecot.eye(user);
    let _there_already = eye.say(&format!("CREATE {folder}"));
    for some in numbers.collect::<Vec<_>>().chunks(200) {
        let mut command = format!("APPEND {folder}");
        for n in some {
            let mail = String::from_utf8(made_mail::message(*n, 700, 5)).expect("ASCII");
            command.push_str(&format!(" {{{}+}}\r\n{mail}", mail.len()));
        }
        eye.ask(&command).expect("appended");
    }
}

/// R2 through the window, a row's pause, and the second sync: nothing is lost, nothing comes twice.
#[test]
fn a_job_is_paused_killed_continued_and_synced_again_in_the_real_window() {
    let Some(desk) = Desk::set_up() else { return };
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    // A megabit a second, so that there is time to press something.
    let slow = Line::to(dovecot.imaps, Duration::from_millis(1), 1);
    let dir = tempfile::tempdir().expect("a folder");
    let (job, list, signals) = (dir.path().join("job"), dir.path().join("list.csv"), dir.path().join("signals"));
    std::fs::create_dir(&signals).expect("made");
    put(&dovecot, "o1@maildir", "Large", 0..3_000); // three times what may be under way: a pause settles that first
    put(&dovecot, "o2@maildir", "INBOX", 4_000..4_003);
    put(&dovecot, "o3@maildir", "INBOX", 5_000..5_003);
    let mut text = String::from("Old address,Old host,Old port,Old password,New address,New host,New port,New password\r\n");
    for (n, port) in [(1, slow.port), (2, dovecot.imaps), (3, dovecot.imaps)] {
        text.push_str(&format!("o{n}@maildir,localhost,{},{PASSWORD},n{n}@maildir,localhost,{port},{PASSWORD}\r\n", dovecot.imaps));
    }
    std::fs::write(&list, text).expect("written");
    let there = |user: &str, folder: &str| {
        let mut digests: Vec<Sha256Digest> = dovecot.messages(user, folder).iter().map(|seen| Sha256Digest::of(&seen.bytes)).collect();
        digests.sort();
        digests
    };
    let words = [&job, &list, &signals].map(|path| path.display().to_string());
    let words: Vec<&str> = ["again"].into_iter().chain(words.iter().map(String::as_str)).collect();
    let variables = [("MAILFERRY_CA", dovecot.ca_file().display().to_string())];
    std::thread::scope(|scope| {
        let walk = scope.spawn(|| desk.drive(&words, &variables));
        while !walk.is_finished() {
            std::thread::sleep(Duration::from_millis(50));
            if signals.join("late").exists() && !signals.join("late.done").exists() {
                // Late mail at the old account; a deletion there, and one by the person at the new account.
                put(&dovecot, "o2@maildir", "INBOX", 4_003..4_006);
                delete_first(&dovecot, "o3@maildir");
                delete_first(&dovecot, "n2@maildir");
                std::fs::write(signals.join("late.done"), "").expect("written");
            }
        }
        walk.join().expect("the walk");
    });
    assert_eq!(there("n1@maildir", "Large"), there("o1@maildir", "Large"), "lost, doubled or changed");
    let counts = ["n2@maildir", "o2@maildir", "n3@maildir", "o3@maildir"].map(|user| there(user, "INBOX").len());
    assert_eq!(counts, [5, 6, 3, 2], "what was deleted stays deleted, and no deletion is carried over");
}

fn delete_first(dovecot: &Dovecot, user: &str) {
    let mut eye = dovecot.eye(user);
    for command in ["SELECT INBOX", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE"] {
        eye.ask(command).expect("deleted");
    }
}

/// Journey (c) 4 and 6 against real name servers: what is found, the records, the countdown, and a watch through the whole change.
#[tokio::test(flavor = "multi_thread")]
async fn the_mail_server_change_is_watched_in_the_real_window() {
    let Some(desk) = Desk::set_up() else { return };
    let mut scene = Scene::alike(OLD_MAIL).await;
    let dir = tempfile::tempdir().expect("a folder");
    let (job, list, signals) = (dir.path().join("job"), dir.path().join("list.csv"), dir.path().join("signals"));
    std::fs::create_dir(&signals).expect("made");
    std::fs::write(&list, "Old address,Old host,New address,New host\r\nann@old.test,localhost,ann@shop.test,localhost\r\n").expect("written");
    let (resolver, words) = (scene.at(1).to_string(), [&job, &list, &signals].map(|path| path.display().to_string()));
    let walk = tokio::task::spawn_blocking(move || {
        let words: Vec<&str> = ["dns"].into_iter().chain(words.iter().map(String::as_str)).collect();
        desk.drive(&words, &[("MAILFERRY_DNS", resolver)])
    });
    let lowered = OLD_MAIL.replace(" 3600 IN MX", " 300 IN MX");
    let changed = "@ 300 IN MX 10 mx.new.test.\n";
    while !walk.is_finished() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let asked = |word: &str| signals.join(word).exists() && !signals.join(format!("{word}.done")).exists();
        let Some(word) = ["lower", "wait", "one", "both", "all"].into_iter().find(|word| asked(word)) else { continue };
        match word {
            "lower" => {
                scene.change(1, &shop(8, &lowered)).await;
                scene.change(2, &shop(8, &lowered)).await;
            }
            "wait" => wind_back(&job.join("dns/shop.test.json"), 2 * 3600),
            "one" => {
                // The resolver finds the zone at the first server, and still knows what that gave before.
                scene.resolver.keep("shop.test", &[(10, "mail.old.test"), (20, "backup.old.test")], Duration::from_secs(280));
                scene.change(1, &shop(9, changed)).await;
            }
            "both" => scene.change(2, &shop(9, changed)).await,
            _ => scene.resolver.keep("shop.test", &[], Duration::ZERO),
        }
        std::fs::write(signals.join(format!("{word}.done")), "").expect("written");
    }
    walk.await.expect("the walk");
}

/// Makes what was seen of the mail server so much older: as if so long had been waited.
fn wind_back(memory: &Path, seconds: i64) {
    let text = std::fs::read_to_string(memory).expect("what was seen");
    let mut seen: serde_json::Value = serde_json::from_str(&text).expect("as it was written");
    for sight in seen["sights"].as_array_mut().expect("sights") {
        for moment in ["first", "last"] {
            let at: jiff::Timestamp = sight[moment].as_str().and_then(|at| at.parse().ok()).expect("a moment");
            sight[moment] = at.checked_sub(jiff::SignedDuration::from_secs(seconds)).expect("a moment").to_string().into();
        }
    }
    std::fs::write(memory, seen.to_string()).expect("written");
}
