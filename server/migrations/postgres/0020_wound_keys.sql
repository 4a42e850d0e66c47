-- Keys were sealed in another way: devices give theirs again. Beside the key that was given stands that of the next seal, and where its
-- epoch begins; `broken` is the seal that did not fit, behind which nothing is verified any more.
DELETE FROM epoch_keys;
ALTER TABLE epoch_keys ADD COLUMN next_epoch BIGINT;
ALTER TABLE epoch_keys ADD COLUMN next_wrapped BYTEA;
ALTER TABLE epoch_keys ADD COLUMN next_first BIGINT;
ALTER TABLE epoch_keys ADD COLUMN broken BIGINT;
