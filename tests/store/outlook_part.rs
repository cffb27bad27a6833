//! Outlook's files in part: special folders by their ids, address books, attachments of which a block is lost.

use std::path::Path;

use mail_parser::{MessageParser, MimeHeaders};
use mailferry::mail::{OtherKind, SpecialUse};
use mailferry::store::pst::crypt::Crypt;
use mailferry::store::pst::header::Format;

use crate::made_pst::{self, Content, MadeAttachment, MadeFolder, MadeMessage, MadePst, Manner, folder_entry};
use crate::support::{bytes, only, read};

fn letter() -> MadeMessage {
    MadeMessage { subject: "x".into(), body: "x".into(), received: 1_500_000_000, ..MadeMessage::default() }
}

fn folder(name: &str) -> MadeFolder {
    MadeFolder { name: name.into(), class: "IPF.Note", messages: vec![letter()], ..MadeFolder::default() }
}

/// A list of binaries of which only the fifth says something.
fn fifth(entry: &[u8]) -> Vec<u8> {
    let mut list = 5_u32.to_le_bytes().to_vec();
    list.extend([24_u32; 5].iter().flat_map(|at| at.to_le_bytes()));
    list.extend_from_slice(entry);
    list
}

fn roles(path: &Path) -> Vec<(String, Option<SpecialUse>)> {
    let mut roles: Vec<_> = read(&only(path)).messages.into_iter().map(|(_, message)| (message.mailbox.to_string(), message.role)).collect();
    roles.sort_by(|a, b| a.0.cmp(&b.0));
    roles
}

#[test]
fn special_folders_are_known_by_their_ids_whatever_they_are_called() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let german = |drafts: Vec<u8>, junk: Vec<u8>, ids: [Option<u64>; 2]| {
        let counted = |name: &str, id: Option<u64>| {
            // The replica, then the counter with its highest byte first.
            let id = id.map(|id| (0x67F4, 0x0014, [&[1, 0][..], &id.to_be_bytes()[2..]].concat()));
            MadeFolder { more: id.into_iter().collect(), ..folder(name) }
        };
        MadePst {
            folders: vec![
                MadeFolder { more: vec![(0x36D0, 0x0102, folder_entry(9)), (0x36D7, 0x0102, drafts), (0x36D8, 0x1102, fifth(&junk))], ..folder("Posteingang") },
                MadeFolder { named_by: 0x35E4, ..folder("Gesendete Elemente") },
                MadeFolder { named_by: 0x35E2, ..folder("Postausgang") },
                counted("Entwürfe", ids[0]),
                counted("Junk-E-Mail", ids[1]),
                // A person's own, and no draft.
                folder("Drafts"),
            ],
            unlisted: Vec::new(),
        }
    };
    let by_server = |counter: u64| [&[0; 4][..], b"one of the store", &[1, 0], b"one of a replica", &counter.to_be_bytes()[2..], &[0; 2]].concat();
    let want = [
        ("Drafts", None),
        ("Entwürfe", Some(SpecialUse::Drafts)),
        ("Gesendete Elemente", Some(SpecialUse::Sent)),
        ("Junk-E-Mail", Some(SpecialUse::Junk)),
        ("Postausgang", Some(SpecialUse::Outbox)),
        ("Posteingang", Some(SpecialUse::Inbox)),
    ];
    let want: Vec<(String, Option<SpecialUse>)> = want.map(|(name, role)| (name.to_owned(), role)).to_vec();
    for format in [Format::Ansi, Format::Unicode, Format::Unicode4k] {
        let path = dir.path().join("german.pst");
        for pst in
            [german(folder_entry(3), folder_entry(4), [None; 2]), german(by_server(0x10F), by_server(0x01_0000_0051), [Some(0x10F), Some(0x01_0000_0051)])]
        {
            made_pst::write(&path, &pst, Manner { format, ..Manner::default() });
            assert_eq!(roles(&path), want, "{format:?}");
        }
        // Two folders of one number: none of them is believed.
        made_pst::write(&path, &german(by_server(7), by_server(8), [Some(7), Some(7)]), Manner { format, ..Manner::default() });
        let roles = roles(&path);
        assert!(roles.iter().all(|(name, role)| *role != Some(SpecialUse::Junk) && (*role != Some(SpecialUse::Drafts) || name == "Drafts")), "{roles:?}");
    }
}

