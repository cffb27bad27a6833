//! A stage for one test: made mail in a safe copy, a server, a home, and no waiting.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use mailferry::account::{Account, Endpoint, Secret, TlsMode};
use mailferry::archive::Archive;
use mailferry::autoconfig::provider::Provider;
use mailferry::engine::backup::{BackupRequest, backup};
use mailferry::engine::discover;
use mailferry::engine::far::Far;
use mailferry::engine::plan::Choices;
use mailferry::engine::timing::Timing;
use mailferry::engine::upload::{Outcome, UploadRequest, dry_run, upload, verify_only};
use mailferry::imap::Timeouts;
use mailferry::mail::{Sha256Digest, wire};
use mailferry::net::{Reach, Trust};
use mailferry::practice::server::{Config, Server};
use mailferry::run::{Problem, Run};
use mailferry::settings::Home;
use tempfile::TempDir;

pub const USER: &str = "practice@mailferry.example";

/// Short waits: what they stand for is tested, not their length.
pub fn quick() -> Timing {
    Timing {
        between_looks: Duration::from_millis(10),
        settle_after: Duration::from_millis(30),
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
        patience: Duration::from_secs(60),
        fruitless_tries: 400,
        obeys_backoff: false,
        look_at_clock: Duration::from_millis(5),
        stopping: Duration::from_secs(2),
        ..Timing::default()
    }
}

pub struct Scene {
    pub dir: TempDir,
    pub request: UploadRequest,
}

/// One small message with a number in it.
pub fn message(n: usize) -> Vec<u8> {
    let body = format!("This is message {n}.\r\n").repeat(1 + n % 7);
    format!(
        "From: Ann <ann@sender.example>\r\nTo: Ben <ben@home.example>\r\nSubject: Message {n}\r\nMessage-ID: <m{n}@sender.example>\r\nDate: Mon, 2 Jan 2023 10:{:02}:{:02} +0100\r\n\r\n{body}",
        n / 60 % 60,
        n % 60
    )
    .into_bytes()
}

pub fn messages(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(message).collect()
}

impl Scene {
    /// Makes a safe copy of `folders` and a request for the practice server.
    pub async fn new(folders: &[(&str, Vec<Vec<u8>>)], server: &Server) -> Self {
        let endpoint = Endpoint { host: Server::HOST.into(), port: server.port, tls: TlsMode::Implicit };
        let trust = Trust::only(server.ca_der.clone());
        Self::at(folders, endpoint, USER, "practice", trust).await
    }

    /// The same for any server.
    pub async fn at(folders: &[(&str, Vec<Vec<u8>>)], endpoint: Endpoint, user: &str, password: &str, trust: Trust) -> Self {
        let source = |mail: &Path| {
            for (folder, mails) in folders {
                let folder = mail.join(folder);
                std::fs::create_dir_all(&folder).expect("room");
                for (n, mail) in mails.iter().enumerate() {
                    std::fs::write(folder.join(format!("{n:06}.eml")), mail).expect("room");
                }
            }
        };
        Self::of(source, endpoint, user, password, trust).await
    }

