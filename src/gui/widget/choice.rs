//! Check boxes, radio buttons, and cards one chooses. The whole row can be pressed.

use egui::accesskit::{Role, Toggled};
use egui::{Color32, CornerRadius, CursorIcon, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{card, focus, text};
use crate::gui::state::Chosen;
use crate::gui::theme::{Line, Type, palette, tokens};

/// The box of a check box.
const BOX: f32 = 20.0;

/// A check box over a row; true if it was pressed.
pub fn check(ui: &mut Ui, chosen: Chosen, label: &str) -> bool {
    let response = check_with(ui, chosen, label, "");
    focus::pressed(ui, &response)
}

/// A check box with a fact at the right; [`focus::pressed`] says whether it was pressed.
pub fn check_with(ui: &mut Ui, chosen: Chosen, label: &str, fact: &str) -> Response {
    let p = palette(ui);
    let width = ui.available_width();
    let fact = (!fact.is_empty()).then(|| text::layout(ui, Type::Body, p.text, fact, width));
    let room = width - 30.0 - fact.as_ref().map_or(0.0, |fact| fact.size().x + 12.0);
    let words = text::layout(ui, Type::Body, p.text, label, room);
    let (rect, response) = ui.allocate_exact_size(vec2(width, (words.size().y + 8.0).max(tokens().size.hit_min)), Sense::click());
    let single = words.rows.len() <= 1;
    let y = if single { rect.center().y - BOX / 2.0 } else { rect.top() + 6.0 };
    paint_box(ui, pos2(rect.left(), y), chosen, true, &response);
    speak_check(ui, &response, chosen, label);
    let words_y = rect.center().y - words.size().y / 2.0;
    ui.painter().galley(pos2(rect.left() + 30.0, words_y), words, p.text);
    if let Some(fact) = fact {
        let at = pos2(rect.right() - fact.size().x, rect.center().y - fact.size().y / 2.0);
        ui.painter().galley(at, fact, p.text);
    }
    let around = Rect::from_min_size(pos2(rect.left(), y), Vec2::splat(BOX));
    focus::ring_around(ui, &response, around, tokens().radius.small);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Lets a screen reader say how the box stands.
pub fn speak_check(ui: &Ui, response: &Response, chosen: Chosen, label: &str) {
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chosen == Chosen::Yes, label));
    if chosen == Chosen::Partly {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_toggled(Toggled::Mixed));
    }
}

/// Paints the box of a check box.
pub fn paint_box(ui: &Ui, at: Pos2, chosen: Chosen, enabled: bool, response: &Response) {
    let (p, t) = (palette(ui), tokens());
    let rect = Rect::from_min_size(at, Vec2::splat(BOX));
    let radius = CornerRadius::same(t.radius.small);
    if chosen == Chosen::No || !enabled {
        let fill = if response.hovered() && enabled { p.sunken } else { p.surface };
        ui.painter().rect(rect, radius, fill, Stroke::new(t.stroke.control, p.line_control), StrokeKind::Inside);
        return;
    }
    let fill = if response.hovered() { p.accent_hover } else { p.accent };
    ui.painter().rect_filled(rect, radius, fill);
    let stroke = Stroke::new(2.0, p.on_accent);
    if chosen == Chosen::Partly {
        ui.painter().hline(rect.left() + 5.0..=rect.right() - 5.0, rect.center().y, stroke);
    } else {
        tick(ui, rect, stroke);
    }
}

fn tick(ui: &Ui, rect: Rect, stroke: Stroke) {
    let points = [vec2(5.2, 10.4), vec2(8.7, 13.8), vec2(14.8, 7.0)];
    ui.painter().line(points.iter().map(|point| rect.min + *point).collect(), stroke);
}

fn paint_radio(ui: &Ui, at: Pos2, chosen: bool, response: &Response) {
    let p = palette(ui);
    let center = at + Vec2::splat(BOX / 2.0);
    let fill = if response.hovered() && !chosen { p.sunken } else { p.surface };
    let (width, color) = if chosen { (2.0, p.accent) } else { (tokens().stroke.control, p.line_control) };
    ui.painter().circle(center, BOX / 2.0 - width / 2.0, fill, Stroke::new(width, color));
    if chosen {
        ui.painter().circle_filled(center, 5.0, p.accent);
    }
}

