//! Go or no-go: what stands between the technician and the change of the mail server.
//!
//! What the program knows it answers; what only a person can know it asks. One «no» is no-go. A point and what is remarked on it are
//! facts; [`Point::words`] and [`Remark::words`] are the console's and the report's words for them, a window has its own.

use std::path::Path;

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::engine::cutover::{History, LOW_TTL_SECS};

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

/// What must be so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Point {
    /// There are mailboxes on the list.
    Listed,
    /// Every mailbox is copied and checked.
    Copied,
    /// Every new mailbox has room for its mail.
    Room,
    /// The mail on PCs is copied and checked.
    OnPcs,
    /// The TTL of the MX of this domain is low, and the old one has run out.
    LowTtl(String),
    /// The nameservers are where they are thought to be.
    Nameservers,
    /// The old host does not deliver locally after the change.
    NoLocalDelivery,
    /// Backup MX records of the old provider are taken out.
    BackupMx,
    /// SPF, DKIM and autoconfig are prepared.
    Records,
    /// The people are told when and what.
    PeopleTold,
    /// The people know what stays behind.
    StaysBehind,
}

impl Point {
    /// A name for machines, that outlives other words: `low-ttl shop.example`.
    #[must_use]
    pub fn code(&self) -> String {
        let code = match self {
            Self::Listed => "listed",
            Self::Copied => "copied",
            Self::Room => "room",
            Self::OnPcs => "on-pcs",
            Self::LowTtl(domain) => return format!("low-ttl {domain}"),
            Self::Nameservers => "nameservers",
            Self::NoLocalDelivery => "no-local-delivery",
            Self::BackupMx => "backup-mx",
            Self::Records => "records",
            Self::PeopleTold => "people-told",
            Self::StaysBehind => "stays-behind",
        };
        code.to_owned()
    }

    /// In the words of console and report.
    #[must_use]
    pub fn words(&self) -> String {
        let words = match self {
            Self::Listed => "There are mailboxes on the list",
            Self::Copied => "Every mailbox is copied and checked",
            Self::Room => "Every new mailbox has room for its mail",
            Self::OnPcs => "The mail on PCs is copied and checked",
            Self::LowTtl(domain) => return format!("The TTL of the MX of {domain} is low, and the old one has run out"),
            Self::Nameservers => "The nameservers are where they are thought to be",
            Self::NoLocalDelivery => "The old host is set not to deliver this domain's mail locally after the change",
            Self::BackupMx => "Backup MX records of the old provider are taken out, too",
            Self::Records => "SPF lets the new mail server send; DKIM and autoconfig records of the new one are at hand",
            Self::PeopleTold => "The people are told: when, their new password, and that POP is switched off on every device first",
            Self::StaysBehind => "They know what stays behind: signatures, rules, out-of-office notes, autocomplete, contacts and calendars",
        };
        words.to_owned()
    }
}

/// What is remarked on a point: a mailbox that it is not so for, or what to look at.
#[derive(Clone, PartialEq, Debug)]
pub enum Remark {
    /// How this mailbox stands.
    Mailbox(String, Standing),
    /// The room of this mailbox is not known.
    RoomUnknown(String),
    /// The console names the nameservers.
    AskConsole,
    /// The old host's own web forms and customers would go on delivering there.
    OwnForms,
    /// The name servers of this domain were not asked yet.
    NotAsked(String),
    /// The TTL was never seen higher.
    NeverHigher,
    /// Caches may have the old TTL until then.
    NotBefore(Timestamp),
    /// The TTL is so many seconds.
    TooHigh(u32),
}

impl Remark {
    /// In the words of console and report.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Mailbox(name, standing) => format!("{name}: {}", standing.words()),
            Self::RoomUnknown(name) => format!("{name}: not known"),
            Self::AskConsole => "mailferry-cli dns DOMAIN names those of the zone above and the zone's own".to_owned(),
            Self::OwnForms => "its own web forms and other customers would go on delivering there".to_owned(),
            Self::NotAsked(domain) => format!("not looked at yet: mailferry-cli dns {domain} --new-mx HOST --job THIS-FOLDER"),
            Self::NeverHigher => "it was never seen higher".to_owned(),
            Self::NotBefore(at) => format!("not before {at}"),
            Self::TooHigh(ttl) => format!("it is {ttl} s: lower it to {LOW_TTL_SECS}"),
        }
    }
}

