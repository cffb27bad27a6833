//! Finds the settings of an account from its address.
//!
//! What a person gave comes first, then the provider's preset, then what the domain itself says in DNS (RFC 6186, RFC 8314), then what it
//! publishes over HTTPS ([`published`]), then what the firm publishes that takes its mail (the domain of its MX), then a guess at `imap.` and
//! `mail.` on port 993. These are candidates and no more: which one counts is decided by a look at the server over verified TLS, without the
//! password ([`settle`]), and the host that will get the password is shown before it is sent. DNS can be forged, so a host outside the address's
//! own domain that rests on DNS alone is marked.

pub mod provider;
pub mod published;
#[cfg(test)]
mod test_dns;

use std::future::Future;

use crate::account::{Endpoint, TlsMode, domain_of};
use crate::net::{Reach, resolve};
use crate::run::{Code, Problem};

pub use provider::Provider;

/// The services asked for, implicit TLS first (RFC 8314 §5.1).
const SERVICES: [(&str, TlsMode); 2] = [("_imaps._tcp", TlsMode::Implicit), ("_imap._tcp", TlsMode::StartTls)];

/// The names a guess is made at.
const GUESSES: [&str; 2] = ["imap", "mail"];

/// What a person gave; the rest is found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given {
    /// `--host`
    pub host: Option<String>,
    /// `--port`
    pub port: Option<u16>,
    /// `--tls`
    pub tls: Option<TlsMode>,
    /// `--user`
    pub user: Option<String>,
}

/// Where a candidate comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A person gave it.
    Given,
    /// The provider's preset.
    Provider,
    /// The domain's SRV records.
    Srv,
    /// The domain's own document over HTTPS.
    Published,
    /// The document of the firm that takes the domain's mail, found by the MX record.
    Exchanger,
    /// A guess.
    Guess,
}

/// Settings that may be the right ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The server.
    pub endpoint: Endpoint,
    /// The sign-in name: the one given, else the whole address.
    pub user: String,
    /// Where they come from.
    pub source: Source,
    /// True if the host rests on DNS alone and lies outside the address's domain: a person has to agree before the password is sent.
    pub elsewhere: bool,
}

/// The settings that may be right for `address`, best first, each once.
///
/// With a host given nothing is looked up. A name server that fails costs its candidates, not the guess.
///
/// # Errors
/// `ACCOUNT-UNKNOWN` if the address has no domain and no host is given, or if the domain says expressly that it has no IMAP (RFC 6186 §3.4).
pub async fn find_settings(address: &str, given: &Given, provider: &Provider, reach: &Reach) -> Result<Vec<Candidate>, Problem> {
    let user = given.user.clone().unwrap_or_else(|| address.trim().to_owned());
    let candidate = |endpoint, source, elsewhere| Candidate { endpoint, user: user.clone(), source, elsewhere };
    if let Some(host) = given.host.as_deref().filter(|host| !host.is_empty()) {
        return Ok(vec![candidate(given_endpoint(host, given)?, Source::Given, false)]);
    }
    let domain = domain_of(address);
    let domain = if domain.is_empty() { Err(unknown("the address has no domain")) } else { resolve::plain_host(&domain) }?;
    let mut found: Vec<Candidate> = provider.endpoint_for(&domain).map(|endpoint| candidate(endpoint, Source::Provider, false)).into_iter().collect();
    let mut refused = false;
    for (service, tls) in SERVICES {
        let records = resolve::services(&format!("{service}.{domain}"), reach.dns, reach.limits.resolve).await.unwrap_or_else(|problem| {
            tracing::debug!("{problem}");
            Vec::new()
        });
        refused |= tls == TlsMode::Implicit && !records.is_empty() && records.iter().all(|record| record.target.is_empty());
        for record in records.into_iter().filter(|record| !record.target.is_empty() && record.port != 0) {
            let elsewhere = !is_within(&record.target, &domain);
            found.push(candidate(Endpoint { host: record.target, port: record.port, tls }, Source::Srv, elsewhere));
        }
    }
    // What the domain says over HTTPS is asked for only where nothing nearer is known: two more servers have to be waited for.
    if found.iter().all(|candidate| candidate.elsewhere) && !refused {
        for (server, source) in published::look_up(&domain, address.trim(), reach).await {
            let user = given.user.clone().unwrap_or(server.user);
            let elsewhere = source == Source::Exchanger && !is_within(&server.endpoint.host, &domain);
            found.push(Candidate { endpoint: server.endpoint, user, source, elsewhere });
        }
        // Those that need nobody's consent are tried first.
        found.sort_by_key(|candidate| candidate.elsewhere);
    }
    // Where the domain says that there is no IMAP over TLS, a guess would contradict it.
    for name in GUESSES.into_iter().filter(|_| !refused) {
        found.push(candidate(given_endpoint(&format!("{name}.{domain}"), given)?, Source::Guess, false));
    }
    let found = fitting(found, given);
    if found.is_empty() { Err(unknown("the domain says that it has no IMAP server").at(&domain)) } else { Ok(found) }
}

