-- Keys that values are searched by in records are made from these seeds and from the server's receipt key. Of one that was
-- destroyed only its number is left.
CREATE TABLE search_keys (
    number    INTEGER PRIMARY KEY,
    seed      BLOB,
    made      INTEGER NOT NULL,
    destroyed INTEGER
) STRICT;
