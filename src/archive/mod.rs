//! The safe copy: volumes of whole messages with a manifest, written so that a cut costs nothing already written.
//!
//! A [`Writer`] takes messages and makes volumes: whole zips of `.eml` files, each synced, re-read in full and compared before
//! it gets its final name. An [`Archive`] reads them again: as an inventory for the plan, as a source for the upload, and
//! for [`Archive::check`] and [`Archive::extract`]. What a damaged or cut volume still holds, [`salvage`] recovers. The format
//! is written down in `FORMAT.md` beside this page, for a stranger to write a reader; it lies in every volume, too.

mod check;
mod compose;
mod disk;
mod extract;
mod index;
mod known;
mod measure;
mod name;
mod opening;
mod pack;
mod reader;
mod record;
mod resume;
mod salvage;
mod seal;
mod shelf;
mod source;
mod survey;
mod volume;
mod writer;
mod zip;

use std::io;
use std::path::Path;

pub use crate::account::Secret;
use crate::run::Problem;

pub use check::{CheckReport, Damaged};
pub use disk::{Disk, DiskFile, ReadAt, RealDisk};
pub use extract::{ExtractAs, Extracted};
pub use index::{Index, VolumeRecord};
pub use reader::{Archive, Counts, Described, Folder};
pub use record::{FORMAT, Line, Listed, OtherRecord, PassRecord, Record, StoreRecord, SupersededRecord, UnreadableRecord, lines};
pub use salvage::{Salvaged, SalvagedMessage, salvage, salvage_from};
pub use source::ArchiveSource;
pub use writer::{DEFAULT_VOLUME_BYTES, DEFAULT_VOLUME_ENTRIES, Decide, FolderSum, Making, OnSealed, Summary, Verdict, Writer, WriterOptions};

/// Removes a volume whose messages are all listed elsewhere in the safe copy (see [`Archive::lent_volumes`]).
///
/// # Errors
/// `DISK-WRITE`, `DISK-FULL`; `ARCHIVE-DAMAGED` if the index can't be read.
pub fn remove_volume(dir: &Path, file: &str) -> Result<(), Problem> {
    match index::Index::read(dir)? {
        Some(mut index) => seal::remove(&RealDisk, dir, &mut index, file),
        None => Err(Problem::run(crate::run::Code::ArchiveDamaged, "the safe copy's index is lost").at(dir.display())),
    }
}

/// Threads that measure, unpack and compare.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 16)
}

/// A temporary file that can't be written or read again.
fn spool_failed(error: &io::Error) -> Problem {
    Problem::write(error, Path::new("temporary file"))
}
