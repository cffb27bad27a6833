//! The disk under a safe copy: few verbs, so that a test can make the N-th of them fail for every N.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::run::Problem;

/// What writing a safe copy asks of a disk.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Makes an empty file, replacing one of that name.
    ///
    /// # Errors
    /// What the system gives.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// What the system gives.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Gives a file its final name, replacing one of that name.
    ///
    /// # Errors
    /// What the system gives.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// What the system gives.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder last through a power cut.
    ///
    /// # Errors
    /// What the system gives.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// A file in the making.
pub trait DiskFile: Send {
    /// Appends.
    ///
    /// # Errors
    /// What the system gives.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes the bytes last through a power cut.
    ///
    /// # Errors
    /// What the system gives.
    fn sync(&mut self) -> io::Result<()>;
}

/// The computer's own disks.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl DiskFile for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Write::write_all(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(File::create(path)?))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        patiently(|| std::fs::rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        patiently(|| std::fs::remove_file(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // Windows has no handle of a folder to flush; its rename is journalled.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

/// Tries again for some two seconds where Windows says that another program holds a file: virus scanners and search look at every
/// new one for a moment.
fn patiently(mut act: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    const WAIT: Duration = Duration::from_millis(50);
    let mut waits = if cfg!(windows) { 40 } else { 0 };
    loop {
        match act() {
            Err(error) if waits > 0 && is_held(&error) => waits -= 1,
            done => return done,
        }
        std::thread::sleep(WAIT);
    }
}

/// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`.
fn is_held(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// Writes a small file so that under `path` there is always a whole one: the old or the new.
pub(super) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let part = part_of(path);
    let write = || {
        let mut file = disk.create(&part)?;
        file.write_all(bytes)?;
        file.sync()?;
        drop(file);
        disk.rename(&part, path)?;
        path.parent().map_or(Ok(()), |dir| disk.sync_dir(dir))
    };
    write().map_err(|error| Problem::write(&error, path))
}

/// The name of a file in the making.
pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Something that can be read at any place by several threads at once.
pub trait ReadAt: Send + Sync {
    /// Reads up to `buffer.len()` bytes from `offset`; 0 at the end.
    ///
    /// # Errors
    /// What the system gives.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Its length in bytes.
    ///
    /// # Errors
    /// What the system gives.
    fn len(&self) -> io::Result<u64>;

    /// True if there is not one byte.
    ///
    /// # Errors
    /// What the system gives.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads exactly `len` bytes from `offset`. The caller has bounded `len`.
    ///
    /// # Errors
    /// `UnexpectedEof` if there are fewer.
    fn bytes_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.fill_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// Fills `bytes` from `offset` on.
    fn fill_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.read_at(rest, offset + done as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_at(self, buffer, offset);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_read(self, buffer, offset);
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(Vec::len(self));
        self.get(from..).unwrap_or_default().read(buffer)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(Vec::len(self) as u64)
    }
}
