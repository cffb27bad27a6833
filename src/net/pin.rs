//! The verifier round the real one: it remembers the certificate it was shown, and obeys a pin where a person gave one (DESIGN rule 9).

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use crate::mail::Sha256Digest;

/// The certificate is another one than the person accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the certificate is not the one that was accepted")]
pub(super) struct NotThePinned;

/// Where the certificate shown is put, so that it can be told about when the handshake fails too.
pub(super) type Shown = Arc<Mutex<Option<Vec<u8>>>>;

/// Judges a server's certificate.
///
/// With a pin exactly that certificate is accepted, whatever its name, age and issuer, and no other, be it ever so valid. The server must prove
/// in either case that it holds the certificate's key.
#[derive(Debug)]
pub(super) struct Watcher {
    /// Any of them may accept; none if there is no trust store at all: then nothing is believed but a pin.
    pub judges: Vec<Arc<dyn ServerCertVerifier>>,
    pub pin: Option<Sha256Digest>,
    pub shown: Shown,
    pub crypto: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Watcher {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.as_ref().to_vec());
        match self.pin {
            Some(pin) if Sha256Digest::of(end_entity) == pin => return Ok(ServerCertVerified::assertion()),
            Some(_) => return Err(CertificateError::Other(OtherError(Arc::new(NotThePinned))).into()),
            None => (),
        }
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let mut refused = unknown.clone();
        for judge in &self.judges {
            match judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
                Ok(accepted) => return Ok(accepted),
                // Who knows the issuer knows best what is wrong.
                Err(error) if error != unknown => refused = error,
                Err(_) => (),
            }
        }
        Err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
