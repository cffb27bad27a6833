//! What deeds told, put where it is shown.

use std::path::PathBuf;

use crate::account::Secret;
use crate::engine::backup::BackupOutcome;
use crate::engine::check::AccountReport;
use crate::engine::far::Far;
use crate::engine::place::Fitness;
use crate::engine::plan::RoomSource;
use crate::engine::report::{JobReport, NamedMessage, VerifyMode};
use crate::engine::settings::{FoundServer, Source};
use crate::engine::upload::Outcome;
use crate::imap::Timeouts;
use crate::run::{Code, Event, Phase, Problem, Progress, Radius};
use crate::store::StoreInfo;

use super::logic::{AfterLook, AfterStop, Ending, Logic, Now};
use super::news::{FileQuestion, News, Opened};
use super::room::Way;
use super::state::{
    Adding, CheckOutcome, CheckedThing, Checking, CloseLook, Closeness, Connected, ContinueNeeds, CopyFolder, CopyStage, Copying, Done, Faults, LeftOut, Made,
    MailboxStage, Mark, MessageLine, NotMail, Notice, Part, Place, PlaceCaution, PlaceVerdict, PopKnowledge, ProblemLine, RefusalKind, Reread, SafeCopyPlace,
    SafeCopyStage, Screen, Search, ServerLook, StopPop, Sum,
};
use super::worker::Slot;

impl Logic {
    /// Hears what deeds told since the last look. True if something changed.
    pub fn look(&mut self, now: &Now) -> bool {
        let mut changed = false;
        while let Some((slot, news, events)) = self.worker.next_news() {
            self.hear_events(slot, events, now);
            self.hear(slot, news, now);
            changed = true;
        }
        changed |= self.numbers(now);
        if let Ending::Settling(until) = self.ending
            && (!self.is_busy() || now.instant >= until)
        {
            self.ending = Ending::Now;
            changed = true;
        }
        if changed {
            self.refresh();
        }
        changed
    }

    /// The newest numbers of what runs.
    fn numbers(&mut self, now: &Now) -> bool {
        for slot in [Slot::Backup, Slot::Upload] {
            if !self.worker.is_running(slot) {
                continue;
            }
            let events = self.worker.events(slot);
            self.hear_events(slot, events, now);
            if let Some(progress) = self.worker.progress(slot) {
                match slot {
                    Slot::Backup => self.safe_copy_numbers(&progress, now),
                    _ => self.copy_numbers(&progress, now),
                }
            }
            self.note(now, false);
            return true;
        }
        if let (true, Some(progress)) = (self.worker.is_running(Slot::Find), self.worker.progress(Slot::Find))
            && let Screen::Find(page) = &mut self.state.screen
        {
            let looking = Search::Looking(progress.mailbox);
            let changed = page.search != looking;
            page.search = looking;
            return changed;
        }
        false
    }

    fn hear(&mut self, slot: Slot, news: News, now: &Now) {
        match news {
            News::EndAsked => self.stop_and_close(now),
            News::Practice(practice) => self.hear_practice(practice, now),
            News::Store(store) => self.hear_store(*store),
            News::Found(found) => self.hear_found(found),
            News::Added(path, stores) => self.hear_added(path, stores),
            News::StillOpen(open) => self.hear_still_open(&open),
            News::Places(places, drives) => {
                self.course.drives = drives;
                self.hear_places(places);
            }
            News::PlaceLooked(place, fitness) => self.hear_place(place, fitness),
            News::BackedUp(outcome) => self.hear_backed_up(outcome, now),
            News::Server(settled) => self.hear_server(settled),
            News::Checked(checked) => self.hear_checked(checked, now),
            News::Looked(looked) => match looked {
                Ok(looked) => {
                    self.course.looked = Some(looked);
                    self.course.all_fit = false;
                    self.plan_room();
                }
                Err(problem) => self.look_failed(&problem),
            },
            News::Planned(planned) => self.hear_planned(*planned, now),
            News::Uploaded(outcome) => self.hear_uploaded(outcome, now),
            News::Archive(looked) => self.hear_archive(looked),
            News::Password(password) => self.hear_password(password),
            News::Chosen(question, path) => self.hear_chosen(question, path),
            News::Opened(path, opened) => {
                let path = path.display().to_string();
                self.state.notice = match opened {
                    Ok(Opened::Saved) => Some(Notice::ReportSaved(path)),
                    Ok(Opened::Shown) => None,
                    Err(why) => {
                        tracing::warn!("not opened: {why}");
                        Some(Notice::NotOpened(path))
                    }
                };
            }
            News::Fault(problem) => self.hear_fault(slot, problem, now),
        }
    }

