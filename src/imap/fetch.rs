//! What is in the opened mailbox: sizes, dates, flags; digests of bodies as they stream by; header fields.
//!
//! Nothing here marks a message as read (BODY.PEEK). An empty result is only ever an OK with nothing before it: a NO, a BAD
//! or a dead session after some answers is an error, never a short list.

use std::collections::BTreeMap;

use super::command::Command;
use super::error::ImapError;
use super::response::{Take, Untagged, Visitor};
use super::session::Session;
use super::token::Value;
use super::uid_set;
use crate::mail::WireRules;
use crate::mail::digest::Hasher;
use crate::mail::header::Headers;
use crate::mail::twin::{LEFT_OUT, TwinHasher};
use crate::mail::wire::WireEncoder;
use crate::mail::{Flags, InternalDate, Keywords, Sha256Digest, Twin};

/// Messages longer than this are read in ranges (10 MB).
pub const RANGED_ABOVE_BYTES: u64 = 10_000_000;
/// A range is this long (4 MB).
pub const RANGE_BYTES: u64 = 4_000_000;
/// A command's UID set is at most this long; servers cut long lines off from 8 KiB on.
pub(super) const SET_BYTES: usize = 4_000;
/// Bodies asked for in one command, so that a lost connection costs little.
const BODIES_AT_ONCE: usize = 500;
/// Header fields asked for in one command.
const FIELDS_AT_ONCE: usize = 2_000;
/// No mailbox has more messages than this.
const MOST_ROWS: usize = 20_000_000;

/// One message of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageRow {
    /// Its UID.
    pub uid: u32,
    /// RFC822.SIZE, in bytes.
    pub size: u64,
    /// Its system flags.
    pub flags: Flags,
    /// Its keywords.
    pub keywords: Keywords,
    /// It carries \Deleted: the next expunge takes it.
    pub deleted: bool,
    /// INTERNALDATE, if it can be read.
    pub date: Option<InternalDate>,
    /// What the server calls this mail in every mailbox (X-GM-MSGID, EMAILID), where it was asked.
    pub mail_id: Option<String>,
}

/// A body's digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageDigest {
    /// SHA-256 of all bytes.
    pub sha256: Sha256Digest,
    /// How many bytes.
    pub bytes: u64,
    /// What makes it the same mail elsewhere.
    pub twin: Twin,
    /// Bytes under the twin.
    pub twin_bytes: u64,
}

/// Digests a body as its bytes go by.
#[derive(Clone)]
struct BodyHasher {
    sha256: Hasher,
    bytes: u64,
    twin: TwinHasher,
    /// The twin is that of the wire form: a server may hold what another program brought there with other line ends.
    encoder: WireEncoder,
    wire: Vec<u8>,
}

impl Default for BodyHasher {
    fn default() -> Self {
        Self { sha256: Hasher::default(), bytes: 0, twin: TwinHasher::new(), encoder: WireEncoder::new(WireRules::default()), wire: Vec::new() }
    }
}

impl BodyHasher {
    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.wire.clear();
        self.encoder.push(bytes, &mut self.wire);
        self.twin.update(&self.wire);
        self.bytes += bytes.len() as u64;
    }

    fn finish(mut self) -> MessageDigest {
        self.wire.clear();
        self.encoder.finish(&mut self.wire);
        self.twin.update(&self.wire);
        let (twin, twin_bytes) = self.twin.finish();
        MessageDigest { sha256: self.sha256.finish(), bytes: self.bytes, twin, twin_bytes }
    }
}

/// The name-value pairs of a FETCH answer.
pub(super) fn items(untagged: &Untagged) -> Option<impl Iterator<Item = (&Value, &Value)>> {
    let Untagged::Numbered { kind, values, .. } = untagged else { return None };
    let list = (kind == "FETCH").then(|| values.first()?.list())??;
    Some(list.chunks_exact(2).filter_map(|pair| if let [name, value] = pair { Some((name, value)) } else { None }))
}

pub(super) fn uid_of(untagged: &Untagged) -> Option<u32> {
    items(untagged)?.find(|(name, _)| name.is_atom("UID")).and_then(|(_, value)| u32::try_from(value.number()?).ok()).filter(|uid| *uid > 0)
}

