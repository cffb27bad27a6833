//! The rate over the last ten minutes: an area, a line, a scale outside at the right.

use egui::accesskit::Role;
use egui::epaint::{PathShape, PathStroke};
use egui::{Color32, Mesh, Pos2, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::text;
use crate::gui::state::Copying;
use crate::gui::theme::{Tone, Type, palette, tokens};
use crate::gui::words::{rate as rate_words, say};

/// Room for the scale.
const SCALE: f32 = 54.0;

/// The graph of `rate`, oldest first, at most [`Copying::RATE_POINTS`] points.
pub fn graph(ui: &mut Ui, rate: &[u64], tone: Tone, height: f32) {
    let p = palette(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, height + 26.0), Sense::hover());
    let newest = rate.last().copied().unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{}: {}", say("rate-graph"), rate_words(newest))));
    let area = egui::Rect::from_min_max(rect.min, pos2(rect.right() - SCALE, rect.top() + height));
    let (top, step) = scale(rate.iter().copied().max().unwrap_or_default());
    let y = |value: u64| area.bottom() - area.height() * share(value, top);
    let hair = Stroke::new(tokens().stroke.hair, p.line);
    let points = points(rate, area, &y);
    area_below(ui, &points, area.bottom(), tone.soft(p));
    for mark in [step, step * 2] {
        if mark < top {
            ui.painter().hline(area.x_range(), y(mark), hair);
            let words = text::layout(ui, Type::Small, p.text_second, &rate_words(mark), SCALE);
            let at = pos2(area.right() + 12.0, y(mark) - words.size().y / 2.0);
            ui.painter().galley(at, words, Color32::PLACEHOLDER);
        }
    }
    ui.painter().hline(area.x_range(), area.bottom(), Stroke::new(1.5, p.data_there));
    if points.len() > 1 {
        ui.painter().add(Shape::Path(PathShape::line(points, PathStroke::new(tokens().stroke.graph, tone.fill(p)))));
    }
    let below = area.bottom() + 5.0;
    let words = text::layout(ui, Type::Small, p.text_second, &say("rate-ten-minutes-ago"), width);
    ui.painter().galley(pos2(area.left(), below), words, Color32::PLACEHOLDER);
    let words = text::layout(ui, Type::Small, p.text_second, &say("rate-now"), width);
    ui.painter().galley(pos2(area.right() - words.size().x, below), words, Color32::PLACEHOLDER);
}

/// The newest point stands at the right edge.
fn points(rate: &[u64], area: egui::Rect, y: &dyn Fn(u64) -> f32) -> Vec<Pos2> {
    #[allow(clippy::cast_precision_loss, reason = "75 points")]
    let each = area.width() / (Copying::RATE_POINTS.saturating_sub(1)).max(1) as f32;
    #[allow(clippy::cast_precision_loss, reason = "75 points")]
    let x = |back: usize| area.right() - each * back as f32;
    let shown = rate.len().min(Copying::RATE_POINTS);
    rate.iter().skip(rate.len() - shown).enumerate().map(|(at, value)| pos2(x(shown - 1 - at), y(*value))).collect()
}

fn area_below(ui: &Ui, points: &[Pos2], bottom: f32, color: Color32) {
    let mut mesh = Mesh::default();
    for (at, pair) in points.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        for corner in [*a, *b, pos2(b.x, bottom), pos2(a.x, bottom)] {
            mesh.colored_vertex(corner, color);
        }
        let Ok(base) = u32::try_from(at * 4) else { continue };
        mesh.add_triangle(base, base + 1, base + 2);
        mesh.add_triangle(base, base + 2, base + 3);
    }
    ui.painter().add(Shape::mesh(mesh));
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a graph has a hundred pixels")]
fn share(value: u64, top: u64) -> f32 {
    (value as f64 / top.max(1) as f64) as f32
}

/// The top of the scale and its step: 1, 2 or 5 times a power of ten, two marks below the top.
fn scale(most: u64) -> (u64, u64) {
    let least = most.max(30_000);
    let mut step = 10_000_u64;
    loop {
        for factor in [1, 2, 5] {
            let this = step * factor;
            if this * 5 / 2 >= least {
                return (this * 5 / 2, this);
            }
        }
        step = step.saturating_mul(10);
        if step > u64::MAX / 100 {
            return (most, most / 3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_two_round_marks_below_the_top() {
        for (most, want) in [(0, 20_000), (2_450_000, 1_000_000), (2_600_000, 2_000_000), (118_000_000, 50_000_000), (12_000, 20_000)] {
            let (top, step) = scale(most);
            assert_eq!(step, want, "{most}");
            assert!(top >= most && step * 2 < top, "{most}");
        }
    }
}
