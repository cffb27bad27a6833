//! «Move your mail to your new mailbox.»

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{State, Welcome};
use crate::gui::theme::Line;
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, scene};
use crate::gui::words::{moment, say, tell};

pub(super) fn show(ui: &mut Ui, welcome: &Welcome, state: &State, commands: &mut Commands) {
    let name = &state.provider.name;
    let heading = if name.is_empty() { say("welcome-heading-plain").into_owned() } else { tell("welcome-heading", [("name", name.into())]) };
    let actions = Actions::new()
        .left(Button::secondary(say("get-help")).icon(Line::Chat), Command::GetHelp)
        .primary(Button::primary(say("find-my-mail")).icon(Line::Search), Command::FindMyMail);
    Page::new("welcome", heading).hero().standing(Standing::plain(say("welcome-standing"))).notice(super::notice(state)).show(
        ui,
        commands,
        actions,
        |ui, commands| {
            if let Some(interrupted) = &welcome.interrupted {
                let words = tell("welcome-continue", [("moment", moment(&interrupted.stopped).into()), ("percent", interrupted.percent.into())]);
                if Button::secondary(words).icon(Line::Play).show(ui).clicked() {
                    commands.push(Command::ShowInterrupted);
                }
                ui.add_space(12.0);
            }
            scene::scene(ui);
            ui.add_space(12.0);
            card::hint(ui, Line::Info, &say("imap-and-pop"), "");
            ui.add_space(10.0);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 28.0;
                if Button::quiet(say("practise")).icon(Line::PlayCircle).show(ui).clicked() {
                    commands.push(Command::Practise);
                }
                if Button::quiet(say("i-am-a-technician")).icon(Line::Wrench).show(ui).clicked() {
                    commands.push(Command::IAmATechnician);
                }
            });
        },
    );
}
