//! Reads any bytes as a name server's answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::dns::message::read_any;

fuzz_target!(|data: &[u8]| {
    let _agreed = read_any(data);
});
