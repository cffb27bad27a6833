//! The journal of one job: intent before, receipt after (DESIGN rule 5). rusqlite lives here only.
//!
//! [`Entering::Sent`] is on disk before the first byte of its APPEND leaves; [`Entering::Stored`] after the OK. A batch is
//! one transaction and one fsync, in the caller's time ([`Journal::commit`]) or, so that sending goes on meanwhile, on a thread
//! of its own ([`Journal::commit_aside`]). Between the two a message is *doubtful*: it is settled by looking at the server, never by
//! guessing. The journal holds no address, subject or password; a lost journal costs a look at the server, no mail.

mod record;
mod source;

use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::mail::{Sha256Digest, Twin};
use crate::run::{Code, Problem};

pub use record::{Entering, Entry, Intent, MailboxId, Seen, State};
pub use source::{Carry, SourceChange, SourceMailbox, SourceMessage};

/// Migrations in order: the first makes version 1 of nothing, each next one the next version of the one before.
const MIGRATIONS: [&str; 3] = [include_str!("schema.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];

/// Where a test may break a commit, to show that nothing is lost there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BreakPoint {
    /// Before anything is written.
    BeforeWrite,
    /// After the rows are written, before they are on disk.
    BeforeSync,
    /// Once they are on disk.
    AfterSync,
}

/// Called at each break point; `true` breaks the commit there.
pub type Breaker = Box<dyn FnMut(BreakPoint) -> bool + Send>;

/// The open journal of one job.
pub struct Journal {
    /// Shared with commits that run aside.
    file: Arc<Mutex<Written>>,
    run: u32,
    next_key: u64,
}

/// The database, and what a test does to it.
struct Written {
    connection: Connection,
    breaker: Option<Breaker>,
}

/// A commit that runs aside. It is carried out even if nobody waits for it.
#[derive(Debug)]
pub struct Committing(tokio::task::JoinHandle<Result<(), Problem>>);

impl Future for Committing {
    type Output = Result<(), Problem>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(ended.unwrap_or_else(|error| Err(Problem::run(Code::Internal, format!("the journal: {error}")))))
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("run", &self.run).field("next_key", &self.next_key).finish_non_exhaustive()
    }
}

fn failed(error: rusqlite::Error) -> Problem {
    let full = matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DiskFull));
    Problem::run(if full { Code::DiskFull } else { Code::Journal }, format!("the journal: {error}"))
}

/// Opens a database file, on Windows also below a path of more than 260 characters.
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    if cfg!(windows) {
        let whole = path.parent().and_then(|dir| dir.canonicalize().ok()).zip(path.file_name()).map(|(dir, name)| dir.join(name));
        return Connection::open_with_flags_and_vfs(whole.as_deref().unwrap_or(path), flags, "win32-longpath");
    }
    Connection::open_with_flags(path, flags)
}

