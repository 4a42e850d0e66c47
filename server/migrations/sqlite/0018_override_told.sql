-- Up to which number a device said it has used codes: a database from a backup may not know them, and counts on from there.
ALTER TABLE override_keys ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
