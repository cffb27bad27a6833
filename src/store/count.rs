//! Counts a folder: an exact scan that keeps no message.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use super::bounds::{self, Bounds};
use super::dbx;
use super::files;
use super::folder::{Folder, Holding, MboxHabits};
use super::info::{NotMail, YearCount};
use super::mbox::{self, Begin, End, Stray, Visitor};
use super::status;
use crate::mail::{InternalDate, MailboxPath};
use crate::run::Run;

/// How much of a message's head is looked at (64 KiB).
pub(super) const HEAD_BYTES: usize = 64 * 1024;

/// Messages and bytes of one folder, deleted ones apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FolderCount {
    /// Messages, deleted ones not counted.
    pub messages: u64,
    /// Their stored bytes.
    pub bytes: u64,
    /// Messages that the program counts as deleted.
    pub deleted: u64,
}

/// What counting a store gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// By folder; a Takeout file holds several.
    pub folders: BTreeMap<MailboxPath, FolderCount>,
    /// By year received.
    pub years: BTreeMap<i16, YearCount>,
    /// Only the head was downloaded.
    pub partial: u64,
    /// What is no mail.
    pub not_mail: NotMail,
    /// Something could not be counted exactly.
    pub estimated: bool,
}

/// What counting is bounded by.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes that may still be read.
    pub bytes: u64,
    /// The present, Unix seconds.
    pub now_unix: i64,
}

impl Budget {
    /// Opens a folder's file to be counted, and its length; `None`, and an estimate, if it can't be opened or would cost too much.
    pub(super) fn open(&mut self, path: &Path, folder: &Folder, store_bounds: &Bounds, count: &mut Count) -> Option<(File, u64)> {
        let Ok((file, metadata)) = store_bounds.open(path) else {
            count.estimated = true;
            return None;
        };
        if metadata.len() > self.bytes || bounds::is_elsewhere(&metadata) {
            count.estimated = true;
            count.folders.entry(folder.path.clone()).or_default().bytes += metadata.len();
            return None;
        }
        self.bytes -= metadata.len();
        Some((file, metadata.len()))
    }
}

/// One message as counting sees it.
pub(super) struct Counted<'a> {
    pub path: &'a MailboxPath,
    pub bytes: u64,
    pub date: Option<InternalDate>,
    pub deleted: bool,
    pub partial: bool,
}

impl Count {
    pub(super) fn add(&mut self, message: &Counted<'_>) {
        if !self.folders.contains_key(message.path) {
            self.folders.insert(message.path.clone(), FolderCount::default());
        }
        let Some(folder) = self.folders.get_mut(message.path) else { return };
        if message.deleted {
            folder.deleted += 1;
            return;
        }
        folder.messages += 1;
        folder.bytes = folder.bytes.saturating_add(message.bytes);
        self.partial += u64::from(message.partial);
        if let Some(date) = message.date {
            let year = self.years.entry(date.year()).or_default();
            year.messages += 1;
            year.bytes = year.bytes.saturating_add(message.bytes);
        }
    }
}

/// Counts `folder` into `count`. What can't be read is left out and makes the count an estimate.
pub fn folder(folder: &Folder, store_bounds: &Bounds, budget: &mut Budget, count: &mut Count, run: &Run) {
    count.folders.entry(folder.path.clone()).or_default();
    match &folder.holding {
        Holding::Mbox { file, habits } => {
            let Some((input, len)) = budget.open(file, folder, store_bounds, count) else { return };
            let mut counting = Counting::new(folder, *habits, count, budget.now_unix, run);
            let scanned = mbox::scan(std::io::Read::take(input, len), &mut counting);
            count.estimated |= scanned.is_err();
        }
        Holding::Files { dir, naming } => files::count(folder, files::list(dir, *naming, store_bounds), *naming, store_bounds, budget, count, run),
        Holding::One { file } => {
            let one = files::one(file, store_bounds);
            files::count(folder, one, super::folder::Naming::Eml, store_bounds, budget, count, run);
        }
        Holding::Dbx { file } => dbx::count(folder, file, store_bounds, budget, count, run),
        Holding::Closed { .. } => count.estimated = true,
    }
}

/// Counts the messages of an mbox; each one's head is gathered, the rest only measured.
struct Counting<'a> {
    folder: &'a Folder,
    habits: MboxHabits,
    count: &'a mut Count,
    now_unix: i64,
    run: &'a Run,
    head: Head,
    bytes: u64,
    envelope: Option<InternalDate>,
}

impl<'a> Counting<'a> {
    fn new(folder: &'a Folder, habits: MboxHabits, count: &'a mut Count, now_unix: i64, run: &'a Run) -> Self {
        Self { folder, habits, count, now_unix, run, head: Head::default(), bytes: 0, envelope: None }
    }
}

impl Visitor for Counting<'_> {
    fn begin(&mut self, begin: Begin<'_>) -> ControlFlow<()> {
        self.head.clear();
        self.bytes = 0;
        self.envelope = begin.from_line.and_then(mbox::envelope_date);
        if self.run.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.bytes += bytes.len() as u64;
        self.head.push(bytes);
        ControlFlow::Continue(())
    }

    fn end(&mut self, _end: End) -> ControlFlow<()> {
        let head = self.head.bytes();
        let status = status::read(head);
        let date = status::received_on(head, self.envelope, None, self.now_unix);
        let named = if self.habits.takeout { status.gmail_folder.as_deref().map(MailboxPath::from) } else { None };
        let path = named.as_ref().unwrap_or(&self.folder.path);
        self.count.add(&Counted { path, bytes: self.bytes, date, deleted: status.deleted, partial: status.partial });
        ControlFlow::Continue(())
    }

    /// It is found, though it can't be read.
    fn stray(&mut self, stray: Stray<'_>) -> ControlFlow<()> {
        self.count.add(&Counted { path: &self.folder.path, bytes: stray.len, date: None, deleted: false, partial: false });
        ControlFlow::Continue(())
    }
}

/// Gathers a message's header block and nothing behind it.
#[derive(Default)]
pub(super) struct Head {
    bytes: Vec<u8>,
    whole: bool,
}

impl Head {
    fn clear(&mut self) {
        self.bytes.clear();
        self.whole = false;
    }

    /// Takes the next bytes, in steps, so that of a large message little is copied.
    pub(super) fn push(&mut self, mut rest: &[u8]) {
        const STEP: usize = 2048;
        while !self.whole && !rest.is_empty() {
            let (step, tail) = rest.split_at(rest.len().min(STEP));
            let seen = self.bytes.len().saturating_sub(3);
            self.bytes.extend_from_slice(step);
            self.whole = self.bytes.len() >= HEAD_BYTES || self.bytes.get(seen..).is_some_and(has_empty_line);
            rest = tail;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn has_empty_line(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\n\n").is_some() || memchr::memmem::find(bytes, b"\n\r\n").is_some() || memchr::memmem::find(bytes, b"\r\r").is_some()
}
