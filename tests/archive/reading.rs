//! A4 and A6: out and in again; hostile names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mailferry::archive::{Archive, ExtractAs};
use mailferry::flow::Selection;
use mailferry::mail::{Flags, MailboxPath, Message, Sha256Digest, WireRules};

use crate::made_mail::*;

fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut out, mut dirs) = (Vec::new(), vec![dir.to_path_buf()]);
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { dirs.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    out
}

/// Folder, digest, flags, date: what must survive.
fn manifest(archive: &Archive, with_flags: bool) -> Vec<(String, Sha256Digest, u8, i64)> {
    let mut out: Vec<_> = read(archive, Selection::All)
        .into_iter()
        .map(|item| {
            let record = archive.record(item.unwrap().0).unwrap();
            let flags = if with_flags { record.flags.bits() } else { 0 };
            (record.mailbox.to_string(), record.sha256, flags, record.internal_date.unix())
        })
        .collect();
    out.sort();
    out
}

fn message_from(path: &Path, mailbox: MailboxPath, flags: Flags) -> Message {
    let mut made = message(1, "x", 0);
    made.body = std::fs::read(path).unwrap().into();
    (made.mailbox, made.flags, made.deleted, made.role) = (mailbox, flags, false, None);
    made
}

#[test]
fn extracted_as_eml_or_maildir_and_backed_up_again_the_manifests_are_equal() {
    let first = tempfile::tempdir().unwrap();
    let made: Vec<_> = (0..60)
        .map(|n| {
            let mut message = message(n, ["Inbox", "Sent", "A/B"][n as usize % 3], 200);
            message.deleted = false;
            message
        })
        .collect();
    back_up(first.path(), options(), made).unwrap();
    let archive = Archive::open(first.path(), None).unwrap();
    for kind in [ExtractAs::Eml, ExtractAs::Maildir] {
        let (out, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(archive.extract(out.path(), kind, &run()).unwrap().messages, 60);
        let again = files(out.path()).into_iter().map(|path| {
            let inner: Vec<_> = path.strip_prefix(out.path()).unwrap().iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            let mut flags = Flags::default();
            if kind == ExtractAs::Eml {
                return message_from(&path, MailboxPath::new(inner[2..inner.len() - 1].to_vec()), flags);
            }
            let letters = inner.last().unwrap().rsplit(',').next().unwrap();
            flags.seen = letters.contains('S');
            flags.answered = letters.contains('R');
            flags.flagged = letters.contains('F');
            flags.draft = letters.contains('D');
            message_from(&path, MailboxPath::new(inner[2].trim_start_matches('.').split('.')), flags)
        });
        back_up(second.path(), options(), again).unwrap();
        let with_flags = kind == ExtractAs::Maildir;
        assert_eq!(manifest(&Archive::open(second.path(), None).unwrap(), with_flags), manifest(&archive, with_flags), "{kind:?}");
        assert_eq!(archive.extract(out.path(), kind, &run()).unwrap_err().code, mailferry::run::Code::Usage, "never over what is there");
    }
}

#[test]
fn an_extracted_mbox_splits_into_the_same_messages() {
    let dir = tempfile::tempdir().unwrap();
    let bodies: [&[u8]; 4] =
        [b"Subject: a\n\nFrom here\n>From there\n", b"Subject: b\n\nno line end", b"Subject: c\r\n\r\nFrom x\r\n", b"Subject: d\n\n>From was quoted\n"];
    let made = bodies.iter().enumerate().map(|(n, body)| {
        let mut message = message(n as u64, "Inbox", 0);
        message.body = body.to_vec().into();
        message.rules = WireRules { mboxrd: n == 3, cr_only: false };
        message
    });
    back_up(dir.path(), options(), made).unwrap();
    let to = tempfile::tempdir().unwrap();
    Archive::open(dir.path(), None).unwrap().extract(to.path(), ExtractAs::Mbox, &run()).unwrap();
    let text = std::fs::read_to_string(&files(to.path())[0]).unwrap();
    let split: Vec<String> = text.split("From MAILER-DAEMON ").skip(1).map(|part| part.split_once('\n').unwrap().1.to_owned()).collect();
    assert_eq!(
        split,
        [
            "Subject: a\n\n>From here\n>>From there\n\n",
            "Subject: b\n\nno line end\n\n",
            "Subject: c\r\n\r\n>From x\r\n\n",
            "Subject: d\n\n>From was quoted\n\n"
        ]
    );
}

#[test]
fn hostile_folder_names_and_subjects_stay_inside_and_come_back_true() {
    let hostile = [
        "../../../etc/passwd",
        "/absolute",
        "C:\\Windows\\x",
        "CON",
        "nul.txt",
        "a\0b",
        "trailing. ",
        "..",
        ".",
        "\u{202E}gpj.exe",
        "inbox",
        "INBOX",
        "Inbox",
        "x".repeat(300).leak(),
        "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "000001-x.eml",
        "line\r\nbreak",
        "\u{feff}",
    ];
    let dir = tempfile::tempdir().unwrap();
    let made: Vec<_> = hostile
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let mut message = message(n as u64, "x", 5);
            message.mailbox = MailboxPath::from(*name);
            message.body = format!("Subject: {}\r\n\r\n{n}", name.replace(['\r', '\n', '\0'], "")).into_bytes().into();
            message.deleted = false;
            message
        })
        .collect();
    let truth: BTreeMap<u64, MailboxPath> = made.iter().enumerate().map(|(n, message)| (n as u64 + 1, message.mailbox.clone())).collect();
    back_up(dir.path(), options(), made).unwrap();
    let archive = Archive::open(dir.path(), None).unwrap();
    let mut folded = std::collections::BTreeSet::new();
    for (id, mailbox) in truth {
        let record = archive.record(id).unwrap();
        assert_eq!(record.mailbox, mailbox);
        assert!(record.entry.starts_with("mail/") && record.entry.encode_utf16().count() <= 150, "{}", record.entry);
        assert!(record.entry.split('/').all(|part| !part.is_empty() && part != ".." && part != "." && !part.ends_with(['.', ' '])), "{}", record.entry);
        assert!(folded.insert(record.entry.to_lowercase()));
    }
    for kind in [ExtractAs::Eml, ExtractAs::Mbox, ExtractAs::Maildir] {
        let parent = tempfile::tempdir().unwrap();
        let to = parent.path().join("out");
        assert_eq!(archive.extract(&to, kind, &run()).unwrap().messages, hostile.len() as u64);
        assert_eq!(names(parent.path()), ["out"]);
        assert_eq!(names(&to), ["mail"]);
    }
}
