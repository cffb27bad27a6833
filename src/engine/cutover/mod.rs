//! The change of a domain's mail server, as the DNS shows it: judged, counted down, watched.
//!
//! [`judge`] is pure: what was asked ([`Survey`]), what is meant ([`Aim`]), what was seen before ([`History`]) and the time go in; a [`Cutover`]
//! comes out, which is the `result` of `dns --json`. [`look()`] and [`watch`] ask, judge and remember. Nothing that is missing, contradictory or
//! forged-looking counts as old or new: it is «unknown», and then the whole is never ready, changed or done.

pub mod enter;
pub mod history;
mod look;
pub mod sentence;
pub mod standing;

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

pub use enter::{Action, Entry, When};
pub use history::{History, path as memory_in};
pub use look::{Request, Watch, look, watch};
pub use standing::Standing;

use crate::dns::name::shown;
use crate::dns::spf::Verdict;
use crate::dns::survey::{PlaceKind, SERVICES, SETTINGS};
use crate::dns::{Data, Found, Kind, Place, Survey, Why, zone};

/// The TTL to lower to before the change, in seconds.
pub const LOW_TTL_SECS: u32 = 300;

/// What is meant to happen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Aim {
    /// A host of the MX as it is now, where mail goes to the old server.
    pub old_host: Option<String>,
    /// The new mail servers with their preferences; empty where no change is meant and the domain is only looked at.
    pub new_mx: Vec<(u16, String)>,
}

impl Aim {
    /// True if a change is meant.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !self.new_mx.is_empty()
    }
}

/// How far the change is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The authoritative servers do not tell, or contradict each other.
    #[default]
    Unknown,
    /// No change is meant; the MX is as told.
    Current,
    /// No change is meant; there is no MX: mail goes to the domain's own address, if it has one (RFC 5321 §5.1).
    Implicit,
    /// The domain says that it takes no mail (RFC 7505), or does not exist.
    None,
    /// The old MX, with a long TTL: lower it.
    Old,
    /// The old MX with a low TTL; caches may still have the long one.
    Lowered,
    /// The old MX with a low TTL, and the long one has run out: the MX may be changed.
    Ready,
    /// Some authoritative servers give the new MX, some not, or old ones besides.
    Changing,
    /// All authoritative servers give the new MX; caches may still have the old one.
    Changed,
    /// The new MX everywhere, and the old TTL has run out.
    Done,
}

/// A level of the MX.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Level {
    /// Lower is tried first.
    pub preference: u16,
    /// The host; empty for the null MX.
    pub host: String,
    /// The TTL at the authoritative servers, in seconds; the longest where they differ.
    pub ttl: u32,
    /// The host's addresses.
    pub addresses: Vec<IpAddr>,
    /// The host is another name of this one, which MX hosts must not be (RFC 2181 §10.3).
    pub alias: Option<String>,
    /// It is not the first that is tried.
    pub backup: bool,
}

/// A mail server as one name server gives it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exchanger {
    /// Lower is tried first.
    pub preference: u16,
    /// The host; empty for the null MX.
    pub host: String,
}

/// A server that was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Server {
    /// What it is to the domain.
    pub kind: PlaceKind,
    /// What it is called.
    pub name: String,
    /// Its address; with the port where that is not 53.
    pub address: Option<String>,
    /// How it stands.
    pub state: Standing,
    /// Why, where that needs saying.
    pub why: Option<String>,
    /// The MX it gives.
    pub mx: Vec<Exchanger>,
    /// The TTL it gives; of a resolver: for how many seconds it will go on giving this.
    pub ttl: Option<u32>,
    /// The zone's serial number there; of authoritative servers.
    pub serial: Option<u32>,
    /// Since when it stands so, as far as was seen.
    pub since: Timestamp,
}

/// Who serves the zone.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Nameservers {
    /// Where the zone begins.
    pub apex: Option<String>,
    /// The zone above.
    pub parent: Option<String>,
    /// `agree`, `differ` (the nameservers are elsewhere than the zone says), or `unknown`.
    pub state: String,
    /// As the zone above says: these count.
    pub delegated: Vec<String>,
    /// As the zone says itself.
    pub own: Vec<String>,
    /// The serial numbers are the same everywhere; `None` if not known.
    pub serials_agree: Option<bool>,
}

