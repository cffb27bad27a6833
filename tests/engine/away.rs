//! Connections and servers that go away in the middle: waited for without end, and nothing is lost, doubled or changed by it.

use std::time::{Duration, Instant};

use mailferry::engine::upload::upload;
use mailferry::run::{Code, Phase};

use crate::real::{assert_whole, digests, held, scene, scene_at};
use crate::scene::{Scene, brief, message, messages};
use crate::support::dovecot::{Dovecot, Options};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::gate::Way;

/// Waits until so many messages are in `mailbox`.
async fn until(dovecot: &Dovecot, user: &str, mailbox: &str, count: u64) {
    let start = Instant::now();
    while dovecot.count(user, mailbox).unwrap_or(0) < count {
        assert!(start.elapsed() < Duration::from_secs(60), "{mailbox} never held {count}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// One message a command, so that there is a middle to be hit.
fn slow() -> Options {
    Options { without: vec!["MULTIAPPEND"], ..Options::default() }
}

async fn slow_scene(dovecot: &Dovecot, proxy: &FaultProxy, user: &str) -> Scene {
    proxy.set(Faults { delay: Duration::from_millis(3), ..Faults::default() });
    let mut scene = scene_at(dovecot, user, proxy.port, &[("Inbox", messages(400)), ("Sent", (1_000..1_040).map(message).collect())]).await;
    unhurried(&mut scene);
    scene
}

/// A real server works for a while through what it read before a connection broke.
fn unhurried(scene: &mut Scene) {
    scene.request.timing.between_looks = Duration::from_millis(400);
    scene.request.timing.settle_after = Duration::from_millis(1_200);
}

/// The internet is away for much longer than any patience with a server: it is waited for, said so, and the run ends well.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_internet_is_away_it_waits_and_then_goes_on() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    for (what, at) in [("filling", 60), ("verifying", 400)] {
        let (proxy, user) = (FaultProxy::to(dovecot.imaps), format!("away{at}@sdbox"));
        let mut scene = slow_scene(&dovecot, &proxy, &user).await;
        scene.request.timing.patience = Duration::from_millis(20);
        (scene.request.timing.first_pause, scene.request.timing.longest_pause) = (Duration::from_millis(100), Duration::from_millis(200));
        let run = scene.run();
        let away = async {
            until(&dovecot, &user, "INBOX", at).await;
            while what == "verifying" && run.progress_now().phase != Phase::Verifying {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            proxy.set(Faults { refuse: true, ..Faults::default() });
            proxy.cut_all();
            let (start, mut waits) = (Instant::now(), 0);
            while start.elapsed() < Duration::from_secs(1) || (waits == 0 && start.elapsed() < Duration::from_secs(10)) {
                let progress = run.progress_now();
                waits += u32::from(progress.phase == Phase::Waiting && progress.waiting_for.is_some_and(|code| code.starts_with("NET-")));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert!(waits > 0, "{what}: it does not say that it waits");
            proxy.set(Faults::default());
        };
        let (outcome, ()) = tokio::join!(upload(&scene.request, true, &run), away);
        let outcome = outcome.expect("a report");
        assert_eq!((outcome.report.exit, outcome.problem.is_none()), (0, true), "{what}: {}", brief(&outcome));
        assert_whole(&scene, &dovecot, &user, what).await;
    }
}

/// A line that breaks before anything is sent, while folders are listed and looked through: waited for as later on.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_while_it_looks_is_waited_for() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    let user = "looking@sdbox";
    let filled = scene(&dovecot, user, &[("Inbox", messages(30))]).await;
    assert_eq!(filled.upload().await.expect("a report").report.exit, 0);
    // The mail is there and the journal is not: all of it is looked through again, in a fresh job each time.
    let mut broke = 0;
    for at in (0..).map(|step: u64| 2_500 + step * 700) {
        let proxy = FaultProxy::to(dovecot.imaps);
        let mut scene = scene_at(&dovecot, user, proxy.port, &[("Inbox", messages(30))]).await;
        unhurried(&mut scene);
        proxy.set(Faults { cut_to_client: Some(at), times: Some(1), ..Faults::default() });
        let run = scene.run();
        let outcome = upload(&scene.request, true, &run).await;
        if proxy.cuts() == 0 {
            break; // the looking is over before the cut
        }
        // Where the sign-in itself broke, nothing had begun: that is told at once.
        let Ok(outcome) = outcome else {
            assert_eq!(broke, 0, "{at} octets from the server: the run ended");
            continue;
        };
        broke += 1;
        assert_eq!((outcome.report.exit, outcome.report.tally.appended_this_run), (0, 0), "{at}: {}", brief(&outcome));
        assert_whole(&scene, &dovecot, user, "looking").await;
        assert!(at < 100_000, "a conversation without an end");
    }
    assert!(broke > 1, "never broken while looking: {broke}");
}

/// Only a person ends the waiting, and at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_says_stop_ends_the_waiting_at_once() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    let (proxy, user) = (FaultProxy::to(dovecot.imaps), "stop@sdbox");
    let mut scene = slow_scene(&dovecot, &proxy, user).await;
    scene.request.timing.longest_pause = Duration::from_secs(60);
    scene.request.timing.first_pause = Duration::from_secs(60);
    let run = scene.run();
    let stop = async {
        until(&dovecot, user, "INBOX", 50).await;
        proxy.set(Faults { refuse: true, ..Faults::default() });
        proxy.cut_all();
        while run.progress_now().phase != Phase::Waiting {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        run.cancel.cancel();
        Instant::now()
    };
    let (outcome, stopped) = tokio::join!(upload(&scene.request, true, &run), stop);
    let outcome = outcome.expect("a report");
    assert!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
    assert_eq!(outcome.report.exit, 40, "{}", brief(&outcome));
    proxy.set(Faults::default());
    scene.request.timing = crate::scene::quick();
    unhurried(&mut scene);
    assert_eq!(scene.upload().await.expect("it goes on").report.exit, 0);
    assert_whole(&scene, &dovecot, user, "stopped").await;
}

/// Stalled and half-open connections: nothing moves, or nothing comes back, for longer than is waited.
#[tokio::test(flavor = "multi_thread")]
async fn stalled_and_half_open_connections_are_given_up_and_settled() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    let away = Duration::from_secs(4);
    for (what, faults) in [
        ("stalled", Faults { stall: Some((30_000, away)), ..Faults::default() }),
        ("half open", Faults { swallow_replies: Some((9_000, away)), ..Faults::default() }),
    ] {
        let (proxy, user) = (FaultProxy::to(dovecot.imaps), format!("{}@sdbox", what.replace(' ', "")));
        let mut scene = slow_scene(&dovecot, &proxy, &user).await;
        scene.request.far.timeouts.stall = Duration::from_millis(700);
        proxy.set(Faults { times: Some(2), ..faults });
        let outcome = scene.upload().await.expect("a report");
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        assert!(proxy.cuts() > 0, "{what}");
        assert_whole(&scene, &dovecot, &user, what).await;
    }
}

/// Connections that a router forgot: nothing comes back, and neither end is told, whether it looks, fills or verifies. They are given up
/// after the usual wait, as after a sleep in which the clock of the waits stood still.
#[tokio::test(flavor = "multi_thread")]
async fn forgotten_connections_are_given_up_whatever_it_was_doing() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    // Some 200 kB go to the server, 50 kB of receipts come back; all of it is read again to verify, and to look without a journal.
    for (phase, way, octets) in
        [(Phase::Uploading, Way::ToServer, 80_000), (Phase::Verifying, Way::ToClient, 150_000), (Phase::Looking, Way::ToClient, 100_000)]
    {
        for ends_at_server in [false, true] {
            let what = format!("{phase:?}, the server knows: {ends_at_server}");
            let (proxy, user) = (FaultProxy::to(dovecot.imaps), format!("{phase:?}{}@sdbox", u8::from(ends_at_server)).to_lowercase());
            let mut scene = scene_at(&dovecot, &user, proxy.port, &[("Inbox", messages(400)), ("Sent", (1_000..1_040).map(message).collect())]).await;
            unhurried(&mut scene);
            scene.request.far.timeouts.stall = Duration::from_millis(700);
            if phase == Phase::Looking {
                assert_eq!(scene.upload().await.expect("a report").report.exit, 0, "{what}");
                scene.forget_jobs();
            }
            proxy.hold_after(way, octets);
            let run = scene.run();
            let watched = run.clone();
            let task = tokio::spawn(async move { (upload(&scene.request, true, &run).await, scene) });
            let is_held = tokio::task::block_in_place(|| proxy.wait_until_held(Duration::from_secs(60)));
            assert!(is_held, "{what}: over before that");
            assert_eq!(watched.progress_now().phase, phase, "{what}");
            proxy.forget_all();
            if ends_at_server {
                proxy.end_forgotten_at_server();
            }
            proxy.release();
            let (outcome, scene) = task.await.expect("a run");
            let outcome = outcome.expect("a report");
            assert_eq!((outcome.report.exit, outcome.report.tally.unexplained), (0, 0), "{what}: {}", brief(&outcome));
            assert_whole(&scene, &dovecot, &user, &what).await;
        }
    }
}

