//! For technicians: what this window does, and what the console does today.

use std::borrow::Cow;

use egui::{Frame, Ui};

use crate::gui::command::{Command, Commands};
use crate::gui::state::{State, Technician};
use crate::gui::theme::{Icon, Line, Type, palette, tokens};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, page: &Technician, state: &State, commands: &mut Commands) {
    let page_frame = Page::new("technician", say("technician-heading")).standing(Standing::hint(say("technician-standing"))).notice(super::notice(state));
    page_frame.show(ui, commands, Actions::new().back(), |ui, commands| {
        let console = || ("console", page.console.as_str().into());
        let deeds = [
            (say("technician-run"), tell("technician-run-command", [console()])),
            (say("technician-check"), tell("technician-check-command", [console()])),
            (say("technician-drive"), tell("technician-drive-command", [console()])),
            (say("technician-help"), tell("technician-help-command", [console()])),
        ];
        for (what, line) in &deeds {
            command(ui, what, line, commands);
            ui.add_space(4.0);
        }
        ui.add_space(8.0);
        let facts: [(Icon, Cow<'_, str>, &str); 4] = [
            (Line::Folder.into(), say("technician-home"), &page.home),
            (Line::List.into(), say("technician-logs"), &page.logs),
            (Line::Desktop.into(), say("technician-renderer"), &page.renderer),
            (Line::Info.into(), say("technician-version"), &page.version),
        ];
        let pairs: Vec<_> = facts.into_iter().filter(|(.., value)| !value.is_empty()).map(|(icon, name, value)| (icon, name, Cow::Borrowed(value))).collect();
        ui.spacing_mut().item_spacing.y = 6.0;
        card::pairs(ui, &pairs);
    });
}

fn command(ui: &mut Ui, what: &str, line: &str, commands: &mut Commands) {
    let p = palette(ui);
    text::show(ui, Type::Label, p.text, what);
    let frame = Frame::NONE.fill(p.sunken).corner_radius(tokens().radius.control).inner_margin(egui::Margin::symmetric(16, 10));
    let width = ui.available_width() - 32.0;
    frame.show(ui, |ui| {
        ui.set_width(width);
        let button = Button::secondary(say("copy")).small().icon(Line::Copy).named(format!("{}: {what}", say("copy")));
        let size = button.size(ui, width);
        let galley = text::layout(ui, Type::Mono, p.text, line, width - size.x - 16.0);
        let height = galley.size().y.max(size.y);
        let (rect, _) = ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::hover());
        let y = rect.center().y - galley.size().y / 2.0;
        text::put(ui, egui::pos2(rect.left(), y), galley);
        let at = egui::pos2(rect.right() - size.x, rect.center().y - size.y / 2.0);
        if button.show_at(ui, egui::Rect::from_min_size(at, size)).clicked() {
            commands.push(Command::Copy(line.to_owned()));
        }
    });
}
