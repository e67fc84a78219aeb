DROP FUNCTION ensure_space_partition(text, boolean);
DROP FUNCTION ensure_month_partition(text, timestamptz);
-- with the triggers on the table and its partitions
DROP FUNCTION refuse_audit_change() CASCADE;
DROP INDEX audit_log_by_actor;

-- as in 0001
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
