//! The rail beside the page: what is done, what is at hand, and the fact that each step keeps.

use super::Logic;
use crate::gui::state::{Checking, CopyStage, Copying, Fact, MailboxStage, Mark, Rail, RailStep, SafeCopyStage, Screen, Step};

impl Logic {
    /// That of a technician's pages.
    fn job_rail(&self) -> Option<Rail> {
        match (&self.state.screen, &self.job) {
            (Screen::Job(page), Some(open)) => Some(open.rail(page)),
            (Screen::Jobs(_) | Screen::NewJob(_) | Screen::Job(_), _) => {
                let now = |step| if step == Step::Job { Mark::Now } else { Mark::ToDo };
                Some(Rail::of_steps(&Step::JOB, |step| RailStep { mark: now(step), fact: None }))
            }
            _ => None,
        }
    }

    pub(super) fn rail(&self) -> Rail {
        let now = self.state.screen.step();
        if let Some(rail) = self.job_rail() {
            return rail;
        }
        Rail::of_steps(&Step::ALL, |step| {
            let fact = self.fact_of(step);
            match now.map(|now| step.cmp(&now)) {
                None | Some(std::cmp::Ordering::Greater) => RailStep::default(),
                Some(std::cmp::Ordering::Equal) => RailStep { mark: self.mark_now(), fact: self.fact_now().or(fact.filter(|_| step != Step::Find)) },
                Some(std::cmp::Ordering::Less) => RailStep { mark: self.mark_before(step), fact },
            }
        })
    }

    /// What a finished step keeps. Green only for what is proven: copied and not yet re-read is not.
    fn mark_before(&self, step: Step) -> Mark {
        let proven = self.course.unexplained.is_some() && matches!(&self.state.screen, Screen::Done(done) if done.is_proven());
        match step {
            Step::Copying if !proven => Mark::Copied,
            Step::Checking if !proven => Mark::Needs,
            _ => Mark::Proven,
        }
    }

    fn fact_of(&self, step: Step) -> Option<Fact> {
        match step {
            Step::Find => {
                let found: u64 = if self.course.backed_up.is_empty() { self.chosen_stores() } else { self.course.backed_up.clone() }
                    .iter()
                    .map(|store| store.messages)
                    .sum();
                (found > 0).then_some(Fact::Messages(found))
            }
            Step::SafeCopy => self.course.made.map(|_| Fact::MadeAndChecked),
            Step::Mailbox => self.course.far.as_ref().map(|far| Fact::Address(far.account.address.clone())),
            Step::Room => self.course.plan.as_ref().map(|plan| Fact::Chosen { bytes: plan.needed_bytes, fits: plan.fits }),
            Step::Copying => (self.course.bytes_all > 0).then_some(Fact::Copied(self.course.bytes_all)),
            Step::Checking => self.course.unexplained.map(Fact::Unexplained),
            _ => None,
        }
    }

    fn mark_now(&self) -> Mark {
        match &self.state.screen {
            Screen::Continue(_) => Mark::Waiting,
            Screen::Mailbox(page) if matches!(page.stage, MailboxStage::Refused(_)) => Mark::Needs,
            Screen::SafeCopy(page) => match page.stage {
                SafeCopyStage::Paused | SafeCopyStage::Pausing => Mark::Waiting,
                SafeCopyStage::Stopped(_) => Mark::Stopped,
                SafeCopyStage::Made(_) => Mark::Proven,
                SafeCopyStage::Reading | SafeCopyStage::Comparing => Mark::Now,
            },
            Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. }) => match stage {
                CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered | CopyStage::Paused | CopyStage::Pausing => Mark::Waiting,
                CopyStage::Drained(_) => Mark::Needs,
                CopyStage::Stopped(_) => Mark::Stopped,
                CopyStage::Preparing | CopyStage::Running => Mark::Now,
            },
            _ => Mark::Now,
        }
    }

    fn fact_now(&self) -> Option<Fact> {
        match &self.state.screen {
            Screen::SafeCopy(page) if !matches!(page.stage, SafeCopyStage::Made(_)) => Some(Fact::Done(page.bytes.percent())),
            Screen::Continue(page) => Some(Fact::SoFar(page.percent)),
            Screen::Copying(page) => {
                let percent = page.bytes.percent();
                Some(match page.stage {
                    CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered => Fact::Waiting(percent),
                    CopyStage::Paused | CopyStage::Pausing => Fact::Paused(percent),
                    CopyStage::Drained(_) | CopyStage::Stopped(_) => Fact::SoFar(percent),
                    CopyStage::Preparing | CopyStage::Running => Fact::Copying { percent, left_secs: page.left_secs },
                })
            }
            Screen::Checking(page) => Some(Fact::Checked(page.messages.percent())),
            _ => None,
        }
    }
}
