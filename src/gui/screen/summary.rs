//! What will be copied, what stays, and what the folders will be called.

use egui::Ui;

use crate::engine::number::{about, count};
use crate::gui::command::{Command, Commands};
use crate::gui::state::{Chosen, CopyTimes, Cost, Drafts, PopTick, State, Summary};
use crate::gui::theme::{Fill, Line, Tone, Type, palette};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, choice, text};
use crate::gui::words::{exact_bytes, say, tell};

pub(super) fn show(ui: &mut Ui, page: &Summary, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let pop = page.pop == PopTick::Needed;
    let ready = page.stop.is_none() && !pop && page.limits.is_whole();
    let mut actions = Actions::new().back();
    if pop && page.stop.is_none() {
        actions = actions.note(say("summary-tick-first"));
    } else if !page.limits.is_whole() {
        actions = actions.note(say("summary-hours-first"));
    } else if page.stop.is_none() {
        actions = actions.note(say("summary-you-can-use-it"));
    }
    actions = actions.primary(Button::primary(say("start")).icon(Line::Play).enabled(ready), Command::Start);
    let standing = match &page.stop {
        Some(told) => Standing::needs(told.headline.clone()),
        None => Standing::safe(tell("summary-standing", [("address", page.address.as_str().into()), ("host", page.host.as_str().into())])),
    };
    let page_frame = Page::new("summary", say("summary-heading")).standing(standing).notice(super::notice(state));
    page_frame.show(ui, commands, actions, |ui, commands| {
        if let Some(told) = &page.stop {
            card::Notice::told(Tone::Problem, told).show(ui);
            ui.add_space(8.0);
        }
        card::card(ui, 24, |ui| card::facts(ui, &facts(page)));
        ui.add_space(8.0);
        if page.about_secs.is_none() && page.stop.is_none() && page.copy.messages > 0 {
            super::safe_copy::loose_line(ui, Line::Gauge.into(), Tone::Accent, &say("summary-not-measured"), None);
        }
        if page.pop != PopTick::NotNeeded {
            stop_pop(ui, page.pop == PopTick::Ticked, commands);
        }
        for caution in &page.cautions {
            super::safe_copy::loose_line(ui, Fill::Info.into(), Tone::Attention, caution, None);
        }
        if page.stop.is_none() {
            when(ui, page.limits, drafts, commands);
        }
        let p = palette(ui);
        ui.add_space(4.0);
        text::show(ui, Type::Label, p.text, &say("summary-folders"));
        super::folders::list(ui, "summary folders", page.folders.len(), |at| {
            page.folders.get(at).map(|folder| super::folders::summary(&folder.from, &folder.to, folder.is_new, (folder.copy.messages, folder.copy.bytes)))
        });
    });
}

fn facts(page: &Summary) -> Vec<(String, String)> {
    let mut facts = vec![
        (count(page.copy.messages), tell("summary-copied", [("bytes", exact_bytes(page.copy.bytes).into())])),
        (count(page.stays), say("summary-stays").into_owned()),
    ];
    if page.there > 0 {
        facts.push((count(page.there), say("summary-there").into_owned()));
    }
    if let Some(left) = page.about_secs {
        facts.push((about(left), say("summary-about").into_owned()));
    }
    facts
}

/// When it is copied: both are choices, and neither is needed.
fn when(ui: &mut Ui, limits: CopyTimes, drafts: &mut Drafts, commands: &mut Commands) {
    if choice::check(ui, if limits.by_hours { Chosen::Yes } else { Chosen::No }, &say("summary-by-hours")) {
        commands.push(Command::LimitHours(!limits.by_hours));
    }
    if limits.by_hours {
        let wrong = !limits.hours_understood;
        ui.horizontal(|ui| {
            ui.add_space(30.0);
            for (key, label, value) in [("hours-from", "hours-from", &mut drafts.hours_from), ("hours-until", "hours-until", &mut drafts.hours_until)] {
                ui.vertical(|ui| {
                    ui.set_width(112.0);
                    if Field::new(key, say(label)).width(112.0).wrong(wrong).show(ui, value).changed {
                        commands.push(Command::HoursEdited);
                    }
                });
            }
        });
        ui.add_space(6.0);
    }
    if limits.connection != Cost::Unknown || limits.unmetered {
        let label = if limits.connection == Cost::Metered { say("summary-unmetered-now") } else { say("summary-unmetered") };
        if choice::check(ui, if limits.unmetered { Chosen::Yes } else { Chosen::No }, &label) {
            commands.push(Command::LimitUnmetered(!limits.unmetered));
        }
    }
}

fn stop_pop(ui: &mut Ui, ticked: bool, commands: &mut Commands) {
    if ticked {
        if choice::check(ui, Chosen::Yes, &say("pop-is-stopped")) {
            commands.push(Command::TickPopStopped(false));
        }
        return;
    }
    card::Notice::new(Tone::Attention, say("summary-pop")).line(say("summary-pop-detail")).show_with(ui, |ui| {
        if choice::check(ui, Chosen::No, &say("pop-is-stopped")) {
            commands.push(Command::TickPopStopped(true));
        }
    });
    ui.add_space(8.0);
}
