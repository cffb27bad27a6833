//! The frame of a page: heading, sentence of state, content, which alone scrolls, and the row of actions, always in the same place.

use std::borrow::Cow;

use egui::{Id, Key, Margin, Rect, ScrollArea, Stroke, Ui, UiBuilder, Vec2, pos2, vec2};

use super::button::Button;
use super::{focus, text};
use crate::gui::command::{Command, Commands};
use crate::gui::theme::{Fill, Icon, Line, Tone, Type, palette, tokens};
use crate::gui::words::say;

/// Under so many points of height the heading scrolls with the content: else nothing would be left for that.
const LOW: f32 = 460.0;
/// Room around the scrolling content for the ring of the focus.
const RING: f32 = 8.0;

/// How much room the window has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Room {
    /// 1000 points and more.
    Wide,
    /// Under 1000 points.
    Narrow,
    /// Under 760 points: the rail is a strip.
    Strip,
}

impl Room {
    /// That of a window `width` wide.
    #[must_use]
    pub fn of(width: f32) -> Self {
        match width {
            width if width < 760.0 => Self::Strip,
            width if width < 1000.0 => Self::Narrow,
            _ => Self::Wide,
        }
    }

    /// That of the window of `ui`.
    #[must_use]
    pub fn here(ui: &Ui) -> Self {
        Self::of(ui.ctx().content_rect().width())
    }
}

/// The sentence of state: that the mail is safe, how far, what one may do.
#[derive(Clone, Debug)]
pub struct Standing {
    icon: Option<Icon>,
    tone: Tone,
    words: Cow<'static, str>,
}

impl Standing {
    /// A sentence after `icon`.
    pub fn new(icon: impl Into<Icon>, tone: Tone, words: impl Into<Cow<'static, str>>) -> Self {
        Self { icon: Some(icon.into()), tone, words: words.into() }
    }

    /// A sentence alone.
    pub fn plain(words: impl Into<Cow<'static, str>>) -> Self {
        Self { icon: None, tone: Tone::Plain, words: words.into() }
    }

    /// The mail is safe.
    pub fn safe(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fill::Shield, Tone::Ok, words)
    }

    /// It is proven.
    pub fn proven(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fill::Check, Tone::Ok, words)
    }

    /// Under way; nothing is proven yet.
    pub fn under_way(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fill::Shield, Tone::Accent, words)
    }

    /// Waiting.
    pub fn waiting(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fill::Pause, Tone::Wait, words)
    }

    /// Needs a person.
    pub fn needs(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fill::Warning, Tone::Attention, words)
    }

    /// Something to know.
    pub fn hint(words: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Fill::Info, Tone::Accent, words)
    }
}

