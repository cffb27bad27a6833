//! A mail store on its card: program, account, size, messages, years.

use egui::{CursorIcon, Rect, Sense, Ui, pos2, vec2};

use super::button::Button;
use super::{card, choice, focus, text};
use crate::engine::number::count;
use crate::gui::command::{Command, Commands};
use crate::gui::state::{CardKind, Chosen, StoreCard};
use crate::gui::theme::{Line, Tone, Type, palette, tokens};
use crate::gui::words::{bytes, say, tell};

/// From the card's left edge to its words.
const WORDS: f32 = 99.0;
/// What the three columns need.
const COLUMNS: f32 = 330.0;

/// Draws the card of a store.
pub fn card(ui: &mut Ui, commands: &mut Commands, store: &StoreCard) {
    match store.kind {
        CardKind::Movable { chosen } | CardKind::OnImap { chosen } => choosable(ui, commands, store, chosen),
        CardKind::Unreadable => unreadable(ui, commands, store),
    }
}

fn choosable(ui: &mut Ui, commands: &mut Commands, store: &StoreCard, chosen: bool) {
    let p = palette(ui);
    let width = ui.available_width();
    let wide = width >= 640.0;
    let badge = store.in_use.then(|| say("store-open-now")).or_else(|| (!store.counting && wide).then(|| say("store-not-in-use")));
    let badge_width = badge.as_ref().map_or(0.0, |words| card::badge_size(ui, words).x + 10.0);
    let room = width - WORDS - if wide { COLUMNS } else { 20.0 };
    let title = text::layout(ui, Type::Title, p.text, &store.program, room);
    // A long program name takes the line for itself, and the badge goes below it.
    let badge_below = title.size().x + badge_width > room;
    let second = detail(store);
    let second = text::layout(ui, Type::Small, p.text_second, &second, room);
    let mut lines = vec![second];
    if !wide {
        lines.push(text::layout(ui, Type::SmallStrong, p.text, &facts_in_a_line(store), room));
    }
    if let Some(advice) = &store.advice {
        lines.push(text::layout(ui, Type::Small, p.text_second, advice, room));
    }
    let below: f32 = lines.iter().map(|line| line.size().y).sum();
    let badge_line = if badge_below && badge.is_some() { 30.0 } else { 0.0 };
    let height = (title.size().y + badge_line + below + 28.0).max(76.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    card::edge(ui, rect, false);
    let name = spoken(store);
    choice::speak_check(ui, &response, if chosen { Chosen::Yes } else { Chosen::No }, &name);
    let top = if lines.len() == 1 && badge_line == 0.0 { rect.center().y - (title.size().y + below) / 2.0 } else { rect.top() + 14.0 };
    let middle = if lines.len() == 1 && badge_line == 0.0 { rect.center().y } else { rect.top() + 38.0 };
    let box_at = pos2(rect.left() + 19.0, middle - 10.0);
    choice::paint_box(ui, box_at, if chosen { Chosen::Yes } else { Chosen::No }, true, &response);
    text::icon(ui, pos2(rect.left() + 55.0, middle - 14.0), 28.0, Line::Envelope.into(), if chosen { p.accent } else { p.text_second });
    let left = rect.left() + WORDS;
    let (title_end, title_bottom) = (left + title.size().x, top + title.size().y);
    ui.painter().galley(pos2(left, top), title, p.text);
    if let Some(words) = &badge {
        let (icon, tone) =
            if store.in_use { (crate::gui::theme::Fill::Warning.into(), Tone::Attention) } else { (crate::gui::theme::Icon::from(Line::Check), Tone::Plain) };
        let at = if badge_below { pos2(left, title_bottom + 1.0) } else { pos2(title_end + 10.0, top) };
        card::badge(ui, at, icon, tone, words);
    }
    let mut y = title_bottom + badge_line;
    for line in lines {
        let below = line.size().y;
        ui.painter().galley(pos2(left, y), line, p.text);
        y += below;
    }
    if wide {
        columns(ui, rect, store);
    }
    focus::ring(ui, &response, tokens().radius.card);
    let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(&store.path);
    if focus::pressed(ui, &response) {
        commands.push(Command::ChooseStore(store.id.clone(), !chosen));
    }
}

/// What screen readers say for the box.
fn spoken(store: &StoreCard) -> String {
    let detail = detail(store);
    let facts = facts_in_a_line(store);
    [store.program.as_str(), &detail, &facts].iter().filter(|part| !part.is_empty()).map(|part| part.to_string()).collect::<Vec<_>>().join(", ")
}

fn detail(store: &StoreCard) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in [store.account.as_str(), store.file.as_str()] {
        if !part.is_empty() && !parts.contains(&part) && (parts.is_empty() || part.contains('.')) {
            parts.push(part);
        }
    }
    if let Some(owner) = &store.owner {
        parts.push(owner);
    }
    parts.join(" · ")
}

