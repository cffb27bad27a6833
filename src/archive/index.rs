//! What lies beside the volumes: `index.json`, `SHA256SUMS` and `README.txt`. All three can be made again from the volumes.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{Disk, replace};
use super::record::{FORMAT, Record};
use crate::mail::Sha256Digest;
use crate::run::{Code, Problem};

pub(super) const INDEX: &str = "index.json";
const SUMS: &str = "SHA256SUMS";
const README: &str = "README.txt";
/// An index of a million volumes is not ours.
const LARGEST_INDEX: u64 = 256 << 20;

/// One volume, as the index knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeRecord {
    /// Its file name.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of the whole file, 64 hexadecimal digits.
    pub sha256: String,
    /// Zip entries in it.
    pub entries: u64,
    /// Messages in it, deleted ones included.
    pub messages: u64,
    /// Of them, those that their program counts as deleted.
    pub deleted: u64,
    /// Messages that could not be read.
    pub unreadable: u64,
    /// Stored bytes of its messages.
    pub stored_bytes: u64,
    /// The first message's id.
    pub first_id: u64,
    /// The last message's id; 0 if it holds none.
    pub last_id: u64,
    /// Messages that it lists without holding them (`messages` counts those that it holds).
    #[serde(skip_serializing_if = "is_zero")]
    pub listed: u64,
    /// Encrypted with a pass-phrase.
    pub encrypted: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl VolumeRecord {
    /// Counts one more message of it.
    pub(super) fn count(&mut self, message: &Record) {
        if message.listed.is_some() {
            self.listed += 1;
        } else {
            self.messages += 1;
            self.deleted += u64::from(message.deleted);
            self.stored_bytes += message.stored_bytes;
        }
        self.last_id = self.last_id.max(message.id);
        if self.first_id == 0 {
            self.first_id = message.id;
        }
    }

    pub(super) fn digest(&self) -> Option<Sha256Digest> {
        Sha256Digest::from_hex(&self.sha256)
    }
}

/// The whole safe copy at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// The version of the format.
    pub format: u32,
    /// What the volumes' names begin with.
    pub name: String,
    /// Messages in all volumes, deleted ones included.
    pub messages: u64,
    /// Of them, those that their program counts as deleted.
    pub deleted: u64,
    /// Messages that could not be read.
    pub unreadable: u64,
    /// Stored bytes of all messages.
    pub stored_bytes: u64,
    /// The id that the next message gets.
    pub next_id: u64,
    /// The number that the next volume gets.
    pub next_volume: u32,
    /// The volumes in order.
    pub volumes: Vec<VolumeRecord>,
}

impl Index {
    /// An empty one.
    pub(super) fn new(name: &str) -> Self {
        Self { format: FORMAT, name: name.to_owned(), next_id: 1, next_volume: 1, ..Self::default() }
    }

    /// Reads `index.json`; `None` if there is none or it can't be understood: then the volumes tell.
    ///
    /// # Errors
    /// `ARCHIVE-DAMAGED` for a version that this program does not know; the system's error where the file can't be read.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, Problem> {
        let path = dir.join(INDEX);
        match std::fs::metadata(&path) {
            Ok(facts) if facts.len() <= LARGEST_INDEX => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error, &path)),
        }
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&error, &path))?;
        let Ok(index) = serde_json::from_slice::<Self>(&bytes) else { return Ok(None) };
        if index.format > FORMAT {
            return Err(
                Problem::run(Code::ArchiveDamaged, format!("the safe copy has format {}, this program knows {FORMAT}", index.format)).at(path.display())
            );
        }
        let is_ours = index.format > 0 && index.volumes.iter().all(|volume| is_plain_name(&volume.file));
        Ok(is_ours.then_some(index))
    }

    /// Adds a volume.
    pub(super) fn push(&mut self, volume: VolumeRecord) {
        self.messages += volume.messages;
        self.deleted += volume.deleted;
        self.unreadable += volume.unreadable;
        self.stored_bytes += volume.stored_bytes;
        self.next_id = self.next_id.max(volume.last_id + 1);
        self.next_volume = self.next_volume.max(number_of(&volume.file).unwrap_or(0) + 1);
        self.volumes.push(volume);
    }

    /// Takes a volume out again; its numbers are not given a second time.
    pub(super) fn take_out(&mut self, file: &str) {
        let Some(at) = self.volumes.iter().position(|volume| volume.file == file) else { return };
        let volume = self.volumes.remove(at);
        self.messages -= volume.messages.min(self.messages);
        self.deleted -= volume.deleted.min(self.deleted);
        self.unreadable -= volume.unreadable.min(self.unreadable);
        self.stored_bytes -= volume.stored_bytes.min(self.stored_bytes);
    }

    /// Writes all that lies beside the volumes, `index.json` last.
    pub(super) fn write(&self, disk: &dyn Disk, dir: &Path) -> Result<(), Problem> {
        let sums: String = self.volumes.iter().map(|volume| format!("{}  {}\n", volume.sha256, volume.file)).collect();
        replace(disk, &dir.join(SUMS), sums.as_bytes())?;
        replace(disk, &dir.join(README), self.readme().as_bytes())?;
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        replace(disk, &dir.join(INDEX), &json)
    }

    fn readme(&self) -> String {
        let mut text = README_TEXT.replace("{messages}", &self.messages.to_string()).replace("{volumes}", &self.volumes.len().to_string());
        if self.volumes.iter().any(|volume| volume.listed > 0) {
            text.push_str(README_LIST);
        }
        if self.volumes.iter().any(|volume| volume.encrypted) {
            text.push_str(README_ENCRYPTED);
        }
        text.replace('\n', "\r\n")
    }
}

