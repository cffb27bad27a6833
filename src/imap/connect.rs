//! Reaching a server and signing in: TLS from the first byte, or STARTTLS that must succeed (RFC 8314, RFC 9051 §6.2.1).
//!
//! A connection that is not under TLS gets as far as the STARTTLS command and no further: what follows takes a [`Stream`], and only
//! [`net::tls::secure`] makes one. Before TLS nothing a server says is believed, and nothing of it is kept.

use std::time::Duration;

use tokio::time::timeout;

use super::Capabilities;
use super::dialogue::{Dialogue, Greeting, Status, nonsense};
use super::login;
use crate::account::{Account, Endpoint, Secret, TlsMode};
use crate::mail::Sha256Digest;
use crate::net::pace::Paced;
use crate::net::tls::{Refusal, secure};
use crate::net::{self, Duplex, Reach, Stream, TlsFacts, dial};
use crate::run::{Code, Problem, Retry, Run};

/// A server that let us in.
pub struct SignedIn {
    /// The connection. The server waits for a command, and nothing it said is unread.
    pub stream: Stream,
    /// What it can do for this user.
    pub capabilities: Capabilities,
    /// Its greeting's text.
    pub greeting: String,
    /// What the connection's safety rests on.
    pub tls: TlsFacts,
    /// How it was: the SASL mechanism, `LOGIN`, or `PREAUTH`.
    pub mechanism: String,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("mechanism", &self.mechanism).field("tls", &self.tls.protocol).finish_non_exhaustive()
    }
}

/// A server looked at without a password.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What it can do before sign-in.
    pub capabilities: Capabilities,
    /// Its greeting's text.
    pub greeting: String,
    /// What the connection's safety rests on.
    pub tls: TlsFacts,
}

/// Reaches the account's server and signs in.
///
/// # Errors
/// The codes NET-…, TLS-…, IMAP-SIGNIN, IMAP-SIGNIN-WAY, IMAP-BYE, IMAP-NONSENSE, IMAP-THROTTLED, and INTERRUPTED.
pub async fn sign_in(account: &Account, password: &Secret, reach: &Reach, run: &Run) -> Result<SignedIn, Problem> {
    let work = async {
        let opened = open(&account.endpoint, account.pin, reach).await?;
        let within = timeout(reach.limits.sign_in, enter(opened, &account.user, password));
        within.await.unwrap_or_else(|_| Err(net::timed_out("signing in takes too long")))
    };
    tokio::select! {
        biased;
        () = run.cancel.cancelled() => Err(Problem::interrupted()),
        outcome = work => outcome.map_err(|problem| placed(problem, &account.endpoint)),
    }
}

/// Reaches a server and looks at it, without a password; on failure the certificate it showed comes with the problem.
///
/// # Errors
/// As [`sign_in`], but for those of signing in.
pub async fn look(endpoint: &Endpoint, pin: Option<Sha256Digest>, reach: &Reach, run: &Run) -> Result<Looked, Refusal> {
    let work = async {
        let Opened { mut dialogue, greeting, tls, capabilities, .. } = open(endpoint, pin, reach).await?;
        let _going = dialogue.send(b"M0 LOGOUT\r\n").await;
        Ok(Looked { capabilities, greeting, tls })
    };
    tokio::select! {
        biased;
        () = run.cancel.cancelled() => Err(Problem::interrupted().into()),
        outcome = work => outcome.map_err(|refusal: Refusal| Refusal { problem: placed(refusal.problem, endpoint), ..refusal }),
    }
}

fn placed(problem: Problem, endpoint: &Endpoint) -> Problem {
    if problem.place.is_some() { problem } else { problem.at(endpoint) }
}

/// A server under TLS that has greeted.
struct Opened {
    dialogue: Dialogue<Stream>,
    greeting: String,
    preauth: bool,
    tls: TlsFacts,
    capabilities: Capabilities,
}

/// How often a connection that ends before the greeting, without a word, is begun again, and the first wait; each is twice the one before.
///
/// A busy server drops connections before it knows whose they are (Dovecot's login process at its limit, a proxy that restarts).
const HANDSHAKES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(300);

async fn open(endpoint: &Endpoint, pin: Option<Sha256Digest>, reach: &Reach) -> Result<Opened, Refusal> {
    let mut again = 0;
    loop {
        match try_to_open(endpoint, pin, reach).await {
            Err(refusal) if is_dropped(&refusal.problem) && again < HANDSHAKES => {
                let wait = FIRST_WAIT * (1 << again);
                again += 1;
                tokio::time::sleep(wait + wait.mul_f64(net::dice())).await;
            }
            other => return other,
        }
    }
}

