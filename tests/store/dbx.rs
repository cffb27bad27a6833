//! Outlook Express: made identities, damaged ones, hostile ones.

use std::path::Path;
use std::time::{Duration, SystemTime};

use mailferry::flow::Selection;
use mailferry::mail::{Origin, SpecialUse};
use mailferry::run::{Code, Run};
use mailferry::store::dbx::{Messages, folders};
use mailferry::store::discover::{FindOptions, find, recognise};
use mailferry::store::{Protocol, StoreInfo, StoreKind};

use crate::made_dbx::{self as made, Made, mail};
use crate::support::{Everything, bytes, fingerprint, only, read, read_selection, write};

fn folder_file(messages: &[Made]) -> Vec<u8> {
    made::folder(3, "LocalStore", messages)
}

/// A file that stands alone, read whole.
fn read_file(bytes: &[u8]) -> (StoreInfo, Everything) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("Inbox.dbx");
    write(&path, bytes);
    let store = only(&path);
    let all = read(&store);
    (store, all)
}

fn put(file: &mut [u8], at: usize, word: u32) {
    file[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

fn word(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes"))
}

#[test]
fn an_identity_comes_with_its_folders_flags_and_dates_and_every_byte() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    made::identity(dir.path());
    let before = fingerprint(dir.path());
    let store = only(dir.path());
    assert_eq!((store.kind, store.program.as_str(), store.protocol, store.readable), (StoreKind::OutlookExpress, "Outlook Express", Protocol::Pop, true));
    assert_eq!((store.messages, store.folders, store.estimated), (8, 6, false), "{:?}", store.folder_list);
    assert!(store.advice.as_ref().is_some_and(|advice| advice.contains("Newsgroups")), "{:?}", store.advice);
    assert_eq!(store.years.keys().copied().collect::<Vec<_>>(), [2001]);
    let folders: Vec<_> = store.folder_list.iter().map(|folder| (folder.path.to_string(), folder.role, folder.messages)).collect();
    let told = |name: &str, role, messages| (name.to_owned(), role, messages);
    assert_eq!(
        folders,
        [
            told("Drafts", Some(SpecialUse::Drafts), 1),
            told("Inbox", Some(SpecialUse::Inbox), 4),
            told("Outbox", Some(SpecialUse::Outbox), 0),
            told("Projects", None, 0),
            told("Projects/2001", None, 2),
            told("Sent Items", Some(SpecialUse::Sent), 1),
        ]
    );
    let all = read(&store);
    assert_eq!((all.unreadable.len(), all.problems.len(), all.others.len()), (0, 0, 0), "{:?} {:?}", all.unreadable, all.problems);
    let want: Vec<(String, Vec<u8>)> = [
        ("Inbox", mail("one", 300)),
        ("Inbox", mail("two", 5000)),
        ("Inbox", mail("three", 512)),
        ("Inbox", mail("four", 1024)),
        ("Sent Items", mail("sent", 700)),
        ("Drafts", mail("draft", 700)),
        ("Projects/2001", mail("p1", 20_000)),
        ("Projects/2001", mail("p2", 600)),
    ]
    .map(|(folder, bytes)| (folder.to_owned(), bytes))
    .into();
    assert!(all.bodies() == want, "{:?}", all.messages.iter().map(|(_, message)| message.place.clone()).collect::<Vec<_>>());
    let state = |at: usize| {
        let message = &all.messages[at].1;
        let words: Vec<String> = message.flags.names().map(str::to_owned).chain(message.keywords.iter().map(str::to_owned)).collect();
        (words.join(" "), message.store_date.map(|date| date.unix()), message.origin, message.partial)
    };
    assert_eq!(state(0), ("\\Seen".to_owned(), Some(1_003_000_000), Origin::Original, false));
    assert_eq!(state(1), ("\\Seen \\Answered \\Flagged".to_owned(), Some(1_003_100_000), Origin::Original, false));
    assert_eq!(state(2), (String::new(), Some(1_003_200_000), Origin::Original, false));
    assert_eq!(state(3), ("\\Seen $Forwarded".to_owned(), None, Origin::Original, false));
    assert_eq!(state(5), ("\\Seen \\Draft".to_owned(), Some(1_003_000_600), Origin::Original, false));
    let some = read_selection(&store, Selection::Ids(vec![6, 1, 3].into()));
    assert_eq!(some.messages.iter().map(|(id, message)| (*id, bytes(message).len())).collect::<Vec<_>>(), [(6, 20_000), (1, 5000), (3, 1024)]);
    assert!(before == fingerprint(dir.path()), "reading changes nothing");
    // The list of folders, named by hand, means the same.
    assert_eq!(only(&dir.path().join("Folders.dbx")).id, store.id);
}

#[test]
fn two_identities_are_two_stores_and_count_before_anything_is_read() {
    let drive = tempfile::tempdir().expect("a temporary folder");
    let identities = drive.path().join("Documents and Settings/Ann/Local Settings/Application Data/Identities");
    made::identity(&identities.join("{8A6B1A1C-0000-11D5-9A4E-00C04FA309D4}/Microsoft/Outlook Express"));
    let other = identities.join("{9B6B1A1C-0000-11D5-9A4E-00C04FA309D4}/Microsoft/Outlook Express");
    write(other.join("Inbox.dbx"), folder_file(&made::inbox()));
    let temp = tempfile::tempdir().expect("a temporary folder");
    let options = FindOptions { roots: vec![drive.path().to_path_buf()], count: true, ..FindOptions::default() };
    let stores = find(&options, &Run::unheard(temp.path()));
    let told: Vec<_> = stores.iter().map(|store| (store.kind, store.messages, store.owner.as_deref(), store.readable)).collect();
    assert_eq!(told, [(StoreKind::OutlookExpress, 8, Some("Ann"), true), (StoreKind::OutlookExpress, 4, Some("Ann"), true)]);
    assert_ne!(stores[0].id, stores[1].id);
    let all = read(&stores[1]);
    assert_eq!(
        all.messages.iter().map(|(_, message)| (message.mailbox.to_string(), message.role)).collect::<Vec<_>>()[0],
        ("Inbox".to_owned(), Some(SpecialUse::Inbox))
    );
    assert!(stores[1].advice.as_ref().is_some_and(|advice| advice.contains("Folders.dbx) is not there")), "{:?}", stores[1].advice);
}

#[test]
fn folders_of_servers_are_stores_of_their_own_and_names_come_in_the_writers_code_page() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    // «Входящие» and «Черновики» in Windows-1251.
    let (inbox, drafts) = (b"\xC2\xF5\xEE\xE4\xFF\xF9\xE8\xE5", b"\xD7\xE5\xF0\xED\xEE\xE2\xE8\xEA\xE8");
    let file = |name: &[u8]| [name, b".dbx"].concat();
    let (inbox_file, drafts_file) = (file(inbox), file(drafts));
    let list = [
        made::account(1, "Local", "LocalStore", 3),
        made::within(2, 1, inbox, &inbox_file, 3, 1, 1),
        made::within(3, 1, drafts, &drafts_file, 3, 5, 0),
        made::account(4, "imap.example", "00000001", 1),
        made::within(5, 4, b"INBOX", b"imap.example - INBOX.dbx", 1, 1, 3),
        made::account(6, "Hotmail", "00000003", 2),
        made::within(7, 6, b"Bulk Mail", b"Hotmail - Bulk Mail.dbx", 2, 0, 1),
        made::within(8, 4, b"Lost", b"Lost.dbx", 1, 0, 5),
    ];
    write(dir.path().join("Folders.dbx"), made::folders(&list));
    write(dir.path().join("Входящие.dbx"), folder_file(&[Made::new(mail("local", 400), 0, 1_003_000_000)]));
    write(dir.path().join("Черновики.dbx"), folder_file(&[]));
    let head_only = Made { on_server: true, flags: made::READ, ..Made::new(Vec::new(), 0, 1_003_000_000) };
    let cached = [Made::new(mail("cached", 400), made::READ, 1_003_000_000), head_only.clone(), head_only];
    write(dir.path().join("imap.example - INBOX.dbx"), made::folder(1, "00000001", &cached));
    write(dir.path().join("Hotmail - Bulk Mail.dbx"), made::folder(2, "00000003", &[Made::new(mail("hot", 400), 0, 1_003_000_000)]));
    // One that the list does not name, of the same account.
    write(dir.path().join("Old.dbx"), made::folder(1, "00000001", &[Made::new(mail("old", 400), 0, 1_003_000_000)]));
    let temp = tempfile::tempdir().expect("a temporary folder");
    let options = FindOptions { paths: vec![dir.path().to_path_buf()], count: true, ..FindOptions::default() };
    let stores = find(&options, &Run::unheard(temp.path()));
    let told: Vec<_> = stores.iter().map(|store| (store.name.as_str(), store.protocol, store.messages)).collect();
    assert_eq!(told, [("Outlook Express", Protocol::Pop, 1), ("imap.example", Protocol::Imap, 2), ("Hotmail", Protocol::Imap, 1)]);
    let ids: std::collections::BTreeSet<&str> = stores.iter().map(|store| store.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    let roles: Vec<_> = stores[0].folder_list.iter().map(|folder| (folder.path.to_string(), folder.role)).collect();
    assert_eq!(roles, [("Входящие".to_owned(), Some(SpecialUse::Inbox)), ("Черновики".to_owned(), Some(SpecialUse::Drafts))]);
    assert_eq!(read(&stores[0]).bodies(), [("Входящие".to_owned(), mail("local", 400))]);
    let all = read(&stores[1]);
    assert_eq!(all.bodies(), [("INBOX".to_owned(), mail("cached", 400)), ("Old".to_owned(), mail("old", 400))]);
    let problems: Vec<&str> = all.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("2 messages were never downloaded"), "{problems:?}");
    assert!(problems[1].contains("Lost.dbx is not there, in which 5 messages"), "{problems:?}");
    assert_eq!(read(&stores[2]).bodies(), [("Bulk Mail".to_owned(), mail("hot", 400))]);
}

