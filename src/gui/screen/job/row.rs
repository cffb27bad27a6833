//! One row: what is wrong with it, and what can be done.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, Drafts, RowAct, RowDetail};
use crate::gui::theme::{Line, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::dialog::Over;
use crate::gui::widget::field::{self, Field};
use crate::gui::widget::{card, choice, text};
use crate::gui::words::{say, tell};

pub(in crate::gui::screen) fn show(ui: &mut Ui, detail: &RowDetail, drafts: &mut Drafts, commands: &mut Commands) {
    let row = &detail.row;
    let mut over = Over::new("row", row.address.clone()).escape(Command::CloseDialog);
    match row.act {
        Some(RowAct::Pause) => over = over.button(Button::secondary(say("pause")).icon(Line::Pause), Command::PauseRow(row.id)),
        Some(RowAct::Resume) => over = over.button(Button::secondary(say("resume")).icon(Line::Play), Command::ResumeRow(row.id)),
        _ => {}
    }
    if !detail.is_busy && !row.from.is_empty() {
        over = over.button(Button::secondary(say("test-again")).icon(Line::Again), Command::TestRow(row.id));
    }
    let over = if detail.asks_passwords {
        over.button(Button::secondary(say("close")), Command::CloseDialog).first(Button::primary(say("take-these-passwords")), Command::TakePasswords(row.id))
    } else {
        over.first(Button::primary(say("close")), Command::CloseDialog)
    };
    over.show(ui, commands, |ui, commands| {
        let p = palette(ui);
        let from = if row.from.is_empty() { say("row-on-pc").into_owned() } else { tell("row-from", [("from", row.from.as_str().into())]) };
        text::small(ui, &from);
        text::show(ui, Type::Label, crate::gui::widget::mark::tone(row.state.mark()).text(p), &row.words);
        for (what, advice) in &detail.troubles {
            ui.add_space(2.0);
            text::body(ui, what);
            if !advice.is_empty() {
                text::small(ui, advice);
            }
        }
        if detail.asks_passwords {
            ui.add_space(6.0);
            if !row.from.is_empty() {
                let field = Field::new("old password", tell("row-old-password", [("user", row.from.as_str().into())])).first(true);
                field::password(ui, field, &mut *drafts.old_password, &mut drafts.row_passwords_shown);
                ui.add_space(4.0);
            }
            let beside = Button::secondary(say("show")).icon(Line::Eye).size(ui, ui.available_width()).x + 12.0;
            let label = tell("row-new-password", [("user", row.address.as_str().into())]);
            let width = (ui.available_width() - beside).clamp(200.0, field::WIDTH);
            let field = Field::new("new password", label).width(width).hidden(!drafts.row_passwords_shown);
            field.show(ui, &mut *drafts.new_password);
            text::small(ui, &say("row-passwords-hint"));
        }
        if let Some(ask) = &detail.ask {
            ui.add_space(4.0);
            text::body(ui, &say("row-ask-larger"));
            if Button::secondary(say("copy-the-text")).small().icon(Line::Copy).show(ui).clicked() {
                commands.push(Command::Copy(ask.clone()));
            }
        }
        if let Some(newest) = detail.newest_until_full
            && choice::check(ui, if newest { Chosen::Yes } else { Chosen::No }, &say("newest-where-full"))
        {
            commands.push(Command::TakeNewest(row.id, !newest));
        }
        if !detail.details.is_empty() {
            card::folded(ui, &say("details-for-a-technician"), |ui| {
                text::show(ui, Type::Mono, palette(ui).text_second, &detail.details);
            });
        }
    });
}
