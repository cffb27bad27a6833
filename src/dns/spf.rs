//! Sender Policy Framework (RFC 7208), as far as it takes to say whether a host may send for a domain, and what to enter so that it may.
//!
//! [`parse`] reads a record's text; [`Policy`] is the record with all that it refers to looked up, so that [`Policy::verdict`] needs nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

/// A record may cause so many look-ups (§4.6.4).
pub const MAX_LOOKUPS: usize = 10;

/// Of a record no more terms are read.
const MAX_TERMS: usize = 128;

/// What a match means (§4.6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Qualifier {
    /// `+` or none.
    Pass,
    /// `-`
    Fail,
    /// `~`
    SoftFail,
    /// `?`
    Neutral,
}

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Net {
    address: IpAddr,
    bits: u8,
}

impl Net {
    /// `bits` of `address`; more than it has count as all.
    #[must_use]
    pub fn new(address: IpAddr, bits: u8) -> Self {
        Self { address, bits: bits.min(if address.is_ipv4() { 32 } else { 128 }) }
    }

    /// True if `other` is in it.
    #[must_use]
    pub fn contains(&self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32_u32.saturating_sub(self.bits.into());
                own.to_bits().checked_shr(shift).unwrap_or(0) == other.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128_u32.saturating_sub(self.bits.into());
                own.to_bits().checked_shr(shift).unwrap_or(0) == other.to_bits().checked_shr(shift).unwrap_or(0)
            }
            _ => false,
        }
    }
}

/// How many bits of an address count (`a/24//64`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bits {
    /// Of IPv4.
    pub v4: u8,
    /// Of IPv6.
    pub v6: u8,
}

impl Bits {
    /// The network around `address`.
    #[must_use]
    pub fn around(self, address: IpAddr) -> Net {
        Net::new(address, if address.is_ipv4() { self.v4 } else { self.v6 })
    }
}

/// A mechanism (§5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mechanism {
    /// Everything.
    All,
    /// What another domain's policy lets pass.
    Include(String),
    /// The addresses of a host, by default the domain's own.
    A(Option<String>, Bits),
    /// The addresses of a domain's mail exchangers, by default the own.
    Mx(Option<String>, Bits),
    /// A network.
    Net(Net),
    /// By the name of the address, or by a name made of it: not looked up here.
    ByName,
}

/// A record as it is written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spf {
    /// The mechanisms in their order.
    pub terms: Vec<(Qualifier, Mechanism)>,
    /// The domain whose policy counts where nothing matches.
    pub redirect: Option<String>,
}

/// Why a text is no good SPF record: such a record protects nobody (§4.6, permerror).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpfError {
    /// A word that is no mechanism.
    #[error("SPF does not know the word {0:?}")]
    Word(String),
    /// A network, or a number of bits, that makes no sense.
    #[error("no network: {0:?}")]
    Network(String),
    /// Too long.
    #[error("more than 128 terms")]
    TooLong,
}

/// True if a text record is meant as SPF (§4.5).
#[must_use]
pub fn is_spf(text: &str) -> bool {
    text.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case("v=spf1")) && text.get(6..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Reads a record's text.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Spf, SpfError> {
    let mut spf = Spf::default();
    for (at, word) in text.split(' ').filter(|word| !word.is_empty()).skip(1).enumerate() {
        if at >= MAX_TERMS {
            return Err(SpfError::TooLong);
        }
        if let Some((name, value)) = modifier(word) {
            // Unknown modifiers are passed over (§6).
            if name.eq_ignore_ascii_case("redirect") {
                spf.redirect = Some(value.to_ascii_lowercase());
            }
            continue;
        }
        let (qualifier, rest) = match word.split_at_checked(1) {
            Some(("+", rest)) => (Qualifier::Pass, rest),
            Some(("-", rest)) => (Qualifier::Fail, rest),
            Some(("~", rest)) => (Qualifier::SoftFail, rest),
            Some(("?", rest)) => (Qualifier::Neutral, rest),
            _ => (Qualifier::Pass, word),
        };
        spf.terms.push((qualifier, mechanism(rest)?));
    }
    Ok(spf)
}

/// `name=value` before any `:` or `/`.
fn modifier(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    named.then_some((name, value))
}

