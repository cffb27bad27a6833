//! Reads flags from any file name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::maildir;

fuzz_target!(|name: &str| {
    let _flags = maildir::flags_of(name);
});
