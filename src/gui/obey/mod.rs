//! What commands do, in one place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::account::{Secret, TlsMode};
use crate::autoconfig::Given;
use crate::engine::backup::{BackupRequest, backup};
use crate::engine::check::check;
use crate::engine::far::Far;
use crate::engine::place::{self, Drive};
use crate::engine::practice::{PASSWORD, Practice};
use crate::engine::settings::find_server;
use crate::engine::upload::{look_over, upload};
use crate::engine::{discover, plan::Choices};
use crate::imap::Timeouts;
use crate::run::{Code, Problem};

use super::command::Command;
use super::dialog::file::{self, Ask};
use super::logic::{AfterLook, AfterStop, Course, Ending, Logic, Now};
use super::news::{FileQuestion, News, Opened};
use super::remember::{Stage, Unfinished};
use super::room::{Way, figures, way_of};
use super::state::{
    Adding, CheckOutcome, CheckedThing, Checking, CloseLook, CloseProgram, Closing, Continue, ContinueCheck, ContinueNeeds, CopyFolder, CopyRow, CopyRowOf,
    CopyStage, Copying, Dialog, DriveKind, Find, Interrupted, InterruptedIn, MailboxPage, MailboxStage, Mark, MessageList, Notice, OpenProgram, Part, Place,
    PlacePage, PlaceVerdict, PopKnowledge, PopTick, RefusalKind, Reread, RoomOccasion, RoomPage, RoomWay, SafeCopy, SafeCopyStage, Screen, Search, ServerLook,
    StopPop, Summary, SummaryFolder, Technician, Welcome, WhyListed,
};
use super::worker::Slot;

/// What is under way has so long to settle when the window closes.
const SETTLE: Duration = Duration::from_secs(10);

impl Logic {
    /// Does what a person said.
    pub fn obey(&mut self, command: Command, now: &Now) {
        self.state.notice = None;
        match command {
            Command::Back => self.back(),
            Command::GetHelp => self.state.dialog = Some(Dialog::Help),
            Command::IAmATechnician => self.state.screen = Screen::Technician(self.technician()),
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
            Command::AddPaths(paths) => paths.into_iter().for_each(|path| self.add(path)),
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

            Command::Start => self.start(now),
            Command::Pause => self.pause(),
            Command::Resume => self.resume(now),
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
        }
        self.refresh();
    }

    // Around the pages.

