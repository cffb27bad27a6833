//! The window's drawing, without a screen: every page with made data, by the names that screen readers say.

mod logic;
mod pictures;
#[cfg(target_os = "linux")]
mod real_window;
mod stage;

#[cfg(target_os = "linux")]
#[path = "../support/mod.rs"]
mod support;
