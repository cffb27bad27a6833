//! The deeds against real Cyrus and real Courier: what they have not, what they refuse, full mailboxes, cut connections, crashes.

use std::collections::BTreeMap;
use std::time::Duration;

use mailferry::engine::report::VerifyMode;
use mailferry::mail::Sha256Digest;

use crate::real::{assert_every_mark, assert_whole, by_rule_3, digests, held, marked_scene, number, odd_mail, scene, scene_at, upload};
use crate::scene::{Scene, brief, message, messages};
use crate::support::courier::Courier;
use crate::support::cyrus::Cyrus;
use crate::support::fault_proxy::{FaultProxy, Faults};
use crate::support::loopback::RealServer;

/// R5, R9, R11 on Cyrus: `INBOX.` and dots, MULTIAPPEND, LITERAL+, no size of its folders.
#[tokio::test(flavor = "multi_thread")]
async fn cyrus_gets_every_message_flag_and_date() {
    let Some(cyrus) = Cyrus::start(&["u1"]) else { return };
    let scene = marked_scene(&cyrus, "u1").await;
    assert_every_mark(&scene, &cyrus, "u1", "INBOX.", '.', "Cyrus").await;
}

/// R5, R9, R11 on Courier: every literal waits for permission, one message a command, and we are signed in by the greeting.
#[tokio::test(flavor = "multi_thread")]
async fn courier_gets_every_message_flag_and_date() {
    let Some(courier) = Courier::start() else { return };
    let scene = marked_scene(&courier, "u1").await;
    assert_every_mark(&scene, &courier, "u1", "INBOX.", '.', "Courier").await;
}

/// R10: what is in no mail's rules, and what Cyrus refuses by its own: the one is sent in the form that DESIGN rule 3 names, the other
/// is named and kept, and all the rest is in.
#[tokio::test(flavor = "multi_thread")]
async fn cyrus_gets_odd_mail_as_its_rules_allow_and_what_it_refuses_is_named() {
    let Some(cyrus) = Cyrus::start(&["odd"]) else { return };
    let (odd, rest): (Vec<_>, Vec<_>) = ((0..300).map(odd_mail).collect(), rest_of_the_odd());
    let scene = scene(&cyrus, "odd", &[("Inbox", odd.clone()), ("Rest", rest.clone())]).await;
    let outcome = upload(&scene, "Cyrus").await;
    let tally = &outcome.report.tally;
    let wanted = counted(odd.iter().chain(&rest).filter(|mail| **mail != HEADERLESS && !mail.is_empty()).map(|mail| by_rule_3(mail)));
    assert_eq!(differing(&digests(&held(&cyrus, "odd")), &wanted), [0, 0], "lost, doubled or changed");
    assert_eq!((tally.kept_by.refused, tally.unexplained, outcome.report.exit), (2, 0, 2), "{}", brief(&outcome));
    let named: Vec<_> = tally.kept_messages.iter().map(|named| (named.folder.to_string(), named.bytes, named.server_text.as_deref())).collect();
    let refused = ("Rest".to_owned(), HEADERLESS.len() as u64, Some("Message contains invalid header"));
    assert_eq!(named, [refused, ("Rest".to_owned(), 0, None)]);
    assert_nothing_more(&scene, 2).await;
}

/// Courier stores lines: it ends a last line that has no end, which is named and no fault, and leaves out a CR without LF, which is
/// found and named as changed. Nothing else of the same mail differs, and nothing of it is ever sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn courier_ends_last_lines_and_what_it_changes_is_found() {
    let Some(courier) = Courier::start() else { return };
    let (odd, rest): (Vec<_>, Vec<_>) = ((0..300).map(odd_mail).collect(), rest_of_the_odd());
    let scene = scene(&courier, "odd", &[("Inbox", odd.clone()), ("Rest", rest.clone())]).await;
    let outcome = upload(&scene, "Courier").await;
    let wires: Vec<Vec<u8>> = odd.iter().chain(&rest).filter(|mail| !mail.is_empty()).map(|mail| by_rule_3(mail)).collect();
    assert_eq!(differing(&digests(&held(&courier, "odd")), &counted(wires.iter().map(|wire| as_courier_keeps(wire)))), [0, 0], "lost or doubled");
    let (changed, same): (Vec<_>, Vec<_>) = wires.iter().partition(|wire| loses_cr(wire));
    let ended = same.iter().filter(|wire| !wire.ends_with(b"\r\n")).count();
    let verification = outcome.report.verification.as_ref().expect("verified");
    let tally = &outcome.report.tally;
    let told = |code: &str| tally.altered.iter().filter(|named| named.code == code).count();
    assert_eq!((verification.changed.len(), told("WIRE-LINE-END")), (changed.len(), ended), "{}", brief(&outcome));
    assert!(changed.len() > 10 && ended > 10, "{} {ended}", changed.len());
    assert_eq!((verification.missing.len(), verification.doubled.len(), tally.unexplained, outcome.report.exit), (0, 0, 0, 3), "{}", brief(&outcome));
    assert_nothing_more(&scene, 3).await;
}

