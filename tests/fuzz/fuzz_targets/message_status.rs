//! Reads state, dates and kind from any head.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::eml::content;
use mailferry::store::mbox::envelope_date;
use mailferry::store::status;

fuzz_target!(|data: &[u8]| {
    let _status = status::read(data);
    let _date = status::received_on(data, envelope_date(data), None, 1_790_000_000);
    let _kind = content::of_bytes(data, None);
});
