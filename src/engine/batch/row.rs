//! A row of the job: one mailbox that moves, as it was told, without its passwords.

use serde::{Deserialize, Serialize};

use crate::account::{Endpoint, TlsMode, domain_of};
use crate::mail::Sha256Digest;

/// The number of a row within its job; it never changes, and no other row gets it.
pub type RowId = u32;

/// One mailbox that moves.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Its number.
    pub id: RowId,
    /// The mailbox it comes from; `None`: its mail lies on a PC (POP), and is copied from there with the same job folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Place>,
    /// The mailbox it goes to.
    pub new: Place,
}

impl Row {
    /// What a person calls it: the new address.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.new.address
    }

    /// True if `other` names the same two mailboxes.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let old = match (&self.old, &other.old) {
            (Some(one), Some(other)) => one.is_same(other),
            (None, None) => true,
            _ => false,
        };
        old && self.new.is_same(&other.new)
    }

    /// The name of its folder below `rows/`.
    #[must_use]
    pub fn folder(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+') { c } else { '_' };
        let name: String = self.new.address.chars().take(60).map(safe).collect();
        format!("{:03}-{}", self.id, name.trim_end_matches('.'))
    }
}

/// A mailbox as it was told: what is missing is found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Its address.
    pub address: String,
    /// The sign-in name, where it is not the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its server, where it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its port, where it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How TLS begins, where it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsMode>,
    /// SHA-256 of the server's certificate, where a person accepted one that does not verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Sha256Digest>,
}

impl Place {
    /// The sign-in name.
    #[must_use]
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or(&self.address)
    }

    /// The domain of the address, in lower case.
    #[must_use]
    pub fn domain(&self) -> String {
        domain_of(&self.address)
    }

    /// True if `other` is the same mailbox. A host that was not told is any host.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let host = match (&self.host, &other.host) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => true,
        };
        host && self.address.eq_ignore_ascii_case(&other.address) && self.user().eq_ignore_ascii_case(other.user())
    }
}

/// The server that was found for a domain, so that it is looked for once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FoundServer {
    /// The domain, in lower case.
    pub domain: String,
    /// `old` or `new`: a domain that moves has both.
    pub end: super::End,
    /// Where.
    pub endpoint: Endpoint,
    /// Whether its users sign in with the part before the `@` alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_user: bool,
    /// When it was found, RFC 3339.
    pub at: String,
}

/// What is known of the change of the mail server.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MailServer {
    /// The TTL of the MX records before the change, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_ttl: Option<u32>,
    /// When the mail server was changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(address: &str, host: Option<&str>) -> Place {
        Place { address: address.into(), host: host.map(str::to_owned), ..Place::default() }
    }

    #[test]
    fn a_row_is_known_by_both_its_mailboxes() {
        let row = |old: Option<Place>, new: Place| Row { id: 1, old, new };
        let ann = row(Some(place("ann@old.example", None)), place("ann@new.example", None));
        for (other, same) in [
            (row(Some(place("ANN@old.example", Some("imap.old.example"))), place("ann@NEW.example", None)), true),
            (row(Some(place("ann@older.example", None)), place("ann@new.example", None)), false),
            (row(None, place("ann@new.example", None)), false),
        ] {
            assert_eq!(ann.is_same(&other), same, "{other:?}");
        }
    }

    #[test]
    fn a_folder_s_name_holds_nothing_that_a_drive_refuses() {
        for (address, folder) in [
            ("ann@example.org", "007-ann@example.org"),
            ("../../etc", "007-.._.._etc"),
            ("a:b\\c|d*?<>\"@x.", "007-a_b_c_d_____@x"),
            ("jörg@bücher.example", "007-j_rg@b_cher.example"),
        ] {
            assert_eq!(Row { id: 7, new: place(address, None), ..Row::default() }.folder(), folder);
        }
    }
}
