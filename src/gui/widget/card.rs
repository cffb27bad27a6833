//! Cards and what lies in them: rows with hairlines, facts, badges, notices.

use std::borrow::Cow;

use egui::accesskit::Role;
use egui::{CornerRadius, CursorIcon, Frame, Margin, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::text::{self, Piece};
use super::{focus, mark};
use crate::gui::state::Mark;
use crate::gui::theme::{Fill, Icon, Line, Tone, Type, palette, seconds, tokens};
use crate::gui::words::say;

/// A card of `padding` over the width there is.
pub fn card<R>(ui: &mut Ui, padding: i8, content: impl FnOnce(&mut Ui) -> R) -> R {
    card_of(ui, Margin::same(padding), content)
}

/// A card with a padding of its own at each side.
pub fn card_of<R>(ui: &mut Ui, padding: Margin, content: impl FnOnce(&mut Ui) -> R) -> R {
    let p = palette(ui);
    let frame = Frame::NONE
        .fill(p.surface)
        .stroke(Stroke::new(tokens().stroke.hair, p.line))
        .corner_radius(CornerRadius::same(tokens().radius.card))
        .inner_margin(padding);
    let width = ui.available_width() - padding.sum().x - 2.0;
    frame
        .show(ui, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 0.0;
            content(ui)
        })
        .inner
}

/// A card of rows: they bring their own height.
pub fn rows<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    card_of(ui, Margin::symmetric(20, 4), content)
}

/// What a row of a card says.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Row<'a> {
    mark: Option<Mark>,
    icon: Option<(Icon, Tone)>,
    title: Cow<'a, str>,
    strong: bool,
    detail: Cow<'a, str>,
    fact: Cow<'a, str>,
    hairline: bool,
}

