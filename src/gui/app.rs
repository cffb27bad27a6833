//! The window itself: `logic` acts, `ui` draws.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use eframe::NativeOptions;
use egui::{Context, Ui, ViewportBuilder, ViewportCommand};

use super::args::{Args, Shade};
use super::command::{Command, Commands};
use super::dialog::file;
use super::frame_log::FrameLog;
use super::logic::{Logic, Now, Setup};
use super::remember::WindowSettings;
use super::renderer::{Marker, Renderer, order};
use super::screenshot::Screenshot;
use super::state::{Drafts, Look, State, ThemeChoice};
use super::words::say;
use super::{made, screen, theme};
use crate::autoconfig::Provider;
use crate::engine::timing::Timing;
use crate::run::{Code, Problem};
use crate::settings::{Environment, Home, log};

/// Practice takes some seconds, so that copying can be seen.
const PRACTICE_RATE: u64 = 1_200_000;
/// The window's icon.
const ICON: &[u8] = include_bytes!("../../assets/icon/mailferry-256.png");
/// The window's size at first, and the smallest.
const SIZE: (f32, f32) = (1080.0, 720.0);
const SMALLEST: [f32; 2] = [900.0, 600.0];

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    let begun = Instant::now();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(refusal) => {
            let text = refusal.render().to_string();
            let is_help = !refusal.use_stderr();
            say_on_terminal(&text, is_help);
            return ExitCode::from(if is_help { 0 } else { Code::Usage.exit() });
        }
    };
    match run(&args, begun) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            say_on_terminal(&format!("{problem}\n"), false);
            if args.screenshot.is_none() {
                let told = crate::engine::explain::explain(&problem, None, Default::default());
                let cause = if problem.code == Code::Usage { &problem.what } else { &told.headline };
                file::tell("Mailferry", &format!("{}\n\n{cause}\n{}", say("window-failed"), told.safe));
            }
            ExitCode::from(problem.code.exit())
        }
    }
}

/// What a terminal shows, where there is one.
fn say_on_terminal(text: &str, is_answer: bool) {
    let _no_terminal = if is_answer { std::io::stdout().write_all(text.as_bytes()) } else { std::io::stderr().write_all(text.as_bytes()) };
}

fn run(args: &Args, begun: Instant) -> Result<(), Problem> {
    let environment = Environment::here()?;
    let home = Home::find(args.home.clone());
    if let Err(error) = log::start(&home.root().join("log"), args.verbose) {
        say_on_terminal(&format!("no log is written: {error}\n"), false);
    }
    log::note_faults(home.root().join("crash"));
    tracing::info!("the window begins, version {}", env!("CARGO_PKG_VERSION"));
    let setup = Setup {
        provider: Provider::load(environment.provider_file.as_deref())?,
        reach: environment.reach()?,
        timing: Timing::default(),
        with_keychain: !args.no_keychain,
        demo: args.demo,
        renderer: String::new(),
        practice_rate: Some(PRACTICE_RATE),
        environment,
        home,
    };
    paint(args, setup, begun)
}

/// Tries one way to paint after the other.
fn paint(args: &Args, setup: Setup, begun: Instant) -> Result<(), Problem> {
    let marker = Marker::of(&setup.home);
    let remembered = WindowSettings::read(&setup.home).renderer;
    let never_painted = marker.left_behind();
    let mut failures = Vec::new();
    for renderer in order(setup.environment.renderer.as_deref(), remembered.as_deref(), never_painted.as_deref()) {
        let mut options = NativeOptions { viewport: viewport(args), centered: true, ..NativeOptions::default() };
        renderer.choose(&mut options);
        marker.set(renderer);
        let ended: Ended = Arc::default();
        let setup = Setup { renderer: renderer.name().to_owned(), ..setup.clone() };
        let (args, told, painted) = (args.clone(), Arc::clone(&ended), marker.clone());
        let window = eframe::run_native(
            "Mailferry",
            options,
            Box::new(move |creation| Ok(Box::new(Window::new(&creation.egui_ctx, &args, setup, painted, begun, told, renderer)?))),
        );
        let problem = ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (window, problem) {
            (Ok(()), None) => return Ok(()),
            (Ok(()), Some(problem)) => return Err(problem),
            (Err(error), _) => {
                marker.clear();
                tracing::warn!("{} can't paint: {error}", renderer.name());
                failures.push(format!("{}: {error}", renderer.name()));
            }
        }
    }
    Err(Problem::run(Code::Internal, format!("no window can be painted on this computer: {}", failures.join("; "))))
}

fn viewport(args: &Args) -> ViewportBuilder {
    let (width, height) = args.size.unwrap_or(SIZE);
    let smallest = if args.size.is_some() { [200.0, 200.0] } else { SMALLEST };
    let window = ViewportBuilder::default();
    // Windows' task bar and X11 take it from here; Wayland from the .desktop file of the app id.
    let window = match eframe::icon_data::from_png_bytes(ICON) {
        Ok(icon) => window.with_icon(icon),
        Err(_damaged) => window,
    };
    window.with_title("Mailferry").with_app_id("mailferry").with_inner_size([width, height]).with_min_inner_size(smallest).with_drag_and_drop(true)
}

/// Why the window ended, if for a reason.
type Ended = Arc<Mutex<Option<Problem>>>;

/// What is shown.
enum Shown {
    /// The program.
    Real(Box<Logic>),
    /// A page with made data.
    Made(Box<(State, Drafts)>),
}

