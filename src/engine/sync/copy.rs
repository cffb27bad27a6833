//! A safe copy of the old account first, by choice: then the new account is filled from it.
//!
//! A message is known in the safe copy by its place, UIDVALIDITY and UID, so that a later pass reads only what is new. What the safe
//! copy holds under another place (an identical mail, a folder that was numbered anew) is read from the old server again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::account::Secret;
use crate::archive::{Archive, ArchiveSource, StoreRecord, Writer, WriterOptions};
use crate::flow::{MessageSource, MessageStream, Selection, StreamItem, stream};
use crate::imap::{ImapSource, Remotes};
use crate::mail::MailboxPath;
use crate::run::number::bytes_text;
use crate::run::{Code, Event, Phase, Problem, Progress, Run};

use super::super::backup::deflated;
use super::super::backup::free_bytes;
use super::super::far::Reconnect;

/// A safe copy of an old account.
#[derive(Clone, Debug)]
pub(super) struct Copied {
    archive: Arc<Archive>,
    /// Ids in the safe copy by ids of the old account.
    ids: Arc<HashMap<u64, u64>>,
}

/// Adds to the safe copy in `out` what it lacks of the old account.
///
/// # Errors
/// `PLAN-NO-ROOM-FOR-SAFE-COPY` before anything is written; DISK, ARCHIVE; what ended the reading: what was finished stands, and the
/// next pass goes on.
pub(super) async fn make(source: &ImapSource<Reconnect>, record: StoreRecord, out: &Path, passphrase: Option<Secret>, run: &Run) -> Result<Copied, Problem> {
    let (source, out, run) = (source.clone(), out.to_path_buf(), run.clone());
    let work = tokio::task::spawn_blocking(move || {
        if !out.join("index.json").exists() {
            write(&source, record, &out, passphrase.clone(), source.remotes().messages.iter().map(|remote| remote.id).collect(), &run)?;
            return open(&source, &out, passphrase);
        }
        let copied = open(&source, &out, passphrase.clone())?;
        let lacking: Vec<u64> = source.remotes().messages.iter().map(|remote| remote.id).filter(|id| !copied.ids.contains_key(id)).collect();
        if lacking.is_empty() {
            return Ok(copied);
        }
        drop(copied);
        write(&source, record, &out, passphrase.clone(), lacking, &run)?;
        open(&source, &out, passphrase)
    });
    work.await.map_err(|error| Problem::run(Code::Internal, error.to_string()))?
}

/// Opens the safe copy, and finds the account's messages in it.
fn open(source: &ImapSource<Reconnect>, out: &Path, passphrase: Option<Secret>) -> Result<Copied, Problem> {
    let archive = Archive::open(out, passphrase)?;
    let remotes = source.remotes();
    let mut by_place: HashMap<(MailboxPath, String), u64> = HashMap::new();
    archive.each_record(&mut |found| {
        if found.store == remotes.store {
            by_place.insert((found.mailbox, found.place), found.id);
        }
    })?;
    let id = |remote: &crate::imap::Remote| Some((remote.id, by_place.get(&place(remotes, remote)?).copied()?));
    let ids = remotes.messages.iter().filter_map(id).collect();
    Ok(Copied { archive: Arc::new(archive), ids: Arc::new(ids) })
}

/// Where a message lies, as its source writes it into [`crate::mail::Message::place`].
fn place(remotes: &Remotes, remote: &crate::imap::Remote) -> Option<(MailboxPath, String)> {
    let folder = remotes.folder_of(remote)?;
    Some((folder.path.clone(), format!("{}/{}", folder.uid_validity, remote.uid)))
}

fn write(source: &ImapSource<Reconnect>, record: StoreRecord, out: &Path, passphrase: Option<Secret>, ids: Vec<u64>, run: &Run) -> Result<(), Problem> {
    let remotes = source.remotes();
    let bytes: u64 = ids.iter().filter_map(|id| remotes.get(*id)).map(|remote| remote.size).sum();
    let needed = deflated(bytes);
    if let Some(free) = free_bytes(out).filter(|free| *free < needed) {
        let what = format!("The safe copy of the old account needs about {}, and {} are free.", bytes_text(needed), bytes_text(free));
        return Err(Problem::run(Code::NoRoomForSafeCopy, what).at(out.display()));
    }
    run.progress(|progress| *progress = Progress { phase: Phase::BackingUp, bytes_total: bytes, messages_total: ids.len() as u64, ..Progress::default() });
    run.tell_blocking(Event::PhaseStarted { phase: Phase::BackingUp });
    let options = WriterOptions { passphrase, now_unix: super::super::upload::now(), ..WriterOptions::default() };
    let mut writer = Writer::open(out, options, run)?;
    writer.add_store(record)?;
    let mut stream = Box::new(source.clone()).read(Selection::Ids(ids.into()), run);
    let mut finished = false;
    while let Some(held) = stream.next_blocking() {
        match held.item {
            StreamItem::Message { message, .. } => writer.push(message, held.share)?,
            StreamItem::Unreadable(unreadable) => writer.push_unreadable(*unreadable)?,
            StreamItem::Problem(problem) => return Err(*problem),
            StreamItem::Other(_) => {}
            StreamItem::Finished => finished = true,
        }
    }
    if run.is_cancelled() {
        return Err(Problem::interrupted());
    }
    if !finished {
        return Err(Problem::account(Code::SourceUnreadable, "the old account was not read to its end"));
    }
    writer.finish().map(drop)
}

/// Gives what the safe copy holds under the ids of the old account; a selection that it does not hold whole comes from the old server.
pub(super) struct CopiedSource {
    pub copied: Copied,
    pub old: ImapSource<Reconnect>,
}

impl MessageSource for CopiedSource {
    fn read(self: Box<Self>, what: Selection, run: &Run) -> MessageStream {
        let Selection::Ids(wanted) = &what else { return Box::new(self.old).read(what, run) };
        let Some(inner) = wanted.iter().map(|id| self.copied.ids.get(id).copied()).collect::<Option<Vec<u64>>>() else {
            return Box::new(self.old).read(what, run);
        };
        let outer: HashMap<u64, u64> = inner.iter().copied().zip(wanted.iter().copied()).collect();
        let archive: ArchiveSource = self.copied.archive.source();
        let mut from = Box::new(archive).read(Selection::Ids(inner.into()), run);
        let (sender, to) = stream::channel(stream::DEFAULT_STREAM_BYTES);
        tokio::task::spawn_blocking(move || {
            while let Some(held) = from.next_blocking() {
                let item = match held.item {
                    StreamItem::Message { id, mut message } => {
                        let Some(id) = outer.get(&id).copied() else { continue };
                        if let Some(remote) = self.old.remotes().get(id) {
                            // As they are now, not as they were when the safe copy was made.
                            (message.flags, message.keywords) = (remote.flags, remote.keywords.clone());
                            // The safe copy goes by what sent mail says of itself; the old server says it here.
                            message.store_date = remote.date.or(message.store_date);
                        }
                        StreamItem::Message { id, message }
                    }
                    StreamItem::Unreadable(mut unreadable) => {
                        let id = unreadable.place.parse().ok().and_then(|id: u64| outer.get(&id));
                        unreadable.place = id.map_or_else(String::new, u64::to_string);
                        StreamItem::Unreadable(unreadable)
                    }
                    other => other,
                };
                // The safe copy's own share of its channel goes along.
                if sender.send_in(held.share, item).is_err() {
                    return;
                }
            }
        });
        to
    }
}
