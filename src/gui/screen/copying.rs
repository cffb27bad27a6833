//! «Copying to your new mailbox.»

use egui::{Sense, Ui, UiBuilder, pos2, vec2};

use crate::engine::number::{about, count};
use crate::gui::command::{Command, Commands};
use crate::gui::state::{CopyStage, Copying, Drafts, Mark, ProblemLine, Refusal, RefusalKind, State};
use crate::gui::theme::{Fill, Icon, Line, Tone, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::{self, Field};
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, progress, rate as rate_graph, text};
use crate::gui::words::{bytes_of, rate, say, tell};

pub(super) fn show(ui: &mut Ui, page: &Copying, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let percent = page.bytes.percent();
    let words = sentence(&page.stage, percent);
    let standing = match &page.stage {
        CopyStage::Preparing | CopyStage::Running | CopyStage::Pausing => Standing::safe(words.clone()),
        CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered | CopyStage::Paused => Standing::waiting(words.clone()),
        CopyStage::Drained(_) | CopyStage::Stopped(_) => Standing::needs(words.clone()),
    };
    let page_frame = Page::new("copying", say("copying-heading")).standing(standing).notice(super::notice(state));
    page_frame.show(ui, commands, actions(&page.stage), |ui, commands| {
        figures(ui, page, percent, &words);
        ui.add_space(6.0);
        stage_notice(ui, &page.stage, drafts, commands, true);
        super::folders::list(ui, "copying folders", page.folders.len(), |at| page.folders.get(at).map(super::folders::copying));
        ui.add_space(6.0);
        stage_notice(ui, &page.stage, drafts, commands, false);
        lines(ui, &page.lines, commands);
    });
}

fn sentence(stage: &CopyStage, percent: u8) -> String {
    let values = [("percent", percent.into())];
    match stage {
        CopyStage::Preparing => say("copying-preparing").into_owned(),
        CopyStage::Running => tell("copying-running", values),
        CopyStage::Pausing => tell("copying-pausing", values),
        CopyStage::Paused => tell("copying-paused", values),
        CopyStage::Waiting { .. } => tell("copying-waiting", values),
        CopyStage::UntilHours { start } => tell("copying-until", [("start", start.as_str().into()), ("percent", percent.into())]),
        CopyStage::Metered => tell("copying-metered", values),
        CopyStage::Drained(_) => tell("copying-drained", values),
        CopyStage::Stopped(_) => tell("copying-stopped", values),
    }
}

/// The row of actions of copying and checking.
pub(super) fn actions(stage: &CopyStage) -> Actions<'static> {
    let pause = Button::secondary(say("pause")).icon(Line::Pause);
    let go_on = Button::primary(say("continue")).icon(Line::Play);
    match stage {
        CopyStage::Preparing | CopyStage::Running => Actions::new().note(say("copying-wakes-up")).right(pause, Command::Pause),
        CopyStage::Waiting { .. } => Actions::new().note(say("copying-nothing-twice")).right(pause, Command::Pause),
        CopyStage::UntilHours { .. } | CopyStage::Metered => {
            let now = Button::secondary(say("copy-now")).icon(Line::Play);
            Actions::new().note(say("copying-as-chosen")).right(now, Command::CopyNow).right(pause, Command::Pause)
        }
        CopyStage::Pausing => Actions::new().note(say("pausing")).right(pause.enabled(false), Command::Pause),
        CopyStage::Paused | CopyStage::Stopped(_) => Actions::new().note(say("copying-nothing-twice")).primary(go_on, Command::Resume),
        CopyStage::Drained(_) => Actions::new()
            .right(Button::secondary(say("help-me-find-it")).icon(Line::Mobile), Command::HelpFindDrain)
            .primary(Button::primary(say("put-back-and-continue")).icon(Line::Undo), Command::PutBackAndContinue),
    }
}

/// The tone of bars and graphs at `stage`.
fn tone(stage: &CopyStage) -> Tone {
    match stage {
        CopyStage::Waiting { .. } | CopyStage::UntilHours { .. } | CopyStage::Metered | CopyStage::Paused => Tone::Wait,
        _ => Tone::Accent,
    }
}

fn figures(ui: &mut Ui, page: &Copying, percent: u8, name: &str) {
    let tone = tone(&page.stage);
    let figures = bytes_of(page.bytes.done, page.bytes.all);
    let facts = facts(page);
    // The graph goes first where room is short.
    if ui.available_width() < 700.0 {
        progress::card(ui, "copying", percent, page.bytes.fraction(), tone, name, &figures, &facts);
        return;
    }
    let padding: i8 = 24;
    card::card(ui, padding, |ui| {
        let width = ui.available_width();
        let left = (width * 0.568).round();
        let height = 128.0;
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let mut half = ui.new_child(UiBuilder::new().max_rect(egui::Rect::from_min_size(rect.min - vec2(0.0, 7.0), vec2(left, height))).id_salt("figures"));
        progress::inside(&mut half, "copying", percent, page.bytes.fraction(), tone, name, &figures, &facts);
        let start = rect.left() + left + 40.0;
        let graph = egui::Rect::from_min_max(pos2(start, rect.top() - 4.0), pos2(rect.right() + 8.0, rect.bottom()));
        let mut half = ui.new_child(UiBuilder::new().max_rect(graph).id_salt("graph"));
        rate_graph::graph(&mut half, &page.rate, tone, 102.0);
    });
}

