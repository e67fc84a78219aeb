-- The first schema. Everything with personal data is workspace-scoped; every composite index begins with the workspace.
-- Ids are UUIDv7 made in Node. The growing logs are partitioned by month from the first row on.
-- An index named <table>_of_<parent> is led by a foreign key alone: deleting the parent looks its rows up by that column.

CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Full text: "simple" with folded accents, the fallback beside each document's own language.
CREATE TEXT SEARCH CONFIGURATION simple_folded (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION simple_folded ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

-- identity ------------------------------------------------------------------------------------------------------

CREATE TABLE workspaces (
  id          uuid PRIMARY KEY,
  name        text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE clients (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  client_id     text NOT NULL UNIQUE,
  name          text NOT NULL,
  secret_hash   text NOT NULL,
  roles         text[] NOT NULL,
  disabled_at   timestamptz(3),
  last_used_at  timestamptz(3),
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX clients_by_workspace ON clients (workspace_id, id);

-- Private halves are sealed (AES-256-GCM) with the service's secret key, so that replicas share them through the database.
CREATE TABLE signing_keys (
  kid          text PRIMARY KEY,
  algorithm    text NOT NULL,
  public_jwk   jsonb NOT NULL,
  private_jwk  text NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  retired_at   timestamptz(3)
);

CREATE TABLE audit_log (
  id            uuid NOT NULL,
  workspace_id  uuid NOT NULL,
  created_at    timestamptz(3) NOT NULL,
  actor_type    text NOT NULL,
  actor_id      text NOT NULL,
  action        text NOT NULL,
  subject_type  text,
  subject_id    text,
  details       jsonb NOT NULL DEFAULT '{}',
  request_id    text,
  PRIMARY KEY (created_at, id)
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_log_by_workspace ON audit_log (workspace_id, created_at DESC, id DESC);
CREATE INDEX audit_log_by_subject ON audit_log (workspace_id, subject_type, subject_id, created_at DESC);

-- tasks: the ledger decides, the queue only delivers ---------------------------------------------------------------

CREATE TABLE tasks (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  kind          text NOT NULL,
  -- ids only, never CV text
  payload       jsonb NOT NULL,
  status        text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  progress      smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  progress_note text,
  -- the fencing token: raised by every claim, checked in the transaction that writes the result
  attempt       integer NOT NULL DEFAULT 0,
  max_attempts  integer NOT NULL DEFAULT 3,
  run_at        timestamptz(3) NOT NULL,
  lease_until   timestamptz(3),
  worker        text,
  result        jsonb,
  error         jsonb,
  subject_type  text,
  subject_id    uuid,
  -- an agent whose pause holds this task back
  agent_id      uuid,
  created_by    text NOT NULL,
  request_id    text,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  started_at    timestamptz(3),
  finished_at   timestamptz(3)
);
CREATE INDEX tasks_by_workspace ON tasks (workspace_id, created_at DESC, id DESC);
CREATE INDEX tasks_by_workspace_status ON tasks (workspace_id, status, created_at DESC, id DESC);
CREATE INDEX tasks_by_workspace_kind ON tasks (workspace_id, kind, created_at DESC, id DESC);
CREATE INDEX tasks_by_subject ON tasks (workspace_id, subject_type, subject_id);
-- Erasure looks for a person in the payloads.
CREATE INDEX tasks_by_candidate ON tasks (workspace_id, (payload->>'candidateId')) WHERE payload->>'candidateId' IS NOT NULL;
CREATE INDEX tasks_by_candidates ON tasks USING gin ((payload->'candidateIds')) WHERE payload->'candidateIds' IS NOT NULL;
CREATE INDEX tasks_due ON tasks (run_at) WHERE status = 'queued';
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE status = 'running';

-- events and their deliveries to webhooks ---------------------------------------------------------------------------

CREATE TABLE webhooks (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  url           text NOT NULL,
  -- sealed
  secret        text NOT NULL,
  events        text[] NOT NULL,
  description   text,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  last_delivery_at timestamptz(3),
  UNIQUE (workspace_id, url)
);

CREATE TABLE events (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  type          text NOT NULL,
  subject_type  text NOT NULL,
  subject_id    uuid NOT NULL,
  -- ids and counts, never CV text
  data          jsonb NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX events_by_workspace ON events (workspace_id, created_at DESC, id DESC);
CREATE INDEX events_by_subject ON events (workspace_id, subject_type, subject_id);
CREATE INDEX events_by_candidate ON events (workspace_id, (data->>'candidateId')) WHERE data->>'candidateId' IS NOT NULL;

CREATE TABLE event_deliveries (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  event_id      uuid NOT NULL REFERENCES events ON DELETE CASCADE,
  webhook_id    uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  status        text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts      integer NOT NULL DEFAULT 0,
  response_status integer,
  last_error    text,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  delivered_at  timestamptz(3),
  UNIQUE (event_id, webhook_id)
);
CREATE INDEX event_deliveries_by_webhook ON event_deliveries (workspace_id, webhook_id, created_at DESC);
CREATE INDEX event_deliveries_of_webhook ON event_deliveries (webhook_id);

-- agents ------------------------------------------------------------------------------------------------------------

CREATE TABLE agents (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  kind          text NOT NULL CHECK (kind IN ('cv-analyst', 'matcher', 'rag-assistant')),
  name          text NOT NULL,
  description   text NOT NULL,
  status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  paused_at     timestamptz(3),
  paused_by     text,
  pause_reason  text,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, name)
);

CREATE TABLE agent_versions (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  agent_id      uuid NOT NULL REFERENCES agents,
  number        integer NOT NULL,
  config        jsonb NOT NULL,
  config_hash   text NOT NULL,
  reason        text NOT NULL,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (agent_id, number)
);
CREATE INDEX agent_versions_by_workspace ON agent_versions (workspace_id, agent_id, number DESC);

CREATE TABLE agent_labels (
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  agent_id      uuid NOT NULL REFERENCES agents,
  label         text NOT NULL,
  version_id    uuid NOT NULL REFERENCES agent_versions,
  moved_by      text NOT NULL,
  moved_at      timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (agent_id, label)
);

CREATE TABLE agent_runs (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  agent_id      uuid NOT NULL REFERENCES agents,
  version_id    uuid NOT NULL REFERENCES agent_versions,
  task_id       uuid,
  outcome       text NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'abstained')),
  error_code    text,
  duration_ms   integer NOT NULL,
  started_at    timestamptz(3) NOT NULL
);
CREATE INDEX agent_runs_by_agent ON agent_runs (workspace_id, agent_id, started_at DESC, id DESC);

-- CVs and candidates -----------------------------------------------------------------------------------------------

CREATE TABLE candidates (
  id             uuid PRIMARY KEY,
  workspace_id   uuid NOT NULL REFERENCES workspaces,
  current_cv_id  uuid,
  display_name   text,
  email          text,
  headline       text,
  language       text,
  city           text,
  country_code   text,
  experience_months integer,
  occupation_id  text,
  profile        jsonb NOT NULL,
  facts          jsonb NOT NULL,
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  updated_at     timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX candidates_by_workspace ON candidates (workspace_id, created_at DESC, id DESC);
CREATE INDEX candidates_by_language ON candidates (workspace_id, language, created_at DESC, id DESC);
CREATE INDEX candidates_by_occupation ON candidates (workspace_id, occupation_id);
CREATE INDEX candidates_by_name ON candidates USING gin (workspace_id, display_name gin_trgm_ops);

CREATE TABLE cvs (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  candidate_id  uuid REFERENCES candidates,
  version       integer NOT NULL DEFAULT 1,
  file_name     text NOT NULL,
  media_type    text,
  byte_size     integer NOT NULL,
  sha256        text NOT NULL,
  external_id   text,
  status        text NOT NULL CHECK (status IN ('queued', 'analysed', 'needs_ocr', 'failed')),
  error         jsonb,
  language      text,
  text          text,
  pages         jsonb,
  profile       jsonb,
  evidence      jsonb,
  facts         jsonb,
  warnings      jsonb NOT NULL DEFAULT '[]',
  -- what made it: agent version, embedding space, taxonomy revision, engine version
  provenance    jsonb,
  task_id       uuid,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  analysed_at   timestamptz(3),
  UNIQUE (workspace_id, sha256)
);
CREATE INDEX cvs_by_workspace ON cvs (workspace_id, created_at DESC, id DESC);
CREATE INDEX cvs_by_status ON cvs (workspace_id, status, created_at DESC, id DESC);
CREATE INDEX cvs_by_candidate ON cvs (workspace_id, candidate_id, version DESC);
CREATE INDEX cvs_by_external_id ON cvs (workspace_id, external_id) WHERE external_id IS NOT NULL;
ALTER TABLE candidates ADD FOREIGN KEY (current_cv_id) REFERENCES cvs;
CREATE INDEX candidates_of_cv ON candidates (current_cv_id);
CREATE INDEX cvs_of_candidate ON cvs (candidate_id);

CREATE TABLE cv_files (
  cv_id         uuid PRIMARY KEY REFERENCES cvs ON DELETE CASCADE,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  bytes         bytea NOT NULL
);

CREATE TABLE candidate_skills (
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  skill_id      text NOT NULL,
  candidate_id  uuid NOT NULL REFERENCES candidates ON DELETE CASCADE,
  months        integer,
  last_used     text,
  PRIMARY KEY (workspace_id, skill_id, candidate_id)
);
CREATE INDEX candidate_skills_by_candidate ON candidate_skills (candidate_id);

-- vectors: one table, a partition a space; the untyped halfvec lets spaces differ in dimension --------------------------

CREATE TABLE embedding_spaces (
  id            text PRIMARY KEY,
  provider      text NOT NULL,
  model         text NOT NULL,
  revision      text NOT NULL,
  dimensions    integer NOT NULL,
  kinds         text[] NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE embeddings (
  space_id      text NOT NULL,
  workspace_id  uuid NOT NULL,
  owner_type    text NOT NULL CHECK (owner_type IN ('candidate', 'job', 'chunk')),
  owner_id      uuid NOT NULL,
  facet         text NOT NULL CHECK (facet IN ('title', 'skill', 'passage')),
  ordinal       integer NOT NULL,
  embedding     halfvec NOT NULL,
  PRIMARY KEY (space_id, workspace_id, owner_type, owner_id, facet, ordinal)
) PARTITION BY LIST (space_id);

-- jobs and matches --------------------------------------------------------------------------------------------------

CREATE TABLE jobs (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  external_id   text,
  title         text NOT NULL,
  text          text NOT NULL,
  language      text NOT NULL,
  status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
  -- raised by every change that can change a score
  version       integer NOT NULL DEFAULT 1,
  analysis      jsonb NOT NULL,
  provenance    jsonb NOT NULL,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX jobs_by_workspace ON jobs (workspace_id, created_at DESC, id DESC);
CREATE INDEX jobs_by_status ON jobs (workspace_id, status, created_at DESC, id DESC);
CREATE INDEX jobs_by_title ON jobs USING gin (workspace_id, title gin_trgm_ops);
CREATE UNIQUE INDEX jobs_by_external_id ON jobs (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE matches (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  job_id        uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  job_version   integer NOT NULL,
  candidate_id  uuid NOT NULL REFERENCES candidates ON DELETE CASCADE,
  cv_id         uuid NOT NULL REFERENCES cvs ON DELETE CASCADE,
  cv_version    integer NOT NULL,
  score         numeric(7, 6) NOT NULL,
  result        jsonb NOT NULL,
  provenance    jsonb NOT NULL,
  -- hash of the provenance: the same pair and the same four versions are the same match
  made_by       text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, job_id, candidate_id, job_version, cv_id, made_by)
);
CREATE INDEX matches_by_job ON matches (workspace_id, job_id, created_at DESC, id DESC);
CREATE INDEX matches_by_candidate ON matches (workspace_id, candidate_id, created_at DESC, id DESC);
CREATE INDEX matches_by_workspace ON matches (workspace_id, created_at DESC, id DESC);
CREATE INDEX matches_of_job ON matches (job_id);
CREATE INDEX matches_of_candidate ON matches (candidate_id);
CREATE INDEX matches_of_cv ON matches (cv_id);

-- knowledge ---------------------------------------------------------------------------------------------------------

CREATE TABLE sources (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  external_id   text,
  -- 'document' is an upload; 'cv' stands for an analysed CV, which is then in cv_id
  kind          text NOT NULL CHECK (kind IN ('document', 'cv')),
  cv_id         uuid REFERENCES cvs ON DELETE CASCADE,
  candidate_id  uuid REFERENCES candidates ON DELETE CASCADE,
  title         text NOT NULL,
  media_type    text,
  sha256        text NOT NULL,
  byte_size     integer NOT NULL,
  language      text,
  text          text,
  pages         jsonb,
  bytes         bytea,
  status        text NOT NULL CHECK (status IN ('queued', 'indexed', 'failed')),
  error         jsonb,
  task_id       uuid,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  indexed_at    timestamptz(3)
);
CREATE INDEX sources_by_workspace ON sources (workspace_id, created_at DESC, id DESC);
CREATE INDEX sources_by_kind ON sources (workspace_id, kind, created_at DESC, id DESC);
CREATE UNIQUE INDEX sources_by_cv ON sources (workspace_id, cv_id) WHERE cv_id IS NOT NULL;
CREATE UNIQUE INDEX sources_by_content ON sources (workspace_id, sha256) WHERE kind = 'document';
CREATE UNIQUE INDEX sources_by_external_id ON sources (workspace_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX sources_of_candidate ON sources (candidate_id);
CREATE INDEX sources_of_cv ON sources (cv_id);

CREATE TABLE chunks (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  source_id     uuid NOT NULL REFERENCES sources ON DELETE CASCADE,
  ordinal       integer NOT NULL,
  heading       text,
  page          integer NOT NULL,
  -- UTF-16 units into the text of the source
  start_offset  integer NOT NULL,
  end_offset    integer NOT NULL,
  text          text NOT NULL,
  language      text NOT NULL,
  fts           tsvector NOT NULL,
  fts_folded    tsvector NOT NULL,
  UNIQUE (source_id, ordinal)
);
CREATE INDEX chunks_by_fts ON chunks USING gin (workspace_id, fts);
CREATE INDEX chunks_by_fts_folded ON chunks USING gin (workspace_id, fts_folded);

CREATE TABLE rag_queries (
  id            uuid NOT NULL,
  workspace_id  uuid NOT NULL,
  created_at    timestamptz(3) NOT NULL,
  actor_id      text NOT NULL,
  question      text NOT NULL,
  language      text NOT NULL,
  mode          text NOT NULL CHECK (mode IN ('search', 'extractive', 'llm')),
  abstained     boolean NOT NULL,
  citations     jsonb NOT NULL,
  -- candidates whose CVs were cited, so that erasure finds the row
  candidate_ids uuid[] NOT NULL,
  agent_version_id uuid,
  provenance    jsonb NOT NULL,
  duration_ms   integer NOT NULL,
  tokens        integer,
  request_id    text,
  PRIMARY KEY (created_at, id)
) PARTITION BY RANGE (created_at);
CREATE INDEX rag_queries_by_workspace ON rag_queries (workspace_id, created_at DESC, id DESC);
CREATE INDEX rag_queries_by_candidate ON rag_queries USING gin (candidate_ids);

-- n8n executions ----------------------------------------------------------------------------------------------------

CREATE TABLE workflow_executions (
  id            uuid NOT NULL,
  workspace_id  uuid NOT NULL,
  instance      text NOT NULL,
  workflow_id   text NOT NULL,
  execution_id  text NOT NULL,
  status        text NOT NULL,
  started_at    timestamptz(3) NOT NULL,
  finished_at   timestamptz(3),
  duration_ms   integer,
  error_class   text,
  request_count integer NOT NULL DEFAULT 0,
  PRIMARY KEY (started_at, id)
) PARTITION BY RANGE (started_at);
CREATE INDEX workflow_executions_by_workspace ON workflow_executions (workspace_id, started_at DESC, id DESC);
CREATE INDEX workflow_executions_by_workflow ON workflow_executions (workspace_id, workflow_id, started_at DESC, id DESC);
CREATE INDEX workflow_executions_by_status ON workflow_executions (workspace_id, status, started_at DESC, id DESC);

-- monthly partitions -------------------------------------------------------------------------------------------------

-- Rows outside every month land here; it should stay empty (issue 4 watches it).
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
CREATE TABLE rag_queries_default PARTITION OF rag_queries DEFAULT;
CREATE TABLE workflow_executions_default PARTITION OF workflow_executions DEFAULT;

-- Makes the partition of the UTC month that holds `month`, named <table>_YYYYMM; does nothing when it is there. Rows of
-- that month that had to go to the default partition are moved into it, as it could not be attached otherwise.
CREATE FUNCTION ensure_month_partition(parent regclass, month timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  first_day timestamp := date_trunc('month', month AT TIME ZONE 'UTC');
  bounds text[] := ARRAY[first_day::text || '+00', (first_day + interval '1 month')::text || '+00'];
  child text := parent::text || '_' || to_char(first_day, 'YYYYMM');
  key_column text;
BEGIN
  IF to_regclass(child) IS NULL THEN
    SELECT a.attname INTO key_column FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
      WHERE p.partrelid = parent;
    EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
      parent::text || '_default', key_column, bounds[1], key_column, bounds[2], child);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, bounds[1], bounds[2]);
  END IF;
  RETURN child;
END $$;
