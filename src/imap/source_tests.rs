use std::sync::Mutex;

use super::super::script as dialogue;
use super::*;

/// Gives out sessions that were made beforehand.
struct Given(Mutex<Vec<Session>>);

impl Connect for Given {
    async fn connect(&self) -> Result<Session, Problem> {
        let next = self.0.lock().expect("given").pop();
        next.ok_or_else(|| Problem::account(Code::NetRefused, "nothing answers"))
    }
}

fn remotes(sizes: &[(u32, u64)]) -> Remotes {
    let folder = RemoteFolder { name: "INBOX".into(), path: "INBOX".into(), role: None, uid_validity: 7 };
    let remote = |(at, (uid, size)): (usize, &(u32, u64))| Remote {
        id: at as u64,
        folder: 0,
        uid: *uid,
        size: *size,
        flags: Flags::default(),
        keywords: Keywords::default(),
        date: None,
    };
    Remotes { store: "old".into(), folders: vec![folder], messages: sizes.iter().enumerate().map(remote).collect() }
}

/// What the stream gave, in words.
async fn read(sessions: Vec<Session>, remotes: Remotes) -> (Vec<String>, BTreeSet<u64>) {
    let source = ImapSource::new(Given(Mutex::new(sessions)), remotes);
    let dir = tempfile::tempdir().expect("a folder");
    let mut stream = Box::new(source.clone()).read(Selection::All, &Run::unheard(dir.path()));
    let mut told = Vec::new();
    while let Some(held) = stream.next().await {
        told.push(match held.item {
            StreamItem::Message { id, message } => format!("{id} {}", String::from_utf8_lossy(message.body.in_memory().expect("small"))),
            StreamItem::Unreadable(unreadable) => format!("{} {}", unreadable.place, unreadable.reason),
            StreamItem::Problem(problem) => problem.code.to_string(),
            StreamItem::Other(_) => "other".to_owned(),
            StreamItem::Finished => "finished".to_owned(),
        });
    }
    (told, source.gone())
}

const OPENED: &str = "C: m1 EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: m1 OK [READ-ONLY] x\n";

#[tokio::test]
async fn bodies_come_in_the_order_they_are_wanted_whatever_the_server_does() {
    let script = format!(
        r#"{OPENED}C: m2 UID FETCH 4,9,12 (UID BODY.PEEK[])
        S: * 3 FETCH (UID 12 BODY[] "ab")
        S: * 1 FETCH (FLAGS (\Seen) UID 4)
        S: * 1 FETCH (UID 4 BODY[] {{3}}
        S~ xyz
        S: )
        S: * 2 FETCH (BODY[] {{1}}
        S~ q
        S:  UID 9)
        S: m2 OK"#
    );
    let (session, server) = dialogue::session("", &script);
    let (told, gone) = read(vec![session], remotes(&[(4, 3), (12, 2), (9, 1)])).await;
    assert_eq!((told, gone.len()), (vec!["0 xyz".into(), "1 ab".into(), "2 q".into(), "finished".into()], 0));
    server.await.expect("the dialogue went as written");
}

