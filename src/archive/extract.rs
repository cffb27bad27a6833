//! Takes the messages out of a safe copy again, as files that other programs read.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::name::{Folders, Tree, message_entry, other_entry, safe_component};
use super::pack::{Fault, Unpacker};
use super::reader::Archive;
use super::record::OtherRecord;
use super::source::read_one;
use super::zip::Directory;
use crate::mail::header::Headers;
use crate::mail::{Body, InternalDate, MailboxPath, Message, OtherKind};
use crate::run::{Code, Problem, Run};

/// As what messages are taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtractAs {
    /// A file for each message, bytes as stored.
    Eml,
    /// A file for each folder, as mboxrd (RFC 4155 with every `>*From ` quoted).
    Mbox,
    /// A Maildir++ for each store; flags stand in the names.
    Maildir,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Messages taken out.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages that could not be: id, folder, why.
    pub failed: Vec<(u64, MailboxPath, String)>,
    /// Files of what is no mail, below `other`.
    pub others: u64,
    /// Of them, those that could not be taken out: entry, why.
    pub failed_others: Vec<(String, String)>,
    /// Of `messages`: without flags, date and true folder name, because their part of the manifest is lost.
    pub without_facts: u64,
}

impl Archive {
    /// Takes all messages out into `to`, which must be new or empty; deleted ones go below `deleted`, superseded ones stay. What is
    /// no mail goes below `other`, whatever the messages are taken out as.
    ///
    /// A damaged safe copy (see [`Archive::open_for_rescue`]) gives all that is whole.
    ///
    /// # Errors
    /// `USAGE` if there is something in `to`; `DISK-FULL`, `DISK-WRITE`; `INTERRUPTED`.
    pub fn extract(&self, to: &Path, kind: ExtractAs, run: &Run) -> Result<Extracted, Problem> {
        std::fs::create_dir_all(to).map_err(|error| Problem::write(&error, to))?;
        let mut there = std::fs::read_dir(to).map_err(|error| Problem::write(&error, to))?;
        if there.next().is_some() {
            return Err(Problem::run(Code::Usage, "the folder is not empty").at(to.display()));
        }
        let mut extractor = Extractor { to, kind, folders: Folders::default(), made: HashSet::new(), boxes: HashMap::new(), result: Extracted::default() };
        let names: HashMap<String, String> = self.stores().into_iter().map(|store| (store.id, store.name)).collect();
        let mut unpacker = Unpacker::new(self.shelf.passphrase.clone());
        for place in self.shelf.places.iter().filter(|place| !place.superseded && !place.is_listed()) {
            stop_if(run)?;
            match read_one(&self.shelf, place, &mut unpacker, run.temp_dir()) {
                Ok(message) => extractor.put(place.id, &message, names.get(&message.store).map_or("", String::as_str))?,
                Err(unreadable) => extractor.result.failed.push((place.id, unreadable.mailbox, unreadable.reason)),
            }
        }
        self.extract_orphans(&mut extractor, &mut unpacker, run)?;
        self.extract_others(&mut extractor, &names, &mut unpacker, run)?;
        Ok(extractor.result)
    }

    /// Contacts, appointments and the like, each checked by its digest.
    fn extract_others(&self, extractor: &mut Extractor<'_>, names: &HashMap<String, String>, unpacker: &mut Unpacker, run: &Run) -> Result<(), Problem> {
        let mut offsets: HashMap<u16, HashMap<String, u64>> = HashMap::new();
        for (number, (volume, record)) in self.others.iter().enumerate() {
            stop_if(run)?;
            let Some(file) = self.shelf.file(*volume) else {
                extractor.result.failed_others.push((record.entry.clone(), "its volume is missing".to_owned()));
                continue;
            };
            // An incomplete directory means a damaged volume: then this one can't be found.
            let directory = offsets.entry(*volume).or_insert_with(|| {
                Directory::read(file).map_or_else(|_| HashMap::new(), |all| all.entries.into_iter().map(|entry| (entry.name, entry.offset)).collect())
            });
            let read = || {
                let offset = *directory.get(&record.entry).ok_or(Fault::Header)?;
                let (entry, data) = Unpacker::header(file, offset)?;
                let (body, digest) = unpacker.body(file, &entry, data, run.temp_dir())?;
                if digest == record.sha256 { Ok(body) } else { Err(Fault::Damaged("its digest is another")) }
            };
            match { read }() {
                Ok(body) => {
                    let folder = extractor.folders.place(Tree::Other, &record.store, names.get(&record.store).map_or("", String::as_str), &record.mailbox);
                    extractor.other(&folder, number as u64 + 1, record, &body).map_err(|(error, path)| Problem::write(&error, &path))?;
                }
                Err(fault) => extractor.result.failed_others.push((record.entry.clone(), fault.to_string())),
            }
        }
        Ok(())
    }