/// The server ends and comes back, in mid-run, in every format; all at once where its storage stands that (mdbox, rebuilding its index
/// after a crash, may bring back a message that two looks did not show).
#[tokio::test(flavor = "multi_thread")]
async fn a_server_restarted_in_mid_run_loses_and_doubles_nothing() {
    let Some(mut dovecot) = Dovecot::start(slow()) else { return };
    for format in ["maildir", "sdbox", "mdbox"] {
        let user = format!("restart@{format}");
        let proxy = FaultProxy::to(dovecot.imaps);
        let scene = slow_scene(&dovecot, &proxy, &user).await;
        let task = tokio::spawn(async move { (scene.upload().await, scene) });
        until(&dovecot, &user, "INBOX", 60).await;
        tokio::task::block_in_place(|| {
            if format != "mdbox" {
                dovecot.kill();
            }
            dovecot.restart();
        });
        let (outcome, scene) = task.await.expect("a run");
        let outcome = outcome.expect("a report");
        assert_eq!(outcome.report.exit, 0, "{format}: {}", brief(&outcome));
        assert_whole(&scene, &dovecot, &user, format).await;
    }
}

/// R6 on a real server: UIDVALIDITY changes in mid-run.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_uidvalidity_that_changes_in_mid_run_doubles_nothing() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    let (proxy, user) = (FaultProxy::to(dovecot.imaps), "validity@maildir");
    let scene = slow_scene(&dovecot, &proxy, user).await;
    let change = async {
        until(&dovecot, user, "INBOX", 60).await;
        dovecot.doveadm(&["mailbox", "update", "-u", user, "--uid-validity", "4711", "INBOX"]);
        proxy.cut_all();
    };
    let (outcome, ()) = tokio::join!(scene.upload(), change);
    let outcome = outcome.expect("a report");
    assert_eq!(outcome.report.tally.unexplained, 0, "{}", brief(&outcome));
    let again = scene.upload().await.expect("a report");
    assert_eq!(again.report.exit, 0, "{}", brief(&again));
    assert_whole(&scene, &dovecot, user, "UIDVALIDITY").await;
}

