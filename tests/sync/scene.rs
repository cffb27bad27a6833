//! A stage for one test: two servers or two users of one, made mail at the old one, a home, and no waiting.

use std::collections::BTreeMap;
use std::time::Duration;

use mailferry::account::{Account, Endpoint, Secret, TlsMode};
use mailferry::autoconfig::provider::Provider;
use mailferry::engine::far::Far;
use mailferry::engine::plan::Choices;
use mailferry::engine::report::VerifyMode;
use mailferry::engine::sync::{SyncOutcome, SyncRequest, sync};
use mailferry::engine::timing::Timing;
use mailferry::engine::upload::UploadRequest;
use mailferry::imap::Timeouts;
use mailferry::mail::Sha256Digest;
use mailferry::net::{Reach, Trust};
use mailferry::run::{Problem, Run};
use mailferry::settings::Home;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::eye::Eye;
use crate::support::loopback::RealServer;
use crate::support::made_mail;

pub const OLD: &str = "old@sdbox";
pub const NEW: &str = "new@sdbox";

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
        stopping: Duration::from_secs(2),
        ..Timing::default()
    }
}

pub fn far(server: &dyn RealServer, user: &str, port: u16) -> Far {
    // Not the platform's authorities as well: reading them takes longer than the sync.
    let authority = CertificateDer::from_pem_file(server.ca_file()).expect("an authority");
    let endpoint = Endpoint { host: "localhost".into(), port, tls: TlsMode::Implicit };
    let account = Account { address: user.into(), user: user.into(), endpoint, pin: None };
    Far { account, password: Secret::new(PASSWORD.into()), reach: Reach::trusting(Trust::only(authority.to_vec())), timeouts: Timeouts::default() }
}

pub struct Scene {
    pub dir: tempfile::TempDir,
    pub request: SyncRequest,
}

impl Scene {
    pub fn new(old: &Dovecot, new: &Dovecot) -> Self {
        Self::between(far(old, OLD, old.imaps), far(new, NEW, new.imaps))
    }

    pub fn between(old: Far, new: Far) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let new = UploadRequest {
            archive: std::path::PathBuf::new(),
            passphrase: None,
            far: new,
            choices: Choices { verify: VerifyMode::Full, ..Choices::default() },
            provider: Provider::default(),
            home: Home::at(dir.path().join("home")),
            job: None,
            timing: quick(),
        };
        Self { request: SyncRequest { old, new, out: None }, dir }
    }

    pub fn run(&self) -> Run {
        Run::unheard(self.dir.path().join("temp"))
    }

    pub async fn sync(&self) -> Result<SyncOutcome, Problem> {
        sync(&self.request, &self.run()).await
    }

    /// A pass that must end green.
    pub async fn pass(&self, what: &str) -> SyncOutcome {
        let outcome = self.sync().await.unwrap_or_else(|problem| panic!("{what}: {problem}"));
        assert_eq!((outcome.report.exit, outcome.report.tally.unexplained), (0, 0), "{what}: {}", brief(&outcome));
        assert!(outcome.report.verification.as_ref().is_some_and(|verification| verification.is_green()), "{what}: {}", brief(&outcome));
        outcome
    }

    /// Forgets every job, as a fresh computer would.
    pub fn forget_jobs(&self) {
        std::fs::remove_dir_all(self.request.new.home.root().join("jobs")).expect("removed");
    }
}

/// What a failed assertion shows of an outcome.
pub fn brief(outcome: &SyncOutcome) -> String {
    let (report, tally) = (&outcome.report, &outcome.report.tally);
    let verification = report.verification.as_ref().map(|v| (v.by_size, v.missing.len(), v.changed.len(), v.doubled.len()));
    format!(
        "exit {} found {} uploaded {} there {} kept {:?} failed {:?} unexplained {} appended {} verification {verification:?} sync {:?} problems {:?}",
        report.exit,
        tally.found,
        tally.uploaded,
        tally.already_there,
        tally.kept_by,
        tally.failed,
        tally.unexplained,
        tally.appended_this_run,
        report.sync,
        report.problems
    )
}

pub fn appended(outcome: &SyncOutcome) -> u64 {
    outcome.report.tally.appended_this_run
}

