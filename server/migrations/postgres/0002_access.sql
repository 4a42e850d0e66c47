-- The server's own log: each row holds the hash of the one before.
CREATE TABLE journal (
    number   BIGINT PRIMARY KEY,         -- from 1, without a gap
    time     BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    deed     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    details  TEXT NOT NULL,              -- JSON, byte for byte as it was hashed
    previous BYTEA NOT NULL,
    hash     BYTEA NOT NULL
);
-- One row: where the journal stands. Who moves it says from where.
CREATE TABLE journal_head (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    hash   BYTEA NOT NULL
);
INSERT INTO journal_head (one, number, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
-- Heads that a server has signed.
CREATE TABLE checkpoints (
    number    BIGINT PRIMARY KEY,
    hash      BYTEA NOT NULL,
    time      BIGINT NOT NULL,
    signature BYTEA NOT NULL
);

CREATE TABLE accounts (
    name         TEXT PRIMARY KEY,       -- lower case
    role         TEXT NOT NULL,
    password     TEXT NOT NULL,          -- argon2id, as a PHC string
    one_time     BIGINT NOT NULL,        -- 1: the password must be changed before anything else
    totp         BYTEA,                  -- sealed secret of the code generator
    totp_pending BYTEA,                  -- the same, until its first code was shown
    totp_step    BIGINT NOT NULL,        -- the last step whose code was used: no code is used twice
    created      BIGINT NOT NULL,
    disabled     BIGINT
);

CREATE TABLE sessions (
    digest  BYTEA PRIMARY KEY,            -- SHA-256 of the cookie
    account TEXT NOT NULL REFERENCES accounts (name),
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account);

CREATE TABLE api_tokens (
    id      BYTEA PRIMARY KEY,
    digest  BYTEA NOT NULL,               -- SHA-256 of the secret
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    account TEXT REFERENCES accounts (name), -- NULL: made on the command line
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT
);

-- Whose message it was.
ALTER TABLE events ADD COLUMN person INTEGER;
