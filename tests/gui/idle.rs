//! An idle window paints nothing: on no page does anything ask to be painted again once it has come to rest.

use std::time::Duration;

use egui::{Pos2, RawInput, Rect, Vec2, ViewportId};
use mailferry::gui::command::Commands;
use mailferry::gui::state::Look;
use mailferry::gui::{made, screen, theme};

#[test]
fn no_page_asks_to_be_painted_again_once_it_has_come_to_rest() {
    for name in made::NAMES {
        let (state, mut drafts) = made::page(name).unwrap();
        let ctx = egui::Context::default();
        // With movement: what moves must come to its end.
        theme::apply(&ctx, &Look::default());
        let mut delay = Duration::ZERO;
        for frame in 0..60_u8 {
            let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1080.0, 720.0)));
            let input = RawInput { screen_rect, time: Some(f64::from(frame) / 20.0), focused: true, ..RawInput::default() };
            let mut output = ctx.run_ui(input, |ui| screen::ui(ui, &state, &mut drafts, &mut Commands::default()));
            delay = output.viewport_output.get(&ViewportId::ROOT).map_or(Duration::ZERO, |viewport| viewport.repaint_delay);
            output.shapes.clear();
            output.drop_without_applying_deltas();
        }
        assert!(delay > Duration::from_secs(3_600), "{name} asks to be painted again after {delay:?}");
    }
}
