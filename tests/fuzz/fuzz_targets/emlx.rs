//! Any bytes as a message file of Apple Mail's whose parts lie beside it: as a list, as a frame, as parts, and read whole.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use mailferry::flow::{Selection, StreamItem};
use mailferry::run::Run;
use mailferry::store::emlx::placeholder::placeholders;
use mailferry::store::emlx::{State, frame};
use mailferry::store::{StoreInfo, StoreKind, discover, open, plist};

fuzz_target!(|data: &[u8]| {
    let _list = plist::read(data);
    let len = data.len() as u64;
    let mut read = |at: u64, limit: usize| Ok(data.iter().skip(at as usize).take(limit).copied().collect());
    let parts = frame(len, &mut read).expect("memory");
    assert!(parts.message.start <= parts.message.end && parts.message.end <= parts.plist.start && parts.plist.start <= parts.plist.end && parts.plist.end == len);
    let _state = State::read(&data[parts.plist.start as usize..]);
    let message = &data[parts.message.start as usize..parts.message.end as usize];
    for part in placeholders(message) {
        assert!(part.length_field.end <= part.body && part.body <= message.len());
        assert!(part.part.split('.').all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())), "{}", part.part);
    }

    let dir = tempfile::tempdir().expect("room");
    let mailbox = dir.path().join("INBOX.mbox");
    for part in ["1", "2", "2.1", "2.2", "3"] {
        let part = mailbox.join("Attachments/1").join(part);
        std::fs::create_dir_all(&part).expect("room");
        std::fs::write(part.join("a.bin"), b"some\nbytes \xFF\n").expect("room");
    }
    std::fs::create_dir_all(mailbox.join("Messages")).expect("room");
    std::fs::write(mailbox.join("Messages/1.partial.emlx"), data).expect("room");
    let run = Run::unheard(dir.path());
    let mut store = StoreInfo::new(StoreKind::AppleMail, "", &mailbox);
    discover::count(&mut store, &run);
    let once = || {
        let mut stream = open(&store).expect("it is there").read(Selection::All, &run);
        let mut found = Vec::new();
        while let Some(held) = stream.next_blocking() {
            match held.item {
                StreamItem::Message { message, .. } => {
                    let mut bytes = Vec::new();
                    message.body.reader().read_to_end(&mut bytes).expect("read");
                    found.push(Some(bytes));
                }
                StreamItem::Unreadable(_) => found.push(None),
                _ => {}
            }
        }
        found
    };
    let found = once();
    assert_eq!(found.len(), 1);
    assert!(found == once());
    assert_eq!(store.messages + store.deleted, 1);
});
