//! What a sync knows of the old account: which messages were listed, and which flags the new account got of them.

use std::collections::{HashMap, HashSet};

use rusqlite::{Transaction, params};

use super::record::MailboxId;
use super::{BreakPoint, Journal, Written, broken, failed, signed};
use crate::mail::{Flags, InternalDate, Keywords, Sha256Digest, Twin};
use crate::run::Problem;

/// A mailbox of the old account as it was listed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMailbox {
    /// Its number here; 0: new.
    pub id: i64,
    /// Its full name for commands.
    pub name: String,
    /// UIDVALIDITY.
    pub uid_validity: u32,
    /// UIDNEXT; 0: not told.
    pub uid_next: u32,
    /// HIGHESTMODSEQ; 0: not told.
    pub modseq: u64,
    /// Messages.
    pub messages: u32,
}

/// A message of the old account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMessage {
    /// Its number here, which never changes; 0: new.
    pub id: u64,
    /// Its UID.
    pub uid: u32,
    /// RFC822.SIZE.
    pub size: u64,
    /// Flags.
    pub flags: Flags,
    /// Keywords.
    pub keywords: Keywords,
    /// It carries \Deleted.
    pub deleted: bool,
    /// INTERNALDATE.
    pub date: Option<InternalDate>,
    /// What the server calls this mail in every mailbox; empty: nothing.
    pub mail_id: String,
}

/// What a look at a mailbox of the old account showed of one message.
#[derive(Clone, Debug)]
pub enum SourceChange {
    /// It is new.
    New(SourceMessage),
    /// Its flags are these now. `untold`: the new account never got it, so it will get it with these.
    Flags {
        /// Which.
        id: u64,
        /// Flags.
        flags: Flags,
        /// Keywords.
        keywords: Keywords,
        /// It carries \Deleted.
        deleted: bool,
        /// The new account never got it.
        untold: bool,
    },
    /// It has this UID now (UIDVALIDITY changed).
    Renumbered {
        /// Which.
        id: u64,
        /// Its UID.
        uid: u32,
    },
    /// It is called this in every mailbox.
    Named {
        /// Which.
        id: u64,
        /// The name.
        mail_id: String,
    },
    /// It is not there any more.
    Gone {
        /// Which.
        id: u64,
    },
}

/// Flags that changed at the old account since the new one got them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carry {
    /// The message at the old account.
    pub id: u64,
    /// Its mailbox at the new account.
    pub mailbox: MailboxId,
    /// Its UID there, and the UIDVALIDITY of that.
    pub uid: Option<(u32, u32)>,
    /// Flags as they are at the old account.
    pub now: (Flags, Keywords),
    /// Flags as the new account got them last.
    pub sent: (Flags, Keywords),
}

fn words(text: &str) -> Keywords {
    text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into()
}

