//! The header ([MS-PST] §2.2.2.6): which of the three formats a file is, how its blocks are encoded, and where its indexes begin.

use super::bytes::{u8_at, u16_at, u32_at, u64_at};
use super::checksum;
use super::crypt::Crypt;
use super::error::{PstError, Result};
use super::file::{ReadAt, exact};

/// How much of the file is looked through for pages when the header says nothing (8 MB).
const PROBED_BYTES: u64 = 8 << 20;

/// The three formats, with their sizes and places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Outlook 97 to 2002 (wVer 14 and 15): ids and offsets of 32 bits.
    Ansi,
    /// Since Outlook 2003 (wVer 23): 64 bits.
    Unicode,
    /// OST since Outlook 2013 (wVer 36): pages of 4096 bytes, blocks that may be deflated.
    Unicode4k,
}

impl Format {
    /// A page's bytes.
    #[must_use]
    pub const fn page_bytes(self) -> usize {
        match self {
            Self::Ansi | Self::Unicode => 512,
            Self::Unicode4k => 4096,
        }
    }

    /// Where a page's trailer begins.
    #[must_use]
    pub const fn page_trailer(self) -> usize {
        match self {
            Self::Ansi => 500,
            Self::Unicode => 496,
            Self::Unicode4k => 4072,
        }
    }

    /// A block's length and place are multiples of this.
    #[must_use]
    pub const fn block_step(self) -> usize {
        match self {
            Self::Ansi | Self::Unicode => 64,
            Self::Unicode4k => 512,
        }
    }

    /// A block's trailer.
    #[must_use]
    pub const fn block_trailer_bytes(self) -> usize {
        match self {
            Self::Ansi => 12,
            Self::Unicode => 16,
            Self::Unicode4k => 24,
        }
    }

    /// A block with padding and trailer.
    #[must_use]
    pub const fn block_bytes(self, data: usize) -> usize {
        (data + self.block_trailer_bytes()).div_ceil(self.block_step()) * self.block_step()
    }

    /// A whole block at most.
    #[must_use]
    pub const fn max_block_bytes(self) -> usize {
        match self {
            Self::Ansi | Self::Unicode => 8192,
            Self::Unicode4k => 65_536,
        }
    }

    /// Ids and offsets are of 4 bytes.
    #[must_use]
    pub const fn is_ansi(self) -> bool {
        matches!(self, Self::Ansi)
    }

    /// An id's or offset's bytes.
    #[must_use]
    pub const fn word_bytes(self) -> usize {
        if self.is_ansi() { 4 } else { 8 }
    }

    /// The id or offset at `at`.
    #[must_use]
    pub fn word(self, bytes: &[u8], at: usize) -> Option<u64> {
        if self.is_ansi() { u32_at(bytes, at).map(u64::from) } else { u64_at(bytes, at) }
    }

    /// The bits of a HID that number an allocation within its block; the block's number stands above them.
    #[must_use]
    pub const fn hid_index_bits(self) -> u32 {
        match self {
            Self::Ansi | Self::Unicode => 11,
            Self::Unicode4k => 14,
        }
    }

    /// CRC, id and signature of a page's trailer.
    pub(super) fn page_marks(self, page: &[u8]) -> Option<(u32, u64, u16)> {
        let at = self.page_trailer();
        let signature = u16_at(page, at + 2)?;
        if self.is_ansi() {
            Some((u32_at(page, at + 8)?, u64::from(u32_at(page, at + 4)?), signature))
        } else {
            Some((u32_at(page, at + 4)?, u64_at(page, at + 8)?, signature))
        }
    }

