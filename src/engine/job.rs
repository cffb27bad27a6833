//! A job: a folder with `job.toml`, `journal.sqlite`, `report/` and `log/`; no passwords (DESIGN §6).
//!
//! Two locks keep two instances apart: one on the job's folder, one on (host, user), since two folders may name one mailbox.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::mail::Sha256Digest;
use crate::run::{Code, Problem};
use crate::settings::Home;

/// What `job.toml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobFile {
    /// Version of this file.
    pub format: u32,
    /// When the job was made, RFC 3339.
    pub made: String,
    /// The safe copy it was last used with.
    pub archive: PathBuf,
    /// The account, without its password.
    pub account: Account,
}

const FORMAT: u32 = 1;

/// An open, locked job. Dropping it gives the locks back.
#[derive(Debug)]
pub struct Job {
    /// Its folder.
    pub dir: PathBuf,
    _locks: [File; 2],
}

impl Job {
    /// Opens the job at `given`, or the newest job in the home for this account, or makes one.
    ///
    /// # Errors
    /// `LOCKED` if another instance works on it or on the same mailbox; `DISK-WRITE`, `DISK-FULL`.
    pub fn open(home: &Home, given: Option<&Path>, account: &Account, archive: &Path, now: jiff::Timestamp) -> Result<Self, Problem> {
        let dir = match given {
            Some(dir) => dir.to_path_buf(),
            None => find(home, account).unwrap_or_else(|| new_dir(&jobs_of(home), account, now)),
        };
        if super::batch::is_at(&dir) {
            return Err(Problem::run(Code::Usage, "this folder is the job of many mailboxes: use the job commands").at(dir.display()));
        }
        let locks = home.locks()?;
        for dir in [&dir, &dir.join("report"), &dir.join("log")] {
            fs::create_dir_all(dir).map_err(|error| Problem::write(&error, dir))?;
        }
        let key = Sha256Digest::of(format!("{}\n{}", account.endpoint.host.to_ascii_lowercase(), account.user).as_bytes()).to_string();
        let held = [lock(&dir.join("lock"))?, lock(&locks.join(key.get(..32).unwrap_or(&key)))?];
        let file = JobFile { format: FORMAT, made: now.to_string(), archive: archive.to_path_buf(), account: account.clone() };
        let file = JobFile { made: read(&dir).map_or(file.made.clone(), |old| old.made), ..file };
        let path = dir.join("job.toml");
        let text = toml::to_string_pretty(&file).map_err(|error| Problem::run(Code::Internal, error.to_string()))?;
        write_whole(&path, text.as_bytes()).map_err(|error| Problem::write(&error, &path))?;
        Ok(Self { dir, _locks: held })
    }

    /// Where the journal is.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        journal_in(&self.dir)
    }
}

/// The journal of the job in `dir`.
#[must_use]
pub fn journal_in(dir: &Path) -> PathBuf {
    dir.join("journal.sqlite")
}

/// What is written in `dir` about the job there.
#[must_use]
pub fn read(dir: &Path) -> Option<JobFile> {
    toml::from_str(&fs::read_to_string(dir.join("job.toml")).ok()?).ok()
}

/// The newest job in the home for this account.
#[must_use]
pub fn find(home: &Home, account: &Account) -> Option<PathBuf> {
    let same = |file: &JobFile| {
        file.account.endpoint.host.eq_ignore_ascii_case(&account.endpoint.host)
            && file.account.endpoint.port == account.endpoint.port
            && file.account.user == account.user
    };
    let mut found: Vec<PathBuf> =
        fs::read_dir(jobs_of(home)).ok()?.filter_map(Result::ok).map(|entry| entry.path()).filter(|dir| read(dir).is_some_and(|file| same(&file))).collect();
    found.sort();
    found.pop()
}

fn new_dir(jobs: &Path, account: &Account, now: jiff::Timestamp) -> PathBuf {
    let date = now.strftime("%Y-%m-%d").to_string();
    let address: String =
        account.address.chars().take(80).map(|c| if c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+') { c } else { '_' }).collect();
    let name = format!("{date}-{}", address.trim_end_matches('.'));
    (1..).map(|n| if n == 1 { jobs.join(&name) } else { jobs.join(format!("{name}-{n}")) }).find(|dir| !dir.exists()).unwrap_or_default()
}

fn jobs_of(home: &Home) -> PathBuf {
    home.root().join("jobs")
}

/// Writes a small file so that it is there whole or as it was before.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// How often a lock that is held is tried for again, and the wait between: a process that another thread of this program is just
/// starting holds a copy of every open file, and so of every lock, until it runs (fork(2), flock(2)); and one may be just ending.
const LOCK_TRIES: u32 = 50;
const LOCK_WAIT: Duration = Duration::from_millis(20);

/// Locks a file, made if it is not there, until what is answered is dropped.
pub(super) fn lock(path: &Path) -> Result<File, Problem> {
    // Windows locks no file that is open for appending alone.
    let file = File::options().create(true).truncate(false).read(true).write(true).open(path).map_err(|error| Problem::write(&error, path))?;
    let mut locked = file.try_lock();
    for _ in 0..LOCK_TRIES {
        if !matches!(locked, Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(LOCK_WAIT);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Problem::run(Code::Locked, "another Mailferry works on this job or mailbox")),
        // A drive that knows no locks (some network shares): the journal's own lock is the second line.
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(Problem::write(&error, path)),
    }
}
