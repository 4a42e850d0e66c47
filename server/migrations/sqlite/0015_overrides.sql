-- Keys of the codes that are read out: each is made from the device's seed and from the server's receipt key.
CREATE TABLE override_keys (
    device BLOB PRIMARY KEY,
    seed   BLOB NOT NULL,
    made   INTEGER NOT NULL
) STRICT;

-- Codes that people ask for and approve. The code itself is nowhere.
CREATE TABLE overrides (
    id        BLOB PRIMARY KEY,
    device    BLOB NOT NULL,
    directive INTEGER,                   -- null: for policy that is out of date
    minutes   INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    asked     INTEGER NOT NULL,
    asker     TEXT NOT NULL,
    expires   INTEGER NOT NULL,
    state     TEXT NOT NULL,             -- asked, approved, refused, issued, used
    decided   INTEGER,
    decider   TEXT,
    why       TEXT NOT NULL,
    number    INTEGER,                   -- counts the codes of a device
    issued    INTEGER,
    ends      INTEGER,                   -- until when it can be entered
    entered   INTEGER,
    until     INTEGER,                   -- until when it lifts
    UNIQUE (device, number)
) STRICT;
CREATE INDEX overrides_by_time ON overrides (asked);
