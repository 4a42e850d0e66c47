-- The server's transparency log: one tree over all that it acknowledged. One row: how large it is, and its right edge.
CREATE TABLE tree (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    edge BLOB NOT NULL                   -- hashes of its largest complete subtrees, from the left
) STRICT;
INSERT INTO tree (one, size, edge) VALUES (1, 0, x'');
CREATE TABLE tree_entries (
    number INTEGER PRIMARY KEY,          -- from 0, without a gap
    entry  BLOB NOT NULL
) STRICT;
-- Roots of complete subtrees of 256^level entries.
CREATE TABLE tree_nodes (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

-- Its entry. What was accepted before there was a tree has none.
ALTER TABLE batches ADD COLUMN leaf INTEGER;
