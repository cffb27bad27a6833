//! Made data for every screen and state: for pictures, for checkers (`--screen`), for tests of the drawing.
//!
//! One story runs through all of them: 61,480 messages found = 38,109 in the new mailbox + 23,356 kept + 15 that could not be copied.

use zeroize::Zeroizing;

use crate::autoconfig::provider::Provider;
use crate::engine::explain::{Standing, Told, explain, room_request};
use crate::run::{Code, Problem};

use super::state::{
    Adding, Amount, CardKind, CheckOutcome, CheckedThing, Checking, Chosen, CloseLook, CloseProgram, Closeness, Closing, Connected, Continue, ContinueCheck,
    ContinueNeeds, CopyFolder, CopyRow, CopyRowOf, CopyStage, CopyTimes, Copying, Cost, Day, Dialog, Done, Drafts, DriveKind, Fact, Faults, Find, FolderChoice,
    Interrupted, InterruptedIn, Largest, LeftOut, Look, Made, MailboxPage, MailboxStage, Mark, MessageLine, MessageList, Moment, NotMail, OpenProgram, Part,
    Place, PlaceCaution, PlacePage, PlaceVerdict, PopAccount, PopKnowledge, PopTick, ProblemLine, Rail, RailStep, Refusal, RefusalKind, Reread, RoomBar,
    RoomChoice, RoomOccasion, RoomPage, RoomRequest, RoomVerdict, RoomWay, SafeCopy, SafeCopyPlace, SafeCopyStage, Screen, Search, ServerLook, State, Step,
    StopPop, StoreCard, Sum, Summary, SummaryFolder, Technician, Welcome, WhyListed, YearBar,
};

/// Every page with made data, by the name that `--screen` takes.
pub const NAMES: &[&str] = &[
    "welcome",
    "welcome-interrupted",
    "find",
    "find-looking",
    "find-nothing",
    "find-refused",
    "close-program",
    "close-program-still-open",
    "stop-pop",
    "stop-pop-before-start",
    "place",
    "place-too-small",
    "place-cloud",
    "safe-copy",
    "safe-copy-comparing",
    "safe-copy-paused",
    "safe-copy-stopped",
    "safe-copy-made",
    "mailbox",
    "mailbox-connecting",
    "mailbox-connected",
    "mailbox-refused",
    "mailbox-certificate",
    "mailbox-elsewhere",
    "mailbox-advanced",
    "room",
    "room-over",
    "room-ask",
    "room-newest",
    "room-full",
    "room-unknown",
    "summary",
    "summary-pop",
    "summary-hours",
    "copying",
    "copying-preparing",
    "waiting",
    "waiting-hours",
    "waiting-metered",
    "paused",
    "drained",
    "stopped",
    "checking",
    "done",
    "done-faults",
    "continue",
    "continue-password",
    "continue-drive",
    "continue-safe-copy",
    "technician",
    "occupied",
    "closing",
    "closing-settling",
    "help",
    "export",
    "messages",
    "settings",
];

const GB: u64 = 1_000_000_000;
const MB: u64 = 1_000_000;
const ADDRESS: &str = "name@example.im";
const HOST: &str = "imap.example";

