-- What devices ask leave for. No content: types, levels, and a digest under a key that never leaves the device.
CREATE TABLE exception_requests (
    id          BLOB PRIMARY KEY,
    device      BLOB NOT NULL,
    event       BLOB NOT NULL,
    username    TEXT NOT NULL,
    destination TEXT NOT NULL,
    tier        TEXT NOT NULL,
    level       TEXT NOT NULL,
    types       TEXT NOT NULL,           -- JSON
    rules       TEXT NOT NULL,           -- JSON
    approvers   INTEGER NOT NULL,
    most_hours  INTEGER NOT NULL,
    most_uses   INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    asked       INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    state       TEXT NOT NULL,           -- pending, approved, refused, revoked
    votes       INTEGER NOT NULL,
    decided     INTEGER,
    decider     TEXT,
    why         TEXT NOT NULL,
    number      INTEGER NOT NULL,        -- rises with every answer
    signed      BLOB,                    -- the exception
    until       INTEGER,
    UNIQUE (device, event)
) STRICT;
CREATE INDEX exception_requests_by_time ON exception_requests (asked);
CREATE INDEX exception_requests_by_answer ON exception_requests (decided);

CREATE TABLE exception_votes (
    request  BLOB NOT NULL REFERENCES exception_requests (id),
    approver TEXT NOT NULL,
    given    INTEGER NOT NULL,
    hours    INTEGER NOT NULL,
    uses     INTEGER NOT NULL,
    PRIMARY KEY (request, approver)
) STRICT;
