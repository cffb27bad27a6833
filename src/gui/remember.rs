//! What outlives the program: an interrupted run, the look of the window, and that only one window is open. No password, ever.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::engine::hours::Hours;
use crate::settings::Home;
use crate::store::StoreInfo;

use super::room::Selection;
use super::state::{DriveKind, Look, Place};

const INTERRUPTED: &str = "interrupted.json";
const WINDOW: &str = "window.toml";
const FORMAT: u32 = 1;
/// No file of ours is longer.
const LONGEST_BYTES: u64 = 64_000_000;

/// A run that has begun and not ended: all that going on needs, without a password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unfinished {
    /// The version of this file.
    pub format: u32,
    /// When it was last seen running.
    pub at: jiff::Timestamp,
    /// Where it was.
    pub stage: Stage,
    /// Bytes done and in all.
    pub bytes: (u64, u64),
    /// Messages done and in all.
    pub messages: (u64, u64),
    /// Seconds that were left, where measured.
    pub left_secs: Option<u64>,
    /// It is practice.
    pub practice: bool,
    /// What goes into the safe copy.
    pub stores: Vec<StoreInfo>,
    /// Where the safe copy is.
    pub place: KeptPlace,
    /// Messages in it, once it is made.
    pub made: Option<u64>,
    /// The account.
    pub account: Option<Account>,
    /// What was chosen.
    pub selection: Selection,
    /// The person says that POP is stopped.
    pub pop_stopped: bool,
    /// It is copied at these hours of the day only.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// It is not copied while the connection is metered.
    #[serde(default)]
    pub unmetered: bool,
}

impl Unfinished {
    /// One of this version, at a moment.
    #[must_use]
    pub fn new(stage: Stage, at: jiff::Timestamp) -> Self {
        Self {
            format: FORMAT,
            at,
            stage,
            bytes: (0, 0),
            messages: (0, 0),
            left_secs: None,
            practice: false,
            stores: Vec::new(),
            place: KeptPlace::default(),
            made: None,
            account: None,
            selection: Selection::default(),
            pop_stopped: false,
            hours: None,
            unmetered: false,
        }
    }

    /// Reads what stands in `dir`; what can't be understood is as good as nothing: the safe copy and the journal tell the rest.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        let read: Self = serde_json::from_slice(&read_small(&dir.join(INTERRUPTED))?).ok()?;
        (read.format == FORMAT).then_some(read)
    }
}

/// Where a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Making the safe copy.
    SafeCopy,
    /// The safe copy is made; nothing is copied yet.
    Made,
    /// Copying or checking.
    Copying,
}

/// [`Place`] as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptPlace {
    /// The folder.
    pub folder: PathBuf,
    /// Its name.
    pub name: String,
    /// On a USB drive.
    pub is_usb: bool,
}

impl From<&Place> for KeptPlace {
    fn from(place: &Place) -> Self {
        Self { folder: PathBuf::from(&place.folder), name: place.name.clone(), is_usb: place.kind == DriveKind::Usb }
    }
}

impl From<&KeptPlace> for Place {
    fn from(kept: &KeptPlace) -> Self {
        let kind = if kept.is_usb { DriveKind::Usb } else { DriveKind::Internal };
        Self { folder: kept.folder.display().to_string(), name: kept.name.clone(), kind, has_room: true, ..Self::default() }
    }
}

/// Writes what is to be remembered on a thread of its own, the newest only.
pub struct Memory {
    notes: Option<mpsc::Sender<(PathBuf, Option<Box<Unfinished>>)>>,
    thread: Option<JoinHandle<()>>,
}

impl Memory {
    /// Begins.
    #[must_use]
    pub fn new() -> Self {
        let (notes, read) = mpsc::channel();
        let thread = std::thread::Builder::new().name("memory".into()).spawn(move || write_all(&read)).ok();
        Self { notes: Some(notes), thread }
    }

