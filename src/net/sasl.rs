//! SASL with a user name and password (RFC 4422): SCRAM-SHA-256, SCRAM-SHA-1 (RFC 5802, RFC 7677), PLAIN (RFC 4616).

use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session, State};
use zeroize::Zeroizing;

use crate::account::Secret;

/// The mechanisms, best first.
pub const MECHANISMS: [Mechanism; 3] = [Mechanism::ScramSha256, Mechanism::ScramSha1, Mechanism::Plain];

/// A way of proving to know the password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mechanism {
    /// SCRAM-SHA-256: the password is proved, not sent, and the server proves that it knows it too.
    ScramSha256,
    /// SCRAM-SHA-1, likewise.
    ScramSha1,
    /// PLAIN: the password is sent, inside TLS.
    Plain,
}

impl Mechanism {
    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
        }
    }

    /// True if the password itself is not sent.
    #[must_use]
    pub const fn is_scram(self) -> bool {
        !matches!(self, Self::Plain)
    }
}

/// Why an exchange can't go on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SaslError {
    /// The user name or password can't be said in this mechanism.
    #[error("the user name or password holds a character that can't be sent")]
    Unsayable,
    /// The server's part is wrong: nonsense, or it does not know the password it should know.
    #[error("the server's part of the exchange is wrong: {0}")]
    Server(String),
}

/// One exchange of one mechanism.
pub struct Exchange {
    session: Session,
    finished: bool,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").field("finished", &self.finished).finish_non_exhaustive()
    }
}

impl Exchange {
    /// Begins an exchange as `user`.
    ///
    /// # Errors
    /// [`SaslError::Unsayable`] if there is a NUL in it, which would end a part of PLAIN early (RFC 4616 §2).
    pub fn begin(mechanism: Mechanism, user: &str, password: &Secret) -> Result<Self, SaslError> {
        if user.contains('\0') || password.expose().contains('\0') || user.is_empty() {
            return Err(SaslError::Unsayable);
        }
        let wrong = |error: &dyn std::fmt::Display| SaslError::Server(error.to_string());
        let config = SASLConfig::with_credentials(None, user.to_owned(), password.expose().to_owned()).map_err(|error| wrong(&error))?;
        let name = Mechname::parse(mechanism.name().as_bytes()).map_err(|error| wrong(&error))?;
        let session = SASLClient::new(config).start_suggested(&[name]).map_err(|error| wrong(&error))?;
        Ok(Self { session, finished: false })
    }

    /// The next part to send; `server_part` is what the server sent, `None` for the first part (all three begin with the client).
    ///
    /// # Errors
    /// [`SaslError::Server`] if the server's part is wrong; the exchange is over then.
    pub fn step(&mut self, server_part: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, SaslError> {
        if self.finished {
            // An empty last part is due where the server's proof came as a challenge (RFC 9051 §6.2.2); anything more is nonsense.
            return Err(SaslError::Server("it asks for more after the end".to_owned()));
        }
        let mut out = Zeroizing::new(Vec::with_capacity(512));
        let state = self.session.step(server_part, &mut *out).map_err(|error| SaslError::Server(error.to_string()))?;
        self.finished = matches!(state, State::Finished(_));
        Ok(out)
    }

    /// True once nothing more is due: for SCRAM, once the server has proved that it knows the password.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_one_part_and_holds_no_nul_of_the_person() {
        let mut exchange = Exchange::begin(Mechanism::Plain, "u@a.example", &Secret::new("pä\"ss".into())).unwrap();
        assert_eq!(exchange.step(None).unwrap().as_slice(), "\0u@a.example\0pä\"ss".as_bytes());
        assert!(exchange.is_finished());
        assert!(exchange.step(Some(b"")).is_err());
        for (user, password) in [("u\0v", "p"), ("u", "p\0q"), ("", "p")] {
            assert_eq!(Exchange::begin(Mechanism::Plain, user, &Secret::new(password.into())).unwrap_err(), SaslError::Unsayable);
        }
    }

    #[test]
    fn scram_does_not_send_the_password_and_believes_no_server_without_proof() {
        for mechanism in [Mechanism::ScramSha256, Mechanism::ScramSha1] {
            let mut exchange = Exchange::begin(mechanism, "user", &Secret::new("pencil".into())).unwrap();
            let first = exchange.step(None).unwrap();
            let first = String::from_utf8(first.to_vec()).unwrap();
            assert!(first.starts_with("n,,n=user,r="), "{first}");
            assert!(!exchange.is_finished());
            let nonce = first.rsplit_once("r=").unwrap().1;
            let challenge = format!("r={nonce}server,s=QSXCR+Q6sek8bf92,i=4096");
            let proof = exchange.step(Some(challenge.as_bytes())).unwrap();
            assert!(!String::from_utf8_lossy(&proof).contains("pencil"));
            assert!(!exchange.is_finished());
            assert!(exchange.step(Some(b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).is_err());
        }
        let mut exchange = Exchange::begin(Mechanism::ScramSha256, "user", &Secret::new("pencil".into())).unwrap();
        let _first = exchange.step(None).unwrap();
        assert!(exchange.step(Some(b"r=another,s=QSXCR+Q6sek8bf92,i=4096")).is_err(), "a nonce that is not ours");
    }
}
