-- The highest bundle that a device said it refused, and when it said so first: what people have seen and gone on with is not counted again.
ALTER TABLE devices ADD COLUMN refusal bigint;
ALTER TABLE devices ADD COLUMN refusal_told bigint;

-- When a provider said last who somebody is: their API tokens count for a while from then. Those that are here begin now.
ALTER TABLE accounts ADD COLUMN arrived bigint;
UPDATE accounts SET arrived = (extract(epoch FROM now()) * 1000)::bigint WHERE subject IS NOT NULL;
