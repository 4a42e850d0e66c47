-- One row: what arrived before is kept no more.
CREATE TABLE retention (
    kept_since INTEGER NOT NULL
) STRICT;
INSERT INTO retention (kept_since) VALUES (0);

-- Whose records were looked at, by the journal's number of the reading.
CREATE TABLE readings (
    device  BLOB NOT NULL,
    number  INTEGER NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY (device, number)
) STRICT, WITHOUT ROWID;
