//! A technician's open job: the engine's table and judgements put into what a page shows, and what the window remembers of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::state::{
    Brought, DnsFact, DnsPart, DnsPlace, DnsServer, DnsStanding, Entry, Fact, GoAnswer, GoLine, Job, Mark, Rail, RailStep, Row, RowAct, RowDetail, RowState,
    SignIn, Step, Totals, WhenEntered,
};
use super::words::{say, tell};
use crate::dns::survey::PlaceKind;
use crate::engine::batch::go::{self, Point, Remark};
use crate::engine::batch::{Batch, Board, End, Line, More, Passwords, RowChoices, Standing, Tested, Trouble};
use crate::engine::cutover::sentence::{clock, minute};
use crate::engine::cutover::{self, Action, Cutover, LOW_TTL_SECS, Severity, Stage, When};
use crate::engine::number;
use crate::run::Code;

const RECENT: &str = "jobs.json";
const BEGUN: &str = "new-job.json";
/// More jobs than this are not remembered.
const MOST: usize = 12;
/// No file of ours is longer.
const LONGEST_BYTES: u64 = 1_000_000;

/// What the window remembers of a job; no password, ever.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Remembered {
    /// The firm.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// When it was open.
    pub opened: Option<jiff::Timestamp>,
    /// The domain whose mail server changes.
    pub domain: String,
    /// The new mail server.
    pub new_mx: String,
    /// Points of the list before the change that were ticked, by their codes.
    pub ticked: BTreeSet<String>,
    /// What the firm brought along.
    pub brought: Brought,
}

/// A job that is not made yet, as far as it is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Begun {
    /// The firm.
    pub name: String,
    /// Its folder, as it was typed.
    pub folder: String,
    /// What the firm brought along.
    pub brought: Brought,
}

/// Reads the job that was begun and not made.
pub(super) fn begun(home: &Path) -> Begun {
    read(&home.join(BEGUN))
}

/// Keeps a job that is not made yet; nothing is kept of one where nothing is filled in.
pub(super) fn keep_begun(home: &Path, begun: &Begun) {
    let path = home.join(BEGUN);
    let kept = if *begun == Begun::default() {
        std::fs::remove_file(&path).or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    } else {
        serde_json::to_vec_pretty(begun).map_err(std::io::Error::other).and_then(|bytes| super::remember::write_whole(&path, &bytes))
    };
    if let Err(error) = kept {
        tracing::warn!("a job that is not made yet can't be kept: {error}");
    }
}

/// Reads the jobs that were open, the last one first.
pub(super) fn recent(home: &Path) -> Vec<Remembered> {
    read(&home.join(RECENT))
}

/// What a file of ours holds; nothing where there is none, or none that can be read.
fn read<T: Default + serde::de::DeserializeOwned>(path: &Path) -> T {
    let small = std::fs::metadata(path).is_ok_and(|facts| facts.len() <= LONGEST_BYTES);
    small.then(|| serde_json::from_slice(&std::fs::read(path).ok()?).ok()).flatten().unwrap_or_default()
}

/// Remembers `job` as the last one that was open.
pub(super) fn remember(home: &Path, job: &Remembered) {
    let mut all = recent(home);
    all.retain(|other| other.folder != job.folder);
    all.insert(0, job.clone());
    all.truncate(MOST);
    let kept = serde_json::to_vec_pretty(&all).map_err(std::io::Error::other).and_then(|bytes| super::remember::write_whole(&home.join(RECENT), &bytes));
    if let Err(error) = kept {
        tracing::warn!("the list of jobs can't be kept: {error}");
    }
}

/// An open job.
pub(super) struct OpenJob {
    /// Its folder.
    pub dir: PathBuf,
    /// The job itself; `None` while a deed has it.
    pub batch: Option<Box<Batch>>,
    /// In memory only.
    pub passwords: Passwords,
    /// The table as it was last looked at.
    pub board: Board,
    /// The table of the deed that runs.
    pub running: Option<watch::Receiver<Board>>,
    /// The page, while another one is shown.
    pub away: Option<Box<Job>>,
    /// What the window remembers.
    pub remembered: Remembered,
    /// When the deed began, and what was copied then: for the time that is left.
    pub begun: Option<(Instant, u64)>,
    /// What the name servers said last.
    pub cutover: Option<Box<Cutover>>,
}

