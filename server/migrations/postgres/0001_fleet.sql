-- Times are milliseconds since 1970. Ids of devices and events are 16 bytes.
CREATE TABLE tokens (
    id           BYTEA PRIMARY KEY,
    digest       BYTEA NOT NULL,         -- SHA-256 of the secret: 192 random bits need no slow hash
    device_group TEXT NOT NULL,
    note         TEXT NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT NOT NULL,
    uses_left    BIGINT NOT NULL
);

CREATE TABLE devices (
    id           BYTEA PRIMARY KEY,
    name         TEXT NOT NULL,
    platform     TEXT NOT NULL,
    version      TEXT NOT NULL,
    device_group TEXT NOT NULL,
    token        BYTEA NOT NULL,
    enrolled     BIGINT NOT NULL,
    seen         BIGINT NOT NULL,
    certified    BIGINT NOT NULL,        -- until when
    revoked      BIGINT,
    bundle       BIGINT NOT NULL DEFAULT 0,
    digest       TEXT NOT NULL DEFAULT '',
    refused      TEXT
);
CREATE INDEX devices_by_name ON devices (name, id);

-- One row for each timeline of each device: as far as its log was accepted. Updated with every batch: room in the page
-- keeps the new version beside the old one.
CREATE TABLE logs (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device   BYTEA NOT NULL,
    timeline BIGINT NOT NULL,
    first    BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    head     BYTEA NOT NULL,
    begun    BIGINT NOT NULL,
    UNIQUE (device, timeline)
) WITH (fillfactor = 50);

-- What was accepted at once: the links of the chain that the server has seen.
CREATE TABLE batches (
    log      BIGINT NOT NULL,
    last     BIGINT NOT NULL,
    first    BIGINT NOT NULL,
    received BIGINT NOT NULL,
    head     BYTEA NOT NULL,
    PRIMARY KEY (log, last)
);

-- Words that stand in many events: services, providers, users, programs.
CREATE TABLE names (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- One partition a day of arrival: retention drops a table instead of deleting rows. Wide columns stand first, so that
-- none is padded.
CREATE TABLE events (
    seq      BIGINT NOT NULL,
    time     BIGINT NOT NULL,            -- by the device's clock
    log      BIGINT NOT NULL,
    day      INTEGER NOT NULL,           -- of its arrival, days since 1970
    service  INTEGER,
    provider INTEGER,
    kind     SMALLINT NOT NULL,
    channel  SMALLINT,
    level    SMALLINT,
    action   SMALLINT,
    event    BYTEA NOT NULL,
    body     BYTEA NOT NULL,
    PRIMARY KEY (log, seq, day)
) PARTITION BY RANGE (day);
CREATE INDEX events_by_time ON events USING brin (time);

CREATE TABLE bundles (
    number    BIGINT PRIMARY KEY,
    name      TEXT NOT NULL,
    digest    TEXT NOT NULL,
    issued    BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    published BIGINT NOT NULL,
    bundle    BYTEA NOT NULL
);
CREATE TABLE audiences (
    number       BIGINT NOT NULL REFERENCES bundles (number),
    device_group TEXT NOT NULL,
    PRIMARY KEY (device_group, number)
);
