//! Bars: how far something is, and how mail and mailbox stand to one another.

use egui::accesskit::Role;
use egui::{Color32, CornerRadius, Painter, Rect, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::text;
use crate::gui::state::{RoomBar, RoomVerdict};
use crate::gui::theme::{Tone, Type, palette, seconds, tokens};
use crate::gui::words::{bytes, say, tell};

/// A bar over the width there is; `name` is what screen readers say: the sentence of state.
pub fn bar(ui: &mut Ui, key: &'static str, fraction: f32, tone: Tone, name: &str) {
    let size = vec2(ui.available_width(), tokens().size.bar_height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    let percent = f64::from(fraction * 100.0).round();
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_numeric_value(percent);
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(100.0);
    });
    let shown = ui.ctx().animate_value_with_time(ui.scope_id().with(("bar", key)), fraction, seconds(ui, tokens().motion.bar));
    paint(ui, rect, shown, tone);
}

/// Paints a bar in `rect`.
pub fn paint(ui: &Ui, rect: Rect, fraction: f32, tone: Tone) {
    let p = palette(ui);
    let radius = CornerRadius::same(tokens().radius.bar);
    ui.painter().rect(rect, radius, p.sunken, Stroke::new(tokens().stroke.hair, p.line), StrokeKind::Inside);
    let fraction = fraction.clamp(0.0, 1.0);
    if fraction > 0.0 {
        let width = (rect.width() * fraction).max(rect.height() * 0.8);
        let filled = Rect::from_min_size(rect.min, vec2(width, rect.height()));
        ui.painter().rect_filled(filled, radius, tone.fill(p));
    }
}

/// Stripes at 45° in `gap`'s colour over a filled `rect`: «over» or «kept free».
fn stripes(painter: &Painter, rect: Rect, fill: Color32, gap: Color32, wide: f32, right_round: bool) {
    let right = if right_round { 8 } else { 0 };
    let radius = CornerRadius { nw: 0, sw: 0, ne: right, se: right };
    painter.rect_filled(rect, radius, fill);
    let within = painter.with_clip_rect(rect);
    let height = rect.height();
    let mut x = rect.left() - height;
    while x < rect.right() {
        let line = [pos2(x, rect.bottom() + 1.0), pos2(x + height + 2.0, rect.top() - 1.0)];
        within.add(Shape::line_segment(line, Stroke::new(wide, gap)));
        x += 9.9; // 7 across the stripes
    }
    // The stripes reach into the round corners: the ground there is put back.
    if right_round {
        corner_back(painter, rect, gap);
    }
}

/// Puts the ground back outside the round right end of `rect`.
fn corner_back(painter: &Painter, rect: Rect, ground: Color32) {
    let radius = rect.height() / 2.0;
    let center = pos2(rect.right() - radius, rect.center().y);
    for up in [-1.0_f32, 1.0] {
        let corner = pos2(rect.right() + 0.5, rect.center().y + up * (radius + 0.5));
        let arc = (0_u8..=6).map(|step| {
            let angle = std::f32::consts::FRAC_PI_2 * f32::from(step) / 6.0;
            center + vec2(angle.cos() * radius, up * angle.sin() * radius)
        });
        let arc: Vec<_> = arc.collect();
        for pair in arc.windows(2) {
            if let [a, b] = pair {
                painter.add(Shape::convex_polygon(vec![corner, *a, *b], ground, Stroke::NONE));
            }
        }
    }
}

