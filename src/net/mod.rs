//! The network below the mail protocols: dialling, TLS, SASL, time-outs, DEFLATE. rustls, rsasl and flate2 live here only.
//!
//! A mail protocol asks [`dial`] for a connection, makes it safe with [`tls::secure`], and gets a [`Stream`]; nothing else makes one outside
//! of tests, so what holds a `Stream` speaks TLS. How servers are reached is one value, [`Reach`]: whom to trust, which resolver to ask, how
//! long to wait, how fast to send.

pub mod certificate;
pub mod deflate;
pub mod dial;
pub mod https;
pub mod pace;
pub mod pin;
pub mod resolve;
pub mod sasl;
#[cfg(test)]
pub(crate) mod test_server;
pub mod timeout;
pub mod tls;

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

use crate::run::{Code, Problem, Retry};

pub use certificate::Certificate;
pub use pace::Pace;
pub use timeout::Limits;
pub use tls::{TlsFacts, Trust};

/// Both directions of a connection.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection under TLS.
pub type Stream = Box<dyn Duplex>;

/// Puts bytes that were read already back before the rest of `stream`.
#[must_use]
pub fn put_back(ahead: Vec<u8>, stream: Stream) -> Stream {
    let (reading, writing) = tokio::io::split(stream);
    Box::new(tokio::io::join(std::io::Cursor::new(ahead).chain(reading), writing))
}

/// How servers are reached.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Whose certificates are believed.
    pub trust: Trust,
    /// The only resolver to ask; `None` for the system's.
    pub dns: Option<SocketAddr>,
    /// The longest waits.
    pub limits: Limits,
    /// How fast may be sent, all connections together; `None` for as fast as they can.
    pub pace: Option<Pace>,
}

impl Reach {
    /// The usual way, trusting as `trust` says.
    #[must_use]
    pub fn trusting(trust: Trust) -> Self {
        Self { trust, ..Self::default() }
    }

    /// The same with other waits.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// The server did not answer `what` in time: trying again may help.
pub(crate) fn timed_out(what: &str) -> Problem {
    Problem { retry: Retry::Now, ..Problem::account(Code::NetTimeout, format!("no answer in time: {what}")) }
}

/// The connection broke during `what`: trying again may help.
pub(crate) fn lost(what: &str, error: impl std::fmt::Display) -> Problem {
    Problem { retry: Retry::Now, ..Problem::account(Code::NetLost, format!("the connection broke {what}: {error}")) }
}

/// From 0 up to 1, for waits that must not be in step with those of another program. The clock's last digits are dice enough.
#[must_use]
pub fn dice() -> f64 {
    f64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_micros() % 1_000) / 1_000.0
}
