//! Counts a file from its tables: no message is opened that a table describes.

use std::collections::HashSet;

use super::error::{PstError, Result};
use super::messaging::class::is_hidden;
use super::messaging::{Filled, Store, folder, inventory, tag};
use super::ndb::{Effort, Ndb};
use super::{OnDisk, ltp};
use crate::mail::InternalDate;
use crate::mail::SpecialUse;
use crate::run::Run;
use crate::store::bounds::Bounds;
use crate::store::info::{FolderInfo, Protocol, StoreInfo, StoreKind};
use crate::store::mapi::FileTime;
use crate::store::rebuild::ItemKind;
use ltp::{PropertyContext, Row, TableContext};

/// A message class's bytes at most.
const MAX_CLASS_BYTES: usize = 512;

/// What counting needs to know of one item.
struct Counted {
    /// `None` for what programs keep for themselves.
    kind: Option<ItemKind>,
    bytes: u64,
    date: Option<InternalDate>,
}

/// Opens a file as it lies on disk.
///
/// # Errors
/// What opening it gives.
pub fn open(store: &StoreInfo, bounds: &Bounds, effort: Effort) -> Result<Store> {
    let (file, metadata) = bounds.open(&store.path).map_err(|source| PstError::Read { offset: 0, source })?;
    Store::open(Box::new(OnDisk::new(file, metadata.len())), effort)
}

/// Counts the store into `info`; `exact` false: only what the folders say themselves.
pub fn count(info: &mut StoreInfo, exact: bool, now_unix: i64, run: &Run) {
    let opened =
        Bounds::below(info.root.as_deref()).map_err(|source| PstError::Read { offset: 0, source }).and_then(|bounds| open(info, &bounds, Effort::Indexes));
    let store = match opened {
        Ok(store) => store,
        Err(error) => return cant_be_read(info, &error),
    };
    info.bytes = 0;
    info.estimated = !exact;
    if store.has_password() && info.kind == StoreKind::OutlookPst {
        info.advise("It has a password, which is not needed here: Outlook asks for it, but nothing is encrypted with it.");
    }
    let filled = inventory(&store);
    // What Outlook's profile says of its account counts more.
    let is_told = !matches!(info.protocol, Protocol::Local | Protocol::Unknown);
    if !is_told && is_delivered_to(&filled) && info.kind == StoreKind::OutlookPst {
        info.protocol = Protocol::Pop;
    }
    let mut folder_list = Vec::new();
    for filled in &filled {
        if run.is_cancelled() {
            info.estimated = true;
            break;
        }
        let counted = if exact { count_folder(&store, filled, info, now_unix) } else { guess_folder(filled) };
        info.estimated |= filled.is_damaged;
        // The top itself, and what holds no mail, is no folder of mail.
        let is_shown = counted.messages > 0 || !filled.is_recovered && !filled.folder.path.is_root() && holds_mail(&filled.folder.container_class);
        if is_shown {
            folder_list.push(counted);
        }
    }
    info.estimated |= store.ndb().notes().count > 0;
    info.folders = folder_list.len() as u64;
    info.messages = folder_list.iter().map(|folder| folder.messages).sum();
    info.bytes = folder_list.iter().map(|folder| folder.bytes).sum();
    if !exact {
        info.bytes = store.ndb().len();
    }
    info.folder_list = folder_list;
}

fn cant_be_read(info: &mut StoreInfo, error: &PstError) {
    info.readable = false;
    match error {
        PstError::Read { source, .. } if is_locked(source) => {
            info.in_use = true;
            info.advise("Outlook has this file open and lets no other program read it: close Outlook, then search again.");
        }
        other => info.advise(&format!("It can't be read: {other}.")),
    }
}

/// ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows.
#[must_use]
pub fn is_locked(error: &std::io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33))
}

/// Outlook delivers to a store that has an inbox, an outbox and sent mail of its own; an archive has none of them.
fn is_delivered_to(filled: &[Filled]) -> bool {
    let has = |role| filled.iter().any(|filled| filled.folder.role == Some(role));
    has(SpecialUse::Inbox) && has(SpecialUse::Outbox) && has(SpecialUse::Sent)
}

