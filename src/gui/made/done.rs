//! The end, and a run that was interrupted.

use crate::run::Code;

use super::safe_copy::unreadable;
use super::{ADDRESS, GB, HOST, MB, told, yesterday};
use crate::gui::state::{
    CheckOutcome, CheckedThing, Closeness, Continue, ContinueCheck, ContinueNeeds, Day, Done, DriveKind, Faults, InterruptedIn, LeftOut, MessageLine, Moment,
    Part, SafeCopyPlace, Sum,
};

pub(super) fn done() -> Done {
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

pub(super) fn continued(needs: ContinueNeeds) -> Continue {
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
