-- Who enrolled in the last minutes, with which token and key (SHA-256): whoever lost the answer asks again, and is the same device.
CREATE TABLE enrolments (
    token  BYTEA NOT NULL,
    key    BYTEA NOT NULL,
    device BYTEA NOT NULL,
    time   BIGINT NOT NULL,
    PRIMARY KEY (token, key)
);
CREATE INDEX enrolments_by_time ON enrolments (time);

-- The person who made a token, also on the command line: what it proposes is theirs. NULL: made before there was this column.
ALTER TABLE api_tokens ADD COLUMN made_by TEXT;
