//! An account on a mail server: who, where, how safely.

pub mod secret;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use secret::Secret;

/// How TLS begins. There is no third way: a connection without TLS does not exist in this program (DESIGN rule 9).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// From the first byte, port 993 (RFC 8314 §3.2).
    Implicit,
    /// After STARTTLS, which must succeed, port 143.
    StartTls,
}

impl TlsMode {
    /// The port IANA gave it for IMAP.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Implicit => 993,
            Self::StartTls => 143,
        }
    }
}

/// Where an account's server is.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// Host name, or an address literal.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How TLS begins.
    pub tls: TlsMode,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// An account without its password: what may be written down.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The mail address.
    pub address: String,
    /// The sign-in name; mostly the address.
    pub user: String,
    /// Where.
    pub endpoint: Endpoint,
    /// SHA-256 of the server's certificate (DER), where a person accepted one that does not verify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<crate::mail::Sha256Digest>,
}

impl Account {
    /// The part of the address after the last `@`, in lower case.
    #[must_use]
    pub fn domain(&self) -> String {
        domain_of(&self.address)
    }
}

/// The part of `address` after the last `@`, in lower case; empty if there is none.
#[must_use]
pub fn domain_of(address: &str) -> String {
    address.rsplit_once('@').map(|(_, domain)| domain.trim().to_ascii_lowercase()).unwrap_or_default()
}
