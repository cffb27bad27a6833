//! Bytes as text: what Excel and others save as CSV.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use zeroize::Zeroizing;

/// So much of it decides whether it is UTF-16 without a mark.
const LOOKED_AT: usize = 4_096;

/// The text, and the name of its encoding.
///
/// # Errors
/// A sentence, for what is no text.
pub fn decode(bytes: &[u8]) -> Result<(Zeroizing<String>, &'static str), &'static str> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err("this is a workbook, not a list: save it in Excel or LibreOffice as “CSV UTF-8” first");
    }
    let utf_16 = |encoding: &'static encoding_rs::Encoding, bytes: &[u8]| {
        let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
        let text = Zeroizing::new(text.into_owned());
        if had_errors || text.contains('\0') { Err("the list is damaged: it is no proper UTF-16 text") } else { Ok((text, "UTF-16")) }
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return utf_16(UTF_16LE, rest),
        [0xFE, 0xFF, rest @ ..] => return utf_16(UTF_16BE, rest),
        _ => {}
    }
    if let Some(encoding) = without_a_mark(bytes) {
        return utf_16(encoding, bytes);
    }
    if bytes.contains(&0) {
        return Err("this is no text: it holds NUL bytes");
    }
    let bare = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match std::str::from_utf8(bare) {
        Ok(text) => Ok((Zeroizing::new(text.to_owned()), "UTF-8")),
        Err(_) => Ok((Zeroizing::new(WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()), "Windows-1252")),
    }
}

/// Every second byte of a list in UTF-16 is mostly 0: heads are in ASCII.
fn without_a_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), start.len() / 2);
    if half < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    match (even, odd) {
        (0, odd) if odd * 2 > half => Some(UTF_16LE),
        (even, 0) if even * 2 > half => Some(UTF_16BE),
        _ => None,
    }
}
