//! The sum: found = in the new mailbox + kept + could not; what is left over is unexplained, and must be 0.

use egui::{Sense, Stroke, Ui, pos2, vec2};

use super::button::Button;
use super::{bar, card, text};
use crate::engine::number::count;
use crate::gui::theme::{Fill, Icon, Line, Tone, Type, palette, tokens};
use crate::gui::words::say;

/// A line of the sum.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `=`, `+`, or nothing.
    pub sign: &'static str,
    /// Before the words.
    pub icon: Icon,
    /// What colour that has.
    pub tone: Tone,
    /// What is counted.
    pub title: String,
    /// What is said of it.
    pub detail: String,
    /// How many.
    pub count: u64,
    /// [see them] beside it.
    pub link: bool,
}

/// The whole sum; true if the link of a line was pressed.
pub fn sum(ui: &mut Ui, found: u64, parts: &[(u64, egui::Color32, bool)], spoken: &str, entries: &[Entry], unexplained: i64) -> bool {
    card::card_of(ui, egui::Margin { left: 24, right: 24, top: 12, bottom: 10 }, |ui| {
        let p = palette(ui);
        let wide = ui.available_width() >= 420.0;
        let indent = if wide { 66.0 } else { 38.0 };
        line(ui, indent, "", Line::Desktop.into(), p.text_second, &say("sum-found"), "", &count(found), Type::Label, p.text, false);
        ui.add_space(2.0);
        let left = if wide { 52.0 } else { 0.0 };
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), tokens().size.bar_height), Sense::hover());
        let track = egui::Rect::from_min_max(pos2(row.left() + left, row.top()), row.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(track), |ui| bar::parts(ui, spoken, parts));
        ui.add_space(14.0);
        let mut pressed = false;
        for entry in entries {
            ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), Stroke::new(tokens().stroke.hair, p.line));
            let color = if entry.tone == Tone::Plain { p.data_there } else { entry.tone.fill(p) };
            pressed |= line(ui, indent, entry.sign, entry.icon, color, &entry.title, &entry.detail, &count(entry.count), Type::Label, p.text, entry.link);
        }
        ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), Stroke::new(2.0, p.text));
        ui.add_space(4.0);
        let (icon, tone) = if unexplained == 0 { (Fill::Seal, Tone::Ok) } else { (Fill::Warning, Tone::Problem) };
        let number = format!("{}{}", if unexplained < 0 { "−" } else { "" }, count(unexplained.unsigned_abs()));
        line(ui, indent, "", icon.into(), tone.fill(p), &say("sum-unexplained"), "", &number, Type::Title, tone.text(p), false);
        pressed
    })
}

#[allow(clippy::too_many_arguments, reason = "a line of the sum, drawn in one place")]
fn line(
    ui: &mut Ui,
    indent: f32,
    sign: &str,
    icon: Icon,
    icon_color: egui::Color32,
    title: &str,
    detail: &str,
    number: &str,
    style: Type,
    ink: egui::Color32,
    link: bool,
) -> bool {
    let p = palette(ui);
    let width = ui.available_width();
    let number = text::layout(ui, if style == Type::Title { Type::Heading } else { Type::Number }, ink, number, width);
    let button = link.then(|| Button::link(say("see-them-shown")).named(say("see-them")));
    let link_size = button.as_ref().map_or(egui::Vec2::ZERO, |button| button.size(ui, 120.0));
    let narrow = width < 520.0;
    let beside = if narrow || button.is_none() { number.size().x } else { 140.0 + link_size.x };
    let room = width - indent - beside - 16.0;
    let words = text::layout(ui, style, ink, title, room);
    let below = (!detail.is_empty()).then(|| text::layout(ui, Type::Small, p.text_second, detail, room));
    let content = words.size().y + below.as_ref().map_or(0.0, |below| below.size().y);
    let link_below = narrow && button.is_some();
    let height = (content + if link_below { link_size.y } else { 0.0 } + 12.0).max(if detail.is_empty() { 48.0 } else { 58.0 });
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let middle = rect.center().y;
    let top = middle - (content + if link_below { link_size.y } else { 0.0 }) / 2.0;
    if indent > 40.0 && !sign.is_empty() {
        let sign = text::layout(ui, Type::Title, p.text_second, sign, 30.0);
        ui.painter().galley(pos2(rect.left() + 4.0, middle - sign.size().y / 2.0), sign, p.text_second);
    }
    text::icon(ui, pos2(rect.left() + indent - 38.0, middle - 12.0), 24.0, icon, icon_color);
    let bottom = top + words.size().y;
    text::put(ui, pos2(rect.left() + indent, top), words);
    if let Some(below) = below {
        text::put(ui, pos2(rect.left() + indent, bottom), below);
    }
    let number_left = rect.right() - number.size().x;
    text::put(ui, pos2(number_left, middle - number.size().y / 2.0), number);
    let Some(button) = button else { return false };
    let at = if link_below { pos2(rect.left() + indent, top + content) } else { pos2(rect.right() - 140.0 - link_size.x, middle - link_size.y / 2.0) };
    button.show_at(ui, egui::Rect::from_min_size(at, link_size)).clicked()
}
