//! A look at a domain: everything that concerns its mail, at every server that decides and at resolvers.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};

use futures_util::future::{BoxFuture, FutureExt as _, join, join_all};
use futures_util::stream::{self, StreamExt as _};

use super::answer::{self, Found, Role, Why};
use super::lookup::{Addresses, Lookup};
use super::message::{Data, Kind, Question};
use super::network::Network;
use super::spf::{self, MAX_LOOKUPS, Matches, Mechanism, Policy};
use super::zone::{self, Zone, ask_any};

/// One server is asked so many things at a time.
const AT_A_TIME: usize = 4;

/// The addresses of no more hosts than this are looked up.
const MAX_HOSTS: usize = 24;

/// Services that mail programs look for below a domain (RFC 6186, 8314; the last one is Outlook's).
pub const SERVICES: [&str; 7] = ["_imaps._tcp", "_imap._tcp", "_pop3s._tcp", "_pop3._tcp", "_submissions._tcp", "_submission._tcp", "_autodiscover._tcp"];

/// Names below a domain where mail programs ask for settings.
pub const SETTINGS: [&str; 2] = ["autoconfig", "autodiscover"];

/// What a look is for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// The domain, as names are kept here.
    pub domain: String,
    /// DKIM selectors to look for.
    pub selectors: Vec<String>,
    /// Hosts whose addresses are wanted besides those that the MX names.
    pub hosts: Vec<String>,
}

/// What a server is to the domain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceKind {
    /// A server of the zone: these decide.
    Authoritative,
    /// A public resolver.
    Public,
    /// The resolver that was given as the only one.
    Given,
    /// A resolver that this computer uses.
    Local,
}

/// A server and what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// What it is.
    pub kind: PlaceKind,
    /// What it is called.
    pub name: String,
    /// Where it was asked; `None` if it has no address.
    pub address: Option<SocketAddr>,
    /// The mail exchangers.
    pub mx: Found,
    /// The beginning of the zone; of authoritative servers alone.
    pub soa: Found,
    /// The name servers; of authoritative servers alone.
    pub ns: Found,
}

/// What SPF says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpfFacts {
    /// The record's text, if there is exactly one.
    pub text: Option<String>,
    /// Why it is not known, or no good.
    pub problem: Option<String>,
    /// How long it may be kept, in seconds.
    pub ttl_secs: u32,
    /// The record with all that it refers to.
    pub policy: Option<Policy>,
    /// How many look-ups it takes; more than 10 make it void.
    pub lookups: usize,
}

/// All that was learned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    /// What it was for.
    pub wanted: Wanted,
    /// The zone and its servers.
    pub zone: Result<Zone, Why>,
    /// Every server asked for the MX.
    pub places: Vec<Place>,
    /// Everything else, by name and kind, as the authoritative servers agree on it; what lies in other zones as resolvers say.
    pub facts: BTreeMap<(String, Kind), Found>,
    /// The addresses of exchangers and other hosts.
    pub hosts: BTreeMap<String, Addresses>,
    /// SPF.
    pub spf: SpfFacts,
    /// What a name gives that nobody made: not «none» where the zone has a wildcard (RFC 4592).
    pub wildcard: BTreeMap<Kind, Found>,
}

impl Survey {
    /// What is known of `name` and `kind`.
    #[must_use]
    pub fn fact(&self, name: &str, kind: Kind) -> Found {
        self.facts.get(&(name.to_owned(), kind)).cloned().unwrap_or(Found::Unknown(Why::NobodyToAsk))
    }

    /// True if `found` is what the zone's wildcard gives for any name.
    #[must_use]
    pub fn is_by_wildcard(&self, found: &Found, kind: Kind) -> bool {
        !found.records().is_empty() && self.wildcard.get(&kind).is_some_and(|any| found.agrees_with(any))
    }

    /// The authoritative servers.
    pub fn authorities(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| place.kind == PlaceKind::Authoritative)
    }
}

/// Asks everything.
pub async fn take(wanted: &Wanted, network: &Network) -> Survey {
    let lookup = Lookup::new(network);
    let (zone, places) = places(&wanted.domain, network, &lookup).await;
    let exists = !places.iter().all(|place| place.mx == Found::NoName || place.mx.why().is_some());
    let (facts, wildcard) = match &zone {
        Ok(zone) if exists => facts(wanted, zone, network, &lookup).await,
        _ => (BTreeMap::new(), BTreeMap::new()),
    };
    let spf_found = facts.get(&(wanted.domain.clone(), Kind::Txt)).cloned().unwrap_or(Found::Unknown(Why::NobodyToAsk));
    let (spf, hosts) = join(spf_facts(&wanted.domain, &spf_found, &lookup), hosts(wanted, &places, &lookup)).await;
    Survey { wanted: wanted.clone(), zone, places, facts, hosts, spf, wildcard }
}

