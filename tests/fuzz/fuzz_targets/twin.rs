//! Any wire bytes: the streaming twin is the one that its definition gives, however the bytes arrive.
//!
//! The first byte chooses the length of the chunks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::mail::twin::{LEFT_OUT, TwinHasher, holds_left_out_lines};
use mailferry::mail::{Sha256Digest, Twin};

/// The hasher decides over a line at its colon or after this many bytes.
const DECIDED_AFTER: usize = 33;

fn is_left_out(line: &[u8]) -> bool {
    let line = line.get(..DECIDED_AFTER).unwrap_or(line);
    let Some(colon) = line.iter().position(|b| *b == b':') else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    LEFT_OUT.iter().any(|left_out| name.eq_ignore_ascii_case(left_out.as_bytes()))
}

/// The bytes under the twin, by the definition.
fn kept(wire: &[u8]) -> Vec<u8> {
    let (mut kept, mut is_skipping, mut in_body) = (Vec::new(), false, false);
    for line in wire.split_inclusive(|b| *b == b'\n') {
        if !in_body {
            if line == b"\r\n" || line == b"\n" {
                in_body = true;
            } else if !matches!(line.first(), Some(b' ' | b'\t')) {
                is_skipping = is_left_out(line);
            }
        }
        if in_body || !is_skipping {
            kept.extend_from_slice(line);
        }
    }
    while matches!(kept.last(), Some(b'\r' | b'\n')) {
        kept.pop();
    }
    kept
}

fn in_chunks(mut hasher: TwinHasher, wire: &[u8], chunk: usize) -> (Twin, u64) {
    for part in wire.chunks(chunk) {
        hasher.update(part);
    }
    hasher.finish()
}

fuzz_target!(|bytes: &[u8]| {
    let [chunk, wire @ ..] = bytes else { return };
    let kept = kept(wire);
    let want = (Twin(Sha256Digest::of(&kept)), kept.len() as u64);
    assert_eq!(in_chunks(TwinHasher::new(), wire, usize::MAX), want);
    assert_eq!(in_chunks(TwinHasher::new(), wire, usize::from(*chunk).max(1)), want);
    if !holds_left_out_lines(wire) {
        assert_eq!(in_chunks(TwinHasher::keeping_all_lines(), wire, usize::MAX), want);
    }
});
