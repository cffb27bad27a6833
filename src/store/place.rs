//! Whose computer a store lies on: this one, or a drive of another whose absolute paths have to be mapped.

use std::path::{Path, PathBuf};

use super::bounds::Bounds;
use super::info::StoreInfo;

/// A user's part of a drive.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The other computer's drive; `None` on this computer.
    pub root: Option<PathBuf>,
    /// What may be opened.
    pub bounds: Bounds,
    /// The user folder's name, on another computer's drive.
    pub owner: Option<String>,
}

impl Place {
    /// This computer.
    #[must_use]
    pub fn here() -> Self {
        Self::default()
    }

    /// A directory that is another computer's drive.
    ///
    /// # Errors
    /// It can't be reached.
    pub fn on_drive(root: &Path) -> std::io::Result<Self> {
        Ok(Self { root: Some(root.to_path_buf()), bounds: Bounds::below(Some(root))?, owner: None })
    }

    /// The same drive, of one user.
    #[must_use]
    pub fn of(&self, owner: &str) -> Self {
        Self { owner: self.root.as_ref().map(|_| owner.to_owned()), ..self.clone() }
    }

    /// Writes drive and owner into a store.
    pub fn mark(&self, store: &mut StoreInfo) {
        store.root.clone_from(&self.root);
        store.owner.clone_from(&self.owner);
    }

    /// A path written relative to `dir`, names parted by `/` or `\`.
    #[must_use]
    pub fn below(&self, dir: &Path, written: &str) -> PathBuf {
        let names = written.split(['/', '\\']);
        if self.root.is_none() && !cfg!(windows) && !written.contains("..") {
            return dir.join(written.trim_start_matches('/'));
        }
        resolve(dir, names, self.root.as_deref())
    }

    /// An absolute path as the computer's programs wrote it (`C:\Users\x\…`, `/home/x/…`, `file:///…`), mapped below the drive.
    #[must_use]
    pub fn absolute(&self, written: &str) -> PathBuf {
        let Some(root) = &self.root else { return PathBuf::from(written) };
        let path = written.strip_prefix("file://").unwrap_or(written);
        let path = match path.as_bytes() {
            [letter, b':', ..] if letter.is_ascii_alphabetic() => path.get(2..).unwrap_or_default(),
            _ => path,
        };
        resolve(root, path.split(['/', '\\']), Some(root))
    }
}

/// Goes down from `dir` name by name; a name that is not there as written is looked for without regard to case, as Windows does.
/// `..` never leads above `root`.
fn resolve<'a>(dir: &Path, names: impl Iterator<Item = &'a str>, root: Option<&Path>) -> PathBuf {
    let mut path = dir.to_path_buf();
    for name in names.filter(|name| !name.is_empty() && *name != ".") {
        if name == ".." {
            if root != Some(path.as_path()) {
                path.pop();
            }
            continue;
        }
        let exact = path.join(name);
        path = if exact.exists() { exact } else { alike(&path, name).unwrap_or(exact) };
    }
    path
}

fn alike(dir: &Path, name: &str) -> Option<PathBuf> {
    let wanted = name.to_lowercase();
    let mut entries = std::fs::read_dir(dir).ok()?.filter_map(Result::ok);
    entries.find(|entry| entry.file_name().to_string_lossy().to_lowercase() == wanted).map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_computers_paths_are_mapped_below_its_drive_and_never_above() {
        let drive = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(drive.path().join("Users/Jo/Mail")).expect("made");
        let place = Place::on_drive(drive.path()).expect("there");
        for (written, want) in [
            ("C:\\users\\JO\\mail", "Users/Jo/Mail"),
            ("/Users/Jo/Mail", "Users/Jo/Mail"),
            ("C:\\Users\\Jo\\..\\..\\..\\..\\Users\\Jo", "Users/Jo"),
            ("D:\\gone\\x", "gone/x"),
        ] {
            assert_eq!(place.absolute(written), drive.path().join(want), "{written}");
        }
        assert_eq!(place.below(&drive.path().join("Users"), "../../../../etc/passwd"), drive.path().join("etc/passwd"));
        assert_eq!(Place::here().absolute("/x/y"), PathBuf::from("/x/y"));
    }
}
