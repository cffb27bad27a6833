//! The deeds against real Dovecot: its formats and namespaces, what it does not announce, cut connections, full mailboxes, a
//! draining POP3 program, odd bytes and odd names.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mailferry::engine::report::VerifyMode;
use mailferry::mail::Sha256Digest;
use mailferry::run::Code;

use crate::real::{assert_every_mark, assert_whole, by_rule_3, digests, held, marked_scene, number, odd_mail, scene, scene_at, uid_next, upload};
use crate::scene::{brief, message, messages};
use crate::support::dovecot::{Dovecot, Options};
use crate::support::fault_proxy::{FaultProxy, Faults};

/// R5: every store format, as one server and as another has its names, and with whatever it does not announce.
#[tokio::test(flavor = "multi_thread")]
async fn formats_namespaces_and_missing_extensions_make_no_difference() {
    let slim =
        vec!["LITERAL+", "MULTIAPPEND", "UIDPLUS", "QUOTA", "SPECIAL-USE", "CONDSTORE", "QRESYNC", "LIST-EXTENDED", "LIST-STATUS", "STATUS=SIZE", "ESEARCH"];
    let mut table = vec![("all", Options::default()), ("INBOX. and dots", Options::default().inbox_prefix())];
    table.push(("slim", Options { without: slim.clone(), ..Options::default() }));
    table.push(("slim, INBOX. and dots", Options { without: slim, ..Options::default().inbox_prefix() }));
    for without in ["LITERAL+", "MULTIAPPEND", "UIDPLUS", "QUOTA", "SPECIAL-USE", "CONDSTORE", "LIST-STATUS"] {
        table.push((without, Options { without: vec![without], ..Options::default() }));
    }
    for (what, options) in table {
        let Some(dovecot) = Dovecot::start(options.clone()) else { return };
        for format in ["maildir", "sdbox", "mdbox"] {
            let (user, what) = (format!("u@{format}"), format!("{what}, {format}"));
            let scene = marked_scene(&dovecot, &user).await;
            assert_every_mark(&scene, &dovecot, &user, options.prefix, options.separator, &what).await;
        }
    }
}

/// R3: the connection cut after every 97th octet, either way, TLS records and all; then whole again.
#[tokio::test(flavor = "multi_thread")]
async fn cut_at_every_97th_octet_it_resumes_without_loss_or_duplicate() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let proxy = FaultProxy::to(dovecot.imaps);
    let (mut cuts, mut tally, begun) = (0, 0, std::time::Instant::now());
    for to_server in [true, false] {
        // Once the place of the cut lies behind the end of the longest conversation, every later one is the same.
        for at in (0..).map(|step| step * 97) {
            let user = format!("cut{}{at}@sdbox", u8::from(to_server));
            let mut scene = scene_at(&dovecot, &user, proxy.port, &[("Inbox", messages(5)), ("Sent", (50..52).map(message).collect())]).await;
            // The eye compares every octet; a shorter conversation has fewer places to cut.
            scene.request.choices.verify = VerifyMode::Sizes;
            let before = proxy.cuts();
            let place = Some(at);
            let faults = Faults { times: Some(3), ..Faults::default() };
            proxy.set(if to_server { Faults { cut_to_server: place, ..faults } } else { Faults { cut_to_client: place, ..faults } });
            let first = scene.upload().await;
            proxy.set(Faults::default());
            let what = format!("cut after {at} octets, to the server: {to_server}");
            if !first.is_ok_and(|outcome| outcome.report.exit == 0) {
                let again = upload(&scene, &what).await;
                assert_eq!(again.report.exit, 0, "{what}: {}", brief(&again));
                tally += 1;
            }
            assert_eq!(digests(&held(&dovecot, &user)), scene.wanted().await, "{what}: lost, doubled or changed");
            if proxy.cuts() == before {
                assert!(at > 97 * 20, "{what}: the conversation is longer than that");
                break;
            }
            cuts += 1;
        }
    }
    println!("{cuts} places cut in {:?}, {tally} of them resumed in a second run", begun.elapsed());
}

