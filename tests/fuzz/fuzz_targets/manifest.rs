//! Any bytes as a segment of a manifest: lines are read or passed over, and what was read writes and reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::archive::{Line, lines};

fuzz_target!(|bytes: &[u8]| {
    for (at, line) in lines(bytes) {
        assert!(at <= bytes.len());
        let mut written = Vec::new();
        line.write(&mut written);
        assert_eq!(Line::read(&written), Some(line));
    }
});