impl Journal {
    /// Opens or makes the journal at `path` and begins a new run in it.
    ///
    /// # Errors
    /// `JOURNAL` if it can't be read or written or is of a later version, `DISK-FULL`.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let connection = open(path, OpenFlags::default()).map_err(failed).map_err(|problem| problem.at(path.display()))?;
        // One fsync a commit; on macOS only F_FULLFSYNC reaches the disk. Nothing is written elsewhere: temp_store, else each statement
        // that changes many rows has a file in the system's folder. A WAL of 16 MB is read in no time; each checkpoint syncs once more.
        connection
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1; PRAGMA foreign_keys=ON;
                 PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;",
            )
            .map_err(failed)?;
        Self::begin(connection)
    }

    /// The journal at `path` as it is now, in memory: what is written into it goes nowhere. The file is not touched.
    ///
    /// # Errors
    /// `JOURNAL` if it can't be read.
    pub fn copy_of(path: &Path) -> Result<Self, Problem> {
        let mut copy = Connection::open_in_memory().map_err(failed)?;
        let file = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
        rusqlite::backup::Backup::new(&file, &mut copy).and_then(|backup| backup.run_to_completion(10_000, std::time::Duration::ZERO, None)).map_err(failed)?;
        drop(file);
        Self::begin(copy)
    }

    /// A journal in memory, for a dry run without one.
    ///
    /// # Errors
    /// `JOURNAL` if SQLite has no memory.
    pub fn in_memory() -> Result<Self, Problem> {
        Self::begin(Connection::open_in_memory().map_err(failed)?)
    }

    fn begin(mut connection: Connection) -> Result<Self, Problem> {
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
        let done = usize::try_from(version).ok().filter(|version| *version <= MIGRATIONS.len());
        let Some(done) = done else { return Err(Problem::run(Code::Journal, format!("the journal is of version {version}, made by a later program"))) };
        for (migration, makes) in MIGRATIONS.iter().zip(1_i64..).skip(done) {
            let transaction = connection.transaction().map_err(failed)?;
            transaction.execute_batch(migration).map_err(failed)?;
            transaction.pragma_update(None, "user_version", makes).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        let run: u32 = connection.query_row("SELECT coalesce(max(run), 0) + 1 FROM message", [], |row| row.get(0)).map_err(failed)?;
        let next_key: i64 = connection.query_row("SELECT coalesce(max(key), 0) + 1 FROM message", [], |row| row.get(0)).map_err(failed)?;
        let file = Arc::new(Mutex::new(Written { connection, breaker: None }));
        Ok(Self { file, run, next_key: next_key.unsigned_abs() })
    }

    /// Breaks commits as `breaker` says; for tests.
    pub fn break_with(&mut self, breaker: Breaker) {
        if let Ok(mut file) = self.file.lock() {
            file.breaker = Some(breaker);
        }
    }

    fn file(&self) -> Result<MutexGuard<'_, Written>, Problem> {
        lock(&self.file)
    }

    /// The number of this run: greater than that of every row of an earlier one.
    #[must_use]
    pub const fn run(&self) -> u32 {
        self.run
    }

    /// A key that no row has.
    pub const fn new_key(&mut self) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        key
    }

    /// So many keys in a row that no row has; answers the first.
    pub const fn new_keys(&mut self, count: u64) -> u64 {
        let first = self.next_key;
        self.next_key += count;
        first
    }

    /// The mailbox called `name`, made if it is new, and the UIDVALIDITY under which its UIDs were given (0: never seen).
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`.
    pub fn mailbox(&mut self, name: &str) -> Result<(MailboxId, u32), Problem> {
        let file = self.file()?;
        let found = file
            .connection
            .query_row("SELECT id, uid_validity FROM mailbox WHERE name = ?1", [name], |row| Ok((MailboxId(row.get(0)?), row.get(1)?)))
            .optional()
            .map_err(failed)?;
        if let Some(found) = found {
            return Ok(found);
        }
        file.connection.execute("INSERT INTO mailbox (name) VALUES (?1)", [name]).map_err(failed)?;
        Ok((MailboxId(file.connection.last_insert_rowid()), 0))
    }

    /// The UIDVALIDITY of every mailbox whose UIDs are known, by name.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn uid_validities(&self) -> Result<HashMap<String, u32>, Problem> {
        let file = self.file()?;
        let mut statement = file.connection.prepare_cached("SELECT name, uid_validity FROM mailbox WHERE uid_validity > 0").map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Notes the UIDVALIDITY under which the UIDs of `mailbox` are given from now on.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`.
    pub fn set_uid_validity(&mut self, mailbox: MailboxId, uid_validity: u32) -> Result<(), Problem> {
        self.file()?.connection.execute("UPDATE mailbox SET uid_validity = ?2 WHERE id = ?1", params![mailbox.0, uid_validity]).map_err(failed)?;
        Ok(())
    }

    /// Everything known of `mailbox`.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn entries(&self, mailbox: MailboxId) -> Result<Vec<Entry>, Problem> {
        let file = self.file()?;
        let mut statement = file
            .connection
            .prepare_cached(
                "SELECT key, twin, ordinal, state, archive_id, wire_bytes, wire_sha256, run, sent_at, uid_validity, uid_next, uid, seen, doubtful, code, server_text, twin_bytes, content
                 FROM message WHERE mailbox = ?1 ORDER BY key",
            )
            .map_err(failed)?;
        let rows = statement.query_map([mailbox.0], read_entry).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    /// Whether any row stands in `state` 5: messages that another device took out and that were not put back.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn has_drained(&self) -> Result<bool, Problem> {
        self.file()?.connection.query_row("SELECT EXISTS (SELECT 1 FROM message WHERE state = 5)", [], |row| row.get(0)).map_err(failed)
    }

    /// Takes what another device took out for never sent, so that exactly those are put back.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`.
    pub fn put_drained_back(&mut self) -> Result<usize, Problem> {
        self.file()?.connection.execute("DELETE FROM message WHERE state = 5", []).map_err(failed)
    }

    /// A word that the job keeps, such as the highest room ever seen.
    ///
    /// # Errors
    /// `JOURNAL`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, Problem> {
        self.file()?.connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional().map_err(failed)
    }

    /// Keeps a word.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        self.file()?
            .connection
            .execute("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", [key, value])
            .map_err(failed)?;
        Ok(())
    }

    /// Writes all of `entering` down in one transaction with one fsync. When it returns, they are on disk.
    ///
    /// # Errors
    /// `JOURNAL`, `DISK-FULL`: then nothing of it was written.
    pub fn commit(&mut self, entering: &[Entering]) -> Result<(), Problem> {
        self.file()?.commit(self.run, entering)
    }

    /// The same on a thread of its own: once the answer is there, they are on disk. Only from within a runtime.
    ///
    /// Commits that run at once come in any order: of two that concern the same message the first must have ended.
    #[must_use]
    pub fn commit_aside(&self, entering: Vec<Entering>) -> Committing {
        let (file, run) = (Arc::clone(&self.file), self.run);
        Committing(tokio::task::spawn_blocking(move || lock(&file)?.commit(run, &entering)))
    }
}

