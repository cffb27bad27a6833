//! «Continue where you stopped.»

use egui::Ui;

use crate::engine::number::about;
use crate::gui::command::{Command, Commands};
use crate::gui::state::{CheckOutcome, CheckedThing, Continue, ContinueCheck, ContinueNeeds, Drafts, InterruptedIn, Mark, State};
use crate::gui::theme::{Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::{self, Field};
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, progress};
use crate::gui::words::{bytes_of, moment, say, tell};

pub(super) fn show(ui: &mut Ui, page: &Continue, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let values = [("percent", page.percent.into()), ("moment", moment(&page.stopped).into())];
    let standing = match page.of {
        InterruptedIn::Copying => tell("continue-standing-copying", values),
        InterruptedIn::SafeCopy => tell("continue-standing-safe-copy", values),
    };
    let (ready, reason) = match &page.needs {
        ContinueNeeds::Nothing => (true, None),
        ContinueNeeds::Looking => (false, Some(say("continue-looking"))),
        ContinueNeeds::Password { .. } => (!drafts.password.is_empty(), Some(say("continue-password-first")).filter(|_| drafts.password.is_empty())),
        ContinueNeeds::Drive(_) => (true, None),
    };
    let mut actions = Actions::new().left(Button::secondary(say("start-something-new")), Command::StartNew);
    if let Some(reason) = reason {
        actions = actions.note(reason);
    }
    actions = actions.primary(Button::primary(say("continue")).icon(Line::Play).enabled(ready), Command::ContinueJob);
    let page_frame = Page::new("continue", say("continue-heading")).hero().standing(Standing::safe(standing.clone())).notice(super::notice(state));
    page_frame.show(ui, commands, actions, |ui, commands| {
        progress::card(ui, "continue", page.percent, page.bytes.fraction(), Tone::Accent, &standing, &figures(page), &[]);
        ui.add_space(8.0);
        needs(ui, page, drafts, commands);
        if !page.checks.is_empty() {
            card::rows(ui, |ui| {
                for (at, check) in page.checks.iter().enumerate() {
                    row(check).hairline(at > 0).show(ui);
                }
            });
            ui.add_space(8.0);
        }
        let left = page.left_secs.map_or_else(|| say("continue-no-estimate").into_owned(), |left| tell("continue-left", [("left", about(left).into())]));
        card::hint(ui, Line::Clock, &left, &say("continue-nothing-twice"));
    });
}

fn figures(page: &Continue) -> String {
    let mut parts = Vec::new();
    if page.bytes.all > 0 {
        parts.push(bytes_of(page.bytes.done, page.bytes.all));
    }
    if page.messages.all > 0 {
        parts.push(tell("messages-of", [("done", page.messages.done.into()), ("all", page.messages.all.into())]));
    }
    parts.join(" · ")
}

fn row(check: &ContinueCheck) -> card::Row<'_> {
    let (title, detail) = match &check.what {
        CheckedThing::SafeCopy { place } => (say("continue-safe-copy").into_owned(), place.clone()),
        CheckedThing::Mailbox { address, host } => (tell("continue-mailbox", [("address", address.into())]), host.clone()),
        CheckedThing::UnderWay { messages } => (tell("continue-under-way", [("count", (*messages).into())]), String::new()),
    };
    let row = card::Row::new(title).detail(detail);
    match &check.outcome {
        CheckOutcome::Looking => row.mark(Mark::Now).fact(say("continue-being-looked-at")),
        CheckOutcome::Good => row.mark(Mark::Proven).fact(say("continue-checked")),
        CheckOutcome::LookedForFirst => row.icon(Line::Search, Tone::Accent).fact(say("continue-looked-for-first")),
        CheckOutcome::Bad(told) => card::Row::new(told.headline.as_str()).mark(Mark::Needs),
    }
}

fn needs(ui: &mut Ui, page: &Continue, drafts: &mut Drafts, commands: &mut Commands) {
    match &page.needs {
        ContinueNeeds::Nothing | ContinueNeeds::Looking => return,
        ContinueNeeds::Password { address, refused } => {
            let label = tell("continue-password", [("address", address.into())]);
            let field = Field::new("password", label).first(true).wrong(refused.is_some());
            let typed = field::password(ui, field, &mut *drafts.password, &mut drafts.password_shown);
            if typed.entered && !drafts.password.is_empty() {
                commands.push(Command::ContinueJob);
            }
            if let Some(refusal) = refused {
                ui.add_space(4.0);
                card::Notice::told(Tone::Problem, &refusal.told).details(refusal.details.as_str()).show(ui);
            }
        }
        ContinueNeeds::Drive(place) => {
            let notice = card::Notice::new(Tone::Attention, say("continue-drive")).line(tell("continue-drive-where", [("place", place.into())]));
            notice.icon(Line::Usb).show(ui);
        }
    }
    ui.add_space(8.0);
}