    fn back(&mut self) {
        if self.state.dialog.is_some() {
            if self.state.dialog != Some(Dialog::Closing(Closing::Settling)) {
                self.state.dialog = None;
            }
            return;
        }
        match &self.state.screen {
            Screen::Technician(_) | Screen::Find(_) => {
                self.worker.forget(Slot::Find);
                self.state.screen = self.welcome();
            }
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

    fn welcome(&self) -> Screen {
        let interrupted = self
            .course
            .unfinished
            .as_ref()
            .map(|unfinished| Interrupted { stopped: Now::here().moment(unfinished.at), percent: Part::of(unfinished.bytes.0, unfinished.bytes.1).percent() });
        Screen::Welcome(Welcome { interrupted })
    }

    fn technician(&self) -> Technician {
        let home = self.setup.home.root();
        Technician {
            home: home.display().to_string(),
            logs: home.join("log").display().to_string(),
            console: if cfg!(windows) { "mailferry-cli.exe" } else { "mailferry-cli" }.into(),
            renderer: self.setup.renderer.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    fn set_look(&mut self, change: impl FnOnce(&mut super::state::Look)) {
        change(&mut self.state.look);
        self.settings.look = self.state.look;
        self.settings.write(&self.setup.home);
    }

    fn open_web(&mut self, place: String) {
        let provider = &self.setup.provider;
        let own = [&provider.web, &provider.sister.web];
        let mails = [&provider.email, &provider.sister.email];
        // Only what the provider's file names is opened.
        let known = own.iter().any(|web| !web.is_empty() && place == ***web) || mails.iter().any(|mail| !mail.is_empty() && place == format!("mailto:{mail}"));
        if known {
            self.worker.start(Slot::Open, |_, _| async move {
                let shown = tokio::task::spawn_blocking({
                    let place = place.clone();
                    move || opener::open(&place).map_err(|error| error.to_string())
                });
                News::Opened(PathBuf::from(place), shown.await.unwrap_or_else(|fault| Err(fault.to_string())).map(|()| Opened::Shown))
            });
        }
    }

    fn close_window(&mut self) {
        match (self.is_busy(), self.ending) {
            (_, Ending::Settling(_) | Ending::Now) => {}
            (true, _) => self.state.dialog = Some(Dialog::Closing(Closing::Asked)),
            (false, _) => self.ending = Ending::Now,
        }
    }

    pub(super) fn stop_and_close(&mut self, now: &Now) {
        if !self.is_busy() {
            self.ending = Ending::Now;
            return;
        }
        self.note(now, true);
        self.course.after_stop = AfterStop::Pause;
        self.worker.cancel(Slot::Backup);
        self.worker.cancel(Slot::Upload);
        self.state.dialog = Some(Dialog::Closing(Closing::Settling));
        self.ending = Ending::Settling(now.instant + SETTLE);
    }

    // Practice.

    fn practise(&mut self) {
        self.state.practice = true;
        self.course = Course::default();
        self.state.screen = Screen::Find(Find { search: Search::Looking(None), ..Find::default() });
        self.prepare_practice(false);
    }

    /// Prepares practice on a thread of its own: anew, or going on.
    pub(super) fn prepare_practice(&mut self, going_on: bool) {
        self.practice = None;
        let dir = self.practice_dir();
        self.worker.start(Slot::Practice, |_, _| async move {
            let begin = move || if going_on { Practice::go_on(&dir) } else { Practice::begin(&dir) };
            let practice = tokio::task::spawn_blocking(begin).await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string())));
            News::Practice(practice.map(Box::new))
        });
    }

    fn leave_practice(&mut self, now: &Now) {
        for slot in [Slot::Practice, Slot::Find, Slot::Backup, Slot::Look, Slot::Check, Slot::Upload] {
            self.worker.forget(slot);
        }
        self.note_end();
        self.practice = None;
        self.state.practice = self.setup.demo;
        self.start_over(now);
    }

    /// Back to the first page; what was interrupted before is offered again.
    fn start_over(&mut self, now: &Now) {
        self.course = Course::default();
        self.drafts = super::state::Drafts::default();
        self.pace.clear();
        self.state.dialog = None;
        self.course.unfinished = if self.setup.demo { None } else { Unfinished::read(self.setup.home.root()) };
        let _ = now;
        self.state.screen = self.welcome();
    }

    fn finish(&mut self, now: &Now) {
        if self.state.practice {
            self.leave_practice(now);
        } else {
            self.start_over(now);
        }
    }

    // Going on after an interruption.

    /// The continue page, and what is looked at for it.
    pub(super) fn show_unfinished(&mut self, unfinished: Unfinished, now: &Now) {
        self.state.practice = unfinished.practice;
        let course = Course {
            backed_up: unfinished.stores.clone(),
            place: (&unfinished.place).into(),
            made: unfinished.made,
            selection: unfinished.selection.clone(),
            pop_stopped: unfinished.pop_stopped,
            address: unfinished.account.as_ref().map(|account| account.address.clone()).unwrap_or_default(),
            bytes_all: unfinished.bytes.1,
            messages_all: unfinished.messages.1,
            unfinished: Some(unfinished.clone()),
            ..Course::default()
        };
        self.course = course;
        let of = match unfinished.stage {
            Stage::SafeCopy => InterruptedIn::SafeCopy,
            Stage::Made | Stage::Copying => InterruptedIn::Copying,
        };
        let place = self.course.place.name.clone();
        let checks = match of {
            InterruptedIn::SafeCopy => Vec::new(),
            InterruptedIn::Copying => vec![ContinueCheck { what: CheckedThing::SafeCopy { place }, outcome: CheckOutcome::Looking }],
        };
        let bytes = Part::of(unfinished.bytes.0, unfinished.bytes.1);
        self.state.screen = Screen::Continue(Continue {
            of,
            stopped: now.moment(unfinished.at),
            percent: bytes.percent(),
            bytes,
            messages: Part::of(unfinished.messages.0, unfinished.messages.1),
            checks,
            needs: ContinueNeeds::Looking,
            left_secs: unfinished.left_secs,
        });
        self.drafts.address.clone_from(&self.course.address);
        if unfinished.practice {
            self.prepare_practice(true);
        } else {
            self.look_at_interrupted();
        }
    }

    /// Is the safe copy there, and does the keychain know the password?
    pub(super) fn look_at_interrupted(&mut self) {
        let Some(unfinished) = self.course.unfinished.clone() else { return };
        if unfinished.stage == Stage::SafeCopy {
            let folder = &unfinished.place.folder;
            let there = folder.ancestors().nth(1).is_none_or(Path::exists) || unfinished.practice;
            self.set_needs(if there { ContinueNeeds::Nothing } else { ContinueNeeds::Drive(folder.display().to_string()) });
            return;
        }
        let (dir, passphrase) = (unfinished.place.folder.clone(), self.setup.environment.passphrase.clone());
        self.worker.start(Slot::Archive, |_, _| async move {
            let open = move || crate::archive::Archive::open(&dir, passphrase).map(drop);
            News::Archive(tokio::task::spawn_blocking(open).await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string()))))
        });
        if unfinished.practice {
            let password = Secret::new(PASSWORD.to_owned());
            self.course.far = self.practice.as_ref().map(|practice| practice.far(password));
            self.set_needs(ContinueNeeds::Nothing);
            return;
        }
        let Some(account) = unfinished.account else {
            // It was closed before a mailbox was known: that is asked on its own page.
            self.set_needs(ContinueNeeds::Nothing);
            return;
        };
        let with_keychain = self.setup.with_keychain;
        self.worker.start(Slot::Keychain, |_, _| async move {
            let ask = move || if with_keychain { crate::keychain::get(&account.endpoint.host, &account.user) } else { None };
            News::Password(tokio::task::spawn_blocking(ask).await.unwrap_or(None))
        });
    }

    pub(super) fn set_needs(&mut self, needs: ContinueNeeds) {
        if let Screen::Continue(page) = &mut self.state.screen {
            page.needs = needs;
        }
    }

    fn continue_job(&mut self, now: &Now) {
        let Screen::Continue(page) = &self.state.screen else { return };
        match (&page.needs, page.of) {
            (ContinueNeeds::Looking, _) => {}
            (ContinueNeeds::Drive(_), InterruptedIn::SafeCopy | InterruptedIn::Copying) => self.look_at_interrupted(),
            (ContinueNeeds::Nothing | ContinueNeeds::Password { .. }, InterruptedIn::SafeCopy) => self.back_up(now),
            (ContinueNeeds::Nothing, InterruptedIn::Copying) => self.go_on(now),
            (ContinueNeeds::Password { .. }, InterruptedIn::Copying) => {
                let Some(account) = self.course.unfinished.as_ref().and_then(|unfinished| unfinished.account.clone()) else { return };
                if self.drafts.password.is_empty() {
                    return;
                }
                let password = self.take_password();
                self.course.far = Some(Far { account, password, reach: self.setup.reach.clone(), timeouts: Timeouts::default() });
                self.go_on(now);
            }
        }
    }

    /// Copies on, or comes back to where the mailbox or its room was asked for.
    fn go_on(&mut self, now: &Now) {
        match self.course.unfinished.as_ref().map(|unfinished| (unfinished.stage, unfinished.account.is_some())) {
            Some((Stage::Made, true)) => self.show_room(),
            Some((Stage::Made, false)) => self.show_mailbox(),
            _ => self.go_on_copying(now),
        }
    }

    fn go_on_copying(&mut self, now: &Now) {
        if self.course.far.is_none() {
            return;
        }
        let (bytes, messages) = self.course.unfinished.as_ref().map(|unfinished| (unfinished.bytes, unfinished.messages)).unwrap_or_default();
        self.show_copying(CopyStage::Preparing, Vec::new());
        if let Screen::Copying(page) = &mut self.state.screen {
            (page.bytes, page.messages) = (Part::of(bytes.0, bytes.1), Part::of(messages.0, messages.1));
        }
        self.pace.clear();
        self.note(now, true);
        self.look_over(AfterLook::Copy);
    }

    fn start_new(&mut self, now: &Now) {
        // Put aside, not lost: it is offered on the welcome until a new job begins or it is taken up again.
        let unfinished = self.course.unfinished.clone();
        self.worker.forget(Slot::Archive);
        self.worker.forget(Slot::Keychain);
        self.practice = None;
        self.state.practice = self.setup.demo;
        self.course = Course { unfinished, ..Course::default() };
        self.drafts = super::state::Drafts::default();
        let _ = now;
        self.state.screen = self.welcome();
    }

    // Find.

    pub(super) fn find(&mut self) {
        if self.state.practice && self.practice.is_none() {
            self.practise();
            return;
        }
        let (roots, paths) = self.where_to_look();
        let named = self.course.named.clone();
        self.course.stores.clear();
        self.course.backed_up.clear();
        self.state.screen = Screen::Find(Find { search: Search::Looking(None), ..Find::default() });
        self.worker.start(Slot::Find, |run, post| async move {
            let seen = post.clone();
            let mut found = discover::find_each(roots, paths, &run, move |store| seen.send_blocking(News::Store(Box::new(store)))).await;
            if found.is_ok() && !named.is_empty() {
                found = discover::find_each(Vec::new(), named, &run, move |store| post.send_blocking(News::Store(Box::new(store)))).await;
            }
            News::Found(found)
        });
    }

    fn where_to_look(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        match &self.practice {
            Some(practice) => (Vec::new(), practice.sources().to_vec()),
            None => (self.setup.environment.roots.clone(), Vec::new()),
        }
    }

    fn show_find(&mut self) {
        let search = if self.worker.is_running(Slot::Find) { Search::Looking(None) } else { Search::Done };
        self.state.screen = Screen::Find(Find { search, ..Find::default() });
    }

    fn add(&mut self, path: PathBuf) {
        if matches!(self.state.screen, Screen::Welcome(_)) {
            self.find();
        }
        let Screen::Find(page) = &mut self.state.screen else { return };
        page.adding = Adding::Looking(path.display().to_string());
        self.worker.start(Slot::Add, |run, _| async move {
            let stores = discover::find(Vec::new(), vec![path.clone()], &run).await;
            // A path that is no store is told with the reason.
            let stores = stores.and_then(|stores| match stores.as_slice() {
                [only] if !only.readable && only.program.is_empty() => {
                    Err(Problem::account(Code::SourceUnsupported, only.advice.clone().unwrap_or_default()).at(path.display()))
                }
                _ => Ok(stores),
            });
            News::Added(path, stores)
        });
    }

    fn how_to_export(&mut self, id: &str) {
        if let Some(store) = self.course.stores.iter().find(|store| store.id == id) {
            let program = if store.program.is_empty() { store.name.clone() } else { store.program.clone() };
            self.state.dialog = Some(Dialog::Export { program, advice: store.advice.clone().unwrap_or_default() });
        }
    }

    fn ask_file(&mut self, question: FileQuestion, ask: Ask) {
        if let (Screen::Find(page), FileQuestion::MailFile | FileQuestion::MailFolder) = (&mut self.state.screen, question) {
            page.adding = Adding::Choosing;
        }
        self.worker.start(Slot::File, |_, _| async move { News::Chosen(question, file::ask(ask).await) });
    }

    // On from page to page.

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
            _ => {}
        }
    }

    fn open_programs(&self, stores: Vec<crate::store::StoreInfo>) -> Vec<OpenProgram> {
        let mut programs: Vec<OpenProgram> = Vec::new();
        for store in stores.into_iter().filter(|store| store.in_use) {
            let account = store.account.clone().unwrap_or_else(|| store.name.clone());
            match programs.iter_mut().find(|program| program.name == store.program) {
                Some(program) => program.stores.push(account),
                None => programs.push(OpenProgram { name: store.program, stores: vec![account] }),
            }
        }
        programs
    }

    fn closed_it(&mut self) {
        let Screen::CloseProgram(page) = &mut self.state.screen else { return };
        page.look = CloseLook::Looking;
        let (stores, named) = (self.chosen_stores(), self.course.named.clone());
        let (roots, mut paths) = self.where_to_look();
        paths.extend(named);
        self.worker.start(Slot::Close, |run, _| async move { News::StillOpen(discover::in_use_now(stores, roots, paths, &run).await) });
    }

    /// Programs are closed: POP is next, then the place of the safe copy.
    pub(super) fn after_close(&mut self) {
        let accounts = self.pop_accounts();
        if !accounts.is_empty() && !self.course.pop_stopped && !self.course.pop_later {
            self.state.screen = Screen::StopPop(StopPop { accounts, ..StopPop::default() });
        } else {
            self.show_places();
        }
    }

    fn tick_pop(&mut self, ticked: bool) {
        self.course.pop_stopped = ticked;
        match &mut self.state.screen {
            Screen::StopPop(page) => page.ticked = ticked,
            Screen::Summary(page) if page.pop != PopTick::NotNeeded => page.pop = if ticked { PopTick::Ticked } else { PopTick::Needed },
            _ => {}
        }
    }

    // The safe copy.

    fn show_places(&mut self) {
        let needed = place::needed_bytes(&self.chosen_stores());
        self.state.screen = Screen::Place(PlacePage { needed_bytes: needed, looking: true, ..PlacePage::default() });
        let own = self.practice.as_ref().map(|practice| practice.safe_copy());
        self.worker.start(Slot::Places, |_, _| async move {
            let list = move || places(own, needed, &jiff::Zoned::now().date().to_string());
            let (places, drives) = tokio::task::spawn_blocking(list).await.unwrap_or_default();
            News::Places(places, drives)
        });
    }

    fn choose_place(&mut self, at: usize) {
        let Screen::Place(page) = &mut self.state.screen else { return };
        let Some(place) = page.places.get(at).cloned() else { return };
        page.chosen = Some(at);
        self.look_at_place(place);
    }

    /// A place that a person typed or chose in a dialog.
    pub(super) fn use_place(&mut self, folder: PathBuf) {
        let Screen::Place(page) = &mut self.state.screen else { return };
        if folder.as_os_str().is_empty() {
            return;
        }
        page.chosen = None;
        page.verdict = PlaceVerdict::Looking;
        let (needed, drives) = (page.needed_bytes, self.course.drives.clone());
        self.worker.start(Slot::Place, |_, _| async move {
            let date = jiff::Zoned::now().date().to_string();
            let look = move || {
                // A folder with other things in it gets one of its own for the safe copy.
                let others =
                    folder.is_dir() && !folder.join("index.json").exists() && std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
                let folder = if others { folder.join(safe_copy_name(&date)) } else { folder };
                let place = place_on(&place::drive_of(&folder, &drives).cloned().unwrap_or_default(), folder.clone(), needed);
                (place, place::look_at(&folder))
            };
            match tokio::task::spawn_blocking(look).await {
                Ok((place, fitness)) => News::PlaceLooked(place, fitness),
                Err(fault) => News::Fault(Problem::run(Code::Internal, fault.to_string())),
            }
        });
    }

    pub(super) fn look_at_place(&mut self, place: Place) {
        if let Screen::Place(page) = &mut self.state.screen {
            page.verdict = PlaceVerdict::Looking;
        }
        self.worker.start(Slot::Place, |_, _| async move {
            let folder = PathBuf::from(&place.folder);
            let look = tokio::task::spawn_blocking(move || place::look_at(&folder));
            let fitness = look.await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string())));
            News::PlaceLooked(place, fitness)
        });
    }

    fn make_safe_copy(&mut self, now: &Now) {
        match &mut self.state.screen {
            Screen::Place(page) => {
                if !matches!(page.verdict, PlaceVerdict::Good { .. } | PlaceVerdict::Mind(_)) {
                    return;
                }
                self.course.backed_up = self.chosen_stores();
                self.course.unfinished = None;
            }
            Screen::SafeCopy(page) if matches!(page.stage, SafeCopyStage::Stopped(_) | SafeCopyStage::Paused) => {}
            _ => return,
        }
        self.back_up(now);
    }

    /// Makes the safe copy, or goes on with it.
    fn back_up(&mut self, now: &Now) {
        let (stores, out, passphrase) = (self.course.backed_up.clone(), PathBuf::from(&self.course.place.folder), self.setup.environment.passphrase.clone());
        let messages: u64 = stores.iter().map(|store| store.messages).sum();
        let mut rows: Vec<CopyRow> = stores
            .iter()
            .map(|store| CopyRow {
                what: CopyRowOf::Store { program: store.program.clone(), account: store.account.clone().unwrap_or_else(|| store.name.clone()) },
                mark: Mark::ToDo,
                messages: Part::of(0, store.messages),
            })
            .collect();
        rows.push(CopyRow { what: CopyRowOf::Comparing, mark: Mark::ToDo, messages: Part::of(0, messages) });
        self.course.made = None;
        self.pace.clear();
        self.state.screen = Screen::SafeCopy(SafeCopy {
            stage: SafeCopyStage::Reading,
            bytes: Part::of(0, stores.iter().map(|store| store.bytes).sum()),
            messages: Part::of(0, messages),
            bytes_per_sec: None,
            left_secs: None,
            rows,
            folder: None,
            place: self.course.place.clone(),
            needed_bytes: place::needed_bytes(&stores),
        });
        self.note(now, true);
        self.worker.start(Slot::Backup, |run, _| async move {
            let request = BackupRequest { stores, out, volume_bytes: None, passphrase };
            News::BackedUp(backup(request, &run).await.map(Box::new))
        });
    }

    fn see_messages(&mut self, why: WhyListed) {
        let messages = match &self.state.screen {
            Screen::SafeCopy(SafeCopy { stage: SafeCopyStage::Made(made), .. }) => made.unreadable.clone(),
            Screen::Done(page) => page.not_copied.clone(),
            _ => Vec::new(),
        };
        self.state.dialog = Some(Dialog::Messages(MessageList { why, messages }));
    }

    // The new mailbox.

    pub(super) fn show_mailbox(&mut self) {
        let mut page = MailboxPage::default();
        if let Some(practice) = &self.practice {
            let far = practice.far(Secret::new(PASSWORD.to_owned()));
            if self.drafts.address.is_empty() {
                self.drafts.address.clone_from(&far.account.address);
                self.drafts.password = Zeroizing::new(PASSWORD.to_owned());
            }
            page.server = ServerLook::Found { host: far.account.endpoint.host, port: far.account.endpoint.port, by_itself: true };
        }
        self.state.screen = Screen::Mailbox(page);
        self.course.looked = None;
    }

    /// Looks for the server of the address; with `connect`, connects at once where it is found.
    fn look_for_server(&mut self, connect: bool) {
        let address = self.drafts.address.trim().to_owned();
        self.course.connect_next |= connect;
        if self.practice.is_some() || address.is_empty() || !address.contains('@') {
            return;
        }
        let given = match self.given() {
            Ok(given) => given,
            Err(problem) => {
                let mut refusal = self.refusal(&problem);
                refusal.kind = RefusalKind::Address;
                if let Screen::Mailbox(page) = &mut self.state.screen {
                    page.stage = MailboxStage::Refused(refusal);
                }
                return;
            }
        };
        let asked = Some((address.clone(), given.clone()));
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        // Leaving the field says it again: what is looked for, found, or being connected to need not be looked for twice.
        if asked == self.course.looked_for
            && (page.server == ServerLook::Looking || (!connect && matches!(page.server, ServerLook::Found { .. } | ServerLook::Elsewhere { .. })))
        {
            return;
        }
        page.server = ServerLook::Looking;
        self.course.looked_for = asked;
        self.course.settled = None;
        let (provider, reach) = (self.setup.provider.clone(), self.setup.reach.clone());
        self.worker.start(Slot::Server, |run, _| async move { News::Server(find_server(&address, &given, &provider, &reach, &run).await.map(Box::new)) });
    }

    /// Host, port and user where a technician gave them.
    fn given(&self) -> Result<Given, Problem> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let port =
            text(&self.drafts.port).map(|port| port.parse::<u16>().map_err(|_| Problem::account(Code::AccountUnknown, "the port is no number"))).transpose()?;
        let tls = (port == Some(TlsMode::StartTls.default_port())).then_some(TlsMode::StartTls);
        Ok(Given { host: text(&self.drafts.host), port, tls, user: text(&self.drafts.user) })
    }

    /// The server that was settled on is that of what is typed now.
    fn is_settled(&self) -> bool {
        let now = self.given().ok().map(|given| (self.drafts.address.trim().to_owned(), given));
        self.course.settled.is_some() && now.is_some() && now == self.course.looked_for
    }

    fn use_this_server(&mut self) {
        let Some((_, account)) = &self.course.settled else { return };
        let endpoint = account.endpoint.clone();
        if let Screen::Mailbox(page) = &mut self.state.screen {
            page.server = ServerLook::Found { host: endpoint.host, port: endpoint.port, by_itself: false };
        }
        if self.course.connect_next {
            self.connect();
        }
    }

    pub(super) fn connect(&mut self) {
        let address = self.drafts.address.trim().to_owned();
        let is_settled = self.is_settled();
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        if address.is_empty() || self.drafts.password.is_empty() {
            return;
        }
        let password = Secret::new(self.drafts.password.to_string());
        let far = if let Some(practice) = &self.practice {
            let mut far = practice.far(password);
            far.account.user.clone_from(&address);
            far.account.address.clone_from(&address);
            far
        } else {
            match (&page.server, &self.course.settled) {
                (ServerLook::Found { .. }, Some((_, account))) if is_settled => {
                    Far { account: account.clone(), password, reach: self.setup.reach.clone(), timeouts: Timeouts::default() }
                }
                // A person must agree first.
                (ServerLook::Elsewhere { .. }, Some(_)) if is_settled => {
                    self.course.connect_next = true;
                    return;
                }
                _ => {
                    page.stage = MailboxStage::Connecting;
                    self.look_for_server(true);
                    return;
                }
            }
        };
        page.stage = MailboxStage::Connecting;
        let provider = self.setup.provider.clone();
        self.worker.start(Slot::Check, |run, _| async move {
            let report = check(&far, &provider, &Choices::default(), &run).await;
            News::Checked(report.map(|report| Box::new((far, report))))
        });
    }

    fn mailbox_edited(&mut self) {
        self.worker.forget(Slot::Check);
        self.worker.forget(Slot::Look);
        let is_practice = self.practice.is_some();
        let same = self.is_settled();
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        page.stage = MailboxStage::Asking;
        self.course.connect_next = false;
        if !same && !is_practice {
            page.server = ServerLook::Unknown;
            self.course.looked_for = None;
        }
    }

    fn certificate_means(&mut self) {
        if let Screen::Mailbox(MailboxPage { stage: MailboxStage::Refused(refusal), .. }) = &self.state.screen {
            self.state.dialog = Some(Dialog::Certificate(refusal.told.clone()));
        }
    }

    fn take_password(&mut self) -> Secret {
        Secret::new(std::mem::take(&mut *self.drafts.password))
    }

    // Room and summary.

    /// Looks at mailbox and safe copy; what comes then, `after` says.
    pub(super) fn look_over(&mut self, after: AfterLook) {
        self.course.after_look = after;
        let Some(request) = self.request() else { return };
        self.worker.start(Slot::Look, |run, _| async move { News::Looked(look_over(&request, &run).await.map(Arc::new)) });
    }

    pub(super) fn show_room(&mut self) {
        let occasion = self.course.full.map_or(RoomOccasion::Before, |(copied, waiting)| RoomOccasion::MailboxFull { copied, waiting });
        self.state.screen = Screen::Room(RoomPage { planning: true, way: way_of(self.course.selection.way), occasion, ..RoomPage::default() });
        if self.course.looked.is_some() {
            self.plan_room();
        } else if !self.worker.is_running(Slot::Look) {
            self.look_over(AfterLook::Room);
        }
    }

    /// Draws the plan up anew; the figures before stay visible meanwhile.
    pub(super) fn plan_room(&mut self) {
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

    fn choose_way(&mut self, way: RoomWay) {
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

    fn fold(&mut self, key: &str) {
        if !self.course.selection.open.remove(key) {
            self.course.selection.open.insert(key.to_owned());
        }
        if let Screen::Room(page) = &mut self.state.screen
            && let Some(folder) = page.choice.folders.iter_mut().find(|folder| folder.key == key)
        {
            folder.is_open = !folder.is_open;
        }
    }

    fn leave_out_largest(&mut self, out: bool) {
        if let Screen::Room(page) = &self.state.screen {
            let smallest = page.choice.largest.messages.last().map(|message| message.bytes);
            self.course.selection.without_larger = smallest.filter(|_| out);
            self.plan_room();
        }
    }

    fn reread(&mut self) {
        if let Screen::Room(page) = &mut self.state.screen {
            page.request.reread = Reread::Looking;
            self.look_over(AfterLook::Room);
        }
    }

    fn upgrade_practice(&mut self) {
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
    fn after_room(&mut self) {
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

    fn show_summary(&mut self) {
        let (Some(plan), Some(far)) = (&self.course.plan, &self.course.far) else { return };
        let pop_code = Code::PlanPop.as_str();
        let stop = plan.problems.iter().find(|problem| problem.stops && problem.code != pop_code);
        let code = |problem: &crate::engine::plan::PlanProblem| Code::ALL.iter().copied().find(|code| code.as_str() == problem.code).unwrap_or(Code::Internal);
        let stop = stop.map(|problem| self.told(&Problem::account(code(problem), problem.what.clone())));
        let folders = plan.folders.iter().filter(|folder| folder.messages > 0);
        let copy = super::state::Amount { messages: plan.folders.iter().map(|folder| folder.messages).sum(), bytes: plan.needed_bytes };
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
                    copy: super::state::Amount { messages: folder.messages, bytes: folder.bytes },
                    is_new: folder.create,
                })
                .collect(),
            about_secs: self.pace.left_secs(copy.bytes),
            cautions: plan.problems.iter().filter(|problem| !problem.stops && problem.code != pop_code).map(|problem| problem.what.clone()).collect(),
            stop,
            pop,
        });
    }

    // Copying.

    fn start(&mut self, now: &Now) {
        let Screen::Summary(page) = &self.state.screen else { return };
        if page.stop.is_some() || page.pop == PopTick::Needed {
            return;
        }
        self.course.full = None;
        self.course.unfinished = None;
        self.keep_password(true);
        self.begin_copying(now);
    }

    /// Copies by the plan at hand, with its folders as rows.
    pub(super) fn begin_copying(&mut self, now: &Now) {
        let Some(plan) = self.course.plan.clone() else { return };
        let folders: Vec<CopyFolder> = plan
            .folders
            .iter()
            .filter(|folder| folder.messages + folder.there > 0)
            .map(|folder| CopyFolder {
                from: folder.from.first().cloned().unwrap_or_else(|| folder.to.clone()),
                to: folder.to.clone(),
                mark: if folder.messages == 0 { Mark::Copied } else { Mark::ToDo },
                messages: Part::of(folder.there, folder.there + folder.messages),
                bytes: folder.bytes,
            })
            .collect();
        let to_send: u64 = plan.folders.iter().map(|folder| folder.messages).sum();
        let there: u64 = plan.folders.iter().map(|folder| folder.there).sum();
        // What was to be there in all when it first began stays the measure after an interruption.
        self.course.messages_all = self.course.messages_all.max(to_send + there).max(to_send);
        self.course.bytes_all = self.course.bytes_all.max(plan.needed_bytes);
        self.show_copying(CopyStage::Preparing, folders);
        self.copy(now);
    }

    fn show_copying(&mut self, stage: CopyStage, folders: Vec<CopyFolder>) {
        let (bytes, messages, lines) = match &self.state.screen {
            Screen::Copying(page) => (page.bytes, page.messages, page.lines.clone()),
            _ => (Part::of(0, self.course.bytes_all), Part::of(0, self.course.messages_all), Vec::new()),
        };
        self.state.screen = Screen::Copying(Copying { stage, bytes, messages, bytes_per_sec: None, left_secs: None, rate: Vec::new(), folders, lines });
    }

    /// Starts the deed itself; the page is there already.
    pub(super) fn copy(&mut self, now: &Now) {
        let Some(request) = self.request() else { return };
        if let Screen::Checking(page) = &self.state.screen {
            // Checking begins anew with a look at what is missing.
            let folders: Vec<CopyFolder> = page
                .folders
                .iter()
                .map(|folder| CopyFolder { mark: Mark::Copied, messages: Part::of(folder.messages.all, folder.messages.all), ..folder.clone() })
                .collect();
            self.show_copying(CopyStage::Preparing, folders);
            if let Screen::Copying(page) = &mut self.state.screen {
                (page.bytes.done, page.messages.done) = (page.bytes.all, page.messages.all);
            }
        }
        if let Screen::Copying(page) = &mut self.state.screen {
            page.stage = CopyStage::Preparing;
        }
        self.course.after_stop = AfterStop::Pause;
        self.course.folder_began = Default::default();
        self.pace.clear();
        self.note(now, true);
        self.worker.start(Slot::Upload, |run, _| async move { News::Uploaded(upload(&request, true, &run).await.map(Box::new)) });
    }

    fn pause(&mut self) {
        self.course.after_stop = AfterStop::Pause;
        match &mut self.state.screen {
            Screen::SafeCopy(page) if self.worker.is_running(Slot::Backup) => {
                page.stage = SafeCopyStage::Pausing;
                self.worker.cancel(Slot::Backup);
            }
            Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. }) => {
                if self.worker.is_running(Slot::Upload) {
                    *stage = CopyStage::Pausing;
                    self.worker.cancel(Slot::Upload);
                } else if self.worker.is_running(Slot::Look) {
                    *stage = CopyStage::Paused;
                    self.worker.forget(Slot::Look);
                }
            }
            _ => {}
        }
    }

    fn resume(&mut self, now: &Now) {
        match &self.state.screen {
            Screen::SafeCopy(_) => self.make_safe_copy(now),
            Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. }) => match stage {
                // Try now: what waits is stopped, and begins anew at once.
                CopyStage::Waiting { .. } => {
                    self.course.after_stop = AfterStop::Again;
                    self.worker.cancel(Slot::Upload);
                }
                CopyStage::Paused | CopyStage::Stopped(_) | CopyStage::Drained(_) => {
                    if let (true, CopyStage::Stopped(refusal)) = (!self.drafts.password.is_empty(), stage)
                        && refusal.kind == RefusalKind::Password
                    {
                        let password = self.take_password();
                        if let Some(far) = &mut self.course.far {
                            far.password = password;
                        }
                    }
                    if self.course.plan.is_some() { self.copy(now) } else { self.go_on_copying(now) }
                }
                CopyStage::Preparing | CopyStage::Running | CopyStage::Pausing => {}
            },
            _ => {}
        }
    }

    // The end.

    fn report_page(&self) -> Option<PathBuf> {
        Some(self.course.job.as_ref()?.join("report").join("report.html"))
    }

    pub(super) fn save_report(&mut self, to: PathBuf) {
        let Some(from) = self.report_page().filter(|_| !to.as_os_str().is_empty()) else { return };
        let to = if to.is_dir() { to.join("Mailferry report.html") } else { to };
        self.worker.start(Slot::Open, |_, _| async move {
            let target = to.clone();
            let copy = tokio::task::spawn_blocking(move || std::fs::copy(&from, &target).map_err(|error| error.to_string()));
            News::Opened(to, copy.await.unwrap_or_else(|fault| Err(fault.to_string())).map(|_| Opened::Saved))
        });
    }

    fn open(&mut self, path: PathBuf) {
        self.worker.start(Slot::Open, |_, _| async move {
            let target = path.clone();
            let shown = tokio::task::spawn_blocking(move || opener::open(&target).map_err(|error| error.to_string()));
            News::Opened(path, shown.await.unwrap_or_else(|fault| Err(fault.to_string())).map(|()| Opened::Shown))
        });
    }
}

