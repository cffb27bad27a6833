//! Outlook's files: made ones of every format and encoding, real ones against readpst and libpff.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailferry::flow::Selection;
use mailferry::mail::{Origin, OtherKind, Sha256Digest, SpecialUse};
use mailferry::store::mapi::{MapiMessage, PropId};
use mailferry::store::pst::crypt::Crypt;
use mailferry::store::pst::header::Format;
use mailferry::store::pst::messaging::{Message, Store, inventory};
use mailferry::store::pst::{Effort, OnDisk};
use mailferry::store::{StoreInfo, StoreKind};

use crate::made_pst::{self, Content, MadeAttachment, MadeFolder, MadeMessage, MadePst, Manner, assortment};
use crate::oracle::{libpff, readpst, readpst_within};
use crate::peak::peak_kb;
use crate::support::{bytes, corpus, fingerprint, only, read, read_selection};

const FORMATS: [Format; 3] = [Format::Ansi, Format::Unicode, Format::Unicode4k];
const CRYPTS: [Crypt; 3] = [Crypt::None, Crypt::Permute, Crypt::Cyclic];

fn made(dir: &Path, pst: &MadePst, manner: Manner) -> PathBuf {
    let path = dir.join(format!("{:?}-{:?}.pst", manner.format, manner.crypt));
    made_pst::write(&path, pst, manner);
    path
}

pub fn open(path: &Path) -> Option<Arc<Store>> {
    let file = std::fs::File::open(path).expect("opened");
    let len = file.metadata().expect("metadata").len();
    Store::open(Box::new(OnDisk::new(file, len)), Effort::Salvage).ok().map(Arc::new)
}

/// Folder, messages.
fn folders(store: &StoreInfo) -> Vec<(String, u64)> {
    store.folder_list.iter().map(|folder| (folder.path.to_string(), folder.messages)).collect()
}

#[test]
fn made_files_read_the_same_in_every_format_and_encoding() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut bodies: BTreeMap<&str, Vec<(String, Sha256Digest)>> = BTreeMap::new();
    for format in FORMATS {
        for crypt in CRYPTS {
            let manner = Manner { format, crypt, deflate: format == Format::Unicode4k, password: 0x1234_5678 };
            let path = made(dir.path(), &assortment(), manner);
            let before = fingerprint(dir.path());
            let store = only(&path);
            assert!(store.readable && !store.estimated, "{format:?} {crypt:?}: {:?}", store.advice);
            let want = [("Deleted Items", 0), ("Inbox", 43), ("Inbox/Projects", 6), ("Sent Items", 11), ("Recovered/Sent Items", 1)];
            let mut found = folders(&store);
            found.sort();
            let mut want: Vec<(String, u64)> = want.map(|(path, messages)| (path.to_owned(), messages)).to_vec();
            want.sort();
            assert_eq!(found, want, "{format:?} {crypt:?}");
            assert_eq!((store.not_mail.contacts, store.not_mail.appointments, store.not_mail.tasks), (2, 1, 0));
            assert_eq!(store.years.values().map(|year| year.messages).sum::<u64>(), 61);

            let all = read(&store);
            assert!(all.unreadable.is_empty() && all.problems.is_empty(), "{format:?} {crypt:?}: {:?} {:?}", all.unreadable, all.problems);
            assert_eq!(all.messages.len(), 61);
            assert!(all.messages.iter().all(|(_, message)| message.origin == Origin::Rebuilt && message.store == store.id));
            assert_eq!(all.messages.iter().filter(|(_, message)| message.role == Some(SpecialUse::Inbox)).count(), 43);
            assert_eq!(all.others.iter().filter(|other| other.kind == OtherKind::Contact).count(), 2);
            assert_eq!(all.others.iter().filter(|other| other.kind == OtherKind::Appointment).count(), 1);
            assert_eq!(fingerprint(dir.path()), before, "nothing of the source was changed");
            let kind = if format.is_ansi() { "ansi" } else { "unicode" };
            let digests: Vec<(String, Sha256Digest)> = all.bodies().into_iter().map(|(path, bytes)| (path, Sha256Digest::of(&bytes))).collect();
            assert_eq!(bodies.entry(kind).or_insert_with(|| digests.clone()), &digests, "{format:?} {crypt:?}");
            std::fs::remove_file(&path).expect("removed");
        }
    }
}

