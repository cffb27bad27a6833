//! Settles on an account's server: the first place that answers under verified TLS as an IMAP server. No password is needed for that.

use crate::account::Account;
use crate::autoconfig::{Candidate, Given, Provider, find_settings, settle};
use crate::imap::connect::look;
use crate::net::{Limits, Reach};
use crate::run::{Code, Event, Problem, Run};

pub use crate::autoconfig::Source;

/// A server that answered, and whether a person has to agree to it before it gets the password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundServer {
    /// The account on it.
    pub account: Account,
    /// Whose word it is that this is the right server.
    pub source: Source,
    /// The host rests on DNS alone and lies outside the address's domain. DNS may be forged (RFC 6186 §6).
    pub ask_first: bool,
}

/// The server for `address`: a given host is taken as it is; of what is found, the first candidate that answers.
///
/// No password is needed, and none is sent.
///
/// # Errors
/// `ACCOUNT-UNKNOWN` with what was tried if nothing answers, or the more telling problem of a server that should have; `INTERRUPTED`.
pub async fn find_server(address: &str, given: &Given, provider: &Provider, reach: &Reach, run: &Run) -> Result<FoundServer, Problem> {
    let candidates = tokio::select! {
        biased;
        () = run.cancel.cancelled() => return Err(Problem::interrupted()),
        found = find_settings(address, given, provider, reach) => found?,
    };
    // Whether anything is there shows soon; the usual waits are for a server that is known to be.
    let probe = reach.clone().within(Limits::PROBE);
    let answers = settle(candidates, async |endpoint| look(&endpoint, None, &probe, run).await.map(drop).map_err(Problem::from));
    let Candidate { endpoint, user, source, elsewhere } = answers.await?;
    Ok(FoundServer { account: Account { address: address.trim().to_owned(), user, endpoint, pin: None }, source, ask_first: elsewhere })
}

/// The account for `address` where nobody can be asked: a server that needs a person's consent is an error that names it.
///
/// A host that was found is told as a note first, so that a person sees where the password goes before it is sent.
///
/// # Errors
/// As [`find_server`]; `ACCOUNT-UNKNOWN` for a server that has to be agreed to.
pub async fn settle_on(address: &str, given: &Given, provider: &Provider, reach: &Reach, run: &Run) -> Result<Account, Problem> {
    let FoundServer { account, source, ask_first } = find_server(address, given, provider, reach, run).await?;
    let endpoint = &account.endpoint;
    if ask_first {
        let what = format!("the domain's DNS names a mail server outside the domain, {endpoint}: if it is the right one, give it with --host");
        return Err(Problem::account(Code::AccountUnknown, what).at(endpoint));
    }
    if source != Source::Given {
        let text = format!("The mail server of {address} is {endpoint} ({})", whose_word(source));
        run.tell(Event::Note { text }).await;
    }
    Ok(account)
}

const fn whose_word(source: Source) -> &'static str {
    match source {
        Source::Given => "as given",
        Source::Provider => "the provider's",
        Source::Srv => "named by the domain's DNS",
        Source::Published => "published by the domain",
        Source::Exchanger => "published by the firm that takes its mail",
        Source::Guess => "guessed from the domain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Endpoint, TlsMode};
    use crate::net::Trust;
    use crate::practice::server::{CertificateKind, Config, Server};
    use crate::run::Code;

    /// Settles on `u@nowhere.invalid` with a provider at this host and port.
    async fn settle_at(host: &str, port: u16, trust: Trust, given: Given) -> (Result<Account, Problem>, Vec<String>) {
        let provider = Provider::parse(&format!("[imap]\nhost = \"{host}\"\nport = {port}")).unwrap();
        // A name server that refuses at once: what is settled here is settled without one.
        let reach =
            Reach { pace: None, trust, dns: Some(([127, 0, 0, 1], 9).into()), limits: Limits { resolve: std::time::Duration::from_secs(1), ..Limits::USUAL } };
        let dir = tempfile::tempdir().unwrap();
        let (run, mut listener) = Run::new(dir.path());
        let outcome = settle_on("u@nowhere.invalid", &given, &provider, &reach, &run).await;
        let mut notes = Vec::new();
        while let Ok(event) = listener.events.try_recv() {
            if let Event::Note { text } = event {
                notes.push(text);
            }
        }
        (outcome, notes)
    }

    #[tokio::test]
    async fn the_first_server_that_answers_is_taken_and_told_and_gets_no_password() {
        let server = Server::start(Config::default()).unwrap();
        let (account, notes) = settle_at("localhost", server.port, Trust::only(server.ca_der.clone()), Given::default()).await;
        let account = account.unwrap();
        assert_eq!(account.endpoint, Endpoint { host: "localhost".into(), port: server.port, tls: TlsMode::Implicit });
        assert_eq!((account.user.as_str(), account.pin), ("u@nowhere.invalid", None));
        assert_eq!(notes, [format!("The mail server of u@nowhere.invalid is localhost:{} (the provider's)", server.port)]);
    }

    #[tokio::test]
    async fn a_published_server_that_can_not_be_trusted_is_told_as_that() {
        for (kind, want) in
            [(CertificateKind::Expired, Code::TlsExpired), (CertificateKind::WrongName, Code::TlsName), (CertificateKind::UnknownAuthority, Code::TlsUntrusted)]
        {
            let server = Server::start(Config { certificate: kind, ..Config::default() }).unwrap();
            let (outcome, notes) = settle_at("127.0.0.1", server.port, Trust::only(server.ca_der.clone()), Given::default()).await;
            assert_eq!(outcome.unwrap_err().code, want);
            assert!(notes.is_empty());
        }
    }

    #[tokio::test]
    async fn a_given_host_is_taken_unseen_and_a_stop_is_heeded() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (outcome, _) = settle_at("127.0.0.1", closed, Trust::platform(), Given::default()).await;
        assert_eq!(outcome.unwrap_err().code, Code::NetRefused, "the provider's own server tells more than guesses");
        let given = Given { host: Some("127.0.0.1".into()), port: Some(closed), user: Some("me".into()), ..Given::default() };
        let (outcome, notes) = settle_at("127.0.0.1", closed, Trust::platform(), given.clone()).await;
        let account = outcome.unwrap();
        assert_eq!((account.endpoint.port, account.user.as_str()), (closed, "me"));
        assert!(notes.is_empty());
        let run = Run::unheard("unused");
        run.cancel.cancel();
        let stopped = settle_on("u@nowhere.invalid", &given, &Provider::default(), &Reach::default(), &run).await;
        assert_eq!(stopped.unwrap_err().code, Code::Interrupted);
    }
}