/// R13: a mailbox full by octets and one full by messages, where the server does not say so beforehand; then it is larger.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_stops_at_the_first_that_does_not_fit_and_goes_on_when_it_is_larger() {
    for (rule, announced) in [("*:messages=37", true), ("*:messages=37", false), ("*:storage=20K", true), ("*:storage=20K", false)] {
        let user = "small@maildir";
        let without = if announced { vec![] } else { vec!["QUOTA"] };
        let Some(mut dovecot) = Dovecot::start(Options { without, ..Options::default() }.quota(user, rule)) else { return };
        let what = format!("{rule}, announced: {announced}");
        let scene = scene(&dovecot, user, &[("Inbox", messages(120))]).await;
        let outcome = upload(&scene, &what).await;
        let tally = &outcome.report.tally;
        assert_eq!((outcome.report.exit, tally.unexplained), (20, 0), "{what}: {}", brief(&outcome));
        let there = held(&dovecot, user)["INBOX"].len() as u64;
        assert_eq!((tally.uploaded, tally.kept_by.no_room), (there, 120 - there), "{what}: {}", brief(&outcome));
        let by_storage = rule.contains("storage");
        if by_storage && announced {
            assert_eq!(there, 0, "{what}: what is known not to fit is said before anything is sent");
        } else if !announced {
            let octets: u64 = (0..=there).map(|n| message(usize::try_from(n).expect("small")).len() as u64).sum();
            let full = if by_storage { octets > 20 * 1024 } else { there == 37 };
            assert!(full && there > 0, "{what}: {there} there, and one more would fit");
            let subjects: Vec<usize> = held(&dovecot, user)["INBOX"].iter().map(|seen| number(&seen.bytes)).collect();
            assert_eq!(subjects, (0..subjects.len()).collect::<Vec<_>>(), "{what}: exactly those before the first that does not fit");
        }
        dovecot.set_quota(user, "*:storage=1G");
        let outcome = upload(&scene, &what).await;
        assert_eq!(outcome.report.exit, 0, "{what}: {}", brief(&outcome));
        assert_whole(&scene, &dovecot, user, &what).await;
    }
}

/// R19: a POP3 program with DELE empties the new INBOX in mid-upload.
#[tokio::test(flavor = "multi_thread")]
async fn a_pop3_program_that_drains_the_inbox_pauses_the_run_and_what_it_took_is_put_back() {
    let Some(dovecot) = Dovecot::start(Options { without: vec!["MULTIAPPEND"], ..Options::default() }) else { return };
    let user = "drained@maildir";
    let proxy = FaultProxy::to(dovecot.imaps);
    proxy.set(Faults { delay: Duration::from_millis(5), ..Faults::default() });
    let mut scene = scene_at(&dovecot, user, proxy.port, &[("Inbox", messages(1_500)), ("Sent", (2_000..2_010).map(message).collect())]).await;
    scene.request.choices.verify = VerifyMode::Sizes;
    let drain = async {
        while dovecot.count(user, "INBOX").unwrap_or(0) < 60 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        dovecot.pop3_drain(user)
    };
    let (outcome, taken) = tokio::join!(scene.upload(), drain);
    let outcome = outcome.expect("a report");
    assert!(taken >= 60, "{taken}");
    assert_eq!(outcome.problem.as_ref().map(|problem| problem.code), Some(Code::PopDrain), "{taken} taken: {}", brief(&outcome));
    assert_eq!(outcome.report.exit, 40);
    let paused = dovecot.count(user, "INBOX");
    let still = upload(&scene, "still paused").await;
    assert_eq!(still.problem.as_ref().map(|problem| problem.code), Some(Code::PopDrain), "{}", brief(&still));
    assert_eq!(dovecot.count(user, "INBOX"), paused, "nothing is sent while POP may be running");
    scene.request.choices.pop_stopped = true;
    let outcome = upload(&scene, "put back").await;
    assert_eq!(outcome.report.exit, 0, "{taken} were taken: {}", brief(&outcome));
    let digests = digests(&held(&dovecot, user));
    assert_eq!(digests, scene.wanted().await, "exactly those are put back");
}

/// R10: bare LF, bare CR, NUL, octets above 127, lines of ten thousand: by DESIGN rule 3, and so by every digest.
#[tokio::test(flavor = "multi_thread")]
async fn odd_octets_arrive_by_the_rules_and_no_other_way() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    for format in ["maildir", "mdbox"] {
        let user = format!("odd@{format}");
        let odd: Vec<Vec<u8>> = (0..2_000).map(odd_mail).collect();
        let scene = scene(&dovecot, &user, &[("Inbox", odd.clone())]).await;
        let outcome = upload(&scene, &user).await;
        assert_eq!((outcome.report.exit, outcome.report.tally.uploaded), (0, 2_000), "{user}: {}", brief(&outcome));
        let verified = outcome.report.verification.as_ref().expect("verified");
        assert_eq!((verified.by_size, verified.by_digest), (2_000, 2_000), "{user}");
        // Not by the program's own reckoning: by the rule, written down here once more.
        let mut wanted = BTreeMap::new();
        for mail in &odd {
            *wanted.entry(Sha256Digest::of(&by_rule_3(mail))).or_insert(0) += 1;
        }
        assert_eq!(digests(&held(&dovecot, &user)), wanted, "{user}");
    }
}

