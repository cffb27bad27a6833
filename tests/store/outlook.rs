//! Outlook's `.msg` files and `winmail.dat`: every file of the corpus becomes mail that another program parses, whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use mail_parser::{MessageParser, MimeHeaders};
use mailferry::mail::{Origin, OtherKind};
use mailferry::store::discover::recognise;
use mailferry::store::mapi::{AttachMethod, MapiMessage};
use mailferry::store::msg::{self, MsgFile, MsgMessage};
use mailferry::store::rebuild::{ItemKind, rebuild};
use mailferry::store::tnef;

use crate::support::{bytes, corpus, only, read, write};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).expect("listed").map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Attachments of the outer message alone, as the file has them: embedded ones count once.
fn attachments(message: &mut dyn MapiMessage) -> usize {
    message.attachment_count()
}

/// Every line is short, ends with CRLF and is ASCII.
fn is_sound(mail: &[u8]) -> bool {
    mail.is_ascii() && mail.ends_with(b"\r\n") && mail.split(|b| *b == b'\n').all(|line| line.len() <= 999 && (line.is_empty() || line.ends_with(b"\r")))
}

#[test]
fn every_msg_of_the_corpus_becomes_mail_that_parses_with_all_its_attachments() {
    let Some(corpus) = corpus() else { return };
    let temp = tempfile::tempdir().expect("a temporary folder");
    let (mut mail, mut items, mut damaged, mut declared, mut written, mut nested) = (0, 0, 0, 0, 0, 0);
    for path in files(&corpus.join("msg")) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let raw = std::fs::read(&path).expect("read");
        let opened = MsgFile::of_bytes(raw).and_then(|file| MsgMessage::open(&file));
        let mut message = match opened {
            Ok(message) => message,
            Err(error) => {
                println!("{name}: {error}");
                // Found by a fuzzer, and broken by design.
                assert!(name.starts_with("clusterfuzz-"), "{name}: {error}");
                damaged += 1;
                continue;
            }
        };
        if ItemKind::of(&message) != ItemKind::Mail {
            items += 1;
            continue;
        }
        let rebuilt = rebuild(&mut message, temp.path()).expect("room");
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut rebuilt.body.reader(), &mut bytes).expect("read");
        let again = rebuild(&mut message, temp.path()).expect("room");
        let mut twice = Vec::new();
        std::io::Read::read_to_end(&mut again.body.reader(), &mut twice).expect("read");
        assert!(bytes == twice, "{name}: not the same bytes twice");
        let class = message.properties().text(mailferry::store::mapi::PropId::MESSAGE_CLASS, Default::default()).unwrap_or_default();
        assert!(is_sound(&bytes) || class.contains("SMIME"), "{name}");
        let parsed = MessageParser::new().parse(&bytes).unwrap_or_else(|| panic!("{name} does not parse"));
        let methods: Vec<AttachMethod> =
            (0..attachments(&mut message)).filter_map(|at| message.attachment(at).ok()).map(|attachment| AttachMethod::of(attachment.properties())).collect();
        let seen = parsed.parts.iter().filter(|part| part.content_disposition().is_some()).count();
        let is_signed = class.contains("SMIME");
        let rtf = parsed.parts.iter().filter(|part| part.attachment_name() == Some("message.rtf")).count();
        assert!(is_signed || seen - rtf == methods.len(), "{name}: {seen} parts, {rtf} of them RTF, for {methods:?}");
        if !name.starts_with("clusterfuzz-") {
            assert_eq!((rebuilt.attachments_written, &rebuilt.problems), (rebuilt.attachments_declared, &Vec::new()), "{name}");
        }
        mail += 1;
        declared += rebuilt.attachments_declared;
        written += rebuilt.attachments_written;
        nested += methods.iter().filter(|method| **method == AttachMethod::Embedded).count();
    }
    println!("{mail} mails, {items} items, {damaged} unreadable; {written} of {declared} attachments, {nested} messages in the outermost");
    assert!(mail >= 45 && items >= 4, "{mail} {items}");
}