/// A page with made data; `None` for a name that is not one of [`NAMES`].
#[must_use]
pub fn page(name: &str) -> Option<(State, Drafts)> {
    let mut drafts = Drafts { address: ADDRESS.into(), password: Zeroizing::new("not-a-password".into()), ..Drafts::default() };
    let mut dialog = None;
    let screen = match name {
        "welcome" | "help" | "settings" => {
            dialog = match name {
                "help" => Some(Dialog::Help),
                "settings" => Some(Dialog::Settings),
                _ => None,
            };
            Screen::Welcome(Welcome::default())
        }
        "welcome-interrupted" => Screen::Welcome(Welcome { interrupted: Some(Interrupted { stopped: yesterday(), percent: 41 }) }),
        "find" => Screen::Find(find()),
        "find-looking" => Screen::Find(looking()),
        "find-nothing" => Screen::Find(Find::default()),
        "find-refused" => {
            drafts.path = "D:\\Old mail".into();
            let told = told(Code::SourceUnsupported, false);
            Screen::Find(Find { adding: Adding::Refused { path: drafts.path.clone(), told }, ..find() })
        }
        "export" => {
            let advice = "Choose all messages, then File > Save as, and drop the folder with the .eml files here.".into();
            dialog = Some(Dialog::Export { program: "IncrediMail".into(), advice });
            Screen::Find(find())
        }
        "close-program" | "close-program-still-open" => {
            let look = if name == "close-program" { CloseLook::Asked } else { CloseLook::StillOpen };
            let programs = vec![OpenProgram { name: "Outlook".into(), stores: vec![format!("{ADDRESS} · Outlook.pst")] }];
            Screen::CloseProgram(CloseProgram { programs, look })
        }
        "stop-pop" => Screen::StopPop(StopPop { accounts: pop_accounts(), ..StopPop::default() }),
        "stop-pop-before-start" => {
            Screen::StopPop(StopPop { accounts: pop_accounts(), ticked: true, knowledge: PopKnowledge::SameMailbox, before_start: true })
        }
        "place" => Screen::Place(place(PlaceVerdict::Mind(PlaceCaution::Fat32), 0)),
        "place-too-small" => Screen::Place(place(PlaceVerdict::TooSmall { free_bytes: 6 * GB, missing_bytes: 8 * GB }, 2)),
        "place-cloud" => {
            drafts.place = "C:\\Users\\Name\\OneDrive\\Safe copy of mail".into();
            Screen::Place(PlacePage { chosen: None, ..place(PlaceVerdict::Mind(PlaceCaution::Cloud("OneDrive".into())), 0) })
        }
        "safe-copy" => Screen::SafeCopy(safe_copy(SafeCopyStage::Reading)),
        "safe-copy-comparing" => Screen::SafeCopy(safe_copy(SafeCopyStage::Comparing)),
        "safe-copy-paused" => Screen::SafeCopy(safe_copy(SafeCopyStage::Paused)),
        "safe-copy-stopped" => Screen::SafeCopy(safe_copy(SafeCopyStage::Stopped(told(Code::DiskFull, false)))),
        "safe-copy-made" => Screen::SafeCopy(safe_copy(SafeCopyStage::Made(safe_copy_made()))),
        "messages" => {
            dialog = Some(Dialog::Messages(MessageList { why: WhyListed::Unreadable, messages: unreadable() }));
            Screen::SafeCopy(safe_copy(SafeCopyStage::Made(safe_copy_made())))
        }
        "mailbox" => {
            (drafts.address, drafts.password) = (String::new(), Zeroizing::default());
            Screen::Mailbox(MailboxPage::default())
        }
        "mailbox-connecting" => Screen::Mailbox(MailboxPage { stage: MailboxStage::Connecting, server: found(), advanced: false }),
        "mailbox-connected" => Screen::Mailbox(MailboxPage { stage: MailboxStage::Connected(connected()), server: found(), advanced: false }),
        "mailbox-refused" => {
            let refusal = refusal(Code::SignInRefused, RefusalKind::Password);
            Screen::Mailbox(MailboxPage { stage: MailboxStage::Refused(refusal), server: found(), advanced: false })
        }
        "mailbox-certificate" => {
            let refusal = refusal(Code::TlsName, RefusalKind::Certificate);
            Screen::Mailbox(MailboxPage { stage: MailboxStage::Refused(refusal), server: found(), advanced: false })
        }
        "mailbox-elsewhere" => {
            let server = ServerLook::Elsewhere { host: "imap.other.example".into(), port: 993 };
            Screen::Mailbox(MailboxPage { stage: MailboxStage::Asking, server, advanced: false })
        }
        "mailbox-advanced" => {
            (drafts.host, drafts.port, drafts.user) = (HOST.into(), "993".into(), ADDRESS.into());
            Screen::Mailbox(MailboxPage { stage: MailboxStage::Asking, server: ServerLook::Unknown, advanced: true })
        }
        "room" => Screen::Room(room(RoomWay::Choose)),
        "room-over" => Screen::Room(room(RoomWay::Everything)),
        "room-ask" => Screen::Room(room(RoomWay::AskLarger)),
        "room-newest" => Screen::Room(room(RoomWay::NewestUntilFull)),
        "room-full" => Screen::Room(RoomPage { occasion: RoomOccasion::MailboxFull { copied: 31_204, waiting: 6_908 }, ..room(RoomWay::AskLarger) }),
        "room-unknown" => {
            let mut page = room(RoomWay::Everything);
            (page.bar.limit, page.bar.verdict, page.bar.all_over_by) = (None, RoomVerdict::Unknown, 0);
            Screen::Room(page)
        }
        "summary" => Screen::Summary(summary()),
        "summary-pop" => Screen::Summary(Summary { pop: PopTick::Needed, ..summary() }),
        "summary-hours" => {
            (drafts.hours_from, drafts.hours_until) = ("22:00".into(), "06:00".into());
            let limits = CopyTimes { by_hours: true, hours_understood: true, unmetered: true, connection: Cost::Metered };
            Screen::Summary(Summary { limits, about_secs: None, ..summary() })
        }
        "copying" => Screen::Copying(copying(CopyStage::Running, true)),
        "closing" | "closing-settling" => {
            dialog = Some(Dialog::Closing(if name == "closing" { Closing::Asked } else { Closing::Settling }));
            Screen::Copying(copying(CopyStage::Running, true))
        }
        "copying-preparing" => {
            let parts = Copying { bytes: Part::of(0, 8_400 * MB), messages: Part::of(0, 38_112), rate: Vec::new(), ..copying(CopyStage::Preparing, true) };
            let folders = parts.folders.iter().map(|folder| CopyFolder { mark: Mark::ToDo, messages: Part::of(0, folder.messages.all), ..folder.clone() });
            Screen::Copying(Copying { folders: folders.collect(), lines: Vec::new(), bytes_per_sec: None, left_secs: None, ..parts })
        }
        "waiting" => Screen::Copying(copying(CopyStage::Waiting { since: "14:32".into(), next_try_secs: 20 }, false)),
        "waiting-hours" => Screen::Copying(copying(CopyStage::UntilHours { start: "22:00".into() }, false)),
        "waiting-metered" => Screen::Copying(copying(CopyStage::Metered, false)),
        "paused" => Screen::Copying(copying(CopyStage::Paused, false)),
        "drained" => Screen::Copying(copying(CopyStage::Drained(told(Code::PopDrain, true)), false)),
        "stopped" => {
            drafts.password = Zeroizing::default();
            Screen::Copying(copying(CopyStage::Stopped(refusal(Code::SignInRefused, RefusalKind::Password)), false))
        }
        "checking" => Screen::Checking(checking()),
        "done" => Screen::Done(Box::new(done())),
        "done-faults" => {
            let sum = Sum { in_mailbox: 38_107, could_not: 17, ..done().sum };
            Screen::Done(Box::new(Done { sum, faults: Faults { missing: 2, changed: 0, doubled: 1 }, ..done() }))
        }
        "continue" => Screen::Continue(continued(ContinueNeeds::Nothing)),
        "continue-password" => {
            drafts.password = Zeroizing::default();
            Screen::Continue(continued(ContinueNeeds::Password { address: ADDRESS.into(), refused: None }))
        }
        "continue-drive" => Screen::Continue(continued(ContinueNeeds::Drive("E:\\Safe copy of mail".into()))),
        "continue-safe-copy" => {
            let (bytes, messages) = (Part::of(5_900 * MB, 14 * GB), Part::of(25_940, 61_480));
            Screen::Continue(Continue {
                of: InterruptedIn::SafeCopy,
                percent: 42,
                bytes,
                messages,
                checks: Vec::new(),
                left_secs: None,
                ..continued(ContinueNeeds::Nothing)
            })
        }
        "technician" => Screen::Technician(Technician {
            home: "C:\\Users\\Name\\AppData\\Local\\Mailferry".into(),
            logs: "C:\\Users\\Name\\AppData\\Local\\Mailferry\\log".into(),
            console: "mailferry-cli.exe".into(),
            renderer: "wgpu".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        }),
        "occupied" => Screen::Occupied,
        _ => return None,
    };
    let provider = Provider::load(None).unwrap_or_default();
    let rail = rail(&screen);
    Some((State { screen, dialog, rail, provider, practice: false, look: Look::default(), notice: None }, drafts))
}

