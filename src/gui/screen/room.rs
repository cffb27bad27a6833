//! «Choose what fits.»

use egui::{Ui, UiBuilder, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, Reread, RoomOccasion, RoomPage, RoomVerdict, RoomWay, State};
use crate::gui::theme::{Line, Tone, Type, palette, tokens};
use crate::gui::widget::button::Button;
use crate::gui::widget::choice::{self, Card};
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{bar, card, focus, text, tree, years};
use crate::gui::words::{bytes, exact_bytes, messages, say, tell};

pub(super) fn show(ui: &mut Ui, page: &RoomPage, state: &State, commands: &mut Commands) {
    let heading = match page.occasion {
        RoomOccasion::MailboxFull { .. } => say("room-full-heading"),
        RoomOccasion::Before if page.bar.limit.is_none() => say("room-heading-unknown"),
        RoomOccasion::Before if page.bar.all_over_by == 0 && page.way == RoomWay::Everything => say("room-heading-fits"),
        RoomOccasion::Before => say("room-heading"),
    };
    let page_frame = Page::new("room", heading).standing(standing(page)).dense().notice(super::notice(state));
    page_frame.show(ui, commands, actions(page), |ui, commands| {
        card::card_of(ui, egui::Margin::symmetric(20, 14), |ui| bar::room(ui, &page.bar));
        ui.add_space(4.0);
        ways(ui, page, state, commands);
        ui.add_space(4.0);
        match page.way {
            RoomWay::Everything => everything(ui, page),
            RoomWay::AskLarger => ask(ui, page, state, commands),
            RoomWay::Choose => choose(ui, page, commands),
            RoomWay::NewestUntilFull => newest(ui, page),
        }
    });
}

fn standing(page: &RoomPage) -> Standing {
    let bar = &page.bar;
    if let RoomOccasion::MailboxFull { copied, waiting } = page.occasion {
        return Standing::needs(tell("room-full-standing", [("copied", copied.into()), ("waiting", waiting.into())]));
    }
    let mail = bytes(bar.all.bytes);
    let Some(limit) = bar.limit else { return Standing::hint(tell("room-unknown-standing", [("bytes", mail.into())])) };
    let sizes = [("bytes", mail.into()), ("limit", bytes(limit).into())];
    match (bar.verdict, page.way) {
        (RoomVerdict::OverBy(_), RoomWay::Choose | RoomWay::NewestUntilFull) => Standing::needs(tell("room-choice-over-standing", sizes)),
        (RoomVerdict::OverBy(_), _) => Standing::needs(tell("room-over-standing", sizes)),
        (RoomVerdict::Tight { .. }, _) => Standing::needs(tell("room-tight-standing", sizes)),
        (_, RoomWay::Everything) => Standing::proven(tell("room-fits-standing", sizes)),
        _ => Standing::proven(tell("room-choice-fits-standing", sizes)),
    }
}

fn actions(page: &RoomPage) -> Actions<'static> {
    let actions = Actions::new().back();
    let (over, empty) = (matches!(page.bar.verdict, RoomVerdict::OverBy(_)), page.bar.chosen.messages == 0);
    let actions = match page.bar.verdict {
        _ if page.planning => actions.note(say("room-counting")),
        RoomVerdict::OverBy(by) => actions.note(tell("room-over-reason", [("bytes", bytes(by).into())])),
        _ if empty => actions.note(say("room-nothing-chosen")),
        _ => actions,
    };
    actions.primary(Button::primary(say("next-summary")).leads_on().enabled(!over && !empty), Command::Next)
}