#[test]
fn a_single_file_is_a_folder_called_by_its_name_and_news_is_no_mail() {
    let (store, all) = read_file(&folder_file(&made::inbox()));
    assert_eq!((store.kind, store.messages, store.protocol), (StoreKind::OutlookExpress, 4, Protocol::Local));
    assert_eq!(all.messages[0].1.mailbox.to_string(), "Inbox");
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in [("comp.example.dbx", made::folder(0, "00000002", &made::inbox())), ("Torn.dbx", folder_file(&[])[..100].to_vec())] {
        write(dir.path().join(name), bytes);
        let stores = recognise(&dir.path().join(name)).expect("recognised");
        assert_eq!((stores.len(), stores[0].readable, stores[0].advice.is_some()), (1, false, true), "{stores:?}");
    }
}

#[test]
fn a_thousand_messages_of_many_sizes_come_in_the_order_of_the_index() {
    let lengths: Vec<usize> = (0..1000).map(|n| 200 + n * 7 % 4000).collect();
    let messages: Vec<Made> = lengths.iter().enumerate().map(|(n, len)| Made::new(mail(&format!("m{n}"), *len), 0, 1_003_000_000 + n as u64)).collect();
    let (store, all) = read_file(&folder_file(&messages));
    assert_eq!((store.messages, store.bytes, store.estimated), (1000, lengths.iter().sum::<usize>() as u64, false));
    assert!(all.messages.len() == 1000 && all.messages.iter().zip(&messages).all(|((_, got), want)| bytes(got) == want.bytes));
    assert!(all.problems.is_empty() && all.unreadable.is_empty());
}