fn yesterday() -> Moment {
    Moment { day: Day::Yesterday, time: "21:14".into() }
}

fn told(code: Code, safe_copy: bool) -> Told {
    let standing = Standing { safe_copy, ..Standing::default() };
    explain(&Problem::account(code, ""), Some(Provider::load(None).unwrap_or_default().name.as_str()), standing)
}

fn refusal(code: Code, kind: RefusalKind) -> Refusal {
    let problem = Problem::account(code, "AUTHENTICATE PLAIN").server_said("NO [AUTHENTICATIONFAILED] Authentication failed.").at(HOST);
    Refusal { kind, told: told(code, true), details: crate::engine::explain::log_line(&problem), host: Some(HOST.into()) }
}

fn store(id: &str, program: &str, account: &str, file: &str, figures: (u64, u64, u64), years: (i16, i16)) -> StoreCard {
    let (bytes, messages, folders) = figures;
    StoreCard {
        id: id.into(),
        kind: CardKind::Movable { chosen: true },
        program: program.into(),
        account: account.into(),
        file: file.into(),
        path: format!("C:\\Users\\Name\\Documents\\{file}"),
        owner: None,
        bytes,
        messages,
        folders,
        years: Some(years),
        in_use: false,
        counting: false,
        advice: None,
        by_hand: false,
    }
}

