//! Files out of a mail's `winmail.dat`: the mail stays as it is, and what other programs can't open in it is given beside it.

use std::io::Read;
use std::path::Path;

use super::read;
use crate::mail::part::tnef_parts;
use crate::mail::{Body, Message, Other, OtherKind};
use crate::store::mapi::{AttachMethod, Bag, MapiMessage, PropId};
use crate::store::rebuild::rebuild;

/// Longer mail is not looked into (64 MB).
const LONGEST: u64 = 64_000_000;
/// Files of one mail at most.
const MOST: usize = 1000;

/// The files in every TNEF part of `message`.
#[must_use]
pub fn enclosed(message: &Message, temp_dir: &Path) -> Vec<Other> {
    let bytes = match &message.body {
        Body::Memory(bytes) => bytes.clone(),
        Body::File { len, .. } if *len <= LONGEST && mentions_tnef(message.body.reader()).unwrap_or(false) => {
            let mut bytes = Vec::new();
            if message.body.reader().read_to_end(&mut bytes).is_err() {
                return Vec::new();
            }
            bytes.into()
        }
        Body::File { .. } => return Vec::new(),
    };
    let files = tnef_parts(&bytes).into_iter().filter_map(|part| read(&part).ok()).flat_map(|tnef| files_of(&tnef.message, temp_dir)).take(MOST);
    files
        .map(|(name, bytes)| {
            let (stem, extension) = name.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && end.len() <= 8).unwrap_or((&name, "dat"));
            Other {
                store: message.store.clone(),
                mailbox: message.mailbox.clone(),
                place: message.place.clone(),
                kind: OtherKind::Attachment,
                name: stem.to_owned(),
                extension: extension.to_owned(),
                bytes: bytes.into(),
            }
        })
        .collect()
}

/// Whether a media type or a file name of TNEF stands anywhere in it: few large messages are held in memory for nothing else.
fn mentions_tnef(mut body: impl Read) -> std::io::Result<bool> {
    const WORDS: [&[u8]; 2] = [b"ms-tnef", b"winmail.dat"];
    const LONGEST_WORD: usize = 11;
    let (mut buffer, mut held) = (vec![0; 64 * 1024], 0);
    loop {
        let read = body.read(buffer.get_mut(held..).unwrap_or_default())?;
        if read == 0 {
            return Ok(false);
        }
        let filled = held + read;
        let seen = buffer.get_mut(..filled).unwrap_or_default();
        seen.make_ascii_lowercase();
        if WORDS.iter().any(|word| memchr::memmem::find(seen, word).is_some()) {
            return Ok(true);
        }
        held = filled.min(LONGEST_WORD);
        buffer.copy_within(filled - held..filled, 0);
    }
}

/// Name and bytes of each attachment; a message among them becomes mail again.
#[must_use]
pub fn files_of(message: &Bag, temp_dir: &Path) -> Vec<(String, Vec<u8>)> {
    let page = message.store_code_page().unwrap_or_default();
    let mut files = Vec::new();
    for (number, attachment) in message.attachments.iter().enumerate() {
        let properties = &attachment.properties;
        let name = [PropId::ATTACH_LONG_FILENAME, PropId::ATTACH_FILENAME, PropId::ATTACH_TRANSPORT_NAME, PropId::DISPLAY_NAME]
            .into_iter()
            .find_map(|id| text(properties.text(id, page)));
        if let (AttachMethod::Embedded, Some(inner)) = (AttachMethod::of(properties), &attachment.message) {
            let name = name.or_else(|| text(inner.properties.text(PropId::SUBJECT, page))).unwrap_or_else(|| format!("message-{}", number + 1));
            let mut bytes = Vec::new();
            let rebuilt = rebuild(&mut (**inner).clone(), temp_dir);
            if rebuilt.is_ok_and(|rebuilt| rebuilt.body.reader().read_to_end(&mut bytes).is_ok()) {
                files.push((if name.to_lowercase().ends_with(".eml") { name } else { format!("{name}.eml") }, bytes));
            }
        } else if let Some(Ok(bytes)) = properties.bytes(PropId::ATTACH_DATA) {
            files.push((name.unwrap_or_else(|| format!("attachment-{}", number + 1)), bytes));
        }
    }
    files
}

fn text(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_the_buffer_ends() {
        for before in [0, 1, 65_530, 65_536, 131_070, 200_000] {
            let text = [vec![b'x'; before], b"Name=WinMail.DAT".to_vec(), vec![b'y'; 70_000]].concat();
            assert!(mentions_tnef(&*text).expect("in memory"), "{before}");
            // Byte by byte, as a slow disk may give it.
            assert!(mentions_tnef(std::io::BufReader::with_capacity(7, &*text)).expect("in memory"), "{before}");
        }
        assert!(!mentions_tnef(&*vec![b'w'; 200_000]).expect("in memory"));
    }
}