#[test]
fn an_empty_folder_is_empty_and_what_was_deleted_stays_deleted() {
    for messages in [vec![], vec![Made { deleted: true, ..Made::new(mail("gone", 3000), 0, 1_003_000_000) }]] {
        let (store, all) = read_file(&folder_file(&messages));
        assert_eq!((store.messages, store.folders, store.estimated), (0, 1, false));
        assert_eq!((all.messages.len(), all.problems.len(), all.unreadable.len()), (0, 0, 0), "{:?}", all.problems);
    }
}

#[test]
fn a_broken_index_loses_no_message_that_is_still_whole() {
    let mut messages: Vec<Made> = (0..40).map(|n| Made::new(mail(&format!("m{n}"), 300 + n * 100), made::READ, 1_003_000_000 + n as u64)).collect();
    messages[7].deleted = true;
    messages[20].bare = true;
    messages[21].unlisted = true;
    let sound = folder_file(&messages);
    // Two are in no index already: nothing is wrong, so nothing is looked for.
    let (store, all) = read_file(&sound);
    assert_eq!((store.messages, all.messages.len(), all.problems.len()), (37, 37, 0));
    let want: Vec<Vec<u8>> = messages.iter().enumerate().filter(|(n, _)| *n != 7).map(|(_, made)| made.bytes.clone()).collect();
    let root = word(&sound, 0xE4) as usize;
    type Break = fn(&mut Vec<u8>, usize);
    let breaks: [(&str, Break); 6] = [
        ("root overwritten", |file, root| file[root..root + 0x27C].fill(0x41)),
        ("root points nowhere", |file, _| put(file, 0xE4, 0x7FFF_FFF0)),
        ("no root at all", |file, _| (0..2).for_each(|n| put(file, 0xE4 - 0x20 * n, 0))),
        ("a child is its own parent", |file, root| put(file, root + 0x18 + 4, root as u32)),
        ("too many entries", |file, root| file[root + 0x11] = 200),
        ("an info overwritten", |file, root| {
            let info = word(file, root + 0x18) as usize;
            file[info..info + 40].fill(0);
        }),
    ];
    for (name, damage) in breaks {
        let mut file = sound.clone();
        damage(&mut file, root);
        let dir = tempfile::tempdir().expect("a temporary folder");
        write(dir.path().join("Inbox.dbx"), &file);
        let store = only(&dir.path().join("Inbox.dbx"));
        let all = read(&store);
        let mut got: Vec<Vec<u8>> = all.messages.iter().map(|(_, message)| bytes(message)).collect();
        got.sort();
        let mut want = want.clone();
        want.sort();
        assert!(got == want, "{name}: {} of {}, {:?}", got.len(), want.len(), all.problems);
        assert_eq!((store.messages, store.estimated, all.problems.len()), (39, name != "no root at all", 1), "{name}: {:?}", all.problems);
        let recovered: Vec<_> = all.messages.iter().filter(|(_, message)| message.mailbox.to_string() == "Recovered/Inbox").collect();
        assert!(recovered.iter().any(|(_, message)| bytes(message) == messages[20].bytes && !message.flags.seen), "{name}");
        assert_eq!(recovered.len(), if name == "an info overwritten" { 2 } else { 1 }, "{name}");
        let told = all.messages.iter().filter(|(_, message)| message.flags.seen && message.store_date.is_some()).count();
        assert_eq!(told + recovered.len(), 39, "{name}: what infos tell is kept");
        let ids = read_selection(&store, Selection::Ids(vec![38, 0].into()));
        assert!(bytes(&ids.messages[0].1) == bytes(&all.messages[38].1) && bytes(&ids.messages[1].1) == bytes(&all.messages[0].1), "{name}");
    }
}

