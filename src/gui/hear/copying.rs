//! Copying and checking: troubles, numbers, the end.

use crate::engine::upload::Outcome;
use crate::gui::logic::{AfterStop, Ending, Logic, Now};
use crate::gui::room::Way;
use crate::gui::state::{Checking, CopyFolder, CopyStage, Copying, Cost, Mark, Part, PopKnowledge, ProblemLine, RefusalKind, Screen, StopPop};
use crate::gui::worker::Slot;
use crate::run::{Code, Event, Phase, Problem, Progress, Radius};

impl Logic {
    pub(super) fn hear_events(&mut self, slot: Slot, events: Vec<Event>, now: &Now) {
        for event in events {
            match event {
                Event::Trouble { problem } => self.hear_trouble(slot, &problem),
                Event::Waiting { reason, seconds } => self.hear_waiting(&reason, seconds, now),
                Event::MailboxDone { phase: Phase::Uploading, mailbox, .. } => self.hear_folder_done(&mailbox),
                Event::MailboxDone { .. } | Event::PhaseStarted { .. } | Event::Resumed | Event::Note { .. } => {}
            }
        }
    }

    fn hear_trouble(&mut self, slot: Slot, problem: &Problem) {
        // What ends the deed is told by its end.
        if slot != Slot::Upload || problem.radius >= Radius::Account {
            return;
        }
        let mark = if problem.retry == crate::run::Retry::Never { Mark::Needs } else { Mark::Waiting };
        let line = ProblemLine { mark, told: self.told(problem), details: crate::engine::explain::log_line(problem), count: 1 };
        if let Screen::Copying(Copying { lines, .. }) | Screen::Checking(Checking { lines, .. }) = &mut self.state.screen {
            match lines.iter_mut().find(|known| known.told.headline == line.told.headline) {
                Some(known) => known.count += 1,
                None => lines.push(line),
            }
        }
    }

