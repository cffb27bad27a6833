//! A list of folders with marks, bars and sizes: all of it while it is short, in virtual rows when it is long.

use egui::{Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use crate::gui::state::{CopyFolder, Mark, Part};
use crate::gui::theme::{Tone, Type, palette, tokens};
use crate::gui::widget::{bar, card, mark, text};
use crate::gui::words::{exact_bytes, messages, say, tell};

/// So many rows are drawn whole; more only where they are seen.
const WHOLE: usize = 60;

/// A row of the list.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub mark: Option<Mark>,
    pub name: String,
    pub fraction: Option<f32>,
    pub figures: String,
    pub size: String,
}

/// A folder's name as it will be: `Sent Items → Sent`; one name where nothing changes.
pub(super) fn renamed(from: &str, to: &str) -> String {
    let (there, same) = (shown(to), from.eq_ignore_ascii_case(to));
    if same || from == there { there } else { format!("{from} → {there}") }
}

/// A folder's name there as a person says it: the protocol's INBOX is the inbox.
fn shown(name: &str) -> String {
    if name == "INBOX" { say("inbox").into_owned() } else { name.to_owned() }
}

/// A folder while copying.
pub(super) fn copying(folder: &CopyFolder) -> Row {
    let here = matches!(folder.mark, Mark::Now | Mark::Waiting | Mark::Needs | Mark::Stopped);
    let figures = if here && folder.messages.done < folder.messages.all {
        tell("messages-of", [("done", folder.messages.done.into()), ("all", folder.messages.all.into())])
    } else {
        messages(folder.messages.all)
    };
    let name = renamed(&folder.from, &folder.to);
    Row { mark: Some(folder.mark), name, fraction: here.then(|| folder.messages.fraction()), figures, size: exact_bytes(folder.bytes) }
}

/// A folder while checking.
pub(super) fn checking(folder: &CopyFolder) -> Row {
    let Part { done, all } = folder.messages;
    let values = [("done", done.into()), ("all", all.into())];
    let figures = match folder.mark {
        Mark::ToDo => tell("to-check", [("count", all.into())]),
        Mark::Proven => tell("are-there", values),
        _ => tell("so-far", values),
    };
    Row { mark: Some(folder.mark), name: shown(&folder.to), fraction: None, figures, size: String::new() }
}

/// Draws the list.
pub(super) fn list(ui: &mut Ui, key: &str, len: usize, row: impl Fn(usize) -> Option<Row>) {
    let height = if ui.ctx().content_rect().width() < 1000.0 { tokens().size.row_height_dense } else { tokens().size.row_height_table };
    card::card(ui, 0, |ui| {
        if len <= WHOLE {
            for at in 0..len {
                if let Some(row) = row(at) {
                    draw(ui, &row, at, height, false);
                }
            }
            return;
        }
        let rest = (ui.clip_rect().bottom() - ui.cursor().top() - 90.0).max(6.0 * height);
        ScrollArea::vertical().id_salt(key).auto_shrink([false, true]).max_height(rest).show_rows(ui, height, len, |ui, range| {
            for at in range {
                if let Some(row) = row(at) {
                    draw(ui, &row, at, height, true);
                }
            }
        });
    });
}

fn draw(ui: &mut Ui, row: &Row, at: usize, least: f32, one_line: bool) {
    let p = palette(ui);
    let width = ui.available_width();
    let pad = 20.0;
    let narrow = width < 480.0;
    let here = matches!(row.mark, Some(Mark::Now | Mark::Waiting | Mark::Needs | Mark::Stopped));
    let indent = pad + if row.mark.is_some() { 37.0 } else { 0.0 };
    let size = (!row.size.is_empty()).then(|| text::layout(ui, Type::Body, p.text, &row.size, 120.0));
    let size_room = if size.is_some() { 88.0 } else { 0.0 };
    let style = if row.size.is_empty() { Type::Small } else { Type::Body };
    let ink = if row.size.is_empty() { p.text_second } else { p.text };
    let figures = text::layout(ui, style, ink, &row.figures, width - indent - pad);
    let name_style = if here { Type::Label } else { Type::Body };
    let room = if narrow { width - indent - pad } else { width - indent - pad - size_room - figures.size().x - 16.0 };
    // The bar is long where there is room, short where there is little, and goes before the name is broken.
    let alone = text::layout(ui, name_style, p.text, &row.name, f32::INFINITY).size().x;
    let long = if width >= 640.0 { 106.0 } else { 70.0 };
    let bar_room = if row.fraction.is_some() && !narrow && alone + long + 34.0 <= room { long + 34.0 } else { 0.0 };
    let room = room - bar_room;
    let name = if one_line && !narrow { one_line_of(ui, name_style, p.text, &row.name, room) } else { text::layout(ui, name_style, p.text, &row.name, room) };
    let below = if narrow { figures.size().y } else { 0.0 };
    let height = if one_line { least } else { (name.size().y + below + 12.0).max(least) };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    if at > 0 {
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(tokens().stroke.hair, p.line));
    }
    let top = rect.center().y - (name.size().y + below) / 2.0;
    if let Some(mark) = row.mark {
        mark::paint(ui, pos2(rect.left() + pad - 1.0, top + 2.0), mark);
    }
    let spoken = row.mark.map(mark::spoken);
    let name_height = name.size().y;
    let response = text::put(ui, pos2(rect.left() + indent, top), name);
    if let Some(spoken) = spoken {
        let words = format!("{}, {spoken}", row.name);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &words));
    }
    if narrow {
        let both = if row.size.is_empty() { row.figures.clone() } else { format!("{} · {}", row.figures, row.size) };
        let both = text::layout(ui, Type::Small, p.text_second, &both, width - indent - pad);
        text::put(ui, pos2(rect.left() + indent, top + name_height), both);
        return;
    }
    let right = rect.right() - pad - size_room;
    let y = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
    let (figures_y, figures_width) = (y(&figures), figures.size().x);
    text::put_right(ui, pos2(right, figures_y), figures);
    if let Some(size) = size {
        let size_y = y(&size);
        text::put_right(ui, pos2(rect.right() - pad, size_y), size);
    }
    if let (Some(fraction), true) = (row.fraction, bar_room > 0.0) {
        let end = right - figures_width - if long > 100.0 { 42.0 } else { 22.0 };
        let track = Rect::from_min_max(pos2(end - long, rect.center().y - 4.0), pos2(end, rect.center().y + 4.0));
        let tone = if row.mark == Some(Mark::Waiting) { Tone::Wait } else { Tone::Accent };
        bar::paint(ui, track, fraction, tone);
    }
}

fn one_line_of(ui: &Ui, style: Type, color: egui::Color32, words: &str, width: f32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::single_section(words.to_owned(), style.format(color));
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(20.0));
    ui.painter().layout_job(job)
}

/// What a summary says of a folder.
pub(super) fn summary(from: &[String], to: &str, is_new: bool, copied: (u64, u64)) -> Row {
    let names = from.iter().map(String::as_str).collect::<Vec<_>>().join(" + ");
    let mut name = renamed(&names, to);
    if is_new {
        name = tell("folder-new", [("name", name.into())]);
    }
    Row { mark: None, name, fraction: None, figures: tell("messages", [("count", copied.0.into())]), size: exact_bytes(copied.1) }
}
