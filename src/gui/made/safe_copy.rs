//! Places for the safe copy, and the safe copy.

use crate::run::Code;

use super::find::stores;
use super::{GB, MB};
use crate::gui::state::{
    CopyRow, CopyRowOf, DriveKind, Made, Mark, MessageLine, NotMail, Part, Place, PlacePage, PlaceVerdict, SafeCopy, SafeCopyStage, StoreCard,
};

pub(super) fn usb() -> Place {
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

pub(super) fn place(verdict: PlaceVerdict, chosen: usize) -> PlacePage {
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

pub(super) fn safe_copy_made() -> Made {
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

pub(super) fn unreadable() -> Vec<MessageLine> {
    (1..=12)
        .map(|n| MessageLine {
            folder: if n < 9 { "Inbox / Projects 2019".into() } else { "Sent Items".into() },
            reason: "Its place in the file is damaged".into(),
            code: Code::MessageUnreadable.to_string(),
            ..MessageLine::default()
        })
        .collect()
}

pub(super) fn safe_copy(stage: SafeCopyStage) -> SafeCopy {
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
