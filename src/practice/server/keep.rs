//! What practice keeps over a restart of the program: a file for each message, written before OK is said.
//!
//! A file is one line of JSON (where it belongs, flags, date) and then the message's octets. Only what APPEND brought is kept;
//! nothing in practice deletes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::mail::{Flags, InternalDate, Keywords};

use super::state::{State, Stored};

#[derive(Serialize, Deserialize)]
struct Head {
    mailbox: String,
    uid_validity: u32,
    uid: u32,
    flags: Flags,
    keywords: Keywords,
    date: InternalDate,
}

/// Writes messages down, each whole or not at all.
pub(super) fn write(dir: &Path, mailbox: &str, uid_validity: u32, stored: &[Stored]) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for message in stored {
        let head = Head {
            mailbox: mailbox.to_owned(),
            uid_validity,
            uid: message.uid,
            flags: message.flags,
            keywords: message.keywords.clone(),
            date: message.internal_date,
        };
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        serde_json::to_writer(&mut file, &head)?;
        file.write_all(b"\n")?;
        file.write_all(&message.bytes)?;
        file.persist(dir.join(format!("{uid_validity}-{:08}.mail", message.uid))).map_err(|error| error.error)?;
    }
    Ok(())
}

/// Puts back what was kept; a file that can't be read is left out, as a torn one.
pub(super) fn read(dir: &Path, state: &mut State) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension().is_some_and(|end| end == "mail")).collect();
    files.sort();
    for path in files {
        let bytes = Bytes::from(fs::read(&path)?);
        let Some(end) = memchr::memchr(b'\n', &bytes) else { continue };
        let Ok(head) = serde_json::from_slice::<Head>(&bytes.slice(..end)) else { continue };
        let message =
            Stored { uid: head.uid, bytes: bytes.slice(end + 1..), flags: head.flags, deleted: false, keywords: head.keywords, internal_date: head.date };
        state.restore(&head.mailbox, head.uid_validity, message);
    }
    Ok(())
}