fn lock(file: &Mutex<Written>) -> Result<MutexGuard<'_, Written>, Problem> {
    file.lock().map_err(|_| Problem::run(Code::Internal, "the journal: a commit ended in the middle"))
}

impl Written {
    fn commit(&mut self, run: u32, entering: &[Entering]) -> Result<(), Problem> {
        if entering.is_empty() {
            return Ok(());
        }
        self.pause_at(BreakPoint::BeforeWrite)?;
        let transaction = self.connection.transaction().map_err(failed)?;
        for change in entering {
            write(&transaction, run, change).map_err(failed)?;
        }
        if let Some(breaker) = &mut self.breaker
            && breaker(BreakPoint::BeforeSync)
        {
            return Err(broken());
        }
        transaction.commit().map_err(failed)?;
        self.pause_at(BreakPoint::AfterSync)
    }

    fn pause_at(&mut self, point: BreakPoint) -> Result<(), Problem> {
        if let Some(breaker) = &mut self.breaker
            && breaker(point)
        {
            return Err(broken());
        }
        Ok(())
    }
}

fn broken() -> Problem {
    Problem::run(Code::Journal, "the journal was broken off here, by request of a test")
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn write(transaction: &Transaction<'_>, run: u32, change: &Entering) -> rusqlite::Result<()> {
    let changed = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| transaction.prepare_cached(sql)?.execute(parameters).map(drop);
    match change {
        Entering::Sent(intent) => put(transaction, run, intent, &State::Sent { uid_validity: 0, uid_next: 0, at: 0 }, 0),
        Entering::There(intent, uid) => put(transaction, run, intent, &State::There, *uid),
        Entering::Stored { first, last, uid } => {
            let (uid, uid_validity) = uid.unwrap_or((0, 0));
            changed(
                "UPDATE message SET state = 2, run = ?3, uid = CASE WHEN ?4 > 0 THEN ?4 + key - ?1 ELSE 0 END,
                     uid_validity = CASE WHEN ?5 > 0 THEN ?5 ELSE uid_validity END, seen = 0 WHERE key BETWEEN ?1 AND ?2",
                &[&signed(*first), &signed(*last), &run, &uid, &uid_validity],
            )
        }
        Entering::Settled { key, uid: (uid, uid_validity) } => changed(
            "UPDATE message SET state = 2, run = ?2, uid = ?3, uid_validity = CASE WHEN ?4 > 0 THEN ?4 ELSE uid_validity END, seen = 0, doubtful = 1 WHERE key = ?1",
            &[&signed(*key), &run, uid, uid_validity],
        ),
        Entering::Refused { key, code, server_text } => {
            changed("UPDATE message SET state = 4, run = ?2, code = ?3, server_text = ?4 WHERE key = ?1", &[&signed(*key), &run, code, server_text])
        }
        Entering::Forgotten { key } => changed("DELETE FROM message WHERE key = ?1", &[&signed(*key)]),
        Entering::Bound { key, uid } => {
            let (uid, uid_validity) = uid.unwrap_or((0, 0));
            changed("UPDATE message SET uid = ?2, uid_validity = ?3 WHERE key = ?1", &[&signed(*key), &uid, &uid_validity])
        }
        Entering::Seen { key, seen } => changed("UPDATE message SET seen = max(seen, ?2) WHERE key = ?1", &[&signed(*key), &seen.code()]),
        Entering::SeenRun { first, last, seen } => {
            changed("UPDATE message SET seen = max(seen, ?3) WHERE key BETWEEN ?1 AND ?2", &[&signed(*first), &signed(*last), &seen.code()])
        }
        Entering::Drained { key } => changed("UPDATE message SET state = 5 WHERE key = ?1", &[&signed(*key)]),
    }
}

fn put(transaction: &Transaction<'_>, run: u32, intent: &Intent, state: &State, uid: u32) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO message (key, mailbox, twin, ordinal, state, archive_id, wire_bytes, wire_sha256, run, sent_at, uid_validity, uid_next, uid, twin_bytes, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (mailbox, twin, ordinal) DO UPDATE SET key = excluded.key, state = excluded.state, archive_id = excluded.archive_id,
                 wire_bytes = excluded.wire_bytes, wire_sha256 = excluded.wire_sha256, run = excluded.run, sent_at = excluded.sent_at,
                 uid_validity = excluded.uid_validity, uid_next = excluded.uid_next, uid = excluded.uid, twin_bytes = excluded.twin_bytes, content = excluded.content, seen = 0, code = '', server_text = ''",
        )?
        .execute(params![
            signed(intent.key),
            intent.mailbox.0,
            intent.twin.0.as_bytes().as_slice(),
            intent.ordinal,
            state.code(),
            signed(intent.archive_id),
            signed(intent.wire_bytes),
            intent.wire_sha256.as_bytes().as_slice(),
            run,
            intent.at,
            intent.uid_validity,
            intent.uid_next,
            uid,
            signed(intent.twin_bytes),
            intent.content.as_ref().map_or(&[][..], |content| content.0.as_bytes().as_slice()),
        ])
        .map(drop)
}

