//! Made data for every screen and state: for pictures, for checkers (`--screen`), for tests of the drawing.
//!
//! One story runs through all of them: 61,480 messages found = 38,109 in the new mailbox + 23,356 kept + 15 that could not be copied.

mod copying;
mod done;
mod find;
mod job;
mod rail;
mod room;
mod safe_copy;

use zeroize::Zeroizing;

use crate::autoconfig::provider::Provider;
use crate::engine::explain::{Standing, Told, explain};
use crate::run::{Code, Problem};

use super::state::{
    Adding, CloseLook, CloseProgram, Closing, Continue, ContinueNeeds, CopyFolder, CopyStage, CopyTimes, Copying, Cost, Day, Dialog, Done, Drafts, Faults,
    Find, Interrupted, InterruptedIn, Look, MailboxPage, MailboxStage, Mark, MessageList, Moment, OpenProgram, Part, PlaceCaution, PlacePage, PlaceVerdict,
    PopKnowledge, PopTick, Refusal, RefusalKind, RoomOccasion, RoomPage, RoomVerdict, RoomWay, SafeCopyStage, Screen, ServerLook, State, StopPop, Sum, Summary,
    Welcome, WhyListed,
};

use copying::{checking, copying, summary};
use done::{continued, done};
use find::{find, looking, pop_accounts};
use rail::rail;
use room::{connected, found, room};
use safe_copy::{place, safe_copy, safe_copy_made, unreadable};

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
    "jobs",
    "new-job",
    "job",
    "job-mailboxes",
    "job-mailboxes-empty",
    "job-test",
    "job-dns",
    "job-dns-empty",
    "job-first",
    "job-first-start",
    "job-large",
    "job-go",
    "job-watch",
    "job-second",
    "job-second-quiet",
    "job-report",
    "job-row-over",
    "job-row-password",
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
    if !NAMES.contains(&name) {
        return None;
    }
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
        "jobs" => Screen::Jobs(job::jobs()),
        "new-job" => {
            drafts.job_name = job::FIRM.into();
            drafts.job_folder = job::FOLDER.into();
            Screen::NewJob(job::new_job())
        }
        name if name.starts_with("job") => {
            drafts.domain = job::DOMAIN.into();
            drafts.new_mx = job::NEW_MX.into();
            dialog = job::dialog(name);
            Screen::Job(Box::new(job::job(name)))
        }
        "occupied" => Screen::Occupied,
        _ => return None,
    };
    let provider = Provider::load(None).unwrap_or_default();
    let rail = rail(&screen);
    Some((State { screen, dialog, rail, provider, practice: false, look: Look::default(), notice: None }, drafts))
}

pub(super) fn yesterday() -> Moment {
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

#[cfg(test)]
mod tests {
    use super::copying::copy_folders;
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
