//! The job's folder: written whole or not at all, locked by whoever works in it, and read by anybody.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::account::Endpoint;
use crate::engine::{job, page};
use crate::run::{Code, Problem};

use super::board::{Board, Line};
use super::passwords::{End, Passwords};
use super::row::{FoundServer, MailServer, Place, Row, RowId};
use super::sheet::{LineProblem, Sheet, SheetRow};
use super::state::{Passed, Pc, RowState};
use super::{checklist, row};

/// The version of `job.toml`.
const FORMAT: u32 = 1;
/// What tells a job of many mailboxes from a mailbox' own.
const KIND: &str = "mailboxes";
/// A `job.toml` larger than this was not written by this program.
const LONGEST_FILE_BYTES: u64 = 16 << 20;
/// Beside a row's state while somebody wants it to wait.
const PAUSED: &str = "paused";
const NEWEST: &str = "newest-until-full";
/// Below a row's folder: a job of its own for each PC of the address.
pub(in crate::engine) const PCS: &str = "pcs";

/// What `job.toml` holds.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BatchFile {
    /// Version of this file.
    pub format: u32,
    /// `mailboxes`.
    pub kind: String,
    /// The job's name: the firm that moves.
    pub name: String,
    /// When it was made, RFC 3339.
    pub made: String,
    /// The number that the next row gets.
    pub next_id: RowId,
    /// The change of the mail server.
    pub mail_server: MailServer,
    /// Servers found for domains.
    pub servers: Vec<FoundServer>,
    /// The mailboxes.
    pub rows: Vec<Row>,
}

/// What reading a list in did.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Rows that are new.
    pub added: Vec<RowId>,
    /// Rows that were there and got other settings.
    pub changed: Vec<RowId>,
    /// Rows that were there as they are.
    pub same: Vec<RowId>,
    /// Lines that are wrong, and what is wrong with them; the others are in.
    pub problems: Vec<LineProblem>,
    /// What is odd about a line that is in.
    pub notes: Vec<LineProblem>,
}

/// An open job.
#[derive(Debug)]
pub struct Batch {
    dir: PathBuf,
    file: BatchFile,
    states: BTreeMap<RowId, RowState>,
    /// `None`: it was only read.
    lock: Option<File>,
}

/// True if `dir` holds a job of many mailboxes.
#[must_use]
pub fn is_at(dir: &Path) -> bool {
    read_file(dir).is_ok()
}

impl Batch {
    /// Makes a job's folder, with the checklist and an empty list to fill in. The folder may be there, but no job in it.
    ///
    /// # Errors
    /// `USAGE` if there is a job in it; `DISK-WRITE`, `DISK-FULL`, `LOCKED`.
    pub fn create(dir: &Path, name: &str, now: jiff::Timestamp) -> Result<Self, Problem> {
        if dir.join("job.toml").exists() {
            return Err(Problem::run(Code::Usage, "there is a job in this folder already").at(dir.display()));
        }
        for part in [dir.to_path_buf(), dir.join("rows"), dir.join("report")] {
            fs::create_dir_all(&part).map_err(|error| Problem::write(&error, &part))?;
        }
        let lock = Some(job::lock(&dir.join("lock"))?);
        let name =
            if name.trim().is_empty() { dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default() } else { name.trim().to_owned() };
        let file = BatchFile { format: FORMAT, kind: KIND.to_owned(), name, made: now.to_string(), next_id: 1, ..BatchFile::default() };
        let batch = Self { dir: dir.to_path_buf(), file, states: BTreeMap::new(), lock };
        batch.put("CHECKLIST.txt", checklist::text(&batch.file.name).as_bytes())?;
        batch.put("mailboxes.csv", checklist::TEMPLATE.as_bytes())?;
        batch.save()?;
        Ok(batch)
    }

    /// Opens a job to work in it.
    ///
    /// # Errors
    /// As [`Batch::read`]; `LOCKED` if another instance works in it.
    pub fn open(dir: &Path) -> Result<Self, Problem> {
        read_file(dir)?;
        let lock = Some(job::lock(&dir.join("lock"))?);
        Ok(Self { lock, ..Self::read(dir)? })
    }

