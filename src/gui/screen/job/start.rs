//! The job itself: where it is, and what the firm must set up.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Job, State};
use crate::gui::theme::{Line, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, job: &Job, state: &State, commands: &mut Commands) {
    let actions = Actions::new().back().primary(Button::primary(say("next-mailboxes")).leads_on(), Command::Next);
    let standing = Standing::hint(tell("job-standing", [("folder", job.folder.as_str().into())]));
    let frame = Page::new("job", job.name.clone()).standing(standing).notice(super::super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, commands| {
        card::card(ui, 18, |ui| {
            let p = palette(ui);
            text::show(ui, Type::Title, p.text, &say("job-set-up"));
            ui.add_space(4.0);
            if job.to_set_up.is_empty() {
                text::body(ui, &say("job-set-up-first"));
                return;
            }
            text::body(ui, &say("job-set-up-words"));
            ui.add_space(8.0);
            // The beginning of it; all of it is copied.
            let shown: Vec<&str> = job.to_set_up.lines().take(8).collect();
            text::show(ui, Type::Mono, p.text_second, &shown.join("\n"));
            let rest = job.to_set_up.lines().count().saturating_sub(shown.len());
            if rest > 0 {
                text::small(ui, &tell("job-set-up-more", [("count", rest.into())]));
            }
            ui.add_space(10.0);
            if Button::secondary(say("copy-the-list")).small().icon(Line::Copy).show(ui).clicked() {
                commands.push(Command::Copy(job.to_set_up.clone()));
            }
        });
        ui.add_space(10.0);
        super::super::new_job::checklist(ui, job.brought, commands);
        ui.add_space(10.0);
        card::hint(ui, Line::Lock, &say("job-no-passwords"), &say("job-no-passwords-detail"));
    });
}
