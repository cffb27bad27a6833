//! Parameters of Content-Type and Content-Disposition, as far as finding a part's file needs them (RFC 2045 §5.1, RFC 2231).

/// The value of `name` in a field's value, of either writing: `name="x"`, `name*=utf-8''x`, `name*0=x; name*1=y`.
#[must_use]
pub(super) fn value_of(field: &str, name: &str) -> Option<String> {
    let mut pieces: Vec<(u32, String)> = Vec::new();
    for (key, value) in parameters(field) {
        let rest = match key.get(..name.len()) {
            Some(head) if head.eq_ignore_ascii_case(name) => key.get(name.len()..).unwrap_or_default(),
            _ => continue,
        };
        let (number, is_extended) = match rest.strip_prefix('*') {
            None if rest.is_empty() => (0, false),
            None => continue,
            Some("") => (0, true),
            Some(number) => match number.trim_end_matches('*').parse() {
                Ok(at) => (at, number.ends_with('*')),
                Err(_) => continue,
            },
        };
        let value = if is_extended { decoded(value.rsplit_once('\'').map_or(value.as_str(), |(_, text)| text)) } else { value };
        if pieces.len() < 100 {
            pieces.push((number, value));
        }
    }
    pieces.sort_by_key(|(number, _)| *number);
    (!pieces.is_empty()).then(|| pieces.into_iter().map(|(_, value)| value).collect())
}

/// Names and unquoted values, in order.
fn parameters(field: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), field.split_once(';').map_or("", |(_, rest)| rest));
    while !rest.is_empty() && found.len() < 200 {
        let Some((key, after)) = rest.split_once('=') else { break };
        let key = key.trim_matches(|c: char| c.is_whitespace() || c == ';').to_owned();
        let after = after.trim_start();
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after.get(..end).unwrap_or_default().trim().to_owned(), after.get(end..).unwrap_or_default())
            }
        };
        found.push((key, value));
        rest = tail.split_once(';').map_or("", |(_, tail)| tail);
    }
    found
}

/// What stands up to the closing quotation mark, and what follows it.
fn unquoted(text: &str) -> (String, &str) {
    let (mut value, mut letters) = (String::new(), text.char_indices());
    while let Some((at, c)) = letters.next() {
        match c {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(letters.next().map(|(_, c)| c)),
            _ => value.push(c),
        }
    }
    (value, "")
}

/// `%XX` decoded, as UTF-8.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match hex {
            Some(decoded) => {
                out.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_in_every_writing() {
        for (field, want) in [
            ("attachment; filename=short.txt", Some("short.txt")),
            ("attachment;\n\tfilename=\"a; \\\"b\\\".txt\"; x=y", Some("a; \"b\".txt")),
            ("inline; filename*=utf-8''Tu%CC%88b.pdf", Some("Tu\u{308}b.pdf")),
            ("attachment; filename*0=\"long_\"; filename*1=name.xls", Some("long_name.xls")),
            ("attachment; filename*1*=%20b; filename*0*=utf-8'en'a", Some("a b")),
            ("attachment; FILENAME = x", Some("x")),
            ("attachment; filenames=x", None),
            ("attachment", None),
            ("attachment; filename=\"open", Some("open")),
        ] {
            assert_eq!(value_of(field, "filename").as_deref(), want, "{field}");
        }
    }
}
