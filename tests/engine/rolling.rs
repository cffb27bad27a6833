//! DESIGN rule 2: no room for a safe copy. Volume after volume is made, copied, compared by digest and removed; whatever breaks
//! in between, nothing is lost, doubled or changed, and the disk never holds more than two.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mailferry::archive::Archive;
use mailferry::engine::backup::BackupRequest;
use mailferry::engine::discover;
use mailferry::engine::rolling::{Rolled, roll, roll_breaking};
use mailferry::journal::BreakPoint;
use mailferry::mail::Sha256Digest;
use mailferry::practice::server::{Config, Features, Server, What, When};
use mailferry::run::{Code, Problem};

use crate::scene::{Scene, appends, brief, held, messages, practice};

/// Small enough that a hundred messages make several.
const VOLUME_BYTES: u64 = 12_000;

struct Rolling {
    scene: Scene,
    stores: BackupRequest,
    wanted: BTreeMap<Sha256Digest, usize>,
}

impl Rolling {
    async fn new(folders: &[(&str, Vec<Vec<u8>>)], server: &Server) -> Self {
        let mut scene = Scene::new(folders, server).await;
        let wanted = scene.wanted().await;
        scene.request.archive = scene.dir.path().join("rolling");
        let source = scene.dir.path().join("mail").display().to_string();
        let stores = discover::resolve(vec![source], Vec::new(), &scene.run()).await.expect("mail");
        let stores = BackupRequest { stores, out: scene.request.archive.clone(), volume_bytes: Some(VOLUME_BYTES), passphrase: None };
        Self { scene, stores, wanted }
    }

    async fn roll(&self) -> Result<Rolled, Problem> {
        roll(&self.stores, &self.scene.request, &self.scene.run()).await
    }

    /// Volumes with messages in them, finished or not; lists are none.
    fn volumes(&self) -> Vec<PathBuf> {
        volumes_in(&self.scene.request.archive)
    }

    /// Nothing lost, doubled or changed; no volume is left; a second run, and one on a fresh computer, send nothing.
    async fn assert_whole(&self, server: &Server, what: &str) {
        assert_eq!(held(server), self.wanted, "{what}: lost, doubled or changed");
        for fresh in [false, true] {
            if fresh {
                self.scene.forget_jobs();
            }
            server.clear_command_log();
            let again = self.roll().await.unwrap_or_else(|problem| panic!("{what}: a second run: {problem}")).outcome;
            assert_eq!(appends(server), 0, "{what}, fresh home {fresh}: a second run must send nothing");
            assert_eq!((again.report.exit, again.report.tally.unexplained), (0, 0), "{what}: {}", brief(&again));
            assert!(again.report.verification.is_some_and(|verification| verification.is_green()), "{what}");
        }
        assert_eq!(self.volumes(), Vec::<PathBuf>::new(), "{what}: every volume is removed");
    }
}

/// Files of the safe copy that are or will be volumes, but for lists: those begin like a volume and hold no message.
fn volumes_in(dir: &std::path::Path) -> Vec<PathBuf> {
    let index: serde_json::Value = std::fs::read(dir.join("index.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let is_list = |name: &str| index["volumes"].as_array().is_some_and(|all| all.iter().any(|volume| volume["file"] == name && volume["messages"] == 0));
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name.ends_with(".zip") || name.ends_with(".zip.part")) && !is_list(&name)
        })
        .collect();
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn volume_after_volume_is_copied_compared_and_removed() {
    let server = practice();
    let twins = vec![messages(1).remove(0); 5];
    let rolling = Rolling::new(&[("Inbox", messages(120)), ("Sent", [messages(40), twins].concat())], &server).await;
    let (most, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let watcher = std::thread::spawn({
        let (most, done, dir) = (Arc::clone(&most), Arc::clone(&done), rolling.scene.request.archive.clone());
        move || {
            while !done.load(Ordering::SeqCst) {
                // The list itself is in the making until the index names it.
                if dir.join("index.json").exists() {
                    most.fetch_max(volumes_in(&dir).len(), Ordering::SeqCst);
                }
                std::thread::sleep(Duration::from_micros(500));
            }
        }
    });
    let outcome = rolling.roll().await.expect("copied").outcome;
    done.store(true, Ordering::SeqCst);
    watcher.join().expect("watched");
    let (report, told) = (&outcome.report, outcome.report.rolling.clone().expect("told that no safe copy was kept"));
    assert_eq!((report.exit, report.tally.uploaded, report.tally.unexplained), (0, 165, 0), "{}", brief(&outcome));
    assert!(told.volumes_removed >= 4 && told.volumes_kept.is_empty(), "{told:?}");
    assert_eq!(report.verification.as_ref().map(|verification| verification.by_digest), Some(165), "each was compared by digest");
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)), "{most:?} volumes at once");
    rolling.assert_whole(&server, "undisturbed").await;
    // New mail: only that is read again and sent.
    std::fs::write(rolling.scene.dir.path().join("mail/Inbox/900000.eml"), crate::scene::message(500)).expect("room");
    server.clear_command_log();
    let outcome = rolling.roll().await.expect("copied").outcome;
    assert_eq!((outcome.report.tally.found, outcome.report.tally.appended_this_run, outcome.report.exit), (166, 1, 0), "{}", brief(&outcome));
}

