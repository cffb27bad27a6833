//! The upload against its peers and against the floor: over TLS to a real Dovecot on loopback, started here with all that is needed.
//!
//! `cargo bench --bench upload [-- WORD…]`. A number is COUNT, BYTES, RUNS in this order (5000, 4000, 3); `mixed` takes the sizes of real
//! mail instead of BYTES; `ms=20` puts a line with 20 ms each way between all of them and the server, `mbit=20` caps it towards the
//! server; `optimized` is Dovecot's own `mail_fsync` (else `never`); `without-NAME` leaves one out; `all` runs the whole table.
//! `folders=8` spreads the mail over so many (ours alone then), `connections=4` lets ours use so many (else as many as it sees fit), and
//! `lacks=MULTIAPPEND,LITERAL+` takes capabilities from the server.
//!
//! Each uploader is a process of its own and its whole life is counted, sign-in and plan included; the safe copy, the mbox and the Maildir
//! they read are made before. Every run fills a fresh mailbox whose server tells its room, as mail firms' do (where it does not, only one
//! command may be on the wire, DESIGN rule 7); the kinds take turns, medians are told. What is not installed is left out by name.
//!
//! With `MAILFERRY_COMPRESS=1` Dovecot offers COMPRESS=DEFLATE, and what passed over the line is told beside what was sent.
//!
//! `MAILFERRY_FLOOR` names a raw uploader without a journal. It is called with `--addr --user --mbox --mode multi --batch 500 --tls CA`, and
//! for one APPEND after the other with `--mode seq --limit N` (few messages: on a long line they take a round trip each).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/dovecot.rs"]
#[allow(dead_code, clippy::print_stderr)]
mod dovecot;
#[path = "../tests/support/eye.rs"]
#[allow(dead_code)]
mod eye;
#[path = "../tests/support/line.rs"]
#[allow(dead_code)]
mod line;
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
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dovecot::{Dovecot, Options, PASSWORD};
use line::Line;
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
    OneByOne,
    Doveadm,
    Floor,
    FloorPlain,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ours => "ours",
            Self::OursVerified => "ours, verified",
            Self::Mbsync => "mbsync",
            Self::OneByOne => "one by one",
            Self::Doveadm => "doveadm import",
            Self::Floor => "floor",
            Self::FloorPlain => "floor, no TLS",
        })
    }
}

/// What all runs share: the server, and the same mail as each uploader reads it.
struct Stage {
    dir: tempfile::TempDir,
    dovecot: Dovecot,
    line: Option<Line>,
    /// The same, to the port without TLS: what TLS costs the floor. Mailferry has no such path.
    plain_line: Option<Line>,
    count: u64,
    connections: Option<u16>,
}

/// One APPEND after the other is measured over so many messages.
const ONE_BY_ONE: u64 = 300;

impl Stage {
    fn new(scene: &Scene) -> Option<Self> {
        let Scene { count, bytes, fsync, folders, connections, .. } = *scene;
        let compress = std::env::var_os("MAILFERRY_COMPRESS").is_some_and(|value| value == "1");
        let without = scene.lacks.clone();
        let dovecot = Dovecot::start(Options { fsync, compress, without, ..Options::default() })?;
        let dir = tempfile::tempdir().unwrap();
        let messages = if scene.mixed { made_mail::mixed(count, 1) } else { (0..count).map(|number| made_mail::message(number, bytes, 1)).collect() };
        println!("{count} messages, {:.1} MB; Dovecot with Maildir, mail_fsync={fsync}", messages.iter().map(Vec::len).sum::<usize>() as f64 / 1e6);
        let line_to = |port| (scene.one_way_ms + scene.up_mbit > 0).then(|| Line::to(port, Duration::from_millis(scene.one_way_ms), scene.up_mbit));
        let (line, plain_line) = (line_to(dovecot.imaps), line_to(dovecot.imap));
        if line.is_some() {
            let offers = if compress { "; COMPRESS=DEFLATE is offered" } else { "" };
            println!("line: {} ms each way, {} Mbit/s up (0: no cap){offers}", scene.one_way_ms, scene.up_mbit);
        }
        let stage = Self { dir, dovecot, line, plain_line, count, connections };
        fs::create_dir(stage.mail()).unwrap();
        fs::write(stage.mbox(), made_mail::mbox(&messages[..messages.len().div_ceil(folders)])).unwrap();
        for (number, part) in messages.chunks(messages.len().div_ceil(folders)).enumerate().skip(1) {
            fs::write(stage.mail().join(format!("Folder {number}")), made_mail::mbox(part)).unwrap();
        }
        make_maildir(&stage.dir.path().join("maildir"), &messages);
        runtime().block_on(stage.back_up());
        Some(stage)
    }

