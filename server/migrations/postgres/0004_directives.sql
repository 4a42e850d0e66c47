-- What administrators order all devices to do at once, as it was signed.
CREATE TABLE orders (
    epoch        bigint PRIMARY KEY,
    device_group text,                   -- null: all
    given        bigint NOT NULL,
    signed       bytea NOT NULL
);

-- The last order that a device says it took.
ALTER TABLE devices ADD COLUMN ordered bigint NOT NULL DEFAULT 0;
