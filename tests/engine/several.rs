//! R18: two or three PCs of one address, overlapping stores, Outlook and Thunderbird mixed, with one job folder on the stick.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mailferry::archive::Archive;
use mailferry::engine::batch::{Batch, Passwords, sheet};
use mailferry::flow::{MessageSource, Selection, StreamItem};
use mailferry::mail::wire;
use mailferry::run::Code;

use crate::made_pst::{self, Manner, assortment};
use crate::real::{digests, held, scene, upload};
use crate::scene::{Scene, message};
use crate::support::dovecot::{Dovecot, Options, PASSWORD};

const USER: &str = "ann@sdbox";

/// A job of many mailboxes with one of which the mail lies on PCs.
fn job(dir: &Path) -> PathBuf {
    let job = dir.join("job");
    let mut batch = Batch::create(&job, "Example Ltd", jiff::Timestamp::now()).expect("made");
    let list = sheet::read(format!("New address,New password\n{USER},x\n").as_bytes()).expect("a list");
    batch.import(&list, &mut Passwords::new(false)).expect("read in");
    job
}

fn mails(numbers: impl IntoIterator<Item = usize>) -> Vec<Vec<u8>> {
    numbers.into_iter().map(message).collect()
}

/// A PC with a home of its own, and the stick.
async fn pc(dovecot: &Dovecot, job: &Path, folders: &[(&str, Vec<Vec<u8>>)]) -> Scene {
    let mut scene = scene(dovecot, USER, folders).await;
    scene.request.job = Some(job.to_path_buf());
    scene
}

/// Each PC adds only the rest: the count of a mail is the greatest that one store has, never the sum.
#[tokio::test(flavor = "multi_thread")]
async fn each_pc_adds_only_what_the_others_have_not_copied() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let job = job(dir.path());
    let first = pc(&dovecot, &job, &[("Inbox", mails(0..40)), ("Sent", mails(100..110))]).await;
    // It has two of message 5, the third has three.
    let second = pc(&dovecot, &job, &[("Inbox", mails((20..60).chain([5, 5]))), ("Sent", mails(105..120))]).await;
    let third = pc(&dovecot, &job, &[("Inbox", mails((50..65).chain([5, 5, 5])))]).await;
    let mut sent = Vec::new();
    for (scene, what) in [(&first, "first"), (&second, "second"), (&third, "third")] {
        let outcome = scene.upload().await.unwrap_or_else(|problem| panic!("{what}: {problem}"));
        sent.push(outcome.report.tally.appended_this_run);
    }
    assert_eq!(sent, [50, 20 + 1 + 10, 5 + 1]);
    let mut wanted: BTreeMap<_, usize> = BTreeMap::new();
    for scene in [&first, &second, &third] {
        for (digest, count) in scene.wanted().await {
            let most = wanted.entry(digest).or_insert(0);
            *most = (*most).max(count);
        }
    }
    assert_eq!(digests(&held(&dovecot, USER)), wanted, "lost, doubled or changed");
    for scene in [&first, &second, &third] {
        assert_eq!(scene.upload().await.expect("again").report.tally.appended_this_run, 0);
    }
    // Each PC has a job of its own below the row, and no PC wrote over the whole job's folder.
    let batch = Batch::read(&job).expect("still a job of many mailboxes");
    let line = batch.board().lines.into_iter().next().expect("a row");
    assert_eq!((line.pcs.len(), line.passed().map(|passed| (passed.proven, passed.unexplained))), (3, Some((true, 0))));
}

/// What the first PC copied and its owner has deleted or moved since does not come back from the second. With a fresh job it would.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_took_away_does_not_come_back_from_another_pc() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let job = job(dir.path());
    let first = pc(&dovecot, &job, &[("Inbox", mails(0..30))]).await;
    upload(&first, "first").await;
    let mut eye = dovecot.eye(USER);
    eye.ask("SELECT INBOX").expect("selected");
    eye.ask("UID STORE 1:10 +FLAGS (\\Deleted)").expect("marked");
    eye.ask("UID EXPUNGE 1:10").expect("deleted");
    let second = pc(&dovecot, &job, &[("Inbox", mails(0..35))]).await;
    let outcome = upload(&second, "second").await;
    let tally = &outcome.report.tally;
    assert_eq!((tally.appended_this_run, tally.already_there, tally.unexplained, outcome.report.exit), (5, 30, 0, 0), "{tally:?}");
    assert_eq!(dovecot.count(USER, "INBOX"), Some(25));
    // A folder that was made anew is another one: what the lists say of the old one counts for nothing.
    eye.ask("CREATE Fresh").expect("made");
    drop(eye);
    let third = pc(&dovecot, &job, &[("Fresh", mails(0..3))]).await;
    assert_eq!(upload(&third, "another folder").await.report.tally.appended_this_run, 3);
    let mut stranger = scene(&dovecot, "bo@sdbox", &[("Inbox", mails(0..2))]).await;
    stranger.request.job = Some(job);
    let problem = mailferry::engine::upload::upload(&stranger.request, true, &stranger.run()).await.expect_err("not in this job");
    assert_eq!(problem.code, Code::Usage);
}