fn stores() -> Vec<StoreCard> {
    let mut outlook = store("pst-1", "Outlook", ADDRESS, "Outlook.pst", (13_400 * MB, 56_204, 61), (2011, 2026));
    outlook.in_use = true;
    let local = store("tb-1", "Thunderbird", "Local Folders", "Local Folders", (600 * MB, 4_871, 9), (2009, 2014));
    let live = store("wm-1", "Windows Live Mail", "old@example.im", "old", (48 * MB, 405, 4), (2008, 2011));
    let mut there = store("tb-2", "Thunderbird", "club@example.org", "imap.example.org", (210 * MB, 1_904, 7), (2017, 2026));
    there.kind = CardKind::OnImap { chosen: false };
    let mut other = store("im-1", "IncrediMail", "", "IM", (0, 0, 0), (0, 0));
    (other.kind, other.years) = (CardKind::Unreadable, None);
    other.advice = Some("Its files are here, but we can’t read them yet. Its own export can be added.".into());
    vec![outlook, local, live, there, other]
}

fn find() -> Find {
    Find { search: Search::Done, stores: stores(), adding: Adding::Idle, open_program: Some("Outlook".into()) }
}

fn looking() -> Find {
    let mut stores = stores();
    stores.truncate(2);
    for store in &mut stores {
        (store.counting, store.messages, store.years) = (true, 0, None);
    }
    Find { search: Search::Looking(Some("Local Folders".into())), stores, adding: Adding::Idle, open_program: None }
}

fn pop_accounts() -> Vec<PopAccount> {
    vec![PopAccount { program: "Outlook".into(), account: ADDRESS.into(), host: Some("pop.example".into()) }]
}

fn usb() -> Place {
    Place {
        folder: "E:\\Safe copy of mail 2026-11-22".into(),
        name: "USB drive (E:)".into(),
        kind: DriveKind::Usb,
        free_bytes: Some(52_300 * MB),
        has_room: true,
        is_fat32: true,
        by_hand: false,
    }
}

fn place(verdict: PlaceVerdict, chosen: usize) -> PlacePage {
    let on = |folder: &str, name: &str, free: u64| Place {
        folder: folder.into(),
        name: name.into(),
        kind: DriveKind::Internal,
        free_bytes: Some(free),
        has_room: free > 14 * GB,
        is_fat32: false,
        by_hand: false,
    };
    let places = vec![
        usb(),
        on("C:\\Users\\Name\\Safe copy of mail 2026-11-22", "This computer (C:)", 182 * GB),
        on("D:\\Safe copy of mail 2026-11-22", "Data (D:)", 6 * GB),
    ];
    PlacePage { places, chosen: Some(chosen), needed_bytes: 14 * GB, verdict, looking: false }
}

