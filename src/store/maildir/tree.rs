//! Folders of a maildir: Maildir++ (`.Sent.2019` beside `cur`) or directories within directories.

use std::path::Path;

use crate::mail::{MailboxPath, SpecialUse};
use crate::store::bounds::{Bounds, Entry};
use crate::store::folder::{Folder, Holding, Naming};
use crate::store::role;

/// Deeper directories are not looked into.
const DEEPEST: usize = 32;

/// Whether a directory is a maildir: it has `cur`, and `new` or `tmp`.
#[must_use]
pub fn is_maildir(entries: &[Entry]) -> bool {
    let has = |name: &str| entries.iter().any(|entry| entry.is_dir && entry.name == name);
    has("cur") && (has("new") || has("tmp"))
}

/// A directory that is no part of the maildir it lies in.
fn is_below(entry: &Entry) -> bool {
    entry.is_dir && !matches!(entry.name.as_str(), "cur" | "new" | "tmp")
}

/// The folders of the maildir at `dir`: itself as INBOX, and those below it.
#[must_use]
pub fn folders(dir: &Path, bounds: &Bounds) -> Vec<Folder> {
    let mut folders = Vec::new();
    let mut waiting = vec![(dir.to_path_buf(), MailboxPath::default())];
    while let Some((dir, path)) = waiting.pop() {
        let entries = match bounds.list(&dir) {
            Ok(entries) => entries,
            Err(error) => {
                let path = if path.is_root() { MailboxPath::from("INBOX") } else { path };
                folders.push(Folder::closed(path, dir, error.to_string()));
                continue;
            }
        };
        if is_maildir(&entries) {
            let (path, role) = if path.is_root() { (MailboxPath::from("INBOX"), Some(SpecialUse::Inbox)) } else { (path.clone(), role::at_top(&path)) };
            folders.push(Folder { path, role, holding: Holding::Files { dir: dir.clone(), naming: Naming::Maildir } });
        }
        if path.names().len() >= DEEPEST {
            if entries.iter().any(is_below) {
                folders.push(Folder::closed(path.child("…"), dir, "the folders below it lie too deep"));
            }
            continue;
        }
        for entry in entries.into_iter().rev().filter(is_below) {
            let child = match entry.name.strip_prefix('.') {
                Some(name) if name.ends_with(".directory") => path.child(name.trim_end_matches(".directory")),
                Some(name) => name.split('.').fold(path.clone(), |path, name| path.child(decoded(name))),
                None => path.child(entry.name),
            };
            waiting.push((entry.path, child));
        }
    }
    folders
}

/// Maildir++ names are modified UTF-7 (RFC 3501 §5.1.3); a name that is not, stands as it is.
fn decoded(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((code, tail)) = after.split_once('-') else { return name.to_owned() };
        if code.is_empty() {
            out.push('&');
        } else {
            let Some(text) = decoded_run(code) else { return name.to_owned() };
            out.push_str(&text);
        }
        rest = tail;
    }
    out + rest
}

fn decoded_run(code: &str) -> Option<String> {
    use base64::Engine;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
    let bytes = GeneralPurpose::new(&base64::alphabet::IMAP_MUTF7, config).decode(code).ok()?;
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes([*pair.first()?, *pair.get(1)?]))).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maildir_plus_plus_names_are_decoded_or_left() {
        for (name, want) in [("Gel&APY-scht", "Gelöscht"), ("a&-b", "a&b"), ("a&b", "a&b"), ("x&!!-", "x&!!-"), ("", "")] {
            assert_eq!(decoded(name), want);
        }
    }
}
