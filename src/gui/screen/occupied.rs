//! Another window of the program is open.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::theme::Line;
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::say;

pub(super) fn show(ui: &mut Ui, commands: &mut Commands) {
    let actions = Actions::new().primary(Button::primary(say("close")), Command::CloseWindow);
    Page::new("occupied", say("occupied-heading")).standing(Standing::safe(say("occupied-standing"))).show(ui, commands, actions, |ui, _| {
        text::body(ui, &say("occupied-why"));
        ui.add_space(8.0);
        card::hint(ui, Line::Question, &say("occupied-hint"), "");
    });
}
