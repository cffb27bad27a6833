//! The first page, the technician's page, and practice.

use crate::engine::practice::Practice;
use crate::gui::logic::{Course, Logic, Now};
use crate::gui::news::News;
use crate::gui::remember::Unfinished;
use crate::gui::state::{Find, Interrupted, Part, Screen, Search, Welcome};
use crate::gui::worker::Slot;
use crate::run::{Code, Problem};

impl Logic {
    pub(super) fn welcome(&self) -> Screen {
        let interrupted = self
            .course
            .unfinished
            .as_ref()
            .map(|unfinished| Interrupted { stopped: Now::here().moment(unfinished.at), percent: Part::of(unfinished.bytes.0, unfinished.bytes.1).percent() });
        Screen::Welcome(Welcome { interrupted })
    }

    pub(super) fn practise(&mut self) {
        self.state.practice = true;
        self.course = Course::default();
        self.state.screen = Screen::Find(Find { search: Search::Looking(None), ..Find::default() });
        self.prepare_practice(false);
    }

    /// Prepares practice on a thread of its own: anew, or going on.
    pub(in crate::gui) fn prepare_practice(&mut self, going_on: bool) {
        self.practice = None;
        let dir = self.practice_dir();
        self.worker.start(Slot::Practice, |_, _| async move {
            let begin = move || if going_on { Practice::go_on(&dir) } else { Practice::begin(&dir) };
            let practice = tokio::task::spawn_blocking(begin).await.unwrap_or_else(|fault| Err(Problem::run(Code::Internal, fault.to_string())));
            News::Practice(practice.map(Box::new))
        });
    }

    pub(super) fn leave_practice(&mut self, now: &Now) {
        for slot in [Slot::Practice, Slot::Find, Slot::Backup, Slot::Look, Slot::Check, Slot::Upload] {
            self.worker.forget(slot);
        }
        self.note_end();
        self.practice = None;
        self.state.practice = self.setup.demo;
        self.start_over(now);
    }

    /// Back to the first page; what was interrupted before is offered again.
    pub(super) fn start_over(&mut self, now: &Now) {
        self.course = Course::default();
        self.drafts = crate::gui::state::Drafts::default();
        self.pace.clear();
        self.state.dialog = None;
        self.course.unfinished = if self.setup.demo { None } else { Unfinished::read(self.setup.home.root()) };
        let _ = now;
        self.state.screen = self.welcome();
    }

    pub(super) fn start_new(&mut self, now: &Now) {
        // Put aside, not lost: it is offered on the welcome until a new job begins or it is taken up again.
        let unfinished = self.course.unfinished.clone();
        self.worker.forget(Slot::Archive);
        self.worker.forget(Slot::Keychain);
        self.practice = None;
        self.state.practice = self.setup.demo;
        self.course = Course { unfinished, ..Course::default() };
        self.drafts = crate::gui::state::Drafts::default();
        let _ = now;
        self.state.screen = self.welcome();
    }
}
