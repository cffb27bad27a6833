//! Reads any bytes as a user's registry hive, and looks for Outlook's profiles in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::store::discover::outlook::hive::Hive;

fuzz_target!(|data: &[u8]| {
    // A base block of 4,096 bytes stands before what matters: it is made here, so that the fuzzer need not.
    let Some((root, cells)) = data.split_first_chunk::<4>() else { return };
    let mut bytes = vec![0; 4096];
    bytes[..4].copy_from_slice(b"regf");
    bytes[36..40].copy_from_slice(root);
    bytes.extend(cells);
    let Some(hive) = Hive::new(bytes) else { return };
    for key in hive.keys("") {
        let _values = hive.values(&key);
        for below in hive.keys(&key) {
            let _values = hive.values(&format!("{key}\\{below}"));
        }
    }
});