#[test]
fn attachments_are_read_whole_and_messages_within_messages_to_the_innermost() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for format in FORMATS {
        let path = made(dir.path(), &assortment(), Manner { format, ..Manner::default() });
        let store = open(&path).expect("opened");
        let (mut lengths, mut deepest) = (Vec::new(), 0);
        for nid in inventory(&store).into_iter().flat_map(|filled| filled.messages) {
            let mut waiting: Vec<(Box<dyn MapiMessage>, usize)> = vec![(Box::new(Message::open(&store, nid).expect("opened")), 0)];
            while let Some((mut message, depth)) = waiting.pop() {
                deepest = deepest.max(depth);
                for at in 0..message.attachment_count() {
                    let mut attachment = message.attachment(at).expect("an attachment");
                    if let Some(embedded) = attachment.embedded() {
                        waiting.push((embedded.expect("a message"), depth + 1));
                        continue;
                    }
                    let mut data = Vec::new();
                    attachment.open_data().expect("data").read_to_end(&mut data).expect("read");
                    assert_eq!(data, made_pst::pattern(0, data.len()));
                    assert_eq!(attachment.properties().integer(PropId::ATTACH_SIZE), Some(data.len() as i64));
                    lengths.push(data.len());
                }
            }
        }
        lengths.sort_unstable();
        assert_eq!((lengths, deepest), (vec![100, 5000, 300_000], 5), "{format:?}");
    }
}

#[test]
fn ids_name_the_same_messages_in_every_run() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = only(&made(dir.path(), &assortment(), Manner::default()));
    let all = read(&store);
    assert!(all.messages.iter().enumerate().all(|(at, (id, _))| *id == at as u64));
    let some = read_selection(&store, Selection::Ids(vec![0, 7, 60, 3].into()));
    assert!(some.finished);
    let got: Vec<(u64, Vec<u8>)> = some.messages.iter().map(|(id, message)| (*id, bytes(message))).collect();
    let want: Vec<(u64, Vec<u8>)> = [0, 7, 60, 3].map(|id| (id, bytes(&all.messages[id as usize].1))).to_vec();
    assert!(got == want, "{:?}", got.iter().map(|(id, _)| id).collect::<Vec<_>>());
}

#[test]
fn a_large_folder_and_a_heap_of_many_blocks_are_read_in_full() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let make = |number: u32| MadeMessage {
        subject: format!("Number {number} of very many messages with a subject of some length, so that the table's heap has many blocks"),
        received: 1_500_000_000 + i64::from(number),
        ..MadeMessage::default()
    };
    let folder = MadeFolder { name: "Large".into(), class: "IPF.Note", fill: Some((3000, make)), ..MadeFolder::default() };
    for format in FORMATS {
        let path = made(dir.path(), &MadePst { folders: vec![folder.clone()], unlisted: Vec::new() }, Manner { format, ..Manner::default() });
        let store = only(&path);
        assert_eq!((store.messages, store.estimated), (3000, false), "{format:?}");
        assert_eq!(store.years.values().map(|year| year.messages).sum::<u64>(), 3000);
        let opened = open(&path).expect("opened");
        let subjects: std::collections::BTreeSet<String> = inventory(&opened)
            .into_iter()
            .flat_map(|filled| filled.messages)
            .map(|nid| Message::open(&opened, nid).expect("opened").property_map().text(PropId::SUBJECT, Default::default()).expect("a subject"))
            .collect();
        assert_eq!(subjects.len(), 3000, "{format:?}");
        assert_eq!(opened.ndb().notes().count, 0, "{:?}", opened.ndb().notes());
    }
}

/// File, items of ours, attachments, and why readpst or libpff has another number. Items are all nodes that are messages, mail or not.
const CORPUS: &[(&str, u64, u64, &str)] = &[
    ("190d4ae8", 0, 0, "readpst and libpff refuse the file: a page of its index has a wrong checksum"),
    ("1b206a2e", 1, 0, ""),
    ("1ef470d5", 17, 34, "readpst leaves out the free-and-busy item"),
    ("23af6949", 61, 43, "libpff fails at 12 contacts without subnodes; why readpst writes two items fewer is not known"),
    ("24c5e6bb", 4, 0, ""),
    ("5ff8bc13", 92, 39, ""),
    ("aa773e99", 294, 0, ""),
    ("c16ae985", 0, 0, ""),
    ("c38cac8d", 18, 17, ""),
    ("c86841da", 4, 2, "readpst leaves out the free-and-busy item and the distribution list"),
    ("e1085e21", 3, 0, "readpst leaves out the free-and-busy item and the distribution list"),
    ("f2a6b1d2", 7, 1, ""),
    ("npm_enron", 71, 70, ""),
    ("npm_pstextractortest", 183, 34, ""),
];

/// Items that can be opened, and their attachments that can be opened.
pub fn ours(path: &Path) -> (u64, u64, u64) {
    let Some(store) = open(path) else { return (0, 0, 0) };
    let (mut items, mut attachments, mut failed) = (0, 0, 0);
    for nid in inventory(&store).into_iter().flat_map(|filled| filled.messages) {
        let Ok(mut message) = Message::open(&store, nid) else {
            failed += 1;
            continue;
        };
        items += 1;
        for at in 0..message.attachment_count() {
            match message.attachment(at) {
                Ok(_) => attachments += 1,
                Err(_) => failed += 1,
            }
        }
    }
    (items, attachments, failed)
}

