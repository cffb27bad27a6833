//! A line that holds up: connections are deflated where that helps and the server agrees, and whatever goes wrong with it costs nothing.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mailferry::engine::report::VerifyMode;
use mailferry::engine::upload::Outcome;
use mailferry::practice::server::{Config, Features, Server, What, When};

use crate::real::{assert_whole, scene_at, upload};
use crate::scene::{Scene, appends, assert_whole as assert_whole_in_practice, brief};
use crate::support::dovecot::{Dovecot, Options};
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::line::Line;
use crate::support::made_mail;

/// The line is judged by so little, so that a test need not send for minutes.
const WATCHED: Duration = Duration::from_millis(400);

/// Messages of 20 kB that shrink by about half.
fn mail(count: u64, seed: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| made_mail::message(number, 20_000, seed)).collect()
}

fn octets(mail: &[Vec<u8>]) -> u64 {
    mail.iter().map(|message| message.len() as u64).sum()
}

fn compressing() -> Options {
    Options { compress: true, ..Options::default() }
}

/// What is on the wire before anything was measured goes as it is: some 4 MB.
#[tokio::test(flavor = "multi_thread")]
async fn over_a_slow_line_fewer_octets_pass_and_every_one_arrives_and_over_a_fast_one_it_stays_plain() {
    let Some(dovecot) = Dovecot::start(compressing()) else { return };
    let mail = mail(600, 1);
    let sent = octets(&mail);
    let folders = [("Inbox", mail)];

    // A computer that is busy with other things may find that deflating did not help: one time in three it must.
    let mut helped = false;
    for user in ["slow@sdbox", "slower@sdbox", "slowest@sdbox"] {
        let slow = Line::to(dovecot.imaps, Duration::from_millis(5), 20);
        let mut scene = scene_at(&dovecot, user, slow.port, &folders).await;
        (scene.request.timing.line_watched, scene.request.choices.verify) = (WATCHED, VerifyMode::Sizes);
        let begun = Instant::now();
        let outcome = upload(&scene, "a slow line").await;
        assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
        let passed = slow.passed.up.load(Ordering::Relaxed);
        println!("slow: {passed} of {sent} octets in {:?}", begun.elapsed());
        assert_whole(&scene, &dovecot, user, "a slow line").await;
        helped = passed < sent * 85 / 100;
        if helped {
            break;
        }
    }
    assert!(helped, "as many octets passed as there are");

    let near = Line::to(dovecot.imaps, Duration::ZERO, 0);
    let mut scene = scene_at(&dovecot, "near@sdbox", near.port, &folders).await;
    (scene.request.timing.line_watched, scene.request.choices.verify) = (Duration::from_millis(1), VerifyMode::Sizes);
    upload(&scene, "no line at all").await;
    let passed = near.passed.up.load(Ordering::Relaxed);
    println!("near: {passed} of {sent} octets");
    assert!(passed > sent, "{passed} of {sent} octets passed");
}

/// By choice no faster, through the practice server; what it is asked stands in its log.
fn practice() -> Server {
    let features = Features { compress: true, ..Features::default() };
    Server::start(Config { features, quota_bytes: Some(1 << 40), ..Config::default() }).expect("a port")
}

async fn paced(server: &Server, folders: &[(&str, Vec<Vec<u8>>)]) -> Scene {
    let mut scene = Scene::new(folders, server).await;
    // So slow that a busy computer deflates fast enough for it.
    scene.request.choices.max_rate = Some(700_000);
    scene.request.choices.connections = Some(1);
    scene.request.timing.line_watched = WATCHED;
    scene
}

