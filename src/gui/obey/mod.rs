//! What commands do, in one place.
//!
//! A [`Command`] says what a person did. Here stands which deed it is, and the way from page to page, forward and back; each
//! deed stands in the file of its page. A deed that takes time runs on a thread of its own and is heard in [`super::hear`].

mod copying;
mod done;
mod find;
mod job;
mod mailbox;
mod resume;
mod room;
mod safe_copy;
mod welcome;
mod window;

use std::path::PathBuf;

use crate::engine::batch::Only;
use crate::gui::command::Command;
use crate::gui::dialog::file::Ask;
use crate::gui::logic::{AfterLook, Logic, Now};
use crate::gui::news::FileQuestion;
use crate::gui::room::Way;
use crate::gui::state::{CloseLook, CloseProgram, Closing, Dialog, MailboxStage, Notice, SafeCopyStage, Screen, Step, WhyListed};
use crate::gui::worker::Slot;

impl Logic {
    /// Does what a person said.
    pub fn obey(&mut self, command: Command, now: &Now) {
        self.state.notice = None;
        match command {
            Command::Back => self.back(),
            Command::GetHelp => self.state.dialog = Some(Dialog::Help),
            Command::IAmATechnician => self.show_jobs(None),
            Command::OpenSettings => self.state.dialog = Some(Dialog::Settings),
            Command::SetTheme(theme) => self.set_look(|look| look.theme = theme),
            Command::SetTextSize(size) => self.set_look(|look| look.text_size = size),
            Command::SetReducedMotion(reduced) => self.set_look(|look| look.reduced_motion = reduced),
            Command::CloseDialog => {
                if self.state.dialog != Some(Dialog::Closing(Closing::Settling)) {
                    self.state.dialog = None;
                }
            }
            Command::Copy(text) => {
                self.clipboard = Some(text);
                self.state.notice = Some(Notice::Copied);
            }
            Command::OpenWeb(place) => self.open_web(place),
            Command::CloseWindow => self.close_window(),
            Command::StopAndClose => self.stop_and_close(now),

            Command::FindMyMail | Command::FindAgain => self.find(),
            Command::Practise => self.practise(),
            Command::LeavePractice => self.leave_practice(now),
            Command::ContinueJob => self.continue_job(now),
            Command::StartNew => self.start_new(now),
            Command::ShowInterrupted => {
                if let Some(unfinished) = self.course.unfinished.clone() {
                    self.show_unfinished(unfinished, now);
                }
            }

            Command::AddFile => self.ask_file(FileQuestion::MailFile, Ask::File),
            Command::AddFolder => self.ask_file(FileQuestion::MailFolder, Ask::Folder),
            Command::AddTyped => {
                let path = PathBuf::from(self.drafts.path.trim());
                if !path.as_os_str().is_empty() {
                    self.add(path);
                }
            }
            Command::AddPaths(paths) => match &self.state.screen {
                Screen::Job(job) if job.at == Step::Mailboxes => {
                    if let Some(list) = paths.into_iter().next() {
                        self.read_list(list);
                    }
                }
                Screen::Jobs(_) | Screen::NewJob(_) | Screen::Job(_) => {}
                _ => paths.into_iter().for_each(|path| self.add(path)),
            },
            Command::ChooseStore(id, chosen) => {
                self.course.said.insert(id, chosen);
            }
            Command::HowToExport(id) => self.how_to_export(&id),

            Command::Next => self.next(now),
            Command::IClosedIt => self.closed_it(),
            Command::GoOnInUse => {
                self.course.in_use_accepted = true;
                self.after_close();
            }
            Command::TickPopStopped(ticked) => self.tick_pop(ticked),
            Command::PopLater => {
                self.course.pop_later = true;
                self.after_close();
            }

            Command::ChoosePlace(at) => self.choose_place(at),
            Command::BrowsePlace => self.ask_file(FileQuestion::Place, Ask::Folder),
            Command::UseTypedPlace => self.use_place(PathBuf::from(self.drafts.place.trim())),
            Command::MakeSafeCopy => self.make_safe_copy(now),
            Command::AnotherPlace => {
                self.course.backed_up.clear();
                self.note_end();
                self.show_places();
            }
            Command::SeeUnreadable => self.see_messages(WhyListed::Unreadable),

            Command::AddressEntered => self.look_for_server(false),
            Command::UseThisServer => self.use_this_server(),
            Command::ShowAdvanced(shown) => {
                if let Screen::Mailbox(page) = &mut self.state.screen {
                    page.advanced = shown;
                }
            }
            Command::Connect => self.connect(),
            Command::MailboxEdited => self.mailbox_edited(),
            Command::WhatCertificateMeans => self.certificate_means(),

            Command::ChooseRoomWay(way) => self.choose_way(way),
            Command::ChooseYears(since, until) => {
                (self.course.selection.since, self.course.selection.until) = (Some(since.min(until)), Some(until.max(since)));
                self.plan_room();
            }
            Command::ChooseFolder(key, chosen) => {
                if let Some(looked) = self.course.looked.clone() {
                    self.course.selection.choose(&looked, &key, chosen);
                    self.plan_room();
                }
            }
            Command::OpenFolder(key, _open) => self.fold(&key),
            Command::LeaveOutLargest(out) => self.leave_out_largest(out),
            Command::RereadQuota => self.reread(),
            Command::PracticeUpgrade => self.upgrade_practice(),

            Command::LimitHours(by_hours) => {
                self.course.by_hours = by_hours;
                self.hours_edited();
            }
            Command::HoursEdited => self.hours_edited(),
            Command::LimitUnmetered(unmetered) => {
                self.course.unmetered = unmetered;
                self.show_limits();
            }
            Command::Start => self.start(now),
            Command::Pause => self.pause(),
            Command::Resume => self.resume(now),
            Command::CopyNow => self.copy_now(now),
            Command::HelpFindDrain => self.state.dialog = Some(Dialog::DrainHelp),
            Command::PutBackAndContinue => {
                self.course.pop_stopped = true;
                self.state.dialog = None;
                self.copy(now);
            }
            Command::SeeNotCopied => self.see_messages(WhyListed::NotCopied),

            Command::SaveReport => self.ask_file(FileQuestion::Report, Ask::Save("Mailferry report.html".into())),
            Command::SaveReportTyped => self.save_report(PathBuf::from(self.drafts.report.trim())),
            Command::PrintReport | Command::OpenReport => {
                if let Some(page) = self.report_page() {
                    self.open(page);
                }
            }
            Command::OpenSafeCopy => self.open(PathBuf::from(&self.course.place.folder)),
            Command::MoveTheRest => {
                self.course.selection.way = Way::Everything;
                self.look_over(AfterLook::Room);
            }
            Command::Finish => self.finish(now),

            Command::NewJob => self.new_job(),
            Command::OpenJob => self.ask_job_file(FileQuestion::Job),
            Command::OpenTypedJob => {
                let folder = self.drafts.job_folder.trim().to_owned();
                if !folder.is_empty() {
                    self.open_job(PathBuf::from(folder));
                }
            }
            Command::OpenRecent(folder) => self.open_job(PathBuf::from(folder)),
            Command::BrowseJobFolder => self.ask_job_file(FileQuestion::NewJob),
            Command::TickSignIns(ticked) => self.tick_brought(|brought| brought.sign_ins = ticked),
            Command::TickDns(ticked) => self.tick_brought(|brought| brought.dns = ticked),
            Command::MakeJob => self.make_job(),
            Command::GoToStep(step) => self.go_to_step(step),
            Command::ChooseList => self.ask_job_file(FileQuestion::List),
            Command::ReadTypedList => {
                let list = self.drafts.list.trim().to_owned();
                if !list.is_empty() {
                    self.read_list(PathBuf::from(list));
                }
            }
            Command::PasteList => {}
            Command::Pasted(list) => self.read_pasted(list.0),
            Command::TestAll => self.test_rows(Only::All),
            Command::PauseAll => self.pause_all(),
            Command::StartAll => {
                if !self.job_is_running() {
                    self.sync_rows(false, now);
                }
            }
            Command::PauseRow(id) => self.pause_row(id, true, now),
            Command::ResumeRow(id) => self.pause_row(id, false, now),
            Command::AboutRow(id) => self.about_row(id),
            Command::TakePasswords(id) => self.take_passwords(id),
            Command::TestRow(id) => {
                self.state.dialog = None;
                self.test_rows(Only::Rows(vec![id]));
            }
            Command::TakeNewest(id, newest) => self.take_newest(id, newest),
            Command::AskDns => self.ask_dns(),
            Command::ShowGoList => self.show_go_list(),
            Command::TickGo(at, ticked) => self.tick_go(at, ticked),
            Command::ShowRecords => self.show_records(),
            Command::StartSecondSync => self.start_second(now),
            Command::WriteJobReport => self.write_job_report(),
            Command::OpenJobReport => self.open_job_report(),
            Command::WipeAndFinish => self.wipe_and_finish(),
        }
        self.refresh();
    }

