//! The upload against mbsync and against the floor: small messages over TLS to a real Dovecot on loopback.
//!
//! `cargo bench --bench upload [-- COUNT BYTES RUNS FSYNC WITHOUT]` (5000, 4000, 3 and `never`; `optimized` is Dovecot's own
//! default; `without-mbsync` leaves that out). `MAILFERRY_ONE_WAY_MS` puts a delaying proxy, named by `MAILFERRY_DELAY`, between
//! all of them and the server, `MAILFERRY_UP_MBIT` caps its line up.
//! Each uploader is a process of its own and its whole life is counted, sign-in and plan included; the safe copy, the mbox and
//! the Maildir they read are made before. Every run fills a fresh mailbox, the kinds take turns, medians are told.
//!
//! mbsync is left out, by name, where it is not installed. `MAILFERRY_FLOOR` names a raw uploader without a journal; it is
//! called with `--addr --user --mbox --mode multi --batch 500 --tls CA`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/dovecot.rs"]
#[allow(dead_code, clippy::print_stderr)]
mod dovecot;
#[path = "../tests/support/eye.rs"]
#[allow(dead_code)]
mod eye;
#[path = "../tests/support/loopback.rs"]
#[allow(dead_code)]
mod loopback;
#[path = "../tests/support/made_mail.rs"]
#[allow(dead_code)]
mod made_mail;
#[path = "../tests/support/pop3.rs"]
#[allow(dead_code)]
mod pop3;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use dovecot::{Dovecot, Options, PASSWORD};
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

/// The first argument of this program when it is to be an uploader.
const CHILD: &str = "upload-only";

/// Who uploads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Ours,
    OursVerified,
    Mbsync,
    Floor,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ours => "ours",
            Self::OursVerified => "ours, verified",
            Self::Mbsync => "mbsync",
            Self::Floor => "floor",
        })
    }
}

/// What all runs share: the server, and the same mail as each uploader reads it.
struct Stage {
    dir: tempfile::TempDir,
    dovecot: Dovecot,
    line: Option<Line>,
    count: u64,
}

/// A long line on loopback: a proxy that delays each way and caps the rate up. Ends when dropped.
struct Line {
    port: u16,
    proxy: std::process::Child,
}

impl Line {
    /// `None` where the environment asks for none.
    fn lay(dovecot: &Dovecot) -> Option<Self> {
        let one_way = std::env::var("MAILFERRY_ONE_WAY_MS").ok()?;
        let Some(program) = std::env::var_os("MAILFERRY_DELAY") else {
            println!("left out: MAILFERRY_DELAY names no delaying proxy");
            return None;
        };
        let up = std::env::var("MAILFERRY_UP_MBIT").unwrap_or_else(|_| "0".into());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (near, far) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{}", dovecot.imaps));
        let proxy = Command::new(program).args([&near, &far, &one_way, &up, &"0".into()]).spawn().unwrap();
        while std::net::TcpStream::connect(&near).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        println!("line: {one_way} ms each way, {up} Mbit/s up (0: no cap)");
        Some(Self { port, proxy })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.proxy.kill().unwrap();
        self.proxy.wait().unwrap();
    }
}

impl Stage {
    fn new(count: u64, bytes: usize, fsync: &'static str) -> Option<Self> {
        let dovecot = Dovecot::start(Options { fsync, ..Options::default() })?;
        let dir = tempfile::tempdir().unwrap();
        let messages: Vec<Vec<u8>> = (0..count).map(|number| made_mail::message(number, bytes, 1)).collect();
        println!("{count} messages, {:.1} MB; Dovecot with Maildir, mail_fsync={fsync}", messages.iter().map(Vec::len).sum::<usize>() as f64 / 1e6);
        let line = Line::lay(&dovecot);
        let stage = Self { dir, dovecot, line, count };
        fs::write(stage.mbox(), made_mail::mbox(&messages)).unwrap();
        make_maildir(&stage.dir.path().join("maildir"), &messages);
        runtime().block_on(stage.back_up());
        Some(stage)
    }

    fn port(&self) -> u16 {
        self.line.as_ref().map_or(self.dovecot.imaps, |line| line.port)
    }

    fn mbox(&self) -> PathBuf {
        self.dir.path().join("Inbox")
    }

    fn safe_copy(&self) -> PathBuf {
        self.dir.path().join("safe copy")
    }

    async fn back_up(&self) {
        let run = Run::unheard(self.dir.path().join("temp"));
        let stores = discover::resolve(vec![self.mbox().display().to_string()], Vec::new(), &run).await.unwrap();
        let outcome = backup(BackupRequest { stores, out: self.safe_copy(), volume_bytes: None, passphrase: None }, &run).await.unwrap();
        assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
    }

    /// One upload into the mailbox of a fresh user. Seconds from the process's start to its end.
    fn once(&self, kind: Kind, run: usize) -> f64 {
        let user = format!("{kind:?}{run}@maildir").to_lowercase();
        let own = self.dir.path().join(&user);
        fs::create_dir(&own).unwrap();
        let mut command = match kind {
            Kind::Ours | Kind::OursVerified => self.ours(kind, &user, &own),
            Kind::Mbsync => self.mbsync(&user, &own),
            Kind::Floor => self.floor(&user),
        };
        let started = Instant::now();
        let output = command.stdin(Stdio::null()).output().unwrap();
        let seconds = started.elapsed().as_secs_f64();
        let said = || format!("{kind}: {}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}", said());
        assert_eq!(self.dovecot.count(&user, "INBOX"), Some(self.count), "{}", said());
        seconds
    }

