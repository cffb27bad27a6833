//! What the deeds of a technician's job tell.

use std::path::{Path, PathBuf};

use crate::engine::batch::{Batch, Board, go};
use crate::engine::cutover::Cutover;
use crate::gui::job;
use crate::gui::logic::{Logic, Now};
use crate::gui::news::{JobDeed, JobEnded};
use crate::gui::state::{JobBusy, ListProblem, Screen, Step};
use crate::gui::worker::Slot;
use crate::run::{Code, Problem};

impl Logic {
    pub(in crate::gui) fn hear_job_opened(&mut self, dir: &Path, opened: Result<Box<(Batch, Board)>, Problem>) {
        match opened {
            Ok(opened) => {
                let (batch, board) = *opened;
                self.begin_job(batch, board, &Now::here());
            }
            Err(problem) => {
                let words = format!("{} ({})", self.job_problem(&problem), dir.display());
                match &mut self.state.screen {
                    Screen::NewJob(page) => page.refused = Some(words),
                    _ => self.show_jobs(Some(words)),
                }
            }
        }
    }

    pub(in crate::gui) fn hear_job_ended(&mut self, ended: JobEnded, now: &Now) {
        let JobEnded { batch, board, deed } = ended;
        let Some(open) = self.job.as_mut() else { return };
        (open.batch, open.board, open.running, open.begun) = (Some(batch), board, None, None);
        let problem = match deed {
            JobDeed::Import(Ok(read)) => {
                open.passwords = read.passwords;
                let line = |left_out: bool| {
                    move |problem: crate::engine::batch::sheet::LineProblem| ListProblem { line: problem.line, row: problem.row, what: problem.what, left_out }
                };
                let problems = read.problems.into_iter().map(line(true)).chain(read.notes.into_iter().map(line(false))).collect();
                if let Some(page) = self.job_page() {
                    (page.list_problems, page.columns) = (problems, job::column_words(&read.columns));
                }
                None
            }
            JobDeed::Import(Err(problem)) => {
                let words = self.job_problem(&problem);
                if let Some(page) = self.job_page() {
                    page.list_refused = Some(words);
                }
                None
            }
            JobDeed::Test(ended) | JobDeed::Sync(ended) => ended.err().filter(|problem| problem.code != Code::Interrupted),
            JobDeed::Report(Ok(written)) => {
                if let Some(page) = self.job_page() {
                    page.report = Some(written.display().to_string());
                }
                None
            }
            JobDeed::Report(Err(problem)) => Some(problem),
        };
        let stopped = problem.map(|problem| self.job_problem(&problem));
        if let Some(page) = self.job_page() {
            page.busy = JobBusy::Nothing;
            page.next_round.clear();
            if stopped.is_some() {
                page.stopped = stopped;
            }
        }
        self.show_rows(now);
        self.fill_domain();
    }

    /// A fault ended the deed, and the job with it: it is read again from its folder.
    pub(in crate::gui) fn hear_job_fault(&mut self, problem: &Problem) {
        let dir: Option<PathBuf> = self.job.as_ref().map(|open| open.dir.clone());
        let words = self.job_problem(problem);
        self.job = None;
        self.show_jobs(Some(words));
        if let Some(dir) = dir {
            self.open_job(dir);
        }
    }

    pub(in crate::gui) fn hear_dns(&mut self, looked: Result<Box<Cutover>, Problem>, now: &Now) {
        match looked {
            Ok(cutover) => {
                let part = job::dns(&cutover, &now.wall);
                if let Some(page) = self.job_page() {
                    page.dns = part;
                }
                if let Some(open) = self.job.as_mut() {
                    open.cutover = Some(cutover);
                }
            }
            Err(problem) if problem.code == Code::Interrupted => {
                if let Some(page) = self.job_page() {
                    page.dns.asking = false;
                }
            }
            Err(problem) => {
                let words = self.job_problem(&problem);
                if let Some(page) = self.job_page() {
                    (page.dns.asking, page.dns.refused) = (false, Some(words));
                }
            }
        }
    }

    pub(in crate::gui) fn hear_go(&mut self, list: Result<Vec<go::Item>, Problem>) {
        match list {
            Ok(items) => {
                let lines = self.job.as_ref().map(|open| job::go_lines(&items, &open.remembered.ticked, &Now::here().wall)).unwrap_or_default();
                if let Some(page) = self.job_page() {
                    page.go = lines;
                }
            }
            Err(problem) => {
                let words = self.job_problem(&problem);
                if let Some(page) = self.job_page() {
                    page.stopped = Some(words);
                }
            }
        }
    }

    /// The table of a deed that runs, and the countdown. True if something changed.
    pub(in crate::gui) fn job_numbers(&mut self, now: &Now) -> bool {
        let mut changed = false;
        if let Some(open) = self.job.as_mut()
            && let Some(running) = &mut open.running
            && running.has_changed().unwrap_or(false)
        {
            open.board = running.borrow_and_update().clone();
            self.show_rows(now);
            changed = true;
        }
        let next = self.next_round(now);
        let left = self.job.as_ref().and_then(|open| open.cutover.as_ref()).and_then(|cutover| cutover.countdown.as_ref()).map(|countdown| {
            let left = now.wall.timestamp().duration_until(countdown.runs_out).as_secs();
            u64::try_from(left).unwrap_or(0)
        });
        if let Some(page) = self.job_page() {
            let begins = next.is_some() == page.next_round.is_empty();
            if begins {
                page.next_round = next.unwrap_or_default();
                changed = true;
            }
            if left.is_some() && page.dns.left_secs != left {
                page.dns.left_secs = left;
                changed = true;
            }
        }
        changed
    }

    /// True while a countdown is shown that runs.
    pub(in crate::gui) fn counts_down(&self) -> bool {
        matches!(&self.state.screen, Screen::Job(page) if matches!(page.at, Step::Dns | Step::Change) && page.dns.left_secs.is_some_and(|left| left > 0))
    }

    /// A job's deed runs.
    pub(in crate::gui) fn job_is_running(&self) -> bool {
        self.worker.is_running(Slot::Job)
    }
}
