-- One row: what arrived before is kept no more.
CREATE TABLE retention (
    kept_since BIGINT NOT NULL
);
INSERT INTO retention (kept_since) VALUES (0);

-- Whose records were looked at, by the journal's number of the reading.
CREATE TABLE readings (
    device  BYTEA NOT NULL,
    number  BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (device, number)
);
