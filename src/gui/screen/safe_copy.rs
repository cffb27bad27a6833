//! «Making your safe copy», until it is made and checked.

use egui::{Sense, Ui, vec2};

use crate::engine::explain::Told;
use crate::engine::number::{about, count};
use crate::gui::command::{Command, Commands};
use crate::gui::state::{CopyRow, CopyRowOf, DriveKind, Made, Mark, NotMail, Part, Place, SafeCopy, SafeCopyStage, State};
use crate::gui::theme::{Fill, Icon, Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, progress, text};
use crate::gui::words::{bytes_of, exact_bytes, messages, rate, say, tell};

pub(super) fn show(ui: &mut Ui, page: &SafeCopy, state: &State, commands: &mut Commands) {
    if let SafeCopyStage::Made(made) = &page.stage {
        made_page(ui, page, made, state, commands);
        return;
    }
    let percent = page.bytes.percent();
    let values = [("percent", percent.into())];
    let (standing, tone) = match &page.stage {
        SafeCopyStage::Paused => (Standing::waiting(tell("safe-copy-paused", values)), Tone::Wait),
        SafeCopyStage::Stopped(told) => (Standing::needs(told.headline.clone()), Tone::Accent),
        SafeCopyStage::Comparing => (Standing::under_way(say("safe-copy-comparing")), Tone::Accent),
        _ => (Standing::under_way(tell("safe-copy-standing", values)), Tone::Accent),
    };
    let name = tell("safe-copy-standing", [("percent", percent.into())]);
    let page_frame = Page::new("safe copy", say("safe-copy-heading")).standing(standing).notice(super::notice(state));
    page_frame.show(ui, commands, actions(&page.stage), |ui, _| {
        progress::card(ui, "safe_copy", percent, page.bytes.fraction(), tone, &name, &bytes_of(page.bytes.done, page.bytes.all), &facts(page));
        ui.add_space(8.0);
        if let SafeCopyStage::Stopped(told) = &page.stage {
            card::Notice::told(Tone::Problem, told).show(ui);
            ui.add_space(8.0);
        }
        card::rows(ui, |ui| {
            for (at, row) in page.rows.iter().enumerate() {
                store_row(row, page.folder.as_deref()).hairline(at > 0).show(ui);
            }
        });
        ui.add_space(10.0);
        kept(ui, &page.place, page.needed_bytes);
    });
}

fn actions(stage: &SafeCopyStage) -> Actions<'static> {
    let pause = Button::secondary(say("pause")).icon(Line::Pause);
    match stage {
        SafeCopyStage::Pausing => Actions::new().note(say("pausing")).right(pause.enabled(false), Command::Pause),
        SafeCopyStage::Paused => Actions::new().note(say("safe-copy-resumes")).primary(Button::primary(say("continue")).icon(Line::Play), Command::Resume),
        SafeCopyStage::Stopped(_) => Actions::new()
            .back()
            .right(Button::secondary(say("another-place")).icon(Line::Drives), Command::AnotherPlace)
            .primary(Button::primary(say("try-again")).icon(Line::Again), Command::Resume),
        _ => Actions::new().right(pause, Command::Pause),
    }
}

fn facts(page: &SafeCopy) -> Vec<(String, String)> {
    let all = tell("of-messages", [("count", page.messages.all.into())]);
    let mut facts = vec![(count(page.messages.done), all)];
    if let Some(speed) = page.bytes_per_sec {
        facts.push((rate(speed), say("read-just-now").into_owned()));
    }
    if let Some(left) = page.left_secs {
        facts.push((about(left), say("left-then-checking").into_owned()));
    }
    facts
}

fn store_row<'a>(row: &'a CopyRow, folder: Option<&str>) -> card::Row<'a> {
    let (title, is_store) = match &row.what {
        CopyRowOf::Store { program, .. } => (program.clone(), true),
        CopyRowOf::Comparing => (say("compare-with-original").into_owned(), false),
    };
    let detail = match (&row.what, folder) {
        (CopyRowOf::Store { .. }, Some(folder)) if row.mark == Mark::Now => tell("now-in", [("folder", folder.into())]),
        (CopyRowOf::Store { account, .. }, _) => account.clone(),
        _ => String::new(),
    };
    let fact = part(row.messages, row.mark);
    card::Row::new(title).mark(row.mark).strong(row.mark == Mark::Now).detail(if is_store { detail } else { String::new() }).fact(fact)
}

fn part(part: Part, mark: Mark) -> String {
    if mark == Mark::ToDo || part.done >= part.all { messages(part.all) } else { tell("messages-of", [("done", part.done.into()), ("all", part.all.into())]) }
}

/// Where it is kept.
fn kept(ui: &mut Ui, place: &Place, needed: u64) {
    let words = tell("kept-on", [("place", place.name.as_str().into())]);
    let detail = match place.free_bytes {
        Some(free) => tell("needed-and-free", [("needed", exact_bytes(needed).into()), ("free", exact_bytes(free).into())]),
        None => place.folder.clone(),
    };
    card::hint(ui, drive_icon(place.kind), &words, &detail);
}

/// The icon of a drive.
pub(super) fn drive_icon(kind: DriveKind) -> Icon {
    match kind {
        DriveKind::Usb => Line::Usb.into(),
        DriveKind::Internal => Line::Drives.into(),
        DriveKind::Network => Line::Globe.into(),
    }
}

