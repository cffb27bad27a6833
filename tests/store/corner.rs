//! The corners of mbox, made for it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use globset::{Glob, GlobSetBuilder};
use mailferry::flow::Selection;
use mailferry::mail::{SpecialUse, WireRules, wire};
use mailferry::run::{Code, Run};
use mailferry::store::discover::{FindOptions, find};
use mailferry::store::{self, StoreKind};

use crate::support::{bytes, fingerprint, only, read, read_selection, write};

const HEAD: &str = "From: a@example.com\nSubject: s\nDate: Tue, 5 Mar 2019 10:00:00 +0100\n\n";
const FROM: &str = "From a@example.com Tue Mar  5 09:00:00 2019\n";

fn mbox(file: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(file);
    write(&path, content);
    (dir, path)
}

#[test]
fn every_kind_of_mbox_gives_its_messages() {
    let body_from = "Hello,\n\nFrom here it goes on.\nFrom \nand From now on\n";
    let table: Vec<(&str, String, Vec<String>)> = vec![
        ("bare From_ in a body", format!("{FROM}{HEAD}{body_from}\n{FROM}{HEAD}two\n"), vec![format!("{HEAD}{body_from}"), format!("{HEAD}two\n")]),
        ("mboxo", format!("{FROM}{HEAD}>From x\n\n{FROM}{HEAD}two\n\n"), vec![format!("{HEAD}>From x\n"), format!("{HEAD}two\n")]),
        (
            "mboxcl2, lying length",
            format!("{FROM}Content-Length: 9\n{HEAD}From x\n\n{FROM}Content-Length: 99999\n{HEAD}two\n"),
            vec![format!("Content-Length: 9\n{HEAD}From x\n"), format!("Content-Length: 99999\n{HEAD}two\n")],
        ),
        ("0 bytes", String::new(), vec![]),
        ("a BOM", format!("\u{feff}{FROM}{HEAD}one\n"), vec![format!("{HEAD}one\n")]),
        (
            "CRLF",
            format!("{FROM}{HEAD}one\n\n{FROM}{HEAD}two\n").replace('\n', "\r\n"),
            vec![format!("{HEAD}one\n").replace('\n', "\r\n"), format!("{HEAD}two\n").replace('\n', "\r\n")],
        ),
        (
            "CR only",
            format!("{FROM}{HEAD}one\n\n{FROM}{HEAD}two\n").replace('\n', "\r"),
            vec![format!("{HEAD}one\n").replace('\n', "\r"), format!("{HEAD}two\n").replace('\n', "\r")],
        ),
        ("cut in mid-word", format!("{FROM}{HEAD}one\n\n{FROM}{HEAD}tw"), vec![format!("{HEAD}one\n"), format!("{HEAD}tw")]),
        ("NULs at the end", format!("{FROM}{HEAD}one\n{}", "\0".repeat(5000)), vec![format!("{HEAD}one\n")]),
        ("NULs between", format!("{FROM}{HEAD}one\n\n{}{FROM}{HEAD}two\n", "\0".repeat(70_000)), vec![format!("{HEAD}one\n"), format!("{HEAD}two\n")]),
        ("From - without a date", format!("From - \n{HEAD}one\n\nFrom - \n{HEAD}two\n"), vec![format!("{HEAD}one\n"), format!("{HEAD}two\n")]),
        ("no empty line between", format!("{FROM}{HEAD}one\n{FROM}{HEAD}two\n"), vec![format!("{HEAD}one\n"), format!("{HEAD}two\n")]),
    ];
    for (name, file, want) in table {
        let (_dir, path) = mbox("Old.mbox", &file);
        let store = only(&path);
        let all = read(&store);
        assert_eq!(
            all.bodies().into_iter().map(|(_, body)| body).collect::<Vec<_>>(),
            want.iter().map(|body| body.clone().into_bytes()).collect::<Vec<_>>(),
            "{name}"
        );
        assert_eq!(store.messages, want.len() as u64, "{name}: counted");
        assert_eq!(store.bytes, want.iter().map(|body| body.len() as u64).sum::<u64>(), "{name}: counted");
        assert!(!store.estimated && all.problems.is_empty() && all.unreadable.is_empty(), "{name}: {:?}", all.problems);
        assert_eq!(all.messages.iter().map(|(id, _)| *id).collect::<Vec<_>>(), (0..want.len() as u64).collect::<Vec<_>>());
        for (_, message) in &all.messages {
            assert_eq!(message.rules, WireRules { mboxrd: false, cr_only: name == "CR only" }, "{name}");
            assert_eq!(message.mailbox.to_string(), "Old");
            assert!(message.flags.seen, "{name}: no message says anything, so it is old mail");
            let wire = wire::encode(&message.body, message.rules, std::path::Path::new("")).expect("in memory");
            assert!(bytes(message).len() as u64 <= wire.len());
        }
        assert!(want.is_empty() || store.years.keys().all(|year| *year == 2019), "{name}");
    }
}