/// Outlook keeps no original: mail that is there as it was delivered is told by Message-ID, Date and attachments, all three.
#[tokio::test(flavor = "multi_thread")]
async fn mail_rebuilt_from_outlook_is_known_by_id_date_and_attachments() {
    let Some(dovecot) = Dovecot::start(Options::default()) else { return };
    let far = scene(&dovecot, USER, &[("Inbox", mails(0..1))]).await.request.far;
    let source = |mail: &Path| {
        std::fs::create_dir_all(mail).expect("room");
        made_pst::write(&mail.join("mail.pst"), &assortment(), Manner::default());
    };
    let trust = far.reach.trust.clone();
    let scene = Scene::of(source, far.account.endpoint.clone(), USER, PASSWORD, trust).await;
    // What the safe copy holds, by number.
    let archive = Archive::open(&scene.request.archive, None).expect("a safe copy");
    let mut stream = Box::new(archive.source()).read(Selection::All, &scene.run());
    let mut rebuilt: BTreeMap<u64, String> = BTreeMap::new();
    while let Some(item) = stream.next().await {
        if let StreamItem::Message { id, message } = item.item {
            let encoded = wire::encode(&message.body, message.rules, scene.dir.path()).expect("encoded");
            let bytes = encoded.head(1 << 20).expect("read").to_vec();
            let has_id = archive.record(id).and_then(|record| record.message_id).is_some();
            if let Ok(text) = String::from_utf8(bytes)
                && has_id
                && text.is_ascii()
                && text.contains("\r\nDate: ")
                && text.len() < 20_000
            {
                rebuilt.insert(id, text);
            }
        }
    }
    let plan = scene.plan().await;
    let mut eye = dovecot.eye(USER);
    let (mut same, mut other, mut ids) = (0, 0, std::collections::HashSet::new());
    for folder in plan.folders.iter().filter(|folder| folder.target.name.is_ascii()) {
        for slot in &folder.target.slots {
            let Some(text) = rebuilt.get(&slot.id) else { continue };
            // As it was delivered: a trace line above, and, of every third, another date or another attachment.
            let message_id = archive.record(slot.id).and_then(|record| record.message_id).unwrap_or_default();
            let is_first = ids.insert((folder.target.name.clone(), message_id));
            if !is_first {
                continue;
            }
            let is_other = (same + other) % 3 == 2;
            let text = if is_other { text.replacen("\r\nDate: ", "\r\nDate: Tue, 3 Jan 2017 11:11:11 +0000\r\nX-Old-Date: ", 1) } else { text.clone() };
            let delivered = format!("Received: from a by b; Mon, 2 Jan 2017 10:00:05 +0000\r\nX-Spam-Score: 0.1\r\n{text}");
            if is_other {
                other += 1
            } else {
                same += 1
            }
            let _there_already = eye.say(&format!("CREATE \"{}\"", folder.target.name));
            eye.ask(&format!("APPEND \"{}\" {{{}+}}\r\n{delivered}", folder.target.name, delivered.len())).expect("delivered");
        }
    }
    drop(eye);
    assert!(same >= 5 && other >= 2, "the made file has too little of it: {same} and {other}");
    let outcome = upload(&scene, "rebuilt").await;
    let tally = &outcome.report.tally;
    assert_eq!((tally.matched_rebuilt.len(), tally.already_there, tally.unexplained), (same, same as u64, 0), "{tally:?}");
    assert!(tally.matched_rebuilt.iter().all(|named| named.code == "MATCHED-REBUILT"), "each is listed");
    let again = upload(&scene, "again").await;
    assert_eq!((again.report.tally.appended_this_run, again.report.tally.matched_rebuilt.len()), (0, same), "and so it stays");
    // The person may want them all the same.
    scene.forget_jobs();
    let mut all = scene;
    all.request.choices.send_rebuilt_twins = true;
    let sent = upload(&all, "all the same").await;
    assert_eq!((sent.report.tally.appended_this_run, sent.report.tally.matched_rebuilt.len()), (same as u64, 0));
}