fn made_page(ui: &mut Ui, page: &SafeCopy, made: &Made, state: &State, commands: &mut Commands) {
    let standing = tell("made-standing", [("messages", made.messages.into()), ("folders", made.folders.into())]);
    let actions = Actions::new()
        .back()
        .right(Button::secondary(say("open-the-safe-copy")).icon(Line::FolderOpen), Command::OpenSafeCopy)
        .primary(Button::primary(say("next-new-mailbox")).leads_on(), Command::Next);
    let page_frame = Page::new("safe copy made", say("made-heading")).standing(Standing::proven(standing)).notice(super::notice(state));
    page_frame.show(ui, commands, actions, |ui, commands| {
        card::card(ui, 24, |ui| {
            card::facts(
                ui,
                &[
                    (count(made.messages), tell("messages-word", [("count", made.messages.into())])),
                    (count(made.folders), tell("folders-word", [("count", made.folders.into())])),
                    (exact_bytes(made.bytes), say("made-size").into_owned()),
                ],
            );
        });
        ui.add_space(8.0);
        for told in &made.problems {
            problem(ui, told);
        }
        rest(ui, made, commands);
        ui.add_space(6.0);
        let words = tell("kept-on", [("place", page.place.name.as_str().into())]);
        card::hint(ui, drive_icon(page.place.kind), &words, &page.place.folder);
    });
}

fn problem(ui: &mut Ui, told: &Told) {
    card::Notice::told(Tone::Attention, told).show(ui);
    ui.add_space(8.0);
}

/// What is not in it as mail to be copied, and why.
fn rest(ui: &mut Ui, made: &Made, commands: &mut Commands) {
    let unreadable = made.unreadable.len();
    let other = not_mail(&made.not_mail);
    if unreadable == 0 && other.is_none() && made.left_out_deleted == 0 {
        return;
    }
    card::rows(ui, |ui| {
        let mut first = true;
        if unreadable > 0 {
            let words = tell("made-unreadable", [("count", unreadable.into())]);
            if line(ui, Fill::Warning.into(), Tone::Attention, &words, Some((&say("see-them-shown"), &say("see-them"))), !first) {
                commands.push(Command::SeeUnreadable);
            }
            first = false;
        }
        if let Some(words) = other {
            line(ui, Line::Users.into(), Tone::Plain, &words, None, !first);
            ui.horizontal(|ui| {
                ui.add_space(34.0 - ui.spacing().item_spacing.x);
                ui.vertical(|ui| {
                    card::folded_named(ui, &say("what-to-do-shown"), &say("what-to-do"), |ui| {
                        text::small(ui, &say("what-to-do-with-contacts"));
                    });
                    ui.add_space(10.0);
                });
            });
            first = false;
        }
        if made.left_out_deleted > 0 {
            let words = tell("made-deleted", [("count", made.left_out_deleted.into())]);
            line(ui, Line::Trash.into(), Tone::Plain, &words, None, !first);
        }
    });
}

/// A line of a card with a word to press at its end; true if that was pressed.
pub(super) fn line(ui: &mut Ui, icon: Icon, tone: Tone, words: &str, link: Option<(&str, &str)>, hairline: bool) -> bool {
    worded(ui, icon, tone, words, link, Some(hairline))
}

/// The same outside a card.
pub(super) fn loose_line(ui: &mut Ui, icon: Icon, tone: Tone, words: &str, link: Option<(&str, &str)>) -> bool {
    worded(ui, icon, tone, words, link, None)
}

fn worded(ui: &mut Ui, icon: Icon, tone: Tone, words: &str, link: Option<(&str, &str)>, hairline: Option<bool>) -> bool {
    let is_loose = hairline.is_none();
    use crate::gui::theme::{Type, palette, tokens};
    let p = palette(ui);
    let width = ui.available_width();
    let button = link.map(|(label, name)| Button::link(label.to_owned()).named(name.to_owned()));
    let size = button.as_ref().map_or(egui::Vec2::ZERO, |button| button.size(ui, width));
    let galley = text::layout(ui, Type::Body, p.text, words, width - 34.0 - size.x - 16.0);
    let (rect, _) = ui.allocate_exact_size(
        vec2(width, if is_loose { (galley.size().y + 10.0).max(34.0) } else { (galley.size().y + 18.0).max(tokens().size.row_height) }),
        Sense::hover(),
    );
    if hairline == Some(true) {
        ui.painter().hline(rect.x_range(), rect.top(), egui::Stroke::new(tokens().stroke.hair, p.line));
    }
    let top = rect.center().y - galley.size().y / 2.0;
    text::icon(ui, egui::pos2(rect.left(), top + 2.0), 20.0, icon, tone.fill(p));
    text::put(ui, egui::pos2(rect.left() + 34.0, top), galley);
    let Some(button) = button else { return false };
    let at = egui::pos2(rect.right() - size.x, rect.center().y - size.y / 2.0);
    button.show_at(ui, egui::Rect::from_min_size(at, size)).clicked()
}

/// «1,203 contacts and 340 appointments are not mail and stay in your mail program»
fn not_mail(not_mail: &NotMail) -> Option<String> {
    let parts = [
        (not_mail.contacts, tell("contacts", [("count", not_mail.contacts.into())])),
        (not_mail.appointments, tell("appointments", [("count", not_mail.appointments.into())])),
        (not_mail.tasks, tell("tasks", [("count", not_mail.tasks.into())])),
        (not_mail.notes, tell("notes", [("count", not_mail.notes.into())])),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    let (last, before) = parts.split_last()?;
    let list = if before.is_empty() { last.clone() } else { format!("{}{}{last}", before.join(", "), say("and")) };
    Some(tell("not-mail", [("list", list.into())]))
}
