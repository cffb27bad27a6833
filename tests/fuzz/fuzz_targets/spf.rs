//! Reads any text as an SPF record. What is good stays good, and stays what it was, when a host is added.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::dns::spf::{is_spf, parse, with_hosts};

fuzz_target!(|data: &[u8]| {
    let text = format!("v=spf1 {}", String::from_utf8_lossy(data));
    assert!(is_spf(&text));
    if let Ok(before) = parse(&text)
        && before.terms.len() < 100
    {
        let after = parse(&with_hosts(&text, &["mx.new.example".to_owned()])).expect("still good");
        assert!(after.terms.len() == before.terms.len() + 1 && after.redirect == before.redirect);
    }
});
