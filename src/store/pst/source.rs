//! An Outlook file as a [`MessageSource`]: reads folder by folder on threads of its own.

use std::fs::Metadata;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::OnDisk;
use super::ahead::{Made, in_order};
use super::count::is_locked;
use super::error::PstError;
use super::messaging::class::is_hidden;
use super::messaging::{Filled, Message, Store, inventory};
use super::ndb::Effort;
use crate::flow::{MessageSource, MessageStream, Selection};
use crate::mail::{Other, Unreadable};
use crate::run::{Code, Problem, Radius, Retry, Run};
use crate::store::bounds::{Bounds, changed_at, is_unchanged};
use crate::store::mapi::{CodePage, MapiMessage, PropId};
use crate::store::outlet::Outlet;
use crate::store::rebuild::{ItemKind, export, export_as, rebuild};

/// A PST, OST or PAB that is to be read.
pub struct PstSource {
    store: String,
    path: PathBuf,
    bounds: Bounds,
}

impl PstSource {
    /// Reads the file at `path` as the store called `store` in `find`.
    #[must_use]
    pub fn new(store: impl Into<String>, path: impl Into<PathBuf>, bounds: Bounds) -> Self {
        Self { store: store.into(), path: path.into(), bounds }
    }

    fn read_selection(&self, what: &Selection, outlet: &mut Outlet) {
        let _stopped = match self.open() {
            Ok((store, before)) => self.read_passes(&store, &before, what, outlet),
            Err(problem) => outlet.problem(problem),
        };
        if !outlet.stopped {
            outlet.finish();
        }
    }

    fn open(&self) -> Result<(Arc<Store>, Metadata), Problem> {
        let opened = self.bounds.open(&self.path).map_err(|source| PstError::Read { offset: 0, source });
        let store = opened.and_then(|(file, before)| Ok((Store::open(Box::new(OnDisk::new(file, before.len())), Effort::Salvage)?, before)));
        store.map(|(store, before)| (Arc::new(store), before)).map_err(|error| self.problem(&error))
    }

    fn problem(&self, error: &PstError) -> Problem {
        let problem = |code, retry, what: String| Problem::new(code, Radius::Account, retry, what).at(self.path.display());
        match error {
            PstError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => problem(Code::SourceMissing, Retry::Later, source.to_string()),
            PstError::Read { source, .. } if is_locked(source) => {
                problem(Code::SourceUnreadable, Retry::Later, "Outlook has this file open and lets no other program read it: close Outlook first".to_owned())
            }
            other => problem(Code::SourceUnreadable, Retry::Later, other.to_string()),
        }
    }

    fn read_passes(&self, store: &Arc<Store>, before: &Metadata, what: &Selection, outlet: &mut Outlet) -> ControlFlow<()> {
        let filled = inventory(store);
        let run = outlet.run().clone();
        let opener = Opener { store, temp_dir: run.temp_dir(), file_time: changed_at(before) };
        let wanted: Vec<&Filled> = filled.iter().filter(|filled| outlet.wants_mailbox(&filled.folder.path)).collect();
        let all = || wanted.iter().copied().flat_map(listed);
        match what {
            Selection::Ids(ids) => {
                for ids in ids.chunk_by(|a, b| a < b) {
                    outlet.begin_pass(ids);
                    // It ends once the last of them was met.
                    let _met = read_ids(&opener, all(), outlet);
                    if outlet.stopped {
                        return ControlFlow::Break(());
                    }
                }
            }
            Selection::All | Selection::Mailboxes(_) => {
                let find = |listed| {
                    let found = opener.find(listed, true);
                    Made { bytes: found.bytes(), thing: found }
                };
                in_order(all(), find, |found| {
                    let _all_are_wanted = outlet.wants_next()?;
                    found.hand_on(outlet)
                })?;
            }
        }
        self.tell_damage(store, outlet)?;
        if !is_unchanged(before, &self.path) {
            let what = "the file was changed by its program while it was read: close Outlook, then read it again";
            return outlet.problem(Problem::new(Code::SourceChanged, Radius::Account, Retry::Now, what).at(self.path.display()));
        }
        ControlFlow::Continue(())
    }

    /// Damage that was got around is told once, for all.
    fn tell_damage(&self, store: &Store, outlet: &mut Outlet) -> ControlFlow<()> {
        let notes = store.ndb().notes();
        let Some(first) = notes.first.first() else { return ControlFlow::Continue(()) };
        for note in &notes.first {
            tracing::debug!(note, "{} damage in an Outlook file", Code::MessageUnreadable);
        }
        let what = format!("the file is damaged in {} places, and was read around them, such as: {first}", notes.count);
        outlet.problem(Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, what).at(self.path.display()))
    }
}

impl MessageSource for PstSource {
    /// Ids count the file's mail from 0, in the order of [`Selection::All`], each message that can be opened at all.
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        Outlet::start(self.store.clone(), what, run, move |what, outlet| self.read_selection(what, outlet))
    }
}

/// Which message is wanted, only the numbers of those before it tell.
fn read_ids<'a>(opener: &Opener<'_>, all: impl Iterator<Item = Listed<'a>>, outlet: &mut Outlet) -> ControlFlow<()> {
    for listed in all {
        let is_wanted = if listed.is_missing { false } else { outlet.wants_next()? };
        opener.find(listed, is_wanted).hand_on(outlet)?;
    }
    ControlFlow::Continue(())
}

