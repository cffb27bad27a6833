//! The second sync and every later one: only what is new, flags too, deletions never; what the person did at the new account stands.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use mailferry::engine::sync::quiet::{Clock, Wait, until_quiet};
use mailferry::mail::Sha256Digest;

use crate::scene::{Mail, NEW, OLD, Scene, act, appended, assert_whole, brief, delete, held, mail, mails, put};
use crate::stage::Stage;
use crate::support::dovecot::{Dovecot, Options};
use crate::support::eye::Seen;

/// A message of the new account by the number it was made with.
fn found(dovecot: &Dovecot, mailbox: &str, n: u64) -> Option<Seen> {
    let digest = Sha256Digest::of(&mail(n).bytes);
    dovecot.messages(NEW, mailbox).into_iter().find(|seen| Sha256Digest::of(&seen.bytes) == digest)
}

/// With CONDSTORE and QRESYNC, with CONDSTORE alone, and with neither.
fn servers() -> [(&'static str, Options); 3] {
    [
        ("QRESYNC", Options::default()),
        ("CONDSTORE", Options { without: vec!["QRESYNC"], ..Options::default() }),
        ("lists", Options { without: vec!["QRESYNC", "CONDSTORE", "ENABLE", "LIST-STATUS"], ..Options::default() }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_brings_what_is_new_and_leaves_the_persons_doing_alone() {
    for (what, options) in servers() {
        let Some(dovecot) = Dovecot::start(options) else { return };
        put(&dovecot, OLD, "INBOX", &(0..20).map(|n| Mail { flags: String::new(), ..mail(n) }).collect::<Vec<_>>());
        put(&dovecot, OLD, "Work", &mails(20..30));
        let scene = Scene::new(&dovecot, &dovecot);
        assert_eq!(appended(&scene.pass(what).await), 30, "{what}");
        // Meanwhile at the old account: new mail, a new folder, other flags, mail deleted.
        put(&dovecot, OLD, "INBOX", &mails(40..43));
        put(&dovecot, OLD, "New folder", &mails(50..52));
        act(&dovecot, OLD, "INBOX", &["UID STORE 1:4 +FLAGS (\\Seen)", "UID STORE 5 +FLAGS (\\Flagged $Forwarded)"]);
        delete(&dovecot, OLD, "INBOX", "10,11");
        delete(&dovecot, OLD, "Work", "1");
        // And at the new one: the person answered one, moved one, deleted one.
        let uid = |n: u64| found(&dovecot, "INBOX", n).expect("there").uid;
        let (answered, moved, deleted) = (uid(1), uid(15), uid(16));
        act(&dovecot, NEW, "INBOX", &[&format!("UID STORE {answered} +FLAGS (\\Answered)"), &format!("UID MOVE {moved} Archive")]);
        delete(&dovecot, NEW, "INBOX", &deleted.to_string());
        let outcome = scene.pass(what).await;
        let sync = outcome.report.sync.clone().expect("a sync");
        assert_eq!((appended(&outcome), outcome.report.tally.found), (5, 32), "{what}: {}", brief(&outcome));
        assert_eq!((sync.new_messages, sync.gone_at_old, sync.flags_carried, sync.flags_left), (5, 3, 4, 1), "{what}: {}", brief(&outcome));
        let flags = |n: u64| found(&dovecot, "INBOX", n).expect("there").flags;
        assert_eq!(flags(0), ["\\Seen"], "{what}: carried over");
        assert_eq!(flags(1), ["\\Answered"], "{what}: the person's own");
        assert_eq!(flags(2), ["\\Seen"], "{what}: carried over");
        assert_eq!(flags(4), ["$Forwarded", "\\Flagged"], "{what}: carried over");
        assert!(found(&dovecot, "INBOX", 9).is_some() && found(&dovecot, "Work", 20).is_some(), "{what}: a deletion was carried");
        assert!(found(&dovecot, "INBOX", 15).is_none() && found(&dovecot, "Archive", 15).is_some(), "{what}: what was moved stays moved");
        assert!(found(&dovecot, "INBOX", 16).is_none(), "{what}: what was deleted came back");
        let before = held(&dovecot, NEW, '/', "");
        let again = scene.pass(what).await;
        assert_eq!(appended(&again), 0, "{what}: {}", brief(&again));
        assert_eq!(held(&dovecot, NEW, '/', ""), before, "{what}: a pass without news changed something");
    }
}

/// A flag goes there and back; one that both sides changed alike is nobody's conflict.
#[tokio::test(flavor = "multi_thread")]
async fn flags_follow_as_often_as_they_change() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &(0..3).map(|n| Mail { flags: String::new(), ..mail(n) }).collect::<Vec<_>>());
    let scene = Scene::new(&dovecot, &dovecot);
    scene.pass("first").await;
    for (step, flags) in [("+FLAGS (\\Seen)", vec!["\\Seen"]), ("+FLAGS (\\Flagged)", vec!["\\Flagged", "\\Seen"]), ("-FLAGS (\\Seen)", vec!["\\Flagged"])] {
        act(&dovecot, OLD, "INBOX", &[&format!("UID STORE 2 {step}")]);
        let outcome = scene.pass(step).await;
        assert_eq!(outcome.report.sync.expect("a sync").flags_carried, 1, "{step}");
        assert_eq!(found(&dovecot, "INBOX", 1).expect("there").flags, flags, "{step}");
    }
    let uid = found(&dovecot, "INBOX", 2).expect("there").uid;
    act(&dovecot, OLD, "INBOX", &["UID STORE 3 +FLAGS (\\Seen)"]);
    act(&dovecot, NEW, "INBOX", &[&format!("UID STORE {uid} +FLAGS (\\Seen)")]);
    let outcome = scene.pass("both alike").await;
    let sync = outcome.report.sync.expect("a sync");
    assert_eq!((sync.flags_carried, sync.flags_left), (0, 0));
    act(&dovecot, OLD, "INBOX", &["UID STORE 3 -FLAGS (\\Seen)"]);
    assert_eq!(scene.pass("and back").await.report.sync.expect("a sync").flags_carried, 1);
    assert_whole(&scene, &dovecot, &dovecot, "flags").await;
}

/// Two identical mails stay two; a third that arrives later arrives, even where one of the first two is gone by then.
#[tokio::test(flavor = "multi_thread")]
async fn an_identical_mail_that_arrives_later_arrives() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let same = mail(1);
    put(&dovecot, OLD, "INBOX", &[same.clone(), same.clone()]);
    let scene = Scene::new(&dovecot, &dovecot);
    assert_eq!(appended(&scene.pass("two").await), 2);
    put(&dovecot, OLD, "INBOX", std::slice::from_ref(&same));
    assert_eq!(appended(&scene.pass("a third").await), 1);
    assert_eq!(dovecot.count(NEW, "INBOX"), Some(3));
    delete(&dovecot, OLD, "INBOX", "1");
    put(&dovecot, OLD, "INBOX", &[same]);
    let outcome = scene.pass("one went, one came").await;
    assert_eq!((appended(&outcome), dovecot.count(NEW, "INBOX")), (1, Some(4)), "{}", brief(&outcome));
}

/// Nothing new: no body is read, nothing is opened, and a handful of commands is all.
#[tokio::test(flavor = "multi_thread")]
async fn a_pass_with_nothing_new_takes_a_few_commands_and_no_body() {
    let (Some(old), Some(new)) = (Stage::new(Options::default()), Stage::new(Options::default())) else { return };
    for n in 0..12 {
        put(&old.dovecot, OLD, &format!("Folder {n}"), &mails(n * 10..n * 10 + 10));
    }
    let scene = Scene::new(&old.dovecot, &new.dovecot);
    scene.pass("first").await;
    // The second pass sees what its own first look did to the server's numbers, if anything.
    for pass in ["second", "third"] {
        old.clear_commands();
        new.clear_commands();
        let outcome = scene.pass(pass).await;
        assert_eq!((appended(&outcome), outcome.report.tally.found, outcome.report.tally.uploaded), (0, 120, 120), "{pass}: {}", brief(&outcome));
        assert_eq!(outcome.report.sync.as_ref().map(|sync| sync.new_messages), Some(0), "{pass}");
        for (side, commands) in [("old", old.commands()), ("new", new.commands())] {
            assert!(!commands.contains_key("FETCH"), "{pass}, {side}: {commands:?}");
            assert!(commands.values().sum::<usize>() <= 8, "{pass}, {side}: {commands:?}");
        }
    }
}

/// R6 at the old account: everything is numbered anew. It is found again by its bytes; what came meanwhile comes, nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn uidvalidity_changes_at_the_old_account() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let same = mail(3);
    put(&dovecot, OLD, "Work", &[mails(0..10), vec![same.clone(); 2]].concat());
    let scene = Scene::new(&dovecot, &dovecot);
    assert_eq!(appended(&scene.pass("first").await), 12);
    // The folder is made anew with the same mail in another order, one copy more, one mail less, and one that is new.
    let mut eye = dovecot.eye(OLD);
    eye.ask("DELETE Work").expect("deleted");
    drop(eye);
    std::thread::sleep(Duration::from_millis(1_100)); // Dovecot's UIDVALIDITY is the time in seconds
    put(&dovecot, OLD, "Work", &[vec![same.clone(); 3], mails(1..10).into_iter().rev().collect(), vec![mail(77)]].concat());
    let outcome = scene.pass("numbered anew").await;
    assert_eq!((appended(&outcome), outcome.report.tally.found), (2, 13), "{}", brief(&outcome));
    assert_eq!(dovecot.count(NEW, "Work"), Some(14), "mail 0 was deleted at the old account and stays here");
    assert_eq!(appended(&scene.pass("and again").await), 0);
}

