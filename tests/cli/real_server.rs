//! `run`, from a made Thunderbird profile to a real Dovecot, looked at with an eye that shares no code with the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailferry::mail::Sha256Digest;
use mailferry::practice::sample_mail::{self, SampleMail};
use serde_json::Value;

use crate::stage::{Stage, changing, digests, files, snapshot, subscribed};
use crate::support::dovecot::{Options, PASSWORD};
use crate::support::eye::Seen;
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::made_mail::{Dice, small, write_eml};
use crate::support::mailferry::Mailferry;

/// Nothing else in the world reads like it.
const CANARY: &str = "kanarienvogel-7Q9zXw-4711";

/// A message as the profile's own files have it, read without the program's readers.
#[derive(Debug, Default, Clone)]
struct Wanted {
    flags: Vec<&'static str>,
    keywords: Vec<String>,
    deleted: bool,
    partial: bool,
    received: Option<i64>,
}

/// The made profile's messages: each begins after a `From - ` line and ends before the empty line above the next.
fn read_profile(sample: &SampleMail) -> Vec<(Vec<u8>, Wanted)> {
    let mut found = Vec::new();
    for file in files(&sample.profile.join("Mail")).into_iter().filter(|file| file.extension().is_none()) {
        let mut open: Option<Vec<u8>> = None;
        for line in fs::read(&file).expect("read").split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b"From - ") {
                found.extend(open.replace(Vec::new()));
                continue;
            }
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            let line = if quotes > 0 && line[quotes..].starts_with(b"From ") { &line[1..] } else { line };
            open.as_mut().expect("a separator first").extend_from_slice(line);
        }
        found.extend(open);
    }
    found.into_iter().map(|bytes| bytes.strip_suffix(b"\r\n").expect("an empty line").to_vec()).map(|bytes| (bytes.clone(), wanted(&bytes))).collect()
}

fn wanted(bytes: &[u8]) -> Wanted {
    let text = String::from_utf8_lossy(bytes);
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let status = field("X-Mozilla-Status:").map_or(0, |hex| u32::from_str_radix(hex, 16).expect("hexadecimal"));
    let flags = [(1, "\\Seen"), (2, "\\Answered"), (4, "\\Flagged")].into_iter().filter(|(bit, _)| status & bit != 0).map(|(_, flag)| flag).collect();
    let mut keywords: Vec<String> = field("X-Mozilla-Keys:").unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    keywords.extend((status & 0x1000 != 0).then(|| "$Forwarded".to_owned()));
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let moment = |date: &str| jiff::fmt::rfc2822::parse(date.trim()).ok().map(|zoned| zoned.timestamp().as_second());
    let of = |name: &str| unfolded.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    let received = of("Received:").and_then(|line| moment(line.rsplit_once(';')?.1)).or_else(|| moment(&of("Date:")?));
    Wanted { flags, keywords, deleted: status & 8 != 0, partial: status & 0x400 != 0, received }
}

pub fn run_words(stage: &Stage, user: &str, sample: &SampleMail, out: &Path) -> Vec<String> {
    let mut words = vec!["run".to_owned(), sample.profile.display().to_string(), "--out".into(), out.display().to_string(), "--pop-stopped".into()];
    words.extend(stage.account(user));
    words
}

pub fn all(held: &BTreeMap<String, Vec<Seen>>) -> BTreeMap<Sha256Digest, usize> {
    digests(held.values().flatten().map(|seen| seen.bytes.as_slice()))
}

