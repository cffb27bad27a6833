//! The rail beside each page.

use super::{ADDRESS, MB};
use crate::gui::state::{CopyStage, Fact, MailboxPage, MailboxStage, Mark, Rail, RailStep, SafeCopyStage, Screen, Step};

/// What the rail tells of the steps before the page at hand, and of the page itself.
pub(super) fn rail(screen: &Screen) -> Rail {
    let Some(now) = screen.step() else { return Rail::default() };
    if Step::JOB.contains(&now) {
        return super::job::rail(now, screen);
    }
    Rail::of_steps(&Step::ALL, |step| {
        let fact = match step {
            Step::Find => Some(Fact::Messages(61_480)),
            Step::SafeCopy => Some(Fact::MadeAndChecked),
            Step::Mailbox => Some(Fact::Address(ADDRESS.into())),
            Step::Room => Some(Fact::Chosen { bytes: 8_400 * MB, fits: true }),
            Step::Copying => Some(Fact::Copied(8_400 * MB)),
            Step::Checking => Some(Fact::Unexplained(0)),
            _ => None,
        };
        match step.cmp(&now) {
            // Copied but not yet re-read is never green (LOOK, rule 1).
            std::cmp::Ordering::Less if step == Step::Copying && now == Step::Checking => RailStep { mark: Mark::Copied, fact },
            std::cmp::Ordering::Less => RailStep { mark: Mark::Proven, fact },
            std::cmp::Ordering::Equal => RailStep { mark: mark_now(screen), fact: fact_now(screen) },
            std::cmp::Ordering::Greater => RailStep::default(),
        }
    })
}

pub(super) fn mark_now(screen: &Screen) -> Mark {
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

pub(super) fn fact_now(screen: &Screen) -> Option<Fact> {
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
