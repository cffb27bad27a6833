//! A new job: the firm, the folder, and what must be there before anything is copied.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Brought, Chosen, Drafts, NewJob, State};
use crate::gui::theme::{Line, Tone, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, choice, text};
use crate::gui::words::say;

pub(super) fn show(ui: &mut Ui, page: &NewJob, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let is_filled = !drafts.job_name.trim().is_empty() && !drafts.job_folder.trim().is_empty();
    let actions = Actions::new().back();
    let actions = if is_filled { actions } else { actions.note(say("new-job-both-needed")) };
    let actions = actions.primary(Button::primary(say("make-the-job")).leads_on().enabled(is_filled), Command::MakeJob);
    let frame = Page::new("new job", say("new-job-heading")).standing(Standing::hint(say("new-job-standing"))).notice(super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, commands| {
        if let Some(refused) = &page.refused {
            card::Notice::new(Tone::Attention, say("new-job-refused")).line(refused.as_str()).show(ui);
            ui.add_space(4.0);
        }
        Field::new("job name", say("new-job-name")).placeholder(say("new-job-name-example")).first(true).show(ui, &mut drafts.job_name);
        ui.add_space(6.0);
        Field::new("job folder", say("new-job-folder")).placeholder(say("jobs-folder-example")).show(ui, &mut drafts.job_folder);
        ui.add_space(-2.0);
        text::small(ui, &say("new-job-folder-hint"));
        if Button::secondary(say("choose-a-folder")).small().icon(Line::Folder).show(ui).clicked() {
            commands.push(Command::BrowseJobFolder);
        }
        ui.add_space(8.0);
        checklist(ui, page.brought, commands);
    });
}

/// What the firm brings along, to tick.
pub(super) fn checklist(ui: &mut Ui, brought: Brought, commands: &mut Commands) {
    card::card(ui, 18, |ui| {
        text::show(ui, Type::Title, palette(ui).text, &say("new-job-checklist"));
        ui.add_space(4.0);
        text::small(ui, &say("new-job-checklist-why"));
        ui.add_space(6.0);
        for (ticked, label, command) in
            [(brought.sign_ins, say("new-job-sign-ins"), Command::TickSignIns as fn(bool) -> Command), (brought.dns, say("new-job-dns"), Command::TickDns)]
        {
            if choice::check(ui, if ticked { Chosen::Yes } else { Chosen::No }, &label) {
                commands.push(command(!ticked));
            }
        }
    });
}
