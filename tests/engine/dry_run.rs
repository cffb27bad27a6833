//! R16: the dry run sends no changing command and writes no file but the log.

use std::collections::BTreeSet;

use mailferry::mail::{Flags, InternalDate};

use crate::scene::{Scene, message, messages, practice};

#[tokio::test(flavor = "multi_thread")]
async fn the_dry_run_changes_nothing_anywhere() {
    let server = practice();
    let scene = Scene::new(&[("Inbox", messages(30)), ("New folder", messages(3))], &server).await;
    server.deliver("INBOX", message(3), Flags::default(), InternalDate::from_unix(1_600_000_000));
    let before = (server.mailboxes(), files(scene.dir.path()));
    let plan = scene.plan().await;
    assert_eq!(plan.folders.len(), 2);
    assert_eq!((server.mailboxes(), files(scene.dir.path())), before);
    let allowed = BTreeSet::from([
        "CAPABILITY",
        "LOGIN",
        "AUTHENTICATE",
        "ID",
        "NAMESPACE",
        "LIST",
        "STATUS",
        "EXAMINE",
        "GETQUOTAROOT",
        "FETCH",
        "UID FETCH",
        "LOGOUT",
        "NOOP",
        "UNSELECT",
    ]);
    for logged in server.command_log() {
        assert!(allowed.contains(logged.verb.as_str()), "the dry run sent {}", logged.verb);
    }
    assert_eq!(server.messages("INBOX").len(), 1);
    assert_eq!(server.messages("INBOX")[0].flags, Flags::default(), "PEEK leaves a message unread");
}

fn files(dir: &std::path::Path) -> BTreeSet<std::path::PathBuf> {
    let (mut found, mut dirs) = (BTreeSet::new(), vec![dir.to_path_buf()]);
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                dirs.push(path.clone());
            }
            found.insert(path);
        }
    }
    found
}