    /// A fault ends its deed like any other problem of it.
    fn hear_fault(&mut self, slot: Slot, problem: Problem, now: &Now) {
        match slot {
            Slot::Practice => self.hear_practice(Err(problem), now),
            Slot::Find => self.hear_found(Err(problem)),
            Slot::Add => self.hear_added(PathBuf::new(), Err(problem)),
            Slot::Close => self.hear_still_open(&[]),
            Slot::Place => {
                let told = self.told(&problem);
                if let Screen::Place(page) = &mut self.state.screen {
                    page.verdict = PlaceVerdict::Refused(told);
                }
            }
            Slot::Backup => self.hear_backed_up(Err(problem), now),
            Slot::Server => self.hear_server(Err(problem)),
            Slot::Check => self.hear_checked(Err(problem), now),
            Slot::Look | Slot::Plan => self.look_failed(&problem),
            Slot::Upload => self.hear_uploaded(Err(problem), now),
            Slot::Archive => self.hear_archive(Err(problem)),
            Slot::Keychain => self.hear_password(None),
            Slot::Places | Slot::File | Slot::Open | Slot::Signal => {}
        }
    }

    // Finding.

    fn hear_practice(&mut self, practice: Result<Box<crate::engine::practice::Practice>, Problem>, now: &Now) {
        match practice {
            Ok(practice) => {
                self.practice = Some(practice);
                match self.state.screen {
                    Screen::Continue(_) => self.look_at_interrupted(),
                    _ => self.find(),
                }
            }
            Err(problem) => {
                let told = self.told(&problem);
                match &mut self.state.screen {
                    Screen::Find(page) => page.search = Search::Failed(told),
                    _ => self.obey(super::command::Command::StartNew, now),
                }
            }
        }
    }

    fn hear_store(&mut self, store: StoreInfo) {
        match self.course.stores.iter_mut().find(|known| known.id == store.id) {
            Some(known) => *known = store,
            None => self.course.stores.push(store),
        }
    }

    fn hear_found(&mut self, found: Result<(), Problem>) {
        let search = match found {
            Ok(()) => Search::Done,
            Err(problem) => Search::Failed(self.told(&problem)),
        };
        if let Screen::Find(page) = &mut self.state.screen {
            page.search = search;
        }
    }

    fn hear_added(&mut self, path: PathBuf, stores: Result<Vec<StoreInfo>, Problem>) {
        let adding = match stores {
            Ok(stores) => {
                for store in stores {
                    // What is added by hand is meant, also where it is a copy of a server's mail.
                    self.course.said.insert(store.id.clone(), true);
                    self.hear_store(store);
                }
                self.course.named.push(path);
                self.drafts.path.clear();
                Adding::Idle
            }
            Err(problem) => Adding::Refused { path: path.display().to_string(), told: self.told(&problem) },
        };
        if let Screen::Find(page) = &mut self.state.screen {
            page.adding = adding;
        }
    }

    fn hear_still_open(&mut self, open: &[StoreInfo]) {
        for store in &mut self.course.stores {
            store.in_use = open.iter().any(|open| open.id == store.id);
        }
        let Screen::CloseProgram(page) = &mut self.state.screen else { return };
        if open.is_empty() {
            self.after_close();
        } else {
            page.look = CloseLook::StillOpen;
        }
    }

    // The safe copy.

    fn hear_places(&mut self, places: Vec<Place>) {
        let Screen::Place(page) = &mut self.state.screen else { return };
        page.looking = false;
        let first = places.first().cloned();
        page.places = places;
        if let (Some(first), true) = (first, self.drafts.place.is_empty()) {
            page.chosen = Some(0);
            self.look_at_place(first);
        }
    }

