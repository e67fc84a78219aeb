-- The older version knows two stages: whatever is not retired verifies, and the newest of those signs. So a key that does
-- not sign yet is taken away, and one that still verifies stays.
DELETE FROM signing_keys WHERE activates_at > now();
ALTER TABLE signing_keys RENAME COLUMN retires_at TO retired_at;
UPDATE signing_keys SET retired_at = NULL WHERE retired_at > now();
ALTER TABLE signing_keys DROP COLUMN activates_at;
