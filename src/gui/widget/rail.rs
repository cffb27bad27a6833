//! The rail: the log of what is done, the firm's telephone, and the promise. Under 760 points it is a strip on top.

use egui::accesskit::Role;
use egui::{
    CornerRadius, CursorIcon, Frame, Id, Margin, Popup, PopupCloseBehavior, Pos2, Rect, Response, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::page::Room;
use super::{focus, mark, text};
use crate::engine::number::about;
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Fact, Mark, Screen, State, Step};
use crate::gui::theme::{Fill, Icon, Line, Palette, Type, palette, shadow, tokens};
use crate::gui::words::{bytes, messages, say, tell};

/// The width of the rail, or the height of the strip.
#[must_use]
pub fn extent(ui: &Ui) -> f32 {
    let size = &tokens().size;
    match Room::here(ui) {
        Room::Wide => size.rail_width,
        Room::Narrow => size.rail_width_narrow,
        Room::Strip => size.rail_strip,
    }
}

/// Draws the rail or the strip over `rect`.
pub fn show(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    let p = palette(ui);
    ui.painter().rect_filled(rect, CornerRadius::ZERO, p.rail);
    let mut rail = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("rail"));
    rail.ctx().accesskit_node_builder(rail.unique_id(), |node| {
        node.set_role(Role::Navigation);
        node.set_label(say("rail").into_owned());
    });
    if Room::here(ui) == Room::Strip {
        strip(&mut rail, rect, state, commands);
    } else {
        column(&mut rail, rect, state, commands);
    }
}

fn column(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    let narrow = Room::here(ui) == Room::Narrow;
    let pad = if narrow { 16.0 } else { 20.0 };
    let left = rect.left() + pad;
    let top = rect.top() + if narrow { 20.0 } else { 24.0 };
    brand(ui, pos2(left, top));
    let steps_top = top + 32.0 + if narrow { 17.0 } else { 25.0 };
    let foot_top = foot(ui, rect, pad, state, commands);
    steps(ui, Rect::from_min_max(pos2(left, steps_top), pos2(rect.right() - 12.0, foot_top - 8.0)), state, if narrow { 34.0 } else { 40.0 }, commands);
}

fn brand(ui: &mut Ui, at: Pos2) {
    let p = palette(ui);
    logo(ui, at, p);
    let words = text::layout(ui, Type::Title, p.text, &say("mailferry"), 160.0);
    let y = at.y + 16.0 - words.size().y / 2.0;
    text::put(ui, pos2(at.x + 44.0, y), words);
}

/// The mark of the program: a ferry with a letter on it.
fn logo(ui: &Ui, at: Pos2, p: &Palette) {
    let painter = ui.painter();
    painter.rect_filled(Rect::from_min_size(at, vec2(32.0, 32.0)), CornerRadius::same(7), p.accent);
    let ink = p.on_accent;
    let line = Stroke::new(1.6, ink);
    let letter = Rect::from_min_size(at + vec2(10.5, 7.0), vec2(11.0, 8.0));
    painter.rect_stroke(letter, CornerRadius::same(1), line, egui::StrokeKind::Middle);
    painter.line(vec![letter.left_top(), letter.center() + vec2(0.0, 1.0), letter.right_top()], line);
    let hull = [vec2(6.0, 16.5), vec2(26.0, 16.5), vec2(22.5, 23.5), vec2(9.5, 23.5)].map(|point| at + point);
    painter.add(egui::Shape::convex_polygon(hull.to_vec(), ink, Stroke::NONE));
    let wave: Vec<Pos2> = (0_u8..=20).map(|step| at + vec2(6.0 + f32::from(step), 26.5 + (f32::from(step) * 0.94).sin() * 0.9)).collect();
    painter.line(wave, line);
}

