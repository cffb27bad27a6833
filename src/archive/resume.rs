//! Opens a safe copy for writing: finished volumes stand, files in the making are thrown away, what is held is recognised.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::check;
use super::disk::Disk;
use super::index::{Index, VolumeRecord, names_in, number_of, parts_in, volume_files};
use super::known::Known;
use super::name::{Folders, Tree, any_number_of};
use super::pack::{Fault, Unpacker};
use super::record::{Line, StoreRecord};
use super::seal::digest_of;
use super::zip::Directory;
use super::{Making, Secret, survey};
use crate::mail::{MailboxPath, Sha256Digest, Unreadable};
use crate::run::{Code, Problem, Run};

/// What a writer goes on from.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) index: Index,
    pub(super) known: Known,
    pub(super) folders: Folders,
    pub(super) stores: BTreeMap<String, StoreRecord>,
    /// Digests of unreadable messages that are told already, with how often.
    pub(super) unreadable: BTreeMap<Sha256Digest, u64>,
    /// Likewise of things that are no mail.
    pub(super) others: BTreeMap<Sha256Digest, u64>,
    /// Volumes that were lost or set aside as damaged; what they held is written again if it is still found.
    pub(super) lost: Vec<String>,
}

/// What makes two unreadable messages the same.
pub(super) fn unreadable_key(unreadable: &Unreadable) -> Sha256Digest {
    Sha256Digest::of(format!("{}\0{}\0{}\0{}", unreadable.store, unreadable.mailbox, unreadable.place, unreadable.reason).as_bytes())
}

/// What makes two things that are no mail the same.
pub(super) fn other_key(store: &str, mailbox: &MailboxPath, sha256: Sha256Digest) -> Sha256Digest {
    Sha256Digest::of(format!("{store}\0{mailbox}\0{sha256}").as_bytes())
}

/// Looks at the folder and takes up what stands there.
///
/// # Errors
/// `DISK-WRITE` where left-overs can't be removed, `ARCHIVE-PASSPHRASE` where the volumes can't be read without another one.
pub(super) fn take_up(disk: &dyn Disk, dir: &Path, name: &str, passphrase: Option<&Secret>, making: &Making, run: &Run) -> Result<Standing, Problem> {
    for part in parts_in(dir)? {
        disk.remove(&part).map_err(|error| Problem::write(&error, &part))?;
    }
    let told = Index::read(dir)?;
    let mut standing = Standing { index: Index::new(told.as_ref().map_or(name, |index| &index.name)), ..Standing::default() };
    let mut changed = false;
    let (told_volumes, next) = told.map_or((Vec::new(), (1, 1)), |index| (index.volumes, (index.next_id, index.next_volume)));
    standing.index.next_id = next.0;
    standing.index.next_volume = next.1;
    let mut unpacker = Unpacker::new(passphrase.cloned());
    let mut superseded = HashSet::new();
    for file in in_order(dir, &told_volumes)? {
        standing.index.next_volume = standing.index.next_volume.max(number_of(&file).unwrap_or(0).saturating_add(1));
        let told = told_volumes.iter().find(|volume| volume.file == file);
        match volume(dir, &file, told, passphrase, run)? {
            Some(record) => {
                let mut taker = Taker { standing: &mut standing, superseded: &mut superseded };
                taker.take(dir, &file, &mut unpacker)?;
                changed |= told.is_none();
                standing.index.push(record);
            }
            None => {
                changed = true;
                if let Some(told) = told {
                    standing.index.next_id = standing.index.next_id.max(told.last_id.saturating_add(1));
                }
                set_aside(disk, dir, &file)?;
                standing.lost.push(file);
            }
        }
    }
    for file in names_in(dir)? {
        standing.index.next_volume = standing.index.next_volume.max(number_of(&file).map_or(0, |number| number.saturating_add(1)));
    }
    standing.known.settle(&superseded, making);
    if changed {
        standing.index.write(disk, dir)?;
    }
    Ok(standing)
}

/// The volumes of the index and those that only the folder knows, by number.
fn in_order(dir: &Path, told: &[VolumeRecord]) -> Result<Vec<String>, Problem> {
    let mut files = volume_files(dir)?;
    files.extend(told.iter().map(|volume| volume.file.clone()));
    files.sort_by_key(|file| (number_of(file), file.clone()));
    files.dedup();
    Ok(files)
}

