//! Accounts on the command line, and where their passwords come from.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::account::TlsMode;
use crate::cli::value;
use crate::mail::Sha256Digest;

/// The new mailbox, and where its password comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The new mailbox")]
pub struct AccountArgs {
    /// Its mail address
    #[arg(long, value_name = "ADDR", value_parser = value::address)]
    pub account: String,
    /// The IMAP server; found by itself where it can be
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Its port [default: 993, with --tls starttls 143]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// How TLS begins; without TLS there is no connection [default: implicit]
    #[arg(long, value_name = "HOW")]
    pub tls: Option<TlsArg>,
    /// The sign-in name, where it is not the address
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A PEM file of certificates to trust besides the system's
    #[arg(long, value_name = "FILE", env = "MAILFERRY_CA", hide_env_values = true)]
    pub ca: Option<PathBuf>,
    /// The SHA-256 of the only certificate to accept, though it does not verify: know what it means
    #[arg(long, value_name = "SHA256", value_parser = value::fingerprint)]
    pub pin: Option<Sha256Digest>,
    /// Reads the password from standard input; one final line end is cut
    #[arg(long, conflicts_with = "password_fd")]
    pub password_stdin: bool,
    /// Reads the password from this open file descriptor; one final line end is cut
    #[arg(long, value_name = "N")]
    pub password_fd: Option<u32>,
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TlsArg {
    /// From the first byte
    Implicit,
    /// After STARTTLS
    Starttls,
}

impl From<TlsArg> for TlsMode {
    fn from(tls: TlsArg) -> Self {
        match tls {
            TlsArg::Implicit => Self::Implicit,
            TlsArg::Starttls => Self::StartTls,
        }
    }
}

/// The old account, and where its password comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The old account (only read)")]
pub struct OldArgs {
    /// Its mail address
    #[arg(long, value_name = "ADDR", value_parser = value::address)]
    pub old_account: String,
    /// Its server; found by itself where it can be
    #[arg(long, value_name = "HOST")]
    pub old_host: Option<String>,
    /// Its port [default: 993, with --old-tls starttls 143]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub old_port: Option<u16>,
    /// How TLS begins; without TLS there is no connection [default: implicit]
    #[arg(long, value_name = "HOW")]
    pub old_tls: Option<TlsArg>,
    /// The sign-in name, where it is not the address
    #[arg(long, value_name = "NAME")]
    pub old_user: Option<String>,
    /// A PEM file of certificates to trust besides the system's
    #[arg(long, value_name = "FILE", env = "MAILFERRY_CA", hide_env_values = true)]
    pub old_ca: Option<PathBuf>,
    /// The SHA-256 of the only certificate to accept, though it does not verify: know what it means
    #[arg(long, value_name = "SHA256", value_parser = value::fingerprint)]
    pub old_pin: Option<Sha256Digest>,
    /// Reads the old account's password from this open file descriptor; one final line end is cut
    #[arg(long, value_name = "N")]
    pub old_password_fd: Option<u32>,
    /// How the old account is read
    #[arg(long, value_name = "HOW", default_value = "imap")]
    pub old_protocol: OldProtocol,
}

/// How the old account is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OldProtocol {
    /// IMAP: all folders, flags, received dates
    Imap,
    /// POP3: the inbox alone; not in this version
    Pop3,
}
