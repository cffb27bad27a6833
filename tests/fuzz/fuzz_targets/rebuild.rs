//! Makes mail of any bag of properties: it is ASCII in short lines that end with CRLF, whatever the values are.
#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use mailferry::store::mapi::{Bag, BagAttachment, PropId, PropTag, Properties, Value};
use mailferry::store::rebuild::{export, rebuild};

/// Tag, length, bytes; tag 0 begins a recipient, 1 an attachment, 2 a message in it, 3 ends that.
fn bag(data: &mut &[u8], depth: usize) -> Bag {
    let mut bag = Bag { key: vec![depth as u8], ..Bag::default() };
    let mut place = 0;
    while let Some((head, rest)) = data.split_first_chunk::<5>() {
        *data = rest;
        let [a, b, c, d, len] = *head;
        match u32::from_le_bytes([a, b, c, d]) {
            0 => {
                bag.recipients.push(Properties::default());
                place = 1;
            }
            1 => {
                bag.attachments.push(BagAttachment::default());
                place = 2;
            }
            2 if depth < 8 && !bag.attachments.is_empty() => {
                let inner = bag_of(data, depth + 1);
                if let Some(attachment) = bag.attachments.last_mut() {
                    attachment.message = Some(Box::new(inner));
                }
            }
            3 => return bag,
            tag => {
                let tag = PropTag::from(tag);
                let (bytes, rest) = data.split_at(usize::from(len).min(data.len()));
                *data = rest;
                let properties = match place {
                    0 => Some(&mut bag.properties),
                    1 => bag.recipients.last_mut(),
                    _ => bag.attachments.last_mut().map(|attachment| &mut attachment.properties),
                };
                if let (Some(properties), Ok(value)) = (properties, Value::read(tag.kind, bytes)) {
                    properties.set(tag.id, value);
                }
            }
        }
    }
    bag
}

fn bag_of(data: &mut &[u8], depth: usize) -> Bag {
    bag(data, depth)
}

/// A signed message's own MIME is passed on as it is.
fn is_signed(bag: &Bag) -> bool {
    let class = bag.properties.text(PropId::MESSAGE_CLASS, Default::default()).unwrap_or_default().to_ascii_lowercase();
    class.contains("ipm.note.s") || bag.attachments.iter().any(|attachment| attachment.message.as_ref().is_some_and(|inner| is_signed(inner)))
}

fuzz_target!(|data: &[u8]| {
    let bag = bag(&mut &*data, 0);
    let mut bytes = Vec::new();
    rebuild(&mut bag.clone(), &std::env::temp_dir()).expect("room").body.reader().read_to_end(&mut bytes).expect("read");
    if !is_signed(&bag) {
        assert!(bytes.is_ascii() && bytes.ends_with(b"\r\n"), "{}", String::from_utf8_lossy(&bytes));
        for line in bytes.split(|b| *b == b'\n') {
            assert!(line.len() <= 999 && (line.is_empty() || line.ends_with(b"\r")) && !line.strip_suffix(b"\r").unwrap_or(line).contains(&b'\r'));
        }
    }
    let _item = export(&mut bag.clone());
});
