//! Reads the messages of an mbox folder into a stream.

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::scan::{Begin, End, Stopped, Stray, Visitor, scan};
use super::{MAX_REMAINS, envelope_date};
use crate::mail::{Body, BodyWriter, InternalDate, MailboxPath, Message, Origin, Unreadable, WireRules};
use crate::run::{Code, Problem, Radius, Retry};
use crate::store::bounds::{Bounds, changed_at, is_unchanged};
use crate::store::count::HEAD_BYTES;
use crate::store::folder::{Folder, MboxHabits};
use crate::store::outlet::Outlet;
use crate::store::status;

/// What a disk can't read comes in blocks of at least this many bytes.
const BLOCK_BYTES: u64 = 4096;
const LONGEST_LEAP_BYTES: u64 = 16 << 20;
const LEAPS_AT_MOST: u32 = 48;
const BAD_RANGES_AT_MOST: u32 = 200;

/// Reads `file` as it was when it was opened; tells if it changed meanwhile.
pub(in crate::store) fn read(folder: &Folder, file: &Path, habits: MboxHabits, bounds: &Bounds, outlet: &mut Outlet) -> ControlFlow<()> {
    let (input, before) = match bounds.open(file) {
        Ok(opened) => opened,
        Err(error) => {
            let code = if error.kind() == std::io::ErrorKind::NotFound { Code::SourceMissing } else { Code::SourceUnreadable };
            return outlet.problem(Problem::new(code, Radius::Mailbox, Retry::Later, format!("the folder can't be opened: {error}")).at(file.display()));
        }
    };
    let mut reading = Reading { folder, file, habits, file_time: changed_at(&before), outlet, cr_only: false, base: 0, current: None };
    let read_to = reading.all(&input, before.len())?;
    if !is_unchanged(&before, file) || read_to.is_some_and(|read_to| read_to < before.len()) {
        let what = "the folder's file was changed by its program while it was read";
        outlet.problem(Problem::new(Code::SourceChanged, Radius::Mailbox, Retry::Now, what).at(file.display()))?;
    }
    ControlFlow::Continue(())
}

/// Where reading works again after `bad`, to the block. Looked for in longer and longer leaps, then back by halves: each try may
/// take a dying disk seconds. `None` if nothing can be read any more.
fn next_readable(mut input: impl Read + Seek, bad: u64, len: u64) -> Option<u64> {
    let mut block = [0; 512];
    let mut reads = |at: u64| input.seek(SeekFrom::Start(at)).and_then(|_| input.read(&mut block)).is_ok_and(|read| read > 0);
    let (mut failed, mut leap) = (bad / BLOCK_BYTES * BLOCK_BYTES, BLOCK_BYTES);
    for _ in 0..LEAPS_AT_MOST {
        let mut works = failed + leap;
        if works >= len {
            // The last leap led over the end: what lies before it is tried once.
            works = (len.saturating_sub(1) / BLOCK_BYTES * BLOCK_BYTES).max(failed);
            if works == failed {
                return None;
            }
        }
        if reads(works) {
            while works - failed > BLOCK_BYTES {
                let middle = failed + (works - failed) / 2 / BLOCK_BYTES * BLOCK_BYTES;
                *(if reads(middle) { &mut works } else { &mut failed }) = middle;
            }
            return Some(works);
        }
        failed = works;
        leap = (leap * 2).min(LONGEST_LEAP_BYTES);
    }
    None
}

