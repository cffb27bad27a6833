//! Dialogues: what a session makes of the answers of servers, the odd ones too.

use super::command::Command;
use super::error::ImapError;
use super::list::Namespace;
use super::quota::Usage;
use super::script as dialogue;
use super::*;
use crate::mail::{Flags, MailboxPath, Sha256Digest, SpecialUse, Twin};

#[tokio::test]
async fn a_refusal_is_never_an_empty_success_and_keeps_its_words() {
    let script = r#"
        C: m1 UID FETCH 1:* (UID RFC822.SIZE FLAGS INTERNALDATE)
        S: * 1 FETCH (UID 4 RFC822.SIZE 10 FLAGS (\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700")
        S: m1 NO [INUSE] busy
        C: m2 LIST "" "*"
        S: * LIST () "/" INBOX
        S: m2 BAD what
        C: m3 NOOP
        S: m3 OK"#;
    let (mut session, server) = dialogue::session("", script);
    let refused = session.list_uids(1).await.expect_err("NO after a part");
    assert_eq!((refused.code(), refused.server_text()), (Some(&ResponseCode::InUse), Some("[INUSE] busy")));
    assert!(matches!(session.list(false).await, Err(ImapError::Bad { command: "LIST", .. })));
    session.noop().await.expect("it lives on");
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn a_dead_session_stays_dead() {
    for (end, want) in [
        ("X", ImapError::Lost("the server closed it".into())),
        ("S: * BYE [UNAVAILABLE] going down\nX", ImapError::Bye { text: "[UNAVAILABLE] going down".into() }),
        ("S~ * 1 EXI\nX", ImapError::Lost("the server closed it".into())),
        ("Z", ImapError::Timeout { seconds: 1 }),
    ] {
        let (mut session, server) = dialogue::session("", &format!("C: m1 NOOP\n{end}"));
        assert_eq!(session.noop().await, Err(want.clone()));
        assert_eq!(session.noop().await, Err(want.clone()), "and again");
        assert_eq!(session.list_uids(1).await, Err(want.clone()));
        assert_eq!(session.quota().await, Err(want), "not an unknown quota");
        assert!(session.died_at().is_some());
        server.abort();
    }
}

#[tokio::test]
async fn both_directions_are_deflated_behind_the_ok_and_the_mailbox_stays_open() {
    let script = r#"
        C: m1 EXAMINE "a"
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 9] x
        S: m1 OK
        C: m2 COMPRESS DEFLATE
        S: * 2 EXISTS
        S: m2 OK x
        D
        S: * 3 EXISTS
        C: m3 NOOP
        S: * 4 EXISTS
        S: m3 OK
        C: m4 NOOP
        S: m4 OK"#;
    let (mut session, server) = dialogue::session("COMPRESS=DEFLATE", script);
    session.examine("a").await.expect("open");
    assert_eq!((session.deflate().await, session.is_deflated()), (Ok(true), true));
    assert_eq!(session.deflate().await, Ok(true), "once is enough");
    assert_eq!(session.noop().await.expect("alive").exists, Some(4));
    session.noop().await.expect("alive");
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn a_server_that_will_not_deflate_goes_on_plain_and_one_that_does_not_offer_it_is_not_asked() {
    for answer in ["NO [COMPRESSIONACTIVE] TLS does", "BAD what"] {
        let script = format!("C: m1 COMPRESS DEFLATE\nS: m1 {answer}\nC: m2 NOOP\nS: m2 OK");
        let (mut session, server) = dialogue::session("COMPRESS=DEFLATE", &script);
        assert_eq!((session.deflate().await, session.is_deflated()), (Ok(false), false));
        session.noop().await.expect("alive");
        server.await.expect("the dialogue went as written");
    }
    let (mut session, server) = dialogue::session("", "C: m1 NOOP\nS: m1 OK");
    assert_eq!(session.deflate().await, Ok(false));
    session.noop().await.expect("alive");
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn a_server_that_closes_for_it_or_speaks_plainly_behind_its_ok_is_a_dead_session() {
    for end in ["X", "S: * BYE no\nX"] {
        let (mut session, server) = dialogue::session("COMPRESS=DEFLATE", &format!("C: m1 COMPRESS DEFLATE\n{end}"));
        assert!(session.deflate().await.expect_err("closed").is_dead());
        server.await.expect("the dialogue went as written");
    }
    let (mut session, server) =
        dialogue::session("COMPRESS=DEFLATE", "C: m1 COMPRESS DEFLATE\nS: m1 OK x\nS: * OK and in plain words, though it said it would not\nX");
    assert_eq!(session.deflate().await, Ok(true));
    server.await.expect("the dialogue went as written");
    assert!(matches!(session.noop().await, Err(ImapError::Lost(why)) if why.contains("inflate")), "{:?}", session.death());
    assert!(session.noop().await.is_err(), "dead for good");
}

#[tokio::test]
async fn one_byte_now_and_then_is_no_answer() {
    let (ours, mut theirs) = tokio::io::duplex(64);
    let drip = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        while theirs.write_all(b"x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    let mut session = Session::new(ours, Capabilities::default(), dialogue::SHORT);
    assert!(matches!(session.noop().await, Err(ImapError::Timeout { .. })));
    drop(session);
    drip.await.expect("it ends when nobody reads");
}

#[tokio::test]
async fn a_command_given_up_in_the_middle_ends_the_session() {
    let (mut session, server) = dialogue::session("", "C: m1 NOOP\nZ");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), session.noop()).await.is_err());
    assert!(matches!(session.noop().await, Err(ImapError::Lost(_))));
    server.abort();
}

#[tokio::test]
async fn names_that_need_a_literal_wait_for_permission_unless_it_is_given() {
    let plus = "C: m1 CREATE {3+}\nC: \u{e4}x\nS: m1 OK";
    let sync = "C: m1 CREATE {3}\nS: * 1 EXISTS\nS: + go\nC: \u{e4}x\nS: m1 NO [ALREADYEXISTS] is there\nC: m2 CREATE {3}\nS: m2 NO no\nC: m3 CREATE \"&AOQ-\"\nS: m3 OK";
    let raw = name::decode("\u{e4}x".as_bytes());
    let (mut session, server) = dialogue::session("LITERAL+", plus);
    session.create(&raw).await.expect("made");
    server.await.expect("the dialogue went as written");
    let (mut session, server) = dialogue::session("", sync);
    session.create(&raw).await.expect("there already is as good");
    assert!(matches!(session.create(&raw).await, Err(ImapError::No { .. })));
    session.create("\u{e4}").await.expect("made");
    assert_eq!(session.command(Command::new("CREATE").string(b"\0")).await, Err(ImapError::Unsendable("a name with NUL")));
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn mailboxes_are_opened_and_counted() {
    let script = r#"
        C: m1 SELECT "INBOX"
        S: * FLAGS (\Seen Old)
        S: * OK [PERMANENTFLAGS (\Seen \*)] Limited
        S: * 172 EXISTS
        S: * OK [UIDVALIDITY 3857529045] UIDs valid
        S: * OK [UIDNEXT 4392] next
        S: * OK [HIGHESTMODSEQ 715194045007] m
        S: m1 OK [READ-WRITE] done
        C: m2 NOOP
        S: * 170 EXISTS
        S: * 3 EXPUNGE
        S: * VANISHED 41,43:44
        S: * VANISHED (EARLIER) 1:9
        S: m2 OK
        C: m3 EXAMINE "&AOQ-"
        S: * FLAGS (\Seen Old)
        S: * 0 EXISTS
        S: m3 OK [READ-ONLY] done
        C: m4 STATUS "b" (MESSAGES UIDNEXT UIDVALIDITY SIZE)
        S: * STATUS b (MESSAGES 3 UIDNEXT 7 UIDVALIDITY 1 SIZE 5000000000 X y)
        S: m4 OK
        C: m5 UNSELECT
        S: m5 OK"#;
    let (mut session, server) = dialogue::session("STATUS=SIZE UNSELECT", script);
    let selected = session.select("INBOX").await.expect("opened");
    assert_eq!((selected.uid_validity, selected.uid_next, selected.exists, selected.read_only), (3_857_529_045, Some(4392), 172, false));
    assert!(selected.keeps("anything") && selected.highest_modseq == Some(715_194_045_007));
    assert_eq!(session.noop().await.expect("alive"), Seen { exists: Some(166), expunged: 4 });
    let selected = session.examine("ä").await.expect("opened");
    assert!(selected.read_only && selected.keeps("old") && !selected.keeps("new"));
    assert_eq!((selected.uid_next, session.seen().expunged), (None, 0));
    let status = session.status("b").await.expect("told");
    assert_eq!((status.messages, status.uid_next, status.size), (Some(3), Some(7), Some(5_000_000_000)));
    session.unselect().await.expect("left");
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn folders_are_listed_with_names_in_every_form() {
    let script = r#"
        C: m1 LIST "" "*"
        S: * LIST (\HasNoChildren) "." inbox
        S: * LIST (\HasNoChildren \Sent) "." "INBOX.Entw&APw-rfe"
        S: * LIST (\Noselect) "." {9}
        S: INBOX."a"
        S: * LIST () "." INBOX.[x]
        S: m1 OK
        C: m2 LSUB "" "*"
        S: * LSUB () "." "INBOX.Entw&APw-rfe"
        S: m2 OK
        C: m3 LIST "" ""
        S: * LIST (\Noselect) "." ""
        S: m3 OK"#;
    let (mut session, server) = dialogue::session("SPECIAL-USE", script);
    let listed = session.list(false).await.expect("listed");
    let names: Vec<&str> = listed.iter().map(|mailbox| mailbox.name.as_str()).collect();
    assert_eq!(names, ["INBOX", "INBOX.Entwürfe", "INBOX.\"a\"", "INBOX.[x]"]);
    assert_eq!(listed.iter().map(|mailbox| mailbox.role).collect::<Vec<_>>(), [Some(SpecialUse::Inbox), Some(SpecialUse::Sent), None, None]);
    assert_eq!(
        listed.iter().map(|mailbox| (mailbox.subscribed, mailbox.no_select)).collect::<Vec<_>>(),
        [(false, false), (true, false), (false, true), (false, false)]
    );
    assert_eq!(list::inventory(&listed).mailboxes[1].path, MailboxPath::from("INBOX/Entwürfe"));
    assert_eq!(session.namespace(&listed).await.expect("told"), Namespace { prefix: "INBOX.".into(), delimiter: Some('.'), ..Namespace::default() });
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn an_extended_list_brings_everything_at_once_and_falls_back_where_it_is_not_understood() {
    let script = r#"
        C: m1 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY))
        S: * LIST (\Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1)
        S: * LIST (\NonExistent \Junk) NIL "J"
        S: m1 OK
        C: m2 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: m2 OK
        C: m3 LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE)
        S: m3 BAD what
        C: m4 LIST "" "*"
        S: * LIST () "/" NIL
        S: m4 OK"#;
    let (mut session, server) = dialogue::session("LIST-EXTENDED SPECIAL-USE LIST-STATUS NAMESPACE", script);
    let listed = session.list(true).await.expect("listed");
    assert_eq!(listed[0].status.and_then(|status| status.messages), Some(3));
    assert_eq!((listed[1].role, listed[1].no_select, listed[1].delimiter), (Some(SpecialUse::Junk), true, None));
    assert_eq!(session.namespace(&listed).await.expect("told"), Namespace { delimiter: Some('/'), ..Namespace::default() });
    assert_eq!(session.list(false).await.expect("listed")[0].name, "NIL");
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn the_tightest_quota_root_counts() {
    for (answer, want) in [
        (
            "S: * QUOTAROOT INBOX a b\nS: * QUOTA a (STORAGE 10 512 MESSAGE 2 9)\nS: * QUOTA \"b\" (STORAGE 500 600)\nS: m1 OK",
            (Some((500 * 1024, 600 * 1024)), Some((2, 9))),
        ),
        ("S: * QUOTAROOT INBOX\nS: m1 OK", (None, None)),
        ("S: m1 NO [NOPERM] hidden", (None, None)),
        ("S: * QUOTA \"\" (STORAGE 99999999999999999999 1)\nS: m1 OK", (None, None)),
    ] {
        let (mut session, server) = dialogue::session("QUOTA", &format!("C: m1 GETQUOTAROOT \"INBOX\"\n{answer}"));
        let quota = session.quota().await.expect("alive");
        let pair = |usage: Option<Usage>| usage.map(|usage| (usage.used, usage.limit));
        assert_eq!((pair(quota.storage), pair(quota.messages)), want, "{answer}");
        server.await.expect("the dialogue went as written");
    }
}

#[tokio::test]
async fn rows_are_listed_once_each_and_flag_news_between_them_is_no_row() {
    let script = r#"
        C: m1 UID FETCH 5:* (UID RFC822.SIZE FLAGS INTERNALDATE)
        S: * 2 FETCH (UID 7 RFC822.SIZE 20 FLAGS (\Answered $x \Deleted) INTERNALDATE " 1-Jan-2020 00:00:00 +0100")
        S: * 2 FETCH (FLAGS (\Seen) UID 7)
        S: * 1 FETCH (RFC822.SIZE 10 UID 5 FLAGS () INTERNALDATE NIL)
        S: * 1 FETCH (UID 4 RFC822.SIZE 9 FLAGS () INTERNALDATE "x")
        S: * 1 FETCH (FLAGS (\Seen))
        S: m1 OK"#;
    let (mut session, server) = dialogue::session("", script);
    let rows = session.list_uids(5).await.expect("listed");
    assert_eq!(rows.iter().map(|row| (row.uid, row.size, row.date.map(|date| date.unix()))).collect::<Vec<_>>(), [(5, 10, None), (7, 20, Some(1_577_833_200))]);
    assert_eq!((rows[1].flags, rows[1].keywords.to_string(), rows[1].deleted), (Flags { answered: true, ..Flags::default() }, "$x".to_owned(), true));
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn bodies_are_digested_as_they_stream_whatever_stands_before_and_after_them() {
    let script = r#"
        C: m1 UID FETCH 1:3,9 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 1 BODY[] {5}
        S~ a+b+c
        S: )
        S: * 2 FETCH (FLAGS (\Seen) BODY[] {3}
        S: b
        S:  UID 2)
        S: * 3 FETCH (UID 3 BODY[] "")
        S: * 9 FETCH (UID 9 BODY[] NIL)
        S: m1 OK
        C: m2 UID FETCH 2 (UID BODY.PEEK[])
        S: m2 OK
        C: m3 UID FETCH 1:2 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])
        S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {14}
        S: Subject: x
        S: 
        S: )
        S: m3 OK"#;
    let (mut session, server) = dialogue::session("", script);
    let mut found = Vec::new();
    session.digests(&[(1, 5), (2, 3), (3, 0), (9, 1)], &mut |uid, digest| found.push((uid, digest))).await.expect("read");
    let of = |bytes: &[u8]| (Sha256Digest::of(bytes), bytes.len() as u64, Twin::of_wire(bytes));
    let told: Vec<_> = found.iter().map(|(uid, digest)| (*uid, (digest.sha256, digest.bytes, digest.twin))).collect();
    assert_eq!(told, [(1, of(b"a+b+c")), (2, of(b"b\r\n")), (3, of(b""))]);
    assert_eq!(session.digest(2, 3).await.expect("read"), None, "gone");
    let fields = session.header_fields(&[1, 2], &["SUBJECT"]).await.expect("read");
    assert_eq!(fields.get(&1).and_then(|headers| headers.text("subject")).as_deref(), Some("x"));
    server.await.expect("the dialogue went as written");
}

