//! A `.dbx` file: what its header says, and bytes of it by piece.

use std::collections::{HashMap, VecDeque};

use super::error::{DbxError, Result};
use crate::store::pst::ReadAt;
use crate::store::pst::bytes::{u8_at, u32_at};

/// The length of the file header.
pub const HEADER_BYTES: u32 = 0x24BC;
/// A header must reach as far as this to say what the file is and where its trees are.
const NEEDED_BYTES: usize = 0xF0;
/// What a file is read by, and how many such pieces are kept (4 MB).
const PIECE_BYTES: usize = 16 << 10;
const PIECES_KEPT: usize = 256;

/// What a file of Outlook Express holds, by the class that its header names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DbxKind {
    /// The messages of one folder.
    Messages,
    /// The list of all folders.
    Folders,
    /// Which messages were fetched from POP servers, or what is to be done on IMAP servers: no mail.
    Other,
}

impl DbxKind {
    /// By the first bytes of a file; `None` if they are not Outlook Express's.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        let class = head.strip_prefix(b"\xCF\xAD\x12\xFE")?.get(..4)?;
        Some(match class {
            b"\xC5\xFD\x74\x6F" => Self::Messages,
            b"\xC6\xFD\x74\x6F" => Self::Folders,
            _ => Self::Other,
        })
    }
}

/// An open file.
pub struct DbxFile {
    file: Box<dyn ReadAt>,
    header: Vec<u8>,
    kind: DbxKind,
    pieces: HashMap<u64, Vec<u8>>,
    order: VecDeque<u64>,
}

impl DbxFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// `NotDbx`, or what reading gives.
    pub fn open(file: Box<dyn ReadAt>) -> Result<Self> {
        let mut header = vec![0; HEADER_BYTES as usize];
        let read = file.read_at(0, &mut header).map_err(|source| DbxError::Read { offset: 0, source })?;
        header.truncate(read);
        let kind = DbxKind::of(&header).ok_or(DbxError::NotDbx("it begins otherwise"))?;
        if header.len() < NEEDED_BYTES {
            return Err(DbxError::NotDbx("it ends within its header"));
        }
        Ok(Self { file, header, kind, pieces: HashMap::new(), order: VecDeque::new() })
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> DbxKind {
        self.kind
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.file.len()
    }

    /// True if it has no byte, which no open file is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the tree's root is, and how many infos the tree is said to list. Trees 0 to 2; the first one lists everything.
    #[must_use]
    pub fn tree(&self, number: usize) -> (u32, u32) {
        let at = |base: usize| u32_at(&self.header, base + 4 * number).unwrap_or(0);
        (at(0xE4), at(0xC4))
    }

    /// Of a folder's file: the kind of its account (as `0x0A` of a folder info), and the account's key in the registry.
    pub fn account(&mut self) -> Option<(u8, Vec<u8>)> {
        let len = u32_at(&self.header, 0x1C)?;
        let mut head = [0; 0x105];
        if (len as usize) < head.len() {
            return None;
        }
        self.bytes(u64::from(HEADER_BYTES), &mut head).ok()?;
        let key: Vec<u8> = head.get(5..)?.iter().copied().take_while(|b| *b != 0).collect();
        u8_at(&head, 4).map(|kind| (kind, key))
    }

    /// Fills `into` with the bytes from `offset`.
    ///
    /// # Errors
    /// The file ends before, or can't be read there.
    pub fn bytes(&mut self, offset: u64, into: &mut [u8]) -> Result<()> {
        let end = offset.saturating_add(into.len() as u64);
        if end > self.len() {
            return Err(DbxError::CutOff { end });
        }
        let mut done = 0;
        while done < into.len() {
            let at = offset + done as u64;
            let (number, within) = (at / PIECE_BYTES as u64, usize::try_from(at % PIECE_BYTES as u64).unwrap_or(0));
            let piece = self.piece(number)?;
            let from = piece.get(within..).filter(|rest| !rest.is_empty()).ok_or(DbxError::CutOff { end })?;
            let Some(to) = into.get_mut(done..) else { break };
            let copied = from.len().min(to.len());
            if let (Some(to), Some(from)) = (to.get_mut(..copied), from.get(..copied)) {
                to.copy_from_slice(from);
            }
            done += copied;
        }
        Ok(())
    }

    /// Reads past the pieces that are kept, as much as there is: for going through the whole file.
    pub(super) fn straight(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.file.read_at(offset, into).map_err(|source| DbxError::Read { offset, source })
    }

    fn piece(&mut self, number: u64) -> Result<&[u8]> {
        if !self.pieces.contains_key(&number) {
            let oldest = if self.order.len() >= PIECES_KEPT { self.order.pop_front() } else { None };
            let mut piece = oldest.and_then(|oldest| self.pieces.remove(&oldest)).unwrap_or_default();
            piece.resize(PIECE_BYTES, 0);
            let offset = number * PIECE_BYTES as u64;
            let read = self.file.read_at(offset, &mut piece).map_err(|source| DbxError::Read { offset, source })?;
            piece.truncate(read);
            self.order.push_back(number);
            self.pieces.insert(number, piece);
        }
        Ok(self.pieces.get(&number).map_or(&[], Vec::as_slice))
    }
}
