//! The chain of blocks that a message's bytes lie in.

use std::io;

use super::claims::Claims;
use super::error::DbxError;
use super::file::DbxFile;
use crate::store::pst::bytes::u32_at;

/// The object marker, the room for text, the text's length, the next block.
pub const HEADER_BYTES: u32 = 16;
/// The room for text in a block, and what no two blocks begin within.
pub const TEXT_BYTES: u32 = 0x200;

/// A block's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    /// How many bytes of the message it holds.
    pub text_len: u32,
    /// The next block; 0 behind the last one.
    pub next: u32,
}

impl Block {
    /// Reads a block's header from its bytes; `None` if they are none. A deleted block is none: its header is another.
    #[must_use]
    pub fn of(bytes: &[u8], offset: u32) -> Option<Self> {
        let word = |at| u32_at(bytes, at);
        let text_len = word(8)?;
        let is_block = word(0)? == offset && word(4)? == TEXT_BYTES && text_len <= TEXT_BYTES;
        is_block.then_some(Self { text_len, next: word(12)? })
    }
}

/// How far a chain could be followed.
#[derive(Debug, Default)]
pub struct Followed {
    /// Bytes of the message.
    pub bytes: u64,
    /// What it broke at; `None` if it is whole.
    pub broken: Option<DbxError>,
}

/// What takes a message's text, piece by piece.
pub type Text<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// Follows the chain that begins at `head`, and claims its blocks. Their text goes to `text`, where it is wanted.
///
/// # Errors
/// Only what `text` gives.
pub fn follow(file: &mut DbxFile, claims: &mut Claims, head: u32, mut text: Option<Text<'_>>) -> io::Result<Followed> {
    let (mut followed, mut at) = (Followed::default(), head);
    let mut bytes = [0; (HEADER_BYTES + TEXT_BYTES) as usize];
    while at != 0 {
        let block = match read_block(file, claims, at, &mut bytes, text.is_some()) {
            Ok(block) => block,
            Err(error) => {
                followed.broken = Some(error);
                break;
            }
        };
        followed.bytes += u64::from(block.text_len);
        if let Some(text) = text.as_mut() {
            let end = (HEADER_BYTES + block.text_len) as usize;
            text(bytes.get(HEADER_BYTES as usize..end).unwrap_or_default())?;
        }
        at = block.next;
    }
    Ok(followed)
}

/// Reads the header, and the text if that is wanted; that it is all there is sure in both cases.
fn read_block(file: &mut DbxFile, claims: &mut Claims, at: u32, bytes: &mut [u8], with_text: bool) -> Result<Block, DbxError> {
    let (header, rest) = bytes.split_at_mut_checked(HEADER_BYTES as usize).ok_or(DbxError::object(at, "no room"))?;
    file.bytes(u64::from(at), header)?;
    let block = Block::of(header, at).ok_or(DbxError::object(at, "no block of a message"))?;
    let (from, text_len) = (u64::from(at) + u64::from(HEADER_BYTES), u64::from(block.text_len));
    if from + text_len > file.len() {
        return Err(DbxError::CutOff { end: from + text_len });
    }
    if !claims.claim(at) {
        return Err(DbxError::object(at, "a block that belongs to a message already"));
    }
    if with_text {
        file.bytes(from, rest.get_mut(..block.text_len as usize).unwrap_or_default())?;
    }
    Ok(block)
}