/// `BODY[]`, `BODY[]<0>`: the whole body or a range of it. Answers the range's origin.
pub(super) fn body_origin(name: &Value) -> Option<u64> {
    let name = name.text()?.to_ascii_uppercase();
    let rest = name.strip_prefix("BODY[]")?;
    if rest.is_empty() { Some(0) } else { rest.strip_prefix('<')?.strip_suffix('>')?.parse().ok() }
}

/// Whether the literal announced at the end of `line` is a body's.
pub(super) fn announces_body(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some(brace) = memchr::memrchr(b'{', line) else { return false };
    let before = line.get(..brace).unwrap_or_default();
    let before = before.strip_suffix(b"~").unwrap_or(before).trim_ascii_end();
    let word = before.rsplit(|b| matches!(b, b' ' | b'(')).next().unwrap_or_default();
    word.len() >= 6 && word.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"BODY[]"))
}

/// Reads rows of listings.
pub(super) struct Rows<'a> {
    from: u32,
    count: usize,
    each: &'a mut (dyn FnMut(MessageRow) + Send),
}

impl<'a> Rows<'a> {
    pub(super) const fn from(from: u32, each: &'a mut (dyn FnMut(MessageRow) + Send)) -> Self {
        Self { from, count: 0, each }
    }
}

impl Visitor for Rows<'_> {
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        let Some(items) = items(&response) else { return Ok(()) };
        let (mut row, mut size) = (MessageRow::default(), None);
        for (name, value) in items {
            let Some(name) = name.text() else { continue };
            match name.to_ascii_uppercase().as_str() {
                "UID" => row.uid = value.number().and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
                "RFC822.SIZE" => size = value.number(),
                "X-GM-MSGID" => row.mail_id = value.text(),
                "EMAILID" => row.mail_id = value.list().and_then(|list| list.first()?.text()),
                "INTERNALDATE" => row.date = value.text().and_then(|text| InternalDate::from_imap(&text)),
                "FLAGS" => {
                    for flag in value.list().unwrap_or_default().iter().filter_map(Value::text) {
                        row.deleted |= flag.eq_ignore_ascii_case("\\Deleted");
                        if !row.flags.set(&flag) {
                            row.keywords.insert(&flag);
                        }
                    }
                }
                _ => {}
            }
        }
        // Without a size it tells of a changed flag. `n:*` names the last message even where its UID is below n.
        let Some(size) = size.filter(|_| row.uid >= self.from.max(1)) else { return Ok(()) };
        self.count += 1;
        if self.count > MOST_ROWS {
            return Err(ImapError::Nonsense("more messages than any mailbox has".to_owned()));
        }
        row.size = size;
        (self.each)(row);
        Ok(())
    }
}

/// Streams bodies into hashers.
struct Bodies<'a> {
    hasher: Option<BodyHasher>,
    each: &'a mut (dyn FnMut(u32, MessageDigest) + Send),
}

impl Visitor for Bodies<'_> {
    fn announced(&mut self, line: &[u8], _len: u64) -> Take {
        if !announces_body(line) {
            return Take::Collect;
        }
        self.hasher = Some(BodyHasher::default());
        Take::Stream
    }

    fn chunk(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
    }

    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        let streamed = self.hasher.take();
        let Some(uid) = uid_of(&response) else { return Ok(()) };
        let body = items(&response).and_then(|mut items| items.find(|(name, _)| body_origin(name) == Some(0)));
        let Some((_, value)) = body else { return Ok(()) };
        let hasher = match (value, streamed) {
            (Value::Streamed(_), Some(hasher)) => hasher,
            (Value::Quoted(bytes), _) => {
                let mut hasher = BodyHasher::default();
                hasher.update(bytes);
                hasher
            }
            _ => return Ok(()), // NIL: the body can't be had
        };
        (self.each)(uid, hasher.finish());
        Ok(())
    }
}

/// Hands a range of one body on.
struct Range<'a> {
    uid: u32,
    origin: u64,
    streaming: bool,
    came: u64,
    answered: bool,
    each: &'a mut (dyn FnMut(&[u8]) + Send),
}