fn safe_copy_made() -> Made {
    Made {
        messages: 61_468,
        folders: 74,
        bytes: 14 * GB,
        unreadable: unreadable(),
        problems: Vec::new(),
        left_out_deleted: 214,
        not_mail: NotMail { contacts: 1_203, appointments: 340, tasks: 0, notes: 0 },
    }
}

fn unreadable() -> Vec<MessageLine> {
    (1..=12)
        .map(|n| MessageLine {
            folder: if n < 9 { "Inbox / Projects 2019".into() } else { "Sent Items".into() },
            reason: "Its place in the file is damaged".into(),
            code: Code::MessageUnreadable.to_string(),
            ..MessageLine::default()
        })
        .collect()
}

fn safe_copy(stage: SafeCopyStage) -> SafeCopy {
    let (done, compared) = match stage {
        SafeCopyStage::Comparing => (61_480, 20_000),
        SafeCopyStage::Made(_) => (61_480, 61_480),
        _ => (25_940, 0),
    };
    let mark = |done: u64, all: u64| match done {
        0 => Mark::ToDo,
        _ if done == all => Mark::Proven,
        _ => Mark::Now,
    };
    let mut left = done;
    let mut rows: Vec<CopyRow> = stores()
        .into_iter()
        .filter(StoreCard::is_chosen)
        .map(|store| {
            let here = left.min(store.messages);
            left -= here;
            let what = CopyRowOf::Store { program: store.program, account: store.account };
            CopyRow { what, mark: mark(here, store.messages), messages: Part::of(here, store.messages) }
        })
        .collect();
    rows.push(CopyRow { what: CopyRowOf::Comparing, mark: mark(compared, 61_480), messages: Part::of(compared, 61_480) });
    let is_reading = matches!(stage, SafeCopyStage::Reading | SafeCopyStage::Pausing);
    SafeCopy {
        bytes: if done == 61_480 { Part::of(14 * GB, 14 * GB) } else { Part::of(5_900 * MB, 14 * GB) },
        messages: Part::of(done, 61_480),
        bytes_per_sec: is_reading.then_some(118 * MB),
        left_secs: is_reading.then_some(70),
        rows,
        folder: is_reading.then(|| "Inbox / Projects 2019".into()),
        place: usb(),
        needed_bytes: 14 * GB,
        stage,
    }
}

fn found() -> ServerLook {
    ServerLook::Found { host: HOST.into(), port: 993, by_itself: true }
}

fn connected() -> Connected {
    Connected {
        host: HOST.into(),
        messages: Some(0),
        limit: Some(10 * GB),
        used: Some(0),
        assumed: false,
        tls: "TLS 1.3 TLS_AES_256_GCM_SHA384".into(),
        mechanism: "PLAIN".into(),
    }
}

fn years() -> Vec<YearBar> {
    let megabytes = [4, 30, 60, 210, 340, 480, 610, 740, 860, 950, 1_040, 1_080, 1_290, 1_250, 1_210, 1_180, 1_130, 1_080, 830];
    let years = 2008..;
    years.zip(megabytes).map(|(year, megabytes)| YearBar { year, all: Amount { messages: megabytes * 4, bytes: megabytes * MB } }).collect()
}

fn folder(key: &str, chosen: Chosen, megabytes: u64, has_children: bool) -> FolderChoice {
    let name = key.rsplit('/').next().unwrap_or(key).to_owned();
    let depth = u8::try_from(key.matches('/').count()).unwrap_or(u8::MAX);
    let all = Amount { messages: megabytes * 4, bytes: megabytes * MB };
    FolderChoice { key: key.into(), name, depth, all, chosen, has_children, is_open: false, is_store: false }
}

