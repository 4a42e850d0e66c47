-- Devices as witnesses of the server's log. The key each cosigns with; the journal has it too, with all before.
CREATE TABLE witnesses (
    device BYTEA PRIMARY KEY,
    key    BYTEA NOT NULL UNIQUE,
    since  BIGINT NOT NULL
);
-- The checkpoint of an hour, which witnesses cosign: the last few hours.
CREATE TABLE log_rounds (
    slot  BIGINT PRIMARY KEY,          -- hours since 1970, by the server's clock
    size  BIGINT NOT NULL,
    root  BYTEA NOT NULL,
    began BIGINT NOT NULL
);
-- What they said of it.
CREATE TABLE cosignatures (
    slot        BIGINT NOT NULL,
    device      BYTEA NOT NULL,
    cosignature BYTEA NOT NULL,       -- time and signature, as C2SP has them
    PRIMARY KEY (slot, device)
);
