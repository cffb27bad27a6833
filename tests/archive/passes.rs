//! Writing, resuming, adding.

use std::collections::BTreeSet;

use mailferry::archive::{Archive, Secret, Writer, WriterOptions};
use mailferry::flow::Selection;
use mailferry::mail::{Flags, MailboxPath, Other, OtherKind, Unreadable};
use mailferry::run::Code;
use proptest::prelude::*;

use crate::made_mail::*;

fn ids_are_unique(archive: &Archive) -> usize {
    let read = read(archive, Selection::All);
    let ids: BTreeSet<u64> = read.iter().map(|item| item.as_ref().unwrap().0).collect();
    assert_eq!(ids.len(), read.len());
    ids.len()
}

#[test]
fn what_goes_in_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let made: Vec<_> = (0..2_300).map(|n| message(n, ["Inbox", "Sent", "A/B/C"][n as usize % 3], 300)).collect();
    let summary = back_up(dir.path(), options(), made.clone()).unwrap();
    let deleted = made.iter().filter(|message| message.deleted).count() as u64;
    assert_eq!((summary.written, summary.known, summary.deleted), (2_300 - deleted, 0, deleted));
    assert!(summary.verified);
    assert_eq!(names(dir.path()), ["README.txt", "SHA256SUMS", "index.json", "name@example.org-001.zip"]);
    let archive = Archive::open(dir.path(), None).unwrap();
    let out: Vec<_> = read(&archive, Selection::All).into_iter().map(|item| facts(&item.unwrap().1)).collect();
    assert_eq!(out, made.iter().map(facts).collect::<Vec<_>>());
    assert_eq!(archive.counts().messages, 2_300 - deleted);
    let some: Vec<u64> = vec![2_000, 5, 700, 5];
    let picked: Vec<u64> = read(&archive, Selection::Ids(some.clone().into())).into_iter().map(|item| item.unwrap().0).collect();
    assert_eq!(picked, some);
    let described = archive.describe(2_000).unwrap();
    assert_eq!((described.subject.as_deref(), described.from.as_deref()), (Some("Mail number 1999"), Some("sender1999@example.org")));
    assert_eq!(archive.record(2_000).unwrap().internal_date.to_string(), "2020-09-01T10:33:19+02:00");
    let inventory = archive.inventory("name@example.ORG").unwrap();
    assert!(inventory.mailboxes.iter().all(|mailbox| mailbox.own_account));
    assert_eq!(inventory.mailboxes.iter().map(|mailbox| mailbox.messages.len() as u64).sum::<u64>(), 2_300 - deleted);
    assert!(archive.check(&run()).unwrap().whole);
}

#[test]
fn volumes_stay_within_their_bounds_and_each_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let options = WriterOptions { volume_bytes: 60_000, volume_entries: 20, ..options() };
    let mut made: Vec<_> = (0..100).map(|n| message(n, "Inbox", 1_000)).collect();
    made.push(message(100, "Inbox", 200_000)); // larger than a volume: alone
    let summary = back_up(dir.path(), options, made).unwrap();
    assert!(summary.volumes.len() > 5, "{:?}", summary.volumes);
    let archive = Archive::open(dir.path(), None).unwrap();
    for volume in &archive.index().volumes {
        assert!(volume.entries <= 20 && (volume.bytes <= 60_000 || volume.messages == 1), "{volume:?}");
    }
    assert_eq!(ids_are_unique(&archive), 101);
}

#[test]
fn a_second_pass_adds_only_what_is_new() {
    let dir = tempfile::tempdir().unwrap();
    back_up(dir.path(), options(), (0..50).map(|n| message(n, "Inbox", 100))).unwrap();
    let before = names(dir.path());
    let again = back_up(dir.path(), options(), (0..50).map(|n| message(n, "Inbox", 100))).unwrap();
    assert_eq!((again.written, again.known + again.deleted), (0, 50));
    assert_eq!(names(dir.path()), before, "nothing new, no new volume");
    let third = back_up(dir.path(), options(), (0..53).map(|n| message(n, "Inbox", 100))).unwrap();
    assert_eq!((third.written + third.deleted, third.new_volumes.len()), (2 + 4, 1), "{third:?}");
    assert_eq!(ids_are_unique(&Archive::open(dir.path(), None).unwrap()), 53);
}