    fn port(&self) -> u16 {
        self.line.as_ref().map_or(self.dovecot.imaps, |line| line.port)
    }

    fn plain_port(&self) -> u16 {
        self.plain_line.as_ref().map_or(self.dovecot.imap, |line| line.port)
    }

    fn mail(&self) -> PathBuf {
        self.dir.path().join("mail")
    }

    fn mbox(&self) -> PathBuf {
        self.mail().join("Inbox")
    }

    fn safe_copy(&self) -> PathBuf {
        self.dir.path().join("safe copy")
    }

    async fn back_up(&self) {
        let run = Run::unheard(self.dir.path().join("temp"));
        let stores = discover::resolve(vec![self.mail().display().to_string()], Vec::new(), &run).await.unwrap();
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
            Kind::Floor => self.floor(&user, true, &["--mode", "multi", "--batch", "500"]),
            Kind::FloorPlain => self.floor(&user, false, &["--mode", "multi", "--batch", "500"]),
            Kind::OneByOne => self.floor(&user, true, &["--mode", "seq", "--limit", &ONE_BY_ONE.to_string()]),
            Kind::Doveadm => self.doveadm(&user, &own),
        };
        let passed = || self.line.as_ref().map_or(0, |line| line.passed.up.load(Ordering::Relaxed));
        let (before, started) = (passed(), Instant::now());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let seconds = started.elapsed().as_secs_f64();
        if kind == Kind::Ours && self.line.is_some() {
            println!("{kind}: {:.1} MB passed over the line", (passed() - before) as f64 / 1e6);
        }
        let said = || format!("{kind}: {}\n{}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}", said());
        let mut eye = self.dovecot.eye(&user);
        let there: u64 = eye.mailboxes().iter().filter_map(|mailbox| eye.count(mailbox)).sum();
        assert_eq!(there, self.sent_by(kind), "{}", said());
        seconds
    }

    /// How many messages one run of `kind` sends.
    fn sent_by(&self, kind: Kind) -> u64 {
        if kind == Kind::OneByOne { ONE_BY_ONE.min(self.count) } else { self.count }
    }

    fn ours(&self, kind: Kind, user: &str, own: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(CHILD).arg(self.safe_copy()).arg(own.join("home")).arg(self.dovecot.ca_file());
        command.args([self.port().to_string().as_str(), user, if kind == Kind::OursVerified { "verify" } else { "" }]);
        command.arg(self.connections.map_or(String::new(), |connections| connections.to_string()));
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

    fn floor(&self, user: &str, tls: bool, mode: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("MAILFERRY_FLOOR").unwrap());
        let port = if tls { self.port() } else { self.plain_port() };
        command.args(["--addr", &format!("127.0.0.1:{port}"), "--user", user]).args(mode).arg("--mbox").arg(self.mbox());
        if tls {
            command.arg("--tls").arg(self.dovecot.ca_file());
        }
        command
    }

    /// No network at all: Dovecot's own importer, on the server.
    fn doveadm(&self, user: &str, own: &Path) -> Command {
        fs::copy(self.mbox(), own.join("Inbox")).unwrap();
        for open in [self.dir.path(), own, &own.join("Inbox")] {
            fs::set_permissions(open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        }
        let mut command = self.dovecot.doveadm_command();
        let source = format!("mbox:{0}:INBOX={0}/Inbox:INDEX=MEMORY", own.display());
        command.args(["import", "-u", user, &source, "", "all"]);
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
    let [archive, home, ca, port, user, verify, connections] = arguments else { panic!("{arguments:?}") };
    let endpoint = Endpoint { host: "localhost".into(), port: port.parse().unwrap(), tls: TlsMode::Implicit };
    let account = Account { address: user.clone(), user: user.clone(), endpoint, pin: None };
    let trust = Trust::platform().with_pem_file(Path::new(ca)).unwrap();
    let request = UploadRequest {
        archive: archive.into(),
        passphrase: None,
        far: Far { account, password: Secret::new(PASSWORD.into()), reach: Reach::trusting(trust), timeouts: Timeouts::default() },
        choices: Choices { pop_stopped: true, connections: connections.parse().ok(), ..Choices::default() },
        provider: Provider::default(),
        home: Home::at(home),
        job: None,
        timing: Timing::default(),
    };
    let run = Run::unheard(std::env::temp_dir());
    // On a worker, as the console does: the thread that hears of the socket then goes on by itself.
    let verify = !verify.is_empty();
    let outcome = runtime().block_on(async { tokio::spawn(async move { upload(&request, verify, &run).await }).await.unwrap() }).unwrap();
    assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn kinds(words: &[String], scene: &Scene) -> Vec<Kind> {
    if scene.folders > 1 {
        return vec![Kind::Ours];
    }
    let has_floor = std::env::var_os("MAILFERRY_FLOOR").is_some();
    let has_mbsync = Command::new("mbsync").arg("--version").stdout(Stdio::null()).status().is_ok();
    let wanted = |kind: &Kind| {
        let name = format!("without-{kind:?}").to_lowercase();
        let why = match kind {
            _ if words.iter().any(|word| word.to_lowercase() == name) => "by choice",
            Kind::Mbsync if !has_mbsync => "not installed",
            Kind::Floor | Kind::FloorPlain | Kind::OneByOne if !has_floor => "MAILFERRY_FLOOR names no floor",
            Kind::Doveadm if scene.one_way_ms + scene.up_mbit > 0 => "it knows no line",
            _ => return true,
        };
        println!("left out: {kind} ({why})");
        false
    };
    [Kind::Ours, Kind::OursVerified, Kind::Mbsync, Kind::OneByOne, Kind::Doveadm, Kind::Floor, Kind::FloorPlain].into_iter().filter(wanted).collect()
}

/// What is sent, and over which line.
#[derive(Clone, Debug)]
struct Scene {
    count: u64,
    bytes: usize,
    runs: usize,
    mixed: bool,
    fsync: &'static str,
    one_way_ms: u64,
    up_mbit: u64,
    folders: usize,
    connections: Option<u16>,
    lacks: Vec<&'static str>,
}

impl Scene {
    fn of(words: &[String]) -> Self {
        let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
        let number = |at: usize, usual: u64| numbers.get(at).copied().unwrap_or(usual);
        let text = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let value = |name: &str| text(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        let has = |name: &str| words.iter().any(|word| word == name);
        let fsync = if has("optimized") { "optimized" } else { "never" };
        let (count, bytes, runs) = (number(0, 5_000), number(1, 4_000) as usize, number(2, 3) as usize);
        let lacks = text("lacks").map(|names| names.split(',').map(|name| &*Box::leak(name.to_owned().into_boxed_str())).collect()).unwrap_or_default();
        let folders = usize::try_from(value("folders").max(1)).unwrap();
        let connections = u16::try_from(value("connections")).ok().filter(|connections| *connections > 0);
        Self { count, bytes, runs, mixed: has("mixed"), fsync, one_way_ms: value("ms"), up_mbit: value("mbit"), folders, connections, lacks }
    }

    fn run(&self, words: &[String]) {
        let Some(stage) = Stage::new(self) else { return };
        let kinds = kinds(words, self);
        let mut seconds = vec![Vec::new(); kinds.len()];
        for run in 0..self.runs {
            for (kind, seconds) in kinds.iter().zip(&mut seconds) {
                seconds.push(stage.once(*kind, run));
            }
        }
        let rate = |kind: Kind, seconds: &[f64]| stage.sent_by(kind) as f64 / median(seconds.to_vec());
        let ours = kinds.iter().zip(&seconds).find(|(kind, _)| **kind == Kind::Ours).map_or(f64::NAN, |(kind, seconds)| rate(*kind, seconds));
        for (kind, seconds) in kinds.iter().zip(&seconds) {
            let all: Vec<String> = seconds.iter().map(|seconds| format!("{seconds:.2}")).collect();
            let rate = rate(*kind, seconds);
            println!("{kind:15} {:6.2} s  {rate:6.0} msg/s  ours is {:5.2} × it  ({})", median(seconds.clone()), ours / rate, all.join(", "));
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|first| first == CHILD) {
        return upload_only(&words[1..]);
    }
    let scene = Scene::of(&words);
    if !words.iter().any(|word| word == "all") {
        return scene.run(&words);
    }
    for (one_way_ms, up_mbit) in [(0, 0), (20, 0), (20, 20)] {
        for (count, mixed) in [(5_000, false), (20_000, false), (2_000, true)] {
            Scene { count, mixed, one_way_ms, up_mbit, ..scene.clone() }.run(&words);
        }
    }
}
