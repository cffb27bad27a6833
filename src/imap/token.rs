//! The values that answers are made of: atoms, strings, literals and lists (RFC 9051 §4).
//!
//! Tolerant where servers are loose (an atom is whatever stands between blanks and parentheses), strict where looseness
//! would hide a failure (an open list or string is an error). No recursion: nesting is a stack of bounded depth.

use bytes::Bytes;

/// Lists nested deeper than this are nonsense.
pub const DEEPEST_LIST: usize = 32;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Anything unquoted: a word, a number, a flag, `NIL`, `BODY[HEADER.FIELDS (A B)]`.
    Atom(Bytes),
    /// A quoted string, its escapes undone.
    Quoted(Bytes),
    /// A literal that was collected.
    Literal(Bytes),
    /// A literal of so many bytes that went to the visitor.
    Streamed(u64),
    /// A parenthesised list.
    List(Vec<Self>),
}

impl Value {
    /// The bytes of an atom, string or literal; `None` for NIL, lists and streamed literals.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Atom(bytes) => (!self.is_nil()).then_some(bytes),
            Self::Quoted(bytes) | Self::Literal(bytes) => Some(bytes),
            Self::Streamed(_) | Self::List(_) => None,
        }
    }

    /// The same as text; bytes that are no UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A number, quoted or not.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        std::str::from_utf8(self.bytes()?).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    }

    /// The elements of a list; NIL is the empty list.
    #[must_use]
    pub fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ if self.is_nil() => Some(&[]),
            _ => None,
        }
    }

    /// The atom NIL.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Atom(bytes) if bytes.eq_ignore_ascii_case(b"NIL"))
    }

    /// True for the atom `word` in any case.
    #[must_use]
    pub fn is_atom(&self, word: &str) -> bool {
        matches!(self, Self::Atom(bytes) if bytes.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// A literal of an answer: where in its line the announcement `{n}` CRLF ends, and what came.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Offset in the line.
    pub ends_at: usize,
    /// [`Value::Literal`] or [`Value::Streamed`].
    pub value: Value,
}

/// Why a line can't be read as values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A list that is not closed, or closed twice.
    #[error("unbalanced parentheses")]
    Unbalanced,
    /// A string that is not closed.
    #[error("an open string")]
    OpenString,
    /// More than [`DEEPEST_LIST`] lists in each other.
    #[error("lists too deep in each other")]
    TooDeep,
}

/// Reads the values of `line` from offset `at` on. `literals` are those of the line, in order.
///
/// # Errors
/// [`Malformed`].
pub fn values(line: &[u8], mut at: usize, literals: Vec<Literal>) -> Result<Vec<Value>, Malformed> {
    let mut literals = literals.into_iter().peekable();
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    while let Some(byte) = line.get(at) {
        let value = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'(' => {
                if open.len() > DEEPEST_LIST {
                    return Err(Malformed::TooDeep);
                }
                open.push(Vec::new());
                at += 1;
                continue;
            }
            b')' => {
                at += 1;
                if open.len() < 2 {
                    return Err(Malformed::Unbalanced);
                }
                Value::List(open.pop().unwrap_or_default())
            }
            b'"' => {
                let (text, next) = quoted(line, at + 1)?;
                at = next;
                Value::Quoted(text)
            }
            _ => {
                let announced = announcement_end(line, at);
                match literals.next_if(|literal| Some(literal.ends_at) == announced) {
                    Some(literal) => {
                        at = literal.ends_at;
                        literal.value
                    }
                    None => {
                        let end = atom_end(line, at);
                        let atom = line.get(at..end).unwrap_or_default();
                        at = end;
                        Value::Atom(Bytes::copy_from_slice(atom))
                    }
                }
            }
        };
        open.last_mut().ok_or(Malformed::Unbalanced)?.push(value);
    }
    match (open.pop(), open.is_empty()) {
        (Some(values), true) => Ok(values),
        _ => Err(Malformed::Unbalanced),
    }
}

/// Past the CRLF of a `{n}` or `~{n}` that starts at `at`, if one does.
fn announcement_end(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?;
    if !matches!(rest, [b'{', ..] | [b'~', b'{', ..]) {
        return None;
    }
    Some(at + memchr::memchr(b'\n', rest)? + 1)
}

/// A string from past its opening quote: its text and the offset past its closing quote.
fn quoted(line: &[u8], mut at: usize) -> Result<(Bytes, usize), Malformed> {
    let mut text = Vec::new();
    loop {
        match line.get(at).ok_or(Malformed::OpenString)? {
            b'"' => return Ok((text.into(), at + 1)),
            b'\\' => {
                text.push(*line.get(at + 1).ok_or(Malformed::OpenString)?);
                at += 2;
            }
            byte => {
                text.push(*byte);
                at += 1;
            }
        }
    }
}

/// The offset past an atom; blanks and parentheses within `[…]` belong to it.
fn atom_end(line: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = line.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b')' => break,
            b'(' if at > start => break,
            b'[' => at = line.get(at..).and_then(|rest| memchr::memchr(b']', rest)).map_or(at + 1, |close| at + close + 1),
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[Value]) -> String {
        let shown: Vec<String> = values
            .iter()
            .map(|value| match value {
                Value::Atom(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Value::Quoted(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
                Value::Literal(bytes) => format!("<{}>", String::from_utf8_lossy(bytes)),
                Value::Streamed(len) => format!("<{len} bytes>"),
                Value::List(values) => format!("({})", shown(values)),
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn values_of_any_shape_are_read() {
        for (line, want) in [
            (r"(\Seen $a \*) NIL 12", r"(\Seen $a \*) NIL 12"),
            (r#""a \"b\" \\" """#, r#""a \"b\" \\" """#),
            ("((()) ())a(b)", "((()) ()) a (b)"),
            ("BODY[HEADER.FIELDS (STATUS \"X-UID\")] x", "BODY[HEADER.FIELDS (STATUS \"X-UID\")] x"),
            ("a[b c", "a[b c"),
            ("[Gmail]/Sent", "[Gmail]/Sent"),
            ("{3} {x", "{3} {x"),
            ("", ""),
        ] {
            assert_eq!(values(line.as_bytes(), 0, Vec::new()).map(|values| shown(&values)), Ok(want.to_owned()), "{line}");
        }
        let line = b"(A {3}\r\n B {5}\r\n)";
        let literals = vec![Literal { ends_at: 8, value: Value::Literal(Bytes::from_static(b"x)y")) }, Literal { ends_at: 16, value: Value::Streamed(5) }];
        assert_eq!(values(line, 0, literals).map(|values| shown(&values)), Ok("(A <x)y> B <5 bytes>)".to_owned()));
    }

    #[test]
    fn open_and_endless_things_are_errors_not_panics() {
        let deep = "(".repeat(100_000);
        for (line, want) in [
            ("(", Malformed::Unbalanced),
            (")", Malformed::Unbalanced),
            ("\"a", Malformed::OpenString),
            ("\"a\\", Malformed::OpenString),
            (&deep, Malformed::TooDeep),
        ] {
            assert_eq!(values(line.as_bytes(), 0, Vec::new()), Err(want), "{:.20}", line);
        }
    }
}