impl Visitor for Range<'_> {
    fn announced(&mut self, line: &[u8], _len: u64) -> Take {
        // One body per command was asked for; a second one would spoil the first.
        if self.came > 0 || !announces_body(line) {
            return Take::Collect;
        }
        self.streaming = true;
        Take::Stream
    }

    fn chunk(&mut self, bytes: &[u8]) {
        if self.streaming {
            self.came += bytes.len() as u64;
            (self.each)(bytes);
        }
    }

    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        self.streaming = false;
        let Some(items) = items(&response) else { return Ok(()) };
        for (name, value) in items {
            let Some(origin) = body_origin(name) else { continue };
            if uid_of(&response) != Some(self.uid) || origin != self.origin {
                return Err(ImapError::Nonsense("a body that was not asked for".to_owned()));
            }
            if let Value::Quoted(bytes) = value {
                self.came += bytes.len() as u64;
                (self.each)(bytes);
            }
            self.answered |= !value.is_nil();
        }
        Ok(())
    }
}

struct Fields<'a> {
    each: &'a mut (dyn FnMut(u32, &[u8]) + Send),
}

impl Visitor for Fields<'_> {
    fn untagged(&mut self, response: Untagged) -> Result<(), ImapError> {
        let (Some(uid), Some(mut items)) = (uid_of(&response), items(&response)) else { return Ok(()) };
        let is_fields = |name: &Value| name.text().is_some_and(|name| name.to_ascii_uppercase().starts_with("BODY[HEADER"));
        if let Some((_, value)) = items.find(|(name, _)| is_fields(name)) {
            (self.each)(uid, value.bytes().unwrap_or_default());
        }
        Ok(())
    }
}

impl Session {
    /// Lists UID, size, flags and date of every message from UID `from` on, as they come.
    ///
    /// # Errors
    /// As [`Session::command`]; what came before an error is not the whole list.
    pub async fn each_row(&mut self, from: u32, each: &mut (dyn FnMut(MessageRow) + Send)) -> Result<(), ImapError> {
        self.check_alive()?;
        if self.seen().exists == Some(0) {
            return Ok(()); // some servers answer BAD to a set in an empty mailbox
        }
        let from = from.max(1);
        let command = Command::new("UID FETCH").words(&format!("{from}:* (UID RFC822.SIZE FLAGS INTERNALDATE)"));
        self.visit(command, &mut Rows::from(from, each)).await
    }

