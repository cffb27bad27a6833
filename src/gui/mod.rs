//! The window, for people who move their mail once.
//!
//! The application in four places: what is shown ([`state`]), what a person did ([`command`]), what that does (`obey`, without
//! drawing), and the drawing (`screen`), which changes nothing but what is being typed. Deeds run on threads of their own
//! (`worker`); what they tell is looked at in `logic`, at most ten times a second, and an idle window paints nothing.
//!
//! Every screen is drawn by one function of one shape, `screen::ui` for the whole window, which calls those of the pages:
//!
//! ```ignore
//! pub fn ui(ui: &mut egui::Ui, state: &State, drafts: &mut Drafts, commands: &mut Commands)
//! ```
//!
//! and the theme is put on by `theme::apply(ctx: &egui::Context, look: &Look)`, when the program starts and when it changes.

pub mod app;
pub mod args;
mod awake;
pub mod command;
mod connection;
pub mod dialog;
mod frame_log;
mod hear;
mod job;
pub mod logic;
pub mod made;
pub mod news;
mod obey;
pub mod pace;
pub mod remember;
pub mod renderer;
pub mod room;
pub mod screen;
mod screenshot;
pub mod state;
pub mod theme;
pub mod widget;
pub mod words;
pub mod worker;

pub use app::main;