    /// The trailer of a block: data bytes, signature, CRC, id, bytes once inflated.
    pub(super) fn block_marks(self, trailer: &[u8]) -> Option<BlockMarks> {
        let (data_bytes, signature) = (u16_at(trailer, 0)?, u16_at(trailer, 2)?);
        let (crc, bid) = if self.is_ansi() { (u32_at(trailer, 8)?, u64::from(u32_at(trailer, 4)?)) } else { (u32_at(trailer, 4)?, u64_at(trailer, 8)?) };
        let inflated_bytes = if self == Self::Unicode4k { u16_at(trailer, 18)? } else { data_bytes };
        Some(BlockMarks { data_bytes, signature, crc, bid, inflated_bytes })
    }
}

/// What a block's trailer says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockMarks {
    pub data_bytes: u16,
    pub signature: u16,
    pub crc: u32,
    pub bid: u64,
    pub inflated_bytes: u16,
}

/// What program a file belongs to (`wMagicClient`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Client {
    /// A PST.
    Pst,
    /// An OST: a server's cache.
    Ost,
    /// A personal address book.
    Pab,
}

/// The header, as far as reading needs it.
#[derive(Clone, Debug)]
pub struct Header {
    /// The format.
    pub format: Format,
    /// Whose file it is.
    pub client: Client,
    /// How data blocks are encoded; `None` if the byte means nothing, and has to be found out.
    pub crypt: Option<Crypt>,
    /// Where the node B-tree begins.
    pub node_root: u64,
    /// Where the block B-tree begins.
    pub block_root: u64,
    /// The header was damaged: the format was guessed from pages.
    pub guessed: bool,
}

impl Header {
    /// Reads the header; where it is damaged, the pages tell the format, and the indexes have to be salvaged.
    ///
    /// # Errors
    /// [`PstError::NotPst`], or what reading gives.
    pub fn read(file: &dyn ReadAt) -> Result<Self> {
        let head = exact(file, 0, usize::try_from(file.len().min(564)).unwrap_or(0))?;
        let format = match u16_at(&head, 10) {
            Some(14 | 15) => Some(Format::Ansi),
            Some(36) => Some(Format::Unicode4k),
            // 21 is written by a recovery program, the numbers between 23 and 36 by no known one.
            Some(20..=35) => Some(Format::Unicode),
            _ => None,
        };
        let is_marked = head.starts_with(b"!BDN");
        let (format, guessed) = match format.filter(|_| is_marked) {
            Some(format) => (format, false),
            None => (probe(file)?, true),
        };
        let client = match head.get(8..10) {
            Some(b"SO") => Client::Ost,
            Some(b"AB") => Client::Pab,
            _ => Client::Pst,
        };
        let (nodes, blocks, crypt) = if format.is_ansi() { (188, 196, 461) } else { (224, 240, 513) };
        let crypt = u8_at(&head, crypt).and_then(Crypt::from_byte);
        let root = |at| format.word(&head, at).unwrap_or(0);
        Ok(Self { format, client, crypt, node_root: root(nodes), block_root: root(blocks), guessed })
    }
}

/// Tells the format by the first page whose checksum is right.
fn probe(file: &dyn ReadAt) -> Result<Format> {
    let len = usize::try_from(file.len().min(PROBED_BYTES)).unwrap_or(0);
    let bytes = exact(file, 0, len)?;
    for format in [Format::Unicode, Format::Ansi, Format::Unicode4k] {
        let pages = bytes.chunks_exact(format.page_bytes());
        if pages.into_iter().any(|page| is_page(page, format)) {
            return Ok(format);
        }
    }
    Err(PstError::NotPst("neither a header nor a page"))
}

/// A page of any kind with a right checksum.
fn is_page(page: &[u8], format: Format) -> bool {
    let at = format.page_trailer();
    let kind = u8_at(page, at);
    matches!(kind, Some(0x80..=0x86)) && kind == u8_at(page, at + 1) && crc_is_right(page, format)
}

/// Whether a page's CRC is that of its content.
pub(super) fn crc_is_right(page: &[u8], format: Format) -> bool {
    match (page.get(..format.page_trailer()), format.page_marks(page)) {
        (Some(content), Some((crc, ..))) => checksum::crc(content) == crc,
        _ => false,
    }
}
