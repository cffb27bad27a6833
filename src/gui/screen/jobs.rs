//! For technicians: jobs of many mailboxes, and where things are.

use std::borrow::Cow;

use egui::{Sense, Ui, pos2, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Drafts, Jobs, RecentJob, State, Technician};
use crate::gui::theme::{Icon, Line, Tone, Type, palette, tokens};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, text};
use crate::gui::words::{moment, say, tell};

pub(super) fn show(ui: &mut Ui, page: &Jobs, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let actions = Actions::new()
        .back()
        .right(Button::secondary(say("open-a-job")).icon(Line::FolderOpen), Command::OpenJob)
        .primary(Button::primary(say("new-job")).icon(Line::Plus), Command::NewJob);
    let frame = Page::new("jobs", say("jobs-heading")).standing(Standing::hint(say("jobs-standing"))).notice(super::notice(state)).technical();
    frame.show(ui, commands, actions, |ui, commands| {
        if let Some(refused) = &page.refused {
            card::Notice::new(Tone::Attention, say("jobs-not-opened")).line(refused.as_str()).show(ui);
            ui.add_space(4.0);
        }
        if !page.recent.is_empty() {
            text::show(ui, Type::Title, palette(ui).text, &say("jobs-recent"));
            card::rows(ui, |ui| {
                for (at, job) in page.recent.iter().enumerate() {
                    recent(ui, job, at > 0, commands);
                }
            });
            ui.add_space(6.0);
        }
        let field = Field::new("job folder", say("jobs-folder")).placeholder(say("jobs-folder-example"));
        if field.show(ui, &mut drafts.job_folder).entered && !drafts.job_folder.trim().is_empty() {
            commands.push(Command::OpenTypedJob);
        }
        let can_open = !drafts.job_folder.trim().is_empty();
        if Button::secondary(say("open-this-folder")).small().enabled(can_open).show(ui).clicked() {
            commands.push(Command::OpenTypedJob);
        }
        ui.add_space(10.0);
        own(ui, &page.own);
    });
}

fn recent(ui: &mut Ui, job: &RecentJob, hairline: bool, commands: &mut Commands) {
    let p = palette(ui);
    let width = ui.available_width();
    let button = Button::secondary(say("open")).small().named(tell("open-named", [("name", job.name.as_str().into())]));
    let size = button.size(ui, width);
    let room = width - size.x - 46.0;
    let (rect, _) = ui.allocate_exact_size(vec2(width, 60.0), Sense::hover());
    if hairline {
        ui.painter().hline(rect.x_range(), rect.top(), egui::Stroke::new(tokens().stroke.hair, p.line));
    }
    text::icon(ui, pos2(rect.left(), rect.center().y - 12.0), 24.0, Line::Users.into(), p.text_second);
    let name = text::elided(ui, Type::Label, p.text, &job.name, room);
    text::put(ui, pos2(rect.left() + 36.0, rect.top() + 8.0), name);
    let detail = job.opened.as_ref().map_or_else(|| job.folder.clone(), |opened| format!("{} · {}", moment(opened), job.folder));
    let shown = text::elided(ui, Type::Small, p.text_second, &detail, room);
    text::put(ui, pos2(rect.left() + 36.0, rect.top() + 31.0), shown).on_hover_text(&job.folder);
    let at = pos2(rect.right() - size.x, rect.center().y - size.y / 2.0);
    if button.show_at(ui, egui::Rect::from_min_size(at, size)).clicked() {
        commands.push(Command::OpenRecent(job.folder.clone()));
    }
}

/// Where the program's own things are, and the console's name.
fn own(ui: &mut Ui, own: &Technician) {
    card::folded(ui, &say("technician-own"), |ui| {
        let facts: [(Icon, Cow<'_, str>, &str); 5] = [
            (Line::Folder.into(), say("technician-home"), &own.home),
            (Line::List.into(), say("technician-logs"), &own.logs),
            (Line::Terminal.into(), say("technician-console"), &own.console),
            (Line::Desktop.into(), say("technician-renderer"), &own.renderer),
            (Line::Info.into(), say("technician-version"), &own.version),
        ];
        let pairs: Vec<_> = facts.into_iter().filter(|(.., value)| !value.is_empty()).map(|(icon, name, value)| (icon, name, Cow::Borrowed(value))).collect();
        ui.spacing_mut().item_spacing.y = 6.0;
        card::pairs(ui, &pairs);
    });
}
