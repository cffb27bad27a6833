//! Signed and encrypted mail ([MS-OXOSMIME], RFC 8551, RFC 3156): its own MIME, where the store has it.
//!
//! Outlook keeps such a message's content as one attachment: the whole `multipart/signed` entity of a clear-signed message, the
//! PKCS #7 object of an opaque one. A signature holds only over the bytes that were signed, so they are passed on unchanged.

use std::io::{self, Read, Write};

use super::attachment::Facts;
use super::encode::base64_from;
use super::field::{folded, parameter};
use super::header::Kept;
use super::{Build, Frame};
use crate::mail::body::copy;
use crate::store::mapi::{AttachMethod, PropId};

/// As much of an attachment as tells what it is.
const HEAD_BYTES: usize = 4096;

/// Writes the rest of a signed or encrypted message from its attachment. False, and nothing written, if it is none, or not as
/// expected: then it is a message like others.
pub(super) fn write_original(build: &mut Build, frame: &mut Frame<'_>, kept: &Kept, is_nested: bool) -> io::Result<bool> {
    let class = frame.message.get().properties().text(PropId::MESSAGE_CLASS, frame.page).unwrap_or_default().to_ascii_lowercase();
    let [facts] = frame.attachments.as_slice() else { return Ok(false) };
    if !(class.starts_with("ipm.note.smime") || class.starts_with("ipm.note.secure")) || facts.method != AttachMethod::Value || facts.unreadable.is_some() {
        return Ok(false);
    }
    let facts = facts.clone();
    let Ok(mut attachment) = frame.message.get().attachment(facts.index) else { return Ok(false) };
    let mut head = Vec::new();
    if attachment.open_data().and_then(|data| data.take(HEAD_BYTES as u64).read_to_end(&mut head)).is_err() {
        return Ok(false);
    }
    let is_entity = has_content_type(&head);
    if !is_entity && head.first() != Some(&0x30) {
        return Ok(false);
    }
    let Ok(mut data) = attachment.open_data() else { return Ok(false) };
    let failed = if is_entity {
        let (bytes, failed) = copy(&mut data, &mut build.out)?;
        build.data_bytes += bytes;
        if is_nested {
            build.out.write_all(b"\r\n")?;
        }
        failed
    } else {
        let told = kept.value("Content-Type").filter(|value| value.is_ascii() && value.to_ascii_lowercase().contains("pkcs7-mime"));
        match told {
            Some(value) => build.out.write_all(folded("Content-Type", &value.replace('\t', " ")).as_bytes())?,
            None => write!(build.out, "Content-Type: application/pkcs7-mime; smime-type={}{}\r\n", kind_of(&head), parameter("name", "smime.p7m"))?,
        }
        write!(build.out, "Content-Disposition: attachment{}\r\nContent-Transfer-Encoding: base64\r\n\r\n", parameter("filename", "smime.p7m"))?;
        let (bytes, failed) = base64_from(&mut data, super::MOST_BYTES, &mut build.out)?;
        build.data_bytes += bytes;
        failed
    };
    match failed {
        None => build.written += 1,
        Some(error) => build.problems.push(format!("the signed or encrypted content breaks off: {error}")),
    }
    Ok(true)
}

/// True if it begins with a header that has a Content-Type of a multipart or of PKCS #7, up to an empty line.
fn has_content_type(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut is_content = false;
    for (number, line) in text.split('\n').map(|line| line.trim_end_matches('\r')).enumerate() {
        if line.is_empty() {
            return is_content;
        }
        let is_continued = line.starts_with([' ', '\t']) && number > 0;
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| !is_continued && name.bytes().all(|b| b.is_ascii_graphic())) else {
            if is_continued {
                continue;
            }
            return false;
        };
        is_content |= name == "content-type" && (value.trim_start().starts_with("multipart/") || value.contains("pkcs7-mime"));
    }
    is_content
}

/// The kind of a PKCS #7 object by the object identifier at its start (RFC 8551 §3.2.2).
fn kind_of(der: &[u8]) -> &'static str {
    let head = der.get(..64).unwrap_or(der);
    let has = |oid: &[u8]| memchr::memmem::find(head, oid).is_some();
    if has(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]) {
        "signed-data"
    } else if has(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x09]) {
        "compressed-data"
    } else {
        "enveloped-data"
    }
}

/// `multipart/encrypted` for PGP mail (RFC 3156 §4), which Outlook took apart into its two parts.
pub(super) fn kind_of_encrypted(kept: &Kept, attachments: &[Facts]) -> Option<&'static str> {
    let value = kept.value("Content-Type")?.to_ascii_lowercase();
    let [first, _] = attachments else { return None };
    (value.starts_with("multipart/encrypted") && first.mime == "application/pgp-encrypted")
        .then_some("multipart/encrypted; protocol=\"application/pgp-encrypted\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_entity_is_told_from_other_bytes() {
        for (head, want) in [
            (&b"Content-Type: multipart/signed;\r\n\tboundary=x\r\n\r\n--x"[..], true),
            (b"MIME-Version: 1.0\ncontent-type: application/x-pkcs7-mime\n\nMII", true),
            (b"Content-Type: text/plain\r\n\r\n", false),
            (b"\x30\x82\x01", false),
            (b"no header\r\n\r\n", false),
            (b"", false),
        ] {
            assert_eq!(has_content_type(head), want, "{}", String::from_utf8_lossy(head));
        }
        assert_eq!(kind_of(&[0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]), "signed-data");
        assert_eq!(kind_of(&[0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03]), "enveloped-data");
    }
}