/// Dovecot runs several FETCH at a time where the line holds it up.
#[tokio::test]
async fn bodies_of_the_next_command_may_come_before_the_end_of_the_first() {
    let first: String = (1..=100).map(|uid| format!("S: * {uid} FETCH (UID {uid} BODY[] \"a\")\n")).collect();
    let script = format!(
        "{OPENED}C: m2 UID FETCH 1:100 (UID BODY.PEEK[])\nC: m3 UID FETCH 101 (UID BODY.PEEK[])\n\
         S: * 101 FETCH (UID 101 BODY[] \"b\")\n{first}S: * 7 FETCH (UID 999 BODY[] \"unasked\")\nS: m2 OK\nS: m3 OK"
    );
    let (session, server) = dialogue::session("", &script);
    let sizes: Vec<(u32, u64)> = (1..=101).map(|uid| (uid, 1)).collect();
    let (told, _) = read(vec![session], remotes(&sizes)).await;
    assert_eq!((told.len(), told[0].as_str(), told[100].as_str(), told[101].as_str()), (102, "0 a", "100 b", "finished"));
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn what_is_refused_with_others_is_asked_for_alone_and_then_named_or_known_as_gone() {
    let script = format!(
        r#"{OPENED}C: m2 UID FETCH 1:3 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 1 BODY[] "a")
        S: m2 NO [SERVERBUG] broken
        C: m3 UID FETCH 2 (UID BODY.PEEK[])
        S: m3 NO [SERVERBUG] this one
        C: m4 UID FETCH 3 (UID BODY.PEEK[])
        S: m4 OK
        C: m5 UID FETCH 3 (UID FLAGS)
        S: m5 OK"#
    );
    let (session, server) = dialogue::session("", &script);
    let (told, gone) = read(vec![session], remotes(&[(1, 1), (2, 1), (3, 1)])).await;
    assert_eq!(told, ["0 a", "1 the old server does not give it: UID FETCH: NO [SERVERBUG] this one", "finished"]);
    assert_eq!(gone, BTreeSet::from([2]));
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn another_length_than_listed_is_believed_once_it_came_alike_twice() {
    let script = format!(
        r#"{OPENED}C: m2 UID FETCH 1:2 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 1 BODY[] "abc")
        S: * 2 FETCH (UID 2 BODY[] "abc")
        S: m2 OK
        C: m3 UID FETCH 1 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 1 BODY[] "abc")
        S: m3 OK
        C: m4 UID FETCH 2 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 2 BODY[] "abd")
        S: m4 OK
        C: m5 UID FETCH 2 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 2 BODY[] "abe")
        S: m5 OK
        C: m6 UID FETCH 2 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 2 BODY[] "abf")
        S: m6 OK"#
    );
    let (session, server) = dialogue::session("", &script);
    let (told, _) = read(vec![session], remotes(&[(1, 99), (2, 99)])).await;
    assert_eq!(told, ["0 abc", "1 the old server gives other bytes each time", "finished"]);
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn a_broken_throttled_or_renumbered_account_never_passes_for_one_that_was_read() {
    for (script, code) in [
        (format!("{OPENED}C: m2 UID FETCH 1:2 (UID BODY.PEEK[])\nS: * 1 FETCH (UID 1 BODY[] \"a\")\nX"), "NET-LOST"),
        (format!("{OPENED}C: m2 UID FETCH 1:2 (UID BODY.PEEK[])\nS: m2 NO Request is throttled. Suggested Backoff Time: 2000 milliseconds"), "IMAP-THROTTLED"),
        ("C: m1 EXAMINE \"INBOX\"\nS: * OK [UIDVALIDITY 8] x\nS: m1 OK".to_owned(), "STORE-CHANGED"),
    ] {
        let (session, server) = dialogue::session("", &script);
        assert_eq!(read(vec![session], remotes(&[(1, 1), (2, 1)])).await.0, [code]);
        server.abort();
    }
    assert_eq!(read(Vec::new(), remotes(&[(1, 1)])).await.0, ["NET-REFUSED"]);
    let (session, server) = dialogue::session("", "C: m1 EXAMINE \"INBOX\"\nS: m1 NO [NONEXISTENT] gone");
    assert_eq!(read(vec![session], remotes(&[(1, 1)])).await.0, ["0 the old server does not open its folder: EXAMINE: NO [NONEXISTENT] gone", "finished"]);
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn a_large_body_comes_in_ranges_through_a_file() {
    let size = super::super::fetch::RANGED_ABOVE_BYTES + 1;
    let range = usize::try_from(super::super::fetch::RANGE_BYTES).expect("small");
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
        let (reader, mut writer) = tokio::io::split(theirs);
        let mut lines = BufReader::new(reader).lines();
        let mut asked = Vec::new();
        while let Ok(Some(line)) = lines.next_line().await {
            let (tag, rest) = line.split_once(' ').expect("a tag");
            if rest.starts_with("EXAMINE") {
                writer.write_all(format!("* OK [UIDVALIDITY 7] x\r\n{tag} OK\r\n").as_bytes()).await.expect("read");
                continue;
            }
            let origin: usize = rest.split(['<', '.']).nth(2).and_then(|text| text.parse().ok()).expect("a range");
            asked.push(origin);
            let len = range.min(usize::try_from(size).expect("small") - origin);
            writer.write_all(format!("* 1 FETCH (UID 1 BODY[]<{origin}> {{{len}}}\r\n").as_bytes()).await.expect("read");
            writer.write_all(&vec![b'x'; len]).await.expect("read");
            writer.write_all(format!(")\r\n{tag} OK\r\n").as_bytes()).await.expect("read");
        }
        asked
    });
    let session = Session::new(ours, super::super::Capabilities::default(), dialogue::SHORT);
    let source = ImapSource::new(Given(Mutex::new(vec![session])), remotes(&[(1, size)]));
    let dir = tempfile::tempdir().expect("a folder");
    let mut stream = Box::new(source.clone()).read(Selection::All, &Run::unheard(dir.path()));
    let Some(StreamItem::Message { message, .. }) = stream.next().await.map(|held| held.item) else { panic!("a message") };
    assert!(message.body.in_memory().is_none() && message.body.len() == size);
    assert!(matches!(stream.next().await.map(|held| held.item), Some(StreamItem::Finished)));
    drop((stream, source));
    assert_eq!(server.await.expect("served"), [0, range, 2 * range]);
}