/// The volume's record if it stands: as the index tells it, or, if it tells nothing, after a look at every entry.
fn volume(dir: &Path, file: &str, told: Option<&VolumeRecord>, passphrase: Option<&Secret>, run: &Run) -> Result<Option<VolumeRecord>, Problem> {
    let path = dir.join(file);
    let opened = match survey::open(dir, file) {
        Ok(opened) => opened,
        Err(problem) if problem.code == Code::ArchiveMissing => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let mut unpacker = Unpacker::new(passphrase.cloned());
    let described = match survey::describe(file, &opened, &mut unpacker) {
        Ok(record) => record,
        Err(fault @ (Fault::Passphrase | Fault::Sink(_))) => return Err(survey::problem(&fault, &path)),
        Err(Fault::Read(error)) if error.kind() != std::io::ErrorKind::InvalidData && error.kind() != std::io::ErrorKind::UnexpectedEof => {
            return Err(survey::problem(&Fault::Read(error), &path));
        }
        Err(_) => return Ok(None),
    };
    if let Some(told) = told {
        let bytes = opened.metadata().map_err(|error| super::index::unreadable(&error, &path))?.len();
        return Ok((bytes == told.bytes && described.messages == told.messages && described.listed == told.listed).then(|| told.clone()));
    }
    if !check::examine(&opened, passphrase).damage.is_empty() {
        return Ok(None);
    }
    let found = digest_of(&opened, &|| run.is_cancelled()).map_err(|error| super::index::unreadable(&error, &path))?;
    let (bytes, sha256) = found.ok_or_else(Problem::interrupted)?;
    Ok(Some(VolumeRecord { bytes, sha256: sha256.to_string(), ..described }))
}

/// A damaged volume keeps its bytes under another name: `archive extract` may still save mail from it.
fn set_aside(disk: &dyn Disk, dir: &Path, file: &str) -> Result<(), Problem> {
    let path = dir.join(file);
    if !path.exists() {
        return Ok(());
    }
    disk.rename(&path, &dir.join(format!("{file}.damaged"))).map_err(|error| Problem::write(&error, &path))
}

struct Taker<'a> {
    standing: &'a mut Standing,
    superseded: &'a mut HashSet<u64>,
}

impl Taker<'_> {
    fn take(&mut self, dir: &Path, file: &str, unpacker: &mut Unpacker) -> Result<(), Problem> {
        let volume = survey::open(dir, file)?;
        let at = |fault: &Fault| survey::problem(fault, &dir.join(file));
        let directory = Directory::read(&volume).map_err(|error| at(&error.into()))?;
        let mut last: Option<(Tree, String, MailboxPath)> = None;
        survey::each_line(&volume, &directory, unpacker, &mut |line| match line {
            Line::Store(store) => {
                self.standing.stores.insert(store.id.clone(), store);
            }
            Line::Message(record) => {
                used(&mut self.standing.index, Some(record.id));
                self.standing.known.push(&record);
                // The same folders in the same order get the same names again.
                let folder = (Tree::of(record.deleted), record.store, record.mailbox);
                if last.as_ref() != Some(&folder) {
                    let name = self.standing.stores.get(&folder.1).map_or("", |store| store.name.as_str());
                    self.standing.folders.place(folder.0, &folder.1, name, &folder.2);
                    last = Some(folder);
                }
            }
            Line::Unreadable(record) => {
                used(&mut self.standing.index, any_number_of(&record.entry));
                *self.standing.unreadable.entry(unreadable_key(&record.unreadable)).or_default() += 1;
            }
            Line::Other(record) => {
                used(&mut self.standing.index, any_number_of(&record.entry));
                *self.standing.others.entry(other_key(&record.store, &record.mailbox, record.sha256)).or_default() += 1;
                let name = self.standing.stores.get(&record.store).map_or("", |store| store.name.as_str());
                self.standing.folders.place(Tree::Other, &record.store, name, &record.mailbox);
            }
            Line::Pass(pass) => self.standing.known.finish_pass(pass.last_id),
            Line::Superseded(pair) => {
                self.superseded.insert(pair.id);
            }
        })
        .map_err(|fault| at(&fault))
    }
}

/// Numbers are given once, also to what is no message: names stay apart over all volumes.
fn used(index: &mut Index, number: Option<u64>) {
    index.next_id = index.next_id.max(number.unwrap_or(0).saturating_add(1));
}