    fn hear_place(&mut self, place: Place, fitness: Result<Fitness, Problem>) {
        let told = fitness.as_ref().err().map(|problem| self.told(problem));
        let Screen::Place(page) = &mut self.state.screen else { return };
        let needed = page.needed_bytes;
        page.verdict = match (fitness, told) {
            (Err(_), told) => PlaceVerdict::Refused(told.unwrap_or_default()),
            (Ok(fitness), _) => match (fitness.free_bytes, fitness.cloud) {
                // What an earlier pass wrote already need not be written again.
                (Some(free_bytes), _) if free_bytes < needed && !fitness.holds_safe_copy => {
                    PlaceVerdict::TooSmall { free_bytes, missing_bytes: needed - free_bytes }
                }
                (_, Some(cloud)) => PlaceVerdict::Mind(PlaceCaution::Cloud(cloud.to_owned())),
                _ if fitness.holds_safe_copy => PlaceVerdict::Mind(PlaceCaution::Existing),
                _ if place.is_fat32 => PlaceVerdict::Mind(PlaceCaution::Fat32),
                _ if place.kind == super::state::DriveKind::Network => PlaceVerdict::Mind(PlaceCaution::Network),
                (free_bytes, None) => PlaceVerdict::Good { free_bytes },
            },
        };
        self.course.place = place;
    }

    fn safe_copy_numbers(&mut self, progress: &Progress, now: &Now) {
        self.pace.note(now.instant, progress.bytes_done);
        let pace = &self.pace;
        let Screen::SafeCopy(page) = &mut self.state.screen else { return };
        let comparing = progress.phase == Phase::CheckingSafeCopy;
        if matches!(page.stage, SafeCopyStage::Reading | SafeCopyStage::Comparing) {
            page.stage = if comparing { SafeCopyStage::Comparing } else { SafeCopyStage::Reading };
        }
        if comparing {
            return;
        }
        page.bytes.done = progress.bytes_done.min(page.bytes.all);
        page.messages.done = progress.messages_done.min(page.messages.all);
        page.folder.clone_from(&progress.mailbox);
        page.bytes_per_sec = pace.per_sec();
        page.left_secs = pace.left_secs(page.bytes.all.saturating_sub(page.bytes.done));
        let mut left = page.messages.done;
        for row in &mut page.rows {
            if matches!(row.what, super::state::CopyRowOf::Store { .. }) {
                row.messages.done = left.min(row.messages.all);
                left -= row.messages.done;
                row.mark = match row.messages.done {
                    done if done == row.messages.all => Mark::Copied,
                    0 if left == 0 && page.messages.done > 0 => Mark::ToDo,
                    _ => Mark::Now,
                };
            }
        }
    }

    fn hear_backed_up(&mut self, outcome: Result<Box<BackupOutcome>, Problem>, now: &Now) {
        let problem = match outcome {
            Ok(outcome) => {
                let nothing_read = outcome.problem.clone().filter(|_| outcome.report.written == 0);
                match nothing_read {
                    None => return self.safe_copy_made(&outcome, now),
                    Some(problem) => problem,
                }
            }
            Err(problem) => problem,
        };
        let stage = if problem.code == Code::Interrupted { SafeCopyStage::Paused } else { SafeCopyStage::Stopped(self.told(&problem)) };
        if let Screen::SafeCopy(page) = &mut self.state.screen {
            (page.stage, page.bytes_per_sec, page.left_secs) = (stage, None, None);
        }
        self.note(now, true);
    }

    fn safe_copy_made(&mut self, outcome: &BackupOutcome, now: &Now) {
        let report = &outcome.report;
        self.course.made = Some(report.written);
        let of = report.not_mail;
        let problems = report.problems.iter().filter_map(|problem| Code::ALL.iter().find(|code| code.as_str() == problem.code).map(|code| (code, problem)));
        let problems: Vec<Problem> = problems.map(|(code, told)| Problem::new(*code, Radius::Account, crate::run::Retry::Later, told.what.clone())).collect();
        let made = Made {
            messages: report.written,
            folders: report.folders.len() as u64,
            bytes: folder_bytes(std::path::Path::new(&report.archive)),
            unreadable: report
                .unreadable
                .iter()
                .map(|unreadable| MessageLine {
                    folder: unreadable.folder.to_string(),
                    reason: unreadable.reason.clone(),
                    code: Code::MessageUnreadable.to_string(),
                    ..MessageLine::default()
                })
                .collect(),
            problems: problems.iter().map(|problem| self.told(problem)).collect(),
            left_out_deleted: report.left_out_deleted,
            not_mail: NotMail { contacts: of.contacts, appointments: of.appointments, tasks: of.tasks, notes: of.notes },
        };
        if let Screen::SafeCopy(page) = &mut self.state.screen {
            page.messages = Part::of(report.written, report.written);
            page.bytes.done = page.bytes.all;
            for row in &mut page.rows {
                (row.mark, row.messages.done) = (Mark::Proven, row.messages.all);
            }
            (page.bytes_per_sec, page.left_secs, page.folder) = (None, None, None);
            page.stage = SafeCopyStage::Made(made);
        }
        // The window may be closed now, until the mailbox is larger for instance: it comes back to this.
        self.note(now, true);
    }

