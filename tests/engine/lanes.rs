//! Several connections: as many as help, none that the server does not give, and an end for all of them at once.

use std::time::Duration;

use mailferry::engine::upload::upload;
use mailferry::practice::server::{Config, Features, Server};
use mailferry::run::{Code, Event, Run};

use crate::real::{assert_whole, scene_at};
use crate::scene::{Scene, appends, brief, message};
use crate::support::dovecot::{Dovecot, Options};
use crate::support::fault_proxy::{FaultProxy, Faults};

fn folders(count: usize, mails: usize) -> Vec<(String, Vec<Vec<u8>>)> {
    (0..count).map(|n| (format!("Folder {n}"), (n * 1_000..n * 1_000 + mails).map(message).collect())).collect()
}

async fn far_scene(dovecot: &Dovecot, proxy: &FaultProxy, user: &str) -> Scene {
    proxy.set(Faults { delay: Duration::from_millis(6), ..Faults::default() });
    let folders = folders(6, 30);
    let folders: Vec<(&str, Vec<Vec<u8>>)> = folders.iter().map(|(name, mails)| (name.as_str(), mails.clone())).collect();
    let mut scene = scene_at(dovecot, user, proxy.port, &folders).await;
    scene.request.timing.line_watched = Duration::from_millis(150);
    scene
}

/// Each message waits for the server's leave: side by side they wait together.
#[tokio::test(flavor = "multi_thread")]
async fn over_a_long_line_as_many_connections_as_help_fill_folders_side_by_side() {
    let Some(dovecot) = Dovecot::start(Options { without: vec!["MULTIAPPEND", "LITERAL+"], ..Options::default() }) else { return };
    let (proxy, user) = (FaultProxy::to(dovecot.imaps), "side@sdbox");
    let scene = far_scene(&dovecot, &proxy, user).await;
    let outcome = scene.upload().await.expect("a report");
    assert_eq!((outcome.report.exit, outcome.problem.is_none()), (0, true), "{}", brief(&outcome));
    // One that filled, one that verified, and at least one more.
    assert!(proxy.connections() >= 3, "{} connections", proxy.connections());
    assert_whole(&scene, &dovecot, user, "side by side").await;
    assert_eq!(scene.upload().await.expect("again").report.tally.appended_this_run, 0);
}

/// What was not asked for and is not given is no failure, and nothing is said of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_gives_one_connection_only_is_filled_over_that() {
    let more = "mail_max_userip_connections = 1\n".to_owned();
    let Some(dovecot) = Dovecot::start(Options { more, without: vec!["MULTIAPPEND", "LITERAL+"], ..Options::default() }) else { return };
    let (proxy, user) = (FaultProxy::to(dovecot.imaps), "alone@sdbox");
    let scene = far_scene(&dovecot, &proxy, user).await;
    let (run, mut listener) = Run::new(scene.dir.path().join("temp"));
    let heard = async {
        let mut heard = Vec::new();
        while let Some(event) = listener.events.recv().await {
            heard.push(event);
        }
        heard
    };
    let uploading = async {
        let outcome = upload(&scene.request, true, &run).await.expect("a report");
        drop(run);
        outcome
    };
    let (outcome, heard) = tokio::join!(uploading, heard);
    assert_eq!((outcome.report.exit, outcome.problem.is_none()), (0, true), "{}", brief(&outcome));
    assert!(proxy.connections() >= 3, "a second one was never tried");
    assert!(!heard.iter().any(|event| matches!(event, Event::Trouble { .. } | Event::Note { .. })), "{heard:?}");
    assert_whole(&scene, &dovecot, user, "alone").await;
}

/// The mailbox is full: what is on the wire of the other connections is settled, and nothing new starts on any.
#[tokio::test(flavor = "multi_thread")]
async fn once_one_connection_meets_a_full_mailbox_all_of_them_end() {
    let features = Features { quota: false, multiappend: false, ..Features::default() };
    let server = Server::start(Config { features, quota_messages: Some(70), ..Config::default() }).expect("a port");
    let folders = folders(3, 200);
    let folders: Vec<(&str, Vec<Vec<u8>>)> = folders.iter().map(|(name, mails)| (name.as_str(), mails.clone())).collect();
    let mut scene = Scene::new(&folders, &server).await;
    scene.request.choices.connections = Some(3);
    let outcome = scene.upload().await.expect("a report");
    assert_eq!(outcome.problem.as_ref().map(|problem| problem.code), Some(Code::Quota), "{}", brief(&outcome));
    assert_eq!((outcome.report.exit, outcome.report.tally.uploaded, outcome.report.tally.unexplained), (20, 70, 0), "{}", brief(&outcome));
    // Each connection may have had one more under way.
    assert!(appends(&server) <= 70 + 3, "{} were tried", appends(&server));
    server.set_quota_messages(None);
    let again = scene.upload().await.expect("a report");
    assert_eq!((again.report.exit, again.report.tally.uploaded), (0, 600), "{}", brief(&again));
}

/// Connections break, and the server, which still counts the old ones, turns some of the new ones away: whoever is left fills the folders.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_and_are_turned_away_leave_no_folder_behind() {
    let more = "mail_max_userip_connections = 2\n".to_owned();
    let Some(dovecot) = Dovecot::start(Options { more, without: vec!["MULTIAPPEND", "LITERAL+"], ..Options::default() }) else { return };
    for chosen in [None, Some(3)] {
        let (proxy, user) = (FaultProxy::to(dovecot.imaps), format!("broken{}@sdbox", chosen.unwrap_or(0)));
        let mut scene = far_scene(&dovecot, &proxy, &user).await;
        scene.request.choices.connections = chosen;
        (scene.request.timing.between_looks, scene.request.timing.settle_after) = (Duration::from_millis(400), Duration::from_millis(1_200));
        let breaking = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(500)).await;
                proxy.cut_all();
            }
        };
        let (outcome, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(300), scene.upload()), breaking);
        let outcome = outcome.expect("it ends").expect("a report");
        assert_eq!((outcome.report.exit, outcome.problem.is_none()), (0, true), "{chosen:?}: {}", brief(&outcome));
        assert_whole(&scene, &dovecot, &user, "broken and turned away").await;
    }
}
