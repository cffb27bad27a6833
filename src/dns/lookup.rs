//! Looking something up through resolvers, other names followed; a look has a budget of questions.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::answer::{self, Found, MAX_CHAIN, Role, Why};
use super::ask::{Waits, ask};
use super::message::{Data, Kind, Question, Reply};
use super::name;
use super::network::Network;

/// One look puts no more questions to resolvers than this, whatever the zone says.
const MAX_QUESTIONS: usize = 400;

/// More labels than this are not walked up.
const MAX_LABELS: usize = 12;

/// Resolvers, the first that answers counting.
#[derive(Debug)]
pub struct Lookup {
    servers: Vec<SocketAddr>,
    waits: Waits,
    left: AtomicUsize,
}

impl Lookup {
    /// The given resolver alone; else this computer's, and public ones if those fail.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let mut servers = network.own();
        servers.extend(network.public().into_iter().take(2).map(|public| public.address));
        Self { servers, waits: network.waits, left: AtomicUsize::new(MAX_QUESTIONS) }
    }

    /// The first answer that counts.
    async fn reply(&self, question: &Question) -> Result<Reply, Why> {
        let mut why = Why::NobodyToAsk;
        for server in &self.servers {
            let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if left.is_err() {
                return Err(Why::TooMany);
            }
            match ask(*server, question, true, &self.waits).await {
                Err(failure) => why = Why::NoAnswer(failure),
                Ok(reply) => match answer::read(&reply, question, Role::Resolver) {
                    Found::Unknown(unknown @ (Why::Failed | Why::Refused | Why::NoRecursion | Why::Code(_))) => why = unknown,
                    _ => return Ok(reply),
                },
            }
        }
        Err(why)
    }

    /// Looks up, following other names through as many answers as the chain may have links.
    pub async fn find(&self, name: &str, kind: Kind) -> Found {
        let (mut at, mut seen) = (name.to_owned(), BTreeSet::new());
        loop {
            let question = Question::new(at.clone(), kind);
            let found = match self.reply(&question).await {
                Ok(reply) => answer::read(&reply, &question, Role::Resolver),
                Err(why) => Found::Unknown(why),
            };
            match found {
                Found::Alias(target) => {
                    seen.insert(at);
                    if seen.contains(&target) || seen.len() > MAX_CHAIN {
                        return Found::Unknown(Why::Loop);
                    }
                    at = target;
                }
                Found::Records { records, alias } => {
                    let alias = alias.or_else(|| (at != name).then_some(at));
                    return Found::Records { records, alias };
                }
                other => return other,
            }
        }
    }

    /// The addresses of `host`, of both kinds; and whether they were found under another name.
    pub async fn addresses(&self, host: &str) -> Addresses {
        let (v4, v6) = futures_util::future::join(self.find(host, Kind::A), self.find(host, Kind::Aaaa)).await;
        Addresses { v4, v6 }
    }

    /// The zone that `name` lies in: the owner of the nearest SOA.
    ///
    /// # Errors
    /// Why it is not known.
    pub async fn zone_of(&self, name: &str) -> Result<String, Why> {
        let mut at = Some(name);
        for _ in 0..MAX_LABELS {
            let Some(here) = at else { break };
            let question = Question::new(here, Kind::Soa);
            let reply = self.reply(&question).await?;
            let own = reply.answers.iter().find(|record| record.data.kind() == Kind::Soa && record.owner == here);
            // «There is none here» names the zone it is said in.
            let above = reply.authority.iter().find(|record| record.data.kind() == Kind::Soa && name::is_within(here, &record.owner));
            if let Some(soa) = own.or(above.filter(|_| reply.answers.is_empty())) {
                return Ok(soa.owner.clone());
            }
            at = name::parent(here);
        }
        Err(Why::NoZone)
    }
}

/// The addresses of a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Addresses {
    /// A.
    pub v4: Found,
    /// AAAA.
    pub v6: Found,
}

impl Addresses {
    /// All that are known.
    #[must_use]
    pub fn all(&self) -> Vec<IpAddr> {
        let address = |data: &Data| if let Data::Address(address) = data { Some(*address) } else { None };
        self.v4.records().iter().chain(self.v6.records()).filter_map(|record| address(&record.data)).collect()
    }

    /// The name they were found under, where that is another one.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        [&self.v4, &self.v6].into_iter().find_map(|found| if let Found::Records { alias: Some(alias), .. } = found { Some(alias.as_str()) } else { None })
    }

    /// Why none is known, if it is not known that there is none.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.all().is_empty().then(|| self.v4.why().or(self.v6.why())).flatten()
    }
}
