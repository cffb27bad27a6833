//! A `.msg` file as what it is: mail made anew, or a thing that is no mail.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use super::{MsgFile, MsgMessage};
use crate::store::mapi::MapiMessage;
use crate::store::rebuild::{Item, ItemKind, Rebuilt, export, rebuild};

/// How a compound file begins ([MS-CFB] §2.2).
const MAGIC: &[u8; 8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// What a file holds.
#[derive(Debug)]
pub enum Content {
    /// Mail.
    Mail(Box<Rebuilt>),
    /// A contact, an appointment, a task, a note.
    Item(Item),
}

/// Why a file gives nothing.
#[derive(Debug)]
pub enum Failed {
    /// It can't be read, or is no message.
    Read(io::Error),
    /// The temporary file can't be written.
    Write(io::Error),
}

/// Whether an open file begins as a compound file does; it is read from its start afterwards.
///
/// # Errors
/// What reading gives.
pub fn is_compound(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == MAGIC)
}

/// Reads a file of `len` bytes.
///
/// # Errors
/// It can't be read or is no message, or the temporary file can't be written.
pub fn read(file: File, len: u64, temp_dir: &Path) -> Result<Content, Failed> {
    let mut message = open(file, len).map_err(Failed::Read)?;
    if let Some(item) = export(&mut message) {
        return Ok(Content::Item(item));
    }
    rebuild(&mut message, temp_dir).map(|rebuilt| Content::Mail(Box::new(rebuilt))).map_err(Failed::Write)
}

/// What a file of `len` bytes holds, without reading all of it.
///
/// # Errors
/// It can't be read or is no message.
pub fn kind(file: File, len: u64) -> io::Result<ItemKind> {
    let message = open(file, len)?;
    Ok(ItemKind::of(&message as &dyn MapiMessage))
}

fn open(file: File, len: u64) -> io::Result<MsgMessage> {
    MsgMessage::open(&MsgFile::open(file, len)?)
}
