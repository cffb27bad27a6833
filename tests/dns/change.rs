//! A change of the mail server from beginning to end: by a clock that is passed in, and with the built console.

use std::time::Duration;

use ::mailferry::engine::cutover::{Cutover, History, Request, Stage, Standing, Watch, When, judge};
use ::mailferry::run::Run;
use jiff::{Span, Zoned};

use crate::mailferry::Mailferry;
use crate::scene::{OLD_MAIL, Scene, noon, shop, steady, to_new};

fn minutes_after_noon(minutes: i64) -> Zoned {
    noon().checked_add(Span::new().minutes(minutes)).unwrap()
}

#[tokio::test]
async fn the_countdown_of_the_old_ttl_runs_from_lowering_to_done() {
    let lowered = OLD_MAIL.replace("3600 IN MX", "300 IN MX");
    let changed = "@ 300 IN MX 10 mx.new.test.\n_imaps._tcp 3600 IN SRV 0 1 993 imap.old.test.\n";
    let mut scene = Scene::alike(OLD_MAIL).await;
    let mut history = History::default();
    let mut at = async |scene: &Scene, minutes: i64| -> Cutover {
        judge(&scene.survey("shop.test", &to_new()).await, &to_new(), &mut history, &minutes_after_noon(minutes))
    };

    let cutover = at(&scene, 0).await;
    assert_eq!(cutover.state, Stage::Old);
    assert_eq!(
        cutover.sentence.replace('\u{A0}', " "),
        "The old MX, with a TTL of 1 h 0 min. Lower it to 300 s first; if that can't be done, the change takes up to 1 h 0 min to get about."
    );
    let now: Vec<_> = cutover.enter.iter().filter(|entry| entry.when == When::Now).map(|entry| entry.record.as_str()).collect();
    assert_eq!(now[..2], ["shop.test. 300 IN MX 10 mail.old.test.", "shop.test. 300 IN MX 20 backup.old.test."]);

    for nth in [1, 2] {
        scene.change(nth, &shop(8, &lowered)).await;
    }
    let cutover = at(&scene, 20).await;
    assert_eq!((cutover.state, cutover.sentence.as_str()), (Stage::Lowered, "The TTL is lowered. The old TTL runs out at 13:20: not before."));
    assert_eq!(cutover.countdown.as_ref().map(|countdown| (countdown.seconds_left, countdown.old_ttl, countdown.known)), Some((3600, Some(3600), true)));
    assert_eq!(at(&scene, 79).await.state, Stage::Lowered);
    let cutover = at(&scene, 80).await;
    assert_eq!((cutover.state, cutover.sentence.as_str()), (Stage::Ready, "The old TTL has run out. The MX may be changed now."));

    // One server has the new MX, the other not yet.
    scene.change(1, &shop(9, changed)).await;
    assert_eq!(at(&scene, 90).await.state, Stage::Changing);
    scene.change(2, &shop(9, changed)).await;
    scene.resolver.keep("shop.test", &[(10, "mail.old.test"), (20, "backup.old.test")], Duration::from_secs(240));
    let cutover = at(&scene, 91).await;
    assert_eq!(cutover.state, Stage::Changed);
    assert_eq!(cutover.sentence, "2 of 3 servers give the new MX. The old TTL runs out at 13:36: not before.");
    let resolver = cutover.servers.iter().find(|server| server.state == Standing::Old).unwrap();
    assert!(resolver.ttl.is_some_and(|left| (200..=240).contains(&left)), "{resolver:?}");
    // A resolver that holds the old answer longer than it may is waited for.
    let cutover = at(&scene, 97).await;
    assert_eq!(cutover.state, Stage::Changed);
    assert!(cutover.countdown.is_some_and(|countdown| countdown.seconds_left > 0));
    scene.resolver.keep("shop.test", &[], Duration::ZERO);
    let cutover = at(&scene, 98).await;
    assert_eq!((cutover.state, cutover.sentence.as_str()), (Stage::Done, "3 of 3 servers give the new MX. The old TTL has run out."));
    assert!(cutover.enter.iter().any(|entry| entry.record.contains("993 imap.old.test.")), "the old provider is remembered: {:#?}", cutover.enter);
    assert!(cutover.enter.iter().any(|entry| entry.when == When::After && entry.record == "shop.test. 3600 IN MX 10 mx.new.test."));
}

#[tokio::test]
async fn a_change_that_was_first_looked_at_afterwards_is_not_called_done() {
    let scene = Scene::alike("@ 300 IN MX 10 mx.new.test.\n").await;
    let cutover = scene.look("shop.test", &to_new()).await;
    assert_eq!((cutover.state, cutover.countdown), (Stage::Changed, None));
    scene.resolver.keep("shop.test", &[(10, "mail.old.test")], Duration::from_secs(1800));
    let countdown = scene.look("shop.test", &to_new()).await.countdown.unwrap();
    assert!(!countdown.known && (1700..=1800).contains(&countdown.seconds_left), "{countdown:?}");
}

#[tokio::test]
async fn without_a_change_a_stale_resolver_is_old_with_the_time_that_is_left() {
    let scene = Scene::alike(OLD_MAIL).await;
    scene.resolver.keep("shop.test", &[(5, "mail.older.test")], Duration::from_secs(600));
    let cutover = scene.look("shop.test", &::mailferry::engine::cutover::Aim::default()).await;
    let states: Vec<_> = cutover.servers.iter().map(|server| server.state).collect();
    assert_eq!(states, [Standing::Current, Standing::Current, Standing::Old]);
    assert!(cutover.countdown.is_some_and(|countdown| !countdown.known && countdown.seconds_left > 500));
}

