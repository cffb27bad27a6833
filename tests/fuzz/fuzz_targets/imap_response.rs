//! A server's answers of any shape: bounded, no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::imap::response::{Ignore, ResponseReader};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = ResponseReader::new(bytes);
    futures_executor::block_on(async { while reader.next(&mut Ignore).await.is_ok() {} });
});
