//! A question, and what comes back, in this program's own words. Bytes are read by `hickory-proto`, and bounded here.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{DNSClass, RData, RecordType};

use super::name;

/// Of one section no more records than this are looked at; an honest answer about mail has a handful.
const MAX_RECORDS: usize = 128;

/// The longest text record that is kept, in octets; a DKIM key has some 800.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// The largest answer by UDP that is asked for: what no path cuts in pieces (DNS flag day 2020).
pub(super) const UDP_BYTES: u16 = 1232;

/// The kinds of records that are asked for (RFC 1035 §3.2.2, 3596, 2782).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the RFCs' own names")]
pub enum Kind {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Soa,
    Srv,
    Txt,
}

impl Kind {
    fn wire(self) -> RecordType {
        match self {
            Self::A => RecordType::A,
            Self::Aaaa => RecordType::AAAA,
            Self::Cname => RecordType::CNAME,
            Self::Mx => RecordType::MX,
            Self::Ns => RecordType::NS,
            Self::Soa => RecordType::SOA,
            Self::Srv => RecordType::SRV,
            Self::Txt => RecordType::TXT,
        }
    }
}

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// About which name.
    pub name: String,
    /// What of it.
    pub kind: Kind,
}

impl Question {
    /// A question about `name`.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind }
    }
}

/// What a record says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// The name it is another name of.
    Cname(String),
    /// A mail exchanger (RFC 5321 §5.1); the empty host is the null MX (RFC 7505).
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// The host.
        host: String,
    },
    /// A name server's name.
    Ns(String),
    /// The beginning of a zone.
    Soa {
        /// Grows with every change (RFC 1982).
        serial: u32,
        /// How long «there is none» may be kept, in seconds (RFC 2308).
        negative_ttl: u32,
    },
    /// A service (RFC 2782); the empty target says that it is not offered.
    Srv {
        /// Lower is tried first.
        priority: u16,
        /// Share among equals.
        weight: u16,
        /// Its port.
        port: u16,
        /// Its host.
        target: String,
    },
    /// The strings of a text record joined, as SPF, DKIM and DMARC read them; what is no UTF-8 is replaced.
    Txt(String),
}

impl Data {
    /// The kind of record that this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Address(IpAddr::V4(_)) => Kind::A,
            Self::Address(IpAddr::V6(_)) => Kind::Aaaa,
            Self::Cname(_) => Kind::Cname,
            Self::Mx { .. } => Kind::Mx,
            Self::Ns(_) => Kind::Ns,
            Self::Soa { .. } => Kind::Soa,
            Self::Srv { .. } => Kind::Srv,
            Self::Txt(_) => Kind::Txt,
        }
    }

    fn read(data: &RData) -> Option<Self> {
        Some(match data {
            RData::A(address) => Self::Address(IpAddr::V4(address.0)),
            RData::AAAA(address) => Self::Address(IpAddr::V6(address.0)),
            RData::CNAME(target) => Self::Cname(name::plain(&target.0)),
            RData::MX(mx) => Self::Mx { preference: mx.preference, host: name::plain(&mx.exchange) },
            RData::NS(host) => Self::Ns(name::plain(&host.0)),
            RData::SOA(soa) => Self::Soa { serial: soa.serial, negative_ttl: soa.minimum },
            RData::SRV(srv) => Self::Srv { priority: srv.priority, weight: srv.weight, port: srv.port, target: name::plain(&srv.target) },
            RData::TXT(text) => {
                let joined: Vec<u8> = text.txt_data.iter().flat_map(|string| string.iter().copied()).take(MAX_TEXT_BYTES).collect();
                Self::Txt(String::from_utf8_lossy(&joined).into_owned())
            }
            _ => return None,
        })
    }
}

/// One record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Whose it is.
    pub owner: String,
    /// How long it may be kept, in seconds; from a cache: how much longer.
    pub ttl_secs: u32,
    /// What it says.
    pub data: Data,
}

/// How the server says it went (RFC 1035 §4.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// NOERROR.
    Good,
    /// NXDOMAIN: the name does not exist.
    NoName,
    /// FORMERR or NOTIMP: an old server may not know EDNS.
    NotUnderstood,
    /// SERVFAIL: it could not find out.
    Failed,
    /// REFUSED: it does not serve this name, or not us.
    Refused,
    /// Another code.
    Other(u16),
}

