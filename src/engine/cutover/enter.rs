//! The records to enter, as a zone file has them: to copy, each with when and why.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Aim, History, LOW_TTL_SECS, Level};
use crate::dns::name::{absolute, is_within, parent};
use crate::dns::spf::{self, Verdict};
use crate::dns::{Data, Found, Kind, Survey, survey};

/// A text record's strings hold so many octets each (RFC 1035 §3.3).
const MAX_STRING: usize = 255;

/// When a record is to be entered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// At once, before the change.
    Now,
    /// With the change, once the old TTL has run out.
    Change,
    /// When nothing has come to the old server for a day.
    After,
}

/// What is to be done with a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It takes the place of the one that is there.
    Replace,
    /// It is new.
    Add,
    /// It is to go.
    Remove,
    /// It is there and stays.
    Keep,
    /// It names a host that a person has to look at.
    Check,
}

/// A record to enter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub when: When,
    /// What with it.
    pub action: Action,
    /// The record.
    pub record: String,
    /// Why.
    pub why: String,
}

/// All records, in the order of entering. `levels` are the mail servers as they are now; `history` knows those of before, and the TTL to go back to.
#[must_use]
pub fn entries(survey: &Survey, aim: &Aim, levels: &[Level], history: &History) -> Vec<Entry> {
    let domain = &survey.wanted.domain;
    let mut entries = Vec::new();
    let present: BTreeSet<&str> = levels.iter().map(|level| level.host.as_str()).collect();
    let new: BTreeSet<&str> = aim.new_mx.iter().map(|(_, host)| host.as_str()).collect();
    let changed = !new.is_empty() && present == new;
    if !changed {
        for level in levels.iter().filter(|level| level.ttl > LOW_TTL_SECS) {
            let why = format!("lower the TTL from {} to {LOW_TTL_SECS} s, so that the change gets about in minutes", level.ttl);
            entries.push(Entry { when: When::Now, action: Action::Replace, record: mx(domain, LOW_TTL_SECS, level.preference, &level.host), why });
        }
    }
    entries.extend(spf_entry(survey, aim));
    for (preference, host) in &aim.new_mx {
        let there = levels.iter().find(|level| level.host == *host);
        let (action, preference, why) = match there {
            Some(level) => (Action::Keep, level.preference, "the new mail server is entered"),
            None => (Action::Add, *preference, "the new mail server"),
        };
        entries.push(Entry { when: When::Change, action, record: mx(domain, LOW_TTL_SECS, preference, host), why: why.to_owned() });
    }
    if aim.is_change() {
        for level in levels.iter().filter(|level| !new.contains(level.host.as_str())) {
            let why = if level.backup { "the old backup server: what it takes in, it hands to the old server" } else { "the old mail server" };
            entries.push(Entry {
                when: When::Change,
                action: Action::Remove,
                record: mx(domain, level.ttl, level.preference, &level.host),
                why: why.to_owned(),
            });
        }
        entries.extend(services(survey, aim, levels, history));
        if let Some(ttl) = history.usual_ttl().filter(|ttl| *ttl > LOW_TTL_SECS) {
            for (preference, host) in &aim.new_mx {
                let why = "back to the usual TTL, once the old mailboxes have been quiet for a day".to_owned();
                entries.push(Entry { when: When::After, action: Action::Replace, record: mx(domain, ttl, *preference, host), why });
            }
        }
    }
    entries.sort_by_key(|entry| entry.when);
    entries
}

fn mx(domain: &str, ttl: u32, preference: u16, host: &str) -> String {
    format!("{} {ttl} IN MX {preference} {}", absolute(domain), absolute(host))
}

/// A text record; strings are cut where they must be.
fn txt(owner: &str, ttl: u32, text: &str) -> String {
    let mut strings = vec![String::new()];
    for c in text.chars() {
        if strings.last().is_some_and(|string| string.len() + c.len_utf8() > MAX_STRING) {
            strings.push(String::new());
        }
        if let Some(string) = strings.last_mut() {
            string.push(c);
        }
    }
    let quoted: Vec<String> = strings.iter().map(|string| format!("\"{}\"", string.replace('\\', "\\\\").replace('"', "\\\""))).collect();
    format!("{} {ttl} IN TXT {}", absolute(owner), quoted.join(" "))
}

