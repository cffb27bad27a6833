//! Drives that are full, can't be written to, or die, below the safe copy and below the journal, in the built program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mailferry::mail::Sha256Digest;
use mailferry::practice::sample_mail;

use crate::real_server::{all, assert_told, run_words};
use crate::stage::{Stage, digests, files};
use crate::support::dovecot::{Options, PASSWORD};
use crate::support::made_mail::{small, write_eml};
use crate::support::mailferry::Mailferry;

/// A drive of its own, in memory. Goes when dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None` where none can be mounted: only root may.
    #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
    fn at(dir: &Path, size: &str) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir).stderr(Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(dir.to_path_buf()));
        }
        eprintln!("left out: no small drive can be mounted here");
        None
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(done.expect("mount runs").success(), "{options}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg(&self.0).status();
    }
}

/// A safe copy of so many messages; answers the words that upload it with its journal in `job`, and what is to arrive.
fn safe_copy(console: &Mailferry, count: u64, job: &Path) -> (Vec<String>, BTreeMap<Sha256Digest, usize>) {
    let mail = small(count, 9);
    write_eml(&console.path("mail").join("Inbox"), &mail);
    let (source, out) = (console.path("mail").display().to_string(), console.path("safe copy").display().to_string());
    let _safe_copy = console.run(["backup", &source, "--out", &out, "--json"]).expect(0);
    (vec!["upload".into(), out, "--job".into(), job.display().to_string()], digests(mail.iter().map(Vec::as_slice)))
}

/// A drive that is too small: said before or when it is full, and no half volume stands under a final name.
#[test]
fn a_full_drive_is_21_and_leaves_no_half_volume() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let console = Mailferry::new();
    let small_drive = console.path("small drive");
    fs::create_dir(&small_drive).expect("made");
    let Some(_mounted) = Mounted::at(&small_drive, "1m") else { return };
    let sample = sample_mail::write(&console.path("drive")).expect("written");
    let out = small_drive.join("safe copy");
    assert_told("full", &console.run_with(PASSWORD, run_words(&stage, "full@maildir", &sample, &out)).json(), 21);
    assert!(!out.exists() || files(&out).iter().all(|file| file.extension().is_none_or(|end| end != "zip")), "{:?}", files(&out));
    assert!(stage.held("full@maildir").values().all(Vec::is_empty), "nothing was sent");
}

/// The journal's drive is full in the middle of an upload, and another time can't be written to at all: it is said, nothing is sent that
/// is not written down, and once there is room it goes on.
#[test]
fn a_full_drive_below_the_journal_is_21_and_the_next_run_goes_on() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let console = Mailferry::new();
    let drive = console.path("journal drive");
    fs::create_dir(&drive).expect("made");
    let Some(mounted) = Mounted::at(&drive, "400k") else { return };
    let user = "journal@maildir";
    let (words, wanted) = safe_copy(&console, 1_500, &drive.join("job"));
    let words = [words, stage.account(user)].concat();
    let full = console.run_with(PASSWORD, &words).json();
    assert_told("full", &full, 21);
    assert_eq!(full["error"]["code"], "DISK-FULL", "{full}");
    let there = all(&stage.held(user));
    assert!(!there.is_empty() && there.len() < wanted.len(), "full in the middle, not at {} of {}", there.len(), wanted.len());
    assert!(there.iter().all(|(digest, count)| *count == 1 && wanted.contains_key(digest)), "doubled or changed");

    mounted.remount("ro");
    let refused = console.run_with(PASSWORD, &words).json();
    assert!(refused["exit"] == 21 || refused["exit"] == 70, "{refused}");
    assert!(refused["error"]["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{refused}");
    assert_eq!(all(&stage.held(user)), there, "nothing is sent without a journal");

    mounted.remount("rw,size=64m");
    let done = console.run_with(PASSWORD, &words).expect(0).json();
    assert_eq!(done["result"]["unexplained"], 0, "{done}");
    assert_eq!(all(&stage.held(user)), wanted);
    assert_eq!(console.run_with(PASSWORD, &words).expect(0).json()["result"]["appended_this_run"], 0);
}

/// The journal's drive dies after so many writes (EIO): the run ends and says so; on a whole one the next run loses and doubles nothing.
#[test]
fn a_drive_that_dies_below_the_journal_loses_and_doubles_nothing() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let built = tempfile::tempdir().expect("a folder");
    let shim = built.path().join("eio.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/eio.c");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(&source).args(["-ldl"]).status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("left out: no C compiler");
        return;
    }
    let (mut died, mut in_the_middle) = (0, 0);
    for after in [0, 2, 5, 9, 14, 20, 27, 35, 50, 70, 100, 10_000] {
        let user = format!("eio{after}@maildir");
        let dying =
            Mailferry::new().env("LD_PRELOAD", &shim).env("MAILFERRY_TEST_EIO_NAME", "journal.sqlite").env("MAILFERRY_TEST_EIO_AFTER", after.to_string());
        let whole = Mailferry::new();
        let (words, wanted) = safe_copy(&whole, 400, &whole.path("job"));
        let words = [words, stage.account(&user)].concat();
        let ended = dying.run_with(PASSWORD, &words).json();
        let there = all(&stage.held(&user));
        if ended["exit"] != 0 {
            died += 1;
            in_the_middle += u64::from(!there.is_empty());
            assert!(["JOURNAL", "DISK-WRITE"].iter().any(|code| ended["error"]["code"] == *code), "{after}: {ended}");
        }
        assert!(there.iter().all(|(digest, count)| *count == 1 && wanted.contains_key(digest)), "{after}: doubled or changed");
        let done = whole.run_with(PASSWORD, &words).json();
        assert_eq!((&done["exit"], &done["result"]["unexplained"]), (&0.into(), &0.into()), "{after}: {done}");
        assert_eq!(all(&stage.held(&user)), wanted, "{after}");
    }
    assert!(died >= 4 && in_the_middle >= 1, "{died} died, {in_the_middle} with mail under way: the counts of writes want another look");
}
