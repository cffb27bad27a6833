//! Reads the messages of an mbox folder into a stream.

use std::fs::Metadata;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::scan::{Begin, End, Stopped, Stray, Visitor, scan};
use super::{MAX_REMAINS, envelope_date};
use crate::mail::{Body, BodyWriter, InternalDate, MailboxPath, Message, Origin, Unreadable, WireRules};
use crate::run::{Code, Problem, Radius, Retry};
use crate::store::bounds::{Bounds, changed_at};
use crate::store::count::HEAD_BYTES;
use crate::store::folder::{Folder, MboxHabits};
use crate::store::outlet::Outlet;
use crate::store::status;

/// Reads `file` as it was when it was opened; tells if it changed meanwhile.
pub(in crate::store) fn read(folder: &Folder, file: &Path, habits: MboxHabits, bounds: &Bounds, outlet: &mut Outlet) -> ControlFlow<()> {
    let (input, before) = match bounds.open(file) {
        Ok(opened) => opened,
        Err(error) => {
            let code = if error.kind() == std::io::ErrorKind::NotFound { Code::SourceMissing } else { Code::SourceUnreadable };
            return outlet.problem(Problem::new(code, Radius::Mailbox, Retry::Later, format!("the folder can't be opened: {error}")).at(file.display()));
        }
    };
    let mut reading = Reading { folder, file, habits, file_time: changed_at(&before), outlet, cr_only: false, current: None };
    let scanned = scan((&input).take(before.len()), &mut reading);
    let cut_off = reading.current.take();
    if let Err(Stopped::Read { offset, error }) = &scanned {
        let reason = format!("the file can't be read at byte {offset}: {error}");
        if let Some(current) = cut_off {
            let unreadable = current.unreadable(folder, &reason, outlet.store());
            outlet.unreadable(unreadable)?;
        }
        outlet.problem(Problem::new(Code::SourceUnreadable, Radius::Mailbox, Retry::Later, reason).at(file.display()))?;
    }
    if scanned.as_ref().is_err_and(|stopped| matches!(stopped, Stopped::Visitor)) {
        return ControlFlow::Break(());
    }
    if !is_unchanged(&before, std::fs::metadata(file)) || scanned.is_ok_and(|scanned| scanned.bytes < before.len()) {
        let what = "the folder's file was changed by its program while it was read";
        outlet.problem(Problem::new(Code::SourceChanged, Radius::Mailbox, Retry::Now, what).at(file.display()))?;
    }
    ControlFlow::Continue(())
}

/// By name, so that a file that was replaced is seen too.
fn is_unchanged(before: &Metadata, now: std::io::Result<Metadata>) -> bool {
    now.is_ok_and(|now| now.len() == before.len() && now.modified().ok() == before.modified().ok())
}

struct Reading<'a> {
    folder: &'a Folder,
    file: &'a Path,
    habits: MboxHabits,
    file_time: Option<i64>,
    outlet: &'a mut Outlet,
    cr_only: bool,
    current: Option<Current>,
}

/// The message at hand.
struct Current {
    offset: u64,
    envelope_date: Option<InternalDate>,
    body: BodyWriter,
    /// Why the temporary file can't hold it.
    failed: Option<Problem>,
}

impl Current {
    /// What there is of a message that was cut off.
    fn unreadable(self, folder: &Folder, reason: &str, store: &str) -> Unreadable {
        let remains = self.body.finish().and_then(|body| body.head(MAX_REMAINS)).map(|head| head.to_vec()).unwrap_or_default();
        Unreadable { store: store.to_owned(), mailbox: folder.path.clone(), place: self.offset.to_string(), reason: reason.to_owned(), remains }
    }
}

