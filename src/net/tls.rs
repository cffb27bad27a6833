//! TLS 1.2 and 1.3 with verified names (RFC 8446, RFC 9525), by the platform's trust store and what a person added.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, PeerIncompatible, RootCertStore};
use serde::Serialize;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::pin::{NotThePinned, Watcher};
use super::{Certificate, Duplex, Limits, Stream, resolve};
use crate::mail::Sha256Digest;
use crate::run::{Code, Problem, Retry};

/// A file of CA certificates is not larger than this.
const MAX_PEM_BYTES: u64 = 4 * 1024 * 1024;

/// Whose certificates are believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trust {
    platform: bool,
    extra: Vec<CertificateDer<'static>>,
}

impl Default for Trust {
    fn default() -> Self {
        Self::platform()
    }
}

impl Trust {
    /// Those the platform believes.
    #[must_use]
    pub const fn platform() -> Self {
        Self { platform: true, extra: Vec::new() }
    }

    /// Those signed by this one CA (DER), and no other: for a server on this computer whose CA was made a moment ago.
    #[must_use]
    pub fn only(ca_der: Vec<u8>) -> Self {
        Self { platform: false, extra: vec![ca_der.into()] }
    }

    /// Adds the CA certificates of a PEM text.
    ///
    /// # Errors
    /// `USAGE` if there is none in it, or one can't be a CA: a CA that a person relies on is never passed over.
    pub fn with_pem(mut self, pem: &[u8]) -> Result<Self, Problem> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = read.map_err(|error| Problem::run(Code::Usage, format!("the CA file is no PEM: {error}")))?;
        if certificates.is_empty() {
            return Err(Problem::run(Code::Usage, "the CA file holds no certificate"));
        }
        for certificate in certificates {
            RootCertStore::empty()
                .add(certificate.clone())
                .map_err(|error| Problem::run(Code::Usage, format!("the CA file holds a certificate that can't be used: {error}")))?;
            self.extra.push(certificate);
        }
        Ok(self)
    }

    /// Adds the CA certificates of a PEM file.
    ///
    /// # Errors
    /// As [`with_pem`](Self::with_pem), and if the file can't be read.
    pub fn with_pem_file(self, path: &Path) -> Result<Self, Problem> {
        let unreadable = |error: io::Error| Problem::run(Code::Usage, format!("the CA file can't be read: {error}")).at(path.display());
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_PEM_BYTES {
            return Err(Problem::run(Code::Usage, "the CA file is too large").at(path.display()));
        }
        self.with_pem(&std::fs::read(path).map_err(unreadable)?).map_err(|problem| problem.at(path.display()))
    }

    /// The judges of certificates, each of which may accept one; none if nothing at all is believed, as on a system without a trust store.
    ///
    /// What a person added is judged here and not by the platform: Windows and macOS each have a will of their own about added issuers.
    fn judges(&self, crypto: &Arc<CryptoProvider>) -> Vec<Arc<dyn ServerCertVerifier>> {
        let mut made: Vec<Result<Arc<dyn ServerCertVerifier>, String>> = Vec::new();
        if self.platform {
            let verifier = rustls_platform_verifier::Verifier::new(crypto.clone());
            made.push(verifier.map(|verifier| Arc::new(verifier) as _).map_err(|error| error.to_string()));
        }
        if !self.extra.is_empty() {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(self.extra.clone());
            let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), crypto.clone()).build();
            made.push(verifier.map(|verifier| verifier as _).map_err(|error| error.to_string()));
        }
        made.into_iter().filter_map(|made| made.inspect_err(|error| tracing::warn!("a store of certificates can't be used: {error}")).ok()).collect()
    }
}

/// What a connection's safety rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TlsFacts {
    /// `TLS 1.3` or `TLS 1.2`.
    pub protocol: String,
    /// The cipher suite's name (RFC 8446 §B.4).
    pub cipher: String,
    /// The server's certificate.
    pub certificate: Certificate,
    /// True if the certificate was accepted by its pin alone.
    pub pinned: bool,
}

/// A handshake that failed, with the certificate the server showed, if it came that far.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why.
    pub problem: Problem,
    /// What the server showed.
    pub certificate: Option<Box<Certificate>>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        refusal.problem
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, certificate: None }
    }
}

