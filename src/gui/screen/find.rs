//! «Your mail on this computer.»

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Adding, CardKind, Drafts, Find, Search, State, StoreCard};
use crate::gui::theme::{Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, store, text};
use crate::gui::words::{say, tell};

pub(super) fn show(ui: &mut Ui, page: &Find, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let page_frame = Page::new("find", say("find-heading")).standing(standing(page)).notice(super::notice(state));
    page_frame.show(ui, commands, actions(page), |ui, commands| {
        ui.spacing_mut().item_spacing.y = 12.0;
        if let Search::Failed(told) = &page.search {
            card::Notice::told(Tone::Problem, told).show_with(ui, |ui| {
                if Button::secondary(say("look-again")).small().icon(Line::Again).show(ui).clicked() {
                    commands.push(Command::FindAgain);
                }
            });
        }
        for store in group(page, |kind| matches!(kind, CardKind::Movable { .. })) {
            store::card(ui, commands, store);
        }
        let mut there = group(page, |kind| matches!(kind, CardKind::OnImap { .. })).peekable();
        if there.peek().is_some() {
            ui.add_space(4.0);
            card::hint(ui, Line::Globe, &say("find-on-imap"), "");
            for store in there {
                store::card(ui, commands, store);
            }
        }
        for store in group(page, |kind| matches!(kind, CardKind::Unreadable)) {
            store::card(ui, commands, store);
        }
        add(ui, page, drafts, commands);
    });
}

fn group(page: &Find, kind: impl Fn(CardKind) -> bool) -> impl Iterator<Item = &StoreCard> {
    page.stores.iter().filter(move |store| kind(store.kind))
}

fn standing(page: &Find) -> Standing {
    let (messages, places) = (page.messages(), page.chosen().count());
    match &page.search {
        Search::Looking(Some(place)) => Standing::hint(tell("find-looking-at", [("place", place.into())])),
        Search::Looking(None) => Standing::hint(say("find-looking")),
        Search::Failed(_) => Standing::needs(say("find-failed")),
        Search::Done if page.stores.is_empty() => Standing::needs(say("find-nothing")),
        Search::Done if places == 0 => Standing::needs(say("find-none-chosen")),
        Search::Done => Standing::proven(tell("find-found", [("messages", messages.into()), ("places", places.into())])),
    }
}

fn actions(page: &Find) -> Actions<'_> {
    let chosen = page.chosen().count() > 0;
    let looking = matches!(page.search, Search::Looking(_));
    let label = match &page.open_program {
        Some(program) => tell("next-close", [("program", program.into())]),
        None => say("next-safe-copy").into_owned(),
    };
    let actions = Actions::new().back();
    let actions = match (looking, chosen) {
        (true, _) => actions.note(say("find-still-looking")),
        (false, false) => actions.note(say("find-tick-one")),
        (false, true) => actions,
    };
    actions.primary(Button::primary(label).leads_on().enabled(chosen && !looking), Command::Next)
}

/// Adding by hand: a button, and what it unfolds.
fn add(ui: &mut Ui, page: &Find, drafts: &mut Drafts, commands: &mut Commands) {
    let id = ui.scope_id().with("adding");
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or_default() || page.stores.is_empty() && page.search == Search::Done;
    open |= !matches!(page.adding, Adding::Idle) || !drafts.path.is_empty();
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let button = Button::secondary(say("add-a-file-or-folder")).icon(Line::Plus);
        if button.show(ui).clicked() {
            open = true;
            ui.data_mut(|data| data.insert_temp(id, true));
        }
        if !open {
            ui.add_space(4.0);
            text::small(ui, &say("find-something-missing"));
        }
    });
    if !open {
        return;
    }
    card::card(ui, 20, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        let width = ui.available_width();
        let typed = Field::new("path", say("find-path")).placeholder(say("find-path-example")).width(width).show(ui, &mut drafts.path);
        let ready = !drafts.path.trim().is_empty();
        if typed.entered && ready {
            commands.push(Command::AddTyped);
        }
        ui.add_space(2.0);
        ui.horizontal_wrapped(|ui| {
            if Button::secondary(say("add")).small().enabled(ready).show(ui).clicked() {
                commands.push(Command::AddTyped);
            }
            if Button::secondary(say("choose-a-file")).small().icon(Line::Envelope).show(ui).clicked() {
                commands.push(Command::AddFile);
            }
            if Button::secondary(say("choose-a-folder")).small().icon(Line::Folder).show(ui).clicked() {
                commands.push(Command::AddFolder);
            }
        });
        match &page.adding {
            Adding::Idle | Adding::Choosing => (),
            Adding::Looking(path) => {
                ui.add_space(4.0);
                card::hint(ui, Line::Search, &tell("find-looking-into", [("place", path.into())]), "");
            }
            Adding::Refused { path, told } => {
                ui.add_space(4.0);
                card::Notice::told(Tone::Attention, told).line(path.as_str()).show(ui);
            }
        }
    });
}