/// A record that concerns mail.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// `found`, `none` or `unknown`.
    pub state: String,
    /// What it says, or why it is not known.
    pub what: Vec<String>,
    /// The name it was found under, where that is another one (CNAME).
    pub alias: Option<String>,
    /// The TTL, in seconds.
    pub ttl: Option<u32>,
    /// The zone gives the same for any name (`*`): nobody meant this one.
    pub by_wildcard: bool,
}

/// What SPF says of a new mail server's address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Covered {
    /// The host.
    pub host: String,
    /// Its address.
    pub address: IpAddr,
    /// `pass`, `fail`, `softfail`, `neutral` or `unknown`, once the MX is changed.
    pub verdict: String,
}

/// SPF.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SpfReport {
    /// `found`, `none` or `unknown`.
    pub state: String,
    /// The record.
    pub text: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// How many look-ups it takes, of 10.
    pub lookups: usize,
    /// Whether the new mail servers may send.
    pub covers: Vec<Covered>,
}

/// The countdown of the old TTL.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Countdown {
    /// Then the last cache has let go of the old answer.
    pub runs_out: Timestamp,
    /// How many seconds are left; 0 when it is over.
    pub seconds_left: u64,
    /// The TTL that counts, in seconds.
    pub old_ttl: Option<u32>,
    /// When the newer answer was first seen.
    pub since: Option<Timestamp>,
    /// False: the old TTL was never seen, and only the resolvers that were asked are known; others may take longer.
    pub known: bool,
}

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It could not be found out.
    Unknown,
    /// It is wrong, and mail may suffer.
    Wrong,
    /// Good to know.
    Note,
}

/// Something to know.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable code.
    pub code: String,
    /// In words.
    pub what: String,
}

/// The whole judgement: the `result` of `dns --json`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cutover {
    /// The domain as a person writes it.
    pub domain: String,
    /// The same in ASCII, as the records have it.
    pub ascii: String,
    /// When the judgement was made.
    pub at: Timestamp,
    /// How far the change is.
    pub state: Stage,
    /// The same in a sentence.
    pub sentence: String,
    /// The countdown, where one is running or has run.
    pub countdown: Option<Countdown>,
    /// Who serves the zone.
    pub nameservers: Nameservers,
    /// Every level of the MX, as the authoritative servers give it.
    pub mx: Vec<Level>,
    /// Every server that was asked.
    pub servers: Vec<Server>,
    /// The records to enter, in their order.
    pub enter: Vec<Entry>,
    /// SPF.
    pub spf: SpfReport,
    /// The DKIM selectors that were asked for.
    pub dkim: Vec<Fact>,
    /// DMARC.
    pub dmarc: Fact,
    /// Services and settings that mail programs look for.
    pub services: Vec<Fact>,
    /// The kinds of records that the zone gives for any name.
    pub wildcards: Vec<String>,
    /// What is unknown, wrong, or good to know.
    pub findings: Vec<Finding>,
}

impl Cutover {
    /// True if anything could not be found out, or is wrong.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity != Severity::Note)
    }
}

/// What is collected on the way.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, severity: Severity, code: &str, what: impl Into<String>) {
        self.0.push(Finding { severity, code: code.to_owned(), what: what.into() });
    }
}

/// Judges what was asked, and notes in `history` what was seen.
#[must_use]
pub fn judge(survey: &Survey, aim: &Aim, history: &mut History, now: &Zoned) -> Cutover {
    let at = now.timestamp();
    let mut findings = Findings::default();
    let agreed = Found::agreed(survey.authorities().map(|place| &place.mx));
    history.note(sight(survey, &agreed), at);
    let servers: Vec<Server> = survey.places.iter().map(|place| server(place, aim, &agreed, history, at)).collect();
    let mx = levels(survey, aim);
    let stage = stage(survey, aim, &agreed, &servers, &mx);
    let countdown = countdown(history, aim, &servers, at);
    let stage = timed(stage, countdown.as_ref(), &servers);
    let domain = &survey.wanted.domain;
    let mut cutover = Cutover {
        domain: shown(domain).into_owned(),
        ascii: domain.clone(),
        at,
        state: stage,
        sentence: String::new(),
        nameservers: nameservers(survey, &mut findings),
        enter: enter::entries(survey, aim, &mx, history),
        spf: spf(survey, aim, &mut findings),
        dkim: survey.wanted.selectors.iter().map(|selector| fact(survey, &format!("{selector}._domainkey.{domain}"), Kind::Txt)).collect(),
        dmarc: dmarc(survey),
        services: services(survey),
        wildcards: survey.wildcard.iter().filter(|(_, found)| !found.records().is_empty()).map(|(kind, _)| kind_name(*kind).to_owned()).collect(),
        countdown,
        mx,
        servers,
        findings: Vec::new(),
    };
    about_servers(&cutover, &agreed, &mut findings);
    about_exchangers(survey, &cutover, aim, &mut findings);
    about_facts(&cutover, &mut findings);
    findings.0.sort();
    findings.0.dedup();
    cutover.findings = findings.0;
    cutover.sentence = sentence::of(&cutover, aim, now);
    cutover
}

