//! Reads a `.msg` file and makes mail of it, the same bytes twice.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use mailferry::store::msg::{MsgFile, MsgMessage};
use mailferry::store::rebuild::{export, rebuild};

fuzz_target!(|data: &[u8]| {
    let Ok(file) = MsgFile::of_bytes(data.to_vec()) else { return };
    let Ok(mut message) = MsgMessage::open(&file) else { return };
    let _item = export(&mut message);
    let mut made = || {
        let mut bytes = Vec::new();
        let rebuilt = rebuild(&mut message, &std::env::temp_dir()).expect("room");
        rebuilt.body.reader().read_to_end(&mut bytes).expect("read");
        bytes
    };
    assert!(made() == made());
});