    /// Reads a job to show it, also while another instance works in it.
    ///
    /// # Errors
    /// `USAGE` where there is none, or where it was written by a newer program or damaged.
    pub fn read(dir: &Path) -> Result<Self, Problem> {
        let mut file = read_file(dir)?;
        // A number that was given twice would let two rows share a folder.
        let mut seen = std::collections::HashSet::new();
        file.rows.retain(|row| seen.insert(row.id));
        file.next_id = file.next_id.max(file.rows.iter().map(|row| row.id + 1).max().unwrap_or(1));
        let mut batch = Self { dir: dir.to_path_buf(), file, states: BTreeMap::new(), lock: None };
        let states = batch.file.rows.iter().map(|row| (row.id, batch.read_state(row))).collect();
        batch.states = states;
        Ok(batch)
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What `job.toml` holds.
    #[must_use]
    pub const fn file(&self) -> &BatchFile {
        &self.file
    }

    /// The mailboxes.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.file.rows
    }

    /// What became of a row.
    #[must_use]
    pub fn state(&self, id: RowId) -> RowState {
        self.states.get(&id).cloned().unwrap_or_default()
    }

    /// The row's own job folder.
    #[must_use]
    pub fn row_dir(&self, row: &Row) -> PathBuf {
        self.dir.join("rows").join(row.folder())
    }

    /// The rows that `name` means: a number, an address, or the part of it before the `@`.
    #[must_use]
    pub fn find(&self, name: &str) -> Vec<RowId> {
        let is_meant = |row: &&Row| {
            let of = |address: &str| address.eq_ignore_ascii_case(name) || address.rsplit_once('@').is_some_and(|(local, _)| local.eq_ignore_ascii_case(name));
            row.id.to_string() == name || of(&row.new.address) || row.old.as_ref().is_some_and(|old| of(&old.address))
        };
        self.rows().iter().filter(is_meant).map(|row| row.id).collect()
    }

    /// Everything as a table.
    #[must_use]
    pub fn board(&self) -> Board {
        let pauses = Pauses::of(&self.dir);
        let line = |row: &Row| Line {
            row: row.clone(),
            state: self.state(row.id),
            pcs: self.pcs(row),
            is_paused: pauses.is_paused(row),
            is_next: false,
            progress: None,
        };
        Board { lines: self.rows().iter().map(line).collect() }
    }

    /// What PCs copied for this row, as their reports tell.
    fn pcs(&self, row: &Row) -> Vec<Pc> {
        let Ok(entries) = fs::read_dir(self.row_dir(row).join(PCS)) else { return Vec::new() };
        let mut dirs: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        dirs.sort();
        let pc = |dir: &PathBuf| {
            let report = page::read(dir).ok()?;
            Some(Pc { name: dir.file_name()?.to_string_lossy().into_owned(), passed: Passed::of(&report, None, 1) })
        };
        dirs.iter().filter_map(pc).collect()
    }

