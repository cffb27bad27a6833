//! One entry's content on its way into a volume and out of it: deflated, and encrypted where a pass-phrase was given.
//!
//! Up to 4 MB libdeflate does it in one call: at level 1 it gives the size of zlib's level 6 in a third of its time. Larger
//! contents and encrypted ones go through the `zip` package as a zip of one entry, whose data is then taken over as it is.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor, DecompressionError, Decompressor};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{AesMode, CompressionMethod, ZipArchive, ZipWriter};

use super::disk::ReadAt;
use super::zip::{AES, DEFLATED, Entry, LOCAL_BYTES, LONGEST_LOCAL, STORED, end_records, parse_local};
use crate::account::Secret;
use crate::mail::body::SPOOL_ABOVE_BYTES;
use crate::mail::buffer::{Buffer, MAPPED_ABOVE};
use crate::mail::{Body, Sha256Digest, digest::Hasher};

/// Measured on 500 MB of mail: level 6 gains 1 % of size for 40 % more time.
const LEVEL: i32 = 1;
/// Deflate can't shrink further than this (zlib's technical notes: 1032 : 1); an entry that claims more is not believed.
const GREATEST_RATIO: u64 = 1040;
const CHUNK: usize = 64 * 1024;

/// A content that is ready to be written.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) method: u16,
    pub(super) aes: Option<[u8; 7]>,
    pub(super) crc: u32,
    pub(super) size: u64,
    pub(super) data: Data,
}

/// Where the packed bytes lie.
#[derive(Debug)]
pub(super) enum Data {
    /// In memory.
    Memory(Bytes),
    /// In an unnamed temporary file: from where, how many.
    File(File, u64, u64),
}

impl Data {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, _, len) => *len,
        }
    }

    /// Hands the bytes on in order.
    pub(super) fn each(&self, mut take: impl FnMut(&[u8]) -> Result<(), crate::run::Problem>) -> Result<(), crate::run::Problem> {
        match self {
            Self::Memory(bytes) => take(bytes),
            Self::File(file, start, len) => {
                let mut at = 0;
                while at < *len {
                    let chunk = (len - at).min(1 << 20) as usize;
                    let bytes = file.bytes_at(start + at, chunk).map_err(|error| super::spool_failed(&error))?;
                    take(&bytes)?;
                    at += chunk as u64;
                }
                Ok(())
            }
        }
    }
}

/// Packs contents; one for each thread.
pub(super) struct Packer {
    compressor: Compressor,
    scratch: Buffer,
    passphrase: Option<Secret>,
    temp_dir: PathBuf,
}

impl Packer {
    pub(super) fn new(passphrase: Option<Secret>, temp_dir: &Path) -> Self {
        let level = CompressionLvl::new(LEVEL).unwrap_or_default();
        Self { compressor: Compressor::new(level), scratch: Buffer::default(), passphrase, temp_dir: temp_dir.to_path_buf() }
    }

    /// Packs one content, encrypted if there is a pass-phrase.
    pub(super) fn pack(&mut self, body: &Body) -> io::Result<Packed> {
        match body.in_memory() {
            Some(bytes) if self.passphrase.is_none() => self.deflate(bytes),
            Some(bytes) => self.encrypt(body, Cursor::new(Vec::with_capacity(bytes.len() / 2))),
            None => self.pack_large(body),
        }
    }

    /// Packs what is never encrypted: FORMAT.md.
    pub(super) fn deflate(&mut self, bytes: &Bytes) -> io::Result<Packed> {
        let room = self.scratch.take(self.compressor.deflate_compress_bound(bytes.len()))?;
        let deflated = self.compressor.deflate_compress(bytes, room).ok().filter(|len| *len < bytes.len());
        let (method, data) = match deflated {
            None => (STORED, bytes.clone()),
            Some(len) if len > MAPPED_ABOVE => {
                self.scratch.truncate(len);
                (DEFLATED, std::mem::take(&mut self.scratch).into())
            }
            Some(len) => (DEFLATED, Bytes::copy_from_slice(self.scratch.get(..len).unwrap_or_default())),
        };
        self.scratch.relax();
        Ok(Packed { method, aes: None, crc: crc32fast::hash(bytes), size: bytes.len() as u64, data: Data::Memory(data) })
    }

