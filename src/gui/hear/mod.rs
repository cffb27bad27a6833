//! What deeds told, put where it is shown.
//!
//! News of an ended deed and the newest numbers of a running one are looked at ten times a second at most; each is put on its
//! page by the file of that page.

mod copying;
mod done;
mod find;
mod job;
mod mailbox;
mod resume;
mod safe_copy;

use std::path::PathBuf;

use crate::gui::logic::{Ending, Logic, Now};
use crate::gui::news::{FileQuestion, News, Opened};
use crate::gui::state::{Adding, Notice, PlaceVerdict, Screen, Search};
use crate::gui::worker::Slot;
use crate::run::Problem;

impl Logic {
    /// Hears what deeds told since the last look. True if something changed.
    pub fn look(&mut self, now: &Now) -> bool {
        let mut changed = false;
        while let Some((slot, news, events)) = self.worker.next_news() {
            self.hear_events(slot, events, now);
            self.hear(slot, news, now);
            changed = true;
        }
        changed |= self.numbers(now) | self.job_numbers(now);
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
            News::Connection(cost) => self.hear_connection(cost, now),
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
            News::JobOpened(dir, opened) => self.hear_job_opened(&dir, opened),
            News::JobEnded(ended) => self.hear_job_ended(*ended, now),
            News::Dns(looked) => self.hear_dns(looked, now),
            News::Go(list) => self.hear_go(list),
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
            Slot::OpenJob => self.hear_job_opened(&PathBuf::new(), Err(problem)),
            Slot::Job => self.hear_job_fault(&problem),
            Slot::Dns => self.hear_dns(Err(problem), now),
            Slot::Go => self.hear_go(Err(problem)),
            Slot::Connection | Slot::Places | Slot::File | Slot::Open | Slot::Signal => {}
        }
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
            FileQuestion::MailFile | FileQuestion::MailFolder => self.obey(crate::gui::command::Command::AddPaths(vec![path]), &Now::here()),
            FileQuestion::Place => {
                self.drafts.place = path.display().to_string();
                self.use_place(path);
            }
            FileQuestion::Report => self.save_report(path),
            FileQuestion::Job => self.open_job(path),
            FileQuestion::NewJob => self.drafts.job_folder = path.display().to_string(),
            FileQuestion::List => self.read_list(path),
        }
    }
}