/// The two bars of the room on one scale, and the line at the mailbox's size.
pub fn room(ui: &mut Ui, bar: &RoomBar) {
    let p = palette(ui);
    let narrow = ui.available_width() < 520.0;
    let all = bar.all.bytes.saturating_add(bar.used);
    let chosen = bar.chosen.bytes.saturating_add(bar.used);
    let limit = bar.limit.unwrap_or_default();
    let scale = all.max(chosen).max(limit).max(1);
    let over = |bytes: u64| tell("over-by", [("bytes", bytes.into_words())]);
    // All mail.
    let note = if bar.all.bytes > bar.stored_bytes.saturating_add(bar.stored_bytes / 50) { say("room-larger-than-file") } else { "".into() };
    let verdict = if limit > 0 && bar.all_over_by > 0 { (over(bar.all_over_by), Tone::Problem) } else { (String::new(), Tone::Plain) };
    let noted = head(ui, &say("room-all"), &bytes(bar.all.bytes), &note, &verdict.0, verdict.1);
    let (first, _) = ui.allocate_exact_size(vec2(ui.available_width(), tokens().size.bar_height), Sense::hover());
    let x = |bytes: u64| first.left() + first.width() * share(bytes, scale);
    ui.add_space(if narrow { 8.0 } else { 13.0 });
    // The choice.
    let (words, tone) = match bar.verdict {
        RoomVerdict::Fits { .. } | RoomVerdict::Tight { .. } => (say("room-fits").into_owned(), Tone::Ok),
        RoomVerdict::OverBy(bytes) => (over(bytes), Tone::Problem),
        RoomVerdict::Unknown => (String::new(), Tone::Plain),
    };
    let end = if limit > 0 && !narrow { x(limit) - first.left() } else { first.width() };
    let beside = first.width() - end;
    // Where the line is far left, there is no room before it for the words.
    let before = if end > 300.0 && beside > 8.0 { end - 8.0 } else { first.width() };
    let width = ui.available_width();
    ui.scope(|ui| {
        ui.set_max_width(before.min(width));
        head(ui, &say("room-choice"), &bytes(bar.chosen.bytes), "", &words, tone);
    });
    let (second, _) = ui.allocate_exact_size(vec2(first.width(), tokens().size.bar_height), Sense::hover());
    paint_all(ui, first, &x, bar, all);
    paint_choice(ui, second, &x, bar, chosen);
    let after = |ui: &mut Ui| {
        if !noted {
            ui.add_space(6.0);
            text::show(ui, Type::Small, p.text_second, &note);
        }
    };
    if limit == 0 {
        after(ui);
        return;
    }
    // The line at the mailbox's size, and its name.
    ui.painter().vline(x(limit).min(first.right() - 1.0), first.top() - 4.0..=second.bottom() + 4.0, Stroke::new(2.0, p.text));
    let name = tell(if bar.assumed { "room-mailbox-assumed" } else { "room-mailbox" }, [("bytes", bytes(limit).into())]);
    let free = match bar.verdict {
        RoomVerdict::Fits { free_after } | RoomVerdict::Tight { free_after } => {
            tell("room-stays-free", [("bytes", bytes(free_after.min(free_shown(bar, free_after))).into())])
        }
        RoomVerdict::OverBy(_) | RoomVerdict::Unknown => String::new(),
    };
    if beside >= 190.0 && end > 300.0 {
        let at = pos2(x(limit) + 10.0, second.top() - 24.0);
        let wrap = beside - 12.0;
        let galley = text::layout(ui, Type::SmallStrong, p.text, &name, wrap);
        text::put(ui, at, galley);
        let galley = text::layout(ui, Type::Small, p.text_second, &free, wrap);
        text::put(ui, at + vec2(0.0, 22.0), galley);
    } else {
        ui.add_space(6.0);
        let words = if free.is_empty() { name } else { format!("{name} · {free}") };
        text::show(ui, Type::Small, p.text_second, &words);
    }
    after(ui);
}

/// What is said to stay free: the reserve, where more than that is free.
const fn free_shown(bar: &RoomBar, free_after: u64) -> u64 {
    if free_after > bar.reserve { free_after } else { bar.reserve }
}

trait IntoWords {
    fn into_words(self) -> crate::gui::words::Arg;
}