/// What all authoritative servers give, if they all answer and agree; for how long «there is no MX» may be kept stands in the SOA (RFC 2308 §5).
fn sight(survey: &Survey, agreed: &Found) -> Option<(Vec<(u16, String)>, u32)> {
    if survey.authorities().any(|place| place.mx.why().is_some()) {
        return None;
    }
    let (mx, _) = history::levels(agreed)?;
    // Each may give its own TTL; the longest counts.
    let ttl = survey.authorities().filter_map(|place| history::levels(&place.mx)).map(|(_, ttl)| ttl).max().unwrap_or(0);
    let soa = survey.authorities().flat_map(|place| place.soa.records());
    let negative = soa.filter_map(|record| if let Data::Soa { negative_ttl, .. } = record.data { Some(negative_ttl.min(record.ttl_secs)) } else { None });
    let ttl = if mx.is_empty() { negative.max().unwrap_or(0) } else { ttl };
    Some((mx, ttl))
}

fn server(place: &Place, aim: &Aim, agreed: &Found, history: &mut History, at: Timestamp) -> Server {
    let (state, why) = standing::of(&place.mx, aim, agreed);
    let address = place.address.map(|address| if address.port() == 53 { address.ip().to_string() } else { address.to_string() });
    let key = format!("{:?} {} {}", place.kind, place.name, address.as_deref().unwrap_or_default());
    let serial = place.soa.records().iter().find_map(|record| if let Data::Soa { serial, .. } = record.data { Some(serial) } else { None });
    let (mx, ttl) = history::levels(&place.mx).unwrap_or_default();
    let ttl = (!mx.is_empty()).then_some(ttl);
    let mx = mx.into_iter().map(|(preference, host)| Exchanger { preference, host }).collect();
    Server { kind: place.kind, name: place.name.clone(), address, state, why, mx, ttl, serial, since: history.note_place(&key, state, at) }
}

/// Every level that an authoritative server gives.
fn levels(survey: &Survey, aim: &Aim) -> Vec<Level> {
    let mut found: BTreeMap<(u16, String), u32> = BTreeMap::new();
    for (mx, ttl) in survey.authorities().filter_map(|place| history::levels(&place.mx)) {
        for level in mx {
            let longest = found.entry(level).or_insert(0);
            *longest = ttl.max(*longest);
        }
    }
    let is_new = |host: &String| aim.new_mx.iter().any(|(_, new)| new == host);
    let first = found.keys().filter(|(_, host)| !is_new(host)).map(|(preference, _)| *preference).min();
    let level = |((preference, host), ttl): ((u16, String), u32)| {
        let addresses = survey.hosts.get(&host);
        let backup = !is_new(&host) && first.is_some_and(|first| preference > first);
        let alias = addresses.and_then(|addresses| addresses.alias()).map(str::to_owned);
        Level { preference, ttl, addresses: addresses.map(crate::dns::lookup::Addresses::all).unwrap_or_default(), alias, backup, host }
    };
    found.into_iter().map(level).collect()
}

/// How far the change is, times left aside.
fn stage(survey: &Survey, aim: &Aim, agreed: &Found, servers: &[Server], levels: &[Level]) -> Stage {
    let deciding: Vec<Standing> = servers.iter().filter(|server| server.kind == PlaceKind::Authoritative).map(|server| server.state).collect();
    let known: Vec<Standing> = deciding.iter().copied().filter(|state| *state != Standing::Unknown).collect();
    let some_unknown = known.len() < deciding.len();
    let has = |state: Standing| known.contains(&state);
    let takes_no_mail = levels.iter().any(|level| level.host.is_empty()) || *agreed == Found::NoName;
    if known.is_empty() || has(Standing::Other) {
        return Stage::Unknown;
    }
    if !aim.is_change() {
        return match agreed {
            _ if takes_no_mail && agreed.why().is_none() => Stage::None,
            Found::Records { .. } => Stage::Current,
            Found::NoData if survey.hosts.get(&survey.wanted.domain).is_some_and(|own| !own.all().is_empty()) => Stage::Implicit,
            Found::NoData => Stage::None,
            _ => Stage::Unknown,
        };
    }
    match (has(Standing::New), has(Standing::Old) || has(Standing::None), has(Standing::Both)) {
        (true, false, false) if some_unknown => Stage::Changing,
        (true, false, false) => Stage::Changed,
        (false, true, false) if agreed.why() == Some(&Why::Contradictory) => Stage::Unknown,
        (false, true, false) if some_unknown || levels.iter().any(|level| level.ttl > LOW_TTL_SECS) => Stage::Old,
        (false, true, false) => Stage::Lowered,
        _ => Stage::Changing,
    }
}

