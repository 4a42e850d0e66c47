-- By the device's clock, when it said what it runs: what comes late does not replace what is newer. NULL: not since there is this column.
ALTER TABLE devices ADD COLUMN said BIGINT;
