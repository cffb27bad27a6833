//! Several computers of one address: what each copied is told to the others by digest, in the job's folder (R18, DESIGN rule 4).
//!
//! A PC that works with the folder of a job of many mailboxes (on a stick, or a share) has a job of its own below the address's row, and
//! beside it each PC keeps a list: folder, twin, ordinal of every message that was seen in the new mailbox. What the server holds is
//! found there by twin anyway; the lists add what the server can't tell any more: mail that another PC copied and its owner has deleted
//! or moved since is not copied again. A list counts for a folder only while that has the UIDVALIDITY it was seen with.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::journal::{Entering, Intent, Journal, Seen, State};
use crate::mail::Twin;
use crate::run::{Code, Problem};
use crate::settings::Home;

use super::batch::{self, Batch};
use super::job;
use super::plan::Target;

/// Below a row's folder: a list for each computer.
const UPLOADED: &str = "uploaded";
/// A longer list was not written by this program.
const LONGEST_LIST_BYTES: u64 = 1 << 30;

/// A line of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Told {
    /// The folder's full name at the server.
    mailbox: String,
    uid_validity: u32,
    twin: Twin,
    ordinal: u32,
}

/// The folder that a deed works in, given what `--job` names: below the row of `account`, where that is a job of many mailboxes.
///
/// # Errors
/// `USAGE` if the job has no such mailbox; the home's.
pub fn job_of(given: Option<&Path>, home: &Home, account: &Account) -> Result<Option<PathBuf>, Problem> {
    let Some(dir) = given.filter(|dir| batch::is_at(dir)) else { return Ok(given.map(Path::to_path_buf)) };
    let batch = Batch::read(dir)?;
    let is_meant = |row: &&batch::Row| row.new.address.eq_ignore_ascii_case(&account.address);
    let row = batch.rows().iter().find(is_meant);
    let row = row.ok_or_else(|| Problem::run(Code::Usage, format!("the job has no mailbox {}", account.address)).at(dir.display()))?;
    Ok(Some(batch.row_dir(row).join(batch::PCS).join(home.computer()?)))
}

/// The lists of one address, as one of its computers sees them.
#[derive(Clone, Debug)]
pub struct Shared {
    dir: PathBuf,
    own: String,
}

impl Shared {
    /// Those that go with a computer's job; `None` for a job that stands alone.
    #[must_use]
    pub fn of(job_dir: &Path) -> Option<Self> {
        let above = job_dir.parent().filter(|dir| dir.file_name().is_some_and(|name| name == batch::PCS))?;
        Some(Self { dir: above.parent()?.join(UPLOADED), own: job_dir.file_name()?.to_string_lossy().into_owned() })
    }

    /// Writes into the journal what others copied into `targets`, and this computer's journal does not know. Answers how many.
    ///
    /// # Errors
    /// `JOURNAL`. A list that can't be read counts for nothing: the server is looked at all the same.
    pub fn claim(&self, targets: &[&Target], journal: &mut Journal, now_unix: i64) -> Result<u64, Problem> {
        let others = self.others();
        let mut claimed = 0;
        for target in targets.iter().filter(|target| !target.create) {
            let (id, validity) = journal.mailbox(&target.name)?;
            let Some(told) = others.get(&(target.name.clone(), validity)).filter(|_| validity != 0) else { continue };
            let known: HashSet<(Twin, u32)> = journal.entries(id)?.iter().map(|entry| (entry.twin, entry.ordinal)).collect();
            let mut rows = Vec::new();
            for slot in target.slots.iter().filter(|slot| told.contains(&(slot.twin, slot.ordinal)) && !known.contains(&(slot.twin, slot.ordinal))) {
                let intent = Intent {
                    key: journal.new_key(),
                    mailbox: id,
                    twin: slot.twin,
                    content: None,
                    ordinal: slot.ordinal,
                    archive_id: slot.id,
                    wire_bytes: slot.wire_bytes,
                    wire_sha256: slot.twin.0,
                    twin_bytes: slot.twin_bytes,
                    uid_validity: validity,
                    uid_next: 0,
                    at: now_unix,
                };
                // Not there now, or it had been found: it was, and its owner took it away.
                rows.push(Entering::There(intent, 0));
                claimed += 1;
            }
            journal.commit(&rows)?;
        }
        Ok(claimed)
    }

    /// Takes back that messages are there too often, where other computers put more copies there than this one has: the count of a mail is
    /// the greatest that one of them holds.
    pub fn excuse(&self, targets: &[&Target], doubled: &mut Vec<u64>) {
        if doubled.is_empty() {
            return;
        }
        let mut told: HashMap<(&str, Twin), u32> = HashMap::new();
        let others = self.others();
        for ((mailbox, _), copies) in &others {
            for (twin, ordinal) in copies {
                let most = told.entry((mailbox, *twin)).or_default();
                *most = (*most).max(ordinal + 1);
            }
        }
        let (mut place_of, mut own) = (HashMap::new(), HashMap::new());
        for target in targets {
            for slot in &target.slots {
                place_of.insert(slot.id, (target.name.as_str(), slot.twin));
                *own.entry((target.name.as_str(), slot.twin)).or_insert(0_u32) += 1;
            }
        }
        let mut excused: HashMap<(&str, Twin), u32> =
            told.into_iter().map(|(place, most)| (place, most.saturating_sub(own.get(&place).copied().unwrap_or(0)))).collect();
        doubled.retain(|id| match place_of.get(id).and_then(|place| excused.get_mut(place)).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                false
            }
            None => true,
        });
    }

    /// Tells the others what this computer's journal has seen in the new mailbox.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-WRITE`, `DISK-FULL`.
    pub fn publish(&self, mailboxes: &[&str], journal: &mut Journal) -> Result<(), Problem> {
        let mut text = Vec::new();
        for name in mailboxes {
            let (id, uid_validity) = journal.mailbox(name)?;
            for entry in journal.entries(id)? {
                // Only what was seen there: what nobody looked at must not keep others from sending it.
                let is_seen = entry.uid.is_some() && entry.uid_validity == uid_validity && entry.seen != Seen::Absent;
                if is_seen && (entry.state == State::There || (entry.state == State::Stored && entry.seen >= Seen::Size)) {
                    let told = Told { mailbox: (*name).to_owned(), uid_validity, twin: entry.twin, ordinal: entry.ordinal };
                    serde_json::to_writer(&mut text, &told).map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
                    text.push(b'\n');
                }
            }
        }
        fs::create_dir_all(&self.dir).map_err(|error| Problem::write(&error, &self.dir))?;
        let path = self.dir.join(format!("{}.jsonl", self.own));
        job::write_whole(&path, &text).map_err(|error| Problem::write(&error, &path))
    }

    /// What other computers told, by folder and its UIDVALIDITY.
    fn others(&self) -> HashMap<(String, u32), HashSet<(Twin, u32)>> {
        let mut told: HashMap<(String, u32), HashSet<(Twin, u32)>> = HashMap::new();
        let own = format!("{}.jsonl", self.own);
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let lists = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        for list in lists.filter(|path| path.file_name().is_some_and(|name| name != own.as_str())) {
            let Ok(file) = File::open(&list) else { continue };
            for line in BufReader::new(file.take(LONGEST_LIST_BYTES)).lines().map_while(Result::ok) {
                // A line that is damaged counts for nothing.
                if let Ok(line) = serde_json::from_str::<Told>(&line) {
                    told.entry((line.mailbox, line.uid_validity)).or_default().insert((line.twin, line.ordinal));
                }
            }
        }
        told
    }
}
