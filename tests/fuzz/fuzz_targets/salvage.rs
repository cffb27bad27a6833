//! Any bytes as a volume: salvage and the rescue of a whole folder end, without a panic, in bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailferry::archive::{Archive, salvage_from};

fuzz_target!(|bytes: &[u8]| {
    let salvaged = salvage_from(&bytes.to_vec(), None).expect("reading from memory never fails");
    assert!(salvaged.messages.len() * 30 <= bytes.len());
    let Ok(dir) = tempfile::tempdir() else { return };
    if std::fs::write(dir.path().join("mail-001.zip"), bytes).is_err() {
        return;
    }
    if let Ok(archive) = Archive::open_for_rescue(dir.path(), None) {
        let run = mailferry::run::Run::unheard(dir.path());
        let _report = archive.check(&run);
        let _inventory = archive.inventory("name@example.org");
    }
});
