//! Flags and keywords (RFC 9051 §2.3.2): read, answered, starred, draft, and words of the person's own.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The four system flags that Mailferry carries. `\Deleted` and `\Recent` are never sent, so they have no place here.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Flags {
    /// `\Seen`: read.
    pub seen: bool,
    /// `\Answered`.
    pub answered: bool,
    /// `\Flagged`: starred.
    pub flagged: bool,
    /// `\Draft`.
    pub draft: bool,
}

impl Flags {
    /// The flags as IMAP names, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [(self.seen, "\\Seen"), (self.answered, "\\Answered"), (self.flagged, "\\Flagged"), (self.draft, "\\Draft")]
            .into_iter()
            .filter_map(|(set, name)| set.then_some(name))
    }

    /// Sets the flag called `name` (any case); anything else is ignored and answered with `false`.
    pub fn set(&mut self, name: &str) -> bool {
        let slot = match name.to_ascii_lowercase().as_str() {
            "\\seen" => &mut self.seen,
            "\\answered" => &mut self.answered,
            "\\flagged" => &mut self.flagged,
            "\\draft" => &mut self.draft,
            _ => return false,
        };
        *slot = true;
        true
    }

    /// One byte, for compact inventories and the journal: bits 0 to 3.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.seen as u8 | (self.answered as u8) << 1 | (self.flagged as u8) << 2 | (self.draft as u8) << 3
    }

    /// The opposite of [`Flags::bits`]; higher bits are ignored.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self { seen: bits & 1 != 0, answered: bits & 2 != 0, flagged: bits & 4 != 0, draft: bits & 8 != 0 }
    }
}

impl From<Vec<String>> for Flags {
    fn from(names: Vec<String>) -> Self {
        let mut flags = Self::default();
        for name in names {
            flags.set(&name);
        }
        flags
    }
}

impl From<Flags> for Vec<String> {
    fn from(flags: Flags) -> Self {
        flags.names().map(str::to_owned).collect()
    }
}

/// Keywords (`$Forwarded`, `$label1`, …): IMAP atoms, compared without regard to case on servers, kept as written.
///
/// Only words that may stand in an IMAP flag list get in (RFC 9051 §9, `flag-keyword` = `atom`).
#[derive(Clone, Default, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Keywords(BTreeSet<String>);

impl Keywords {
    /// Adds `word` if it may be an IMAP keyword; answers whether it was.
    pub fn insert(&mut self, word: &str) -> bool {
        let fits = !word.is_empty()
            && word.len() <= 128
            && word.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']'));
        if fits {
            self.0.insert(word.to_owned());
        }
        fits
    }

    /// The keywords in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<String>> for Keywords {
    fn from(words: Vec<String>) -> Self {
        let mut keywords = Self::default();
        for word in words {
            keywords.insert(&word);
        }
        keywords
    }
}

impl From<Keywords> for Vec<String> {
    fn from(keywords: Keywords) -> Self {
        keywords.0.into_iter().collect()
    }
}

impl fmt::Display for Keywords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_names_round_trip() {
        for bits in 0..16 {
            let flags = Flags::from_bits(bits);
            assert_eq!(flags.bits(), bits);
            assert_eq!(Flags::from(Vec::<String>::from(flags)), flags);
        }
        assert!(!Flags::default().set("\\Recent"));
    }

    #[test]
    fn a_keyword_that_could_break_a_command_stays_out() {
        let mut keywords = Keywords::default();
        for bad in ["", "a b", "a)", "\\Deleted", "a\r\nb", "ä", "{3}", "\"", "x]"] {
            assert!(!keywords.insert(bad), "{bad:?}");
        }
        assert!(keywords.insert("$Forwarded"));
        assert_eq!(keywords.to_string(), "$Forwarded");
    }
}