struct Reading<'a> {
    folder: &'a Folder,
    file: &'a Path,
    habits: MboxHabits,
    file_time: Option<i64>,
    outlet: &'a mut Outlet,
    cr_only: bool,
    /// Where in the file the scan at hand began.
    base: u64,
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
    /// Reads the file through; behind a range that can't be read it goes on. Answers how far it was read, if without such a range.
    fn all<R>(&mut self, input: R, len: u64) -> ControlFlow<(), Option<u64>>
    where
        R: Read + Seek + Copy,
    {
        for _ in 0..BAD_RANGES_AT_MOST {
            let (offset, error) = match scan(input.take(len - self.base), self) {
                Ok(scanned) => return ControlFlow::Continue((self.base == 0).then_some(scanned.bytes)),
                Err(Stopped::Visitor) => return ControlFlow::Break(()),
                Err(Stopped::Read { offset, error }) => (offset, error),
            };
            let bad = self.base + offset;
            let next = next_readable(input, bad, len);
            let reason = match next {
                Some(next) => format!("the file can't be read from byte {bad} to {next}: {error}; what lay there is lost, what follows was read"),
                None => format!("the file can't be read at byte {bad}: {error}"),
            };
            if let Some(current) = self.current.take() {
                let unreadable = current.unreadable(self.folder, &reason, self.outlet.store());
                self.outlet.unreadable(unreadable)?;
            }
            self.outlet.problem(Problem::new(Code::SourceUnreadable, Radius::Mailbox, Retry::Later, reason).at(self.file.display()))?;
            let Some(next) = next else { break };
            let mut input = input;
            if input.seek(SeekFrom::Start(next)).is_err() {
                break;
            }
            self.base = next;
        }
        ControlFlow::Continue(None)
    }

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
            self.current = Some(Current { offset: self.base + begin.offset, envelope_date: begin.from_line.and_then(envelope_date), body, failed: None });
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
        let (store, mailbox, place) = (self.outlet.store().to_owned(), self.folder.path.clone(), (self.base + stray.offset).to_string());
        self.outlet.unreadable(Unreadable { store, mailbox, place, reason, remains: stray.start.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;
    use crate::flow::{Selection, StreamItem, stream};
    use crate::run::Run;
    use crate::store::folder::Holding;

    /// A file of which ranges can't be read, as on a dying disk.
    #[derive(Clone, Copy)]
    struct Dying<'a> {
        bytes: &'a [u8],
        bad: &'a [(u64, u64)],
        at: &'a Cell<u64>,
    }

    impl Read for Dying<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let at = self.at.get();
            if self.bad.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                return Err(io::Error::other("input/output error"));
            }
            let end = self.bad.iter().map(|(from, _)| *from).filter(|from| *from > at).min().unwrap_or(u64::MAX).min(self.bytes.len() as u64);
            let rest = &self.bytes[at.min(end) as usize..end as usize];
            let read = rest.len().min(buffer.len());
            buffer[..read].copy_from_slice(&rest[..read]);
            self.at.set(at + read as u64);
            Ok(read)
        }
    }

    impl Seek for Dying<'_> {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
            self.at.set(at);
            Ok(at)
        }
    }

    /// Subjects read, places of unreadable messages, problems.
    fn read_dying(bytes: &[u8], bad: &[(u64, u64)]) -> (Vec<usize>, Vec<u64>, Vec<String>) {
        let (sender, mut stream) = stream::channel(64 << 20);
        let run = Run::unheard("unused");
        let mut outlet = Outlet::new(sender, run, "s".into(), Selection::All);
        let path = MailboxPath::from("Inbox");
        let holding = Holding::Mbox { file: "Inbox".into(), habits: MboxHabits::default() };
        let folder = Folder { path, role: None, holding };
        let file = Path::new("Inbox");
        let mut reading =
            Reading { folder: &folder, file, habits: MboxHabits::default(), file_time: None, outlet: &mut outlet, cr_only: false, base: 0, current: None };
        let at = Cell::new(0);
        assert!(reading.all(Dying { bytes, bad, at: &at }, bytes.len() as u64).is_continue());
        drop(outlet);
        let (mut read, mut lost, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(held) = stream.next_blocking() {
            match held.item {
                StreamItem::Message { message, .. } => {
                    let text = String::from_utf8_lossy(message.body.in_memory().expect("small")).into_owned();
                    read.push(text.lines().find_map(|line| line.strip_prefix("Subject: ")).and_then(|n| n.parse().ok()).expect("numbered"));
                }
                StreamItem::Unreadable(unreadable) => lost.push(unreadable.place.parse().expect("an offset")),
                StreamItem::Other(other) => panic!("{other:?}"),
                StreamItem::Problem(problem) => problems.push(problem.what),
                StreamItem::Finished => {}
            }
        }
        (read, lost, problems)
    }

    #[test]
    fn behind_what_the_disk_can_not_read_it_goes_on_and_names_what_is_lost() {
        let one = |n: usize| format!("From - Mon Jan  2 10:00:00 2023\r\nFrom: a@x.example\r\nSubject: {n}\r\n\r\n{}\r\n", "text\r\n".repeat(150));
        let bytes: Vec<u8> = (0..100).flat_map(|n| one(n).into_bytes()).collect();
        let length = one(10).len() as u64;
        assert_eq!(read_dying(&bytes, &[]).0.len(), 100);
        let bad = [(20_000, 20_010), (50_000, 70_000)];
        let (read, lost, problems) = read_dying(&bytes, &bad);
        let touched = |n: &usize| {
            let (from, to) = (*n as u64 * length, (*n as u64 + 1) * length);
            // From the bad byte to the block after it nothing is believed.
            bad.iter().any(|(bad, end)| from < (end / 4096 + 1) * 4096 && to > bad.saturating_sub(length))
        };
        let untouched: Vec<usize> = (0..100).filter(|n| !touched(n)).collect();
        assert!(untouched.len() > 65 && untouched.iter().all(|n| read.contains(n)), "{read:?}");
        assert!(read.is_sorted() && read.len() < 100);
        assert!(lost.contains(&(20_000 / length * length)) || lost.iter().any(|at| (18_000..=20_000).contains(at)), "{lost:?}");
        assert_eq!(problems.len(), 2, "{problems:?}");
        // The end of the file is gone: nothing after it, nothing before it lost.
        let (read, _, problems) = read_dying(&bytes, &[(60_000, u64::MAX)]);
        assert_eq!((read.first(), problems.len()), (Some(&0), 1));
        assert!(read.len() as u64 >= 60_000 / length - 1);
    }
}
