//! The zone of a domain: where it begins, who the level above says serves it, and those servers' addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::answer::{self, Found, Role, Why};
use super::ask::{self, ask};
use super::lookup::Lookup;
use super::message::{Data, Kind, Question, Reply};
use super::name;
use super::network::Network;

/// More name servers of one zone are not asked.
const MAX_SERVERS: usize = 13;

/// More addresses of one kind of one name server are not asked.
const MAX_ADDRESSES: usize = 2;

/// So many servers of the level above are asked, and have to agree.
const PARENTS: usize = 2;

/// Of the level above so many are tried until that many have answered.
const MAX_PARENTS: usize = 6;

/// A zone and its servers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// Where it begins.
    pub apex: String,
    /// The zone above, if it could be found out.
    pub parent: Option<String>,
    /// The name servers that the zone above names.
    pub delegation: Result<BTreeSet<String>, Why>,
    /// The name servers that the zone names itself, by way of the resolver.
    pub own: Found,
    /// Those that are asked: each name with its addresses.
    pub servers: Vec<NameServer>,
}

/// A name server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameServer {
    /// Its name.
    pub name: String,
    /// Where it may be asked; of each address several ports only in a practice.
    pub addresses: Vec<Vec<SocketAddr>>,
    /// Why it has no address, if so.
    pub why: Option<Why>,
}

/// Finds the zone that `domain` lies in and its servers.
///
/// # Errors
/// Why the zone itself is not known. That the level above can't be asked is no error: see [`Zone::delegation`].
pub async fn find(domain: &str, lookup: &Lookup, network: &Network) -> Result<Zone, Why> {
    let (apex, guessed) = match lookup.zone_of(domain).await {
        Ok(apex) => (apex, None),
        // The resolver got nowhere, or is still trying: perhaps a lame or circular delegation. The level above can still tell whom it names.
        Err(why @ (Why::Failed | Why::NoAnswer(ask::Failure::Silent))) => (domain.to_owned(), Some(why)),
        Err(why) => return Err(why),
    };
    let own = match &guessed {
        Some(why) => Found::Unknown(why.clone()),
        None => lookup.find(&apex, Kind::Ns).await,
    };
    let (parent, delegation, glue) = match delegated(&apex, lookup, network).await {
        Ok((parent, names, glue)) => (Some(parent), names, glue),
        Err(why) => (None, Err(why), BTreeMap::new()),
    };
    if let (Some(why), Err(_)) = (guessed, &delegation) {
        return Err(why);
    }
    let mut names: BTreeSet<String> = delegation.clone().unwrap_or_default();
    names.extend(hosts(&own));
    let servers = names.into_iter().take(MAX_SERVERS).map(|name| server(name, &glue, lookup, network));
    let servers = futures_util::future::join_all(servers).await;
    Ok(Zone { apex, parent, delegation, own, servers })
}

/// The names in NS records.
#[must_use]
pub fn hosts(found: &Found) -> BTreeSet<String> {
    found.records().iter().filter_map(|record| if let Data::Ns(host) = &record.data { Some(host.clone()) } else { None }).collect()
}

type Glue = BTreeMap<String, BTreeSet<IpAddr>>;

/// Asks servers of the level above for the delegation; the inner `Err` is why it is not known although that level was found.
async fn delegated(apex: &str, lookup: &Lookup, network: &Network) -> Result<(String, Result<BTreeSet<String>, Why>, Glue), Why> {
    let above = name::parent(apex).ok_or(Why::NobodyToAsk)?;
    let parent = lookup.zone_of(above).await?;
    let question = Question::new(apex, Kind::Ns);
    let (mut said, mut glue, mut why) = (Vec::new(), Glue::new(), Why::NobodyToAsk);
    for host in hosts(&lookup.find(&parent, Kind::Ns).await).into_iter().take(MAX_PARENTS) {
        let NameServer { addresses, .. } = server(host, &Glue::new(), lookup, network).await;
        let Some(ports) = addresses.first() else { continue };
        match ask_any(ports, &question, network).await.and_then(|reply| referral(&reply, &question, &parent)) {
            Ok((names, with)) => {
                said.push(names);
                glue.extend(with);
            }
            Err(other) => why = other,
        }
        if said.len() == PARENTS {
            break;
        }
    }
    let mut said = said.into_iter();
    let delegation = match said.next() {
        Some(first) => {
            if said.all(|other| other == first) {
                Ok(first)
            } else {
                Err(Why::Contradictory)
            }
        }
        None => Err(why),
    };
    Ok((parent, delegation, glue))
}

/// Reads what a server of the level above says; it may serve the zone itself as well.
fn referral(reply: &Reply, question: &Question, parent: &str) -> Result<(BTreeSet<String>, Glue), Why> {
    let records = reply.answers.iter().chain(&reply.authority).filter(|record| record.owner == question.name);
    let names: BTreeSet<String> = records.filter_map(|record| if let Data::Ns(host) = &record.data { Some(host.clone()) } else { None }).collect();
    if names.is_empty() || reply.overfull {
        return Err(match answer::read(reply, question, Role::Authority(parent)) {
            Found::Unknown(why) => why,
            // It knows the level above and says that nothing is delegated there.
            _ => Why::Contradictory,
        });
    }
    let mut glue = Glue::new();
    for record in &reply.additional {
        if let Data::Address(address) = record.data
            && names.contains(&record.owner)
            && name::is_within(&record.owner, parent)
        {
            glue.entry(record.owner.clone()).or_default().insert(address);
        }
    }
    Ok((names, glue))
}

/// A name server with its addresses: as the resolver says, else as the level above does. Addresses this computer has no way to are left out where
/// it has a way to others.
async fn server(name: String, glue: &Glue, lookup: &Lookup, network: &Network) -> NameServer {
    let found = lookup.addresses(&name).await;
    let mut all: BTreeSet<IpAddr> = found.all().into_iter().collect();
    if all.is_empty() {
        all.extend(glue.get(&name).into_iter().flatten());
    }
    let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = all.into_iter().partition(IpAddr::is_ipv4);
    let mut addresses: Vec<Vec<SocketAddr>> = Vec::new();
    for address in v4.into_iter().take(MAX_ADDRESSES).chain(v6.into_iter().take(MAX_ADDRESSES)) {
        let places = network.authority(address);
        let reachable = match places.first() {
            Some(place) => ask::has_route(*place).await,
            None => false,
        };
        if reachable || (addresses.is_empty() && address.is_ipv4()) {
            addresses.push(places);
        }
    }
    let why = addresses.is_empty().then(|| found.why().cloned().unwrap_or(Why::NobodyToAsk));
    NameServer { name, addresses, why }
}

/// Asks a server without recursion, at the first of its ports where anybody is.
///
/// # Errors
/// Why there is no answer.
pub async fn ask_any(ports: &[SocketAddr], question: &Question, network: &Network) -> Result<Reply, Why> {
    let mut why = Why::NobodyToAsk;
    for port in ports {
        match ask(*port, question, false, &network.waits).await {
            Ok(reply) => return Ok(reply),
            Err(failure) => why = Why::NoAnswer(failure),
        }
        if why != Why::NoAnswer(ask::Failure::NobodyThere) {
            break;
        }
    }
    Err(why)
}
