-- The server's transparency log: one tree over all that it acknowledged. One row: how large it is, and its right edge.
-- Updated with every append: room in the page keeps the new version beside the old one.
CREATE TABLE tree (
    one  BIGINT PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL,
    edge BYTEA NOT NULL                  -- hashes of its largest complete subtrees, from the left
) WITH (fillfactor = 10);
INSERT INTO tree (one, size, edge) VALUES (1, 0, ''::bytea);
CREATE TABLE tree_entries (
    number BIGINT PRIMARY KEY,           -- from 0, without a gap
    entry  BYTEA NOT NULL
);
-- Roots of complete subtrees of 256^level entries.
CREATE TABLE tree_nodes (
    level  BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hash   BYTEA NOT NULL,
    PRIMARY KEY (level, number)
);

-- Its entry. What was accepted before there was a tree has none.
ALTER TABLE batches ADD COLUMN leaf BIGINT;
