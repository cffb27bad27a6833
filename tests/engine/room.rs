//! R13 and journey (e): the mailbox is full at message n, for every n; later it is larger.

use mailferry::engine::upload::upload;
use mailferry::practice::server::{Config, Features, Server};
use mailferry::run::{Code, Phase};

use crate::scene::{Scene, appends, assert_whole, brief, messages, practice};

/// R13: the server holds exactly the messages before the first that does not fit, nothing after it was tried; once there is
/// room, it goes on without duplicates.
#[tokio::test(flavor = "multi_thread")]
async fn at_every_message_the_mailbox_may_be_full() {
    for n in 1..=200 {
        let (held, multiappend) = (u64::try_from(n).expect("small"), n % 4 != 0);
        // A server that does not tell its room: only OVERQUOTA says that it is full.
        let features = Features { quota: false, multiappend, ..Features::default() };
        let server = Server::start(Config { features, quota_messages: Some(held), ..Config::default() }).expect("a port");
        let scene = Scene::new(&[("Inbox", messages(n + 5))], &server).await;
        let outcome = scene.upload().await.expect("a report");
        let tally = &outcome.report.tally;
        let what = format!("full after {n}, MULTIAPPEND {multiappend}: {tally:?}");
        assert_eq!(outcome.problem.as_ref().map(|problem| problem.code), Some(Code::Quota), "{what}");
        assert_eq!((outcome.report.exit, tally.uploaded, tally.kept_by.no_room, tally.unexplained), (20, held, 5, 0), "{what}");
        let subjects: Vec<usize> = server.messages("INBOX").iter().map(|stored| number(&stored.bytes)).collect();
        assert_eq!(subjects, (0..n).collect::<Vec<_>>(), "{what}");
        server.set_quota_messages(None);
        let outcome = scene.upload().await.expect("it goes on");
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        assert_eq!(server.messages("INBOX").len(), n + 5, "{what}");
    }
}

fn number(mail: &[u8]) -> usize {
    let text = String::from_utf8_lossy(mail);
    text.lines().find_map(|line| line.strip_prefix("Subject: Message ")).and_then(|n| n.parse().ok()).expect("a numbered message")
}

/// A server that tells its room: what does not fit is said before anything is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_fit_sends_nothing() {
    let server = Server::start(Config { quota_bytes: Some(8 * 1024), ..Config::default() }).expect("a port");
    let mut scene = Scene::new(&[("Inbox", messages(200))], &server).await;
    let plan = scene.plan().await;
    assert!(!plan.fits && plan.over_by > 0);
    let outcome = scene.upload().await.expect("a report");
    assert_eq!((outcome.report.exit, appends(&server), server.total()), (20, 0, 0));
    // Newest until full: the newest fit, the rest is kept, and the mailbox is not filled to the brim.
    scene.request.choices.newest_until_full = true;
    let outcome = scene.upload().await.expect("a report");
    let tally = &outcome.report.tally;
    assert!(tally.uploaded > 0 && tally.kept_by.no_room > 0 && tally.unexplained == 0, "{tally:?}");
    assert!(server.used_bytes() <= 8 * 1024);
    let newest = server.messages("INBOX").iter().map(|stored| number(&stored.bytes)).min().expect("some");
    assert!(newest > 100, "the newest go first, not {newest}");
    // «Your mailbox is larger now. Move the rest.»
    server.set_quota(None);
    scene.request.choices.newest_until_full = false;
    let outcome = scene.upload().await.expect("the rest");
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    assert_whole(&scene, &server, "the rest").await;
}

/// Where only a part goes, checking counts that part: what stays in the safe copy is not looked for.
#[tokio::test(flavor = "multi_thread")]
async fn checking_counts_only_what_is_to_be_there() {
    let server = Server::start(Config { quota_bytes: Some(8 * 1024), ..Config::default() }).expect("a port");
    let mut scene = Scene::new(&[("Inbox", messages(100)), ("Old", messages(100))], &server).await;
    scene.request.choices.newest_until_full = true;
    let run = scene.run();
    let outcome = upload(&scene.request, true, &run).await.expect("a report");
    let tally = &outcome.report.tally;
    assert!(tally.uploaded > 0 && tally.kept_by.no_room > 0, "{tally:?}");
    let progress = run.progress_now();
    assert_eq!(progress.phase, Phase::Verifying);
    let there = tally.uploaded + tally.already_there;
    assert_eq!((progress.messages_done, progress.messages_total), (there, there), "{tally:?}");
}

/// The guard compares what is still to be sent with the free room, not the whole source: no false alarm on the second run.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_run_is_no_false_alarm() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(100))], &server).await;
    scene.upload().await.expect("uploaded");
    server.set_quota(Some(server.used_bytes() + 1024));
    assert!(scene.plan().await.fits);
    assert_whole(&scene, &server, "a full mailbox that holds all").await;
}

/// A message larger than the server takes is known beforehand, named, and kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_larger_than_the_server_takes_is_kept_and_named() {
    for announced in [true, false] {
        let features = Features { append_limit: announced, ..Features::default() };
        let server = Server::start(Config { features, largest_message: Some(4096), ..Config::default() }).expect("a port");
        let mut mails = messages(20);
        mails[7].extend(b"a long line of text\r\n".repeat(500));
        let scene = Scene::new(&[("Inbox", mails)], &server).await;
        let outcome = scene.upload().await.expect("a report");
        let tally = &outcome.report.tally;
        assert_eq!((tally.uploaded, tally.kept_by.too_large, tally.unexplained, outcome.report.exit), (19, 1, 0, 2), "{announced}: {tally:?}");
        assert_eq!(tally.kept_messages[0].subject.as_deref(), Some("Message 7"));
    }
}