/// The members that the contract promises for `run`.
fn assert_contract(answer: &Value) {
    let members = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    assert_eq!(members(answer), ["command", "error", "exit", "mailferry", "result"]);
    assert_eq!((&answer["mailferry"], &answer["command"], &answer["error"]), (&1.into(), &"run".into(), &Value::Null));
    let result = &answer["result"];
    for count in ["found", "uploaded", "already_there", "kept", "appended_this_run", "doubtful_settled", "gone_by_owner", "by_size", "by_digest"] {
        assert!(result[count].is_u64(), "{count}: {result}");
    }
    for list in ["failed", "missing", "changed", "doubled"] {
        assert_eq!(result[list].as_array().map(Vec::len), Some(0), "{list}: {result}");
    }
    assert_eq!(members(&result["kept_by"]), ["choice", "no_room", "refused", "too_large"]);
    assert!(result["unexplained"].is_i64() && result["seconds"].is_f64() && result["mode"] == "sample", "{result}");
}

/// R9, R11, R15, R16, S7 in one: the flow as a technician runs it.
#[test]
fn the_whole_flow_brings_exactly_the_mail_and_a_second_run_sends_nothing() {
    let more = format!("passdb {{\n  driver = static\n  args = password={{PLAIN}}{CANARY}\n}}\n");
    let Some(stage) = Stage::new(Options { mechanisms: "plain login", more, ..Options::default() }) else { return };
    let (console, user) = (Mailferry::new(), "u1@maildir");
    let sample = sample_mail::write(&console.path("drive")).expect("written");
    let (out, before) = (console.path("safe copy"), snapshot(&console.path("drive")));
    let profile = read_profile(&sample);
    let (deleted, kept): (Vec<_>, Vec<_>) = profile.into_iter().partition(|(_, wanted)| wanted.deleted);
    assert_eq!((deleted.len(), kept.len()), (sample.deleted(), sample.account_messages() + sample.local_messages()));

    // The plan first: nothing is changed by it.
    let source = sample.profile.display().to_string();
    let safe_copy = out.display().to_string();
    let _safe_copy = console.run(["backup", &source, "--out", &safe_copy, "--json"]).expect(0);
    let empty = stage.held(user);
    stage.clear_commands();
    let words = [vec!["plan".to_owned(), safe_copy.clone(), "--pop-stopped".into()], stage.account(user)].concat();
    let planned = console.run_with(CANARY, words).expect(0);
    assert_eq!(changing(&stage.commands()), [], "plan");
    assert!(stage.commands().contains_key("LIST"), "the server's log of commands is looked at: {:?}", stage.commands());
    assert_eq!(stage.held(user), empty, "plan");
    let result = planned.result();
    for member in ["folders", "years", "needed_bytes", "room", "fits", "over_by", "free_after", "reserve", "problems"] {
        assert!(result.get(member).is_some(), "plan: {member}: {result}");
    }

    let answer = console.run_with(CANARY, run_words(&stage, user, &sample, &out)).expect(0).json();
    assert_contract(&answer);
    let result = &answer["result"];
    let found = kept.len() as u64;
    for (member, count) in [("found", found), ("uploaded", found), ("appended_this_run", found), ("already_there", 0), ("kept", 0), ("unexplained", 0)] {
        assert_eq!(result[member], count, "{member}: {result}");
    }
    let partial = kept.iter().filter(|(_, wanted)| wanted.partial).count();
    assert_eq!((&result["left_out_deleted"], &result["partial"]), (&deleted.len().into(), &partial.into()), "{result}");

    let held = stage.held(user);
    assert_eq!(all(&held), digests(kept.iter().map(|(bytes, _)| bytes.as_slice())), "lost, doubled or changed");
    assert_marks_and_dates(&held, &kept);
    // What was made is subscribed to, and so is a special folder that got mail, or mail programs would not show it.
    let made: Vec<&String> = held.keys().filter(|name| !empty.contains_key(*name)).collect();
    assert!(!made.is_empty());
    let shown: Vec<&String> = held.iter().filter(|(name, mail)| *name != "INBOX" && (made.contains(name) || !mail.is_empty())).map(|(name, _)| name).collect();
    assert_eq!(subscribed(&mut stage.dovecot.eye(user)).iter().collect::<Vec<_>>(), shown);

    // Again, and once more from a computer that knows nothing of it.
    let fresh = Mailferry::new();
    for (what, console) in [("second run", &console), ("fresh home", &fresh)] {
        stage.clear_commands();
        let again = console.run_with(CANARY, run_words(&stage, user, &sample, &out)).expect(0).result();
        assert_eq!((stage.commands().get("APPEND"), &again["appended_this_run"], &again["unexplained"]), (None, &0.into(), &0.into()), "{what}: {again}");
        assert_eq!(again["uploaded"].as_u64().unwrap_or(0) + again["already_there"].as_u64().unwrap_or(0), found, "{what}: {again}");
        assert_eq!(stage.held(user), held, "{what}");
    }
    assert_eq!(snapshot(&console.path("drive")), before, "the source was touched");
    assert_no_canary(&[console.home(), fresh.home()], user);
}