    /// Messages whose line in the manifest is lost: their entry's own folders stand in for the true names.
    fn extract_orphans(&self, extractor: &mut Extractor<'_>, unpacker: &mut Unpacker, run: &Run) -> Result<(), Problem> {
        for orphan in &self.orphans {
            stop_if(run)?;
            let names: Vec<&str> = orphan.entry.split('/').collect();
            let (deleted, store) = (names.first() == Some(&"deleted"), names.get(1).copied().unwrap_or("_"));
            let mailbox = MailboxPath::new(names.get(2..names.len().saturating_sub(1)).unwrap_or_default().iter().copied());
            let id = super::name::number_of(&orphan.entry).unwrap_or(0);
            let read = || {
                let file = self.shelf.file(orphan.volume).ok_or(Fault::Header)?;
                let (entry, data) = Unpacker::header(file, orphan.offset)?;
                unpacker.body(file, &entry, data, run.temp_dir())
            };
            match { read }() {
                Ok((body, _)) => {
                    let message = bare(store, mailbox, deleted, body);
                    extractor.result.without_facts += 1;
                    extractor.put(id, &message, store)?;
                }
                Err(fault) => extractor.result.failed.push((id, mailbox, fault.to_string())),
            }
        }
        Ok(())
    }
}

fn stop_if(run: &Run) -> Result<(), Problem> {
    if run.is_cancelled() { Err(Problem::interrupted()) } else { Ok(()) }
}

fn bare(store: &str, mailbox: MailboxPath, deleted: bool, body: Body) -> Message {
    Message {
        store: store.to_owned(),
        mailbox,
        role: None,
        place: String::new(),
        body,
        rules: Default::default(),
        flags: Default::default(),
        keywords: Default::default(),
        store_date: None,
        envelope_date: None,
        file_time: None,
        origin: Default::default(),
        partial: false,
        deleted,
    }
}

struct Extractor<'a> {
    to: &'a Path,
    kind: ExtractAs,
    folders: Folders,
    /// Folders that were made.
    made: HashSet<PathBuf>,
    /// Mailbox files that were begun, so that a second visit appends; none is held open.
    boxes: HashMap<PathBuf, ()>,
    result: Extracted,
}

impl Extractor<'_> {
    fn put(&mut self, id: u64, message: &Message, store_name: &str) -> Result<(), Problem> {
        let folder = self.folders.place(Tree::of(message.deleted), &message.store, store_name, &message.mailbox);
        let path = match self.kind {
            ExtractAs::Eml => self.eml(id, message, &folder),
            ExtractAs::Mbox => self.mbox(message, &folder),
            ExtractAs::Maildir => self.maildir(id, message, &folder),
        };
        path.map_err(|(error, path)| Problem::write(&error, &path))?;
        self.result.messages += 1;
        self.result.bytes += message.body.len();
        Ok(())
    }

    fn make(&mut self, dir: &Path) -> Result<(), (io::Error, PathBuf)> {
        if self.made.insert(dir.to_path_buf()) {
            std::fs::create_dir_all(dir).map_err(|error| (error, dir.to_path_buf()))?;
        }
        Ok(())
    }

    fn eml(&mut self, id: u64, message: &Message, folder: &str) -> Result<(), (io::Error, PathBuf)> {
        let head = message.body.head(64 * 1024).unwrap_or_default();
        let path = below(self.to, &message_entry(folder, id, Headers::cut(&head).text("Subject").as_deref()));
        self.make(&below(self.to, folder))?;
        write_new(&path, message, &mut |body, file| io::copy(&mut body.reader(), file).map(|_| ()))
    }

    /// Under the name that it has in the safe copy; where that is encrypted, under one made of what the manifest tells.
    fn other(&mut self, folder: &str, number: u64, record: &OtherRecord, body: &Body) -> Result<(), (io::Error, PathBuf)> {
        let is_named = record.entry.matches('/').count() > 1;
        let entry = if is_named { record.entry.clone() } else { other_entry(folder, number, stem(record), &extension(record)) };
        let path = below(self.to, &entry);
        if let Some(dir) = path.parent() {
            self.make(dir)?;
        }
        let write = || io::copy(&mut body.reader(), &mut OpenOptions::new().write(true).create_new(true).open(&path)?);
        write().map_err(|error| (error, path.clone()))?;
        self.result.others += 1;
        Ok(())
    }

    fn mbox(&mut self, message: &Message, folder: &str) -> Result<(), (io::Error, PathBuf)> {
        let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        let path = below(self.to, parent).join(format!("{name}.mbox"));
        self.make(&below(self.to, parent))?;
        let is_new = self.boxes.insert(path.clone(), ()).is_none();
        let append = || {
            let mut file = io::BufWriter::new(OpenOptions::new().append(true).create_new(is_new).open(&path)?);
            let date = message.store_date.unwrap_or(InternalDate::from_unix(0));
            file.write_all(format!("From MAILER-DAEMON {}\n", asctime(date)).as_bytes())?;
            quote(&message.body, message.rules.mboxrd, &mut file)?;
            file.flush()
        };
        append().map_err(|error| (error, path.clone()))
    }

    fn maildir(&mut self, id: u64, message: &Message, folder: &str) -> Result<(), (io::Error, PathBuf)> {
        // <root>/<store>/.<folder>.<folder>, the dots between them being Maildir++'s own.
        let mut names = folder.splitn(3, '/');
        let (root, store, rest) = (names.next().unwrap_or("mail"), names.next().unwrap_or("_"), names.next().unwrap_or(""));
        let dotted = rest.replace('.', "_").replace('/', ".");
        let dir = below(self.to, root).join(store);
        let dir = if dotted.is_empty() { dir } else { dir.join(format!(".{dotted}")) };
        for part in ["cur", "new", "tmp"] {
            self.make(&dir.join(part))?;
        }
        let seconds = message.store_date.map_or(0, InternalDate::unix);
        let separator = if cfg!(windows) { ';' } else { ':' }; // Windows allows no colon in a name
        let letters: String = [(message.flags.draft, 'D'), (message.flags.flagged, 'F'), (message.flags.answered, 'R'), (message.flags.seen, 'S')]
            .into_iter()
            .filter_map(|(set, letter)| set.then_some(letter))
            .collect();
        let path = dir.join("cur").join(format!("{seconds}.{id}.mailferry{separator}2,{letters}"));
        write_new(&path, message, &mut |body, file| io::copy(&mut body.reader(), file).map(|_| ()))
    }
}

