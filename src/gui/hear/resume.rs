//! What practice, the safe copy and the keychain answered before a run begins or goes on.

use crate::account::Secret;
use crate::engine::far::Far;
use crate::gui::logic::{Logic, Now};
use crate::gui::state::{CheckOutcome, CheckedThing, ContinueNeeds, Screen, Search};
use crate::imap::Timeouts;
use crate::run::Problem;

impl Logic {
    pub(super) fn hear_practice(&mut self, practice: Result<Box<crate::engine::practice::Practice>, Problem>, now: &Now) {
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
                    _ => self.obey(crate::gui::command::Command::StartNew, now),
                }
            }
        }
    }

    pub(super) fn hear_archive(&mut self, looked: Result<(), Problem>) {
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

    pub(super) fn hear_password(&mut self, password: Option<Secret>) {
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
}
