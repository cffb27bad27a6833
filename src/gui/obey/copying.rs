//! Copying: begun, paused, taken up again.

use crate::engine::upload::upload;
use crate::gui::logic::{AfterStop, Logic, Now};
use crate::gui::news::News;
use crate::gui::state::{Checking, CopyFolder, CopyStage, Copying, Cost, Mark, Part, PopTick, RefusalKind, SafeCopyStage, Screen};
use crate::gui::worker::Slot;

impl Logic {
    pub(super) fn start(&mut self, now: &Now) {
        let Screen::Summary(page) = &self.state.screen else { return };
        if page.stop.is_some() || page.pop == PopTick::Needed || !page.limits.is_whole() {
            return;
        }
        self.course.full = None;
        self.course.unfinished = None;
        self.keep_password(true);
        self.begin_copying(now);
    }

    /// Copies by the plan at hand, with its folders as rows.
    pub(in crate::gui) fn begin_copying(&mut self, now: &Now) {
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

    pub(super) fn show_copying(&mut self, stage: CopyStage, folders: Vec<CopyFolder>) {
        let (bytes, messages, lines) = match &self.state.screen {
            Screen::Copying(page) => (page.bytes, page.messages, page.lines.clone()),
            _ => (Part::of(0, self.course.bytes_all), Part::of(0, self.course.messages_all), Vec::new()),
        };
        self.state.screen = Screen::Copying(Copying { stage, bytes, messages, bytes_per_sec: None, left_secs: None, rate: Vec::new(), folders, lines });
    }

    /// Starts the deed itself; the page is there already.
    pub(in crate::gui) fn copy(&mut self, now: &Now) {
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
        if self.course.unmetered && self.course.connection == Cost::Metered {
            self.set_stage(CopyStage::Metered);
            return self.note(now, true);
        }
        self.note(now, true);
        self.worker.start(Slot::Upload, |run, _| async move { News::Uploaded(upload(&request, true, &run).await.map(Box::new)) });
    }

    pub(super) fn pause(&mut self) {
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
                } else if *stage == CopyStage::Metered {
                    *stage = CopyStage::Paused;
                }
            }
            _ => {}
        }
    }

    /// Copies although a choice says to wait; that choice is given up.
    pub(super) fn copy_now(&mut self, now: &Now) {
        let (Screen::Copying(Copying { stage, .. }) | Screen::Checking(Checking { stage, .. })) = &self.state.screen else { return };
        match stage {
            CopyStage::UntilHours { .. } => {
                (self.course.by_hours, self.course.hours) = (false, None);
                self.course.after_stop = AfterStop::Again;
                self.worker.cancel(Slot::Upload);
            }
            CopyStage::Metered => {
                self.course.unmetered = false;
                self.copy(now);
            }
            _ => {}
        }
    }

    pub(super) fn resume(&mut self, now: &Now) {
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
                        self.keep_password(true);
                    }
                    if self.course.plan.is_some() { self.copy(now) } else { self.go_on_copying(now) }
                }
                CopyStage::UntilHours { .. } | CopyStage::Metered => self.copy_now(now),
                CopyStage::Preparing | CopyStage::Running | CopyStage::Pausing => {}
            },
            _ => {}
        }
    }
}
