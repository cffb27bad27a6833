//! Domain names as they are kept here: ASCII (RFC 5891), lower case, no final dot; the root is the empty text.

use std::borrow::Cow;

use hickory_resolver::proto::rr::Name;

/// The form that is kept of a name from the wire. Odd characters are escaped as in zone files.
pub(super) fn plain(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

/// The wire's form of a kept name; `None` if it is too long or no name.
pub(super) fn wire(name: &str) -> Option<Name> {
    Name::from_ascii(format!("{}.", name.trim_end_matches('.'))).ok()
}

/// The name above, the root being above what has one label; `None` for the root.
#[must_use]
pub fn parent(name: &str) -> Option<&str> {
    (!name.is_empty()).then(|| name.split_once('.').map_or("", |(_, rest)| rest))
}

/// True if `name` is `zone` or lies below it.
#[must_use]
pub fn is_within(name: &str, zone: &str) -> bool {
    zone.is_empty() || name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// `name` as a person reads it: `bücher.example` for `xn--bcher-kva.example`.
#[must_use]
pub fn shown(name: &str) -> Cow<'_, str> {
    if !name.contains("xn--") {
        return Cow::Borrowed(name);
    }
    wire(name).map_or(Cow::Borrowed(name), |wire| Cow::Owned(wire.to_utf8().trim_end_matches('.').to_owned()))
}

/// `name` with its final dot, as zone files want it.
#[must_use]
pub fn absolute(name: &str) -> String {
    format!("{name}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_know_what_lies_below_them() {
        for (name, zone, want) in [
            ("a.example", "a.example", true),
            ("mx.a.example", "a.example", true),
            ("ba.example", "a.example", false),
            ("a.example", "", true),
            ("", "", true),
            ("example", "a.example", false),
        ] {
            assert_eq!(is_within(name, zone), want, "{name} in {zone}");
        }
        assert_eq!([parent("a.example"), parent("example"), parent("")], [Some("example"), Some(""), None]);
        assert_eq!(shown("xn--bcher-kva.example"), "bücher.example");
        assert_eq!(shown("a.example"), "a.example");
        assert!(wire(&"a.".repeat(200)).is_none() && wire("").is_some());
    }
}
