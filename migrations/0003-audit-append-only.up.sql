-- The audit log only grows. First line: the role of the service has no right to change it (docs/audit.md). Second line,
-- also where one role owns everything: triggers that refuse every UPDATE, DELETE and TRUNCATE, without an exception.
-- What the running service needs of DDL becomes functions that run with the rights of the owner of the tables.

-- What did this person or program do: the question of most investigations.
CREATE INDEX audit_log_by_actor ON audit_log (workspace_id, actor_id, created_at DESC, id DESC);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- Row triggers of a partitioned table hold for every partition, also for those to come. ALWAYS: session_replication_role
-- does not switch them off.
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;

-- Statement triggers hold for the table they name only, so every partition has its own.
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_no_truncate;
DO $$
DECLARE
  child text;
BEGIN
  FOR child IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass LOOP
    EXECUTE format('CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', child);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_log_no_truncate', child);
  END LOOP;
END $$;

DROP FUNCTION ensure_month_partition(regclass, timestamptz);

-- Makes the partition of the UTC month that holds `month`, named <table>_YYYYMM; does nothing when it is there. Rows of
-- that month that had to go to the default partition come into it, as it could not be attached otherwise: the default
-- partition is made anew with the other rows and the old one dropped. That is DDL, which only an owner can do, and not
-- DELETE: so the triggers above need no exception that somebody else could use.
-- Runs as the owner of the tables. Names come from the list below and from a date, never from the caller.
CREATE FUNCTION ensure_month_partition(parent text, month timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first_day timestamp;
  since text;
  until text;
  child text;
  remainder text := parent || '_default';
  key_column text;
  has_rows boolean;
  made text;
BEGIN
  IF parent IS NULL OR parent NOT IN ('audit_log', 'rag_queries', 'workflow_executions') THEN
    RAISE EXCEPTION 'There is no table of that name which is partitioned by month.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF month IS NULL OR month < '2000-01-01 00:00:00+00' OR month >= '2100-01-01 00:00:00+00' THEN
    RAISE EXCEPTION 'A month lies between the years 2000 and 2099.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  first_day := date_trunc('month', month AT TIME ZONE 'UTC');
  since := to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00';
  until := to_char(first_day + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
  child := parent || '_' || to_char(first_day, 'YYYYMM');
  IF to_regclass(format('public.%I', child)) IS NOT NULL THEN
    RETURN child;
  END IF;
  SELECT a.attname INTO STRICT key_column FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE p.partrelid = format('public.%I', parent)::regclass;

  EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
  EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE %I >= %L AND %I < %L)', remainder, key_column, since, key_column, until) INTO has_rows;
  IF has_rows THEN
    -- Nobody writes into the old default partition once its rows are being copied.
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, remainder);
    EXECUTE format('INSERT INTO public.%I SELECT * FROM public.%I WHERE %I >= %L AND %I < %L', child, remainder, key_column, since, key_column, until);
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', parent || '_remade', parent);
    EXECUTE format('INSERT INTO public.%I SELECT * FROM public.%I WHERE %I < %L OR %I >= %L', parent || '_remade', remainder, key_column, since, key_column, until);
    EXECUTE format('DROP TABLE public.%I', remainder);
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', parent || '_remade', remainder);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I DEFAULT', parent, remainder);
  END IF;
  EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, child, since, until);
  IF parent = 'audit_log' THEN
    FOREACH made IN ARRAY CASE WHEN has_rows THEN ARRAY[child, remainder] ELSE ARRAY[child] END LOOP
      EXECUTE format('CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change()', made);
      EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER audit_log_no_truncate', made);
    END LOOP;
  END IF;
  RETURN child;
END $$;

-- Makes the partition of a registered embedding space, where it is missing; with `indexed` also its HNSW index (the
-- embedded database scans exactly: building HNSW there takes minutes). Runs as the owner of the tables: the dimensions
-- come from the space's row, the partition's name holds letters, digits and _ only.
CREATE FUNCTION ensure_space_partition(space text, indexed boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  width integer;
  child text;
  bound text;
BEGIN
  IF space IS NULL OR space !~ '^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}$' THEN
    RAISE EXCEPTION 'The id of an embedding space is 1 to 100 letters, digits and . _ : / @ + -.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT s.dimensions INTO width FROM public.embedding_spaces s WHERE s.id = space;
  -- 4000: what an HNSW index over halfvec holds
  IF width IS NULL OR width NOT BETWEEN 1 AND 4000 THEN
    RAISE EXCEPTION 'The embedding space is not registered with 1 to 4000 dimensions.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  child := 'embeddings_' || lower(regexp_replace(space, '[^A-Za-z0-9]', '_', 'g'));
  IF length(child) > 58 THEN
    child := left(child, 49) || '_' || left(md5(space), 8);
  END IF;
  IF to_regclass(format('public.%I', child)) IS NULL THEN
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.embeddings FOR VALUES IN (%L)', child, space);
  END IF;
  SELECT pg_get_expr(c.relpartbound, c.oid) INTO bound FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.oid = format('public.%I', child)::regclass AND i.inhparent = 'public.embeddings'::regclass;
  IF bound IS DISTINCT FROM format('FOR VALUES IN (%L)', space) THEN
    RAISE EXCEPTION 'Another embedding space has the table of this one: choose an id that differs in letters or digits.' USING ERRCODE = 'duplicate_table';
  END IF;
  IF indexed THEN
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON public.%I USING hnsw ((embedding::public.halfvec(%s)) public.halfvec_cosine_ops)', child || '_hnsw', child, width);
  END IF;
  RETURN child;
END $$;

-- Functions may be run by everybody unless told otherwise; db/grants.ts lets the role of the service in.
REVOKE ALL ON FUNCTION ensure_month_partition(text, timestamptz), ensure_space_partition(text, boolean), refuse_audit_change() FROM PUBLIC;