fn assert_marks_and_dates(held: &BTreeMap<String, Vec<Seen>>, kept: &[(Vec<u8>, Wanted)]) {
    for seen in held.values().flatten() {
        let candidates: Vec<&Wanted> = kept.iter().filter(|(bytes, _)| *bytes == seen.bytes).map(|(_, wanted)| wanted).collect();
        let wanted = candidates.first().expect("one of ours");
        for flag in ["\\Seen", "\\Answered", "\\Flagged"] {
            assert_eq!(seen.has(flag), wanted.flags.contains(&flag), "{flag} of {seen:?}, {wanted:?}");
        }
        assert!(!seen.has("\\Deleted"), "{seen:?}");
        for keyword in &wanted.keywords {
            let spellings = match keyword.as_str() {
                "junk" => vec!["$Junk", "Junk"],
                "nonjunk" => vec!["$NotJunk", "NonJunk", "NotJunk"],
                other => vec![other],
            };
            assert!(spellings.iter().any(|spelling| seen.has(spelling)), "{keyword} of {seen:?}");
        }
        assert_eq!(Some(seen.unix()), wanted.received, "received on, of {seen:?}");
    }
}

/// S7: the password is in no file, neither as it is nor as it goes over the wire.
fn assert_no_canary(places: &[&Path], user: &str) {
    let wire = STANDARD.encode(format!("\0{user}\0{CANARY}"));
    for file in places.iter().flat_map(|place| files(place)) {
        let bytes = fs::read(&file).expect("read");
        for needle in [CANARY, &wire] {
            assert!(memchr::memmem::find(&bytes, needle.as_bytes()).is_none(), "the password stands in {}", file.display());
        }
    }
}

/// Every way to fail says so in one object, with the exit code of its kind.
#[test]
fn every_way_to_fail_is_one_object_with_the_code_of_its_kind() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let console = Mailferry::new();
    let sample = sample_mail::write(&console.path("drive")).expect("written");
    let (out, user) = (console.path("safe copy"), "fail@maildir");
    let good = run_words(&stage, user, &sample, &out);
    let with = |change: &[(&str, &str)]| {
        let mut words = good.clone();
        for (name, value) in change {
            let at = words.iter().position(|word| word == name).expect("there") + 1;
            words[at] = (*value).to_owned();
        }
        words
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port().to_string();
    let other = Stage::new(Options::default()).expect("another");
    let other_ca = other.dovecot.ca_file().display().to_string();
    let file = console.path("a file");
    fs::write(&file, b"here already").expect("written");
    let below_file = file.join("copy").display().to_string();
    let missing = console.path("nowhere").display().to_string();
    let mut no_source = good.clone();
    no_source[1].clone_from(&missing);
    let table = [
        ("wrong password", "wrong", good.clone(), 16),
        ("wrong authority", PASSWORD, with(&[("--ca", &other_ca)]), 12),
        ("closed port", PASSWORD, with(&[("--port", &closed)]), 10),
        ("no source", PASSWORD, no_source, 30),
        ("out below a file", PASSWORD, with(&[("--out", &below_file)]), 21),
        ("out on a system of files that takes none", PASSWORD, with(&[("--out", "/proc/safe copy")]), 21),
    ];
    for (what, password, words, exit) in table {
        assert_told(what, &console.run_with(password, words).json(), exit);
    }
    assert!(stage.held(user).values().all(Vec::is_empty), "nothing was sent");
}

