//! From server to server against mbsync with two remotes and interimap: real Dovecots on loopback, TLS on both sides.
//!
//! `cargo bench --bench sync [-- first COUNT BYTES RUNS]` (10000, 4000, 3) copies COUNT messages into a fresh account, each tool a
//! process of its own, its whole life counted; ours plans, journals and verifies besides. `cargo bench --bench sync -- quiet COUNT
//! RUNS` (50000, 7) makes a pass with nothing new over accounts that each tool had brought in step before, against a floor: a
//! process that signs in on both sides at once and SELECTs. Both: turns are taken, medians told, with the peak of resident memory.
//! `MAILFERRY_ONE_WAY_MS` and `MAILFERRY_DELAY` put a delaying proxy before both servers, as in the bench `upload`.
//!
//! A tool that is not installed is left out, by name.
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
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dovecot::{Dovecot, Options, PASSWORD};
use mailferry::account::{Account, Endpoint, Secret, TlsMode};
use mailferry::engine::far::Far;
use mailferry::imap::Timeouts;
use mailferry::net::{Reach, Trust};
use mailferry::run::Run;

/// The first argument of this program when it is to be the floor.
const CHILD: &str = "floor-only";
const OLD: &str = "old@maildir";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Ours,
    Mbsync,
    Interimap,
    Floor,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ours => "ours",
            Self::Mbsync => "mbsync",
            Self::Interimap => "interimap",
            Self::Floor => "floor",
        })
    }
}

/// A long line on loopback. Ends when dropped.
struct Line {
    port: u16,
    proxy: Child,
}

impl Line {
    /// `None` where the environment asks for none.
    fn lay(server: u16) -> Option<Self> {
        let one_way = std::env::var("MAILFERRY_ONE_WAY_MS").ok()?;
        let Some(program) = std::env::var_os("MAILFERRY_DELAY") else {
            println!("left out: MAILFERRY_DELAY names no delaying proxy");
            return None;
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (near, far) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{server}"));
        let proxy = Command::new(program).args([near.as_str(), &far, &one_way, "0", "0"]).spawn().unwrap();
        while std::net::TcpStream::connect(&near).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        println!("line: {one_way} ms each way");
        Some(Self { port, proxy })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.proxy.kill().unwrap();
        self.proxy.wait().unwrap();
    }
}

struct Stage {
    dir: tempfile::TempDir,
    old: Dovecot,
    new: Dovecot,
    lines: [Option<Line>; 2],
    count: u64,
}

impl Stage {
    fn new(count: u64, bytes: usize) -> Option<Self> {
        let (old, new) = (Dovecot::start(Options::default())?, Dovecot::start(Options::default())?);
        let lines = [Line::lay(old.imaps), Line::lay(new.imaps)];
        let stage = Self { dir: tempfile::tempdir().unwrap(), old, new, lines, count };
        let mut eye = stage.old.eye(OLD);
        let mut total = 0;
        for first in (0..count).step_by(500) {
            let mut command = "APPEND \"INBOX\"".to_owned();
            for n in first..count.min(first + 500) {
                let message = made_mail::message(n, bytes, 1);
                total += message.len();
                command.push_str(&format!(" (\\Seen) \"{:02}-Mar-2019 10:{:02}:00 +0100\" {{{}+}}\r\n", 1 + n % 28, n % 60, message.len()));
                command.push_str(std::str::from_utf8(&message).unwrap());
            }
            eye.ask(&command).unwrap();
        }
        println!("{count} messages, {:.1} MB; two Dovecots with Maildir, TLS", total as f64 / 1e6);
        Some(stage)
    }

    fn ports(&self) -> [u16; 2] {
        let port = |line: &Option<Line>, server: u16| line.as_ref().map_or(server, |line| line.port);
        [port(&self.lines[0], self.old.imaps), port(&self.lines[1], self.new.imaps)]
    }

    fn command(&self, kind: Kind, user: &str, own: &Path) -> Command {
        fs::create_dir_all(own).unwrap();
        match kind {
            Kind::Ours => self.ours(user, own),
            Kind::Mbsync => self.mbsync(user, own),
            Kind::Interimap => self.interimap(user, own),
            Kind::Floor => self.floor(user),
        }
    }

