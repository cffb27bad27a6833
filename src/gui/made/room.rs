//! The new mailbox and the room in it.

use crate::autoconfig::provider::Provider;
use crate::engine::explain::room_request;

use super::{ADDRESS, GB, HOST, MB};
use crate::gui::state::{
    Amount, Chosen, Connected, FolderChoice, Largest, MessageLine, Reread, RoomBar, RoomChoice, RoomOccasion, RoomPage, RoomRequest, RoomVerdict, RoomWay,
    ServerLook, YearBar,
};

pub(super) fn found() -> ServerLook {
    ServerLook::Found { host: HOST.into(), port: 993, by_itself: true }
}

pub(super) fn connected() -> Connected {
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

pub(super) fn years() -> Vec<YearBar> {
    let megabytes = [4, 30, 60, 210, 340, 480, 610, 740, 860, 950, 1_040, 1_080, 1_290, 1_250, 1_210, 1_180, 1_130, 1_080, 830];
    let years = 2008..;
    years.zip(megabytes).map(|(year, megabytes)| YearBar { year, all: Amount { messages: megabytes * 4, bytes: megabytes * MB } }).collect()
}

pub(super) fn folder(key: &str, chosen: Chosen, megabytes: u64, has_children: bool) -> FolderChoice {
    let name = key.rsplit('/').next().unwrap_or(key).to_owned();
    let depth = u8::try_from(key.matches('/').count()).unwrap_or(u8::MAX);
    let all = Amount { messages: megabytes * 4, bytes: megabytes * MB };
    FolderChoice { key: key.into(), name, depth, all, chosen, has_children, is_open: false, is_store: false }
}

pub(super) fn room(way: RoomWay) -> RoomPage {
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

pub(super) fn largest() -> Vec<MessageLine> {
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
