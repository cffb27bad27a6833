//! Any list of capabilities: bounded, and reading the names that were kept finds the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::imap::Capabilities;

fuzz_target!(|bytes: &[u8]| {
    let list = String::from_utf8_lossy(bytes);
    let found = Capabilities::parse(&list);
    assert!(found.raw.len() <= 512 && found.auth.len() <= found.raw.len());
    assert!(found.raw.iter().all(|name| found.has(name)));
    assert!(found.auth.iter().all(|mechanism| found.offers(mechanism)));
    assert!(found.quota || !found.quota_storage);
    assert!(found.condstore || !found.qresync);
    // Only of plain names: a `[CAPABILITY` among them begins a list of its own, and blanks beyond ASCII are trimmed at the ends.
    if found.raw.iter().all(|name| name.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'[' | b']'))) {
        assert_eq!(Capabilities::parse(&format!("* CAPABILITY {}", found.raw.join(" "))), found);
    }
});