/// How often the server was asked to deflate.
fn asked(server: &Server) -> usize {
    server.command_log().iter().filter(|logged| logged.verb == "COMPRESS").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_by_choice_is_a_slow_line_too_and_each_connection_is_switched_once() {
    let server = practice();
    let folders = [("Inbox", mail(120, 2)), ("Sent", mail(40, 3)), ("Trips", mail(40, 4))];
    let scene = paced(&server, &folders).await;
    let begun = Instant::now();
    let outcome = scene.upload().await.expect("it goes on");
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    println!("{:?} for {} octets", begun.elapsed(), folders.iter().map(|(_, mail)| octets(mail)).sum::<u64>());
    assert_eq!(asked(&server), 1, "one connection, three folders");
    let uploading = server.command_log().iter().find(|logged| logged.verb == "COMPRESS").map(|logged| logged.session);
    assert!(server.command_log().iter().any(|logged| logged.verb == "APPEND" && Some(logged.session) == uploading));
    assert_whole_in_practice(&scene, &server, "no faster by choice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_closes_or_answers_in_plain_words_is_asked_once_and_gets_everything() {
    let ways = [
        ("NO", What::Answer("NO [COMPRESSIONACTIVE] TLS does that".into())),
        ("BAD", What::Answer("BAD Unknown command".into())),
        ("closes", What::Close),
        ("BYE", What::Bye("[UNAVAILABLE] not that".into())),
        ("plain behind its OK", What::Answer("OK but it does not".into())),
        ("an answer that is none", What::Nonsense(Bytes::from_static(b"\x00\xff\xfe no IMAP\r\n"))),
    ];
    for (what, way) in ways {
        let server = practice();
        let mut scene = paced(&server, &[("Inbox", mail(200, 5))]).await;
        // What was said plainly may inflate to the beginning of a line that never ends.
        scene.request.far.timeouts.stall = Duration::from_secs(2);
        server.fault(When::at("COMPRESS"), way);
        let outcome = scene.upload().await.unwrap_or_else(|problem| panic!("{what}: {problem}"));
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        assert_eq!(asked(&server), 1, "{what}");
        server.script(|faults| faults.list.clear());
        assert_whole_in_practice(&scene, &server, what).await;
    }
}

/// R4 over a deflated connection: replies that are lost leave exactly one copy, and the connection after it is deflated from the start.
#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_over_a_deflated_connection_leave_exactly_one_copy() {
    let server = practice();
    let scene = paced(&server, &[("Inbox", mail(200, 6))]).await;
    server.fault(When::at("APPEND").behind("COMPRESS").after(1).times(3), What::LoseReply);
    let outcome = scene.upload().await.expect("it goes on");
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    assert!(outcome.report.tally.doubtful_settled > 0, "{}", brief(&outcome));
    assert!(asked(&server) > 1, "later connections begin with it");
    server.script(|faults| faults.list.clear());
    assert_whole_in_practice(&scene, &server, "lost replies").await;
    assert_eq!(appends(&server), 0);
}

/// Cuts the connection that is there, and then each coming one after more octets towards the server than the one before.
async fn cut_after_octets(proxy: &FaultProxy, first: u64) {
    proxy.cut_all();
    for at in (0..40).map(|n| first + n * 1_931) {
        let before = proxy.cuts();
        proxy.set(Faults { cut_to_server: Some(at), times: Some(1), ..Faults::default() });
        while proxy.cuts() == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Cuts whatever is there at many moments, replies on their way too.
async fn cut_at_moments(proxy: &FaultProxy, begun: impl Fn() -> u64) {
    for n in 0..40 {
        let before = begun();
        proxy.cut_all();
        while begun() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(n * 7)).await;
    }
}

/// Uploads while `breaking` does its worst.
async fn upload_while(scene: &Scene, breaking: impl Future<Output = ()>) -> Outcome {
    let run = scene.run();
    let upload = mailferry::engine::upload::upload(&scene.request, false, &run);
    tokio::pin!(upload);
    let outcome = tokio::select! {
        outcome = &mut upload => outcome,
        () = breaking => upload.await,
    };
    outcome.expect("it goes on")
}

/// R3 behind the switch, at the practice server, whose log tells that each connection was deflated.
#[tokio::test(flavor = "multi_thread")]
async fn cut_behind_the_switch_it_resumes_without_loss_or_duplicate() {
    for by_octets in [true, false] {
        let server = practice();
        let proxy = FaultProxy::to(server.port);
        let mut scene = paced(&server, &[("Inbox", mail(700, 7))]).await;
        scene.request.far.account.endpoint.port = proxy.port;
        let breaking = async {
            // Something was stored over the deflated connection.
            while server.command_log().iter().skip_while(|logged| logged.verb != "COMPRESS").filter(|logged| logged.verb == "APPEND").count() < 3 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            match by_octets {
                true => cut_after_octets(&proxy, 1_500).await,
                false => cut_at_moments(&proxy, || asked(&server) as u64).await,
            }
        };
        let outcome = upload_while(&scene, breaking).await;
        proxy.set(Faults::default());
        let (what, deflated) = (format!("by octets: {by_octets}"), asked(&server));
        println!("{what}: {deflated} connections deflated, {} in doubt", outcome.report.tally.doubtful_settled);
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        assert!(deflated >= 10, "{what}: {deflated} connections deflated");
        assert_whole_in_practice(&scene, &server, &what).await;
    }
}

/// The same at Dovecot, whose late commits are real.
#[tokio::test(flavor = "multi_thread")]
async fn cut_behind_the_switch_at_dovecot_it_resumes_without_loss_or_duplicate() {
    let Some(dovecot) = Dovecot::start(compressing()) else { return };
    for by_octets in [true, false] {
        let (user, what) = (format!("cut{}@sdbox", u8::from(by_octets)), format!("by octets: {by_octets}"));
        let proxy = FaultProxy::to(dovecot.imaps);
        let mut scene = scene_at(&dovecot, &user, proxy.port, &[("Inbox", mail(700, 8))]).await;
        (scene.request.timing.line_watched, scene.request.choices.max_rate, scene.request.choices.verify) = (WATCHED, Some(1_500_000), VerifyMode::Sizes);
        let breaking = async {
            // By now it was switched: no more than 4 MB are on the wire before.
            while dovecot.count(&user, "INBOX").unwrap_or(0) < 400 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            match by_octets {
                true => cut_after_octets(&proxy, 2_500).await,
                false => cut_at_moments(&proxy, || proxy.connections()).await,
            }
        };
        let outcome = upload_while(&scene, breaking).await;
        proxy.set(Faults::default());
        println!("{what}: {} connections, {} in doubt", proxy.connections(), outcome.report.tally.doubtful_settled);
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        assert!(proxy.connections() >= 10, "{what}: {} connections", proxy.connections());
        assert_whole(&scene, &dovecot, &user, &what).await;
    }
}
