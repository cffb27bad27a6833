//! Mailbox names: modified UTF-7 both ways (RFC 3501 §5.1.3), as IMAP strings, and as paths.
//!
//! Names are text everywhere above the wire. A name that is not well-formed on the wire must still be addressed exactly as
//! the server wrote it: each byte that does not belong to a well-formed name becomes a character of U+F700…U+F7FF (private
//! use), which is written back as that byte. So [`encode`] after [`decode`] always gives the server's own bytes.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::mail::MailboxPath;

const BASE64: GeneralPurpose =
    GeneralPurpose::new(&IMAP_MUTF7, GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::RequireNone));

/// The first of the 256 characters that stand for single odd bytes.
const ODD_BYTES: u32 = 0xF700;

fn odd(byte: u8) -> char {
    char::from_u32(ODD_BYTES + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn odd_byte(c: char) -> Option<u8> {
    u32::from(c).checked_sub(ODD_BYTES).and_then(|byte| u8::try_from(byte).ok())
}

/// Writes a name as the server wants it: modified UTF-7.
#[must_use]
pub fn encode(name: &str) -> Vec<u8> {
    let (mut out, mut run) = (Vec::with_capacity(name.len()), Vec::new());
    for c in name.chars() {
        let plain = match c {
            '&' => Some(&b"&-"[..]),
            _ if odd_byte(c).is_some() || (' '..='~').contains(&c) => Some(&[][..]),
            _ => None,
        };
        let Some(plain) = plain else {
            run.push(c);
            continue;
        };
        end_run(&mut run, &mut out);
        out.extend_from_slice(plain);
        if plain.is_empty() {
            out.push(odd_byte(c).unwrap_or(c as u8));
        }
    }
    end_run(&mut run, &mut out);
    out
}

fn end_run(run: &mut Vec<char>, out: &mut Vec<u8>) {
    if run.is_empty() {
        return;
    }
    let utf16: Vec<u8> = run.drain(..).flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()).flat_map(u16::to_be_bytes).collect();
    out.push(b'&');
    out.extend_from_slice(BASE64.encode(utf16).as_bytes());
    out.push(b'-');
}

/// Reads a name as the server wrote it. Never fails: what is not well-formed is kept byte by byte.
#[must_use]
pub fn decode(wire: &[u8]) -> String {
    let (mut name, mut rest, mut after_run) = (String::with_capacity(wire.len()), wire, false);
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        let run = (*byte == b'&').then(|| memchr::memchr(b'-', tail)).flatten().and_then(|end| Some((tail.get(..end)?, tail.get(end + 1..)?)));
        match run {
            Some(([], tail)) => {
                name.push('&');
                (rest, after_run) = (tail, false);
                continue;
            }
            // Two runs side by side would be written as one: the second is not well-formed.
            Some((base64, tail)) if !after_run => {
                if let Some(text) = decode_run(base64) {
                    name.push_str(&text);
                    (rest, after_run) = (tail, true);
                    continue;
                }
            }
            _ => {}
        }
        after_run = false;
        name.push(if matches!(byte, b' '..=b'~') && *byte != b'&' { char::from(*byte) } else { odd(*byte) });
    }
    name
}

/// A run of base64, if it is the one way to write its text.
fn decode_run(base64: &[u8]) -> Option<String> {
    let bytes = BASE64.decode(base64).ok()?;
    let units: Vec<u16> = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(u16::from_be_bytes)).collect::<Result<_, _>>().ok()?;
    let text = String::from_utf16(&units).ok()?;
    let fits = !text.is_empty() && text.chars().all(|c| !(' '..='~').contains(&c) && odd_byte(c).is_none());
    fits.then_some(text)
}

/// How a string goes into a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// As it is here, quotes included.
    Quoted(Vec<u8>),
    /// It needs a literal.
    Literal(Vec<u8>),
}

/// Quotes a string, or says that it needs a literal: 8-bit characters, CR, LF and controls do.
///
/// `None` if it holds NUL, which nothing can carry.
#[must_use]
pub fn write(text: &[u8]) -> Option<Written> {
    if text.contains(&0) {
        return None;
    }
    if !text.iter().all(|b| matches!(b, b' '..=b'~')) || text.len() > 1000 {
        return Some(Written::Literal(text.to_vec()));
    }
    let mut quoted = Vec::with_capacity(text.len() + 2);
    quoted.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    Some(Written::Quoted(quoted))
}

