//! The summary, copying and checking.

use crate::run::{Code, Problem};

use super::{ADDRESS, HOST, MB, told};
use crate::gui::state::{Amount, Checking, CopyFolder, CopyStage, CopyTimes, Copying, Cost, Mark, Part, PopTick, ProblemLine, Summary, SummaryFolder};

pub(super) fn summary() -> Summary {
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
pub(super) fn copy_folders(mut done: u64, at_hand: Mark, finished: Mark) -> Vec<CopyFolder> {
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

pub(super) fn copying(stage: CopyStage, running: bool) -> Copying {
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

pub(super) fn checking() -> Checking {
    Checking { stage: CopyStage::Running, messages: Part::of(27_060, 38_112), folders: copy_folders(27_060, Mark::Now, Mark::Proven), lines: Vec::new() }
}
