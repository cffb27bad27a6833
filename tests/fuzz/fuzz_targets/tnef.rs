//! Reads TNEF and makes mail of what it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::rebuild::{export, rebuild};
use mailferry::store::tnef;

fuzz_target!(|data: &[u8]| {
    let Ok(read) = tnef::read(data) else { return };
    let temp = std::env::temp_dir();
    let _files = tnef::files_of(&read.message, &temp);
    let rebuilt = rebuild(&mut read.message.clone(), &temp).expect("in memory");
    assert!(rebuilt.attachments_written <= rebuilt.attachments_declared);
    let _item = export(&mut read.message.clone());
});
