//! Names to addresses and services, by the system's resolver or by the one given resolver.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ServerOrderingStrategy};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::timeout;

use crate::run::{Code, Problem, Retry};

/// More addresses of one host than this are not tried.
const MAX_ADDRESSES: usize = 16;

/// More services of one name than this are not looked at.
const MAX_SERVICES: usize = 16;

/// One SRV record (RFC 2782).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Lower is tried first.
    pub priority: u16,
    /// Of equal priority the heavier is tried first.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host in lower case without the final dot; empty where the service is expressly not offered.
    pub target: String,
}

/// The host as DNS and TLS want it: address literals without brackets, names in ASCII (RFC 5891), no final dot, lower case.
///
/// # Errors
/// `NET-DNS` if it is no host name.
pub fn plain_host(host: &str) -> Result<String, Problem> {
    let host = host.trim().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    if host.parse::<IpAddr>().is_ok() {
        return Ok(host.to_owned());
    }
    let no_host = || Problem::account(Code::NetDns, "that is no host name").at(host);
    let name = Name::from_utf8(host).map_err(|_| no_host())?;
    let plain = name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    if plain.is_empty() || plain.contains(['\\', ' ', '*']) { Err(no_host()) } else { Ok(plain) }
}

/// The addresses of `host`, at most 16, IPv6 and IPv4 taking turns as the resolver's order begins (RFC 8305 §4).
///
/// # Errors
/// `NET-DNS` if there is none, `NET-TIMEOUT` if the resolver does not answer.
pub async fn addresses(host: &str, dns: Option<SocketAddr>, within: Duration) -> Result<Vec<IpAddr>, Problem> {
    let host = plain_host(host)?;
    if let Ok(literal) = host.parse() {
        return Ok(vec![literal]);
    }
    let looked_up = timeout(within, look_up(&host, dns)).await.map_err(|_| super::timed_out("the name server").at(&host))?;
    let found = take_turns(looked_up.map_err(|problem| problem.at(&host))?);
    if found.is_empty() { Err(not_found("the host name has no address").at(&host)) } else { Ok(found) }
}

async fn look_up(host: &str, dns: Option<SocketAddr>) -> Result<Vec<IpAddr>, Problem> {
    let Some(dns) = dns else {
        let found = tokio::net::lookup_host((host, 0)).await.map_err(|error| not_found(&format!("the host name can't be found: {error}")))?;
        return Ok(found.map(|address| address.ip()).collect());
    };
    let found = resolver(Some(dns))?.lookup_ip(format!("{host}.")).await.map_err(|error| not_found(&format!("the host name can't be found: {error}")))?;
    Ok(found.iter().collect())
}

