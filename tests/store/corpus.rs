//! Real files of many programs: counts with a known answer, and a second, slow splitter of another make.

use std::path::{Path, PathBuf};

use mailferry::store::discover::recognise;

use crate::support::{bytes, corpus, fingerprint, only, read};

/// File, messages, why the plain split is wrong about it.
const KNOWN: [(&str, u64, &str); 11] = [
    ("mbox/jstedfast_content-length.mbox.txt", 29, "known answer"),
    ("mbox/jstedfast_simple.mbox.txt", 3, "known answer"),
    ("mbox/jstedfast_unmunged.mbox.txt", 2, "a bare From_ line in a body"),
    ("thunderbird/mailnews/test/data/mbox_unquoted", 2, "a bare From_ line in a body"),
    ("thunderbird/mailnews/test/data/mbox_mboxrd", 2, "known answer"),
    ("thunderbird/mailnews/test/data/mbox_modern", 2, "known answer"),
    ("mbox/apache_mbox.rlug-0", 1, "no From_ line: it is one message"),
    ("mbox/apache_mbox.rlug-1", 1, "no From_ line: it is one message"),
    ("mbox/apache_mbox.rlug-2", 1, "no From_ line: it is one message"),
    ("mbox/apache_mbox.rlug-3", 1, "no From_ line: it is one message"),
    ("mbox/apache_mbox.rlug-4", 1, "no From_ line: it is one message"),
];

/// Every line that begins `From ` begins a message: the simplest splitter there is. Gives the messages, each less one empty line.
fn split_by_lines(file: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file).split_inclusive(|b| *b == b'\n') {
        if line.starts_with(b"From ") {
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            message.extend_from_slice(line);
        }
    }
    for message in &mut messages {
        if message.ends_with(b"\n\n") {
            message.pop();
        } else if message.ends_with(b"\n\r\n") {
            message.truncate(message.len() - 2);
        }
    }
    messages
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).expect("listed").map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn every_mbox_of_the_corpus_has_its_messages() {
    let Some(corpus) = corpus() else { return };
    let known: Vec<PathBuf> = KNOWN.iter().map(|(file, ..)| corpus.join(file)).collect();
    for ((file, messages, why), path) in KNOWN.iter().zip(&known) {
        let store = only(path);
        assert_eq!((store.messages, read(&store).messages.len() as u64), (*messages, *messages), "{file}: {why}");
    }
    for path in files(&corpus.join("mbox")).into_iter().filter(|path| !known.contains(path)) {
        let want = split_by_lines(&std::fs::read(&path).expect("read"));
        let store = only(&path);
        let got: Vec<Vec<u8>> = read(&store).messages.iter().map(|(_, message)| bytes(message)).collect();
        assert_eq!(got.len(), want.len(), "{}", path.display());
        assert!(got == want, "{}: the bytes differ", path.display());
        assert_eq!(store.messages, want.len() as u64);
    }
}

/// Tree, files in it that are no message: they have no header field of mail, and names that do not say `.eml`.
const TREES: [(&str, u64); 5] =
    [("eml_jstedfast+MimeKit", 0), ("eml_stalwartlabs+mail-parser", 0), ("eml_apache+james-mime4j", 2), ("eml_apache+spamassassin", 0), ("eml_cpython", 1)];

#[test]
fn every_message_file_of_the_corpus_is_found() {
    let Some(corpus) = corpus() else { return };
    let before = fingerprint(&corpus.join("eml_cpython"));
    for (tree, no_messages) in TREES {
        let store = recognise(&corpus.join(tree)).expect("a tree").remove(0);
        let found = read(&store);
        let on_disk = files(&corpus.join(tree)).len() as u64;
        let places: std::collections::BTreeSet<_> = found.messages.iter().map(|(_, message)| (message.mailbox.clone(), message.place.clone())).collect();
        assert_eq!(places.len(), found.messages.len(), "places are unique");
        let missing: Vec<_> =
            files(&corpus.join(tree)).into_iter().filter(|file| !found.messages.iter().any(|(_, message)| file.ends_with(&message.place))).collect();
        assert_eq!(found.messages.len() as u64 + no_messages, on_disk, "{tree}: {missing:?}");
    }
    assert!(before == fingerprint(&corpus.join("eml_cpython")), "reading changes nothing");
}
