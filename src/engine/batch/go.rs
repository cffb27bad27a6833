//! Go or no-go: what stands between the technician and the change of the mail server.
//!
//! What the program knows it answers; what only a person can know it asks. One «no» is no-go.

use std::path::Path;

use serde::Serialize;

use crate::engine::cutover::History;

use super::board::{Line, Standing};
use super::folder::Batch;

/// The answer to one point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so: no-go.
    No,
    /// Only a person can know.
    Ask,
}

/// A point of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// What must be so.
    pub what: String,
    /// Whether it is.
    pub answer: Answer,
    /// Mailboxes that it is not so for, or what to look at.
    pub detail: Vec<String>,
}

/// The list, as things stand.
#[must_use]
pub fn list(batch: &Batch) -> Vec<Item> {
    let lines = batch.board().lines;
    let not_copied = |line: &&Line| line.row.old.is_some() && !matches!(line.standing(), Standing::Proven | Standing::MayCancel);
    let on_pc = |line: &&Line| line.row.old.is_none() && !matches!(line.standing(), Standing::Proven | Standing::MayCancel);
    let over = |line: &&Line| {
        let tested = line.state.tested.as_ref();
        let is_whole = line.state.passed.as_ref().is_some_and(super::state::Passed::is_whole);
        let by_pass = line.state.passed.as_ref().and_then(|passed| passed.trouble.as_ref()).is_some_and(|trouble| trouble.exit() == 20);
        by_pass || (!is_whole && tested.is_some_and(|tested| tested.over_by > 0))
    };
    let named = |what: &str, lines: Vec<&Line>| Item {
        what: what.to_owned(),
        answer: if lines.is_empty() { Answer::Yes } else { Answer::No },
        detail: lines.iter().map(|line| format!("{}: {}", line.row.name(), line.standing().words())).collect(),
    };
    let mut items = vec![named("Every mailbox is copied and checked", lines.iter().filter(not_copied).collect())];
    if lines.is_empty() {
        items = vec![Item { what: "There are mailboxes on the list".to_owned(), answer: Answer::No, detail: Vec::new() }];
    }
    let mut room = named("Every new mailbox has room for its mail", lines.iter().filter(over).collect());
    let is_unknown = |line: &&Line| {
        line.state.tested.as_ref().is_none_or(|tested| tested.room.and_then(|room| room.limit).is_none())
            && !line.passed().is_some_and(|passed| passed.is_whole())
    };
    let unknown: Vec<String> = lines.iter().filter(is_unknown).map(|line| format!("{}: not known", line.row.name())).collect();
    if room.answer == Answer::Yes && !unknown.is_empty() {
        room = Item { answer: Answer::Ask, detail: unknown, ..room };
    }
    items.push(room);
    if lines.iter().any(|line| line.row.old.is_none()) {
        items.push(named("The mail on PCs is copied and checked", lines.iter().filter(on_pc).collect()));
    }
    items.extend(domains(&lines).into_iter().map(|domain| ttl(batch.dir(), &domain)));
    let ask = |what: &str, detail: &[&str]| Item { what: what.to_owned(), answer: Answer::Ask, detail: detail.iter().map(|line| (*line).to_owned()).collect() };
    items.extend([
        ask("The nameservers are where they are thought to be", &["mailferry-cli dns DOMAIN names those of the zone above and the zone's own"]),
        ask(
            "The old host is set not to deliver this domain's mail locally after the change",
            &["its own web forms and other customers would go on delivering there"],
        ),
        ask("Backup MX records of the old provider are taken out, too", &[]),
        ask("SPF lets the new mail server send; DKIM and autoconfig records of the new one are at hand", &[]),
        ask("The people are told: when, their new password, and that POP is switched off on every device first", &[]),
        ask("They know what stays behind: signatures, rules, out-of-office notes, autocomplete, contacts and calendars", &[]),
    ]);
    items
}

/// True if nothing says no.
#[must_use]
pub fn is_go(items: &[Item]) -> bool {
    items.iter().all(|item| item.answer != Answer::No)
}

/// The domains whose mail server is changed.
fn domains(lines: &[Line]) -> Vec<String> {
    let mut domains: Vec<String> = lines.iter().map(|line| line.row.new.domain()).collect();
    domains.sort();
    domains.dedup();
    domains
}

/// What `dns --job` saw of a domain, below a job's folder.
fn seen(dir: &Path, domain: &str) -> History {
    History::read(&crate::engine::cutover::memory_in(&dir.join("dns"), domain))
}

/// The greatest TTL that the MX of the job's domains were seen with, in seconds.
#[must_use]
pub fn seen_ttl(batch: &Batch) -> Option<u32> {
    domains(&batch.board().lines).iter().filter_map(|domain| seen(batch.dir(), domain).usual_ttl()).max()
}

fn ttl(dir: &Path, domain: &str) -> Item {
    let history = seen(dir, domain);
    let what = format!("The TTL of the MX of {domain} is low, and the old one has run out");
    let now = jiff::Timestamp::now();
    let low = history.sights.last().is_some_and(|sight| sight.ttl_secs <= 300);
    match (history.sights.last(), history.runs_out()) {
        (None, _) => Item { what, answer: Answer::Ask, detail: vec![format!("not looked at yet: mailferry-cli dns {domain} --new-mx HOST --job THIS-FOLDER")] },
        (Some(_), None) if low => Item { what, answer: Answer::Yes, detail: vec!["it was never seen higher".to_owned()] },
        (Some(_), Some(end)) if low && end.at <= now => Item { what, answer: Answer::Yes, detail: Vec::new() },
        (Some(_), Some(end)) if low => Item { what, answer: Answer::No, detail: vec![format!("not before {}", end.at)] },
        (Some(sight), _) => Item { what, answer: Answer::No, detail: vec![format!("it is {} s: lower it to 300", sight.ttl_secs)] },
    }
}
