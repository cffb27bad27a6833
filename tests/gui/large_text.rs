//! Text at 200 % and small windows: nothing is cut off at the side, nothing lies over something else, everything can be reached.

use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use mailferry::gui::made;

use crate::stage::{self, Stage, USUAL, View};

/// What is read or pressed on a page, and where.
fn read(stage: &Harness<'static, Stage>) -> Vec<(String, Rect)> {
    let roles = [Role::Label, Role::Heading, Role::Button, Role::TextInput, Role::PasswordInput, Role::DisclosureTriangle];
    let nodes = stage.root().children_recursive().filter(|node| roles.contains(&node.accesskit_node().role()));
    nodes.map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect())).filter(|(_, rect)| rect.is_positive()).collect()
}

fn small(view: View) -> View {
    View { size: (900.0, 600.0), ..view }
}

const LARGE: View = View { percent: 200, ..USUAL };

#[test]
fn nothing_is_wider_than_the_window() {
    for view in [small(USUAL), LARGE, small(LARGE)] {
        for name in made::NAMES {
            let stage = stage::page(name, view);
            let width = stage.ctx.content_rect().width();
            for (words, rect) in read(&stage) {
                assert!(rect.left() >= -0.5 && rect.right() <= width + 0.5, "{name} at {view:?}: «{words}» at {rect:?} in {width}");
            }
        }
    }
}

/// A window as wide, and so high that nothing scrolls: what is below one another must not overlap.
#[test]
fn nothing_lies_over_something_else() {
    for (wide, percent) in [(900.0, 100), (1080.0, 200), (900.0, 200)] {
        for name in made::NAMES {
            let (state, _) = made::page(name).unwrap();
            if state.dialog.is_some() || *name == "job-large" {
                continue; // a dialog lies over the page on purpose, and so do the sums over thousands of rows
            }
            let stage = stage::page(name, View { size: (wide, 5000.0), percent, ..USUAL });
            let all = read(&stage);
            for (at, (words, rect)) in all.iter().enumerate() {
                for (other, other_rect) in all.iter().skip(at + 1) {
                    let both = rect.intersect(*other_rect);
                    let over = both.width() > 1.5 && both.height() > 3.5;
                    assert!(!over, "{name} {wide} wide at {percent} %: «{words}» {rect:?} and «{other}» {other_rect:?}");
                }
            }
        }
    }
}

#[test]
fn the_primary_button_is_always_in_the_window() {
    for view in [small(USUAL), LARGE, small(LARGE)] {
        for (name, label) in [
            ("welcome", "Find my mail"),
            ("find", "Next: close Outlook"),
            ("close-program", "I closed it"),
            ("place", "Make the safe copy"),
            ("safe-copy-made", "Next: new mailbox"),
            ("mailbox", "Connect"),
            ("room", "Next: summary"),
            ("summary", "Start"),
            ("copying", "Pause"),
            ("drained", "Put them back and continue"),
            ("done", "Save the report"),
            ("continue", "Continue"),
            ("closing", "Keep going"),
            ("settings", "Close"),
        ] {
            let stage = stage::page(name, view);
            let window = stage.ctx.content_rect();
            let rect = stage.get_by_role_and_label(Role::Button, label).rect();
            assert!(window.expand(0.5).contains_rect(rect), "{name} at {view:?}: «{label}» {rect:?} in {window:?}");
        }
    }
}

#[test]
fn a_control_with_the_focus_is_scrolled_into_the_window() {
    let mut stage = stage::page("safe-copy-made", small(LARGE));
    let label = "Open the safe copy";
    stage.get_by_role_and_label(Role::Button, label).focus();
    stage.run();
    let (window, rect) = (stage.ctx.content_rect(), stage.get_by_role_and_label(Role::Button, label).rect());
    assert!(window.contains_rect(rect), "{rect:?} in {window:?}");
}
