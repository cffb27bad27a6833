//! Header fields: folded, pure ASCII, with encoded words (RFC 2047) and extended parameters (RFC 2231) for the rest.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::encode::LONGEST_LINE;

/// Lines are folded at this width where they can be.
const WIDTH: usize = 76;
/// An encoded word has at most 75 characters; of these, as many bytes of text.
const WORD_BYTES: usize = 42;
/// Longer texts are cut: no field of a mail is longer (32 KiB).
const LONGEST_TEXT: usize = 32 << 10;

/// Text for a header: control characters become blanks, runs of them one, ends are trimmed; what is too long is cut.
#[must_use]
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_TEXT));
    for c in text.chars() {
        let c = if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        if out.len() + c.len_utf8() > LONGEST_TEXT {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

/// Text as it may stand in an unstructured field or, with `in_phrase`, as a display name.
fn needs_encoding(text: &str) -> bool {
    !text.is_ascii() || text.contains("=?") || text.split(' ').any(|word| word.len() > 900)
}

/// `text` as encoded words, one blank between them.
#[must_use]
pub(super) fn encoded_words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut len = rest.len().min(WORD_BYTES);
        while !rest.is_char_boundary(len) {
            len -= 1;
        }
        let (word, tail) = rest.split_at(len);
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str("=?UTF-8?B?");
        STANDARD.encode_string(word, &mut out);
        out.push_str("?=");
        rest = tail;
    }
    out
}

/// A field with text that anything may stand in: Subject, Comments.
#[must_use]
pub(super) fn unstructured(name: &str, text: &str) -> String {
    let text = clean(text);
    folded(name, &if needs_encoding(&text) { encoded_words(&text) } else { text })
}

/// A field whose value is ASCII already; folded at blanks, and within a word only where it would be too long for any line.
#[must_use]
pub(super) fn folded(name: &str, value: &str) -> String {
    let mut out = format!("{name}:");
    let mut column = out.len();
    for word in value.split(' ').filter(|word| !word.is_empty()) {
        if column + 1 + word.len() > WIDTH && column > name.len() + 1 {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(' ');
        column += 1;
        let mut rest = word;
        while column + rest.len() > LONGEST_LINE {
            let (now, tail) = rest.split_at_checked(LONGEST_LINE - column).unwrap_or((rest, ""));
            out.push_str(now);
            out.push_str("\r\n ");
            (rest, column) = (tail, 1);
        }
        out.push_str(rest);
        column += rest.len();
    }
    out.push_str("\r\n");
    out
}

/// A display name: bare, quoted or encoded, as it needs.
#[must_use]
pub(super) fn phrase(name: &str) -> String {
    let name = clean(name);
    if needs_encoding(&name) {
        return encoded_words(&name);
    }
    let is_atoms = name.bytes().all(|b| b.is_ascii_alphanumeric() || b" !#$%&'*+-/=?^_`{|}~".contains(&b));
    if is_atoms && !name.is_empty() { name } else { quoted(&name) }
}

/// An ASCII text in quotation marks.
#[must_use]
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// `; name=value` for Content-Type and Content-Disposition, each piece on a line of its own.
///
/// Short ASCII is quoted; anything else is written as RFC 2231 says, in pieces where it is long.
#[must_use]
pub(super) fn parameter(name: &str, value: &str) -> String {
    let value = clean(value);
    if value.is_ascii() && value.len() <= 60 && !value.contains("=?") {
        return format!(";\r\n {name}={}", quoted(&value));
    }
    let mut pieces = vec![String::new()];
    for c in value.chars() {
        let mut encoded = String::new();
        let mut utf8 = [0; 4];
        for byte in c.encode_utf8(&mut utf8).bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~!#$&+^`{}|".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                let _never_fails = write!(encoded, "%{byte:02X}");
            }
        }
        match pieces.last_mut() {
            Some(piece) if piece.len() + encoded.len() <= 56 => piece.push_str(&encoded),
            _ => pieces.push(encoded),
        }
    }
    match pieces.as_slice() {
        [one] => format!(";\r\n {name}*=UTF-8''{one}"),
        many => many.iter().enumerate().fold(String::new(), |mut out, (number, piece)| {
            let charset = if number == 0 { "UTF-8''" } else { "" };
            let _never_fails = write!(out, ";\r\n {name}*{number}*={charset}{piece}");
            out
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_could_break_a_header_is_made_harmless() {
        for (text, want) in [
            ("plain", "Subject: plain\r\n"),
            ("two\r\nBcc: them", "Subject: two Bcc: them\r\n"),
            ("Grüße", "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"),
            ("=?fake?=", "Subject: =?UTF-8?B?PT9mYWtlPz0=?=\r\n"),
            ("", "Subject:\r\n"),
            ("\u{0}\u{7f}a\u{85}b", "Subject: a b\r\n"),
        ] {
            assert_eq!(unstructured("Subject", text), want);
        }
        for long in ["ü".repeat(3000), "x".repeat(5000), "word ".repeat(900)] {
            let field = unstructured("Subject", &long);
            assert!(field.is_ascii() && field.split("\r\n").all(|line| line.len() <= LONGEST_LINE), "{}", field.len());
            assert!(field.trim_end().split("\r\n").skip(1).all(|line| line.starts_with(' ') && !line.trim().is_empty()));
        }
    }

    #[test]
    fn names_are_bare_quoted_or_encoded() {
        for (name, want) in
            [("Jo Doe", "Jo Doe"), ("Doe, Jo", "\"Doe, Jo\""), ("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\""), ("Müller", "=?UTF-8?B?TcO8bGxlcg==?="), ("", "\"\"")]
        {
            assert_eq!(phrase(name), want);
        }
    }

    /// RFC 2231 §3 and §4.
    #[test]
    fn parameters_take_any_name_and_any_length() {
        for (value, want) in [
            ("a.txt", ";\r\n name=\"a.txt\""),
            ("a \"b\".txt", ";\r\n name=\"a \\\"b\\\".txt\""),
            ("ü€.txt", ";\r\n name*=UTF-8''%C3%BC%E2%82%AC.txt"),
            ("50% é", ";\r\n name*=UTF-8''50%25%20%C3%A9"),
        ] {
            assert_eq!(parameter("name", value), want);
        }
        let long = parameter("filename", &"é".repeat(40));
        assert!(long.contains(";\r\n filename*0*=UTF-8''%C3%A9") && long.contains(";\r\n filename*4*="), "{long}");
        assert!(long.split("\r\n").all(|line| line.len() <= 78));
    }
}
