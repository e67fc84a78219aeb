DROP INDEX tasks_by_creator, cvs_by_creator, jobs_by_creator;
ALTER TABLE sources DROP COLUMN collection_id;
DROP TABLE collections, job_assignments;
ALTER TABLE clients ADD COLUMN secret_hash text, DROP COLUMN created_by, DROP COLUMN tokens_not_before;
UPDATE clients c SET secret_hash = (SELECT s.secret_hash FROM client_secrets s WHERE s.client_id = c.id ORDER BY s.created_at DESC, s.id LIMIT 1);
-- A client without a secret could never come in.
DELETE FROM clients WHERE secret_hash IS NULL;
ALTER TABLE clients ALTER COLUMN secret_hash SET NOT NULL;
DROP TABLE client_secrets, login_attempts, revoked_tokens, refresh_tokens, sessions, one_time_links, users, roles;
DROP INDEX workspaces_one_operator;
ALTER TABLE workspaces DROP COLUMN is_operator, DROP COLUMN blind_roles, DROP COLUMN disabled_at;
