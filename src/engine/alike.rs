//! The one exception of identity (DESIGN rule 4): mail rebuilt from Outlook's data is also already there if the folder holds one with the
//! same Message-ID, the same Date to the second, and the same attachments.
//!
//! Outlook keeps no original, so the same mail, once delivered and once rebuilt, has two twins. All three must agree, and each message
//! of the server explains one of ours: in doubt it is sent. Read-only, like every look.

use std::collections::{HashMap, HashSet};

use crate::archive::Archive;
use crate::flow::{Inventory, MessageSource, NearMailbox, Selection, StreamItem};
use crate::imap::Session;
use crate::journal::{Entering, Intent, Journal};
use crate::mail::header::Headers;
use crate::mail::twin::TwinHasher;
use crate::mail::{Origin, Sha256Digest, Twin, part};
use crate::run::{Problem, Run};

use super::look::claimed;
use super::plan::{Slot, Target};

/// Larger ones are not compared, but sent: they are held in memory for it.
const LONGEST_COMPARED_BYTES: u64 = 64 << 20;

/// Finds rebuilt messages of `targets` that the server holds as delivered. Answers how many.
///
/// # Errors
/// The connection failed, or the journal can't be written.
pub(super) async fn claim(
    session: &mut Session,
    archive: &Archive,
    near: &Inventory<NearMailbox>,
    targets: &[&Target],
    journal: &mut Journal,
    now_unix: i64,
    run: &Run,
) -> Result<u64, Problem> {
    let messages = near.mailboxes.iter().flat_map(|mailbox| &mailbox.messages);
    let rebuilt: HashSet<u64> = messages.filter(|message| message.origin == Origin::Rebuilt).map(|message| message.id).collect();
    let mut found = 0;
    if rebuilt.is_empty() {
        return Ok(found);
    }
    for target in targets.iter().filter(|target| !target.create) {
        let (id, _) = journal.mailbox(&target.name)?;
        let entries = journal.entries(id)?;
        let known: HashSet<(Twin, u32)> = entries.iter().map(|entry| (entry.twin, entry.ordinal)).collect();
        let is_open = |slot: &&Slot| rebuilt.contains(&slot.id) && !known.contains(&(slot.twin, slot.ordinal)) && slot.wire_bytes <= LONGEST_COMPARED_BYTES;
        let open: Vec<(&Slot, String)> = target
            .slots
            .iter()
            .filter(is_open)
            .filter_map(|slot| Some((slot, archive.record(slot.id)?.message_id.filter(|id| !id.trim().is_empty())?)))
            .collect();
        if open.is_empty() {
            continue;
        }
        let selected = session.examine(&target.name).await?;
        if selected.exists == 0 {
            continue;
        }
        let explained = claimed(&entries, selected.uid_validity);
        let sizes: HashMap<u32, u64> = session
            .list_sizes(1)
            .await?
            .into_iter()
            .filter(|row| !explained.contains(&row.uid) && row.size <= LONGEST_COMPARED_BYTES)
            .map(|row| (row.uid, row.size))
            .collect();
        let mut uids: Vec<u32> = sizes.keys().copied().collect();
        uids.sort_unstable();
        let mut by_id: HashMap<String, Vec<u32>> = HashMap::new();
        for (uid, headers) in session.header_fields(&uids, &["Message-ID"]).await? {
            if let Some(message_id) = headers.message_id() {
                by_id.entry(message_id).or_default().push(uid);
            }
        }
        let mut rows = Vec::new();
        for (slot, message_id) in open {
            if run.is_cancelled() {
                return Err(Problem::interrupted());
            }
            let Some(candidates) = by_id.get_mut(&message_id).filter(|uids| !uids.is_empty()) else { continue };
            let Some(ours) = read(archive, slot.id, run).await.and_then(|bytes| Look::of(&bytes)) else { continue };
            let mut matched = None;
            for (at, uid) in candidates.iter().enumerate() {
                let mut bytes = Vec::new();
                let size = sizes.get(uid).copied().unwrap_or(0);
                let is_there = session.read_body(*uid, size, &mut |chunk| bytes.extend_from_slice(chunk)).await?;
                if is_there && Look::of(&bytes).as_ref() == Some(&ours) {
                    matched = Some((at, *uid, bytes));
                    break;
                }
            }
            let Some((at, uid, bytes)) = matched else { continue };
            candidates.remove(at);
            let mut hasher = TwinHasher::new();
            hasher.update(&bytes);
            let (content, twin_bytes) = hasher.finish();
            let intent = Intent {
                key: journal.new_key(),
                mailbox: id,
                twin: slot.twin,
                content: Some(content), // theirs: so it is found again, and told from mail that is the same
                ordinal: slot.ordinal,
                archive_id: slot.id,
                wire_bytes: bytes.len() as u64,
                wire_sha256: content.0,
                twin_bytes,
                uid_validity: selected.uid_validity,
                uid_next: 0,
                at: now_unix,
            };
            rows.push(Entering::There(intent, uid));
            found += 1;
        }
        journal.commit(&rows)?;
    }
    Ok(found)
}

/// What two looks of one mail must share, besides the Message-ID.
#[derive(PartialEq, Eq, Debug)]
struct Look {
    /// Date, Unix seconds.
    date: i64,
    /// Of the decoded attachments, sorted.
    attachments: Vec<Sha256Digest>,
}

impl Look {
    /// `None` without a Date: then nothing is known of it.
    fn of(bytes: &[u8]) -> Option<Self> {
        let date = Headers::cut(bytes).date()?.unix();
        Some(Self { date, attachments: part::attachment_digests(bytes)? })
    }
}

/// The stored bytes of one message of the safe copy; its line ends make no difference to what is compared.
async fn read(archive: &Archive, id: u64, run: &Run) -> Option<Vec<u8>> {
    let mut stream = Box::new(archive.source()).read(Selection::Ids(std::sync::Arc::from([id])), &run.beside());
    while let Some(item) = stream.next().await {
        if let StreamItem::Message { message, .. } = item.item {
            return tokio::task::spawn_blocking(move || message.body.head(usize::try_from(LONGEST_COMPARED_BYTES).unwrap_or(usize::MAX)))
                .await
                .ok()?
                .ok()
                .map(|bytes| bytes.to_vec());
        }
    }
    None
}
