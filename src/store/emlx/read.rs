//! Reads a file: its message as it lies there, or with its parts put back.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::insert::{self, Insertion};
use super::{Frame, State, frame, is_partial};
use crate::mail::body::copy;
use crate::mail::buffer::MAPPED_ABOVE;
use crate::mail::{Body, BodyWriter, Origin};
use crate::store::bounds::Bounds;
use crate::store::count::HEAD_BYTES;
use crate::store::eml::content::{self, Content};

/// A message whose parts were cut out is no longer than this (32 MB); of a longer one nothing is put back.
const LONGEST_PARTIAL: u64 = 32_000_000;

/// A message as it leaves its file.
pub(in crate::store) struct Given {
    pub body: Body,
    pub state: State,
    pub origin: Origin,
    /// Some of it was never downloaded.
    pub partial: bool,
}

/// What counting needs to know.
pub(in crate::store) struct Look {
    /// The beginning of the message, its header at least if that is of a usual length.
    pub head: Vec<u8>,
    /// The message's length.
    pub bytes: u64,
    pub state: State,
    pub partial: bool,
}

/// Why a file gives nothing.
#[derive(Debug)]
pub(in crate::store) enum Failed {
    /// It can't be read, or is no message.
    Read(io::Error),
    /// The temporary file can't be written.
    Write(io::Error),
}

/// An open file, and its beginning: a small one whole.
struct Opened {
    file: File,
    len: u64,
    start: Vec<u8>,
}

impl Opened {
    fn new(mut file: File, len: u64) -> io::Result<Self> {
        let mut start = Vec::with_capacity(usize::try_from(len).unwrap_or(0).min(MAPPED_ABOVE));
        Read::by_ref(&mut file).take(MAPPED_ABOVE as u64).read_to_end(&mut start)?;
        // One that grew or shrank meanwhile.
        let len = if start.len() < MAPPED_ABOVE { start.len() as u64 } else { len.max(start.len() as u64) };
        Ok(Self { file, len, start })
    }

    /// As many bytes from an offset as there are, `limit` at most.
    fn at(&mut self, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let is_held = self.len <= self.start.len() as u64 || from.saturating_add(limit) <= self.start.len();
        if is_held {
            let held = self.start.get(from.min(self.start.len())..).unwrap_or_default();
            return Ok(held.get(..held.len().min(limit)).unwrap_or_default().to_vec());
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(offset))?;
        Read::by_ref(&mut self.file).take(limit as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Its parts, and what its list says.
    ///
    /// # Errors
    /// It can't be read; it holds no message.
    fn parts(&mut self) -> io::Result<(Frame, State)> {
        let found = frame(self.len, &mut |offset, limit| self.at(offset, limit))?;
        let invalid = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what.to_owned()));
        if found.message.is_empty() {
            return invalid("there is no message in it");
        }
        if !found.is_counted && content::of_bytes(&self.at(0, HEAD_BYTES)?, None) != Content::Message {
            return invalid("it is no message of Apple Mail: it does not begin with a length");
        }
        let list = self.at(found.plist.start, usize::try_from(found.plist.end - found.plist.start).unwrap_or(usize::MAX).min(1 << 20))?;
        Ok((found, State::read(&list)))
    }
}

/// Where Apple Mail keeps the parts of the message file at `path`: `../Attachments/<its number>`.
fn attachments_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = name.split('.').next().unwrap_or_default();
    path.parent().and_then(Path::parent).unwrap_or_else(|| Path::new("..")).join("Attachments").join(number)
}

