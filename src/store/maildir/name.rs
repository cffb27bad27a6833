//! The flags in a maildir file's name.

use crate::mail::{Flags, Keywords};

/// What a file name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaildirFlags {
    /// `S`, `R`, `F`, `D`.
    pub flags: Flags,
    /// `P` (passed) as `$Forwarded`.
    pub keywords: Keywords,
    /// `T`.
    pub deleted: bool,
}

/// Reads the letters behind `:2,`, or behind `;2,` or `!2,` as on file systems that forbid the colon.
///
/// A name without them has no flags: the message is unread. Small letters are a server's own numbered keywords; their names
/// stand elsewhere, so they are passed over.
#[must_use]
pub fn flags_of(name: &str) -> MaildirFlags {
    let letters = [":2,", ";2,", "!2,"].into_iter().find_map(|mark| name.rsplit_once(mark)).map_or("", |(_, letters)| letters);
    let has = |letter: char| letters.contains(letter);
    let mut keywords = Keywords::default();
    if has('P') {
        keywords.insert("$Forwarded");
    }
    MaildirFlags { flags: Flags { seen: has('S'), answered: has('R'), flagged: has('F'), draft: has('D') }, keywords, deleted: has('T') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_behind_every_separator() {
        for (name, flags, deleted) in [
            ("1.M2P3.host:2,S", "\\Seen", false),
            ("1.M2P3.host,S=12,W=13:2,FRS", "\\Seen \\Answered \\Flagged", false),
            ("1.M2P3.host;2,DS", "\\Seen \\Draft", false),
            ("1.M2P3.host!2,ST", "\\Seen", true),
            ("1.M2P3.host:2,", "", false),
            ("1.M2P3.host", "", false),
            ("S:1,S", "", false),
        ] {
            let read = flags_of(name);
            assert_eq!((read.flags.names().collect::<Vec<_>>().join(" ").as_str(), read.deleted), (flags, deleted), "{name}");
        }
        assert_eq!(flags_of("x:2,PS").keywords.to_string(), "$Forwarded");
    }
}