    /// One run; seconds from the process's start to its end, and its peak of resident memory in MB.
    fn once(&self, kind: Kind, user: &str, own: &Path) -> (f64, f64) {
        let mut command = self.command(kind, user, own);
        let output = fs::File::create(own.join("output")).unwrap();
        let started = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap();
        let mut peak = 0.0_f64;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            peak = peak.max(resident_mb(child.id()));
            std::thread::sleep(Duration::from_millis(2));
        };
        let seconds = started.elapsed().as_secs_f64();
        let said = || fs::read_to_string(own.join("output")).unwrap_or_default();
        assert!(status.success(), "{kind}: {status}\n{}", said());
        if kind != Kind::Floor {
            assert_eq!(self.new.count(user, "INBOX"), Some(self.count), "{kind}: {}", said());
        }
        (seconds, peak)
    }

    fn ours(&self, user: &str, own: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailferry-cli"));
        let [old, new] = self.ports().map(|port| port.to_string());
        command.args(["sync", "--old-account", OLD, "--old-host", "localhost", "--old-port", &old, "--old-ca"]).arg(self.old.ca_file());
        command.args(["--account", user, "--host", "localhost", "--port", &new, "--ca"]).arg(self.new.ca_file());
        command.args(["--no-keychain", "--json", "--home"]).arg(own.join("home"));
        command.env("MAILFERRY_OLD_PASSWORD", PASSWORD).env("MAILFERRY_PASSWORD", PASSWORD);
        command
    }

    fn mbsync(&self, user: &str, own: &Path) -> Command {
        let [old, new] = self.ports();
        let account = |name: &str, port: u16, user: &str, ca: PathBuf| {
            format!(
                "IMAPAccount {name}\nHost localhost\nPort {port}\nUser {user}\nPass {PASSWORD}\nSSLType IMAPS\nSystemCertificates no\nCertificateFile {}\nAuthMechs LOGIN\n\n\
                 IMAPStore {name}\nAccount {name}\n\n",
                ca.display()
            )
        };
        let text = format!(
            "{}{}Channel both\nFar :old:INBOX\nNear :new:INBOX\nSync Pull\nCopyArrivalDate yes\nSyncState {}/state\n",
            account("old", old, OLD, self.old.ca_file()),
            account("new", new, user, self.new.ca_file()),
            own.display()
        );
        fs::write(own.join("mbsyncrc"), text).unwrap();
        let mut command = Command::new("mbsync");
        command.arg("-q").arg("-c").arg(own.join("mbsyncrc")).arg("both");
        command
    }

    fn interimap(&self, user: &str, own: &Path) -> Command {
        let [old, new] = self.ports();
        let section = |name: &str, port: u16, user: &str, ca: PathBuf| {
            format!(
                "[{name}]\ntype = imaps\nhost = localhost\nport = {port}\nusername = {user}\npassword = {PASSWORD}\nauth = PLAIN\nSSL_CAfile = {}\n\n",
                ca.display()
            )
        };
        let text = format!(
            "database = {}/state.db\nlist-mailbox = INBOX\n\n{}{}",
            own.display(),
            section("local", new, user, self.new.ca_file()),
            section("remote", old, OLD, self.old.ca_file())
        );
        fs::write(own.join("config"), text).unwrap();
        let mut command = Command::new("interimap");
        command.arg("--config").arg(own.join("config")).arg("--quiet");
        command
    }

    fn floor(&self, user: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let [old, new] = self.ports().map(|port| port.to_string());
        command.args([CHILD, &old, &new, user]).arg(self.old.ca_file()).arg(self.new.ca_file());
        command
    }
}

fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Signs in on both sides at once, opens INBOX with CONDSTORE, and says goodbye.
fn floor_only(arguments: &[String]) {
    let [old, new, user, old_ca, new_ca] = arguments else { panic!("{arguments:?}") };
    let far = |user: &str, port: &str, ca: &str| {
        let endpoint = Endpoint { host: "localhost".into(), port: port.parse().unwrap(), tls: TlsMode::Implicit };
        let account = Account { address: user.into(), user: user.into(), endpoint, pin: None };
        let trust = Trust::platform().with_pem_file(Path::new(ca)).unwrap();
        Far { account, password: Secret::new(PASSWORD.into()), reach: Reach::trusting(trust), timeouts: Timeouts::default() }
    };
    let (old, new) = (far(OLD, old, old_ca), far(user, new, new_ca));
    let side = async |far: Far| {
        let mut session = far.connect(&Run::unheard(std::env::temp_dir())).await.unwrap();
        let selected = session.select("INBOX").await.unwrap();
        assert!(selected.highest_modseq.is_some());
        session.logout().await;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::join!(side(old), side(new)) });
}

fn kinds(with_floor: bool) -> Vec<Kind> {
    let mut kinds = vec![Kind::Ours];
    for (kind, program) in [(Kind::Mbsync, "mbsync"), (Kind::Interimap, "interimap")] {
        if std::env::args().any(|argument| argument == format!("without-{program}")) {
            println!("left out by choice: {program}");
            continue;
        }
        match Command::new(program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status() {
            Ok(_) => kinds.push(kind),
            Err(_) => println!("left out: {program} is not installed"),
        }
    }
    if with_floor {
        kinds.push(Kind::Floor);
    }
    kinds
}

fn tell(kinds: &[Kind], results: Vec<Vec<(f64, f64)>>, count: u64) {
    let middle = |mut numbers: Vec<f64>| {
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    let seconds = |results: &[(f64, f64)]| results.iter().map(|(seconds, _)| *seconds).collect::<Vec<_>>();
    let ours = middle(seconds(&results[0]));
    for (kind, results) in kinds.iter().zip(results) {
        let all: Vec<String> = results.iter().map(|(seconds, _)| format!("{seconds:.3}")).collect();
        let (median, peak) = (middle(seconds(&results)), results.iter().map(|(_, peak)| *peak).fold(0.0, f64::max));
        println!("{kind:10} {median:8.3} s  {:7.0} msg/s  {:5.2} × ours  {peak:4.0} MB  ({})", count as f64 / median, median / ours, all.join(", "));
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == CHILD) {
        return floor_only(&arguments[1..]);
    }
    let numbers: Vec<u64> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, usual: u64| numbers.get(at).copied().unwrap_or(usual);
    if arguments.iter().any(|argument| argument == "quiet") {
        let (count, runs) = (number(0, 50_000), number(1, 7));
        let Some(stage) = Stage::new(count, 600) else { return };
        let kinds = kinds(true);
        let place = |kind: Kind| (format!("{kind:?}@maildir").to_lowercase(), stage.dir.path().join(format!("{kind:?}")));
        for kind in kinds.iter().filter(|kind| **kind != Kind::Floor) {
            let (user, own) = place(*kind);
            let (seconds, peak) = stage.once(*kind, &user, &own);
            println!("{kind:10} brought in step in {seconds:.1} s, {peak:.0} MB");
            let _settled = stage.once(*kind, &user, &own); // a first pass after it writes down what it found
        }
        let mut results = vec![Vec::new(); kinds.len()];
        for _ in 0..runs {
            for (kind, results) in kinds.iter().zip(&mut results) {
                let (user, own) = place(if *kind == Kind::Floor { Kind::Ours } else { *kind });
                results.push(stage.once(*kind, &user, &own));
            }
        }
        return tell(&kinds, results, count);
    }
    let (count, bytes, runs) = (number(0, 10_000), usize::try_from(number(1, 4_000)).unwrap(), number(2, 3));
    let Some(stage) = Stage::new(count, bytes) else { return };
    let kinds = kinds(false);
    let mut results = vec![Vec::new(); kinds.len()];
    for run in 0..runs {
        for (kind, results) in kinds.iter().zip(&mut results) {
            let user = format!("{kind:?}{run}@maildir").to_lowercase();
            let own = stage.dir.path().join(&user);
            results.push(stage.once(*kind, &user, &own));
        }
    }
    tell(&kinds, results, count);
}