    fn encrypt(&self, body: &Body, out: Cursor<Vec<u8>>) -> io::Result<Packed> {
        let zip = self.one_entry(body, out)?.into_inner();
        let head = zip.get(..zip.len().min(LONGEST_LOCAL)).unwrap_or_default();
        let (entry, start) = parse_local(head).ok_or_else(broken)?;
        let data = start..start + entry.packed as usize;
        zip.get(data.clone()).ok_or_else(broken)?;
        Ok(packed(&entry, Data::Memory(Bytes::from(zip).slice(data))))
    }

    fn pack_large(&self, body: &Body) -> io::Result<Packed> {
        std::fs::create_dir_all(&self.temp_dir)?;
        let file = self.one_entry(body, tempfile::tempfile_in(&self.temp_dir)?)?;
        let head = file.bytes_at(0, file.metadata()?.len().min(LONGEST_LOCAL as u64) as usize)?;
        let (entry, start) = parse_local(&head).ok_or_else(broken)?;
        Ok(packed(&entry, Data::File(file, start as u64, entry.packed)))
    }

    fn one_entry<W: Write + Seek>(&self, body: &Body, out: W) -> io::Result<W> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(6));
        let options = options.large_file(body.len() >= 0xFFFF_0000).last_modified_time(zip::DateTime::default());
        let options = match &self.passphrase {
            Some(secret) => options.with_aes_encryption(AesMode::Aes256, secret.expose()),
            None => options,
        };
        let mut zip = ZipWriter::new(out);
        zip.start_file("x", options)?;
        io::copy(&mut body.reader(), &mut zip)?;
        Ok(zip.finish()?)
    }
}

fn packed(entry: &Entry, data: Data) -> Packed {
    Packed { method: entry.method, aes: entry.aes, crc: entry.crc, size: entry.size, data }
}

fn broken() -> io::Error {
    io::Error::other("the zip of one entry can't be read back")
}

/// Why an entry's content can't be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("its header can't be read")]
    Header,
    #[error("it is cut")]
    Cut,
    #[error("it is listed only: no safe copy of it was kept")]
    Listed,
    #[error("its bytes are damaged: {0}")]
    Damaged(&'static str),
    #[error("the pass-phrase is missing or wrong")]
    Passphrase,
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    Sink(io::Error),
}

/// Unpacks contents; one for each thread.
pub(super) struct Unpacker {
    inflater: Decompressor,
    passphrase: Option<Secret>,
    /// Both are used again for every entry.
    packed: Buffer,
    out: Buffer,
}

impl Unpacker {
    pub(super) fn new(passphrase: Option<Secret>) -> Self {
        Self { inflater: Decompressor::new(), passphrase, packed: Buffer::default(), out: Buffer::default() }
    }

    /// Reads the local header at `offset`: the entry and its data's offset.
    pub(super) fn header(volume: &dyn ReadAt, offset: u64) -> Result<(Entry, u64), Fault> {
        let left = volume.len()?.checked_sub(offset).ok_or(Fault::Header)?;
        let mut head = volume.bytes_at(offset, left.min(512) as usize)?;
        let mut found = parse_local(&head);
        if found.is_none() && left > 512 && head.starts_with(&super::zip::LOCAL_SIGNATURE) {
            head = volume.bytes_at(offset, left.min(LONGEST_LOCAL as u64) as usize)?;
            found = parse_local(&head);
        }
        let (mut entry, header_len) = found.ok_or(Fault::Header)?;
        entry.offset = offset;
        let data = offset + header_len as u64;
        if data.checked_add(entry.packed).is_none_or(|end| end > offset + left) {
            return Err(Fault::Cut);
        }
        Ok((entry, data))
    }

