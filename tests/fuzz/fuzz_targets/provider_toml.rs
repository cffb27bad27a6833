//! Any text as a provider file: read or refused, and what was read keeps its promises about the server it offers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::autoconfig::provider::Provider;

fuzz_target!(|text: &str| {
    let Ok(provider) = Provider::parse(text) else { return };
    for domain in ["", "example.org", "EXAMPLE.ORG"] {
        if let Some(endpoint) = provider.endpoint_for(domain) {
            assert!(!endpoint.host.is_empty() && endpoint.host == provider.imap.host);
        }
    }
    assert_eq!(provider.endpoint_for("example.org"), provider.endpoint_for("EXAMPLE.ORG"));
});
