-- Files of the archive, and the last batch in each.
CREATE TABLE archives (
    number  INTEGER PRIMARY KEY,
    day     INTEGER NOT NULL,            -- of arrival, since 1970
    file    TEXT NOT NULL,
    records INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    sha256  BLOB NOT NULL,
    arrival INTEGER NOT NULL,
    log     INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    made    INTEGER NOT NULL
) STRICT;