/// The first candidate at whose server `look` finds an IMAP server under verified TLS; a single given one is taken unseen.
///
/// # Errors
/// `INTERRUPTED`; else, if none answers, the problem of the given, preset or only one that got furthest, or `ACCOUNT-UNKNOWN` with what was tried.
pub async fn settle<F: Future<Output = Result<(), Problem>>>(candidates: Vec<Candidate>, look: impl Fn(Endpoint) -> F) -> Result<Candidate, Problem> {
    if let [only] = candidates.as_slice()
        && only.source == Source::Given
    {
        return Ok(only.clone());
    }
    let mut tried = Vec::new();
    let mut telling: Option<Problem> = None;
    for candidate in candidates {
        let problem = match look(candidate.endpoint.clone()).await {
            Ok(()) => return Ok(candidate),
            Err(problem) if problem.code == Code::Interrupted => return Err(problem),
            Err(problem) => problem,
        };
        tracing::debug!("{problem}");
        tried.push(format!("{} ({})", candidate.endpoint, problem.code));
        // A guess that leads nowhere tells nothing; a server that is there and can't be trusted does, whoever named it.
        let is_telling = candidate.source != Source::Guess || problem.code.exit() == 12;
        if is_telling && telling.is_none() {
            telling = Some(problem);
        }
    }
    Err(telling.unwrap_or_else(|| unknown(&format!("no IMAP server was found; tried: {}", tried.join(", ")))))
}

/// `host` with the port and TLS given, else the usual ones: what stands at 143 begins with STARTTLS, everything else with TLS.
fn given_endpoint(host: &str, given: &Given) -> Result<Endpoint, Problem> {
    let tls = given.tls.unwrap_or(if given.port == Some(TlsMode::StartTls.default_port()) { TlsMode::StartTls } else { TlsMode::Implicit });
    Ok(Endpoint { host: resolve::plain_host(host)?, port: given.port.unwrap_or(tls.default_port()), tls })
}

/// Leaves out what contradicts what was given, and what stands there already.
fn fitting(found: Vec<Candidate>, given: &Given) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in found {
        let Endpoint { port, tls, .. } = candidate.endpoint;
        let contradicts = given.port.is_some_and(|wanted| wanted != port) || given.tls.is_some_and(|wanted| wanted != tls);
        if !contradicts && !kept.iter().any(|other| other.endpoint == candidate.endpoint) {
            kept.push(candidate);
        }
    }
    kept
}