fn room(way: RoomWay) -> RoomPage {
    let verdict = match way {
        RoomWay::Everything | RoomWay::AskLarger => RoomVerdict::OverBy(6_100 * MB),
        RoomWay::Choose => RoomVerdict::Fits { free_after: 1_600 * MB },
        RoomWay::NewestUntilFull => RoomVerdict::Fits { free_after: GB },
    };
    let chosen = match way {
        RoomWay::Everything | RoomWay::AskLarger => Amount { messages: 61_468, bytes: 16_100 * MB },
        RoomWay::Choose => Amount { messages: 38_112, bytes: 8_400 * MB },
        RoomWay::NewestUntilFull => Amount { messages: 40_870, bytes: 9 * GB },
    };
    let provider = Provider::load(None).unwrap_or_default();
    RoomPage {
        bar: RoomBar {
            limit: Some(10 * GB),
            used: 0,
            reserve: GB,
            all: Amount { messages: 61_468, bytes: 16_100 * MB },
            all_over_by: 6_100 * MB,
            chosen,
            verdict,
            stored_bytes: 14 * GB,
            assumed: false,
        },
        way,
        choice: RoomChoice {
            years: years(),
            since: 2020,
            until: 2026,
            folders: vec![
                folder("Inbox", Chosen::Yes, 3_900, true),
                folder("Sent Items", Chosen::Yes, 2_600, false),
                folder("Projects", Chosen::Yes, 1_500, true),
                folder("Invoices", Chosen::Yes, 400, false),
                folder("Deleted Items", Chosen::No, 200, false),
                folder("Junk", Chosen::No, 100, false),
            ],
            largest: Largest { count: 20, bytes: 900 * MB, left_out: false, messages: largest() },
        },
        request: RoomRequest {
            text: room_request(ADDRESS, 17_710 * MB, Some(10 * GB), Some(&provider.name)),
            asked_bytes: 20 * GB,
            email: provider.email,
            reread: Reread::Idle,
        },
        planning: false,
        occasion: RoomOccasion::Before,
    }
}

fn largest() -> Vec<MessageLine> {
    (0..20)
        .map(|n| MessageLine {
            subject: Some(format!("Drawings, part {}", n + 1)),
            from: Some("Builder <builder@example.org>".into()),
            date: Some(format!("20{:02}-05-{:02}", 12 + n % 14, n + 1)),
            folder: "Inbox / Projects 2019".into(),
            bytes: (64 - n) * MB,
            ..MessageLine::default()
        })
        .collect()
}

fn summary() -> Summary {
    let line = |from: &str, to: &str, messages: u64, megabytes: u64, is_new: bool| SummaryFolder {
        from: vec![from.into()],
        to: to.into(),
        copy: Amount { messages, bytes: megabytes * MB },
        is_new,
    };
    Summary {
        address: ADDRESS.into(),
        host: HOST.into(),
        copy: Amount { messages: 38_112, bytes: 8_400 * MB },
        there: 0,
        stays: 23_356,
        folders: vec![
            line("Inbox", "INBOX", 14_906, 3_900, false),
            line("Sent Items", "Sent", 13_240, 2_600, false),
            line("Projects", "Projects", 7_960, 1_500, true),
            line("Invoices", "Invoices", 2_006, 400, true),
        ],
        about_secs: Some(66 * 60),
        cautions: vec!["3 messages are larger than the server takes (50 MB). In the safe copy they are whole.".into()],
        stop: None,
        pop: PopTick::Ticked,
        limits: CopyTimes { connection: Cost::Free, ..CopyTimes::default() },
    }
}

/// The four folders with so many messages done in order.
fn copy_folders(mut done: u64, at_hand: Mark, finished: Mark) -> Vec<CopyFolder> {
    let folders = [
        ("Inbox", "INBOX", 14_906, 3_900),
        ("Sent Items", "Sent", 13_240, 2_600),
        ("Projects", "Projects", 7_960, 1_500),
        ("Invoices", "Invoices", 2_006, 400),
    ];
    let mut seen_hand = false;
    folders
        .into_iter()
        .map(|(from, to, all, megabytes)| {
            let here = done.min(all);
            done -= here;
            let mark = if here == all {
                finished
            } else if seen_hand {
                Mark::ToDo
            } else {
                seen_hand = true;
                at_hand
            };
            CopyFolder { from: from.into(), to: to.into(), mark, messages: Part::of(here, all), bytes: megabytes * MB }
        })
        .collect()
}

