//! A stage for the built console: a real Dovecot that keeps every command it was sent, and what stands in a user's mailboxes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use mailferry::mail::Sha256Digest;

use crate::support::dovecot::{Dovecot, Options};
use crate::support::eye::{Eye, Seen};

/// A Dovecot and the commands that it was sent.
pub struct Stage {
    pub dovecot: Dovecot,
    raw: tempfile::TempDir,
}

impl Stage {
    /// Starts it; `None` where there is no Dovecot and that is known.
    pub fn new(mut options: Options) -> Option<Self> {
        let raw = tempfile::Builder::new().prefix("mf-raw-").tempdir().expect("a folder");
        fs::set_permissions(raw.path(), fs::Permissions::from_mode(0o777)).expect("set");
        options.more.push_str(&format!("protocol imap {{\n  rawlog_dir = {}\n}}\n", raw.path().display()));
        Some(Self { dovecot: Dovecot::start(options)?, raw })
    }

    /// The words of an ACCOUNT for `user`, without the password.
    pub fn account(&self, user: &str) -> Vec<String> {
        self.account_at(user, self.dovecot.imaps)
    }

    /// The same at another port, where a proxy listens.
    pub fn account_at(&self, user: &str, port: u16) -> Vec<String> {
        let ca = self.dovecot.ca_file().display().to_string();
        ["--account", user, "--host", "localhost", "--port", &port.to_string(), "--ca", &ca, "--no-keychain"].map(str::to_owned).to_vec()
    }

    /// Forgets the commands so far.
    pub fn clear_commands(&self) {
        for file in fs::read_dir(self.raw.path()).expect("listed").flatten() {
            fs::remove_file(file.path()).expect("removed");
        }
    }

    /// The commands since then, by verb, all sessions together. What a literal holds is not taken for a command: it has no tag.
    pub fn commands(&self) -> BTreeMap<String, usize> {
        let mut commands = BTreeMap::new();
        for file in fs::read_dir(self.raw.path()).expect("listed").flatten().filter(|file| file.path().extension().is_some_and(|end| end == "in")) {
            for line in fs::read(file.path()).expect("read").split(|byte| *byte == b'\n') {
                if let Some(verb) = verb(line) {
                    *commands.entry(verb).or_insert(0) += 1;
                }
            }
        }
        commands
    }

    /// What clients said, session by session, word for word.
    #[allow(dead_code, reason = "not every binary that uses this stage asks")]
    pub fn raw_input(&self) -> Vec<String> {
        let files = fs::read_dir(self.raw.path()).expect("listed").flatten().map(|entry| entry.path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "in"))
            .map(|path| String::from_utf8_lossy(&fs::read(path).expect("read")).into_owned())
            .collect()
    }

    /// All that `user` has, by mailbox as on the wire.
    pub fn held(&self, user: &str) -> BTreeMap<String, Vec<Seen>> {
        let mut eye = self.dovecot.eye(user);
        // A level that only has folders below it is listed, and is none itself.
        let real: Vec<String> = eye.mailboxes().into_iter().filter(|mailbox| eye.count(mailbox).is_some()).collect();
        real.into_iter().map(|mailbox| (mailbox.clone(), eye.messages(&mailbox))).collect()
    }
}

/// `1700000000.123 a12 UID FETCH …`: the log's time, the tag, the verb.
fn verb(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line).into_owned();
    let mut words = text.split_ascii_whitespace();
    let _time = words.next().filter(|word| word.contains('.') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))?;
    let _tag = words.next().filter(|word| word.len() <= 12)?;
    let verb = words.next()?.to_ascii_uppercase();
    let known =
        ["APPEND", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STORE", "EXPUNGE", "COPY", "MOVE", "SELECT", "EXAMINE", "SETQUOTA", "SETACL"];
    let other = [
        "CAPABILITY",
        "NAMESPACE",
        "LIST",
        "LSUB",
        "STATUS",
        "FETCH",
        "GETQUOTAROOT",
        "GETQUOTA",
        "ID",
        "ENABLE",
        "LOGOUT",
        "NOOP",
        "SEARCH",
        "UNSELECT",
        "CLOSE",
    ];
    let verb = if verb == "UID" { words.next()?.to_ascii_uppercase() } else { verb };
    (known.contains(&verb.as_str()) || other.contains(&verb.as_str())).then_some(verb)
}

/// Those commands that change something.
pub fn changing(commands: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let harmless = [
        "CAPABILITY",
        "NAMESPACE",
        "LIST",
        "LSUB",
        "STATUS",
        "FETCH",
        "GETQUOTAROOT",
        "GETQUOTA",
        "ID",
        "ENABLE",
        "LOGOUT",
        "NOOP",
        "SEARCH",
        "UNSELECT",
        "EXAMINE",
    ];
    commands.iter().filter(|(verb, _)| !harmless.contains(&verb.as_str())).map(|(verb, count)| (verb.clone(), *count)).collect()
}

/// How often each message is there, by digest, over all mailboxes.
pub fn digests<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> BTreeMap<Sha256Digest, usize> {
    let mut held = BTreeMap::new();
    for bytes in messages {
        *held.entry(Sha256Digest::of(bytes)).or_insert(0) += 1;
    }
    held
}

/// Subscribed names as on the wire, sorted.
pub fn subscribed(eye: &mut Eye) -> Vec<String> {
    let lines = eye.ask("LSUB \"\" \"*\"").expect("listed");
    let text = |line: &Vec<u8>| String::from_utf8_lossy(line).trim_end().to_owned();
    let name = |line: String| line.rsplit_once("\" ").map_or(String::new(), |(_, name)| name.trim_matches('"').to_owned());
    let mut names: Vec<String> = lines.iter().map(text).filter(|line| line.starts_with("* LSUB")).map(name).collect();
    names.sort();
    names
}

/// Every file below `dir` with its digest and time.
pub fn snapshot(dir: &Path) -> BTreeMap<PathBuf, (Sha256Digest, SystemTime)> {
    let mut found = BTreeMap::new();
    for path in files(dir) {
        let modified = fs::metadata(&path).and_then(|facts| facts.modified()).expect("a time");
        found.insert(path.clone(), (Sha256Digest::of(&fs::read(&path).expect("read")), modified));
    }
    found
}

/// Every file below `dir`.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).expect("listed").flatten() {
            if entry.path().is_dir() { waiting.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found
}
