//! A technician's job of many mailboxes: a page for each of its steps.

mod change;
mod dns;
mod mailboxes;
mod report;
pub(super) mod row;
mod start;
mod sync;

use egui::Ui;

use crate::gui::command::Commands;
use crate::gui::state::{Drafts, Job, State, Step};
use crate::gui::theme::{Tone, Type, palette, tokens};
use crate::gui::widget::{card, text};

pub(super) fn show(ui: &mut Ui, job: &Job, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    match job.at {
        Step::Mailboxes => mailboxes::show(ui, job, state, drafts, commands),
        Step::Test | Step::FirstSync | Step::SecondSync => sync::show(ui, job, state, commands),
        Step::Dns => dns::show(ui, job, state, drafts, commands),
        Step::Change if job.watching => change::watch(ui, job, state, commands),
        Step::Change => change::list(ui, job, state, commands),
        Step::Report => report::show(ui, job, state, commands),
        _ => start::show(ui, job, state, commands),
    }
}

/// What stopped the last deed.
fn stopped(ui: &mut Ui, job: &Job) {
    if let Some(why) = &job.stopped {
        card::Notice::new(Tone::Problem, crate::gui::words::say("job-stopped")).line(why.as_str()).show(ui);
        ui.add_space(4.0);
    }
}

/// A card with a head: its title at the left, a small fact at the right.
fn headed(ui: &mut Ui, title: &str, fact: &str, content: impl FnOnce(&mut Ui)) {
    card::card_of(ui, egui::Margin::ZERO, |ui| {
        let (p, t) = (palette(ui), tokens());
        let width = ui.available_width();
        let title = text::layout(ui, Type::Label, p.text, title, width - 38.0);
        let fact = text::layout(ui, Type::Small, p.text_second, fact, width - 38.0);
        let below = title.size().x + fact.size().x + 54.0 > width && !fact.is_empty();
        let height = if below { title.size().y + fact.size().y + 14.0 } else { 38.0 };
        let (rect, _) = ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::hover());
        let round = t.radius.card;
        ui.painter().rect_filled(rect, egui::CornerRadius { nw: round, ne: round, sw: 0, se: 0 }, p.sunken);
        ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(t.stroke.hair, p.line));
        let y = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
        let (title_y, fact_y) = if below { (rect.top() + 7.0, rect.top() + 7.0 + title.size().y) } else { (y(&title), y(&fact)) };
        text::put(ui, egui::pos2(rect.left() + 18.0, title_y), title);
        if !fact.is_empty() {
            if below {
                text::put(ui, egui::pos2(rect.left() + 18.0, fact_y), fact);
            } else {
                text::put_right(ui, egui::pos2(rect.right() - 18.0, fact_y), fact);
            }
        }
        content(ui);
    });
}
