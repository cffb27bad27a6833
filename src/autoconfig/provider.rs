//! The firm the program speaks for: its names, its telephone, its server. Nothing about it stands in code.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::account::{Endpoint, TlsMode};
use crate::run::{Code, Problem};

/// The provider that is built in.
const BUILT_IN: &str = include_str!("../../assets/provider.toml");

/// The name of the file beside the program that replaces the one built in.
const FILE_NAME: &str = "provider.toml";

/// A provider file has some twenty lines; anything larger is none.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// The firm. An empty text means: not known, show nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Provider {
    /// The firm's name.
    pub name: String,
    /// Its telephone number, as it is written.
    pub phone: String,
    /// Its mail address for help.
    pub email: String,
    /// Its page for help.
    pub web: String,
    /// The room of a standard mailbox in octets; `None` if not known.
    pub standard_mailbox_bytes: Option<u64>,
    /// Its mail server.
    pub imap: ProviderImap,
    /// The firm that helps on site.
    pub sister: Sister,
}

/// The provider's mail server; offered only if `host` is not empty.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderImap {
    /// The host name; empty if not known.
    pub host: String,
    /// The port; that of `tls` if absent.
    pub port: Option<u16>,
    /// How TLS begins; implicit if absent.
    pub tls: Option<TlsMode>,
    /// The domains of the addresses it is for; empty for all.
    pub domains: Vec<String>,
}

/// The firm that helps on site.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sister {
    /// Its name.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
    /// Its mail address.
    pub email: String,
    /// Its page.
    pub web: String,
}

impl Provider {
    /// Reads a provider file's text.
    ///
    /// # Errors
    /// `USAGE` if it is no TOML, has an unknown key or a value of the wrong kind.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        toml::from_str(text).map_err(|error| Problem::run(Code::Usage, format!("the provider file can't be read: {}", error.message())))
    }

    /// The provider that counts: the file `chosen` (MAILFERRY_PROVIDER), else `provider.toml` beside the program, else the one built in.
    ///
    /// # Errors
    /// `USAGE` if a file is there and can't be read: a firm's own file is never passed over silently.
    pub fn load(chosen: Option<&Path>) -> Result<Self, Problem> {
        match chosen.map(Path::to_path_buf).or_else(beside_the_program) {
            Some(path) => Self::read(&path).map_err(|problem| problem.at(path.display())),
            None => Self::parse(BUILT_IN),
        }
    }

    fn read(path: &Path) -> Result<Self, Problem> {
        let unreadable = |error: std::io::Error| Problem::run(Code::Usage, format!("the provider file can't be read: {error}"));
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE_BYTES {
            return Err(Problem::run(Code::Usage, "the provider file can't be read: it is too large"));
        }
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
    }

    /// The provider's server for addresses of `domain`, if it has one for them.
    #[must_use]
    pub fn endpoint_for(&self, domain: &str) -> Option<Endpoint> {
        let imap = &self.imap;
        let meant = imap.domains.is_empty() || imap.domains.iter().any(|own| own.eq_ignore_ascii_case(domain));
        if imap.host.is_empty() || !meant {
            return None;
        }
        let tls = imap.tls.unwrap_or(TlsMode::Implicit);
        Some(Endpoint { host: imap.host.clone(), port: imap.port.unwrap_or(tls.default_port()), tls })
    }
}

fn beside_the_program() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.parent()?.join(FILE_NAME);
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_reads_and_invents_no_server() {
        let provider = Provider::parse(BUILT_IN).expect("the file built in is good");
        assert!(!provider.name.is_empty() && !provider.phone.is_empty() && !provider.sister.name.is_empty());
        assert!(provider.standard_mailbox_bytes.is_some());
        for unknown in [&provider.email, &provider.web, &provider.imap.host, &provider.sister.phone, &provider.sister.email, &provider.sister.web] {
            assert_eq!(unknown, "");
        }
        assert_eq!(provider.endpoint_for("a.example"), None);
    }

    #[test]
    fn a_file_of_its_own_replaces_everything_and_a_bad_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.toml");
        std::fs::write(&path, "name = \"Some Firm\"\n[imap]\nhost = \"imap.firm.example\"\ndomains = [\"Firm.example\"]\n").unwrap();
        let provider = Provider::load(Some(&path)).unwrap();
        assert_eq!((provider.name.as_str(), provider.phone.as_str(), provider.standard_mailbox_bytes), ("Some Firm", "", None));
        let want = Endpoint { host: "imap.firm.example".into(), port: 993, tls: TlsMode::Implicit };
        assert_eq!(provider.endpoint_for("firm.example"), Some(want));
        assert_eq!(provider.endpoint_for("other.example"), None);
        for bad in ["name = 3", "no toml", "colour = \"red\"", "[imap]\nport = 70000"] {
            std::fs::write(&path, bad).unwrap();
            assert_eq!(Provider::load(Some(&path)).unwrap_err().code, Code::Usage, "{bad}");
        }
        assert!(Provider::load(Some(&dir.path().join("absent.toml"))).is_err());
    }
}
