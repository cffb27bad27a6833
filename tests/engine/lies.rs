//! R7 and the hints that servers get wrong: what a server says is checked, never believed.

use mailferry::engine::report::VerifyMode;
use mailferry::practice::server::{AppendUid, Config, Features, Server, What, When};

use crate::scene::{Scene, assert_whole, brief, messages, practice};

/// R7: OK without storing is found at verification.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_ok_without_storing_is_found_out() {
    for mode in [VerifyMode::Sizes, VerifyMode::Sample, VerifyMode::Full] {
        for uidplus in [true, false] {
            let features = Features { uidplus, ..Features::default() };
            let server = Server::start(Config { features, ..Config::default() }).expect("a port");
            let mut scene = Scene::new(&[("Inbox", messages(30))], &server).await;
            scene.request.choices.verify = mode;
            server.script(|faults| faults.lose_every = Some(10));
            let outcome = scene.upload().await.expect("a report");
            let verification = outcome.report.verification.as_ref().expect("it verified");
            assert_eq!((verification.missing.len(), outcome.report.exit), (3, 3), "{mode:?} {uidplus}: {}", brief(&outcome));
            assert_eq!(outcome.report.tally.unexplained, 0);
            // And found again by a verification of its own, in a later run.
            let later = scene.verify().await.expect("a report");
            assert_eq!((later.report.verification.expect("verified").missing.len(), later.report.exit), (3, 3), "{mode:?} {uidplus}");
        }
    }
}

/// A missing, wrong, swapped or short APPENDUID harms nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_appenduid_is_harmless() {
    for append_uid in [AppendUid::Missing, AppendUid::WrongValidity, AppendUid::Swapped, AppendUid::TooFew] {
        for multiappend in [true, false] {
            let features = Features { multiappend, ..Features::default() };
            let server = Server::start(Config { features, ..Config::default() }).expect("a port");
            let mut scene = Scene::new(&[("Inbox", messages(25))], &server).await;
            scene.request.choices.verify = VerifyMode::Full;
            server.script(|faults| faults.append_uid = append_uid);
            let outcome = scene.upload().await.expect("uploaded");
            assert_eq!(outcome.report.exit, 0, "{append_uid:?} {multiappend}: {}", brief(&outcome));
            assert_whole(&scene, &server, &format!("{append_uid:?} {multiappend}")).await;
        }
    }
}

/// A tagged NO after half a FETCH is no empty mailbox: nothing is sent on the strength of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_fails_half_way_is_never_taken_for_an_answer() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(20))], &server).await;
    scene.upload().await.expect("uploaded");
    scene.forget_jobs();
    server.clear_command_log();
    server.fault(When::at("UID FETCH").once(), What::AnswerAfterData("NO [SERVERBUG] not today".into()));
    let outcome = scene.upload().await;
    assert!(outcome.is_err() || outcome.is_ok_and(|outcome| outcome.report.exit != 0));
    assert_eq!(crate::scene::appends(&server), 0, "a look that failed must not end in APPEND");
    assert_whole(&scene, &server, "after a failed look").await;
}

/// Messages that the server refuses are named; all others arrive.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_stands_alone_and_the_rest_is_in() {
    for multiappend in [true, false] {
        let features = Features { multiappend, ..Features::default() };
        let server = Server::start(Config { features, ..Config::default() }).expect("a port");
        let mut mails = messages(50);
        mails[23].extend_from_slice(b"x-marker-of-evil\r\n");
        let scene = Scene::new(&[("Inbox", mails)], &server).await;
        server.script(|faults| faults.refuse_marker = Some((b"x-marker-of-evil"[..].into(), "NO [CANNOT] not this one".into())));
        let outcome = scene.upload().await.expect("a report");
        let tally = &outcome.report.tally;
        assert_eq!((tally.uploaded, tally.kept, tally.kept_by.refused, tally.unexplained), (49, 1, 1, 0), "{tally:?}");
        assert_eq!(outcome.report.exit, 2);
        assert_eq!(tally.kept_messages.len(), 1);
        assert_eq!(tally.kept_messages[0].subject.as_deref(), Some("Message 23"));
        assert!(tally.kept_messages[0].server_text.as_deref().is_some_and(|text| text.contains("not this one")));
        // Not tried again by itself; once the server takes it, --retry-failed sends exactly this one.
        server.script(|faults| faults.refuse_marker = None);
        server.clear_command_log();
        scene.upload().await.expect("a report");
        assert_eq!(crate::scene::appends(&server), 0);
        let mut scene = scene;
        scene.request.choices.retry_failed = true;
        let outcome = scene.upload().await.expect("a report");
        assert_eq!((outcome.report.tally.appended_this_run, outcome.report.exit), (1, 0), "{:?}", outcome.report.tally);
    }
}

/// Untagged data before `+`, a throttling server, a BYE: all waited out.
#[tokio::test(flavor = "multi_thread")]
async fn odd_but_honest_servers_get_all_the_mail() {
    let literals = mailferry::practice::server::Literals::Synchronising;
    type Odd = (&'static str, Features, Option<(When, What)>);
    let odd: [Odd; 6] = [
        ("untagged before +", Features { literals, ..Features::default() }, None),
        ("bare", Features::bare(), None),
        ("throttled", Features::default(), Some((When::at("APPEND").times(2), What::Answer("NO [THROTTLED] Suggested Backoff Time: 5 milliseconds".into())))),
        ("BYE", Features { multiappend: false, ..Features::default() }, Some((When::at("APPEND").after(3).times(2), What::Bye("see you".into())))),
        ("EXISTS first", Features::default(), Some((When::at("APPEND"), What::UntaggedFirst(vec!["* OK still here".into()])))),
        ("nonsense once", Features::default(), Some((When::at("APPEND").once(), What::Nonsense(b"\0\xFF garbage\r\n"[..].into())))),
    ];
    for (what, features, fault) in odd {
        let server = Server::start(Config { features, ..Config::default() }).expect("a port");
        let scene = Scene::new(&[("Inbox", messages(12)), ("Über uns", messages(3))], &server).await;
        server.script(|faults| faults.before_continue = vec!["* 3 EXISTS".into(), "* OK hold on".into()]);
        if let Some((when, fault)) = fault {
            server.fault(when, fault);
        }
        let outcome = scene.upload().await.unwrap_or_else(|problem| panic!("{what}: {problem}"));
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        server.script(|faults| faults.list.clear());
        assert_whole(&scene, &server, what).await;
    }
}
