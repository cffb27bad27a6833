//! Going on after an interruption.

use std::path::Path;

use crate::account::Secret;
use crate::engine::far::Far;
use crate::engine::practice::PASSWORD;
use crate::gui::logic::{AfterLook, Course, Logic, Now};
use crate::gui::news::News;
use crate::gui::remember::{Stage, Unfinished};
use crate::gui::state::{CheckOutcome, CheckedThing, Continue, ContinueCheck, ContinueNeeds, CopyStage, InterruptedIn, Part, Screen};
use crate::gui::worker::Slot;
use crate::imap::Timeouts;
use crate::run::{Code, Problem};

impl Logic {
    /// The continue page, and what is looked at for it.
    pub(in crate::gui) fn show_unfinished(&mut self, unfinished: Unfinished, now: &Now) {
        self.state.practice = unfinished.practice;
        let course = Course {
            backed_up: unfinished.stores.clone(),
            place: (&unfinished.place).into(),
            made: unfinished.made,
            selection: unfinished.selection.clone(),
            pop_stopped: unfinished.pop_stopped,
            by_hours: unfinished.hours.is_some(),
            hours: unfinished.hours,
            unmetered: unfinished.unmetered,
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
    pub(in crate::gui) fn look_at_interrupted(&mut self) {
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

    pub(in crate::gui) fn set_needs(&mut self, needs: ContinueNeeds) {
        if let Screen::Continue(page) = &mut self.state.screen {
            page.needs = needs;
        }
    }

    pub(super) fn continue_job(&mut self, now: &Now) {
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

    pub(super) fn go_on_copying(&mut self, now: &Now) {
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
}
