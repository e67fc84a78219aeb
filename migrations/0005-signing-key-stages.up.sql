-- A signing key passes through stages: published (in the JWKS, signs nothing yet), active from activates_at until a newer
-- key is active, verifying only, and gone at retires_at. Both moments are compared with the database's clock alone, so
-- that the clocks of the replicas do not matter. retires_at is null while no successor is made.
ALTER TABLE signing_keys ADD COLUMN activates_at timestamptz(3);
UPDATE signing_keys SET activates_at = created_at;
ALTER TABLE signing_keys ALTER COLUMN activates_at SET NOT NULL;
ALTER TABLE signing_keys RENAME COLUMN retired_at TO retires_at;