#[test]
fn the_entries_of_an_address_book_become_contacts() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let person = |name, kind, address| vec![(0x3001, name), (0x3002, kind), (0x3003, address), (0x3A06, "Given"), (0x3A08, "01624 626892")];
    let people = [
        person("Dora Example", "SMTP", "dora@example.com"),
        person("Émile", "SMTP", "emile@example.org"),
        person("The old fax", "FAX", "+44 1624 626892"),
        vec![(0x3001, "No address at all")],
    ];
    for format in [Format::Ansi, Format::Unicode] {
        let path = dir.path().join(format!("{format:?}.pab"));
        made_pst::write_address_book(&path, &people, Manner { format, crypt: Crypt::None, ..Manner::default() });
        let store = only(&path);
        assert_eq!((store.readable, store.messages, store.not_mail.contacts), (true, 0, 4), "{format:?}");
        let all = read(&store);
        assert!(all.messages.is_empty() && all.unreadable.is_empty() && all.problems.is_empty(), "{:?}", all.problems);
        let cards: Vec<String> = all.others.iter().map(|other| String::from_utf8_lossy(&other.bytes).into_owned()).collect();
        assert!(all.others.iter().all(|other| other.kind == OtherKind::Contact && other.extension == "vcf"));
        assert_eq!(all.others.iter().map(|other| other.name.as_str()).collect::<Vec<_>>(), ["Dora Example", "Émile", "The old fax", "No address at all"]);
        for (card, line) in cards.iter().zip(["EMAIL;TYPE=INTERNET:dora@example.com", "FN:Émile", "EMAIL;TYPE=FAX:+44 1624 626892", "FN:No address at all"]) {
            assert!(card.lines().any(|found| found == line), "{card}");
        }
        assert!(cards[0].lines().any(|line| line == "TEL;TYPE=WORK,VOICE:01624 626892") && cards[0].contains("Given"));
    }
}

#[test]
fn an_attachment_of_which_a_block_is_lost_keeps_the_rest_in_its_place() {
    const LEN: usize = 300_000;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("lost.pst");
    let mut message = letter();
    message.attachments = vec![MadeAttachment { name: "plan.bin".into(), content: Content::Pattern(LEN as u64) }];
    message.html = (0..5000).map(|number| format!("word {number} ")).collect::<String>().into_bytes();
    let pst = MadePst { folders: vec![MadeFolder { messages: vec![message], ..folder("Inbox") }], unlisted: Vec::new() };
    for (format, full) in [(Format::Ansi, 8180), (Format::Unicode, 8176)] {
        made_pst::write(&path, &pst, Manner { format, crypt: Crypt::None, ..Manner::default() });
        let mut file = std::fs::read(&path).expect("read");
        // Another block comes to lie over the sixth and the seventh, and over the second of the text.
        let place = |file: &[u8], bytes: &[u8]| memchr::memmem::find(file, bytes).expect("there");
        let other = place(&file, &made_pst::pattern(0, 8000));
        let other = file[other..other + 8192].to_vec();
        for at in [5, 6] {
            let lost = place(&file, &made_pst::pattern(at * full, 8000));
            file[lost..lost + 8192].copy_from_slice(&other);
        }
        let html = &pst.folders[0].messages[0].html;
        let lost = place(&file, &html[full as usize..full as usize + 8000]);
        file[lost..lost + 8192].copy_from_slice(&other);
        std::fs::write(&path, &file).expect("written");

        let all = read(&only(&path));
        assert_eq!((all.messages.len(), all.unreadable.len()), (1, 0));
        let mail = bytes(&all.messages[0].1);
        let parsed = MessageParser::new().parse(&mail).expect("parses");
        let part = |name: &str| parsed.parts.iter().find(|part| part.attachment_name() == Some(name)).expect("a part").contents().to_vec();
        let with_hole = |whole: &[u8], from: usize, blocks: usize| {
            let mut bytes = whole.to_vec();
            bytes[from..from + blocks * full as usize].fill(0);
            bytes
        };
        assert!(part("plan.bin") == with_hole(&made_pst::pattern(0, LEN), 5 * full as usize, 2), "{format:?}");
        assert!(part("message.html") == with_hole(html, full as usize, 1), "{format:?}");
        let told = format!("{} bytes are lost, the first of them is byte {}", 2 * full, 5 * full);
        assert!(String::from_utf8_lossy(&part("incomplete attachment.txt")).contains(&told));
        let told = all.problems.iter().any(|problem| problem.what.contains("0 of 1 attachments are whole"));
        assert!(told, "{:?}", all.problems);
    }
}