fn steps(ui: &mut Ui, rect: Rect, state: &State, each: f32, commands: &mut Commands) {
    let can_go = matches!(state.screen, Screen::Job(_));
    let now = state.screen.step();
    let p = palette(ui);
    // All facts need room; where there is none, only the step at hand keeps its fact.
    let all = &state.rail.steps;
    let facts: Vec<Option<String>> = all.iter().map(|(_, this)| this.fact.as_ref().map(fact)).collect();
    #[allow(clippy::cast_precision_loss, reason = "a handful of steps")]
    let (count, with_fact) = (all.len() as f32, facts.iter().filter(|fact| fact.is_some()).count() as f32);
    let crowded = each * count + with_fact * 14.0 > rect.height() + 8.0;
    let each = if crowded { (rect.height() / count - 2.0).clamp(24.0, each) } else { each };
    let last = all.last().map(|(step, _)| *step);
    let mut y = rect.top();
    for ((step, this), fact) in all.iter().zip(facts) {
        let is_now = now == Some(*step);
        let fact = fact.filter(|_| !crowded || is_now);
        let mark_at = pos2(rect.left(), y + (Type::Body.line() - tokens().size.step_mark) / 2.0 + 1.0);
        mark::paint(ui, mark_at, this.mark);
        let ink = if is_now || !matches!(this.mark, Mark::ToDo) { p.text } else { p.text_second };
        let words = text::layout(ui, if is_now { Type::Label } else { Type::Body }, ink, &title(*step), rect.width() - 32.0);
        let spoken = format!("{}, {}{}", title(*step), mark::spoken(this.mark), fact.as_ref().map_or_else(String::new, |fact| format!(", {fact}")));
        if can_go {
            let hit = Rect::from_min_max(pos2(rect.left() - 6.0, y - 4.0), pos2(rect.right(), y + if fact.is_some() { 44.0 } else { 28.0 }));
            let response = ui.interact(hit, ui.scope_id().with(("step", *step)), Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
            if response.hovered() {
                ui.painter().hline(rect.left() + 32.0..=rect.left() + 32.0 + words.size().x, y + Type::Body.line() - 2.0, Stroke::new(1.0, ink));
            }
            ui.painter().galley(pos2(rect.left() + 32.0, y), words, ink);
            focus::ring(ui, &response, tokens().radius.control);
            if response.clicked() {
                commands.push(Command::GoToStep(*step));
            }
        } else {
            let response = text::put(ui, pos2(rect.left() + 32.0, y), words);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        }
        let mut height = each;
        if let Some(fact) = fact {
            let words = text::layout(ui, Type::Small, p.text_second, &fact, rect.width() - 30.0);
            height += words.size().y - 6.0;
            let at = pos2(rect.left() + 32.0, y + Type::Body.line() - 2.0);
            if can_go {
                ui.painter().galley(at, words, p.text_second); // the button says it
            } else {
                text::put(ui, at, words);
            }
        }
        if last != Some(*step) {
            let color = match this.mark {
                Mark::Proven => p.ok_fill,
                Mark::Copied => p.accent_fill,
                _ => p.line,
            };
            let (from, to) = (mark_at.y + 25.0, y + height - 2.0);
            if to > from + 3.0 {
                ui.painter().vline(rect.left() + 10.0, from..=to, Stroke::new(2.0, color));
            }
        }
        y += height;
    }
}

fn title(step: Step) -> std::borrow::Cow<'static, str> {
    match step {
        Step::Find => say("step-find"),
        Step::SafeCopy => say("step-safe-copy"),
        Step::Mailbox => say("step-mailbox"),
        Step::Room => say("step-room"),
        Step::Copying => say("step-copying"),
        Step::Checking => say("step-checking"),
        Step::Program => say("step-program"),
        Step::Job => say("step-job"),
        Step::Mailboxes => say("step-mailboxes"),
        Step::Test => say("step-test"),
        Step::Dns => say("step-dns"),
        Step::FirstSync => say("step-first-sync"),
        Step::Change => say("step-change"),
        Step::SecondSync => say("step-second-sync"),
        Step::Report => say("step-report"),
    }
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Messages(count) => messages(*count),
        Fact::Done(percent) => tell("fact-done", [("percent", (*percent).into())]),
        Fact::MadeAndChecked => say("fact-made-and-checked").into_owned(),
        Fact::Address(address) => address.clone(),
        Fact::Chosen { bytes: size, fits: true } => tell("fact-chosen-fits", [("bytes", bytes(*size).into())]),
        Fact::Chosen { bytes: size, fits: false } => tell("fact-chosen", [("bytes", bytes(*size).into())]),
        Fact::Copying { percent, left_secs: Some(left) } => tell("fact-copying-left", [("percent", (*percent).into()), ("left", about(*left).into())]),
        Fact::Copying { percent, left_secs: None } => tell("fact-copying", [("percent", (*percent).into())]),
        Fact::Waiting(percent) => tell("fact-waiting", [("percent", (*percent).into())]),
        Fact::Paused(percent) => tell("fact-paused", [("percent", (*percent).into())]),
        Fact::SoFar(percent) => tell("fact-so-far", [("percent", (*percent).into())]),
        Fact::Copied(size) => tell("fact-copied", [("bytes", bytes(*size).into())]),
        Fact::Checked(percent) => tell("fact-checked", [("percent", (*percent).into())]),
        Fact::Unexplained(count) => tell("fact-unexplained", [("count", count.unsigned_abs().into())]),
        Fact::JobOf { name, mailboxes: 0 } => name.clone(),
        Fact::JobOf { name, mailboxes } => tell("fact-job-of", [("name", name.into()), ("count", (*mailboxes).into())]),
        Fact::Listed(count) => tell("fact-listed", [("count", (*count).into())]),
        Fact::Ready(ready, all) => tell("fact-ready", [("ready", (*ready).into()), ("all", (*all).into())]),
        Fact::LowTtl { ttl_secs, since } => tell("fact-low-ttl", [("ttl", ttl_secs.to_string().into()), ("since", since.into())]),
        Fact::OldTtlUntil(at) => tell("fact-old-ttl-until", [("at", at.into())]),
        Fact::CheckedOf(done, all) => tell("fact-checked-of", [("done", (*done).into()), ("all", (*all).into())]),
        Fact::GiveNew(new, all) => tell("fact-give-new", [("new", (*new).into()), ("all", (*all).into())]),
        Fact::QuietOf(quiet, all) => tell("fact-quiet-of", [("quiet", (*quiet).into()), ("all", (*all).into())]),
    }
}