/// Makes `stream` safe: the handshake with the server at `host`, whose certificate is judged by `trust`, or by `pin` alone if there is one.
///
/// # Errors
/// `TLS-UNTRUSTED`, `TLS-NAME`, `TLS-EXPIRED`, `TLS-PIN`, `TLS-HANDSHAKE`, `NET-TIMEOUT`, each with the certificate where one was shown.
pub async fn secure(
    stream: impl Duplex + 'static,
    host: &str,
    trust: &Trust,
    pin: Option<Sha256Digest>,
    limits: &Limits,
) -> Result<(Stream, TlsFacts), Refusal> {
    let host = resolve::plain_host(host)?;
    let name = ServerName::try_from(host.clone()).map_err(|_| Problem::account(Code::NetDns, "that is no host name").at(&host))?;
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let shown = Arc::new(Mutex::new(None));
    let watcher = Watcher { judges: trust.judges(&crypto), pin, shown: shown.clone(), crypto: crypto.clone() };
    let config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::run(Code::Internal, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(watcher))
        .with_no_client_auth();
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let outcome = timeout(limits.handshake, handshake).await;
    let certificate = shown.lock().unwrap_or_else(PoisonError::into_inner).take().map(|der| Box::new(Certificate::from_der(&der)));
    match outcome {
        Ok(Ok(stream)) => {
            let facts = facts(stream.get_ref().1, certificate, pin.is_some())?;
            Ok((Box::new(stream), facts))
        }
        Ok(Err(error)) => Err(Refusal { problem: why(&error, certificate.as_deref(), &host).at(&host), certificate }),
        Err(_elapsed) => Err(Refusal { problem: super::timed_out("the TLS handshake").at(&host), certificate }),
    }
}

fn facts(connection: &rustls::ClientConnection, certificate: Option<Box<Certificate>>, pinned: bool) -> Result<TlsFacts, Problem> {
    let certificate = certificate.ok_or_else(|| Problem::run(Code::Internal, "a handshake without a certificate"))?;
    let protocol = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => return Err(Problem::account(Code::TlsHandshake, "a TLS version that is not known")),
    };
    let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or_default();
    Ok(TlsFacts { protocol: protocol.to_owned(), cipher: cipher.to_owned(), certificate: *certificate, pinned })
}

/// Tells the failures of a handshake apart.
fn why(error: &io::Error, certificate: Option<&Certificate>, host: &str) -> Problem {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(fault)) => distrust(fault, certificate, host),
        Some(rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)) => old(),
        Some(rustls::Error::PeerIncompatible(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig | PeerIncompatible::ServerDoesNotSupportTls12Or13)) => {
            old()
        }
        Some(rustls::Error::AlertReceived(alert)) => handshake(format!("the server ended the TLS handshake: {alert:?}")),
        Some(rustls::Error::InvalidMessage(_)) => handshake("the server's answer is no TLS".to_owned()),
        Some(rustls::Error::PeerIncompatible(reason)) => handshake(format!("the server's TLS is older than 1.2 or unfit: {reason:?}")),
        Some(other) => handshake(format!("the TLS handshake failed: {other}")),
        None => Problem { retry: Retry::Now, ..handshake(format!("the server broke off the TLS handshake: {}", error.kind())) },
    }
}

/// TLS 1.0 and 1.1 (RFC 8996).
fn old() -> Problem {
    Problem::account(Code::TlsOld, "the server's TLS is older than 1.2")
}

fn handshake(what: String) -> Problem {
    Problem::account(Code::TlsHandshake, what)
}