#[test]
fn a_thousand_equal_messages_stay_a_thousand_and_a_date_that_nothing_told_makes_none_new() {
    let dir = tempfile::tempdir().unwrap();
    let equal = || {
        (0..1_000).map(|_| {
            let mut message = message(1, "Inbox", 10);
            message.body = b"Subject: no date at all\r\n\r\n".to_vec().into();
            message
        })
    };
    back_up(dir.path(), options(), equal()).unwrap();
    let later = WriterOptions { now_unix: NOW + 100_000, ..options() };
    let again = back_up(dir.path(), later, equal()).unwrap();
    assert_eq!((again.written, again.known), (0, 1_000));
    assert_eq!(Archive::open(dir.path(), None).unwrap().inventory("").unwrap().mailboxes[0].messages.len(), 1_000);
}

#[test]
fn a_message_that_was_read_since_replaces_its_record_and_does_not_become_two() {
    let dir = tempfile::tempdir().unwrap();
    let with = |bits: &[u8]| {
        bits.iter()
            .map(|bits| {
                let mut message = message(1, "Inbox", 10);
                message.flags = Flags::from_bits(*bits);
                message
            })
            .collect::<Vec<_>>()
    };
    let bits = || -> Vec<u8> {
        let archive = Archive::open(dir.path(), None).unwrap();
        let mut bits: Vec<u8> = archive.inventory("").unwrap().mailboxes[0].messages.iter().map(|message| message.flags.bits()).collect();
        bits.sort_unstable();
        assert_eq!(archive.counts().messages, bits.len() as u64);
        bits
    };
    back_up(dir.path(), options(), with(&[0, 0, 0])).unwrap();
    assert_eq!(bits(), [0, 0, 0]);
    assert_eq!(back_up(dir.path(), options(), with(&[0, 1, 0])).unwrap().superseded, 1);
    assert_eq!(bits(), [0, 0, 1]);
    // Interrupted after the volume with the new record was finished: the next whole pass settles it.
    let small = WriterOptions { volume_entries: 6, ..options() };
    let mut writer = Writer::open(dir.path(), small.clone(), &run()).unwrap();
    for message in with(&[3, 7, 15, 4, 4, 4]) {
        writer.push(Box::new(message), None).unwrap();
    }
    drop(writer);
    let summary = back_up(dir.path(), options(), with(&[3, 7, 15])).unwrap();
    assert_eq!(bits(), [3, 7, 15], "{summary:?}");
    assert_eq!(back_up(dir.path(), options(), with(&[3, 7, 15])).unwrap().new_volumes.len(), 0);
    // Fewer than before: what the person deleted stays in the safe copy.
    back_up(dir.path(), options(), with(&[3])).unwrap();
    assert_eq!(bits(), [3, 7, 15]);
}

#[test]
fn dropping_at_any_message_and_resuming_gives_every_message_once() {
    for stop in [0, 1, 7, 19, 20, 21, 40, 59] {
        let dir = tempfile::tempdir().unwrap();
        let small = WriterOptions { volume_entries: 16, ..options() };
        drop(fill(Writer::open(dir.path(), small.clone(), &run()).unwrap(), (0..stop).map(|n| message(n, "Inbox", 50))).unwrap());
        let summary = back_up(dir.path(), small, (0..60).map(|n| message(n, "Inbox", 50))).unwrap();
        assert!(names(dir.path()).iter().all(|name| !name.ends_with(".part")));
        assert_eq!(summary.lost_volumes, Vec::<String>::new());
        let archive = Archive::open(dir.path(), None).unwrap();
        assert_eq!(ids_are_unique(&archive), 60);
        assert!(archive.check(&run()).unwrap().whole);
    }
}