const README_TEXT: &str = "\
This folder is a safe copy of mail, made by Mailferry.

It holds {messages} messages in {volumes} zip files. Each zip file is whole by itself: open it
with a double click. In the folder \"mail\" you find your mail folders, and in them
one .eml file for each message; any mail program opens those.

Keep this folder as it is, for a year at least. Do not change or rename the files:
Mailferry reads them when it copies the mail to a new mailbox, and adds to them when
it finds new mail.

What is in the zip files
  mail        the messages, exactly as they were in the mail program
  deleted     messages that the mail program counted as deleted
  unreadable  what could not be read, and why
  manifest    read, answered, starred, and when it was received, for each message
  FORMAT.md   how all this is written, for programmers

To check that nothing has changed since, without Mailferry:
  sha256sum -c SHA256SUMS
";

const README_LIST: &str = "
This is no full safe copy: there was no room for one. Some of the files only list messages,
which were copied to the new mailbox, compared there, and not kept here.
";

const README_ENCRYPTED: &str = "
This safe copy is encrypted (AES-256). Without its pass-phrase nobody can read it, nor
can we. Windows Explorer can't open it; 7-Zip, WinZip and Keka can.
";

/// The name of the `number`-th volume.
pub(super) fn volume_name(name: &str, number: u32) -> String {
    format!("{name}-{number:03}.zip")
}

/// The number in a volume's name.
pub(super) fn number_of(file: &str) -> Option<u32> {
    let stem = file.strip_suffix(".damaged").unwrap_or(file).strip_suffix(".zip")?;
    let digits = stem.rsplit_once('-')?.1;
    (digits.len() >= 3 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// A name from a file that stays in its folder on every system.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', ':', '\0']) && name != "." && name != ".."
}

/// Files in the folder that bear a volume's name, by number.
///
/// # Errors
/// `ARCHIVE-MISSING` if there is no such folder.
pub(super) fn volume_files(dir: &Path) -> Result<Vec<String>, Problem> {
    let mut files: Vec<String> = names_in(dir)?.into_iter().filter(|name| name.ends_with(".zip") && number_of(name).is_some()).collect();
    files.sort_by_key(|name| (number_of(name), name.clone()));
    Ok(files)
}

/// The names in a folder; those that are not Unicode are not ours.
pub(super) fn names_in(dir: &Path) -> Result<Vec<String>, Problem> {
    let list = std::fs::read_dir(dir).map_err(|error| unreadable(&error, dir))?;
    Ok(list.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

/// The safe copy's own files in the making, left behind by an interrupted run.
pub(super) fn parts_in(dir: &Path) -> Result<Vec<PathBuf>, Problem> {
    let is_ours = |name: &str| {
        let Some(name) = name.strip_suffix(".part") else { return false };
        [INDEX, SUMS, README].contains(&name) || (name.ends_with(".zip") && number_of(name).is_some())
    };
    Ok(names_in(dir)?.into_iter().filter(|name| is_ours(name)).map(|name| dir.join(name)).collect())
}

/// A file of the safe copy that can't be read.
pub(super) fn unreadable(error: &io::Error, path: &Path) -> Problem {
    let code = if error.kind() == io::ErrorKind::NotFound { Code::ArchiveMissing } else { Code::ArchiveDamaged };
    Problem::run(code, error.to_string()).at(path.display())
}
