//! The keyboard's focus: the ring, the first place of a page, and scrolling to it.

use egui::{CornerRadius, Id, Key, Order, Rect, Response, Stroke, StrokeKind, Ui};

use crate::gui::theme::{palette, tokens};

/// Paints the ring around `response` if it has the focus, outside, with a gap; and shows it where it was scrolled away.
pub fn ring(ui: &Ui, response: &Response, radius: u8) {
    ring_around(ui, response, response.rect, radius);
}

/// The same around `rect`.
pub fn ring_around(ui: &Ui, response: &Response, rect: Rect, radius: u8) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    if response.has_focus() {
        let stroke = tokens().stroke.clone();
        let out = stroke.focus_gap + stroke.focus;
        let radius = if radius == u8::MAX { radius } else { radius.saturating_add(3) };
        let painter = ui.painter().with_clip_rect(ui.clip_rect().expand(out));
        painter.rect_stroke(rect.expand(out), CornerRadius::same(radius), Stroke::new(stroke.focus, palette(ui).focus), StrokeKind::Inside);
    }
}

/// Whether the focus is wanted on the page, or in the dialog over it.
fn wanted(dialog: bool) -> Id {
    Id::unique(("gui focus wanted", dialog))
}

/// A page or dialog was entered: the first control there that asks for the focus gets it.
pub fn want(ui: &Ui, dialog: bool) {
    ui.data_mut(|data| data.insert_temp(wanted(dialog), true));
}

/// Gives `response` the focus if the page was just entered and nothing else has taken it.
pub fn take(ui: &Ui, response: &Response) {
    let id = wanted(ui.layer_id().order == Order::Foreground);
    if response.enabled() && response.sense.is_focusable() && ui.data(|data| data.get_temp::<bool>(id)).unwrap_or_default() {
        response.request_focus();
        ui.ctx().request_repaint(); // the ring is painted with the next frame
        ui.data_mut(|data| data.insert_temp(id, false));
    }
}

fn enter_is_free() -> Id {
    Id::unique("gui enter is free")
}

/// Whether a box, a radio button or a row was pressed. Space presses what has the focus; Enter is left to the primary button.
pub fn pressed(ui: &Ui, response: &Response) -> bool {
    if response.has_focus() {
        let pass = ui.ctx().cumulative_pass_nr();
        ui.data_mut(|data| data.insert_temp(enter_is_free(), pass));
    }
    response.clicked() && !(response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)))
}

/// Whether Enter means the primary button: nothing has the focus, or what has it leaves Enter alone.
pub fn enter_leads_on(ui: &Ui) -> bool {
    let pass = ui.ctx().cumulative_pass_nr();
    let left = ui.data(|data| data.get_temp::<u64>(enter_is_free())) == Some(pass);
    (left || ui.memory(|memory| memory.focused().is_none())) && ui.input(|input| input.key_pressed(Key::Enter))
}