/// The window.
struct Window {
    shown: Shown,
    commands: Commands,
    look: Look,
    marker: Marker,
    home: Home,
    renderer: Renderer,
    frames: u64,
    begun: Instant,
    frame_log: Option<FrameLog>,
    screenshot: Option<Screenshot>,
    ended: Ended,
    logic_time: Duration,
    is_closing: bool,
}

impl Window {
    fn new(ctx: &Context, args: &Args, setup: Setup, marker: Marker, begun: Instant, ended: Ended, renderer: Renderer) -> Result<Self, Problem> {
        let home = setup.home.clone();
        let shown = match &args.screen {
            Some(name) => {
                let (mut state, drafts) = made::page(name).ok_or_else(|| Problem::run(Code::Usage, "there is no such page"))?;
                let theme = match args.theme {
                    None => ThemeChoice::System,
                    Some(Shade::Light) => ThemeChoice::Light,
                    Some(Shade::Dark) => ThemeChoice::Dark,
                };
                state.look = Look { theme, reduced_motion: args.screenshot.is_some(), ..Look::default() };
                Shown::Made(Box::new((state, drafts)))
            }
            None => {
                let waker = ctx.clone();
                Shown::Real(Box::new(Logic::new(setup, Arc::new(move || waker.request_repaint()), &Now::here())?))
            }
        };
        let frame_log = match &args.frame_log {
            Some(path) => Some(FrameLog::new(path, begun).map_err(|error| Problem::write(&error, path))?),
            None => None,
        };
        let mut window = Self {
            shown,
            commands: Commands::default(),
            look: Look::default(),
            marker,
            home,
            renderer,
            frames: 0,
            begun,
            frame_log,
            screenshot: args.screenshot.clone().map(Screenshot::new),
            ended,
            logic_time: Duration::ZERO,
            is_closing: false,
        };
        window.look = window.state().look;
        theme::apply(ctx, &window.look);
        if let Some(scale) = args.scale {
            ctx.set_zoom_factor(scale);
        }
        Ok(window)
    }

    fn state(&self) -> &State {
        match &self.shown {
            Shown::Real(logic) => &logic.state,
            Shown::Made(made) => &made.0,
        }
    }

    /// What a person did since the last frame, and what deeds told.
    fn act(&mut self, ctx: &Context) {
        let commands = self.commands.take();
        let close_asked = ctx.input(|input| input.viewport().close_requested());
        let dropped: Vec<PathBuf> = ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        let Shown::Real(logic) = &mut self.shown else {
            let close = commands.iter().any(|command| matches!(command, Command::CloseWindow | Command::StopAndClose));
            if close && !self.is_closing {
                self.is_closing = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            return;
        };
        let now = Now::here();
        for command in commands {
            logic.obey(command, &now);
        }
        if !dropped.is_empty() {
            logic.obey(Command::AddPaths(dropped), &now);
        }
        logic.look(&now);
        if close_asked && !logic.is_over() {
            logic.obey(Command::CloseWindow, &now);
            if !logic.is_over() {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            }
        }
        if logic.is_over() && !self.is_closing {
            self.is_closing = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        if let Some(text) = logic.take_clipboard() {
            ctx.copy_text(text);
        }
        if let Some(after) = logic.looks_again_after() {
            ctx.request_repaint_after(after);
        }
    }

    /// The first frame was shown: this way of painting works.
    fn painted(&self) {
        self.marker.clear();
        let mut settings = WindowSettings::read(&self.home);
        if settings.renderer.as_deref() != Some(self.renderer.name()) {
            settings.renderer = Some(self.renderer.name().to_owned());
            settings.write(&self.home);
        }
        tracing::info!("first frame after {} ms, painted by {}", self.begun.elapsed().as_millis(), self.renderer.name());
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        let begun = Instant::now();
        self.act(ctx);
        if self.look != self.state().look {
            self.look = self.state().look;
            theme::apply(ctx, &self.look);
        }
        self.logic_time = begun.elapsed();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let begun = Instant::now();
        match &mut self.shown {
            Shown::Real(logic) => {
                let Logic { state, drafts, .. } = &mut **logic;
                screen::ui(ui, state, drafts, &mut self.commands);
            }
            Shown::Made(made) => {
                let (state, drafts) = &mut **made;
                screen::ui(ui, state, drafts, &mut self.commands);
            }
        }
        let page = self.state().screen.name();
        let ctx = ui.ctx();
        if !self.commands.is_empty() {
            // What was said is done at once, not at the next move of the mouse.
            ctx.request_repaint();
        }
        self.frames += 1;
        match self.frames {
            // The first frame is on its way to the screen; that it arrived shows in the second.
            1 => ctx.request_repaint(),
            2 => self.painted(),
            _ => {}
        }
        if let Some(log) = &mut self.frame_log {
            let causes: Vec<String> = ctx
                .repaint_causes()
                .iter()
                .map(|cause| format!("{}:{} {}", cause.file.rsplit(['/', '\\']).next().unwrap_or_default(), cause.line, cause.reason))
                .collect();
            log.frame(begun, self.logic_time, begun.elapsed(), &causes, page);
        }
        if let Some(taken) = self.screenshot.as_mut().and_then(|screenshot| screenshot.frame(ctx)) {
            if let Err(why) = taken {
                *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(Problem::run(Code::DiskWrite, why));
            }
            self.is_closing = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