/// Names that servers and formats stumble over: every message arrives, or is named with its folder; none is in a wrong one.
#[tokio::test(flavor = "multi_thread")]
async fn odd_folder_names_arrive_or_are_named() {
    let names = [
        "Gesendete Objekte",
        "Entwürfe",
        "Входящая почта",
        "議事録",
        "a.b.c",
        "v1.2",
        "trailing.",
        "~home",
        "50% off",
        "star *",
        "back\\slash",
        "quo\"te",
        "a & b",
        "{5}",
        "CR CR",
        "Inbox/Below",
        "tilde~",
        "😀 smile",
        "NFD u\u{308}",
        "Work/Müller/2019.05",
        "Work/Müller/2019/05",
    ];
    for options in [Options::default(), Options::default().inbox_prefix()] {
        let prefix = options.prefix;
        let Some(dovecot) = Dovecot::start(options) else { return };
        for format in ["maildir", "sdbox"] {
            let (user, what) = (format!("names@{format}"), format!("{format}, prefix {prefix:?}"));
            let folders: Vec<(&str, Vec<Vec<u8>>)> = names.iter().enumerate().map(|(n, name)| (*name, (n * 10..n * 10 + 3).map(message).collect())).collect();
            let scene = scene(&dovecot, &user, &folders).await;
            let outcome = upload(&scene, &what).await;
            let report = &outcome.report;
            assert_eq!(report.tally.unexplained, 0, "{what}: {}", brief(&outcome));
            let held = held(&dovecot, &user);
            let there: u64 = held.values().map(|mail| mail.len() as u64).sum();
            assert_eq!(report.tally.uploaded, there, "{what}: {}", brief(&outcome));
            let total = names.len() as u64 * 3;
            assert_eq!((there, report.exit), (total, 0), "{what}: {} {:?}", brief(&outcome), report.problems);
            // Maildir++ keeps its levels apart with a dot: there, and only there, names with one get another spelling, and are told.
            let renamed: Vec<&str> = report.folders.iter().filter(|folder| folder.renamed).map(|folder| folder.to.as_str()).collect();
            let dots = if format == "maildir" && prefix.is_empty() { vec!["Work/Müller/2019_05", "a_b_c", "trailing_", "v1_2"] } else { vec![] };
            assert_eq!(BTreeSet::from_iter(renamed), BTreeSet::from_iter(dots.iter().copied()), "{what}");
            assert!(report.folders.iter().all(|folder| folder.to != "Work_Müller_2019_05" && !folder.to.contains("(2)")), "{what}: {:?}", report.folders);
            let told = scene.plan().await.problems.iter().filter(|problem| problem.what.contains("takes no “.”")).count();
            assert_eq!(told, dots.len(), "{what}: the next plan tells of them");
            // No two of them were thrown together, none into INBOX, and what has a purpose is found by it.
            let mut of: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
            for (mailbox, mail) in &held {
                let groups: BTreeSet<usize> = mail.iter().map(|seen| number(&seen.bytes) / 10).collect();
                assert!(groups.len() <= 1, "{what}: {mailbox} holds the mail of several folders: {groups:?}");
                for group in groups {
                    of.entry(group).or_default().insert(mailbox);
                }
            }
            assert!(of.values().all(|mailboxes| mailboxes.len() == 1 && !mailboxes.contains("INBOX")), "{what}: {of:?}");
            let special = [format!("{prefix}Sent"), format!("{prefix}Drafts")];
            assert_eq!([&of[&0], &of[&1]].map(|mailboxes| mailboxes.first().copied()), [Some(special[0].as_str()), Some(special[1].as_str())], "{what}");
            let before = uid_next(&dovecot, &user);
            for fresh in [false, true] {
                if fresh {
                    scene.forget_jobs();
                }
                let again = upload(&scene, &what).await;
                let (appended, now) = (again.report.tally.appended_this_run, uid_next(&dovecot, &user));
                assert_eq!((appended, &now, again.report.exit), (0, &before, 0), "{what}, fresh home {fresh}: {}", brief(&again));
            }
        }
    }
}

/// CR CR LF, as text mode makes it on Windows: Dovecot would take one CR away. It is sent with one, named, proven, and neither a
/// second run nor a fresh computer sends it again.
#[tokio::test(flavor = "multi_thread")]
async fn a_doubled_carriage_return_is_sent_as_one_and_never_twice() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let odd = b"From: a@x.example\r\r\nSubject: odd\r\r\nDate: Mon, 2 Jan 2023 10:00:00 +0000\r\r\n\r\r\none\r\r\r\ntwo\r\r\n".to_vec();
    let user = "crcrlf@maildir";
    let scene = scene(&dovecot, user, &[("Inbox", [vec![odd], messages(3)].concat())]).await;
    for run in 0..3 {
        if run == 2 {
            scene.forget_jobs();
        }
        let outcome = scene.upload().await.expect("a report");
        let tally = &outcome.report.tally;
        assert_eq!((outcome.report.exit, tally.unexplained), (0, 0), "run {run}: {}", brief(&outcome));
        assert_eq!(tally.appended_this_run, if run == 0 { 4 } else { 0 }, "run {run}");
        assert_eq!(tally.altered.iter().map(|named| (named.subject.as_deref(), named.code.as_str())).collect::<Vec<_>>(), [(Some("odd"), "WIRE-CR")]);
    }
    assert_eq!(dovecot.eye(user).messages("INBOX").len(), 4);
}
