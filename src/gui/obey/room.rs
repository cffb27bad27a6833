//! What fits, what is chosen, and the summary.

use std::sync::Arc;

use crate::engine::hours::Hours;
use crate::engine::upload::look_over;
use crate::gui::logic::{AfterLook, Logic};
use crate::gui::news::News;
use crate::gui::room::{Way, figures, way_of};
use crate::gui::state::{CopyTimes, PopKnowledge, PopTick, Reread, RoomOccasion, RoomPage, RoomWay, Screen, StopPop, Summary, SummaryFolder};
use crate::gui::worker::Slot;
use crate::run::{Code, Problem};

impl Logic {
    /// Looks at mailbox and safe copy; what comes then, `after` says.
    pub(in crate::gui) fn look_over(&mut self, after: AfterLook) {
        self.course.after_look = after;
        let Some(request) = self.request() else { return };
        self.worker.start(Slot::Look, |run, _| async move { News::Looked(look_over(&request, &run).await.map(Arc::new)) });
    }

    pub(in crate::gui) fn show_room(&mut self) {
        let occasion = self.course.full.map_or(RoomOccasion::Before, |(copied, waiting)| RoomOccasion::MailboxFull { copied, waiting });
        self.state.screen = Screen::Room(RoomPage { planning: true, way: way_of(self.course.selection.way), occasion, ..RoomPage::default() });
        if self.course.looked.is_some() {
            self.plan_room();
        } else if !self.worker.is_running(Slot::Look) {
            self.look_over(AfterLook::Room);
        }
    }

    /// Draws the plan up anew; the figures before stay visible meanwhile.
    pub(in crate::gui) fn plan_room(&mut self) {
        let Some(looked) = self.course.looked.clone() else { return };
        let way = self.course.selection.way;
        if let Screen::Room(page) = &mut self.state.screen {
            page.planning = true;
            if page.way != RoomWay::AskLarger {
                page.way = way_of(way);
            }
        }
        let (selection, base, provider) = (self.course.selection.clone(), self.base_choices(), self.setup.provider.clone());
        let address = self.course.far.as_ref().map(|far| far.account.address.clone()).unwrap_or_default();
        self.worker.start(Slot::Plan, |_, _| async move {
            let work = move || figures(&looked, &selection, &base, &address, &provider);
            match tokio::task::spawn_blocking(work).await {
                Ok(planned) => News::Planned(Box::new(planned)),
                Err(fault) => News::Fault(Problem::run(Code::Internal, fault.to_string())),
            }
        });
    }

    pub(super) fn choose_way(&mut self, way: RoomWay) {
        let Some(looked) = self.course.looked.clone() else { return };
        if let Screen::Room(page) = &mut self.state.screen {
            page.way = way;
        }
        match way {
            RoomWay::Everything | RoomWay::AskLarger => self.course.selection.way = Way::Everything,
            RoomWay::NewestUntilFull => self.course.selection.way = Way::Newest,
            RoomWay::Choose => self.course.selection.begin_choosing(&looked),
        }
        self.plan_room();
    }

    pub(super) fn fold(&mut self, key: &str) {
        if !self.course.selection.open.remove(key) {
            self.course.selection.open.insert(key.to_owned());
        }
        if let Screen::Room(page) = &mut self.state.screen
            && let Some(folder) = page.choice.folders.iter_mut().find(|folder| folder.key == key)
        {
            folder.is_open = !folder.is_open;
        }
    }

    pub(super) fn leave_out_largest(&mut self, out: bool) {
        if let Screen::Room(page) = &self.state.screen {
            let smallest = page.choice.largest.messages.last().map(|message| message.bytes);
            self.course.selection.without_larger = smallest.filter(|_| out);
            self.plan_room();
        }
    }

    pub(super) fn reread(&mut self) {
        if let Screen::Room(page) = &mut self.state.screen {
            page.request.reread = Reread::Looking;
            self.look_over(AfterLook::Room);
        }
    }

