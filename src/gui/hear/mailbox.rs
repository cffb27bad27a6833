//! The new mailbox and the room in it.

use crate::engine::check::AccountReport;
use crate::engine::far::Far;
use crate::engine::plan::RoomSource;
use crate::engine::settings::{FoundServer, Source};
use crate::gui::logic::{AfterLook, Logic, Now};
use crate::gui::state::{Connected, CopyStage, MailboxStage, Reread, Screen, ServerLook};
use crate::run::{Code, Problem};

impl Logic {
    pub(super) fn hear_server(&mut self, settled: Result<Box<FoundServer>, Problem>) {
        let refusal = settled.as_ref().err().map(|problem| self.refusal(problem));
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        match settled {
            Ok(settled) => {
                let FoundServer { account, source, ask_first } = *settled;
                let (host, port) = (account.endpoint.host.clone(), account.endpoint.port);
                page.server =
                    if ask_first { ServerLook::Elsewhere { host, port } } else { ServerLook::Found { host, port, by_itself: source != Source::Given } };
                self.course.settled = Some((account.address.clone(), account));
                if ask_first {
                    page.stage = MailboxStage::Asking;
                } else if std::mem::take(&mut self.course.connect_next) {
                    self.connect();
                }
            }
            Err(problem) if problem.code == Code::Interrupted => {}
            Err(_) => {
                let refusal = refusal.unwrap_or_default();
                // Said at the address while it is typed, and as a refusal once it was asked to connect.
                if std::mem::take(&mut self.course.connect_next) {
                    page.stage = MailboxStage::Refused(refusal.clone());
                }
                page.server = ServerLook::NotFound(refusal);
            }
        }
    }

    pub(super) fn hear_checked(&mut self, checked: Result<Box<(Far, AccountReport)>, Problem>, now: &Now) {
        let stage = match checked {
            Ok(checked) => {
                let (far, report) = *checked;
                let connected = Connected {
                    host: report.host,
                    messages: report.messages,
                    limit: report.room.limit,
                    used: report.room.used,
                    assumed: report.room.source != RoomSource::Server,
                    tls: report.tls_version,
                    mechanism: report.mechanism,
                };
                if self.course.far.as_ref().is_none_or(|before| before.account != far.account) {
                    self.course.selection = crate::gui::room::Selection::default();
                    (self.course.bytes_all, self.course.messages_all) = (0, 0);
                }
                self.course.far = Some(far);
                self.course.plan = None;
                self.course.looked = None;
                self.note(now, true);
                // What is there is looked at while the person reads.
                self.look_over(AfterLook::Room);
                MailboxStage::Connected(connected)
            }
            Err(problem) if problem.code == Code::Interrupted => return,
            Err(problem) => MailboxStage::Refused(self.refusal(&problem)),
        };
        if let Screen::Mailbox(page) = &mut self.state.screen {
            page.stage = stage;
        }
    }

    /// Mailbox or safe copy could not be looked at.
    pub(super) fn look_failed(&mut self, problem: &Problem) {
        if problem.code == Code::Interrupted {
            return;
        }
        let refusal = self.refusal(problem);
        match (&mut self.state.screen, self.course.after_look) {
            (Screen::Room(page), _) if page.request.reread == Reread::Looking => page.request.reread = Reread::Failed(refusal.told),
            (Screen::Room(_), _) => {
                self.show_mailbox();
                if let Screen::Mailbox(page) = &mut self.state.screen {
                    page.stage = MailboxStage::Refused(refusal);
                }
            }
            (Screen::Copying(page), AfterLook::Copy) => page.stage = CopyStage::Stopped(refusal),
            // Shown once it is wanted.
            _ => {}
        }
    }

    pub(super) fn hear_planned(&mut self, (figures, view): (crate::gui::room::Figures, crate::engine::plan::PlanView), now: &Now) {
        self.course.plan = Some(view);
        if self.course.after_look == AfterLook::Copy {
            self.course.after_look = AfterLook::Room;
            if self.course.unfinished.take().is_some() {
                self.keep_password(true);
            }
            return self.begin_copying(now);
        }
        if matches!(self.state.screen, Screen::Done(_) | Screen::Copying(_) | Screen::Checking(_)) {
            self.show_room();
        }
        let Screen::Room(page) = &mut self.state.screen else { return };
        let before = page.bar.limit;
        let all_fits = figures.all_fits();
        figures.put(page);
        if page.request.reread == Reread::Looking {
            page.request.reread = match (before, page.bar.limit) {
                (Some(before), Some(limit)) if limit > before => Reread::Larger(limit),
                _ => Reread::Unchanged,
            };
        }
        // The first time it does not fit, all three ways are there to be chosen; none is chosen for the person.
        if all_fits && !self.course.all_fit && page.way == crate::gui::state::RoomWay::AskLarger {
            page.way = crate::gui::state::RoomWay::Everything;
        }
        self.course.all_fit = all_fits;
    }
}
