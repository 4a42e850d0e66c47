-- Devices as witnesses of the server's log. The key each cosigns with; the journal has it too, with all before.
CREATE TABLE witnesses (
    device BLOB PRIMARY KEY,
    key    BLOB NOT NULL UNIQUE,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The checkpoint of an hour, which witnesses cosign: the last few hours.
CREATE TABLE log_rounds (
    slot  INTEGER PRIMARY KEY,          -- hours since 1970, by the server's clock
    size  INTEGER NOT NULL,
    root  BLOB NOT NULL,
    began INTEGER NOT NULL
) STRICT;
-- What they said of it.
CREATE TABLE cosignatures (
    slot        INTEGER NOT NULL,
    device      BLOB NOT NULL,
    cosignature BLOB NOT NULL,       -- time and signature, as C2SP has them
    PRIMARY KEY (slot, device)
) STRICT, WITHOUT ROWID;
