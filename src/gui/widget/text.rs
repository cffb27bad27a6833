//! Text: laid out with the line heights of the tokens, spoken by screen readers, `**strong**` where a sentence asks for it.

use std::sync::Arc;

use egui::accesskit::{Live, Role};
use egui::text::LayoutJob;
use egui::{Align, Color32, Galley, Pos2, Rect, Response, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::gui::theme::{Icon, Type, icon_font, palette};

/// A piece of text of one style.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its style.
    pub style: Type,
    /// Its colour.
    pub color: Color32,
    /// What it says.
    pub text: &'a str,
}

/// A piece of text.
#[must_use]
pub const fn piece(style: Type, color: Color32, text: &str) -> Piece<'_> {
    Piece { style, color, text }
}

/// Lays out `text` within `width`; `**…**` is set in the strong sister of the style.
#[must_use]
pub fn layout(ui: &Ui, style: Type, color: Color32, text: &str, width: f32) -> Arc<Galley> {
    layout_aligned(ui, style, color, text, width, Align::Min)
}

/// The same, each line at the left, in the middle or at the right of its origin.
#[must_use]
pub fn layout_aligned(ui: &Ui, style: Type, color: Color32, text: &str, width: f32, align: Align) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    for (at, part) in text.split("**").enumerate() {
        let style = if at % 2 == 1 { strong(style) } else { style };
        job.append(part, 0.0, style.format(color));
    }
    finish(ui, job, width, align)
}

/// Lays out pieces one behind the other within `width`.
#[must_use]
pub fn layout_pieces(ui: &Ui, pieces: &[Piece<'_>], width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    for piece in pieces {
        job.append(piece.text, 0.0, piece.style.format(piece.color));
    }
    finish(ui, job, width, Align::Min)
}

/// One line of text, its end replaced by `…` where it is too long; the caller says and shows the whole elsewhere.
#[must_use]
pub fn elided(ui: &Ui, style: Type, color: Color32, words: &str, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(words.to_owned(), style.format(color));
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(20.0));
    ui.painter().layout_job(job)
}

fn finish(ui: &Ui, mut job: LayoutJob, width: f32, align: Align) -> Arc<Galley> {
    job.wrap.max_width = width.max(1.0);
    job.halign = align;
    ui.painter().layout_job(job)
}

const fn strong(style: Type) -> Type {
    match style {
        Type::Body => Type::Label,
        Type::Table => Type::TableStrong,
        Type::Small => Type::SmallStrong,
        Type::Lead => Type::Title,
        other => other,
    }
}

/// Text over the width there is.
pub fn show(ui: &mut Ui, style: Type, color: Color32, text: &str) -> Response {
    let galley = layout(ui, style, color, text, ui.available_width());
    place(ui, galley)
}

/// Reading text.
pub fn body(ui: &mut Ui, text: &str) -> Response {
    let color = palette(ui).text;
    show(ui, Type::Body, color, text)
}

/// A fact under a title.
pub fn small(ui: &mut Ui, text: &str) -> Response {
    let color = palette(ui).text_second;
    show(ui, Type::Small, color, text)
}

/// A heading for the eye and the ear.
pub fn heading(ui: &mut Ui, style: Type, text: &str, level: usize) -> Response {
    let color = palette(ui).text;
    let response = show(ui, style, color, text);
    speak_as_heading(ui, &response, text, level);
    response
}

/// Lets a screen reader take `response` for a heading.
pub fn speak_as_heading(ui: &Ui, response: &Response, text: &str, level: usize) {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Heading);
        node.set_level(level);
        node.clear_value();
        node.set_label(text.to_owned());
    });
}

/// Lets a screen reader say `response` anew when it changes.
pub fn speak_changes(ui: &Ui, response: &Response) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
}

/// Laid out text at the cursor.
pub fn place(ui: &mut Ui, galley: Arc<Galley>) -> Response {
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    speak(&response, &galley);
    ui.painter().galley(rect.min, galley, Color32::PLACEHOLDER);
    response
}

/// Laid out text at `at`, whatever the cursor is; the room for it is the caller's.
pub fn put(ui: &mut Ui, at: Pos2, galley: Arc<Galley>) -> Response {
    let rect = galley.rect.translate(at.to_vec2());
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    let response = ui.interact(rect, id, Sense::hover());
    speak(&response, &galley);
    ui.painter().galley(at, galley, Color32::PLACEHOLDER);
    response
}

/// The same, its right edge at `right`.
pub fn put_right(ui: &mut Ui, right: Pos2, galley: Arc<Galley>) -> Response {
    let at = right - vec2(galley.size().x, 0.0);
    put(ui, at, galley)
}

fn speak(response: &Response, galley: &Galley) {
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, galley.text()));
}

/// Paints an icon in the middle of a square of `size` with its corner at `at`. It has no spoken name: it stands beside words.
pub fn icon(ui: &Ui, at: Pos2, size: f32, icon: Icon, color: Color32) {
    let galley = ui.painter().layout_no_wrap(icon.glyph().to_string(), icon_font(icon, size), color);
    let square = Rect::from_min_size(at, Vec2::splat(size));
    let middle = square.center() - galley.mesh_bounds_center();
    ui.painter().galley(middle, galley, color);
}

/// The middle of what is really painted, so that icons sit straight.
trait MeshCenter {
    fn mesh_bounds_center(&self) -> Vec2;
}

impl MeshCenter for Galley {
    fn mesh_bounds_center(&self) -> Vec2 {
        let em = self.rect.center();
        let ink = self.mesh_bounds.center();
        // Across, a Phosphor glyph is drawn in the middle of its square; down, the ink's own middle is nearer than the line's.
        vec2(em.x, if self.mesh_bounds.is_positive() { ink.y } else { em.y })
    }
}
