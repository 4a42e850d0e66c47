-- What administrators order all devices to do at once, as it was signed.
CREATE TABLE orders (
    epoch        INTEGER PRIMARY KEY,
    device_group TEXT,                   -- null: all
    given        INTEGER NOT NULL,
    signed       BLOB NOT NULL
) STRICT;

-- The last order that a device says it took.
ALTER TABLE devices ADD COLUMN ordered INTEGER NOT NULL DEFAULT 0;