/// The row of actions: [Back] and others at the left, then free space, secondary ones and the primary at the right.
#[derive(Default)]
#[must_use]
pub struct Actions<'a> {
    back: Option<Command>,
    left: Vec<(Button<'a>, Command)>,
    note: Option<Cow<'a, str>>,
    right: Vec<(Button<'a>, Command)>,
    primary: Option<(Button<'a>, Command)>,
}

impl<'a> Actions<'a> {
    /// An empty row.
    pub fn new() -> Self {
        Self::default()
    }

    /// With [Back]; Esc does the same.
    pub fn back(mut self) -> Self {
        self.back = Some(Command::Back);
        self
    }

    /// With a button at the left.
    pub fn left(mut self, button: Button<'a>, command: Command) -> Self {
        self.left.push((button, command));
        self
    }

    /// With a quiet sentence: at the left, or beside a primary button that can't be pressed, its reason.
    pub fn note(mut self, note: impl Into<Cow<'a, str>>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// With a secondary button at the right.
    pub fn right(mut self, button: Button<'a>, command: Command) -> Self {
        self.right.push((button, command));
        self
    }

    /// With the primary button; Enter does the same.
    pub fn primary(mut self, button: Button<'a>, command: Command) -> Self {
        self.primary = Some((button, command));
        self
    }
}

/// Actions that found no room in the row: they stand at the end of the content.
#[derive(Default)]
struct Moved<'a> {
    note: Option<Cow<'a, str>>,
    buttons: Vec<(Button<'a>, Command)>,
}

impl Moved<'_> {
    fn show(self, ui: &mut Ui, commands: &mut Commands) {
        if self.note.is_none() && self.buttons.is_empty() {
            return;
        }
        ui.add_space(tokens().space.m);
        if let Some(note) = self.note {
            text::small(ui, &note);
        }
        for (button, command) in self.buttons {
            if button.show(ui).clicked() {
                commands.push(command);
            }
        }
    }
}

impl<'a> Actions<'a> {
    /// In a low window the row has one line: what does not fit beside [Back] and the primary button is moved.
    fn split(mut self, ui: &Ui, width: f32) -> (Self, Moved<'a>) {
        let size = |button: &Button<'_>| button.size(ui, width).x + ActionRow::GAP;
        let mut free = width + ActionRow::GAP;
        if self.back.is_some() {
            free -= size(&back_button());
        }
        free -= self.primary.iter().map(|(button, _)| size(button)).sum::<f32>();
        let mut moved = Moved::default();
        let mut keep = |buttons: Vec<(Button<'a>, Command)>| {
            let (mut kept, mut rest) = (Vec::new(), Vec::new());
            for (button, command) in buttons {
                let wide = size(&button);
                if rest.is_empty() && wide <= free {
                    free -= wide;
                    kept.push((button, command));
                } else {
                    rest.push((button, command));
                }
            }
            moved.buttons.extend(rest);
            kept
        };
        self.right = keep(self.right);
        self.left = keep(self.left);
        if free < 140.0 {
            moved.note = self.note.take();
        }
        (self, moved)
    }
}

fn back_button<'a>() -> Button<'a> {
    Button::secondary(say("back")).icon(Line::Back)
}

/// A page.
#[must_use]
pub struct Page {
    key: &'static str,
    heading: Cow<'static, str>,
    hero: bool,
    standing: Option<Standing>,
    dense: bool,
    technical: bool,
    notice: Option<String>,
}

/// Where things stand on a page.
struct Frame {
    left: f32,
    width: f32,
    top: f32,
    bottom: f32,
    right: f32,
}

impl Page {
    /// A page; `key` tells it from others, so that the focus goes to its beginning once.
    pub fn new(key: &'static str, heading: impl Into<Cow<'static, str>>) -> Self {
        Self { key, heading: heading.into(), hero: false, standing: None, dense: false, technical: false, notice: None }
    }

    /// With the large heading of welcome and continue.
    pub const fn hero(mut self) -> Self {
        self.hero = true;
        self
    }

    /// With a sentence of state.
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = Some(standing);
        self
    }

    /// With less space above the content.
    pub const fn dense(mut self) -> Self {
        self.dense = true;
        self
    }

    /// A technician's page: less space at its edges, and as wide as the window.
    pub const fn technical(mut self) -> Self {
        (self.dense, self.technical) = (true, true);
        self
    }

    /// With a sentence that passes by, above the row of actions.
    pub fn notice(mut self, notice: Option<String>) -> Self {
        self.notice = notice;
        self
    }

    /// Draws it over all of `ui`.
    pub fn show(self, ui: &mut Ui, commands: &mut Commands, actions: Actions<'_>, content: impl FnOnce(&mut Ui, &mut Commands)) {
        self.enter(ui);
        let mut frame = self.frame(ui);
        let low = ui.max_rect().height() < LOW;
        let (actions, moved) = if low { actions.split(ui, frame.width) } else { (actions, Moved::default()) };
        let row = ActionRow::lay_out(ui, actions, frame.width, self.technical);
        frame.bottom -= row.height;
        let notice = self.notice.as_ref().map(|words| text::layout(ui, Type::Body, palette(ui).text, words, frame.width - 32.0));
        let content_bottom = frame.bottom - notice.as_ref().map_or(0.0, |words| words.size().y + 12.0);
        let mut top = frame.top;
        if !low {
            let head = Rect::from_min_max(pos2(frame.left, frame.top), pos2(frame.left + frame.width, content_bottom));
            let mut head_ui = ui.new_child(UiBuilder::new().max_rect(head).id_salt("head"));
            head_ui.spacing_mut().item_spacing.y = 0.0;
            self.head(&mut head_ui);
            top = head_ui.min_rect().bottom() + self.gap();
        }
        let scrolled = Rect::from_min_max(pos2(frame.left - RING, (top - RING).min(content_bottom)), pos2(frame.right, content_bottom));
        let mut body = ui.new_child(UiBuilder::new().max_rect(scrolled).id_salt((self.key, "body")));
        ScrollArea::vertical().id_salt(self.key).auto_shrink(false).show(&mut body, |ui| {
            let margin = Margin { left: margin(RING), top: margin(RING), right: 0, bottom: margin(tokens().space.m) };
            egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
                ui.set_width(frame.width);
                if low {
                    let spacing = ui.spacing().item_spacing.y;
                    ui.spacing_mut().item_spacing.y = 0.0;
                    self.head(ui);
                    ui.add_space(self.gap() - 6.0);
                    ui.spacing_mut().item_spacing.y = spacing;
                }
                content(ui, commands);
                moved.show(ui, commands);
            });
        });
        if let Some(words) = notice {
            let p = palette(ui);
            let at = pos2(frame.left, content_bottom + 4.0);
            text::icon(ui, at + vec2(0.0, 2.0), tokens().icon.size_state, Fill::Info.into(), p.accent_fill);
            let response = text::put(ui, at + vec2(32.0, 0.0), words);
            text::speak_changes(ui, &response);
        }
        row.show(ui, commands, &frame);
    }

    fn gap(&self) -> f32 {
        if self.dense { 18.0 } else { 24.0 }
    }

    fn enter(&self, ui: &Ui) {
        let id = Id::unique("gui page");
        if ui.data(|data| data.get_temp::<&'static str>(id)) != Some(self.key) {
            ui.data_mut(|data| data.insert_temp(id, self.key));
            focus::want(ui, false);
        }
    }

    fn frame(&self, ui: &Ui) -> Frame {
        let all = ui.max_rect();
        let size = &tokens().size;
        let [top, right, _, left] = match Room::here(ui) {
            Room::Wide if !self.technical => size.page_pad,
            Room::Wide | Room::Narrow => size.page_pad_dense,
            Room::Strip => [10.0, 20.0, 0.0, 20.0],
        };
        let most = if self.technical { f32::INFINITY } else { size.page_max };
        let width = (all.width() - left - right).min(most);
        Frame { left: all.left() + left, width, top: all.top() + top, bottom: all.bottom(), right: all.right() }
    }

    fn head(&self, ui: &mut Ui) {
        text::heading(ui, if self.hero { Type::Hero } else { Type::Heading }, &self.heading, 1);
        let Some(standing) = &self.standing else { return };
        ui.add_space(tokens().space.xs);
        let p = palette(ui);
        let indent = if standing.icon.is_some() { 32.0 } else { 0.0 };
        let words = text::layout(ui, Type::Lead, p.text, &standing.words, ui.available_width() - indent);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), words.size().y), egui::Sense::hover());
        if let Some(icon) = standing.icon {
            let size = tokens().icon.size_state;
            text::icon(ui, rect.min + vec2(1.0, (Type::Lead.line() - size) / 2.0), size, icon, standing.tone.fill(p));
        }
        let response = text::put(ui, rect.min + vec2(indent, 0.0), words);
        text::speak_changes(ui, &response);
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a margin is a few points")]
const fn margin(points: f32) -> i8 {
    points as i8
}