/// Interrupted all along the journal, before the write, before and after the sync in turn: made, sent, compared, removed.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_all_along_the_journal_it_resumes() {
    let points = [BreakPoint::BeforeWrite, BreakPoint::AfterSync, BreakPoint::BeforeSync];
    for (n, point) in (0..90).step_by(2).zip(points.into_iter().cycle()) {
        let server = practice();
        let mut rolling = Rolling::new(&[("Inbox", messages(9)), ("Sent", messages(5))], &server).await;
        rolling.stores.volume_bytes = Some(9_500);
        let mut left = n;
        let broke = roll_breaking(
            &rolling.stores,
            &rolling.scene.request,
            &rolling.scene.run(),
            Box::new(move |at| {
                left -= i32::from(at == point);
                left < 0
            }),
        )
        .await;
        let finished = broke.as_ref().is_ok_and(|rolled| rolled.outcome.problem.is_none());
        let what = format!("{point:?} {n}");
        assert!(rolling.volumes().len() <= 2, "{what}: {:?}", rolling.volumes());
        let resumed = rolling.roll().await.unwrap_or_else(|problem| panic!("{what}: {problem}")).outcome;
        assert_eq!(resumed.report.exit, 0, "{what}: {}", brief(&resumed));
        assert_eq!(held(&server), rolling.wanted, "{what}: lost, doubled or changed");
        assert_eq!(rolling.volumes(), Vec::<PathBuf>::new(), "{what}: every volume is removed");
        if finished {
            rolling.assert_whole(&server, &what).await;
            assert!(n > 5, "the journal is written down more often than that");
            return;
        }
        assert!(n < 86, "more records than this test looks at");
    }
}

/// Stopped by the person after every few milliseconds, with a server that loses replies.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_at_any_moment_it_resumes() {
    for moment in (0..12).map(|n| Duration::from_millis(3 + n * 60)) {
        let server = practice();
        let rolling = Rolling::new(&[("Inbox", messages(40)), ("Sent", messages(10))], &server).await;
        server.fault(When::at("APPEND").after(3).times(2), What::LoseReply);
        let run = rolling.scene.run();
        let cancel = run.cancel.clone();
        let stopping = async {
            tokio::time::sleep(moment).await;
            cancel.cancel();
        };
        let (stopped, ()) = tokio::join!(roll(&rolling.stores, &rolling.scene.request, &run), stopping);
        assert!(rolling.volumes().len() <= 2, "{moment:?}");
        if let Ok(stopped) = stopped
            && stopped.outcome.problem.is_some()
        {
            assert_eq!(stopped.outcome.report.exit, 40, "{moment:?}: {}", brief(&stopped.outcome));
        }
        let resumed = rolling.roll().await.unwrap_or_else(|problem| panic!("{moment:?}: {problem}")).outcome;
        assert_eq!(resumed.report.exit, 0, "{moment:?}: {}", brief(&resumed));
        assert_eq!(held(&server), rolling.wanted, "{moment:?}: lost, doubled or changed");
        assert_eq!(rolling.volumes(), Vec::<PathBuf>::new(), "{moment:?}: every volume is removed");
    }
}

/// The mailbox is full in the middle: what was not sent stays where it is, the volume at hand stays and is named, and it goes on
/// once there is room.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_keeps_the_volume_at_hand() {
    for n in [1, 50, 99] {
        let features = Features { quota: false, ..Features::default() };
        let server = Server::start(Config { features, quota_messages: Some(n), ..Config::default() }).expect("a port");
        let rolling = Rolling::new(&[("Inbox", messages(100))], &server).await;
        let outcome = rolling.roll().await.expect("a report").outcome;
        let (tally, told) = (&outcome.report.tally, outcome.report.rolling.clone().expect("told"));
        assert_eq!(outcome.problem.as_ref().map(|problem| problem.code), Some(Code::Quota), "{n}: {}", brief(&outcome));
        assert_eq!((outcome.report.exit, tally.uploaded, tally.kept_by.no_room, tally.unexplained), (20, n, 100 - n, 0), "{n}: {tally:?}");
        assert_eq!(told.volumes_kept.len(), 1, "{n}: {told:?}");
        assert!(rolling.volumes().contains(&rolling.scene.request.archive.join(&told.volumes_kept[0].file)));
        assert!(rolling.volumes().len() <= 2);
        server.set_quota_messages(None);
        let outcome = rolling.roll().await.expect("it goes on").outcome;
        assert_eq!(outcome.report.exit, 0, "{n}: {}", brief(&outcome));
        rolling.assert_whole(&server, "with more room").await;
    }
}