/// R4 where the server ends last lines: the reply is lost, and what is there with two bytes more is recognised.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_of_courier_doubles_no_message_whose_last_line_it_ended() {
    let Some(courier) = Courier::start() else { return };
    let mails: Vec<Vec<u8>> = (0..12).map(|n| [message(n), b"no end of line".to_vec()].concat()).collect();
    let proxy = FaultProxy::to(courier.imaps());
    let scene = scene_at(&courier, "u1", proxy.port, &[("Inbox", mails.clone())]).await;
    let mut lost = 0;
    for at in (0..40).map(|step| 2_200 + step * 120) {
        proxy.set(Faults { swallow_replies: Some((at, Duration::from_millis(60))), times: Some(1), ..Faults::default() });
        let outcome = scene.upload().await;
        lost += outcome.map_or(0, |outcome| outcome.report.tally.doubtful_settled);
    }
    proxy.set(Faults::default());
    let outcome = upload(&scene, "the rest").await;
    assert_eq!(outcome.report.exit, 0, "{}", brief(&outcome));
    assert!(lost > 0, "no reply was lost");
    let wanted = counted(mails.iter().map(|mail| as_courier_keeps(mail)));
    assert_eq!(differing(&digests(&held(&courier, "u1")), &wanted), [0, 0], "lost, doubled or changed; {lost} were in doubt");
}

/// Cyrus refuses it by its rules.
const HEADERLESS: &[u8] = b"no header at all, only text\r\nand more\r\n";

/// Dates that some servers don't know, no header, nothing at all.
fn rest_of_the_odd() -> Vec<Vec<u8>> {
    let of = |year: i32| format!("From: a@x.example\r\nSubject: of {year}\r\nDate: Mon, 2 Jan {year} 10:00:00 +0000\r\n\r\nold\r\n").into_bytes();
    vec![of(1904), of(1969), of(1970), of(2106), HEADERLESS.to_vec(), b"\r\nnothing but a body\r\n".to_vec(), Vec::new()]
}

fn counted(mails: impl Iterator<Item = Vec<u8>>) -> BTreeMap<Sha256Digest, usize> {
    let mut counted = BTreeMap::new();
    mails.for_each(|mail| *counted.entry(Sha256Digest::of(&mail)).or_insert(0) += 1);
    counted
}

/// How many digests of one are not so often in the other, both ways.
fn differing(one: &BTreeMap<Sha256Digest, usize>, other: &BTreeMap<Sha256Digest, usize>) -> [usize; 2] {
    let beyond =
        |a: &BTreeMap<Sha256Digest, usize>, b: &BTreeMap<Sha256Digest, usize>| a.iter().filter(|(digest, count)| b.get(digest) != Some(*count)).count();
    [beyond(one, other), beyond(other, one)]
}

/// A CR that no LF follows is left out, and the last line ends.
fn as_courier_keeps(wire: &[u8]) -> Vec<u8> {
    let lone = |at: usize| wire[at] == b'\r' && wire.get(at + 1) != Some(&b'\n');
    let mut kept: Vec<u8> = (0..wire.len()).filter(|at| !lone(*at)).map(|at| wire[at]).collect();
    if !kept.ends_with(b"\r\n") {
        kept.extend_from_slice(b"\r\n");
    }
    kept
}

/// True if it would lose a CR within; one at its very end belongs to the line end that it gets.
fn loses_cr(wire: &[u8]) -> bool {
    (0..wire.len().saturating_sub(1)).any(|at| wire[at] == b'\r' && wire[at + 1] != b'\n')
}

/// Nothing is tried again by itself, also from a computer that knows nothing of it, but for what the server changed beyond recognition.
async fn assert_nothing_more(scene: &Scene, exit: u8) {
    let again = upload(scene, "again").await;
    assert_eq!((again.report.tally.appended_this_run, again.report.exit), (0, exit), "{}", brief(&again));
}

/// R3: the connection cut, either way, in an upload to servers that take their mail in other ways than Dovecot.
#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_to_cyrus_lose_and_double_nothing() {
    let users: Vec<String> = (0..16).map(|n| format!("cut{n}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let Some(cyrus) = Cyrus::start(&users) else { return };
    let proxy = FaultProxy::to(cyrus.imaps());
    for (user, at) in users.iter().zip((0..).map(|n| 1_900 + n * 967)) {
        cut(&cyrus, &proxy, user, at).await;
    }
    println!("{} cuts", proxy.cuts());
}

/// The same.
#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_to_courier_lose_and_double_nothing() {
    for at in (0..16).map(|n| 1_900 + n * 967) {
        let Some(courier) = Courier::start() else { return };
        cut(&courier, &FaultProxy::to(courier.imaps()), "u1", at).await;
    }
}

