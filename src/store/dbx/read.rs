//! Reads a folder's file into a stream, or counts it.

use std::ops::ControlFlow;
use std::path::Path;

use super::messages::{Listed, Messages};
use crate::mail::{BodyWriter, InternalDate, MailboxPath, Message, Origin, SpecialUse, Unreadable, WireRules};
use crate::run::{Code, Problem, Radius, Retry, Run};
use crate::store::bounds::{Bounds, changed_at, is_unchanged};
use crate::store::count::{Budget, Count, Counted};
use crate::store::folder::Folder;
use crate::store::outlet::Outlet;
use crate::store::pst::OnDisk;
use crate::store::pst::messaging::RECOVERED;
use crate::store::status;

/// As much of a message that is cut off is kept beside the safe copy's mail (1 MB).
const MAX_REMAINS: usize = 1_000_000;

/// Where a folder's messages come that nothing in its file tells of.
pub(in crate::store) fn recovered(path: &MailboxPath) -> MailboxPath {
    MailboxPath::new([RECOVERED]).join(path)
}

/// Reads `path` as it was when it was opened; tells if it changed meanwhile, and what is wrong with it.
pub(in crate::store) fn read(folder: &Folder, path: &Path, bounds: &Bounds, outlet: &mut Outlet) -> ControlFlow<()> {
    let problem = |code, retry, what: String| Problem::new(code, Radius::Mailbox, retry, what).at(path.display());
    let (input, before) = match bounds.open(path) {
        Ok(opened) => opened,
        Err(error) => {
            let code = if error.kind() == std::io::ErrorKind::NotFound { Code::SourceMissing } else { Code::SourceUnreadable };
            return outlet.problem(problem(code, Retry::Later, format!("the folder can't be opened: {error}")));
        }
    };
    let mut messages = match Messages::open(Box::new(OnDisk::new(input, before.len()))) {
        Ok(messages) => messages,
        Err(error) => return outlet.problem(problem(Code::SourceUnreadable, Retry::Later, format!("the folder can't be read: {error}"))),
    };
    let mut reading = Reading { folder, file_time: changed_at(&before), outlet, on_server: 0 };
    while let Some(listed) = messages.next() {
        reading.one(&mut messages, listed)?;
    }
    let on_server = reading.on_server;
    if on_server > 0 {
        let what = format!("{on_server} messages were never downloaded: only the server has them");
        outlet.problem(problem(Code::MessageUnreadable, Retry::Never, what))?;
    }
    if let Some(what) = told_of_damage(&messages) {
        outlet.problem(problem(Code::MessageUnreadable, Retry::Never, what))?;
    }
    if !is_unchanged(&before, path) {
        let what = "the folder's file was changed by its program while it was read: close Outlook Express, then read it again".to_owned();
        outlet.problem(problem(Code::SourceChanged, Retry::Now, what))?;
    }
    ControlFlow::Continue(())
}

/// What is wrong with a file that was read to its end, and what could be saved; `None` if nothing is.
fn told_of_damage(messages: &Messages) -> Option<String> {
    let (damage, tally) = (messages.damage(), messages.tally());
    let found_anyhow = tally.told + tally.bare + tally.fragments;
    if damage.count == 0 && found_anyhow == 0 {
        return None;
    }
    let first = damage.first.first().map_or_else(|| "its index is empty".to_owned(), Clone::clone);
    for note in &damage.first {
        tracing::debug!(note, "{} damage in a file of Outlook Express", Code::MessageUnreadable);
    }
    let mut what = format!(
        "the file is damaged in {} places, such as: {first}; of {} messages its index told of {}",
        damage.count.max(1),
        messages.expected(),
        tally.listed
    );
    if tally.told + tally.bare > 0 {
        what += &format!("; {} more were found by looking through it", tally.told + tally.bare);
    }
    if tally.bare > 0 {
        what += &format!(", {} of them without date and flags, below «{RECOVERED}»", tally.bare);
    }
    if tally.fragments > 0 {
        what += &format!("; {} pieces without a beginning, of {} bytes, belong to no message", tally.fragments, tally.fragment_bytes);
    }
    Some(what)
}

struct Reading<'a> {
    folder: &'a Folder,
    file_time: Option<i64>,
    outlet: &'a mut Outlet,
    /// Messages of which the file holds nothing, as they are on a server.
    on_server: u64,
}

