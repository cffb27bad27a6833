//! Outlook for Mac's archives: a made one, a real one, hostile ones.

use std::collections::BTreeSet;
use std::io::Read;

use mailferry::mail::part::attachment_digests;
use mailferry::mail::{Origin, Sha256Digest, SpecialUse};
use mailferry::store::StoreKind;

use crate::made_olm::{self as made, message};
use crate::support::{bytes, corpus, fingerprint, only, read, read_selection};

#[test]
fn an_archive_of_outlook_for_mac_becomes_mail_with_folders_flags_and_attachments() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("Archive.olm");
    made::make(&path);
    let before = fingerprint(dir.path());
    let store = only(&path);
    assert_eq!((store.kind, store.program.as_str(), store.messages, store.folders), (StoreKind::OutlookOlm, "Outlook for Mac", 5, 3));
    assert_eq!((store.not_mail.contacts, store.not_mail.appointments), (2, 1));
    assert_eq!(store.years.keys().copied().collect::<Vec<_>>(), [2018]);
    let folders: Vec<_> = store.folder_list.iter().map(|folder| (folder.path.to_string(), folder.role, folder.messages)).collect();
    assert_eq!(
        folders,
        [("Inbox".to_owned(), Some(SpecialUse::Inbox), 3), ("Inbox/Sub".to_owned(), None, 1), ("Drafts".to_owned(), Some(SpecialUse::Drafts), 1)]
    );
    let all = read(&store);
    assert_eq!((all.messages.len(), all.unreadable.len(), all.problems.len(), all.others.len()), (4, 1, 1, 3));
    assert!(all.unreadable[0].place.ends_with("message_00002.xml") && all.problems[0].what.contains("gone.pdf"), "{:?} {:?}", all.unreadable, all.problems);
    assert_eq!(all.others.iter().map(|other| other.name.as_str()).collect::<Vec<_>>(), ["Ann", "", "Lunch"]);
    let told: Vec<_> = all
        .messages
        .iter()
        .map(|(_, message)| (message.flags.names().collect::<Vec<_>>().join(" "), message.store_date.map(|date| date.unix()), message.origin))
        .collect();
    let received = Some(1_539_470_400);
    assert_eq!(
        told,
        [
            ("\\Seen".to_owned(), received, Origin::Rebuilt),
            ("\\Flagged".to_owned(), received, Origin::Rebuilt),
            ("\\Flagged".to_owned(), received, Origin::Rebuilt),
            ("\\Seen \\Draft".to_owned(), received, Origin::Rebuilt),
        ]
    );
    let first = bytes(&all.messages[0].1);
    let text = String::from_utf8(first.clone()).expect("ASCII");
    for line in [
        "From: \"Bob & Co\" <bob@a.example>",
        "To: Ann <ann@example.com>",
        "Subject: one",
        "Date: Sat, 13 Oct 2018 22:39:35 +0000",
        "Message-ID: <one@a.example>",
    ] {
        assert!(text.lines().any(|own| own == line) || line.starts_with("From") && text.contains("bob@a.example"), "{line}: {text}");
    }
    assert_eq!(text.matches("Content-Type: text/").count(), 1, "the HTML stands there once: {text}");
    let want: BTreeSet<Sha256Digest> = [Sha256Digest::of(made::PICTURE), Sha256Digest::of(&made::REPORT)].into();
    let got: BTreeSet<Sha256Digest> = attachment_digests(&first).expect("parts").into_iter().collect();
    assert!(want.is_subset(&got), "{text}");
    assert!(read(&store).bodies() == all.bodies(), "the same bytes every time");
    let some = read_selection(&store, mailferry::flow::Selection::Ids(vec![3, 1].into()));
    assert_eq!(some.messages.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [3, 1]);
    assert!(bytes(&some.messages[0].1) == bytes(&all.messages[3].1));
    assert!(before == fingerprint(dir.path()), "reading changes nothing");
}

#[test]
fn hostile_archives_give_what_can_be_read_and_nothing_outside() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("hostile.olm");
    let sound = message("sound", "", &[]);
    let many = message("many", "", &[("a.bin", "x/y", "", "missing")])
        .replace("</OPFMessageCopyAttachmentList>", &format!("{}</OPFMessageCopyAttachmentList>", "<messageAttachment/>".repeat(30_000)));
    let bomb = vec![b' '; 70_000_000];
    made::archive(
        &path,
        &[
            ("Local/com.microsoft.__Messages/../../../evil/message_1.xml", sound.as_bytes()),
            ("Local/com.microsoft.__Messages/In/message_2.xml", &bomb),
            ("Local/com.microsoft.__Messages/In/message_3.xml", many.as_bytes()),
            ("Local/com.microsoft.__Messages/In/message_4.xml", b"\xFF\xFE no XML"),
        ],
    );
    let all = read(&only(&path));
    assert_eq!((all.messages.len(), all.unreadable.len()), (2, 2), "{:?}", all.unreadable);
    assert!(all.unreadable.iter().any(|one| one.reason.contains("unpacks to more")), "{:?}", all.unreadable);
    let whole = std::fs::read(&path).expect("read");
    for cut in [0, 10, whole.len() / 2, whole.len() - 5] {
        std::fs::write(&path, &whole[..cut]).expect("written");
        if let Ok(stores) = mailferry::store::discover::recognise(&path) {
            for store in stores.iter().filter(|store| store.kind == StoreKind::OutlookOlm) {
                let all = read(store);
                assert_eq!((all.messages.len(), all.problems.len()), (0, 1));
            }
        }
    }
}

#[test]
fn a_real_archive_gives_every_message_and_every_attachment() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("olm/SampleOLM.olm");
    let before = fingerprint(path.parent().expect("a folder"));
    let store = only(&path);
    assert_eq!((store.messages, store.not_mail.contacts), (22, 3));
    let all = read(&store);
    assert_eq!((all.messages.len(), all.unreadable.len(), all.others.len()), (22, 0, 3));
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).expect("opened")).expect("a zip");
    let mut wanted = Vec::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("an entry");
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        if file.is_file() && name.contains("com.microsoft.__Messages") && name.contains("com.microsoft.__Attachments/") {
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("read");
            wanted.push(Sha256Digest::of(&content));
        }
    }
    let found: BTreeSet<Sha256Digest> = all.messages.iter().flat_map(|(_, message)| attachment_digests(&bytes(message)).expect("parts")).collect();
    let missing = wanted.iter().filter(|digest| !found.contains(digest)).count();
    assert_eq!((wanted.len() >= 38, missing, all.problems.len()), (true, 0, 0), "{} attachments", wanted.len());
    assert!(read(&store).bodies() == all.bodies(), "the same bytes every time");
    assert!(before == fingerprint(path.parent().expect("a folder")), "reading changes nothing");
}