pub fn assert_told(what: &str, answer: &Value, exit: i32) {
    assert_eq!(answer["exit"], exit, "{what}: {answer}");
    let error = &answer["error"];
    for member in ["code", "message", "advice"] {
        assert!(error[member].as_str().is_some_and(|text| !text.is_empty()), "{what}: {member}: {answer}");
    }
    assert!(error.get("server_text").is_some() && answer["result"].is_object(), "{what}: {answer}");
}

/// A second instance is refused, whatever job it names; the first, asked to stop, ends within ten seconds and goes on later.
#[test]
fn a_second_instance_is_refused_and_the_first_stops_and_resumes() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let (console, user) = (Mailferry::new(), "locked@maildir");
    write_eml(&console.path("mail").join("Inbox"), &small(300, 5));
    let words = |out: &str| {
        let mut words: Vec<String> =
            ["run", &console.path("mail").display().to_string(), "--out", &console.path(out).display().to_string()].map(str::to_owned).to_vec();
        words.extend(stage.account(user));
        words
    };
    let slow = [words("safe copy"), ["--max-rate", "20000", "--password-stdin", "--json"].map(str::to_owned).to_vec()].concat();
    let first = console.start(slow, Some(PASSWORD));
    let begun = Instant::now();
    while stage.dovecot.count(user, "INBOX").is_none_or(|count| count < 5) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    let other_job = ["--job".to_owned(), console.path("another job").display().to_string()];
    for (what, words) in [("same job", words("safe copy 2")), ("other job", [words("safe copy 3"), other_job.to_vec()].concat())] {
        let asked = Instant::now();
        assert_told(what, &console.run_with(PASSWORD, words).json(), 50);
        assert!(asked.elapsed() < Duration::from_secs(5), "{what}: refused at once, not after waiting");
    }
    first.interrupt();
    let asked = Instant::now();
    let stopped = first.finish(Duration::from_secs(20)).json();
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_told("stopped", &stopped, 40);
    assert_eq!(stopped["error"]["code"], "INTERRUPTED");
    let sent = stage.dovecot.count(user, "INBOX").expect("a mailbox");
    assert!(sent < 300, "it was stopped before its end");
    let result = console.run_with(PASSWORD, words("safe copy")).expect(0).result();
    assert_eq!((&result["uploaded"], &result["appended_this_run"]), (&300.into(), &(300 - sent).into()), "{result}");
    assert_eq!(all(&stage.held(user)), digests(small(300, 5).iter().map(Vec::as_slice)));
}

/// A safe copy that is damaged is named so, and nothing of it is taken for whole.
#[test]
fn a_damaged_safe_copy_is_31_and_what_is_whole_in_it_still_arrives() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let (console, user) = (Mailferry::new(), "damaged@maildir");
    let mail = small(40, 6);
    write_eml(&console.path("mail").join("Inbox"), &mail);
    let (source, out) = (console.path("mail").display().to_string(), console.path("safe copy").display().to_string());
    let _safe_copy = console.run(["backup", &source, "--out", &out, "--json"]).expect(0);
    let volume = files(&console.path("safe copy")).into_iter().find(|file| file.extension().is_some_and(|end| end == "zip")).expect("a volume");
    let mut bytes = fs::read(&volume).expect("read");
    let entry = memchr::memmem::find_iter(&bytes, b"PK\x03\x04").find(|at| bytes[at + 30..].starts_with(b"mail/")).expect("a message");
    let length = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let within = entry + 30 + length(entry + 26) + length(entry + 28) + 100;
    bytes[within] ^= 1;
    fs::write(&volume, &bytes).expect("written");
    let checked = console.run(["archive", "check", &out, "--json"]).json();
    assert_told("one bit", &checked, 31);
    assert_eq!(checked["result"]["whole"], false, "{checked}");
    let upload = [vec!["upload".to_owned(), out.clone()], stage.account(user)].concat();
    let uploaded = console.run_with(PASSWORD, &upload).json();
    let exit = uploaded["exit"].as_i64().expect("a number");
    assert!(exit == 2 || exit == 31, "{uploaded}");
    let held = all(&stage.held(user));
    let wanted = digests(mail.iter().map(Vec::as_slice));
    assert!(held.iter().all(|(digest, count)| wanted.get(digest) == Some(count)), "nothing damaged was sent");
    assert!(held.len() >= 39, "{} arrived: {uploaded}", held.len());
    assert_eq!(uploaded["result"]["unexplained"], 0, "{uploaded}");
    fs::write(&volume, b"no zip at all").expect("written");
    let other = [vec!["upload".to_owned(), out], stage.account("damaged2@maildir")].concat();
    assert_told("no zip", &console.run_with(PASSWORD, other).json(), 31);
}