/// R6 on a real server: another client renames or deletes the folder that is being filled. What went with it is its owner's doing
/// and not sent again; the rest arrives; nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_renamed_or_deleted_in_mid_run_is_not_filled_again() {
    let Some(dovecot) = Dovecot::start(slow()) else { return };
    for command in ["RENAME \"Work\" \"Elsewhere\"", "DELETE \"Work\""] {
        for format in ["maildir", "sdbox"] {
            let (proxy, user) = (FaultProxy::to(dovecot.imaps), format!("{}@{format}", &command[..6].to_lowercase()));
            let mut scene = scene_at(&dovecot, &user, proxy.port, &[("Work", messages(300)), ("Sent", (1_000..1_020).map(message).collect())]).await;
            unhurried(&mut scene);
            // The line is held where a third of the 300 messages, some 450 octets each with their commands, has got through.
            proxy.hold_after(Way::ToServer, 45_000);
            let task = tokio::spawn(async move { (scene.upload().await, scene) });
            let is_held = tokio::task::block_in_place(|| proxy.wait_until_held(Duration::from_secs(60)));
            assert!(is_held, "{command}, {format}: over before the change");
            until(&dovecot, &user, "Work", 60).await;
            assert!(dovecot.count(&user, "Work").is_some_and(|count| count <= 200), "{command}, {format}: too late");
            // Dovecot deletes no folder that gets mail at that moment: whoever wants to, tries again.
            let mut eye = dovecot.eye(&user);
            let mut changed = eye.ask(command);
            for _ in 0..200 {
                if changed.is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
                changed = eye.ask(command);
            }
            proxy.release();
            let (outcome, scene) = task.await.expect("a run");
            let (what, outcome) = (format!("{command}, {format}"), outcome.expect("a report"));
            changed.unwrap_or_else(|status| panic!("{what}: {status}"));
            assert_eq!(outcome.report.tally.unexplained, 0, "{what}: {}", brief(&outcome));
            let again = scene.upload().await.expect("a report");
            assert_eq!((again.report.exit, again.report.tally.unexplained), (0, 0), "{what}: {}", brief(&again));
            let (all, wanted) = (held(&dovecot, &user), scene.wanted().await);
            for (mailbox, mail) in &all {
                let here = digests(&[(mailbox.clone(), mail.clone())].into());
                assert!(here.iter().all(|(digest, count)| *count == 1 && wanted.contains_key(digest)), "{what}: doubled or changed in {mailbox}");
            }
            let there = digests(&all);
            // Dovecot may keep the message that it answered with an error in the moment of the change: that one may be in both folders.
            let in_both = there.values().filter(|count| **count > 1).count();
            assert!(in_both <= 1, "{what}: {in_both} are in two folders");
            let gone = usize::try_from(again.report.tally.gone_by_owner).expect("small");
            let elsewhere = dovecot.count(&user, "Elsewhere").unwrap_or(0);
            assert!(gone >= 60, "{what}: {}", brief(&again));
            if command.starts_with("RENAME") {
                let elsewhere = usize::try_from(elsewhere).expect("small");
                assert_eq!((there.len(), elsewhere - in_both), (320, gone), "{what}: {}", brief(&again));
            } else {
                assert_eq!(there.len() + gone, 320, "{what}: {}", brief(&again));
            }
            let third = scene.upload().await.expect("a report");
            assert_eq!((third.report.tally.appended_this_run, third.report.exit), (0, 0), "{what}: {}", brief(&third));
        }
    }
}

/// More connections than the server gives to one address: fewer do the work, and it is no failure.
#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_the_server_gives_are_no_failure() {
    let more = "mail_max_userip_connections = 1\n".to_owned();
    let Some(dovecot) = Dovecot::start(Options { more, ..Options::default() }) else { return };
    let folders: Vec<(String, Vec<Vec<u8>>)> = (0..6).map(|n| (format!("Folder {n}"), (n * 100..n * 100 + 80).map(message).collect())).collect();
    let folders: Vec<(&str, Vec<Vec<u8>>)> = folders.iter().map(|(name, mails)| (name.as_str(), mails.clone())).collect();
    let mut scene = scene(&dovecot, "many@sdbox", &folders).await;
    scene.request.choices.connections = Some(4);
    scene.request.timing.patience = Duration::from_millis(200);
    scene.request.timing.fruitless_tries = 6;
    let outcome = scene.upload().await.expect("a report");
    assert_eq!((outcome.report.exit, outcome.problem.map(|problem| problem.code)), (0, None::<Code>));
    assert_eq!(digests(&held(&dovecot, "many@sdbox")), scene.wanted().await);
}