/// Until when old answers may live: after what was seen, and after what the resolvers that were asked still hold.
fn countdown(history: &History, aim: &Aim, servers: &[Server], at: Timestamp) -> Option<Countdown> {
    let resolvers = servers.iter().filter(|server| server.kind != PlaceKind::Authoritative);
    let late = |server: &Server| match (aim.is_change(), server.state) {
        (true, Standing::Old | Standing::Both) | (false, Standing::Old) => server.ttl,
        _ => None,
    };
    let held = resolvers.filter_map(late).max().and_then(|left| at.checked_add(jiff::SignedDuration::from_secs(left.into())).ok());
    let seen = history.runs_out();
    // Before the change resolvers rightly hold the old MX; that counts down to nothing.
    let changing = servers.iter().any(|server| server.kind == PlaceKind::Authoritative && matches!(server.state, Standing::New | Standing::Both));
    let held = held.filter(|_| changing || !aim.is_change());
    let runs_out = seen.map(|seen| seen.at).max(held)?;
    let seconds_left = u64::try_from(at.duration_until(runs_out).as_secs()).unwrap_or(0);
    Some(Countdown { runs_out, seconds_left, old_ttl: seen.map(|seen| seen.ttl_secs), since: seen.map(|seen| seen.since), known: seen.is_some() })
}

/// The stage, with the time that has passed.
fn timed(stage: Stage, countdown: Option<&Countdown>, servers: &[Server]) -> Stage {
    let over = countdown.is_some_and(|countdown| countdown.known && countdown.seconds_left == 0);
    let resolvers = || servers.iter().filter(|server| server.kind != PlaceKind::Authoritative);
    match stage {
        // Of a TTL that was low at the first look nobody knows since when it is; resolvers that hold no longer one are all there is to go by.
        Stage::Lowered
            if over || (countdown.is_none() && resolvers().all(|server| server.state != Standing::Unknown && server.ttl.unwrap_or(0) <= LOW_TTL_SECS)) =>
        {
            Stage::Ready
        }
        Stage::Changed
            if over
                && resolvers().any(|server| server.state == Standing::New)
                && resolvers().all(|server| [Standing::New, Standing::Unknown].contains(&server.state)) =>
        {
            Stage::Done
        }
        stage => stage,
    }
}

fn nameservers(survey: &Survey, findings: &mut Findings) -> Nameservers {
    let zone = match &survey.zone {
        Ok(zone) => zone,
        Err(why) => {
            findings.add(Severity::Unknown, "DNS-ZONE", format!("the zone of the domain is not known: {why}"));
            return Nameservers { state: "unknown".to_owned(), ..Nameservers::default() };
        }
    };
    let own = Found::agreed(survey.authorities().map(|place| &place.ns));
    if own.why() == Some(&Why::Contradictory) {
        findings.add(Severity::Wrong, "DNS-NAMESERVERS", "the zone's servers name different nameservers");
    }
    let own = if own.records().is_empty() { &zone.own } else { &own };
    let own_names = zone::hosts(own);
    let state = match &zone.delegation {
        Err(why) => {
            findings.add(Severity::Unknown, "DNS-DELEGATION", format!("which nameservers the zone above names is not known: {why}"));
            "unknown"
        }
        Ok(_) if own_names.is_empty() => "unknown",
        Ok(delegated) if *delegated == own_names => "agree",
        Ok(delegated) => {
            let list = |names: Vec<&String>| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            let what = format!(
                "the nameservers are elsewhere than the zone says: the zone above names {}, the zone itself {}; records have to be entered where the zone above points",
                list(delegated.iter().collect()),
                list(own_names.iter().collect())
            );
            findings.add(Severity::Wrong, "DNS-DELEGATION", what);
            "differ"
        }
    };
    let serials: Vec<Option<u32>> = survey
        .authorities()
        .map(|place| place.soa.records().iter().find_map(|record| if let Data::Soa { serial, .. } = record.data { Some(serial) } else { None }))
        .collect();
    let all: Option<Vec<u32>> = serials.into_iter().collect();
    let serials_agree = all.filter(|all| !all.is_empty()).map(|all| all.windows(2).all(|pair| pair.first() == pair.last()));
    if serials_agree == Some(false) {
        findings.add(Severity::Note, "DNS-SERIAL", "the zone's servers have different serial numbers: not all have the newest records yet");
    }
    Nameservers {
        apex: Some(zone.apex.clone()),
        parent: zone.parent.clone(),
        state: state.to_owned(),
        delegated: zone.delegation.clone().unwrap_or_default().into_iter().collect(),
        own: own_names.into_iter().collect(),
        serials_agree,
    }
}

