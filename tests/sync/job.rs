//! A job of many mailboxes, through the built console and real Dovecot: a row that is broken stands in no other's way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use mailferry::account::{Secret, TlsMode};
use mailferry::autoconfig::provider::Provider;
use mailferry::engine::batch::{Batch, Board, End, Only, Passwords, Rounds, RowChoices, Way, run_all, sheet, test_all};
use mailferry::engine::plan::Choices;
use mailferry::engine::sync::quiet::Wait;
use mailferry::engine::timing::Timing;
use mailferry::imap::Timeouts;
use mailferry::mail::Sha256Digest;
use mailferry::net::Limits;
use mailferry::run::Run;
use mailferry::settings::Home;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::scene::{NEW, far, mails, put, quick};
use crate::stage::{digests, files};
use crate::support::dovecot::{Dovecot, Options, PASSWORD};
use crate::support::mailferry::{Mailferry, Ran};

/// Mail of each mailbox that is well.
const MAIL: u64 = 30;

/// Two servers, a list, and a home.
struct Firm {
    old: Dovecot,
    new: Dovecot,
    mailferry: Mailferry,
    dir: tempfile::TempDir,
}

impl Firm {
    /// Starts the servers; the first mailboxes of `n` are filled. `small` has no room at the new one.
    fn start(n: u64) -> Option<Self> {
        let old = Dovecot::start(Options::default())?;
        let new = Dovecot::start(Options::default().quota("n3@sdbox", "*:storage=5K"))?;
        for user in 1..=n {
            put(&old, &format!("o{user}@sdbox"), "INBOX", &mails(user * 1_000..user * 1_000 + MAIL - 10));
            put(&old, &format!("o{user}@sdbox"), "Work/Plans", &mails(user * 1_000 + 500..user * 1_000 + 510));
        }
        let mut mailferry = Mailferry::new();
        // Both servers' authorities.
        let dir = tempfile::tempdir().expect("a folder");
        let pem = [fs::read(old.ca_file()).expect("read"), fs::read(new.ca_file()).expect("read")].concat();
        fs::write(dir.path().join("ca.pem"), pem).expect("written");
        mailferry.longest = Duration::from_secs(120);
        Some(Self { old, new, mailferry, dir })
    }

    fn job(&self) -> PathBuf {
        self.dir.path().join("job")
    }

    /// Runs a `job` command and answers it and its object.
    fn say(&self, words: &[&str]) -> (Ran, Value) {
        let ran = self.mailferry.start(self.words(words), None).finish(self.mailferry.longest);
        let object = ran.json();
        (ran, object)
    }

    fn words(&self, words: &[&str]) -> Vec<String> {
        let job = self.job().display().to_string();
        let mut all = vec!["job".to_owned(), words[0].to_owned(), job];
        all.extend(words[1..].iter().map(|word| (*word).to_owned()));
        all.extend(["--json".to_owned(), "--no-keychain".to_owned()]);
        all
    }

    /// A list as Excel writes it in Germany: semicolons, a mark, CR LF, fields in quotation marks.
    fn list(&self, rows: &[[String; 6]]) -> String {
        let path = self.dir.path().join("list.csv");
        let mut text = String::from("\u{FEFF}New password;Old address;Old port;Old password;New address;Old host;New host;New port\r\n");
        for [old, old_port, old_password, new, old_host, new_password] in rows {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let port = self.new.imaps.to_string();
            let fields =
                [quoted(new_password), old.clone(), old_port.clone(), quoted(old_password), new.clone(), old_host.clone(), "localhost".to_owned(), port];
            text.push_str(&fields.join(";"));
            text.push_str("\r\n");
        }
        fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    fn row(&self, n: u64) -> [String; 6] {
        [format!("o{n}@sdbox"), self.old.imaps.to_string(), PASSWORD.to_owned(), format!("n{n}@sdbox"), "localhost".to_owned(), PASSWORD.to_owned()]
    }

    fn way<'a>(&self, list: &'a str, ca: &'a str) -> [&'a str; 4] {
        ["--passwords", list, "--ca", ca]
    }

    fn ca(&self) -> String {
        self.dir.path().join("ca.pem").display().to_string()
    }

    /// All mail of a user, by folder, each message as often as it is there.
    fn held(dovecot: &Dovecot, user: &str) -> BTreeMap<String, BTreeMap<Sha256Digest, usize>> {
        let mut eye = dovecot.eye(user);
        let names: Vec<String> = eye.mailboxes().into_iter().filter(|name| eye.count(name).is_some_and(|count| count > 0)).collect();
        names.into_iter().map(|name| (name.clone(), digests(eye.messages(&name).iter().map(|seen| seen.bytes.as_slice())))).collect()
    }

