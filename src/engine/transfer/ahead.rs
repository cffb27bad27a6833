//! Reads the safe copy ahead of the connection and makes wire bytes of it, on a thread of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::flow::stream::{Held, Share};
use crate::flow::{MessageSource, MessageStream, Selection, StreamItem};
use crate::mail::{Body, Flags, InternalDate, Keywords, Sha256Digest, wire};
use crate::run::Code;

use super::super::plan::PlannedFolder;
use super::Transfer;

/// Handfuls read ahead; their bytes are bounded by the stream.
const READ_AHEAD: usize = 64;
/// Messages handed on together, if so many are there: each handful costs a change of threads.
const HANDFUL: usize = 32;

/// A message read, converted and ready to go.
pub(super) struct Ready {
    pub(super) slot: usize,
    pub(super) wire: Body,
    pub(super) wire_sha256: Sha256Digest,
    pub(super) flags: Flags,
    pub(super) keywords: Keywords,
    pub(super) date: InternalDate,
    pub(super) share: Share,
}

pub(super) enum Read {
    Ready(Box<Ready>),
    Unreadable(u64, String),
}

impl Transfer<'_> {
    /// Reads the safe copy and makes wire bytes on a thread of its own.
    ///
    /// `todo` are indexes of the folder's slots.
    pub(super) fn read_ahead(&self, folder: &PlannedFolder, todo: &[usize]) -> mpsc::Receiver<Vec<Read>> {
        let slots: HashMap<u64, usize> = todo.iter().filter_map(|at| Some((folder.target.slots.get(*at)?.id, *at))).collect();
        let ids: Arc<[u64]> = todo.iter().filter_map(|at| folder.target.slots.get(*at).map(|slot| slot.id)).collect();
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let mut stream = Box::new(self.archive.source()).read(Selection::Ids(ids), self.run);
        let temp_dir = self.run.temp_dir().to_path_buf();
        tokio::task::spawn_blocking(move || {
            let mut left: HashSet<u64> = slots.keys().copied().collect();
            let mut handful = Vec::with_capacity(HANDFUL);
            while let Some(held) = next(&mut stream, &mut handful, &sender) {
                let read = match held.item {
                    StreamItem::Message { id, message } => {
                        let Some(slot) = slots.get(&id).copied() else { continue };
                        left.remove(&id);
                        match wire::encode(&message.body, message.rules, &temp_dir).and_then(|wire| Ok((digest(&wire)?, wire))) {
                            Ok((wire_sha256, wire)) => {
                                let (flags, keywords) = (message.flags, message.keywords);
                                let date = message.store_date.unwrap_or(InternalDate::from_unix(0));
                                Read::Ready(Box::new(Ready { slot, wire, wire_sha256, flags, keywords, date, share: held.share }))
                            }
                            Err(error) => Read::Unreadable(id, error.to_string()),
                        }
                    }
                    StreamItem::Unreadable(unreadable) => {
                        tracing::warn!(reason = unreadable.reason, "{} a message of the safe copy can't be read", Code::ArchiveDamaged);
                        continue;
                    }
                    StreamItem::Problem(problem) => {
                        tracing::warn!("{problem}");
                        continue;
                    }
                    // Only stores give these; they are never uploaded.
                    StreamItem::Other(_) => continue,
                    StreamItem::Finished => break,
                };
                handful.push(read);
            }
            handful.extend(left.into_iter().map(|id| Read::Unreadable(id, "the safe copy could not give it".to_owned())));
            let _nobody = sender.blocking_send(handful);
        });
        receiver
    }
}

/// The next item. What was read is handed on once it is a handful, or before the safe copy is waited for; `None` if nobody wants more.
fn next(stream: &mut MessageStream, handful: &mut Vec<Read>, sender: &mpsc::Sender<Vec<Read>>) -> Option<Held> {
    if handful.len() < HANDFUL
        && let Ok(Some(held)) = stream.try_next()
    {
        return Some(held);
    }
    if !handful.is_empty() {
        sender.blocking_send(std::mem::replace(handful, Vec::with_capacity(HANDFUL))).ok()?;
    }
    stream.next_blocking()
}

fn digest(body: &Body) -> std::io::Result<Sha256Digest> {
    use std::io::Read as _;
    if let Some(bytes) = body.in_memory() {
        return Ok(Sha256Digest::of(bytes));
    }
    let (mut hasher, mut reader, mut buffer) = (crate::mail::digest::Hasher::default(), body.reader(), vec![0; 256 * 1024]);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