fn copying(stage: CopyStage, running: bool) -> Copying {
    let rate: Vec<u64> = (0..Copying::RATE_POINTS as u64)
        .map(|point| match point {
            _ if !running && point > 52 => 0,
            27..=31 => 400_000 + point.abs_diff(29) * 350_000,
            _ => 1_900_000 + point * 7 % 11 * 60_000,
        })
        .collect();
    let line = |code: Code, count: u64, mark: Mark| {
        let problem = Problem::account(code, "APPEND").server_said("NO").at("INBOX");
        ProblemLine { mark, told: told(code, true), details: crate::engine::explain::log_line(&problem), count }
    };
    let (bytes, messages) =
        if running { (Part::of(5_230 * MB, 8_400 * MB), Part::of(23_630, 38_112)) } else { (Part::of(3_450 * MB, 8_400 * MB), Part::of(13_180, 38_112)) };
    let mark = match stage {
        CopyStage::Running | CopyStage::Preparing | CopyStage::Pausing => Mark::Now,
        CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered | CopyStage::Paused => Mark::Waiting,
        CopyStage::Drained(_) => Mark::Needs,
        CopyStage::Stopped(_) => Mark::Stopped,
    };
    Copying {
        stage,
        bytes,
        messages,
        bytes_per_sec: Some(if running { 2_100_000 } else { 0 }),
        left_secs: running.then_some(25 * 60),
        rate,
        folders: copy_folders(messages.done, mark, Mark::Copied),
        lines: if running { vec![line(Code::ImapThrottled, 2, Mark::Waiting), line(Code::TooLarge, 1, Mark::Needs)] } else { Vec::new() },
    }
}

fn checking() -> Checking {
    Checking { stage: CopyStage::Running, messages: Part::of(27_060, 38_112), folders: copy_folders(27_060, Mark::Now, Mark::Proven), lines: Vec::new() }
}

fn done() -> Done {
    let too_large = (1..=3).map(|n| MessageLine {
        subject: Some(format!("Holiday film {n}")),
        from: Some("Friend <friend@example.org>".into()),
        date: Some(format!("2022-08-0{n}")),
        folder: "Inbox".into(),
        bytes: (60 + n) * MB,
        reason: "Larger than the server takes".into(),
        code: Code::TooLarge.to_string(),
    });
    Done {
        sum: Sum {
            found: 61_480,
            in_mailbox: 38_109,
            already_there: 0,
            kept: 23_356,
            could_not: 15,
            too_large: 3,
            unreadable: 12,
            no_room: 0,
            unexplained: 0,
            gone_by_owner: 0,
        },
        wanted: 38_112,
        checked_at: Some(Moment { day: Day::Today, time: "15:21".into() }),
        closeness: Closeness::Sample,
        faults: Faults::default(),
        not_copied: too_large.chain(unreadable()).collect(),
        problem: None,
        safe_copy: SafeCopyPlace { name: "USB drive (E:)".into(), folder: "E:\\Safe copy of mail 2026-11-22".into(), bytes: 14 * GB, kind: DriveKind::Usb },
        report: "C:\\Users\\Name\\AppData\\Local\\Mailferry\\jobs\\2026-11-22-name@example.im\\report".into(),
        left_out: LeftOut { before: Some(2020), folders: vec!["Deleted Items".into(), "Junk".into()], ..LeftOut::default() },
        practice: false,
    }
}

