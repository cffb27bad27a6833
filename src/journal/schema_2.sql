-- Migration 2. A sync reads from an old account instead of a safe copy: what was listed there, and what was carried over.

-- The twin of the bytes, where `twin` names something else: a message of an old account is known by its place there, long before
-- its bytes are read. Empty: `twin` is the twin of the bytes.
ALTER TABLE message ADD COLUMN content BLOB NOT NULL DEFAULT x'';

CREATE TABLE source_mailbox (
    id           INTEGER NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,   -- full name for IMAP commands, not encoded
    uid_validity INTEGER NOT NULL,          -- under which the uids below were given
    uid_next     INTEGER NOT NULL,          -- 0: not told
    modseq       INTEGER NOT NULL,          -- HIGHESTMODSEQ up to which all changes are below; 0: not told
    messages     INTEGER NOT NULL           -- EXISTS then
) STRICT;

-- message.archive_id names the id.
CREATE TABLE source_message (
    id            INTEGER NOT NULL PRIMARY KEY,
    mailbox       INTEGER NOT NULL REFERENCES source_mailbox (id),
    uid           INTEGER NOT NULL,
    size          INTEGER NOT NULL,            -- RFC822.SIZE
    flags         INTEGER NOT NULL,            -- as they are at the old account; bits of mail::Flags
    keywords      TEXT    NOT NULL,
    deleted       INTEGER NOT NULL,            -- it carries \Deleted there
    date          INTEGER,                     -- INTERNALDATE, Unix seconds; NULL: could not be read
    zone          INTEGER NOT NULL,            -- minutes ahead of UTC
    mail_id       TEXT    NOT NULL,            -- what the server calls this mail in every mailbox; empty: nothing
    sent_flags    INTEGER NOT NULL,            -- as the new account got them last
    sent_keywords TEXT    NOT NULL,
    gone          INTEGER NOT NULL DEFAULT 0   -- 1: it is not at the old account any more
) STRICT;
CREATE UNIQUE INDEX source_message_uid ON source_message (mailbox, uid) WHERE gone = 0;