/// Reads a file of `len` bytes that lies at `path`.
pub(in crate::store) fn read(file: File, len: u64, path: &Path, bounds: &Bounds, temp_dir: &Path) -> Result<Given, Failed> {
    let mut opened = Opened::new(file, len).map_err(Failed::Read)?;
    let (found, state) = opened.parts().map_err(Failed::Read)?;
    let body = body(opened, &found, temp_dir)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !is_partial(&name) {
        return Ok(Given { body, state, origin: Origin::Original, partial: false });
    }
    let message = whole(&body).map_err(Failed::Read)?;
    let insertions = insert::insertions(&message, &attachments_of(path), bounds);
    for missing in insertions.iter().filter(|insertion| !insertion.is_found()) {
        tracing::warn!("STORE-PART of {}: part {} was never downloaded", path.display(), missing.number());
    }
    let partial = is_incomplete(&insertions);
    if !insertions.iter().any(Insertion::is_found) {
        return Ok(Given { body, state, origin: Origin::Original, partial });
    }
    let mut out = BodyWriter::new(temp_dir);
    match insert::write(&message, &insertions, bounds, &mut out) {
        Ok(()) => {}
        // The text is here: it is not lost for an attachment that can't be read.
        Err(insert::Failed::Read(error)) => {
            tracing::warn!("STORE-PART of {}: {error}", path.display());
            return Ok(Given { body, state, origin: Origin::Original, partial: true });
        }
        Err(insert::Failed::Write(error)) => return Err(Failed::Write(error)),
    }
    Ok(Given { body: out.finish().map_err(Failed::Write)?, state, origin: Origin::Rebuilt, partial })
}

/// A part is missing; or nothing tells what is, and the name says that something is.
fn is_incomplete(insertions: &[Insertion]) -> bool {
    insertions.is_empty() || insertions.iter().any(|insertion| !insertion.is_found())
}

/// The message whose parts were cut out; nothing of one that is too long.
fn whole(body: &Body) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if body.len() <= LONGEST_PARTIAL {
        body.reader().read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn body(mut opened: Opened, found: &Frame, temp_dir: &Path) -> Result<Body, Failed> {
    let held = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    if opened.len <= opened.start.len() as u64 {
        let bytes = bytes::Bytes::from(opened.start);
        let (start, end) = (held(found.message.start).min(bytes.len()), held(found.message.end).min(bytes.len()));
        return Ok(bytes.slice(start..end.max(start)).into());
    }
    let wanted = found.message.end - found.message.start;
    let mut writer = BodyWriter::expecting(temp_dir, wanted);
    opened.file.seek(SeekFrom::Start(found.message.start)).map_err(Failed::Read)?;
    match copy(&mut opened.file.take(wanted), &mut writer).map_err(Failed::Write)? {
        (_, Some(error)) => Err(Failed::Read(error)),
        (read, None) if read < wanted => Err(Failed::Read(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"))),
        (_, None) => writer.finish().map_err(Failed::Write),
    }
}

/// Looks at a file of `len` bytes that lies at `path`, without reading all of a long one.
///
/// # Errors
/// It can't be read, or is no message.
pub(in crate::store) fn look(file: File, len: u64, path: &Path, bounds: &Bounds) -> io::Result<Look> {
    let mut opened = Opened::new(file, len)?;
    let (found, state) = opened.parts()?;
    let message_bytes = found.message.end - found.message.start;
    let is_partial = is_partial(&path.file_name().unwrap_or_default().to_string_lossy());
    let wanted = if is_partial && message_bytes <= LONGEST_PARTIAL { message_bytes } else { message_bytes.min(HEAD_BYTES as u64) };
    let mut head = opened.at(found.message.start, usize::try_from(wanted).unwrap_or(HEAD_BYTES))?;
    let (mut bytes, mut partial) = (message_bytes, false);
    if is_partial {
        let insertions = insert::insertions(&head, &attachments_of(path), bounds);
        let line_end = insert::line_end_of(&head);
        let growth = insertions.iter().map(|insertion| insertion.growth(line_end)).fold(0_i64, i64::saturating_add);
        bytes = bytes.saturating_add_signed(growth);
        partial = is_incomplete(&insertions);
        head.truncate(HEAD_BYTES);
    }
    Ok(Look { head, bytes, state, partial })
}

/// Whether a file holds a message that can be read.
pub(in crate::store) fn is_sound(file: File, len: u64) -> bool {
    Opened::new(file, len).and_then(|mut opened| opened.parts()).is_ok()
}