    // The new mailbox.

    fn hear_server(&mut self, settled: Result<Box<FoundServer>, Problem>) {
        let refusal = settled.as_ref().err().map(|problem| self.refusal(problem));
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        match settled {
            Ok(settled) => {
                let FoundServer { account, source, ask_first } = *settled;
                let (host, port) = (account.endpoint.host.clone(), account.endpoint.port);
                page.server =
                    if ask_first { ServerLook::Elsewhere { host, port } } else { ServerLook::Found { host, port, by_itself: source != Source::Given } };
                self.course.settled = Some((account.address.clone(), account));
                if ask_first {
                    page.stage = MailboxStage::Asking;
                } else if std::mem::take(&mut self.course.connect_next) {
                    self.connect();
                }
            }
            Err(problem) if problem.code == Code::Interrupted => {}
            Err(_) => {
                let refusal = refusal.unwrap_or_default();
                // Said at the address while it is typed, and as a refusal once it was asked to connect.
                if std::mem::take(&mut self.course.connect_next) {
                    page.stage = MailboxStage::Refused(refusal.clone());
                }
                page.server = ServerLook::NotFound(refusal);
            }
        }
    }

    fn hear_checked(&mut self, checked: Result<Box<(Far, AccountReport)>, Problem>, now: &Now) {
        let stage = match checked {
            Ok(checked) => {
                let (far, report) = *checked;
                let connected = Connected {
                    host: report.host,
                    messages: report.messages,
                    limit: report.room.limit,
                    used: report.room.used,
                    assumed: report.room.source != RoomSource::Server,
                    tls: report.tls_version,
                    mechanism: report.mechanism,
                };
                if self.course.far.as_ref().is_none_or(|before| before.account != far.account) {
                    self.course.selection = super::room::Selection::default();
                    (self.course.bytes_all, self.course.messages_all) = (0, 0);
                }
                self.course.far = Some(far);
                self.course.plan = None;
                self.course.looked = None;
                self.note(now, true);
                // What is there is looked at while the person reads.
                self.look_over(AfterLook::Room);
                MailboxStage::Connected(connected)
            }
            Err(problem) if problem.code == Code::Interrupted => return,
            Err(problem) => MailboxStage::Refused(self.refusal(&problem)),
        };
        if let Screen::Mailbox(page) = &mut self.state.screen {
            page.stage = stage;
        }
    }

    /// Mailbox or safe copy could not be looked at.
    fn look_failed(&mut self, problem: &Problem) {
        if problem.code == Code::Interrupted {
            return;
        }
        let refusal = self.refusal(problem);
        match (&mut self.state.screen, self.course.after_look) {
            (Screen::Room(page), _) if page.request.reread == Reread::Looking => page.request.reread = Reread::Failed(refusal.told),
            (Screen::Room(_), _) => {
                self.show_mailbox();
                if let Screen::Mailbox(page) = &mut self.state.screen {
                    page.stage = MailboxStage::Refused(refusal);
                }
            }
            (Screen::Copying(page), AfterLook::Copy) => page.stage = CopyStage::Stopped(refusal),
            // Shown once it is wanted.
            _ => {}
        }
    }

    fn hear_planned(&mut self, (figures, view): (super::room::Figures, crate::engine::plan::PlanView), now: &Now) {
        self.course.plan = Some(view);
        if self.course.after_look == AfterLook::Copy {
            self.course.after_look = AfterLook::Room;
            if self.course.unfinished.take().is_some() {
                self.keep_password(true);
            }
            return self.begin_copying(now);
        }
        if matches!(self.state.screen, Screen::Done(_) | Screen::Copying(_) | Screen::Checking(_)) {
            self.show_room();
        }
        let Screen::Room(page) = &mut self.state.screen else { return };
        let before = page.bar.limit;
        let all_fits = figures.all_fits();
        figures.put(page);
        if page.request.reread == Reread::Looking {
            page.request.reread = match (before, page.bar.limit) {
                (Some(before), Some(limit)) if limit > before => Reread::Larger(limit),
                _ => Reread::Unchanged,
            };
        }
        // The first time it does not fit, all three ways are there to be chosen; none is chosen for the person.
        if all_fits && !self.course.all_fit && page.way == super::state::RoomWay::AskLarger {
            page.way = super::state::RoomWay::Everything;
        }
        self.course.all_fit = all_fits;
    }

