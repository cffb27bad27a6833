//! Fields one types in. The name above a field is its accessible name.

use std::borrow::Cow;

use egui::{Align2, CornerRadius, Frame, Key, Margin, Response, Sense, Shape, Stroke, StrokeKind, TextBuffer, TextEdit, Ui, vec2};

use super::button::Button;
use super::{focus, text};
use crate::gui::theme::{Line, Type, palette, tokens};
use crate::gui::words::say;

/// The width of a field where there is room.
pub const WIDTH: f32 = 440.0;

/// A field.
#[derive(Clone, Debug)]
#[must_use]
pub struct Field<'a> {
    label: Cow<'a, str>,
    placeholder: Cow<'a, str>,
    width: f32,
    hidden: bool,
    wrong: bool,
    first: bool,
    enabled: bool,
    key: &'static str,
}

/// What happened in a field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed {
    /// Something was changed.
    pub changed: bool,
    /// It was left, or Enter was pressed.
    pub left: bool,
    /// Enter was pressed in it.
    pub entered: bool,
}

impl<'a> Field<'a> {
    /// A field with its name above; `key` is its own on the page.
    pub fn new(key: &'static str, label: impl Into<Cow<'a, str>>) -> Self {
        Self { label: label.into(), placeholder: Cow::Borrowed(""), width: WIDTH, hidden: false, wrong: false, first: false, enabled: true, key }
    }

    /// Words in it while it is empty.
    pub fn placeholder(mut self, words: impl Into<Cow<'a, str>>) -> Self {
        self.placeholder = words.into();
        self
    }

    /// Of another width.
    pub const fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// What is typed shows as dots.
    pub const fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// What is typed was refused.
    pub const fn wrong(mut self, wrong: bool) -> Self {
        self.wrong = wrong;
        self
    }

    /// The page's first field: it has the focus when the page is entered.
    pub const fn first(mut self, first: bool) -> Self {
        self.first = first;
        self
    }

    /// Whether one may type in it.
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui, value: &mut dyn TextBuffer) -> Typed {
        let width = self.width.min(ui.available_width());
        self.show_label(ui, width);
        let response = self.show_box(ui, value, width);
        typed(ui, &response)
    }

    fn show_label(&self, ui: &mut Ui, width: f32) {
        let p = palette(ui);
        let galley = text::layout(ui, Type::Label, p.text, &self.label, width);
        let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
        ui.painter().galley(rect.min, galley, p.text); // not spoken here: it is the field's own name
        ui.add_space(7.0 - ui.spacing().item_spacing.y);
    }

    fn show_box(&self, ui: &mut Ui, value: &mut dyn TextBuffer, width: f32) -> Response {
        let (p, t) = (palette(ui), tokens());
        let ground = ui.painter().add(Shape::Noop);
        let mut edit = TextEdit::singleline(value)
            .id_salt(self.key)
            .frame(Frame::NONE.inner_margin(Margin::symmetric(14, 0)))
            .desired_width(width)
            .min_size(vec2(width, t.size.control_height))
            .align(Align2::LEFT_CENTER)
            .font(Type::Body.font())
            .text_color(if self.enabled { p.text } else { p.text_hint })
            .password(self.hidden)
            .interactive(self.enabled);
        if !self.placeholder.is_empty() {
            edit = edit.hint_text(egui::RichText::new(self.placeholder.as_ref()).color(p.text_hint));
        }
        let response = ui.add(edit).accessible_name(self.label.as_ref());
        let (width, color) = if self.wrong { (2.0, p.problem_fill) } else { (t.stroke.control, p.line_control) };
        let fill = if self.enabled { p.surface } else { p.sunken };
        let edge = egui::epaint::RectShape::new(response.rect, CornerRadius::same(t.radius.control), fill, Stroke::new(width, color), StrokeKind::Inside);
        ui.painter().set(ground, edge);
        if !self.enabled {
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_disabled());
        } else if self.first {
            focus::take(ui, &response);
        }
        focus::ring(ui, &response, t.radius.control);
        response
    }
}

fn typed(ui: &Ui, response: &Response) -> Typed {
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    Typed { changed: response.changed(), left: response.lost_focus(), entered }
}

/// A password, with [Show] beside it.
pub fn password(ui: &mut Ui, field: Field<'_>, value: &mut dyn TextBuffer, shown: &mut bool) -> Typed {
    let button = Button::secondary(if *shown { say("hide") } else { say("show") }).icon(if *shown { Line::EyeSlash } else { Line::Eye });
    let size = button.size(ui, ui.available_width());
    let width = field.width.min(ui.available_width());
    let beside = ui.available_width() >= width.min(220.0) + 12.0 + size.x;
    let width = if beside { width.min(ui.available_width() - 12.0 - size.x) } else { width };
    let field = field.hidden(!*shown);
    field.show_label(ui, width);
    let mut response = None;
    let row = |ui: &mut Ui| {
        response = Some(field.show_box(ui, value, width));
        if button.show(ui).clicked() {
            *shown = !*shown;
        }
    };
    if beside {
        ui.horizontal(row);
    } else {
        row(ui);
    }
    response.map(|response| typed(ui, &response)).unwrap_or_default()
}