fn spf(survey: &Survey, aim: &Aim, findings: &mut Findings) -> SpfReport {
    let facts = &survey.spf;
    let covers = enter::covers(survey, aim);
    let state = match (&facts.text, &facts.problem) {
        (Some(_), _) => "found",
        (None, None) => "none",
        (None, Some(_)) => "unknown",
    };
    if let Some(problem) = &facts.problem {
        findings.add(if state == "unknown" { Severity::Unknown } else { Severity::Wrong }, "DNS-SPF", format!("SPF: {problem}"));
    }
    for (host, address, verdict) in covers.iter().filter(|(_, _, verdict)| *verdict != Verdict::Pass) {
        let severity = if *verdict == Verdict::Unknown { Severity::Unknown } else { Severity::Note };
        findings.add(severity, "DNS-SPF", format!("SPF does not let the new mail server {host} ({address}) send: {}", word(*verdict)));
    }
    let covers = covers.into_iter().map(|(host, address, verdict)| Covered { host, address, verdict: word(verdict).to_owned() }).collect();
    SpfReport { state: state.to_owned(), text: facts.text.clone(), problem: facts.problem.clone(), lookups: facts.lookups, covers }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::SoftFail => "softfail",
        Verdict::Neutral => "neutral",
        Verdict::Unknown => "unknown",
    }
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::A => "A",
        Kind::Aaaa => "AAAA",
        Kind::Cname => "CNAME",
        Kind::Mx => "MX",
        Kind::Ns => "NS",
        Kind::Soa => "SOA",
        Kind::Srv => "SRV",
        Kind::Txt => "TXT",
    }
}

/// A fact in words.
fn fact(survey: &Survey, name: &str, kind: Kind) -> Fact {
    let found = survey.fact(name, kind);
    let said = |data: &Data| match data {
        Data::Txt(text) => text.clone(),
        Data::Address(address) => address.to_string(),
        Data::Srv { target, .. } if target.is_empty() => "expressly not offered".to_owned(),
        Data::Srv { port, target, .. } => format!("{target}:{port}"),
        Data::Cname(host) | Data::Ns(host) | Data::Mx { host, .. } => host.clone(),
        Data::Soa { serial, .. } => serial.to_string(),
    };
    let (state, what) = match &found {
        Found::Records { records, .. } => ("found", records.iter().map(|record| said(&record.data)).collect()),
        Found::NoData | Found::NoName => ("none", Vec::new()),
        Found::Alias(target) => ("unknown", vec![format!("another name of {target}")]),
        Found::Unknown(why) => ("unknown", vec![why.to_string()]),
    };
    let alias = if let Found::Records { alias, .. } = &found { alias.clone() } else { None };
    let ttl = found.records().iter().map(|record| record.ttl_secs).max();
    Fact { name: name.to_owned(), state: state.to_owned(), what, alias, ttl, by_wildcard: survey.is_by_wildcard(&found, kind) }
}

/// DMARC of the domain, else of the zone it lies in (RFC 7489 §6.6.3, the zone standing for the organisation).
fn dmarc(survey: &Survey) -> Fact {
    let own = fact(survey, &format!("_dmarc.{}", survey.wanted.domain), Kind::Txt);
    let above = survey.zone.as_ref().ok().filter(|zone| zone.apex != survey.wanted.domain && own.state == "none");
    let mut fact = above.map_or(own, |zone| fact(survey, &format!("_dmarc.{}", zone.apex), Kind::Txt));
    if fact.state == "found" {
        // Other texts there, as a wildcard gives them, are no DMARC.
        fact.what.retain(|text| text.starts_with("v=DMARC1"));
        if fact.what.is_empty() {
            "none".clone_into(&mut fact.state);
        }
    }
    fact
}