/// A name as a path, split at the server's delimiter, the namespace's prefix included. `inbox` of any case is `INBOX`.
#[must_use]
pub fn path_of(name: &str, delimiter: Option<char>) -> MailboxPath {
    let mut names: Vec<String> = delimiter.map_or_else(|| vec![name.to_owned()], |delimiter| name.split(delimiter).map(str::to_owned).collect());
    if let Some(first) = names.first_mut().filter(|first| first.eq_ignore_ascii_case("INBOX")) {
        "INBOX".clone_into(first);
    }
    MailboxPath::new(names)
}

/// A path (without the namespace's prefix) as a full name. `None` if a name in it holds the delimiter, or if there is
/// more than one name and no delimiter. INBOX itself never gets a prefix.
#[must_use]
pub fn name_of(path: &MailboxPath, delimiter: Option<char>, prefix: &str) -> Option<String> {
    let names = path.names();
    if let [only] = names
        && only.eq_ignore_ascii_case("INBOX")
    {
        return Some("INBOX".to_owned());
    }
    let separator = match delimiter {
        Some(delimiter) if names.iter().any(|name| name.contains(delimiter)) => return None,
        Some(delimiter) => delimiter.to_string(),
        None if names.len() > 1 => return None,
        None => String::new(),
    };
    let name = names.join(&separator);
    Some(if name.starts_with(prefix) { name } else { format!("{prefix}{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_standard_and_of_real_servers_are_read_and_written() {
        for (wire, name) in [
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
            ("Entw&APw-rfe", "Entwürfe"),
            ("a &- b", "a & b"),
            ("&2D3eAA-", "😀"),
            ("&AOk-l&AOk-ments envoy&AOk-s", "éléments envoyés"),
            ("tab&AAk-", "tab\t"),
            ("", ""),
        ] {
            assert_eq!(decode(wire.as_bytes()), name);
            assert_eq!(encode(name), wire.as_bytes());
        }
    }

    #[test]
    fn ill_formed_names_stay_addressable() {
        for wire in [&b"a&b"[..], b"&AGE-", b"&AOQ-&AOQ-", b"&2D0-", b"&AO-", b"&AOR-", b"&-&", b"\xC3\xA4", b"\r\n\"", b"&9yY-", b"&", b"&&-"] {
            assert_eq!(encode(&decode(wire)), wire, "{:?}", String::from_utf8_lossy(wire));
        }
    }

    #[test]
    fn strings_can_not_break_out_of_a_command() {
        assert_eq!(write(b"a\"b\\c {3}"), Some(Written::Quoted(br#""a\"b\\c {3}""#.to_vec())));
        assert_eq!(write(b""), Some(Written::Quoted(b"\"\"".to_vec())));
        assert_eq!(write(b"a\r\nm9 DELETE INBOX"), Some(Written::Literal(b"a\r\nm9 DELETE INBOX".to_vec())));
        assert_eq!(write(b"a\0b"), None);
    }

    #[test]
    fn names_and_paths_follow_delimiter_and_prefix() {
        for (path, delimiter, prefix, name) in [
            ("Inbox", Some('.'), "INBOX.", Some("INBOX")),
            ("Sent", Some('.'), "INBOX.", Some("INBOX.Sent")),
            ("A/B", Some('/'), "", Some("A/B")),
            ("A/B", Some('.'), "INBOX.", Some("INBOX.A.B")),
            ("INBOX/Old", Some('.'), "INBOX.", Some("INBOX.Old")),
            ("a.b", Some('.'), "", None),
            ("A/B", None, "", None),
        ] {
            assert_eq!(name_of(&MailboxPath::from(path), delimiter, prefix).as_deref(), name, "{path}");
        }
        assert_eq!(path_of("inbox.A.B", Some('.')), MailboxPath::from("INBOX/A/B"));
        assert_eq!(path_of("a/b", None), MailboxPath::new(["a/b"]));
    }

    proptest! {
        #[test]
        fn the_wire_form_comes_back_whatever_it_is(wire in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"&-AOQ,/+2D3eAAa".to_vec())], 0..40)) {
            prop_assert_eq!(encode(&decode(&wire)), wire);
        }

        #[test]
        fn a_name_comes_back_whatever_it_is(name in "(\\PC|[&\\-\\x00-\\x7f]){0,20}") {
            prop_assume!(!name.chars().any(|c| odd_byte(c).is_some()));
            let wire = encode(&name);
            prop_assert!(wire.is_ascii());
            prop_assert_eq!(decode(&wire), name);
        }
    }
}