#[test]
fn a_directory_of_msg_files_is_a_folder_like_one_of_eml_files() {
    let Some(corpus) = corpus() else { return };
    let tree = tempfile::tempdir().expect("a temporary folder");
    for (from, to) in [
        ("quick.msg", "Inbox/1.msg"),
        ("msgClassContact.msg", "Contacts/jo.msg"),
        ("outlook_30_msg.msg", "Inbox/old.MSG"),
        ("msgClassAppointment.msg", "Inbox/meeting.msg"),
    ] {
        write(tree.path().join(to), std::fs::read(corpus.join("msg").join(from)).expect("read"));
    }
    write(tree.path().join("Inbox/3.eml"), "From: a@example.com\r\nSubject: plain\r\n\r\nx\r\n");
    write(tree.path().join("Inbox/broken.msg"), [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[0; 600]].concat());
    let store = only(tree.path());
    let all = read(&store);
    let places: Vec<(String, String, Origin)> =
        all.messages.iter().map(|(_, message)| (message.mailbox.to_string(), message.place.clone(), message.origin)).collect();
    assert_eq!(
        places,
        [
            ("Inbox".into(), "1.msg".into(), Origin::Rebuilt),
            ("Inbox".into(), "3.eml".into(), Origin::Original),
            ("Inbox".into(), "old.MSG".into(), Origin::Rebuilt)
        ]
    );
    assert_eq!(all.unreadable.iter().map(|unreadable| unreadable.place.as_str()).collect::<Vec<_>>(), ["broken.msg"]);
    let kinds: BTreeMap<OtherKind, String> = all.others.iter().map(|other| (other.kind, other.mailbox.to_string())).collect();
    assert_eq!(kinds, BTreeMap::from([(OtherKind::Contact, "Contacts".into()), (OtherKind::Appointment, "Inbox".into())]));
    // The unreadable one is found, too; the items are not among the messages.
    assert_eq!((store.messages, store.not_mail.contacts, store.not_mail.appointments), (4, 1, 1));
    let alone = only(&tree.path().join("Inbox/1.msg"));
    assert_eq!((alone.messages, alone.readable, bytes(&read(&alone).messages[0].1)), (1, true, bytes(&all.messages[0].1)));
    let ids = crate::support::read_selection(&store, mailferry::flow::Selection::Ids(vec![2].into()));
    assert_eq!(ids.messages.iter().map(|(id, message)| (*id, message.place.as_str())).collect::<Vec<_>>(), [(2, "old.MSG")]);
    assert!(ids.others.is_empty());
}

/// What GNU tnef lists of a file: names; `None` if it gives up.
fn listed(path: &Path) -> Option<Vec<String>> {
    let output = Command::new("tnef").args(["--list", "--file"]).arg(path).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn everything_that_gnu_tnef_lists_is_found() {
    let Some(corpus) = corpus() else { return };
    if Command::new("tnef").arg("--version").output().is_err() {
        println!("no tnef here (Debian: tnef); nothing was tried");
        return;
    }
    let temp = tempfile::tempdir().expect("a temporary folder");
    for path in files(&corpus.join("tnef")) {
        let tnef = tnef::read(&std::fs::read(&path).expect("read")).expect("TNEF");
        let found = tnef::files_of(&tnef.message, temp.path());
        let Some(want) = listed(&path) else {
            println!("tnef gives up on {}; {} found, whole: {}", path.display(), found.len(), tnef.is_whole);
            continue;
        };
        println!("{}: {} listed, {} found, whole: {}", path.file_name().expect("a name").display(), want.len(), found.len(), tnef.is_whole);
        assert!(found.len() >= want.len(), "{}: {} listed, {} found", path.display(), want.len(), found.len());
    }
}

#[test]
fn files_of_a_winmail_dat_are_given_beside_the_mail() {
    let Some(corpus) = corpus() else { return };
    use base64::Engine;
    let part = std::fs::read(corpus.join("tnef/bug52400-winmail-with-attachments.dat")).expect("read");
    let encoded = base64::engine::general_purpose::STANDARD.encode(&part);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let mail = format!(
        "From: a@example.com\r\nSubject: tnef\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    );
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path().join("Inbox/1.eml"), &mail);
    let all = read(&only(dir.path()));
    assert_eq!(bytes(&all.messages[0].1), mail.as_bytes(), "the mail itself is as it was");
    let temp = tempfile::tempdir().expect("a temporary folder");
    let want = tnef::files_of(&tnef::read(&part).expect("TNEF").message, temp.path());
    assert!(!want.is_empty());
    assert_eq!(all.others.iter().map(|other| other.bytes.to_vec()).collect::<Vec<_>>(), want.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>());
    assert!(all.others.iter().all(|other| other.kind == OtherKind::Attachment && other.mailbox.to_string() == "Inbox"));
}

#[test]
fn a_file_that_only_looks_like_a_message_is_told_so() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("x.msg");
    let mut document = cfb::create(&path).expect("made");
    std::io::Write::write_all(&mut document.create_stream("/WordDocument").expect("made"), b"text").expect("written");
    drop(document);
    let file = std::fs::File::open(&path).expect("opened");
    assert!(matches!(msg::read(file, std::fs::metadata(&path).expect("there").len(), dir.path()), Err(msg::Failed::Read(_))));
    assert_eq!(recognise(&path).expect("recognised")[0].kind, mailferry::store::StoreKind::OutlookMsg);
}