fn console(scene: &Scene) -> Mailferry {
    Mailferry::new().env("MAILFERRY_DNS", scene.at(1).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_tells_all_of_it_in_one_object() {
    let scene = Scene::alike(OLD_MAIL).await;
    let console = console(&scene);
    let words = ["dns", "Shop.test", "--new-mx", "mx.new.test", "--selector", "k1", "--json"];
    let ran = tokio::task::spawn_blocking(move || console.run(words)).await.unwrap().expect(0);
    let mut result = ran.result();
    // Times differ from run to run.
    result["at"] = "TIME".into();
    for server in result["servers"].as_array_mut().unwrap() {
        server["since"] = "TIME".into();
    }
    insta::assert_snapshot!("result", steady(&serde_json::to_string_pretty(&result).unwrap(), scene.port));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_watches_until_the_change_is_everywhere() {
    let mail = "@ 1 IN MX 10 mail.old.test.\n";
    let mut scene = Scene::alike(mail).await;
    let console = console(&scene);
    let words = ["dns", "shop.test", "--new-mx", "mx.new.test", "--watch", "--every", "1", "--json", "--progress", "lines"];
    let watching = tokio::task::spawn_blocking(move || console.run(words));
    tokio::time::sleep(Duration::from_millis(2500)).await;
    for nth in [1, 2] {
        scene.change(nth, &shop(8, "@ 300 IN MX 10 mx.new.test.\n")).await;
    }
    let ran = tokio::time::timeout(Duration::from_secs(60), watching).await.unwrap().unwrap().expect(0);
    assert_eq!(ran.result()["state"], "done", "{}", ran.stdout);
    assert!(ran.stderr.contains("The MX may be changed") && ran.stderr.contains("3 of 3 servers give the new MX"), "{}", ran.stderr);
}

/// A resolver says the same until what it keeps runs out: it is not asked for it. The zone's servers are asked in each round.
#[tokio::test]
async fn a_watch_asks_a_resolver_again_only_when_its_answer_has_run_out() {
    let mut scene = Scene::alike(OLD_MAIL).await;
    let request = Request { domain: "shop.test".into(), aim: to_new(), selectors: Vec::new(), network: scene.network(), memory: None };
    let run = Run::unheard(std::env::temp_dir());
    let mut watch = Watch::begin(&request, &run).await.unwrap();
    assert_eq!(watch.judge(&Zoned::now(), &run).await.state, Stage::Old);
    let asked = scene.resolver.asked_for_mx();
    scene.change(1, &shop(8, "@ 300 IN MX 10 mx.new.test.\n")).await;
    watch.ask_again().await;
    let cutover = watch.judge(&Zoned::now(), &run).await;
    let states: Vec<_> = cutover.servers.iter().map(|server| server.state).collect();
    assert_eq!((states, scene.resolver.asked_for_mx()), (vec![Standing::New, Standing::Old, Standing::Old], asked), "it keeps the old one for an hour");
    assert!(cutover.servers[2].ttl.is_some_and(|left| left < 3600), "and less and less of it: {:?}", cutover.servers[2]);
    // One that keeps it for two seconds is asked again after them.
    scene.resolver.keep("shop.test", &[(10, "mail.old.test")], Duration::from_secs(2));
    let mut watch = Watch::begin(&request, &run).await.unwrap();
    let asked = scene.resolver.asked_for_mx();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    watch.ask_again().await;
    assert!(scene.resolver.asked_for_mx() > asked);
    assert_eq!(watch.judge(&Zoned::now(), &run).await.servers[2].state, Standing::New);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_stopped_tells_the_last_look() {
    let scene = Scene::alike(OLD_MAIL).await;
    let console = console(&scene);
    let stopped = tokio::task::spawn_blocking(move || {
        let running = console.start(["dns", "shop.test", "--new-mx", "mx.new.test", "--watch", "--json"], None);
        std::thread::sleep(Duration::from_secs(3));
        std::process::Command::new("kill").arg("-INT").arg(running.id().to_string()).status().unwrap();
        running.finish(Duration::from_secs(12))
    });
    let ran = stopped.await.unwrap().expect(40);
    assert_eq!((ran.json()["error"]["code"].as_str(), ran.result()["state"].as_str()), (Some("INTERRUPTED"), Some("old")));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_answers_the_console_says_so_and_ends_with_10() {
    let scene = Scene::alike(OLD_MAIL).await;
    let port = scene.port;
    drop(scene);
    let console = Mailferry::new().env("MAILFERRY_DNS", format!("127.0.0.9:{port}"));
    let ran = tokio::task::spawn_blocking(move || console.run(["dns", "shop.test", "--json"])).await.unwrap().expect(10);
    assert_eq!(ran.json()["error"]["code"], "NET-DNS");
}

#[test]
fn what_is_no_domain_is_refused_before_anybody_is_asked() {
    for words in [
        &["dns", "192.0.2.1", "--json"][..],
        &["dns", "a b", "--json"],
        &["dns", "a.test", "--watch", "--json"],
        &["dns", "a.test", "--new-mx", "::1", "--json"],
    ] {
        let ran = Mailferry::new().env("MAILFERRY_DNS", "127.0.0.9:9").run(words).expect(1);
        assert_eq!(ran.json()["error"]["code"], "USAGE", "{words:?}");
    }
}