    /// Reads a list in: new rows are added, known ones get the settings that the list tells. Rows that it does not name stay.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn import(&mut self, sheet: &Sheet, passwords: &mut Passwords) -> Result<Imported, Problem> {
        let mut imported = Imported { problems: sheet.problems.clone(), ..Imported::default() };
        for told in &sheet.rows {
            let row = Row { id: self.file.next_id, old: told.old.clone(), new: told.new.clone() };
            let id = match self.file.rows.iter_mut().find(|known| known.is_same(&row)) {
                Some(known) => {
                    let before = known.clone();
                    let update = |known: &mut Place, told: &Place| *known = merged(known, told);
                    update(&mut known.new, &told.new);
                    if let (Some(known), Some(told)) = (&mut known.old, &told.old) {
                        update(known, told);
                    }
                    if *known == before { &mut imported.same } else { &mut imported.changed }.push(known.id);
                    known.id
                }
                None => {
                    let into_same = self.file.rows.iter().find(|known| known.new.is_same(&row.new));
                    if let Some(other) = into_same {
                        let what = format!("goes into the same mailbox as row {}: both are copied into it, one after the other", other.id);
                        imported.notes.push(LineProblem { line: told.line, row: Some(row.name().to_owned()), what });
                    }
                    self.file.next_id += 1;
                    imported.added.push(row.id);
                    self.file.rows.push(row.clone());
                    row.id
                }
            };
            imported.notes.extend(told.notes.iter().map(|what| LineProblem { line: told.line, row: Some(told.new.address.clone()), what: what.clone() }));
            take_passwords(id, told, passwords);
        }
        self.save()?;
        Ok(imported)
    }

    /// Takes the passwords of the rows that `sheet` names, and nothing else of it. Answers how many rows it named.
    pub fn give(&self, sheet: &Sheet, passwords: &mut Passwords) -> usize {
        let mut named = 0;
        for told in &sheet.rows {
            let row = Row { id: 0, old: told.old.clone(), new: told.new.clone() };
            if let Some(known) = self.file.rows.iter().find(|known| known.is_same(&row)) {
                take_passwords(known.id, told, passwords);
                named += 1;
            }
        }
        named
    }

    /// Changes a row: another server, another sign-in name, a certificate that a person accepted.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn change(&mut self, row: Row) -> Result<(), Problem> {
        if let Some(known) = self.file.rows.iter_mut().find(|known| known.id == row.id) {
            *known = row;
        }
        self.save()
    }

    /// Takes a row off the list. Its folder, with journal and report, stays.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn remove(&mut self, id: RowId) -> Result<(), Problem> {
        self.file.rows.retain(|row| row.id != id);
        self.states.remove(&id);
        self.save()
    }

    /// The server that was found for the domain of `place`.
    #[must_use]
    pub fn server(&self, place: &Place, end: End) -> Option<&FoundServer> {
        let domain = place.domain();
        self.file.servers.iter().find(|found| found.domain == domain && found.end == end)
    }

    /// Remembers the server that was found for the domain of `place`.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn remember_server(&mut self, place: &Place, end: End, endpoint: &Endpoint, local_user: bool) -> Result<(), Problem> {
        let domain = place.domain();
        if self.server(place, end).is_some_and(|known| known.endpoint == *endpoint && known.local_user == local_user) {
            return Ok(());
        }
        self.file.servers.retain(|found| !(found.domain == domain && found.end == end));
        self.file.servers.push(FoundServer { domain, end, endpoint: endpoint.clone(), local_user, at: jiff::Timestamp::now().to_string() });
        self.save()
    }

    /// Remembers what was said of the change of the mail server.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn remember_mail_server(&mut self, told: row::MailServer) -> Result<(), Problem> {
        let known = &mut self.file.mail_server;
        let next = MailServer { old_ttl: told.old_ttl.or(known.old_ttl), changed_at: told.changed_at.or_else(|| known.changed_at.clone()) };
        if next == *known {
            return Ok(());
        }
        *known = next;
        self.save()
    }

    /// Writes down what became of a row.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn set_state(&mut self, id: RowId, state: RowState) -> Result<(), Problem> {
        let Some(row) = self.file.rows.iter().find(|row| row.id == id) else { return Ok(()) };
        let dir = self.row_dir(row);
        fs::create_dir_all(&dir).map_err(|error| Problem::write(&error, &dir))?;
        let text = serde_json::to_vec_pretty(&state).map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
        write(&dir.join("state.json"), &text)?;
        self.states.insert(id, state);
        Ok(())
    }

    fn read_state(&self, row: &Row) -> RowState {
        let path = self.row_dir(row).join("state.json");
        let Ok(text) = fs::read(&path) else { return RowState::default() };
        // What the journal knows is not lost with it: the row is tested and passes once more.
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!("a row's state can't be read: {error} where={:?}", path.display());
            RowState::default()
        })
    }

    fn save(&self) -> Result<(), Problem> {
        let text = toml::to_string_pretty(&self.file).map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
        self.put("job.toml", text.as_bytes())
    }

    /// Writes a file of the folder whole.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        if self.lock.is_none() {
            return Err(Problem::run(Code::Internal, "a job that was only read is not written").at(self.dir.display()));
        }
        write(&self.dir.join(name), bytes)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    job::write_whole(path, bytes).map_err(|error| Problem::write(&error, path))
}