/// A message as Outlook saves it, made here: one table and a stream for each text, recipients and attachments in storages.
pub struct Made {
    file: cfb::CompoundFile<std::io::Cursor<Vec<u8>>>,
}

impl Made {
    pub fn new() -> Self {
        Self { file: cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).expect("made") }
    }

    fn write(&mut self, path: &str, bytes: &[u8]) {
        std::io::Write::write_all(&mut self.file.create_stream(path).expect("made"), bytes).expect("written");
    }

    pub fn storage(&mut self, path: &str, header: usize, numbers: &[(u32, u64)], texts: &[(u32, &str)], binaries: &[(u32, &[u8])]) {
        if !path.is_empty() {
            self.file.create_storage(path).expect("made");
        }
        let mut table = vec![0; header];
        let lengths = texts.iter().map(|(tag, text)| (*tag, text.len() as u64)).chain(binaries.iter().map(|(tag, bytes)| (*tag, bytes.len() as u64)));
        for (tag, value) in numbers.iter().copied().chain(lengths) {
            table.extend_from_slice(&tag.to_le_bytes());
            table.extend_from_slice(&6u32.to_le_bytes());
            table.extend_from_slice(&value.to_le_bytes());
        }
        self.write(&format!("{path}/__properties_version1.0"), &table);
        for (tag, text) in texts {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            self.write(&format!("{path}/__substg1.0_{tag:08X}"), &bytes);
        }
        for (tag, bytes) in binaries {
            self.write(&format!("{path}/__substg1.0_{tag:08X}"), bytes);
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.file.flush().expect("flushed");
        self.file.into_inner().into_inner()
    }
}

/// A read, answered, flagged message with a large file and a message within.
pub fn made_msg() -> Vec<u8> {
    let mut made = Made::new();
    let large: Vec<u8> = (0..300_000u32).map(|at| (at % 251) as u8).collect();
    made.storage(
        "",
        32,
        &[(0x0E07_0003, 1), (0x1081_0003, 102), (0x1090_0003, 2), (0x0E06_0040, 126_444_736_000_000_000)],
        &[
            (0x001A_001F, "IPM.Note"),
            (0x0037_001F, "\u{1}\u{5}Re: größe"),
            (0x1000_001F, "outer"),
            (0x0C1A_001F, "Jo"),
            (0x0C1E_001F, "EX"),
            (0x0C1F_001F, "/o=x/cn=jo"),
            (0x5D01_001F, "jo@example.com"),
        ],
        &[(0x0FF9_0102, b"key")],
    );
    made.storage(
        "/__recip_version1.0_#00000000",
        8,
        &[(0x0C15_0003, 1)],
        &[(0x3001_001F, "Ann"), (0x3003_001F, "ann@example.com"), (0x3002_001F, "SMTP")],
        &[],
    );
    made.storage("/__attach_version1.0_#00000000", 8, &[(0x3705_0003, 1)], &[(0x3707_001F, "large.bin")], &[(0x3701_0102, &large)]);
    made.storage("/__attach_version1.0_#00000001", 8, &[(0x3705_0003, 5)], &[(0x3001_001F, "inner")], &[]);
    made.storage("/__attach_version1.0_#00000001/__substg1.0_3701000D", 24, &[(0x0E07_0003, 1)], &[(0x0037_001F, "inner"), (0x1000_001F, "innermost")], &[]);
    made.finish()
}

#[test]
fn a_made_msg_has_its_flags_its_people_its_large_file_and_its_inner_message() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path().join("a.msg"), made_msg());
    let all = read(&only(&dir.path().join("a.msg")));
    let message = &all.messages[0].1;
    assert_eq!((message.flags.names().collect::<Vec<_>>(), message.origin), (vec!["\\Seen", "\\Answered", "\\Flagged"], Origin::Rebuilt));
    assert_eq!(message.store_date.map(|date| date.to_string()).as_deref(), Some("2001-09-09T01:46:40+00:00"));
    let bytes = bytes(message);
    let parsed = MessageParser::new().parse(&bytes).expect("parses");
    assert_eq!((parsed.subject(), parsed.from().and_then(|from| from.first()).and_then(|from| from.address())), (Some("Re: größe"), Some("jo@example.com")));
    assert_eq!(parsed.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("ann@example.com"));
    let large = parsed.attachments().find(|part| part.attachment_name() == Some("large.bin")).expect("there");
    assert!(large.contents().len() == 300_000 && large.contents().iter().enumerate().all(|(at, byte)| *byte == (at % 251) as u8));
    let inner = parsed.parts.iter().find_map(|part| part.message()).expect("there");
    assert_eq!((inner.subject(), inner.body_text(0).as_deref().map(str::trim)), (Some("inner"), Some("innermost")));
}
