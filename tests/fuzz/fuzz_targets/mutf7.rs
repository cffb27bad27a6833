//! Mailbox names as any server may write them: what was read is written back as it came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::imap::name;

fuzz_target!(|wire: &[u8]| {
    assert_eq!(name::encode(&name::decode(wire)), wire);
});