    /// Remembers a run in `dir`, or that there is none any more.
    pub fn note(&self, dir: &Path, unfinished: Option<Unfinished>) {
        if let Some(notes) = &self.notes {
            let _thread_gone = notes.send((dir.to_path_buf(), unfinished.map(Box::new)));
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Memory {
    /// Waits until all is written: the last word of a run counts.
    fn drop(&mut self) {
        self.notes = None;
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn write_all(notes: &mpsc::Receiver<(PathBuf, Option<Box<Unfinished>>)>) {
    while let Ok(mut note) = notes.recv() {
        // Of several notes about one folder that wait, the last one counts.
        while let Ok(next) = notes.try_recv() {
            if next.0 != note.0 {
                keep(&note.0, note.1.as_deref());
            }
            note = next;
        }
        keep(&note.0, note.1.as_deref());
    }
}

fn keep(dir: &Path, unfinished: Option<&Unfinished>) {
    let path = dir.join(INTERRUPTED);
    let kept = match unfinished {
        Some(unfinished) => serde_json::to_vec(unfinished).map_err(std::io::Error::other).and_then(|bytes| write_whole(&path, &bytes)),
        None => fs::remove_file(&path).or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }),
    };
    if let Err(error) = kept {
        tracing::warn!("the interrupted run can't be noted: {error}");
    }
}

/// The window's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowSettings {
    /// Theme and text size.
    pub look: Look,
    /// The renderer that last reached a first frame.
    pub renderer: Option<String>,
}

impl WindowSettings {
    /// Reads them; what can't be understood is the default.
    #[must_use]
    pub fn read(home: &Home) -> Self {
        let bytes = read_small(&home.root().join(WINDOW)).unwrap_or_default();
        std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str(text).ok()).unwrap_or_default()
    }

    /// Writes them; a drive that can't be written to costs the choice, not the work.
    pub fn write(&self, home: &Home) {
        let text = toml::to_string_pretty(self).unwrap_or_default();
        if let Err(error) = write_whole(&home.root().join(WINDOW), text.as_bytes()) {
            tracing::warn!("the window's settings can't be kept: {error}");
        }
    }
}

fn read_small(path: &Path) -> Option<Vec<u8>> {
    (fs::metadata(path).ok()?.len() <= LONGEST_BYTES).then(|| fs::read(path).ok())?
}

/// Writes a small file so that it is there whole or as it was before; the folder is made for the owner alone.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// That this is the only window with this home. Dropping it lets another one in.
#[derive(Debug)]
pub struct OnlyWindow {
    _lock: Option<File>,
}

impl OnlyWindow {
    /// `None` if another window is open with this home.
    #[must_use]
    pub fn take(home: &Home) -> Option<Self> {
        // A home that can't be written to, or a drive that knows no locks: the job's own locks are the second line.
        let Ok(locks) = home.locks() else { return Some(Self { _lock: None }) };
        let Ok(file) = File::options().create(true).append(true).open(locks.join("window")) else { return Some(Self { _lock: None }) };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => None,
            Ok(()) | Err(TryLockError::Error(_)) => Some(Self { _lock: Some(file) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_run_reads_back_and_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new();
        let mut run = Unfinished::new(Stage::Copying, jiff::Timestamp::UNIX_EPOCH);
        for done in 0..50 {
            run.bytes = (done, 100);
            memory.note(dir.path(), Some(run.clone()));
        }
        drop(memory);
        let read = Unfinished::read(dir.path()).unwrap();
        assert_eq!((read.stage, read.bytes), (Stage::Copying, (49, 100)));
        let memory = Memory::new();
        memory.note(dir.path(), None);
        drop(memory);
        assert!(Unfinished::read(dir.path()).is_none());
        fs::write(dir.path().join(INTERRUPTED), "nonsense").unwrap();
        assert!(Unfinished::read(dir.path()).is_none());
    }

    #[test]
    fn the_windows_settings_read_back_and_a_second_window_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let settings = WindowSettings { look: Look { text_size: 150.into(), ..Look::default() }, renderer: Some("glow".into()) };
        settings.write(&home);
        assert_eq!(WindowSettings::read(&home), settings);
        fs::write(dir.path().join(WINDOW), "look = 3").unwrap();
        assert_eq!(WindowSettings::read(&home), WindowSettings::default());
        let first = OnlyWindow::take(&home).unwrap();
        assert!(OnlyWindow::take(&home).is_none());
        drop(first);
        assert!(OnlyWindow::take(&home).is_some());
    }
}
