//! Looks for a folder's true name in any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::thunderbird::mork;

fuzz_target!(|data: &[u8]| {
    let _name = mork::folder_name(data);
});
