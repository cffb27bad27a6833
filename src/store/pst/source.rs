//! An Outlook file as a [`MessageSource`]: reads folder by folder on a thread of its own.

use std::fs::Metadata;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::OnDisk;
use super::count::is_locked;
use super::error::PstError;
use super::messaging::class::is_hidden;
use super::messaging::{Filled, Message, Store, inventory};
use super::ndb::Effort;
use crate::flow::{MessageSource, MessageStream, Selection};
use crate::mail::Unreadable;
use crate::run::{Code, Problem, Radius, Retry, Run};
use crate::store::bounds::{Bounds, changed_at};
use crate::store::mapi::{CodePage, MapiMessage, PropId};
use crate::store::outlet::Outlet;
use crate::store::rebuild::{ItemKind, export, rebuild};

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
        let mut reading = Reading { store, file_time: changed_at(before), outlet };
        match what {
            Selection::Ids(ids) => {
                for ids in ids.chunk_by(|a, b| a < b) {
                    reading.outlet.begin_pass(ids);
                    // It ends once the last of them was met.
                    let _met = reading.folders(&filled);
                    if reading.outlet.stopped {
                        return ControlFlow::Break(());
                    }
                }
            }
            Selection::All | Selection::Mailboxes(_) => reading.folders(&filled)?,
        }
        self.tell_damage(store, outlet)?;
        let now = std::fs::metadata(&self.path);
        if !now.is_ok_and(|now| now.len() == before.len() && now.modified().ok() == before.modified().ok()) {
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
        let what = format!("the file is damaged in {} places, and was read around them; the first: {first}", notes.count);
        outlet.problem(Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, what).at(self.path.display()))
    }
}

impl MessageSource for PstSource {
    /// Ids count the file's mail from 0, in the order of [`Selection::All`], each message that can be opened at all.
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        Outlet::start(self.store.clone(), what, run, move |what, outlet| self.read_selection(what, outlet))
    }
}

struct Reading<'a> {
    store: &'a Arc<Store>,
    file_time: Option<i64>,
    outlet: &'a mut Outlet,
}

impl Reading<'_> {
    fn folders(&mut self, filled: &[Filled]) -> ControlFlow<()> {
        for filled in filled {
            if self.outlet.wants_mailbox(&filled.folder.path) {
                self.folder(filled)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn folder(&mut self, filled: &Filled) -> ControlFlow<()> {
        for nid in &filled.messages {
            let is_wanted = self.outlet.wants_next()?;
            match Message::open(self.store, *nid) {
                Ok(mut message) => self.item(filled, *nid, &mut message, is_wanted)?,
                Err(error) => self.unreadable(filled, *nid, error.to_string())?,
            }
        }
        if !filled.is_recovered {
            for nid in &filled.missing {
                self.unreadable(filled, *nid, "the folder lists it, but nothing of it is left in the file".to_owned())?;
            }
        }
        ControlFlow::Continue(())
    }

    fn unreadable(&mut self, filled: &Filled, nid: u32, reason: String) -> ControlFlow<()> {
        let (store, mailbox) = (self.outlet.store().to_owned(), filled.folder.path.clone());
        self.outlet.unreadable(Unreadable { store, mailbox, place: place(nid), reason, remains: Vec::new() })
    }
}

/// A message's place in its store: its NID.
fn place(nid: u32) -> String {
    format!("{nid:#x}")
}

impl Reading<'_> {
    fn item(&mut self, filled: &Filled, nid: u32, message: &mut Message, is_wanted: bool) -> ControlFlow<()> {
        let class = message.properties().text(PropId::MESSAGE_CLASS, CodePage::default()).unwrap_or_default();
        match ItemKind::of_class(&class) {
            _ if is_hidden(&class) => ControlFlow::Continue(()),
            ItemKind::Mail if !is_wanted => {
                self.outlet.pass();
                ControlFlow::Continue(())
            }
            ItemKind::Mail => self.mail(filled, nid, message),
            _ if filled.is_recovered => ControlFlow::Continue(()),
            _ => export(message).map_or(ControlFlow::Continue(()), |item| self.outlet.other(item.other(filled.folder.path.clone(), place(nid)))),
        }
    }

    fn mail(&mut self, filled: &Filled, nid: u32, message: &mut Message) -> ControlFlow<()> {
        let rebuilt = match rebuild(message, self.outlet.run().temp_dir()) {
            Ok(rebuilt) => rebuilt,
            Err(error) => {
                let problem = Problem::write(&error, self.outlet.run().temp_dir());
                self.outlet.problem(problem)?;
                self.outlet.pass();
                return self.unreadable(filled, nid, "no room for it in the temporary folder".to_owned());
            }
        };
        if let Some(first) = rebuilt.problems.first() {
            let more = if rebuilt.problems.len() > 1 { format!(", and {} more", rebuilt.problems.len() - 1) } else { String::new() };
            let what = format!(
                "a part of the message could not be read: {first}{more}; {} of {} attachments are whole",
                rebuilt.attachments_written, rebuilt.attachments_declared
            );
            let problem = Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, what);
            self.outlet.problem(problem.at(format!("{}, {}", filled.folder.path, place(nid))))?;
        }
        let mut mail = rebuilt.message(filled.folder.path.clone(), filled.folder.role, place(nid));
        mail.file_time = self.file_time;
        self.outlet.message(mail)
    }
}
