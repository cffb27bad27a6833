//! A server that does not list or give what it has: the account is incomplete, never quietly smaller.

use mailferry::account::{Account, Endpoint, Secret, TlsMode};
use mailferry::engine::far::Far;
use mailferry::imap::Timeouts;
use mailferry::mail::{Flags, InternalDate};
use mailferry::net::{Reach, Trust};
use mailferry::practice::server::{Config, Features, Server, What, When};
use mailferry::run::Code;

use crate::scene::{NEW, Scene, appended, brief, far, mail};
use crate::support::dovecot::{Dovecot, Options};

fn practice(server: &Server) -> Far {
    let endpoint = Endpoint { host: Server::HOST.into(), port: server.port, tls: TlsMode::Implicit };
    let account = Account { address: "practice@mailferry.example".into(), user: "practice@mailferry.example".into(), endpoint, pin: None };
    let reach = Reach::trusting(Trust::only(server.ca_der.clone()));
    Far { account, password: Secret::new("practice".into()), reach, timeouts: Timeouts::default() }
}

/// An old account at the practice server: 6 in INBOX, 4 in Work.
fn old_account(features: Features) -> Server {
    let server = Server::start(Config { features, ..Config::default() }).expect("a free port");
    server.create_mailbox("Work");
    for n in 0..10 {
        server.deliver(if n < 6 { "INBOX" } else { "Work" }, mail(n).bytes, Flags::default(), InternalDate::from_unix(1_550_000_000 + n as i64));
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_listed_makes_the_account_incomplete() {
    let Some(new) = Dovecot::start(Options::default()) else { return };
    for (n, (what, fault)) in [
        ("NO", What::Answer("NO [SERVERBUG] internal error".into())),
        ("BAD", What::Answer("BAD unknown".into())),
        ("half of it and NO", What::AnswerAfterData("NO [SERVERBUG] half".into())),
    ]
    .into_iter()
    .enumerate()
    {
        let user = format!("new{n}@sdbox");
        let old = old_account(Features::default());
        old.fault(When::at("UID FETCH").in_mailbox("Work").once(), fault);
        let scene = Scene::between(practice(&old), far(&new, &user, new.imaps));
        let outcome = scene.sync().await.expect("the rest goes on");
        let sync = outcome.report.sync.as_ref().expect("a sync");
        assert_eq!((outcome.report.exit, sync.unlisted.as_slice()), (Code::SourceUnreadable.exit(), &["Work".to_owned()][..]), "{what}: {}", brief(&outcome));
        assert_eq!(appended(&outcome), 6, "{what}: {}", brief(&outcome));
        let page = std::fs::read_to_string(outcome.job.join("report/report.html")).expect("a page");
        assert!(page.contains("could not be read whole") && !page.contains("All 6"), "{what}");
        // The next pass finds it listed, and is whole.
        let outcome = scene.pass(what).await;
        assert_eq!((appended(&outcome), outcome.report.tally.found), (4, 10), "{what}: {}", brief(&outcome));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_folders_are_not_listed_is_no_empty_one() {
    let Some(new) = Dovecot::start(Options::default()) else { return };
    for fault in [What::Answer("NO [SERVERBUG] no".into()), What::AnswerAfterData("NO half".into())] {
        let old = old_account(Features::default());
        old.fault(When::at("LIST"), fault.clone());
        let scene = Scene::between(practice(&old), far(&new, NEW, new.imaps));
        let problem = scene.sync().await.expect_err("nothing can be known");
        assert_eq!(problem.code, Code::SourceUnreadable, "{fault:?}: {problem}");
        assert_eq!(new.count(NEW, "INBOX"), Some(0));
    }
}

/// A body that is refused is named with the server's words; every other one arrives.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_given_fails_alone_and_by_name() {
    let Some(new) = Dovecot::start(Options::default()) else { return };
    let old = old_account(Features::default());
    // In INBOX: the listing, the batch, then each alone; of these the third is refused.
    old.fault(When::at("UID FETCH").in_mailbox("INBOX").after(1).once(), What::Answer("NO [SERVERBUG] one of them is broken".into()));
    old.fault(When::at("UID FETCH").in_mailbox("INBOX").after(3).once(), What::Answer("NO [SERVERBUG] this one".into()));
    let scene = Scene::between(practice(&old), far(&new, NEW, new.imaps));
    let outcome = scene.sync().await.expect("the rest goes on");
    let failed = &outcome.report.tally.failed;
    assert_eq!((outcome.report.exit, appended(&outcome), failed.len(), outcome.report.tally.unexplained), (2, 9, 1, 0), "{}", brief(&outcome));
    assert!(failed[0].server_text.as_deref().is_some_and(|text| text.contains("this one")), "{failed:?}");
    assert!(failed[0].subject.as_deref().is_some_and(|subject| subject.starts_with("Message ")), "named: {failed:?}");
    let outcome = scene.pass("given now").await;
    assert_eq!(appended(&outcome), 1, "{}", brief(&outcome));
}

/// The practice server's own record: nothing but reading, also of a server without any extension.
#[tokio::test(flavor = "multi_thread")]
async fn a_bare_old_server_is_only_read() {
    let Some(new) = Dovecot::start(Options::default()) else { return };
    for (user, features) in [("plain@sdbox", Features::default()), ("bare@sdbox", Features::bare())] {
        let old = old_account(features);
        let scene = Scene::between(practice(&old), far(&new, user, new.imaps));
        assert_eq!(appended(&scene.pass(user).await), 10);
        old.deliver("INBOX", mail(11).bytes, Flags::default(), InternalDate::from_unix(1_560_000_000));
        assert_eq!(appended(&scene.pass(user).await), 1);
        assert_eq!(appended(&scene.pass(user).await), 0);
        let read = [
            "CAPABILITY",
            "LOGIN",
            "AUTHENTICATE",
            "ID",
            "ENABLE",
            "NAMESPACE",
            "LIST",
            "LSUB",
            "STATUS",
            "EXAMINE",
            "UID FETCH",
            "UID SEARCH",
            "NOOP",
            "LOGOUT",
        ];
        let other: Vec<String> = old.command_log().into_iter().map(|logged| logged.verb).filter(|verb| !read.contains(&verb.as_str())).collect();
        assert_eq!(other, [""; 0], "{user}");
        assert!(old.messages("INBOX").iter().all(|stored| !stored.flags.seen), "{user}: something was marked as read");
    }
}

/// A server that throttles is waited for, at either end of the listing.
#[tokio::test(flavor = "multi_thread")]
async fn a_throttling_old_server_is_waited_for() {
    let Some(new) = Dovecot::start(Options::default()) else { return };
    let old = old_account(Features::default());
    for skip in [0, 3] {
        old.fault(When::at("UID FETCH").after(skip).once(), What::Answer("NO Request is throttled. Suggested Backoff Time: 20 milliseconds".into()));
    }
    old.fault(When::at("EXAMINE").after(1).once(), What::Bye("[UNAVAILABLE] too many connections, try again".into()));
    let scene = Scene::between(practice(&old), far(&new, NEW, new.imaps));
    assert_eq!(appended(&scene.pass("throttled").await), 10);
}

/// Room runs out, by the plan and by choice, and comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_new_mailbox_stops_and_goes_on_once_there_is_room() {
    let Some(mut new) = Dovecot::start(Options::default().quota("small@sdbox", "*:bytes=20000")) else { return };
    let old = Server::start(Config::default()).expect("a free port");
    for n in 0..40 {
        old.deliver("INBOX", mail(n).bytes, Flags::default(), InternalDate::from_unix(1_550_000_000 + n as i64));
    }
    let mut scene = Scene::between(practice(&old), far(&new, "small@sdbox", new.imaps));
    let stopped = scene.sync().await.expect("a report");
    assert_eq!((stopped.report.exit, stopped.report.tally.kept_by.no_room), (20, 40), "a plan that does not fit: {}", brief(&stopped));
    scene.request.new.choices.newest_until_full = true;
    scene.request.new.choices.reserve = Some(0);
    let some = scene.sync().await.expect("a report");
    assert!(some.report.exit == 2 && appended(&some) > 5 && some.report.tally.unexplained == 0, "{}", brief(&some));
    new.set_quota("small@sdbox", "*:bytes=2000000");
    let rest = scene.pass("room again").await;
    assert_eq!(appended(&some) + appended(&rest), 40, "{}", brief(&rest));
}
