-- Rotation of webhook secrets with an overlap, and the list of failed deliveries.

ALTER TABLE webhooks
  -- sealed; signs beside the current one until previous_secret_until
  ADD COLUMN previous_secret text,
  ADD COLUMN previous_secret_until timestamptz(3),
  -- null again when the receiver registers with a secret of its own
  ADD COLUMN secret_rotated_at timestamptz(3),
  ADD CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL));

-- Deliveries of one webhook and of all are read newest first, ties by id; the former index knew no ties.
DROP INDEX event_deliveries_by_webhook;
CREATE INDEX event_deliveries_by_webhook ON event_deliveries (workspace_id, webhook_id, created_at DESC, id DESC);
CREATE INDEX event_deliveries_by_workspace ON event_deliveries (workspace_id, created_at DESC, id DESC);
-- What waits for somebody to look at it is few rows among many.
CREATE INDEX event_deliveries_failed ON event_deliveries (workspace_id, created_at DESC, id DESC) WHERE status = 'failed';