impl Reading<'_> {
    fn one(&mut self, messages: &mut Messages, listed: Listed) -> ControlFlow<()> {
        let (path, role) = place_of(self.folder, listed);
        if !self.outlet.wants_mailbox(&path) {
            // Its blocks are its own all the same.
            let _followed = messages.follow(listed.state.head, None);
            return ControlFlow::Continue(());
        }
        let is_wanted = self.outlet.wants_next()?;
        if listed.state.head == 0 {
            if messages.is_local() || listed.state.is_downloaded() {
                return self.outlet.unreadable(unreadable(&path, listed, "the folder lists it, but its file holds nothing of it".to_owned(), Vec::new()));
            }
            self.on_server += 1;
            return ControlFlow::Continue(());
        }
        let mut body = BodyWriter::new(self.outlet.run().temp_dir());
        let mut write = |bytes: &[u8]| std::io::Write::write_all(&mut body, bytes);
        let followed = match messages.follow(listed.state.head, if is_wanted { Some(&mut write) } else { None }) {
            Ok(followed) => followed,
            Err(error) => return self.no_room(&path, listed, &error),
        };
        if let Some(error) = followed.broken {
            let remains = body.finish().and_then(|body| body.head(MAX_REMAINS)).map(|head| head.to_vec()).unwrap_or_default();
            let reason = format!("it is cut off after {} bytes: {error}", followed.bytes);
            return self.outlet.unreadable(unreadable(&path, listed, reason, remains));
        }
        if followed.bytes == 0 {
            return self.outlet.unreadable(unreadable(&path, listed, "it is empty".to_owned(), Vec::new()));
        }
        if !is_wanted {
            self.outlet.pass();
            return ControlFlow::Continue(());
        }
        match body.finish() {
            Ok(body) => self.outlet.message(Message {
                store: String::new(),
                mailbox: path,
                role,
                place: place(listed),
                body,
                rules: WireRules::default(),
                flags: listed.state.flags(),
                keywords: listed.state.keywords(),
                store_date: listed.state.received.and_then(|received| received.date()),
                envelope_date: None,
                file_time: self.file_time,
                origin: Origin::Original,
                partial: !messages.is_local() && !listed.is_bare && !listed.state.is_downloaded(),
                deleted: false,
            }),
            Err(error) => self.no_room(&path, listed, &error),
        }
    }

    fn no_room(&mut self, path: &MailboxPath, listed: Listed, error: &std::io::Error) -> ControlFlow<()> {
        let problem = Problem::write(error, self.outlet.run().temp_dir());
        self.outlet.problem(problem)?;
        self.outlet.pass(); // it has its number all the same
        self.outlet.unreadable(unreadable(path, listed, "no room for it in the temporary folder".to_owned(), Vec::new()))
    }
}

fn place_of(folder: &Folder, listed: Listed) -> (MailboxPath, Option<SpecialUse>) {
    if listed.is_bare { (recovered(&folder.path), None) } else { (folder.path.clone(), folder.role) }
}

/// A message's place in its file: where its info or its chain begins.
fn place(listed: Listed) -> String {
    format!("{:#x}", listed.at)
}

/// Its store is the outlet's to know.
fn unreadable(path: &MailboxPath, listed: Listed, reason: String, remains: Vec<u8>) -> Unreadable {
    Unreadable { store: String::new(), mailbox: path.clone(), place: place(listed), reason, remains }
}

/// Counts a folder's file into `count`. What can't be read is found all the same.
pub(in crate::store) fn count(folder: &Folder, path: &Path, bounds: &Bounds, budget: &mut Budget, count: &mut Count, run: &Run) {
    let Some((input, len)) = budget.open(path, folder, bounds, count) else { return };
    let Ok(mut messages) = Messages::open(Box::new(OnDisk::new(input, len))) else {
        count.estimated = true;
        return;
    };
    while let Some(listed) = messages.next() {
        if run.is_cancelled() {
            count.estimated = true;
            return;
        }
        if listed.state.head == 0 && !messages.is_local() && !listed.state.is_downloaded() {
            continue;
        }
        let date = date_of(&mut messages, listed, budget.now_unix);
        let bytes = messages.follow(listed.state.head, None).map_or(0, |followed| followed.bytes);
        let partial = !messages.is_local() && !listed.is_bare && !listed.state.is_downloaded();
        let (path, _) = place_of(folder, listed);
        count.add(&Counted { path: &path, bytes, date, deleted: false, partial });
    }
    count.estimated |= messages.damage().count > 0;
}

fn date_of(messages: &mut Messages, listed: Listed, now_unix: i64) -> Option<InternalDate> {
    let own = listed.state.received.and_then(|received| received.date()).filter(|date| date.is_plausible(now_unix));
    own.or_else(|| status::received_on(&messages.beginning(listed.state.head), None, None, now_unix))
}