impl<'a> Row<'a> {
    /// A row with a title.
    pub fn new(title: impl Into<Cow<'a, str>>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// With a mark before it.
    pub const fn mark(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// With an icon before it.
    pub fn icon(mut self, icon: impl Into<Icon>, tone: Tone) -> Self {
        self.icon = Some((icon.into(), tone));
        self
    }

    /// The title stands out.
    pub const fn strong(mut self, strong: bool) -> Self {
        self.strong = strong;
        self
    }

    /// Smaller words behind the title.
    pub fn detail(mut self, detail: impl Into<Cow<'a, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Small words at the right.
    pub fn fact(mut self, fact: impl Into<Cow<'a, str>>) -> Self {
        self.fact = fact.into();
        self
    }

    /// A hairline above it: it is not the first.
    pub const fn hairline(mut self, hairline: bool) -> Self {
        self.hairline = hairline;
        self
    }

    /// Draws it; what is long wraps, and in little room the fact stands below.
    pub fn show(self, ui: &mut Ui) -> Rect {
        let p = palette(ui);
        let width = ui.available_width();
        let indent = if self.mark.is_some() || self.icon.is_some() { 34.0 } else { 0.0 };
        let fact = (!self.fact.is_empty()).then(|| text::layout(ui, Type::Small, p.text_second, &self.fact, width - indent));
        let fact_width = fact.as_ref().map_or(0.0, |fact| fact.size().x + 16.0);
        let style = if self.strong { Type::Label } else { Type::Body };
        let mut pieces = vec![text::piece(style, p.text, &self.title)];
        let detail = if self.detail.is_empty() { String::new() } else { format!(" · {}", self.detail) };
        pieces.push(text::piece(Type::Small, p.text_second, &detail));
        let alone = text::layout_pieces(ui, &pieces, f32::INFINITY).size().x;
        let beside = width - indent - fact_width;
        let below = fact.is_some() && alone > beside && beside < 260.0;
        let words = text::layout_pieces(ui, &pieces, if below { width - indent } else { beside });
        let fact_below = if below { fact.as_ref().map_or(0.0, |fact| fact.size().y) } else { 0.0 };
        let lines = words.size().y.max(fact.as_ref().map_or(0.0, |fact| fact.size().y));
        let height = (lines + fact_below + 20.0).max(tokens().size.row_height);
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        if self.hairline {
            ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(tokens().stroke.hair, p.line));
        }
        let content = words.size().y + fact_below;
        let top = rect.center().y - content / 2.0;
        let size = tokens().size.step_mark;
        let first = top + (Type::Body.line() - size) / 2.0;
        if let Some(mark) = self.mark {
            mark::paint(ui, pos2(rect.left(), first), mark);
        } else if let Some((icon, tone)) = self.icon {
            text::icon(ui, pos2(rect.left(), first), size, icon, tone.fill(p));
        }
        let words_bottom = top + words.size().y;
        let spoken = self.mark.map(mark::spoken);
        let response = text::put(ui, pos2(rect.left() + indent, top), words);
        if let Some(spoken) = spoken {
            let name = format!("{}{}, {}", self.title, detail, spoken);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        }
        if let Some(fact) = fact {
            if below {
                text::put(ui, pos2(rect.left() + indent, words_bottom), fact);
            } else {
                let y = rect.center().y - fact.size().y / 2.0;
                text::put_right(ui, pos2(rect.right(), y), fact);
            }
        }
        rect
    }
}

/// A round word of state.
pub fn badge_size(ui: &Ui, words: &str) -> Vec2 {
    let galley = text::layout(ui, Type::SmallStrong, palette(ui).text, words, f32::INFINITY);
    vec2(galley.size().x + 38.0, 26.0)
}

/// Paints a badge with its left upper corner at `at`.
pub fn badge(ui: &mut Ui, at: egui::Pos2, icon: impl Into<Icon>, tone: Tone, words: &str) {
    let p = palette(ui);
    let size = badge_size(ui, words);
    let rect = Rect::from_min_size(at, size);
    let ink = if tone == Tone::Plain { p.text_second } else { tone.text(p) };
    ui.painter().rect_filled(rect, CornerRadius::same(13), tone.soft(p));
    text::icon(ui, rect.left_top() + vec2(8.0, 5.0), 16.0, icon.into(), ink);
    let galley = text::layout(ui, Type::SmallStrong, ink, words, f32::INFINITY);
    let y = rect.center().y - galley.size().y / 2.0;
    text::put(ui, pos2(rect.left() + 28.0, y), galley);
}

/// A notice: what happened, what is safe, what to do; details folded.
#[derive(Clone, Debug)]
#[must_use]
pub struct Notice<'a> {
    tone: Tone,
    icon: Icon,
    title: Cow<'a, str>,
    lines: Vec<Cow<'a, str>>,
    details: Cow<'a, str>,
}

impl<'a> Notice<'a> {
    /// A notice of `tone`.
    pub fn new(tone: Tone, title: impl Into<Cow<'a, str>>) -> Self {
        let icon = match tone {
            Tone::Ok => Fill::Check,
            Tone::Attention | Tone::Problem => Fill::Warning,
            Tone::Wait => Fill::Pause,
            Tone::Plain | Tone::Accent => Fill::Info,
        };
        Self { tone, icon: icon.into(), title: title.into(), lines: Vec::new(), details: Cow::Borrowed("") }
    }

    /// A notice of a failure in its words.
    pub fn told(tone: Tone, told: &'a crate::engine::explain::Told) -> Self {
        let lines = [&told.safe, &told.advice].into_iter().filter(|line| !line.is_empty()).map(|line| Cow::Borrowed(line.as_str())).collect();
        Self { lines, ..Self::new(tone, without_stop(&told.headline)) }
    }

    /// With another icon.
    pub fn icon(mut self, icon: impl Into<Icon>) -> Self {
        self.icon = icon.into();
        self
    }

