//! Picture steps: a drawn window, one ring on the place to press, a number, a line of words.

use std::borrow::Cow;

use egui::accesskit::Role;
use egui::{CornerRadius, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::text;
use crate::gui::theme::{Palette, Type, palette, tokens};

/// Something in the drawn window, at its place from the window's left upper corner.
#[derive(Clone, Debug)]
pub enum Part {
    /// Words.
    Words(Pos2, Type, Cow<'static, str>),
    /// A grey line in place of words.
    Grey(Pos2, f32),
    /// A check box and its words.
    Check(Pos2, bool, Cow<'static, str>),
    /// A button and its words.
    Button(Rect, Cow<'static, str>),
    /// A field and what stands in it.
    Field(Rect, Cow<'static, str>),
    /// A paler ground, as of a list at the left.
    Ground(Rect),
    /// The ring: here.
    Here(Rect),
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The drawn window's title.
    pub window: Cow<'static, str>,
    /// What is in it.
    pub parts: Vec<Part>,
    /// What to do.
    pub title: Cow<'static, str>,
    /// How.
    pub detail: Cow<'static, str>,
}

const DRAWN: f32 = 206.0;
const GROUND: f32 = 128.0;

/// Steps side by side, up to three in a row where there is room.
pub fn steps(ui: &mut Ui, steps: &[Step]) {
    let width = ui.available_width();
    let gap = tokens().space.l;
    let columns = match width {
        width if width >= 720.0 && steps.len().is_multiple_of(3) => 3_u8,
        width if width >= 480.0 => 2,
        _ => 1,
    };
    let each = (width - gap * f32::from(columns - 1)) / f32::from(columns);
    let columns = usize::from(columns);
    for (row, pair) in steps.chunks(columns).enumerate() {
        let laid: Vec<_> = pair.iter().map(|step| words(ui, step, each - 54.0 - 16.0)).collect();
        let tall = laid.iter().map(|(title, detail)| title.size().y + detail.size().y).fold(0.0, f32::max);
        let height = 10.0 + GROUND + 10.0 + tall + 13.0;
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        for (at, (step, (title, detail))) in pair.iter().zip(laid).enumerate() {
            #[allow(clippy::cast_precision_loss, reason = "two columns")]
            let left = rect.left() + at as f32 * (each + gap);
            let card = Rect::from_min_size(pos2(left, rect.top()), vec2(each, height));
            one(ui, card, row * columns + at + 1, step, title, detail);
        }
        ui.add_space(gap - ui.spacing().item_spacing.y);
    }
}

type Galley = std::sync::Arc<egui::Galley>;

fn words(ui: &Ui, step: &Step, width: f32) -> (Galley, Galley) {
    let p = palette(ui);
    (text::layout(ui, Type::Label, p.text, &step.title, width), text::layout(ui, Type::Small, p.text_second, &step.detail, width))
}

fn one(ui: &mut Ui, card: Rect, number: usize, step: &Step, title: Galley, detail: Galley) {
    let (p, t) = (palette(ui), tokens());
    ui.painter().rect(card, CornerRadius::same(t.radius.card), p.surface, Stroke::new(t.stroke.hair, p.line), StrokeKind::Inside);
    let ground = Rect::from_min_size(card.min + vec2(10.0, 10.0), vec2(card.width() - 20.0, GROUND));
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    ui.interact(ground, id, Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{number}. {}", step.title)));
    ui.painter().rect_filled(ground, CornerRadius::same(t.radius.control), p.scene_sky);
    let left = ground.center().x - DRAWN / 2.0;
    let window = Rect::from_min_max(pos2(left, ground.top() + 15.0), pos2(left + DRAWN, ground.bottom() + 12.0));
    draw(ui, &ui.painter().with_clip_rect(ground.intersect(ui.clip_rect())), window, step);
    // Number and words.
    let top = ground.bottom() + 10.0;
    let center = pos2(card.left() + 29.0, top + 13.0);
    ui.painter().circle(center, 12.5, p.surface, Stroke::new(t.stroke.control, p.line_control));
    let digit = text::layout(ui, Type::SmallStrong, p.text, &number.to_string(), 30.0);
    let at = center - digit.size() / 2.0;
    ui.painter().galley(at, digit, p.text);
    let below = title.size().y;
    text::put(ui, pos2(card.left() + 54.0, top), title);
    text::put(ui, pos2(card.left() + 54.0, top + below), detail);
}

fn draw(ui: &Ui, painter: &Painter, window: Rect, step: &Step) {
    let p = palette(ui);
    painter.rect(window, CornerRadius::same(8), p.surface, Stroke::new(1.5, p.data_there), StrokeKind::Inside);
    let bar = Rect::from_min_size(window.min, vec2(window.width(), 21.0));
    painter.rect(bar, CornerRadius { nw: 8, ne: 8, sw: 0, se: 0 }, p.data_reserve, Stroke::new(1.0, p.data_there), StrokeKind::Inside);
    small(ui, painter, bar.left_top() + vec2(11.0, 2.5), Type::SmallStrong, p.text, &step.window);
    let origin = window.min.to_vec2();
    for part in &step.parts {
        draw_part(ui, painter, origin, part, p);
    }
}

fn draw_part(ui: &Ui, painter: &Painter, origin: Vec2, part: &Part, p: &Palette) {
    match part {
        Part::Words(at, style, words) => small(ui, painter, *at + origin, *style, p.text, words),
        Part::Grey(at, width) => {
            painter.rect_filled(Rect::from_min_size(*at + origin, vec2(*width, 7.0)), CornerRadius::same(4), p.line);
        }
        Part::Check(at, ticked, words) => {
            let square = Rect::from_min_size(*at + origin, Vec2::splat(15.0));
            if *ticked {
                painter.rect_filled(square, CornerRadius::same(3), p.accent);
                let tick = [vec2(3.5, 7.8), vec2(6.4, 10.6), vec2(11.5, 4.8)].map(|point| square.min + point);
                painter.line(tick.to_vec(), Stroke::new(2.0, p.on_accent));
            } else {
                painter.rect(square, CornerRadius::same(3), p.surface, Stroke::new(1.5, p.line_control), StrokeKind::Inside);
            }
            small(ui, painter, *at + origin + vec2(23.0, -1.5), Type::Small, p.text, words);
        }
        Part::Button(rect, words) => {
            let rect = rect.translate(origin);
            painter.rect(rect, CornerRadius::same(5), p.accent_soft, Stroke::new(1.5, p.accent), StrokeKind::Inside);
            small(ui, painter, rect.left_center() + vec2(10.0, -9.0), Type::SmallStrong, p.accent, words);
        }
        Part::Field(rect, words) => {
            let rect = rect.translate(origin);
            painter.rect(rect, CornerRadius::same(4), p.surface, Stroke::new(1.5, p.line_control), StrokeKind::Inside);
            small(ui, painter, rect.left_center() + vec2(8.0, -9.0), Type::Small, p.text, words);
        }
        Part::Ground(rect) => {
            painter.rect_filled(rect.translate(origin), CornerRadius::ZERO, p.sunken);
        }
        Part::Here(rect) => {
            painter.rect_stroke(rect.translate(origin), CornerRadius::same(7), Stroke::new(2.5, p.focus), StrokeKind::Inside);
        }
    }
}

/// Words in a drawn window are a picture of words, and smaller than what is to be read.
fn small(ui: &Ui, painter: &Painter, at: Pos2, style: Type, color: egui::Color32, words: &str) {
    let mut format = style.format(color);
    (format.font_id.size, format.line_height) = (12.5, Some(18.0));
    let galley = ui.painter().layout_job(egui::text::LayoutJob::single_section(words.to_owned(), format));
    painter.galley(at, galley, color);
}