/// What SPF says of each address of each new mail server, once the MX is changed.
pub(super) fn covers(survey: &Survey, aim: &Aim) -> Vec<(String, IpAddr, Verdict)> {
    let addresses = |host: &String| survey.hosts.get(host).map(crate::dns::lookup::Addresses::all).unwrap_or_default();
    let own_mx: Vec<IpAddr> = aim.new_mx.iter().flat_map(|(_, host)| addresses(host)).collect();
    let Some(policy) = &survey.spf.policy else { return Vec::new() };
    let each = |host: &String| addresses(host).into_iter().map(|address| (host.clone(), address, policy.verdict(address, &own_mx))).collect::<Vec<_>>();
    aim.new_mx.iter().flat_map(|(_, host)| each(host)).collect()
}

/// The SPF record that lets the new mail servers send, where the one there does not.
fn spf_entry(survey: &Survey, aim: &Aim) -> Option<Entry> {
    let text = survey.spf.text.as_ref()?;
    spf::parse(text).ok()?;
    let mut missing: Vec<String> = covers(survey, aim).into_iter().filter(|(_, _, verdict)| *verdict != Verdict::Pass).map(|(host, _, _)| host).collect();
    missing.dedup();
    if missing.is_empty() {
        return None;
    }
    let record = txt(&survey.wanted.domain, survey.spf.ttl_secs.min(LOW_TTL_SECS), &spf::with_hosts(text, &missing));
    let why = "so that the new mail server may send for the domain; what may send today still may".to_owned();
    Some(Entry { when: When::Now, action: Action::Replace, record, why })
}

/// Services and settings that still name a host of the old provider.
fn services(survey: &Survey, aim: &Aim, levels: &[Level], history: &History) -> Vec<Entry> {
    let domain = &survey.wanted.domain;
    let before = history.sights.iter().flat_map(|sight| &sight.mx).map(|(_, host)| host.as_str());
    let olds: BTreeSet<&str> = levels.iter().map(|level| level.host.as_str()).chain(aim.old_host.as_deref()).chain(before).collect();
    let new = |host: &str| aim.new_mx.iter().any(|(_, own)| own == host || parent(own) == parent(host));
    // The same host, or one beside it: mail.provider.example and imap.provider.example.
    let beside = |host: &str, old: &str| host == old || parent(old).is_some_and(|above| above.contains('.') && is_within(host, above));
    let is_old = |host: &str| olds.iter().any(|old| beside(host, old)) && !new(host);
    let mut entries = Vec::new();
    let why = "still names the old provider: mail programs would go there";
    for service in survey::SERVICES {
        let owner = format!("{service}.{domain}");
        let found = survey.fact(&owner, Kind::Srv);
        for record in found.records() {
            if let Data::Srv { priority, weight, port, target } = &record.data
                && is_old(target)
            {
                let record = format!("{} {} IN SRV {priority} {weight} {port} {}", absolute(&owner), record.ttl_secs, absolute(target));
                entries.push(Entry { when: When::Change, action: Action::Check, record, why: why.to_owned() });
            }
        }
    }
    for setting in survey::SETTINGS {
        let owner = format!("{setting}.{domain}");
        if let Found::Records { records, alias: Some(target) } = survey.fact(&owner, Kind::A)
            && is_old(&target)
        {
            let ttl = records.first().map_or(0, |record| record.ttl_secs);
            let record = format!("{} {ttl} IN CNAME {}", absolute(&owner), absolute(&target));
            entries.push(Entry { when: When::Change, action: Action::Check, record, why: why.to_owned() });
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_records_are_quoted_and_cut_into_strings() {
        assert_eq!(txt("a.example", 300, "v=spf1 \"x\\ -all"), r#"a.example. 300 IN TXT "v=spf1 \"x\\ -all""#);
        let long = txt("a.example", 300, &"ä".repeat(200));
        assert_eq!(long.matches('"').count(), 4, "two strings");
        assert_eq!(long.matches('ä').count(), 200);
    }
}