/// True if the line ended in the handshake or before the greeting, without a word. No password was sent.
fn is_dropped(problem: &Problem) -> bool {
    matches!(problem.code, Code::TlsHandshake | Code::NetLost) && problem.retry == Retry::Now
}

async fn try_to_open(endpoint: &Endpoint, pin: Option<Sha256Digest>, reach: &Reach) -> Result<Opened, Refusal> {
    let stream = Paced::new(dial::dial(endpoint, reach).await?, reach.pace.clone());
    let opening = async {
        match endpoint.tls {
            TlsMode::Implicit => open_implicit(stream, endpoint, pin, reach).await,
            TlsMode::StartTls => open_starttls(stream, endpoint, pin, reach).await,
        }
    };
    timeout(reach.limits.sign_in, opening).await.unwrap_or_else(|_| Err(net::timed_out("greeting takes too long").into()))
}

async fn open_implicit(stream: impl Duplex + 'static, endpoint: &Endpoint, pin: Option<Sha256Digest>, reach: &Reach) -> Result<Opened, Refusal> {
    let (stream, tls) = secure(stream, &endpoint.host, &reach.trust, pin, &reach.limits).await?;
    let mut dialogue = Dialogue::new(stream, reach.limits);
    // The certificate was judged good: what goes wrong from here on has nothing to do with it.
    let Greeting { text, preauth, capabilities } = dialogue.greeting().await?;
    let capabilities = match capabilities {
        Some(capabilities) => capabilities,
        None => dialogue.capabilities().await?,
    };
    Ok(Opened { dialogue, greeting: text, preauth, tls, capabilities })
}

async fn open_starttls(stream: impl Duplex + 'static, endpoint: &Endpoint, pin: Option<Sha256Digest>, reach: &Reach) -> Result<Opened, Refusal> {
    let mut before = Dialogue::new(stream, reach.limits);
    let greeting = before.greeting().await?;
    if greeting.preauth {
        // Signed in, a session can't begin TLS any more: whoever forged this greeting would read everything.
        return Err(stripped("the server claims that we are signed in before TLS", &greeting.text).into());
    }
    let offered = match greeting.capabilities {
        Some(capabilities) => capabilities,
        None => before.capabilities().await?,
    };
    if !offered.starttls {
        return Err(stripped("the server does not offer STARTTLS", &greeting.text).into());
    }
    let done = before.command("STARTTLS").await?;
    if done.status != Status::Ok {
        return Err(stripped("the server refuses STARTTLS", &done.text).into());
    }
    let (stream, ahead) = before.into_stream()?;
    if !ahead.is_empty() {
        // Sent in the clear, it would count as said under TLS (CVE-2021-33515 and its kin).
        return Err(Problem::account(Code::TlsHandshake, "something was slipped in before the TLS handshake").into());
    }
    let (stream, tls) = secure(stream, &endpoint.host, &reach.trust, pin, &reach.limits).await?;
    let mut dialogue = Dialogue::new(stream, reach.limits);
    let capabilities = dialogue.capabilities().await?;
    Ok(Opened { dialogue, greeting: greeting.text, preauth: false, tls, capabilities })
}

fn stripped(what: &str, text: &str) -> Problem {
    Problem::account(Code::TlsStripped, what).server_said(text)
}

async fn enter(opened: Opened, user: &str, password: &Secret) -> Result<SignedIn, Problem> {
    let Opened { mut dialogue, greeting, preauth, tls, capabilities } = opened;
    let (mechanism, told) = if preauth { ("PREAUTH", Some(capabilities)) } else { login::sign_in(&mut dialogue, &capabilities, user, password).await? };
    let capabilities = match told {
        Some(capabilities) => capabilities,
        None => dialogue.capabilities().await?,
    };
    let (stream, ahead) = dialogue.into_stream()?;
    if !(capabilities.imap4rev1 || capabilities.imap4rev2) {
        return Err(nonsense("the server speaks no IMAP4rev1 and no IMAP4rev2", &capabilities.raw.join(" ")));
    }
    tracing::debug!(mechanism, protocol = %tls.protocol, "signed in");
    let stream = if ahead.is_empty() { stream } else { net::put_back(ahead, stream) };
    Ok(SignedIn { stream, capabilities, greeting, tls, mechanism: mechanism.to_owned() })
}

#[cfg(test)]
#[path = "connect_tests.rs"]
mod tests;