    /// Hands the content of `entry`, whose packed bytes lie at `data`, to `sink` in order, and checks its CRC.
    ///
    /// Bounded: at most 4 MB at once in memory, never more bytes than the entry says.
    pub(super) fn read(&mut self, volume: &dyn ReadAt, entry: &Entry, data: u64, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Fault> {
        let in_memory = entry.size <= SPOOL_ABOVE_BYTES && entry.packed <= SPOOL_ABOVE_BYTES;
        if entry.aes.is_none() && in_memory {
            let mut packed = std::mem::take(&mut self.packed);
            volume.fill_at(packed.take(entry.packed as usize)?, data)?;
            let read = self.inflate(entry, &packed, sink);
            packed.relax();
            self.packed = packed;
            return read;
        }
        self.stream(volume, entry, data, sink)
    }

    /// The same for packed bytes that are in memory already.
    pub(super) fn inflate(&mut self, entry: &Entry, packed: &[u8], sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Fault> {
        let content = match entry.method {
            STORED if entry.size == entry.packed => packed,
            DEFLATED if entry.size <= entry.packed.saturating_mul(GREATEST_RATIO) + 64 => {
                let len = usize::try_from(entry.size).map_err(|_| Fault::Damaged("size"))?;
                let out = self.out.take(len)?;
                let inflated = self.inflater.deflate_decompress(packed, out).map_err(|error| match error {
                    DecompressionError::BadData => Fault::Damaged("they do not inflate"),
                    DecompressionError::InsufficientSpace => Fault::Damaged("they are longer than they should be"),
                })?;
                if inflated != len {
                    return Err(Fault::Damaged("they are shorter than they should be"));
                }
                &self.out
            }
            _ => return Err(Fault::Damaged("unknown method or wrong size")),
        };
        if crc32fast::hash(content) != entry.crc {
            return Err(Fault::Damaged("CRC-32 differs"));
        }
        let taken = sink(content).map_err(Fault::Sink);
        self.out.relax();
        taken
    }

    fn stream(&self, volume: &dyn ReadAt, entry: &Entry, data: u64, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), Fault> {
        let mut zip = ZipArchive::new(OneEntry::new(volume, entry, data)).map_err(fault)?;
        let mut reader = match (&self.passphrase, entry.method == AES) {
            (Some(secret), true) => zip.by_index_decrypt(0, secret.expose().as_bytes()).map_err(fault)?,
            (None, true) => return Err(Fault::Passphrase),
            (_, false) => zip.by_index(0).map_err(fault)?,
        };
        let (mut buffer, mut left) = (vec![0; CHUNK], entry.size);
        loop {
            let read = reader.read(&mut buffer).map_err(|_| Fault::Damaged("they do not unpack"))?;
            if read == 0 {
                return if left == 0 { Ok(()) } else { Err(Fault::Damaged("they are shorter than they should be")) };
            }
            left = left.checked_sub(read as u64).ok_or(Fault::Damaged("they are longer than they should be"))?;
            sink(buffer.get(..read).unwrap_or_default()).map_err(Fault::Sink)?;
        }
    }

    /// The content as a body; large ones go through a file.
    pub(super) fn body(&mut self, volume: &dyn ReadAt, entry: &Entry, data: u64, temp_dir: &Path) -> Result<(Body, Sha256Digest), Fault> {
        let mut writer = crate::mail::BodyWriter::expecting(temp_dir, entry.size);
        let mut hasher = Hasher::default();
        self.read(volume, entry, data, &mut |bytes| {
            hasher.update(bytes);
            writer.write_all(bytes)
        })?;
        Ok((writer.finish().map_err(Fault::Sink)?, hasher.finish()))
    }

    /// The content in memory, if it has at most `limit` bytes.
    pub(super) fn bytes(&mut self, volume: &dyn ReadAt, offset: u64, limit: u64) -> Result<Vec<u8>, Fault> {
        let (entry, data) = Self::header(volume, offset)?;
        if entry.size > limit {
            return Err(Fault::Damaged("larger than it can be"));
        }
        let mut content = Vec::new();
        self.read(volume, &entry, data, &mut |bytes| {
            content.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(content)
    }
}

fn fault(error: ZipError) -> Fault {
    match error {
        ZipError::InvalidPassword => Fault::Passphrase,
        ZipError::Io(error) => Fault::Read(error),
        _ => Fault::Damaged("not a zip entry"),
    }
}

/// One entry of a volume as a zip of its own, for the `zip` package to read: made-up headers around the volume's own bytes.
struct OneEntry<'a> {
    volume: &'a dyn ReadAt,
    head: Vec<u8>,
    tail: Vec<u8>,
    data: u64,
    packed: u64,
    at: u64,
}

impl<'a> OneEntry<'a> {
    fn new(volume: &'a dyn ReadAt, entry: &Entry, data: u64) -> Self {
        let entry = Entry { name: "x".into(), offset: 0, ..entry.clone() };
        let (head, mut tail) = (entry.local_header(), entry.central_header());
        let directory = tail.len() as u64;
        tail.extend_from_slice(&end_records(1, head.len() as u64 + entry.packed, directory));
        debug_assert!(head.len() > LOCAL_BYTES);
        Self { volume, head, tail, data, packed: entry.packed, at: 0 }
    }

    fn len(&self) -> u64 {
        self.head.len() as u64 + self.packed + self.tail.len() as u64
    }
}

impl Read for OneEntry<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let read = if self.at < head {
            self.head.get(self.at as usize..).unwrap_or_default().read(buffer)?
        } else if self.at < head + self.packed {
            let left = (head + self.packed - self.at).min(buffer.len() as u64) as usize;
            self.volume.read_at(buffer.get_mut(..left).unwrap_or_default(), self.data + (self.at - head))?
        } else {
            self.tail.get((self.at - head - self.packed) as usize..).unwrap_or_default().read(buffer)?
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for OneEntry<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(content: Vec<u8>, passphrase: Option<&str>, ask: Option<&str>) -> Result<Vec<u8>, Fault> {
        let secret = |text: &str| Secret::new(text.to_owned());
        let body = Body::from(content);
        let packed = Packer::new(passphrase.map(secret), Path::new("/nonexistent")).pack(&body).expect("in memory");
        let mut entry = Entry {
            name: "n".into(),
            method: packed.method,
            aes: packed.aes,
            crc: packed.crc,
            packed: packed.data.len(),
            size: packed.size,
            ..Entry::default()
        };
        entry.offset = 0;
        let mut volume = entry.local_header();
        packed
            .data
            .each(|bytes| {
                volume.extend_from_slice(bytes);
                Ok(())
            })
            .expect("in memory");
        Unpacker::new(ask.map(secret)).bytes(&volume, 0, 1 << 30)
    }

    #[test]
    fn contents_come_back_plain_and_encrypted() {
        for content in [Vec::new(), b"x".to_vec(), vec![b'a'; 100_000], (0..70_000_u32).map(|n| (n.wrapping_mul(n) >> 5) as u8).collect()] {
            assert_eq!(there_and_back(content.clone(), None, None).expect("plain"), content);
            assert_eq!(there_and_back(content.clone(), Some("pass"), Some("pass")).expect("encrypted"), content);
            assert!(matches!(there_and_back(content.clone(), Some("pass"), Some("wrong")), Err(Fault::Passphrase | Fault::Damaged(_))));
            assert!(matches!(there_and_back(content, Some("pass"), None), Err(Fault::Passphrase)));
        }
    }

    #[test]
    fn an_entry_that_claims_a_gigabyte_in_ten_bytes_is_not_believed() {
        let entry = Entry { name: "n".into(), method: DEFLATED, packed: 10, size: 1 << 30, ..Entry::default() };
        let mut volume = entry.local_header();
        volume.extend_from_slice(&[0; 10]);
        assert!(Unpacker::new(None).bytes(&volume, 0, 20 << 20).is_err());
        let (entry, data) = Unpacker::header(&volume, 0).expect("a header");
        assert!(Unpacker::new(None).read(&volume, &Entry { size: 20 << 20, ..entry }, data, &mut |_| Ok(())).is_err());
    }
}