fn flags(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Flags> {
    Ok(Flags::from_bits(row.get::<_, u8>(column)?))
}

fn keywords(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Keywords> {
    Ok(words(&row.get::<_, String>(column)?))
}

impl Journal {
    /// The mailboxes of the old account that were ever listed.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn source_mailboxes(&self) -> Result<Vec<SourceMailbox>, Problem> {
        let file = self.file()?;
        let mut statement =
            file.connection.prepare_cached("SELECT id, name, uid_validity, uid_next, modseq, messages FROM source_mailbox ORDER BY id").map_err(failed)?;
        let rows = statement.query_map([], |row| {
            Ok(SourceMailbox {
                id: row.get(0)?,
                name: row.get(1)?,
                uid_validity: row.get(2)?,
                uid_next: row.get(3)?,
                modseq: row.get::<_, i64>(4)?.unsigned_abs(),
                messages: row.get(5)?,
            })
        });
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    /// The messages of a mailbox of the old account that were there when it was looked at last, by ascending UID.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn source_messages(&self, mailbox: i64) -> Result<Vec<SourceMessage>, Problem> {
        let file = self.file()?;
        let mut statement = file
            .connection
            .prepare_cached(
                "SELECT id, uid, size, flags, keywords, deleted, date, zone, mail_id FROM source_message WHERE mailbox = ?1 AND gone = 0 ORDER BY uid",
            )
            .map_err(failed)?;
        let rows = statement.query_map([mailbox], |row| {
            let zone: i16 = row.get(7)?;
            Ok(SourceMessage {
                id: row.get::<_, i64>(0)?.unsigned_abs(),
                uid: row.get(1)?,
                size: row.get::<_, i64>(2)?.unsigned_abs(),
                flags: flags(row, 3)?,
                keywords: keywords(row, 4)?,
                deleted: row.get::<_, i64>(5)? != 0,
                date: row.get::<_, Option<i64>>(6)?.map(|seconds| InternalDate::new(seconds, zone)),
                mail_id: row.get(8)?,
            })
        });
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    /// Notes what a look at one mailbox of the old account showed, and how far it reaches: all of it or nothing.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`: then nothing of it was written.
    pub fn note_source(&mut self, mailbox: &SourceMailbox, changes: &[SourceChange]) -> Result<(), Problem> {
        self.file()?.note_source(mailbox, changes)
    }

    /// Ids of messages of the old account that the new one holds, held, or may hold.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn sent_ids(&self) -> Result<HashSet<u64>, Problem> {
        let file = self.file()?;
        let mut statement = file.connection.prepare_cached("SELECT archive_id FROM message WHERE state IN (1, 2, 3, 5)").map_err(failed)?;
        let rows = statement.query_map([], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()));
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    /// The twins of the bytes of messages of the old account, as far as they are known, by id.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn contents(&self) -> Result<HashMap<u64, Twin>, Problem> {
        let file = self.file()?;
        let mut statement = file.connection.prepare_cached("SELECT archive_id, content FROM message WHERE length(content) = 32").map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), Twin(Sha256Digest::from_bytes(row.get::<_, [u8; 32]>(1)?)))));
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    /// Flags that changed at the old account since the new one got the message from this job.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn to_carry(&self) -> Result<Vec<Carry>, Problem> {
        let file = self.file()?;
        let mut statement = file
            .connection
            .prepare_cached(
                "SELECT s.id, m.mailbox, m.uid, m.uid_validity, s.flags, s.keywords, s.sent_flags, s.sent_keywords
                 FROM source_message s JOIN message m ON m.archive_id = s.id
                 WHERE m.state = 2 AND s.gone = 0 AND (s.flags <> s.sent_flags OR s.keywords <> s.sent_keywords) ORDER BY m.mailbox, m.uid",
            )
            .map_err(failed)?;
        let rows = statement.query_map([], |row| {
            let (uid, validity): (u32, u32) = (row.get(2)?, row.get(3)?);
            Ok(Carry {
                id: row.get::<_, i64>(0)?.unsigned_abs(),
                mailbox: MailboxId(row.get(1)?),
                uid: (uid > 0).then_some((uid, validity)),
                now: (flags(row, 4)?, keywords(row, 5)?),
                sent: (flags(row, 6)?, keywords(row, 7)?),
            })
        });
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    /// Notes that nothing is left to carry over of these, as they were when they were asked for.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`.
    pub fn carried(&mut self, ids: &[u64]) -> Result<(), Problem> {
        let mut file = self.file()?;
        let transaction = file.connection.transaction().map_err(failed)?;
        for id in ids {
            transaction
                .prepare_cached("UPDATE source_message SET sent_flags = flags, sent_keywords = keywords WHERE id = ?1")
                .and_then(|mut statement| statement.execute([signed(*id)]))
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// The name of a mailbox of the new account.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn mailbox_name(&self, mailbox: MailboxId) -> Result<String, Problem> {
        self.file()?.connection.query_row("SELECT name FROM mailbox WHERE id = ?1", [mailbox.0], |row| row.get(0)).map_err(failed)
    }
}

impl Written {
    fn note_source(&mut self, mailbox: &SourceMailbox, changes: &[SourceChange]) -> Result<(), Problem> {
        self.pause_at(BreakPoint::BeforeWrite)?;
        let transaction = self.connection.transaction().map_err(failed)?;
        let id = put_mailbox(&transaction, mailbox).map_err(failed)?;
        // Old UIDs first make room for new ones.
        let is_new = |change: &&SourceChange| matches!(change, SourceChange::New(_) | SourceChange::Renumbered { .. });
        let renumbered = changes.iter().filter_map(|change| if let SourceChange::Renumbered { id, .. } = change { Some(*id) } else { None });
        for id in renumbered {
            transaction
                .prepare_cached("UPDATE source_message SET uid = -id WHERE id = ?1")
                .and_then(|mut statement| statement.execute([signed(id)]))
                .map_err(failed)?;
        }
        for change in changes.iter().filter(|change| !is_new(change)).chain(changes.iter().filter(is_new)) {
            put(&transaction, id, change).map_err(failed)?;
        }
        if let Some(breaker) = &mut self.breaker
            && breaker(BreakPoint::BeforeSync)
        {
            return Err(broken());
        }
        transaction.commit().map_err(failed)?;
        self.pause_at(BreakPoint::AfterSync)
    }
}

fn put_mailbox(transaction: &Transaction<'_>, mailbox: &SourceMailbox) -> rusqlite::Result<i64> {
    transaction.query_row(
        "INSERT INTO source_mailbox (name, uid_validity, uid_next, modseq, messages) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (name) DO UPDATE SET uid_validity = excluded.uid_validity, uid_next = excluded.uid_next, modseq = excluded.modseq,
             messages = excluded.messages
         RETURNING id",
        params![mailbox.name, mailbox.uid_validity, mailbox.uid_next, signed(mailbox.modseq), mailbox.messages],
        |row| row.get(0),
    )
}