fn continued(needs: ContinueNeeds) -> Continue {
    let check = |what, outcome| ContinueCheck { what, outcome };
    let drive_is_there = !matches!(needs, ContinueNeeds::Drive(_));
    let safe_copy = if drive_is_there { CheckOutcome::Good } else { CheckOutcome::Bad(told(Code::ArchiveMissing, false)) };
    let mut checks = vec![check(CheckedThing::SafeCopy { place: "USB drive (E:)".into() }, safe_copy)];
    if matches!(needs, ContinueNeeds::Nothing) {
        checks.push(check(CheckedThing::Mailbox { address: ADDRESS.into(), host: HOST.into() }, CheckOutcome::Good));
    }
    checks.push(check(CheckedThing::UnderWay { messages: 4 }, CheckOutcome::LookedForFirst));
    Continue {
        of: InterruptedIn::Copying,
        stopped: yesterday(),
        percent: 41,
        bytes: Part::of(3_450 * MB, 8_400 * MB),
        messages: Part::of(13_180, 38_112),
        checks,
        needs,
        left_secs: Some(40 * 60),
    }
}

/// What the rail tells of the steps before the page at hand, and of the page itself.
fn rail(screen: &Screen) -> Rail {
    let Some(now) = screen.step() else { return Rail::default() };
    let steps = Step::ALL.map(|step| {
        let fact = match step {
            Step::Find => Some(Fact::Messages(61_480)),
            Step::SafeCopy => Some(Fact::MadeAndChecked),
            Step::Mailbox => Some(Fact::Address(ADDRESS.into())),
            Step::Room => Some(Fact::Chosen { bytes: 8_400 * MB, fits: true }),
            Step::Copying => Some(Fact::Copied(8_400 * MB)),
            Step::Checking => Some(Fact::Unexplained(0)),
            Step::Program => None,
        };
        match step.cmp(&now) {
            // Copied but not yet re-read is never green (LOOK, rule 1).
            std::cmp::Ordering::Less if step == Step::Copying && now == Step::Checking => RailStep { mark: Mark::Copied, fact },
            std::cmp::Ordering::Less => RailStep { mark: Mark::Proven, fact },
            std::cmp::Ordering::Equal => RailStep { mark: mark_now(screen), fact: fact_now(screen) },
            std::cmp::Ordering::Greater => RailStep::default(),
        }
    });
    Rail { steps }
}

fn mark_now(screen: &Screen) -> Mark {
    match screen {
        Screen::Continue(_) => Mark::Waiting,
        Screen::Mailbox(MailboxPage { stage: MailboxStage::Refused(_), .. }) => Mark::Needs,
        Screen::Copying(page) => match page.stage {
            CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered | CopyStage::Paused => Mark::Waiting,
            CopyStage::Drained(_) => Mark::Needs,
            CopyStage::Stopped(_) => Mark::Stopped,
            _ => Mark::Now,
        },
        Screen::Done(_) => Mark::Now,
        _ => Mark::Now,
    }
}

fn fact_now(screen: &Screen) -> Option<Fact> {
    match screen {
        Screen::SafeCopy(page) => Some(if matches!(page.stage, SafeCopyStage::Made(_)) { Fact::MadeAndChecked } else { Fact::Done(page.bytes.percent()) }),
        Screen::Continue(page) => Some(Fact::SoFar(page.percent)),
        Screen::Copying(page) => {
            let percent = page.bytes.percent();
            Some(match page.stage {
                CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered => Fact::Waiting(percent),
                CopyStage::Paused => Fact::Paused(percent),
                _ => Fact::Copying { percent, left_secs: page.left_secs },
            })
        }
        Screen::Checking(page) => Some(Fact::Checked(page.messages.percent())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_page_and_the_story_closes() {
        for name in NAMES {
            assert!(page(name).is_some(), "{name}");
        }
        assert!(page("nonsense").is_none());
        let Sum { found, in_mailbox, kept, could_not, unexplained, .. } = done().sum;
        assert_eq!((found, unexplained), (in_mailbox + kept + could_not, 0));
        assert_eq!(find().messages(), found);
        let folders: u64 = copy_folders(0, Mark::Now, Mark::Copied).iter().map(|folder| folder.messages.all).sum();
        assert_eq!(folders, summary().copy.messages);
        assert_eq!((copying(CopyStage::Running, true).bytes.percent(), copying(CopyStage::Paused, false).bytes.percent()), (62, 41));
    }
}
