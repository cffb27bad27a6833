//! Takes HTML or text out of any RTF; it can't grow beyond what each byte may stand for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::rebuild::{RtfContent, read_rtf};

fuzz_target!(|data: &[u8]| {
    let (RtfContent::Html(text) | RtfContent::Text(text) | RtfContent::Rich(text)) = read_rtf(data);
    assert!(text.len() <= data.len().saturating_mul(3));
});
