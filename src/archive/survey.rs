//! Reads what a volume's manifest says, segment by segment, in bounded memory.

use std::fs::File;
use std::path::Path;

use super::disk::ReadAt;
use super::index::{VolumeRecord, unreadable};
use super::pack::{Fault, Unpacker};
use super::record::{Line, lines};
use super::volume::{LARGEST_SEGMENT, MANIFEST_DIR};
use super::zip::Directory;
use crate::run::{Code, Problem};

/// Opens a volume for reading.
pub(super) fn open(dir: &Path, file: &str) -> Result<File, Problem> {
    let path = dir.join(file);
    File::open(&path).map_err(|error| unreadable(&error, &path))
}

/// Reads every segment of a volume with a directory and hands its lines on, in order.
pub(super) fn each_line(volume: &dyn ReadAt, directory: &Directory, unpacker: &mut Unpacker, take: &mut dyn FnMut(Line)) -> Result<(), Fault> {
    for entry in directory.entries.iter().filter(|entry| entry.name.starts_with(MANIFEST_DIR)) {
        let segment = unpacker.bytes(volume, entry.offset, LARGEST_SEGMENT)?;
        for (_, line) in lines(&segment) {
            take(line);
        }
    }
    Ok(())
}

/// What a volume whose index entry is lost says of itself; length and digest are the caller's.
pub(super) fn describe(file: &str, volume: &dyn ReadAt, unpacker: &mut Unpacker) -> Result<VolumeRecord, Fault> {
    let directory = Directory::read(volume)?;
    let mut record = VolumeRecord { file: file.to_owned(), entries: directory.entries.len() as u64, ..VolumeRecord::default() };
    record.encrypted = directory.entries.iter().any(|entry| entry.aes.is_some());
    each_line(volume, &directory, unpacker, &mut |line| match line {
        Line::Message(message) => record.count(&message),
        Line::Unreadable(_) => record.unreadable += 1,
        Line::Store(_) | Line::Other(_) | Line::Pass(_) | Line::Superseded(_) => {}
    })?;
    Ok(record)
}

/// A fault of a volume as a problem.
pub(super) fn problem(fault: &Fault, path: &Path) -> Problem {
    let code = if matches!(fault, Fault::Passphrase) { Code::ArchivePassphrase } else { Code::ArchiveDamaged };
    Problem::run(code, fault.to_string()).at(path.display())
}
