-- Migration 1. What this job knows of the far end: one row for each message that was ever sent, found or refused there.
-- Times are Unix seconds (UTC). Digests are 32 raw bytes.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE mailbox (
    id           INTEGER NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,   -- full name for IMAP commands, not encoded
    uid_validity INTEGER NOT NULL DEFAULT 0 -- under which the uids below were given; 0: never seen
) STRICT;

-- No row: not sent yet. Identity is (mailbox, twin, ordinal): the n-th copy of a mail in a folder.
CREATE TABLE message (
    key          INTEGER NOT NULL PRIMARY KEY, -- receipts name it
    mailbox      INTEGER NOT NULL REFERENCES mailbox (id),
    twin         BLOB    NOT NULL,
    ordinal      INTEGER NOT NULL,
    state        INTEGER NOT NULL,             -- 1 sent, 2 stored, 3 there, 4 refused, 5 drained
    archive_id   INTEGER NOT NULL,             -- its number in the safe copy it was sent from
    wire_bytes   INTEGER NOT NULL,
    wire_sha256  BLOB    NOT NULL,             -- there: the twin, since only that is known of the server's bytes
    twin_bytes   INTEGER NOT NULL,             -- bytes under the twin
    run          INTEGER NOT NULL,             -- the run that brought it into this state
    sent_at      INTEGER NOT NULL DEFAULT 0,
    uid_validity INTEGER NOT NULL DEFAULT 0,   -- sent: when it was sent; stored and there: of uid
    uid_next     INTEGER NOT NULL DEFAULT 0,   -- sent: it can only have this UID or a greater one
    uid          INTEGER NOT NULL DEFAULT 0,   -- stored and there; 0: not known
    seen         INTEGER NOT NULL DEFAULT 0,   -- re-read: 0 no, 1 looked for and absent, 2 its size, 3 its digest
    doubtful     INTEGER NOT NULL DEFAULT 0,   -- 1: was settled by looking
    code         TEXT    NOT NULL DEFAULT '',  -- refused: the stable code
    server_text  TEXT    NOT NULL DEFAULT '',  -- refused: what the server said
    UNIQUE (mailbox, twin, ordinal)
) STRICT;
