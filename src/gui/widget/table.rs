//! The technician's table of mailboxes: virtual rows, so that thousands cost no more than a screenful. Its head and its sums stay in
//! sight while the rows scroll; where there is little room each row has two lines.

use egui::accesskit::Role;
use egui::{CornerRadius, CursorIcon, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::button::Button;
use super::{bar, focus, mark, text};
use crate::engine::number::{about, count};
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Row, RowAct, RowState, SignIn, Totals};
use crate::gui::theme::{Fill, Line, Tone, Type, palette, tokens};
use crate::gui::words::{bytes, exact_bytes, say, tell};

/// Under so much width a row has two lines.
const WIDE: f32 = 700.0;
/// The height of a row of two lines.
const TALL: f32 = 56.0;
/// The height of the head.
const HEAD: f32 = 33.0;
/// From the edge to the words.
const PAD: f32 = 17.0;
/// Where less of the table is in sight, head and sums scroll with the rows.
const LOW: f32 = 220.0;

/// What the table shows besides.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The domain that all rows share.
    pub domain: Option<&'a str>,
    /// How far each is copied.
    pub with_copied: bool,
}

/// Where the columns are, from the table's right edge; the names take what is left.
struct Columns {
    name_end: f32,
    old: f32,
    new: f32,
    messages: f32,
    size: f32,
    bar: f32,
    percent: f32,
    state: f32,
    end: f32,
}

impl Columns {
    fn of(rect: Rect, with_copied: bool) -> Self {
        let from_right = |x: f32| rect.right() - x;
        Self {
            name_end: from_right(614.0),
            old: from_right(589.0),
            new: from_right(551.0),
            messages: from_right(465.0),
            size: from_right(357.0),
            bar: from_right(333.0),
            percent: from_right(235.0),
            state: if with_copied { from_right(219.0) } else { from_right(325.0) },
            end: from_right(PAD),
        }
    }
}

/// Draws the table over the width there is.
pub fn mailboxes(ui: &mut Ui, rows: &[Row], totals: &Totals, shape: Shape<'_>, commands: &mut Commands) {
    let (p, t) = (palette(ui), tokens());
    let width = ui.available_width();
    let is_wide = width >= WIDE;
    let each = if is_wide { t.size.row_height_dense } else { TALL };
    #[allow(clippy::cast_precision_loss, reason = "a table of a few thousand rows")]
    let all = rows.len() as f32 * each;
    let head = if is_wide { HEAD } else { 0.0 };
    let foot = if is_wide { each } else { TALL };
    let (rect, _) = ui.allocate_exact_size(vec2(width, head + all + foot + 2.0), Sense::hover());
    let clip = ui.clip_rect();
    let sticks = rect.intersect(clip).height() >= LOW;
    let seen = rect.intersect(Rect::from_min_max(
        pos2(rect.left(), if sticks { clip.top() + 8.0 } else { f32::MIN }),
        pos2(rect.right(), if sticks { clip.bottom() - 2.0 } else { f32::MAX }),
    ));
    let head_rect = Rect::from_min_size(seen.min, vec2(width, head));
    let foot_rect =
        Rect::from_min_max(pos2(rect.left(), (seen.bottom() - foot).max(head_rect.bottom())), pos2(rect.right(), seen.bottom().max(head_rect.bottom() + foot)));
    let radius = CornerRadius::same(t.radius.card);
    ui.painter().rect_filled(seen, radius, p.surface);
    let body = Rect::from_min_max(pos2(rect.left(), head_rect.bottom()), pos2(rect.right(), foot_rect.top()));
    let first_y = rect.top() + head;
    let within = body.intersect(clip);
    let at = |y: f32| ((y - first_y) / each).max(0.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not below zero, and no more than there are rows")]
    // One more on each side, so that the keyboard finds what scrolls into sight next.
    let (from, until) = ((at(within.top()) as usize).saturating_sub(1), (at(within.bottom()).ceil() as usize + 1).min(rows.len()));
    let mut inner = ui.new_child(UiBuilder::new().max_rect(body).id_salt("mailboxes"));
    inner.set_clip_rect(within.expand2(vec2(6.0, 0.0)));
    for (index, row) in rows.iter().enumerate().take(until).skip(from) {
        #[allow(clippy::cast_precision_loss, reason = "a table of a few thousand rows")]
        let top = first_y + index as f32 * each;
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(width, each));
        let mut one = inner.new_child(UiBuilder::new().max_rect(place).id_salt(("row", row.id)));
        if index > 0 {
            one.painter().hline(place.x_range().shrink(1.0), place.top(), Stroke::new(t.stroke.hair, p.line));
        }
        show_row(&mut one, place, row, shape, is_wide, commands);
    }
    if is_wide {
        show_head(ui, head_rect, shape);
    }
    show_foot(ui, foot_rect, totals, shape, is_wide);
    ui.painter().rect_stroke(seen, radius, Stroke::new(t.stroke.hair, p.line), StrokeKind::Inside);
}

