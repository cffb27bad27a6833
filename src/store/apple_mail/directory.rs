//! What the name of an account's directory tells.

use crate::store::emlx::tree::is_uuid;
use crate::store::info::Protocol;

/// An account as its directory's name tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub protocol: Protocol,
    /// The name to sign in with, often the address.
    pub user: Option<String>,
    pub host: Option<String>,
}

/// Reads the name of a directory; `None` for one that is no account's by its name.
///
/// `POP-ann@pop.example.com`, `POP-ann@example.com@pop.example.com`, `IMAP-…`, `Exchange-…`, `EWS-…`, `Mac-ann` (.Mac, MobileMe),
/// `AosIMAP-ann` (iCloud), `Mailboxes` (On My Mac), a UUID.
pub(super) fn read(name: &str) -> Option<Named> {
    if name == "Mailboxes" {
        return Some(Named { protocol: Protocol::Local, ..Named::default() });
    }
    if is_uuid(name) {
        return Some(Named::default());
    }
    // Exchange, too, keeps its mail on a server.
    let kinds = [
        ("POP-", Protocol::Pop),
        ("IMAP-", Protocol::Imap),
        ("AosIMAP-", Protocol::Imap),
        ("Mac-", Protocol::Imap),
        ("iTools-", Protocol::Imap),
        ("Exchange-", Protocol::Imap),
        ("EWS-", Protocol::Imap),
    ];
    let (protocol, rest) = kinds.into_iter().find_map(|(prefix, protocol)| Some((protocol, name.strip_prefix(prefix)?)))?;
    let rest = decoded(rest);
    let (user, host) = match rest.rsplit_once('@') {
        // A name without a server: the part behind the `@` is then the address's own.
        Some((user, host)) if !user.is_empty() && host.contains('.') => (user.to_owned(), Some(host.to_owned())),
        _ => (rest, None),
    };
    Some(Named { protocol, user: Some(user).filter(|user| !user.is_empty()), host })
}

/// `%40` as `@`, and the like.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(hex.unwrap_or(*byte));
        rest = if hex.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_directories_tell_protocol_user_and_host() {
        for (name, want) in [
            ("POP-ann@pop.example.com", Some((Protocol::Pop, Some("ann"), Some("pop.example.com")))),
            ("POP-ann%40example.com@pop.example.com", Some((Protocol::Pop, Some("ann@example.com"), Some("pop.example.com")))),
            ("POP-ann@example.com@pop.example.com", Some((Protocol::Pop, Some("ann@example.com"), Some("pop.example.com")))),
            ("IMAP-ann@localhost", Some((Protocol::Imap, Some("ann@localhost"), None))),
            ("AosIMAP-ann", Some((Protocol::Imap, Some("ann"), None))),
            ("Mailboxes", Some((Protocol::Local, None, None))),
            ("4D8B7A60-1C2D-4E3F-8A9B-0C1D2E3F4A5B", Some((Protocol::Unknown, None, None))),
            ("MailData", None),
            ("POP3", None),
        ] {
            let read = read(name);
            let told = read.as_ref().map(|named| (named.protocol, named.user.as_deref(), named.host.as_deref()));
            assert_eq!(told, want, "{name}");
        }
    }
}
