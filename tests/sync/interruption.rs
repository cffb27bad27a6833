//! R1 to R4 between two servers: whatever breaks, wherever, on either side: 0 lost, 0 doubled, 0 changed.

use std::time::Duration;

use mailferry::engine::sync::sync_breaking;
use mailferry::journal::BreakPoint;

use crate::scene::{NEW, OLD, Scene, assert_whole, brief, far, held, mail, mails, put};
use crate::support::dovecot::{Dovecot, Options, PASSWORD};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::made_mail::Dice;
use crate::support::mailferry::Mailferry;

/// Users whose mail is the same: each interruption gets a new account that is empty.
fn new_user(n: usize) -> String {
    format!("new{n}@sdbox")
}

fn assert_same(dovecot: &Dovecot, user: &str, what: &str) {
    assert_eq!(held(dovecot, user, '/', ""), held(dovecot, OLD, '/', ""), "{what}: lost, doubled or changed");
}

/// R1: interrupted at every journal record, before the write, before and after the sync; resumed.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_at_every_journal_record_it_resumes_without_loss_or_duplicate() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &[mails(0..5), vec![mail(2)]].concat());
    put(&dovecot, OLD, "Sent", &mails(5..8));
    let mut users = 0;
    for point in [BreakPoint::BeforeWrite, BreakPoint::BeforeSync, BreakPoint::AfterSync] {
        for n in 0..80 {
            users += 1;
            let user = new_user(users);
            let scene = Scene::between(far(&dovecot, OLD, dovecot.imaps), far(&dovecot, &user, dovecot.imaps));
            let mut left = n;
            let breaker = Box::new(move |at| {
                left -= i32::from(at == point);
                left < 0
            });
            let broke = sync_breaking(&scene.request, &scene.run(), breaker).await;
            let finished = broke.as_ref().is_ok_and(|outcome| outcome.problem.is_none());
            let what = format!("{point:?} {n}");
            scene.pass(&what).await;
            assert_same(&dovecot, &user, &what);
            let again = scene.pass(&what).await;
            assert_eq!(again.report.tally.appended_this_run, 0, "{what}: {}", brief(&again));
            assert_same(&dovecot, &user, &what);
            if finished {
                assert!(n > 5, "the journal is written down more often than that");
                break;
            }
            assert!(n < 79, "more records than this test looks at");
        }
    }
}

/// R3: the line cut on either side, in either direction, every so many octets of a conversation; then whole again.
#[tokio::test(flavor = "multi_thread")]
async fn cut_on_either_side_it_resumes_without_loss_or_duplicate() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &[mails(0..6), vec![mail(2)]].concat());
    put(&dovecot, OLD, "Work", &mails(6..9));
    let (mut users, mut cuts) = (1000, [0; 4]);
    for (case, cuts) in cuts.iter_mut().enumerate() {
        let (at_old, to_server) = (case % 2 == 0, case / 2 == 0);
        let proxy = FaultProxy::to(dovecot.imaps);
        let (old, new) = if at_old { (proxy.port, dovecot.imaps) } else { (dovecot.imaps, proxy.port) };
        for at in (0..).map(|step: u64| 200 + step * if to_server { 97 } else { 397 }) {
            users += 1;
            let user = new_user(users);
            let scene = Scene::between(far(&dovecot, OLD, old), far(&dovecot, &user, new));
            let faults = Faults { times: Some(1), ..Faults::default() };
            proxy.set(if to_server { Faults { cut_to_server: Some(at), ..faults } } else { Faults { cut_to_client: Some(at), ..faults } });
            let before = proxy.cuts();
            let what = format!("at the {} server, {} octets {}", if at_old { "old" } else { "new" }, at, if to_server { "towards it" } else { "from it" });
            // A line that was never reached, or broke in the sign-in, ends the run, and it is started again; one that was there is waited for.
            let first = scene.sync().await;
            proxy.set(Faults::default());
            match first {
                Ok(outcome) => assert!(outcome.problem.is_none(), "{what}: {:?}", outcome.problem),
                Err(_) => drop(scene.pass(&what).await),
            }
            assert_same(&dovecot, &user, &what);
            assert_eq!(scene.pass(&what).await.report.tally.appended_this_run, 0, "{what}");
            if proxy.cuts() == before {
                break; // the conversation is over before the cut
            }
            *cuts += 1;
            assert!(*cuts < 400, "a conversation without an end");
        }
    }
    assert!(cuts.iter().all(|cuts| *cuts > 5), "{cuts:?}");
}

