//! Opens files for reading only, and nothing outside another computer's drive.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// What may be opened: everything, or only what lies below one directory after all symbolic links are followed.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    root: Option<PathBuf>,
}

/// A file or directory, symbolic links followed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its last name, as text; undecodable bytes are replaced.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// It is a directory.
    pub is_dir: bool,
    /// Its length in bytes.
    pub len: u64,
}

impl Bounds {
    /// Everything may be opened (`None`), or only what lies below `root`.
    ///
    /// # Errors
    /// `root` can't be reached.
    pub fn below(root: Option<&Path>) -> io::Result<Self> {
        Ok(Self { root: root.map(Path::canonicalize).transpose()? })
    }

    /// Whether `path` exists and may be opened.
    #[must_use]
    pub fn allows(&self, path: &Path) -> bool {
        match &self.root {
            None => path.exists(),
            Some(root) => path.canonicalize().is_ok_and(|real| real.starts_with(root)),
        }
    }

    /// Opens a regular file for reading; other programs may go on reading, writing, renaming and deleting it.
    ///
    /// # Errors
    /// What opening gives; `PermissionDenied` for a path that leads outside, `InvalidInput` for what is no regular file, `ResourceBusy`
    /// for a file that its program lets nobody else read (Windows).
    pub fn open(&self, path: &Path) -> io::Result<(File, Metadata)> {
        if self.root.is_some() && !self.allows(path) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "leads outside the drive that was named"));
        }
        // A pipe would be waited for.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file"));
        }
        let file = File::open(path).map_err(told_if_held)?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    }

    /// The first `limit` bytes of a file; empty if it can't be read.
    #[must_use]
    pub fn head(&self, path: &Path, limit: u64) -> Vec<u8> {
        use io::Read;
        let mut head = Vec::new();
        if let Ok((file, _)) = self.open(path) {
            // What was read before an error is still a head.
            let _partial = file.take(limit).read_to_end(&mut head);
        }
        head
    }

    /// A whole small file as text, undecodable bytes replaced.
    ///
    /// # Errors
    /// What reading gives.
    pub fn text(&self, path: &Path, limit: u64) -> io::Result<String> {
        use io::Read;
        let (file, _) = self.open(path)?;
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What a directory holds: regular files and directories, in the order of the numbers their names begin with, then of names.
    ///
    /// Links that lead outside or nowhere are left out. What is there and can't be looked at is told as a file of no length: opening
    /// it says why.
    ///
    /// # Errors
    /// What opening and reading the directory gives.
    pub fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = entry.path();
            if self.root.is_some() && entry.file_type().is_ok_and(|kind| kind.is_symlink()) && !self.allows(&path) {
                continue;
            }
            // Windows' listing tells of an open file what it was when it was opened; so each is asked, but those that a question would fetch.
            let (is_dir, len) = match entry.metadata().ok().filter(is_elsewhere).map_or_else(|| fs::metadata(&path), Ok) {
                Ok(metadata) if metadata.is_dir() || metadata.is_file() => (metadata.is_dir(), metadata.len()),
                Err(error) if error.kind() != io::ErrorKind::NotFound => (entry.file_type().is_ok_and(|kind| kind.is_dir()), 0),
                _ => continue,
            };
            entries.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), path, is_dir, len });
        }
        entries.sort_by(|a, b| (number(&a.name), &a.name).cmp(&(number(&b.name), &b.name)));
        Ok(entries)
    }
}

/// Windows says that a file is in use by its number alone: 32 for the whole file, 33 for a part of it.
fn told_if_held(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(32 | 33) if cfg!(windows) => io::Error::new(io::ErrorKind::ResourceBusy, "another program is using it: close that program, then try again"),
        _ => error,
    }
}

/// The number that a name begins with; names without one come last.
fn number(name: &str) -> u64 {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

/// Seconds since 1970 of a file's last change; `None` where the system tells none.
#[must_use]
pub fn changed_at(metadata: &Metadata) -> Option<i64> {
    let time = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(time.as_secs()).ok()
}

/// Whether the file is still as it was when it was opened. By name, so that one that was replaced is seen too.
#[must_use]
pub fn is_unchanged(before: &Metadata, path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|now| now.len() == before.len() && now.modified().ok() == before.modified().ok())
}

/// True for a file that a cloud service would have to download first: counting it would fetch it all.
#[cfg(windows)]
#[must_use]
pub fn is_elsewhere(metadata: &Metadata) -> bool {
    use std::os::windows::fs::MetadataExt;
    const FILE_ATTRIBUTE_OFFLINE: u32 = 0x1000;
    const FILE_ATTRIBUTE_RECALL_ON_OPEN: u32 = 0x0004_0000;
    const FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS: u32 = 0x0040_0000;
    metadata.file_attributes() & (FILE_ATTRIBUTE_OFFLINE | FILE_ATTRIBUTE_RECALL_ON_OPEN | FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS) != 0
}

/// True for a file that a cloud service would have to download first: only Windows tells.
#[cfg(not(windows))]
#[must_use]
pub const fn is_elsewhere(_metadata: &Metadata) -> bool {
    false
}

/// Whether a file's bytes are on this computer.
#[must_use]
pub fn is_readable_here(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !is_elsewhere(&metadata))
}