/// Settings, the telephone, the promise, from below; returns where they begin.
fn foot(ui: &mut Ui, rect: Rect, pad: f32, state: &State, commands: &mut Commands) -> f32 {
    let p = palette(ui);
    let left = rect.left() + pad;
    let width = rect.width() - pad - 12.0;
    let promise = text::layout(ui, Type::SmallStrong, p.ok, &say("promise"), width - 32.0);
    let promise_top = rect.bottom() - 21.0 - promise.size().y;
    let line_y = promise_top - 16.0;
    let help_top = line_y - 16.0 - 40.0;
    let settings_top = help_top - 40.0;
    let settings = Rect::from_min_size(pos2(left - 6.0, settings_top), vec2(width, 34.0));
    if entry(ui, settings, Line::Gear.into(), &say("settings"), "", "settings") {
        commands.push(Command::OpenSettings);
    }
    let (first, second) = help_words(state);
    let help = Rect::from_min_size(pos2(left - 6.0, help_top - 3.0), vec2(width, 46.0));
    if entry(ui, help, Line::Phone.into(), &first, &second, "help") {
        commands.push(Command::GetHelp);
    }
    ui.painter().hline(left..=rect.right() - pad, line_y, Stroke::new(tokens().stroke.hair, p.line));
    text::icon(ui, pos2(left, promise_top + 2.0), 20.0, Fill::Shield.into(), p.ok_fill);
    text::put(ui, pos2(left + 32.0, promise_top), promise);
    settings_top
}

fn help_words(state: &State) -> (String, String) {
    if state.provider.name.is_empty() {
        return (say("get-help").into_owned(), state.provider.phone.clone());
    }
    (tell("help-from", [("name", state.provider.name.as_str().into())]), state.provider.phone.clone())
}

/// Something at the foot one can press: an icon and one or two lines.
fn entry(ui: &mut Ui, rect: Rect, icon: Icon, first: &str, second: &str, key: &str) -> bool {
    let p = palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(key), Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    let name = if second.is_empty() { first.to_owned() } else { format!("{first} {second}") };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(tokens().radius.control), p.sunken);
    }
    let top = if second.is_empty() { rect.center().y - 10.0 } else { rect.top() + 3.0 };
    text::icon(ui, pos2(rect.left() + 6.0, top + 1.0), 20.0, icon, p.text_second);
    let words = text::layout(ui, Type::Small, p.text_second, first, rect.width() - 40.0);
    ui.painter().galley(pos2(rect.left() + 38.0, top), words, p.text_second);
    let words = text::layout(ui, Type::SmallStrong, p.text_second, second, rect.width() - 40.0);
    ui.painter().galley(pos2(rect.left() + 38.0, top + 20.0), words, p.text_second);
    focus::ring(ui, &response, tokens().radius.control);
    response.clicked()
}