    fn assert_whole(&self, n: u64) {
        assert_eq!(Self::held(&self.new, &format!("n{n}@sdbox")), Self::held(&self.old, &format!("o{n}@sdbox")), "mailbox {n}: lost, doubled or changed");
    }

    /// The canary is in no file of the job or the home.
    fn assert_no_password(&self, canary: &str, home: &Path) {
        for file in files(&self.job()).into_iter().chain(files(home)) {
            let bytes = fs::read(&file).expect("read");
            let holds = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!holds, "a password stands in {}", file.display());
        }
    }
}

fn row<'a>(object: &'a Value, new: &str) -> &'a Value {
    object["result"]["rows"].as_array().expect("rows").iter().find(|row| row["new"] == new).unwrap_or_else(|| panic!("{new}: {object:#}"))
}

/// Twelve mailboxes; of three one has a wrong password, one a server that is not there, one no room. The nine others arrive whole.
#[test]
fn twelve_mailboxes_of_which_three_are_broken() {
    let Some(firm) = Firm::start(12) else { return };
    let (made, object) = firm.say(&["new", "--name", "Example Ltd"]);
    assert_eq!((made.exit, object["command"].as_str()), (0, Some("job new")));
    assert!(firm.job().join("CHECKLIST.txt").exists() && firm.job().join("mailboxes.csv").exists());
    let canary = "canary \"q\\,ü;";
    let mut rows: Vec<_> = (1..=12).map(|n| firm.row(n)).collect();
    rows[0][2] = canary.to_owned();
    rows[1][1] = "9".to_owned(); // nobody listens there
    rows.push(["no address".to_owned(), String::new(), "x".to_owned(), "also none".to_owned(), String::new(), "y".to_owned()]);
    rows.push(firm.row(5));
    let (list, ca) = (firm.list(&rows), firm.ca());
    let (read, object) = firm.say(&["import", &list]);
    assert_eq!(read.exit, 2, "two lines are wrong: {read:?}");
    assert_eq!((object["result"]["added"].as_array().map(Vec::len), object["result"]["problems"].as_array().map(Vec::len)), (Some(12), Some(2)));
    assert_eq!((object["result"]["problems"][0]["line"].as_u64(), object["result"]["problems"][1]["line"].as_u64()), (Some(14), Some(15)));
    assert_eq!(firm.say(&["import", &list]).1["result"]["same"].as_array().map(Vec::len), Some(12), "read in again, nothing is new");

    let way = firm.way(&list, &ca);
    let (tested, object) = firm.say(&[&["test"][..], &way].concat());
    assert_eq!(tested.exit, 16, "of equals the first: {object:#}");
    let of = |new: &str| row(&object, new)["tested"].clone();
    assert_eq!((of("n1@sdbox")["old_signs_in"].as_bool(), of("n1@sdbox")["new_signs_in"].as_bool()), (Some(false), Some(true)));
    assert_eq!(of("n1@sdbox")["troubles"][0]["words"], "Password refused");
    assert_eq!((of("n2@sdbox")["troubles"][0]["words"].as_str(), of("n2@sdbox")["troubles"][0]["which"].as_str()), (Some("Nothing answers"), Some("old")));
    assert!(of("n3@sdbox")["troubles"][0]["words"].as_str().is_some_and(|words| words.starts_with("Over by")), "{:#}", of("n3@sdbox"));
    for n in 4..=12 {
        let tested = of(&format!("n{n}@sdbox"));
        assert_eq!((tested["troubles"].as_array().map(Vec::len), tested["messages"].as_u64()), (Some(0), Some(MAIL)), "{tested:#}");
        assert!(tested["bytes"].as_u64().is_some_and(|bytes| bytes > 5_000) && tested["room"]["limit"].as_u64().is_some());
    }

    let (ran, object) = firm.say(&[&["run"][..], &way, &["--verify", "full"]].concat());
    assert_eq!(ran.exit, 16, "{object:#}");
    for n in 4..=12 {
        firm.assert_whole(n);
        assert_eq!(row(&object, &format!("n{n}@sdbox"))["standing"], "proven");
    }
    for n in 1..=3 {
        assert_eq!(row(&object, &format!("n{n}@sdbox"))["standing"], "needs_you", "{object:#}");
    }
    assert_eq!((object["result"]["totals"]["proven"].as_u64(), object["result"]["totals"]["unexplained"].as_i64()), (Some(9), Some(0)), "{object:#}");
    assert_eq!(object["result"]["is_go"], false);
    for file in ["index.html", "job.json", "rows.csv"] {
        assert!(firm.job().join("report").join(file).exists(), "{file}");
    }
    firm.assert_no_password("canary", firm.mailferry.home());

    // The password is corrected: that row catches up; the others send nothing.
    let rows: Vec<_> = (1..=12).filter(|n| !matches!(n, 2 | 3)).map(|n| firm.row(n)).collect();
    let list = firm.list(&rows);
    let way = firm.way(&list, &ca);
    let only = ["--only", "n1", "--only", "n4", "--only", "5"];
    let (again, object) = firm.say(&[&["run"][..], &way, &only].concat());
    assert_eq!(again.exit, 0, "{object:#}");
    firm.assert_whole(1);
    let appended = |n: u64| row(&object, &format!("n{n}@sdbox"))["passed"]["appended"].as_u64();
    assert_eq!((appended(1), appended(4), appended(5)), (Some(MAIL), Some(0), Some(0)));
    let (shown, _) = firm.say(&["show"]);
    assert_eq!(shown.exit, 10, "the server that is not there is left: {shown:?}");
}

