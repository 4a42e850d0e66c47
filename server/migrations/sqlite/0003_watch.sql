-- The order of arrival: readers of accepted records remember a place in it. Counted by one row, so that numbers are not
-- used again when retention takes the last batch away.
CREATE TABLE arrivals (
    next INTEGER NOT NULL
) STRICT;
INSERT INTO arrivals (next) VALUES (1);
ALTER TABLE batches ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0;
CREATE INDEX batches_by_arrival ON batches (arrival, log, last);

-- Readers of accepted records. A lease keeps a second node from doing the same work; what is written here is compared first.
CREATE TABLE readers (
    name     TEXT PRIMARY KEY,
    arrival  INTEGER NOT NULL,
    log      INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    holder   BLOB,
    until    INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    due      INTEGER NOT NULL DEFAULT 0,
    error    TEXT
) STRICT;

-- What a reader could not hand on, because the other end will never take it.
CREATE TABLE undelivered (
    reader  TEXT NOT NULL,
    log     INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    noted   INTEGER NOT NULL,
    why     TEXT NOT NULL,
    PRIMARY KEY (reader, log, seq)
) STRICT, WITHOUT ROWID;

-- Batches that were refused because the log stands elsewhere.
CREATE TABLE faults (
    device   BLOB NOT NULL,
    timeline INTEGER NOT NULL,
    what     INTEGER NOT NULL,
    have     INTEGER NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    noted    INTEGER NOT NULL,
    PRIMARY KEY (device, timeline, what)
) STRICT, WITHOUT ROWID;

-- What the rules remember of each subject.
CREATE TABLE gauges (
    series   INTEGER NOT NULL,
    subject  TEXT NOT NULL,
    since    INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    mean     REAL NOT NULL,
    variance REAL NOT NULL,
    hours    INTEGER NOT NULL,
    PRIMARY KEY (series, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
    id           BLOB PRIMARY KEY,
    rule         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    urgency      INTEGER NOT NULL,
    text         TEXT NOT NULL,
    count        INTEGER NOT NULL,
    raised       INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    due          INTEGER,
    overdue      INTEGER,
    device       BLOB,
    timeline     INTEGER,
    seq          INTEGER,
    event        BLOB,
    acknowledged INTEGER,
    acknowledger TEXT,
    closed       INTEGER,
    closer       TEXT,
    note         TEXT
) STRICT;
-- One open alert for each rule and subject.
CREATE UNIQUE INDEX alerts_open ON alerts (rule, subject) WHERE closed IS NULL;
CREATE INDEX alerts_by_time ON alerts (raised);

-- An empty subject stands for all.
CREATE TABLE mutes (
    rule    TEXT NOT NULL,
    subject TEXT NOT NULL,
    until   INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    muter   TEXT NOT NULL,
    why     TEXT NOT NULL,
    PRIMARY KEY (rule, subject)
) STRICT;

-- What is to be told to people. Sent when `sent` is set, given up when `dead` is.
CREATE TABLE deliveries (
    alert    BLOB NOT NULL,
    route    TEXT NOT NULL,
    what     TEXT NOT NULL,
    made     INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    sent     INTEGER,
    dead     INTEGER,
    error    TEXT,
    PRIMARY KEY (alert, route, what)
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (due) WHERE sent IS NULL AND dead IS NULL;
