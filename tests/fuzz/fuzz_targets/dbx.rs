//! Any bytes as a folder's file of Outlook Express, and as its list of folders: read twice, the same both times.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::dbx::{DbxFile, Messages, folders};

const HEADER_BYTES: usize = 0x24BC;
/// Stands for an object's own place, which no fuzzer guesses.
const OWN_PLACE: &[u8] = b"AMRK";

/// A file whose middle is `data` behind its first 12 bytes, which say where the index is and how many it lists.
fn file(class: u8, data: &[u8]) -> bytes::Bytes {
    let (head, middle) = data.split_at_checked(12).unwrap_or((&[], data));
    let mut file = vec![0; HEADER_BYTES];
    file[..8].copy_from_slice(&[0xCF, 0xAD, 0x12, 0xFE, class, 0xFD, 0x74, 0x6F]);
    if head.len() == 12 {
        file[0xE4..0xE8].copy_from_slice(&head[..4]);
        file[0xC4..0xC8].copy_from_slice(&head[4..8]);
        file[0x1C..0x20].copy_from_slice(&head[8..]);
    }
    file.extend(middle);
    for at in (HEADER_BYTES..file.len().saturating_sub(3)).step_by(4) {
        if file[at..at + 4] == *OWN_PLACE {
            file[at..at + 4].copy_from_slice(&(at as u32).to_le_bytes());
        }
    }
    file.into()
}

fn read(file: bytes::Bytes) -> Vec<(u32, bool, u64, Vec<u8>)> {
    let len = file.len() as u64;
    let Ok(mut messages) = Messages::open(Box::new(file)) else { return Vec::new() };
    let (mut all, mut total) = (Vec::new(), 0);
    while let Some(listed) = messages.next() {
        let (mut bytes, mut text) = (Vec::new(), Vec::new());
        let mut write = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok(())
        };
        let followed = messages.follow(listed.state.head, Some(&mut write)).expect("memory takes it");
        assert!(bytes.len() as u64 == followed.bytes);
        total += followed.bytes;
        text.append(&mut bytes);
        let _state = (listed.state.flags(), listed.state.keywords(), listed.state.received);
        all.push((listed.at, followed.broken.is_none(), followed.bytes, text));
    }
    assert!(total <= len, "no byte counts twice");
    all
}

fuzz_target!(|data: &[u8]| {
    let made = file(0xC5, data);
    assert!(read(made.clone()) == read(made));
    let _list = folders::of(Box::new(file(0xC6, data)));
    let _raw = DbxFile::open(Box::new(bytes::Bytes::copy_from_slice(data)));
});
