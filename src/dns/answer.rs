//! What an answer amounts to: records, «there is none», or «unknown» with the reason. Nothing in between is ever taken for an answer.

use std::collections::BTreeSet;
use std::fmt;

use super::ask::Failure;
use super::message::{Data, Kind, Outcome, Question, Record, Reply};
use super::name;

/// The longest chain of other names that is followed.
pub const MAX_CHAIN: usize = 8;

/// More records of one kind and name than this are no mail set-up.
const MAX_SET: usize = 64;

/// Who answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role<'a> {
    /// A server of this zone.
    Authority(&'a str),
    /// One that looks up for others.
    Resolver,
}

/// Why something is not known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// No answer, or none that fits.
    NoAnswer(Failure),
    /// It says that it could not find out (SERVFAIL).
    Failed,
    /// It says that it does not answer this (REFUSED).
    Refused,
    /// It answers with another error code.
    Code(u16),
    /// A name server of the zone that does not know the zone: lame.
    Lame,
    /// A cache answers where the zone's own server was asked: something on the way puts itself in between.
    Intercepted,
    /// The server does not look up for others.
    NoRecursion,
    /// Records that nobody asked for, and none that answers.
    Strange,
    /// Names that refer to each other in a circle, or too long a chain.
    Loop,
    /// More records than make sense, or more questions than are put.
    TooMany,
    /// Servers, or one answer in itself, contradict each other.
    Contradictory,
    /// The name is delegated to another zone, whose servers were not asked.
    Delegated(String),
    /// No answer, up to the root, names the zone.
    NoZone,
    /// Whom to ask could not be found out.
    NobodyToAsk,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAnswer(Failure::Silent) => "no answer in time",
            Self::NoAnswer(Failure::NobodyThere) => "no name server answers at that address",
            Self::NoAnswer(Failure::NoRoute) => "this computer has no way to that address",
            Self::NoAnswer(Failure::ForgedLooking) => "answers came that do not belong to the question: perhaps forged",
            Self::NoAnswer(Failure::Garbled) => "the answer can't be read",
            Self::NoAnswer(Failure::NoSuchQuestion) => "that is no name to ask for",
            Self::Failed => "the server could not find out (SERVFAIL)",
            Self::Refused => "the server refuses to answer (REFUSED)",
            Self::Code(code) => return write!(f, "the server answers with error {code}"),
            Self::Lame => "the server does not know the zone that is delegated to it (lame)",
            Self::Intercepted => "not the zone's own answer: something on the way answers in its place",
            Self::NoRecursion => "the server does not look up for others",
            Self::Strange => "the answer is about something else",
            Self::Loop => "names refer to each other in a circle",
            Self::TooMany => "more records than make sense",
            Self::Contradictory => "the answers contradict each other",
            Self::Delegated(zone) => return write!(f, "delegated to another zone, {zone}"),
            Self::NoZone => "no answer of the resolver names the zone: something on the way may answer in the place of name servers",
            Self::NobodyToAsk => "whom to ask could not be found out",
        })
    }
}

/// What is known of one name and kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// At least one record.
    Records {
        /// The records.
        records: Vec<Record>,
        /// The name they were found under, where that is another one (CNAME).
        alias: Option<String>,
    },
    /// The name is another name of this one, which lies where this server does not know.
    Alias(String),
    /// The name exists and has none of these (NODATA).
    NoData,
    /// The name does not exist (NXDOMAIN).
    NoName,
    /// Not known.
    Unknown(Why),
}

impl Found {
    /// The records; none where there are none or it is not known.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        if let Self::Records { records, .. } = self { records } else { &[] }
    }

    /// The same `seconds` later, as a resolver says it that keeps it; `None`: it is kept no longer, or it was never said for how long.
    #[must_use]
    pub fn later(&self, seconds: u64) -> Option<Self> {
        let Self::Records { records, alias } = self else { return None };
        let later = |record: &Record| {
            let left = u64::from(record.ttl_secs).checked_sub(seconds).filter(|left| *left > 0)?;
            Some(Record { ttl_secs: u32::try_from(left).unwrap_or(u32::MAX), ..record.clone() })
        };
        Some(Self::Records { records: records.iter().map(later).collect::<Option<_>>()?, alias: alias.clone() })
    }

    /// Why it is not known, if so.
    #[must_use]
    pub const fn why(&self) -> Option<&Why> {
        if let Self::Unknown(why) = self { Some(why) } else { None }
    }

    /// True if it is known that there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::NoData | Self::NoName)
    }

    /// What it says, without times and order: two servers that agree give the same.
    fn gist(&self) -> (BTreeSet<&Data>, Option<&str>) {
        match self {
            Self::Records { records, .. } => (records.iter().map(|record| &record.data).collect(), None),
            Self::Alias(target) => (BTreeSet::new(), Some(target)),
            Self::NoData | Self::NoName | Self::Unknown(_) => (BTreeSet::new(), None),
        }
    }

    /// True if both say the same, whatever the times.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.why().is_none() && other.why().is_none() && self.gist() == other.gist()
    }

    /// What several servers of one zone say together: one of them if those that answer agree, else «contradictory»; unknown if none answers.
    #[must_use]
    pub fn agreed<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let (mut known, mut unknown): (Option<&Self>, Option<&Self>) = (None, None);
        for found in all {
            match known {
                _ if found.why().is_some() => unknown = unknown.or(Some(found)),
                None => known = Some(found),
                Some(first) if !first.agrees_with(found) => return Self::Unknown(Why::Contradictory),
                Some(_) => (),
            }
        }
        known.or(unknown).cloned().unwrap_or(Self::Unknown(Why::NobodyToAsk))
    }
}

