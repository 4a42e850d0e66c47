-- Times are milliseconds since 1970. Ids of devices and events are 16 bytes.
CREATE TABLE tokens (
    id           BLOB PRIMARY KEY,
    digest       BLOB NOT NULL,          -- SHA-256 of the secret: 192 random bits need no slow hash
    device_group TEXT NOT NULL,
    note         TEXT NOT NULL,
    created      INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    uses_left    INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL,
    platform     TEXT NOT NULL,
    version      TEXT NOT NULL,
    device_group TEXT NOT NULL,
    token        BLOB NOT NULL,
    enrolled     INTEGER NOT NULL,
    seen         INTEGER NOT NULL,
    certified    INTEGER NOT NULL,       -- until when
    revoked      INTEGER,
    bundle       INTEGER NOT NULL DEFAULT 0,
    digest       TEXT NOT NULL DEFAULT '',
    refused      TEXT
) STRICT;
CREATE INDEX devices_by_name ON devices (name, id);

-- One row for each timeline of each device: as far as its log was accepted.
CREATE TABLE logs (
    id       INTEGER PRIMARY KEY,
    device   BLOB NOT NULL,
    timeline INTEGER NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    head     BLOB NOT NULL,
    begun    INTEGER NOT NULL,
    UNIQUE (device, timeline)
) STRICT;

-- What was accepted at once: the links of the chain that the server has seen.
CREATE TABLE batches (
    log      INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    first    INTEGER NOT NULL,
    head     BLOB NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (log, last)
) STRICT, WITHOUT ROWID;

-- Words that stand in many events: services, providers, users, programs.
CREATE TABLE names (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
    log      INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    day      INTEGER NOT NULL,           -- of its arrival, days since 1970
    time     INTEGER NOT NULL,           -- by the device's clock
    kind     INTEGER NOT NULL,
    event    BLOB NOT NULL,
    channel  INTEGER,
    level    INTEGER,
    action   INTEGER,
    service  INTEGER,
    provider INTEGER,
    body     BLOB NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_time ON events (time);

CREATE TABLE bundles (
    number    INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    digest    TEXT NOT NULL,
    issued    INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    published INTEGER NOT NULL,
    bundle    BLOB NOT NULL
) STRICT;
CREATE TABLE audiences (
    number       INTEGER NOT NULL REFERENCES bundles (number),
    device_group TEXT NOT NULL,
    PRIMARY KEY (device_group, number)
) STRICT, WITHOUT ROWID;
