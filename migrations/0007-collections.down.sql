DROP INDEX collections_by_workspace;

-- Of the same document in several collections the first one stays, and of the same external id.
DELETE FROM sources s USING sources first
  WHERE s.kind = 'document' AND first.kind = 'document' AND first.workspace_id = s.workspace_id AND first.sha256 = s.sha256 AND (first.created_at, first.id) < (s.created_at, s.id);
UPDATE sources s SET external_id = NULL FROM sources first
  WHERE first.workspace_id = s.workspace_id AND first.external_id = s.external_id AND (first.created_at, first.id) < (s.created_at, s.id);
DROP INDEX sources_by_external_id;
CREATE UNIQUE INDEX sources_by_external_id ON sources (workspace_id, external_id) WHERE external_id IS NOT NULL;
DROP INDEX sources_by_content;
CREATE UNIQUE INDEX sources_by_content ON sources (workspace_id, sha256) WHERE kind = 'document';