/// Calendar, contacts and the like are folders, but none that mail is copied to.
fn holds_mail(container_class: &str) -> bool {
    let class = container_class.to_ascii_lowercase();
    class.is_empty() || class == "ipf" || class.starts_with("ipf.note")
}

fn guess_folder(filled: &Filled) -> FolderInfo {
    let is_mail = holds_mail(&filled.folder.container_class) && !filled.is_recovered;
    let messages = if is_mail { filled.messages.len() as u64 } else { 0 };
    FolderInfo { path: filled.folder.path.clone(), role: filled.folder.role, messages, bytes: 0, deleted: 0 }
}

fn count_folder(store: &Store, filled: &Filled, info: &mut StoreInfo, now_unix: i64) -> FolderInfo {
    let mut counted = FolderInfo { path: filled.folder.path.clone(), role: filled.folder.role, messages: 0, bytes: 0, deleted: 0 };
    if filled.is_address_book {
        info.not_mail.contacts += filled.messages.len() as u64;
        return counted;
    }
    let ndb = store.ndb();
    let wanted: HashSet<u32> = filled.messages.iter().copied().collect();
    let mut left = wanted.clone();
    let mut add = |item: &Counted| match item.kind {
        Some(ItemKind::Mail) => {
            counted.messages += 1;
            counted.bytes += item.bytes;
            if let Some(date) = item.date.filter(|date| date.is_plausible(now_unix)) {
                let year = info.years.entry(date.year()).or_default();
                year.messages += 1;
                year.bytes += item.bytes;
            }
        }
        Some(other) if !filled.is_recovered => info.not_mail.add(other),
        _ => {}
    };
    let table = ndb.node(folder::contents_table(filled.folder.nid)).and_then(|node| TableContext::open(ndb, node.data, node.sub));
    if let Ok(table) = table {
        for (nid, row) in table.rows().filter(|(nid, _)| wanted.contains(nid)) {
            if let Some(item) = row.ok().and_then(|row| by_row(store, &table, &row)) {
                left.remove(&nid);
                add(&item);
            }
        }
    }
    let mut left: Vec<u32> = left.into_iter().collect();
    left.sort_unstable();
    for nid in left {
        add(&by_properties(store, ndb, nid).unwrap_or(Counted { kind: Some(ItemKind::Mail), bytes: 0, date: None }));
    }
    // What a table lists and is not there is found all the same, and will be named.
    if !filled.is_recovered {
        counted.messages += filled.missing.len() as u64;
    }
    counted
}

fn kind_of(class: &str) -> Option<ItemKind> {
    if is_hidden(class) { None } else { Some(ItemKind::of_class(class)) }
}

/// `None` if the table does not tell the class.
fn by_row(store: &Store, table: &TableContext<'_>, row: &Row) -> Option<Counted> {
    let class = store.cell_text(table, row, tag::MESSAGE_CLASS, MAX_CLASS_BYTES)?;
    let time = table.number(row, tag::DELIVERY_TIME).or_else(|| table.number(row, tag::SUBMIT_TIME));
    let bytes = table.number(row, tag::MESSAGE_SIZE).unwrap_or(0);
    Some(Counted { kind: kind_of(&class), bytes, date: time.and_then(|time| FileTime(time).date()) })
}

fn by_properties(store: &Store, ndb: &Ndb, nid: u32) -> Option<Counted> {
    let node = ndb.node(nid).ok()?;
    let properties = PropertyContext::open(ndb, node.data, node.sub).ok()?;
    let class = store.text(&properties, tag::MESSAGE_CLASS, MAX_CLASS_BYTES).unwrap_or_default();
    let time = |id| properties.bytes(id, 8).and_then(|bytes| super::bytes::u64_at(&bytes, 0));
    let date = time(tag::DELIVERY_TIME).or_else(|| time(tag::SUBMIT_TIME)).and_then(|time| FileTime(time).date());
    Some(Counted { kind: kind_of(&class), bytes: u64::from(properties.u32(tag::MESSAGE_SIZE).unwrap_or(0)), date })
}
