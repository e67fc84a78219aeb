-- The same document may stand in two collections that different people read, and each collection has external ids of its
-- own: otherwise a refusal, or a replacement, would tell of a document in a collection that its caller may not read.
DROP INDEX sources_by_content;
CREATE UNIQUE INDEX sources_by_content ON sources (workspace_id, collection_id, sha256) NULLS NOT DISTINCT WHERE kind = 'document';
DROP INDEX sources_by_external_id;
CREATE UNIQUE INDEX sources_by_external_id ON sources (workspace_id, collection_id, external_id) NULLS NOT DISTINCT WHERE external_id IS NOT NULL;

CREATE INDEX collections_by_workspace ON collections (workspace_id, created_at DESC, id DESC);
