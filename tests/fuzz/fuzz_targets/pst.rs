//! Reads any bytes as an Outlook file: indexes, salvage, folders, messages and what lies within them.
#![no_main]

use std::io::Read;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use mailferry::store::mapi::{MapiMessage, PropId};
use mailferry::store::pst::messaging::{Message, Store, inventory};
use mailferry::store::pst::Effort;

/// What is read of one stream.
const MOST: u64 = 1 << 20;

fn look(message: &mut dyn MapiMessage, depth: usize) {
    let _recipients = message.recipients();
    for at in 0..message.attachment_count() {
        let Ok(mut attachment) = message.attachment(at) else { continue };
        if let Ok(data) = attachment.open_data() {
            let _may_fail = std::io::copy(&mut data.take(MOST), &mut std::io::sink());
        }
        if depth < 6
            && let Some(Ok(mut embedded)) = attachment.embedded()
        {
            look(&mut *embedded, depth + 1);
        }
    }
    for id in [PropId::BODY, PropId::BODY_HTML, PropId::TRANSPORT_MESSAGE_HEADERS] {
        let _bytes = message.properties().bytes(id);
    }
}

fuzz_target!(|data: &[u8]| {
    for effort in [Effort::Indexes, Effort::Salvage] {
        let Ok(store) = Store::open(Box::new(bytes::Bytes::copy_from_slice(data)), effort) else { return };
        let store = Arc::new(store);
        let mut seen = std::collections::HashSet::new();
        for filled in inventory(&store) {
            for nid in filled.messages {
                assert!(seen.insert(nid), "{nid:#x} is in one folder only");
                if let Ok(mut message) = Message::open(&store, nid) {
                    look(&mut message, 0);
                }
            }
        }
    }
});
