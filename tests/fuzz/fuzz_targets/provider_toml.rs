//! Reads any text as a provider file: a provider or an error, no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::autoconfig::Provider;

fuzz_target!(|text: &str| {
    if let Ok(provider) = Provider::parse(text) {
        let _endpoint = provider.endpoint_for("a.example");
    }
});
