//! The sum, once all is copied and checked.

use crate::engine::report::{JobReport, NamedMessage, VerifyMode};
use crate::gui::logic::{Logic, Now};
use crate::gui::room::Way;
use crate::gui::state::{Closeness, Done, Faults, LeftOut, MessageLine, SafeCopyPlace, Screen, Sum};
use crate::run::{Code, Problem};

impl Logic {
    /// Copied and checked: the sum.
    pub(super) fn copied(&mut self, report: &JobReport, now: &Now) {
        let tally = &report.tally;
        self.course.unexplained = Some(tally.unexplained);
        self.keep_password(false);
        self.note_end();
        let by = tally.kept_by;
        let unreadable = tally.failed.iter().filter(|message| message.code == Code::MessageUnreadable.as_str()).count() as u64;
        let apart = by.too_large + by.refused;
        let sum = Sum {
            found: tally.found,
            in_mailbox: tally.uploaded + tally.already_there,
            already_there: tally.already_there,
            kept: tally.kept.saturating_sub(apart),
            could_not: apart + tally.failed.len() as u64,
            too_large: by.too_large,
            unreadable,
            no_room: by.no_room,
            unexplained: tally.unexplained,
            gone_by_owner: tally.gone_by_owner,
        };
        let named = tally.failed.iter().chain(tally.kept_messages.iter().filter(|message| message.code != Code::Quota.as_str()));
        let verification = report.verification.as_ref();
        let place = &self.course.place;
        let done = Done {
            sum,
            wanted: tally.found.saturating_sub(by.choice + by.no_room + unreadable),
            checked_at: verification.map(|_| now.moment(now.wall.timestamp())),
            closeness: match verification.map(|verification| verification.mode) {
                Some(VerifyMode::Sizes) => Closeness::Sizes,
                Some(VerifyMode::Full) => Closeness::Full,
                Some(VerifyMode::Sample) | None => Closeness::Sample,
            },
            faults: verification.map_or_else(Faults::default, |found| Faults {
                missing: found.missing.len() as u64,
                changed: found.changed.len() as u64,
                doubled: found.doubled.len() as u64,
            }),
            not_copied: named.map(|message| self.line_of(message)).collect(),
            problem: None,
            safe_copy: SafeCopyPlace {
                name: place.name.clone(),
                folder: place.folder.clone(),
                bytes: folder_bytes(std::path::Path::new(&place.folder)),
                kind: place.kind,
            },
            report: self.course.job.as_ref().map(|job| job.join("report").display().to_string()).unwrap_or_default(),
            left_out: self.left_out(),
            practice: self.state.practice,
        };
        self.state.screen = Screen::Done(Box::new(done));
    }

    fn line_of(&self, message: &NamedMessage) -> MessageLine {
        let code = Code::ALL.iter().copied().find(|code| code.as_str() == message.code);
        // An unreadable one has its reason where others have a subject.
        let is_unreadable = code == Some(Code::MessageUnreadable);
        let told = code.map(|code| crate::engine::explain::explain(&Problem::account(code, ""), Some(&self.setup.provider.name), Default::default()).headline);
        let reason = if is_unreadable { message.subject.clone() } else { told };
        MessageLine {
            subject: message.subject.clone().filter(|_| !is_unreadable),
            from: message.from.clone(),
            date: message.date.as_ref().map(|date| date.chars().take(10).collect()),
            folder: message.folder.to_string(),
            bytes: message.bytes,
            reason: reason.or_else(|| message.server_text.clone()).unwrap_or_default(),
            code: message.code.clone(),
        }
    }

    fn left_out(&self) -> LeftOut {
        let selection = &self.course.selection;
        match selection.way {
            Way::Everything => LeftOut::default(),
            Way::Newest => LeftOut { oldest: true, ..LeftOut::default() },
            Way::Choose => {
                let years = self.course.looked.as_ref().map(|looked| {
                    let years = || looked.near.mailboxes.iter().flat_map(|mailbox| &mailbox.messages).map(|message| message.date.year());
                    (years().min().unwrap_or_default(), years().max().unwrap_or_default())
                });
                let (first, last) = years.unwrap_or_default();
                LeftOut {
                    before: selection.since.filter(|since| *since > first),
                    after: selection.until.filter(|until| *until < last),
                    folders: selection.without.iter().map(|key| key.split_once(':').map_or(key.as_str(), |(_, path)| path).to_owned()).collect(),
                    oldest: false,
                    largest: selection.without_larger.is_some(),
                }
            }
        }
    }
}

/// Bytes of a safe copy's own files.
pub(super) fn folder_bytes(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).map(|facts| facts.len()).sum()
}