fn services(survey: &Survey) -> Vec<Fact> {
    let domain = &survey.wanted.domain;
    let services = SERVICES.iter().map(|name| fact(survey, &format!("{name}.{domain}"), Kind::Srv));
    services.chain(SETTINGS.iter().map(|name| fact(survey, &format!("{name}.{domain}"), Kind::A))).collect()
}

fn about_servers(cutover: &Cutover, agreed: &Found, findings: &mut Findings) {
    if agreed.why() == Some(&Why::Contradictory) {
        // Within a change that is the change getting about; without one nobody knows which counts.
        let severity = if cutover.state == Stage::Changing { Severity::Note } else { Severity::Unknown };
        findings.add(severity, "DNS-CONTRADICTORY", "the authoritative servers give different MX records");
    }
    for server in &cutover.servers {
        let place = format!(
            "{}{}",
            server.name,
            server.address.as_ref().filter(|address| **address != server.name).map(|address| format!(" ({address})")).unwrap_or_default()
        );
        match (server.state, &server.why) {
            (Standing::Unknown, why) => findings.add(Severity::Unknown, "DNS-SERVER", format!("{place}: {}", why.as_deref().unwrap_or("not known"))),
            (Standing::Other, Some(why)) => findings.add(Severity::Unknown, "DNS-SERVER", format!("{place}: {why}")),
            _ => (),
        }
    }
    if !cutover.servers.iter().any(|server| server.kind == PlaceKind::Authoritative) {
        findings.add(Severity::Unknown, "DNS-SERVER", "no authoritative server could be asked");
    }
    let ttls: Vec<u32> = cutover.mx.iter().map(|level| level.ttl).collect();
    if ttls.windows(2).any(|pair| pair.first() != pair.last()) {
        findings.add(Severity::Note, "DNS-TTL", "the TTL of the MX is not the same everywhere: the longest counts");
    }
}

fn about_exchangers(survey: &Survey, cutover: &Cutover, aim: &Aim, findings: &mut Findings) {
    let new = aim.new_mx.iter().map(|(_, host)| host);
    for host in cutover.mx.iter().map(|level| &level.host).chain(new).filter(|host| !host.is_empty()) {
        let Some(addresses) = survey.hosts.get(host) else { continue };
        if let Some(alias) = addresses.alias() {
            findings.add(Severity::Wrong, "DNS-MX-ALIAS", format!("{host} is another name of {alias}: an MX must name the host itself (RFC 2181 §10.3)"));
        }
        match addresses.why() {
            Some(why) => findings.add(Severity::Unknown, "DNS-MX-ADDRESS", format!("the address of {host} is not known: {why}")),
            None if addresses.all().is_empty() => findings.add(Severity::Wrong, "DNS-MX-ADDRESS", format!("{host} has no address: no mail can reach it")),
            None => (),
        }
    }
    match cutover.state {
        Stage::Implicit => findings.add(Severity::Note, "DNS-MX-IMPLICIT", "there is no MX: mail goes to the domain's own address (RFC 5321 §5.1)"),
        Stage::None if cutover.mx.iter().any(|level| level.host.is_empty()) => {
            findings.add(Severity::Note, "DNS-MX-NULL", "the domain says that it takes no mail (RFC 7505)");
        }
        _ => (),
    }
    if cutover.state == Stage::Changing && cutover.servers.iter().any(|server| server.kind == PlaceKind::Authoritative && server.state == Standing::Both) {
        findings.add(Severity::Wrong, "DNS-MX-BOTH", "old mail servers stand beside the new ones: mail may still go to the old; remove them");
    }
}

fn about_facts(cutover: &Cutover, findings: &mut Findings) {
    for fact in cutover.dkim.iter().chain([&cutover.dmarc]).chain(&cutover.services).filter(|fact| fact.state == "unknown" && cutover.state != Stage::Unknown) {
        findings.add(Severity::Unknown, "DNS-RECORD", format!("{}: {}", fact.name, fact.what.join(", ")));
    }
    for fact in cutover.services.iter().filter(|fact| fact.by_wildcard) {
        findings.add(Severity::Note, "DNS-WILDCARD", format!("{} is only what the zone gives for any name (*)", fact.name));
    }
}