fn mechanism(word: &str) -> Result<Mechanism, SpfError> {
    let unknown = || SpfError::Word(word.chars().take(64).collect());
    let end = word.find([':', '/']).unwrap_or(word.len());
    let (name, rest) = word.split_at_checked(end).ok_or_else(unknown)?;
    let value = rest.strip_prefix(':');
    let domain = || value.filter(|value| !value.is_empty()).map(str::to_ascii_lowercase).ok_or_else(unknown);
    Ok(match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(domain()?),
        "a" => host(rest).map(|(host, bits)| Mechanism::A(host, bits))?,
        "mx" => host(rest).map(|(host, bits)| Mechanism::Mx(host, bits))?,
        "ip4" => Mechanism::Net(network::<Ipv4Addr>(&domain()?, 32)?),
        "ip6" => Mechanism::Net(network::<Ipv6Addr>(&domain()?, 128)?),
        "ptr" => Mechanism::ByName,
        "exists" => domain().map(|_| Mechanism::ByName)?,
        _ => return Err(unknown()),
    })
}

/// `[:host][/bits][//bits6]`
fn host(rest: &str) -> Result<(Option<String>, Bits), SpfError> {
    let bad = || SpfError::Network(rest.chars().take(64).collect());
    let (host, lengths) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
    let bits = |text: &str, most: u8| match text {
        "" => Ok(most),
        digits => digits.parse::<u8>().ok().filter(|bits| *bits <= most).ok_or_else(bad),
    };
    let (v4, v6) = lengths.split_once("//").unwrap_or((lengths, ""));
    let bits = Bits { v4: bits(v4.trim_start_matches('/'), 32)?, v6: bits(v6, 128)? };
    match host.strip_prefix(':') {
        Some("") => Err(bad()),
        Some(host) => Ok((Some(host.to_ascii_lowercase()), bits)),
        None if host.is_empty() => Ok((None, bits)),
        None => Err(bad()),
    }
}

fn network<A: std::str::FromStr + Into<IpAddr>>(text: &str, most: u8) -> Result<Net, SpfError> {
    let bad = || SpfError::Network(text.chars().take(64).collect());
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u8>().ok().filter(|bits| *bits <= most).ok_or_else(bad)?),
        None => (text, most),
    };
    Ok(Net::new(address.parse::<A>().map_err(|_| bad())?.into(), bits))
}

/// What a policy says of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It may send.
    Pass,
    /// It may not.
    Fail,
    /// It should not.
    SoftFail,
    /// Nothing is said of it.
    Neutral,
    /// Not known: something that the record refers to is not, or it is no good record.
    Unknown,
}

/// When a rule matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Matches {
    /// Always.
    All,
    /// In one of these networks.
    Nets(Vec<Net>),
    /// Around the domain's own mail exchangers, whoever they will be.
    OwnMx(Bits),
    /// If that policy lets it pass.
    Include(Box<Policy>),
    /// Not known.
    Unknown,
}

/// A record with all that it refers to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// The rules in their order.
    pub rules: Vec<(Qualifier, Matches)>,
    /// What counts where none matches.
    pub redirect: Option<Box<Policy>>,
    /// The record, or one that it refers to, is missing or no good.
    pub broken: bool,
}

impl Policy {
    /// A policy of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self { broken: true, ..Self::default() }
    }

    /// What it says of `address`, if `own_mx` are the addresses of the domain's mail exchangers.
    #[must_use]
    pub fn verdict(&self, address: IpAddr, own_mx: &[IpAddr]) -> Verdict {
        if self.broken {
            return Verdict::Unknown;
        }
        for (qualifier, matches) in &self.rules {
            let matched = match matches {
                Matches::All => true,
                Matches::Nets(nets) => nets.iter().any(|net| net.contains(address)),
                Matches::OwnMx(bits) => own_mx.iter().any(|mx| bits.around(*mx).contains(address)),
                Matches::Include(policy) => match policy.verdict(address, &[]) {
                    Verdict::Unknown => return Verdict::Unknown,
                    verdict => verdict == Verdict::Pass,
                },
                Matches::Unknown => return Verdict::Unknown,
            };
            if matched {
                return match qualifier {
                    Qualifier::Pass => Verdict::Pass,
                    Qualifier::Fail => Verdict::Fail,
                    Qualifier::SoftFail => Verdict::SoftFail,
                    Qualifier::Neutral => Verdict::Neutral,
                };
            }
        }
        self.redirect.as_ref().map_or(Verdict::Neutral, |policy| policy.verdict(address, own_mx))
    }
}