/// What its file's name ends in, where the entry does not say.
fn extension(record: &OtherRecord) -> String {
    match record.kind {
        OtherKind::Contact => "vcf".to_owned(),
        OtherKind::Appointment | OtherKind::Task => "ics".to_owned(),
        OtherKind::Note => "txt".to_owned(),
        OtherKind::Attachment => record.name.rsplit_once('.').map_or("bin", |(_, end)| end).to_owned(),
    }
}

fn stem(record: &OtherRecord) -> &str {
    match record.kind {
        OtherKind::Attachment => record.name.rsplit_once('.').map_or(&record.name, |(stem, _)| stem),
        _ => &record.name,
    }
}

/// `inner` below `to`; every component is made safe once more, so that nothing lands elsewhere.
fn below(to: &Path, inner: &str) -> PathBuf {
    let mut path = to.to_path_buf();
    path.extend(inner.split('/').filter(|part| !part.is_empty()).map(|part| safe_component(part, 90)));
    path
}

type WriteBody<'a> = &'a mut dyn FnMut(&Body, &mut File) -> io::Result<()>;

fn write_new(path: &Path, message: &Message, write: WriteBody<'_>) -> Result<(), (io::Error, PathBuf)> {
    let mut make = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        write(&message.body, &mut file)?;
        let seconds = message.store_date.and_then(|date| u64::try_from(date.unix()).ok());
        if let Some(time) = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds))) {
            file.set_modified(time)?;
        }
        Ok(())
    };
    make().map_err(|error| (error, path.to_path_buf()))
}

/// The date of a From_ line: `Wed Jul 17 09:44:25 1996`, in UTC (RFC 4155, appendix A).
fn asctime(date: InternalDate) -> String {
    let at = jiff::Zoned::from(InternalDate::from_unix(date.unix()));
    at.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

/// Writes a body as mboxrd, ending with an empty line. One that was stored quoted is so already.
fn quote(body: &Body, is_quoted: bool, out: &mut impl Write) -> io::Result<()> {
    let (mut reader, mut buffer) = (body.reader(), vec![0; 64 * 1024]);
    let (mut start, mut held, mut last) = (true, Vec::new(), b'\n');
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        for byte in buffer.get(..read).unwrap_or_default() {
            last = *byte;
            if start && !is_quoted {
                held.push(*byte);
                if is_beginning(&held) && held.len() < 4096 {
                    continue;
                }
                if held.ends_with(b"From ") && is_beginning(held.get(..held.len() - 1).unwrap_or_default()) {
                    out.write_all(b">")?;
                }
                out.write_all(&held)?;
                held.clear();
            } else {
                out.write_all(&[*byte])?;
            }
            start = *byte == b'\n';
        }
    }
    out.write_all(&held)?;
    out.write_all(if last == b'\n' { b"\n" } else { b"\n\n" })
}

/// True while `line` may still become `>…>From `.
fn is_beginning(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    let word = line.get(marks..).unwrap_or_default();
    b"From ".starts_with(word) && word != b"From "
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_like_a_separator_are_quoted() {
        for (body, want) in [
            (&b"From a\n>From b\nFro\n From c\n"[..], &b">From a\n>>From b\nFro\n From c\n\n"[..]),
            (b"x\nFrom", b"x\nFrom\n\n"),
            (b"", b"\n"),
            (b"a\r\nFrom b\r\n", b"a\r\n>From b\r\n\n"),
            (b">>", b">>\n\n"),
        ] {
            let mut out = Vec::new();
            quote(&Body::from(body.to_vec()), false, &mut out).expect("in memory");
            assert_eq!(out, want, "{:?}", String::from_utf8_lossy(body));
        }
    }
}