/// The cards of the ways, side by side where they fit.
fn ways(ui: &mut Ui, page: &RoomPage, state: &State, commands: &mut Commands) {
    let (ask_name, ask_title) = (say("ask-larger"), tell("ask-larger-title", [("firm", super::firm(state).into())]));
    let ask_detail = if page.request.asked_bytes > 0 { tell("ask-larger-detail", [("bytes", bytes(page.request.asked_bytes).into())]) } else { String::new() };
    let everything = say("room-everything");
    let choose = say("choose-what-to-move");
    let newest = say("newest-until-full");
    let fits = page.bar.all_over_by == 0;
    let card = |name, title, detail, way| (Card { name, title, detail, fact: "", chosen: page.way == way }, way);
    let (everything_detail, choose_detail) = (say("room-everything-detail"), say("choose-detail"));
    let (newest_title, newest_detail) = (say("newest-title"), say("newest-detail"));
    let cards = if fits {
        vec![card(&everything, &everything, &everything_detail, RoomWay::Everything), card(&choose, &choose, &choose_detail, RoomWay::Choose)]
    } else {
        vec![
            card(&ask_name, &ask_title, &ask_detail, RoomWay::AskLarger),
            card(&choose, &choose, &choose_detail, RoomWay::Choose),
            card(&newest, &newest_title, &newest_detail, RoomWay::NewestUntilFull),
        ]
    };
    let gap = tokens().space.m;
    let width = ui.available_width();
    #[allow(clippy::cast_precision_loss, reason = "three cards")]
    let gaps = gap * (cards.len() - 1) as f32;
    let wanted: Vec<f32> = cards.iter().map(|(card, _)| choice::card_width(ui, card)).collect();
    let all: f32 = wanted.iter().sum();
    let beside = all + gaps <= width;
    ui.spacing_mut().item_spacing = vec2(gap, gap);
    let over = matches!(page.bar.verdict, RoomVerdict::OverBy(_));
    let mut draw = |ui: &mut Ui, width: f32, height: f32, card: &Card<'_>, way: RoomWay| {
        let response = choice::radio_card(ui, width, height, card);
        if over && (card.chosen || page.way == RoomWay::Everything) {
            focus::take(ui, &response); // nothing leads on yet: the ways are the first to be looked at
        }
        if focus::pressed(ui, &response) {
            commands.push(Command::ChooseRoomWay(way));
        }
    };
    if beside {
        let extra = (width - gaps - all) / all;
        ui.horizontal(|ui| {
            for ((card, way), wanted) in cards.iter().zip(&wanted) {
                draw(ui, (wanted * (1.0 + extra)).floor(), 68.0, card, *way);
            }
        });
    } else {
        for (card, way) in &cards {
            let height = choice::card_height(ui, width, card);
            draw(ui, width, height.min(68.0), card, *way);
        }
    }
    ui.spacing_mut().item_spacing.y = tokens().space.s;
}

fn everything(ui: &mut Ui, page: &RoomPage) {
    let bar = &page.bar;
    match (bar.limit, bar.verdict) {
        (None, _) => {
            card::hint(ui, Line::Gauge, &say("room-unknown"), &say("room-unknown-detail"));
        }
        (_, RoomVerdict::OverBy(_)) => {
            card::hint(ui, Line::Info, &say("room-three-ways"), &say("room-safe-copy-keeps"));
        }
        _ => {
            card::hint(ui, Line::Info, &tell("room-all-goes", [("count", bar.chosen.messages.into())]), &say("room-safe-copy-keeps"));
        }
    }
}

fn ask(ui: &mut Ui, page: &RoomPage, state: &State, commands: &mut Commands) {
    let request = &page.request;
    card::card(ui, 20, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        let p = palette(ui);
        let phone = &state.provider.phone;
        let firm = super::firm(state);
        let how =
            if phone.is_empty() { tell("ask-how-plain", [("firm", firm.into())]) } else { tell("ask-how", [("firm", firm.into()), ("phone", phone.into())]) };
        text::show(ui, Type::Label, p.text, &how);
        ui.horizontal_wrapped(|ui| {
            if Button::secondary(say("copy-the-text")).small().icon(Line::Copy).show(ui).clicked() {
                commands.push(Command::Copy(request.text.clone()));
            }
            if !request.email.is_empty() && Button::secondary(say("write-an-e-mail")).small().icon(Line::Envelope).show(ui).clicked() {
                commands.push(Command::OpenWeb(format!("mailto:{}", request.email)));
            }
            let looking = request.reread == Reread::Looking;
            if Button::secondary(say("look-again")).small().icon(Line::Again).enabled(!looking).show(ui).clicked() {
                commands.push(Command::RereadQuota);
            }
            if state.practice && Button::secondary(say("practice-larger")).small().icon(Line::PlayCircle).show(ui).clicked() {
                commands.push(Command::PracticeUpgrade);
            }
        });
        reread(ui, &request.reread);
        let frame = egui::Frame::NONE.fill(p.sunken).corner_radius(tokens().radius.control).inner_margin(14);
        let width = ui.available_width() - 28.0;
        frame.show(ui, |ui| {
            ui.set_width(width);
            text::show(ui, Type::Small, p.text, request.text.trim());
        });
    });
    card::hint(ui, Line::Clock, &say("ask-meanwhile"), "");
}

