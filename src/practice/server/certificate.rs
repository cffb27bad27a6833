//! The server's certificate: an authority and a leaf, made at each start and never written anywhere.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What is wrong with the certificate, if anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CertificateKind {
    /// Valid for `localhost`, 127.0.0.1 and ::1.
    #[default]
    Good,
    /// Made out to `elsewhere.example`.
    WrongName,
    /// Ended in 2001.
    Expired,
    /// Signed by an authority other than the one handed out.
    UnknownAuthority,
}

/// What a start needs.
pub(super) struct Made {
    pub(super) acceptor: TlsAcceptor,
    pub(super) ca_pem: String,
    pub(super) ca_der: Vec<u8>,
}

/// Makes the authority and the leaf.
pub(super) fn make(kind: CertificateKind) -> Result<Made, Box<dyn std::error::Error + Send + Sync>> {
    let authority = Authority::new()?;
    let stranger = if kind == CertificateKind::UnknownAuthority { Some(Authority::new()?) } else { None };
    let key = KeyPair::generate()?;
    let leaf = leaf_params(kind)?.signed_by(&key, &stranger.as_ref().unwrap_or(&authority).issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    Ok(Made { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: authority.pem, ca_der: authority.der })
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: Vec<u8>,
}

impl Authority {
    fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, "Mailferry practice authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        Ok(Self { pem: certificate.pem(), der: certificate.der().to_vec(), issuer: Issuer::new(params, key) })
    }
}

fn leaf_params(kind: CertificateKind) -> Result<CertificateParams, rcgen::Error> {
    let names: &[&str] = if kind == CertificateKind::WrongName { &["elsewhere.example"] } else { &["localhost", "127.0.0.1", "::1"] };
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, names.first().copied().unwrap_or_default());
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if kind == CertificateKind::Expired {
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    } else {
        // Some verifiers refuse certificates that live for centuries, rcgen's default.
        params.not_before = rcgen::date_time_ymd(2025, 1, 1);
        params.not_after = rcgen::date_time_ymd(2045, 1, 1);
    }
    Ok(params)
}
