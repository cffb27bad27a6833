//! The first sync: 0 lost, 0 doubled, 0 changed, whatever the servers' names and extensions; the old one is only read.

use std::collections::BTreeMap;

use mailferry::engine::report::VerifyMode;
use mailferry::run::Code;

use crate::scene::{Mail, NEW, OLD, Scene, appended, assert_whole, brief, far, held, mail, mails, put};
use crate::stage::{Stage, changing};
use crate::support::dovecot::{Dovecot, Options};
use crate::support::made_mail;

fn fill(dovecot: &Dovecot, separator: char, prefix: &str) {
    let below = |names: &[&str]| format!("{prefix}{}", names.join(&separator.to_string()));
    put(dovecot, OLD, "INBOX", &mails(0..40));
    put(dovecot, OLD, &below(&["Sent"]), &mails(40..55));
    put(dovecot, OLD, &below(&["Work", "M&APw-ller &- S&APY-hne"]), &mails(55..65));
    put(dovecot, OLD, &below(&["Trash"]), &mails(65..68));
}

/// R5 between two servers: separators, prefixes, and extensions that one of them does not have.
#[tokio::test(flavor = "multi_thread")]
async fn names_and_missing_extensions_make_no_difference() {
    let slim =
        vec!["CONDSTORE", "QRESYNC", "LIST-EXTENDED", "LIST-STATUS", "STATUS=SIZE", "SPECIAL-USE", "ESEARCH", "UIDPLUS", "MULTIAPPEND", "LITERAL+", "ENABLE"];
    let dots = || Options::default().inbox_prefix();
    let table = [
        ("alike", Options::default(), Options::default()),
        ("from INBOX. and dots", dots(), Options::default()),
        ("to INBOX. and dots", Options::default(), dots()),
        ("from slim", Options { without: slim.clone(), ..Options::default() }, Options::default()),
        ("to slim", Options::default(), Options { without: slim, ..Options::default() }),
    ];
    for (what, from, to) in table {
        let Some(old) = Dovecot::start(from.clone()) else { return };
        let Some(new) = Dovecot::start(to.clone()) else { return };
        fill(&old, from.separator, from.prefix);
        let before = held(&old, OLD, from.separator, from.prefix);
        let scene = Scene::new(&old, &new);
        let outcome = scene.pass(what).await;
        assert_eq!((appended(&outcome), outcome.report.tally.found), (68, 68), "{what}: {}", brief(&outcome));
        assert_eq!(held(&new, NEW, to.separator, to.prefix), before, "{what}: lost, doubled or changed");
        for fresh in [false, true] {
            if fresh {
                scene.forget_jobs();
            }
            let again = scene.pass(what).await;
            assert_eq!(appended(&again), 0, "{what}, fresh {fresh}: {}", brief(&again));
            let there = if fresh { (0, 68) } else { (68, 0) };
            assert_eq!((again.report.tally.uploaded, again.report.tally.already_there), there, "{what}, fresh {fresh}: {}", brief(&again));
            assert_eq!(held(&new, NEW, to.separator, to.prefix), before, "{what}, fresh {fresh}");
        }
        assert_eq!(held(&old, OLD, from.separator, from.prefix), before, "{what}: the old account was changed");
    }
}

/// Nothing that changes anything is sent to the old server: its own record of commands.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_account_gets_no_command_that_changes_anything() {
    let Some(old) = Stage::new(Options::default()) else { return };
    let Some(new) = Dovecot::start(Options::default()) else { return };
    fill(&old.dovecot, '/', "");
    old.clear_commands();
    let scene = Scene::new(&old.dovecot, &new);
    scene.pass("the first sync").await;
    scene.forget_jobs();
    scene.pass("with a fresh home").await;
    let commands = old.commands();
    assert_eq!(changing(&commands), [], "{commands:?}");
    assert!(commands["FETCH"] > 0 && commands["EXAMINE"] > 0 && !commands.contains_key("SELECT"), "{commands:?}");
    for file in old.raw_input() {
        let mut rest = file.as_str();
        while let Some(at) = rest.find("BODY") {
            rest = &rest[at + 4..];
            assert!(rest.starts_with(".PEEK["), "a body read without PEEK: {:.60}", rest);
        }
    }
}