fn strip(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    let p = palette(ui);
    let left = rect.left() + 20.0;
    let step = state.screen.step();
    let this = step.map(|step| state.rail.of(step)).unwrap_or_default();
    if step.is_some() {
        mark::paint(ui, pos2(left, rect.top() + 9.0), this.mark);
    } else {
        text::icon(ui, pos2(left, rect.top() + 9.0), 20.0, Line::List.into(), p.text_second);
    }
    let words = match step {
        Some(step) => {
            let at = state.rail.steps.iter().position(|(other, _)| *other == step).unwrap_or_default() + 1;
            tell("step-of", [("at", at.into()), ("all", state.rail.steps.len().into()), ("title", title(step).into())])
        }
        None => say("mailferry").into_owned(),
    };
    let menu = say("all-steps");
    let menu_words = text::layout(ui, Type::Small, p.text_second, &menu, 200.0);
    let menu_width = menu_words.size().x + 28.0;
    let words = text::layout(ui, Type::Label, p.text, &words, rect.width() - 40.0 - 30.0 - menu_width - 12.0);
    text::put(ui, pos2(left + 30.0, rect.top() + 7.0), words);
    let hit = Rect::from_min_size(pos2(rect.right() - 20.0 - menu_width - 6.0, rect.top() + 3.0), vec2(menu_width + 10.0, 32.0));
    let response = ui.interact(hit, ui.scope_id().with("all steps"), Sense::click()).on_hover_cursor(CursorIcon::PointingHand);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &menu));
    if response.hovered() {
        ui.painter().rect_filled(hit, CornerRadius::same(tokens().radius.control), p.sunken);
    }
    let y = hit.center().y - menu_words.size().y / 2.0;
    ui.painter().galley(pos2(hit.left() + 6.0, y), menu_words, p.text_second);
    text::icon(ui, pos2(hit.right() - 22.0, hit.center().y - 8.0), 16.0, Line::CaretDown.into(), p.text_second);
    focus::ring(ui, &response, tokens().radius.control);
    text::icon(ui, pos2(left, rect.top() + 34.0), 20.0, Fill::Shield.into(), p.ok_fill);
    let promise = text::layout(ui, Type::SmallStrong, p.ok, &say("promise"), rect.width() - 60.0);
    text::put(ui, pos2(left + 30.0, rect.top() + 34.0), promise);
    all_steps(ui, &response, state, commands);
}

fn all_steps(ui: &mut Ui, anchor: &Response, state: &State, commands: &mut Commands) {
    let (p, t) = (palette(ui), tokens());
    let frame = Frame::NONE
        .fill(p.surface)
        .stroke(Stroke::new(t.stroke.hair, p.line))
        .corner_radius(CornerRadius::same(t.radius.control))
        .shadow(shadow(t.shadow.menu))
        .inner_margin(Margin::same(16));
    let window = ui.ctx().content_rect();
    let width = 250.0_f32.min(window.width() - 60.0);
    let popup = Popup::from_toggle_button_response(anchor)
        .id(Id::unique("all steps menu"))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .frame(frame)
        .accessible_name(say("all-steps"));
    popup.show(|ui| {
        ui.set_width(width);
        egui::ScrollArea::vertical().max_height((window.height() - 120.0).max(120.0)).show(ui, |ui| {
            ui.set_width(width);
            let count = |all: usize| f32::from(u8::try_from(all).unwrap_or(u8::MAX));
            let all = &state.rail.steps;
            let facts = all.iter().filter(|(_, this)| this.fact.is_some()).count();
            let (rect, _) = ui.allocate_exact_size(vec2(width, count(all.len()) * 36.0 + 14.0 * count(facts)), Sense::hover());
            steps(ui, rect, state, 36.0, commands);
            if !commands.is_empty() {
                ui.close();
            }
            let (first, second) = help_words(state);
            let (rect, _) = ui.allocate_exact_size(vec2(width, 46.0), Sense::hover());
            if entry(ui, rect, Line::Phone.into(), &first, &second, "help") {
                commands.push(Command::GetHelp);
                ui.close();
            }
            let (rect, _) = ui.allocate_exact_size(vec2(width, 34.0), Sense::hover());
            if entry(ui, rect, Line::Gear.into(), &say("settings"), "", "settings") {
                commands.push(Command::OpenSettings);
                ui.close();
            }
        });
    });
}
