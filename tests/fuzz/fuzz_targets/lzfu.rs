//! Unpacks compressed RTF from any bytes; never more than the header says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::rebuild::{read_rtf, unpack_rtf};

fuzz_target!(|data: &[u8]| {
    if let Some(unpacked) = unpack_rtf(data) {
        assert!(unpacked.rtf.len() <= data.len().saturating_mul(9) + 16);
        let _content = read_rtf(&unpacked.rtf);
    }
});