/// R2, small: twenty runs of 300 messages, each killed twice at times that chance gives, then resumed: 0 lost, 0 doubled, 0 changed.
#[test]
fn killed_at_any_time_it_resumes_without_loss_or_duplicate() {
    kill_often(20, &[]);
}

/// The same without a safe copy: volume after volume.
#[test]
fn killed_at_any_time_a_rolling_run_resumes_without_loss_or_duplicate() {
    kill_often(8, &["--rolling", "--volume-bytes", "60000"]);
}

fn kill_often(runs: u64, more: &'static [&'static str]) {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let source = tempfile::tempdir().expect("a folder");
    let mail = small(300, 7);
    let (inbox, sent) = mail.split_at(220);
    write_eml(&source.path().join("Inbox"), inbox);
    write_eml(&source.path().join("Sent"), sent);
    let wanted = digests(mail.iter().map(Vec::as_slice));
    let midway = AtomicU64::new(0);
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        // What takes long is waiting until nothing is in doubt: that can be waited for together.
        for _ in 0..10 {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::SeqCst);
                    if run >= runs {
                        return;
                    }
                    midway.fetch_add(kill_and_resume(&stage, source.path(), run, &wanted, more), Ordering::SeqCst);
                }
            });
        }
    });
    let midway = midway.into_inner();
    assert!(midway >= runs / 2, "only {midway} kills met a mailbox half filled: they come too early or too late");
}

/// Answers how many of the kills met a mailbox that was neither empty nor whole.
fn kill_and_resume(stage: &Stage, source: &Path, run: u64, wanted: &BTreeMap<Sha256Digest, usize>, more: &[&str]) -> u64 {
    let (console, user) = (Mailferry::new(), format!("killed{run}@maildir"));
    let mut dice = Dice::new(run);
    let words = ["run", &source.display().to_string(), "--out", &console.path("safe copy").display().to_string()].map(str::to_owned).to_vec();
    // On a slow line with some delay, or all would be there in a moment.
    let proxy = FaultProxy::to(stage.dovecot.imaps);
    proxy.set(Faults { delay: Duration::from_millis(15), ..Faults::default() });
    let words = [words, more.iter().map(|word| (*word).to_owned()).collect(), stage.account_at(&user, proxy.port)].concat();
    let held = || stage.dovecot.eye(&user).count("INBOX").unwrap_or(0) + stage.dovecot.eye(&user).count("Sent").unwrap_or(0);
    let mut midway = 0;
    let slow = [words.clone(), ["--max-rate", "150000", "--password-stdin", "--json"].map(str::to_owned).to_vec()].concat();
    for kill in 0..2 {
        let mut running = console.start(slow.clone(), Some(PASSWORD));
        // Every other one dies at any time, the rest while mail is on its way.
        if (run + kill).is_multiple_of(2) {
            std::thread::sleep(Duration::from_millis(dice.below(4_000)));
        } else {
            let enough = held() + dice.below(250);
            while held() < enough.min(299) && !running.has_ended() {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(dice.below(30)));
        }
        running.kill();
        midway += u64::from((1..300).contains(&held()));
    }
    proxy.set(Faults::default());
    let result = console.run_with(PASSWORD, &words).expect(0).result();
    assert_eq!((&result["uploaded"], &result["unexplained"]), (&300.into(), &0.into()), "run {run}: {result}");
    assert_eq!(&all(&stage.held(&user)), wanted, "run {run}: lost, doubled or changed: {result}");
    let again = console.run_with(PASSWORD, &words).expect(0).result();
    assert_eq!((&again["uploaded"], &again["appended_this_run"]), (&300.into(), &0.into()), "run {run}: {again}");
    midway
}