/// R8 and the multiset: copies in one folder stay as many, in several folders too; mail that only looks alike is different mail.
#[tokio::test(flavor = "multi_thread")]
async fn identical_mails_stay_as_many_and_like_ones_stay_apart() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let same = Mail { flags: String::new(), ..mail(7) };
    put(&dovecot, OLD, "INBOX", &vec![same.clone(); 30]);
    put(&dovecot, OLD, "Copies", &vec![same.clone(); 5]);
    let alike: Vec<Mail> = (0..50)
        .map(|n| Mail {
            bytes: format!("From: scanner@one.example\r\nSubject: Scan\r\nMessage-ID: <same@one.example>\r\n\r\npage {n:02}\r\n").into_bytes(),
            ..same.clone()
        })
        .collect();
    put(&dovecot, OLD, "Scans", &alike);
    let scene = Scene::new(&dovecot, &dovecot);
    // A first partial migration: some of it is there already.
    put(&dovecot, NEW, "INBOX", &vec![same.clone(); 12]);
    put(&dovecot, NEW, "Scans", &alike[10..25]);
    let outcome = scene.pass("a first pass").await;
    assert_eq!((outcome.report.tally.already_there, appended(&outcome)), (27, 58), "{}", brief(&outcome));
    assert_whole(&scene, &dovecot, &dovecot, "identical and alike").await;
}

/// Large mail goes in ranges through a file; odd bytes, long lines, no header, and what the twin leaves out.
#[tokio::test(flavor = "multi_thread")]
async fn large_and_odd_mail_arrives_byte_for_byte() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let mut odd = mails(0..3);
    odd[0].bytes = made_mail::message(1, 12_500_000, 9);
    odd[1].bytes = made_mail::message(2, 5_000_000, 9);
    odd[2].bytes = format!("Subject: x\r\nX-UID: 7\r\nStatus: RO\r\n\r\n{}\r\n\r\n\r\n", "y".repeat(50_000)).into_bytes();
    odd.extend([&b"\r\nno header\r\n"[..], b"X: no body", b"Subject: t\x7f\r\n\r\n\x01\x02\r\n"].map(|bytes| Mail { bytes: bytes.to_vec(), ..mail(3) }));
    put(&dovecot, OLD, "Odd &- large", &odd);
    let scene = Scene::new(&dovecot, &dovecot);
    let outcome = scene.pass("odd mail").await;
    assert_eq!(appended(&outcome), 6, "{}", brief(&outcome));
    assert_whole(&scene, &dovecot, &dovecot, "odd mail").await;
}

/// Mail that its program counts as deleted, but which is not expunged, stays where it is, and is counted.
#[tokio::test(flavor = "multi_thread")]
async fn mail_marked_as_deleted_is_left_out_and_counted() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..5));
    crate::scene::act(&dovecot, OLD, "INBOX", &["UID STORE 2 +FLAGS (\\Deleted)"]);
    let scene = Scene::new(&dovecot, &dovecot);
    let outcome = scene.pass("one is marked").await;
    assert_eq!((appended(&outcome), outcome.report.tally.found, outcome.report.tally.left_out_deleted), (4, 4, 1), "{}", brief(&outcome));
    crate::scene::act(&dovecot, OLD, "INBOX", &["UID STORE 2 -FLAGS (\\Deleted)"]);
    assert_eq!(appended(&scene.pass("no longer").await), 1);
    assert_whole(&scene, &dovecot, &dovecot, "taken back").await;
}

