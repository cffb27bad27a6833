//! Where to keep the safe copy.

use crate::engine::explain::Told;

/// Where to keep the safe copy.
#[derive(Clone, Debug, Default)]
pub struct PlacePage {
    /// Drives and folders on offer; USB first.
    pub places: Vec<Place>,
    /// Which is chosen; `None`: what is typed in [`super::Drafts::place`], while it is looked at.
    pub chosen: Option<usize>,
    /// What the safe copy needs.
    pub needed_bytes: u64,
    /// What is known of the chosen place.
    pub verdict: PlaceVerdict,
    /// Drives are still being looked at.
    pub looking: bool,
}

/// A place for the safe copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The folder that the safe copy will be.
    pub folder: String,
    /// «USB drive (E:)», «Documents».
    pub name: String,
    /// What it is.
    pub kind: DriveKind,
    /// Free bytes, where known.
    pub free_bytes: Option<u64>,
    /// There is room for it.
    pub has_room: bool,
    /// FAT32: no file over 4 GB, so it is made in parts.
    pub is_fat32: bool,
    /// A person typed it or chose it in a dialog.
    pub by_hand: bool,
}

/// What kind of drive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriveKind {
    /// A USB stick or disk.
    Usb,
    /// Within this computer.
    #[default]
    Internal,
    /// On the network.
    Network,
}

/// What is known of the chosen place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlaceVerdict {
    /// Nothing chosen, or being looked at.
    #[default]
    Looking,
    /// Good.
    Good {
        /// Free bytes, where known.
        free_bytes: Option<u64>,
    },
    /// Good, but a person should know something.
    Mind(PlaceCaution),
    /// There is not enough room: so much is missing.
    TooSmall {
        /// Free bytes.
        free_bytes: u64,
        /// Missing bytes.
        missing_bytes: u64,
    },
    /// Nothing can be written there.
    Refused(Told),
}

/// What a person should know of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceCaution {
    /// It lies in a folder that a program copies to the internet: its name.
    Cloud(String),
    /// FAT32: the copy is made in parts of at most 2 GB.
    Fat32,
    /// A safe copy is there already and is added to.
    Existing,
    /// A network drive: it may be slow, and must stay connected.
    Network,
}
