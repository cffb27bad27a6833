//! R1, R3, R4, R6: whatever breaks, wherever: 0 lost, 0 doubled, 0 changed.

use std::time::Duration;

use mailferry::engine::upload;
use mailferry::journal::BreakPoint;
use mailferry::mail::{Flags, InternalDate};
use mailferry::practice::server::{Config, Cut, CutAt, Features, Server, What, When};

use crate::scene::{Scene, appends, assert_whole, brief, held, messages, practice};

/// R1: interrupt at every journal record, before the write, before and after the sync; resume.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_at_every_journal_record_it_resumes_without_loss_or_duplicate() {
    for point in [BreakPoint::BeforeWrite, BreakPoint::BeforeSync, BreakPoint::AfterSync] {
        for n in 0..60 {
            let server = practice();
            let mut scene = Scene::new(&[("Inbox", messages(6)), ("Sent", messages(3))], &server).await;
            scene.request.choices.connections = Some(1);
            let mut left = n;
            let broke = upload::upload_breaking(
                &scene.request,
                true,
                &scene.run(),
                Box::new(move |at| {
                    left -= i32::from(at == point);
                    left < 0
                }),
            )
            .await;
            let finished = broke.as_ref().is_ok_and(|outcome| outcome.problem.is_none());
            let what = format!("{point:?} {n}");
            let resumed = scene.upload().await.unwrap_or_else(|problem| panic!("{what}: {problem}"));
            assert_eq!(resumed.report.exit, 0, "{what}: {}", brief(&resumed));
            assert_whole(&scene, &server, &what).await;
            if finished {
                assert!(n > 3, "the journal is written down more often than that");
                break;
            }
            assert!(n < 59, "more records than this test looks at");
        }
    }
}

/// R3: the connection cut at every byte, in both directions, of a conversation about five messages of some 200 bytes.
#[tokio::test(flavor = "multi_thread")]
async fn cut_at_every_byte_it_resumes_without_loss_or_duplicate() {
    // Each lane has a server of its own and takes every sixth byte: most of the time is spent waiting, not working.
    const LANES: u64 = 6;
    let lanes = (0..LANES * 2).map(|lane| tokio::spawn(cut_every(lane / 2, LANES, lane % 2 == 0)));
    for cuts in futures_util::future::join_all(lanes.collect::<Vec<_>>()).await {
        assert!(cuts.expect("a lane") > 30, "the conversation has more bytes than that");
    }
}

/// Cuts after `first`, `first + step`, … bytes until the conversation is over before the cut; answers how often it cut.
async fn cut_every(first: u64, step: u64, received: bool) -> usize {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(5))], &server).await;
    let wanted = scene.wanted().await;
    for (cuts, at) in (first..20_000).step_by(usize::try_from(step).expect("small")).enumerate() {
        let uids: Vec<u32> = server.messages("INBOX").iter().map(|stored| stored.uid).collect();
        server.expunge("INBOX", &uids);
        if scene.request.home.root().join("jobs").exists() {
            scene.forget_jobs();
        }
        let at = if received { CutAt::Received(at) } else { CutAt::Sent(at) };
        server.script(|faults| faults.cut = Some(Cut { at, times: 1 }));
        let before = server.command_log().iter().map(|logged| logged.session).max().unwrap_or(0);
        server.clear_command_log();
        let outcome = upload::upload(&scene.request, false, &scene.run()).await;
        server.script(|faults| faults.cut = None);
        // Done in the very next session alone: the conversation was over before the cut. One that is cut before a command came is not logged.
        let sessions: std::collections::BTreeSet<_> = server.command_log().iter().map(|logged| logged.session).collect();
        if sessions == [before + 1].into() && outcome.as_ref().is_ok_and(|outcome| outcome.problem.is_none()) {
            return cuts;
        }
        // A line that was there is waited for, wherever it broke; one that breaks in the sign-in is told at once.
        let was_signed_in = server.command_log().iter().any(|logged| logged.session == before + 1 && logged.verb == "LIST");
        if was_signed_in {
            let outcome = outcome.as_ref().unwrap_or_else(|problem| panic!("{at:?}: {problem}"));
            assert!(outcome.problem.is_none(), "{at:?}: {:?}", outcome.problem);
        }
        if !outcome.is_ok_and(|outcome| outcome.problem.is_none()) {
            let again = upload::upload(&scene.request, false, &scene.run()).await.unwrap_or_else(|problem| panic!("{at:?}: {problem}"));
            assert_eq!(again.report.exit, 0, "{at:?}: {}", brief(&again));
        }
        assert_eq!(held(&server), wanted, "{at:?}");
    }
    panic!("the conversation is longer than this test looks");
}

/// R4: the reply is lost a hundred times in a row; exactly one copy of each message.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_lost_replies_leave_exactly_one_copy() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(8))], &server).await;
    server.fault(When::at("APPEND").times(100), What::LoseReply);
    server.fault(When::at("UID FETCH").times(20), What::Close);
    let outcome = scene.upload().await.expect("it goes on");
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    assert!(outcome.report.tally.doubtful_settled > 0);
    server.script(|faults| faults.list.clear());
    assert_whole(&scene, &server, "lost replies").await;
}

