//! The report, and the end of the job.

use egui::Ui;

use crate::engine::number::count;
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Job, JobBusy, State};
use crate::gui::theme::{Line, Tone, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{bytes, say, tell};

pub(super) fn show(ui: &mut Ui, job: &Job, state: &State, commands: &mut Commands) {
    let t = &job.totals;
    let standing = if t.mailboxes > 0 && t.proven == t.mailboxes {
        Standing::proven(tell("report-all", [("all", t.mailboxes.into())]))
    } else {
        Standing::needs(tell("report-some", [("done", t.proven.into()), ("all", t.mailboxes.into())]))
    };
    let idle = job.busy == JobBusy::Nothing;
    let actions = Actions::new().back();
    let actions = match &job.report {
        Some(_) => actions.right(Button::secondary(say("open-report")).icon(Line::FolderOpen), Command::OpenJobReport),
        None => actions.right(Button::secondary(say("write-the-report")).icon(Line::Save).enabled(idle), Command::WriteJobReport),
    };
    let actions = actions.primary(Button::primary(say("wipe-and-finish")).enabled(idle), Command::WipeAndFinish);
    let frame = Page::new("job report", say("report-heading")).standing(standing).notice(super::super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, _| {
        super::stopped(ui, job);
        card::card(ui, 20, |ui| {
            card::facts(
                ui,
                &[
                    (count(t.mailboxes), tell("mailboxes-word", [("count", t.mailboxes.into())])),
                    (count(t.proven), say("report-proven").into_owned()),
                    (count(t.messages), tell("messages-word", [("count", t.messages.into())])),
                    (bytes(t.copied_bytes), say("report-copied").into_owned()),
                ],
            );
        });
        ui.add_space(6.0);
        if let Some(place) = &job.report {
            card::hint(ui, Line::Folder, &say("report-written"), place);
            ui.add_space(4.0);
        }
        let open: Vec<_> = job.rows.iter().filter(|row| row.state != crate::gui::state::RowState::Proven).collect();
        if !open.is_empty() {
            text::show(ui, Type::Title, palette(ui).text, &say("report-exceptions"));
            card::rows(ui, |ui| {
                for (at, row) in open.iter().take(50).enumerate() {
                    card::Row::new(row.address.as_str()).mark(row.state.mark()).fact(row.words.as_str()).hairline(at > 0).show(ui);
                }
                if open.len() > 50 {
                    card::Row::new(tell("and-more", [("count", (open.len() - 50).into())])).hairline(true).show(ui);
                }
            });
            ui.add_space(6.0);
        }
        card::Notice::new(Tone::Plain, say("wipe-title")).icon(Line::Lock).line(say("wipe-words")).show(ui);
    });
}