fn read_entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    let digest = |column: usize| -> rusqlite::Result<Sha256Digest> { Ok(Sha256Digest::from_bytes(row.get::<_, [u8; 32]>(column)?)) };
    let uid: u32 = row.get(11)?;
    let uid_validity: u32 = row.get(9)?;
    let state = match row.get::<_, i64>(3)? {
        1 => State::Sent { uid_validity, uid_next: row.get(10)?, at: row.get(8)? },
        2 => State::Stored,
        3 => State::There,
        5 => State::Drained,
        _ => State::Refused { code: row.get(14)?, server_text: row.get(15)? },
    };
    let twin = Twin(digest(1)?);
    let content = row.get_ref(17)?.as_blob()?;
    Ok(Entry {
        key: row.get::<_, i64>(0)?.unsigned_abs(),
        twin,
        content: <[u8; 32]>::try_from(content).map_or(twin, |content| Twin(Sha256Digest::from_bytes(content))),
        ordinal: row.get(2)?,
        state,
        archive_id: row.get::<_, i64>(4)?.unsigned_abs(),
        wire_bytes: row.get::<_, i64>(5)?.unsigned_abs(),
        wire_sha256: digest(6)?,
        twin_bytes: row.get::<_, i64>(16)?.unsigned_abs(),
        run: row.get(7)?,
        uid: (uid > 0).then_some(uid),
        uid_validity,
        sent_uid_next: row.get(10)?,
        sent_at: row.get(8)?,
        seen: Seen::from_code(row.get(12)?),
        doubtful: row.get::<_, i64>(13)? != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(journal: &mut Journal, mailbox: MailboxId, text: &str, ordinal: u32) -> Intent {
        let digest = Sha256Digest::of(text.as_bytes());
        Intent {
            key: journal.new_key(),
            mailbox,
            twin: Twin(digest),
            ordinal,
            archive_id: 7,
            wire_bytes: text.len() as u64,
            wire_sha256: digest,
            twin_bytes: text.len() as u64,
            uid_validity: 11,
            uid_next: 5,
            at: 1_700_000_000,
            content: None,
        }
    }

    #[test]
    fn a_message_goes_from_sent_to_stored_and_survives_reopening() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("journal.sqlite");
        let mut journal = Journal::open(&path).expect("new");
        let (inbox, validity) = journal.mailbox("INBOX").expect("made");
        assert_eq!(validity, 0);
        let (one, two) = (intent(&mut journal, inbox, "one", 0), intent(&mut journal, inbox, "two", 0));
        journal.commit(&[Entering::Sent(one), Entering::Sent(two)]).expect("room");
        journal.commit(&[Entering::Stored { first: one.key, last: one.key, uid: Some((5, 11)) }]).expect("room");
        journal.set_uid_validity(inbox, 11).expect("room");
        drop(journal);

        let journal = Journal::open(&path).expect("again");
        assert_eq!(journal.run(), 2);
        let entries = journal.entries(inbox).expect("readable");
        assert_eq!(entries.len(), 2);
        assert_eq!((&entries[0].state, entries[0].uid), (&State::Stored, Some(5)));
        assert_eq!(entries[1].state, State::Sent { uid_validity: 11, uid_next: 5, at: 1_700_000_000 });
    }

    #[test]
    fn receipts_in_a_row_are_one_entry_and_each_message_gets_its_own_uid() {
        let mut journal = Journal::in_memory().expect("memory");
        let (inbox, _) = journal.mailbox("INBOX").expect("made");
        let all: Vec<Intent> = (0..7).map(|n| intent(&mut journal, inbox, "same", n)).collect();
        journal.commit(&all.iter().map(|one| Entering::Sent(*one)).collect::<Vec<_>>()).expect("room");
        let key = |n: usize| all[n].key;
        let mut rows = Vec::new();
        // A gap in the UIDs, a refusal in between, a message without a UID, and one that nobody answered for.
        for (n, uid) in [(0, Some(5)), (1, Some(6)), (2, Some(9))] {
            Entering::stored(&mut rows, key(n), uid.map(|uid| (uid, 11)));
        }
        rows.push(Entering::Refused { key: key(3), code: "TOO-LARGE".into(), server_text: String::new() });
        Entering::stored(&mut rows, key(4), Some((10, 11)));
        Entering::stored(&mut rows, key(5), None);
        assert_eq!(rows.iter().map(Entering::messages).collect::<Vec<_>>(), [2, 1, 1, 1, 1]);
        journal.commit(&rows).expect("room");
        let entries = journal.entries(inbox).expect("readable");
        assert_eq!(entries.iter().map(|entry| entry.uid).collect::<Vec<_>>(), [Some(5), Some(6), Some(9), None, Some(10), None, None]);
        let is_stored: Vec<bool> = entries.iter().map(|entry| entry.state == State::Stored).collect();
        assert_eq!(is_stored, [true, true, true, false, true, true, false]);
        assert!(entries.iter().all(|entry| !entry.doubtful && entry.uid_validity == 11));
        journal.commit(&[Entering::Settled { key: key(6), uid: (12, 11) }]).expect("room");
        let settled = journal.entries(inbox).expect("readable").pop().expect("the last");
        assert_eq!((settled.state, settled.uid, settled.doubtful), (State::Stored, Some(12), true));
    }

    #[test]
    fn a_commit_broken_before_the_sync_leaves_nothing_behind() {
        for (point, rows) in [(BreakPoint::BeforeWrite, 0), (BreakPoint::BeforeSync, 0), (BreakPoint::AfterSync, 1)] {
            let mut journal = Journal::in_memory().expect("memory");
            let (inbox, _) = journal.mailbox("INBOX").expect("made");
            journal.break_with(Box::new(move |at| at == point));
            let one = intent(&mut journal, inbox, "one", 0);
            assert!(journal.commit(&[Entering::Sent(one)]).is_err());
            assert_eq!(journal.entries(inbox).expect("readable").len(), rows, "{point:?}");
        }
    }

    #[test]
    fn what_was_drained_is_put_back_and_nothing_else() {
        let mut journal = Journal::in_memory().expect("memory");
        let (inbox, _) = journal.mailbox("INBOX").expect("made");
        let all: Vec<Intent> = (0..4).map(|n| intent(&mut journal, inbox, "same", n)).collect();
        for one in &all {
            journal.commit(&[Entering::Sent(*one), Entering::Stored { first: one.key, last: one.key, uid: None }]).expect("room");
        }
        journal.commit(&[Entering::Drained { key: all[1].key }, Entering::Drained { key: all[2].key }]).expect("room");
        assert!(journal.has_drained().expect("readable"));
        assert_eq!(journal.put_drained_back().expect("room"), 2);
        assert_eq!(journal.entries(inbox).expect("readable").iter().map(|entry| entry.ordinal).collect::<Vec<_>>(), [0, 3]);
    }

    #[test]
    fn a_journal_of_a_later_version_or_no_journal_at_all_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("journal.sqlite");
        std::fs::write(&path, b"this is not a database, but it is long enough to look like one").expect("written");
        assert_eq!(Journal::open(&path).expect_err("refused").code, Code::Journal);
        let later = dir.path().join("later.sqlite");
        Connection::open(&later).expect("made").pragma_update(None, "user_version", 99).expect("set");
        assert_eq!(Journal::open(&later).expect_err("refused").code, Code::Journal);
    }
}