/// What `reply` says to `question`.
#[must_use]
pub fn read(reply: &Reply, question: &Question, role: Role<'_>) -> Found {
    match standing(reply, question, role) {
        Some(why) => Found::Unknown(why),
        None => follow(reply, question, role),
    }
}

/// Why the answer does not count at all, if so.
fn standing(reply: &Reply, question: &Question, role: Role<'_>) -> Option<Why> {
    match reply.outcome {
        Outcome::Good | Outcome::NoName => (),
        Outcome::Failed => return Some(Why::Failed),
        Outcome::Refused => return Some(if matches!(role, Role::Authority(_)) { Why::Lame } else { Why::Refused }),
        Outcome::NotUnderstood => return Some(Why::Code(1)),
        Outcome::Other(code) => return Some(Why::Code(code)),
    }
    if reply.overfull {
        return Some(Why::TooMany);
    }
    match role {
        Role::Authority(zone) if !reply.authoritative => {
            let cut = reply.authority.iter().find(|record| record.data.kind() == Kind::Ns && name::is_within(&question.name, &record.owner));
            Some(match cut {
                Some(cut) if reply.answers.is_empty() && cut.owner != zone && name::is_within(&cut.owner, zone) => Why::Delegated(cut.owner.clone()),
                _ if reply.recursion && !reply.answers.is_empty() => Why::Intercepted,
                _ => Why::Lame,
            })
        }
        Role::Resolver if !reply.recursion && !reply.authoritative => Some(Why::NoRecursion),
        _ => None,
    }
}

/// Follows other names through the answer.
fn follow(reply: &Reply, question: &Question, role: Role<'_>) -> Found {
    let (mut at, mut seen) = (question.name.as_str(), BTreeSet::new());
    loop {
        let here = || reply.answers.iter().filter(|record| record.owner == at);
        let records: Vec<Record> = here().filter(|record| record.data.kind() == question.kind).cloned().collect();
        if records.len() > MAX_SET {
            return Found::Unknown(Why::TooMany);
        }
        if !records.is_empty() {
            // Records of a name that, by the same answer, does not exist.
            let contradictory = reply.outcome == Outcome::NoName;
            let alias = (at != question.name).then(|| at.to_owned());
            return if contradictory { Found::Unknown(Why::Contradictory) } else { Found::Records { records, alias } };
        }
        seen.insert(at);
        let targets: BTreeSet<&str> = here().filter_map(|record| if let Data::Cname(target) = &record.data { Some(target.as_str()) } else { None }).collect();
        match targets.len() {
            0 => break,
            1 => at = targets.first().copied().unwrap_or_default(),
            _ => return Found::Unknown(Why::Contradictory),
        }
        if seen.contains(at) || seen.len() > MAX_CHAIN {
            return Found::Unknown(Why::Loop);
        }
    }
    if at != question.name {
        // A zone's server need not know what lies outside; a resolver that says NXDOMAIN means the end of the chain.
        let ended = reply.outcome == Outcome::NoName && role == Role::Resolver;
        return if ended { Found::NoName } else { Found::Alias(at.to_owned()) };
    }
    match reply.outcome {
        _ if !reply.answers.is_empty() => Found::Unknown(Why::Strange),
        Outcome::NoName => Found::NoName,
        // A referral is no «there is none».
        _ if reply.authority.iter().any(|record| record.data.kind() == Kind::Ns) && !reply.authority.iter().any(|record| record.data.kind() == Kind::Soa) => {
            Found::Unknown(Why::Strange)
        }
        _ => Found::NoData,
    }
}