/// True if `host` is `domain` or below it.
fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn unknown(what: &str) -> Problem {
    Problem::account(Code::AccountUnknown, what)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use super::test_dns::{Answers, name_server};
    use super::*;

    fn reach(dns: SocketAddr) -> Reach {
        Reach { dns: Some(dns), ..Reach::default() }
    }

    fn told(candidates: &[Candidate]) -> Vec<String> {
        let line = |c: &Candidate| format!("{:?} {} {:?}{}", c.source, c.endpoint, c.endpoint.tls, if c.elsewhere { " elsewhere" } else { "" });
        candidates.iter().map(line).collect()
    }

    async fn found(answers: Answers, provider: &str, given: Given) -> Result<Vec<String>, Code> {
        let dns = name_server(answers).await;
        let provider = Provider::parse(provider).unwrap();
        let candidates = find_settings("u@A.example", &given, &provider, &reach(dns)).await.map_err(|problem| problem.code)?;
        assert!(candidates.iter().all(|candidate| candidate.user == "u@A.example"));
        Ok(told(&candidates))
    }

    const GUESSED: [&str; 2] = ["Guess imap.a.example:993 Implicit", "Guess mail.a.example:993 Implicit"];

    #[tokio::test]
    async fn candidates_come_in_order_and_strange_hosts_are_marked() {
        let preset = "[imap]\nhost = \"imap.firm.example\"\ndomains = [\"a.example\"]";
        assert_eq!(found(&[], "", Given::default()).await.unwrap(), GUESSED);
        let answers: Answers = &[
            ("_imaps._tcp.a.example.", &[(20, 1, 993, "second.a.example."), (10, 1, 1993, "light.a.example."), (10, 9, 993, "IMAP.other.example.")]),
            ("_imap._tcp.a.example.", &[(0, 0, 143, "imap.a.example."), (0, 0, 0, "nothing.a.example.")]),
        ];
        let want = [
            "Provider imap.firm.example:993 Implicit",
            "Srv imap.other.example:993 Implicit elsewhere",
            "Srv light.a.example:1993 Implicit",
            "Srv second.a.example:993 Implicit",
            "Srv imap.a.example:143 StartTls",
        ];
        assert_eq!(found(answers, preset, Given::default()).await.unwrap(), [&want[..], &GUESSED[..]].concat());
        let given = Given { tls: Some(TlsMode::StartTls), ..Given::default() };
        let starttls = ["Srv imap.a.example:143 StartTls", "Guess mail.a.example:143 StartTls"];
        assert_eq!(found(answers, preset, given).await.unwrap(), starttls, "what contradicts the flag is left out, doubles too");
        let others = "[imap]\nhost = \"imap.firm.example\"\ndomains = [\"b.example\"]";
        assert_eq!(found(&[], others, Given::default()).await.unwrap(), GUESSED, "the preset of another domain is not offered");
    }

    #[tokio::test]
    async fn exchangers_come_by_preference_and_a_null_mx_is_none() {
        let answers: Answers = &[("MX a.example.", &[(20, 0, 0, "mx2.b.example."), (10, 0, 0, "MX1.b.example.")]), ("MX null.example.", &[(0, 0, 0, ".")])];
        let dns = Some(name_server(answers).await);
        let ask = async |domain| resolve::exchangers(domain, dns, std::time::Duration::from_secs(5)).await.unwrap();
        assert_eq!(ask("a.example").await, ["mx1.b.example", "mx2.b.example"]);
        assert_eq!(ask("null.example").await, Vec::<String>::new());
        assert_eq!(ask("none.example").await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_service_that_is_expressly_not_offered_is_not_guessed_at() {
        let none: Answers = &[("_imaps._tcp.a.example.", &[(0, 0, 0, ".")]), ("_imap._tcp.a.example.", &[(0, 0, 0, ".")])];
        assert_eq!(found(none, "", Given::default()).await.unwrap_err(), Code::AccountUnknown);
        let old: Answers = &[("_imaps._tcp.a.example.", &[(0, 0, 0, ".")]), ("_imap._tcp.a.example.", &[(0, 0, 143, "imap.a.example.")])];
        assert_eq!(found(old, "", Given::default()).await.unwrap(), ["Srv imap.a.example:143 StartTls"]);
    }

    #[tokio::test]
    async fn a_host_that_is_given_is_the_only_candidate_and_nothing_is_looked_up() {
        let nobody: SocketAddr = "127.0.0.1:9".parse().unwrap();
        for (host, port, tls, want) in [
            ("Imap.x.example", None, None, "Given imap.x.example:993 Implicit"),
            ("127.0.0.1", Some(143), None, "Given 127.0.0.1:143 StartTls"),
            ("x.example", Some(31143), Some(TlsMode::StartTls), "Given x.example:31143 StartTls"),
            ("x.example", Some(1993), None, "Given x.example:1993 Implicit"),
        ] {
            let given = Given { host: Some(host.into()), port, tls, user: Some("someone".into()) };
            let candidates = find_settings("no address", &given, &Provider::default(), &reach(nobody)).await.unwrap();
            assert_eq!((told(&candidates), candidates[0].user.as_str()), (vec![want.to_owned()], "someone"));
        }
        for address in ["u", "u@", "u@a b", ""] {
            let problem = find_settings(address, &Given::default(), &Provider::default(), &reach(nobody)).await.unwrap_err();
            assert!([Code::AccountUnknown, Code::NetDns].contains(&problem.code), "{address}: {problem}");
        }
    }

    fn candidate(host: &str, source: Source) -> Candidate {
        let endpoint = Endpoint { host: host.into(), port: 993, tls: TlsMode::Implicit };
        Candidate { endpoint, user: "u".into(), source, elsewhere: false }
    }

    /// What a look at the server of that name gives.
    fn outcome(host: &str) -> Result<(), Problem> {
        match host {
            "good" => Ok(()),
            "bad" => Err(Problem::account(Code::TlsName, "another name")),
            "stop" => Err(Problem::interrupted()),
            _ => Err(Problem::account(Code::NetDns, "not found")),
        }
    }

    #[tokio::test]
    async fn the_first_that_answers_counts_and_if_none_does_the_most_telling_problem() {
        use Source::{Given, Guess, Provider, Srv};
        for (candidates, want, looks) in [
            (vec![candidate("none", Srv), candidate("good", Guess), candidate("good2", Guess)], Ok("good"), 2),
            (vec![candidate("none", Given)], Ok("none"), 0),
            (vec![candidate("none", Guess), candidate("none2", Guess)], Err(Code::AccountUnknown), 2),
            (vec![candidate("none", Guess), candidate("bad", Guess)], Err(Code::TlsName), 2),
            (vec![candidate("none", Provider), candidate("bad", Guess)], Err(Code::NetDns), 2),
            (vec![candidate("stop", Srv), candidate("good", Guess)], Err(Code::Interrupted), 1),
            (vec![], Err(Code::AccountUnknown), 0),
        ] {
            let looked = Mutex::new(0);
            let settled = settle(candidates, |endpoint| {
                *looked.lock().unwrap() += 1;
                async move { outcome(&endpoint.host) }
            });
            let settled = settled.await.map(|candidate| candidate.endpoint.host).map_err(|problem| problem.code);
            assert_eq!(settled, want.map(str::to_owned));
            assert_eq!(*looked.lock().unwrap(), looks);
        }
    }
}
