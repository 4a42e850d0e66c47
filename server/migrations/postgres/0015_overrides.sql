-- Keys of the codes that are read out: each is made from the device's seed and from the server's receipt key.
CREATE TABLE override_keys (
    device bytea PRIMARY KEY,
    seed   bytea NOT NULL,
    made   bigint NOT NULL
);

-- Codes that people ask for and approve. The code itself is nowhere.
CREATE TABLE overrides (
    id        bytea PRIMARY KEY,
    device    bytea NOT NULL,
    directive bigint,                   -- null: for policy that is out of date
    minutes   bigint NOT NULL,
    reason    text NOT NULL,
    asked     bigint NOT NULL,
    asker     text NOT NULL,
    expires   bigint NOT NULL,
    state     text NOT NULL,             -- asked, approved, refused, issued, used
    decided   bigint,
    decider   text,
    why       text NOT NULL,
    number    bigint,                   -- counts the codes of a device
    issued    bigint,
    ends      bigint,                   -- until when it can be entered
    entered   bigint,
    until     bigint,                   -- until when it lifts
    UNIQUE (device, number)
);
CREATE INDEX overrides_by_time ON overrides (asked);
