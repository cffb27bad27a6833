//! Whom to ask: this computer's resolvers, public ones, or the one that was given.

use std::net::{IpAddr, SocketAddr};

use hickory_resolver::config::ProtocolConfig;
use hickory_resolver::system_conf::read_system_conf;
use serde::Deserialize;

use super::ask::Waits;
use crate::run::{Code, Problem};

/// The port of name servers (RFC 1035 §4.2).
const PORT: u16 = 53;

/// More of this computer's resolvers are not asked.
const MAX_LOCAL: usize = 3;

/// The public resolvers that are built in.
const BUILT_IN: &str = include_str!("../../assets/resolvers.toml");

/// How the domain name system is reached.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Network {
    /// The only resolver (MAILFERRY_DNS); besides it only authoritative servers are asked, as found through it. `None`: this computer's and the
    /// public ones.
    pub resolver: Option<SocketAddr>,
    /// The port that authoritative servers listen at, where it is not 53 (MAILFERRY_DNS_PORT): for name servers of a practice or a test.
    pub authority_port: Option<u16>,
    /// How long is waited.
    pub waits: Waits,
}

/// A resolver by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: SocketAddr,
}

impl Network {
    /// As the environment says: `resolver` is MAILFERRY_DNS; MAILFERRY_DNS_PORT is read here.
    ///
    /// # Errors
    /// `USAGE` if the port makes no sense.
    pub fn from_env(resolver: Option<SocketAddr>, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        let authority_port = match variable("MAILFERRY_DNS_PORT").filter(|value| !value.is_empty()) {
            Some(value) => match value.parse() {
                Ok(port) if port > 0 => Some(port),
                _ => return Err(Problem::run(Code::Usage, "MAILFERRY_DNS_PORT must be a port")),
            },
            None => None,
        };
        Ok(Self { resolver, authority_port, waits: Waits::USUAL })
    }

    /// Where an authoritative server with this address may listen, in the order to be tried.
    ///
    /// No zone of the internet has a server on loopback: where one is named and the given resolver listens elsewhere than at 53, it is a
    /// practice, and its servers listen where the resolver does.
    #[must_use]
    pub fn authority(&self, address: IpAddr) -> Vec<SocketAddr> {
        let at = |port| SocketAddr::new(address, port);
        match (self.authority_port, self.resolver) {
            (Some(port), _) => vec![at(port)],
            (None, Some(resolver)) if address.is_loopback() && resolver.port() != PORT => vec![at(resolver.port()), at(PORT)],
            _ => vec![at(PORT)],
        }
    }

    /// The public resolvers; none where only one resolver may be asked.
    #[must_use]
    pub fn public(&self) -> Vec<Named> {
        #[derive(Deserialize)]
        struct File {
            resolver: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            name: String,
            address: IpAddr,
        }
        if self.resolver.is_some() {
            return Vec::new();
        }
        let file = toml::from_str(BUILT_IN).unwrap_or(File { resolver: Vec::new() });
        file.resolver.into_iter().map(|entry| Named { name: entry.name, address: SocketAddr::new(entry.address, PORT) }).collect()
    }

    /// The given resolver, else this computer's.
    #[must_use]
    pub fn own(&self) -> Vec<SocketAddr> {
        self.resolver.map_or_else(of_this_computer, |resolver| vec![resolver])
    }
}

/// The resolvers that this computer uses, as its settings name them; none if they can't be read.
fn of_this_computer() -> Vec<SocketAddr> {
    let Ok((config, _options)) = read_system_conf() else { return Vec::new() };
    let mut found: Vec<SocketAddr> = Vec::new();
    for server in config.name_servers() {
        let port = server.connections.iter().find(|connection| matches!(connection.protocol, ProtocolConfig::Udp)).map_or(PORT, |udp| udp.port);
        let address = SocketAddr::new(server.ip, port);
        if !found.contains(&address) && found.len() < MAX_LOCAL {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_given_resolver_no_other_is_asked() {
        let given: SocketAddr = "127.0.0.1:5300".parse().unwrap();
        let network = Network::from_env(Some(given), |_| None).unwrap();
        assert_eq!((network.own(), network.public()), (vec![given], vec![]));
        let at = |text: &str| network.authority(text.parse().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(at("192.0.2.1"), ["192.0.2.1:53"]);
        assert_eq!(at("127.0.0.2"), ["127.0.0.2:5300", "127.0.0.2:53"]);
        let elsewhere = Network::from_env(Some(given), |_| Some("5353".into())).unwrap();
        assert_eq!(elsewhere.authority("192.0.2.1".parse().unwrap()), ["192.0.2.1:5353".parse().unwrap()]);
        for bad in ["0", "x", "70000"] {
            assert_eq!(Network::from_env(None, |_| Some(bad.into())).unwrap_err().code, Code::Usage);
        }
    }

    #[test]
    fn the_public_resolvers_built_in_can_be_read() {
        let public = Network::default().public();
        assert!(public.len() >= 3 && public.iter().all(|resolver| !resolver.name.is_empty() && resolver.address.port() == 53));
    }
}