fn put(transaction: &Transaction<'_>, mailbox: i64, change: &SourceChange) -> rusqlite::Result<()> {
    match change {
        SourceChange::New(message) => transaction
            .prepare_cached(
                "INSERT INTO source_message (mailbox, uid, size, flags, keywords, deleted, date, zone, mail_id, sent_flags, sent_keywords)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?4, ?5)",
            )?
            .execute(params![
                mailbox,
                message.uid,
                signed(message.size),
                message.flags.bits(),
                message.keywords.to_string(),
                message.deleted,
                message.date.map(InternalDate::unix),
                message.date.map_or(0, InternalDate::offset_minutes),
                message.mail_id,
            ]),
        SourceChange::Flags { id, flags, keywords, deleted, untold } => transaction
            .prepare_cached(
                "UPDATE source_message SET flags = ?2, keywords = ?3, deleted = ?4, sent_flags = CASE WHEN ?5 THEN ?2 ELSE sent_flags END,
                     sent_keywords = CASE WHEN ?5 THEN ?3 ELSE sent_keywords END WHERE id = ?1",
            )?
            .execute(params![signed(*id), flags.bits(), keywords.to_string(), deleted, untold]),
        SourceChange::Renumbered { id, uid } => {
            transaction.prepare_cached("UPDATE source_message SET uid = ?2 WHERE id = ?1")?.execute(params![signed(*id), uid])
        }
        SourceChange::Named { id, mail_id } => {
            transaction.prepare_cached("UPDATE source_message SET mail_id = ?2 WHERE id = ?1")?.execute(params![signed(*id), mail_id])
        }
        SourceChange::Gone { id } => transaction.prepare_cached("UPDATE source_message SET gone = 1 WHERE id = ?1")?.execute([signed(*id)]),
    }
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(uid: u32, seen: bool) -> SourceMessage {
        let flags = Flags { seen, ..Flags::default() };
        let keywords = vec!["$Forwarded".to_owned()].into();
        SourceMessage { uid, size: 10, flags, keywords, date: Some(InternalDate::new(1_700_000_000, 60)), mail_id: "x".into(), ..SourceMessage::default() }
    }

    #[test]
    fn what_was_listed_is_remembered_by_a_number_that_outlives_its_uid() {
        let mut journal = Journal::in_memory().expect("memory");
        let mut inbox = SourceMailbox { name: "INBOX".into(), uid_validity: 1, uid_next: 3, modseq: 9, messages: 2, ..SourceMailbox::default() };
        journal.note_source(&inbox, &[SourceChange::New(message(1, false)), SourceChange::New(message(2, true))]).expect("room");
        let known = journal.source_mailboxes().expect("readable");
        assert_eq!((known.len(), known[0].modseq), (1, 9));
        let listed = journal.source_messages(known[0].id).expect("readable");
        assert_eq!(listed, [SourceMessage { id: 1, ..message(1, false) }, SourceMessage { id: 2, ..message(2, true) }]);
        // Numbered anew, crosswise.
        inbox.uid_validity = 2;
        journal.note_source(&inbox, &[SourceChange::Renumbered { id: 1, uid: 2 }, SourceChange::Renumbered { id: 2, uid: 1 }]).expect("room");
        let ids: Vec<(u64, u32)> = journal.source_messages(known[0].id).expect("readable").iter().map(|one| (one.id, one.uid)).collect();
        assert_eq!(ids, [(2, 1), (1, 2)]);
        journal.note_source(&inbox, &[SourceChange::New(message(1, false)), SourceChange::Gone { id: 2 }]).expect("a UID of one that is gone is free");
        let ids: Vec<(u64, u32)> = journal.source_messages(known[0].id).expect("readable").iter().map(|one| (one.id, one.uid)).collect();
        assert_eq!(ids, [(3, 1), (1, 2)]);
    }

    #[test]
    fn a_journal_of_version_1_is_brought_up_to_date_with_all_it_holds() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("journal.sqlite");
        let old = rusqlite::Connection::open(&path).expect("made");
        old.execute_batch(include_str!("schema.sql")).expect("version 1");
        old.execute_batch(
            "PRAGMA user_version = 1; INSERT INTO mailbox (name) VALUES ('INBOX');
             INSERT INTO message (key, mailbox, twin, ordinal, state, archive_id, wire_bytes, wire_sha256, twin_bytes, run)
             VALUES (1, 1, zeroblob(32), 0, 2, 7, 3, zeroblob(32), 3, 1);",
        )
        .expect("a row");
        drop(old);
        let mut journal = Journal::open(&path).expect("brought up to date");
        let (inbox, _) = journal.mailbox("INBOX").expect("there");
        let entries = journal.entries(inbox).expect("readable");
        assert_eq!((entries.len(), entries[0].content), (1, entries[0].twin));
        drop(journal);
        Journal::open(&path).expect("and again");
    }
}