    /// Lists UID, size, flags and date of every message from UID `from` on, by ascending UID, each once.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn list_uids(&mut self, from: u32) -> Result<Vec<MessageRow>, ImapError> {
        let mut rows = Vec::new();
        self.each_row(from, &mut |row| rows.push(row)).await?;
        rows.sort_by_key(|row: &MessageRow| row.uid);
        rows.dedup_by_key(|row| row.uid);
        Ok(rows)
    }

    /// The same with UID and size alone, which a server has at hand without looking at the messages.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn list_sizes(&mut self, from: u32) -> Result<Vec<MessageRow>, ImapError> {
        self.check_alive()?;
        if self.seen().exists == Some(0) {
            return Ok(Vec::new());
        }
        self.sizes(from, Vec::new()).await
    }

    /// The same after a fresh look at what is in the mailbox now, in one round trip.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn list_sizes_afresh(&mut self, from: u32) -> Result<Vec<MessageRow>, ImapError> {
        match self.sizes(from, vec![Command::new("NOOP")]).await {
            Err(error) if !error.is_dead() && self.seen().exists == Some(0) => Ok(Vec::new()), // a set in an empty mailbox is BAD to some
            other => other,
        }
    }

    async fn sizes(&mut self, from: u32, mut commands: Vec<Command>) -> Result<Vec<MessageRow>, ImapError> {
        let from = from.max(1);
        commands.push(Command::new("UID FETCH").words(&format!("{from}:* (UID RFC822.SIZE)")));
        let mut rows = Vec::new();
        let refusals = self.visit_together(commands, &mut Rows { from, count: 0, each: &mut |row| rows.push(row) }, None).await?;
        if let Some(refusal) = refusals.into_iter().next() {
            return Err(refusal);
        }
        rows.sort_by_key(|row: &MessageRow| row.uid);
        rows.dedup_by_key(|row| row.uid);
        Ok(rows)
    }

    /// How many bytes of lines that a twin leaves out each of `uids` has (ascending): RFC822.SIZE less this is the length of
    /// what the twin is made of, trailing line ends counted. Messages that are gone are missing from the answer.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn left_out_bytes(&mut self, uids: &[u32]) -> Result<BTreeMap<u32, u64>, ImapError> {
        let mut found = BTreeMap::new();
        let each = &mut |uid, block: &[u8]| {
            let lines = block.strip_suffix(b"\r\n").unwrap_or(block); // the empty line that ends every block
            found.insert(uid, lines.len() as u64);
        };
        self.each_fields(uids, &LEFT_OUT, each).await?;
        Ok(found)
    }

    /// The header fields `names` of each of `uids` (ascending), for telling a person which message is meant.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn header_fields(&mut self, uids: &[u32], names: &[&str]) -> Result<BTreeMap<u32, Headers>, ImapError> {
        let mut found = BTreeMap::new();
        self.each_fields(uids, names, &mut |uid, block| drop(found.insert(uid, Headers::cut(block)))).await?;
        Ok(found)
    }

    async fn each_fields(&mut self, uids: &[u32], names: &[&str], each: &mut (dyn FnMut(u32, &[u8]) + Send)) -> Result<(), ImapError> {
        let items = format!("(UID BODY.PEEK[HEADER.FIELDS ({})])", names.join(" "));
        for uids in uids.chunks(FIELDS_AT_ONCE) {
            for set in uid_set::write(uids, SET_BYTES) {
                self.visit(Command::new("UID FETCH").words(&format!("{set} {items}")), &mut Fields { each }).await?;
            }
        }
        Ok(())
    }

    /// Digests the bodies of `wanted` (UID and size, ascending), many in one command, those over 10 MB in ranges. Messages
    /// that are gone or can't be had are not told of.
    ///
    /// # Errors
    /// As [`Session::command`]; what was told before an error is right all the same.
    pub async fn digests(&mut self, wanted: &[(u32, u64)], each: &mut (dyn FnMut(u32, MessageDigest) + Send)) -> Result<(), ImapError> {
        let small: Vec<u32> = wanted.iter().filter(|(_, size)| *size <= RANGED_ABOVE_BYTES).map(|(uid, _)| *uid).collect();
        for uids in small.chunks(BODIES_AT_ONCE) {
            for set in uid_set::write(uids, SET_BYTES) {
                self.visit(Command::new("UID FETCH").words(&format!("{set} (UID BODY.PEEK[])")), &mut Bodies { hasher: None, each }).await?;
            }
        }
        for (uid, size) in wanted.iter().filter(|(_, size)| *size > RANGED_ABOVE_BYTES) {
            if let Some(digest) = self.digest(*uid, *size).await? {
                each(*uid, digest);
            }
        }
        Ok(())
    }

    /// Digests one body; `size` (RFC822.SIZE) only decides whether it is read in ranges. `None` if it is gone.
    ///
    /// # Errors
    /// As [`Session::command`].
    pub async fn digest(&mut self, uid: u32, size: u64) -> Result<Option<MessageDigest>, ImapError> {
        let mut hasher = BodyHasher::default();
        let there = self.read_body(uid, size, &mut |bytes| hasher.update(bytes)).await?;
        Ok(there.then(|| hasher.finish()))
    }

    /// Reads one body in chunks; above 10 MB (by `size`) in ranges of 4 MB. `false` if it is gone or can't be had.
    ///
    /// # Errors
    /// As [`Session::command`]; what came before an error is not the whole body. [`ImapError::Nonsense`] if it vanishes in
    /// the middle.
    pub async fn read_body(&mut self, uid: u32, size: u64, each: &mut (dyn FnMut(&[u8]) + Send)) -> Result<bool, ImapError> {
        let in_ranges = size > RANGED_ABOVE_BYTES;
        let mut origin = 0;
        loop {
            let range = if in_ranges { format!("<{origin}.{RANGE_BYTES}>") } else { String::new() };
            let mut visitor = Range { uid, origin, streaming: false, came: 0, answered: false, each };
            self.visit(Command::new("UID FETCH").words(&format!("{uid} (UID BODY.PEEK[]{range})")), &mut visitor).await?;
            let (came, answered) = (visitor.came, visitor.answered);
            if !answered && origin > 0 && origin < size {
                return Err(ImapError::Nonsense("a message that ended before its size".to_owned()));
            }
            origin += came;
            if !in_ranges || came < RANGE_BYTES {
                return Ok(answered || origin > 0);
            }
        }
    }
}
