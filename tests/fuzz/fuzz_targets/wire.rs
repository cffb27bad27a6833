//! Any stored bytes on their way to the wire: the same in chunks as whole, and measured as they are encoded.
//!
//! The first byte chooses the rules, the second the length of the chunks.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mailferry::mail::wire::{WireChanges, WireEncoder, encode, measure};
use mailferry::mail::{Body, Sha256Digest, Twin, WireRules};

fn in_chunks(stored: &[u8], rules: WireRules, chunk: usize) -> (Vec<u8>, WireChanges) {
    let (mut encoder, mut wire) = (WireEncoder::new(rules), Vec::new());
    for part in stored.chunks(chunk) {
        encoder.push(part, &mut wire);
    }
    let changes = encoder.finish(&mut wire);
    (wire, changes)
}

fuzz_target!(|bytes: &[u8]| {
    let [choice, chunk, stored @ ..] = bytes else { return };
    let rules = WireRules { mboxrd: choice & 1 != 0, cr_only: choice & 2 != 0 };
    let (wire, changes) = in_chunks(stored, rules, usize::MAX);
    assert_eq!(in_chunks(stored, rules, usize::from(*chunk).max(1)), (wire.clone(), changes));
    assert_eq!(wire.len() as u64, stored.len() as u64 + changes.line_ends - changes.unquoted - changes.extra_cr);
    assert!(!wire.contains(&0));
    if !rules.cr_only {
        assert!(!wire.starts_with(b"\n") && wire.windows(2).all(|pair| pair == b"\r\n" || !pair.ends_with(b"\n")));
    }

    let body = Body::from(stored.to_vec());
    let facts = measure(&body, rules).expect("reading from memory never fails");
    assert_eq!((facts.stored_bytes, facts.sha256), (stored.len() as u64, Sha256Digest::of(stored)));
    assert_eq!((facts.wire_bytes, facts.wire_sha256), (wire.len() as u64, Sha256Digest::of(&wire)));
    assert_eq!(facts.changes, changes);
    assert_eq!(facts.twin, Twin::of_wire(&wire));
    assert!(facts.twin_bytes <= facts.wire_bytes);
    let encoded = encode(&body, rules, Path::new("")).expect("a body in memory needs no file");
    assert_eq!(encoded.in_memory().map(AsRef::as_ref), Some(wire.as_slice()));
});