/// Choices and special folders are the plan's, as with an upload.
#[tokio::test(flavor = "multi_thread")]
async fn choices_leave_mail_in_the_old_mailbox_and_say_so() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..6));
    put(&dovecot, OLD, "Gesendete Elemente", &mails(10..14));
    put(&dovecot, OLD, "Junk", &mails(20..23));
    let mut scene = Scene::new(&dovecot, &dovecot);
    scene.request.new.choices.without_junk_trash = true;
    let outcome = scene.pass("without junk").await;
    assert_eq!((appended(&outcome), outcome.report.tally.kept_by.choice), (10, 3), "{}", brief(&outcome));
    assert_eq!(dovecot.count(NEW, "Sent"), Some(4), "a special folder by its name");
    scene.request.new.choices.without_junk_trash = false;
    assert_eq!(appended(&scene.pass("with junk").await), 3, "another choice is no reason to rest");
    let page = std::fs::read_to_string(outcome.job.join("report/report.html")).expect("a page");
    assert!(page.contains("All 13 messages are in the new mailbox"), "{page:.2000}");
}

/// By choice a safe copy is made first, and the new account is filled from it; a later pass adds to both.
#[tokio::test(flavor = "multi_thread")]
async fn a_safe_copy_may_be_made_first_and_grows_with_the_old_account() {
    let Some(old) = Stage::new(Options::default()) else { return };
    let Some(new) = Dovecot::start(Options::default()) else { return };
    put(&old.dovecot, OLD, "INBOX", &mails(0..30));
    put(&old.dovecot, OLD, "Work", &vec![mail(3); 3]);
    // What was sent has its own date too, and it came there at another time.
    put(&old.dovecot, OLD, "Sent", &mails(40..43));
    let mut scene = Scene::new(&old.dovecot, &new);
    let out = scene.dir.path().join("safe copy");
    scene.request.out = Some(out.clone());
    let outcome = scene.pass("with a safe copy").await;
    assert_eq!((appended(&outcome), outcome.report.archive.as_str()), (36, out.to_str().expect("text")), "{}", brief(&outcome));
    assert_whole(&scene, &old.dovecot, &new, "with a safe copy").await;
    put(&old.dovecot, OLD, "INBOX", &mails(30..35));
    old.clear_commands();
    assert_eq!(appended(&scene.pass("more").await), 5);
    assert_whole(&scene, &old.dovecot, &new, "more").await;
    let archive = mailferry::archive::Archive::open(&out, None).expect("a safe copy");
    assert_eq!(archive.counts().messages, 41);
    assert!(archive.check(&scene.run()).expect("checked").whole, "every digest as written");
    // Bodies were read once: for the safe copy.
    let ours = |file: &String| file.lines().filter(|line| !line.contains(" eye ")).filter(|line| line.contains("BODY.PEEK[]")).count();
    assert_eq!(old.raw_input().iter().map(ours).sum::<usize>(), 1, "five small ones in one command");
}

/// A fresh verification, digests as recorded: what the new server changed behind our back is found.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_vanished_before_it_was_verified_is_never_green() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    put(&dovecot, OLD, "INBOX", &mails(0..8));
    let mut scene = Scene::new(&dovecot, &dovecot);
    scene.request.new.choices.verify = VerifyMode::Sizes;
    let outcome = scene.pass("by size").await;
    let verification = outcome.report.verification.expect("verified");
    assert_eq!((verification.by_size, verification.by_digest), (8, 0));
    let by_mailbox: BTreeMap<String, u64> = outcome.report.folders.iter().map(|folder| (folder.to.clone(), folder.there)).collect();
    assert_eq!(by_mailbox, BTreeMap::from([("INBOX".to_owned(), 8)]));
}

/// The console refuses what makes no sense before anybody is asked for a password.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_at_either_side_says_which() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    for wrong_old in [true, false] {
        let (mut old, mut new) = (far(&dovecot, OLD, dovecot.imaps), far(&dovecot, NEW, dovecot.imaps));
        let wrong = if wrong_old { &mut old } else { &mut new };
        wrong.password = mailferry::account::Secret::new("wrong".into());
        let problem = Scene::between(old, new).sync().await.expect_err("refused");
        assert_eq!((problem.code, problem.place.is_some()), (Code::SignInRefused, true), "{problem}");
    }
}