fn take_turns(found: Vec<IpAddr>) -> Vec<IpAddr> {
    let v6_first = found.first().is_some_and(IpAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = found.into_iter().partition(|address| address.is_ipv6() == v6_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = Vec::new();
    while order.len() < MAX_ADDRESSES {
        let before = order.len();
        order.extend(first.next());
        order.extend(second.next());
        if order.len() == before {
            break;
        }
    }
    order.dedup();
    order
}

/// The SRV records of `name`, in the order they are to be tried; empty if there are none.
///
/// Equal priorities are ordered by weight, heaviest first, not drawn by lot (RFC 2782): the same address gets the same settings each time.
///
/// # Errors
/// `NET-DNS` or `NET-TIMEOUT` if the resolver fails or does not answer: that is not the same as «there are none».
pub async fn services(name: &str, dns: Option<SocketAddr>, within: Duration) -> Result<Vec<Service>, Problem> {
    let asked = async { resolver(dns)?.lookup(format!("{name}."), RecordType::SRV).await.map_or_else(none_or_failed, |answer| Ok(answer.answers().to_vec())) };
    let records = timeout(within, asked).await.map_err(|_| super::timed_out("the name server").at(name))?.map_err(|problem| problem.at(name))?;
    let mut services: Vec<Service> = records.iter().filter_map(|record| service_of(&record.data)).take(MAX_SERVICES).collect();
    services.sort_by(|a, b| (a.priority, std::cmp::Reverse(a.weight), &a.target).cmp(&(b.priority, std::cmp::Reverse(b.weight), &b.target)));
    Ok(services)
}

/// The hosts that take mail for `domain` (RFC 5321 §5.1), the preferred ones first; empty if there are none, or a null MX (RFC 7505).
///
/// # Errors
/// As [`services`].
pub async fn exchangers(domain: &str, dns: Option<SocketAddr>, within: Duration) -> Result<Vec<String>, Problem> {
    let asked = async { resolver(dns)?.lookup(format!("{domain}."), RecordType::MX).await.map_or_else(none_or_failed, |answer| Ok(answer.answers().to_vec())) };
    let records = timeout(within, asked).await.map_err(|_| super::timed_out("the name server").at(domain))?.map_err(|problem| problem.at(domain))?;
    let exchanger = |data: &RData| {
        let RData::MX(record) = data else { return None };
        Some((record.preference, record.exchange.to_ascii().trim_end_matches('.').to_ascii_lowercase()))
    };
    let mut exchangers: Vec<(u16, String)> = records.iter().filter_map(|record| exchanger(&record.data)).filter(|(_, host)| !host.is_empty()).collect();
    exchangers.sort();
    exchangers.truncate(MAX_SERVICES);
    Ok(exchangers.into_iter().map(|(_, host)| host).collect())
}

fn none_or_failed<T>(error: NetError) -> Result<Vec<T>, Problem> {
    if error.is_no_records_found() || error.is_nx_domain() {
        return Ok(Vec::new());
    }
    Err(Problem { retry: Retry::Now, ..not_found(&format!("the name server failed: {error}")) })
}

fn service_of(data: &RData) -> Option<Service> {
    let RData::SRV(record) = data else { return None };
    let target = record.target.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    Some(Service { priority: record.priority, weight: record.weight, port: record.port, target })
}

fn resolver(dns: Option<SocketAddr>) -> Result<TokioResolver, Problem> {
    let no_resolver = |error: NetError| not_found(&format!("there is no name server: {error}"));
    let mut builder = match dns {
        Some(address) => TokioResolver::builder_with_config(only(address), TokioRuntimeProvider::default()),
        None => TokioResolver::builder_tokio().map_err(no_resolver)?,
    };
    let options = builder.options_mut();
    options.timeout = Duration::from_secs(3);
    options.attempts = 2;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    if dns.is_some() {
        options.use_hosts_file = ResolveHosts::Never;
    }
    builder.build().map_err(no_resolver)
}

fn only(address: SocketAddr) -> ResolverConfig {
    let mut udp = ConnectionConfig::udp();
    udp.port = address.port();
    let mut tcp = ConnectionConfig::tcp();
    tcp.port = address.port();
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(address.ip(), true, vec![udp, tcp])])
}

fn not_found(what: &str) -> Problem {
    Problem::account(Code::NetDns, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_brought_into_one_form() {
        for (host, want) in [
            ("Mail.Example.", Some("mail.example")),
            ("[::1]", Some("::1")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("", None),
            (".", None),
            ("a b", None),
            ("a..b", None),
        ] {
            assert_eq!(plain_host(host).ok().as_deref(), want, "{host}");
        }
        assert_eq!(plain_host(&"a".repeat(300)).unwrap_err().code, Code::NetDns);
    }

    #[test]
    fn both_kinds_of_address_take_turns() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mixed = take_turns(vec![ip("::1"), ip("::2"), ip("10.0.0.1"), ip("::3")]);
        assert_eq!(mixed, [ip("::1"), ip("10.0.0.1"), ip("::2"), ip("::3")]);
        assert!(take_turns((0..200u8).map(|n| IpAddr::from([10, 0, 0, n])).collect()).len() <= MAX_ADDRESSES + 1);
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_told() {
        let problem = addresses("no-such-host.invalid", None, Duration::from_secs(5)).await.unwrap_err();
        assert!([Code::NetDns, Code::NetTimeout].contains(&problem.code), "{problem}");
    }

    #[tokio::test]
    async fn a_silent_resolver_is_given_up() {
        let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = silent.local_addr().unwrap();
        let problem = addresses("a.example", Some(dns), Duration::from_millis(200)).await.unwrap_err();
        assert_eq!(problem.code, Code::NetTimeout);
    }
}