/// R19 through the console: a POP3 program empties the new INBOX in mid-upload. It pauses, stays paused without the person's word,
/// puts back exactly what was taken with it, and a second `--pop-stopped` sends nothing.
#[test]
fn what_a_pop3_program_took_is_put_back_once() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let (console, user) = (Mailferry::new(), "drained@maildir");
    let mail = small(260, 11);
    write_eml(&console.path("mail").join("Inbox"), &mail);
    let mut words = ["run", &console.path("mail").display().to_string(), "--out", &console.path("safe copy").display().to_string()].map(str::to_owned).to_vec();
    words.extend(stage.account(user));
    let slow = [words.clone(), ["--max-rate", "60000", "--password-stdin", "--json"].map(str::to_owned).to_vec()].concat();
    let running = console.start(slow, Some(PASSWORD));
    let begun = Instant::now();
    while stage.dovecot.count(user, "INBOX").is_none_or(|count| count < 30) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    let taken = crate::support::pop3::drain(stage.dovecot.pop3, user, PASSWORD);
    assert!(taken.len() >= 30);
    let paused = running.finish(console.longest).json();
    assert_told("paused", &paused, 40);
    assert_eq!(paused["error"]["code"], "POP-DRAIN", "{paused}");
    let there = stage.dovecot.count(user, "INBOX");
    // Without the person's word nothing more is sent.
    let still = console.run_with(PASSWORD, &words).json();
    assert_eq!((&still["exit"], &still["error"]["code"], stage.dovecot.count(user, "INBOX")), (&40.into(), &"POP-DRAIN".into(), there), "{still}");
    let stopped = [words, vec!["--pop-stopped".into()]].concat();
    let wanted = digests(mail.iter().map(Vec::as_slice));
    for (run, sent) in [(1, true), (2, false)] {
        let result = console.run_with(PASSWORD, &stopped).expect(0).result();
        assert_eq!((&result["uploaded"], &result["unexplained"]), (&260.into(), &0.into()), "run {run}: {result}");
        assert_eq!(result["appended_this_run"].as_u64().is_some_and(|appended| appended > 0), sent, "run {run}: {result}");
        assert_eq!(all(&stage.held(user)), wanted, "run {run}: lost, doubled or changed: {result}");
    }
}

/// A special folder that is there already is subscribed to, so that mail programs show it.
#[test]
fn an_existing_special_folder_is_subscribed_to() {
    let Some(stage) = Stage::new(Options::default()) else { return };
    let (console, user) = (Mailferry::new(), "special@maildir");
    stage.dovecot.eye(user).ask("CREATE \"Sent\"").expect("made");
    stage.dovecot.eye(user).ask("CREATE \"Elsewhere\"").expect("made");
    assert_eq!(subscribed(&mut stage.dovecot.eye(user)), Vec::<String>::new());
    write_eml(&console.path("mail").join("Sent"), &small(3, 12));
    let mut words = ["run", &console.path("mail").display().to_string(), "--out", &console.path("safe copy").display().to_string()].map(str::to_owned).to_vec();
    words.extend(stage.account(user));
    let _copied = console.run_with(PASSWORD, &words).expect(0);
    assert_eq!(subscribed(&mut stage.dovecot.eye(user)), ["Sent"]);
}
