//! The years: a bar for each, and two thumbs that choose from which to which.

use egui::accesskit::{Action, Role};
use egui::{Color32, CornerRadius, CursorIcon, EventFilter, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{focus, text};
use crate::gui::state::YearBar;
use crate::gui::theme::{Type, palette, tokens};
use crate::gui::words::{say, tell};

const THUMB: f32 = 18.0;

/// The years from `since` to `until`; the new ones where a thumb was moved.
pub fn years(ui: &mut Ui, years: &[YearBar], since: i16, until: i16, height: f32) -> Option<(i16, i16)> {
    let (Some(first), Some(last)) = (years.first(), years.last()) else { return None };
    let p = palette(ui);
    let width = ui.available_width();
    let (chart, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let spoken = tell("years-chart", [("since", since.to_string().into()), ("until", until.to_string().into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    #[allow(clippy::cast_precision_loss, reason = "a few dozen years")]
    let each = width / years.len() as f32;
    let edge = |year: i16| chart.left() + each * f32::from(year - first.year);
    let band = Rect::from_min_max(pos2(edge(since) - 2.0, chart.top()), pos2(edge(until) + each + 1.0, chart.bottom()));
    ui.painter().rect_filled(band.intersect(chart), CornerRadius { nw: 4, ne: 4, sw: 0, se: 0 }, p.accent_soft);
    let most = years.iter().map(|year| year.all.bytes).max().unwrap_or_default().max(1);
    for bar in years {
        paint_year(ui, chart, edge(bar.year), each, bar, most, (since..=until).contains(&bar.year));
    }
    // The track and the thumbs.
    let (track, _) = ui.allocate_exact_size(vec2(width, tokens().size.hit_min - 4.0), Sense::hover());
    let y = track.center().y;
    let at_since = edge(since).clamp(track.left(), track.right());
    let at_until = (edge(until) + each).clamp(track.left(), track.right());
    ui.painter().hline(track.x_range(), y, Stroke::new(4.0, p.data_reserve));
    ui.painter().hline(at_since..=at_until, y, Stroke::new(4.0, p.accent));
    let inset = THUMB / 2.0;
    let clamp = |x: f32| x.clamp(track.left() + inset, track.right() - inset);
    let (x_since, mut x_until) = (clamp(at_since), clamp(at_until));
    if x_until - x_since < THUMB {
        x_until = x_since + THUMB; // one year alone: the thumbs stand beside one another
    }
    let year_at = |x: f32| {
        #[allow(clippy::cast_possible_truncation, reason = "clamped to the years there are")]
        let steps = ((x - track.left()) / each).round() as i16;
        first.year.saturating_add(steps)
    };
    let new_since = thumb(ui, "since", pos2(x_since, y), since, (first.year, until), &say("years-from")).map(|moved| match moved {
        Moved::To(x) => year_at(x).clamp(first.year, until),
        Moved::By(steps) => since.saturating_add(steps).clamp(first.year, until),
    });
    let new_until = thumb(ui, "until", pos2(x_until, y), until, (since, last.year), &say("years-to")).map(|moved| match moved {
        Moved::To(x) => year_at(x).saturating_sub(1).clamp(since, last.year),
        Moved::By(steps) => until.saturating_add(steps).clamp(since, last.year),
    });
    axis(ui, track, first.year, last.year, since, until, x_since);
    let new = (new_since.unwrap_or(since), new_until.unwrap_or(until));
    (new != (since, until)).then_some(new)
}

fn paint_year(ui: &Ui, chart: Rect, left: f32, each: f32, bar: &YearBar, most: u64, chosen: bool) {
    let p = palette(ui);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a chart has a hundred pixels")]
    let share = (bar.all.bytes as f64 / most as f64) as f32;
    let gap = if each > 10.0 { 4.0 } else { 1.0 };
    let tall = ((chart.height() - 6.0) * share).max(if bar.all.bytes > 0 { 2.0 } else { 0.0 });
    let rect = Rect::from_min_max(pos2(left + gap / 2.0, chart.bottom() - tall), pos2(left + each - gap / 2.0, chart.bottom()));
    let radius = CornerRadius { nw: 2, ne: 2, sw: 2, se: 2 };
    if chosen {
        ui.painter().rect_filled(rect, radius, p.accent_fill);
    } else if tall > 0.0 {
        ui.painter().rect(rect, radius, p.sunken, Stroke::new(1.2, p.data_there), StrokeKind::Inside);
    }
}

/// First and last year, and the first chosen one where there is room between them.
fn axis(ui: &mut Ui, track: Rect, first: i16, last: i16, since: i16, until: i16, x_since: f32) {
    let p = palette(ui);
    let (row, _) = ui.allocate_exact_size(vec2(track.width(), Type::Small.line()), Sense::hover());
    let label = |ui: &Ui, year: i16| text::layout(ui, Type::Small, p.text_second, &year.to_string(), 80.0);
    let (left, right) = (label(ui, first), label(ui, last));
    let (left_end, right_start) = (row.left() + left.size().x, row.right() - right.size().x);
    text::put(ui, row.min, left);
    text::put_right(ui, row.right_top(), right);
    for (year, x) in [(since, x_since), (until, track.left() + (track.width()) * f32::from(until + 1 - first) / f32::from(last + 1 - first))] {
        if year == first || year == last {
            continue;
        }
        let words = label(ui, year);
        let start = x - words.size().x / 2.0;
        if start > left_end + 8.0 && start + words.size().x < right_start - 8.0 && (year == since || (x - x_since).abs() > 44.0) {
            ui.painter().galley(pos2(start, row.top()), words, Color32::PLACEHOLDER);
        }
    }
}

/// How a thumb was moved.
enum Moved {
    /// To this place.
    To(f32),
    /// By so many years.
    By(i16),
}

fn thumb(ui: &mut Ui, key: &str, center: egui::Pos2, year: i16, (least, most): (i16, i16), name: &str) -> Option<Moved> {
    let p = palette(ui);
    let hit = Rect::from_center_size(center, Vec2::splat(tokens().size.hit_min));
    let id = ui.scope_id().with(("years", key));
    let response = ui.interact(hit, id, Sense::click_and_drag()).on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(year), name));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_role(Role::Slider);
        node.set_min_numeric_value(f64::from(least));
        node.set_max_numeric_value(f64::from(most));
        node.set_numeric_value_step(1.0);
        node.add_action(Action::Increment);
        node.add_action(Action::Decrement);
    });
    let width = if response.hovered() || response.dragged() { 3.0 } else { 2.0 };
    ui.painter().circle(center, THUMB / 2.0, p.surface, Stroke::new(width, p.accent));
    focus::ring_around(ui, &response, Rect::from_center_size(center, Vec2::splat(THUMB)), u8::MAX);
    if response.dragged() {
        return response.interact_pointer_pos().map(|at| Moved::To(at.x));
    }
    keyed(ui, &response).map(Moved::By)
}

fn keyed(ui: &Ui, response: &Response) -> Option<i16> {
    let id = response.id;
    let mut steps = 0;
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        ui.input(|input| {
            for (key, by) in [(Key::ArrowLeft, -1), (Key::ArrowDown, -1), (Key::ArrowRight, 1), (Key::ArrowUp, 1), (Key::PageUp, 5), (Key::PageDown, -5)] {
                if input.key_pressed(key) {
                    steps += by;
                }
            }
        });
    }
    ui.input(|input| {
        steps += i16::from(input.has_accesskit_action_request(id, Action::Increment));
        steps -= i16::from(input.has_accesskit_action_request(id, Action::Decrement));
    });
    (steps != 0).then_some(steps)
}