fn reread(ui: &mut Ui, reread: &Reread) {
    match reread {
        Reread::Idle => {
            text::small(ui, &say("ask-then-look-again"));
        }
        Reread::Looking => {
            text::small(ui, &say("reread-looking"));
        }
        Reread::Unchanged => {
            card::Notice::new(Tone::Wait, say("reread-unchanged")).line(say("reread-unchanged-detail")).show(ui);
        }
        Reread::Larger(limit) => card::Notice::new(Tone::Ok, tell("reread-larger", [("bytes", bytes(*limit).into())])).show(ui),
        Reread::Failed(told) => card::Notice::told(Tone::Attention, told).show(ui),
    }
}

fn newest(ui: &mut Ui, page: &RoomPage) {
    let bar = &page.bar;
    let stays = bar.all.messages.saturating_sub(bar.chosen.messages);
    let values = [("goes", bar.chosen.messages.into()), ("stays", stays.into())];
    card::hint(ui, Line::Clock, &tell("newest-words", values), &say("room-safe-copy-keeps"));
}

/// Years at the left, folders at the right; below one another where room is short.
fn choose(ui: &mut Ui, page: &RoomPage, commands: &mut Commands) {
    let width = ui.available_width();
    let gap = 14.0;
    let beside = width >= 640.0;
    let rest = (ui.clip_rect().bottom() - ui.cursor().top() - 22.0).max(270.0);
    if !beside {
        card::card(ui, 20, |ui| year_panel(ui, page, commands, 108.0));
        ui.add_space(4.0);
        card::card(ui, 12, |ui| tree::folders(ui, commands, &page.choice.folders, page.bar.chosen.bytes, 420.0));
        return;
    }
    let left = ((width - gap) * 0.512).round();
    let (rect, _) = ui.allocate_exact_size(vec2(width, rest), egui::Sense::hover());
    let halves = [(rect.left(), left), (rect.left() + left + gap, width - gap - left)];
    for (at, (x, wide)) in halves.into_iter().enumerate() {
        let half = egui::Rect::from_min_size(egui::pos2(x, rect.top()), vec2(wide, rest));
        card::edge(ui, half, false);
        let inner = half.shrink2(if at == 0 { vec2(21.0, 11.0) } else { vec2(11.0, 10.0) });
        let mut half_ui = ui.new_child(UiBuilder::new().max_rect(inner).id_salt(("half", at)));
        half_ui.spacing_mut().item_spacing.y = 0.0;
        if at == 0 {
            let chart = (inner.height() - 24.0 - 20.0 - 28.0 - 20.0 - 64.0).clamp(100.0, 260.0);
            year_panel(&mut half_ui, page, commands, chart);
        } else {
            tree::folders(&mut half_ui, commands, &page.choice.folders, page.bar.chosen.bytes, inner.height());
        }
    }
}

fn year_panel(ui: &mut Ui, page: &RoomPage, commands: &mut Commands, chart: f32) {
    let p = palette(ui);
    let choice = &page.choice;
    let title = if choice.since == choice.until {
        choice.since.to_string()
    } else {
        tell("years-span", [("since", choice.since.to_string().into()), ("until", choice.until.to_string().into())])
    };
    let title = text::layout(ui, Type::Label, p.text, &title, 200.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), egui::Sense::hover());
    text::put(ui, rect.min, title);
    let chosen = text::layout(ui, Type::Small, p.text_second, &messages(page.bar.chosen.messages), 200.0);
    text::put_right(ui, rect.right_top() + vec2(0.0, 2.0), chosen);
    ui.add_space(8.0);
    if let Some((since, until)) = years::years(ui, &choice.years, choice.since, choice.until, chart) {
        commands.push(Command::ChooseYears(since, until));
    }
    if choice.largest.count == 0 {
        return;
    }
    ui.add_space(8.0);
    let line = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), line, egui::Stroke::new(tokens().stroke.hair, p.line));
    ui.add_space(7.0);
    let label = tell("leave-out-largest", [("count", choice.largest.count.into())]);
    let state = if choice.largest.left_out { Chosen::Yes } else { Chosen::No };
    let response = choice::check_with(ui, state, &label, &exact_bytes(choice.largest.bytes));
    if focus::pressed(ui, &response) {
        commands.push(Command::LeaveOutLargest(!choice.largest.left_out));
    }
}