#[tokio::test]
async fn a_large_body_is_read_in_ranges() {
    let size = fetch::RANGED_ABOVE_BYTES + 1;
    let body: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let served = body.clone();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
        let (reader, mut writer) = tokio::io::split(theirs);
        let (mut lines, mut commands) = (tokio::io::BufReader::new(reader).lines(), 0);
        while let Some(line) = lines.next_line().await.expect("readable") {
            commands += 1;
            let tag = line.split(' ').next().unwrap_or_default().to_owned();
            let (origin, len) = line.split_once('<').and_then(|(_, range)| range.split_once('>')?.0.split_once('.')).expect("a range");
            let (origin, len): (usize, usize) = (origin.parse().expect("a number"), len.parse().expect("a number"));
            let part = &served[origin..served.len().min(origin + len)];
            writer.write_all(format!("* 1 FETCH (UID 7 BODY[]<{origin}> {{{}}}\r\n", part.len()).as_bytes()).await.expect("read");
            writer.write_all(part).await.expect("read");
            writer.write_all(format!(")\r\n{tag} OK\r\n").as_bytes()).await.expect("read");
        }
        commands
    });
    let mut session = Session::new(ours, Capabilities::default(), Timeouts::default());
    let digest = session.digest(7, size).await.expect("read").expect("there");
    assert_eq!((digest.bytes, digest.sha256), (size, Sha256Digest::of(&body)));
    drop(session);
    assert_eq!(server.await.expect("served"), 3);
}