/// A message that the server does not take keeps its volume, both by name.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_keeps_its_volume() {
    let features = Features { append_limit: false, ..Features::default() };
    let server = Server::start(Config { features, largest_message: Some(4096), ..Config::default() }).expect("a port");
    let mut mails = messages(60);
    mails[7].extend(b"a long line of text\r\n".repeat(500));
    let rolling = Rolling::new(&[("Inbox", mails)], &server).await;
    let outcome = rolling.roll().await.expect("a report").outcome;
    let (tally, told) = (&outcome.report.tally, outcome.report.rolling.clone().expect("told"));
    assert_eq!((tally.uploaded, tally.kept_by.too_large, tally.unexplained, outcome.report.exit), (59, 1, 0, 2), "{}", brief(&outcome));
    assert_eq!(tally.kept_messages[0].subject.as_deref(), Some("Message 7"));
    assert_eq!((told.volumes_kept.len(), told.volumes_kept[0].not_there), (1, 1), "{told:?}");
    assert_eq!(rolling.volumes(), [rolling.scene.request.archive.join(&told.volumes_kept[0].file)]);
}

/// A volume that the index does not name any more (the power went between the two) is found, compared with what is known, and
/// removed; a volume of a real safe copy never is.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_by_half_is_removed_and_a_real_safe_copy_is_not() {
    let server = practice();
    let mut rolling = Rolling::new(&[("Inbox", messages(40))], &server).await;
    let kept_aside = Arc::new(std::sync::Mutex::new(BTreeMap::new()));
    let done = Arc::new(AtomicBool::new(false));
    let thief = std::thread::spawn({
        let (dir, aside, done) = (rolling.scene.request.archive.clone(), Arc::clone(&kept_aside), Arc::clone(&done));
        move || {
            while !done.load(Ordering::SeqCst) {
                for path in volumes_in(&dir).into_iter().filter(|path| path.extension().is_some_and(|end| end == "zip")) {
                    if let Ok(bytes) = std::fs::read(&path) {
                        aside.lock().unwrap().insert(path, bytes);
                    }
                }
                std::thread::sleep(Duration::from_micros(300));
            }
        }
    });
    rolling.roll().await.expect("copied");
    done.store(true, Ordering::SeqCst);
    thief.join().expect("done");
    let aside = std::mem::take(&mut *kept_aside.lock().unwrap());
    assert!(!aside.is_empty());
    for (path, bytes) in &aside {
        std::fs::write(path, bytes).expect("room");
    }
    rolling.assert_whole(&server, "removed by half").await;

    // Into the folder of a real safe copy: its volumes stay, and nothing need be sent.
    rolling.scene.request.archive = rolling.scene.dir.path().join("safe copy");
    rolling.stores.out = rolling.scene.request.archive.clone();
    let before = volumes_in(&rolling.stores.out);
    let outcome = rolling.roll().await.expect("nothing to do").outcome;
    assert_eq!((outcome.report.exit, outcome.report.tally.appended_this_run), (0, 0), "{}", brief(&outcome));
    assert!(!before.is_empty() && before.iter().all(|path| path.exists()));
}

/// What was listed only is no safe copy: an upload from it says so, and a real safe copy into the same folder holds everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_never_taken_for_a_safe_copy() {
    let server = practice();
    let rolling = Rolling::new(&[("Inbox", messages(30))], &server).await;
    rolling.roll().await.expect("copied");
    let archive = Archive::open(&rolling.scene.request.archive, None).expect("a list");
    assert_eq!((archive.counts().messages, archive.index().messages), (30, 0), "listed, not held");
    // Emptied by its owner on a fresh computer: the list alone can't bring it back, and says so.
    let uids: Vec<u32> = server.messages("INBOX").iter().map(|stored| stored.uid).collect();
    server.expunge("INBOX", &uids);
    rolling.scene.forget_jobs();
    let outcome = rolling.scene.upload().await.expect("a report");
    assert_eq!(outcome.problem.as_ref().map(|problem| problem.code), Some(Code::ArchiveMissing), "{}", brief(&outcome));
    // Made a safe copy after all.
    let report = mailferry::engine::backup::backup(rolling.stores.clone(), &rolling.scene.run()).await.expect("room").report;
    assert_eq!((report.written, report.verified), (30, true));
    let archive = Archive::open(&rolling.scene.request.archive, None).expect("a safe copy");
    assert_eq!((archive.counts().messages, archive.index().messages, archive.counts().superseded), (30, 30, 30));
    let outcome = rolling.scene.upload().await.expect("from the safe copy");
    assert_eq!((outcome.report.exit, server.messages("INBOX").len()), (0, 30), "{}", brief(&outcome));
}
