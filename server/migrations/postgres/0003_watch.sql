-- The order of arrival: readers of accepted records remember a place in it. It is the number of the transaction, and what is
-- older than every running transaction is complete: numbers from a sequence become visible in another order than they are
-- given in. A database that was restored into a new cluster counts from below: `shift` is added.
CREATE TABLE arrivals (
    shift BIGINT NOT NULL
);
INSERT INTO arrivals (shift) VALUES (0);
ALTER TABLE batches ADD COLUMN arrival BIGINT NOT NULL DEFAULT 0;
CREATE INDEX batches_by_arrival ON batches (arrival, log, last);

-- Readers of accepted records. A lease keeps a second node from doing the same work; what is written here is compared first.
CREATE TABLE readers (
    name     TEXT PRIMARY KEY,
    arrival  BIGINT NOT NULL,
    log      BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    holder   BYTEA,
    until    BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    due      BIGINT NOT NULL DEFAULT 0,
    error    TEXT
);

-- What a reader could not hand on, because the other end will never take it.
CREATE TABLE undelivered (
    reader  TEXT NOT NULL,
    log     BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    noted   BIGINT NOT NULL,
    why     TEXT NOT NULL,
    PRIMARY KEY (reader, log, seq)
);

-- Batches that were refused because the log stands elsewhere.
CREATE TABLE faults (
    device   BYTEA NOT NULL,
    timeline BIGINT NOT NULL,
    what     SMALLINT NOT NULL,
    have     BIGINT NOT NULL,
    first    BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    noted    BIGINT NOT NULL,
    PRIMARY KEY (device, timeline, what)
);

-- What the rules remember of each subject.
CREATE TABLE gauges (
    series   SMALLINT NOT NULL,
    subject  TEXT NOT NULL,
    since    BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    mean     DOUBLE PRECISION NOT NULL,
    variance DOUBLE PRECISION NOT NULL,
    hours    BIGINT NOT NULL,
    PRIMARY KEY (series, subject)
);

CREATE TABLE alerts (
    id           BYTEA PRIMARY KEY,
    rule         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    urgency      SMALLINT NOT NULL,
    text         TEXT NOT NULL,
    count        BIGINT NOT NULL,
    raised       BIGINT NOT NULL,
    last         BIGINT NOT NULL,
    due          BIGINT,
    overdue      BIGINT,
    device       BYTEA,
    timeline     BIGINT,
    seq          BIGINT,
    event        BYTEA,
    acknowledged BIGINT,
    acknowledger TEXT,
    closed       BIGINT,
    closer       TEXT,
    note         TEXT
);
-- One open alert for each rule and subject.
CREATE UNIQUE INDEX alerts_open ON alerts (rule, subject) WHERE closed IS NULL;
CREATE INDEX alerts_by_time ON alerts (raised);

-- An empty subject stands for all.
CREATE TABLE mutes (
    rule    TEXT NOT NULL,
    subject TEXT NOT NULL,
    until   BIGINT NOT NULL,
    since   BIGINT NOT NULL,
    muter   TEXT NOT NULL,
    why     TEXT NOT NULL,
    PRIMARY KEY (rule, subject)
);

-- What is to be told to people. Sent when `sent` is set, given up when `dead` is.
CREATE TABLE deliveries (
    alert    BYTEA NOT NULL,
    route    TEXT NOT NULL,
    what     TEXT NOT NULL,
    made     BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sent     BIGINT,
    dead     BIGINT,
    error    TEXT,
    PRIMARY KEY (alert, route, what)
);
CREATE INDEX deliveries_waiting ON deliveries (due) WHERE sent IS NULL AND dead IS NULL;
