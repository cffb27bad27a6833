//! Finds the settings of an account from its address.

pub mod provider;

pub use provider::Provider;
/// interim
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// h
    pub host: Option<String>,
    /// p
    pub port: Option<u16>,
    /// t
    pub tls: Option<crate::account::TlsMode>,
    /// u
    pub user: Option<String>,
}
