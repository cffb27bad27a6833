//! Hours of the day and the rate: copying pauses outside the hours, says until when, and goes on by itself.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Zoned};
use mailferry::engine::hours::Hours;
use mailferry::engine::upload::upload;
use mailferry::practice::server::{Config, Server};
use mailferry::run::{Event, Phase, Run};

use crate::scene::{Scene, appends, assert_whole, brief, messages};

/// Minutes since midnight on the wall of this test.
static MINUTES: AtomicI64 = AtomicI64::new(0);

fn clock() -> Zoned {
    let midnight: Zoned = "2026-11-25T00:00[Europe/Berlin]".parse().expect("a time");
    &midnight + SignedDuration::from_mins(MINUTES.load(Ordering::SeqCst))
}

fn set_clock(hour: i64, minute: i64) {
    MINUTES.store(hour * 60 + minute, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_outside_the_hours_and_it_goes_on_by_itself() {
    const COUNT: usize = 4_000;
    const RATE: u64 = 400_000;
    let server = Server::start(Config { quota_bytes: Some(1 << 40), ..Config::default() }).expect("a port");
    let mut scene = Scene::new(&[("Inbox", messages(COUNT))], &server).await;
    scene.request.timing.clock = clock;
    scene.request.choices.hours = Some(Hours::parse("22:00-06:00").expect("hours"));
    scene.request.choices.max_rate = Some(RATE);
    let (run, mut listener) = Run::new(scene.dir.path().join("temp"));
    let mut progress = listener.progress.clone();
    let hand = async {
        let waiting = "until 22:00";
        progress.wait_for(|progress| progress.phase == Phase::Waiting && progress.waiting_for.as_deref() == Some(waiting)).await.expect("it waits");
        assert_eq!(appends(&server), 0, "nothing is sent at noon");
        set_clock(22, 0);
        progress.wait_for(|progress| progress.messages_done >= 200).await.expect("it copies");
        set_clock(30, 0); // six in the morning
        progress.wait_for(|progress| progress.phase == Phase::Waiting).await.expect("it waits again");
        let (before, stored) = (appends(&server), server.messages("INBOX").len());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!((appends(&server), server.messages("INBOX").len()), (before, stored), "nothing is sent in the morning");
        assert!(stored < COUNT, "it was to be closed in the middle");
        set_clock(46, 30);
    };
    set_clock(12, 0);
    let started = Instant::now();
    let (outcome, ()) = tokio::join!(upload(&scene.request, true, &run), hand);
    let outcome = outcome.expect("a report");
    assert_eq!((outcome.report.exit, outcome.report.tally.doubtful_settled), (0, 0), "{}", brief(&outcome));
    let wire: usize = server.messages("INBOX").iter().map(|stored| stored.bytes.len()).sum();
    let least = wire as f64 / RATE as f64;
    assert!(started.elapsed().as_secs_f64() > least, "{:?} for {wire} bytes", started.elapsed());
    let mut reasons = Vec::new();
    while let Ok(event) = listener.events.try_recv() {
        if let Event::Waiting { reason, seconds } = event {
            reasons.push((reason, seconds));
        }
    }
    let told = "until 22:00, as mail is to be copied 22:00-06:00 only".to_owned();
    assert_eq!(reasons, [(told.clone(), 10 * 3600), (told, 16 * 3600)]);
    assert_whole(&scene, &server, "in two nights").await;
}
