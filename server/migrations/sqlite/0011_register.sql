-- Which providers people ask for, and what providers have promised the company.
CREATE TABLE provider_requests (
    id            BLOB PRIMARY KEY,
    provider      TEXT NOT NULL,          -- as the catalogue names it, or a name it does not know
    service       TEXT NOT NULL,          -- empty: all services of the provider
    business_case TEXT NOT NULL,
    level         TEXT NOT NULL,          -- of the most sensitive data that is to go there
    answers       TEXT NOT NULL,          -- JSON, by question
    asked         INTEGER NOT NULL,
    asked_by      TEXT NOT NULL,
    state         TEXT NOT NULL,          -- pending, approved, refused, withdrawn
    decided       INTEGER,
    decider       TEXT,
    why           TEXT NOT NULL
) STRICT;
CREATE INDEX provider_requests_by_time ON provider_requests (asked);

CREATE TABLE obligations (
    id        BLOB PRIMARY KEY,
    provider  TEXT NOT NULL,
    tiers     TEXT NOT NULL,              -- JSON; empty: all of them
    kind      TEXT NOT NULL,
    number    INTEGER,                      -- days of retention, hours of a notice
    place     TEXT NOT NULL,              -- region, where the kind has one
    document  TEXT NOT NULL,              -- what shows it, for people
    digest    TEXT NOT NULL,              -- SHA-256 of that document
    until     TEXT NOT NULL,              -- the last day, in UTC, on which it counts
    entered   INTEGER NOT NULL,
    entered_by TEXT NOT NULL,
    ended     INTEGER,                      -- taken out before its day
    ended_by  TEXT,
    why       TEXT NOT NULL,
    told      INTEGER NOT NULL DEFAULT 0       -- 1: that it ends soon, 2: that it has ended
) STRICT;
CREATE INDEX obligations_by_provider ON obligations (provider);