/// Something in the row of actions, and its place from the row's left upper corner.
struct Placed<'a> {
    rect: Rect,
    what: Placing<'a>,
}

enum Placing<'a> {
    Note(std::sync::Arc<egui::Galley>),
    Button { button: Button<'a>, command: Command, is_primary: bool },
}

/// A row of actions whose places are known.
struct ActionRow<'a> {
    placed: Vec<Placed<'a>>,
    height: f32,
    goes_back: bool,
}

impl<'a> ActionRow<'a> {
    const GAP: f32 = 12.0;

    fn lay_out(ui: &Ui, actions: Actions<'a>, width: f32, is_dense: bool) -> Self {
        let goes_back = actions.back.is_some();
        let has_buttons = goes_back || !actions.left.is_empty() || !actions.right.is_empty() || actions.primary.is_some();
        if !has_buttons && actions.note.is_none() {
            return Self { placed: Vec::new(), height: 0.0, goes_back };
        }
        let base = match Room::here(ui) {
            Room::Wide if !is_dense => tokens().size.action_row,
            Room::Wide | Room::Narrow => tokens().size.action_row_dense,
            Room::Strip => 60.0,
        };
        let line = tokens().size.control_height;
        let top = ((base - line) / 2.0).round();
        let placing = |(button, command): (Button<'a>, Command), is_primary| {
            let size = button.size(ui, width);
            (size, Placing::Button { button, command, is_primary })
        };
        let back = actions.back.map(|command| (back_button(), command));
        let left: Vec<_> = back.into_iter().chain(actions.left).map(|item| placing(item, false)).collect();
        let right: Vec<_> = actions.right.into_iter().map(|item| placing(item, false)).chain(actions.primary.map(|item| placing(item, true))).collect();
        let run = |items: &[(Vec2, Placing<'_>)]| items.iter().map(|(size, _)| size.x + Self::GAP).sum::<f32>();
        let free = width - run(&left) - run(&right);
        let color = palette(ui).text_second;
        let note_at = |at: f32| actions.note.as_ref().map(|note| text::layout(ui, Type::Small, color, note, at));
        let fits = actions.note.is_none() || free >= 140.0;
        let (mut placed, mut y) = (Vec::new(), top);
        if free + Self::GAP >= 0.0 && fits {
            let mut x = 0.0;
            x += Self::line(&mut placed, left, x, y, line);
            if let Some(note) = note_at(free) {
                let size = note.size();
                placed.push(Placed { rect: Rect::from_min_size(pos2(x, y + (line - size.y) / 2.0), size), what: Placing::Note(note) });
            }
            let start = width - run(&right) + Self::GAP;
            Self::line(&mut placed, right, start, y, line);
            return Self { placed, height: base, goes_back };
        }
        if let Some(note) = note_at(width) {
            let size = note.size();
            placed.push(Placed { rect: Rect::from_min_size(pos2(0.0, y), size), what: Placing::Note(note) });
            y += size.y + Self::GAP;
        }
        for (mut items, at_right) in [(left, false), (right, true)] {
            while !items.is_empty() {
                let (mut count, mut long) = (0, 0.0);
                while let Some((size, _)) = items.get(count) {
                    let with = long + size.x + if count > 0 { Self::GAP } else { 0.0 };
                    if count > 0 && with > width {
                        break;
                    }
                    (count, long) = (count + 1, with);
                }
                let rest = items.split_off(count.max(1).min(items.len()));
                let tall = items.iter().map(|(size, _)| size.y).fold(line, f32::max);
                Self::line(&mut placed, items, if at_right { (width - long).max(0.0) } else { 0.0 }, y, tall);
                y += tall + Self::GAP;
                items = rest;
            }
        }
        Self { placed, height: y - Self::GAP + top, goes_back }
    }

    /// Places `items` in one line from `x`; returns how far they reach.
    fn line(placed: &mut Vec<Placed<'a>>, items: Vec<(Vec2, Placing<'a>)>, mut x: f32, y: f32, height: f32) -> f32 {
        let start = x;
        for (size, what) in items {
            placed.push(Placed { rect: Rect::from_min_size(pos2(x, y), vec2(size.x, height)), what });
            x += size.x + Self::GAP;
        }
        x - start
    }

    fn show(self, ui: &mut Ui, commands: &mut Commands, frame: &Frame) {
        if self.height == 0.0 {
            return;
        }
        let top = frame.bottom;
        ui.painter().hline(frame.left..=frame.left + frame.width, top, Stroke::new(tokens().stroke.hair, palette(ui).line));
        let origin = vec2(frame.left, top);
        let open = !egui::Popup::is_any_open(ui.ctx()) && ui.memory(|memory| memory.top_modal_layer().is_none());
        for Placed { rect, what } in self.placed {
            let rect = rect.translate(origin);
            match what {
                Placing::Note(note) => {
                    text::put(ui, rect.min, note);
                }
                Placing::Button { button, command, is_primary } => {
                    let enabled = button.is_enabled();
                    let response = button.show_at(ui, rect);
                    let mut pressed = response.clicked();
                    if is_primary {
                        focus::take(ui, &response);
                        pressed |= enabled && open && focus::enter_leads_on(ui);
                    }
                    if pressed {
                        commands.push(command);
                    }
                }
            }
        }
        if self.goes_back && open && ui.input(|input| input.key_pressed(Key::Escape)) {
            commands.push(Command::Back);
        }
    }
}
