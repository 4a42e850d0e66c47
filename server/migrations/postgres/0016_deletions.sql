-- Where a key to search by was destroyed for some devices alone, its seed is gone and the keys of the others are here, each under a
-- pad that is made from the server's receipt key.
CREATE TABLE device_search_keys (
    number BIGINT NOT NULL,
    device BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (number, device)
);

-- Who asks that keys are destroyed, who agreed, and what the server said when they were: the statement in a receipt, byte for byte,
-- and the number of its entry in the log that devices witness.
CREATE TABLE deletions (
    id         BYTEA PRIMARY KEY,
    number     BIGINT,
    device     BYTEA,
    why        TEXT NOT NULL,
    asked      BIGINT NOT NULL,
    asked_by   TEXT NOT NULL,
    state      TEXT NOT NULL,
    decided    BIGINT,
    decided_by TEXT,
    refusal    TEXT NOT NULL DEFAULT '',
    statement  TEXT,
    leaf       BIGINT
);
