//! R19: another device takes mail out of the new mailbox while it is being filled.

use mailferry::practice::server::{Config, Features, Server};
use mailferry::run::Code;

use crate::scene::{Scene, assert_whole, brief, messages};

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_device_pauses_the_run_and_exactly_what_it_took_is_put_back() {
    let features = Features { multiappend: false, ..Features::default() };
    let server = Server::start(Config { features, ..Config::default() }).expect("a port");
    let mut scene = Scene::new(&[("Inbox", messages(400)), ("Sent", messages(5))], &server).await;
    let drain = async {
        while server.messages("INBOX").len() < 50 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let uids: Vec<u32> = server.messages("INBOX").iter().map(|stored| stored.uid).collect();
        server.expunge("INBOX", &uids)
    };
    let (outcome, taken) = tokio::join!(scene.upload(), drain);
    let outcome = outcome.expect("a report");
    assert_eq!(outcome.problem.as_ref().map(|problem| problem.code), Some(Code::PopDrain), "{}", brief(&outcome));
    assert_eq!(outcome.report.exit, 40);
    let after_pause = server.messages("INBOX").len();
    // Without the person's word it stays paused.
    let still = scene.upload().await.expect("a report");
    assert_eq!(still.problem.as_ref().map(|problem| problem.code), Some(Code::PopDrain));
    assert_eq!(server.messages("INBOX").len(), after_pause);
    scene.request.choices.pop_stopped = true;
    let outcome = scene.upload().await.expect("put back");
    assert_eq!(outcome.report.exit, 0, "{taken} were taken: {}", brief(&outcome));
    assert_whole(&scene, &server, "put back").await;
}
