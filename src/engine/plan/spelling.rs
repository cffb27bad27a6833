//! How a name is spelt so that a server takes it: no delimiter inside, no control character, not too long.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::mail::Sha256Digest;

use super::Limits;

/// The greatest length of a whole name in bytes where a server tells none: Maildir++ makes one file name (255) of it and a dot.
pub const LONGEST_NAME_BYTES: usize = 250;
/// The greatest length of one component in bytes: a file name on most disks.
const LONGEST_COMPONENT_BYTES: usize = 255;
/// What a component needs at least: some letters, the hash and a number.
pub const SHORTEST_USEFUL_BYTES: usize = 32;
/// Hexadecimal digits of the hash that a shortened name ends in.
const HASH_DIGITS: usize = 8;

/// One server's rules.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// Between the components; `None`: no hierarchy.
    pub delimiter: Option<char>,
    /// Characters besides the delimiter that the server refuses.
    pub also_refused: String,
    /// What takes the place of a character that may not be.
    pub replacement: char,
    /// Bytes of a whole name at most.
    pub longest: usize,
}

impl Spelling {
    /// The rules of a server with these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let taken = |c: char| limits.delimiter == Some(c) || limits.also_refused.contains(c);
        let replacement = ['_', '-', ' '].into_iter().find(|c| !taken(*c)).unwrap_or('x');
        let longest = if limits.longest_name == 0 { LONGEST_NAME_BYTES } else { limits.longest_name };
        let longest = longest.max(mutf7_len(&limits.prefix) + 2 * SHORTEST_USEFUL_BYTES);
        Self { delimiter: limits.delimiter, also_refused: limits.also_refused.clone(), replacement, longest }
    }

    /// Bytes that the delimiter takes.
    #[must_use]
    pub fn delimiter_len(&self) -> usize {
        self.delimiter.map_or(0, char::len_utf8)
    }

    /// `wished` as one component of at most `available` bytes, ending in `suffix`.
    ///
    /// The delimiter, control characters (RFC 9051 §5.1 also names U+2028 and U+2029), marks that turn the writing direction,
    /// and a leading `~` or `.` are replaced; outer blanks go. A longer name is cut and ends in a hash of `seed`, so that the same
    /// folder gets the same name in every run.
    #[must_use]
    pub fn component(&self, wished: &str, available: usize, suffix: &str, seed: &str) -> String {
        let clean = self.clean(wished);
        let room = available.clamp(SHORTEST_USEFUL_BYTES, LONGEST_COMPONENT_BYTES).saturating_sub(suffix.len());
        if mutf7_len(&clean) <= room {
            return format!("{clean}{suffix}");
        }
        let tail = format!("{}{suffix}", self.hashed("", seed));
        let mut kept = cut(&clean, room.saturating_sub(HASH_DIGITS + 1));
        kept.truncate(kept.trim_end().len());
        format!("{kept}{tail}")
    }

    /// `name` and a hash of `seed`.
    #[must_use]
    pub fn hashed(&self, name: &str, seed: &str) -> String {
        let hash: String = Sha256Digest::of(seed.as_bytes()).to_string().chars().take(HASH_DIGITS).collect();
        format!("{name}{}{hash}", self.replacement)
    }

    fn clean(&self, wished: &str) -> String {
        let mut clean: String = wished.nfc().map(|c| if self.refuses(c) { self.replacement } else { c }).collect();
        clean = clean.trim().to_owned();
        if clean.starts_with(['~', '.']) {
            clean.replace_range(..1, self.replacement.encode_utf8(&mut [0; 4]));
        }
        if clean.is_empty() { Cow::from(self.replacement.to_string()) } else { Cow::from(clean) }.into_owned()
    }

    fn refuses(&self, c: char) -> bool {
        self.delimiter == Some(c)
            || c.is_control()
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
            || self.also_refused.contains(c)
    }
}

/// Measures a name in modified UTF-7 (RFC 3501 §5.1.3), character by character.
#[derive(Clone, Copy, Default)]
struct Meter {
    bytes: usize,
    /// UTF-16 units of the run under way that has to be encoded.
    units: usize,
}

impl Meter {
    const fn push(&mut self, c: char) {
        if matches!(c, ' '..='~') {
            self.bytes = self.len() + if c == '&' { 2 } else { 1 };
            self.units = 0;
        } else {
            self.units += c.len_utf16();
        }
    }

    const fn len(self) -> usize {
        self.bytes + if self.units == 0 { 0 } else { 2 + (self.units * 16).div_ceil(6) }
    }
}

/// The longest beginning of `name` that takes at most `room` bytes in modified UTF-7.
fn cut(name: &str, room: usize) -> String {
    let mut meter = Meter::default();
    let fits = |c: &char| {
        meter.push(*c);
        meter.len() <= room
    };
    name.chars().take_while(fits).collect()
}

/// Bytes that `name` takes in modified UTF-7.
#[must_use]
pub fn mutf7_len(name: &str) -> usize {
    let mut meter = Meter::default();
    name.chars().for_each(|c| meter.push(c));
    meter.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling(delimiter: char) -> Spelling {
        Spelling::new(&Limits { delimiter: Some(delimiter), ..Limits::default() })
    }

    #[test]
    fn names_come_out_as_servers_take_them() {
        for (delimiter, wished, spelt) in [
            ('/', "Projects", "Projects"),
            ('/', "A/B", "A_B"),
            ('.', "A/B", "A/B"),
            ('.', "example.com", "example_com"),
            ('_', "a_b", "a-b"),
            ('/', "~home", "_home"),
            ('/', "..", "_."),
            ('.', "..", "__"),
            ('/', "  blanks  ", "blanks"),
            ('/', " \t ", "_"),
            ('/', "a\r\nDELETE", "a__DELETE"),
            ('/', "x\u{202e}gpj", "x_gpj"),
            ('/', "Cafe\u{301}", "Café"),
            ('/', "50% * 2", "50% * 2"),
            ('/', "Ablage & Co", "Ablage & Co"),
        ] {
            assert_eq!(spelling(delimiter).component(wished, 250, "", wished), spelt, "{wished:?} with {delimiter}");
        }
        let dovecot = Spelling::new(&Limits { delimiter: Some('/'), also_refused: ".".into(), ..Limits::default() });
        assert_eq!(dovecot.component("Fa. Müller", 250, "", ""), "Fa_ Müller");
    }

    #[test]
    fn modified_utf7_is_measured_as_it_is_written() {
        // The examples of RFC 3501 §5.1.3 and some of our own.
        for (name, written) in
            [("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"), ("Entwürfe", "Entw&APw-rfe"), ("A&B", "A&-B"), ("😀", "&2D3eAA-"), ("", "")]
        {
            assert_eq!(mutf7_len(name), written.len(), "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_stays_different_from_its_neighbour() {
        let spelling = spelling('/');
        let (one, two) = (format!("{}1", "ü".repeat(300)), format!("{}2", "ü".repeat(300)));
        let (short_one, short_two) = (spelling.component(&one, 100, "", &one), spelling.component(&two, 100, "", &two));
        assert!(mutf7_len(&short_one) <= 100, "{short_one}");
        assert_ne!(short_one, short_two);
        assert_eq!(spelling.component(&one, 100, "", &one), short_one);
    }
}