#[test]
fn what_the_header_says_of_a_message_is_read_and_the_expunged_is_kept_apart() {
    let with = |status: &str| format!("From - Tue Mar  5 09:00:00 2019\nX-Mozilla-Status: {status}\nX-Mozilla-Keys: $label1 junk  \n{HEAD}x\n\n");
    let (dir, path) = mbox("Inbox", [with("0001"), with("0009"), with("1006"), with("0401")].concat());
    write(dir.path().join("Inbox.msf"), "");
    let store = only(&path);
    assert_eq!((store.messages, store.deleted, store.partial), (3, 1, 1));
    assert_eq!(store.folder_list[0].role, Some(SpecialUse::Inbox));
    assert_eq!((store.program.as_str(), store.kind), ("Thunderbird", StoreKind::Mbox));
    let all = read(&store);
    let flags: Vec<String> = all.messages.iter().map(|(_, m)| m.flags.names().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(flags, ["\\Seen", "\\Seen", "\\Answered \\Flagged", "\\Seen"]);
    assert_eq!(all.messages.iter().map(|(_, m)| m.deleted).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!(all.messages.iter().map(|(_, m)| m.partial).collect::<Vec<_>>(), [false, false, false, true]);
    assert_eq!(all.messages[2].1.keywords.to_string(), "$Forwarded $Junk $label1");
    assert_eq!(all.messages[0].1.envelope_date.map(|date| date.to_string()).as_deref(), Some("2019-03-05T09:00:00+00:00"));
    assert!(all.messages.iter().all(|(_, m)| m.rules.mboxrd), "Thunderbird quotes as mboxrd");
}

#[test]
fn a_writer_that_left_from_lines_bare_did_not_quote() {
    let (dir, path) = mbox("Inbox", format!("{FROM}{HEAD}From me\n>From you\n\n{FROM}{HEAD}>From you\n"));
    write(dir.path().join("Inbox.msf"), "");
    let rules: Vec<bool> = read(&only(&path)).messages.iter().map(|(_, m)| m.rules.mboxrd).collect();
    assert_eq!(rules, [false, true]);
}

#[test]
fn takeout_puts_each_message_into_its_first_own_label() {
    let with = |labels: &str| format!("{FROM}X-GM-THRID: 1\nX-Gmail-Labels: {labels}\n{HEAD}>From x\n\n");
    let (_dir, path) = mbox("All mail.mbox", [with("Inbox,Unread"), with("Inbox,Important,Work/2019"), with("Sent,Starred,Opened")].concat());
    let store = only(&path);
    assert_eq!((store.program.as_str(), store.messages), ("Google Takeout", 3));
    let all = read(&store);
    let seen: Vec<_> = all.messages.iter().map(|(_, m)| (m.mailbox.to_string(), m.role, m.flags.seen, m.flags.flagged, m.rules.mboxrd)).collect();
    assert_eq!(
        seen,
        [
            ("Inbox".to_owned(), Some(SpecialUse::Inbox), false, false, true),
            ("Work/2019".to_owned(), None, true, false, true),
            ("Sent".to_owned(), Some(SpecialUse::Sent), true, true, true)
        ]
    );
    let listed: Vec<_> = store.folder_list.iter().filter(|folder| folder.messages > 0).map(|folder| folder.path.to_string()).collect();
    assert_eq!(listed, ["Inbox", "Sent", "Work/2019"]);
}

#[test]
fn torn_and_stray_bytes_are_named() {
    let (_dir, path) = mbox("Old", format!("{FROM}{HEAD}to{}{FROM}{HEAD}x\n", "\0".repeat(4096)));
    let all = read(&only(&path));
    assert_eq!((all.messages.len(), all.problems.len()), (2, 1));
    assert_eq!(all.problems[0].code, Code::MessageUnreadable);
    let (_dir, path) = mbox("Old.mbox", format!("the end of a lost message\n\n{FROM}{HEAD}x\n"));
    let store = only(&path);
    let all = read(&store);
    assert_eq!((store.messages, all.messages.len(), all.unreadable.len()), (2, 1, 1));
    assert!(all.unreadable[0].remains.starts_with(b"the end"));
}

#[test]
fn beyond_4_gib_both_ends_are_read() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("Huge.mbox");
    let far = 4_500_000_000;
    let mut file = File::create(&path).expect("made");
    file.write_all(format!("{FROM}{HEAD}first\n\n").as_bytes()).expect("written");
    file.set_len(far).expect("a file system with sparse files");
    file.seek(SeekFrom::Start(far)).expect("far");
    file.write_all(format!("{FROM}{HEAD}last\n").as_bytes()).expect("written");
    drop(file);
    let store = store::discover::recognise(&path).expect("an mbox").remove(0);
    let all = read(&store);
    assert_eq!(
        all.bodies().into_iter().map(|(_, body)| body).collect::<Vec<_>>(),
        [format!("{HEAD}first\n").into_bytes(), format!("{HEAD}last\n").into_bytes()]
    );
    assert_eq!(all.messages[1].1.place, far.to_string());
    assert!(all.problems.is_empty(), "{:?}", all.problems);
}

#[test]
fn a_message_larger_than_its_share_of_memory_streams_through_a_file() {
    let line = "x".repeat(99) + "\n";
    let body = format!("{HEAD}{}", line.repeat(400_000));
    let (_dir, path) = mbox("Big", format!("{FROM}{body}\n{FROM}{HEAD}small\n"));
    let store = only(&path);
    let all = read(&store);
    assert!(all.messages[0].1.body.in_memory().is_none(), "40 MB go through a file");
    assert_eq!(all.messages[0].1.body.len(), body.len() as u64);
    let mut read_back = String::new();
    all.messages[0].1.body.reader().read_to_string(&mut read_back).expect("reads");
    assert!(read_back == body);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_named() {
    let (_dir, path) = mbox("Inbox", format!("{FROM}{HEAD}{}\n", "y\n".repeat(200)).repeat(60_000));
    let store = store::discover::recognise(&path).expect("an mbox").remove(0);
    let temp = tempfile::tempdir().expect("a temporary folder");
    let mut stream = store::open(&store).expect("opens").read(Selection::All, &Run::unheard(temp.path()));
    // The first item proves that reading began; the stream's bound keeps it from having ended.
    assert!(stream.next_blocking().is_some());
    let mut file = File::options().append(true).open(&path).expect("opened by its program");
    file.write_all(format!("{FROM}{HEAD}new\n").as_bytes()).expect("written");
    drop(file);
    let (mut changed, mut messages) = (false, 1);
    while let Some(held) = stream.next_blocking() {
        match held.item {
            mailferry::flow::StreamItem::Problem(problem) => changed |= problem.code == Code::SourceChanged,
            mailferry::flow::StreamItem::Message { .. } => messages += 1,
            _ => {}
        }
    }
    assert!(changed);
    assert_eq!(messages, 60_000, "the file is read as it was when it was opened");
}

#[test]
fn stopping_and_leaving_end_the_reading_without_a_finish() {
    let (_dir, path) = mbox("Inbox", format!("{FROM}{HEAD}{}\n", "y\n".repeat(5000)).repeat(5_000));
    let store = store::discover::recognise(&path).expect("an mbox").remove(0);
    let temp = tempfile::tempdir().expect("a temporary folder");
    let run = Run::unheard(temp.path());
    let mut stream = store::open(&store).expect("opens").read(Selection::All, &run);
    assert!(stream.next_blocking().is_some());
    run.cancel.cancel();
    let mut finished = false;
    while let Some(held) = stream.next_blocking() {
        finished |= matches!(held.item, mailferry::flow::StreamItem::Finished);
    }
    assert!(!finished);
}

#[test]
fn selections_give_folders_by_name_and_messages_by_id_in_their_order() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (folder, texts) in [("Inbox", ["a", "b", "c"]), ("Sent", ["d", "e", "f"])] {
        let file: String = texts.iter().map(|text| format!("{FROM}{HEAD}{text}\n\n")).collect();
        write(dir.path().join(folder), file);
        write(dir.path().join(format!("{folder}.msf")), "");
    }
    let store = only(dir.path());
    let last = |all: &crate::support::Everything| all.bodies().iter().map(|(_, body)| char::from(body[body.len() - 2])).collect::<String>();
    let ids = |ids: &[u64]| Selection::Ids(Arc::from(ids));
    assert_eq!(last(&read(&store)), "abcdef");
    assert_eq!(last(&read_selection(&store, ids(&[0, 3, 5]))), "adf");
    assert_eq!(last(&read_selection(&store, ids(&[4, 1, 2]))), "ebc");
    let all = read_selection(&store, ids(&[4, 1]));
    assert_eq!(all.messages.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [4, 1]);
    assert!(all.finished);
    let globs = GlobSetBuilder::new().add(Glob::new("S*").expect("a glob")).build().expect("a set");
    assert_eq!(last(&read_selection(&store, Selection::Mailboxes(Arc::new(globs)))), "def");
}

#[test]
fn nothing_of_a_store_is_changed_by_finding_counting_and_reading() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path().join("Inbox"), format!("{FROM}{HEAD}x\n"));
    write(dir.path().join("tree/a.eml"), HEAD);
    write(dir.path().join("md/cur/1:2,S"), HEAD);
    std::fs::create_dir_all(dir.path().join("md/new")).expect("made");
    let before = fingerprint(dir.path());
    let temp = tempfile::tempdir().expect("a temporary folder");
    let stores = find(&FindOptions { roots: vec![], paths: vec![dir.path().to_path_buf()], count: true }, &Run::unheard(temp.path()));
    assert_eq!(stores.iter().map(|store| store.messages).sum::<u64>(), 3);
    for store in &stores {
        assert_eq!(read(store).messages.len() as u64, store.messages);
    }
    assert_eq!(fingerprint(dir.path()), before);
}