/// Asks for the MX alone: what a watch does each round. The servers of `zone` are all asked; it is looked for where it is not known. Of
/// the resolvers only those are asked that are not in `still`: what they said of what they keep, and will go on saying.
pub async fn take_places(domain: &str, zone: Option<Zone>, still: &[Place], network: &Network) -> (Result<Zone, Why>, Vec<Place>) {
    let lookup = Lookup::new(network);
    let zone = async {
        match zone {
            Some(zone) => Ok(zone),
            None => zone::find(domain, &lookup, network).await,
        }
    };
    let (zone, resolvers) = join(zone, resolvers(domain, still, network)).await;
    let places = all_places(domain, &zone, resolvers, network, &lookup).await;
    (zone, places)
}

async fn places(domain: &str, network: &Network, lookup: &Lookup) -> (Result<Zone, Why>, Vec<Place>) {
    let (zone, resolvers) = join(zone::find(domain, lookup, network), resolvers(domain, &[], network)).await;
    let places = all_places(domain, &zone, resolvers, network, lookup).await;
    (zone, places)
}

/// The servers of the zone, asked, and behind them the resolvers.
async fn all_places(domain: &str, zone: &Result<Zone, Why>, mut resolvers: Vec<Place>, network: &Network, lookup: &Lookup) -> Vec<Place> {
    let mut places = match zone {
        Ok(zone) => authorities(domain, zone, network, lookup).await,
        Err(_) => Vec::new(),
    };
    places.append(&mut resolvers);
    places
}

async fn authorities(domain: &str, zone: &Zone, network: &Network, lookup: &Lookup) -> Vec<Place> {
    let place = |name: &str, address: Option<SocketAddr>, why: Why| {
        let unknown = Found::Unknown(why);
        Place { kind: PlaceKind::Authoritative, name: name.to_owned(), address, mx: unknown.clone(), soa: unknown.clone(), ns: unknown }
    };
    let mut asked: Vec<BoxFuture<'_, Place>> = Vec::new();
    for server in &zone.servers {
        for ports in &server.addresses {
            let mut place = place(&server.name, ports.first().copied(), Why::NobodyToAsk);
            asked.push(
                async move {
                    place.soa = at(ports, &zone.apex, Question::new(&zone.apex, Kind::Soa), network).await;
                    if let Some(Why::NoAnswer(_)) = place.soa.why() {
                        (place.mx, place.ns) = (place.soa.clone(), place.soa.clone());
                        return place;
                    }
                    let mx = at(ports, &zone.apex, Question::new(domain, Kind::Mx), network);
                    (place.mx, place.ns) = join(mx, at(ports, &zone.apex, Question::new(&zone.apex, Kind::Ns), network)).await;
                    if let Found::Alias(target) = &place.mx {
                        place.mx = lookup.find(&target.clone(), Kind::Mx).await;
                    }
                    place
                }
                .boxed(),
            );
        }
        if let Some(why) = server.why.clone() {
            let place = place(&server.name, None, why);
            asked.push(async move { place }.boxed());
        }
    }
    join_all(asked).await
}

/// Asks a server of the zone that begins at `apex`.
async fn at(ports: &[SocketAddr], apex: &str, question: Question, network: &Network) -> Found {
    match ask_any(ports, &question, network).await {
        Ok(reply) => answer::read(&reply, &question, Role::Authority(apex)),
        Err(why) => Found::Unknown(why),
    }
}

/// The MX as every resolver has it; those in `still` are not asked.
async fn resolvers(domain: &str, still: &[Place], network: &Network) -> Vec<Place> {
    let own = if network.resolver.is_some() { PlaceKind::Given } else { PlaceKind::Local };
    let public = network.public().into_iter().map(|named| (PlaceKind::Public, named.name, named.address));
    let own = network.own().into_iter().map(|address| (own, address.ip().to_string(), address));
    let asked = public.chain(own).map(|(kind, name, address)| async move {
        if let Some(place) = still.iter().find(|place| (place.kind, place.address) == (kind, Some(address))) {
            return place.clone();
        }
        let only = Network { resolver: Some(address), ..network.clone() };
        let mx = Lookup::new(&only).find(domain, Kind::Mx).await;
        let unknown = Found::Unknown(Why::NobodyToAsk);
        Place { kind, name, address: Some(address), mx, soa: unknown.clone(), ns: unknown }
    });
    join_all(asked).await
}

