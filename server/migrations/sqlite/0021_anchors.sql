-- Which entry of the server's log has this head: packs of evidence prove the journal's rows by it. Heads that were signed before have
-- none here; the next one, five seconds after the next row, stands for all of them.
ALTER TABLE checkpoints ADD COLUMN leaf INTEGER;