#[test]
fn of_a_file_that_is_cut_off_the_rest_is_named_by_numbers() {
    let messages: Vec<Made> = (0..30).map(|n| Made::new(mail(&format!("m{n}"), 2000), made::READ, 1_003_000_000)).collect();
    let sound = folder_file(&messages);
    // Blocks lie in turns, infos and index behind them.
    let blocks_end = 0x24BC + 0x618 + 30 * 4 * 0x210;
    for (cut, whole, name) in
        [(blocks_end, 30, "the index is gone"), (blocks_end - 0x210 * 10, 20, "ten have lost their last block"), (0x2AD4 + 100, 0, "nearly all is gone")]
    {
        let (store, all) = read_file(&sound[..cut]);
        let got: Vec<Vec<u8>> = all.messages.iter().map(|(_, message)| bytes(message)).collect();
        assert!(got.len() == whole && got.iter().zip(&messages).all(|(got, want)| *got == want.bytes), "{name}: {}", got.len());
        assert_eq!(all.problems.len(), 1, "{name}: {:?}", all.problems);
        assert!(all.problems[0].what.contains("of 30 messages its index told of 0"), "{name}: {:?}", all.problems);
        assert!(store.estimated);
        if whole == 20 {
            assert_eq!(all.unreadable.len(), 10);
            assert!(
                all.unreadable.iter().all(|one| one.reason.starts_with("it is cut off after 1536 bytes") && one.remains.len() == 1536),
                "{:?}",
                all.unreadable[0].reason
            );
        }
    }
    for cut in (0..sound.len()).step_by(1733) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("Inbox.dbx");
        write(&path, &sound[..cut]);
        for store in recognise(&path).unwrap_or_default().iter().filter(|store| store.kind == StoreKind::OutlookExpress && store.readable) {
            let all = read(store);
            assert!(all.messages.iter().all(|(_, message)| messages.iter().any(|made| made.bytes == bytes(message))), "cut at {cut}");
        }
    }
}