/// What a message node turned out to be.
enum Found {
    /// Nothing that is handed on.
    Nothing,
    /// Mail that is not wanted, but has a number.
    Unwanted,
    Mail(Box<Mail>),
    Other(Other),
    Unreadable(Unreadable),
    /// Mail for which the temporary folder has no room.
    NoRoom(Unreadable, io::Error),
}

struct Mail {
    message: crate::mail::Message,
    /// Its parts that could not be read.
    lost: Option<Problem>,
}

/// A message that a folder lists.
#[derive(Clone, Copy)]
struct Listed<'a> {
    filled: &'a Filled,
    nid: u32,
    /// Nothing of it is left in the file.
    is_missing: bool,
}

/// Everything that is to be read, in order.
fn listed(filled: &Filled) -> impl Iterator<Item = Listed<'_>> {
    let messages = filled.messages.iter().map(|nid| Listed { filled, nid: *nid, is_missing: false });
    let missing = filled.missing.iter().filter(|_| !filled.is_recovered).map(|nid| Listed { filled, nid: *nid, is_missing: true });
    messages.chain(missing)
}

/// What reading a message takes, on any thread.
struct Opener<'a> {
    store: &'a Arc<Store>,
    temp_dir: &'a Path,
    file_time: Option<i64>,
}

impl Opener<'_> {
    fn find(&self, listed: Listed<'_>, is_wanted: bool) -> Found {
        let Listed { filled, nid, is_missing } = listed;
        if is_missing {
            return Found::Unreadable(unreadable(listed, "the folder lists it, but nothing of it is left in the file".to_owned()));
        }
        let mut message = match Message::open(self.store, nid) {
            Ok(message) => message,
            Err(error) => return Found::Unreadable(unreadable(listed, error.to_string())),
        };
        if filled.is_address_book {
            return Found::Other(export_as(&mut message, ItemKind::Contact).other(filled.folder.path.clone(), place(nid)));
        }
        let class = message.properties().text(PropId::MESSAGE_CLASS, CodePage::default()).unwrap_or_default();
        match ItemKind::of_class(&class) {
            _ if is_hidden(&class) => Found::Nothing,
            ItemKind::Mail if !is_wanted => Found::Unwanted,
            ItemKind::Mail => self.mail(listed, &mut message),
            _ if filled.is_recovered => Found::Nothing,
            _ => export(&mut message).map_or(Found::Nothing, |item| Found::Other(item.other(filled.folder.path.clone(), place(nid)))),
        }
    }

    fn mail(&self, listed: Listed<'_>, message: &mut Message) -> Found {
        let folder = &listed.filled.folder;
        let rebuilt = match rebuild(message, self.temp_dir) {
            Ok(rebuilt) => rebuilt,
            Err(error) => return Found::NoRoom(unreadable(listed, "no room for it in the temporary folder".to_owned()), error),
        };
        let lost = rebuilt.problems.first().map(|first| {
            let more = if rebuilt.problems.len() > 1 { format!(", and {} more", rebuilt.problems.len() - 1) } else { String::new() };
            let what = format!(
                "a part of the message could not be read: {first}{more}; {} of {} attachments are whole",
                rebuilt.attachments_written, rebuilt.attachments_declared
            );
            Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, what).at(format!("{}, {}", folder.path, place(listed.nid)))
        });
        let mut message = rebuilt.message(folder.path.clone(), folder.role, place(listed.nid));
        message.file_time = self.file_time;
        Found::Mail(Box::new(Mail { message, lost }))
    }
}

impl Found {
    /// The memory that it takes, but for what is small.
    fn bytes(&self) -> u64 {
        match self {
            Self::Mail(mail) => mail.message.body.in_memory().map_or(0, |bytes| bytes.len() as u64),
            Self::Other(other) => other.bytes.len() as u64,
            Self::Nothing | Self::Unwanted | Self::Unreadable(_) | Self::NoRoom(..) => 0,
        }
    }

    fn hand_on(self, outlet: &mut Outlet) -> ControlFlow<()> {
        match self {
            Self::Nothing => ControlFlow::Continue(()),
            Self::Unwanted => {
                outlet.pass();
                ControlFlow::Continue(())
            }
            Self::Mail(mail) => {
                mail.lost.map_or(ControlFlow::Continue(()), |problem| outlet.problem(problem))?;
                outlet.message(mail.message)
            }
            Self::Other(other) => outlet.other(other),
            Self::Unreadable(unreadable) => outlet.unreadable(unreadable),
            Self::NoRoom(unreadable, error) => {
                let problem = Problem::write(&error, outlet.run().temp_dir());
                outlet.problem(problem)?;
                outlet.pass();
                outlet.unreadable(unreadable)
            }
        }
    }
}

/// Its store is the outlet's to know.
fn unreadable(listed: Listed<'_>, reason: String) -> Unreadable {
    Unreadable { store: String::new(), mailbox: listed.filled.folder.path.clone(), place: place(listed.nid), reason, remains: Vec::new() }
}

/// A message's place in its store: its NID.
fn place(nid: u32) -> String {
    format!("{nid:#x}")
}
