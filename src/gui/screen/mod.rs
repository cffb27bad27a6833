//! The pages, a file each. They draw what the state says and push what a person did; they change nothing but what is typed.

mod checking;
mod close_program;
mod copying;
mod done;
mod find;
mod folders;
mod job;
mod jobs;
mod mailbox;
mod new_job;
mod occupied;
mod over;
mod place;
mod resume;
mod room;
mod safe_copy;
mod stop_pop;
mod summary;
mod welcome;

use egui::{CornerRadius, Rect, Ui, UiBuilder, pos2, vec2};

use super::command::{Command, Commands};
use super::state::{Drafts, Notice, Screen, State};
use super::theme::{Line, Type, palette, tokens};
use super::widget::button::Button;
use super::widget::page::Room;
use super::widget::{rail, text};
use super::words::{say, tell};

/// Draws the whole window.
pub fn ui(ui: &mut Ui, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let window = ui.max_rect();
    ui.painter().rect_filled(window, CornerRadius::ZERO, palette(ui).page);
    let (rail_rect, mut page_rect) = split(ui, window);
    if state.practice {
        page_rect.min.y += practice(ui, page_rect, commands);
    }
    // The page is laid out before the rail, so that the keyboard begins on the page.
    let mut page = ui.new_child(UiBuilder::new().max_rect(page_rect).id_salt("page"));
    self::page(&mut page, state, drafts, commands);
    rail::show(ui, rail_rect, state, commands);
    match &state.dialog {
        Some(dialog) => over::show(ui, dialog, state, drafts, commands),
        None => super::widget::dialog::none_open(ui),
    }
    dropping(ui, state, page_rect);
}

fn split(ui: &Ui, window: Rect) -> (Rect, Rect) {
    let extent = rail::extent(ui);
    if Room::here(ui) == Room::Strip {
        let edge = window.top() + extent;
        (Rect::from_min_max(window.min, pos2(window.right(), edge)), Rect::from_min_max(pos2(window.left(), edge), window.max))
    } else {
        let edge = window.left() + extent;
        (Rect::from_min_max(window.min, pos2(edge, window.bottom())), Rect::from_min_max(pos2(edge, window.top()), window.max))
    }
}

fn page(ui: &mut Ui, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    match &state.screen {
        Screen::Occupied => occupied::show(ui, commands),
        Screen::Welcome(page) => welcome::show(ui, page, state, commands),
        Screen::Continue(page) => resume::show(ui, page, state, drafts, commands),
        Screen::Jobs(page) => jobs::show(ui, page, state, drafts, commands),
        Screen::NewJob(page) => new_job::show(ui, page, state, drafts, commands),
        Screen::Job(page) => job::show(ui, page, state, drafts, commands),
        Screen::Find(page) => find::show(ui, page, state, drafts, commands),
        Screen::CloseProgram(page) => close_program::show(ui, page, commands),
        Screen::StopPop(page) => stop_pop::show(ui, page, commands),
        Screen::Place(page) => place::show(ui, page, state, drafts, commands),
        Screen::SafeCopy(page) => safe_copy::show(ui, page, state, commands),
        Screen::Mailbox(page) => mailbox::show(ui, page, state, drafts, commands),
        Screen::Room(page) => room::show(ui, page, state, commands),
        Screen::Summary(page) => summary::show(ui, page, state, drafts, commands),
        Screen::Copying(page) => copying::show(ui, page, state, drafts, commands),
        Screen::Checking(page) => checking::show(ui, page, state, drafts, commands),
        Screen::Done(page) => done::show(ui, page, state, drafts, commands),
    }
}

/// The band that says that this is practice; returns its height.
fn practice(ui: &mut Ui, page: Rect, commands: &mut Commands) -> f32 {
    let p = palette(ui);
    let pad = if Room::here(ui) == Room::Strip { 20.0 } else { 32.0 };
    let button = Button::secondary(say("leave-practice")).small();
    let width = page.width() - 2.0 * pad;
    let size = button.size(ui, width);
    let words = text::layout(ui, Type::Small, p.text, &say("practice"), width - size.x - 48.0);
    let height = (words.size().y + 16.0).max(size.y + 12.0);
    let band = Rect::from_min_size(page.min, vec2(page.width(), height));
    ui.painter().rect_filled(band, CornerRadius::ZERO, p.wait_soft);
    text::icon(ui, pos2(band.left() + pad, band.center().y - 10.0), 20.0, Line::PlayCircle.into(), p.wait);
    let y = band.center().y - words.size().y / 2.0;
    text::put(ui, pos2(band.left() + pad + 32.0, y), words);
    let at = pos2(band.right() - pad - size.x, band.center().y - size.y / 2.0);
    if button.show_at(ui, Rect::from_min_size(at, size)).clicked() {
        commands.push(Command::LeavePractice);
    }
    height
}

/// While files are held over the window: where to let go of them.
fn dropping(ui: &Ui, state: &State, page: Rect) {
    let held = ui.input(|input| !input.raw.hovered_files.is_empty());
    let takes_files = match &state.screen {
        Screen::Find(_) => true,
        Screen::Job(job) => job.at == super::state::Step::Mailboxes,
        _ => false,
    };
    if !held || !takes_files {
        return;
    }
    let (p, t) = (palette(ui), tokens());
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("dropping")));
    let rect = page.shrink(16.0);
    painter.rect(
        rect,
        CornerRadius::same(t.radius.card),
        p.accent_soft.gamma_multiply(0.94),
        egui::Stroke::new(t.stroke.chosen, p.accent),
        egui::StrokeKind::Inside,
    );
    let words = text::layout(ui, Type::Heading, p.accent, &say("find-drop-here"), rect.width() - 40.0);
    painter.galley(rect.center() - words.size() / 2.0, words, p.accent);
}

/// The sentence that passes by.
fn notice(state: &State) -> Option<String> {
    Some(match state.notice.as_ref()? {
        Notice::Copied => say("notice-copied").into_owned(),
        Notice::ReportSaved(place) => tell("notice-report-saved", [("place", place.into())]),
        Notice::NotOpened(place) => tell("notice-not-opened", [("place", place.into())]),
        Notice::NoFileDialog => say("notice-no-file-dialog").into_owned(),
    })
}

/// The firm's name, or what stands for it.
fn firm(state: &State) -> String {
    if state.provider.name.is_empty() { say("your-provider").into_owned() } else { state.provider.name.clone() }
}