    /// The same of whatever mail `source` writes into the directory that it is given.
    pub async fn of(source: impl FnOnce(&Path), endpoint: Endpoint, user: &str, password: &str, trust: Trust) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        source(&dir.path().join("mail"));
        let account = Account { address: user.into(), user: user.into(), endpoint, pin: None };
        let request = UploadRequest {
            archive: dir.path().join("safe copy"),
            passphrase: None,
            far: Far { account, password: Secret::new(password.into()), reach: Reach::trusting(trust), timeouts: Timeouts::default() },
            choices: Choices::default(),
            provider: Provider::default(),
            home: Home::at(dir.path().join("home")),
            job: None,
            timing: quick(),
        };
        let scene = Self { dir, request };
        scene.back_up().await;
        scene
    }

    pub async fn back_up(&self) {
        let run = self.run();
        let source = self.dir.path().join("mail").display().to_string();
        let stores = discover::resolve(vec![source], Vec::new(), &run).await.expect("mail");
        let request = BackupRequest { stores, out: self.request.archive.clone(), volume_bytes: None, passphrase: None };
        let outcome = backup(request, &run).await.expect("a safe copy");
        assert!(outcome.problem.is_none(), "{:?}", outcome.problem);
    }

    pub fn run(&self) -> Run {
        Run::unheard(self.dir.path().join("temp"))
    }

    pub async fn upload(&self) -> Result<Outcome, Problem> {
        upload(&self.request, true, &self.run()).await
    }

    pub async fn verify(&self) -> Result<Outcome, Problem> {
        verify_only(&self.request, &self.run()).await
    }

    pub async fn plan(&self) -> mailferry::engine::plan::Plan {
        dry_run(&self.request, &self.run()).await.expect("a plan")
    }

    /// Forgets every job, as a fresh computer would.
    pub fn forget_jobs(&self) {
        std::fs::remove_dir_all(self.request.home.root().join("jobs")).expect("removed");
    }

    /// How often each message should be on the server, by digest of its wire bytes.
    pub async fn wanted(&self) -> BTreeMap<Sha256Digest, usize> {
        let archive = Archive::open(&self.request.archive, None).expect("a safe copy");
        let mut wanted = BTreeMap::new();
        let mut stream = mailferry::flow::MessageSource::read(Box::new(archive.source()), mailferry::flow::Selection::All, &self.run());
        while let Some(held) = stream.next().await {
            if let mailferry::flow::StreamItem::Message { message, .. } = held.item
                && !message.deleted
            {
                let facts = wire::measure(&message.body, message.rules).expect("readable");
                *wanted.entry(facts.wire_sha256).or_insert(0) += 1;
            }
        }
        wanted
    }
}

/// What a practice server holds, by digest, over all mailboxes.
pub fn held(server: &Server) -> BTreeMap<Sha256Digest, usize> {
    let mut held = BTreeMap::new();
    for mailbox in server.mailboxes() {
        for stored in server.messages(&mailbox) {
            *held.entry(Sha256Digest::of(&stored.bytes)).or_insert(0) += 1;
        }
    }
    held
}

/// How many APPEND commands a practice server was sent.
pub fn appends(server: &Server) -> usize {
    server.command_log().iter().filter(|logged| logged.verb == "APPEND").count()
}

pub fn practice() -> Server {
    Server::start(Config::default()).expect("a free port")
}

/// Nothing lost, nothing doubled, nothing changed; the sum closes; and a run after that does nothing.
pub async fn assert_whole(scene: &Scene, server: &Server, what: &str) {
    assert_eq!(held(server), scene.wanted().await, "{what}: lost, doubled or changed");
    server.clear_command_log();
    let again = scene.upload().await.unwrap_or_else(|problem| panic!("{what}: a second run: {problem}"));
    assert_eq!(appends(server), 0, "{what}: the run after that must send nothing");
    assert_eq!(again.report.tally.unexplained, 0, "{what}: {:?}", again.report.tally);
    assert_eq!(again.report.exit, 0, "{what}: {}", brief(&again));
    assert!(again.report.verification.as_ref().is_some_and(|verification| verification.is_green()), "{what}: {:?}", again.report.verification);
}

/// What a failed assertion shows of an outcome.
pub fn brief(outcome: &Outcome) -> String {
    let report = &outcome.report;
    let tally = &report.tally;
    let verification = report.verification.as_ref().map(|v| (v.missing.len(), v.changed.len(), v.doubled.len()));
    format!(
        "exit {} found {} uploaded {} there {} kept {:?} failed {} unexplained {} gone {} missing/changed/doubled {verification:?} problem {:?}",
        report.exit,
        tally.found,
        tally.uploaded,
        tally.already_there,
        tally.kept_by,
        tally.failed.len(),
        tally.unexplained,
        tally.gone_by_owner,
        outcome.problem
    )
}
