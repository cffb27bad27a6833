//! The window without a screen: its logic on the real engine, and its drawing by the names that screen readers say.

mod idle;
mod keyboard;
mod large_text;
mod logic;
mod pages;
mod pictures;
mod snapshots;
mod stage;
mod words;
