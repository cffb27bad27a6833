//! Sample mail: the drive of a computer that never was, with a made Thunderbird profile and a tree of `.eml` files.
//!
//! All persons, firms and letters are invented and live below `.example`. The same call writes the same bytes, always. The mail
//! has what real mail has and programs stumble over: old charsets, bare 8-bit headers, long lines, a `From ` within a body,
//! attachments, twins, a message that was deleted and is still there, and one of which only half was ever fetched.

mod content;
mod dice;
mod letter;
mod profile;
mod text;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::mail::MailboxPath;

/// The address of the practice account, as in [`super::server::Config::default`].
pub const ADDRESS: &str = "practice@mailferry.example";

/// A room in octets that the sample mail does not fit into, to practise with a mailbox that is too small.
pub const SMALL_ROOM: u64 = 4_000_000;

/// What was written, to hold a backup and an upload against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleMail {
    /// The made drive, for `--root`.
    pub root: PathBuf,
    /// Thunderbird's folder: where `profiles.ini` stands.
    pub thunderbird: PathBuf,
    /// The profile: where `prefs.js` stands.
    pub profile: PathBuf,
    /// The top of the tree of `.eml` files.
    pub eml_tree: PathBuf,
    /// The profile's folders: those of the account, then those of Local Folders.
    pub folders: Vec<SampleFolder>,
    /// Files in [`SampleMail::eml_tree`].
    pub eml_messages: usize,
    /// Octets of all mail files written.
    pub bytes: u64,
}

/// One folder of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFolder {
    /// `true` for those of Local Folders.
    pub local: bool,
    /// Its path within its store.
    pub path: MailboxPath,
    /// Messages that Thunderbird shows, half-fetched ones included.
    pub messages: usize,
    /// Of these, so many are fetched only in half.
    pub partial: usize,
    /// Messages that Thunderbird has deleted and not yet taken out of the file.
    pub deleted: usize,
}

impl SampleMail {
    /// Messages of the account's own store that Thunderbird shows.
    #[must_use]
    pub fn account_messages(&self) -> usize {
        self.folders.iter().filter(|folder| !folder.local).map(|folder| folder.messages).sum()
    }

    /// Messages of Local Folders that Thunderbird shows.
    #[must_use]
    pub fn local_messages(&self) -> usize {
        self.folders.iter().filter(|folder| folder.local).map(|folder| folder.messages).sum()
    }

    /// Deleted messages still in the profile's files.
    #[must_use]
    pub fn deleted(&self) -> usize {
        self.folders.iter().map(|folder| folder.deleted).sum()
    }

    /// Half-fetched messages in the profile.
    #[must_use]
    pub fn partial(&self) -> usize {
        self.folders.iter().map(|folder| folder.partial).sum()
    }
}

/// Writes the sample mail below `dir`, which is made; what stands there already is written over.
///
/// # Errors
/// What the system says when a file can't be written.
pub fn write(dir: &Path) -> io::Result<SampleMail> {
    let home = dir.join("Users").join("Robin");
    let (folders, loose) = content::make();
    let written = profile::write(&home.join("AppData").join("Roaming").join("Thunderbird"), &folders)?;
    let eml_tree = home.join("Documents").join("Old mail");
    let mut bytes = written.bytes;
    for (place, message) in &loose {
        let file = eml_tree.join(place);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, message)?;
        bytes += message.len() as u64;
    }
    let folders = folders.iter().map(content::Folder::counted).collect();
    let profile::Written { thunderbird, profile, .. } = written;
    Ok(SampleMail { root: dir.to_owned(), thunderbird, profile, eml_tree, folders, eml_messages: loose.len(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Sha256Digest;

    fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut waiting) = (Vec::new(), vec![dir.to_owned()]);
        while let Some(dir) = waiting.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn the_same_mail_is_written_every_time_in_the_promised_amount() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (sample, again) = (write(one.path()).unwrap(), write(two.path()).unwrap());
        assert_eq!((&sample.folders, sample.bytes), (&again.folders, again.bytes));
        let digests = |dir: &Path| -> Vec<(PathBuf, Sha256Digest)> {
            files(dir).into_iter().map(|(path, bytes)| (path.strip_prefix(dir).unwrap().to_owned(), Sha256Digest::of(&bytes))).collect()
        };
        assert_eq!(digests(one.path()), digests(two.path()));
        let total = sample.account_messages() + sample.local_messages() + sample.eml_messages;
        assert!((120..=200).contains(&total), "{total} messages");
        assert!((8_000_000..=12_000_000).contains(&sample.bytes), "{} octets", sample.bytes);
        assert!(sample.bytes > 2 * SMALL_ROOM);
        assert_eq!((sample.deleted(), sample.partial()), (1, 1));
        for wanted in ["profiles.ini", "Profiles/8hf3k2pq.default/prefs.js"] {
            assert!(sample.thunderbird.join(wanted).is_file(), "{wanted}");
        }
        assert!(sample.profile.join("Mail/pop.mailferry.example/Häuser.sbd/Müllerstraße 7").is_file());
    }

    #[test]
    fn every_folder_holds_what_is_told_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let sample = write(dir.path()).unwrap();
        let mut separators = 0;
        for (path, bytes) in files(&sample.profile.join("Mail")) {
            // The only `From ` at the start of a line is a separator: bodies are quoted as Thunderbird does.
            let here = bytes.windows(6).filter(|window| *window == b"\nFrom ").count() + usize::from(bytes.starts_with(b"From "));
            assert!(bytes.is_empty() || path.extension().is_some() || here > 0, "{}", path.display());
            separators += here;
        }
        assert_eq!(separators, sample.account_messages() + sample.local_messages() + sample.deleted());
        assert_eq!(files(&sample.eml_tree).len(), sample.eml_messages);
    }
}
