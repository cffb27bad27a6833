//! From `.part` to its final name: synced, re-read from the disk in full, compared, and only then renamed.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use super::disk::{Disk, ReadAt, part_of};
use super::index::Index;
use super::pack::{Fault, Unpacker};
use super::volume::Written;
use super::writer::{OnSealed, Verdict};
use super::zip::{Directory, Entry};
use crate::account::Secret;
use crate::mail::Sha256Digest;
use crate::mail::buffer::Buffer;
use crate::mail::digest::Hasher;
use crate::run::{Code, Problem, Run};

/// Neighbouring small entries are read together, up to so many bytes.
const BATCH_BYTES: u64 = 1 << 20;

/// What the sealing thread works with.
pub(super) struct Sealer {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) passphrase: Option<Secret>,
    pub(super) index: Index,
    pub(super) on_sealed: Option<OnSealed>,
    pub(super) run: Run,
}

impl Sealer {
    /// Seals the volumes that arrive, in order; answers the index and the names of the new volumes.
    ///
    /// # Errors
    /// The first failure; what was sealed before stands.
    pub(super) fn seal_all(mut self, written: &Receiver<Written>) -> Result<(Index, Vec<String>), Problem> {
        let mut names = Vec::new();
        while let Ok(volume) = written.recv() {
            names.push(volume.record.file.clone());
            self.seal(volume)?;
        }
        Ok((self.index, names))
    }

    fn seal(&mut self, mut written: Written) -> Result<(), Problem> {
        let part = part_of(&written.path);
        let path = written.path;
        written.file.sync().map_err(|error| Problem::write(&error, &path))?;
        drop(written.file);
        let (bytes, sha256) = verify(&part, &written.entries, written.directory_offset, self.passphrase.as_ref(), &self.run)?;
        self.disk.rename(&part, &path).and_then(|()| self.disk.sync_dir(&self.dir)).map_err(|error| Problem::write(&error, &path))?;
        let mut record = written.record;
        record.bytes = bytes;
        record.sha256 = sha256.to_string();
        let file = record.file.clone();
        self.index.push(record);
        self.index.write(&*self.disk, &self.dir)?;
        match &self.on_sealed {
            Some(OnSealed(decide)) if decide(&file)? == Verdict::Remove => remove(&*self.disk, &self.dir, &mut self.index, &file),
            _ => Ok(()),
        }
    }
}

/// Takes a volume out of the index and off the disk, in this order: one that is not in the index any more is no damage.
pub(super) fn remove(disk: &dyn Disk, dir: &Path, index: &mut Index, file: &str) -> Result<(), Problem> {
    index.take_out(file);
    index.write(disk, dir)?;
    let path = dir.join(file);
    disk.remove(&path).and_then(|()| disk.sync_dir(dir)).map_err(|error| Problem::write(&error, &path))
}

fn differs(what: &str, path: &Path) -> Problem {
    Problem::run(Code::DiskWrite, format!("what was written does not read back: {what}")).at(path.display())
}

/// Re-reads a volume in full on every core: the directory, every header, every content; answers its length and digest.
fn verify(
    path: &Path,
    entries: &[(Entry, Sha256Digest)],
    directory_offset: u64,
    passphrase: Option<&Secret>,
    run: &Run,
) -> Result<(u64, Sha256Digest), Problem> {
    let volume = File::open(path).map_err(|error| differs(&error.to_string(), path))?;
    let directory = Directory::read(&volume).map_err(|error| differs(&error.to_string(), path))?;
    let same = directory.offset == directory_offset
        && directory.entries.len() == entries.len()
        && directory.entries.iter().zip(entries).all(|(read, (written, _))| read == written);
    if !same {
        return Err(differs("its directory", path));
    }
    let batches = batches(entries, directory_offset);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
    let stop = AtomicBool::new(false);
    let digest = std::thread::scope(|scope| {
        for _ in 0..super::workers() {
            scope.spawn(|| {
                let mut unpacker = Unpacker::new(passphrase.cloned());
                while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if stop.load(Ordering::Relaxed) || run.is_cancelled() {
                        return;
                    }
                    if let Err((name, fault)) = check_batch(&volume, entries.get(batch.clone()).unwrap_or_default(), &mut unpacker) {
                        stop.store(true, Ordering::Relaxed);
                        if let Ok(mut failed) = failed.lock() {
                            failed.get_or_insert_with(|| differs(&format!("{fault}, in {name}"), path));
                        }
                    }
                }
            });
        }
        digest_of(&volume, &|| stop.load(Ordering::Relaxed) || run.is_cancelled())
    });
    if let Some(problem) = failed.into_inner().ok().flatten() {
        return Err(problem);
    }
    digest.map_err(|error| differs(&error.to_string(), path))?.ok_or_else(Problem::interrupted)
}

