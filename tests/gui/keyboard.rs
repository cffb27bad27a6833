//! The window without a mouse.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use mailferry::gui::command::Command;
use mailferry::gui::made;
use mailferry::gui::state::Screen;

use crate::stage::{self, Stage, USUAL};

/// The name of what has the focus.
fn focused(stage: &Harness<'static, Stage>) -> Option<String> {
    stage.root().children_recursive().find(|node| node.is_focused()).and_then(|node| node.accesskit_node().label())
}

#[test]
fn a_page_begins_at_its_first_field_or_its_primary_button() {
    let table = [
        ("welcome", "Find my mail"),
        ("find", "Next: close Outlook"),
        ("close-program", "I closed it"),
        ("stop-pop", "POP is stopped on every device"),
        ("place", "USB drive (E:), 52.3\u{A0}GB free"),
        ("mailbox", "Your new address"),
        ("mailbox-refused", "Password of the new mailbox"),
        ("mailbox-connected", "Next: room"),
        ("continue", "Continue"),
        ("continue-password", "Password of name@example.im"),
        ("room", "Next: summary"),
        ("room-over", "Ask for a larger mailbox"),
        ("room-ask", "Ask for a larger mailbox"),
        ("summary", "Start"),
        ("stopped", "Password of the new mailbox"),
        ("done", "Save the report"),
        ("closing", "Keep going"),
        ("help", "Close"),
        ("settings", "Close"),
    ];
    for (name, label) in table {
        assert_eq!(focused(&stage::page(name, USUAL)).as_deref(), Some(label), "{name}");
    }
}

/// Every control that can be pressed, by its place on the page.
fn controls(stage: &Harness<'static, Stage>) -> Vec<String> {
    let roles = [Role::Button, Role::CheckBox, Role::RadioButton, Role::TextInput, Role::PasswordInput, Role::Slider, Role::DisclosureTriangle];
    stage
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| roles.contains(&node.role()) && !node.is_disabled())
        .map(|node| node.label().unwrap_or_default())
        .collect()
}

#[test]
fn the_tab_key_reaches_every_control_once_and_the_page_before_the_rail() {
    for name in made::NAMES {
        let mut stage = stage::page(name, USUAL);
        if stage.state().state.dialog.is_some() {
            continue; // what lies below a dialog can't be reached, and shall not
        }
        if *name == "job-large" {
            continue; // the round takes thousands of steps; a test of its own goes part of the way
        }
        // Rows that come into sight by the Tab key itself are new controls of the round.
        let rows = if let Screen::Job(job) = &stage.state().state.screen { job.rows.len() } else { 0 };
        let mut wanted = controls(&stage);
        let mut seen = Vec::new();
        for _ in 0..=wanted.len() + 1 + rows {
            stage.key_press(Key::Tab);
            stage.run();
            seen.extend(focused(&stage));
        }
        let first = seen.first().cloned();
        let round = seen.iter().skip(1).position(|label| Some(label) == first.as_ref()).map_or(seen.len(), |at| at + 1);
        seen.truncate(round.max(wanted.len().min(seen.len())));
        let mut sorted = seen.clone();
        if rows > 0 {
            sorted.retain(|label| wanted.contains(label));
            sorted.dedup();
        }
        sorted.truncate(wanted.len());
        sorted.sort();
        wanted.sort();
        assert_eq!(sorted, wanted, "{name}: the Tab key's round was {seen:?}");
        let at = |label: &str| seen.iter().position(|other| other.starts_with(label));
        if let (Some(back), Some(settings)) = (at("Back"), at("Settings")) {
            let round = seen.len();
            // The round may begin anywhere: the rail follows the page's last control.
            assert!((settings + round - back) % round <= 5, "{name}: {seen:?}");
        }
    }
}

#[test]
fn enter_is_the_primary_button_and_escape_is_back() {
    for (name, command) in [("find", Command::Next), ("welcome", Command::FindMyMail), ("summary", Command::Start), ("close-program", Command::IClosedIt)] {
        let mut stage = stage::page(name, USUAL);
        stage.key_press(Key::Enter);
        stage.run();
        assert_eq!(stage.state().done, [command], "{name}");
    }
    let mut stage = stage::page("room", USUAL);
    stage.key_press(Key::Escape);
    stage.run();
    assert_eq!(stage.state().done, [Command::Back]);
    // Nothing has the focus now: Enter still leads on.
    stage.key_press(Key::Enter);
    stage.run();
    assert_eq!(stage.state().done, [Command::Back, Command::Next]);
}

