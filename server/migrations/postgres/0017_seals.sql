-- Keys that the seals of devices' logs are verified with, wrapped with a key of the server's, and up to where they were.
CREATE TABLE epoch_keys (
    device       BYTEA NOT NULL,
    timeline     BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    wrapped      BYTEA NOT NULL,
    given        BIGINT NOT NULL,
    sealed_epoch BIGINT,
    sealed_seq   BIGINT,
    sealed_time  BIGINT,
    PRIMARY KEY (device, timeline)
);
