-- The bodies of a batch are packed together, a block at a time. The last record of a block carries it in `body`; every other
-- has an empty one there and says how much later in the log its carrier stands. What came before carries itself.
ALTER TABLE events ADD COLUMN later INTEGER NOT NULL DEFAULT 0;