/// R6 at the new account: what is there is found again by its bytes, what the person deleted does not come back.
#[tokio::test(flavor = "multi_thread")]
async fn uidvalidity_changes_at_the_new_account() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "Work", &mails(0..12));
    let scene = Scene::new(&dovecot, &dovecot);
    assert_eq!(appended(&scene.pass("first").await), 12);
    dovecot.eye(NEW).ask("DELETE Work").expect("deleted");
    std::thread::sleep(Duration::from_millis(1_100));
    put(&dovecot, NEW, "Work", &mails(0..9).into_iter().rev().collect::<Vec<_>>());
    put(&dovecot, OLD, "Work", &mails(12..14));
    let outcome = scene.pass("numbered anew").await;
    assert_eq!((appended(&outcome), outcome.report.tally.found), (2, 14), "{}", brief(&outcome));
    assert_eq!(dovecot.count(NEW, "Work"), Some(11), "nothing that was deleted came back");
    act(&dovecot, OLD, "Work", &["UID STORE 1 FLAGS (\\Flagged)"]);
    let outcome = scene.pass("flags").await;
    assert_eq!(outcome.report.sync.as_ref().map(|sync| sync.flags_carried), Some(1), "its new UID is known: {}", brief(&outcome));
    assert_eq!(appended(&scene.pass("and again").await), 0);
}

