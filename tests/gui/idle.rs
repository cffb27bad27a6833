//! An idle window paints nothing: on no page does anything ask to be painted again once it has come to rest.

use std::time::Duration;

use mailferry::gui::state::{Drafts, Screen, State};

use egui::{Pos2, RawInput, Rect, Vec2, ViewportId};
use mailferry::gui::command::Commands;
use mailferry::gui::state::Look;
use mailferry::gui::{made, screen, theme};

/// A window that is looked at twenty times a second.
struct Watched {
    ctx: egui::Context,
    frame: u32,
}

impl Watched {
    fn new() -> Self {
        let ctx = egui::Context::default();
        // With movement: what moves must come to its end.
        theme::apply(&ctx, &Look::default());
        Self { ctx, frame: 0 }
    }

    /// Paints a frame and says when it wants to be painted again.
    fn paint(&mut self, state: &State, drafts: &mut Drafts) -> Duration {
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1080.0, 720.0)));
        let input = RawInput { screen_rect, time: Some(f64::from(self.frame) / 20.0), focused: true, ..RawInput::default() };
        self.frame += 1;
        let mut output = self.ctx.run_ui(input, |ui| screen::ui(ui, state, drafts, &mut Commands::default()));
        output.shapes.clear();
        let delay = output.viewport_output.get(&ViewportId::ROOT).map_or(Duration::ZERO, |viewport| viewport.repaint_delay);
        output.drop_without_applying_deltas();
        delay
    }

    fn rest(&mut self, state: &State, drafts: &mut Drafts) -> Duration {
        (0..60).map(|_| self.paint(state, drafts)).last().unwrap_or_default()
    }
}

const LONG: Duration = Duration::from_secs(3_600);

#[test]
fn no_page_asks_to_be_painted_again_once_it_has_come_to_rest() {
    for name in made::NAMES {
        let (state, mut drafts) = made::page(name).unwrap();
        let delay = Watched::new().rest(&state, &mut drafts);
        assert!(delay > LONG, "{name} asks to be painted again after {delay:?}");
    }
}

#[test]
fn a_bar_that_creeps_keeps_nothing_painting_and_one_that_jumps_comes_to_rest() {
    let (mut state, mut drafts) = made::page("copying").unwrap();
    let mut window = Watched::new();
    assert!(window.rest(&state, &mut drafts) > LONG);
    let copy = |state: &mut State, bytes: u64| {
        if let Screen::Copying(page) = &mut state.screen {
            page.bytes.done += bytes;
        }
    };
    copy(&mut state, 20_000_000);
    let after: Vec<Duration> = (0..3).map(|_| window.paint(&state, &mut drafts)).collect();
    assert!(after.iter().skip(1).all(|delay| *delay > LONG), "a creeping bar asked for more frames: {after:?}");
    copy(&mut state, 2_000_000_000);
    let moving = window.paint(&state, &mut drafts);
    assert!(moving < LONG, "a jump is shown as a movement");
    assert!(window.rest(&state, &mut drafts) > LONG);
}