/// `kill -9` again and again in mid-job; what is left over is finished by the run after. Nothing is lost, nothing comes twice.
#[test]
fn a_killed_job_goes_on_without_loss_or_double() {
    let Some(firm) = Firm::start(6) else { return };
    firm.say(&["new"]);
    let rows: Vec<_> = [1, 2, 4, 5, 6].into_iter().map(|n| firm.row(n)).collect();
    let (list, ca) = (firm.list(&rows), firm.ca());
    assert_eq!(firm.say(&["import", &list]).0.exit, 0);
    let way = firm.way(&list, &ca);
    let words = firm.words(&[&["run"][..], &way, &["--per-host", "2"]].concat());
    let (mut killed, mut partly) = (0, 0);
    for pause in [150, 300, 450, 600, 250, 700] {
        let mut running = firm.mailferry.start(&words, None);
        std::thread::sleep(Duration::from_millis(pause));
        killed += u32::from(!running.has_ended());
        running.kill();
        let there = |n: u64| ["INBOX", "Work/Plans"].iter().filter_map(|mailbox| firm.new.count(&format!("n{n}@sdbox"), mailbox)).sum::<u64>();
        partly += u32::from((1..5 * MAIL).contains(&[1, 2, 4, 5, 6].into_iter().map(there).sum::<u64>()));
    }
    assert!(killed >= 3 && partly >= 1, "it was killed {killed} times, {partly} of them with mail half there");
    let (ran, object) = firm.say(&[&["run"][..], &way, &["--verify", "full"]].concat());
    assert_eq!(ran.exit, 0, "{object:#}");
    for n in [1, 2, 4, 5, 6] {
        firm.assert_whole(n);
    }
    let (_, object) = firm.say(&[&["run"][..], &way].concat());
    let appended: u64 = object["result"]["rows"].as_array().expect("rows").iter().filter_map(|row| row["passed"]["appended"].as_u64()).sum();
    assert_eq!((appended, object["result"]["totals"]["found"].as_u64()), (0, Some(5 * MAIL)), "the run after does nothing");
}

/// What is chosen for a row holds for it alone, and for any program: the newest that fit go, and of the other nothing.
#[test]
fn one_row_takes_the_newest_that_fit_and_the_others_do_not() {
    let Some(mut firm) = Firm::start(3) else { return };
    firm.new.set_quota("n2@sdbox", "*:storage=5K");
    firm.say(&["new"]);
    let (list, ca) = (firm.list(&[firm.row(1), firm.row(2), firm.row(3)]), firm.ca());
    firm.say(&["import", &list]);
    let batch = Batch::read(&firm.job()).expect("a job");
    RowChoices::of(&firm.job()).choose_newest(&batch.rows()[2], true).expect("written");
    let way = firm.way(&list, &ca);
    let (_, object) = firm.say(&[&["test"][..], &way].concat());
    let troubles = |new: &str| row(&object, new)["tested"]["troubles"].as_array().map(Vec::len);
    assert_eq!((troubles("n1@sdbox"), troubles("n2@sdbox"), troubles("n3@sdbox")), (Some(0), Some(1), Some(0)), "{object:#}");
    let (ran, object) = firm.say(&[&["run"][..], &way, &["--reserve", "0"]].concat());
    let uploaded = |new: &str| row(&object, new)["passed"]["uploaded"].as_u64().unwrap_or_default();
    assert_eq!((ran.exit, uploaded("n1@sdbox"), uploaded("n2@sdbox")), (20, MAIL, 0), "{object:#}");
    assert!((1..MAIL).contains(&uploaded("n3@sdbox")), "{object:#}");
    RowChoices::of(&firm.job()).choose_newest(&batch.rows()[2], false).expect("removed");
    assert!(!RowChoices::of(&firm.job()).is_newest(&batch.rows()[2]));
}

