//! Where a safe copy may be kept: drives with their room, and what speaks against a place.

use std::path::{Path, PathBuf};

use crate::run::{Code, Problem};
use crate::store::StoreInfo;

/// File systems that take no file over 4 GB; a safe copy's volumes stay below that.
const FAT32: [&str; 4] = ["vfat", "fat32", "msdos", "fat"];
/// File systems of other computers.
const NETWORK: [&str; 7] = ["nfs", "nfs4", "cifs", "smbfs", "smb3", "afpfs", "fuse.sshfs"];
/// Folders that a program copies to the internet, as they are called: the beginning of a folder's name counts.
const CLOUDS: [(&str, &str); 8] = [
    ("onedrive", "OneDrive"),
    ("dropbox", "Dropbox"),
    ("icloud", "iCloud"),
    ("com~apple~clouddocs", "iCloud"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("my drive", "Google Drive"),
    ("nextcloud", "Nextcloud"),
];
/// What lies on a drive that is no place for a safe copy.
const SYSTEM_MOUNTS: [&str; 7] = ["/boot", "/snap", "/proc", "/sys", "/dev", "/etc", "/run/user"];

/// What kind of drive; the better place first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum DriveKind {
    /// A USB stick or disk: it can be put into a drawer.
    Usb,
    /// Within this computer.
    #[default]
    Internal,
    /// On the network.
    Network,
}

/// A drive.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Drive {
    /// Where it begins: `E:\`, `/media/name/STICK`.
    pub root: PathBuf,
    /// Its label; empty if it has none.
    pub label: String,
    /// What it is.
    pub kind: DriveKind,
    /// Free bytes.
    pub free_bytes: u64,
    /// No file over 4 GB.
    pub is_fat32: bool,
}

/// The drives of this computer, USB first. May take a second where a drive sleeps: never call it while drawing.
#[must_use]
pub fn drives() -> Vec<Drive> {
    let Ok(disks) = sysinfo::Disks::new_with_refreshed_list() else { return Vec::new() };
    let mut found: Vec<Drive> = disks
        .iter()
        .filter(|disk| !disk.is_read_only())
        .map(|disk| {
            let system = disk.file_system().to_string_lossy().to_ascii_lowercase();
            let kind = match () {
                () if NETWORK.contains(&system.as_str()) => DriveKind::Network,
                () if disk.is_removable() => DriveKind::Usb,
                () => DriveKind::Internal,
            };
            let label = disk.mount_point().file_name().filter(|_| kind == DriveKind::Usb).unwrap_or_default().to_string_lossy().into_owned();
            let label = if cfg!(windows) { disk.name().to_string_lossy().into_owned() } else { label };
            Drive { root: disk.mount_point().to_path_buf(), label, kind, free_bytes: disk.available_space(), is_fat32: FAT32.contains(&system.as_str()) }
        })
        .filter(|drive| !SYSTEM_MOUNTS.iter().any(|system| drive.root.starts_with(system)) && !drive.root.is_file())
        .collect();
    found.sort_by(|a, b| (a.kind, &a.root).cmp(&(b.kind, &b.root)));
    found.dedup_by(|a, b| a.root == b.root);
    found
}

/// The drive that `path` lies on: the one with the longest root above it.
#[must_use]
pub fn drive_of<'a>(path: &Path, drives: &'a [Drive]) -> Option<&'a Drive> {
    drives.iter().filter(|drive| path.starts_with(&drive.root)).max_by_key(|drive| drive.root.components().count())
}

/// The program that copies `path` to the internet, told by the names of the folders above it.
#[must_use]
pub fn cloud_of(path: &Path) -> Option<&'static str> {
    path.iter().map(|name| name.to_string_lossy().to_lowercase()).find_map(|name| {
        let found = CLOUDS.iter().find(|(begin, _)| name.strip_prefix(begin).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
        found.map(|(_, cloud)| *cloud)
    })
}