/// A mail that is put into a mailbox of the old server.
#[derive(Clone, Debug)]
pub struct Mail {
    pub flags: String,
    pub date: String,
    pub bytes: Vec<u8>,
}

/// Message `n`, with flags, a keyword and a zone that vary.
pub fn mail(n: u64) -> Mail {
    let flags = ["", "\\Seen", "\\Seen \\Answered", "\\Flagged $Forwarded", "\\Draft $label1"][usize::try_from(n % 5).unwrap()];
    let zone = ["+0000", "+0100", "-0530"][usize::try_from(n % 3).unwrap()];
    let date = format!("{:02}-Mar-2019 {:02}:{:02}:07 {zone}", 1 + n % 28, n / 60 % 24, n % 60);
    Mail { flags: flags.into(), date, bytes: made_mail::message(n, 300 + usize::try_from(n % 7).unwrap() * 150, 5) }
}

pub fn mails(numbers: std::ops::Range<u64>) -> Vec<Mail> {
    numbers.map(mail).collect()
}

/// Puts mail into a mailbox (name as on the wire), which is made if it is not there.
pub fn put(dovecot: &Dovecot, user: &str, mailbox: &str, mails: &[Mail]) {
    let mut eye = dovecot.eye(user);
    let _there_already = eye.say(&format!("CREATE \"{mailbox}\""));
    for some in mails.chunks(200) {
        let mut command = format!("APPEND \"{mailbox}\"");
        for Mail { flags, date, bytes } in some {
            command.push_str(&format!(" ({flags}) \"{date}\" {{{}+}}\r\n{}", bytes.len(), std::str::from_utf8(bytes).expect("ASCII")));
        }
        eye.ask(&command).expect("appended");
    }
}

/// Does something to messages of a mailbox: `UID STORE 1 +FLAGS (\\Seen)`, `UID EXPUNGE …`.
pub fn act(dovecot: &Dovecot, user: &str, mailbox: &str, commands: &[&str]) {
    let mut eye: Eye = dovecot.eye(user);
    eye.ask(&format!("SELECT \"{mailbox}\"")).expect("selected");
    for command in commands {
        eye.ask(command).unwrap_or_else(|said| panic!("{command}: {said}"));
    }
}

/// Deletes messages for good.
pub fn delete(dovecot: &Dovecot, user: &str, mailbox: &str, uids: &str) {
    act(dovecot, user, mailbox, &[&format!("UID STORE {uids} +FLAGS (\\Deleted)"), &format!("UID EXPUNGE {uids}")]);
}

/// What makes a message what it is: its bytes, flags and moment.
pub type Known = (Sha256Digest, Vec<String>, i64);

/// All that `user` has, mailbox by mailbox, in names with `/` and without `prefix`; empty mailboxes left out.
pub fn held(server: &dyn RealServer, user: &str, separator: char, prefix: &str) -> BTreeMap<String, BTreeMap<Known, usize>> {
    let mut eye = server.eye(user);
    let names: Vec<String> = eye.mailboxes().into_iter().filter(|name| eye.count(name).is_some_and(|count| count > 0)).collect();
    let mut held = BTreeMap::new();
    for name in names {
        let mut messages: BTreeMap<Known, usize> = BTreeMap::new();
        for seen in eye.messages(&name) {
            let mut flags: Vec<String> = seen.flags.iter().map(|flag| flag.to_ascii_lowercase()).collect();
            flags.sort();
            *messages.entry((Sha256Digest::of(&seen.bytes), flags, seen.unix())).or_insert(0) += 1;
        }
        let name = if name == "INBOX" { name } else { name.strip_prefix(prefix).unwrap_or(&name).replace(separator, "/") };
        held.insert(name, messages);
    }
    held
}

/// Nothing lost, nothing doubled, nothing changed, with flags and moments; and a pass after that sends nothing.
pub async fn assert_whole(scene: &Scene, old: &Dovecot, new: &Dovecot, what: &str) {
    assert_eq!(held(new, NEW, '/', ""), held(old, OLD, '/', ""), "{what}: lost, doubled or changed");
    let again = scene.pass(what).await;
    assert_eq!(appended(&again), 0, "{what}: {}", brief(&again));
    assert_eq!(held(new, NEW, '/', ""), held(old, OLD, '/', ""), "{what}: changed by the pass after");
}
