//! What the environment says (DESIGN §6): one reading for both faces.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::account::Secret;
use crate::net::{Limits, Reach, Trust};
use crate::run::{Code, Problem};

/// The variables, each read and understood.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// MAILFERRY_HOME: the program's own things.
    pub home: Option<PathBuf>,
    /// MAILFERRY_ROOT: drives of other computers to look into.
    pub roots: Vec<PathBuf>,
    /// MAILFERRY_CA: a PEM file of certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// MAILFERRY_PROVIDER: the firm's own provider.toml.
    pub provider_file: Option<PathBuf>,
    /// MAILFERRY_DNS: the only name server to ask.
    pub dns: Option<SocketAddr>,
    /// MAILFERRY_PASSPHRASE: the safe copy's pass-phrase.
    pub passphrase: Option<Secret>,
    /// MAILFERRY_RENDERER: how the window is painted.
    pub renderer: Option<String>,
}

impl Environment {
    /// Reads it; `variable` gives the value of one. An empty value is none.
    ///
    /// # Errors
    /// `USAGE` for a value that makes no sense: it is never passed over, a person relies on it.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Problem> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Ok(Self {
            home: set("MAILFERRY_HOME").map(PathBuf::from),
            roots: set("MAILFERRY_ROOT").map(|value| std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect()).unwrap_or_default(),
            ca_file: set("MAILFERRY_CA").map(PathBuf::from),
            provider_file: set("MAILFERRY_PROVIDER").map(PathBuf::from),
            dns: set("MAILFERRY_DNS")
                .map(|value| value.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| usage("MAILFERRY_DNS must have the form IP:PORT")))
                .transpose()?,
            passphrase: set("MAILFERRY_PASSPHRASE")
                .map(|value| Secret::from_line(value.into_encoded_bytes()).ok_or_else(|| usage("MAILFERRY_PASSPHRASE is not UTF-8 text")))
                .transpose()?,
            renderer: set("MAILFERRY_RENDERER").map(|value| value.to_string_lossy().into_owned()),
        })
    }

    /// How servers are reached by it: its certificates added to the platform's, its name server the only one.
    ///
    /// # Errors
    /// `USAGE` for a file that can't be read or holds no certificate.
    pub fn reach(&self) -> Result<Reach, Problem> {
        let trust = match &self.ca_file {
            Some(path) => Trust::platform().with_pem_file(path)?,
            None => Trust::platform(),
        };
        Ok(Reach { trust, dns: self.dns, limits: Limits::USUAL, pace: None })
    }

    /// That of this process.
    ///
    /// # Errors
    /// As [`Environment::read`].
    pub fn here() -> Result<Self, Problem> {
        Self::read(|name| std::env::var_os(name))
    }
}

fn usage(what: &str) -> Problem {
    Problem::run(Code::Usage, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, Problem> {
        Environment::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn it_is_read_and_nonsense_is_refused() {
        let roots = std::env::join_paths(["/mnt/a", "/mnt/b"]).expect("a list");
        let environment = read(&[
            ("MAILFERRY_HOME", "/h"),
            ("MAILFERRY_ROOT", roots.to_str().expect("text")),
            ("MAILFERRY_DNS", "127.0.0.1:53"),
            ("MAILFERRY_PASSPHRASE", "canary\n"),
            ("MAILFERRY_PROVIDER", ""),
            ("MAILFERRY_RENDERER", "glow"),
        ])
        .expect("makes sense");
        assert_eq!(environment.roots, [PathBuf::from("/mnt/a"), PathBuf::from("/mnt/b")]);
        assert_eq!(environment.dns.map(|dns| dns.port()), Some(53));
        assert_eq!(environment.passphrase.as_ref().map(Secret::expose), Some("canary"));
        assert_eq!((environment.provider_file.as_ref(), environment.renderer.as_deref()), (None, Some("glow")));
        assert!(!format!("{environment:?}").contains("canary"));
        assert_eq!(read(&[("MAILFERRY_DNS", "dns.example")]).expect_err("no address").code, Code::Usage);
    }
}