/// A paused row waits while the others go on; a second program is refused; resumed, the row catches up.
#[test]
fn rows_pause_and_resume_one_by_one() {
    let Some(firm) = Firm::start(2) else { return };
    firm.say(&["new"]);
    let (list, ca) = (firm.list(&[firm.row(1), firm.row(2)]), firm.ca());
    firm.say(&["import", &list]);
    assert_eq!(firm.say(&["pause", "n2@sdbox"]).0.exit, 0);
    let way = firm.way(&list, &ca);
    let (ran, object) = firm.say(&[&["run"][..], &way].concat());
    assert_eq!((ran.exit, row(&object, "n2@sdbox")["standing"].as_str(), firm.new.count("n2@sdbox", "INBOX")), (0, Some("paused"), Some(0)), "{object:#}");
    firm.assert_whole(1);
    firm.say(&["resume", "2"]);
    let (ran, object) = firm.say(&[&["run"][..], &way].concat());
    assert_eq!((ran.exit, row(&object, "n2@sdbox")["standing"].as_str()), (0, Some("proven")), "{object:#}");
    firm.assert_whole(2);
    // One that waits to be quiet keeps the job to itself, and can be shown meanwhile.
    let words = firm.words(&[&["run"][..], &way, &["--until-quiet", "--old-ttl", "60", "--every", "1"]].concat());
    let running = firm.mailferry.start(&words, None);
    let start = Instant::now();
    while firm.say(&["show"]).1["result"]["rows"][0]["passed"]["quiet"].is_null() {
        assert!(start.elapsed() < Duration::from_secs(60), "no round was made");
    }
    assert_eq!(firm.say(&[&["run"][..], &way].concat()).0.exit, 50, "another instance is at work");
    put(&firm.old, "o1@sdbox", "INBOX", &mails(7_000..7_003));
    let start = Instant::now();
    while firm.new.count("n1@sdbox", "INBOX") != firm.old.count("o1@sdbox", "INBOX") {
        assert!(start.elapsed() < Duration::from_secs(60), "the second sync did not bring what came");
        std::thread::sleep(Duration::from_millis(100));
    }
    running.interrupt();
    let ended = running.finish(Duration::from_secs(30));
    let object = ended.json();
    assert_eq!((ended.exit, object["error"]["code"].as_str()), (40, Some("INTERRUPTED")), "{object:#}");
    assert_eq!(row(&object, "n1@sdbox")["passed"]["quiet"]["may_cancel"], false);
    firm.assert_whole(1);
}

/// Paused in the middle of a pass, a row settles what is under way, shows how far it is, and goes on when it may.
#[test]
fn a_row_is_paused_in_the_middle_and_goes_on() {
    let Some(firm) = Firm::start(2) else { return };
    put(&firm.old, "o1@sdbox", "Large", &mails(20_000..22_500));
    firm.say(&["new"]);
    let (list, ca) = (firm.list(&[firm.row(1), firm.row(2)]), firm.ca());
    firm.say(&["import", &list]);
    let way = firm.way(&list, &ca);
    let running = firm.mailferry.start(firm.words(&[&["run"][..], &way, &["--max-rate", "400000"]].concat()), None);
    let start = Instant::now();
    while firm.new.count("n1@sdbox", "Large").unwrap_or(0) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "it does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    firm.say(&["pause", "n1"]);
    let ended = running.finish(Duration::from_secs(60));
    let object = ended.json();
    let (there, found) = (row(&object, "n1@sdbox")["passed"]["uploaded"].as_u64(), row(&object, "n1@sdbox")["passed"]["found"].as_u64());
    assert_eq!((ended.exit, row(&object, "n1@sdbox")["standing"].as_str(), found), (40, Some("paused"), Some(2_500 + MAIL)), "{object:#}");
    assert!(there.is_some_and(|there| there > 0 && there < 2_500), "how far it is: {there:?}");
    firm.assert_whole(2);
    firm.say(&["resume", "--all"]);
    assert_eq!(firm.say(&[&["run"][..], &way].concat()).0.exit, 0);
    firm.assert_whole(1);
}