/// R4: replies of the new server are lost again and again while it is still heard.
#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_make_no_copies() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &vec![mail(4); 3]);
    put(&dovecot, OLD, "Work", &mails(0..20));
    let proxy = FaultProxy::to(dovecot.imaps);
    let scene = Scene::between(far(&dovecot, OLD, dovecot.imaps), far(&dovecot, NEW, proxy.port));
    proxy.set(Faults { swallow_replies: Some((7_000, Duration::from_millis(40))), times: Some(30), ..Faults::default() });
    let _ended_or_not = scene.sync().await;
    proxy.set(Faults::default());
    scene.pass("all is well again").await;
    assert_whole(&scene, &dovecot, &dovecot, "lost replies").await;
}

/// R2: `kill -9` of the built program in the middle of a sync, at times that vary; started again it is whole.
#[test]
fn killed_in_the_middle_it_resumes_without_loss_or_duplicate() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..400));
    put(&dovecot, OLD, "Work", &mails(400..700));
    let mut dice = Dice::new(11);
    let mut in_the_middle = 0;
    for round in 0..12 {
        let user = new_user(2000 + round);
        let program = Mailferry::new().trusting(&dovecot.ca_file()).env("MAILFERRY_OLD_PASSWORD", PASSWORD);
        let port = dovecot.imaps.to_string();
        let words = [
            ["sync", "--old-account", OLD, "--old-host", "localhost", "--old-port", &port, "--account", &user, "--host", "localhost"].as_slice(),
            &["--port", &port, "--no-keychain", "--password-stdin", "--json"],
        ]
        .concat();
        let mut running = program.start(&words, Some(PASSWORD));
        std::thread::sleep(Duration::from_millis(150 + dice.below(700)));
        in_the_middle += usize::from(!running.has_ended());
        running.kill();
        let ran = program.start(&words, Some(PASSWORD)).finish(program.longest).expect(0);
        let result = ran.result();
        assert_eq!((&result["found"], &result["unexplained"], &result["failed"]), (&700.into(), &0.into(), &serde_json::json!([])), "{result}");
        assert_same(&dovecot, &user, &format!("round {round}"));
        let again = program.start(&words, Some(PASSWORD)).finish(program.longest).expect(0).result();
        assert_eq!(again["appended_this_run"], 0, "{again}");
    }
    assert!(in_the_middle > 3, "killed too late to prove anything: {in_the_middle}");
}

/// The console: the contract's object, and what it refuses.
#[test]
fn the_console_tells_the_sum_and_refuses_what_it_can_not_do() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..9));
    let port = dovecot.imaps.to_string();
    let words = |user: &str, more: &[&str]| -> Vec<String> {
        let all = [
            "sync",
            "--old-account",
            OLD,
            "--old-host",
            "localhost",
            "--old-port",
            &port,
            "--account",
            user,
            "--host",
            "localhost",
            "--port",
            &port,
            "--no-keychain",
        ];
        all.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let program = Mailferry::new().trusting(&dovecot.ca_file());
    let ran = program.run_with(PASSWORD, words(NEW, &[])).expect(16);
    assert!(ran.json()["error"]["message"].as_str().is_some_and(|text| text.contains("MAILFERRY_OLD_PASSWORD")), "{ran:?}");
    let program = program.env("MAILFERRY_OLD_PASSWORD", PASSWORD);
    let refused = program.run_with(PASSWORD, words(NEW, &["--old-protocol", "pop3"])).expect(1).json();
    assert!(refused["error"]["message"].as_str().is_some_and(|text| text.contains("not in this version")), "{refused}");
    let same = program.run_with(PASSWORD, words(OLD, &[])).expect(1).json();
    assert_eq!(same["error"]["code"], "USAGE", "{same}");
    let done = program.run_with(PASSWORD, words(NEW, &["--verify", "full"])).expect(0).json();
    for key in ["found", "uploaded", "already_there", "kept", "kept_by", "failed", "unexplained", "appended_this_run", "doubtful_settled", "seconds", "sync"] {
        assert!(done["result"].get(key).is_some(), "{key}: {done}");
    }
    assert_eq!((&done["command"], &done["result"]["by_digest"], &done["result"]["sync"]["new_messages"]), (&"sync".into(), &9.into(), &9.into()), "{done}");
    let people = program.start(words(NEW, &["--password-stdin", "--progress", "lines"]), Some(PASSWORD)).finish(program.longest).expect(0);
    assert!(people.stdout.contains("All 9 messages are in the new mailbox") && people.stdout.contains("Old account: old@sdbox"), "{}", people.stdout);
}
