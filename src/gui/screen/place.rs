//! Where to keep the safe copy.

use egui::Ui;

use crate::gui::command::{Command, Commands};
use crate::gui::state::{Drafts, Place, PlaceCaution, PlacePage, PlaceVerdict, State};
use crate::gui::theme::{Line, Tone};
use crate::gui::widget::button::Button;
use crate::gui::widget::choice::{self, Card};
use crate::gui::widget::field::Field;
use crate::gui::widget::page::{Actions, Page, Standing};
use crate::gui::widget::{card, focus};
use crate::gui::words::{bytes, exact_bytes, say, tell};

pub(super) fn show(ui: &mut Ui, page: &PlacePage, state: &State, drafts: &mut Drafts, commands: &mut Commands) {
    let ready = matches!(page.verdict, PlaceVerdict::Good { .. } | PlaceVerdict::Mind(_));
    let mut actions = Actions::new().back();
    match &page.verdict {
        PlaceVerdict::Looking => actions = actions.note(say("place-looking")),
        PlaceVerdict::TooSmall { .. } => actions = actions.note(say("place-choose-another")),
        PlaceVerdict::Refused(_) => actions = actions.note(say("place-choose-another")),
        PlaceVerdict::Good { .. } | PlaceVerdict::Mind(_) => (),
    }
    actions = actions.primary(Button::primary(say("make-the-safe-copy")).leads_on().enabled(ready), Command::MakeSafeCopy);
    let standing = Standing::hint(tell("place-standing", [("bytes", exact_bytes(page.needed_bytes).into())]));
    let page_frame = Page::new("place", say("place-heading")).standing(standing).notice(super::notice(state));
    page_frame.show(ui, commands, actions, |ui, commands| {
        ui.spacing_mut().item_spacing.y = 12.0;
        for (at, place) in page.places.iter().enumerate() {
            offer(ui, commands, page, at, place);
        }
        ui.add_space(4.0);
        let width = (ui.available_width() - 190.0).max(220.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        let label = if page.places.is_empty() { say("place-folder") } else { say("place-other") };
        let typed = Field::new("place", label).width(width).first(page.places.is_empty() && !page.looking).show(ui, &mut drafts.place);
        if (typed.entered || typed.left && typed.changed) && !drafts.place.trim().is_empty() {
            commands.push(Command::UseTypedPlace);
        }
        ui.horizontal_wrapped(|ui| {
            let usable = !drafts.place.trim().is_empty();
            if Button::secondary(say("use-this-folder")).small().enabled(usable).show(ui).clicked() {
                commands.push(Command::UseTypedPlace);
            }
            if Button::secondary(say("another-folder")).small().icon(Line::FolderOpen).show(ui).clicked() {
                commands.push(Command::BrowsePlace);
            }
        });
        ui.add_space(6.0);
        verdict(ui, page);
    });
}

fn offer(ui: &mut Ui, commands: &mut Commands, page: &PlacePage, at: usize, place: &Place) {
    let fact = match (place.free_bytes, place.has_room) {
        (Some(free), true) => tell("place-free", [("bytes", bytes(free).into())]),
        (Some(free), false) => tell("place-free-too-little", [("bytes", bytes(free).into())]),
        (None, _) => String::new(),
    };
    let name = format!("{}, {}", place.name, fact);
    let card = Card { name: &name, title: &place.name, detail: &place.folder, fact: &fact, chosen: page.chosen == Some(at) };
    let width = ui.available_width();
    let response = choice::radio_card(ui, width, 68.0, &card);
    if card.chosen {
        focus::take(ui, &response);
    }
    if focus::pressed(ui, &response) {
        commands.push(Command::ChoosePlace(at));
    }
}

fn verdict(ui: &mut Ui, page: &PlacePage) {
    match &page.verdict {
        PlaceVerdict::Looking => {
            card::hint(ui, Line::Search, &say("place-looking"), "");
        }
        PlaceVerdict::Good { .. } => {
            card::hint(ui, Line::Info, &say("place-good"), &say("place-good-detail"));
        }
        PlaceVerdict::Mind(caution) => mind(ui, caution),
        PlaceVerdict::TooSmall { free_bytes, missing_bytes } => {
            let values = [("free", bytes(*free_bytes).into()), ("missing", bytes(*missing_bytes).into())];
            card::Notice::new(Tone::Problem, say("place-too-small")).line(tell("place-too-small-detail", values)).line(say("place-too-small-advice")).show(ui);
        }
        PlaceVerdict::Refused(told) => card::Notice::told(Tone::Problem, told).show(ui),
    }
}

fn mind(ui: &mut Ui, caution: &PlaceCaution) {
    match caution {
        PlaceCaution::Cloud(name) => {
            let title = tell("place-cloud", [("name", name.into())]);
            card::Notice::new(Tone::Attention, title).line(tell("place-cloud-detail", [("name", name.into())])).show(ui);
        }
        PlaceCaution::Fat32 => {
            card::hint(ui, Line::Usb, &say("place-fat32"), &say("place-fat32-detail"));
        }
        PlaceCaution::Existing => {
            card::hint(ui, Line::Archive, &say("place-existing"), &say("place-existing-detail"));
        }
        PlaceCaution::Network => {
            card::hint(ui, Line::Globe, &say("place-network"), &say("place-network-detail"));
        }
    }
}