/// `text` with `a:HOST` for each of `hosts`, before what decides about all others.
#[must_use]
pub fn with_hosts(text: &str, hosts: &[String]) -> String {
    let mut words: Vec<String> = text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let decides = |word: &String| {
        let bare = word.trim_start_matches(['+', '-', '~', '?']);
        bare.eq_ignore_ascii_case("all") || bare.get(..9).is_some_and(|begin| begin.eq_ignore_ascii_case("redirect="))
    };
    let at = words.iter().position(decides).unwrap_or(words.len());
    words.splice(at..at, hosts.iter().map(|host| format!("a:{host}")));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn records_are_read_and_nonsense_is_refused() {
        let spf =
            parse("v=spf1 a mx:b.example/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.c.example ~exists:%{i}.d.example redirect=e.example -all")
                .unwrap();
        let full = Bits { v4: 32, v6: 128 };
        assert_eq!(spf.terms[0], (Qualifier::Pass, Mechanism::A(None, full)));
        assert_eq!(spf.terms[1], (Qualifier::Pass, Mechanism::Mx(Some("b.example".into()), Bits { v4: 24, v6: 64 })));
        assert_eq!(spf.terms[2], (Qualifier::Pass, Mechanism::Net(Net::new(ip("192.0.2.0"), 24))));
        assert_eq!(spf.terms[4], (Qualifier::Pass, Mechanism::Include("_spf.c.example".into())));
        assert_eq!(spf.terms[6], (Qualifier::Fail, Mechanism::All));
        assert_eq!(spf.redirect.as_deref(), Some("e.example"));
        for bad in
            ["v=spf1 ipv4:1.2.3.4", "v=spf1 ip4:1.2.3", "v=spf1 ip4:1.2.3.4/33", "v=spf1 a/x", "v=spf1 include:", "v=spf1 all:x", "v=spf1 a:", "v=spf1 é"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse(&format!("v=spf1{}", " a".repeat(200))), Err(SpfError::TooLong));
        for (text, want) in [("v=spf1", true), ("V=SPF1 -all", true), ("v=spf10 -all", false), ("v=spf2.0/pra", false), ("", false), ("spf", false)] {
            assert_eq!(is_spf(text), want, "{text}");
        }
    }

    #[test]
    fn the_first_match_decides_and_the_unknown_is_never_a_pass() {
        let nets = |text: &str, bits| Matches::Nets(vec![Net::new(ip(text), bits)]);
        let inner = Policy { rules: vec![(Qualifier::Pass, nets("198.51.100.0", 24)), (Qualifier::Fail, Matches::All)], ..Policy::default() };
        let policy = Policy {
            rules: vec![
                (Qualifier::Pass, Matches::OwnMx(Bits { v4: 32, v6: 128 })),
                (Qualifier::Fail, nets("192.0.2.7", 32)),
                (Qualifier::Pass, nets("192.0.2.0", 24)),
                (Qualifier::Pass, Matches::Include(Box::new(inner))),
                (Qualifier::SoftFail, Matches::All),
            ],
            ..Policy::default()
        };
        let own = [ip("203.0.113.5"), ip("2001:db8::5")];
        for (address, want) in [
            ("203.0.113.5", Verdict::Pass),
            ("2001:db8::5", Verdict::Pass),
            ("192.0.2.7", Verdict::Fail),
            ("192.0.2.8", Verdict::Pass),
            ("198.51.100.9", Verdict::Pass),
            ("10.0.0.1", Verdict::SoftFail),
            ("2001:db8::6", Verdict::SoftFail),
        ] {
            assert_eq!(policy.verdict(ip(address), &own), want, "{address}");
        }
        let unknown = Policy { rules: vec![(Qualifier::Pass, Matches::Unknown), (Qualifier::Pass, Matches::All)], ..Policy::default() };
        assert_eq!(unknown.verdict(ip("192.0.2.1"), &[]), Verdict::Unknown);
        assert_eq!(Policy::unknown().verdict(ip("192.0.2.1"), &[]), Verdict::Unknown);
        assert_eq!(Policy::default().verdict(ip("192.0.2.1"), &[]), Verdict::Neutral);
        assert!(Net::new(ip("0.0.0.0"), 0).contains(ip("255.0.0.1")) && Net::new(ip("::"), 0).contains(ip("ff::")));
    }

    #[test]
    fn hosts_are_added_before_what_decides_about_all_others() {
        let hosts = ["mx.new.example".to_owned()];
        for (text, want) in [
            ("v=spf1 mx -all", "v=spf1 mx a:mx.new.example -all"),
            ("v=spf1  mx ~ALL", "v=spf1 mx a:mx.new.example ~ALL"),
            ("v=spf1 redirect=x.example", "v=spf1 a:mx.new.example redirect=x.example"),
            ("v=spf1 a:all.example", "v=spf1 a:all.example a:mx.new.example"),
        ] {
            assert_eq!(with_hosts(text, &hosts), want);
            assert!(parse(&with_hosts(text, &hosts)).is_ok());
        }
    }
}
