//! A user's folders, on this computer or on another's drive.

use std::path::{Path, PathBuf};

use crate::store::place::Place;

/// Where a user's programs keep their data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFolders {
    /// The user's own folder.
    pub home: PathBuf,
    /// Windows: `AppData\Roaming`, before Vista `Application Data`.
    pub roaming: PathBuf,
    /// Windows: `AppData\Local`, before Vista `Local Settings\Application Data`.
    pub local: PathBuf,
    /// Documents; several where Windows or OneDrive moved them.
    pub documents: Vec<PathBuf>,
}

impl UserFolders {
    /// Those below a user folder, wherever it lies.
    #[must_use]
    pub fn below(home: &Path) -> Self {
        let is_old = home.join("Local Settings").is_dir() && !home.join("AppData").is_dir();
        let (roaming, local) = if is_old { ("Application Data", "Local Settings/Application Data") } else { ("AppData/Roaming", "AppData/Local") };
        let documents = ["Documents", "My Documents", "OneDrive/Documents", "OneDrive/Dokumente"].into_iter().map(|name| home.join(name)).collect();
        Self { home: home.to_path_buf(), roaming: home.join(roaming), local: home.join(local), documents }
    }

    /// Those of the user who runs the program.
    #[must_use]
    pub fn here() -> Option<Self> {
        let dirs = directories::BaseDirs::new()?;
        let mut folders = Self::below(dirs.home_dir());
        if cfg!(windows) {
            folders.roaming = dirs.data_dir().to_path_buf();
            folders.local = dirs.data_local_dir().to_path_buf();
        }
        if let Some(documents) = directories::UserDirs::new().and_then(|dirs| dirs.document_dir().map(Path::to_path_buf))
            && !folders.documents.contains(&documents)
        {
            folders.documents.push(documents);
        }
        Some(folders)
    }

    /// Those of every user on another computer's drive: `Users/*`, `Documents and Settings/*`, `home/*`, `root`; and the drive itself, if
    /// it is a user's folder that was named.
    #[must_use]
    pub fn on_drive(drive: &Path, place: &Place) -> Vec<(Self, Place)> {
        let mut users = Vec::new();
        for parent in ["Users", "Documents and Settings", "home"] {
            for entry in place.bounds.list(&drive.join(parent)).unwrap_or_default().into_iter().filter(|entry| entry.is_dir) {
                users.push((Self::below(&entry.path), place.of(&entry.name)));
            }
        }
        let root_user = drive.join("root");
        if place.bounds.allows(&root_user) {
            users.push((Self::below(&root_user), place.of("root")));
        }
        let name = drive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        users.push((Self::below(drive), place.of(&name)));
        users
    }
}