/// The folder of the user for a safe copy: the home itself, and not the documents, which a cloud may have moved; `None` if it lies in one.
#[must_use]
pub fn own_folder() -> Option<PathBuf> {
    let home = directories::BaseDirs::new()?.home_dir().to_path_buf();
    cloud_of(&home).is_none().then_some(home)
}

/// Bytes that a safe copy of `stores` needs at most. Mail deflates to about 0.7; nobody should be told less than may come.
#[must_use]
pub fn needed_bytes(stores: &[StoreInfo]) -> u64 {
    super::backup::deflated_bytes(stores) + 1_000_000
}

/// What is known of a place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fitness {
    /// Free bytes, where the system tells.
    pub free_bytes: Option<u64>,
    /// The program that copies it to the internet.
    pub cloud: Option<&'static str>,
    /// A safe copy is there already, and will be added to.
    pub holds_safe_copy: bool,
}

/// Looks at a place and tries whether a file can be written there; leaves nothing behind but the folders above it that were there.
///
/// # Errors
/// `DISK-WRITE` or `DISK-FULL` if nothing can be written there; `USAGE` for a path that is not whole.
pub fn look_at(folder: &Path) -> Result<Fitness, Problem> {
    if !folder.is_absolute() {
        return Err(Problem::run(Code::Usage, "the whole path is needed, beginning at the drive").at(folder.display()));
    }
    let above = folder.ancestors().find(|dir| dir.exists()).ok_or_else(|| Problem::run(Code::DiskWrite, "there is no such drive").at(folder.display()))?;
    if !above.is_dir() {
        return Err(Problem::run(Code::DiskWrite, "it is a file, not a folder").at(above.display()));
    }
    tempfile::NamedTempFile::new_in(above).map_err(|error| Problem::write(&error, above))?;
    let holds_safe_copy = folder.join("index.json").is_file();
    Ok(Fitness { free_bytes: fs4::available_space(above).ok(), cloud: cloud_of(folder), holds_safe_copy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_go_to_the_internet_are_known_by_name() {
        let table = [
            ("/home/a/OneDrive/Safe copy", Some("OneDrive")),
            ("/home/a/OneDrive - The Firm/x", Some("OneDrive")),
            ("/home/a/Dropbox (Personal)/x", Some("Dropbox")),
            ("/Users/a/Library/Mobile Documents/com~apple~CloudDocs/x", Some("iCloud")),
            ("/home/a/Google Drive/x", Some("Google Drive")),
            ("/home/a/dropboxes/x", None),
            ("/home/a/Documents/onedriver/x", None),
            ("/home/a/Safe copy", None),
        ];
        for (path, want) in table {
            assert_eq!(cloud_of(Path::new(path)), want, "{path}");
        }
    }

    #[test]
    fn a_place_is_looked_at_without_leaving_anything() {
        let dir = tempfile::tempdir().unwrap();
        let fitness = look_at(&dir.path().join("not/there/yet")).unwrap();
        assert!(fitness.free_bytes.is_some_and(|free| free > 0) && !fitness.holds_safe_copy);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(look_at(&dir.path().join("file/x")).unwrap_err().code, Code::DiskWrite);
        assert_eq!(look_at(Path::new("not whole")).unwrap_err().code, Code::Usage);
        std::fs::write(dir.path().join("index.json"), "{}").unwrap();
        assert!(look_at(dir.path()).unwrap().holds_safe_copy);
    }

    #[test]
    fn the_drive_of_a_path_is_the_nearest_above_it() {
        let drives = [("/", "a"), ("/media/stick", "b")].map(|(root, label)| Drive { root: root.into(), label: label.into(), ..Drive::default() });
        assert_eq!(drive_of(Path::new("/media/stick/x"), &drives).unwrap().label, "b");
        assert_eq!(drive_of(Path::new("/media/x"), &drives).unwrap().label, "a");
    }
}
