//! The keychain with a real Secret Service on a bus of its own: open, locked, and not there.
//!
//! Skipped, with a word, where there is no dbus-daemon or no gnome-keyring-daemon.
#![allow(clippy::print_stderr, reason = "a failing test is how it speaks")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mailferry::account::Secret;
use mailferry::keychain;

const HOST: &str = "imap.example";
const USER: &str = "robin@example.org";

/// The processes of a bus, ended with the test.
struct Bus {
    address: String,
    home: tempfile::TempDir,
    guests: Vec<Child>,
}

impl Bus {
    fn set_up() -> Option<Self> {
        let mut daemon =
            Command::new("dbus-daemon").args(["--session", "--print-address", "--nofork"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut address = String::new();
        BufReader::new(daemon.stdout.take()?).read_line(&mut address).ok()?;
        let home = tempfile::tempdir().ok()?;
        Some(Self { address: address.trim().to_owned(), home, guests: vec![daemon] })
    }

    /// The Secret Service, opened with a password or not.
    fn with_keyring(&mut self, opened: bool) -> bool {
        let mut command = self.command(Path::new("gnome-keyring-daemon"));
        command.args(["--foreground", "--components=secrets"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        if opened {
            command.arg("--unlock");
        }
        let Ok(mut daemon) = command.spawn() else { return false };
        if let Some(mut stdin) = daemon.stdin.take()
            && opened
        {
            stdin.write_all(b"of the keyring").expect("it reads the password");
        }
        self.guests.push(daemon);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            let mut ask = self.command(Path::new("dbus-send"));
            ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner"]);
            let answer = ask.arg("string:org.freedesktop.secrets").output().expect("dbus-send comes with dbus-daemon");
            if String::from_utf8_lossy(&answer.stdout).contains("true") {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).env("HOME", self.home.path()).env("XDG_DATA_HOME", self.home.path());
        command.env("XDG_RUNTIME_DIR", self.home.path()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    /// Does `deed` in a process of this bus: the bus is chosen by the environment, which is the whole process's.
    fn asks(&self, deed: &str) -> String {
        let mut command = self.command(&std::env::current_exe().expect("this test"));
        let output = command.args(["--exact", "keychain::deed_in_a_process", "--ignored", "--nocapture"]).env("MAILFERRY_TEST_DEED", deed).output();
        let said = String::from_utf8_lossy(&output.expect("it runs").stdout).into_owned();
        said.lines().find_map(|line| line.split_once("KEYCHAIN ").map(|(_, said)| said.to_owned())).unwrap_or(said)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for guest in self.guests.iter_mut().rev() {
            let _gone = guest.kill();
            let _gone = guest.wait();
        }
    }
}

#[test]
#[ignore = "run by the others here, each on a bus of its own"]
fn deed_in_a_process() {
    let begun = Instant::now();
    let said = match std::env::var("MAILFERRY_TEST_DEED").as_deref() {
        Ok("set") => keychain::set(HOST, USER, &Secret::new("canary".to_owned())).map_or_else(|problem| problem.what, |()| "kept".to_owned()),
        Ok("delete") => keychain::delete(HOST, USER).map_or_else(|problem| problem.what, |()| "forgotten".to_owned()),
        _ => keychain::get(HOST, USER).map_or_else(|| "nothing".to_owned(), |password| password.expose().to_owned()),
    };
    assert!(begun.elapsed() < Duration::from_secs(5), "a person would wait for {:?}", begun.elapsed());
    println!("KEYCHAIN {said}");
}

#[test]
fn an_open_keychain_keeps_a_password_and_forgets_it() {
    let Some(mut bus) = Bus::set_up() else { return eprintln!("SKIPPED: no dbus-daemon on this computer") };
    if !bus.with_keyring(true) {
        return eprintln!("SKIPPED: no gnome-keyring-daemon on this computer");
    }
    assert_eq!(bus.asks("get"), "nothing");
    assert_eq!(bus.asks("set"), "kept");
    assert_eq!(bus.asks("get"), "canary");
    assert_eq!(bus.asks("delete"), "forgotten");
    assert_eq!(bus.asks("delete"), "forgotten", "none there is no error");
    assert_eq!(bus.asks("get"), "nothing");
}

#[test]
fn a_locked_keychain_and_none_at_all_are_told_in_time_and_nothing_is_kept() {
    let Some(mut bus) = Bus::set_up() else { return eprintln!("SKIPPED: no dbus-daemon on this computer") };
    // Nobody answers to the name.
    assert_eq!(bus.asks("get"), "nothing");
    assert!(bus.asks("set").starts_with("the keychain did"), "{}", bus.asks("set"));
    if !bus.with_keyring(false) {
        return eprintln!("SKIPPED: no gnome-keyring-daemon on this computer");
    }
    // It asks for its password on a screen that is not there, and waits.
    assert_eq!(bus.asks("get"), "nothing");
    assert!(bus.asks("set").starts_with("the keychain d"), "{}", bus.asks("set"));
}
