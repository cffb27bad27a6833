//! The practice server's command parser takes any bytes without a panic, and what it reads of an announced literal is there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::practice::server::parse::{Piece, announced, parse, parse_before_literal, parse_flat};

fuzz_target!(|data: &[u8]| {
    let _any = parse_flat(data);
    let pieces = [Piece::Text(data.to_vec())];
    let _any = parse(&pieces);
    let _any = parse_before_literal(&pieces);
    if let Some((text, _)) = announced(data) {
        assert!(data.starts_with(text));
    }
});
