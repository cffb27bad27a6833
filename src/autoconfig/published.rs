//! What a domain publishes about its mail servers: the `clientConfig` document that Thunderbird and others read.
//!
//! It lies at `autoconfig.<domain>` or under `.well-known` of the domain itself, and counts only over verified HTTPS. A document of
//! the address's own domain speaks for that domain, whatever host it names. Format: <https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat>.

use serde::Deserialize;

use super::Source;
use crate::account::{Endpoint, TlsMode};
use crate::net::{Limits, Reach, https, resolve};

/// More servers than this are not looked at.
const MAX_SERVERS: usize = 8;

/// An IMAP server that a document names, with the name to sign in with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Published {
    /// The server.
    pub endpoint: Endpoint,
    /// The sign-in name.
    pub user: String,
}

/// The servers that `domain` publishes for `address`, else those of the firm that takes its mail; empty where nobody publishes anything.
pub(super) async fn look_up(domain: &str, address: &str, reach: &Reach) -> Vec<(Published, Source)> {
    let reach = reach.clone().within(Limits::PROBE);
    let own = published(&[domain.to_owned()], address, &reach).await;
    if !own.is_empty() {
        return own.into_iter().map(|server| (server, Source::Published)).collect();
    }
    let exchangers = resolve::exchangers(domain, reach.dns, reach.limits.resolve).await.unwrap_or_else(|problem| {
        tracing::debug!("{problem}");
        Vec::new()
    });
    let firms = exchangers.first().map(|exchanger| domains_of(exchanger, domain)).unwrap_or_default();
    published(&firms, address, &reach).await.into_iter().map(|server| (server, Source::Exchanger)).collect()
}

/// The domains that the host of a mail server may belong to, nearest first: its name without the first one or two parts.
fn domains_of(host: &str, not: &str) -> Vec<String> {
    let shorter = std::iter::successors(host.split_once('.'), |(_, rest)| rest.split_once('.')).map(|(_, rest)| rest.to_owned());
    shorter.filter(|domain| domain.contains('.') && domain != not).take(2).collect()
}

/// The servers of the first of `domains` that publishes any for `address`.
async fn published(domains: &[String], address: &str, reach: &Reach) -> Vec<Published> {
    let places = domains.iter().flat_map(|domain| {
        [
            format!("https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={}", in_query(address)),
            format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
        ]
    });
    first_that_tells(&places.collect::<Vec<_>>(), address, reach).await
}

/// Asks all `places` at once; what the first of them says counts, if it says anything.
async fn first_that_tells(places: &[String], address: &str, reach: &Reach) -> Vec<Published> {
    for found in futures_util::future::join_all(places.iter().map(|url| https::fetch(url, reach))).await {
        match found {
            Ok(Some(document)) => match servers(&String::from_utf8_lossy(&document), address) {
                Some(servers) if !servers.is_empty() => return servers,
                _ => tracing::debug!("a domain's document about its mail servers names none that can be used"),
            },
            Ok(None) => {}
            Err(problem) => tracing::debug!("{problem}"),
        }
    }
    Vec::new()
}

/// The IMAP servers under TLS that a document names; `None` if it is no such document.
#[must_use]
pub fn servers_of(document: &str, address: &str) -> Option<Vec<Endpoint>> {
    servers(document, address).map(|servers| servers.into_iter().map(|server| server.endpoint).collect())
}

fn servers(document: &str, address: &str) -> Option<Vec<Published>> {
    let config: ClientConfig = quick_xml::de::from_str(document).ok()?;
    let incoming = config.providers.into_iter().flat_map(|provider| provider.incoming);
    Some(incoming.filter_map(|server| server.published(address)).take(MAX_SERVERS).collect())
}

#[derive(Deserialize)]
struct ClientConfig {
    #[serde(rename = "emailProvider", default)]
    providers: Vec<EmailProvider>,
}

#[derive(Deserialize)]
struct EmailProvider {
    #[serde(rename = "incomingServer", default)]
    incoming: Vec<IncomingServer>,
}

#[derive(Deserialize)]
struct IncomingServer {
    #[serde(rename = "@type", default)]
    kind: String,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    port: String,
    #[serde(rename = "socketType", default)]
    socket: String,
    #[serde(default)]
    username: String,
}

impl IncomingServer {
    /// `None` for POP3, for a server without TLS, and for what makes no sense.
    fn published(self, address: &str) -> Option<Published> {
        if !self.kind.trim().eq_ignore_ascii_case("imap") {
            return None;
        }
        let tls = match self.socket.trim().to_ascii_uppercase().as_str() {
            "SSL" => TlsMode::Implicit,
            "STARTTLS" => TlsMode::StartTls,
            _ => return None,
        };
        let host = resolve::plain_host(&filled(&self.hostname, address)).ok()?;
        let port = self.port.trim().parse().ok().filter(|port| *port != 0)?;
        let user = if self.username.trim().is_empty() { address.to_owned() } else { filled(self.username.trim(), address) };
        // A name with line ends is no name.
        (!user.contains(|c: char| c.is_control())).then_some(Published { endpoint: Endpoint { host, port, tls }, user })
    }
}

/// Puts the address into the places kept for it.
fn filled(text: &str, address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    text.trim().replace("%EMAILADDRESS%", address).replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)
}

