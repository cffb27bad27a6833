//! The card of progress: one large number, what it is of, the bar, facts below.

use egui::{Sense, Ui, pos2, vec2};

use super::{bar, card, text};
use crate::gui::theme::{Tone, Type, palette};
use crate::gui::words::tell;

/// Draws the card. `name` is the sentence of state, which the bar is called for screen readers.
#[allow(clippy::too_many_arguments, reason = "one card, drawn in one place")]
pub fn card(ui: &mut Ui, key: &'static str, percent: u8, fraction: f32, tone: Tone, name: &str, figures: &str, facts: &[(String, String)]) {
    card::card(ui, 24, |ui| inside(ui, key, percent, fraction, tone, name, figures, facts));
}

/// What is in that card.
#[allow(clippy::too_many_arguments, reason = "one card, drawn in one place")]
pub fn inside(ui: &mut Ui, key: &'static str, percent: u8, fraction: f32, tone: Tone, name: &str, figures: &str, facts: &[(String, String)]) {
    let p = palette(ui);
    let width = ui.available_width();
    let number = text::layout(ui, Type::Figure, p.text, &tell("percent", [("percent", percent.into())]), width);
    let small = text::layout(ui, Type::Body, p.text, figures, width);
    let beside = number.size().x + small.size().x + 16.0 <= width;
    let height = number.size().y + if beside { 0.0 } else { small.size().y };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let number_bottom = rect.top() + number.size().y;
    text::put(ui, rect.min, number);
    if beside {
        text::put_right(ui, pos2(rect.right(), number_bottom - 27.0), small);
    } else {
        text::put(ui, pos2(rect.left(), number_bottom), small);
    }
    ui.add_space(12.0);
    bar::bar(ui, key, fraction, tone, name);
    if !facts.is_empty() {
        ui.add_space(18.0);
        card::facts(ui, facts);
    }
}