/// A radio button over a row; true if it was pressed.
pub fn radio(ui: &mut Ui, chosen: bool, label: &str) -> bool {
    let p = palette(ui);
    let words = text::layout(ui, Type::Body, p.text, label, ui.available_width() - 30.0);
    let size = vec2(words.size().x + 34.0, (words.size().y + 8.0).max(tokens().size.hit_min));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let at = pos2(rect.left(), rect.center().y - BOX / 2.0);
    paint_radio(ui, at, chosen, &response);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, label));
    let y = rect.center().y - words.size().y / 2.0;
    ui.painter().galley(pos2(rect.left() + 30.0, y), words, p.text);
    focus::ring_around(ui, &response, Rect::from_min_size(at, Vec2::splat(BOX)), 10);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    focus::pressed(ui, &response)
}

/// A card one chooses: a title, a sentence below, and its accessible name.
#[derive(Clone, Copy, Debug)]
pub struct Card<'a> {
    /// What screen readers say.
    pub name: &'a str,
    /// The title.
    pub title: &'a str,
    /// A sentence below.
    pub detail: &'a str,
    /// A fact at the right.
    pub fact: &'a str,
    /// It is the chosen one.
    pub chosen: bool,
}

/// The width a card wants.
#[must_use]
pub fn card_width(ui: &Ui, card: &Card<'_>) -> f32 {
    let color = Color32::PLACEHOLDER;
    let title = text::layout(ui, Type::Label, color, card.title, f32::INFINITY).size().x;
    let detail = text::layout(ui, Type::Small, color, card.detail, f32::INFINITY).size().x;
    title.max(detail) + 47.0 + 24.0
}

/// A card of `width`; [`focus::pressed`] says whether it was pressed.
pub fn radio_card(ui: &mut Ui, width: f32, height: f32, card: &Card<'_>) -> Response {
    let p = palette(ui);
    let fact = (!card.fact.is_empty()).then(|| text::layout(ui, Type::Small, p.text_second, card.fact, width / 2.0));
    let room = width - 47.0 - 14.0 - fact.as_ref().map_or(0.0, |fact| fact.size().x + 12.0);
    let title = text::layout(ui, Type::Label, p.text, card.title, room);
    let detail = text::layout(ui, Type::Small, p.text_second, card.detail, room);
    let content = title.size().y + if card.detail.is_empty() { 0.0 } else { detail.size().y };
    let (rect, response) = ui.allocate_exact_size(vec2(width, height.max(content + 24.0)), Sense::click());
    card::edge(ui, rect, card.chosen);
    let top = rect.center().y - content / 2.0;
    paint_radio(ui, pos2(rect.left() + 15.0, top + (Type::Label.line() - BOX) / 2.0 + 1.0), card.chosen, &response);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, card.chosen, card.name));
    let below = title.size().y;
    ui.painter().galley(pos2(rect.left() + 47.0, top), title, p.text);
    if !card.detail.is_empty() {
        ui.painter().galley(pos2(rect.left() + 47.0, top + below), detail, p.text);
    }
    if let Some(fact) = fact {
        let at = pos2(rect.right() - 16.0 - fact.size().x, rect.center().y - fact.size().y / 2.0);
        ui.painter().galley(at, fact, p.text);
    }
    focus::ring(ui, &response, tokens().radius.card);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// The height that a card of `width` needs.
#[must_use]
pub fn card_height(ui: &Ui, width: f32, card: &Card<'_>) -> f32 {
    let room = width - 47.0 - 14.0;
    let color = Color32::PLACEHOLDER;
    let title = text::layout(ui, Type::Label, color, card.title, room).size().y;
    let detail = if card.detail.is_empty() { 0.0 } else { text::layout(ui, Type::Small, color, card.detail, room).size().y };
    title + detail + 24.0
}

/// A small triangle that opens and shuts what lies below.
pub fn opener(ui: &mut Ui, rect: Rect, open: bool, name: &str) -> bool {
    let p = palette(ui);
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    let response = ui.interact(rect, id, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, name));
    ui.ctx().accesskit_node_builder(id, |node| node.set_expanded(open));
    let at = rect.center() - Vec2::splat(8.0);
    text::icon(ui, at, 16.0, if open { Line::CaretDown } else { Line::CaretRight }.into(), p.text_second);
    focus::ring_around(ui, &response, rect.shrink(4.0), tokens().radius.small);
    response.clicked()
}
