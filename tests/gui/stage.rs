//! A page with made data on a stage: the window's drawing in a window of any size, theme and text size.

use egui::{Theme, Vec2};
use egui_kittest::Harness;
use mailferry::gui::command::{Command, Commands};
use mailferry::gui::state::{Drafts, Look, State, TextSize, ThemeChoice};
use mailferry::gui::{made, screen, theme};

/// What is drawn, and what the person did.
pub struct Stage {
    pub state: State,
    pub drafts: Drafts,
    pub done: Vec<Command>,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub size: (f32, f32),
    pub theme: Theme,
    pub percent: u16,
}

pub const USUAL: View = View { size: (1080.0, 720.0), theme: Theme::Light, percent: 100 };

/// The page `name` of the made story, as `view` shows it.
pub fn page(name: &str, view: View) -> Harness<'static, Stage> {
    let (state, drafts) = made::page(name).unwrap_or_else(|| panic!("no page {name}"));
    set(state, drafts, view)
}

/// Any state, as `view` shows it.
pub fn set(mut state: State, drafts: Drafts, view: View) -> Harness<'static, Stage> {
    let theme_choice = if view.theme == Theme::Dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    state.look = Look { theme: theme_choice, text_size: TextSize::from(view.percent), reduced_motion: true };
    let look = state.look;
    let scale = f32::from(view.percent) / 100.0;
    // The text size is egui's zoom: the window has fewer points, each of more pixels.
    let points = Vec2::new(view.size.0, view.size.1) / scale;
    let harness = Harness::builder()
        .with_size(points)
        .with_pixels_per_point(scale)
        .with_theme(view.theme)
        .with_render_cursor(false)
        .with_max_steps(16)
        .with_context_setup(move |ctx| theme::apply(ctx, &Look { text_size: TextSize::default(), ..look }))
        .build_ui_state(
            |ui, stage: &mut Stage| {
                let mut commands = Commands::default();
                // The harness leaves a margin that a window has not.
                let window = ui.ctx().content_rect();
                let ui = &mut ui.new_child(egui::UiBuilder::new().max_rect(window));
                screen::ui(ui, &stage.state, &mut stage.drafts, &mut commands);
                stage.done.extend(commands.take());
            },
            Stage { state, drafts, done: Vec::new() },
        );
    let mut harness = harness;
    harness.run();
    harness
}