/// A folder that the person deleted or renamed at the new account stays so; new mail for it makes it anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_renamed_at_the_new_account_is_not_filled_again() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "Holidays", &mails(0..9));
    put(&dovecot, OLD, "INBOX", &mails(20..22));
    let scene = Scene::new(&dovecot, &dovecot);
    scene.pass("first").await;
    dovecot.eye(NEW).ask("RENAME Holidays Trips").expect("renamed");
    put(&dovecot, OLD, "INBOX", &mails(22..23));
    let outcome = scene.pass("renamed").await;
    assert_eq!((appended(&outcome), dovecot.count(NEW, "Holidays"), dovecot.count(NEW, "Trips")), (1, None, Some(9)), "{}", brief(&outcome));
    put(&dovecot, OLD, "Holidays", &mails(9..10));
    assert_eq!(appended(&scene.pass("one more").await), 1);
    assert_eq!((dovecot.count(NEW, "Holidays"), dovecot.count(NEW, "Trips")), (Some(1), Some(9)));
}

/// A clock that a test winds.
struct Wound {
    now: Mutex<Timestamp>,
    /// What happens before each round, by its number.
    #[allow(clippy::type_complexity)]
    between: Box<dyn Fn(u64) + Send + Sync>,
    rounds: Mutex<u64>,
}

