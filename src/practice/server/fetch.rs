//! FETCH, SEARCH, STORE and EXPUNGE: commands about messages of the selected mailbox.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use super::command::{Appended, FetchItem, SearchKey, Section, StoreMode};
use super::sequence::SequenceSet;
use super::session::Session;
use super::state::Stored;
use super::wire::Gone;

const NOT_SELECTED: &str = "BAD No mailbox selected";
const READ_ONLY: &str = "NO [READ-ONLY] Mailbox is opened for reading only";

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// The messages meant by `set`, as (message number, UID); `None` without a selected mailbox.
    fn meant(&self, by_uid: bool, set: &SequenceSet) -> Option<Vec<(u32, u32)>> {
        let view = &self.selected.as_ref()?.view;
        let largest = if by_uid { view.last().copied().unwrap_or(0) } else { u32::try_from(view.len()).unwrap_or(u32::MAX) };
        let set = set.resolve(largest);
        Some((1u32..).zip(view.iter().copied()).filter(|(number, uid)| set.contains(if by_uid { *uid } else { *number })).collect())
    }

    fn stored(&self, uid: u32) -> Option<Stored> {
        let id = self.selected.as_ref()?.id;
        self.shared.state().by_id(id)?.by_uid(uid).cloned()
    }

    pub(super) async fn fetch(&mut self, by_uid: bool, set: &SequenceSet, items: &[FetchItem]) -> Result<String, Gone> {
        let Some(meant) = self.meant(by_uid, set) else { return Ok(NOT_SELECTED.into()) };
        for (number, uid) in meant {
            // One that is gone meanwhile has no answer, and the command is OK all the same.
            let Some(message) = self.stored(uid) else { continue };
            self.fetch_one(number, &message, by_uid, items).await?;
        }
        Ok("OK Fetch completed".into())
    }

    async fn fetch_one(&mut self, number: u32, message: &Stored, by_uid: bool, items: &[FetchItem]) -> Result<(), Gone> {
        let message = &self.marked_seen(message, items);
        let mut out = format!("* {number} FETCH (").into_bytes();
        if by_uid && !items.contains(&FetchItem::Uid) {
            out.extend(format!("UID {} ", message.uid).into_bytes());
        }
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            match item {
                FetchItem::Uid => out.extend(format!("UID {}", message.uid).into_bytes()),
                FetchItem::Flags => out.extend(format!("FLAGS ({})", message.flag_list()).into_bytes()),
                FetchItem::InternalDate => out.extend(format!("INTERNALDATE \"{}\"", message.internal_date.to_imap()).into_bytes()),
                FetchItem::Size => out.extend(format!("RFC822.SIZE {}", message.bytes.len()).into_bytes()),
                FetchItem::Body { section, partial, .. } => {
                    self.shared.state().counters.bodies_fetched += 1;
                    let bytes = cut(&section.of(&message.bytes), *partial);
                    let from = partial.map(|(offset, _)| format!("<{offset}>")).unwrap_or_default();
                    out.extend(format!("BODY[{}]{from} {{{}}}\r\n", section.label(), bytes.len()).into_bytes());
                    self.wire.write(&out).await?;
                    self.wire.write(&bytes).await?;
                    out.clear();
                }
            }
        }
        out.extend_from_slice(b")\r\n");
        self.wire.write(&out).await
    }

    /// Reading a body without PEEK sets `\Seen` (RFC 3501 §6.4.5), which tests must be able to catch.
    fn marked_seen(&self, message: &Stored, items: &[FetchItem]) -> Stored {
        let mut message = message.clone();
        let reads = items.iter().any(|item| matches!(item, FetchItem::Body { peek: false, .. }));
        if let Some(selected) = self.selected.as_ref().filter(|selected| reads && !selected.read_only) {
            message.flags.seen = true;
            if let Some(stored) = self.shared.state().by_id_mut(selected.id).and_then(|mailbox| mailbox.by_uid_mut(message.uid)) {
                stored.flags.seen = true;
            }
        }
        message
    }

    pub(super) async fn search(&mut self, by_uid: bool, keys: &[SearchKey]) -> Result<String, Gone> {
        let Some(selected) = self.selected.as_ref() else { return Ok(NOT_SELECTED.into()) };
        let mut found: Vec<(u32, u32)> = (1u32..).zip(selected.view.iter().copied()).collect();
        let (last_number, last_uid) = found.last().copied().unwrap_or((0, 0));
        for key in keys {
            let resolved = match key {
                SearchKey::Numbers(set) => Some((set.resolve(last_number), false)),
                SearchKey::Uids(set) => Some((set.resolve(last_uid), true)),
                _ => None,
            };
            found.retain(|(number, uid)| match (&resolved, key) {
                (Some((set, uids)), _) => set.contains(if *uids { *uid } else { *number }),
                (None, SearchKey::All) => true,
                (None, key) => self.stored(*uid).is_some_and(|message| holds(&message, key)),
            });
        }
        let numbers: Vec<String> = found.iter().map(|(number, uid)| if by_uid { uid.to_string() } else { number.to_string() }).collect();
        self.wire.say(format!("* SEARCH {}", numbers.join(" ")).trim_end()).await?;
        Ok("OK Search completed".into())
    }

    pub(super) async fn store(&mut self, by_uid: bool, set: &SequenceSet, mode: StoreMode, silent: bool, change: &Appended) -> Result<String, Gone> {
        let Some(meant) = self.meant(by_uid, set) else { return Ok(NOT_SELECTED.into()) };
        let Some((id, false)) = self.selected.as_ref().map(|selected| (selected.id, selected.read_only)) else { return Ok(READ_ONLY.into()) };
        for (number, uid) in meant {
            let line = {
                let mut state = self.shared.state();
                let Some(message) = state.by_id_mut(id).and_then(|mailbox| mailbox.by_uid_mut(uid)) else { continue };
                change_flags(message, mode, change);
                let uid = if by_uid { format!("UID {uid} ") } else { String::new() };
                format!("* {number} FETCH ({uid}FLAGS ({}))", message.flag_list())
            };
            if !silent {
                self.wire.say(&line).await?;
            }
        }
        Ok("OK Store completed".into())
    }

    pub(super) fn expunge(&mut self, set: Option<&SequenceSet>) -> String {
        if set.is_some() && !self.shared.config.features.uidplus {
            return "BAD Unknown command".into();
        }
        let Some(selected) = self.selected.as_ref() else { return NOT_SELECTED.into() };
        if selected.read_only {
            return READ_ONLY.into();
        }
        let largest = selected.view.last().copied().unwrap_or(0);
        let set = set.map(|set| set.resolve(largest));
        if let Some(mailbox) = self.shared.state().by_id_mut(selected.id) {
            mailbox.expunge(|message| message.deleted && set.as_ref().is_none_or(|set| set.contains(message.uid)));
        }
        "OK Expunge completed".into()
    }
}