/// Percent-encodes everything that is not unreserved (RFC 3986 §2.3).
fn in_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Trust;
    use crate::net::test_server::{Ca, documents};

    fn read(document: &str) -> Option<Vec<String>> {
        let line = |server: Published| format!("{} {:?} {}", server.endpoint, server.endpoint.tls, server.user);
        servers(document, "ann.b@a.example").map(|servers| servers.into_iter().map(line).collect())
    }

    #[test]
    fn imap_servers_under_tls_are_taken_in_the_order_they_are_named() {
        let document = r#"<?xml version="1.0" encoding="UTF-8"?>
            <clientConfig version="1.1"><emailProvider id="a.example"><domain>a.example</domain>
              <displayName>Somebody</displayName>
              <incomingServer type="pop3"><hostname>pop.a.example</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
              <incomingServer type="imap"><hostname>imap.a.example</hostname><port>143</port><socketType>plain</socketType></incomingServer>
              <incomingServer type="imap"><hostname>IMAP.host.example</hostname><port>993</port><socketType>SSL</socketType>
                <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>
              <outgoingServer type="smtp"><hostname>smtp.a.example</hostname><port>465</port><socketType>SSL</socketType></outgoingServer>
              <incomingServer type="imap"><hostname>%EMAILDOMAIN%</hostname><port>143</port><socketType>STARTTLS</socketType>
                <username>%EMAILLOCALPART%</username></incomingServer>
              <incomingServer type="imap"><hostname>c.example</hostname><port>993</port><socketType>SSL</socketType></incomingServer>
            </emailProvider></clientConfig>"#;
        let want = ["imap.host.example:993 Implicit ann.b@a.example", "a.example:143 StartTls ann.b", "c.example:993 Implicit ann.b@a.example"];
        assert_eq!(read(document).unwrap(), want);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let with = |server: &str| format!("<clientConfig><emailProvider>{server}</emailProvider></clientConfig>");
        let server = |host: &str, port: &str, user: &str| {
            with(&format!(
                "<incomingServer type=\"imap\"><hostname>{host}</hostname><port>{port}</port><socketType>SSL</socketType><username>{user}</username></incomingServer>"
            ))
        };
        assert_eq!(read(&server("h.example", "993", "")).unwrap().len(), 1);
        for (host, port, user) in [("", "993", ""), ("h h", "993", ""), ("h.example", "0", ""), ("h.example", "70000", ""), ("h.example", "993", "a&#10;b")] {
            assert_eq!(read(&server(host, port, user)).unwrap(), Vec::<String>::new(), "{host} {port} {user}");
        }
        assert_eq!(read(&with(&server("h.example", "993", ""))).unwrap_or_default(), Vec::<String>::new(), "one within another");
        for document in ["", "<html><body>Not found</body></html>", "<clientConfig>", "no xml"] {
            assert_eq!(read(document).unwrap_or_default(), Vec::<String>::new(), "{document}");
        }
        // An entity that grows is not expanded.
        let bomb = r#"<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><clientConfig><emailProvider><incomingServer type="imap"><hostname>&b;</hostname></incomingServer></emailProvider></clientConfig>"#;
        assert_eq!(read(bomb).unwrap_or_default(), Vec::<String>::new());
        let many: String = (0..20)
            .map(|n| format!("<incomingServer type=\"imap\"><hostname>h{n}.example</hostname><port>993</port><socketType>SSL</socketType></incomingServer>"))
            .collect();
        assert_eq!(read(&with(&many)).unwrap().len(), MAX_SERVERS);
    }

    #[test]
    fn the_firm_that_takes_the_mail_is_known_by_its_servers_name() {
        for (host, want) in [
            ("mx1.mail.firm.example", vec!["mail.firm.example", "firm.example"]),
            ("mx.firm.example", vec!["firm.example"]),
            ("mx", vec![]),
            ("a.example", vec![]),
        ] {
            assert_eq!(domains_of(host, "a.example"), want, "{host}");
        }
        assert_eq!(domains_of("mx.a.example", "a.example"), Vec::<String>::new(), "its own domain was asked before");
    }

    #[tokio::test]
    async fn the_first_place_that_tells_counts_and_a_place_that_is_not_there_costs_nothing() {
        let ca = Ca::make();
        let document = b"<clientConfig><emailProvider><incomingServer type=\"imap\"><hostname>h.example</hostname><port>993</port><socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>";
        let [page, mail] = [documents(ca.leaf(&["localhost"], 2020, 2120), b"<html>").await, documents(ca.leaf(&["localhost"], 2020, 2120), document).await];
        let reach = Reach::trusting(Trust::only(ca.der())).within(Limits::PROBE);
        let places = ["https://localhost:9/".to_owned(), format!("https://localhost:{page}/"), format!("https://localhost:{mail}/")];
        let told = first_that_tells(&places, "u@a.example", &reach).await;
        assert_eq!(told.iter().map(|server| server.endpoint.to_string()).collect::<Vec<_>>(), ["h.example:993"]);
        assert_eq!(first_that_tells(&places[..2], "u@a.example", &reach).await, []);
    }

    #[test]
    fn an_address_is_encoded_for_a_query() {
        assert_eq!(in_query("ann+b@a.example"), "ann%2Bb%40a.example");
        assert_eq!(in_query("ü&x"), "%C3%BC%26x");
    }
}