fn show_head(ui: &mut Ui, rect: Rect, shape: Shape<'_>) {
    let (p, t) = (palette(ui), tokens());
    let c = Columns::of(rect, shape.with_copied);
    let top = t.radius.card;
    ui.painter().rect_filled(rect, CornerRadius { nw: top, ne: top, sw: 0, se: 0 }, p.sunken);
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(t.stroke.hair, p.line));
    let y = rect.center().y - Type::SmallStrong.line() / 2.0;
    let name = shape.domain.map_or_else(|| say("table-mailbox").into_owned(), |domain| tell("table-mailbox-at", [("domain", domain.into())]));
    let name = text::elided(ui, Type::SmallStrong, p.text_second, &name, c.name_end - rect.left() - PAD);
    text::put(ui, pos2(rect.left() + PAD, y), name);
    let word = |ui: &Ui, words: &str| text::layout(ui, Type::SmallStrong, p.text_second, words, 200.0);
    for (words, x) in [(say("table-old"), c.old), (say("table-new"), c.new)] {
        let galley = word(ui, &words);
        let half = galley.size().x / 2.0;
        text::put(ui, pos2(x - half, y), galley);
    }
    for (words, x) in [(say("table-messages"), c.messages), (say("table-size"), c.size)] {
        let galley = word(ui, &words);
        text::put_right(ui, pos2(x, y), galley);
    }
    if shape.with_copied {
        let galley = word(ui, &say("table-copied"));
        text::put(ui, pos2(c.bar, y), galley);
    }
    let galley = word(ui, &say("table-state"));
    text::put(ui, pos2(c.state, y), galley);
}

fn show_row(ui: &mut Ui, rect: Rect, row: &Row, shape: Shape<'_>, is_wide: bool, commands: &mut Commands) {
    let p = palette(ui);
    let act = row.act.map(|act| {
        (Button::link(act_word(act)).in_table().named(tell("table-act-of", [("act", act_word(act).into()), ("name", row.name.as_str().into())])), act)
    });
    // The row ends where what can be done at once begins.
    let beside = act.as_ref().map_or(3.0, |(button, _)| button.size(ui, 120.0).x + PAD + 8.0);
    let hit = Rect::from_min_max(rect.min + vec2(3.0, 2.0), rect.max - vec2(beside, 2.0));
    let response = ui.interact(hit, ui.scope_id().with("about"), Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    let spoken = spoken(row);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.shrink2(vec2(1.0, 1.0)), CornerRadius::ZERO, p.sunken);
    }
    if is_wide {
        wide_row(ui, rect, row, shape, act, commands);
    } else {
        tall_row(ui, rect, row, act, commands);
    }
    focus::ring_around(ui, &response, hit.shrink2(vec2(3.0, 3.0)), tokens().radius.small);
    if response.clicked() {
        commands.push(Command::AboutRow(row.id));
    }
    if response.hovered() {
        response.on_hover_text(if row.from.is_empty() {
            row.address.clone()
        } else {
            tell("table-from-to", [("from", row.from.as_str().into()), ("to", row.address.as_str().into())])
        });
    }
}

fn wide_row(ui: &mut Ui, rect: Rect, row: &Row, shape: Shape<'_>, act: Option<(Button<'_>, RowAct)>, commands: &mut Commands) {
    let p = palette(ui);
    let c = Columns::of(rect, shape.with_copied);
    let middle = rect.center().y;
    let y = middle - Type::Table.line() / 2.0;
    let name = text::elided(ui, Type::Table, p.text, &row.name, c.name_end - rect.left() - PAD);
    ui.painter().galley(pos2(rect.left() + PAD, y), name, p.text);
    sign_in(ui, c.old, middle, row.old);
    sign_in(ui, c.new, middle, row.new);
    let right = |ui: &Ui, x: f32, galley: std::sync::Arc<egui::Galley>| {
        let at = pos2(x - galley.size().x, y);
        ui.painter().galley(at, galley, p.text);
    };
    if let Some(messages) = row.messages {
        right(ui, c.messages, text::layout(ui, Type::Table, p.text, &count(messages), 120.0));
    }
    if let Some(galley) = size_words(ui, row) {
        right(ui, c.size, galley);
    }
    if let (true, Some(percent)) = (shape.with_copied, row.percent) {
        let track = Rect::from_min_size(pos2(c.bar, middle - 4.0), vec2((c.percent - c.bar - 50.0).max(40.0), tokens().size.bar_height_small));
        bar::paint(ui, track, f32::from(percent) / 100.0, bar_tone(row.state));
        right(ui, c.percent, text::layout(ui, Type::Table, p.text, &tell("percent", [("percent", percent.into())]), 80.0));
    }
    state(ui, pos2(c.state, middle), c.end, row, act, commands);
}

