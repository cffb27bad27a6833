//! A dialog over the page: heading, content that scrolls, and its row of buttons. Esc is the first of them.

use egui::{CornerRadius, Frame, Id, Key, Margin, Modal, ScrollArea, Stroke, Ui, UiBuilder, vec2};

use super::button::Button;
use super::{focus, text};
use crate::gui::command::{Command, Commands};
use crate::gui::theme::{Type, palette, shadow, tokens};

/// Room at the right for the bar that scrolls.
const BAR: i8 = 14;

/// A dialog.
#[must_use]
pub struct Over<'a> {
    key: &'static str,
    heading: std::borrow::Cow<'a, str>,
    width: f32,
    escape: Option<Command>,
    buttons: Vec<(Button<'a>, Command, bool)>,
}

impl<'a> Over<'a> {
    /// A dialog with a heading.
    pub fn new(key: &'static str, heading: impl Into<std::borrow::Cow<'a, str>>) -> Self {
        Self { key, heading: heading.into(), width: 560.0, escape: None, buttons: Vec::new() }
    }

    /// Of another width.
    pub const fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// What Esc does.
    pub fn escape(mut self, command: Command) -> Self {
        self.escape = Some(command);
        self
    }

    /// With a button; the last one stands at the right.
    pub fn button(mut self, button: Button<'a>, command: Command) -> Self {
        self.buttons.push((button, command, false));
        self
    }

    /// With a button that has the focus and that Enter presses.
    pub fn first(mut self, button: Button<'a>, command: Command) -> Self {
        self.buttons.push((button, command, true));
        self
    }

    /// Draws it over everything.
    pub fn show(self, ui: &mut Ui, commands: &mut Commands, content: impl FnOnce(&mut Ui, &mut Commands)) {
        let (p, t) = (palette(ui), tokens());
        let window = ui.ctx().content_rect();
        let narrow = window.width() < 600.0;
        let padding = if narrow { 20.0 } else { 28.0 };
        let width = self.width.min(window.width() - 24.0) - 2.0 * padding;
        let frame = Frame::NONE
            .fill(p.surface)
            .stroke(Stroke::new(t.stroke.hair, p.line))
            .corner_radius(CornerRadius::same(t.radius.card))
            .shadow(shadow(t.shadow.dialog))
            .inner_margin(if narrow { Margin { right: 20 - BAR, ..Margin::same(20) } } else { Margin { right: 28 - BAR, ..Margin::same(28) } });
        let id = Id::unique(("dialog", self.key));
        let is_new = ui.data(|data| data.get_temp::<&'static str>(Id::unique("gui dialog"))) != Some(self.key);
        if is_new {
            ui.data_mut(|data| data.insert_temp(Id::unique("gui dialog"), self.key));
            focus::want(ui, true);
        }
        let key = self.key;
        let heading = self.heading;
        let buttons = self.buttons;
        Modal::new(id).backdrop_color(p.scrim).frame(frame).show(ui.ctx(), |ui| {
            ui.set_width(width + f32::from(BAR));
            ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
                node.set_role(egui::accesskit::Role::Dialog);
                node.set_label(heading.to_string());
                node.set_modal();
            });
            ui.spacing_mut().item_spacing.y = t.space.s;
            let head = text::place(ui, text::layout(ui, Type::Heading, p.text, &heading, width));
            text::speak_as_heading(ui, &head, &heading, 1);
            ui.add_space(t.space.xs);
            let row: f32 = t.size.control_height + t.space.l;
            let rest = (window.height() - 2.0 * padding - head.rect.height() - row - 60.0).max(80.0);
            ScrollArea::vertical().id_salt(key).max_height(rest).auto_shrink([false, true]).show(ui, |ui| {
                Frame::NONE.inner_margin(Margin { left: 6, right: 0, top: 6, bottom: 6 }).outer_margin(Margin { left: -6, ..Margin::ZERO }).show(ui, |ui| {
                    ui.set_width(width);
                    content(ui, commands);
                });
            });
            ui.add_space(t.space.s);
            row_of(ui, commands, buttons, width);
        });
        if let Some(command) = self.escape
            && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape))
        {
            commands.push(command);
        }
    }
}

/// A dialog was shut: the next one begins anew.
pub fn none_open(ui: &Ui) {
    ui.data_mut(|data| data.remove::<&'static str>(Id::unique("gui dialog")));
}

fn row_of(ui: &mut Ui, commands: &mut Commands, buttons: Vec<(Button<'_>, Command, bool)>, width: f32) {
    let gap = 12.0;
    let sizes: Vec<_> = buttons.iter().map(|(button, ..)| button.size(ui, width)).collect();
    let long: f32 = sizes.iter().map(|size| size.x + gap).sum::<f32>() - gap;
    let one_line = long <= width;
    let height: f32 = if one_line { sizes.iter().map(|size| size.y).fold(0.0, f32::max) } else { sizes.iter().map(|size| size.y + gap).sum::<f32>() - gap };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height.max(0.0)), egui::Sense::hover());
    let mut row = ui.new_child(UiBuilder::new().max_rect(rect));
    let mut at = if one_line { egui::pos2(rect.right() - long, rect.top()) } else { rect.min };
    for ((button, command, is_first), size) in buttons.into_iter().zip(sizes) {
        let place = if one_line { at } else { egui::pos2(rect.right() - size.x, at.y) };
        let response = button.show_at(&mut row, egui::Rect::from_min_size(place, size));
        if is_first {
            focus::take(&row, &response);
        }
        let entered = is_first && focus::enter_leads_on(&row);
        if response.clicked() || entered {
            commands.push(command);
        }
        if one_line {
            at.x += size.x + gap;
        } else {
            at.y += size.y + gap;
        }
    }
}
