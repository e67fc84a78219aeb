-- People beside programs: users, their sessions and refresh tokens, custom roles, rows and collections with access.

-- The installation's first workspace runs the installation: only there do permissions count that reach beyond one workspace.
ALTER TABLE workspaces
  ADD COLUMN is_operator boolean NOT NULL DEFAULT false,
  -- built-in roles that see no names and no contact data
  ADD COLUMN blind_roles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN disabled_at timestamptz(3);
UPDATE workspaces SET is_operator = true WHERE id = (SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1);
CREATE UNIQUE INDEX workspaces_one_operator ON workspaces (is_operator) WHERE is_operator;

-- Roles that a workspace makes for itself; the built-in ones are code (identity/permissions.ts).
CREATE TABLE roles (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  name          text NOT NULL,
  description   text,
  permissions   text[] NOT NULL,
  rows          text NOT NULL CHECK (rows IN ('own', 'assigned', 'workspace')),
  blind         boolean NOT NULL,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, name)
);

CREATE TABLE users (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  -- lower case; null when the person was deleted and only the id is left for the audit log
  email         text,
  name          text NOT NULL,
  -- null until the invitation is accepted
  password_hash text,
  password_changed_at timestamptz(3),
  roles         text[] NOT NULL,
  disabled_at   timestamptz(3),
  deleted_at    timestamptz(3),
  last_login_at timestamptz(3),
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, email)
);
CREATE INDEX users_by_workspace ON users (workspace_id, created_at DESC, id DESC);

-- Invitations and password resets: a link that works once. Only a hash of its token is kept.
CREATE TABLE one_time_links (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  purpose       text NOT NULL CHECK (purpose IN ('invitation', 'password-reset')),
  token_hash    text NOT NULL UNIQUE,
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  expires_at    timestamptz(3) NOT NULL,
  used_at       timestamptz(3),
  revoked_at    timestamptz(3)
);
CREATE INDEX one_time_links_by_workspace ON one_time_links (workspace_id, purpose, created_at DESC, id DESC);
CREATE INDEX one_time_links_of_user ON one_time_links (user_id);

-- A session is a family of refresh tokens.
CREATE TABLE sessions (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  device        text,
  -- /24 or /48 of the address, never the whole of it
  network       text,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at  timestamptz(3) NOT NULL DEFAULT now(),
  idle_expires_at timestamptz(3) NOT NULL,
  expires_at    timestamptz(3) NOT NULL,
  revoked_at    timestamptz(3),
  revoked_reason text
);
CREATE INDEX sessions_by_user ON sessions (workspace_id, user_id, created_at DESC, id DESC);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_ending ON sessions (expires_at);

CREATE TABLE refresh_tokens (
  -- SHA-256 of the token
  token_hash    text PRIMARY KEY,
  session_id    uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  used_at       timestamptz(3),
  child_hash    text
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

-- Access tokens that were revoked one by one; a row may go when its token would have expired anyway.
CREATE TABLE revoked_tokens (
  jti           uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  revoked_at    timestamptz(3) NOT NULL DEFAULT now(),
  expires_at    timestamptz(3) NOT NULL
);
CREATE INDEX revoked_tokens_ending ON revoked_tokens (expires_at);

-- Wrong passwords, by a keyed hash of account and network: the table names nobody.
CREATE TABLE login_attempts (
  key           text PRIMARY KEY,
  failures      integer NOT NULL,
  window_ends_at timestamptz(3) NOT NULL
);
CREATE INDEX login_attempts_ending ON login_attempts (window_ends_at);

-- Two live secrets a client let it change them without a gap.
CREATE TABLE client_secrets (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  client_id     uuid NOT NULL REFERENCES clients ON DELETE CASCADE,
  secret_hash   text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  expires_at    timestamptz(3)
);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id, created_at DESC);
INSERT INTO client_secrets (id, workspace_id, client_id, secret_hash, created_at) SELECT gen_random_uuid(), workspace_id, id, secret_hash, created_at FROM clients;
ALTER TABLE clients
  DROP COLUMN secret_hash,
  ADD COLUMN created_by text NOT NULL DEFAULT 'system',
  -- tokens issued before are refused
  ADD COLUMN tokens_not_before timestamptz(3);

CREATE TABLE job_assignments (
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  job_id        uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  -- a user or a client
  actor_id      uuid NOT NULL,
  assigned_by   text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, actor_id)
);
CREATE INDEX job_assignments_by_actor ON job_assignments (workspace_id, actor_id, job_id);

CREATE TABLE collections (
  id            uuid PRIMARY KEY,
  workspace_id  uuid NOT NULL REFERENCES workspaces,
  name          text NOT NULL,
  description   text,
  -- names of roles that may read its documents; null: everybody who may ask questions
  read_roles    text[],
  created_by    text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, name)
);
ALTER TABLE sources ADD COLUMN collection_id uuid REFERENCES collections;
CREATE INDEX sources_by_collection ON sources (workspace_id, collection_id, created_at DESC, id DESC);
CREATE INDEX sources_of_collection ON sources (collection_id);

-- What an actor of row scope "own" sees.
CREATE INDEX jobs_by_creator ON jobs (workspace_id, created_by, created_at DESC, id DESC);
CREATE INDEX cvs_by_creator ON cvs (workspace_id, created_by, created_at DESC, id DESC);
CREATE INDEX tasks_by_creator ON tasks (workspace_id, created_by, created_at DESC, id DESC);
