//! What the name servers say about a domain's mail, in tables.

use jiff::Zoned;

use super::{Side, line, table};
use crate::dns::name::shown;
use crate::dns::survey::PlaceKind;
use crate::engine::cutover::sentence::{minute, place_name};
use crate::engine::cutover::{Action, Cutover, Fact, Server, Severity, Standing, When};
use crate::engine::number;

/// The whole judgement, at this computer's time of day.
#[must_use]
pub fn looked_at(cutover: &Cutover) -> String {
    at(cutover, &Zoned::now())
}

/// The same with `now` for the time of day and its zone.
fn at(cutover: &Cutover, now: &Zoned) -> String {
    let mut text = format!("{}\n{}\n", line(&cutover.domain), line(&cutover.sentence));
    if cutover.domain != cutover.ascii {
        text.push_str(&format!("In records: {}\n", line(&cutover.ascii)));
    }
    let mut part = |head: &str, body: String| {
        if !body.is_empty() {
            text.push_str(&format!("\n{head}\n{body}"));
        }
    };
    part("Nameservers", nameservers(cutover));
    part("Mail servers (MX)", exchangers(cutover));
    part("What each server says", servers(cutover, now));
    for (when, head) in [(When::Now, "To enter now"), (When::Change, "To enter for the change"), (When::After, "To enter afterwards")] {
        part(head, entries(cutover, when));
    }
    part("Other records", facts(cutover));
    for (severity, head) in [(Severity::Unknown, "Unknown"), (Severity::Wrong, "Wrong"), (Severity::Note, "Good to know")] {
        let findings = cutover.findings.iter().filter(|finding| finding.severity == severity);
        part(head, findings.map(|finding| format!("- {} [{}]\n", line(&finding.what), finding.code)).collect());
    }
    text
}

fn nameservers(cutover: &Cutover) -> String {
    let servers = &cutover.nameservers;
    let list = |names: &[String]| if names.is_empty() { "not known".to_owned() } else { line(&names.join(", ")) };
    match servers.state.as_str() {
        "agree" => format!("{}: the zone above and the zone agree\n", list(&servers.delegated)),
        _ => format!("The zone above says  {}\nThe zone itself      {}\n", list(&servers.delegated), list(&servers.own)),
    }
}

fn exchangers(cutover: &Cutover) -> String {
    let rows: Vec<[String; 4]> = cutover
        .mx
        .iter()
        .map(|level| {
            let host = if level.host.is_empty() { "(none: takes no mail)".to_owned() } else { shown(&level.host).into_owned() };
            let mut addresses: Vec<String> = level.addresses.iter().map(ToString::to_string).collect();
            addresses.extend(level.alias.iter().map(|alias| format!("by another name: {alias}")));
            [level.preference.to_string(), host, level.ttl.to_string(), addresses.join(" ")]
        })
        .collect();
    if rows.is_empty() { String::new() } else { table([("Level", Side::Right), ("Host", Side::Left), ("TTL", Side::Right), ("Addresses", Side::Left)], &rows) }
}

fn servers(cutover: &Cutover, now: &Zoned) -> String {
    let rows: Vec<[String; 5]> = cutover
        .servers
        .iter()
        .map(|server| {
            let address = server.address.clone().unwrap_or_default();
            [place_name(server.kind).to_owned(), server.name.clone(), address, server.state.word().to_owned(), detail(server, now)]
        })
        .collect();
    table([("", Side::Left), ("Server", Side::Left), ("Address", Side::Left), ("MX", Side::Left), ("", Side::Left)], &rows)
}

fn detail(server: &Server, now: &Zoned) -> String {
    let left = server.ttl.filter(|_| server.kind != PlaceKind::Authoritative).map(|left| format!("{} left", number::seconds(left.into())));
    let since = format!("since {}", minute(server.since, now));
    let mut words: Vec<String> = match server.state {
        Standing::Unknown | Standing::Other => Vec::new(),
        Standing::Old | Standing::Both if left.is_some() => left.into_iter().collect(),
        _ => vec![since],
    };
    words.extend(server.serial.map(|serial| format!("serial {serial}")));
    words.extend(server.why.clone());
    words.join(", ")
}

fn entries(cutover: &Cutover, when: When) -> String {
    let word = |action| match action {
        Action::Replace => "replace",
        Action::Add => "add",
        Action::Remove => "remove",
        Action::Keep => "keep",
        Action::Check => "check",
    };
    let entries = cutover.enter.iter().filter(|entry| entry.when == when);
    entries.map(|entry| format!("{:<8} {}\n         {}\n", word(entry.action), line(&entry.record), line(&entry.why))).collect()
}

fn facts(cutover: &Cutover) -> String {
    if cutover.nameservers.apex.is_none() {
        return String::new(); // nothing was asked: no zone, no servers
    }
    let spf = match (&cutover.spf.text, cutover.spf.state.as_str()) {
        (Some(text), _) => text.clone(),
        (None, state) => state.to_owned(),
    };
    let covers = cutover.spf.covers.iter().map(|covered| ["".to_owned(), format!("{} {}: {}", covered.host, covered.address, covered.verdict)]);
    let mut rows = vec![["SPF".to_owned(), spf]];
    rows.extend(covers);
    let told = |fact: &Fact| match fact.state.as_str() {
        "found" => fact.alias.iter().map(|alias| format!("→ {alias}:")).chain(fact.what.iter().cloned()).collect::<Vec<_>>().join(" "),
        "unknown" => format!("unknown: {}", fact.what.join(" ")),
        state => state.to_owned(),
    };
    rows.extend(cutover.dkim.iter().chain([&cutover.dmarc]).map(|fact| [fact.name.clone(), told(fact)]));
    // What is not there need not be listed for every service.
    rows.extend(cutover.services.iter().filter(|fact| fact.state != "none").map(|fact| [fact.name.clone(), told(fact)]));
    table([("", Side::Left), ("", Side::Left)], &rows).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_under_way_is_told_in_tables() {
        let value = serde_json::from_str(include_str!("dns_example.json")).expect("the contract");
        let now: Zoned = "2026-11-25T15:42:00+00:00[UTC]".parse().expect("a time");
        insta::assert_snapshot!("dns", at(&value, &now).replace('\u{A0}', " "));
    }
}
