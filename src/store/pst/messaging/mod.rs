//! Folders and messages ([MS-PST] §2.4), made of property and table contexts.

pub mod address_book;
pub mod attachment;
pub mod class;
pub mod folder;
pub mod inventory;
pub mod message;
pub mod orphan;
pub mod store;
pub(super) mod tag;

pub use folder::Folder;
pub use inventory::{Filled, RECOVERED, inventory};
pub use message::Message;
pub use store::Store;