#[test]
fn a_broken_chain_is_named_and_its_neighbours_come() {
    let messages: Vec<Made> = (0..3).map(|n| Made::new(mail(&format!("m{n}"), 3000), 0, 1_003_000_000)).collect();
    let mut file = folder_file(&messages);
    let third_of_m1 = 0x24BC + 0x618 + (2 * 3 + 1) * 0x210;
    put(&mut file, third_of_m1, 0);
    let (store, all) = read_file(&file);
    assert_eq!((store.messages, all.messages.len(), all.unreadable.len(), all.problems.len()), (3, 2, 1, 1));
    assert!(all.unreadable[0].reason.contains("after 1024 bytes") && all.unreadable[0].remains == messages[1].bytes[..1024], "{:?}", all.unreadable[0].reason);
    assert!(all.problems[0].what.contains("1 pieces without a beginning, of 1464 bytes"), "{:?}", all.problems);
}

#[test]
fn loops_and_shared_chains_end_and_give_each_byte_once() {
    let messages: Vec<Made> = (0..300).map(|n| Made::new(mail(&format!("m{n}"), 600), 0, 1_003_000_000)).collect();
    let sound = folder_file(&messages);
    let block = |n: usize| 0x24BC + 0x618 + n * 0x210;
    // Every second block leads back to its message's first one.
    let mut file = sound.clone();
    (0..300).for_each(|n| put(&mut file, block(300 + n) + 12, block(n) as u32));
    let (_, all) = read_file(&file);
    assert_eq!((all.messages.len(), all.unreadable.len()), (0, 300));
    // All first blocks lead into one long tail.
    let mut file = sound.clone();
    (0..300).for_each(|n| put(&mut file, block(n) + 12, block(300) as u32));
    (300..599).for_each(|n| put(&mut file, block(n) + 12, block(n + 1) as u32));
    let (_, all) = read_file(&file);
    assert_eq!((all.messages.len(), all.unreadable.len()), (1, 299));
    assert!(all.unreadable[0].reason.contains("belongs to a message already"), "{:?}", all.unreadable[0]);
    // The index lists one info a thousand times.
    let mut file = sound;
    let root = word(&file, 0xE4) as usize;
    let info = word(&file, root + 0x18);
    file[root + 0x11] = 51;
    (0..51).for_each(|n| {
        put(&mut file, root + 0x18 + n * 12, info);
        put(&mut file, root + 0x18 + n * 12 + 4, root as u32);
    });
    let (_, all) = read_file(&file);
    assert_eq!((all.messages.len(), all.problems.len()), (300, 1), "{:?}", all.problems);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_told_of() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("Inbox.dbx");
    // More than a stream holds, so that the reader still waits when the program writes.
    let messages: Vec<Made> = (0..60).map(|n| Made::new(mail(&format!("m{n}"), 1_500_000), 0, 1_003_000_000)).collect();
    write(&path, folder_file(&messages));
    let store = only(&path);
    let temp = tempfile::tempdir().expect("a temporary folder");
    let run = Run::unheard(temp.path());
    let mut stream = mailferry::store::open(&store).expect("opened").read(Selection::All, &run);
    let (mut messages, mut codes) = (0, Vec::new());
    while let Some(held) = stream.next_blocking() {
        match held.item {
            mailferry::flow::StreamItem::Message { .. } => messages += 1,
            mailferry::flow::StreamItem::Problem(problem) => codes.push(problem.code),
            _ => {}
        }
        if messages == 1 {
            let file = std::fs::File::options().write(true).open(&path).expect("opened");
            file.set_modified(SystemTime::now() + Duration::from_secs(60)).expect("touched");
        }
    }
    assert_eq!((messages, codes), (60, vec![Code::SourceChanged]));
}