type Facts = BTreeMap<(String, Kind), Found>;

async fn facts(wanted: &Wanted, zone: &Zone, network: &Network, lookup: &Lookup) -> (Facts, BTreeMap<Kind, Found>) {
    let domain = &wanted.domain;
    let mut questions: BTreeSet<(String, Kind)> = BTreeSet::from([(domain.clone(), Kind::Txt), (format!("_dmarc.{domain}"), Kind::Txt)]);
    if zone.apex != *domain {
        questions.insert((format!("_dmarc.{}", zone.apex), Kind::Txt));
    }
    questions.extend(wanted.selectors.iter().map(|selector| (format!("{selector}._domainkey.{domain}"), Kind::Txt)));
    questions.extend(SERVICES.iter().map(|service| (format!("{service}.{domain}"), Kind::Srv)));
    questions.extend(SETTINGS.iter().map(|name| (format!("{name}.{domain}"), Kind::A)));
    let nobody = format!("mailferry-{:08x}.{domain}", RandomState::new().hash_one(domain) as u32);
    let kinds = [Kind::A, Kind::Mx, Kind::Srv, Kind::Txt];
    questions.extend(kinds.iter().map(|kind| (nobody.clone(), *kind)));

    let places: Vec<&Vec<SocketAddr>> = zone.servers.iter().flat_map(|server| &server.addresses).collect();
    let by_place = join_all(places.into_iter().map(|ports| all_at(ports, &zone.apex, &questions, network))).await;
    let settled = questions.iter().enumerate().map(|(nth, (name, kind))| {
        let agreed = Found::agreed(by_place.iter().filter_map(|found| found.get(nth)));
        async move {
            let found = match agreed {
                Found::Unknown(Why::Contradictory | Why::Loop | Why::TooMany) => agreed,
                // It lies in another zone, or none of the zone's servers tells: resolvers may know.
                Found::Alias(_) | Found::Unknown(_) => lookup.find(name, *kind).await,
                known => known,
            };
            ((name.clone(), *kind), found)
        }
    });
    let mut facts: Facts = stream::iter(settled.collect::<Vec<_>>()).buffer_unordered(AT_A_TIME).collect().await;
    let wildcard = kinds.iter().filter_map(|kind| facts.remove(&(nobody.clone(), *kind)).map(|found| (*kind, found))).collect();
    (facts, wildcard)
}

/// All questions to one server; one that is silent at the first is not asked further.
async fn all_at(ports: &[SocketAddr], apex: &str, questions: &BTreeSet<(String, Kind)>, network: &Network) -> Vec<Found> {
    let mut found = Vec::new();
    let mut silent = None;
    let mut left: Vec<Question> = questions.iter().map(|(name, kind)| Question::new(name.clone(), *kind)).collect();
    left.reverse();
    while let Some(first) = left.pop() {
        if let Some(why) = &silent {
            found.push(Found::Unknown(Why::clone(why)));
            continue;
        }
        let mut batch = vec![first];
        while !found.is_empty() && batch.len() < AT_A_TIME {
            let Some(next) = left.pop() else { break };
            batch.push(next);
        }
        let answers = join_all(batch.into_iter().map(|question| at(ports, apex, question, network))).await;
        silent =
            answers.iter().all(|answer| matches!(answer, Found::Unknown(Why::NoAnswer(_)))).then(|| answers.first().and_then(Found::why).cloned()).flatten();
        found.extend(answers);
    }
    found
}

/// The hosts that MX records name.
#[must_use]
pub fn exchangers(found: &Found) -> BTreeSet<String> {
    found.records().iter().filter_map(|record| if let Data::Mx { host, .. } = &record.data { Some(host.clone()) } else { None }).collect()
}

async fn hosts(wanted: &Wanted, places: &[Place], lookup: &Lookup) -> BTreeMap<String, Addresses> {
    let mut names: BTreeSet<String> = places.iter().flat_map(|place| exchangers(&place.mx)).filter(|host| !host.is_empty()).collect();
    names.extend(wanted.hosts.iter().cloned());
    names.insert(wanted.domain.clone());
    let found = names.into_iter().take(MAX_HOSTS).map(|host| async move {
        let addresses = lookup.addresses(&host).await;
        (host, addresses)
    });
    stream::iter(found.collect::<Vec<_>>()).buffer_unordered(AT_A_TIME).collect().await
}

