//! The network below the mail protocols: dialling, TLS, SASL, time-outs. rustls and rsasl live here only.

pub mod timeout;

pub use timeout::Limits;