    /// With a paragraph.
    pub fn line(mut self, line: impl Into<Cow<'a, str>>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// With details for a technician, folded away; none if empty.
    pub fn details(mut self, details: impl Into<Cow<'a, str>>) -> Self {
        self.details = details.into();
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) {
        self.show_with(ui, |_| ());
    }

    /// Draws it with more below its words.
    pub fn show_with<R>(self, ui: &mut Ui, more: impl FnOnce(&mut Ui) -> R) -> R {
        let p = palette(ui);
        let frame = Frame::NONE.fill(self.tone.soft(p)).corner_radius(CornerRadius::same(tokens().radius.card)).inner_margin(Margin::symmetric(20, 15));
        let width = ui.available_width() - 40.0;
        let shown = ui.ctx().animate_bool_with_time(ui.next_auto_id().with("opens"), true, seconds(ui, tokens().motion.normal));
        ui.scope(|ui| {
            ui.multiply_opacity(0.4 + 0.6 * shown);
            frame
                .show(ui, |ui| {
                    ui.set_width(width);
                    let at = ui.cursor().min;
                    let size = tokens().icon.size_notice;
                    text::icon(ui, at + vec2(-2.0, 1.0), size, self.icon, self.tone.fill(p));
                    let indented = Rect::from_min_size(at + vec2(36.0, 0.0), vec2(width - 36.0, f32::INFINITY));
                    ui.scope_builder(egui::UiBuilder::new().max_rect(indented), |ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        let response = text::show(ui, Type::Title, self.tone.text(p), &self.title);
                        text::speak_changes(ui, &response);
                        for line in &self.lines {
                            text::body(ui, line);
                        }
                        ui.spacing_mut().item_spacing.y = tokens().space.s;
                        let result = more(ui);
                        if !self.details.is_empty() {
                            ui.add_space(2.0);
                            folded(ui, &say("details-for-a-technician"), |ui| {
                                let p = palette(ui);
                                text::show(ui, Type::Mono, p.text_second, &self.details);
                            });
                        }
                        result
                    })
                    .inner
                })
                .inner
        })
        .inner
    }
}

fn without_stop(sentence: &str) -> &str {
    sentence.strip_suffix('.').unwrap_or(sentence)
}

/// A point of a list.
pub fn bullet(ui: &mut Ui, words: &str) {
    let p = palette(ui);
    let galley = text::layout(ui, Type::Body, p.text, words, ui.available_width() - 18.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y), Sense::hover());
    ui.painter().circle_filled(rect.min + vec2(4.0, Type::Body.line() / 2.0), 3.0, p.text);
    text::put(ui, rect.min + vec2(18.0, 0.0), galley);
}

/// Something folded away below a word one presses.
pub fn folded(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    folded_named(ui, label, label, content);
}

/// The same with another accessible name.
pub fn folded_named(ui: &mut Ui, label: &str, name: &str, content: impl FnOnce(&mut Ui)) {
    let p = palette(ui);
    let id = ui.make_persistent_id(("folded", label));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or_default();
    let galley = text::layout(ui, Type::Small, p.text_second, label, ui.available_width() - 24.0);
    let (rect, _) = ui.allocate_exact_size(vec2(galley.size().x + 24.0, galley.size().y.max(28.0)), Sense::hover());
    let response = ui.interact(rect, id, Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    if response.clicked() {
        open = !open;
        ui.data_mut(|data| data.insert_temp(id, open));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, name));
    ui.ctx().accesskit_node_builder(id, |node| node.set_expanded(open));
    text::icon(ui, pos2(rect.left(), rect.center().y - 8.0), 16.0, if open { Line::CaretDown } else { Line::CaretRight }.into(), p.text_second);
    let y = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left() + 22.0, y), galley, p.text_second);
    focus::ring(ui, &response, tokens().radius.small);
    if open {
        content(ui);
    }
}

