//! The end: the report, and the way back.

use std::path::PathBuf;

use crate::gui::logic::{Logic, Now};
use crate::gui::news::{News, Opened};
use crate::gui::worker::Slot;

impl Logic {
    pub(super) fn finish(&mut self, now: &Now) {
        if self.state.practice {
            self.leave_practice(now);
        } else {
            self.start_over(now);
        }
    }

    pub(super) fn report_page(&self) -> Option<PathBuf> {
        Some(self.course.job.as_ref()?.join("report").join("report.html"))
    }

    pub(in crate::gui) fn save_report(&mut self, to: PathBuf) {
        let Some(from) = self.report_page().filter(|_| !to.as_os_str().is_empty()) else { return };
        let to = if to.is_dir() { to.join("Mailferry report.html") } else { to };
        self.worker.start(Slot::Open, |_, _| async move {
            let target = to.clone();
            let copy = tokio::task::spawn_blocking(move || std::fs::copy(&from, &target).map_err(|error| error.to_string()));
            News::Opened(to, copy.await.unwrap_or_else(|fault| Err(fault.to_string())).map(|_| Opened::Saved))
        });
    }

    pub(super) fn open(&mut self, path: PathBuf) {
        self.worker.start(Slot::Open, |_, _| async move {
            let target = path.clone();
            let shown = tokio::task::spawn_blocking(move || opener::open(&target).map_err(|error| error.to_string()));
            News::Opened(path, shown.await.unwrap_or_else(|fault| Err(fault.to_string())).map(|()| Opened::Shown))
        });
    }
}