fn tall_row(ui: &mut Ui, rect: Rect, row: &Row, act: Option<(Button<'_>, RowAct)>, commands: &mut Commands) {
    let p = palette(ui);
    let left = rect.left() + PAD;
    let end = rect.right() - PAD;
    let state_at = left + (rect.width() * 0.44).max(100.0);
    let name = text::elided(ui, Type::Table, p.text, &row.name, state_at - left - 12.0);
    ui.painter().galley(pos2(left, rect.top() + 5.0), name, p.text);
    state(ui, pos2(state_at, rect.top() + 17.0), end, row, act, commands);
    let mut facts = Vec::new();
    facts.extend(row.messages.map(|messages| tell("messages", [("count", messages.into())])));
    facts.extend(size_text(row));
    facts.extend(row.percent.map(|percent| tell("percent", [("percent", percent.into())])));
    let facts = text::elided(ui, Type::Small, p.text_second, &facts.join(" · "), end - left);
    ui.painter().galley(pos2(left, rect.top() + 30.0), facts, p.text_second);
}

fn sign_in(ui: &Ui, x: f32, y: f32, how: SignIn) {
    let p = palette(ui);
    let at = pos2(x - 10.0, y - 10.0);
    match how {
        SignIn::Unknown => {}
        SignIn::Good => text::icon(ui, at, 20.0, Line::Check.into(), p.text),
        SignIn::Bad => text::icon(ui, at, 20.0, Fill::Cross.into(), p.problem_fill),
    }
}

const fn bar_tone(state: RowState) -> Tone {
    match state {
        RowState::Proven => Tone::Ok,
        RowState::Paused => Tone::Wait,
        _ => Tone::Accent,
    }
}

/// Mark, words and what can be done, the words cut where they are too long.
fn state(ui: &mut Ui, at: egui::Pos2, end: f32, row: &Row, act: Option<(Button<'_>, RowAct)>, commands: &mut Commands) {
    let p = palette(ui);
    mark::paint(ui, at - vec2(0.0, 10.0), row.state.mark());
    let size = act.as_ref().map_or(egui::Vec2::ZERO, |(button, _)| button.size(ui, 120.0));
    let tone = mark::tone(row.state.mark());
    let (style, ink) = match row.state {
        RowState::Waits | RowState::Ready => (Type::Table, p.text_second),
        _ => (Type::TableStrong, tone.text(p)),
    };
    let room = end - at.x - 28.0 - if act.is_some() { size.x + 10.0 } else { 0.0 };
    let words = text::elided(ui, style, ink, &row.words, room);
    let top = at.y - words.size().y / 2.0;
    ui.painter().galley(pos2(at.x + 28.0, top), words, ink);
    if let Some((button, act)) = act {
        let place = Rect::from_min_size(pos2(end - size.x, at.y - size.y / 2.0), size);
        if button.show_at(ui, place).clicked() {
            commands.push(match act {
                RowAct::Choose | RowAct::Enter | RowAct::Look => Command::AboutRow(row.id),
                RowAct::Pause => Command::PauseRow(row.id),
                RowAct::Resume => Command::ResumeRow(row.id),
            });
        }
    }
}

fn act_word(act: RowAct) -> std::borrow::Cow<'static, str> {
    match act {
        RowAct::Choose => say("act-choose"),
        RowAct::Enter => say("act-enter"),
        RowAct::Look => say("act-look"),
        RowAct::Pause => say("pause"),
        RowAct::Resume => say("resume"),
    }
}

/// `12.6 of 10 GB`, in one unit.
fn size_text(row: &Row) -> Option<String> {
    match (row.bytes, row.room) {
        (None, _) => None,
        (Some(size), None) => Some(exact_bytes(size)),
        (Some(size), Some(room)) => Some(tell("of", [("done", in_unit_of(size, room).into()), ("all", bytes(room).into())])),
    }
}

/// `size` in the unit of `room`, with one decimal and without its name.
fn in_unit_of(size: u64, room: u64) -> String {
    let unit = match room {
        room if room >= 1_000_000_000_000 => 1_000_000_000_000,
        room if room >= 1_000_000_000 => 1_000_000_000,
        room if room >= 1_000_000 => 1_000_000,
        _ => 1_000,
    };
    let tenths = u64::try_from((u128::from(size) * 10 + unit / 2) / unit).unwrap_or(u64::MAX);
    format!("{}.{}", count(tenths / 10), tenths % 10)
}

fn size_words(ui: &Ui, row: &Row) -> Option<std::sync::Arc<egui::Galley>> {
    let p = palette(ui);
    let words = size_text(row)?;
    if !row.is_over {
        return Some(text::layout(ui, Type::Table, p.text, &words, 200.0));
    }
    let (number, rest) = words.split_once(' ').unwrap_or((&words, ""));
    let rest = format!(" {rest}");
    Some(text::layout_pieces(ui, &[text::piece(Type::TableStrong, p.attention, number), text::piece(Type::Table, p.text, &rest)], 200.0))
}

/// What a screen reader says of a row.
fn spoken(row: &Row) -> String {
    let sign = |which: &str, how: SignIn| match how {
        SignIn::Unknown => None,
        SignIn::Good => Some(format!("{which}: {}", say("table-signed-in"))),
        SignIn::Bad => Some(format!("{which}: {}", say("table-not-signed-in"))),
    };
    let mut parts = vec![row.name.clone()];
    parts.extend(sign(&say("table-old"), row.old));
    parts.extend(sign(&say("table-new"), row.new));
    parts.extend(row.messages.map(|messages| tell("messages", [("count", messages.into())])));
    parts.extend(size_text(row));
    parts.extend(row.percent.map(|percent| tell("percent", [("percent", percent.into())])));
    parts.push(row.words.clone());
    parts.join(", ")
}

fn show_foot(ui: &mut Ui, rect: Rect, totals: &Totals, shape: Shape<'_>, is_wide: bool) {
    let (p, t) = (palette(ui), tokens());
    let round = t.radius.card;
    ui.painter().rect_filled(rect, CornerRadius { nw: 0, ne: 0, sw: round, se: round }, p.surface);
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(t.stroke.hair, p.line));
    let mailboxes = tell("mailboxes", [("count", totals.mailboxes.into())]);
    let percent = (totals.copied_bytes.min(totals.bytes) * 100).checked_div(totals.bytes).unwrap_or_default();
    let copied = tell("table-copied-sum", [("bytes", bytes(totals.copied_bytes).into()), ("percent", percent.into())]);
    let left = totals.left_secs.map(|left| tell("table-left", [("left", about(left).into())])).unwrap_or_default();
    if !is_wide {
        let galley = text::elided(ui, Type::TableStrong, p.text, &mailboxes, rect.width() - 2.0 * PAD);
        text::put(ui, pos2(rect.left() + PAD, rect.top() + 5.0), galley);
        let mut facts = Vec::new();
        if totals.messages > 0 {
            facts.extend([tell("messages", [("count", totals.messages.into())]), exact_bytes(totals.bytes)]);
        }
        if shape.with_copied {
            facts.push(copied);
        }
        let galley = text::elided(ui, Type::Small, p.text_second, &facts.join(" · "), rect.width() - 2.0 * PAD);
        text::put(ui, pos2(rect.left() + PAD, rect.top() + 30.0), galley);
        return;
    }
    let c = Columns::of(rect, shape.with_copied);
    let y = rect.center().y - Type::Table.line() / 2.0;
    let strong = |ui: &Ui, words: &str| text::layout(ui, Type::TableStrong, p.text, words, 300.0);
    let galley = strong(ui, &mailboxes);
    text::put(ui, pos2(rect.left() + PAD, y), galley);
    if totals.messages > 0 {
        let galley = strong(ui, &count(totals.messages));
        text::put_right(ui, pos2(c.messages, y), galley);
    }
    if totals.bytes > 0 {
        let galley = strong(ui, &exact_bytes(totals.bytes));
        text::put_right(ui, pos2(c.size, y), galley);
    }
    if shape.with_copied {
        let galley = text::layout(ui, Type::Table, p.text, &copied, 200.0);
        text::put(ui, pos2(c.bar, y), galley);
        if !left.is_empty() {
            let galley = text::elided(ui, Type::Table, p.text, &left, c.end - c.state);
            text::put(ui, pos2(c.state, y), galley);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_room_stand_in_one_unit() {
        let row = |bytes, room| Row { bytes, room, ..Row::default() };
        for (bytes, room, words) in [
            (Some(12_600_000_000), Some(10_000_000_000), Some("12.6 of 10\u{A0}GB")),
            (Some(200_000_000), Some(10_000_000_000), Some("0.2 of 10\u{A0}GB")),
            (Some(30_000), Some(20_000), Some("30.0 of 20\u{A0}kB")),
            (Some(7_300_000), None, Some("7.3\u{A0}MB")),
            (None, Some(10_000_000_000), None),
        ] {
            assert_eq!(size_text(&row(bytes, room)).as_deref(), words);
        }
    }
}
