//! Parts of a message by their type: a look into mail that is otherwise carried as it is.

use mail_parser::{MessageParser, MimeHeaders};

use super::Sha256Digest;

/// The decoded content of every part of `message` that is TNEF, by its type or by its usual name, `winmail.dat`; messages
/// within messages included.
///
/// A message that doesn't name either is not parsed.
#[must_use]
pub fn tnef_parts(message: &[u8]) -> Vec<Vec<u8>> {
    if !names_tnef(message) {
        return Vec::new();
    }
    let Some(parsed) = MessageParser::new().parse(message) else { return Vec::new() };
    let mut found = Vec::new();
    let mut waiting = vec![&parsed];
    while let Some(message) = waiting.pop() {
        for part in &message.parts {
            if let Some(inner) = part.message() {
                waiting.push(inner);
                continue;
            }
            let is_type = part.content_type().is_some_and(|kind| {
                kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("ms-tnef") || subtype.eq_ignore_ascii_case("vnd.ms-tnef"))
            });
            let is_name = part.attachment_name().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"));
            if is_type || is_name {
                found.push(part.contents().to_vec());
            }
        }
    }
    found
}

/// Whether `ms-tnef` or `winmail.dat` stands in it anywhere. Looked for is what no base64 holds, so that attachments cost next to nothing.
fn names_tnef(message: &[u8]) -> bool {
    let is =
        |from: Option<usize>, name: &[u8]| from.and_then(|from| message.get(from..from + name.len())).is_some_and(|found| found.eq_ignore_ascii_case(name));
    memchr::memchr2_iter(b'-', b'.', message).any(|at| is(Some(at), b"-tnef") || is(at.checked_sub(7), b"winmail.dat"))
}

/// SHA-256 of the decoded content of every attachment of `message`, sorted. `None` if it can't be taken apart.
///
/// Attachments are the parts that are no text of the mail itself; what is attached as a message counts by its bytes.
#[must_use]
pub fn attachment_digests(message: &[u8]) -> Option<Vec<Sha256Digest>> {
    let parsed = MessageParser::new().parse(message)?;
    let mut digests: Vec<Sha256Digest> = parsed.attachments().map(|part| Sha256Digest::of(part.contents())).collect();
    digests.sort();
    Some(digests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tnef_is_found_by_type_or_name_and_nothing_else_is() {
        let part = |content_type: &str| {
            format!(
                "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwinmail.dat\r\n--b\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig==\r\n--b--\r\n"
            )
        };
        for (content_type, want) in [("application/MS-TNEF", 1), ("application/octet-stream; name=\"Winmail.dat\"", 1), ("application/pdf; name=x.pdf", 0)] {
            assert_eq!(tnef_parts(part(content_type).as_bytes()), vec![vec![0x78, 0x9F, 0x3E, 0x22]; want], "{content_type}");
        }
        assert!(tnef_parts(b"Subject: plain\r\n\r\ntext").is_empty());
    }
}
