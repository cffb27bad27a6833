//! «Outlook is using this file. Please close Outlook.» Nothing is ever closed by force.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{CloseLook, CloseProgram};
use crate::gui::theme::{Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, page: &CloseProgram, commands: &mut Commands) {
    let names: Vec<&str> = page.programs.iter().map(|program| program.name.as_str()).collect();
    let names = names.join(&say("and"));
    let looking = page.look == CloseLook::Looking;
    let mut actions = Actions::new().back();
    if looking {
        actions = actions.note(say("close-looking"));
    }
    actions = actions
        .right(Button::secondary(say("copy-all-the-same")), Command::GoOnInUse)
        .primary(Button::primary(say("i-closed-it")).icon(Line::Check).enabled(!looking), Command::IClosedIt);
    let standing = Standing::needs(tell("close-standing", [("program", names.as_str().into())]));
    Page::new("close program", tell("close-heading", [("program", names.as_str().into())])).standing(standing).show(ui, commands, actions, |ui, _| {
        if page.look == CloseLook::StillOpen {
            let notice = card::Notice::new(Tone::Attention, tell("close-still-open", [("program", names.as_str().into())]));
            notice.line(say("close-still-open-hint")).show(ui);
            ui.add_space(8.0);
        }
        card::rows(ui, |ui| {
            let mut first = true;
            for program in &page.programs {
                for store in &program.stores {
                    card::Row::new(program.name.as_str()).detail(store.as_str()).icon(Line::Envelope, Tone::Plain).hairline(!first).show(ui);
                    first = false;
                }
            }
        });
        ui.add_space(12.0);
        let p = crate::gui::theme::palette(ui);
        text::show(ui, crate::gui::theme::Type::Label, p.text, &say("close-how"));
        for way in [say("close-how-1"), say("close-how-2"), say("close-how-3")] {
            card::bullet(ui, &way);
        }
        ui.add_space(10.0);
        card::hint(ui, Line::Info, &say("close-why"), &say("close-why-detail"));
    });
}