impl Reading<'_> {
    fn message(&self, current: Current, body: Body, has_raw_from_lines: bool) -> std::io::Result<Message> {
        let mut status = status::read(&body.head(HEAD_BYTES)?);
        if !status.known && self.habits.silent_is_read {
            status.flags.seen = true;
        }
        let label = if self.habits.takeout { status.gmail_folder.take() } else { None };
        let mailbox = label.map_or_else(|| self.folder.path.clone(), |label| MailboxPath::from(label.as_str()));
        Ok(Message {
            store: String::new(),
            role: if mailbox == self.folder.path { self.folder.role } else { crate::store::role::at_top(&mailbox) },
            mailbox,
            place: current.offset.to_string(),
            body,
            // A writer that left `From ` lines bare did not quote: its `>From ` is the sender's own.
            rules: WireRules { mboxrd: self.habits.mboxrd && !has_raw_from_lines, cr_only: self.cr_only },
            flags: status.flags,
            keywords: status.keywords,
            store_date: None,
            envelope_date: current.envelope_date,
            file_time: self.file_time,
            origin: Origin::Original,
            partial: status.partial,
            deleted: status.deleted,
        })
    }

    fn send(&mut self, mut current: Current, has_raw_from_lines: bool) -> ControlFlow<()> {
        if let Some(problem) = current.failed.take() {
            self.outlet.problem(problem)?;
            let unreadable = current.unreadable(self.folder, "no room for it in the temporary folder", self.outlet.store());
            return self.outlet.unreadable(unreadable);
        }
        let offset = current.offset;
        let body = std::mem::replace(&mut current.body, BodyWriter::new(Path::new(""))).finish();
        match body.and_then(|body| self.message(current, body, has_raw_from_lines)) {
            Ok(message) if self.habits.takeout && !self.outlet.wants_mailbox(&message.mailbox) => ControlFlow::Continue(()),
            Ok(message) => self.outlet.message(message),
            Err(error) => {
                let problem = Problem::write(&error, self.outlet.run().temp_dir());
                self.outlet.problem(problem)?;
                let (store, mailbox, place) = (self.outlet.store().to_owned(), self.folder.path.clone(), offset.to_string());
                self.outlet.unreadable(Unreadable { store, mailbox, place, reason: error.to_string(), remains: Vec::new() })
            }
        }
    }
}

impl Visitor for Reading<'_> {
    fn line_ends(&mut self, cr_only: bool) {
        self.cr_only = cr_only;
    }

    fn begin(&mut self, begin: Begin<'_>) -> ControlFlow<()> {
        if self.outlet.wants_next()? {
            let body = BodyWriter::new(self.outlet.run().temp_dir());
            self.current = Some(Current { offset: begin.offset, envelope_date: begin.from_line.and_then(envelope_date), body, failed: None });
        } else {
            self.outlet.pass();
        }
        ControlFlow::Continue(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let Some(current) = &mut self.current else { return ControlFlow::Continue(()) };
        if current.failed.is_none()
            && let Err(error) = current.body.write_all(bytes)
        {
            current.failed = Some(Problem::write(&error, self.outlet.run().temp_dir()));
        }
        if self.outlet.run().is_cancelled() {
            self.outlet.stopped = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, end: End) -> ControlFlow<()> {
        let Some(current) = self.current.take() else { return ControlFlow::Continue(()) };
        let offset = current.offset;
        self.send(current, end.has_raw_from_lines)?;
        if end.is_torn {
            let what = format!("{} NUL bytes follow the message in mid-line: a part of it, or messages after it, are gone from the file", end.nul_bytes);
            let problem = Problem::new(Code::MessageUnreadable, Radius::Message, Retry::Never, what);
            self.outlet.problem(problem.at(format!("{} at byte {offset}", self.file.display())))?;
        }
        ControlFlow::Continue(())
    }

    fn stray(&mut self, stray: Stray<'_>) -> ControlFlow<()> {
        let reason = format!("{} bytes that begin no message: no From_ line and no header", stray.len);
        let (store, mailbox, place) = (self.outlet.store().to_owned(), self.folder.path.clone(), stray.offset.to_string());
        self.outlet.unreadable(Unreadable { store, mailbox, place, reason, remains: stray.start.to_vec() })
    }
}