#[test]
fn maildirs_give_flags_and_folders_of_both_layouts() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path().join("cur/1.a:2,SR"), HEAD);
    write(dir.path().join("cur/2.b;2,FT"), HEAD);
    write(dir.path().join("new/3.c"), HEAD);
    write(dir.path().join(".Sent.Old & new/cur/4.d:2,PS"), HEAD);
    write(dir.path().join("Projects/Work/cur/5.e"), HEAD);
    for folder in ["", ".Sent.Old & new", "Projects/Work"] {
        std::fs::create_dir_all(dir.path().join(folder).join("tmp")).expect("made");
    }
    let store = only(dir.path());
    assert_eq!((store.kind, store.messages, store.deleted), (StoreKind::Maildir, 4, 1));
    let all = read(&store);
    let seen: Vec<_> = all.messages.iter().map(|(_, m)| (m.mailbox.to_string(), m.flags.names().collect::<String>(), m.deleted)).collect();
    assert_eq!(
        seen,
        [
            ("INBOX".to_owned(), "\\Seen\\Answered".to_owned(), false),
            ("INBOX".to_owned(), "\\Flagged".to_owned(), true),
            ("INBOX".to_owned(), String::new(), false),
            ("Sent/Old & new".to_owned(), "\\Seen".to_owned(), false),
            ("Projects/Work".to_owned(), String::new(), false),
        ]
    );
    assert!(all.messages.iter().all(|(_, m)| m.file_time.is_some()));
}

