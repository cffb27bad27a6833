//! A few pages as pictures, so that a change of the look is seen. Compared where there is a renderer.

use egui::Theme;
use egui_kittest::SnapshotOptions;

use crate::stage::{self, USUAL, View};

/// Renderers smooth edges a little differently: so many pixels may differ.
const MAY_DIFFER: usize = 600;

fn compare(name: &str, page: &str, view: View) {
    let mut stage = stage::page(page, view);
    let Ok(Ok(picture)) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stage.render())) else {
        eprintln!("no renderer here: {name} was not compared");
        return;
    };
    let options = SnapshotOptions::new().output_path("tests/gui/snapshots").max_failed_pixels(MAY_DIFFER);
    egui_kittest::image_snapshot_options(&picture, name, &options);
}

#[test]
fn the_welcome_looks_as_it_did() {
    compare("welcome-light", "welcome", USUAL);
}

#[test]
fn the_room_looks_as_it_did() {
    compare("room-dark", "room", View { theme: Theme::Dark, ..USUAL });
}

#[test]
fn copying_at_200_per_cent_looks_as_it_did() {
    compare("copying-light-200", "copying", View { percent: 200, ..USUAL });
}

#[test]
fn the_end_looks_as_it_did() {
    compare("done-light", "done", USUAL);
}
