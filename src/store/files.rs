//! Messages that are one file each: which files of a directory they are, and how they are read.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use super::bounds::{self, Bounds, Entry};
use super::count::{Budget, Count, Counted, HEAD_BYTES, Head};
use super::eml::content::{self, Content};
use super::emlx;
use super::folder::{Folder, Naming};
use super::maildir;
use super::msg;
use super::outlet::Outlet;
use super::rebuild::ItemKind;
use super::status::{self, Status};
use crate::mail::body::copy;
use crate::mail::buffer::MAPPED_ABOVE;
use crate::mail::{Body, BodyWriter, Keywords, Message, Origin, Other, Unreadable, WireRules};
use crate::run::{Code, Problem, Radius, Retry, Run};

/// The message files directly in a directory, in order.
///
/// # Errors
/// What listing the directory gives.
pub fn list(dir: &Path, naming: Naming, bounds: &Bounds) -> io::Result<Vec<Entry>> {
    match naming {
        Naming::Eml => Ok(bounds
            .list(dir)?
            .into_iter()
            .filter(|entry| !entry.is_dir && matches!(content::of_entry(entry, bounds), Content::Message | Content::Msg | Content::Emlx))
            .collect()),
        Naming::Emlx => emlx::tree::messages(dir, bounds),
        Naming::Maildir | Naming::MaildirLite => {
            let mut files = bounds.list(&dir.join("cur"))?;
            if naming == Naming::Maildir {
                match bounds.list(&dir.join("new")) {
                    Ok(new) => files.extend(new),
                    // A maildir without `new` is a maildir all the same.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
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
        if emlx::is_emlx(&entry.name) {
            count_apple(folder, &entry, bounds, budget, count);
            continue;
        }
        if naming == Naming::Eml && is_outlook(&entry, bounds) {
            count_outlook(folder, &entry, bounds, budget, count, run);
            continue;
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

/// Counts a message of Apple Mail. What can't be read is found all the same.
fn count_apple(folder: &Folder, entry: &Entry, bounds: &Bounds, budget: &mut Budget, count: &mut Count) {
    let unknown = Counted { path: &folder.path, bytes: entry.len, date: None, deleted: false, partial: false };
    if budget.bytes < HEAD_BYTES as u64 || !bounds::is_readable_here(&entry.path) {
        count.estimated = true;
        return count.add(&unknown);
    }
    budget.bytes -= HEAD_BYTES as u64;
    let Ok(look) = bounds.open(&entry.path).and_then(|(file, metadata)| emlx::look(file, metadata.len(), &entry.path, bounds)) else {
        return count.add(&unknown);
    };
    let own = look.state.received.filter(|date| date.is_plausible(budget.now_unix));
    let date = own.or_else(|| status::received_on(&look.head, None, None, budget.now_unix));
    count.add(&Counted { bytes: look.bytes, date, deleted: look.state.deleted, partial: look.partial, ..unknown });
}

/// An Outlook message, by its first bytes.
fn is_outlook(entry: &Entry, bounds: &Bounds) -> bool {
    bounds::is_readable_here(&entry.path) && bounds.open(&entry.path).and_then(|(mut file, _)| msg::is_compound(&mut file)).unwrap_or(false)
}

/// Counts an Outlook message; its length is that of the mail that is made of it. What can't be read counts as it lies there.
fn count_outlook(folder: &Folder, entry: &Entry, bounds: &Bounds, budget: &mut Budget, count: &mut Count, run: &Run) {
    let (mut bytes, mut date, mut partial) = (entry.len, None, false);
    if budget.bytes < entry.len {
        count.estimated = true;
    } else if let Ok((file, metadata)) = bounds.open(&entry.path) {
        budget.bytes -= entry.len;
        match msg::read(file, metadata.len(), run.temp_dir()) {
            Ok(msg::Content::Mail(rebuilt)) => (bytes, date, partial) = (rebuilt.body.len(), rebuilt.received, rebuilt.partial),
            Ok(msg::Content::Item(item)) => return count.not_mail.add(item.kind),
            Err(_) => count.estimated = true,
        }
    }
    count.add(&Counted { path: &folder.path, bytes, date, deleted: false, partial });
}

/// What name and head say of a message's state, by the naming.
fn state_of(entry: &Entry, naming: Naming, head: &[u8]) -> Status {
    match naming {
        Naming::Maildir => {
            let read = maildir::flags_of(&entry.name);
            Status { known: true, flags: read.flags, keywords: read.keywords, deleted: read.deleted, ..Status::default() }
        }
        Naming::MaildirLite => status::read(head),
        Naming::Eml | Naming::Emlx => {
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
            if has_number(&entry, naming, bounds) {
                outlet.pass();
            }
            continue;
        }
        // Only files that are gone or can't be read at all end here.
        match message(folder, &entry, naming, bounds, outlet.run()) {
            Ok(Given::Message(message)) => outlet.message(*message)?,
            Ok(Given::Other(other)) => outlet.other(*other)?,
            Err(Failed::Gone) => {
                let what = "a message was moved or renamed while the folder was read";
                outlet.problem(Problem::new(Code::SourceChanged, Radius::Mailbox, Retry::Now, what).at(dir.display()))?;
            }
            Err(Failed::Disk(problem)) => {
                outlet.problem(problem)?;
                outlet.unreadable(unreadable(folder, &entry, "no room for it in the temporary folder", outlet.store()))?;
                outlet.pass(); // it has its number all the same
            }
            Err(Failed::Read(error)) => outlet.unreadable(unreadable(folder, &entry, &error.to_string(), outlet.store()))?,
        }
    }
    ControlFlow::Continue(())
}

/// Whether a file that is not wanted is a message that has a number.
fn has_number(entry: &Entry, naming: Naming, bounds: &Bounds) -> bool {
    if emlx::is_emlx(&entry.name) {
        return bounds.open(&entry.path).is_ok_and(|(file, metadata)| emlx::is_sound(file, metadata.len()));
    }
    naming != Naming::Eml || !is_outlook(entry, bounds) || is_outlook_mail(entry, bounds)
}

/// False for a contact, an appointment, a task, a note, and for what can't be read: these have no number.
fn is_outlook_mail(entry: &Entry, bounds: &Bounds) -> bool {
    bounds.open(&entry.path).and_then(|(file, metadata)| msg::kind(file, metadata.len())).is_ok_and(|kind| kind == ItemKind::Mail)
}

enum Given {
    Message(Box<Message>),
    Other(Box<Other>),
}

enum Failed {
    Gone,
    Read(io::Error),
    Disk(Problem),
}

fn unreadable(folder: &Folder, entry: &Entry, reason: &str, store: &str) -> Unreadable {
    Unreadable { store: store.to_owned(), mailbox: folder.path.clone(), place: entry.name.clone(), reason: reason.to_owned(), remains: Vec::new() }
}

fn message(folder: &Folder, entry: &Entry, naming: Naming, bounds: &Bounds, run: &Run) -> Result<Given, Failed> {
    let (mut file, metadata) =
        bounds.open(&entry.path).map_err(|error| if error.kind() == io::ErrorKind::NotFound { Failed::Gone } else { Failed::Read(error) })?;
    if emlx::is_emlx(&entry.name) {
        return apple(folder, entry, file, &metadata, bounds, run);
    }
    if naming == Naming::Eml && msg::is_compound(&mut file).map_err(Failed::Read)? {
        return outlook(folder, entry, file, &metadata, run);
    }
    let body = body(&mut file, metadata.len(), run)?;
    let head = body.head(HEAD_BYTES).map_err(Failed::Read)?;
    let status = state_of(entry, naming, &head);
    let keywords: Keywords = status.keywords;
    let cr_only = memchr::memchr(b'\n', &head).is_none() && memchr::memchr(b'\r', &head).is_some();
    Ok(Given::Message(Box::new(Message {
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
    })))
}

/// A message of Apple Mail: its bytes as they are, with the parts that lie beside it put back.
fn apple(folder: &Folder, entry: &Entry, file: std::fs::File, metadata: &std::fs::Metadata, bounds: &Bounds, run: &Run) -> Result<Given, Failed> {
    let given = emlx::read(file, metadata.len(), &entry.path, bounds, run.temp_dir()).map_err(|failed| match failed {
        emlx::Failed::Read(error) => Failed::Read(error),
        emlx::Failed::Write(error) => Failed::Disk(Problem::write(&error, run.temp_dir())),
    })?;
    Ok(Given::Message(Box::new(Message {
        store: String::new(),
        mailbox: folder.path.clone(),
        role: folder.role,
        place: entry.name.clone(),
        body: given.body,
        rules: WireRules::default(),
        flags: given.state.flags,
        keywords: given.state.keywords,
        store_date: given.state.received,
        envelope_date: None,
        file_time: bounds::changed_at(metadata),
        origin: given.origin,
        partial: given.partial,
        deleted: given.state.deleted,
    })))
}

/// An Outlook message: mail is made of it, or it is no mail.
fn outlook(folder: &Folder, entry: &Entry, file: std::fs::File, metadata: &std::fs::Metadata, run: &Run) -> Result<Given, Failed> {
    match msg::read(file, metadata.len(), run.temp_dir()) {
        Ok(msg::Content::Mail(rebuilt)) => {
            for problem in &rebuilt.problems {
                tracing::warn!("STORE-PART of {}: {problem}", entry.path.display());
            }
            let message = rebuilt.message(folder.path.clone(), folder.role, entry.name.clone());
            Ok(Given::Message(Box::new(Message { file_time: bounds::changed_at(metadata), ..message })))
        }
        Ok(msg::Content::Item(item)) => Ok(Given::Other(Box::new(item.other(folder.path.clone(), entry.name.clone())))),
        Err(msg::Failed::Read(error)) => Err(Failed::Read(error)),
        Err(msg::Failed::Write(error)) => Err(Failed::Disk(Problem::write(&error, run.temp_dir()))),
    }
}

/// The whole file; a large one through a temporary file.
fn body(file: &mut std::fs::File, len: u64, run: &Run) -> Result<Body, Failed> {
    if len <= MAPPED_ABOVE as u64 {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        file.take(MAPPED_ABOVE as u64).read_to_end(&mut bytes).map_err(Failed::Read)?;
        return Ok(bytes.into());
    }
    let no_room = |error: io::Error| Failed::Disk(Problem::write(&error, run.temp_dir()));
    let mut writer = BodyWriter::expecting(run.temp_dir(), len);
    match copy(file, &mut writer).map_err(no_room)? {
        (_, Some(error)) => Err(Failed::Read(error)),
        (_, None) => writer.finish().map_err(no_room),
    }
}