fn change_flags(message: &mut Stored, mode: StoreMode, change: &Appended) {
    let (now, given) = (message.flags.bits(), change.flags.bits());
    match mode {
        StoreMode::Replace => {
            (message.flags, message.deleted) = (change.flags, change.deleted);
            message.keywords = change.keywords.clone();
        }
        StoreMode::Add => {
            message.flags = crate::mail::Flags::from_bits(now | given);
            message.deleted |= change.deleted;
            for keyword in change.keywords.iter() {
                message.keywords.insert(keyword);
            }
        }
        StoreMode::Remove => {
            message.flags = crate::mail::Flags::from_bits(now & !given);
            message.deleted &= !change.deleted;
            let kept: Vec<String> =
                message.keywords.iter().filter(|word| !change.keywords.iter().any(|gone| gone.eq_ignore_ascii_case(word))).map(str::to_owned).collect();
            message.keywords = kept.into();
        }
    }
}

fn holds(message: &Stored, key: &SearchKey) -> bool {
    match key {
        SearchKey::Header(name, value) => {
            let fields = fields(&message.bytes, std::slice::from_ref(name), false);
            let text = String::from_utf8_lossy(&fields).to_ascii_lowercase();
            let inside = text.split_once(':').map_or("", |(_, inside)| inside.trim());
            !text.trim().is_empty() && inside.contains(&value.to_ascii_lowercase())
        }
        SearchKey::Flag(flag, wanted) => message.flag_list().split(' ').any(|set| set == *flag) == *wanted,
        SearchKey::All | SearchKey::Numbers(_) | SearchKey::Uids(_) => true,
    }
}

impl Section {
    fn label(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Header => "HEADER".into(),
            Self::Text => "TEXT".into(),
            Self::Fields { names, others } => format!("HEADER.FIELDS{} ({})", if *others { ".NOT" } else { "" }, names.join(" ")),
        }
    }

    fn of(&self, message: &Bytes) -> Bytes {
        match self {
            Self::Whole => message.clone(),
            Self::Header => message.slice(..header_end(message)),
            Self::Text => message.slice(header_end(message)..),
            Self::Fields { names, others } => fields(message, names, *others).into(),
        }
    }
}

/// Where the header ends, its empty line included; the whole message if there is none.
fn header_end(message: &[u8]) -> usize {
    let mut at = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
    }
    at
}

/// The named header fields, folded lines included, or all others; then the empty line (RFC 3501 §6.4.5).
fn fields(message: &[u8], names: &[String], others: bool) -> Vec<u8> {
    let header = message.get(..header_end(message)).unwrap_or_default();
    let (mut out, mut taking) = (Vec::new(), false);
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let name = String::from_utf8_lossy(name);
            taking = names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name.trim_end())) != others;
        }
        if taking {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn cut(bytes: &Bytes, partial: Option<(u64, u64)>) -> Bytes {
    let Some((offset, count)) = partial else { return bytes.clone() };
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let to = from.saturating_add(usize::try_from(count).unwrap_or(usize::MAX)).min(bytes.len());
    bytes.slice(from..to)
}