#[test]
fn a_mixed_tree_is_called_by_its_directories() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path().join("export");
    write(root.join("1.eml"), HEAD);
    write(root.join("10.eml"), HEAD);
    write(root.join("2.eml"), HEAD);
    write(root.join("Inbox/mbox"), format!("{FROM}{HEAD}x\n"));
    write(root.join("Sent.mbox/mbox"), format!("{FROM}{HEAD}x\n"));
    write(root.join("Sent.mbox/table_of_contents"), "junk");
    write(root.join("Numbers/1"), HEAD);
    write(root.join("Numbers/1-picture.png"), "\u{89}PNG");
    write(root.join("Takeout/Mail/All.mbox"), format!("{FROM}X-GM-THRID: 1\n{HEAD}x\n"));
    write(root.join("Tree"), format!("{FROM}{HEAD}x\n"));
    write(root.join("Tree.sbd/Child"), format!("{FROM}{HEAD}x\n"));
    write(root.join("readme.txt"), "Note: this is no mail\n");
    write(root.join("archive.pst"), b"!BDN\0\0\0\0SM");
    let stores = store::discover::recognise(&root).expect("a tree");
    assert_eq!(stores.iter().map(|store| (store.kind, store.readable)).collect::<Vec<_>>(), [(StoreKind::EmlTree, true), (StoreKind::OutlookPst, true)]);
    assert_eq!(stores[1].program, "Outlook");
    let cut = read_selection(&stores[1], Selection::All);
    assert!(cut.messages.is_empty() && cut.problems.iter().any(|problem| problem.code == Code::SourceUnreadable), "a head and nothing behind it");
    let all = read(&stores[0]);
    let mut seen: Vec<_> = all.messages.iter().map(|(_, m)| format!("{} {}", m.mailbox, m.place)).collect();
    assert_eq!(&seen[..2], ["Tree 0", "export 1.eml"], "mbox files first, then the directory's own messages");
    assert_eq!(&seen[2..4], ["export 2.eml", "export 10.eml"]);
    seen.sort();
    assert_eq!(seen.len(), 9);
    assert!(seen.contains(&"Sent 0".to_owned()) && seen.contains(&"Numbers 1".to_owned()) && seen.contains(&"Tree/Child 0".to_owned()));
    assert!(seen.contains(&"Takeout/Mail/All 0".to_owned()));
}

