//! The list of mailboxes: read from a file, dropped, or pasted; problems by line.

use egui::{Event, Ui, ViewportCommand};
use zeroize::Zeroizing;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Drafts, Job, JobBusy, Pasted, State};
use crate::gui::theme::{Line, Tone, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, table, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, job: &Job, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let is_reading = job.busy == JobBusy::Reading;
    let has_rows = !job.rows.is_empty();
    let left_out = job.list_problems.iter().filter(|problem| problem.left_out).count();
    let standing = match (is_reading, has_rows, left_out) {
        (true, ..) => Standing::hint(say("list-reading")),
        (_, false, _) => Standing::hint(say("list-standing")),
        (_, true, 0) => Standing::proven(tell("list-read", [("count", job.totals.mailboxes.into())])),
        (_, true, out) => Standing::needs(tell("list-read-some", [("count", job.totals.mailboxes.into()), ("out", out.into())])),
    };
    let actions = Actions::new().back();
    let actions = if has_rows { actions } else { actions.note(say("list-first")) };
    let actions = actions.primary(Button::primary(say("next-test")).leads_on().enabled(has_rows && !is_reading), Command::Next);
    let frame = Page::new("mailboxes", say("list-heading")).standing(standing).notice(super::super::notice(state)).technical();
    let is_over = state.dialog.is_some();
    frame.show(ui, commands, actions, |ui, commands| {
        super::stopped(ui, job);
        if !has_rows {
            text::body(ui, &say("list-how"));
        }
        let field = Field::new("list", say("list-file")).placeholder(say("list-file-example")).first(!has_rows);
        let typed = field.show(ui, &mut drafts.list);
        let can_read = !drafts.list.trim().is_empty() && !is_reading;
        if typed.entered && can_read {
            commands.push(Command::ReadTypedList);
        }
        ui.horizontal_wrapped(|ui| {
            if Button::secondary(say("read-the-list")).small().icon(Line::List).enabled(can_read).show(ui).clicked() {
                commands.push(Command::ReadTypedList);
            }
            if Button::secondary(say("choose-a-file")).small().icon(Line::FolderOpen).show(ui).clicked() {
                commands.push(Command::ChooseList);
            }
            if Button::secondary(say("paste-the-list")).small().icon(Line::Tray).show(ui).clicked() {
                ui.ctx().send_viewport_cmd(ViewportCommand::RequestPaste);
                ui.ctx().memory_mut(|memory| memory.stop_text_input());
                commands.push(Command::PasteList);
            }
            if !has_rows && Button::secondary(say("copy-an-empty-list")).small().icon(Line::Copy).show(ui).clicked() {
                commands.push(Command::Copy(job.empty_list.clone()));
            }
        });
        pasted(ui, is_over, commands);
        if let Some(refused) = &job.list_refused {
            ui.add_space(4.0);
            card::Notice::new(Tone::Problem, say("list-refused")).line(refused.as_str()).show(ui);
        }
        problems(ui, job);
        columns(ui, job);
        if has_rows {
            ui.add_space(6.0);
            let shape = table::Shape { domain: job.domain.as_deref(), with_copied: false };
            table::mailboxes(ui, &job.rows, &job.totals, shape, commands);
        }
    });
}

/// A list that is pasted while nothing is typed in.
fn pasted(ui: &Ui, is_over: bool, commands: &mut Commands) {
    if is_over || ui.ctx().text_edit_focused() {
        return;
    }
    let text = ui.input_mut(|input| {
        let at = input.events.iter().position(|event| matches!(event, Event::Paste(_)))?;
        match input.events.remove(at) {
            Event::Paste(text) => Some(Zeroizing::new(text)),
            _ => None,
        }
    });
    if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
        commands.push(Command::Pasted(Pasted(text)));
    }
}

fn problems(ui: &mut Ui, job: &Job) {
    if job.list_problems.is_empty() {
        return;
    }
    ui.add_space(6.0);
    card::rows(ui, |ui| {
        for (at, problem) in job.list_problems.iter().take(20).enumerate() {
            let line = tell("list-line", [("line", problem.line.into())]);
            let title = problem.row.as_ref().map_or_else(|| line.clone(), |row| format!("{line}, {row}"));
            let icon = if problem.left_out { (crate::gui::theme::Fill::Warning, Tone::Attention) } else { (crate::gui::theme::Fill::Info, Tone::Accent) };
            card::Row::new(title).icon(icon.0, icon.1).fact(problem.what.as_str()).hairline(at > 0).show(ui);
        }
        let more = job.list_problems.len().saturating_sub(20);
        if more > 0 {
            card::Row::new(tell("list-more-problems", [("count", more.into())])).hairline(true).show(ui);
        }
    });
}

/// What the heads of the list were taken for.
fn columns(ui: &mut Ui, job: &Job) {
    if job.columns.is_empty() {
        return;
    }
    ui.add_space(4.0);
    card::folded(ui, &say("list-columns"), |ui| {
        let p = palette(ui);
        for (head, meaning) in &job.columns {
            let meaning = meaning.clone().unwrap_or_else(|| say("list-column-unused").into_owned());
            card::line(ui, &[text::piece(Type::SmallStrong, p.text, head), text::piece(Type::Small, p.text_second, &format!(" → {meaning}"))]);
        }
    });
}