    /// What the connection costs now.
    pub(super) fn hear_connection(&mut self, cost: Cost, now: &Now) {
        self.course.connection = cost;
        self.show_limits();
        let (Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. })) = &self.state.screen else { return };
        match (cost, stage) {
            (Cost::Metered, CopyStage::Pausing) => {}
            (Cost::Metered, _) if self.course.unmetered && self.worker.is_running(Slot::Upload) => {
                self.course.after_stop = AfterStop::Unmetered;
                self.worker.cancel(Slot::Upload);
            }
            (Cost::Free | Cost::Unknown, CopyStage::Metered) => self.copy(now),
            _ => {}
        }
    }

    fn hear_waiting(&mut self, reason: &str, seconds: u64, now: &Now) {
        if let Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. }) = &mut self.state.screen {
            let since = match stage {
                CopyStage::Waiting { since, .. } => std::mem::take(since),
                CopyStage::Running | CopyStage::Preparing | CopyStage::UntilHours { .. } => now.time(),
                _ => return,
            };
            *stage = match until(reason) {
                Some(start) => CopyStage::UntilHours { start },
                None => CopyStage::Waiting { since, next_try_secs: seconds },
            };
        }
    }

    fn hear_folder_done(&mut self, mailbox: &str) {
        if let Screen::Copying(page) = &mut self.state.screen
            && let Some(folder) = page.folders.iter_mut().find(|folder| folder.to == mailbox)
        {
            (folder.mark, folder.messages.done) = (Mark::Copied, folder.messages.all);
        }
    }

    pub(super) fn copy_numbers(&mut self, progress: &Progress, now: &Now) {
        match progress.phase {
            Phase::Verifying => self.verify_numbers(progress),
            Phase::Uploading | Phase::Waiting if progress.messages_total > 0 || progress.bytes_total > 0 => self.upload_numbers(progress, now),
            _ => {}
        }
    }

    fn upload_numbers(&mut self, progress: &Progress, now: &Now) {
        let (bytes_all, messages_all) = (self.course.bytes_all.max(progress.bytes_total), self.course.messages_all.max(progress.messages_total));
        // What an earlier run put there is the difference.
        let bytes = Part::of(bytes_all - progress.bytes_total + progress.bytes_done.min(progress.bytes_total), bytes_all);
        let messages = Part::of(messages_all - progress.messages_total + progress.messages_done.min(progress.messages_total), messages_all);
        self.pace.note(now.instant, bytes.done);
        let (rate, left, graph) = (self.pace.per_sec(), self.pace.left_secs(bytes.all - bytes.done), self.pace.graph(now.instant));
        let start = progress.waiting_for.as_deref().and_then(until);
        let began = &mut self.course.folder_began;
        let Screen::Copying(page) = &mut self.state.screen else { return };
        (page.bytes, page.messages, page.rate) = (bytes, messages, graph);
        let waits = progress.phase == Phase::Waiting;
        page.stage = match std::mem::replace(&mut page.stage, CopyStage::Preparing) {
            stopping @ (CopyStage::Pausing | CopyStage::Paused | CopyStage::Metered | CopyStage::Drained(_) | CopyStage::Stopped(_)) => stopping,
            stage => match (waits, start, stage) {
                (true, Some(start), _) => CopyStage::UntilHours { start },
                (true, None, CopyStage::Waiting { since, next_try_secs }) => CopyStage::Waiting { since, next_try_secs },
                (true, None, _) => CopyStage::Waiting { since: now.time(), next_try_secs: 0 },
                (false, ..) => CopyStage::Running,
            },
        };
        page.bytes_per_sec = if waits { Some(0) } else { rate };
        page.left_secs = left.filter(|_| !waits);
        let Some(mailbox) = &progress.mailbox else { return };
        let Some(folder) = page.folders.iter_mut().find(|folder| folder.to == *mailbox) else { return };
        if began.0 != *mailbox {
            *began = (mailbox.clone(), progress.messages_done, folder.messages.done);
        }
        if folder.mark != Mark::Copied {
            folder.mark = if waits { Mark::Waiting } else { Mark::Now };
            folder.messages.done = (began.2 + progress.messages_done.saturating_sub(began.1)).min(folder.messages.all);
        }
    }

    fn verify_numbers(&mut self, progress: &Progress) {
        if let Screen::Copying(page) = &mut self.state.screen {
            let folders = page.folders.iter().map(|folder| CopyFolder { mark: Mark::ToDo, messages: Part::of(0, folder.messages.all), ..folder.clone() });
            let stage = if page.stage == CopyStage::Pausing { CopyStage::Pausing } else { CopyStage::Running };
            self.state.screen =
                Screen::Checking(Checking { stage, messages: Part::default(), folders: folders.collect(), lines: std::mem::take(&mut page.lines) });
        }
        let Screen::Checking(page) = &mut self.state.screen else { return };
        page.messages = Part::of(progress.messages_done.min(progress.messages_total), progress.messages_total);
        let at_hand = progress.mailbox.as_ref().and_then(|mailbox| page.folders.iter().position(|folder| folder.to == *mailbox));
        if let Some(at_hand) = at_hand {
            for (at, folder) in page.folders.iter_mut().enumerate() {
                match at.cmp(&at_hand) {
                    std::cmp::Ordering::Less => (folder.mark, folder.messages.done) = (Mark::Proven, folder.messages.all),
                    std::cmp::Ordering::Equal => folder.mark = Mark::Now,
                    std::cmp::Ordering::Greater => {}
                }
            }
        }
    }

    pub(super) fn hear_uploaded(&mut self, outcome: Result<Box<Outcome>, Problem>, now: &Now) {
        let (problem, outcome) = match outcome {
            Ok(outcome) => (outcome.problem.clone().filter(|problem| problem.code != Code::MailboxRefused), Some(outcome)),
            Err(problem) => (Some(problem), None),
        };
        if let Some(outcome) = &outcome {
            self.course.job = Some(outcome.job.clone());
        }
        let Some(problem) = problem else {
            if let Some(outcome) = outcome {
                self.copied(&outcome.report, now);
            }
            return;
        };
        self.note(now, true);
        match problem.code {
            Code::Interrupted if self.course.after_stop == AfterStop::Again && self.ending == Ending::Stays => self.copy(now),
            Code::Interrupted if self.course.after_stop == AfterStop::Unmetered => match self.course.connection {
                Cost::Metered => self.set_stage(CopyStage::Metered),
                // It was so for a moment only.
                Cost::Free | Cost::Unknown if self.ending == Ending::Stays => self.copy(now),
                Cost::Free | Cost::Unknown => self.set_stage(CopyStage::Paused),
            },
            Code::Interrupted => self.set_stage(CopyStage::Paused),
            Code::Quota | Code::PlanRoom => {
                let tally = outcome.map(|outcome| outcome.report.tally).unwrap_or_default();
                self.course.full = Some((tally.uploaded + tally.already_there, tally.kept_by.no_room));
                self.course.selection.way = Way::Everything;
                // A new choice has its own measure.
                (self.course.bytes_all, self.course.messages_all) = (0, 0);
                self.course.looked = None;
                self.show_room();
            }
            Code::PlanPop => {
                let accounts = self.pop_accounts();
                self.course.pop_stopped = false;
                self.state.screen = Screen::StopPop(StopPop { accounts, ticked: false, knowledge: PopKnowledge::SameMailbox, before_start: true });
            }
            Code::PopDrain => {
                let told = self.told(&problem);
                self.set_stage(CopyStage::Drained(told));
            }
            _ => {
                let refusal = self.refusal(&problem);
                if refusal.kind == RefusalKind::Password {
                    self.drafts.password.clear();
                }
                self.set_stage(CopyStage::Stopped(refusal));
            }
        }
    }

    pub(in crate::gui) fn set_stage(&mut self, stage: CopyStage) {
        let mark = if matches!(stage, CopyStage::Paused | CopyStage::Metered) { Mark::Waiting } else { Mark::Stopped };
        match &mut self.state.screen {
            Screen::Copying(page) => {
                (page.bytes_per_sec, page.left_secs, page.stage) = (None, None, stage);
                page.folders.iter_mut().filter(|folder| matches!(folder.mark, Mark::Now | Mark::Waiting)).for_each(|folder| folder.mark = mark);
            }
            Screen::Checking(page) => page.stage = stage,
            _ => {}
        }
    }
}

/// When the chosen hours begin, if that is what is waited for: `until 22:00`.
fn until(waiting_for: &str) -> Option<String> {
    let start = waiting_for.strip_prefix("until ")?;
    Some(start.split([' ', ',']).next().unwrap_or(start).to_owned())
}