    pub(super) fn upgrade_practice(&mut self) {
        let Some(practice) = &self.practice else { return };
        match practice.upgrade() {
            Ok(()) => self.reread(),
            Err(problem) => {
                let told = self.told(&problem);
                if let Screen::Room(page) = &mut self.state.screen {
                    page.request.reread = Reread::Failed(told);
                }
            }
        }
    }

    /// POP once more where it must be, then the summary.
    pub(super) fn after_room(&mut self) {
        let Some(plan) = &self.course.plan else { return };
        let pop = plan.problems.iter().find(|problem| problem.code == Code::PlanPop.as_str());
        if let Some(problem) = pop.filter(|_| !self.course.pop_stopped) {
            let knowledge = if problem.stops { PopKnowledge::SameMailbox } else { PopKnowledge::Unknown };
            let accounts = self.pop_accounts();
            self.state.screen = Screen::StopPop(StopPop { accounts, ticked: false, knowledge, before_start: true });
        } else {
            self.show_summary();
        }
    }

    pub(super) fn show_summary(&mut self) {
        let (Some(plan), Some(far)) = (&self.course.plan, &self.course.far) else { return };
        let pop_code = Code::PlanPop.as_str();
        let stop = plan.problems.iter().find(|problem| problem.stops && problem.code != pop_code);
        let code = |problem: &crate::engine::plan::PlanProblem| Code::ALL.iter().copied().find(|code| code.as_str() == problem.code).unwrap_or(Code::Internal);
        let stop = stop.map(|problem| self.told(&Problem::account(code(problem), problem.what.clone())));
        let folders = plan.folders.iter().filter(|folder| folder.messages > 0);
        let copy = crate::gui::state::Amount { messages: plan.folders.iter().map(|folder| folder.messages).sum(), bytes: plan.needed_bytes };
        let pop = match (self.pop_accounts().is_empty(), self.course.pop_stopped) {
            (true, _) => PopTick::NotNeeded,
            (false, true) => PopTick::Ticked,
            (false, false) => PopTick::Needed,
        };
        self.state.screen = Screen::Summary(Summary {
            address: far.account.address.clone(),
            host: far.account.endpoint.host.clone(),
            copy,
            there: plan.folders.iter().map(|folder| folder.there).sum(),
            stays: plan.folders.iter().map(|folder| folder.kept).sum(),
            folders: folders
                .map(|folder| SummaryFolder {
                    from: folder.from.clone(),
                    to: folder.to.clone(),
                    copy: crate::gui::state::Amount { messages: folder.messages, bytes: folder.bytes },
                    is_new: folder.create,
                })
                .collect(),
            about_secs: self.pace.left_secs(copy.bytes),
            cautions: plan.problems.iter().filter(|problem| !problem.stops && problem.code != pop_code).map(|problem| problem.what.clone()).collect(),
            stop,
            pop,
            limits: CopyTimes::default(),
        });
        if self.drafts.hours_from.is_empty() && self.drafts.hours_until.is_empty() {
            let hours = self.course.hours.map_or_else(|| "22:00-06:00".to_owned(), |hours| hours.to_string());
            let (from, until) = hours.split_once('-').unwrap_or_default();
            (self.drafts.hours_from, self.drafts.hours_until) = (from.to_owned(), until.to_owned());
        }
        self.hours_edited();
    }

    /// Reads the two times, as people write them.
    pub(super) fn hours_edited(&mut self) {
        let hours = format!("{}-{}", clock(&self.drafts.hours_from), clock(&self.drafts.hours_until));
        self.course.hours = Hours::parse(&hours).ok().filter(|_| self.course.by_hours);
        self.show_limits();
    }

    pub(in crate::gui) fn show_limits(&mut self) {
        let course = &self.course;
        if let Screen::Summary(page) = &mut self.state.screen {
            page.limits =
                CopyTimes { by_hours: course.by_hours, hours_understood: course.hours.is_some(), unmetered: course.unmetered, connection: course.connection };
        }
    }
}

/// `22`, `22.00` and `22:00` are the same time of day.
fn clock(text: &str) -> String {
    let text = text.trim().replace(['.', 'h'], ":");
    if text.contains(':') { text } else { format!("{text}:00") }
}
