//! Reads any text as a domain's document about its mail servers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::autoconfig::published::servers_of;

fuzz_target!(|data: &[u8]| {
    for server in servers_of(&String::from_utf8_lossy(data), "ann.b@a.example").unwrap_or_default() {
        assert!(server.port != 0 && !server.host.is_empty() && !server.host.contains(|c: char| c.is_control() || c == ' '), "{server}");
    }
});