impl OpenJob {
    /// One that was just opened.
    pub fn new(batch: Box<Batch>, board: Board, remembered: Remembered, with_keychain: bool) -> Self {
        Self {
            dir: batch.dir().to_path_buf(),
            batch: Some(batch),
            passwords: Passwords::new(with_keychain),
            board,
            running: None,
            away: None,
            remembered,
            begun: None,
            cutover: None,
        }
    }

    /// Brings the table of `job` up to date.
    pub fn show_board(&self, job: &mut Job, now: Instant) {
        let lines = self.board.by_need();
        job.domain = shared_domain(&self.board);
        job.rows = lines.iter().map(|line| row(line, job.domain.is_some(), &self.passwords, self.running.is_some())).collect();
        let sums = self.board.totals();
        let count = |is: fn(&Line) -> bool| self.board.lines.iter().filter(|line| is(line)).count() as u64;
        job.totals = Totals {
            mailboxes: sums.mailboxes,
            ready: count(|line| line.state.tested.as_ref().is_some_and(Tested::is_ready)),
            proven: sums.proven,
            running: sums.running,
            need_you: count(|line| matches!(standing(line), Standing::NeedsYou(_))),
            quiet: count(|line| matches!(line.standing(), Standing::MayCancel)),
            paused: count(|line| line.is_paused),
            messages: sums.messages,
            bytes: sums.bytes,
            copied_bytes: sums.copied_bytes,
            left_secs: self.left_secs(sums.copied_bytes, sums.bytes, now),
        };
        job.to_set_up = to_set_up(&self.board);
    }

    /// The time that is left at the speed since the deed began; `None` until there is something to go by.
    fn left_secs(&self, copied: u64, all: u64, now: Instant) -> Option<u64> {
        let (begun, before) = self.begun?;
        let secs = now.saturating_duration_since(begun).as_secs();
        let done = copied.saturating_sub(before);
        if secs < 10 || done == 0 || copied >= all {
            return None;
        }
        u64::try_from(u128::from(all - copied) * u128::from(secs) / u128::from(done)).ok()
    }

