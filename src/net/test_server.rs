//! For tests: certificates of every kind, and servers that show them.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::Stream;
use crate::mail::Sha256Digest;

/// A certificate authority made a moment ago.
pub(crate) struct Ca {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A server's certificate with its key, ready to be shown.
pub(crate) struct Leaf {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) sha256: Sha256Digest,
}

impl Ca {
    pub(crate) fn make() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "a CA for a test");
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn leaf(&self, names: &[&str], from_year: i32, to_year: i32) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names);
        params.not_before = rcgen::date_time_ymd(from_year, 1, 1);
        params.not_after = rcgen::date_time_ymd(to_year, 1, 1);
        Leaf::new(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

impl Leaf {
    pub(crate) fn self_signed(names: &[&str]) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::new(&params(names).self_signed(&key).unwrap(), &key)
    }

    /// The server's side of a handshake; `None` if the client breaks it off.
    pub(crate) async fn accept(&self, stream: Stream) -> Option<Stream> {
        let safe = TlsAcceptor::from(self.config.clone()).accept(stream).await.ok()?;
        Some(Box::new(safe))
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        Self { config: Arc::new(config), sha256: Sha256Digest::of(certificate.der()) }
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "a server for a test");
    params
}

/// A TLS server that gives one byte back; its port.
pub(crate) async fn tls_server(config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else { return };
        let mut byte = [0];
        if stream.read_exact(&mut byte).await.is_ok() {
            let _gone = stream.write_all(&byte).await;
        }
    });
    port
}

/// An HTTPS server that answers everything with `document`; its port.
pub(crate) async fn documents(leaf: Leaf, document: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Some(mut stream) = leaf.accept(Box::new(stream)).await else { continue };
            let mut request = [0; 4096];
            let _asked = stream.read(&mut request).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", document.len());
            let _gone = stream.write_all(&[head.as_bytes(), document].concat()).await;
            let _gone = stream.shutdown().await;
        }
    });
    port
}
