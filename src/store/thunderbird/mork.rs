//! The true name of a folder whose name on disk is a hash, from its `.msf` (Mork).
//!
//! Names over 55 characters or with characters that a file system forbids are hashed on disk (nsMsgUtils.cpp). Only this one cell is
//! looked for; nothing else of the format is read.

use std::collections::BTreeMap;

/// How much of a `.msf` is looked at (1 MB).
pub const LOOKED_AT_BYTES: u64 = 1_000_000;

/// The cell `folderName` (older: `mailboxName`), where it can be found simply; `None` otherwise.
#[must_use]
pub fn folder_name(msf: &[u8]) -> Option<String> {
    let aliases = aliases(msf);
    let columns: Vec<&str> = ["folderName", "mailboxName"]
        .into_iter()
        .filter_map(|name| aliases.iter().find(|(_, value)| value.as_slice() == name.as_bytes()).map(|(id, _)| id.as_str()))
        .collect();
    columns.into_iter().find_map(|column| {
        let value = cell(msf, column)?;
        let text = match value {
            Cell::Text(text) => text,
            Cell::Alias(id) => aliases_of_values(msf).remove(&id)?,
        };
        String::from_utf8(text).ok().filter(|name| !name.is_empty())
    })
}

enum Cell {
    Text(Vec<u8>),
    Alias(String),
}

/// The first cell `(^column=text)` or `(^column^alias)`.
fn cell(msf: &[u8], column: &str) -> Option<Cell> {
    for (mark, is_alias) in [("=", false), ("^", true)] {
        let needle = format!("(^{column}{mark}");
        if let Some(at) = memchr::memmem::find(msf, needle.as_bytes()) {
            let value = value(msf.get(at + needle.len()..)?)?.0;
            return Some(if is_alias { Cell::Alias(String::from_utf8(value).ok()?) } else { Cell::Text(value) });
        }
    }
    None
}

/// The dictionary of columns: `< <(a=c)> … (A1=folderName) … >`.
fn aliases(msf: &[u8]) -> BTreeMap<String, Vec<u8>> {
    dictionaries(msf, true)
}

/// The dictionaries of values.
fn aliases_of_values(msf: &[u8]) -> BTreeMap<String, Vec<u8>> {
    dictionaries(msf, false)
}

fn dictionaries(msf: &[u8], of_columns: bool) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut rest = msf;
    while let Some(at) = memchr::memmem::find(rest, b"\n<") {
        rest = rest.get(at + 2..).unwrap_or_default();
        let head = rest.get(..40.min(rest.len())).unwrap_or_default();
        let is_of_columns = memchr::memmem::find(head, b"(a=c)").is_some();
        // The head `<(a=c)>` ends with `)>` too: look past it.
        let skip = memchr::memmem::find(head, b"(a=c)>").map_or(0, |at| at + 6);
        let body = rest.get(skip..).unwrap_or_default();
        let (body, after) = body.split_at(memchr::memmem::find(body, b")>").map_or(body.len(), |end| end + 1));
        if is_of_columns == of_columns {
            entries(body, &mut found);
        }
        // Behind its end, not within it: otherwise dictionaries without an end are read once for each that begins before them.
        rest = after;
        if found.len() > 200_000 {
            break;
        }
    }
    found
}

fn entries(mut body: &[u8], found: &mut BTreeMap<String, Vec<u8>>) {
    while let Some(open) = memchr::memchr(b'(', body) {
        body = body.get(open + 1..).unwrap_or_default();
        let Some(equals) = body.iter().take(20).position(|b| *b == b'=') else { continue };
        let (id, tail) = body.split_at(equals);
        let Some((text, used)) = value(tail.get(1..).unwrap_or_default()) else { return };
        if let Ok(id) = std::str::from_utf8(id) {
            found.insert(id.trim().to_owned(), text);
        }
        body = tail.get(1 + used..).unwrap_or_default();
    }
}

/// A value up to its closing bracket: `\` takes the next byte as it is (or joins lines), `$XX` is a byte in hexadecimal.
fn value(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        match *bytes.get(at)? {
            b')' => return Some((out, at)),
            b'\\' => {
                match *bytes.get(at + 1)? {
                    b'\r' if bytes.get(at + 2) == Some(&b'\n') => at += 1,
                    b'\n' | b'\r' => {}
                    other => out.push(other),
                }
                at += 2;
            }
            b'$' => {
                let digits = std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok()?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                at += 3;
            }
            other => {
                out.push(other);
                at += 1;
            }
        }
        if out.len() > 4096 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_as_text_and_through_the_dictionary() {
        let head = "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> // (f=iso-8859-1)\n  (B8=custom)(84=folderName)(85=flags)>\n";
        let plain = format!("{head}{{1:^80 {{(k^96:c)}} [1(^84=A\\) long$C3$A4 name)(^85=4)]}}");
        assert_eq!(folder_name(plain.as_bytes()).as_deref(), Some("A) longä name"));
        let through = format!("{head}\n<(80=0)(81=Through it)>\n[1(^84^81)]");
        assert_eq!(folder_name(through.as_bytes()).as_deref(), Some("Through it"));
        for nothing in ["", "(", "< <(a=c)>", "\n< <(a=c)> (84=folderName)>\n[1(^84=", "\n< <(a=c)> (84=folderName)>\n[1(^84$ZZ)]"] {
            assert_eq!(folder_name(nothing.as_bytes()), None, "{nothing}");
        }
    }

    #[test]
    fn dictionaries_that_never_end_are_read_once() {
        for unit in ["\n<(A=b)", "\n<(A=b", "\n<", "\n< <(a=c)>(A=b)"] {
            let endless = unit.repeat(LOOKED_AT_BYTES as usize / unit.len());
            assert_eq!(folder_name(endless.as_bytes()), None, "{unit:?}");
        }
    }
}
