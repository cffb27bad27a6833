//! The words of a command: atoms, strings and brackets, and a walk over them.

use bytes::Bytes;

use super::parse::Piece;
use super::sequence::SequenceSet;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Atom(String),
    Quoted(String),
    Literal(Bytes),
    Open,
    Close,
}

/// The words of all pieces, in order.
pub(super) fn words(pieces: &[Piece]) -> Result<Vec<Word>, &'static str> {
    let mut words = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Literal(bytes) => words.push(Word::Literal(bytes.clone())),
            Piece::Text(text) => split(text, &mut words)?,
        }
    }
    Ok(words)
}

fn split(text: &[u8], words: &mut Vec<Word>) -> Result<(), &'static str> {
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b' ' => after,
            b'(' => {
                words.push(Word::Open);
                after
            }
            b')' => {
                words.push(Word::Close);
                after
            }
            b'"' => {
                let (quoted, after) = quoted(after).ok_or("Unfinished quoted string")?;
                words.push(Word::Quoted(quoted));
                after
            }
            _ => {
                let (atom, after) = atom(rest)?;
                words.push(Word::Atom(atom));
                after
            }
        };
    }
    Ok(())
}

/// The inside of a quoted string and what follows it.
fn quoted(text: &[u8]) -> Option<(String, &[u8])> {
    let (mut out, mut escaped) = (Vec::new(), false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => {
                out.push(*byte);
                escaped = false;
            }
            b'\\' => escaped = true,
            b'"' => return Some((String::from_utf8_lossy(&out).into_owned(), text.get(at + 1..)?)),
            _ => out.push(*byte),
        }
    }
    None
}

/// An atom and what follows it; within `[…]` blanks and brackets belong to it, as in `BODY[HEADER.FIELDS (Date)]<0.10>`.
fn atom(text: &[u8]) -> Result<(String, &[u8]), &'static str> {
    let mut in_section = false;
    let end = text.iter().position(|byte| {
        match byte {
            b'[' => in_section = true,
            b']' => in_section = false,
            _ => {}
        }
        !in_section && matches!(byte, b' ' | b'(' | b')' | b'"')
    });
    let (atom, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, &[]));
    if atom.iter().any(u8::is_ascii_control) {
        return Err("Control character in command");
    }
    Ok((String::from_utf8_lossy(atom).into_owned(), rest))
}

/// Walks over the words of one command.
pub(super) struct Words {
    pub(super) words: std::iter::Peekable<std::vec::IntoIter<Word>>,
}

impl Words {
    pub(super) fn atom(&mut self) -> Result<String, &'static str> {
        match self.words.next() {
            Some(Word::Atom(atom)) => Ok(atom),
            _ => Err("Missing argument"),
        }
    }

    pub(super) fn keyword(&mut self) -> Result<String, &'static str> {
        self.atom().map(|word| word.to_ascii_uppercase())
    }

    pub(super) fn string(&mut self) -> Result<String, &'static str> {
        match self.words.next() {
            Some(Word::Atom(text) | Word::Quoted(text)) => Ok(text),
            Some(Word::Literal(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Err("Missing argument"),
        }
    }

    pub(super) fn is_open(&mut self) -> bool {
        self.words.next_if_eq(&Word::Open).is_some()
    }

    /// The words up to the bracket that closes the list whose opening was just read.
    pub(super) fn rest_of_list(&mut self) -> Result<Vec<String>, &'static str> {
        let mut out = Vec::new();
        loop {
            match self.words.next() {
                Some(Word::Close) => return Ok(out),
                Some(Word::Atom(text) | Word::Quoted(text)) => out.push(text),
                _ => return Err("Malformed list"),
            }
        }
    }

    pub(super) fn list(&mut self) -> Result<Vec<String>, &'static str> {
        if self.is_open() { self.rest_of_list() } else { Err("Missing list") }
    }

    pub(super) fn set(&mut self) -> Result<SequenceSet, &'static str> {
        SequenceSet::parse(&self.atom()?).ok_or("Invalid sequence set")
    }

    pub(super) fn is_end(&mut self) -> bool {
        self.words.peek().is_none()
    }
}
