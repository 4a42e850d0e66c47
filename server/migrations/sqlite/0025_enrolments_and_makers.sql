-- Who enrolled in the last minutes, with which token and key (SHA-256): whoever lost the answer asks again, and is the same device.
CREATE TABLE enrolments (
    token  BLOB NOT NULL,
    key    BLOB NOT NULL,
    device BLOB NOT NULL,
    time   INTEGER NOT NULL,
    PRIMARY KEY (token, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolments_by_time ON enrolments (time);

-- The person who made a token, also on the command line: what it proposes is theirs. NULL: made before there was this column.
ALTER TABLE api_tokens ADD COLUMN made_by TEXT;
