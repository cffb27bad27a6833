//! Marks: how a step or a row stands, 20 by 20.

use egui::{Pos2, Stroke, Ui, Vec2};

use super::text;
use crate::gui::state::Mark;
use crate::gui::theme::{Fill, Palette, Tone, palette, tokens};
use crate::gui::words::say;

/// Paints `mark` with its left upper corner at `at`.
pub fn paint(ui: &Ui, at: Pos2, mark: Mark) {
    let p = palette(ui);
    let size = tokens().size.step_mark;
    let center = at + Vec2::splat(size / 2.0);
    match mark {
        Mark::ToDo => {
            ui.painter().circle_stroke(center, size / 2.0 - 2.75, Stroke::new(1.5, p.line_control));
        }
        Mark::Now => {
            ui.painter().circle_filled(center, size / 2.0 - 0.5, p.surface);
            ui.painter().circle_stroke(center, size / 2.0 - 1.5, Stroke::new(2.0, p.accent));
            ui.painter().circle_filled(center, 4.0, p.accent);
        }
        other => {
            let (icon, color) = filled(other, p);
            // White behind: a filled glyph has its sign cut out.
            ui.painter().circle_filled(center, size * 0.3, p.surface);
            text::icon(ui, at, size, icon.into(), color);
        }
    }
}

const fn filled(mark: Mark, p: &Palette) -> (Fill, egui::Color32) {
    match mark {
        Mark::Copied => (Fill::Check, p.accent_fill),
        Mark::Waiting => (Fill::Pause, p.wait_fill),
        Mark::Needs => (Fill::Warning, p.attention_fill),
        Mark::Stopped => (Fill::Cross, p.problem_fill),
        Mark::Proven | Mark::ToDo | Mark::Now => (Fill::Check, p.ok_fill),
    }
}

/// What a screen reader says for `mark`.
#[must_use]
pub fn spoken(mark: Mark) -> std::borrow::Cow<'static, str> {
    match mark {
        Mark::ToDo => say("mark-to-do"),
        Mark::Now => say("mark-now"),
        Mark::Copied => say("mark-copied"),
        Mark::Proven => say("mark-proven"),
        Mark::Waiting => say("mark-waiting"),
        Mark::Needs => say("mark-needs"),
        Mark::Stopped => say("mark-stopped"),
    }
}

/// The tone of what stands so.
#[must_use]
pub const fn tone(mark: Mark) -> Tone {
    match mark {
        Mark::ToDo => Tone::Plain,
        Mark::Now | Mark::Copied => Tone::Accent,
        Mark::Proven => Tone::Ok,
        Mark::Waiting => Tone::Wait,
        Mark::Needs => Tone::Attention,
        Mark::Stopped => Tone::Problem,
    }
}
