//! Folders and messages ([MS-PST] §2.4), made of property and table contexts.

pub mod class;
pub mod folder;
pub mod store;
mod tag;

pub use class::Class;
pub use folder::Folder;
pub use store::Store;
