DROP INDEX event_deliveries_failed;
DROP INDEX event_deliveries_by_workspace;
DROP INDEX event_deliveries_by_webhook;
CREATE INDEX event_deliveries_by_webhook ON event_deliveries (workspace_id, webhook_id, created_at DESC);

ALTER TABLE webhooks
  DROP COLUMN previous_secret,
  DROP COLUMN previous_secret_until,
  DROP COLUMN secret_rotated_at;
