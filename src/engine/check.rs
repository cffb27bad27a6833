//! Reaches an account and says what it is like; sends nothing that changes anything.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::autoconfig::provider::Provider;
use crate::net::Certificate;
use crate::run::{Event, Phase, Problem, Run};

use super::far::{Far, survey};
use super::plan::{Choices, Room};

/// What `check` answers (DESIGN §6).
#[derive(Clone, Debug, Serialize)]
pub struct AccountReport {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// `implicit` or `starttls`.
    pub tls: crate::account::TlsMode,
    /// TLS version and cipher.
    pub tls_version: String,
    /// The server's certificate.
    pub certificate: Certificate,
    /// What the server says it can do.
    pub capabilities: Vec<String>,
    /// How it was signed in.
    pub mechanism: String,
    /// The personal namespace.
    pub namespace: Namespace,
    /// Special folders by what they are for.
    pub special: BTreeMap<String, String>,
    /// The room.
    pub room: Room,
    /// The longest message it takes, where it says so.
    pub largest_message: Option<u64>,
    /// Messages in all folders, where the server told.
    pub messages: Option<u64>,
}

/// Prefix and delimiter (RFC 2342).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Namespace {
    /// Before every name; mostly empty.
    pub prefix: String,
    /// Between the names of a path.
    pub delimiter: Option<char>,
}

/// Signs in and looks around.
///
/// # Errors
/// NET, TLS, IMAP-SIGNIN; `INTERRUPTED`.
pub async fn check(far: &Far, provider: &Provider, choices: &Choices, run: &Run) -> Result<AccountReport, Problem> {
    run.progress(|progress| progress.phase = Phase::Connecting);
    run.tell(Event::PhaseStarted { phase: Phase::Connecting }).await;
    let signed_in = far.sign_in(run).await?;
    let (mechanism, tls) = (signed_in.mechanism.clone(), signed_in.tls.clone());
    let mut session = far.session(signed_in);
    let survey = survey(&mut session, provider, choices).await?;
    let capabilities = session.capabilities().raw.clone();
    session.logout().await;
    let special =
        survey.inventory.mailboxes.iter().filter_map(|mailbox| Some((format!("{:?}", mailbox.role?).to_ascii_lowercase(), mailbox.path.to_string()))).collect();
    Ok(AccountReport {
        host: far.account.endpoint.host.clone(),
        port: far.account.endpoint.port,
        tls: far.account.endpoint.tls,
        tls_version: format!("{} {}", tls.protocol, tls.cipher),
        certificate: tls.certificate,
        capabilities,
        mechanism,
        namespace: Namespace { prefix: survey.limits.prefix.clone(), delimiter: survey.limits.delimiter },
        special,
        room: survey.limits.room,
        largest_message: survey.limits.largest_message,
        messages: survey.inventory.mailboxes.iter().map(|mailbox| mailbox.messages).sum(),
    })
}