#[test]
fn a_lost_or_stale_index_is_made_again_from_the_volumes() {
    let dir = tempfile::tempdir().unwrap();
    let small = WriterOptions { volume_entries: 16, ..options() };
    back_up(dir.path(), small.clone(), (0..40).map(|n| message(n, "Inbox", 50))).unwrap();
    let index = std::fs::read(dir.path().join("index.json")).unwrap();
    for broken in [None, Some(&b"{}"[..]), Some(b"no json"), Some(&index[..200])] {
        match broken {
            None => std::fs::remove_file(dir.path().join("index.json")).unwrap(),
            Some(bytes) => std::fs::write(dir.path().join("index.json"), bytes).unwrap(),
        }
        let summary = back_up(dir.path(), small.clone(), (0..40).map(|n| message(n, "Inbox", 50))).unwrap();
        assert_eq!((summary.written, summary.lost_volumes.len()), (0, 0));
        assert_eq!(std::fs::read(dir.path().join("index.json")).unwrap(), index);
    }
}

#[test]
fn a_missing_or_damaged_volume_is_named_and_its_messages_are_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let small = WriterOptions { volume_entries: 16, ..options() };
    let first = back_up(dir.path(), small.clone(), (0..40).map(|n| message(n, "Inbox", 50))).unwrap();
    std::fs::remove_file(dir.path().join(&first.volumes[1])).unwrap();
    let other = dir.path().join(&first.volumes[2]);
    let bytes = std::fs::read(&other).unwrap();
    std::fs::write(&other, &bytes[..bytes.len() - 1]).unwrap();
    let problem = Archive::open(dir.path(), None).unwrap_err();
    assert_eq!(problem.code, Code::ArchiveDamaged);
    let summary = back_up(dir.path(), small, (0..40).map(|n| message(n, "Inbox", 50))).unwrap();
    assert_eq!(summary.lost_volumes, first.volumes[1..3]);
    assert!(!summary.volumes.contains(&first.volumes[1]), "a number is never given twice");
    assert!(names(dir.path()).contains(&format!("{}.damaged", first.volumes[2])));
    let archive = Archive::open(dir.path(), None).unwrap();
    assert_eq!(ids_are_unique(&archive), 40);
    assert!(archive.check(&run()).unwrap().whole);
}

#[test]
fn unreadable_messages_are_told_once_with_what_remains_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let unreadable = Unreadable {
        store: "tb:1".into(),
        mailbox: MailboxPath::from("Inbox"),
        place: "77".into(),
        reason: "cut off".into(),
        remains: b"Subject: half".to_vec(),
    };
    for _ in 0..2 {
        let mut writer = fill(Writer::open(dir.path(), options(), &run()).unwrap(), [message(1, "Inbox", 10)]).unwrap();
        writer.push_unreadable(unreadable.clone()).unwrap();
        assert_eq!(writer.finish().unwrap().unreadable, 1);
    }
    let archive = Archive::open(dir.path(), None).unwrap();
    assert_eq!(archive.unreadable(), [Unreadable { remains: Vec::new(), ..unreadable }]);
    assert_eq!((archive.counts().messages, archive.counts().unreadable), (1, 1));
}

#[test]
fn an_encrypted_safe_copy_needs_its_passphrase_and_names_tell_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let secret = |text: &str| Some(Secret::new(text.into()));
    let with = WriterOptions { passphrase: secret("a long pass-phrase"), ..options() };
    let made: Vec<_> = (0..30).map(|n| message(n, "Secret folder", 500)).collect();
    back_up(dir.path(), with.clone(), made.clone()).unwrap();
    let bytes = std::fs::read(dir.path().join("name@example.org-001.zip")).unwrap();
    for word in ["Secret", "number", "sender", "Thunderbird"] {
        assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word}");
    }
    for wrong in [None, secret("another")] {
        assert_eq!(Archive::open(dir.path(), wrong.clone()).unwrap_err().code, Code::ArchivePassphrase);
        let problem = Writer::open(dir.path(), WriterOptions { passphrase: wrong, ..options() }, &run()).unwrap_err();
        assert_eq!(problem.code, Code::ArchivePassphrase);
    }
    assert_eq!(back_up(dir.path(), with.clone(), made.clone()).unwrap().written, 0);
    let archive = Archive::open(dir.path(), with.passphrase).unwrap();
    let out: Vec<_> = read(&archive, Selection::All).into_iter().map(|item| facts(&item.unwrap().1)).collect();
    assert_eq!(out, made.iter().map(facts).collect::<Vec<_>>());
}