/// An icon and words beside it: a hint below the cards. The first words are larger.
pub fn hint(ui: &mut Ui, icon: impl Into<Icon>, words: &str, detail: &str) -> Response {
    let p = palette(ui);
    let width = ui.available_width() - 38.0;
    let galley = text::layout(ui, Type::Body, p.text, words, width);
    let below = (!detail.is_empty()).then(|| text::layout(ui, Type::Small, p.text_second, detail, width));
    let height = galley.size().y + below.as_ref().map_or(0.0, |below| below.size().y - 1.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    text::icon(ui, rect.min + vec2(0.0, if below.is_some() { 8.0 } else { 0.0 }), 24.0, icon.into(), p.text_second);
    let bottom = galley.size().y - 1.0;
    let response = text::put(ui, rect.min + vec2(38.0, 0.0), galley);
    if let Some(below) = below {
        text::put(ui, rect.min + vec2(38.0, bottom), below);
    }
    response
}

/// Facts side by side: a number and what it is; below one another where room is short.
pub fn facts(ui: &mut Ui, facts: &[(String, String)]) {
    let p = palette(ui);
    let width = ui.available_width();
    let lay_out = |wrap: f32| -> Vec<_> {
        let each = |(number, what): &(String, String)| {
            (text::layout(ui, Type::Number, p.text, number, wrap), text::layout(ui, Type::Small, p.text_second, what, wrap))
        };
        facts.iter().map(each).collect()
    };
    let natural = lay_out(f32::INFINITY);
    let wide = |(number, what): &(Laid, Laid)| number.size().x.max(what.size().x);
    let all: f32 = natural.iter().map(wide).sum();
    let least_gap = 20.0;
    #[allow(clippy::cast_precision_loss, reason = "a handful of facts")]
    let count = facts.len().max(1) as f32;
    if all + least_gap * (count - 1.0) <= width {
        // Equal columns where they are wide enough, else equal gaps.
        let equal = width / count;
        let fits = natural.iter().all(|fact| wide(fact) <= equal - 12.0);
        let gap = ((width - all) / count).clamp(least_gap, 140.0);
        let step = |fact: &(Laid, Laid)| if fits { equal } else { wide(fact) + gap };
        let steps: Vec<f32> = natural.iter().map(step).collect();
        facts_in_a_row(ui, natural, &steps);
        return;
    }
    let columns = 2.min(facts.len());
    #[allow(clippy::cast_precision_loss, reason = "two columns")]
    let each = width / columns as f32;
    let mut laid = lay_out(each - 12.0);
    while !laid.is_empty() {
        let rest = laid.split_off(columns.min(laid.len()));
        facts_in_a_row(ui, laid, &[each, each]);
        laid = rest;
    }
}

type Laid = std::sync::Arc<egui::Galley>;

fn facts_in_a_row(ui: &mut Ui, laid: Vec<(Laid, Laid)>, steps: &[f32]) {
    let height = laid.iter().map(|(number, what)| number.size().y + what.size().y).fold(0.0, f32::max);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let mut x = rect.left();
    for ((number, what), step) in laid.into_iter().zip(steps) {
        let below = number.size().y;
        text::put(ui, pos2(x, rect.top()), number);
        text::put(ui, pos2(x, rect.top() + below), what);
        x += step;
    }
}

/// Names and values below one another, each name with its icon.
pub fn pairs(ui: &mut Ui, pairs: &[(Icon, Cow<'_, str>, Cow<'_, str>)]) {
    let p = palette(ui);
    let width = ui.available_width();
    let column = if width >= 420.0 { 194.0 } else { width };
    for (icon, name, value) in pairs {
        let name = text::layout(ui, Type::Small, p.text_second, name, column - 32.0);
        let beside = width > column;
        let value = text::layout(ui, Type::Body, p.text, value, if beside { width - column } else { width - 32.0 });
        let height = if beside { value.size().y } else { name.size().y + value.size().y };
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        text::icon(ui, rect.min + vec2(0.0, 2.0), 20.0, *icon, p.text_second);
        let name_height = name.size().y;
        let first = (Type::Body.line() - Type::Small.line()) / 2.0;
        text::put(ui, rect.min + vec2(32.0, if beside { first } else { 0.0 }), name);
        text::put(ui, rect.min + if beside { vec2(column, 0.0) } else { vec2(32.0, name_height) }, value);
    }
}

/// Paints the edge of a chosen or choosable card.
pub fn edge(ui: &Ui, rect: Rect, chosen: bool) {
    let (p, t) = (palette(ui), tokens());
    let (fill, stroke) = if chosen { (p.accent_soft, Stroke::new(t.stroke.chosen, p.accent)) } else { (p.surface, Stroke::new(t.stroke.hair, p.line)) };
    ui.painter().rect(rect, CornerRadius::same(t.radius.card), fill, stroke, StrokeKind::Inside);
}

/// Words of several styles in a line.
pub fn line(ui: &mut Ui, pieces: &[Piece<'_>]) -> Response {
    let galley = text::layout_pieces(ui, pieces, ui.available_width());
    text::place(ui, galley)
}
