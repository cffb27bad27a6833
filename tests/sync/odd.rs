//! What servers list beside folders of mail: views that show everything once more, and Exchange's calendar and contacts. Real Dovecot
//! plays both: it has views, and may greet as it likes.

use crate::scene::{NEW, OLD, Scene, act, appended, brief, delete, held, mail, mails, put};
use crate::support::dovecot::{Dovecot, Options};

/// A Dovecot with a view of all mail, marked \All, and no names for mail across folders.
fn with_all_mail() -> Option<(Dovecot, tempfile::TempDir)> {
    use std::os::unix::fs::PermissionsExt as _;
    let views = tempfile::tempdir().expect("a folder");
    let all = views.path().join("All mail");
    std::fs::create_dir(&all).expect("made");
    std::fs::write(all.join("dovecot-virtual"), "*\n-Trash\n-views/*\n  all\n").expect("written");
    // The server writes its indexes beside it, whoever it is.
    for dir in [views.path(), &all] {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o777)).expect("set");
    }
    let more = format!(
        "namespace views {{\n  prefix = views/\n  separator = /\n  location = virtual:{}:INDEX=~/views:CONTROL=~/views\n  \
         mailbox \"All mail\" {{\n    special_use = \\All\n  }}\n}}\nprotocol imap {{\n  mail_plugins = quota imap_quota virtual\n}}\n",
        views.path().display()
    );
    Some((Dovecot::start(Options { more, ..Options::default() })?, views))
}

/// A view without names for its mail: what lies in a folder comes once, and what only the view shows comes too.
#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_all_mail_doubles_nothing_and_loses_nothing() {
    let Some((old, _views)) = with_all_mail() else { return };
    let Some(new) = Dovecot::start(Options::default()) else { return };
    put(&old, OLD, "INBOX", &mails(0..12));
    put(&old, OLD, "Work", &[mails(20..26), vec![mail(3); 2]].concat());
    // The same length as another, and not the same.
    let mut alike = mail(4);
    let at = alike.bytes.len() - 4;
    alike.bytes[at] = b'~';
    put(&old, OLD, "Work", &[alike]);
    let listed = old.eye(OLD).ask("LIST \"\" \"*\"").expect("listed").concat();
    assert!(String::from_utf8_lossy(&listed).contains("\\All"), "the view is marked");
    assert_eq!(old.count(OLD, "views/All mail"), Some(21), "and shows everything");

    let scene = Scene::new(&old, &new);
    let first = scene.pass("the first sync").await;
    let mut wanted = held(&old, OLD, '/', "");
    wanted.remove("views/All mail");
    assert_eq!((appended(&first), first.report.tally.found), (21, 21), "{}", brief(&first));
    assert_eq!(held(&new, NEW, '/', ""), wanted, "lost, doubled or changed");
    // Known by now: nothing is sent, also by a home that knows nothing.
    assert_eq!(appended(&scene.pass("again").await), 0);
    assert_eq!(appended(&Scene::new(&old, &new).pass("a fresh home").await), 0);

    put(&old, OLD, "INBOX", &mails(40..43));
    delete(&old, OLD, "Work", "1");
    let second = scene.pass("the second sync").await;
    assert_eq!((appended(&second), second.report.tally.found), (3, 23), "{}", brief(&second));
    act(&old, OLD, "INBOX", &["UID STORE 1 FLAGS (\\Flagged)"]);
    assert_eq!(scene.pass("flags").await.report.sync.map(|sync| sync.flags_carried), Some(1));
    assert_eq!(new.eye(NEW).mailboxes().iter().filter(|name| name.contains("All")).count(), 0, "no folder for the view");
}

/// Exchange's calendar and contacts come as made-up mail: they are named, and stay, unless somebody asks for them.
#[tokio::test(flavor = "multi_thread")]
async fn exchanges_calendar_is_named_and_stays_unless_it_is_asked_for() {
    for (greeting, stays) in [("The Microsoft Exchange IMAP4 service is ready. [TABCDE==]", true), ("Dovecot ready.", false)] {
        let more = format!("login_greeting = {greeting}\n");
        let Some(old) = Dovecot::start(Options { more, ..Options::default() }) else { return };
        let Some(new) = Dovecot::start(Options::default()) else { return };
        put(&old, OLD, "INBOX", &mails(0..5));
        put(&old, OLD, "Kalender/Birthdays", &mails(10..13));
        put(&old, OLD, "Kalender", &mails(20..22));
        put(&old, OLD, "Work/Tasks", &mails(30..31));
        let mut scene = Scene::new(&old, &new);
        let outcome = scene.pass(greeting).await;
        let sync = outcome.report.sync.clone().expect("a sync");
        let told: Vec<String> = sync.not_mail.iter().map(ToString::to_string).collect();
        let page = std::fs::read_to_string(outcome.job.join("report/report.html")).expect("a page");
        if !stays {
            assert_eq!((told.len(), appended(&outcome), page.contains("Not mail")), (0, 11, false), "{}", brief(&outcome));
            continue;
        }
        assert_eq!(told, ["Kalender (2 items)", "Kalender/Birthdays (3 items)"]);
        assert_eq!((appended(&outcome), outcome.report.tally.found), (6, 6), "what stays is outside the sum: {}", brief(&outcome));
        assert!(page.contains("Not mail, so it stays in the old mailbox: Kalender (2 items), Kalender/Birthdays (3 items)."), "{page:.3000}");
        assert_eq!((new.count(NEW, "Kalender"), new.count(NEW, "Work/Tasks")), (None, Some(1)), "only at the top is it Exchange's own");
        let again = scene.pass("again").await;
        assert_eq!((appended(&again), again.report.sync.map(|sync| sync.not_mail.len())), (0, Some(2)), "named in each report");
        scene.request.new.choices.folder = vec!["kalender*".to_owned()];
        let asked = scene.pass("asked for").await;
        assert_eq!((appended(&asked), asked.report.sync.map(|sync| sync.not_mail)), (5, Some(Vec::new())));
        assert_eq!((new.count(NEW, "Kalender"), new.count(NEW, "Kalender/Birthdays")), (Some(2), Some(3)));
    }
}