#[test]
fn a_message_over_25_mb_passes_through_files_plain_and_encrypted() {
    use std::io::Write as _;
    let mut body = mailferry::mail::BodyWriter::new(&std::env::temp_dir());
    for n in 0..27 {
        body.write_all(&noise(n, 500_000)).unwrap();
        body.write_all(&[b'\n'; 500_000]).unwrap();
    }
    let mut large = message(1, "Inbox", 0);
    large.body = body.finish().unwrap();
    for passphrase in [None, Some(Secret::new("x".into()))] {
        let dir = tempfile::tempdir().unwrap();
        back_up(dir.path(), WriterOptions { passphrase: passphrase.clone(), ..options() }, [large.clone()]).unwrap();
        let archive = Archive::open(dir.path(), passphrase).unwrap();
        let out = read(&archive, Selection::All).remove(0).unwrap().1;
        let digest = |body| mailferry::mail::wire::measure(body, Default::default()).unwrap().sha256;
        assert_eq!((out.body.len(), digest(&out.body)), (27_000_000, digest(&large.body)));
        assert!(out.body.in_memory().is_none());
    }
}

#[test]
fn there_is_no_safe_copy_where_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_path_buf(), dir.path().join("nowhere")] {
        assert_eq!(Archive::open(&path, None).unwrap_err().code, Code::ArchiveMissing);
    }
    std::fs::write(dir.path().join("index.json"), br#"{"format":1,"volumes":[{"file":"../../etc/passwd","bytes":1}]}"#).unwrap();
    assert_eq!(Archive::open(dir.path(), None).unwrap_err().code, Code::ArchiveMissing);
    back_up(dir.path(), options(), []).unwrap();
    assert_eq!(Archive::open(dir.path(), None).unwrap().counts().messages, 0, "nothing found is a finding");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn any_passes_with_any_interruptions_hold_the_last_pass_and_never_double(
        passes in prop::collection::vec((prop::collection::vec((0u64..6, 0u8..3), 0..12), 0usize..14), 1..5),
        last in prop::collection::vec((0u64..6, 0u8..3), 0..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let small = WriterOptions { volume_entries: 7, ..options() };
        let make = |list: &[(u64, u8)]| list.iter().map(|(n, bits)| {
            let mut message = message(*n, "Inbox", 5);
            message.deleted = false;
            message.flags = Flags::from_bits(*bits);
            message
        }).collect::<Vec<_>>();
        for (list, stop) in &passes {
            let list = make(list);
            let stopped = *stop < list.len();
            let writer = fill(Writer::open(dir.path(), small.clone(), &run()).unwrap(), list[..(*stop).min(list.len())].to_vec()).unwrap();
            if stopped { drop(writer) } else { writer.finish().unwrap(); }
        }
        back_up(dir.path(), small, make(&last)).unwrap();
        let archive = Archive::open(dir.path(), None).unwrap();
        let held: Vec<_> = archive.inventory("").unwrap().mailboxes.into_iter().flat_map(|mailbox| mailbox.messages).collect();
        // Every message of the last pass is there with its flags, as often as it was found.
        let mut left: Vec<(u64, u8)> = held.iter().map(|near| (archive.record(near.id).unwrap().place.parse().unwrap(), near.flags.bits())).collect();
        for wanted in &last {
            let at = left.iter().position(|have| have == wanted);
            prop_assert!(at.is_some(), "{:?} is missing", wanted);
            left.remove(at.unwrap());
        }
        // And no message more often than any one pass found it.
        for n in 0..6 {
            let found = passes.iter().map(|(list, _)| list).chain([&last]).map(|list| list.iter().filter(|(m, _)| *m == n).count()).max().unwrap();
            let have = held.iter().filter(|near| archive.record(near.id).unwrap().place == n.to_string()).count();
            prop_assert!(have <= found, "message {} is there {} times, found {} times at most", n, have, found);
        }
    }
}

fn other(name: &str, bytes: &[u8]) -> Other {
    Other {
        store: "tb:1".into(),
        mailbox: MailboxPath::from("Contacts/Old: ones"),
        place: "9".into(),
        kind: OtherKind::Contact,
        name: name.into(),
        extension: "vcf".into(),
        bytes: bytes.to_vec().into(),
    }
}

#[test]
fn what_is_no_mail_is_kept_apart_once_and_counts_as_no_message() {
    let dir = tempfile::tempdir().unwrap();
    let pass = |others: &[Other], messages: u64| {
        let mut writer = fill(Writer::open(dir.path(), options(), &run()).unwrap(), (0..messages).map(|n| message(n, "Inbox", 100))).unwrap();
        for other in others {
            writer.push_other(other.clone()).unwrap();
        }
        writer.finish().unwrap()
    };
    let jo = other("Jo/../..\\Doe", b"BEGIN:VCARD\r\n");
    let first = pass(&[jo.clone(), other("", b"two"), jo.clone()], 3);
    assert_eq!((first.written, first.others), (3, 3));
    let archive = Archive::open(dir.path(), None).unwrap();
    assert_eq!(archive.counts().messages, 3);
    assert_eq!(read(&archive, Selection::All).len(), 3, "a source gives messages only");
    assert!(archive.check(&run()).unwrap().whole);
    let volume = std::fs::read(dir.path().join("name@example.org-001.zip")).unwrap();
    let has = |name: &str| memchr::memmem::find(&volume, name.as_bytes()).is_some();
    for name in
        ["other/name@example.org/Contacts/Old_ ones/000004-Jo_.._.._Doe.vcf", "other/name@example.org/Contacts/Old_ ones/000005.vcf", "000006-Jo_.._.._Doe.vcf"]
    {
        assert!(has(name), "{name}");
    }
    let again = pass(&[jo.clone(), other("", b"two"), jo.clone()], 3);
    assert_eq!((again.others, again.new_volumes.len()), (3, 0), "all known: nothing new is written");
    let third = pass(&[jo.clone(), jo.clone(), jo, other("new", b"new")], 3);
    assert_eq!(third.new_volumes.len(), 1);
    assert!(Archive::open(dir.path(), None).unwrap().check(&run()).unwrap().whole);
    let to = tempfile::tempdir().unwrap();
    let extracted = Archive::open(dir.path(), None).unwrap().extract(to.path(), mailferry::archive::ExtractAs::Eml, &run()).unwrap();
    assert_eq!((extracted.messages, extracted.others, extracted.failed_others.len()), (3, 5, 0), "{extracted:?}");
    let contacts = to.path().join("other/name@example.org/Contacts/Old_ ones");
    assert_eq!(names(&contacts).len(), 5);
    assert_eq!(std::fs::read(contacts.join("000005.vcf")).unwrap(), b"two");
}

#[test]
fn what_is_no_mail_gets_its_name_back_from_an_encrypted_safe_copy() {
    let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let secret = || Some(Secret::new("a pass-phrase".into()));
    let mut writer = fill(Writer::open(dir.path(), WriterOptions { passphrase: secret(), ..options() }, &run()).unwrap(), [message(1, "Inbox", 100)]).unwrap();
    writer.push_other(other("Jo Doe", b"BEGIN:VCARD\r\n")).unwrap();
    writer.push_other(Other { kind: OtherKind::Attachment, extension: "pdf".into(), ..other("paper.pdf", b"%PDF") }).unwrap();
    writer.finish().unwrap();
    let extracted = Archive::open(dir.path(), secret()).unwrap().extract(to.path(), mailferry::archive::ExtractAs::Eml, &run()).unwrap();
    assert_eq!((extracted.messages, extracted.others, extracted.failed_others.len()), (1, 2, 0), "{extracted:?}");
    assert_eq!(names(&to.path().join("other/name@example.org/Contacts/Old_ ones")), ["000001-Jo Doe.vcf", "000002-paper.pdf"]);
}