#[test]
fn real_files_hold_what_readpst_and_libpff_find_in_them() {
    let Some(corpus) = corpus() else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(corpus.join("pst")).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let by_libpff = libpff(&paths);
    println!("file                          ours: items attachments | readpst -D: items | libpff: items attachments");
    for (at, path) in paths.iter().enumerate() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some((_, items, attachments, why)) = CORPUS.iter().find(|(known, ..)| name.starts_with(known)) else {
            println!("{name} is not in the table: {:?}", ours(path));
            continue;
        };
        let (read, pff) = (readpst(path), by_libpff.as_ref().and_then(|all| all.get(at)).copied());
        println!("{name:.28} {items:>12} {attachments:>11} | {read:?} | {pff:?} {why}");
        assert_eq!(ours(path), (*items, *attachments, 0), "{name}");
        if let Some(read) = read {
            assert!(read <= *items && (read == *items || !why.is_empty()), "{name}: readpst has {read}, ours are {items}: {why}");
        }
        if let Some((pff_items, pff_attachments)) = pff {
            assert!(pff_items <= *items && pff_attachments <= *attachments, "{name}: libpff has {pff_items} and {pff_attachments}");
            assert!((pff_items, pff_attachments) == (*items, *attachments) || !why.is_empty(), "{name}: libpff has {pff_items}: {why}");
        }
    }
}

#[test]
fn real_files_are_read_to_the_end_and_ten_runs_give_one_digest() {
    let Some(corpus) = corpus() else { return };
    for entry in std::fs::read_dir(corpus.join("pst")).expect("listed") {
        let path = entry.expect("an entry").path();
        let store = only(&path);
        assert!(matches!(store.kind, StoreKind::OutlookPst | StoreKind::OutlookOst), "{}", path.display());
        let runs = if store.bytes < 3_000_000 { 10 } else { 3 };
        let mut digests = std::collections::BTreeSet::new();
        for _ in 0..runs {
            let all = read(&store);
            assert!(all.unreadable.is_empty(), "{}: {:?}", path.display(), all.unreadable);
            assert_eq!(all.messages.len() as u64, store.messages, "{}", path.display());
            let mut digest = mailferry::mail::digest::Hasher::default();
            for (id, message) in &all.messages {
                digest.update(format!("{id} {} {:?} {} {:?}\n", message.mailbox, message.role, message.place, message.flags).as_bytes());
                digest.update(&bytes(message));
            }
            for other in &all.others {
                digest.update(&other.bytes);
            }
            digests.insert(digest.finish());
        }
        assert_eq!(digests.len(), 1, "{}", path.display());
    }
}

/// A file of more than 4 GB, read in full with memory that stays flat: `MAILFERRY_LARGE_PST=1`, and 12 GB of room in the temporary folder.
#[test]
fn a_file_beyond_four_gigabytes_is_read_in_bounded_memory() {
    if std::env::var_os("MAILFERRY_LARGE_PST").is_none() {
        println!("MAILFERRY_LARGE_PST is not set; nothing was tried");
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let make = |number: u32| MadeMessage {
        subject: format!("Large {number}"),
        received: 1_500_000_000,
        attachments: vec![MadeAttachment { name: "large.bin".into(), content: Content::Pattern(43_000_000) }],
        ..MadeMessage::default()
    };
    let folder = MadeFolder { name: "Large".into(), class: "IPF.Note", fill: Some((102, make)), ..MadeFolder::default() };
    let path = made(dir.path(), &MadePst { folders: vec![folder], unlisted: Vec::new() }, Manner { crypt: Crypt::None, ..Manner::default() });
    let len = std::fs::metadata(&path).expect("metadata").len();
    assert!(len > 4 << 30, "{len}");
    let store = only(&path);
    assert_eq!(store.messages, 102);
    let opened = open(&path).expect("opened");
    let mut read = 0;
    for nid in inventory(&opened).into_iter().flat_map(|filled| filled.messages) {
        let mut message = Message::open(&opened, nid).expect("opened");
        let mut attachment = message.attachment(0).expect("an attachment");
        let (mut data, mut buffer, mut at) = (attachment.open_data().expect("data"), vec![0; 1 << 20], 0_u64);
        loop {
            let got = data.read(&mut buffer).expect("read");
            if got == 0 {
                break;
            }
            assert!(buffer[..got] == made_pst::pattern(at, got), "at byte {at}");
            at += got as u64;
        }
        assert_eq!(at, 43_000_000);
        read += at;
    }
    let peak = peak_kb(std::process::id());
    println!("{len} bytes, {read} of attachments read, peak {peak:?} kB");
    let (by_readpst, by_libpff) = (readpst_within(&path, 900), libpff(std::slice::from_ref(&path)));
    println!("readpst {by_readpst:?}, libpff {by_libpff:?}");
    assert!(by_readpst.is_none_or(|items| items == 102) && by_libpff.is_none_or(|found| found[0] == (102, 102)));
    // This binary runs other tests beside this one.
    assert!(peak.is_none_or(|peak| peak < 300_000), "{peak:?} kB");
}
