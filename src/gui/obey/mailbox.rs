//! The new mailbox: its server and its password.

use zeroize::Zeroizing;

use crate::account::{Secret, TlsMode};
use crate::autoconfig::Given;
use crate::engine::check::check;
use crate::engine::far::Far;
use crate::engine::plan::Choices;
use crate::engine::practice::PASSWORD;
use crate::engine::settings::find_server;
use crate::gui::logic::Logic;
use crate::gui::news::News;
use crate::gui::state::{Dialog, MailboxPage, MailboxStage, RefusalKind, Screen, ServerLook};
use crate::gui::worker::Slot;
use crate::imap::Timeouts;
use crate::run::{Code, Problem};

impl Logic {
    pub(in crate::gui) fn show_mailbox(&mut self) {
        let mut page = MailboxPage::default();
        if let Some(practice) = &self.practice {
            let far = practice.far(Secret::new(PASSWORD.to_owned()));
            if self.drafts.address.is_empty() {
                self.drafts.address.clone_from(&far.account.address);
                self.drafts.password = Zeroizing::new(PASSWORD.to_owned());
            }
            page.server = ServerLook::Found { host: far.account.endpoint.host, port: far.account.endpoint.port, by_itself: true };
        }
        self.state.screen = Screen::Mailbox(page);
        self.course.looked = None;
    }

    /// Looks for the server of the address; with `connect`, connects at once where it is found.
    pub(super) fn look_for_server(&mut self, connect: bool) {
        let address = self.drafts.address.trim().to_owned();
        self.course.connect_next |= connect;
        if self.practice.is_some() || address.is_empty() || !address.contains('@') {
            return;
        }
        let given = match self.given() {
            Ok(given) => given,
            Err(problem) => {
                let mut refusal = self.refusal(&problem);
                refusal.kind = RefusalKind::Address;
                if let Screen::Mailbox(page) = &mut self.state.screen {
                    page.stage = MailboxStage::Refused(refusal);
                }
                return;
            }
        };
        let asked = Some((address.clone(), given.clone()));
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        // Leaving the field says it again: what is looked for, found, or being connected to need not be looked for twice.
        if asked == self.course.looked_for
            && (page.server == ServerLook::Looking || (!connect && matches!(page.server, ServerLook::Found { .. } | ServerLook::Elsewhere { .. })))
        {
            return;
        }
        page.server = ServerLook::Looking;
        self.course.looked_for = asked;
        self.course.settled = None;
        let (provider, reach) = (self.setup.provider.clone(), self.setup.reach.clone());
        self.worker.start(Slot::Server, |run, _| async move { News::Server(find_server(&address, &given, &provider, &reach, &run).await.map(Box::new)) });
    }

    /// Host, port and user where a technician gave them.
    fn given(&self) -> Result<Given, Problem> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let port =
            text(&self.drafts.port).map(|port| port.parse::<u16>().map_err(|_| Problem::account(Code::AccountUnknown, "the port is no number"))).transpose()?;
        let tls = (port == Some(TlsMode::StartTls.default_port())).then_some(TlsMode::StartTls);
        Ok(Given { host: text(&self.drafts.host), port, tls, user: text(&self.drafts.user) })
    }

    /// The server that was settled on is that of what is typed now.
    fn is_settled(&self) -> bool {
        let now = self.given().ok().map(|given| (self.drafts.address.trim().to_owned(), given));
        self.course.settled.is_some() && now.is_some() && now == self.course.looked_for
    }

    pub(super) fn use_this_server(&mut self) {
        let Some((_, account)) = &self.course.settled else { return };
        let endpoint = account.endpoint.clone();
        if let Screen::Mailbox(page) = &mut self.state.screen {
            page.server = ServerLook::Found { host: endpoint.host, port: endpoint.port, by_itself: false };
        }
        if self.course.connect_next {
            self.connect();
        }
    }

    pub(in crate::gui) fn connect(&mut self) {
        let address = self.drafts.address.trim().to_owned();
        let is_settled = self.is_settled();
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        if address.is_empty() || self.drafts.password.is_empty() {
            return;
        }
        let password = Secret::new(self.drafts.password.to_string());
        let far = if let Some(practice) = &self.practice {
            let mut far = practice.far(password);
            far.account.user.clone_from(&address);
            far.account.address.clone_from(&address);
            far
        } else {
            match (&page.server, &self.course.settled) {
                (ServerLook::Found { .. }, Some((_, account))) if is_settled => {
                    Far { account: account.clone(), password, reach: self.setup.reach.clone(), timeouts: Timeouts::default() }
                }
                // A person must agree first.
                (ServerLook::Elsewhere { .. }, Some(_)) if is_settled => {
                    self.course.connect_next = true;
                    return;
                }
                _ => {
                    page.stage = MailboxStage::Connecting;
                    self.look_for_server(true);
                    return;
                }
            }
        };
        page.stage = MailboxStage::Connecting;
        let provider = self.setup.provider.clone();
        self.worker.start(Slot::Check, |run, _| async move {
            let report = check(&far, &provider, &Choices::default(), &run).await;
            News::Checked(report.map(|report| Box::new((far, report))))
        });
    }

    pub(super) fn mailbox_edited(&mut self) {
        self.worker.forget(Slot::Check);
        self.worker.forget(Slot::Look);
        let is_practice = self.practice.is_some();
        let same = self.is_settled();
        let Screen::Mailbox(page) = &mut self.state.screen else { return };
        page.stage = MailboxStage::Asking;
        self.course.connect_next = false;
        if !same && !is_practice {
            page.server = ServerLook::Unknown;
            self.course.looked_for = None;
        }
    }

    pub(super) fn certificate_means(&mut self) {
        if let Screen::Mailbox(MailboxPage { stage: MailboxStage::Refused(refusal), .. }) = &self.state.screen {
            self.state.dialog = Some(Dialog::Certificate(refusal.told.clone()));
        }
    }

    pub(super) fn take_password(&mut self) -> Secret {
        Secret::new(std::mem::take(&mut *self.drafts.password))
    }
}
