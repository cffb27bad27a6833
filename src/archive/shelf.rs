//! Where each message of an open safe copy lies, and how its line of the manifest and its head are read again.
//!
//! Of each message only its place is kept (32 bytes): the volume, the entry, and the line of the manifest.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::index::VolumeRecord;
use super::pack::{Fault, Unpacker};
use super::record::{Line, Record};
use super::volume::LARGEST_SEGMENT;
use super::{Secret, survey};
use crate::mail::header::LONGEST_BLOCK;
use crate::run::Problem;

/// Segments kept unpacked: some 700 kB each.
const SEGMENTS_KEPT: usize = 8;

/// In place of an entry's offset: the message is listed, no volume holds it.
pub(super) const LISTED: u64 = u64::MAX;

/// Where one message lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) id: u64,
    /// Offset of its entry's local header.
    pub(super) entry: u64,
    /// Stored bytes, or the greatest number if there are more.
    pub(super) stored: u32,
    pub(super) line: u32,
    pub(super) volume: u16,
    pub(super) segment: u16,
    pub(super) deleted: bool,
    /// A later record of the same message stands for it.
    pub(super) superseded: bool,
}

impl Place {
    /// True if no volume holds its bytes: it is only listed.
    pub(super) const fn is_listed(&self) -> bool {
        self.entry == LISTED
    }

    /// For an id that is not there: reading it says so.
    pub(super) const fn unknown(id: u64) -> Self {
        Self { id, entry: LISTED, stored: 0, line: 0, volume: u16::MAX, segment: u16::MAX, deleted: false, superseded: false }
    }
}

/// One volume, open.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) record: VolumeRecord,
    /// `None` if it is missing (only in a safe copy opened for rescue).
    pub(super) file: Option<File>,
    pub(super) segments: Vec<u64>,
    /// Its messages that another volume lists: it holds them for a while only.
    pub(super) lent: u64,
}

pub(super) type Segments = Mutex<Vec<((u16, u16), Arc<Vec<u8>>)>>;

/// What an open safe copy shares with those who read from it.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) dir: PathBuf,
    pub(super) passphrase: Option<Secret>,
    pub(super) volumes: Vec<Volume>,
    pub(super) places: Vec<Place>,
    pub(super) segments: Segments,
}

impl Shelf {
    pub(super) fn place(&self, id: u64) -> Option<&Place> {
        self.places.get(self.places.binary_search_by_key(&id, |place| place.id).ok()?)
    }

    pub(super) fn file(&self, volume: u16) -> Option<&File> {
        self.volumes.get(usize::from(volume))?.file.as_ref()
    }

    /// Reads the line of a message; its segment stays unpacked for its neighbours.
    pub(super) fn record(&self, place: &Place, unpacker: &mut Unpacker) -> Result<Record, Fault> {
        let segment = self.segment(place.volume, place.segment, unpacker)?;
        let rest = segment.get(place.line as usize..).unwrap_or_default();
        match Line::read(rest.split(|byte| *byte == b'\n').next().unwrap_or_default()) {
            Some(Line::Message(record)) if record.id == place.id => Ok(*record),
            _ => Err(Fault::Damaged("the manifest has changed")),
        }
    }

    fn segment(&self, volume: u16, number: u16, unpacker: &mut Unpacker) -> Result<Arc<Vec<u8>>, Fault> {
        let key = (volume, number);
        if let Ok(mut kept) = self.segments.lock()
            && let Some(at) = kept.iter().position(|(kept, _)| *kept == key)
        {
            let found = kept.remove(at);
            let segment = Arc::clone(&found.1);
            kept.push(found);
            return Ok(segment);
        }
        let offset = self.volumes.get(usize::from(volume)).and_then(|volume| volume.segments.get(usize::from(number))).ok_or(Fault::Header)?;
        let segment = Arc::new(unpacker.bytes(self.file(volume).ok_or(Fault::Cut)?, *offset, LARGEST_SEGMENT)?);
        if let Ok(mut kept) = self.segments.lock() {
            if kept.len() >= SEGMENTS_KEPT {
                kept.remove(0);
            }
            kept.push((key, Arc::clone(&segment)));
        }
        Ok(segment)
    }

    /// The first bytes of a message.
    pub(super) fn head(&self, place: &Place, unpacker: &mut Unpacker) -> Vec<u8> {
        let mut head = Vec::new();
        if let Some(file) = self.file(place.volume)
            && let Ok((entry, data)) = Unpacker::header(file, place.entry)
        {
            // Ends early by an error of its own: the rest is not wanted.
            let _enough = unpacker.read(file, &entry, data, &mut |bytes| {
                head.extend_from_slice(bytes.get(..LONGEST_BLOCK.saturating_sub(head.len())).unwrap_or(bytes));
                if head.len() >= LONGEST_BLOCK { Err(std::io::ErrorKind::Other.into()) } else { Ok(()) }
            });
        }
        head
    }

    /// Every record in the order of ids, segment by segment.
    pub(super) fn each_record(&self, take: &mut dyn FnMut(&Place, Record)) -> Result<(), Problem> {
        let mut unpacker = Unpacker::new(self.passphrase.clone());
        for place in &self.places {
            let record = self.record(place, &mut unpacker).map_err(|fault| {
                let name = self.volumes.get(usize::from(place.volume)).map_or("", |volume| volume.record.file.as_str());
                survey::problem(&fault, &self.dir.join(name))
            })?;
            take(place, record);
        }
        Ok(())
    }
}
