//! Response codes: the bracketed word before the text of OK, NO, BAD and BYE (RFC 9051 §7.1, RFC 5530).

use super::token::{self, Value};
use super::uid_set;

/// A response code. Those that nothing here asks for keep their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseCode {
    /// The messages got these UIDs, in order (RFC 4315).
    AppendUid {
        /// The mailbox's UIDVALIDITY.
        uid_validity: u32,
        /// Ranges, both ends included.
        uids: Vec<(u32, u32)>,
    },
    /// The quota would be exceeded (RFC 9208 §4.3.1, RFC 5530).
    OverQuota,
    /// The mailbox does not exist, but could be created.
    TryCreate,
    /// Some limit of the server's.
    Limit,
    /// The message is larger than the server takes (RFC 7889; `TOOBIG` is RFC 4469's).
    TooBig,
    /// UIDVALIDITY.
    UidValidity(u32),
    /// UIDNEXT.
    UidNext(u32),
    /// Flags that can be kept; `\*`: new keywords too.
    PermanentFlags(Vec<String>),
    /// HIGHESTMODSEQ (RFC 7162).
    HighestModSeq(u64),
    /// The capabilities, as words.
    Capability(String),
    /// The text is for a person.
    Alert,
    /// Someone else holds the mailbox for the moment.
    InUse,
    /// Too much in too short a time.
    Throttled,
    /// A part of the server is down for the moment.
    Unavailable,
    /// No permission.
    NoPerm,
    /// The mailbox exists already.
    AlreadyExists,
    /// The mailbox does not exist.
    NonExistent,
    /// Opened for reading only.
    ReadOnly,
    /// Opened for reading and writing.
    ReadWrite,
    /// Any other: its name in capitals, and the rest as it came.
    Other {
        /// The word.
        name: String,
        /// What followed it.
        rest: String,
    },
}

impl ResponseCode {
    /// Reads the code at the start of a response text; `None` if there is none.
    #[must_use]
    pub fn of_text(text: &[u8]) -> Option<Self> {
        let inside = text.trim_ascii_start().strip_prefix(b"[")?;
        let inside = inside.get(..end_of_code(inside)?)?;
        let name_len = memchr::memchr(b' ', inside).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(name_len);
        let name = String::from_utf8_lossy(name).to_ascii_uppercase();
        let values = token::values(rest, 0, Vec::new()).unwrap_or_default();
        Some(Self::known(&name, rest, &values).unwrap_or_else(|| Self::Other { name, rest: String::from_utf8_lossy(rest).trim().to_owned() }))
    }

    fn known(name: &str, rest: &[u8], values: &[Value]) -> Option<Self> {
        let number = || values.first().and_then(Value::number);
        let number32 = || number().and_then(|n| u32::try_from(n).ok());
        Some(match name {
            "APPENDUID" => Self::AppendUid { uid_validity: number32()?, uids: uid_set::parse(&values.get(1)?.text()?)? },
            "OVERQUOTA" => Self::OverQuota,
            "TRYCREATE" => Self::TryCreate,
            "LIMIT" => Self::Limit,
            "TOOBIG" => Self::TooBig,
            "UIDVALIDITY" => Self::UidValidity(number32()?),
            "UIDNEXT" => Self::UidNext(number32()?),
            "PERMANENTFLAGS" => Self::PermanentFlags(values.first()?.list()?.iter().filter_map(Value::text).collect()),
            "HIGHESTMODSEQ" => Self::HighestModSeq(number()?),
            "CAPABILITY" => Self::Capability(String::from_utf8_lossy(rest).trim().to_owned()),
            "ALERT" => Self::Alert,
            "INUSE" => Self::InUse,
            "THROTTLED" => Self::Throttled,
            "UNAVAILABLE" => Self::Unavailable,
            "NOPERM" => Self::NoPerm,
            "ALREADYEXISTS" => Self::AlreadyExists,
            "NONEXISTENT" => Self::NonExistent,
            "READ-ONLY" => Self::ReadOnly,
            "READ-WRITE" => Self::ReadWrite,
            _ => return None,
        })
    }
}

/// The offset of the `]` that ends a code: one within a quoted string does not.
fn end_of_code(inside: &[u8]) -> Option<usize> {
    let (mut in_string, mut escaped) = (false, false);
    inside.iter().position(|byte| {
        let ends = *byte == b']' && !in_string;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_known_and_unknown_are_read() {
        let other = |name: &str, rest: &str| Some(ResponseCode::Other { name: name.into(), rest: rest.into() });
        for (text, want) in [
            ("[APPENDUID 38505 3955] done", Some(ResponseCode::AppendUid { uid_validity: 38505, uids: vec![(3955, 3955)] })),
            ("[appenduid 1 2:4,9]", Some(ResponseCode::AppendUid { uid_validity: 1, uids: vec![(2, 4), (9, 9)] })),
            ("[APPENDUID x y] done", other("APPENDUID", "x y")),
            ("[OVERQUOTA] full", Some(ResponseCode::OverQuota)),
            (r"[PERMANENTFLAGS (\Seen \*)] Limited", Some(ResponseCode::PermanentFlags(vec![r"\Seen".into(), r"\*".into()]))),
            ("[UIDVALIDITY 4294967296]", other("UIDVALIDITY", "4294967296")),
            ("[HIGHESTMODSEQ 715194045007]", Some(ResponseCode::HighestModSeq(715_194_045_007))),
            (r#"[FOO "a]b" c] text"#, other("FOO", r#""a]b" c"#)),
            ("[CAPABILITY IMAP4rev1 LITERAL+] hi", Some(ResponseCode::Capability("IMAP4rev1 LITERAL+".into()))),
            ("[broken", None),
            ("no code", None),
            ("", None),
        ] {
            assert_eq!(ResponseCode::of_text(text.as_bytes()), want, "{text}");
        }
    }
}
