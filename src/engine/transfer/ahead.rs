//! Reads the near end ahead of the connection and makes wire bytes of it, on a thread of its own.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::flow::stream::{Held, Share};
use crate::flow::{MessageStream, Selection, StreamItem};
use crate::mail::header::{DateHints, Headers, LONGEST_BLOCK, received_on};
use crate::mail::wire::WireChanges;
use crate::mail::{Body, Flags, InternalDate, Keywords, Message, Sha256Digest, Twin, wire};
use crate::run::{Problem, Radius};

use super::super::plan::PlannedFolder;
use super::Transfer;

/// Handfuls read ahead; their bytes are bounded by the stream.
const READ_AHEAD: usize = 64;
/// Messages handed on together, if so many are there: each handful costs a change of threads.
const HANDFUL: usize = 32;

/// A message read, converted and ready to go.
pub(super) struct Ready {
    pub(super) slot: usize,
    pub(super) wire: Wire,
    pub(super) flags: Flags,
    pub(super) keywords: Keywords,
    pub(super) date: InternalDate,
    pub(super) share: Share,
}

/// Wire bytes, and what is known of them.
pub(super) struct Wire {
    pub(super) body: Body,
    pub(super) sha256: Sha256Digest,
    /// Its twin and the bytes under it, where the plan did not know them.
    pub(super) twin: Option<(Twin, u64)>,
    /// What was changed for it, where that was not known before.
    pub(super) changes: WireChanges,
}

pub(super) enum Read {
    Ready(Box<Ready>),
    Unreadable(u64, String),
    /// The near end failed as a whole: what it did not give is still there.
    Failed(Problem),
}

impl Transfer<'_> {
    /// Reads the near end and makes wire bytes on a thread of its own.
    ///
    /// `todo` are indexes of the folder's slots.
    pub(super) fn read_ahead(&self, folder: &PlannedFolder, todo: &[usize]) -> mpsc::Receiver<Vec<Read>> {
        let slots: HashMap<u64, usize> = todo.iter().filter_map(|at| Some((folder.target.slots.get(*at)?.id, *at))).collect();
        let ids: Arc<[u64]> = todo.iter().filter_map(|at| folder.target.slots.get(*at).map(|slot| slot.id)).collect();
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        let mut stream = self.near.source(self.lanes.most()).read(Selection::Ids(ids), self.run);
        let (temp_dir, knows_twins) = (self.run.temp_dir().to_path_buf(), self.near.knows_twins());
        tokio::task::spawn_blocking(move || {
            let mut left: HashSet<u64> = slots.keys().copied().collect();
            let mut handful = Vec::with_capacity(HANDFUL);
            while let Some(held) = next(&mut stream, &mut handful, &sender) {
                let read = match held.item {
                    StreamItem::Message { id, message } => {
                        let Some(slot) = slots.get(&id).copied() else { continue };
                        left.remove(&id);
                        match Wire::of(&message, knows_twins, &temp_dir) {
                            Ok(wire) => {
                                let date = message.store_date.unwrap_or_else(|| date_in(&message.body));
                                let Message { flags, keywords, .. } = *message;
                                Read::Ready(Box::new(Ready { slot, wire, flags, keywords, date, share: held.share }))
                            }
                            Err(error) => Read::Unreadable(id, error.to_string()),
                        }
                    }
                    StreamItem::Unreadable(unreadable) => {
                        tracing::warn!(reason = unreadable.reason, "a message can't be read");
                        match unreadable.place.parse().ok().filter(|id| left.remove(id)) {
                            Some(id) => Read::Unreadable(id, unreadable.reason),
                            None => continue,
                        }
                    }
                    StreamItem::Problem(problem) => {
                        tracing::warn!("{problem}");
                        if problem.radius < Radius::Account {
                            continue;
                        }
                        handful.push(Read::Failed(*problem));
                        let _nobody = sender.blocking_send(handful);
                        return;
                    }
                    // Only stores give these; they are never uploaded.
                    StreamItem::Other(_) => continue,
                    StreamItem::Finished => break,
                };
                handful.push(read);
            }
            handful.extend(left.into_iter().map(|id| Read::Unreadable(id, "it was listed, but not given".to_owned())));
            let _nobody = sender.blocking_send(handful);
        });
        receiver
    }
}

/// The received date that a message tells itself, where nothing else does.
fn date_in(body: &Body) -> InternalDate {
    let head = body.head(LONGEST_BLOCK).unwrap_or_default();
    received_on(&Headers::cut(&head), DateHints::default(), jiff::Timestamp::now().as_second()).0
}

/// The next item. What was read is handed on once it is a handful, or before the near end is waited for; `None` if nobody wants more.
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

impl Wire {
    fn of(message: &Message, knows_twin: bool, temp_dir: &Path) -> io::Result<Self> {
        if knows_twin {
            let body = wire::encode(&message.body, message.rules, temp_dir)?;
            return Ok(Self { sha256: body.digest()?, body, twin: None, changes: WireChanges::default() });
        }
        let facts = wire::measure(&message.body, message.rules)?;
        // Equal digests, equal bytes: what an IMAP server gave is mostly what another one takes.
        let is_wire = facts.sha256 == facts.wire_sha256;
        let body = if is_wire { message.body.clone() } else { wire::encode(&message.body, message.rules, temp_dir)? };
        Ok(Self { body, sha256: facts.wire_sha256, twin: Some((facts.twin, facts.twin_bytes)), changes: facts.changes })
    }
}