#[test]
fn enter_on_another_control_is_not_the_primary_button() {
    let mut stage = stage::page("find", USUAL);
    stage.get_by_role_and_label(Role::Button, "How to export it").focus();
    stage.run();
    stage.key_press(Key::Enter);
    stage.run();
    assert_eq!(stage.state().done, [Command::HowToExport("im-1".into())]);
}

#[test]
fn space_ticks_a_box_and_enter_still_leads_on() {
    let mut stage = stage::page("room", USUAL);
    stage.get_by_role_and_label(Role::CheckBox, "Junk").focus();
    stage.run();
    stage.key_press(Key::Space);
    stage.run();
    assert_eq!(stage.state().done, [Command::ChooseFolder("Junk".into(), true)]);
    stage.key_press(Key::Enter);
    stage.run();
    assert_eq!(stage.state().done, [Command::ChooseFolder("Junk".into(), true), Command::Next]);
}

#[test]
fn enter_does_nothing_where_the_primary_button_can_not_be_pressed() {
    let mut stage = stage::page("room-over", USUAL);
    stage.key_press(Key::Enter);
    stage.run();
    assert!(stage.state().done.is_empty(), "{:?}", stage.state().done);
}

#[test]
fn arrows_move_the_years() {
    let mut stage = stage::page("room", USUAL);
    stage.get_by_role_and_label(Role::Slider, "From year").focus();
    stage.run();
    stage.key_press(Key::ArrowLeft);
    stage.run();
    assert_eq!(stage.state().done, [Command::ChooseYears(2019, 2026)]);
    stage.get_by_role_and_label(Role::Slider, "To year").focus();
    stage.run();
    stage.key_press(Key::ArrowRight);
    stage.key_press(Key::ArrowDown);
    stage.run();
    assert_eq!(stage.state().done.last(), Some(&Command::ChooseYears(2020, 2025)), "there is no year after the last");
    stage.get_by_role_and_label(Role::Slider, "From year").increment_accesskit();
    stage.run();
    assert_eq!(stage.state().done.last(), Some(&Command::ChooseYears(2021, 2026)));
}

#[test]
fn a_button_that_can_not_be_pressed_yet_gets_the_focus_when_it_can() {
    let mut stage = stage::page("find-looking", USUAL);
    assert_eq!(focused(&stage), None);
    let (found, _) = made::page("find").unwrap();
    stage.state_mut().state = found;
    stage.run();
    assert_eq!(focused(&stage).as_deref(), Some("Next: close Outlook"));
}

#[test]
fn a_dialog_takes_the_focus_keeps_it_and_escape_closes_it() {
    let mut stage = stage::page("copying", USUAL);
    let (with_dialog, _) = made::page("closing").unwrap();
    stage.state_mut().state.dialog = with_dialog.dialog;
    stage.run();
    assert_eq!(focused(&stage).as_deref(), Some("Keep going"));
    for _ in 0..4 {
        stage.key_press_modifiers(Modifiers::NONE, Key::Tab);
        stage.run();
        let here = focused(&stage).unwrap_or_default();
        assert!(["Keep going", "Stop and close"].contains(&here.as_str()), "the focus left the dialog for «{here}»");
    }
    stage.key_press(Key::Escape);
    stage.run();
    assert_eq!(stage.state().done, [Command::CloseDialog]);
}

#[test]
fn the_strip_opens_the_steps_by_keyboard() {
    let mut stage = stage::page("copying", crate::stage::View { percent: 200, ..USUAL });
    stage.get_by_role_and_label(Role::Button, "All steps").focus();
    stage.run();
    stage.key_press(Key::Enter);
    stage.run();
    assert!(stage.query_by_label("Safe copy, done and checked, Made and checked").is_some());
    stage.get_by_role_and_label(Role::Button, "Settings").click_accesskit();
    stage.run();
    assert_eq!(stage.state().done, [Command::OpenSettings]);
}
