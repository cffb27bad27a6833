//! Any bytes as a message's XML, and as a whole archive: mail is made of it, the same bytes twice.
#![no_main]

use std::io::{Read, Seek, Write};

use libfuzzer_sys::fuzz_target;
use mailferry::store::olm::{OlmFile, messages};
use mailferry::store::rebuild::rebuild;

/// A zip without entries.
const EMPTY: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// More messages than this are not made.
const MOST: usize = 50;

fn opened(bytes: &[u8]) -> Option<std::sync::Arc<OlmFile>> {
    let mut file = tempfile::tempfile().expect("room");
    file.write_all(bytes).expect("room");
    file.rewind().expect("room");
    OlmFile::open(file, std::env::temp_dir()).ok()
}

fn made(file: &std::sync::Arc<OlmFile>, entry: &str, xml: &[u8]) -> Vec<Vec<u8>> {
    messages(file, entry, xml)
        .into_iter()
        .take(MOST)
        .map(|mut message| {
            let mut bytes = Vec::new();
            rebuild(&mut message.bag, &std::env::temp_dir()).expect("room").body.reader().read_to_end(&mut bytes).expect("read");
            bytes
        })
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let empty = opened(&EMPTY).expect("a zip");
    let once = made(&empty, "Inbox/message.xml", data);
    assert!(once == made(&empty, "Inbox/message.xml", data));
    let Some(file) = opened(data) else { return };
    for folder in file.folders() {
        for entry in folder.messages.iter().take(MOST) {
            if let Ok(xml) = file.xml(entry) {
                let _mail = made(&file, entry, &xml);
            }
        }
    }
});