#[test]
fn a_list_of_folders_that_leads_in_circles_or_outside_is_no_way_out() {
    let drive = tempfile::tempdir().expect("a temporary folder");
    let dir = drive.path().join("Express");
    write(drive.path().join("secret.dbx"), folder_file(&made::inbox()));
    let list = [
        made::account(1, "Local Folders", "LocalStore", 3),
        made::within(2, 3, b"A", b"A.dbx", 3, 0, 1),
        made::within(3, 2, b"B", b"..\\secret.dbx", 3, 0, 4),
        made::within(4, 4, b"C", b"C.dbx", 3, 0, 1),
        made::within(5, 99, b"D", b"A.dbx", 3, 0, 1),
        made::within(6, 1, b"E", b"E.dbx", 3, 0, 1),
        made::within(7, 1, b"E", b"F.dbx", 3, 0, 1),
    ];
    write(dir.join("Folders.dbx"), made::folders(&list));
    for name in ["A", "C", "E", "F"] {
        write(dir.join(format!("{name}.dbx")), folder_file(&[Made::new(mail(name, 300), 0, 1_003_000_000)]));
    }
    let all = read(&only(&dir));
    let folders: Vec<String> = all.messages.iter().map(|(_, message)| message.mailbox.to_string()).collect();
    assert_eq!(folders, ["A", "C", "E", "E (2)"]);
    assert_eq!(all.problems.len(), 2, "{:?}", all.problems);
}

#[test]
fn whatever_stands_in_a_file_reading_ends_and_gives_no_byte_twice() {
    let messages: Vec<Made> =
        (0..60).map(|n| Made { bare: n % 9 == 0, unlisted: n % 7 == 0, ..Made::new(mail(&format!("m{n}"), 100 + n * 60), 0, 1_003_000_000) }).collect();
    let sound = folder_file(&messages);
    let list = made::folders(&[made::account(1, "Local Folders", "LocalStore", 3), made::within(4, 1, b"Inbox", b"Inbox.dbx", 3, 1, 4)]);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut found = 0;
    for round in 0..400 {
        let mut file = sound.clone();
        for _ in 0..1 + round / 20 {
            // A word becomes another place of the file, another word of it, or anything.
            let (at, other) = (random(file.len() / 4 - 1) * 4, random(file.len() / 4 - 1) * 4);
            let at = if random(3) == 0 { [0xE4, 0xC4][random(2)] } else { at };
            let value = [other as u32, word(&file, other), random(1 << 31) as u32, at as u32][random(4)];
            put(&mut file, at, value);
        }
        file.truncate(file.len() - if round % 3 == 0 { random(file.len() / 2) } else { 0 });
        let len = file.len() as u64;
        let mut all = Messages::open(Box::new(::bytes::Bytes::from(file))).expect("its header is whole");
        let mut total = 0;
        while let Some(listed) = all.next() {
            total += all.follow(listed.state.head, None).expect("nothing is written").bytes;
            found += 1;
        }
        assert!(total <= len, "round {round}");
        let mut list = list.clone();
        (0..1 + round / 50).for_each(|_| {
            let (at, value) = (random(list.len() / 4) * 4, random(list.len()) as u32);
            put(&mut list, at, value);
        });
        let _read = folders::of(Box::new(::bytes::Bytes::from(list)));
    }
    assert!(found > 400 * 30, "most of it is still found: {found}");
}

/// The list of folders is damaged: its files are still there.
#[test]
fn without_a_list_that_can_be_read_every_file_is_a_folder() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    made::identity(dir.path());
    let list = dir.path().join("Folders.dbx");
    let sound = std::fs::read(&list).expect("read");
    let names = |path: &Path| {
        let mut names: Vec<String> = only(path).folder_list.iter().map(|folder| folder.path.to_string()).collect();
        names.sort();
        names
    };
    for cut in [0, 50, 0x24BC, sound.len() - 100] {
        write(&list, &sound[..cut]);
        let store = only(dir.path());
        assert_eq!((store.messages, store.readable), (8, true), "{cut}");
        assert!(store.advice.as_ref().is_some_and(|advice| advice.contains("Folders.dbx")), "{cut}: {:?}", store.advice);
    }
    assert!(names(dir.path()).contains(&"Sent Items".to_owned()));
}
