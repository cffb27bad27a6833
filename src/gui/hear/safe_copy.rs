//! The safe copy: its place, its numbers, its end.

use crate::engine::backup::BackupOutcome;
use crate::engine::place::Fitness;
use crate::gui::logic::{Logic, Now};
use crate::gui::state::{Made, Mark, MessageLine, NotMail, Part, Place, PlaceCaution, PlaceVerdict, SafeCopyStage, Screen};
use crate::run::{Code, Phase, Problem, Progress, Radius};

use super::done::folder_bytes;

impl Logic {
    pub(super) fn hear_places(&mut self, places: Vec<Place>) {
        let Screen::Place(page) = &mut self.state.screen else { return };
        page.looking = false;
        let first = places.first().cloned();
        page.places = places;
        if let (Some(first), true) = (first, self.drafts.place.is_empty()) {
            page.chosen = Some(0);
            self.look_at_place(first);
        }
    }

    pub(super) fn hear_place(&mut self, place: Place, fitness: Result<Fitness, Problem>) {
        let told = fitness.as_ref().err().map(|problem| self.told(problem));
        let Screen::Place(page) = &mut self.state.screen else { return };
        if page.chosen.is_none() {
            // What a person typed is one of the places now, and the chosen one.
            page.places.retain(|other| !other.by_hand);
            let known = page.places.iter().position(|other| other.folder == place.folder);
            page.chosen = Some(known.unwrap_or(page.places.len()));
            if known.is_none() {
                page.places.push(Place { by_hand: true, ..place.clone() });
            }
        }
        let needed = page.needed_bytes;
        page.verdict = match (fitness, told) {
            (Err(_), told) => PlaceVerdict::Refused(told.unwrap_or_default()),
            (Ok(fitness), _) => match (fitness.free_bytes, fitness.cloud) {
                // What an earlier pass wrote already need not be written again.
                (Some(free_bytes), _) if free_bytes < needed && !fitness.holds_safe_copy => {
                    PlaceVerdict::TooSmall { free_bytes, missing_bytes: needed - free_bytes }
                }
                (_, Some(cloud)) => PlaceVerdict::Mind(PlaceCaution::Cloud(cloud.to_owned())),
                _ if fitness.holds_safe_copy => PlaceVerdict::Mind(PlaceCaution::Existing),
                _ if place.is_fat32 => PlaceVerdict::Mind(PlaceCaution::Fat32),
                _ if place.kind == crate::gui::state::DriveKind::Network => PlaceVerdict::Mind(PlaceCaution::Network),
                (free_bytes, None) => PlaceVerdict::Good { free_bytes },
            },
        };
        self.course.place = place;
    }

    pub(super) fn safe_copy_numbers(&mut self, progress: &Progress, now: &Now) {
        self.pace.note(now.instant, progress.bytes_done);
        let pace = &self.pace;
        let Screen::SafeCopy(page) = &mut self.state.screen else { return };
        let comparing = progress.phase == Phase::CheckingSafeCopy;
        if matches!(page.stage, SafeCopyStage::Reading | SafeCopyStage::Comparing) {
            page.stage = if comparing { SafeCopyStage::Comparing } else { SafeCopyStage::Reading };
        }
        if comparing {
            return;
        }
        page.bytes.done = progress.bytes_done.min(page.bytes.all);
        page.messages.done = progress.messages_done.min(page.messages.all);
        page.folder.clone_from(&progress.mailbox);
        page.bytes_per_sec = pace.per_sec();
        page.left_secs = pace.left_secs(page.bytes.all.saturating_sub(page.bytes.done));
        let mut left = page.messages.done;
        for row in &mut page.rows {
            if matches!(row.what, crate::gui::state::CopyRowOf::Store { .. }) {
                row.messages.done = left.min(row.messages.all);
                left -= row.messages.done;
                row.mark = match row.messages.done {
                    done if done == row.messages.all => Mark::Copied,
                    0 if left == 0 && page.messages.done > 0 => Mark::ToDo,
                    _ => Mark::Now,
                };
            }
        }
    }

    pub(super) fn hear_backed_up(&mut self, outcome: Result<Box<BackupOutcome>, Problem>, now: &Now) {
        let problem = match outcome {
            Ok(outcome) => {
                let nothing_read = outcome.problem.clone().filter(|_| outcome.report.written == 0);
                match nothing_read {
                    None => return self.safe_copy_made(&outcome, now),
                    Some(problem) => problem,
                }
            }
            Err(problem) => problem,
        };
        let stage = if problem.code == Code::Interrupted { SafeCopyStage::Paused } else { SafeCopyStage::Stopped(self.told(&problem)) };
        if let Screen::SafeCopy(page) = &mut self.state.screen {
            (page.stage, page.bytes_per_sec, page.left_secs) = (stage, None, None);
        }
        self.note(now, true);
    }

    fn safe_copy_made(&mut self, outcome: &BackupOutcome, now: &Now) {
        let report = &outcome.report;
        self.course.made = Some(report.written);
        // How fast a disk is says nothing of the internet.
        self.pace.clear();
        let of = report.not_mail;
        let problems = report.problems.iter().filter_map(|problem| Code::ALL.iter().find(|code| code.as_str() == problem.code).map(|code| (code, problem)));
        let problems: Vec<Problem> = problems.map(|(code, told)| Problem::new(*code, Radius::Account, crate::run::Retry::Later, told.what.clone())).collect();
        let made = Made {
            messages: report.written,
            folders: report.folders.len() as u64,
            bytes: folder_bytes(std::path::Path::new(&report.archive)),
            unreadable: report
                .unreadable
                .iter()
                .map(|unreadable| MessageLine {
                    folder: unreadable.folder.to_string(),
                    reason: unreadable.reason.clone(),
                    code: Code::MessageUnreadable.to_string(),
                    ..MessageLine::default()
                })
                .collect(),
            problems: problems.iter().map(|problem| self.told(problem)).collect(),
            left_out_deleted: report.left_out_deleted,
            not_mail: NotMail { contacts: of.contacts, appointments: of.appointments, tasks: of.tasks, notes: of.notes },
        };
        if let Screen::SafeCopy(page) = &mut self.state.screen {
            page.messages = Part::of(report.written, report.written);
            page.bytes.done = page.bytes.all;
            for row in &mut page.rows {
                (row.mark, row.messages.done) = (Mark::Proven, row.messages.all);
            }
            (page.bytes_per_sec, page.left_secs, page.folder) = (None, None, None);
            page.stage = SafeCopyStage::Made(made);
        }
        // The window may be closed now, until the mailbox is larger for instance: it comes back to this.
        self.note(now, true);
    }
}
