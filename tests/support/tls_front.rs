//! TLS before a server that speaks clear text: the program under test has no clear-text path.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// Accepts TLS on a port of its own and hands the clear text on. Dropping it closes everything.
#[derive(Debug)]
pub struct TlsFront {
    /// Where it listens.
    pub port: u16,
    runtime: Option<tokio::runtime::Runtime>,
}

impl TlsFront {
    /// Before `port` on loopback, with `server.pem` and `server.key` of `dir`.
    #[must_use]
    pub fn before(port: u16, dir: &Path) -> Self {
        let certificate = CertificateDer::from_pem_file(dir.join("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(dir.join("server.key")).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider())).with_safe_default_protocol_versions().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(hand_on(client, acceptor.clone(), port));
            }
        });
        Self { port: own, runtime: Some(runtime) }
    }
}

async fn hand_on(client: TcpStream, acceptor: TlsAcceptor, port: u16) {
    client.set_nodelay(true).unwrap();
    let Ok(mut client) = acceptor.accept(client).await else { return };
    // A server that is down is a connection that ends at once.
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    server.set_nodelay(true).unwrap();
    let _either_end_closed = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
