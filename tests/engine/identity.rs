//! R8, R9, R11, R18 in part: identity is (folder, twin, ordinal), a multiset.

use mailferry::mail::{Flags, InternalDate};

use crate::scene::{Scene, appends, assert_whole, held, message, messages, practice};

/// R8: a thousand identical mails stay a thousand; the same mail in five folders stays in five; no Message-ID needed.
#[tokio::test(flavor = "multi_thread")]
async fn copies_add_up_within_a_store() {
    let server = practice();
    let same = b"From: a@x.example\r\nSubject: same\r\nDate: Mon, 2 Jan 2023 10:00:00 +0000\r\n\r\nno Message-ID here\r\n".to_vec();
    let one = vec![message(1)];
    let folders = [("Inbox", vec![same; 1000]), ("A", one.clone()), ("B", one.clone()), ("C", one.clone()), ("D", one.clone()), ("E", one)];
    let scene = Scene::new(&folders, &server).await;
    let outcome = scene.upload().await.expect("uploaded");
    assert_eq!((outcome.report.tally.uploaded, server.messages("INBOX").len()), (1005, 1000));
    scene.forget_jobs();
    assert_whole(&scene, &server, "copies, with the journal lost").await;
}

/// Mundofy's fault: same minute, sender and subject, other attachment: all arrive.
#[tokio::test(flavor = "multi_thread")]
async fn mails_that_look_alike_are_not_the_same() {
    let server = practice();
    let scan = |n: usize| format!("From: scanner@office.example\r\nSubject: Scan\r\nDate: Mon, 2 Jan 2023 10:00:00 +0000\r\n\r\nPDF {n:04}\r\n").into_bytes();
    let scene = Scene::new(&[("Inbox", (0..1000).map(scan).collect())], &server).await;
    scene.upload().await.expect("uploaded");
    assert_eq!(server.messages("INBOX").len(), 1000);
}

/// R9: with the journal lost and a fresh home, 0 APPEND; whatever a mail program wrote into the copies on the way.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_journal_costs_a_look_and_no_mail() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(40)), ("Sent", messages(10))], &server).await;
    scene.upload().await.expect("uploaded");
    scene.forget_jobs();
    server.clear_command_log();
    let outcome = scene.upload().await.expect("a second run");
    assert_eq!(appends(&server), 0);
    assert_eq!((outcome.report.tally.already_there, outcome.report.tally.uploaded, outcome.report.exit), (50, 0, 0), "{:?}", outcome.report.tally);
}

/// What the server holds already, in another program's dress, is not sent; what it holds once and we have twice is sent once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_in_another_dress_counts_as_there() {
    let server = practice();
    let mut mails = messages(6);
    mails.push(mails[0].clone());
    let scene = Scene::new(&[("Inbox", mails.clone())], &server).await;
    for (n, mail) in mails.iter().take(3).enumerate() {
        let mut dressed = format!("X-UIDL: {n}\r\nX-Mozilla-Status: 0001\r\nStatus: RO\r\n").into_bytes();
        dressed.extend_from_slice(mail);
        dressed.extend_from_slice(b"\r\n\r\n");
        server.deliver("INBOX", dressed, Flags::default(), InternalDate::from_unix(1_600_000_000));
    }
    server.deliver("INBOX", b"Subject: other\r\n\r\nnot ours\r\n".to_vec(), Flags::default(), InternalDate::from_unix(1_600_000_000));
    let outcome = scene.upload().await.expect("uploaded");
    let tally = &outcome.report.tally;
    assert_eq!((tally.already_there, tally.uploaded, tally.unexplained, outcome.report.exit), (3, 4, 0, 0), "{tally:?}");
    assert_eq!(server.messages("INBOX").len(), 8);
}

/// A doubled message is found by verification.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_came_twice_is_told() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(5))], &server).await;
    scene.upload().await.expect("uploaded");
    server.deliver("INBOX", message(2), Flags::default(), InternalDate::from_unix(1_600_000_000));
    let outcome = scene.verify().await.expect("a report");
    let verification = outcome.report.verification.expect("verified");
    assert_eq!((verification.doubled.len(), outcome.report.exit), (1, 3));
}

/// R11: received dates to the second and with their zone.
#[tokio::test(flavor = "multi_thread")]
async fn received_dates_keep_second_and_zone() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(30))], &server).await;
    scene.upload().await.expect("uploaded");
    for (n, stored) in server.messages("INBOX").iter().enumerate() {
        assert_eq!(stored.internal_date.to_string(), format!("2023-01-02T10:{:02}:{:02}+01:00", n / 60, n % 60));
    }
    assert_eq!(held(&server), scene.wanted().await);
}