/// The one SPF record among text records.
fn spf_text(found: &Found) -> Result<Option<(String, u32)>, String> {
    if let Some(why) = found.why() {
        return Err(why.to_string());
    }
    let text = |data: &Data| if let Data::Txt(text) = data { Some(text.clone()).filter(|text| spf::is_spf(text)) } else { None };
    let mut texts = found.records().iter().filter_map(|record| Some((text(&record.data)?, record.ttl_secs)));
    match (texts.next(), texts.next()) {
        (_, Some(_)) => Err("there are several SPF records: then none counts".to_owned()),
        (one, None) => Ok(one),
    }
}

async fn spf_facts(domain: &str, found: &Found, lookup: &Lookup) -> SpfFacts {
    let none = SpfFacts { text: None, problem: None, ttl_secs: 0, policy: None, lookups: 0 };
    match spf_text(found) {
        Err(problem) => SpfFacts { problem: Some(problem), ..none },
        Ok(None) => none,
        Ok(Some((text, ttl_secs))) => {
            let mut lookups = 0;
            let policy = policy(domain, &text, lookup, &mut lookups, true).await;
            let problem = match spf::parse(&text) {
                Err(error) => Some(error.to_string()),
                Ok(_) if lookups > MAX_LOOKUPS => Some(format!("the record takes more than {MAX_LOOKUPS} look-ups: receivers may not count it")),
                Ok(_) => None,
            };
            SpfFacts { text: Some(text), problem, ttl_secs, policy: Some(policy), lookups }
        }
    }
}

/// Looks up all that a record refers to. Beyond the limit of look-ups nothing is known; that also ends circles.
fn policy<'a>(domain: &'a str, text: &'a str, lookup: &'a Lookup, lookups: &'a mut usize, own: bool) -> BoxFuture<'a, Policy> {
    async move {
        let Ok(spf) = spf::parse(text) else { return Policy::unknown() };
        let mut policy = Policy::default();
        for (qualifier, mechanism) in &spf.terms {
            let matches = match mechanism {
                Mechanism::All => Matches::All,
                Mechanism::Net(net) => Matches::Nets(vec![*net]),
                _ if !takes(lookups) => Matches::Unknown,
                Mechanism::Include(other) => Matches::Include(Box::new(referred(other, lookup, lookups).await)),
                Mechanism::A(host, bits) => {
                    let found = lookup.addresses(host.as_deref().unwrap_or(domain)).await;
                    if found.why().is_some() { Matches::Unknown } else { Matches::Nets(found.all().into_iter().map(|address| bits.around(address)).collect()) }
                }
                Mechanism::Mx(None, bits) if own => Matches::OwnMx(*bits),
                Mechanism::Mx(host, bits) => match addresses_of_mx(host.as_deref().unwrap_or(domain), lookup).await {
                    Some(addresses) => Matches::Nets(addresses.into_iter().map(|address| bits.around(address)).collect()),
                    None => Matches::Unknown,
                },
                Mechanism::ByName => Matches::Unknown,
            };
            policy.rules.push((*qualifier, matches));
        }
        if let Some(other) = &spf.redirect
            && !spf.terms.iter().any(|(_, mechanism)| *mechanism == Mechanism::All)
        {
            let redirect = if takes(lookups) { referred(other, lookup, lookups).await } else { Policy::unknown() };
            policy.redirect = Some(Box::new(redirect));
        }
        policy
    }
    .boxed()
}

/// Counts a look-up; false beyond the limit.
fn takes(lookups: &mut usize) -> bool {
    *lookups += 1;
    *lookups <= MAX_LOOKUPS
}

/// The policy of another domain; unknown if it has none, or if its name is made of the sender's.
async fn referred(other: &str, lookup: &Lookup, lookups: &mut usize) -> Policy {
    if other.contains('%') {
        return Policy::unknown();
    }
    match spf_text(&lookup.find(other, Kind::Txt).await) {
        Ok(Some((text, _))) => policy(other, &text, lookup, lookups, false).await,
        _ => Policy::unknown(),
    }
}

async fn addresses_of_mx(domain: &str, lookup: &Lookup) -> Option<Vec<IpAddr>> {
    let found = lookup.find(domain, Kind::Mx).await;
    if found.why().is_some() {
        return None;
    }
    let mut all = Vec::new();
    for host in exchangers(&found).into_iter().filter(|host| !host.is_empty()).take(MAX_LOOKUPS) {
        let addresses = lookup.addresses(&host).await;
        if addresses.why().is_some() {
            return None;
        }
        all.extend(addresses.all());
    }
    Some(all)
}
