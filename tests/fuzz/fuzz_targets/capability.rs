//! Reads any text as a list of capabilities: no panic, and bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::imap::Capabilities;

fuzz_target!(|list: &str| {
    let found = Capabilities::parse(list);
    assert!(found.raw.len() <= 512 && found.auth.len() <= found.raw.len());
});
