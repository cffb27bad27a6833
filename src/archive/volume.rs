//! One volume in the making: entries in order, a segment of the manifest after every 1,000 messages, sums and directory last.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::disk::{Disk, DiskFile, part_of};
use super::index::{VolumeRecord, volume_name};
use super::pack::{Data, Packed, Packer};
use super::record::Line;
use super::zip::{DosTime, Entry, end_records};
use crate::mail::{Body, Sha256Digest};
use crate::run::Problem;

/// Messages in one segment of the manifest: what a cut may cost in folders, flags and dates.
pub(super) const SEGMENT_MESSAGES: usize = 1_000;
/// A segment is written earlier than that once it has so many bytes (hostile folder names, long keywords).
const SEGMENT_BYTES: usize = 4 << 20;
/// No segment is longer than this: one line more than [`SEGMENT_BYTES`], and a line has its own bounds.
pub(super) const LARGEST_SEGMENT: u64 = 64 << 20;
const BUFFER_BYTES: usize = 1 << 20;
/// Where the bytes of the directory's end and the sums' own entry go, generously.
const END_BYTES: u64 = 4096;

/// How a stranger reads all this; in every volume.
pub(super) const FORMAT_TEXT: &str = include_str!("FORMAT.md");
pub(super) const FORMAT_ENTRY: &str = "FORMAT.md";
pub(super) const SUMS_ENTRY: &str = "SHA256SUMS";
pub(super) const MANIFEST_DIR: &str = "manifest/";

/// A volume that is being written under its `.part` name.
pub(super) struct VolumeWriter {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    buffer: Vec<u8>,
    offset: u64,
    entries: Vec<(Entry, Sha256Digest)>,
    directory_bytes: u64,
    sums_bytes: u64,
    segment: Vec<u8>,
    segment_messages: usize,
    segments: u32,
    record: VolumeRecord,
}

/// A volume that is written but not yet believed.
pub(super) struct Written {
    pub(super) file: Box<dyn DiskFile>,
    /// Its final path.
    pub(super) path: PathBuf,
    /// Every entry with the digest of its content.
    pub(super) entries: Vec<(Entry, Sha256Digest)>,
    pub(super) directory_offset: u64,
    /// Without length and digest.
    pub(super) record: VolumeRecord,
}

impl VolumeWriter {
    pub(super) fn create(disk: &dyn Disk, dir: &Path, name: &str, number: u32, encrypted: bool, packer: &mut Packer) -> Result<Self, Problem> {
        let file_name = volume_name(name, number);
        let path = dir.join(&file_name);
        let file = disk.create(&part_of(&path)).map_err(|error| Problem::write(&error, &path))?;
        let record = VolumeRecord { file: file_name, encrypted, ..VolumeRecord::default() };
        let mut volume = Self {
            file,
            path,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            offset: 0,
            entries: Vec::new(),
            directory_bytes: 0,
            sums_bytes: 0,
            segment: Vec::new(),
            segment_messages: 0,
            segments: 0,
            record,
        };
        let format = packer.deflate(&Bytes::from_static(FORMAT_TEXT.as_bytes())).map_err(|error| super::spool_failed(&error))?;
        volume.append(FORMAT_ENTRY.into(), DosTime::FIRST, &format, Sha256Digest::of(FORMAT_TEXT.as_bytes()))?;
        Ok(volume)
    }

    /// Whether an entry of so many packed bytes fits besides what is there and what must follow it. An empty volume takes anything.
    pub(super) fn fits(&self, packed: u64, name: usize, limit_bytes: u64, limit_entries: u64) -> bool {
        let is_empty = self.record.messages == 0 && self.record.unreadable == 0 && self.record.listed == 0;
        let line = 2 * 1024; // its line in the manifest, unpacked: never more than that in honest mail
        let overhead = self.directory_bytes + self.sums_bytes + self.segment.len() as u64 + 4 * name as u64 + 250 + line + END_BYTES;
        let bytes = self.offset + packed + overhead;
        is_empty || (bytes <= limit_bytes && self.entries.len() as u64 + 5 <= limit_entries)
    }

    /// Appends an entry.
    pub(super) fn append(&mut self, name: String, changed: DosTime, packed: &Packed, sha256: Sha256Digest) -> Result<(), Problem> {
        let entry =
            Entry { name, method: packed.method, changed, crc: packed.crc, packed: packed.data.len(), size: packed.size, offset: self.offset, aes: packed.aes };
        self.write(&entry.local_header())?;
        match &packed.data {
            Data::Memory(bytes) => self.write(bytes)?,
            data @ Data::File(..) => data.each(|bytes| self.write(bytes))?,
        }
        self.directory_bytes += entry.central_header().len() as u64;
        self.sums_bytes += 64 + 3 + entry.name.len() as u64;
        self.entries.push((entry, sha256));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.offset += bytes.len() as u64;
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
        }
        if bytes.len() > BUFFER_BYTES {
            return self.file.write_all(bytes).map_err(|error| Problem::write(&error, &self.path));
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Problem> {
        self.file.write_all(&self.buffer).map_err(|error| Problem::write(&error, &self.path))?;
        self.buffer.clear();
        Ok(())
    }

    /// Adds a line to the manifest; a full segment is written at once.
    pub(super) fn note(&mut self, line: &Line, packer: &mut Packer) -> Result<(), Problem> {
        line.write(&mut self.segment);
        match line {
            Line::Message(record) => {
                self.segment_messages += 1;
                self.record.count(record);
            }
            Line::Unreadable(_) => self.record.unreadable += 1,
            Line::Store(_) | Line::Other(_) | Line::Pass(_) | Line::Superseded(_) => {}
        }
        if self.segment_messages >= SEGMENT_MESSAGES || self.segment.len() >= SEGMENT_BYTES {
            self.end_segment(packer)?;
        }
        Ok(())
    }

    fn end_segment(&mut self, packer: &mut Packer) -> Result<(), Problem> {
        if self.segment.is_empty() {
            return Ok(());
        }
        let segment = std::mem::take(&mut self.segment);
        self.segments += 1;
        self.segment_messages = 0;
        let name = format!("{MANIFEST_DIR}{:05}.jsonl", self.segments);
        self.append_text(name, segment, packer)
    }

    fn append_text(&mut self, name: String, text: Vec<u8>, packer: &mut Packer) -> Result<(), Problem> {
        let sha256 = Sha256Digest::of(&text);
        let packed = packer.pack(&Body::from(text)).map_err(|error| super::spool_failed(&error))?;
        self.append(name, DosTime::FIRST, &packed, sha256)
    }

    /// Writes what belongs at the end.
    pub(super) fn close(mut self, packer: &mut Packer) -> Result<Written, Problem> {
        self.end_segment(packer)?;
        let mut sums = Vec::with_capacity(self.sums_bytes as usize);
        for (entry, sha256) in &self.entries {
            sums.extend_from_slice(format!("{sha256}  {}\n", entry.name).as_bytes());
        }
        self.append_text(SUMS_ENTRY.into(), sums, packer)?;
        let directory_offset = self.offset;
        for at in 0..self.entries.len() {
            let line = self.entries.get(at).map(|(entry, _)| entry.central_header()).unwrap_or_default();
            self.write(&line)?;
        }
        let end = end_records(self.entries.len() as u64, directory_offset, self.offset - directory_offset);
        self.write(&end)?;
        self.flush()?;
        self.record.entries = self.entries.len() as u64;
        Ok(Written { file: self.file, path: self.path, entries: self.entries, directory_offset, record: self.record })
    }
}
