-- Files of the archive, and the last batch in each.
CREATE TABLE archives (
    number  BIGINT PRIMARY KEY,
    day     BIGINT NOT NULL,            -- of arrival, since 1970
    file    TEXT NOT NULL,
    records BIGINT NOT NULL,
    bytes   BIGINT NOT NULL,
    sha256  BYTEA NOT NULL,
    arrival BIGINT NOT NULL,
    log     BIGINT NOT NULL,
    last    BIGINT NOT NULL,
    made    BIGINT NOT NULL
);
