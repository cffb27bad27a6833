//! A1 and A2: a flipped bit, a cut.

use std::path::Path;

use mailferry::archive::{Archive, ExtractAs, salvage_from};

use crate::made_mail::*;

fn is_campaign() -> bool {
    std::env::var_os("MAILFERRY_CAMPAIGN").is_some()
}

fn volume(dir: &Path) -> std::path::PathBuf {
    dir.join("name@example.org-001.zip")
}

/// Where each message's header and data lie, by walking the local headers here, with other code than the reader's.
fn ranges(bytes: &[u8]) -> (Vec<(usize, usize, usize, String)>, usize) {
    let (mut at, mut out) = (0, Vec::new());
    let number = |at: usize, len: usize| (0..len).fold(0_usize, |sum, n| sum | usize::from(bytes[at + n]) << (8 * n));
    while bytes[at..].starts_with(b"PK\x03\x04") {
        let (packed, name, extra) = (number(at + 18, 4), number(at + 26, 2), number(at + 28, 2));
        let data = at + 30 + name + extra;
        out.push((at, data, data + packed, String::from_utf8(bytes[at + 30..at + 30 + name].to_vec()).unwrap()));
        at = data + packed;
    }
    (out, at)
}

#[test]
fn a_flipped_bit_is_found_by_the_digest_and_placed_at_its_message() {
    let dir = tempfile::tempdir().unwrap();
    let summary = back_up(dir.path(), options(), (0..16).map(|n| message(n, "Inbox", 7_000))).unwrap();
    assert_eq!(summary.volumes.len(), 1);
    let path = volume(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    assert!((90_000..130_000).contains(&bytes.len()), "{}", bytes.len());
    let (ranges, directory) = ranges(&bytes);
    let whole = mailferry::mail::Sha256Digest::of(&bytes);
    // The digest finds every one; that is SHA-256 at work, so one bit of every byte in memory is proof enough.
    let mut flipped = bytes.clone();
    for at in (0..bytes.len()).step_by(if is_campaign() { 1 } else { 13 }) {
        flipped[at] ^= 1 << (at % 8);
        assert_ne!(mailferry::mail::Sha256Digest::of(&flipped), whole);
        flipped[at] ^= 1 << (at % 8);
    }
    let stride = if is_campaign() { 1 } else { 1_999 };
    let mut flips: Vec<(usize, u8)> = (0..bytes.len()).step_by(stride).map(|at| (at, (at % 8) as u8)).collect();
    // The last byte of packed data, too: some of its bits mean nothing, and only the digest shows them.
    flips.extend(ranges.iter().flat_map(|range| (0..8).map(|bit| (range.2 - 1, bit))).step_by(5));
    let headers = ranges.iter().flat_map(|(start, data, ..)| *start..*data).chain(directory..bytes.len());
    let bit_stride = if is_campaign() { 1 } else { 61 };
    flips.extend(headers.flat_map(|at| (0..8).map(move |bit| (at, bit))).step_by(bit_stride));
    let archive = Archive::open(dir.path(), None).unwrap();
    for (at, bit) in flips {
        flipped[at] ^= 1 << bit;
        std::fs::write(&path, &flipped).unwrap();
        flipped[at] ^= 1 << bit;
        let report = archive.check(&run()).unwrap();
        assert!(!report.whole && !report.damaged.is_empty(), "byte {at} bit {bit}");
        let range = ranges.iter().find(|(start, _, end, _)| (*start..*end).contains(&at));
        let lies_in = range.map(|(.., name)| name.as_str());
        let id = lies_in.filter(|name| name.ends_with(".eml")).map(|name| name.rsplit('/').next().unwrap()[..6].parse::<u64>().unwrap());
        let placed: Vec<_> = report.damaged.iter().map(|damaged| damaged.id).collect();
        assert_eq!(placed, [id], "byte {at} bit {bit} in {range:?}: {:?}", report.damaged);
    }
    std::fs::write(&path, &bytes).unwrap();
    assert!(archive.check(&run()).unwrap().whole);
}

#[test]
fn a_cut_volume_gives_every_complete_message_and_its_facts_but_for_the_last_segment() {
    let dir = tempfile::tempdir().unwrap();
    back_up(dir.path(), options(), (0..2_100).map(|n| message(n, "Inbox", 1))).unwrap();
    let bytes = std::fs::read(volume(dir.path())).unwrap();
    let (ranges, directory) = ranges(&bytes);
    assert_eq!(ranges.iter().filter(|range| range.3.starts_with("manifest/")).count(), 3);
    // Around every kind of border byte by byte, elsewhere in strides.
    let mut cuts: Vec<usize> = (0..bytes.len()).step_by(if is_campaign() { 1 } else { 40_009 }).collect();
    if !is_campaign() {
        let segment = ranges.iter().position(|range| range.3 == "manifest/00002.jsonl").unwrap();
        for border in [ranges[1].0, ranges[2].0, ranges[segment].0, ranges[segment].2, directory] {
            cuts.extend(border.saturating_sub(2)..=(border + 2).min(bytes.len()));
        }
    }
    for cut in cuts {
        let salvaged = salvage_from(&bytes[..cut].to_vec(), None).unwrap();
        let complete: Vec<&str> = ranges.iter().filter(|range| range.2 <= cut && range.3.ends_with(".eml")).map(|range| range.3.as_str()).collect();
        let got: Vec<&str> = salvaged.messages.iter().map(|message| message.entry.as_str()).collect();
        assert_eq!(got, complete, "cut at {cut}");
        let segments = ranges.iter().filter(|range| range.2 <= cut && range.3.starts_with("manifest/")).count();
        let with_facts = salvaged.messages.iter().filter(|message| message.record.is_some()).count();
        assert_eq!(with_facts, (segments * 1_000).min(2_100), "cut at {cut}");
    }
}

#[test]
fn every_byte_of_a_small_volume_may_be_the_last() {
    let dir = tempfile::tempdir().unwrap();
    back_up(dir.path(), options(), (0..6).map(|n| message(n, "Inbox", 40))).unwrap();
    let bytes = std::fs::read(volume(dir.path())).unwrap();
    let (ranges, _) = ranges(&bytes);
    for cut in 0..=bytes.len() {
        let salvaged = salvage_from(&bytes[..cut].to_vec(), None).unwrap();
        let complete = ranges.iter().filter(|range| range.2 <= cut && range.3.ends_with(".eml")).count();
        assert_eq!(salvaged.messages.len(), complete, "cut at {cut}");
    }
}

#[test]
fn extract_saves_what_is_whole_of_a_damaged_safe_copy() {
    let dir = tempfile::tempdir().unwrap();
    back_up(dir.path(), options(), (0..30).map(|n| message(n, "Inbox", 900))).unwrap();
    let path = volume(dir.path());
    let bytes = std::fs::read(&path).unwrap();
    let (ranges, _) = ranges(&bytes);
    let segment = ranges.iter().find(|range| range.3.starts_with("manifest/")).unwrap().clone();
    for (what, damaged, saved, bare) in [
        ("cut before the manifest", bytes[..segment.0 + 10].to_vec(), 30, 30),
        ("cut in the directory", bytes[..bytes.len() - 60].to_vec(), 30, 0),
        ("cut in the middle", bytes[..ranges[11].0].to_vec(), 10, 10),
        ("manifest damaged", [&bytes[..segment.1 + 50], &[0xFF; 40], &bytes[segment.1 + 90..]].concat(), 30, 30),
        ("a message damaged", [&bytes[..ranges[5].1 + 50], &[0xFF; 40], &bytes[ranges[5].1 + 90..]].concat(), 29, 0),
    ] {
        std::fs::write(&path, &damaged).unwrap();
        let to = tempfile::tempdir().unwrap();
        let archive = Archive::open_for_rescue(dir.path(), None).unwrap();
        let extracted = archive.extract(to.path(), ExtractAs::Eml, &run()).unwrap();
        assert_eq!((extracted.messages, extracted.without_facts), (saved, bare), "{what}: {extracted:?} {:?}", archive.damage());
        assert!(!archive.check(&run()).unwrap().whole);
    }
    std::fs::remove_file(&path).unwrap();
    let archive = Archive::open_for_rescue(dir.path(), None).unwrap();
    assert!(!archive.check(&run()).unwrap().whole);
}

#[test]
fn a_message_that_changed_on_the_disk_is_named_and_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    back_up(dir.path(), options(), (0..30).map(|n| message(n, "Inbox", 900))).unwrap();
    let mut bytes = std::fs::read(volume(dir.path())).unwrap();
    let at = ranges(&bytes).0[7].1 + 100;
    bytes[at] ^= 4;
    std::fs::write(volume(dir.path()), &bytes).unwrap();
    let archive = Archive::open(dir.path(), None).unwrap();
    let read = read(&archive, mailferry::flow::Selection::All);
    assert_eq!(read.len(), 30);
    let bad: Vec<_> = read.iter().enumerate().filter(|(_, item)| item.is_err()).collect();
    assert_eq!(bad.len(), 1);
    assert!(matches!(bad[0], (6, Err(reason)) if reason.contains("message 7")), "{bad:?}");
}