/// What a safe copy's folder is called.
fn safe_copy_name(date: &str) -> String {
    format!("Safe copy of mail {date}")
}

/// Where a safe copy may be kept: USB drives, the user's own folder, other drives that can be written to; first those with room.
fn places(own: Option<PathBuf>, needed: u64, date: &str) -> (Vec<Place>, Vec<Drive>) {
    let drives = place::drives();
    let name = safe_copy_name(date);
    let home = own.or_else(|| place::own_folder().map(|home| home.join(&name)));
    let mut found: Vec<Place> = Vec::new();
    for drive in &drives {
        let holds_home = home.as_ref().is_some_and(|home| place::drive_of(home, &drives) == Some(drive));
        let folder = if holds_home { home.clone() } else { Some(drive.root.join(&name)).filter(|folder| place::look_at(folder).is_ok()) };
        found.extend(folder.map(|folder| place_on(drive, folder, needed)));
    }
    if let Some(home) = home.filter(|home| !found.iter().any(|place| Path::new(&place.folder) == home)) {
        found.push(place_on(
            &Drive { free_bytes: place::look_at(&home).ok().and_then(|fitness| fitness.free_bytes).unwrap_or(0), ..Drive::default() },
            home,
            needed,
        ));
    }
    found.sort_by_key(|place| (!place.has_room, place.kind));
    (found, drives)
}

fn place_on(drive: &Drive, folder: PathBuf, needed: u64) -> Place {
    let root = drive.root.display().to_string();
    let letter = root.trim_end_matches(['\\', '/']);
    let kind = match drive.kind {
        place::DriveKind::Usb => DriveKind::Usb,
        place::DriveKind::Internal => DriveKind::Internal,
        place::DriveKind::Network => DriveKind::Network,
    };
    let called = match (kind, drive.label.is_empty()) {
        (_, false) => drive.label.clone(),
        (DriveKind::Usb, true) => "USB drive".into(),
        (DriveKind::Internal, true) => "This computer".into(),
        (DriveKind::Network, true) => "Network drive".into(),
    };
    let name = if letter.is_empty() || letter.contains(&called) { called } else { format!("{called} ({letter})") };
    Place {
        folder: folder.display().to_string(),
        name,
        kind,
        free_bytes: (drive.free_bytes > 0).then_some(drive.free_bytes),
        has_room: drive.free_bytes >= needed,
        is_fat32: drive.is_fat32,
    }
}
