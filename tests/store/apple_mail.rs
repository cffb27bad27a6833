//! Apple Mail: a made one, and real message files.

use std::collections::BTreeMap;
use std::path::Path;

use mailferry::mail::part::attachment_digests;
use mailferry::mail::{Origin, Sha256Digest, SpecialUse};
use mailferry::run::Run;
use mailferry::store::discover::{FindOptions, find, recognise};
use mailferry::store::{Protocol, StoreInfo, StoreKind};

use crate::made_apple_mail::{self as made, message};
use crate::support::{bytes, corpus, fingerprint, only, read, read_selection, write};

fn on_drive(drive: &Path) -> Vec<StoreInfo> {
    let temp = tempfile::tempdir().expect("a temporary folder");
    find(&FindOptions { roots: vec![drive.to_path_buf()], paths: Vec::new(), count: true }, &Run::unheard(temp.path()))
}

#[test]
fn the_accounts_of_another_computers_mail_are_found_counted_and_read() {
    let drive = tempfile::tempdir().expect("a temporary folder");
    made::make(&drive.path().join("Users/ann"));
    let before = fingerprint(drive.path());
    let stores = on_drive(drive.path());
    let told: Vec<_> = stores.iter().map(|store| (store.name.as_str(), store.protocol, store.messages, store.deleted, store.partial, store.readable)).collect();
    assert_eq!(
        told,
        [
            // One of them can't be read, but is there.
            ("ann@example.com", Protocol::Pop, 9, 1, 1, true),
            ("Apple Mail 5E8B7A60", Protocol::Imap, 1, 0, 0, true),
            ("On My Mac", Protocol::Local, 1, 0, 0, true),
        ]
    );
    let pop = &stores[0];
    assert_eq!((pop.program.as_str(), pop.owner.as_deref(), pop.host.as_deref()), ("Apple Mail", Some("ann"), Some("pop.example.com")));
    assert_eq!(pop.years.keys().copied().collect::<Vec<_>>(), [2017], "the date that Apple Mail noted counts");
    let roles: Vec<_> = pop.folder_list.iter().map(|folder| (folder.path.to_string(), folder.role, folder.messages)).collect();
    assert_eq!(
        roles,
        [
            ("INBOX".to_owned(), Some(SpecialUse::Inbox), 5),
            ("Junk".to_owned(), Some(SpecialUse::Junk), 1),
            ("Projects".to_owned(), None, 0),
            ("Projects/2019".to_owned(), None, 2),
            ("Sent Messages".to_owned(), Some(SpecialUse::Sent), 1),
        ]
    );
    let all = read(pop);
    assert_eq!((all.messages.len(), all.unreadable.len(), all.problems.len()), (9, 1, 0));
    assert!(all.unreadable[0].reason.contains("length"), "{:?}", all.unreadable);
    let by_subject: BTreeMap<String, &mailferry::mail::Message> = all
        .messages
        .iter()
        .map(|(_, message)| {
            let text = String::from_utf8(bytes(message)).expect("text");
            (text.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a subject").to_owned(), message)
        })
        .collect();
    let state = |subject: &str| {
        let message = by_subject[subject];
        (message.flags.names().collect::<Vec<_>>().join(" "), message.keywords.to_string(), message.deleted, message.partial, message.origin)
    };
    let plain = |flags: &str| (flags.to_owned(), String::new(), false, false, Origin::Original);
    assert_eq!(state("one"), plain("\\Seen"));
    assert_eq!(state("two"), plain("\\Seen \\Answered \\Flagged"));
    assert_eq!(state("three"), (String::new(), String::new(), true, false, Origin::Original));
    assert_eq!(state("four"), plain(""));
    assert_eq!(state("five"), ("\\Seen".to_owned(), String::new(), false, false, Origin::Rebuilt));
    assert_eq!(state("six"), ("\\Seen".to_owned(), String::new(), false, true, Origin::Original));
    assert_eq!(state("eight"), (String::new(), "$Junk".to_owned(), false, false, Origin::Original));
    assert_eq!(bytes(by_subject["one"]), message("one").into_bytes(), "the bytes are Apple Mail's own, line ends too");
    assert_eq!(bytes(by_subject["nine"]), message("nine").into_bytes(), "a length beyond the end counts for nothing");
    assert_eq!(bytes(by_subject["six"]), made::cut("six").into_bytes());
    assert_eq!(attachment_digests(&bytes(by_subject["five"])), Some(vec![Sha256Digest::of(&made::ATTACHMENT)]));
    assert_eq!(by_subject["two"].store_date.map(|date| date.unix()), Some(1_500_000_001));
    assert_eq!(pop.bytes, all.messages.iter().filter(|(_, m)| !m.deleted).map(|(_, m)| m.body.len()).sum::<u64>() + "no message at all".len() as u64);
    let kept = read(&stores[2]);
    assert_eq!(kept.messages[0].1.flags.names().collect::<Vec<_>>(), ["\\Seen", "\\Flagged"]);
    assert!(before == fingerprint(drive.path()), "reading changes nothing");
}

#[test]
fn the_same_messages_come_by_their_numbers_again() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let store = only(&made::make(home.path()));
    assert_eq!(store.kind, StoreKind::AppleMail);
    let all = read(&store);
    for wanted in [vec![0, 4, 8], vec![8, 2], vec![5]] {
        let some = read_selection(&store, mailferry::flow::Selection::Ids(wanted.clone().into()));
        let got: Vec<(u64, Vec<u8>)> = some.messages.iter().map(|(id, message)| (*id, bytes(message))).collect();
        let want: Vec<(u64, Vec<u8>)> = wanted.iter().map(|id| (*id, bytes(&all.messages[*id as usize].1))).collect();
        assert!(got == want, "{wanted:?}");
    }
    let again = read(&store);
    assert!(again.bodies() == all.bodies(), "what is put together is the same every time");
}

