//! Reads any text as a Thunderbird profile's settings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::thunderbird::{account, ini, prefs::Prefs};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _accounts = account::accounts(&Prefs::read(&text));
    let _profiles = ini::read(&text);
});
