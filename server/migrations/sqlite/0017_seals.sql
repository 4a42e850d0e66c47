-- Keys that the seals of devices' logs are verified with, wrapped with a key of the server's, and up to where they were.
CREATE TABLE epoch_keys (
    device       BLOB NOT NULL,
    timeline     INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    wrapped      BLOB NOT NULL,
    given        INTEGER NOT NULL,
    sealed_epoch INTEGER,
    sealed_seq   INTEGER,
    sealed_time  INTEGER,
    PRIMARY KEY (device, timeline)
) STRICT, WITHOUT ROWID;
