DROP FUNCTION ensure_month_partition(regclass, timestamptz);
DROP TABLE workflow_executions, rag_queries, chunks, sources, matches, jobs, embeddings, embedding_spaces, candidate_skills,
  cv_files, cvs, candidates, agent_runs, agent_labels, agent_versions, agents, event_deliveries, events, webhooks, tasks,
  audit_log, signing_keys, clients, workspaces CASCADE;
DROP TEXT SEARCH CONFIGURATION simple_folded;
DROP EXTENSION btree_gin, pg_trgm, unaccent, vector;