/// What the clock of a job that waits shows: hours since its beginning.
static HOURS: AtomicI64 = AtomicI64::new(0);

fn wound() -> jiff::Zoned {
    let begun: jiff::Timestamp = "2026-11-25T08:00:00Z".parse().expect("a moment");
    let now = begun.checked_add(jiff::SignedDuration::from_hours(HOURS.load(Ordering::SeqCst))).expect("a moment");
    now.to_zoned(jiff::tz::TimeZone::UTC)
}

/// `--until-quiet` to its end, by a clock that is passed in: each row waits for itself, and with the last one the job ends by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_until_each_old_mailbox_was_quiet_and_then_ends() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let mut batch = Batch::create(&dir.path().join("job"), "", jiff::Timestamp::now()).expect("made");
    let mut text = String::from("old address,old host,old port,old password,new address,new host,new port,new password\n");
    for n in 1..=2 {
        put(&dovecot, &format!("o{n}@sdbox"), "INBOX", &mails(n * 100..n * 100 + 3));
        text.push_str(&format!("o{n}@sdbox,localhost,{0},{PASSWORD},n{n}@sdbox,localhost,{0},{PASSWORD}\n", dovecot.imaps));
    }
    let mut passwords = Passwords::new(false);
    batch.import(&sheet::read(text.as_bytes()).expect("a list"), &mut passwords).expect("read in");
    let reach = far(&dovecot, NEW, dovecot.imaps).reach;
    let way = Way {
        reach_old: reach.clone(),
        reach_new: reach,
        timeouts: Timeouts::default(),
        provider: Provider::default(),
        choices: Choices::default(),
        home: Home::at(dir.path().join("home")),
        timing: Timing { clock: wound, ..quick() },
        per_host: 3,
        pop_ports: [9, 9],
    };
    let board = tokio::sync::watch::Sender::new(Board::default());
    let mut seen = board.subscribe();
    let run = Run::unheard(dir.path().join("temp"));
    // Four times the old TTL are 32 hours.
    let wait = Wait { every: Duration::from_millis(20), old_ttl: Some(Duration::from_secs(8 * 3600)), changed_at: None };
    let job = tokio::spawn(async move {
        let ended = run_all(&mut batch, &passwords, &way, &Only::All, &Rounds::UntilQuiet(wait), &board, &run).await;
        (batch, ended)
    });
    let passed = |board: &Board, id: u32| board.line(id).and_then(|line| line.state.passed.clone()).unwrap_or_default();
    seen.wait_for(|board| passed(board, 1).passes > 0 && passed(board, 2).passes > 0).await.expect("two passes");
    // Late mail comes to the second after 20 hours.
    HOURS.store(20, Ordering::SeqCst);
    put(&dovecot, "o2@sdbox", "INBOX", &mails(300..301));
    seen.wait_for(|board| passed(board, 2).found == 4).await.expect("it is brought over");
    HOURS.store(33, Ordering::SeqCst);
    seen.wait_for(|board| passed(board, 1).may_cancel()).await.expect("the first is quiet");
    HOURS.store(51, Ordering::SeqCst);
    let before = passed(&seen.borrow(), 2).passes;
    let board = seen.wait_for(|board| passed(board, 2).passes > before + 1).await.expect("the second goes on").clone();
    assert!(!passed(&board, 2).may_cancel() && !job.is_finished(), "the second was quiet for 31 hours");
    HOURS.store(52, Ordering::SeqCst);
    let (batch, ended) = tokio::time::timeout(Duration::from_secs(60), job).await.expect("it ends by itself").expect("no fault");
    ended.expect("well");
    let quiet = |id: u32| batch.state(id).passed.and_then(|passed| passed.quiet).expect("waited for");
    assert!(quiet(1).may_cancel && quiet(2).may_cancel);
    assert_eq!((quiet(1).since.as_str(), quiet(2).since.as_str()), ("2026-11-25T08:00:00Z", "2026-11-26T04:00:00Z"));
    assert_eq!((dovecot.count("n1@sdbox", "INBOX"), dovecot.count("n2@sdbox", "INBOX")), (Some(3), Some(4)));
}