/// A point of the list.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// What must be so.
    pub point: Point,
    /// Whether it is.
    pub answer: Answer,
    /// Mailboxes that it is not so for, or what to look at.
    pub remarks: Vec<Remark>,
}

impl Item {
    const fn new(point: Point, answer: Answer, remarks: Vec<Remark>) -> Self {
        Self { point, answer, remarks }
    }

    /// The remarks in the words of console and report.
    #[must_use]
    pub fn detail(&self) -> Vec<String> {
        self.remarks.iter().map(Remark::words).collect()
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut item = serializer.serialize_struct("Item", 4)?;
        item.serialize_field("code", &self.point.code())?;
        item.serialize_field("what", &self.point.words())?;
        item.serialize_field("answer", &self.answer)?;
        item.serialize_field("detail", &self.detail())?;
        item.end()
    }
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
    let of_rows = |point: Point, lines: Vec<&Line>| {
        let remarks: Vec<Remark> = lines.iter().map(|line| Remark::Mailbox(line.row.name().to_owned(), line.standing())).collect();
        Item::new(point, if remarks.is_empty() { Answer::Yes } else { Answer::No }, remarks)
    };
    let mut items = vec![of_rows(Point::Copied, lines.iter().filter(not_copied).collect())];
    if lines.is_empty() {
        items = vec![Item::new(Point::Listed, Answer::No, Vec::new())];
    }
    let mut room = of_rows(Point::Room, lines.iter().filter(over).collect());
    let is_unknown = |line: &&Line| {
        line.state.tested.as_ref().is_none_or(|tested| tested.room.and_then(|room| room.limit).is_none())
            && !line.passed().is_some_and(|passed| passed.is_whole())
    };
    let unknown: Vec<Remark> = lines.iter().filter(is_unknown).map(|line| Remark::RoomUnknown(line.row.name().to_owned())).collect();
    if room.answer == Answer::Yes && !unknown.is_empty() {
        room = Item::new(Point::Room, Answer::Ask, unknown);
    }
    items.push(room);
    if lines.iter().any(|line| line.row.old.is_none()) {
        items.push(of_rows(Point::OnPcs, lines.iter().filter(on_pc).collect()));
    }
    items.extend(domains(&lines).into_iter().map(|domain| ttl(batch.dir(), domain)));
    items.extend([
        Item::new(Point::Nameservers, Answer::Ask, vec![Remark::AskConsole]),
        Item::new(Point::NoLocalDelivery, Answer::Ask, vec![Remark::OwnForms]),
        Item::new(Point::BackupMx, Answer::Ask, Vec::new()),
        Item::new(Point::Records, Answer::Ask, Vec::new()),
        Item::new(Point::PeopleTold, Answer::Ask, Vec::new()),
        Item::new(Point::StaysBehind, Answer::Ask, Vec::new()),
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

fn ttl(dir: &Path, domain: String) -> Item {
    let history = seen(dir, &domain);
    let now = Timestamp::now();
    let low = history.sights.last().is_some_and(|sight| sight.ttl_secs <= LOW_TTL_SECS);
    let (answer, remarks) = match (history.sights.last(), history.runs_out()) {
        (None, _) => (Answer::Ask, vec![Remark::NotAsked(domain.clone())]),
        (Some(_), None) if low => (Answer::Yes, vec![Remark::NeverHigher]),
        (Some(_), Some(end)) if low && end.at <= now => (Answer::Yes, Vec::new()),
        (Some(_), Some(end)) if low => (Answer::No, vec![Remark::NotBefore(end.at)]),
        (Some(sight), _) => (Answer::No, vec![Remark::TooHigh(sight.ttl_secs)]),
    };
    Item::new(Point::LowTtl(domain), answer, remarks)
}