/// R4: one message a connection, so that each of a hundred replies is lost for itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_lost_replies_of_single_appends_leave_exactly_one_copy() {
    let server = Server::start(Config {
        features: Features { multiappend: false, literals: mailferry::practice::server::Literals::Synchronising, ..Features::default() },
        ..Config::default()
    })
    .expect("a port");
    let scene = Scene::new(&[("Inbox", messages(110))], &server).await;
    server.fault(When::at("APPEND").times(100), What::LoseReply);
    let outcome = scene.upload().await.expect("it goes on");
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    assert!(outcome.report.tally.doubtful_settled >= 100);
    assert_whole(&scene, &server, "single lost replies").await;
}

/// R4: the server commits after the connection broke; two looks with the right pause between them see it.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_commit_is_not_doubled() {
    let server = practice();
    let mut scene = Scene::new(&[("Inbox", messages(8))], &server).await;
    scene.request.timing.settle_after = Duration::from_millis(600);
    scene.request.timing.between_looks = Duration::from_millis(250);
    server.fault(When::at("APPEND").once(), What::CommitLate(Duration::from_millis(300)));
    let outcome = scene.upload().await.expect("it goes on");
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    assert_whole(&scene, &server, "a late commit").await;
}

/// R6: the server was restored from a backup between two runs: other UIDVALIDITY, other UIDs, the same mail.
#[tokio::test(flavor = "multi_thread")]
async fn after_uidvalidity_changed_nothing_is_sent_twice() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(12))], &server).await;
    server.deliver("INBOX", b"Subject: before\r\n\r\nnot ours\r\n".to_vec(), Flags::default(), InternalDate::from_unix(1_600_000_000));
    scene.upload().await.expect("uploaded");
    server.change_uid_validity("INBOX");
    server.clear_command_log();
    let outcome = scene.upload().await.expect("a second run");
    assert_eq!(appends(&server), 0);
    assert_eq!((outcome.report.tally.uploaded, outcome.report.exit), (12, 0), "{}", brief(&outcome));
}

/// R6: it changes in the middle of a run, under a connection that breaks there.
#[tokio::test(flavor = "multi_thread")]
async fn uidvalidity_changing_in_mid_run_doubles_nothing() {
    let features = Features { multiappend: false, ..Features::default() };
    let server = Server::start(Config { features, ..Config::default() }).expect("a port");
    let scene = Scene::new(&[("Inbox", messages(40))], &server).await;
    server.fault(When::at("APPEND").after(15).once(), What::LoseReply);
    let upload = scene.upload();
    let change = async {
        while server.messages("INBOX").len() < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.change_uid_validity("INBOX");
    };
    let (outcome, ()) = tokio::join!(upload, change);
    let outcome = outcome.expect("it goes on");
    assert_eq!(outcome.report.tally.unexplained, 0, "{}", brief(&outcome));
    assert_whole(&scene, &server, "UIDVALIDITY in mid-run").await;
}

/// R6: what the person deleted between two runs is not sent again, and is no failure.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_deleted_since_is_not_sent_again() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(20))], &server).await;
    scene.upload().await.expect("uploaded");
    let uids: Vec<u32> = server.messages("INBOX").iter().take(7).map(|stored| stored.uid).collect();
    server.expunge("INBOX", &uids);
    server.clear_command_log();
    let outcome = scene.upload().await.expect("a second run");
    assert_eq!(appends(&server), 0);
    let tally = &outcome.report.tally;
    assert_eq!((tally.uploaded, tally.gone_by_owner, tally.unexplained, outcome.report.exit), (20, 7, 0, 0), "{}", brief(&outcome));
}

/// R6: the person deleted some between an interrupted run and its continuation.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_deleted_while_it_was_interrupted_is_not_sent_again() {
    let features = Features { multiappend: false, ..Features::default() };
    let server = Server::start(Config { features, ..Config::default() }).expect("a port");
    let scene = Scene::new(&[("Inbox", messages(60))], &server).await;
    let run = scene.run();
    let cancel = run.cancel.clone();
    let stopping = async {
        while server.messages("INBOX").len() < 20 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cancel.cancel();
    };
    let (stopped, ()) = tokio::join!(upload::upload(&scene.request, true, &run), stopping);
    let there = server.messages("INBOX").len();
    if there < 60 {
        assert_eq!(stopped.expect("a report").report.exit, 40);
    }
    let uids: Vec<u32> = server.messages("INBOX").iter().take(5).map(|stored| stored.uid).collect();
    server.expunge("INBOX", &uids);
    let outcome = scene.upload().await.expect("it goes on");
    assert_eq!(server.messages("INBOX").len(), 55, "no resurrection");
    assert_eq!((outcome.report.tally.gone_by_owner, outcome.report.exit), (5, 0), "{}", brief(&outcome));
}

/// R6: another client renames a folder between two runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_renamed_or_deleted_is_not_filled_again() {
    for delete in [false, true] {
        let server = practice();
        let scene = Scene::new(&[("Inbox", messages(4)), ("Holidays", messages(9))], &server).await;
        scene.upload().await.expect("uploaded");
        assert!(if delete { server.delete_mailbox("Holidays") } else { server.rename_mailbox("Holidays", "Trips") });
        server.clear_command_log();
        let outcome = scene.upload().await.expect("a second run");
        assert_eq!(appends(&server), 0, "deleted {delete}");
        assert_eq!((outcome.report.tally.gone_by_owner, outcome.report.exit), (9, 0), "{}", brief(&outcome));
    }
}