fn years(store: &StoreCard) -> Option<(String, i16)> {
    let (first, last) = store.years?;
    let words = if first == last { first.to_string() } else { format!("{first}–{last}") };
    Some((words, last - first + 1))
}

fn facts_in_a_line(store: &StoreCard) -> String {
    if store.counting {
        return format!("{} · {}", bytes(store.bytes), say("store-counting"));
    }
    let mut parts = vec![bytes(store.bytes), tell("messages", [("count", store.messages.into())])];
    parts.extend(years(store).map(|(years, _)| years));
    parts.join(" · ")
}

fn columns(ui: &mut Ui, rect: Rect, store: &StoreCard) {
    let counting = say("store-counting");
    let columns = [
        (235.0, bytes(store.bytes), if store.counting { counting.to_string() } else { tell("in-folders", [("count", store.folders.into())]) }),
        (
            131.0,
            if store.counting { String::new() } else { count(store.messages) },
            if store.counting { String::new() } else { tell("messages-word", [("count", store.messages.into())]) },
        ),
        (
            19.0,
            years(store).map_or_else(String::new, |(years, _)| years),
            years(store).map_or_else(String::new, |(_, count)| tell("years", [("count", u64::from(count.unsigned_abs()).into())])),
        ),
    ];
    let p = palette(ui);
    let columns = if store.counting { vec![(19.0, bytes(store.bytes), counting.to_string())] } else { columns.to_vec() };
    for (from_right, number, what) in columns {
        let number = text::layout(ui, Type::Label, p.text, &number, f32::INFINITY);
        let what = text::layout(ui, Type::Small, p.text_second, &what, f32::INFINITY);
        let right = rect.right() - from_right;
        let top = rect.top() + (76.0 - 46.0) / 2.0;
        let at = |galley: &egui::Galley, y: f32| pos2(right - galley.size().x, y);
        let (first, second) = (at(&number, top), at(&what, top + 24.0));
        ui.painter().galley(first, number, p.text);
        ui.painter().galley(second, what, p.text_second);
    }
}

fn unreadable(ui: &mut Ui, commands: &mut Commands, store: &StoreCard) {
    let p = palette(ui);
    let width = ui.available_width();
    let button = Button::secondary(say("how-to-export-it")).small();
    let size = button.size(ui, width);
    let beside = width >= 560.0;
    let room = width - WORDS - 20.0 - if beside { size.x + 20.0 } else { 0.0 };
    let title = text::layout(ui, Type::Title, p.text, &store.program, room);
    let advice = store.advice.clone().unwrap_or_else(|| say("store-unreadable").into_owned());
    let advice = text::layout(ui, Type::Small, p.text_second, &advice, room);
    let content = title.size().y + advice.size().y;
    let height = (content + 28.0 + if beside { 0.0 } else { size.y + 10.0 }).max(76.0);
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let (line, radius) = (egui::Stroke::new(tokens().stroke.hair, p.line), egui::CornerRadius::same(tokens().radius.card));
    ui.painter().rect_stroke(rect, radius, line, egui::StrokeKind::Inside);
    let top = if beside { rect.center().y - content / 2.0 } else { rect.top() + 14.0 };
    text::icon(ui, pos2(rect.left() + 55.0, top + content / 2.0 - 14.0), 28.0, Line::Question.into(), p.text_second);
    let below = top + title.size().y;
    let words_bottom = below + advice.size().y;
    text::put(ui, pos2(rect.left() + WORDS, top), title);
    text::put(ui, pos2(rect.left() + WORDS, below), advice);
    let at = if beside { pos2(rect.right() - 19.0 - size.x, rect.center().y - size.y / 2.0) } else { pos2(rect.left() + WORDS, words_bottom + 8.0) };
    if button.show_at(ui, Rect::from_min_size(at, size)).clicked() {
        commands.push(Command::HowToExport(store.id.clone()));
    }
}
