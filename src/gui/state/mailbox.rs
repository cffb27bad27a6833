//! «Your new mailbox.»

use crate::engine::explain::Told;

/// «Your new mailbox.»
#[derive(Clone, Debug, Default)]
pub struct MailboxPage {
    /// How it stands.
    pub stage: MailboxStage,
    /// The server that will get the password, shown before it does.
    pub server: ServerLook,
    /// Host, port and sign-in name may be given.
    pub advanced: bool,
}

/// How the new mailbox stands.
#[derive(Clone, Debug, Default)]
pub enum MailboxStage {
    /// Address and password are asked.
    #[default]
    Asking,
    /// Being connected to.
    Connecting,
    /// Connected safely.
    Connected(Connected),
    /// It did not go: words, and what was refused.
    Refused(Refusal),
}

/// The server of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ServerLook {
    /// Not looked for yet.
    #[default]
    Unknown,
    /// Being looked for.
    Looking,
    /// Found, and answering under verified TLS.
    Found {
        /// Host.
        host: String,
        /// Port.
        port: u16,
        /// By themselves; else a person gave it.
        by_itself: bool,
    },
    /// DNS names a host outside the address's domain: a person must agree before the password goes there: [Use this server].
    Elsewhere {
        /// Host.
        host: String,
        /// Port.
        port: u16,
    },
    /// None was found.
    NotFound(Refusal),
}

/// A mailbox that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// Host.
    pub host: String,
    /// Messages in it, where told.
    pub messages: Option<u64>,
    /// Room in bytes, where known.
    pub limit: Option<u64>,
    /// Used bytes, where known.
    pub used: Option<u64>,
    /// The room is the provider's usual one, assumed.
    pub assumed: bool,
    /// For the technician: `TLS 1.3 …`.
    pub tls: String,
    /// For the technician: how it was signed in.
    pub mechanism: String,
}

/// A refusal in words, and what it is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// What it is of: which field or notice it belongs to.
    pub kind: RefusalKind,
    /// The words.
    pub told: Told,
    /// For the technician: the log line.
    pub details: String,
    /// The host, where one was reached.
    pub host: Option<String>,
}

/// What was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalKind {
    /// The password or user name.
    Password,
    /// No settings for this address.
    Address,
    /// The server can't be reached, or there is no internet.
    Network,
    /// The certificate: no password was sent.
    Certificate,
    /// Something else.
    #[default]
    Other,
}
