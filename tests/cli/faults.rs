//! What a computer does to a program: no room on the disk, a clock that jumps, sleep in the middle of everything.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use mailferry::mail::Sha256Digest;

use crate::stage::{Stage, digests};
use crate::support::dovecot::{Options, PASSWORD};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::loopback::left_out;
use crate::support::made_mail::{small, write_eml};
use crate::support::mailferry::Mailferry;

/// Made mail and a stage.
pub struct Set {
    pub stage: Stage,
    console: Mailferry,
    mails: Vec<Vec<u8>>,
}

impl Set {
    pub fn new(options: Options, count: u64) -> Option<Self> {
        let (stage, console, mails) = (Stage::new(options)?, Mailferry::new(), small(count, 7));
        write_eml(&console.path("mail/Inbox"), &mails);
        Some(Self { stage, console, mails })
    }

    /// The words of a run to `user`; the fourth is where the safe copy lies.
    pub fn words(&self, user: &str, port: u16) -> Vec<String> {
        let [mail, out] = ["mail", "safe copy"].map(|name| self.console.path(name).display().to_string());
        [vec!["run".to_owned(), mail, "--out".into(), out, "--pop-stopped".into()], self.stage.account_at(user, port)].concat()
    }

    fn wanted(&self) -> BTreeMap<Sha256Digest, usize> {
        digests(self.mails.iter().map(Vec::as_slice))
    }

    /// Nothing lost, doubled or changed; one more run of `words` sends nothing.
    pub fn assert_whole(&self, console: &Mailferry, words: &[String], user: &str, what: &str) {
        let held = self.stage.held(user);
        assert_eq!(digests(held.values().flatten().map(|seen| seen.bytes.as_slice())), self.wanted(), "{what}: lost, doubled or changed");
        let again = console.run_with(PASSWORD, words).expect(0).result();
        assert_eq!((&again["appended_this_run"], &again["unexplained"]), (&0.into(), &0.into()), "{what}: {again}");
    }
}

/// No file may grow beyond a limit, wherever in the run that strikes: under the journal, the safe copy, the report. It ends with a
/// reason in clear words; with room again it goes on without loss or duplicate.
#[test]
fn a_disk_that_is_full_under_journal_and_safe_copy_ends_in_clear_words_and_costs_nothing() {
    let Some(set) = Set::new(Options::default(), 300) else { return };
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    // In units of 512 octets; the journal of these messages ends with some 150 kB.
    for (n, blocks) in [2, 24, 40, 56, 64, 72, 80, 96, 112, 128, 160, 200, 240, 280, 320, 400].into_iter().enumerate() {
        let (console, user) = (Mailferry::new(), format!("full{n}@sdbox"));
        let out = console.path("safe copy").display().to_string();
        let mut words = set.words(&user, set.stage.dovecot.imaps);
        words[3] = out;
        let limited = console.run_limited(PASSWORD, blocks, &words);
        let answer = limited.json();
        assert!([0, 21, 70].contains(&limited.exit), "{blocks}: {limited:?}");
        if limited.exit != 0 {
            let code = answer["error"]["code"].as_str().unwrap_or_default().to_owned();
            assert!(["DISK-FULL", "DISK-WRITE", "JOURNAL"].contains(&code.as_str()), "{blocks}: {answer}");
            assert!(answer["error"]["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{blocks}: {answer}");
            *ends.entry(code).or_default() += 1;
        }
        let whole = console.run_with(PASSWORD, &words).expect(0).result();
        assert_eq!(whole["unexplained"], 0, "{blocks}: {whole}");
        let held = set.stage.held(&user);
        assert_eq!(digests(held.values().flatten().map(|seen| seen.bytes.as_slice())), set.wanted(), "{blocks}: lost, doubled or changed");
    }
    println!("{ends:?}");
    assert!(ends.values().sum::<usize>() >= 4, "the limit struck too seldom: {ends:?}");
}

/// The computer sleeps in the middle, and its sockets are dead when it wakes.
#[test]
fn asleep_in_mid_run_with_dead_sockets_on_waking_it_goes_on_by_itself() {
    let Some(set) = Set::new(Options { without: vec!["MULTIAPPEND"], ..Options::default() }, 600) else { return };
    let (user, proxy) = ("asleep@maildir", FaultProxy::to(set.stage.dovecot.imaps));
    proxy.set(Faults { delay: Duration::from_millis(3), ..Faults::default() });
    let words = [set.words(user, proxy.port), vec!["--password-stdin".into(), "--json".into()]].concat();
    let running = set.console.start(words, Some(PASSWORD));
    let start = Instant::now();
    while set.stage.dovecot.count(user, "INBOX").unwrap_or(0) < 60 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    let signal = |name: &str| assert!(Command::new("kill").args(["-s", name, &running.id().to_string()]).status().expect("kill").success());
    signal("STOP");
    proxy.cut_all();
    std::thread::sleep(Duration::from_secs(2));
    proxy.set(Faults::default());
    signal("CONT");
    let ran = running.finish(Duration::from_secs(120)).expect(0);
    assert_eq!(ran.result()["unexplained"], 0, "{ran:?}");
    set.assert_whole(&set.console, &set.words(user, set.stage.dovecot.imaps), user, "asleep");
}

/// The clock jumps between runs, by more than a year, both ways; and while one is under way it runs away.
#[test]
fn a_clock_that_jumps_loses_and_doubles_nothing() {
    let library = Path::new("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    if !library.is_file() {
        return left_out("libfaketime is not installed");
    }
    let Some(set) = Set::new(Options { without: vec!["MULTIAPPEND"], ..Options::default() }, 300) else { return };
    let proxy = FaultProxy::to(set.stage.dovecot.imaps);
    for (n, [first, second]) in [["-300d", "+400d"], ["+400d", "-300d"], ["+0 x600", "-1d"]].into_iter().enumerate() {
        let user = format!("clock{n}@sdbox");
        let mut console = Mailferry::new();
        let out = console.path("safe copy").display().to_string();
        let mut words = set.words(&user, proxy.port);
        words[3] = out;
        proxy.set(Faults { delay: Duration::from_millis(2), ..Faults::default() });
        console = console.env("LD_PRELOAD", library).env("FAKETIME", first).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let running = console.start([words.clone(), vec!["--password-stdin".into(), "--json".into()]].concat(), Some(PASSWORD));
        let start = Instant::now();
        while set.stage.dovecot.count(&user, "INBOX").unwrap_or(0) < 60 {
            assert!(start.elapsed() < Duration::from_secs(60), "{first}: nothing was sent");
            std::thread::sleep(Duration::from_millis(5));
        }
        running.kill();
        proxy.set(Faults::default());
        console = console.env("FAKETIME", second);
        let ran = console.run_with(PASSWORD, &words).expect(0);
        assert_eq!(ran.result()["unexplained"], 0, "{first}, then {second}: {ran:?}");
        let held = set.stage.held(&user);
        assert_eq!(digests(held.values().flatten().map(|seen| seen.bytes.as_slice())), set.wanted(), "{first}, then {second}: lost, doubled or changed");
    }
}
