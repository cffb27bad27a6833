//! A technician's job: twelve mailboxes of one firm, at every step.

use super::{GB, MB, yesterday};
use crate::gui::state::{
    Brought, Dialog, DnsFact, DnsPart, DnsPlace, DnsServer, DnsStanding, Entry, Fact, GoAnswer, GoLine, Job, JobBusy, Jobs, ListProblem, Mark, NewJob, Rail,
    RailStep, RecentJob, Row, RowAct, RowDetail, RowState, Screen, SignIn, Step, Technician, Totals, WhenEntered,
};

pub(super) const FIRM: &str = "Example Ltd";
pub(super) const FOLDER: &str = "E:\\Jobs\\Example Ltd";
pub(super) const DOMAIN: &str = "example.im";
pub(super) const NEW_MX: &str = "mx.example";
/// A table that no screen can hold.
const LARGE: u32 = 5_000;

pub(super) fn jobs() -> Jobs {
    let recent = |name: &str, folder: &str| RecentJob { name: name.into(), folder: folder.into(), opened: Some(yesterday()) };
    Jobs {
        recent: vec![recent(FIRM, FOLDER), recent("Harbour Café", "E:\\Jobs\\Harbour Café")],
        refused: None,
        own: Technician {
            home: "C:\\Users\\Name\\AppData\\Local\\Mailferry".into(),
            logs: "C:\\Users\\Name\\AppData\\Local\\Mailferry\\log".into(),
            console: "mailferry-cli.exe".into(),
            renderer: "wgpu".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
    }
}

pub(super) const fn new_job() -> NewJob {
    NewJob { brought: Brought { sign_ins: true, dns: false }, refused: None }
}

#[allow(clippy::too_many_arguments, reason = "a line of the made table")]
fn row(id: u32, name: &str, messages: u64, tenths: u64, percent: Option<u8>, state: RowState, words: &str, act: Option<RowAct>) -> Row {
    Row {
        id,
        name: name.into(),
        address: format!("{name}@{DOMAIN}"),
        from: format!("{name}@old.example"),
        passwords: (true, true),
        old: SignIn::Good,
        new: SignIn::Good,
        messages: Some(messages),
        bytes: Some(tenths * 100 * MB),
        room: Some(10 * GB),
        is_over: tenths > 100,
        percent,
        state,
        words: words.into(),
        act,
    }
}

/// The rows of the pictures.
fn rows() -> Vec<Row> {
    let copying = |id, name, messages, tenths, percent| row(id, name, messages, tenths, Some(percent), RowState::Runs, "Copying", Some(RowAct::Pause));
    let next = |id, name, messages, tenths| row(id, name, messages, tenths, None, RowState::Waits, "Next in line", None);
    let done = |id, name, messages, tenths| row(id, name, messages, tenths, Some(100), RowState::Proven, "Copied and checked", None);
    let mut rows = vec![
        row(1, "office", 41_870, 126, None, RowState::Needs, "Over by 2.6\u{A0}GB", Some(RowAct::Choose)),
        row(2, "reception", 7_733, 14, None, RowState::Stopped, "Password refused", Some(RowAct::Enter)),
        copying(3, "directors", 12_051, 59, 74),
        copying(4, "enquiries", 22_318, 33, 38),
        copying(5, "info", 31_006, 74, 12),
        row(6, "stores", 4_122, 11, Some(51), RowState::Paused, "Paused", Some(RowAct::Resume)),
        next(7, "sales", 15_204, 39),
        next(8, "workshop", 1_146, 2),
        done(9, "accounts", 18_930, 42),
        done(10, "admin", 6_204, 18),
        done(11, "bookings", 9_417, 21),
        done(12, "builder", 2_880, 6),
    ];
    if let Some(reception) = rows.get_mut(1) {
        reception.old = SignIn::Bad;
    }
    rows
}

/// The rows as they stand after a step.
fn rows_at(step: Step) -> Vec<Row> {
    rows()
        .into_iter()
        .map(|row| match step {
            Step::Test | Step::Mailboxes if matches!(row.state, RowState::Needs | RowState::Stopped) => row,
            Step::Test => Row { percent: None, state: RowState::Ready, words: "Ready".into(), act: None, ..row },
            Step::Mailboxes => Row { percent: None, state: RowState::Waits, words: "Not tested yet".into(), act: None, ..row },
            _ => {
                let is_quiet = row.id % 4 != 0;
                let words = if is_quiet { "Old mailbox is quiet" } else { "Copied and checked" };
                Row {
                    percent: Some(100),
                    state: RowState::Proven,
                    words: words.into(),
                    act: None,
                    is_over: false,
                    old: SignIn::Good,
                    room: Some(15 * GB),
                    ..row
                }
            }
        })
        .collect()
}

fn totals(rows: &[Row]) -> Totals {
    let of = |state: RowState| rows.iter().filter(|row| row.state == state).count() as u64;
    Totals {
        mailboxes: rows.len() as u64,
        ready: of(RowState::Ready),
        proven: of(RowState::Proven),
        running: of(RowState::Runs),
        need_you: of(RowState::Needs) + of(RowState::Stopped),
        quiet: 0,
        paused: of(RowState::Paused),
        messages: rows.iter().filter_map(|row| row.messages).sum(),
        bytes: rows.iter().filter_map(|row| row.bytes).sum(),
        copied_bytes: rows.iter().filter_map(|row| Some(row.bytes? / 100 * u64::from(row.percent?))).sum(),
        left_secs: None,
    }
}

fn untested(row: Row) -> Row {
    let act = None;
    Row {
        old: SignIn::Unknown,
        new: SignIn::Unknown,
        messages: None,
        bytes: None,
        room: None,
        is_over: false,
        act,
        state: RowState::Waits,
        words: "Not tested yet".into(),
        ..row
    }
}

pub(super) fn job(name: &str) -> Job {
    let (at, rows, busy) = match name {
        "job" => (Step::Job, rows_at(Step::Mailboxes), JobBusy::Nothing),
        "job-mailboxes" => (Step::Mailboxes, rows_at(Step::Mailboxes).into_iter().map(untested).collect(), JobBusy::Nothing),
        "job-mailboxes-empty" => (Step::Mailboxes, Vec::new(), JobBusy::Nothing),
        "job-test" => (Step::Test, rows_at(Step::Test), JobBusy::Nothing),
        "job-dns" | "job-dns-empty" => (Step::Dns, rows_at(Step::Test), JobBusy::Nothing),
        "job-first-start" => (Step::FirstSync, rows_at(Step::Test), JobBusy::Nothing),
        "job-large" => (Step::FirstSync, large(), JobBusy::Syncing),
        "job-go" | "job-watch" => (Step::Change, rows_at(Step::Change), JobBusy::Nothing),
        "job-second" | "job-second-quiet" => (Step::SecondSync, rows_at(Step::SecondSync), JobBusy::Syncing),
        "job-report" => (Step::Report, rows_at(Step::Report), JobBusy::Nothing),
        _ => (Step::FirstSync, rows(), JobBusy::Syncing),
    };
    let mut totals = totals(&rows);
    if name == "job-first" || name.starts_with("job-row") {
        totals.left_secs = Some(3 * 3600 + 20 * 60);
    }
    if name.starts_with("job-second") || name == "job-report" {
        totals.quiet = if name == "job-second" { 9 } else { 12 };
    }
    let is_quiet = name == "job-second-quiet";
    let is_list = name == "job-mailboxes";
    let first: Vec<String> = rows.iter().map(|row| format!("{}, 15 GB", row.address)).collect();
    Job {
        at,
        name: FIRM.into(),
        folder: FOLDER.into(),
        busy: if is_quiet { JobBusy::Nothing } else { busy },
        domain: Some(DOMAIN.into()),
        totals,
        list_problems: if is_list { list_problems() } else { Vec::new() },
        columns: if is_list {
            [("Benutzer alt", Some("old user")), ("Passwort alt", Some("old password")), ("Neu", Some("new address")), ("Bemerkung", None)]
                .map(|(head, meaning)| (head.to_owned(), meaning.map(str::to_owned)))
                .into()
        } else {
            Vec::new()
        },
        list_refused: None,
        brought: Brought { sign_ins: true, dns: name != "job" },
        to_set_up: first.join("\n"),
        empty_list: "Old address,Old host,Old user,Old password,New address,New host,New user,New password".into(),
        dns: match name {
            "job-dns" => dns_before(),
            "job-dns-empty" => DnsPart::default(),
            _ => dns_watch(),
        },
        go: go(),
        watching: name == "job-watch",
        next_round: if name == "job-second" { "14:32".into() } else { String::new() },
        stopped: None,
        report: (name == "job-report").then(|| format!("{FOLDER}\\report\\index.html")),
        rows,
    }
}

fn large() -> Vec<Row> {
    (0..LARGE)
        .map(|at| {
            let name = if at % 7 == 0 { format!("a-very-long-name-of-a-mailbox-that-no-column-can-hold-{at}") } else { format!("person{at}") };
            let (state, words) = if at < 40 { (RowState::Runs, "Copying") } else { (RowState::Waits, "Next in line") };
            row(at + 1, &name, u64::from(at) * 13 + 7, 31, (at < 40).then_some(20), state, words, (at < 40).then_some(RowAct::Pause))
        })
        .collect()
}

fn list_problems() -> Vec<ListProblem> {
    vec![
        ListProblem { line: 9, row: None, what: "no address of the new mailbox".into(), left_out: true },
        ListProblem { line: 14, row: Some(format!("info@{DOMAIN}")), what: "goes into the same mailbox as row 5".into(), left_out: false },
    ]
}

fn server(place: DnsPlace, name: &str, address: &str, standing: DnsStanding, fact: &str) -> DnsServer {
    DnsServer { place, name: name.into(), address: address.into(), standing, fact: fact.into() }
}

fn servers(changed: bool) -> Vec<DnsServer> {
    use DnsPlace::{Authoritative, Here, Public};
    use DnsStanding::{New, Old};
    let new = |fact: &str, before: &str| if changed { (New, fact.to_owned()) } else { (Old, before.to_owned()) };
    let all = [
        (Authoritative, "ns1.example.im", "192.0.2.53", new("since 15:31", "since 11:40")),
        (Authoritative, "ns2.example.im", "198.51.100.53", new("since 15:31", "since 11:40")),
        (Public, "Cloudflare", "1.1.1.1", new("since 15:36", "4\u{A0}min left")),
        (Public, "Google", "8.8.8.8", new("since 15:40", "51\u{A0}min left")),
        (Public, "Quad9", "9.9.9.9", (Old, "31\u{A0}min left".to_owned())),
        (Public, "OpenDNS", "208.67.222.222", (Old, "12\u{A0}min left".to_owned())),
        (Here, "Router", "192.168.1.1", (Old, "38\u{A0}min left".to_owned())),
    ];
    all.into_iter().map(|(place, name, address, (standing, fact))| server(place, name, address, standing, &fact)).collect()
}

fn dns_watch() -> DnsPart {
    let entry = |when, remove, record: &str| Entry { when, remove, record: record.into(), why: String::new() };
    DnsPart {
        sentence: "4 of 7 servers give the new MX. The old TTL runs out at 16:20: not before.".into(),
        ttl_secs: Some(300),
        ttl_since: "11:40".into(),
        servers: servers(true),
        give_new: 4,
        enter: vec![entry(WhenEntered::Change, false, "example.im. 300 IN MX 10 mx.example."), entry(WhenEntered::Change, true, "20 backup.old.example.")],
        left_secs: Some(38 * 60 + 12),
        of_secs: 3600,
        until: "16:20".into(),
        ..DnsPart::default()
    }
}

fn dns_before() -> DnsPart {
    let fact = |kind: &str, what: &str| DnsFact { kind: kind.into(), what: what.into() };
    DnsPart {
        sentence: "The old MX, with a TTL of 4\u{A0}h. Lower it first.".into(),
        ttl_secs: Some(14_400),
        servers: servers(false),
        enter: vec![Entry {
            when: WhenEntered::Now,
            remove: false,
            record: "example.im. 300 IN MX 10 mail.old.example.".into(),
            why: "Lower the TTL from 14400 to 300 s, so that the change gets about in minutes.".into(),
        }],
        facts: vec![
            fact("MX", "10 mail.old.example, TTL 14400"),
            fact("MX", "20 backup.old.example, TTL 14400"),
            fact("SPF", "v=spf1 include:_spf.old.example -all"),
            fact("autoconfig", "imap.old.example:993"),
        ],
        findings: vec![(true, "SPF does not let the new mail server mx.example (203.0.113.5) send: fail.".into())],
        wait_if_not_lowered: "4\u{A0}h".into(),
        ..DnsPart::default()
    }
}

fn go() -> Vec<GoLine> {
    let line = |what: &str, answer, detail: &[&str]| GoLine {
        code: what.into(),
        what: what.into(),
        answer,
        detail: detail.iter().map(|line| (*line).to_owned()).collect(),
    };
    vec![
        line("Every mailbox is copied and checked", GoAnswer::Yes, &[]),
        line("Every new mailbox has room for its mail", GoAnswer::Yes, &[]),
        line("The TTL of the MX of example.im is low, and the old one has run out", GoAnswer::No, &["not before 16:20"]),
        line("The nameservers are where they are thought to be", GoAnswer::Person(true), &[]),
        line(
            "The old host is set not to deliver this domain's mail locally after the change",
            GoAnswer::Person(false),
            &["its own web forms and other customers would go on delivering there"],
        ),
        line("The people are told: when, their new password, and that POP is switched off on every device first", GoAnswer::Person(false), &[]),
        line("They know what stays behind: signatures, rules, out-of-office notes, autocomplete, contacts and calendars", GoAnswer::Person(false), &[]),
    ]
}

pub(super) fn dialog(name: &str) -> Option<Dialog> {
    let mut rows = rows().into_iter();
    let detail = match name {
        "job-row-over" => {
            let row = rows.next()?;
            let ask = Some(format!("Please make the mailbox {} larger: it needs 15 GB.", row.address));
            let troubles = vec![(
                "The mail does not fit: 12.6 of 10 GB, over by 2.6 GB".to_owned(),
                "Ask the firm for a larger mailbox, or choose what to move.".to_owned(),
            )];
            RowDetail { troubles, details: "PLAN-ROOM".into(), ask, newest_until_full: Some(false), is_busy: true, row, ..RowDetail::default() }
        }
        "job-row-password" => {
            let troubles = vec![("The old mailbox did not take the password.".to_owned(), "Enter the password, then test again.".to_owned())];
            let details = "SIGN-IN-REFUSED NO [AUTHENTICATIONFAILED] Authentication failed.".into();
            RowDetail { row: rows.nth(1)?, troubles, details, asks_passwords: true, ..RowDetail::default() }
        }
        _ => return None,
    };
    Some(Dialog::Row(Box::new(detail)))
}

/// The rail beside the page.
pub(super) fn rail(now: Step, screen: &Screen) -> Rail {
    let all = 12;
    Rail::of_steps(&Step::JOB, |step| {
        let ready = if now <= Step::FirstSync { 10 } else { all };
        let fact = match step {
            Step::Job => Some(Fact::JobOf { name: FIRM.into(), mailboxes: all }),
            Step::Mailboxes => Some(Fact::Listed(all)),
            Step::Test => Some(Fact::Ready(ready, all)),
            Step::Dns => Some(Fact::LowTtl { ttl_secs: 300, since: "11:40".into() }),
            Step::FirstSync => Some(Fact::CheckedOf(if now == Step::FirstSync { 4 } else { all }, all)),
            Step::Change => Some(Fact::GiveNew(4, 7)),
            Step::SecondSync => Some(Fact::QuietOf(9, all)),
            _ => None,
        };
        match step.cmp(&now) {
            _ if !matches!(screen, Screen::Job(_)) => RailStep { mark: if step == Step::Job { Mark::Now } else { Mark::ToDo }, fact: None },
            std::cmp::Ordering::Less => RailStep { mark: Mark::Proven, fact },
            std::cmp::Ordering::Equal => RailStep { mark: Mark::Now, fact },
            std::cmp::Ordering::Greater => RailStep::default(),
        }
    })
}