async fn cut(server: &dyn RealServer, proxy: &FaultProxy, user: &str, at: u64) {
    let mut scene = scene_at(server, user, proxy.port, &[("Inbox", messages(20)), ("Sent", (50..55).map(message).collect())]).await;
    scene.request.choices.verify = VerifyMode::Sizes;
    for faults in [Faults { cut_to_server: Some(at), ..Faults::default() }, Faults { cut_to_client: Some(at / 2), ..Faults::default() }] {
        proxy.set(Faults { times: Some(2), ..faults });
        let _may_end_early = scene.upload().await;
    }
    proxy.set(Faults::default());
    let what = format!("{user}, cut after {at}");
    let outcome = upload(&scene, &what).await;
    assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
    assert_eq!(digests(&held(server, user)), scene.wanted().await, "{what}: lost, doubled or changed");
}

/// Servers that end at once in mid-run and come back: Cyrus and Courier, as Dovecot.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_cyrus_or_courier_in_mid_run_loses_and_doubles_nothing() {
    if let Some(cyrus) = Cyrus::start(&["u1"]) {
        let scene = scene(&cyrus, "u1", &[("Inbox", messages(800))]).await;
        let run = tokio::spawn(async move { (scene.upload().await, scene) });
        while !run.is_finished() && cyrus.eye("u1").count("INBOX").unwrap_or(0) < 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cyrus.crash();
        let (outcome, scene) = run.await.expect("a run");
        let outcome = outcome.expect("a report");
        assert_eq!(outcome.report.exit, 0, "Cyrus: {}", brief(&outcome));
        assert_whole(&scene, &cyrus, "u1", "Cyrus").await;
    }
    if let Some(mut courier) = Courier::start() {
        let scene = scene(&courier, "u1", &[("Inbox", messages(400))]).await;
        let run = tokio::spawn(async move { (scene.upload().await, scene) });
        while !run.is_finished() && courier.eye("u1").count("INBOX").unwrap_or(0) < 50 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::task::block_in_place(|| courier.crash_and_restart());
        let (outcome, scene) = run.await.expect("a run");
        let outcome = outcome.expect("a report");
        assert_eq!(outcome.report.exit, 0, "Courier: {}", brief(&outcome));
        assert_whole(&scene, &courier, "u1", "Courier").await;
    }
}

/// R13 on Cyrus and Courier, whose room is known: the newest that fit go, the rest is kept; then the mailbox is larger.
#[tokio::test(flavor = "multi_thread")]
async fn full_mailboxes_of_cyrus_and_courier_keep_what_does_not_fit_for_later() {
    if let Some(cyrus) = Cyrus::start(&["full"]) {
        drop(cyrus.eye("full"));
        cyrus.set_quota("full", Some(20));
        fill(&cyrus, "Cyrus", &|| cyrus.set_quota("full", None)).await;
    }
    if let Some(courier) = Courier::start() {
        courier.set_quota(20 * 1024);
        fill(&courier, "Courier", &|| courier.set_quota(50_000_000)).await;
    }
}

async fn fill(server: &dyn RealServer, what: &str, enlarge: &(dyn Fn() + Sync)) {
    let mut scene = scene(server, "full", &[("Inbox", messages(120))]).await;
    // All of it at once is a plan that does not fit: nothing is sent.
    let outcome = upload(&scene, what).await;
    assert_eq!((outcome.report.exit, outcome.report.tally.uploaded, outcome.report.tally.kept_by.no_room), (20, 0, 120), "{what}: {}", brief(&outcome));
    scene.request.choices.newest_until_full = true;
    let outcome = upload(&scene, what).await;
    let tally = &outcome.report.tally;
    let numbers: Vec<usize> = held(server, "full")["INBOX"].iter().map(|seen| number(&seen.bytes)).collect();
    assert!(!numbers.is_empty() && numbers.len() < 120, "{what}: {}", brief(&outcome));
    assert_eq!(numbers, (120 - numbers.len()..120).collect::<Vec<_>>(), "{what}: the newest, oldest first");
    assert_eq!((tally.uploaded, tally.kept_by.no_room, tally.unexplained), (numbers.len() as u64, 120 - numbers.len() as u64, 0), "{what}");
    enlarge();
    scene.request.choices.newest_until_full = false;
    let outcome = upload(&scene, what).await;
    assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
    assert_whole(&scene, server, "full", what).await;
}
