//! What a frame costs: `screen::ui` for the pages that grow with the mailbox, with 5,000 folders.
//!
//! `cargo bench --bench frame`: microseconds of CPU of `ui`, median of the frames, and of the tessellation behind it. The goal is
//! under 4 ms for `logic` and `ui` together; `logic` only takes what has come and costs nothing that shows here.
#![allow(clippy::print_stdout, reason = "a bench tells its figures")]

use std::time::{Duration, Instant};

use egui::{RawInput, Rect, Vec2};
use mailferry::gui::command::Commands;
use mailferry::gui::state::{Amount, Chosen, CopyFolder, Drafts, FolderChoice, Look, Mark, Part, Screen, State, SummaryFolder};
use mailferry::gui::{made, screen, theme};

const FOLDERS: u32 = 5_000;
const FRAMES: usize = 300;

fn folders() -> Vec<FolderChoice> {
    (0..FOLDERS)
        .map(|n| FolderChoice {
            key: format!("Projects/{:03}/{n:05}", n / 50),
            name: format!("Customer {n:05}, drawings and letters"),
            depth: if n % 50 == 0 { 0 } else { 1 },
            all: Amount { messages: u64::from(n % 977), bytes: u64::from(n) * 1_234_567 },
            chosen: if n % 3 == 0 { Chosen::No } else { Chosen::Yes },
            has_children: n % 50 == 0,
            is_open: true,
            is_store: false,
        })
        .collect()
}

fn page(name: &str) -> (State, Drafts) {
    let (mut state, drafts) = made::page(name).expect("a page of the made story");
    match &mut state.screen {
        Screen::Room(page) => page.choice.folders = folders(),
        Screen::Summary(page) => {
            page.folders = (0..FOLDERS)
                .map(|n| SummaryFolder {
                    from: vec![format!("Folder {n}")],
                    to: format!("Archive/{n}"),
                    copy: Amount { messages: 9, bytes: 90_000 },
                    is_new: true,
                })
                .collect();
        }
        Screen::Copying(page) => {
            page.folders = (0..FOLDERS)
                .map(|n| CopyFolder {
                    from: format!("Folder {n}"),
                    to: format!("Archive/{n}"),
                    mark: if n < 900 { Mark::Copied } else { Mark::ToDo },
                    messages: Part::of(0, 9),
                    bytes: 90_000,
                })
                .collect();
        }
        _ => (),
    }
    (state, drafts)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn measure(name: &str, with_screen_reader: bool) {
    let (state, mut drafts) = page(name);
    let ctx = egui::Context::default();
    theme::apply(&ctx, &Look::default());
    if with_screen_reader {
        ctx.enable_accesskit();
    }
    let (mut drawing, mut tessellating) = (Vec::with_capacity(FRAMES), Vec::with_capacity(FRAMES));
    let mut first = Duration::ZERO;
    for frame in 0..FRAMES + 30 {
        let mut input = RawInput { screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(1080.0, 720.0))), ..RawInput::default() };
        // The wheel turns, so that other rows come into sight.
        let by = Vec2::new(0.0, if frame % 2 == 0 { -90.0 } else { 30.0 });
        input.events.push(egui::Event::PointerMoved(egui::pos2(900.0, 520.0)));
        input.events.push(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: by,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
        let mut took = Duration::ZERO;
        let output = ctx.run_ui(input, |ui| {
            let began = Instant::now();
            let mut commands = Commands::default();
            screen::ui(ui, &state, &mut drafts, &mut commands);
            took = began.elapsed();
        });
        let began = Instant::now();
        let mut output = output;
        let shapes = ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let tessellated = began.elapsed();
        output.drop_without_applying_deltas(); // nothing is shown here
        assert!(!shapes.is_empty(), "something is drawn");
        if frame == 0 {
            first = took; // every word is laid out and every glyph painted for the first time
        }
        if frame >= 30 {
            drawing.push(took);
            tessellating.push(tessellated);
        }
    }
    let reader = if with_screen_reader { ", with a screen reader" } else { "" };
    println!(
        "{name:<9} {FOLDERS} folders{reader}: ui {} µs, the page's first frame {} µs, tessellation {} µs a frame (median of {FRAMES})",
        median(drawing).as_micros(),
        first.as_micros(),
        median(tessellating).as_micros()
    );
}

fn main() {
    for name in ["room", "summary", "copying", "job-large"] {
        measure(name, false);
        measure(name, true);
    }
}