fn take_passwords(id: RowId, told: &SheetRow, passwords: &mut Passwords) {
    for (end, password) in [(End::Old, &told.old_password), (End::New, &told.new_password)] {
        if let Some(password) = password {
            passwords.give(id, end, password.clone());
        }
    }
}

/// What is known, with what was told anew.
fn merged(known: &Place, told: &Place) -> Place {
    Place {
        address: known.address.clone(),
        user: told.user.clone().or_else(|| known.user.clone()),
        host: told.host.clone().or_else(|| known.host.clone()),
        port: told.port.or(known.port),
        tls: told.tls.or(known.tls),
        pin: told.pin.or(known.pin),
    }
}

fn read_file(dir: &Path) -> Result<BatchFile, Problem> {
    let path = dir.join("job.toml");
    let no_job = |what: String| Problem::run(Code::Usage, what).at(path.display());
    let length = fs::metadata(&path).map_err(|_missing| no_job("there is no job in this folder; `job new` makes one".to_owned()))?.len();
    if length > LONGEST_FILE_BYTES {
        return Err(no_job("job.toml is too long".to_owned()));
    }
    let text = fs::read_to_string(&path).map_err(|error| no_job(format!("job.toml can't be read: {error}")))?;
    let file: BatchFile = toml::from_str(&text).map_err(|error| no_job(format!("job.toml can't be read: {}", error.message())))?;
    match (file.kind.as_str(), file.format) {
        (KIND, FORMAT) => Ok(file),
        (KIND, newer) if newer > FORMAT => Err(no_job("this job was written by a newer version of the program".to_owned())),
        _ => Err(no_job("this is the job of one mailbox, not of many".to_owned())),
    }
}

/// Pauses and resumes rows one by one, whichever program works in the job: a file beside the row says so.
#[derive(Clone, Debug)]
pub struct Pauses {
    dir: PathBuf,
}

impl Pauses {
    /// Those of the job in `dir`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf() }
    }

    /// The row waits from now on; what is under way is settled first.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn pause(&self, row: &Row) -> Result<(), Problem> {
        put_mark(&self.path(row))
    }

    /// The row goes on.
    ///
    /// # Errors
    /// `DISK-WRITE`.
    pub fn resume(&self, row: &Row) -> Result<(), Problem> {
        take_mark(&self.path(row))
    }

    /// True if the row shall wait.
    #[must_use]
    pub fn is_paused(&self, row: &Row) -> bool {
        self.path(row).exists()
    }

    fn path(&self, row: &Row) -> PathBuf {
        self.dir.join("rows").join(row.folder()).join(PAUSED)
    }
}

/// What was chosen for single rows, whichever program works in the job: a file beside the row says so.
#[derive(Clone, Debug)]
pub struct RowChoices {
    dir: PathBuf,
}

impl RowChoices {
    /// Those of the job in `dir`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf() }
    }

    /// Whether the newest goes until the new mailbox is full, and the rest stays at the old server.
    ///
    /// # Errors
    /// `DISK-WRITE`, `DISK-FULL`.
    pub fn choose_newest(&self, row: &Row, newest: bool) -> Result<(), Problem> {
        let path = self.newest(row);
        if newest { put_mark(&path) } else { take_mark(&path) }
    }

    /// True if that was chosen.
    #[must_use]
    pub fn is_newest(&self, row: &Row) -> bool {
        self.newest(row).exists()
    }

    fn newest(&self, row: &Row) -> PathBuf {
        self.dir.join("rows").join(row.folder()).join(NEWEST)
    }
}

fn put_mark(path: &Path) -> Result<(), Problem> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(|error| Problem::write(&error, dir))?;
    }
    fs::write(path, b"").map_err(|error| Problem::write(&error, path))
}

fn take_mark(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Problem::write(&error, path)),
        _ => Ok(()),
    }
}