/// An answer that belongs to the question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// How it went.
    pub outcome: Outcome,
    /// AA: from the zone itself, not from a cache.
    pub authoritative: bool,
    /// RA: the server looks up for others.
    pub recursion: bool,
    /// TC: it did not fit.
    pub truncated: bool,
    /// More records came than are looked at.
    pub overfull: bool,
    /// What answers the question.
    pub answers: Vec<Record>,
    /// Where to ask instead, or how long «there is none» counts.
    pub authority: Vec<Record>,
    /// Addresses that come along.
    pub additional: Vec<Record>,
}

/// The bytes of a question with a fresh random id, and that id.
pub(super) fn write(question: &Question, recursion: bool, with_edns: bool) -> Option<(u16, Vec<u8>)> {
    let mut message = Message::query();
    message.metadata.recursion_desired = recursion;
    message.add_query(Query::query(name::wire(&question.name)?, question.kind.wire()));
    if with_edns {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_BYTES);
        message.set_edns(edns);
    }
    Some((message.metadata.id, message.to_vec().ok()?))
}

/// Why bytes are no answer to the question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unfit {
    /// Another id, another question, or no answer at all: somebody else's, or forged.
    Stranger,
    /// The id is right, and the rest can't be read.
    Garbled,
}

/// Reads `bytes` as the answer to `question` asked under `id`.
pub(super) fn read(bytes: &[u8], id: u16, question: &Question) -> Result<Reply, Unfit> {
    if bytes.get(..2) != Some(&id.to_be_bytes()) {
        return Err(Unfit::Stranger);
    }
    let message = Message::from_vec(bytes).map_err(|_| Unfit::Garbled)?;
    let meta = &message.metadata;
    if meta.message_type != MessageType::Response || meta.op_code != OpCode::Query {
        return Err(Unfit::Stranger);
    }
    let outcome = match meta.response_code {
        ResponseCode::NoError => Outcome::Good,
        ResponseCode::NXDomain => Outcome::NoName,
        ResponseCode::FormErr | ResponseCode::NotImp => Outcome::NotUnderstood,
        ResponseCode::ServFail => Outcome::Failed,
        ResponseCode::Refused => Outcome::Refused,
        other => Outcome::Other(other.into()),
    };
    let same = |query: &Query| name::plain(&query.name) == question.name && query.query_type == question.kind.wire() && query.query_class == DNSClass::IN;
    let echoed = match message.queries.as_slice() {
        [one] => same(one),
        // Some old servers send an error back without the question.
        [] => !matches!(outcome, Outcome::Good | Outcome::NoName),
        _ => false,
    };
    if !echoed {
        return Err(Unfit::Stranger);
    }
    let section = |records: &[hickory_resolver::proto::rr::Record]| {
        let ours = records.iter().take(MAX_RECORDS).filter(|record| record.dns_class == DNSClass::IN);
        // A TTL with the highest bit set counts as 0 (RFC 2181 §8).
        let record = |record: &hickory_resolver::proto::rr::Record| {
            let ttl_secs = if record.ttl > i32::MAX as u32 { 0 } else { record.ttl };
            Some(Record { owner: name::plain(&record.name), ttl_secs, data: Data::read(&record.data)? })
        };
        ours.filter_map(record).collect::<Vec<_>>()
    };
    Ok(Reply {
        outcome,
        authoritative: meta.authoritative,
        recursion: meta.recursion_available,
        truncated: meta.truncation,
        overfull: message.answers.len().max(message.authorities.len()).max(message.additionals.len()) > MAX_RECORDS,
        answers: section(&message.answers),
        authority: section(&message.authorities),
        additional: section(&message.additionals),
    })
}

/// Reads any bytes, as an answer to a question about `example`: for fuzzing.
#[doc(hidden)]
pub fn read_any(bytes: &[u8]) -> bool {
    let id = bytes.get(..2).and_then(|id| id.try_into().ok()).map_or(0, u16::from_be_bytes);
    let question = Question::new("example", Kind::Mx);
    read(bytes, id, &question).is_ok_and(|reply| {
        let by_resolver = super::answer::read(&reply, &question, super::answer::Role::Resolver);
        let by_authority = super::answer::read(&reply, &question, super::answer::Role::Authority("example"));
        by_resolver.agrees_with(&by_authority)
    })
}
