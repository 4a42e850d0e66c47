-- The server's own log: each row holds the hash of the one before.
CREATE TABLE journal (
    number   INTEGER PRIMARY KEY,        -- from 1, without a gap
    time     INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    deed     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    details  TEXT NOT NULL,              -- JSON, byte for byte as it was hashed
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL
) STRICT;
-- One row: where the journal stands. Who moves it says from where.
CREATE TABLE journal_head (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash   BLOB NOT NULL
) STRICT;
INSERT INTO journal_head (one, number, hash) VALUES (1, 0, zeroblob(32));
-- Heads that a server has signed.
CREATE TABLE checkpoints (
    number    INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL,
    time      INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
    name         TEXT PRIMARY KEY NOT NULL, -- lower case
    role         TEXT NOT NULL,
    password     TEXT NOT NULL,          -- argon2id, as a PHC string
    one_time     INTEGER NOT NULL,       -- 1: the password must be changed before anything else
    totp         BLOB,                   -- sealed secret of the code generator
    totp_pending BLOB,                   -- the same, until its first code was shown
    totp_step    INTEGER NOT NULL,       -- the last step whose code was used: no code is used twice
    created      INTEGER NOT NULL,
    disabled     INTEGER
) STRICT;

CREATE TABLE sessions (
    digest  BLOB PRIMARY KEY,            -- SHA-256 of the cookie
    account TEXT NOT NULL REFERENCES accounts (name),
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account);

CREATE TABLE api_tokens (
    id      BLOB PRIMARY KEY,
    digest  BLOB NOT NULL,               -- SHA-256 of the secret
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    account TEXT REFERENCES accounts (name), -- NULL: made on the command line
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER
) STRICT;

-- Whose message it was.
ALTER TABLE events ADD COLUMN person INTEGER;
