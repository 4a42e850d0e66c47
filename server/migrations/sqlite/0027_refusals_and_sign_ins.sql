-- The highest bundle that a device said it refused, and when it said so first: what people have seen and gone on with is not counted again.
ALTER TABLE devices ADD COLUMN refusal INTEGER;
ALTER TABLE devices ADD COLUMN refusal_told INTEGER;

-- When a provider said last who somebody is: their API tokens count for a while from then. Those that are here begin now.
ALTER TABLE accounts ADD COLUMN arrived INTEGER;
UPDATE accounts SET arrived = CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE subject IS NOT NULL;