#[test]
fn what_cannot_be_looked_into_is_named_and_never_left_out_quietly() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path().join("export");
    write(root.join("1.eml"), HEAD);
    write(root.join(".Old mail/1.eml"), HEAD);
    write(root.join(".Work.directory/1.eml"), HEAD);
    write(root.join(".git/1.eml"), HEAD);
    let mut deep = root.join("deep");
    for _ in 0..45 {
        deep.push("d");
    }
    write(deep.join("1.eml"), HEAD);
    // Nobody can open a link to itself, not even the superuser that tests may run as.
    #[cfg(unix)]
    std::os::unix::fs::symlink("Inbox", root.join("Inbox")).expect("linked");
    let store = only(&root);
    assert!(store.estimated, "nobody knows what lies there");
    let all = read(&store);
    let mut seen: Vec<_> = all.bodies().into_iter().map(|(mailbox, _)| mailbox).collect();
    seen.sort();
    assert_eq!(seen, [".Old mail", "Work", "export"]);
    assert!(all.problems.iter().all(|problem| problem.code == Code::SourceUnreadable), "{:?}", all.problems);
    let named = |what: &str| all.problems.iter().filter(|problem| problem.to_string().contains(what)).count();
    assert_eq!(named("too deep"), 1, "{:?}", all.problems);
    assert_eq!(all.problems.len(), if cfg!(unix) { 2 } else { 1 }, "{:?}", all.problems);
}

#[test]
fn what_is_no_store_is_said_in_words() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path().join("photo.jpg"), b"\xFF\xD8\xFF");
    let code = |path: &std::path::Path| store::discover::recognise(path).err().map(|problem| problem.code);
    assert_eq!(code(&dir.path().join("gone")), Some(Code::SourceMissing));
    assert_eq!(code(&dir.path().join("photo.jpg")), Some(Code::SourceUnsupported));
    assert_eq!(code(dir.path()), Some(Code::SourceUnsupported));
    let run = Run::unheard(dir.path());
    let stores = find(&FindOptions { paths: vec![dir.path().join("gone")], ..FindOptions::default() }, &run);
    assert_eq!(stores.iter().map(|store| store.readable).collect::<Vec<_>>(), [false]);
}