impl Clock for Wound {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let round = {
            let mut rounds = self.rounds.lock().unwrap();
            *rounds += 1;
            *rounds
        };
        (self.between)(round);
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(jiff::SignedDuration::try_from(duration).unwrap()).unwrap();
    }
}

/// Four times the old TTL after the last mail, and not before.
#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_until_the_old_mailbox_was_quiet_for_long_enough() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..3));
    let scene = Scene::new(&dovecot, &dovecot);
    let start: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
    let dovecot = std::sync::Arc::new(dovecot);
    let late = std::sync::Arc::clone(&dovecot);
    // Rounds of six hours; the old TTL is eight. A late mail comes in the third round.
    let between = move |round| {
        if round == 3 {
            put(&late, OLD, "INBOX", &mails(10..11));
        }
    };
    let clock = Wound { now: Mutex::new(start), between: Box::new(between), rounds: Mutex::new(0) };
    let wait = Wait { every: Duration::from_secs(6 * 3600), old_ttl: Some(Duration::from_secs(8 * 3600)), changed_at: None };
    let outcome = until_quiet(&scene.request, &wait, &clock, &scene.run()).await.expect("quiet");
    let quiet = outcome.report.sync.clone().and_then(|sync| sync.quiet).expect("waited for");
    // The late mail was seen at 18 h; 32 h of quiet from then are over at the round of 54 h.
    assert_eq!((quiet.since.as_str(), quiet.may_cancel, quiet.passes), ("2026-11-26T02:00:00Z", true, 10), "{quiet:?}");
    assert_eq!(clock.now(), "2026-11-27T14:00:00Z".parse::<Timestamp>().unwrap());
    assert_eq!((outcome.report.exit, dovecot.count(NEW, "INBOX")), (0, Some(4)));
    // Quiet before the change of the mail server proves nothing; and another start goes on from what is remembered.
    let wait = Wait { changed_at: Some("2026-11-27T12:00:00Z".parse().unwrap()), ..wait };
    let outcome = until_quiet(&scene.request, &wait, &clock, &scene.run()).await.expect("quiet");
    let quiet = outcome.report.sync.and_then(|sync| sync.quiet).expect("waited for");
    assert_eq!((quiet.since.as_str(), quiet.until.as_str()), ("2026-11-27T12:00:00Z", "2026-11-28T20:00:00Z"));
    assert!(clock.now() >= "2026-11-28T20:00:00Z".parse::<Timestamp>().unwrap());
}

/// Stopped by a person while it waits: what was reached is told, and it can go on.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_while_waiting_it_tells_the_last_pass() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..3));
    let scene = Scene::new(&dovecot, &dovecot);
    let run = scene.run();
    let cancel = run.cancel.clone();
    let clock = Wound { now: Mutex::new(Timestamp::UNIX_EPOCH), between: Box::new(move |_| cancel.cancel()), rounds: Mutex::new(0) };
    let wait = Wait { every: Duration::from_secs(900), old_ttl: None, changed_at: None };
    let outcome = until_quiet(&scene.request, &wait, &clock, &run).await.expect("the last pass");
    assert_eq!((outcome.report.exit, outcome.report.tally.uploaded), (40, 3), "{}", brief(&outcome));
    assert!(!outcome.report.sync.and_then(|sync| sync.quiet).expect("waited for").may_cancel);
}