fn distrust(fault: &CertificateError, certificate: Option<&Certificate>, host: &str) -> Problem {
    let empty = String::new();
    let (until, from, issuer) = certificate.map_or((&empty, &empty, &empty), |told| (&told.not_after, &told.not_before, &told.issuer));
    let (code, what) = match fault {
        CertificateError::Other(other) if other.0.downcast_ref::<NotThePinned>().is_some() => (Code::TlsPin, NotThePinned.to_string()),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = certificate.map(|told| told.names.join(", ")).filter(|names| !names.is_empty()).unwrap_or_else(|| "no name at all".to_owned());
            (Code::TlsName, format!("the certificate is not for {host} but for {names}"))
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (Code::TlsExpired, format!("the certificate expired on {until}")),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (Code::TlsExpired, format!("the certificate is not valid before {from}; is this computer's clock right?"))
        }
        CertificateError::Revoked => (Code::TlsUntrusted, "the certificate was revoked".to_owned()),
        _ if certificate.is_some_and(|told| told.self_signed) => (Code::TlsUntrusted, "the certificate is signed by itself".to_owned()),
        CertificateError::UnknownIssuer => (Code::TlsUntrusted, format!("the certificate's issuer is not known: {issuer}")),
        other => (Code::TlsUntrusted, format!("the certificate can't be trusted: {other}")),
    };
    let digest = certificate.map(|told| format!(" (sha256 {})", told.sha256)).unwrap_or_default();
    Problem::account(code, what + &digest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::test_server::{Ca, Leaf, tls_server};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn shake(leaf: Leaf, host: &str, trust: &Trust, pin: Option<Sha256Digest>) -> Result<TlsFacts, Refusal> {
        let port = tls_server(leaf.config).await;
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (mut stream, facts) = secure(stream, host, trust, pin, &Limits::USUAL).await?;
        stream.write_all(b"x").await.unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        Ok(facts)
    }

    #[tokio::test]
    async fn a_good_certificate_is_accepted_by_name_and_by_address() {
        let ca = Ca::make();
        for host in ["imap.a.example", "127.0.0.1", "IMAP.a.example."] {
            for trust in [Trust::only(ca.der()), Trust::platform().with_pem(ca.pem().as_bytes()).unwrap()] {
                let facts = shake(ca.leaf(&["imap.a.example", "127.0.0.1"], 2000, 2100), host, &trust, None).await.unwrap();
                assert_eq!(facts.protocol, "TLS 1.3");
                assert!(facts.cipher.starts_with("TLS13_"), "{}", facts.cipher);
                assert!(!facts.pinned && facts.certificate.names.contains(&"imap.a.example".to_owned()));
            }
        }
    }

    #[tokio::test]
    async fn bad_certificates_are_told_apart_and_shown() {
        let (ca, stranger) = (Ca::make(), Ca::make());
        let trust = Trust::only(ca.der());
        let host = "imap.a.example";
        for (leaf, want) in [
            (ca.leaf(&[host], 2000, 2001), Code::TlsExpired),
            (ca.leaf(&[host], 2090, 2100), Code::TlsExpired),
            (ca.leaf(&["other.example"], 2000, 2100), Code::TlsName),
            (ca.leaf(&["127.0.0.1"], 2000, 2100), Code::TlsName),
            (stranger.leaf(&[host], 2000, 2100), Code::TlsUntrusted),
            (Leaf::self_signed(&[host]), Code::TlsUntrusted),
        ] {
            let sha256 = leaf.sha256;
            let refusal = shake(leaf, host, &trust, None).await.unwrap_err();
            assert_eq!(refusal.problem.code, want, "{}", refusal.problem);
            assert_eq!(refusal.certificate.unwrap().sha256, sha256);
            assert!(refusal.problem.what.contains(&sha256.to_string()));
        }
    }

    #[tokio::test]
    async fn a_pin_accepts_exactly_one_certificate() {
        let ca = Ca::make();
        let host = "imap.a.example";
        let leaf = Leaf::self_signed(&["wrong.example"]);
        let pin = leaf.sha256;
        let facts = shake(leaf, host, &Trust::platform(), Some(pin)).await.unwrap();
        assert!(facts.pinned);
        assert_eq!(facts.certificate.sha256, pin);
        // Another one is refused though it would verify: that is what a pin is for.
        let refusal = shake(ca.leaf(&[host], 2000, 2100), host, &Trust::only(ca.der()), Some(pin)).await.unwrap_err();
        assert_eq!(refusal.problem.code, Code::TlsPin);
    }

    #[tokio::test]
    async fn a_server_without_tls_or_without_an_answer_is_told() {
        let tls_1_1: &[u8] = &[22, 3, 2, 0, 49, 2, 0, 0, 45, 3, 2];
        let mut old = tls_1_1.to_vec();
        old.extend([7; 32]);
        old.extend([0, 0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0]);
        let plain: &[u8] = b"* OK no TLS here\r\n";
        let alert: &[u8] = &[21, 3, 1, 0, 2, 2, 70];
        for (bytes, want) in [(plain, Code::TlsHandshake), (alert, Code::TlsOld), (old.as_slice(), Code::TlsOld), (b"", Code::TlsHandshake)] {
            let (near, mut far) = tokio::io::duplex(4096);
            far.write_all(bytes).await.unwrap();
            let drained = async move {
                let mut hello = [0; 2048];
                let _read = far.read(&mut hello).await;
            };
            let trust = Trust::platform();
            let (outcome, ()) = tokio::join!(secure(near, "a.example", &trust, None, &Limits::USUAL), drained);
            let problem = outcome.err().unwrap().problem;
            assert_eq!(problem.code, want, "{bytes:?}: {problem}");
        }
        let (near, _silent) = tokio::io::duplex(4096);
        let limits = Limits { handshake: Duration::from_millis(50), ..Limits::USUAL };
        let refusal = secure(near, "a.example", &Trust::platform(), None, &limits).await.err().unwrap();
        assert_eq!(refusal.problem.code, Code::NetTimeout);
    }

    #[test]
    fn a_ca_file_that_is_none_is_an_error() {
        for bad in [&b""[..], b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert_eq!(Trust::platform().with_pem(bad).unwrap_err().code, Code::Usage);
        }
    }
}