impl IntoWords for u64 {
    fn into_words(self) -> crate::gui::words::Arg {
        bytes(self).into()
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a bar has a few hundred pixels")]
fn share(bytes: u64, scale: u64) -> f32 {
    (bytes as f64 / scale as f64) as f32
}

/// The line above a bar: name and size at the left, the verdict at the right. False if there was no room for the note.
fn head(ui: &mut Ui, name: &str, size: &str, note: &str, verdict: &str, tone: Tone) -> bool {
    let p = palette(ui);
    let width = ui.available_width();
    let verdict = (!verdict.is_empty()).then(|| text::layout(ui, Type::Label, tone.text(p), verdict, width));
    let room = width - verdict.as_ref().map_or(0.0, |verdict| verdict.size().x + 12.0);
    let gap = if note.is_empty() { "" } else { "\u{2003}\u{2009}" };
    let mut pieces = vec![
        text::piece(Type::Label, p.text, name),
        text::piece(Type::Body, p.text, " "),
        text::piece(Type::Body, p.text, size),
        text::piece(Type::Body, p.text, gap),
        text::piece(Type::Small, p.text_second, note),
    ];
    let fits = note.is_empty() || text::layout_pieces(ui, &pieces, f32::INFINITY).size().x <= room;
    if !fits {
        pieces.truncate(3);
    }
    let words = text::layout_pieces(ui, &pieces, room);
    let (rect, _) = ui.allocate_exact_size(vec2(width, words.size().y + 2.0), Sense::hover());
    text::put(ui, rect.min, words);
    if let Some(verdict) = verdict {
        text::put_right(ui, rect.right_top(), verdict);
    }
    fits
}

fn paint_all(ui: &Ui, rect: Rect, x: &dyn Fn(u64) -> f32, bar: &RoomBar, all: u64) {
    let p = palette(ui);
    let radius = CornerRadius::same(8);
    ui.painter().rect(rect, radius, p.sunken, Stroke::new(tokens().stroke.hair, p.line), StrokeKind::Inside);
    let solid_end = bar.limit.map_or(all, |limit| all.min(limit));
    let solid = Rect::from_min_max(rect.min, pos2(x(solid_end), rect.bottom()));
    let over = bar.limit.is_some_and(|limit| all > limit);
    let round = if over { CornerRadius { nw: 8, sw: 8, ne: 0, se: 0 } } else { radius };
    ui.painter().rect_filled(solid, round, p.data_there);
    if over {
        let rest = Rect::from_min_max(pos2(x(solid_end), rect.top()), pos2(x(all), rect.bottom()));
        stripes(ui.painter(), rest, p.problem_fill, p.surface, 2.6, true);
    }
}

fn paint_choice(ui: &Ui, rect: Rect, x: &dyn Fn(u64) -> f32, bar: &RoomBar, chosen: u64) {
    let p = palette(ui);
    let end = bar.limit.map_or(rect.right(), |limit| x(limit).max(rect.left() + 8.0));
    let track = Rect::from_min_max(rect.min, pos2(end, rect.bottom()));
    ui.painter().rect_filled(track, CornerRadius { nw: 8, sw: 8, ne: 0, se: 0 }, p.sunken);
    let used = Rect::from_min_max(rect.min, pos2(x(bar.used), rect.bottom()));
    let limit = bar.limit.unwrap_or(u64::MAX);
    let filled_end = chosen.min(limit);
    let whole_round = bar.limit.is_none() || chosen > limit;
    let right = if whole_round && chosen <= limit { 8 } else { 0 };
    let filled = Rect::from_min_max(rect.min, pos2(x(filled_end), rect.bottom()));
    ui.painter().rect_filled(filled, CornerRadius { nw: 8, sw: 8, ne: right, se: right }, p.accent_fill);
    if bar.used > 0 {
        ui.painter().rect_filled(used, CornerRadius { nw: 8, sw: 8, ne: 0, se: 0 }, p.data_there);
    }
    if chosen > limit {
        let over = Rect::from_min_max(pos2(x(limit), rect.top()), pos2(x(chosen), rect.bottom()));
        stripes(ui.painter(), over, p.problem_fill, p.surface, 2.6, true);
    } else if bar.limit.is_some() {
        let from = limit.saturating_sub(bar.reserve).max(chosen);
        let kept = Rect::from_min_max(pos2(x(from), rect.top()), pos2(x(limit), rect.bottom()));
        if kept.width() > 3.0 {
            stripes(ui.painter(), kept, p.accent_fill, p.surface, 4.0, false);
        }
    }
}

/// Parts of a whole side by side, each with its colour and whether it is an outline; for the sum.
pub fn parts(ui: &mut Ui, name: &str, parts: &[(u64, Color32, bool)]) {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), tokens().size.bar_height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let all: u64 = parts.iter().map(|(count, ..)| *count).sum();
    let drawn: Vec<_> = parts.iter().filter(|(count, ..)| *count > 0).collect();
    if all == 0 {
        ui.painter().rect_filled(rect, CornerRadius::same(8), p.sunken);
        return;
    }
    #[allow(clippy::cast_precision_loss, reason = "a handful of parts")]
    let free = rect.width() - 3.0 * drawn.len().saturating_sub(1) as f32;
    // Nothing that is there is drawn as nothing.
    let least = 6.0;
    let widths: Vec<f32> = drawn.iter().map(|(count, ..)| (free * share(*count, all)).max(least)).collect();
    let too_much = widths.iter().sum::<f32>() - free;
    let largest = widths.iter().copied().fold(0.0, f32::max);
    let mut x = rect.left();
    for (at, ((_, color, outline), width)) in drawn.iter().zip(&widths).enumerate() {
        let width = if (*width - largest).abs() < f32::EPSILON { width - too_much } else { *width };
        let part = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        let ends = |end: bool| if end { 8 } else { 0 };
        let (left, right) = (ends(at == 0), ends(at + 1 == drawn.len()));
        let radius = CornerRadius { nw: left, sw: left, ne: right, se: right };
        if *outline {
            ui.painter().rect(part, radius, p.sunken, Stroke::new(1.0, *color), StrokeKind::Inside);
        } else {
            ui.painter().rect_filled(part, radius, *color);
        }
        x += width + 3.0;
    }
}