fn facts(page: &Copying) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    if let CopyStage::Waiting { since, .. } = &page.stage {
        facts.push((since.clone(), say("internet-lost").into_owned()));
    } else if let Some(left) = page.left_secs {
        facts.push((about(left), say("left-at-this-speed").into_owned()));
    } else if matches!(page.stage, CopyStage::Running | CopyStage::Preparing) {
        facts.push(("—".to_owned(), say("left-being-measured").into_owned()));
    }
    if let Some(speed) = page.bytes_per_sec {
        facts.push((rate(speed), say("just-now").into_owned()));
    }
    facts.push((count(page.messages.done), tell("of-messages", [("count", page.messages.all.into())])));
    facts
}

/// What stopped it stands above the list; what it waits for below.
fn stage_notice(ui: &mut Ui, stage: &CopyStage, drafts: &mut Drafts, commands: &mut Commands, above: bool) {
    match (stage, above) {
        (CopyStage::Drained(told), true) => card::Notice::told(Tone::Attention, told).show(ui),
        (CopyStage::Stopped(refusal), true) => stopped(ui, refusal, drafts, commands),
        (CopyStage::Waiting { next_try_secs, .. }, false) => waiting(ui, *next_try_secs, commands),
        _ => return,
    }
    ui.add_space(6.0);
}

/// Why it stopped; where the password was refused, it can be given again.
pub(super) fn stopped(ui: &mut Ui, refusal: &Refusal, drafts: &mut Drafts, commands: &mut Commands) {
    card::Notice::told(Tone::Problem, &refusal.told).details(refusal.details.as_str()).show(ui);
    if refusal.kind == RefusalKind::Password {
        ui.add_space(8.0);
        let typed = field::password(ui, Field::new("password", say("mailbox-password")).first(true), &mut *drafts.password, &mut drafts.password_shown);
        if typed.entered && !drafts.password.is_empty() {
            commands.push(Command::Resume);
        }
        ui.add_space(4.0);
    }
}

fn waiting(ui: &mut Ui, next: u64, commands: &mut Commands) {
    let p = palette(ui);
    let width = ui.available_width();
    let button = Button::secondary(say("try-now")).small().icon(Line::Again);
    let size = button.size(ui, width);
    let beside = width >= 480.0;
    let words = tell("no-internet", [("next", about(next).into())]);
    let room = width - 56.0 - 20.0 - if beside { size.x + 12.0 } else { 0.0 };
    let title = say("no-internet-title");
    let pieces = [text::piece(Type::Label, p.wait, &title), text::piece(Type::Body, p.text, " "), text::piece(Type::Body, p.text, &words)];
    let galley = text::layout_pieces(ui, &pieces, room);
    let height = galley.size().y + 32.0 + if beside { 0.0 } else { size.y + 8.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(width, height.max(56.0)), Sense::hover());
    ui.painter().rect_filled(rect, crate::gui::theme::tokens().radius.card, p.wait_soft);
    let top = if beside { rect.center().y - galley.size().y / 2.0 } else { rect.top() + 16.0 };
    text::icon(ui, pos2(rect.left() + 18.0, top), 24.0, Line::NoWifi.into(), p.wait);
    let bottom = top + galley.size().y;
    let response = text::put(ui, pos2(rect.left() + 56.0, top), galley);
    text::speak_changes(ui, &response);
    let at = if beside { pos2(rect.right() - 12.0 - size.x, rect.center().y - size.y / 2.0) } else { pos2(rect.left() + 56.0, bottom + 8.0) };
    if button.show_at(ui, egui::Rect::from_min_size(at, size)).clicked() {
        commands.push(Command::Resume);
    }
}

/// Problems, a line each.
pub(super) fn lines(ui: &mut Ui, lines: &[ProblemLine], commands: &mut Commands) {
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::Frame::NONE.inner_margin(egui::Margin::symmetric(18, 0)).show(ui, |ui| {
        for line in lines {
            let (icon, tone): (Icon, Tone) = match line.mark {
                Mark::Waiting => (Line::Clock.into(), Tone::Attention),
                Mark::Stopped => (Fill::Cross.into(), Tone::Problem),
                Mark::Needs => (Fill::Info.into(), Tone::Attention),
                _ => (Fill::Info.into(), Tone::Accent),
            };
            let words = if line.count > 1 {
                tell("problem-line", [("words", line.told.headline.trim_end_matches('.').into()), ("count", line.count.into())])
            } else {
                line.told.headline.clone()
            };
            let see = say("see-it");
            let link = (line.mark == Mark::Needs).then_some((see.as_ref(), see.as_ref()));
            if super::safe_copy::loose_line(ui, icon, tone, &words, link) {
                commands.push(Command::SeeNotCopied);
            }
        }
    });
}