    // Copying.

    fn hear_events(&mut self, slot: Slot, events: Vec<Event>, now: &Now) {
        for event in events {
            match event {
                Event::Trouble { problem } => self.hear_trouble(slot, &problem),
                Event::Waiting { seconds, .. } => self.hear_waiting(seconds, now),
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

    fn hear_waiting(&mut self, seconds: u64, now: &Now) {
        if let Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. }) = &mut self.state.screen {
            let since = match stage {
                CopyStage::Waiting { since, .. } => std::mem::take(since),
                CopyStage::Running | CopyStage::Preparing => now.time(),
                _ => return,
            };
            *stage = CopyStage::Waiting { since, next_try_secs: seconds };
        }
    }

    fn hear_folder_done(&mut self, mailbox: &str) {
        if let Screen::Copying(page) = &mut self.state.screen
            && let Some(folder) = page.folders.iter_mut().find(|folder| folder.to == mailbox)
        {
            (folder.mark, folder.messages.done) = (Mark::Copied, folder.messages.all);
        }
    }

    fn copy_numbers(&mut self, progress: &Progress, now: &Now) {
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
        let began = &mut self.course.folder_began;
        let Screen::Copying(page) = &mut self.state.screen else { return };
        (page.bytes, page.messages, page.rate) = (bytes, messages, graph);
        let waits = progress.phase == Phase::Waiting;
        page.stage = match std::mem::replace(&mut page.stage, CopyStage::Preparing) {
            CopyStage::Waiting { since, next_try_secs } if waits => CopyStage::Waiting { since, next_try_secs },
            CopyStage::Preparing | CopyStage::Running if waits => CopyStage::Waiting { since: now.time(), next_try_secs: 0 },
            CopyStage::Preparing | CopyStage::Running | CopyStage::Waiting { .. } => CopyStage::Running,
            stopping => stopping,
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

    fn hear_uploaded(&mut self, outcome: Result<Box<Outcome>, Problem>, now: &Now) {
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

    fn set_stage(&mut self, stage: CopyStage) {
        let mark = if matches!(stage, CopyStage::Paused) { Mark::Waiting } else { Mark::Stopped };
        match &mut self.state.screen {
            Screen::Copying(page) => {
                (page.bytes_per_sec, page.left_secs, page.stage) = (None, None, stage);
                page.folders.iter_mut().filter(|folder| matches!(folder.mark, Mark::Now | Mark::Waiting)).for_each(|folder| folder.mark = mark);
            }
            Screen::Checking(page) => page.stage = stage,
            _ => {}
        }
    }

    /// Copied and checked: the sum.
    fn copied(&mut self, report: &JobReport, now: &Now) {
        let tally = &report.tally;
        self.course.unexplained = Some(tally.unexplained);
        self.keep_password(false);
        self.note_end();
        let by = tally.kept_by;
        let unreadable = tally.failed.iter().filter(|message| message.code == Code::MessageUnreadable.as_str()).count() as u64;
        let apart = by.too_large + by.refused;
        let sum = Sum {
            found: tally.found,
            in_mailbox: tally.uploaded + tally.already_there,
            already_there: tally.already_there,
            kept: tally.kept.saturating_sub(apart),
            could_not: apart + tally.failed.len() as u64,
            too_large: by.too_large,
            unreadable,
            no_room: by.no_room,
            unexplained: tally.unexplained,
            gone_by_owner: tally.gone_by_owner,
        };
        let named = tally.failed.iter().chain(tally.kept_messages.iter().filter(|message| message.code != Code::Quota.as_str()));
        let verification = report.verification.as_ref();
        let place = &self.course.place;
        let done = Done {
            sum,
            wanted: tally.found.saturating_sub(by.choice + by.no_room + unreadable),
            checked_at: verification.map(|_| now.moment(now.wall.timestamp())),
            closeness: match verification.map(|verification| verification.mode) {
                Some(VerifyMode::Sizes) => Closeness::Sizes,
                Some(VerifyMode::Full) => Closeness::Full,
                Some(VerifyMode::Sample) | None => Closeness::Sample,
            },
            faults: verification.map_or_else(Faults::default, |found| Faults {
                missing: found.missing.len() as u64,
                changed: found.changed.len() as u64,
                doubled: found.doubled.len() as u64,
            }),
            not_copied: named.map(|message| self.line_of(message)).collect(),
            problem: None,
            safe_copy: SafeCopyPlace {
                name: place.name.clone(),
                folder: place.folder.clone(),
                bytes: folder_bytes(std::path::Path::new(&place.folder)),
                kind: place.kind,
            },
            report: self.course.job.as_ref().map(|job| job.join("report").display().to_string()).unwrap_or_default(),
            left_out: self.left_out(),
            practice: self.state.practice,
        };
        self.state.screen = Screen::Done(Box::new(done));
    }

    fn line_of(&self, message: &NamedMessage) -> MessageLine {
        let code = Code::ALL.iter().copied().find(|code| code.as_str() == message.code);
        // An unreadable one has its reason where others have a subject.
        let is_unreadable = code == Some(Code::MessageUnreadable);
        let told = code.map(|code| crate::engine::explain::explain(&Problem::account(code, ""), Some(&self.setup.provider.name), Default::default()).headline);
        let reason = if is_unreadable { message.subject.clone() } else { told };
        MessageLine {
            subject: message.subject.clone().filter(|_| !is_unreadable),
            from: message.from.clone(),
            date: message.date.as_ref().map(|date| date.chars().take(10).collect()),
            folder: message.folder.to_string(),
            bytes: message.bytes,
            reason: reason.or_else(|| message.server_text.clone()).unwrap_or_default(),
            code: message.code.clone(),
        }
    }

    fn left_out(&self) -> LeftOut {
        let selection = &self.course.selection;
        match selection.way {
            Way::Everything => LeftOut::default(),
            Way::Newest => LeftOut { oldest: true, ..LeftOut::default() },
            Way::Choose => {
                let years = self.course.looked.as_ref().map(|looked| {
                    let years = || looked.near.mailboxes.iter().flat_map(|mailbox| &mailbox.messages).map(|message| message.date.year());
                    (years().min().unwrap_or_default(), years().max().unwrap_or_default())
                });
                let (first, last) = years.unwrap_or_default();
                LeftOut {
                    before: selection.since.filter(|since| *since > first),
                    after: selection.until.filter(|until| *until < last),
                    folders: selection.without.iter().map(|key| key.split_once(':').map_or(key.as_str(), |(_, path)| path).to_owned()).collect(),
                    oldest: false,
                    largest: selection.without_larger.is_some(),
                }
            }
        }
    }

    // Going on.

    fn hear_archive(&mut self, looked: Result<(), Problem>) {
        let place = self.course.place.clone();
        let outcome = match &looked {
            Ok(()) => CheckOutcome::Good,
            Err(problem) => CheckOutcome::Bad(self.told(problem)),
        };
        self.set_check(|what| matches!(what, CheckedThing::SafeCopy { .. }), outcome);
        if looked.is_err() {
            self.set_needs(ContinueNeeds::Drive(place.folder));
        }
    }

    fn hear_password(&mut self, password: Option<Secret>) {
        let Some(account) = self.course.unfinished.as_ref().and_then(|unfinished| unfinished.account.clone()) else { return };
        let Screen::Continue(page) = &mut self.state.screen else { return };
        if matches!(page.needs, ContinueNeeds::Drive(_)) {
            return;
        }
        page.needs = match password {
            Some(password) => {
                self.course.far = Some(Far { account, password, reach: self.setup.reach.clone(), timeouts: Timeouts::default() });
                ContinueNeeds::Nothing
            }
            None => ContinueNeeds::Password { address: account.address, refused: None },
        };
    }

    fn hear_chosen(&mut self, question: FileQuestion, path: Option<PathBuf>) {
        if let Screen::Find(page) = &mut self.state.screen
            && page.adding == Adding::Choosing
        {
            page.adding = Adding::Idle;
        }
        let Some(path) = path else {
            self.state.notice = Some(Notice::NoFileDialog);
            return;
        };
        match question {
            FileQuestion::MailFile | FileQuestion::MailFolder => self.obey(super::command::Command::AddPaths(vec![path]), &Now::here()),
            FileQuestion::Place => {
                self.drafts.place = path.display().to_string();
                self.use_place(path);
            }
            FileQuestion::Report => self.save_report(path),
        }
    }
}

/// Bytes of a safe copy's own files.
fn folder_bytes(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|facts| facts.len()).sum()
}
