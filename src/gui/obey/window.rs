//! What the window itself does: how it looks, what it opens and asks, and how it closes.

use std::path::PathBuf;
use std::time::Duration;

use crate::gui::dialog::file::{self, Ask};
use crate::gui::logic::{AfterStop, Ending, Logic, Now};
use crate::gui::news::{FileQuestion, News, Opened};
use crate::gui::state::{Adding, Closing, Dialog, Screen};
use crate::gui::worker::Slot;

/// What is under way has so long to settle when the window closes.
const SETTLE: Duration = Duration::from_secs(10);

impl Logic {
    pub(super) fn set_look(&mut self, change: impl FnOnce(&mut crate::gui::state::Look)) {
        change(&mut self.state.look);
        self.settings.look = self.state.look;
        self.settings.write(&self.setup.home);
    }

    pub(super) fn open_web(&mut self, place: String) {
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

    pub(super) fn close_window(&mut self) {
        match (self.is_busy(), self.ending) {
            (_, Ending::Settling(_) | Ending::Now) => {}
            (true, _) => self.state.dialog = Some(Dialog::Closing(Closing::Asked)),
            (false, _) => self.ending = Ending::Now,
        }
    }

    pub(in crate::gui) fn stop_and_close(&mut self, now: &Now) {
        if !self.is_busy() {
            self.ending = Ending::Now;
            return;
        }
        self.note(now, true);
        self.course.after_stop = AfterStop::Pause;
        self.worker.cancel(Slot::Backup);
        self.worker.cancel(Slot::Upload);
        self.worker.cancel(Slot::Job);
        self.state.dialog = Some(Dialog::Closing(Closing::Settling));
        self.ending = Ending::Settling(now.instant + SETTLE);
    }

    pub(super) fn ask_file(&mut self, question: FileQuestion, ask: Ask) {
        if let (Screen::Find(page), FileQuestion::MailFile | FileQuestion::MailFolder) = (&mut self.state.screen, question) {
            page.adding = Adding::Choosing;
        }
        self.worker.start(Slot::File, |_, _| async move { News::Chosen(question, file::ask(ask).await) });
    }
}
