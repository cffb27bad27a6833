//! Messages that are one file each: which files of a directory they are, and how they are read.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::bounds::{self, Bounds, Entry};
use super::count::{Budget, Count, Counted, HEAD_BYTES, Head};
use super::eml::content::{self, Content};
use super::folder::{Folder, Naming};
use super::maildir;
use super::outlet::Outlet;
use super::status::{self, Status};
use crate::mail::{Body, BodyWriter, Keywords, Message, Origin, Unreadable, WireRules};
use crate::run::{Code, Problem, Radius, Retry, Run};

/// The message files directly in a directory, in order.
///
/// # Errors
/// What listing the directory gives.
pub fn list(dir: &Path, naming: Naming, bounds: &Bounds) -> io::Result<Vec<Entry>> {
    match naming {
        Naming::Eml => Ok(bounds.list(dir)?.into_iter().filter(|entry| !entry.is_dir && content::of_entry(entry, bounds) == Content::Message).collect()),
        Naming::Maildir | Naming::MaildirLite => {
            let mut files = bounds.list(&dir.join("cur"))?;
            if naming == Naming::Maildir {
                // A maildir without `new` is a maildir all the same.
                files.extend(bounds.list(&dir.join("new")).unwrap_or_default());
            }
            files.retain(|entry| !entry.is_dir && !entry.name.starts_with('.') && entry.name != "dovecot.index");
            Ok(files)
        }
    }
}

/// The one file that was named.
///
/// # Errors
/// What opening it gives.
pub fn one(file: &Path, bounds: &Bounds) -> io::Result<Vec<Entry>> {
    let (_, metadata) = bounds.open(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(vec![Entry { name, path: file.to_path_buf(), is_dir: false, len: metadata.len() }])
}

/// Counts message files into `count`.
pub(super) fn count(folder: &Folder, files: io::Result<Vec<Entry>>, naming: Naming, bounds: &Bounds, budget: &mut Budget, count: &mut Count, run: &Run) {
    let Ok(files) = files else {
        count.estimated = true;
        return;
    };
    for entry in files {
        if run.is_cancelled() {
            count.estimated = true;
            return;
        }
        let (mut head, mut date) = (Head::default(), None);
        if budget.bytes >= HEAD_BYTES as u64 && bounds::is_readable_here(&entry.path) {
            budget.bytes -= HEAD_BYTES as u64;
            head.push(&bounds.head(&entry.path, HEAD_BYTES as u64));
            date = status::received_on(head.bytes(), None, None, budget.now_unix);
        } else {
            count.estimated = true;
        }
        let status = state_of(&entry, naming, head.bytes());
        count.add(&Counted { path: &folder.path, bytes: entry.len, date, deleted: status.deleted, partial: status.partial });
    }
}

/// What name and head say of a message's state, by the naming.
fn state_of(entry: &Entry, naming: Naming, head: &[u8]) -> Status {
    match naming {
        Naming::Maildir => {
            let read = maildir::flags_of(&entry.name);
            Status { known: true, flags: read.flags, keywords: read.keywords, deleted: read.deleted, ..Status::default() }
        }
        Naming::MaildirLite => status::read(head),
        Naming::Eml => {
            let mut status = status::read(head);
            if !status.known {
                status.flags.seen = true;
            }
            // Whoever exported it did not count it as deleted.
            status.deleted = false;
            status
        }
    }
}

/// Reads message files and sends them.
pub(super) fn read(folder: &Folder, files: io::Result<Vec<Entry>>, naming: Naming, dir: &Path, bounds: &Bounds, outlet: &mut Outlet) -> ControlFlow<()> {
    let files = match files {
        Ok(files) => files,
        Err(error) => {
            let problem = Problem::new(Code::SourceUnreadable, Radius::Mailbox, Retry::Later, format!("the folder can't be listed: {error}"));
            return outlet.problem(problem.at(dir.display()));
        }
    };
    for entry in files {
        if !outlet.wants_next()? {
            outlet.pass();
            continue;
        }
        // Only files that are gone or can't be read at all end here.
        match message(folder, &entry, naming, bounds, outlet.run()) {
            Ok(message) => outlet.message(message)?,
            Err(Failed::Gone) => {
                let what = "a message was moved or renamed while the folder was read";
                outlet.problem(Problem::new(Code::SourceChanged, Radius::Mailbox, Retry::Now, what).at(dir.display()))?;
            }
            Err(Failed::Disk(problem)) => {
                outlet.problem(problem)?;
                outlet.unreadable(unreadable(folder, &entry, "no room for it in the temporary folder", outlet.store()))?;
            }
            Err(Failed::Read(error)) => outlet.unreadable(unreadable(folder, &entry, &error.to_string(), outlet.store()))?,
        }
    }
    ControlFlow::Continue(())
}

enum Failed {
    Gone,
    Read(io::Error),
    Disk(Problem),
}

fn unreadable(folder: &Folder, entry: &Entry, reason: &str, store: &str) -> Unreadable {
    Unreadable { store: store.to_owned(), mailbox: folder.path.clone(), place: entry.name.clone(), reason: reason.to_owned(), remains: Vec::new() }
}

fn message(folder: &Folder, entry: &Entry, naming: Naming, bounds: &Bounds, run: &Run) -> Result<Message, Failed> {
    let (mut file, metadata) =
        bounds.open(&entry.path).map_err(|error| if error.kind() == io::ErrorKind::NotFound { Failed::Gone } else { Failed::Read(error) })?;
    let body = body(&mut file, metadata.len(), run)?;
    let head = body.head(HEAD_BYTES).map_err(Failed::Read)?;
    let status = state_of(entry, naming, &head);
    let keywords: Keywords = status.keywords;
    let cr_only = memchr::memchr(b'\n', &head).is_none() && memchr::memchr(b'\r', &head).is_some();
    Ok(Message {
        store: String::new(),
        mailbox: folder.path.clone(),
        role: folder.role,
        place: entry.name.clone(),
        body,
        rules: WireRules { mboxrd: false, cr_only },
        flags: status.flags,
        keywords,
        store_date: None,
        envelope_date: None,
        file_time: bounds::changed_at(&metadata),
        origin: Origin::Original,
        partial: status.partial,
        deleted: status.deleted,
    })
}

/// The whole file; a large one through a temporary file.
fn body(file: &mut std::fs::File, len: u64, run: &Run) -> Result<Body, Failed> {
    if len <= crate::mail::body::SPOOL_ABOVE_BYTES {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        file.take(crate::mail::body::SPOOL_ABOVE_BYTES).read_to_end(&mut bytes).map_err(Failed::Read)?;
        return Ok(bytes.into());
    }
    let (mut writer, mut buffer) = (BodyWriter::new(run.temp_dir()), vec![0; 1024 * 1024]);
    loop {
        let read = match file.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Read(error)),
        };
        let written = if read == 0 { Ok(()) } else { writer.write_all(buffer.get(..read).unwrap_or_default()) };
        written.map_err(|error| Failed::Disk(Problem::write(&error, run.temp_dir())))?;
        if read == 0 {
            return writer.finish().map_err(|error| Failed::Disk(Problem::write(&error, run.temp_dir())));
        }
    }
}
