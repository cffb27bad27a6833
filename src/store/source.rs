//! A store as a [`MessageSource`]: reads folder by folder on a thread of its own.

use std::ops::ControlFlow;

use super::bounds::Bounds;
use super::dbx;
use super::files;
use super::folder::{Folder, Holding, Naming};
use super::mbox;
use super::outlet::Outlet;
use crate::flow::{MessageSource, MessageStream, Selection};
use crate::run::{Code, Problem, Radius, Retry, Run};

/// A store that is open for reading.
pub struct StoreSource {
    store: String,
    folders: Vec<Folder>,
    bounds: Bounds,
}

impl StoreSource {
    /// Reads `folders`, in this order, as the store called `store` in `find`.
    #[must_use]
    pub fn new(store: impl Into<String>, folders: Vec<Folder>, bounds: Bounds) -> Self {
        Self { store: store.into(), folders, bounds }
    }

    /// Its folders, in the order of reading.
    #[must_use]
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    fn read_selection(&self, what: &Selection, outlet: &mut Outlet) {
        match what {
            Selection::Ids(ids) => {
                for ids in ids.chunk_by(|a, b| a < b) {
                    outlet.begin_pass(ids);
                    self.read_folders(what, outlet);
                }
            }
            Selection::All | Selection::Mailboxes(_) => self.read_folders(what, outlet),
        }
        if !outlet.stopped {
            outlet.finish();
        }
    }

    fn read_folders(&self, what: &Selection, outlet: &mut Outlet) {
        for folder in self.folders.iter().filter(|folder| what.wants(&folder.path) || is_wanted_in_part(folder, what)) {
            if outlet.stopped || self.read_folder(folder, outlet).is_break() {
                return;
            }
        }
    }

    fn read_folder(&self, folder: &Folder, outlet: &mut Outlet) -> ControlFlow<()> {
        match &folder.holding {
            Holding::Mbox { file, habits } => mbox::read::read(folder, file, *habits, &self.bounds, outlet),
            Holding::Files { dir, naming } => files::read(folder, files::list(dir, *naming, &self.bounds), *naming, dir, &self.bounds, outlet),
            Holding::One { file } => files::read(folder, files::one(file, &self.bounds), Naming::Eml, file, &self.bounds, outlet),
            Holding::Dbx { file } => dbx::read(folder, file, &self.bounds, outlet),
            Holding::Closed { at, why } => {
                let what = format!("it could not be looked into, so nobody knows what mail it holds: {why}");
                outlet.problem(Problem::new(Code::SourceUnreadable, Radius::Mailbox, Retry::Later, what).at(at.display()))
            }
        }
    }
}

/// Some of its messages may lie in another folder: Takeout's name theirs themselves, and what a damaged file had lost comes apart.
fn is_wanted_in_part(folder: &Folder, what: &Selection) -> bool {
    match &folder.holding {
        Holding::Mbox { habits, .. } => habits.takeout,
        Holding::Dbx { .. } => what.wants(&dbx::recovered(&folder.path)),
        Holding::Files { .. } | Holding::One { .. } | Holding::Closed { .. } => false,
    }
}

impl MessageSource for StoreSource {
    /// Ids count the store's readable messages from 0, in the order of [`Selection::All`]; [`Selection::Ids`] means these. Each run
    /// of ascending ids costs one pass over the store. A run of [`Selection::Mailboxes`] counts only what it reads.
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        Outlet::start(self.store.clone(), what, run, move |what, outlet| self.read_selection(what, outlet))
    }
}
