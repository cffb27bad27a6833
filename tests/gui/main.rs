//! The window's drawing, without a screen: every page with made data, by the names that screen readers say.

mod logic;
mod pictures;
mod stage;