#[test]
fn message_files_are_read_wherever_they_lie() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path().join("a/loose.emlx"), made::emlx(&message("loose"), made::READ, 1));
    write(dir.path().join("a/plain.eml"), message("plain"));
    write(dir.path().join("b/INBOX.mbox/Messages/1.emlx"), made::emlx(&message("boxed"), made::DELETED, 1));
    write(dir.path().join("c/Out.mbox/mbox"), format!("From - Mon Jan  2 03:04:05 2006\n{}\n", message("exported")));
    write(dir.path().join("c/Out.mbox/table_of_contents"), [0, 1, 2]);
    let store = only(dir.path());
    let found: Vec<_> = read(&store).messages.iter().map(|(_, message)| (message.mailbox.to_string(), message.deleted)).collect();
    assert_eq!(
        found,
        [("a".to_owned(), false), ("a".to_owned(), false), ("b/INBOX".to_owned(), true), ("c/Out".to_owned(), false)],
        "a deleted message of Apple Mail's stays one"
    );
    let one = only(&dir.path().join("a/loose.emlx"));
    assert_eq!((one.kind, one.messages), (StoreKind::Eml, 1));
    assert_eq!(read(&one).bodies()[0].1, message("loose").into_bytes());
}

#[test]
fn a_large_message_goes_through_a_temporary_file_and_is_the_same() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let large = format!("{}{}", message("large"), "0123456789 abcdefg\n".repeat(300_000));
    write(dir.path().join("INBOX.mbox/Messages/1.emlx"), made::emlx(&large, made::FLAGGED, 5));
    write(dir.path().join("INBOX.mbox/Messages/2.emlx"), format!("3\n{large}"));
    let store = only(&dir.path().join("INBOX.mbox"));
    let all = read(&store);
    assert!(all.bodies().iter().all(|(_, body)| body == large.as_bytes()));
    assert_eq!((store.messages, store.bytes, all.messages.len()), (2, 2 * large.len() as u64, 2));
    assert!(all.messages[0].1.flags.flagged && all.messages[0].1.body.in_memory().is_none());
}

#[test]
fn real_message_files_give_what_is_known_of_them() {
    let Some(corpus) = corpus() else { return };
    let emlx = corpus.join("emlx");
    let before = fingerprint(&emlx);
    let data = emlx.join("test/__testdata");
    let store = only(&data.join("input"));
    let all = read(&store);
    assert_eq!((all.messages.len(), all.unreadable.len(), store.messages, store.partial), (10, 0, 10, 2));
    let of = |number: &str| all.messages.iter().map(|(_, message)| message).find(|message| message.place.contains(number)).expect("there");
    assert!(bytes(of("114862")) == std::fs::read(data.join("expected_results/114862.eml")).expect("read"), "an original is its own bytes");
    for (number, is_partial, is_rebuilt) in [
        ("114862.", false, false),
        ("11507.", false, false),
        ("114892.", false, true),
        ("114893.", true, false),
        ("114894.", false, true),
        ("114895.", true, false),
        ("136153.", false, true),
        ("207046.", false, true),
        ("229417.", false, true),
        ("465622.", false, true),
    ] {
        let message = of(number);
        assert_eq!((message.partial, message.origin == Origin::Rebuilt), (is_partial, is_rebuilt), "{number}");
        assert!(message.store_date.is_some());
        let body = bytes(message);
        assert!(is_partial || memchr::memmem::find(&body, b"X-Apple-Content-Length").is_none(), "{number}");
        if !is_rebuilt {
            continue;
        }
        let digests = attachment_digests(&body).expect("parts");
        let files = fingerprint(&data.join("input/Attachments").join(number.trim_end_matches('.')));
        for (path, (digest, _)) in files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end != "txt")) {
            assert!(digests.contains(digest), "{} is in {number}", path.file_name().unwrap().to_string_lossy());
        }
    }
    // What another converter made of the same message has the same parts.
    let theirs = attachment_digests(&std::fs::read(data.join("expected_results/114892.eml")).expect("read")).expect("parts");
    assert_eq!(attachment_digests(&bytes(of("114892."))).expect("parts").len(), theirs.len());
    let loose = read(&recognise(&emlx).expect("a tree").remove(0));
    assert!(loose.messages.len() >= 13, "{}", loose.messages.len());
    assert!(before == fingerprint(&emlx), "reading changes nothing");
}