    fn ours(&self, kind: Kind, user: &str, own: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(CHILD).arg(self.safe_copy()).arg(own.join("home")).arg(self.dovecot.ca_file());
        command.args([self.port().to_string().as_str(), user, if kind == Kind::OursVerified { "verify" } else { "" }]);
        command
    }

    /// Over a Maildir of its own, as mbsync renames what it has uploaded.
    fn mbsync(&self, user: &str, own: &Path) -> Command {
        let maildir = own.join("INBOX");
        assert!(Command::new("cp").arg("-r").arg(self.dir.path().join("maildir")).arg(&maildir).status().unwrap().success());
        let config = own.join("mbsyncrc");
        let (port, ca, own) = (self.port(), self.dovecot.ca_file(), own.display());
        let text = format!(
            "IMAPAccount far\nHost localhost\nPort {port}\nUser {user}\nPass {PASSWORD}\nSSLType IMAPS\nSystemCertificates no\nCertificateFile {}\nAuthMechs LOGIN\n\n\
             IMAPStore far\nAccount far\n\nMaildirStore near\nPath {own}/\nInbox {}\n\n\
             Channel upload\nFar :far:INBOX\nNear :near:INBOX\nSync PushNew\nCopyArrivalDate yes\nSyncState {own}/state\n",
            ca.display(),
            maildir.display()
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new("mbsync");
        command.arg("-q").arg("-c").arg(&config).arg("upload");
        command
    }

    fn floor(&self, user: &str) -> Command {
        let mut command = Command::new(std::env::var_os("MAILFERRY_FLOOR").unwrap());
        command.args(["--addr", &format!("127.0.0.1:{}", self.port()), "--user", user, "--mode", "multi", "--batch", "500"]);
        command.arg("--mbox").arg(self.mbox()).arg("--tls").arg(self.dovecot.ca_file());
        command
    }
}

fn make_maildir(dir: &Path, messages: &[Vec<u8>]) {
    for sub in ["cur", "new", "tmp"] {
        fs::create_dir_all(dir.join(sub)).unwrap();
    }
    for (number, message) in messages.iter().enumerate() {
        let lines = String::from_utf8(message.clone()).unwrap().replace("\r\n", "\n");
        fs::write(dir.join(format!("cur/1546300800.{number}.bench:2,S")), lines).unwrap();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// The uploader itself: the deed as the console starts it.
fn upload_only(arguments: &[String]) {
    let [archive, home, ca, port, user, verify] = arguments else { panic!("{arguments:?}") };
    let endpoint = Endpoint { host: "localhost".into(), port: port.parse().unwrap(), tls: TlsMode::Implicit };
    let account = Account { address: user.clone(), user: user.clone(), endpoint, pin: None };
    let trust = Trust::platform().with_pem_file(Path::new(ca)).unwrap();
    let request = UploadRequest {
        archive: archive.into(),
        passphrase: None,
        far: Far { account, password: Secret::new(PASSWORD.into()), reach: Reach::trusting(trust), timeouts: Timeouts::default() },
        choices: Choices { pop_stopped: true, ..Choices::default() },
        provider: Provider::default(),
        home: Home::at(home),
        job: None,
        timing: Timing::default(),
    };
    let run = Run::unheard(std::env::temp_dir());
    let outcome = runtime().block_on(upload(&request, !verify.is_empty(), &run)).unwrap();
    assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn kinds() -> Vec<Kind> {
    let mut kinds = vec![Kind::Ours, Kind::OursVerified];
    if std::env::args().any(|argument| argument == "without-mbsync") {
        println!("left out by choice: mbsync");
    } else {
        match Command::new("mbsync").arg("--version").stdout(Stdio::null()).status() {
            Ok(_) => kinds.push(Kind::Mbsync),
            Err(_) => println!("left out: mbsync is not installed"),
        }
    }
    match std::env::var_os("MAILFERRY_FLOOR") {
        Some(_) => kinds.push(Kind::Floor),
        None => println!("left out: MAILFERRY_FLOOR names no floor"),
    }
    kinds
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == CHILD) {
        return upload_only(&arguments[1..]);
    }
    let numbers: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, usual: usize| numbers.get(at).copied().unwrap_or(usual);
    let (count, bytes, runs) = (number(0, 5_000), number(1, 4_000), number(2, 3));
    let fsync = if arguments.iter().any(|argument| argument == "optimized") { "optimized" } else { "never" };
    let Some(stage) = Stage::new(count as u64, bytes, fsync) else { return };
    let kinds = kinds();
    let mut seconds = vec![Vec::new(); kinds.len()];
    for run in 0..runs {
        for (kind, seconds) in kinds.iter().zip(&mut seconds) {
            seconds.push(stage.once(*kind, run));
        }
    }
    let ours = median(seconds[0].clone());
    for (kind, seconds) in kinds.iter().zip(seconds) {
        let all: Vec<String> = seconds.iter().map(|seconds| format!("{seconds:.2}")).collect();
        let median = median(seconds);
        println!("{kind:15} {median:6.2} s  {:6.0} msg/s  {:5.2} × ours  ({})", count as f64 / median, median / ours, all.join(", "));
    }
}
