//! The parts that pages are made of. They draw, and say what was pressed; what that means is the page's own.

pub mod bar;
pub mod button;
pub mod card;
pub mod choice;
pub mod dialog;
pub mod field;
pub mod focus;
pub mod mark;
pub mod page;
pub mod picture;
pub mod progress;
pub mod rail;
pub mod rate;
pub mod scene;
pub mod store;
pub mod sum;
pub mod table;
pub mod text;
pub mod tree;
pub mod years;