/// Length and digest of a whole file; `None` if it was told to stop.
pub(super) fn digest_of(volume: &dyn ReadAt, stop: &dyn Fn() -> bool) -> std::io::Result<Option<(u64, Sha256Digest)>> {
    let (mut hasher, mut at, mut buffer) = (Hasher::default(), 0, vec![0; 1 << 20]);
    loop {
        if stop() {
            return Ok(None);
        }
        let read = volume.read_at(&mut buffer, at)?;
        if read == 0 {
            return Ok(Some((at, hasher.finish())));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        at += read as u64;
    }
}

fn batches(entries: &[(Entry, Sha256Digest)], directory_offset: u64) -> Vec<Range<usize>> {
    let (mut batches, mut start) = (Vec::new(), 0);
    for at in 1..=entries.len() {
        let from = entries.get(start).map_or(0, |(entry, _)| entry.offset);
        let to = entries.get(at).map_or(directory_offset, |(entry, _)| entry.offset);
        if to - from > BATCH_BYTES || at == entries.len() {
            batches.push(start..at);
            start = at;
        }
    }
    batches
}

/// Checks neighbouring entries: each must begin where the one before it ends, with exactly its header.
fn check_batch(volume: &File, entries: &[(Entry, Sha256Digest)], unpacker: &mut Unpacker) -> Result<(), (String, Fault)> {
    let Some((first, _)) = entries.first() else { return Ok(()) };
    let total: u64 = entries.iter().map(|(entry, _)| entry.data_offset() - entry.offset + entry.packed).sum();
    let mut bytes = Buffer::default();
    if total <= 8 * BATCH_BYTES {
        bytes.take(total as usize).and_then(|bytes| volume.fill_at(bytes, first.offset)).map_err(|error| (first.name.clone(), error.into()))?;
    }
    for (entry, sha256) in entries {
        check_entry(volume, &bytes, first.offset, entry, *sha256, unpacker).map_err(|fault| (entry.name.clone(), fault))?;
    }
    Ok(())
}

fn check_entry(volume: &File, bytes: &[u8], from: u64, entry: &Entry, sha256: Sha256Digest, unpacker: &mut Unpacker) -> Result<(), Fault> {
    let (header, mut digest) = (entry.local_header(), Hasher::default());
    let mut sink = |content: &[u8]| {
        digest.update(content);
        Ok(())
    };
    let start = (entry.offset - from) as usize;
    let inside = bytes.get(start..start + header.len() + entry.packed as usize).filter(|_| entry.aes.is_none());
    if let Some(raw) = inside {
        let (head, packed) = raw.split_at(header.len());
        if head != header {
            return Err(Fault::Header);
        }
        unpacker.inflate(entry, packed, &mut sink)?;
    } else {
        if volume.bytes_at(entry.offset, header.len())? != header {
            return Err(Fault::Header);
        }
        unpacker.read(volume, entry, entry.data_offset(), &mut sink)?;
    }
    if digest.finish() == sha256 { Ok(()) } else { Err(Fault::Damaged("SHA-256 differs")) }
}