/// A server that says `bytes` to whoever comes, and then nothing.
async fn says(bytes: &'static [u8]) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut hello = [0; 2_048];
                let _read = stream.read(&mut hello).await;
                let _gone = stream.write_all(bytes).await;
                tokio::time::sleep(Duration::from_secs(20)).await;
            });
        }
    });
    port
}

/// Old servers that are silent, too old, no mail servers, POP only, or not there: each row says so, and the one that is well goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_old_server_is_said_in_words() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, "o6@sdbox", "INBOX", &mails(0..5));
    let (silent, old_tls, plain) = (says(b"").await, says(&[21, 3, 1, 0, 2, 2, 70]).await, says(b"* OK I speak no TLS\r\n").await);
    let dir = tempfile::tempdir().expect("a folder");
    let mut batch = Batch::create(&dir.path().join("job"), "", jiff::Timestamp::now()).expect("made");
    let mut text = String::from("old address\told host\told port\told tls\told password\tnew address\tnew host\tnew port\tnew password\n");
    let rows = [("localhost", silent), ("localhost", old_tls), ("localhost", plain), ("localhost", 9), ("nowhere.invalid", 993), ("localhost", dovecot.imaps)];
    for (n, (host, port)) in rows.iter().enumerate() {
        text.push_str(&format!("o{}@sdbox\t{host}\t{port}\tssl\t{PASSWORD}\tn{}@sdbox\tlocalhost\t{}\t{PASSWORD}\n", n + 1, n + 1, dovecot.imaps));
    }
    let sheet = sheet::read(text.as_bytes()).expect("a list");
    let mut passwords = Passwords::new(false);
    assert_eq!(batch.import(&sheet, &mut passwords).expect("read in").added.len(), 6, "{:?}", sheet.problems);
    assert_eq!(batch.rows()[0].old.as_ref().and_then(|old| old.tls), Some(TlsMode::Implicit));
    let limits = Limits { handshake: Duration::from_millis(400), resolve: Duration::from_secs(2), ..Limits::PROBE };
    let reach = far(&dovecot, NEW, dovecot.imaps).reach.within(limits);
    let mut way = Way {
        reach_old: reach.clone(),
        reach_new: reach,
        timeouts: Timeouts::default(),
        provider: Provider::default(),
        choices: Choices::default(),
        home: Home::at(dir.path().join("home")),
        timing: quick(),
        per_host: 3,
        pop_ports: [9, 9],
    };
    let board = tokio::sync::watch::Sender::new(Board::default());
    let run = || Run::unheard(dir.path().join("temp"));
    test_all(&mut batch, &passwords, &way, &Only::All, &board, &run()).await.expect("tested");
    let words = |batch: &Batch, id: u32| batch.state(id).tested.and_then(|tested| tested.troubles.first().map(|trouble| trouble.words.clone()));
    let want = [Some("No answer in time"), Some("TLS too old"), Some("No TLS"), Some("Nothing answers"), Some("Server not found"), None];
    for (id, want) in (1..).zip(want) {
        assert_eq!(words(&batch, id).as_deref(), want, "row {id}");
        assert_eq!(batch.state(id).tested.and_then(|tested| tested.new_signs_in), Some(true), "row {id}: the new one is looked at all the same");
    }
    way.pop_ports = [9, dovecot.pop3s];
    test_all(&mut batch, &passwords, &way, &Only::Rows(vec![4]), &board, &run()).await.expect("tested");
    assert_eq!(words(&batch, 4).as_deref(), Some("POP only"));
    // All run; the one that is well arrives, also where another's password is missing.
    passwords.give(2, End::Old, Secret::new(String::new()));
    run_all(&mut batch, &passwords, &way, &Only::All, &Rounds::Once, &board, &run()).await.expect("run");
    assert_eq!(dovecot.count("n6@sdbox", "INBOX"), Some(5));
    let standings: Vec<String> = board.borrow().lines.iter().map(|line| line.standing().words()).collect();
    assert_eq!(standings, ["No answer in time", "Password missing", "No TLS", "Nothing answers", "Server not found", "Copied and checked"]);
    assert_eq!(board.borrow().by_need().last().map(|line| line.row.id), Some(6), "what is proven stands last");
    assert_eq!(board.borrow().sentence(), "1 of 6 mailboxes is copied and checked. 4 need you; the others go on.");
}
