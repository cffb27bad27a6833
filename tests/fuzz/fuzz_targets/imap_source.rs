//! An old account's answers of any shape: what changed, what vanished, whole bodies. Bounded, no panic, an end.
#![no_main]

use std::sync::Mutex;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use mailferry::flow::{MessageSource, Selection, StreamItem};
use mailferry::imap::changes::Since;
use mailferry::imap::{Capabilities, Connect, ImapSource, Remote, RemoteFolder, Remotes, Session, Timeouts};
use mailferry::mail::{Flags, Keywords};
use mailferry::run::{Code, Problem, Run};
use tokio::io::AsyncWriteExt;

/// Waits that a fuzzer can spend.
const SHORT: Timeouts = Timeouts { stall: Duration::from_millis(50), command: Duration::from_millis(500), farewell: Duration::from_millis(5) };

/// One session whose server says `bytes` and closes.
async fn session(bytes: &[u8]) -> Session {
    let (mut theirs, ours) = tokio::io::duplex(bytes.len() + 64 * 1024);
    theirs.write_all(bytes).await.expect("it fits");
    Session::new(ours, Capabilities::parse("QRESYNC ENABLE OBJECTID UIDPLUS"), SHORT)
}

struct Given(Mutex<Option<Session>>);

impl Connect for Given {
    async fn connect(&self) -> Result<Session, Problem> {
        let next = self.0.lock().expect("given").take();
        next.ok_or_else(|| Problem::account(Code::NetRefused, "nothing answers"))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let mut looking = session(bytes).await;
        let told = looking.enable_qresync().await.unwrap_or(false);
        let _any = looking.examine("INBOX").await;
        if let Ok(changes) = looking.changes(Since::ModSeq(7), told, true).await {
            assert!(changes.rows.windows(2).all(|two| two[0].uid < two[1].uid), "each message once");
            assert_eq!(changes.vanished.is_some(), told, "what was not asked is not known");
        }
        let _any = looking.all_uids().await;
        let _any = looking.flags_of(&[1, 2]).await;
        if let Ok(left_alone) = looking.store_flags(&[1, 2], true, &["\\Seen"], Some(7)).await {
            assert!(left_alone.iter().all(|uid| [1, 2].contains(uid)), "nobody asked for others");
        }

        let message = |id: u64| Remote {
            id,
            folder: 0,
            uid: u32::try_from(id).expect("small"),
            size: 3,
            flags: Flags::default(),
            keywords: Keywords::default(),
            date: None,
        };
        let folder = RemoteFolder { name: "INBOX".into(), uid_validity: 7, ..RemoteFolder::default() };
        let remotes = Remotes { store: "old".into(), folders: vec![folder], messages: vec![message(1), message(2)] };
        let source = ImapSource::new(Given(Mutex::new(Some(session(bytes).await))), remotes);
        let dir = std::env::temp_dir();
        let mut stream = Box::new(source).read(Selection::All, &Run::unheard(dir));
        let (mut messages, mut ended) = (0, false);
        while let Some(held) = stream.next().await {
            assert!(!ended, "nothing comes after the end");
            match held.item {
                StreamItem::Message { id, .. } => {
                    assert!([1, 2].contains(&id), "nobody asked for others");
                    messages += 1;
                }
                StreamItem::Finished | StreamItem::Problem(_) => ended = true,
                StreamItem::Unreadable(_) | StreamItem::Other(_) => {}
            }
        }
        assert!(ended && messages <= 2, "an end, and each message once at most");
    });
});