    fn back(&mut self) {
        if self.state.dialog.is_some() {
            if self.state.dialog != Some(Dialog::Closing(Closing::Settling)) {
                self.state.dialog = None;
            }
            return;
        }
        match &self.state.screen {
            Screen::Jobs(_) | Screen::Find(_) => {
                self.worker.forget(Slot::Find);
                self.state.screen = self.welcome();
            }
            Screen::NewJob(_) => {
                self.keep_new_job();
                self.show_jobs(None);
            }
            Screen::Job(_) => self.job_back(),
            Screen::CloseProgram(_) => self.show_find(),
            Screen::StopPop(page) if page.before_start => self.show_room(),
            Screen::StopPop(_) | Screen::Place(_) => self.show_find(),
            Screen::SafeCopy(page) => match page.stage {
                SafeCopyStage::Stopped(_) | SafeCopyStage::Paused => {
                    self.course.backed_up.clear();
                    self.show_places();
                }
                SafeCopyStage::Made(_) => self.show_find(),
                SafeCopyStage::Reading | SafeCopyStage::Comparing | SafeCopyStage::Pausing => {}
            },
            Screen::Mailbox(_) => {
                self.worker.forget(Slot::Check);
                self.worker.forget(Slot::Look);
                self.show_find();
            }
            Screen::Room(_) => self.show_mailbox(),
            Screen::Summary(_) => self.show_room(),
            Screen::Occupied | Screen::Welcome(_) | Screen::Continue(_) | Screen::Copying(_) | Screen::Checking(_) | Screen::Done(_) => {}
        }
    }

    fn next(&mut self, now: &Now) {
        match &self.state.screen {
            Screen::Find(page) => {
                if page.chosen().next().is_none() || self.worker.is_running(Slot::Find) {
                    return;
                }
                let programs = self.open_programs(self.chosen_stores());
                if programs.is_empty() || self.course.in_use_accepted {
                    self.after_close();
                } else {
                    self.state.screen = Screen::CloseProgram(CloseProgram { programs, look: CloseLook::Asked });
                }
            }
            Screen::StopPop(page) => match (page.before_start, page.ticked) {
                (_, false) => {}
                (false, true) => self.after_close(),
                (true, true) => self.show_summary(),
            },
            Screen::Place(_) => self.make_safe_copy(now),
            Screen::SafeCopy(page) if matches!(page.stage, SafeCopyStage::Made(_)) => self.show_mailbox(),
            Screen::Mailbox(page) => match page.stage {
                MailboxStage::Connected(_) => self.show_room(),
                _ => self.connect(),
            },
            Screen::Room(page) if !page.planning => self.after_room(),
            Screen::Summary(_) => self.start(now),
            Screen::CloseProgram(_) => self.closed_it(),
            Screen::Job(_) => self.job_next(),
            _ => {}
        }
    }
}
