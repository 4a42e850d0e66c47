-- The bodies of a batch are packed together, a block at a time. The last record of a block carries it in `body`; every other
-- has an empty one there and says how much later in the log its carrier stands. What came before carries itself.
ALTER TABLE events ADD COLUMN later SMALLINT NOT NULL DEFAULT 0;

-- Records are found by where their block ends, which is one entry of the index for all of a block. Nothing relies on the key:
-- the compare-and-swap on `logs` lets a number in once.
ALTER TABLE events DROP CONSTRAINT events_pkey;
CREATE INDEX events_by_block ON events (log, (seq + later));