    /// The dialog about a row.
    pub fn detail(&self, id: u32) -> Option<RowDetail> {
        let line = self.board.line(id)?;
        let newest_until_full = RowChoices::of(&self.dir).is_newest(&line.row);
        let shared = shared_domain(&self.board).is_some();
        let row = row(line, shared, &self.passwords, self.running.is_some());
        let mut troubles: Vec<&Trouble> = line.state.passed.iter().filter_map(|passed| passed.trouble.as_ref()).collect();
        let of_test = line.state.tested.iter().flat_map(|tested| &tested.troubles);
        for trouble in of_test {
            if !troubles.iter().any(|known| known.code == trouble.code && known.which == trouble.which) {
                troubles.push(trouble);
            }
        }
        let details = troubles
            .iter()
            .map(|trouble| format!("{} {}{}", trouble.code, trouble.what, trouble.server_text.as_ref().map(|said| format!(": {said}")).unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("\n");
        let is_sign_in = |trouble: &&Trouble| [Code::SignInRefused.as_str(), Code::PasswordMissing.as_str()].contains(&trouble.code.as_str());
        let asks = self.running.is_none() && (troubles.iter().any(is_sign_in) || row.passwords != (true, true));
        let ask = row.is_over.then(|| {
            let needed = wanted_room(row.bytes.unwrap_or_default());
            tell("job-ask-larger", [("address", row.address.as_str().into()), ("bytes", number::bytes(needed).into())])
        });
        Some(RowDetail {
            troubles: troubles.iter().map(|trouble| (sentence(&trouble.what), trouble.advice.clone())).collect(),
            details,
            ask,
            asks_passwords: asks,
            newest_until_full: row.is_over.then_some(newest_until_full),
            is_busy: self.running.is_some(),
            row,
        })
    }

    /// The rail beside the job at `at`.
    pub fn rail(&self, job: &Job) -> Rail {
        let t = &job.totals;
        let listed = t.mailboxes > 0;
        let dns = &job.dns;
        Rail::of_steps(&Step::JOB, |step| {
            let is_now = step == job.at;
            let (done, fact) = match step {
                Step::Job => (true, Some(Fact::JobOf { name: job.name.clone(), mailboxes: t.mailboxes })),
                Step::Mailboxes => (listed, listed.then_some(Fact::Listed(t.mailboxes))),
                Step::Test => {
                    let tested = self.board.lines.iter().any(|line| line.state.tested.is_some());
                    (listed && t.ready == t.mailboxes, tested.then_some(Fact::Ready(t.ready, t.mailboxes)))
                }
                Step::Dns => {
                    let low = dns.ttl_secs.filter(|ttl| *ttl <= LOW_TTL_SECS);
                    let waits = dns.left_secs.is_some_and(|left| left > 0) && !job.watching;
                    let fact = match low {
                        Some(_) if waits => Some(Fact::OldTtlUntil(dns.until.clone())),
                        Some(ttl_secs) => Some(Fact::LowTtl { ttl_secs, since: dns.ttl_since.clone() }),
                        None => None,
                    };
                    (low.is_some() && !waits, fact)
                }
                Step::FirstSync => {
                    let begun = self.board.lines.iter().any(|line| line.state.passed.is_some() || line.progress.is_some());
                    (listed && t.proven == t.mailboxes, begun.then_some(Fact::CheckedOf(t.proven, t.mailboxes)))
                }
                Step::Change => {
                    let all = dns.servers.len() as u64;
                    (dns.is_done, (dns.give_new > 0).then_some(Fact::GiveNew(dns.give_new, all)))
                }
                Step::SecondSync => (job.may_cancel(), (t.quiet > 0).then_some(Fact::QuietOf(t.quiet, t.mailboxes))),
                _ => (job.report.is_some(), None),
            };
            let mark = match (is_now, done) {
                (true, _) => Mark::Now,
                (false, true) => Mark::Proven,
                (false, false) if fact.is_some() && step != Step::Job => Mark::Needs,
                (false, false) => Mark::ToDo,
            };
            RailStep { mark, fact }
        })
    }
}

/// What the engine says in a phrase, as a sentence.
pub(super) fn sentence(what: &str) -> String {
    let mut letters = what.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str();
    let stop = if rest.ends_with(['.', '…']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}

/// Room for the mail, with a fifth more, in whole gigabytes.
const fn wanted_room(bytes: u64) -> u64 {
    (bytes + bytes / 5).div_ceil(1_000_000_000) * 1_000_000_000
}

/// The domain that all new addresses share.
fn shared_domain(board: &Board) -> Option<String> {
    let mut domains = board.lines.iter().map(|line| line.row.new.domain());
    let first = domains.next()?;
    (!first.is_empty() && domains.all(|domain| domain == first)).then_some(first)
}

/// What the firm must set up: each new address, and how large.
fn to_set_up(board: &Board) -> String {
    let line = |line: &Line| {
        let bytes = line.state.tested.as_ref().and_then(|tested| tested.bytes);
        match bytes {
            Some(bytes) => format!("{}, {}", line.row.new.address, number::bytes(wanted_room(bytes))),
            None => line.row.new.address.clone(),
        }
    };
    board.lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How a row stands. A trouble of the last pass that a later test no longer found is over.
fn standing(line: &Line) -> Standing {
    let stands = line.standing();
    let at = |at: &str| at.parse::<jiff::Timestamp>().ok();
    let is_mended = line.state.tested.as_ref().is_some_and(|tested| {
        tested.is_ready() && line.state.passed.as_ref().and_then(|passed| at(&passed.at)).zip(at(&tested.at)).is_some_and(|(passed, tested)| tested > passed)
    });
    if is_mended && matches!(stands, Standing::NeedsYou(_) | Standing::Troubled(_)) { Standing::Ready } else { stands }
}

fn row(line: &Line, shared: bool, passwords: &Passwords, is_running: bool) -> Row {
    let address = line.row.new.address.clone();
    let name = if shared { address.rsplit_once('@').map_or_else(|| address.clone(), |(local, _)| local.to_owned()) } else { address.clone() };
    let tested = line.state.tested.as_ref();
    let passed = line.passed();
    let sign = |signed: Option<bool>, passed: bool| match signed {
        _ if passed => SignIn::Good,
        None => SignIn::Unknown,
        Some(true) => SignIn::Good,
        Some(false) => SignIn::Bad,
    };
    let went_well = passed.as_ref().is_some_and(|passed| passed.proven);
    let standing = standing(line);
    let is_over = tested.is_some_and(|tested| tested.over_by > 0) && !went_well;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let percent = line.share().map(|share| (share * 100.0).floor() as u8);
    let state = match &standing {
        Standing::NeedsYou(trouble) if trouble.which == crate::engine::batch::Which::Room => RowState::Needs,
        Standing::NeedsYou(_) => RowState::Stopped,
        Standing::Troubled(_) => RowState::Needs,
        Standing::Running(_) => RowState::Runs,
        Standing::Paused | Standing::BrokenOff => RowState::Paused,
        Standing::Next | Standing::OnPc | Standing::Untested => RowState::Waits,
        Standing::Ready => RowState::Ready,
        Standing::Copied => RowState::Copied,
        Standing::Proven | Standing::MayCancel => RowState::Proven,
    };
    let act = match &standing {
        Standing::NeedsYou(trouble) | Standing::Troubled(trouble) => Some(match trouble.code.as_str() {
            code if code == Code::SignInRefused.as_str() || code == Code::PasswordMissing.as_str() => RowAct::Enter,
            _ if is_over => RowAct::Choose,
            _ => RowAct::Look,
        }),
        Standing::Running(_) | Standing::Next if is_running => Some(RowAct::Pause),
        Standing::Paused => Some(RowAct::Resume),
        _ => None,
    };
    Row {
        id: line.row.id,
        name,
        address,
        from: line.row.old.as_ref().map(|old| old.address.clone()).unwrap_or_default(),
        passwords: (line.row.old.is_none() || passwords.holds(line.row.id, End::Old), passwords.holds(line.row.id, End::New)),
        old: sign(tested.and_then(|tested| tested.old_signs_in), went_well),
        new: sign(tested.and_then(|tested| tested.new_signs_in), went_well),
        messages: passed.as_ref().filter(|passed| passed.found > 0).map(|passed| passed.found).or(tested.and_then(|tested| tested.messages)),
        bytes: tested.and_then(|tested| tested.bytes).max(passed.as_ref().map(|passed| passed.bytes)),
        room: tested.and_then(|tested| tested.room).and_then(|room| room.limit),
        is_over,
        percent: if state == RowState::Proven { Some(100) } else { percent },
        state,
        words: words(&standing),
        act,
    }
}

/// How a row stands, in two or three words.
fn words(standing: &Standing) -> String {
    use crate::run::Phase;
    match standing {
        Standing::NeedsYou(trouble) | Standing::Troubled(trouble) => trouble_words(trouble),
        Standing::Running(Phase::Uploading) => say("row-copying").into_owned(),
        Standing::Running(Phase::Verifying) => say("row-checking").into_owned(),
        Standing::Running(Phase::Waiting) => say("row-waiting").into_owned(),
        Standing::Running(_) => say("row-looking").into_owned(),
        Standing::Paused => say("row-paused").into_owned(),
        Standing::Next => say("row-next").into_owned(),
        Standing::OnPc => say("row-pc").into_owned(),
        Standing::Untested => say("row-untested").into_owned(),
        Standing::Ready => say("row-ready").into_owned(),
        Standing::BrokenOff => say("row-broken-off").into_owned(),
        Standing::Copied => say("row-copied").into_owned(),
        Standing::Proven => say("row-proven").into_owned(),
        Standing::MayCancel => say("row-may-cancel").into_owned(),
    }
}

/// What is wrong, in two or three words.
fn trouble_words(trouble: &Trouble) -> String {
    match trouble.more {
        Some(More::OverBy(bytes)) => return tell("trouble-over", [("bytes", number::bytes(bytes).into())]),
        Some(More::NotCopied(count)) => return tell("trouble-not-copied", [("count", count.into())]),
        Some(More::PopOnly) => return say("trouble-pop-only").into_owned(),
        None => {}
    }
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == trouble.code);
    say(match code {
        Some(Code::SignInRefused) => "trouble-password-refused",
        Some(Code::SignInNoWay) => "trouble-no-way-to-sign-in",
        Some(Code::PasswordMissing) => "trouble-password-missing",
        Some(Code::NetDns) => "trouble-server-not-found",
        Some(Code::NetRefused) => "trouble-nothing-answers",
        Some(Code::NetTimeout) => "trouble-no-answer",
        Some(Code::NetLost) => "trouble-connection-broke",
        Some(Code::ImapBye) => "trouble-hung-up",
        Some(Code::ImapNonsense) => "trouble-no-mail-server",
        Some(Code::ImapRefused) => "trouble-server-refused",
        Some(Code::ImapThrottled) => "trouble-patience",
        Some(Code::AccountUnknown) => "trouble-no-server-found",
        Some(Code::TlsUntrusted) => "trouble-certificate",
        Some(Code::TlsName) => "trouble-certificate-name",
        Some(Code::TlsExpired) => "trouble-certificate-expired",
        Some(Code::TlsPin) => "trouble-certificate-other",
        Some(Code::TlsOld) => "trouble-tls-old",
        Some(Code::TlsHandshake | Code::TlsStripped) => "trouble-no-tls",
        Some(Code::Quota) => "trouble-full",
        Some(Code::PlanRoom) => "trouble-does-not-fit",
        Some(Code::PopDrain) => "trouble-drained",
        Some(Code::PlanPop) => "trouble-stop-pop",
        Some(Code::SourceUnreadable) => "trouble-incomplete",
        Some(Code::VerifyFailed) => "trouble-differences",
        Some(Code::Interrupted) => "trouble-stopped",
        Some(Code::Locked) => "trouble-in-use",
        Some(Code::DiskFull) => "trouble-disk-full",
        Some(Code::DiskWrite) => "trouble-not-written",
        Some(Code::Usage) => "trouble-in-the-list",
        _ => "trouble-other",
    })
    .into_owned()
}

/// What the name servers said, for the page.
pub(super) fn dns(cutover: &Cutover, now: &jiff::Zoned) -> DnsPart {
    let ttl_secs = cutover.mx.iter().map(|level| level.ttl).max();
    let high = ttl_secs.filter(|ttl| *ttl > LOW_TTL_SECS && matches!(cutover.state, Stage::Old | Stage::Current | Stage::Implicit));
    let countdown = cutover.countdown.as_ref();
    let mut facts: Vec<DnsFact> = cutover
        .mx
        .iter()
        .map(|level| DnsFact { kind: "MX".into(), what: format!("{} {}, TTL {}", level.preference, crate::dns::name::shown(&level.host), level.ttl) })
        .collect();
    facts.extend(cutover.spf.text.iter().map(|text| DnsFact { kind: "SPF".into(), what: text.clone() }));
    let others = cutover.dkim.iter().chain([&cutover.dmarc]).chain(&cutover.services);
    let kind = |name: &str| name.split('.').next().unwrap_or_default().trim_start_matches('_').to_owned();
    facts.extend(others.filter(|fact| fact.state == "found").map(|fact| DnsFact { kind: kind(&fact.name), what: fact.what.join(" ") }));
    let since = cutover.servers.iter().filter(|server| server.kind == PlaceKind::Authoritative).map(|server| server.since).max();
    let low_since = countdown.and_then(|countdown| countdown.since).or(since);
    DnsPart {
        asking: false,
        refused: None,
        sentence: cutover.sentence.clone(),
        is_doubtful: cutover.is_doubtful(),
        is_done: cutover.state == Stage::Done,
        is_ready: cutover.state == Stage::Ready,
        ttl_secs,
        ttl_since: low_since.map(|at| minute(at, now)).unwrap_or_default(),
        servers: cutover.servers.iter().map(|server| dns_server(server, now)).collect(),
        give_new: cutover.servers.iter().filter(|server| server.state == cutover::Standing::New).count() as u64,
        enter: cutover.enter.iter().map(entry).collect(),
        facts,
        findings: cutover.findings.iter().map(|finding| (finding.severity != Severity::Note, sentence(&finding.what))).collect(),
        left_secs: countdown.map(|countdown| countdown.seconds_left),
        of_secs: countdown.map_or(0, |countdown| countdown.old_ttl.map_or(countdown.seconds_left, u64::from)),
        until: countdown.map(|countdown| clock(countdown.runs_out, now)).unwrap_or_default(),
        wait_if_not_lowered: high.map(|ttl| number::seconds(ttl.into())).unwrap_or_default(),
    }
}

fn dns_server(server: &cutover::Server, now: &jiff::Zoned) -> DnsServer {
    let since = || tell("dns-since", [("at", minute(server.since, now).into())]);
    let is_resolver = server.kind != PlaceKind::Authoritative;
    let left = server.ttl.filter(|_| is_resolver && matches!(server.state, cutover::Standing::Old | cutover::Standing::Both));
    let fact = match (&server.why, left) {
        (Some(why), _) => why.clone(),
        (None, Some(left)) => tell("dns-left", [("left", number::seconds(left.into()).into())]),
        (None, None) => since(),
    };
    DnsServer {
        place: match server.kind {
            PlaceKind::Authoritative => DnsPlace::Authoritative,
            PlaceKind::Public => DnsPlace::Public,
            PlaceKind::Given | PlaceKind::Local => DnsPlace::Here,
        },
        name: server.name.clone(),
        address: server.address.clone().unwrap_or_default(),
        standing: match server.state {
            cutover::Standing::New => DnsStanding::New,
            cutover::Standing::Old => DnsStanding::Old,
            cutover::Standing::Both => DnsStanding::Both,
            cutover::Standing::Other => DnsStanding::Other,
            cutover::Standing::Current => DnsStanding::Told,
            cutover::Standing::None => DnsStanding::None,
            cutover::Standing::Unknown => DnsStanding::Unknown,
        },
        fact,
    }
}

fn entry(entry: &cutover::Entry) -> Entry {
    let why = match entry.action {
        Action::Keep => say("record-keep").into_owned(),
        Action::Check => tell("record-check", [("why", entry.why.as_str().into())]),
        _ => sentence(&entry.why),
    };
    let when = match entry.when {
        When::Now => WhenEntered::Now,
        When::Change => WhenEntered::Change,
        When::After => WhenEntered::After,
    };
    Entry { when, remove: entry.action == Action::Remove, record: entry.record.clone(), why }
}

/// The list before the change, with what a person ticked.
pub(super) fn go_lines(items: &[go::Item], ticked: &BTreeSet<String>, now: &jiff::Zoned) -> Vec<GoLine> {
    let line = |item: &go::Item| GoLine {
        code: item.point.code(),
        what: point_words(&item.point),
        answer: match item.answer {
            go::Answer::Yes => GoAnswer::Yes,
            go::Answer::No => GoAnswer::No,
            go::Answer::Ask => GoAnswer::Person(ticked.contains(&item.point.code())),
        },
        detail: item.remarks.iter().map(|remark| remark_words(remark, now)).collect(),
    };
    items.iter().map(line).collect()
}

fn point_words(point: &Point) -> String {
    say(match point {
        Point::LowTtl(domain) => return tell("go-low-ttl", [("domain", domain.into())]),
        Point::Listed => "go-listed",
        Point::Copied => "go-copied",
        Point::Room => "go-room",
        Point::OnPcs => "go-on-pcs",
        Point::Nameservers => "go-nameservers",
        Point::NoLocalDelivery => "go-no-local-delivery",
        Point::BackupMx => "go-backup-mx",
        Point::Records => "go-records",
        Point::PeopleTold => "go-people-told",
        Point::StaysBehind => "go-stays-behind",
    })
    .into_owned()
}

fn remark_words(remark: &Remark, now: &jiff::Zoned) -> String {
    match remark {
        Remark::Mailbox(name, standing) => tell("go-mailbox", [("name", name.into()), ("state", words(standing).into())]),
        Remark::RoomUnknown(name) => tell("go-room-unknown", [("name", name.into())]),
        Remark::AskConsole => say("go-see-dns").into_owned(),
        Remark::OwnForms => say("go-own-forms").into_owned(),
        Remark::NotAsked(_) => say("go-not-asked").into_owned(),
        Remark::NeverHigher => say("go-never-higher").into_owned(),
        Remark::NotBefore(at) => tell("go-not-before", [("at", clock(*at, now).into())]),
        Remark::TooHigh(ttl) => tell("go-too-high", [("ttl", ttl.to_string().into())]),
    }
}

/// What the columns of a list were taken for, by the head.
pub(super) fn column_words(columns: &[(String, Option<String>)]) -> Vec<(String, Option<String>)> {
    let mut seen = BTreeMap::new();
    for (head, meaning) in columns.iter().filter(|(head, _)| !head.is_empty()) {
        seen.entry(head.clone()).or_insert_with(|| meaning.clone());
    }
    seen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_firm_sets_up_is_larger_than_the_mail() {
        for (bytes, room) in [(0, 0), (1, 1), (12_600_000_000, 16_000_000_000)] {
            assert_eq!(wanted_room(bytes), if room < 2 { room * 1_000_000_000 } else { room });
        }
    }

    #[test]
    fn jobs_are_remembered_the_last_one_first_and_each_once() {
        let home = tempfile::tempdir().unwrap();
        let job = |folder: &str| Remembered { name: folder.into(), folder: folder.into(), ..Remembered::default() };
        for folder in ["a", "b", "a"] {
            remember(home.path(), &job(folder));
        }
        assert_eq!(recent(home.path()).iter().map(|job| job.name.clone()).collect::<Vec<_>>(), ["a", "b"]);
        std::fs::write(home.path().join(RECENT), "nonsense").unwrap();
        assert!(recent(home.path()).is_empty());
    }

    #[test]
    fn a_phrase_becomes_a_sentence() {
        assert_eq!(sentence("the mail does not fit"), "The mail does not fit.");
        assert_eq!(sentence("Done."), "Done.");
    }
}
