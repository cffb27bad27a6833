//! What the property list says of a message: its flags, and when it was received.

use crate::mail::{Flags, InternalDate, Keywords};
use crate::store::plist::{self, Value};

const READ: i64 = 1 << 0;
const DELETED: i64 = 1 << 1;
const ANSWERED: i64 = 1 << 2;
const FLAGGED: i64 = 1 << 4;
const DRAFT: i64 = 1 << 6;
const FORWARDED: i64 = 1 << 8;
const JUNK: i64 = 1 << 24;

/// A message's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Read, answered, starred, draft. A message of which nothing is said counts as read: that is old mail.
    pub flags: Flags,
    /// `$Forwarded`, `$Junk`. That a filter judged it not to be junk is no word of the person's.
    pub keywords: Keywords,
    /// The program counts it as deleted.
    pub deleted: bool,
    /// When it was received, as the program noted it.
    pub received: Option<InternalDate>,
}

impl State {
    /// Reads a property list; whatever it is, something comes of it.
    #[must_use]
    pub fn read(list: &[u8]) -> Self {
        // The last bytes of a binary one are a number, which may look like a blank.
        let list = plist::read(if list.starts_with(b"bplist00") { list } else { list.trim_ascii_end() });
        let number = |key: &str| list.as_ref().and_then(|list| list.get(key)).and_then(Value::integer);
        let received = number("date-received").filter(|seconds| *seconds > 0).map(InternalDate::from_unix);
        let Some(bits) = number("flags") else {
            return Self { flags: Flags { seen: true, ..Flags::default() }, received, ..Self::default() };
        };
        let has = |bit: i64| bits & bit != 0;
        let mut keywords = Keywords::default();
        for (bit, keyword) in [(FORWARDED, "$Forwarded"), (JUNK, "$Junk")] {
            if has(bit) {
                keywords.insert(keyword);
            }
        }
        let flags = Flags { seen: has(READ), answered: has(ANSWERED), flagged: has(FLAGGED), draft: has(DRAFT) };
        Self { flags, keywords, deleted: has(DELETED), received }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_that_mail_has_a_word_for_is_carried() {
        for (bits, flags, keywords, deleted) in [
            (0_i64, "", "", false),
            (8_623_750_272, "", "", false),
            (8_623_689_857, "\\Seen", "", false),
            (READ | ANSWERED | FLAGGED, "\\Seen \\Answered \\Flagged", "", false),
            (DRAFT | READ, "\\Seen \\Draft", "", false),
            (FORWARDED, "", "$Forwarded", false),
            (JUNK, "", "$Junk", false),
            (READ | DELETED, "\\Seen", "", true),
        ] {
            let list = format!("<plist><dict><key>date-received</key><integer>1516985072</integer><key>flags</key><integer>{bits}</integer></dict></plist>\n");
            let state = State::read(list.as_bytes());
            let shown = state.flags.names().collect::<Vec<_>>().join(" ");
            assert_eq!((shown.as_str(), state.keywords.to_string().as_str(), state.deleted), (flags, keywords, deleted), "{bits}");
            assert_eq!(state.received, Some(InternalDate::from_unix(1_516_985_072)));
        }
        for silent in [&b""[..], b"bplist00", b"<plist><dict><key>flags</key><string>x</string></dict></plist>"] {
            assert_eq!(State::read(silent), State { flags: Flags { seen: true, ..Flags::default() }, ..State::default() });
        }
    }
}
