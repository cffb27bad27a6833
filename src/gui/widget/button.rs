//! Buttons: one primary on a page, the others secondary or quiet.

use std::borrow::Cow;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Color32, CornerRadius, CursorIcon, Galley, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{focus, text};
use crate::gui::theme::{Icon, Line, Type, palette, tokens};

/// The gap between icon and words.
const ICON_GAP: f32 = 8.0;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Primary,
    Secondary,
    Quiet,
    Link,
}

/// A button. Its label is its accessible name.
#[derive(Clone, Debug)]
#[must_use]
pub struct Button<'a> {
    label: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    icon: Option<Icon>,
    arrow: bool,
    kind: Kind,
    small: bool,
    in_table: bool,
    enabled: bool,
}

impl<'a> Button<'a> {
    fn new(label: impl Into<Cow<'a, str>>, kind: Kind) -> Self {
        Self { label: label.into(), name: None, icon: None, arrow: false, kind, small: false, in_table: false, enabled: true }
    }

    /// The one thing to press.
    pub fn primary(label: impl Into<Cow<'a, str>>) -> Self {
        Self::new(label, Kind::Primary)
    }

    /// Something else one may press.
    pub fn secondary(label: impl Into<Cow<'a, str>>) -> Self {
        Self::new(label, Kind::Secondary)
    }

    /// Something one may press, without an edge.
    pub fn quiet(label: impl Into<Cow<'a, str>>) -> Self {
        Self::new(label, Kind::Quiet)
    }

    /// An underlined word at the end of a line.
    pub fn link(label: impl Into<Cow<'a, str>>) -> Self {
        Self::new(label, Kind::Link)
    }

    /// With an icon before the words.
    pub fn icon(mut self, icon: impl Into<Icon>) -> Self {
        self.icon = Some(icon.into());
        self
    }

    /// With an arrow behind the words: it leads on.
    pub const fn leads_on(mut self) -> Self {
        self.arrow = true;
        self
    }

    /// Lower, for within cards.
    pub const fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// In the type of tables.
    pub const fn in_table(mut self) -> Self {
        self.in_table = true;
        self
    }

    /// Whether it can be pressed. The reason why not stands beside it.
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Another accessible name than the label.
    pub fn named(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether it can be pressed.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Its size where it may be `width` wide at most.
    #[must_use]
    pub fn size(&self, ui: &Ui, width: f32) -> Vec2 {
        self.measure(ui, width).1
    }

    /// At the cursor.
    pub fn show(self, ui: &mut Ui) -> Response {
        let (words, size) = self.measure(ui, ui.available_width());
        let (rect, response) = ui.allocate_exact_size(size, self.sense());
        self.paint(ui, rect, words, &response);
        response
    }

    /// At `rect`, whatever the cursor is.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let (words, _) = self.measure(ui, rect.width());
        let id = ui.next_auto_id();
        ui.skip_ahead_auto_ids(1);
        let response = ui.interact(rect, id, self.sense());
        self.paint(ui, rect, words, &response);
        response
    }

    fn sense(&self) -> Sense {
        if self.enabled { Sense::click() } else { Sense::hover() }
    }

    fn padding(&self) -> f32 {
        match self.kind {
            Kind::Primary | Kind::Secondary if self.small => 14.0,
            Kind::Primary | Kind::Secondary => 18.0,
            Kind::Quiet => 2.0,
            Kind::Link => 0.0,
        }
    }

    fn extra(&self) -> f32 {
        let icon = tokens().icon.size_row + ICON_GAP;
        2.0 * self.padding() + if self.icon.is_some() { icon } else { 0.0 } + if self.arrow { icon } else { 0.0 }
    }

    fn measure(&self, ui: &Ui, width: f32) -> (Arc<Galley>, Vec2) {
        let style = match (self.small, self.in_table) {
            (_, true) => Type::TableStrong,
            (true, _) => Type::SmallStrong,
            _ => Type::Label,
        };
        let words = text::layout(ui, style, Color32::PLACEHOLDER, &self.label, (width - self.extra()).max(40.0));
        let size = &tokens().size;
        let least = match self.kind {
            Kind::Link => size.hit_min,
            _ if self.small => size.control_height_small,
            _ => size.control_height,
        };
        let height = if words.rows.len() > 1 { words.size().y + 20.0 } else { least };
        let size = vec2(words.size().x + self.extra(), height.max(least));
        (words, size)
    }

    fn paint(&self, ui: &Ui, rect: Rect, words: Arc<Galley>, response: &Response) {
        let name = self.name.as_deref().unwrap_or(&self.label);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, self.enabled, name));
        let response = if self.enabled { response.clone().on_hover_cursor(CursorIcon::PointingHand) } else { response.clone() };
        if ui.is_rect_visible(rect) {
            let ink = self.paint_ground(ui, rect, &response);
            self.paint_words(ui, rect, words, ink);
        }
        focus::ring(ui, &response, tokens().radius.control);
    }

    /// Paints the ground and returns the colour of what stands on it.
    fn paint_ground(&self, ui: &Ui, rect: Rect, response: &Response) -> Color32 {
        let (p, t) = (palette(ui), tokens());
        let radius = CornerRadius::same(t.radius.control);
        let hover = ui.ctx().animate_bool(response.id, response.hovered());
        let pressed = response.is_pointer_button_down_on();
        if !self.enabled {
            if matches!(self.kind, Kind::Primary | Kind::Secondary) {
                ui.painter().rect(rect, radius, p.sunken, Stroke::new(t.stroke.hair, p.line), StrokeKind::Inside);
            }
            return p.text_hint;
        }
        match self.kind {
            Kind::Primary => {
                let fill = if pressed { p.accent_press } else { p.accent.lerp_to_gamma(p.accent_hover, hover) };
                ui.painter().rect_filled(rect, radius, fill);
                p.on_accent
            }
            Kind::Secondary => {
                let fill = p.surface.lerp_to_gamma(p.sunken, if pressed { 1.0 } else { hover });
                ui.painter().rect(rect, radius, fill, Stroke::new(t.stroke.control, p.line_control), StrokeKind::Inside);
                p.text
            }
            Kind::Quiet => {
                if hover > 0.0 {
                    ui.painter().rect_filled(rect.expand2(vec2(6.0, 0.0)), radius, p.sunken.gamma_multiply(hover));
                }
                p.accent
            }
            Kind::Link => {
                let base = rect.center().y + 11.0;
                ui.painter().hline(rect.x_range(), base, Stroke::new(1.0 + hover, p.accent));
                p.accent
            }
        }
    }

    fn paint_words(&self, ui: &Ui, rect: Rect, words: Arc<Galley>, ink: Color32) {
        let size = tokens().icon.size_row;
        let content = words.size().x + self.extra() - 2.0 * self.padding();
        let start = if matches!(self.kind, Kind::Quiet | Kind::Link) { rect.left() + self.padding() } else { rect.center().x - content / 2.0 };
        let icon_y = rect.center().y - size / 2.0;
        let mut x = start;
        if let Some(icon) = self.icon {
            text::icon(ui, pos2(x, icon_y), size, icon, ink);
            x += size + ICON_GAP;
        }
        let end = x + words.size().x;
        ui.painter().galley(pos2(x, rect.center().y - words.size().y / 2.0), words, ink);
        if self.arrow {
            text::icon(ui, pos2(end + ICON_GAP, icon_y), size, Line::Next.into(), ink);
        }
    }
}
