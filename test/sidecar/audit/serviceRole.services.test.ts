/** What an attacker can do who has the service's own database connection: nothing to a row of the audit log. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { audit } from '../../../sidecar/src/identity/audit.ts';
import { ensureSpace } from '../../../sidecar/src/language/vectors.ts';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { ensurePartitions } from '../../../sidecar/src/platform/db/partitions.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

const { owner: ownerRole, service: serviceRole } = inject('postgresRoles');
let app: TestApp;
let service: Database;
let owner: Database;
beforeAll(async () => {
	app = await startApp();
	service = app.services.db;
	owner = await openDatabase({ url: app.services.config.database.ownerUrl, poolSize: 1 });
	for (let n = 0; n < 3; n += 1) await audit(service, { workspaceId: app.credential.workspaceId, actor: { type: 'system', id: 'system' }, action: 'test.done', details: { n } });
	await insertAt('2041-05-05T00:00:00Z');
});
afterAll(async () => {
	await owner?.close();
	await app?.close();
});

const insertAt = (at: string) => service.query(
	"INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action) VALUES (gen_random_uuid(), gen_random_uuid(), :at, 'system', 'system', 'test.late')", { replacements: { at } },
);
/** Rows, partitions, triggers, owners, functions: all that keeps the log as it is. */
const state = async () => ({
	rows: await service.query('SELECT t::text AS row FROM audit_log t ORDER BY created_at, id'),
	tables: await service.query("SELECT relname, relowner::int, relkind::text, relispartition, relacl::text, pg_get_expr(relpartbound, oid) AS bound FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY oid"),
	triggers: await service.query('SELECT tgrelid::int, tgname, tgenabled::text, tgfoid::int FROM pg_trigger ORDER BY oid'),
	functions: await service.query("SELECT proname, proowner::int, proacl::text, prosrc, proconfig::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY oid"),
	roles: await service.query('SELECT rolname, rolsuper, rolcreaterole FROM pg_roles ORDER BY oid'),
	members: await service.query('SELECT roleid::int, member::int FROM pg_auth_members ORDER BY oid'),
});

const partition = 'audit_log_default';
const attacks: Record<string, string> = {
	'update': "UPDATE audit_log SET actor_id = 'nobody'",
	'update of no row': "UPDATE audit_log SET actor_id = 'nobody' WHERE false",
	'delete': 'DELETE FROM audit_log',
	'delete in a WITH': 'WITH gone AS (DELETE FROM audit_log RETURNING *) SELECT * FROM gone',
	'truncate': 'TRUNCATE audit_log',
	'truncate of all': 'TRUNCATE audit_log, tasks CASCADE',
	'upsert': "INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (created_at, id) DO UPDATE SET actor_id = 'nobody'",
	'merge': 'MERGE INTO audit_log t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE',
	'row locks that keep others waiting': 'SELECT * FROM audit_log FOR UPDATE',
	'a lock on the table': 'DO $$ BEGIN LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE; END $$',
	'insert into a partition': `INSERT INTO ${partition} SELECT * FROM audit_log`,
	'read of a partition': `SELECT * FROM ${partition}`,
	'update of a partition': `UPDATE ${partition} SET actor_id = 'nobody'`,
	'delete from a partition': `DELETE FROM ${partition}`,
	'truncate of a partition': `TRUNCATE ${partition}`,
	'drop of a partition': `DROP TABLE ${partition}`,
	'detaching a partition': `ALTER TABLE audit_log DETACH PARTITION ${partition}`,
	'a partition of its own': "CREATE TABLE mine PARTITION OF audit_log FOR VALUES FROM ('2050-01-01') TO ('2050-02-01')",
	'alter table': 'ALTER TABLE audit_log DROP COLUMN actor_id',
	'rename': 'ALTER TABLE audit_log RENAME TO audit_log_old',
	'taking the table over': `ALTER TABLE audit_log OWNER TO "${serviceRole.name}"`,
	'drop': 'DROP TABLE audit_log CASCADE',
	'drop trigger': 'DROP TRIGGER audit_log_append_only ON audit_log',
	'disable trigger': 'ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only',
	'disable all triggers': 'ALTER TABLE audit_log DISABLE TRIGGER ALL',
	'a trigger that swallows rows': `CREATE TRIGGER swallow BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
	'a rule': 'CREATE RULE swallow AS ON INSERT TO audit_log DO INSTEAD NOTHING',
	'a row policy': 'CREATE POLICY hide ON audit_log USING (false)',
	'row level security': 'ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY',
	'another body of the trigger': 'CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$',
	'drop function': 'DROP FUNCTION refuse_audit_change() CASCADE',
	'another search path of a definer function': 'ALTER FUNCTION ensure_month_partition(text, timestamptz) SET search_path = pg_temp',
	'calling the trigger function': 'SELECT refuse_audit_change()',
	'set role': `SET ROLE "${ownerRole.name}"`,
	'set role of the superuser': `SET ROLE "${new URL(inject('postgresUrl')).username}"`,
	'set session authorization': `SET SESSION AUTHORIZATION "${ownerRole.name}"`,
	'being a replica': 'SET session_replication_role = replica',
	'membership of the owner': `GRANT "${ownerRole.name}" TO "${serviceRole.name}"`,
	'being a superuser': `ALTER ROLE "${serviceRole.name}" SUPERUSER`,
	'a role of its own': 'CREATE ROLE mine SUPERUSER',
	'reassign owned': `REASSIGN OWNED BY "${ownerRole.name}" TO "${serviceRole.name}"`,
	'drop owned': `DROP OWNED BY "${ownerRole.name}"`,
	'copy from program': "COPY audit_log FROM PROGRAM 'true'",
	'copy to program': "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",
	'copy from a file': "COPY audit_log FROM '/etc/passwd'",
	'reading a file': "SELECT pg_read_file('/etc/passwd')",
	'importing a file': "SELECT lo_import('/etc/passwd')",
	'changing the catalogs': "UPDATE pg_catalog.pg_class SET relowner = 0 WHERE relname = 'audit_log'",
	'deleting the trigger from the catalogs': "DELETE FROM pg_catalog.pg_trigger WHERE tgname = 'audit_log_append_only'",
	'a table of its own': 'CREATE TABLE public.mine (id int)',
	'a function of its own': 'CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$',
	'a schema of its own': 'CREATE SCHEMA mine',
	'an extension': 'CREATE EXTENSION dblink',
	'an event trigger': 'CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION refuse_audit_change()',
	'forgetting a migration': 'DELETE FROM schema_migrations',
	'inventing a migration': "INSERT INTO schema_migrations (name) VALUES ('9999-mine')",
	'a code block': "DO $$ BEGIN EXECUTE 'DELETE FROM audit_log'; END $$",
	'dropping the database': `DROP DATABASE "postgres"`,
};

test.each(Object.entries(attacks))('the role of the service is refused: %s', async (_name, statement) => {
	const before = await state();
	expect(before.rows.length).toBeGreaterThan(3);
	await expect(service.query(statement)).rejects.toThrow(/permission denied|must be (owner|superuser|able)|must have|may (only|not)|only roles/i);
	expect(await state()).toEqual(before);
});

// PostgreSQL says "no privileges were granted" to these, as a warning.
test.each([`GRANT ALL ON audit_log TO "${serviceRole.name}"`, `GRANT UPDATE, DELETE ON ${partition} TO PUBLIC`, 'REVOKE INSERT ON audit_log FROM PUBLIC'])('nothing comes of: %s', async (statement) => {
	const before = await state();
	await service.query(statement).catch(() => undefined);
	expect(await state()).toEqual(before);
	await expect(service.query('DELETE FROM audit_log')).rejects.toThrow(/permission denied/);
});

describe('a function that runs as the owner', () => {
	const month = '2026-01-01T00:00:00Z';
	const hostileMonth: [string, string | null, string | null][] = [
		['the default partition', 'audit_log_default', month], ['a table that is not by month', 'tasks', month], ['another partitioned table', 'embeddings', month],
		['a catalog', 'pg_class', month], ['a qualified name', 'public.audit_log', month], ['a quoted name', '"audit_log"', month], ['capitals', 'AUDIT_LOG', month],
		['an end of the statement', "audit_log'; DROP TABLE audit_log; --", month], ['a format', '%I%s%L', month], ['nothing', null, month], ['an empty name', '', month],
		['no month', 'audit_log', null], ['infinity', 'audit_log', 'infinity'], ['the end of the other infinity', 'audit_log', '-infinity'], ['a year before', 'audit_log', '1999-12-31T23:59:59Z'], ['a year after', 'audit_log', '2100-01-01T00:00:00Z'],
	];
	test.each(hostileMonth)('makes no month for %s', async (_what, table, at) => {
		const before = await state();
		await expect(service.query('SELECT ensure_month_partition($1::text, $2::timestamptz)', { bind: [table, at] })).rejects.toThrow(/no table of that name|between the years/);
		expect(await state()).toEqual(before);
	});

	test('looks at no table of the caller, whatever its search path', async () => {
		const before = await state();
		await service.transaction(async () => {
			await service.query('CREATE TEMP TABLE embedding_spaces (id text, dimensions int) ON COMMIT DROP');
			await service.query("INSERT INTO pg_temp.embedding_spaces VALUES ('planted', 8)");
			await service.query('CREATE TEMP TABLE audit_log_default (id uuid, created_at timestamptz(3)) ON COMMIT DROP');
			await service.query('SET LOCAL search_path = pg_temp, public');
			await service.query('SAVEPOINT attempt');
			await expect(service.query("SELECT public.ensure_space_partition('planted', true)")).rejects.toThrow(/not registered/);
			await service.query('ROLLBACK TO attempt');
			expect(await service.query("SELECT public.ensure_month_partition('rag_queries', '2045-03-03')")).toEqual([{ ensure_month_partition: 'rag_queries_204503' }]);
		});
		const after = await state();
		expect(after.rows).toEqual(before.rows);
		expect(after.tables.filter(({ relname }) => !String(relname).startsWith('rag_queries_204503'))).toEqual(before.tables);
	});

	test.each([
		['a space that is not registered', 'nowhere'], ['an end of the statement', "x'); DROP TABLE audit_log; --"], ['a quoted name', '"audit_log"'], ['a line break', 'x\ny'],
		['a name of 101 letters', 'x'.repeat(101)], ['nothing', null], ['too many dimensions', 'too-wide'], ['no dimension', 'no-dimension'], ['the table of another space', 'INBOX.hre1-128'],
	])('makes no table for %s', async (_what, space) => {
		const dimensions = { 'too-wide': 4001, 'no-dimension': 0, 'INBOX.hre1-128': 128 }[space ?? ''];
		if (dimensions !== undefined || (space ?? '').includes("'")) {
			await service.query("INSERT INTO embedding_spaces (id, provider, model, revision, dimensions, kinds) VALUES ($1, 'x', 'x', 'x', $2, '{label}')", { bind: [space, dimensions ?? 8] });
		}
		const before = await state();
		await expect(service.query('SELECT ensure_space_partition($1::text, true)', { bind: [space] })).rejects.toThrow(/id of an embedding space|not registered|Another embedding space/);
		expect(await state()).toEqual(before);
	});

	test('makes a month and moves the rows that waited for it', async () => {
		const rows = () => service.query('SELECT t::text AS row FROM audit_log t ORDER BY created_at, id');
		const before = await rows();
		await ensurePartitions(service, new Date('2041-05-20T00:00:00Z'));
		expect(await service.query("SELECT tableoid::regclass::text AS home FROM audit_log WHERE created_at = '2041-05-05T00:00:00Z'")).toEqual([{ home: 'audit_log_204105' }]);
		expect(await rows()).toEqual(before);
		for (const table of ['audit_log_204105', 'audit_log_default']) await expect(service.query(`DELETE FROM ${table}`)).rejects.toThrow(/permission denied/);
		await insertAt('2047-01-01T00:00:00Z');
		expect(await service.query("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'audit_log_204105'")).toEqual([{ owner: ownerRole.name }]);
	});

	test('makes the table of a space, with its index, for the service to fill and to read', async () => {
		const space = { id: `test-${randomUUID().slice(0, 8)}`, provider: 'openai' as const, model: 'test', revision: '1', dimensions: 4, kinds: ['label' as const] };
		await Promise.all([1, 2, 3].map(() => ensureSpace({ db: service }, space)));
		await service.query("INSERT INTO embeddings (space_id, workspace_id, owner_type, owner_id, facet, ordinal, embedding) VALUES (:id, gen_random_uuid(), 'job', gen_random_uuid(), 'title', 0, '[1,0,0,0]')", { replacements: { id: space.id } });
		expect(await service.query('SELECT owner_type FROM embeddings WHERE space_id = :id', { replacements: { id: space.id } })).toEqual([{ owner_type: 'job' }]);
		const name = `embeddings_${space.id.replaceAll('-', '_')}`;
		expect(await service.query('SELECT indexdef FROM pg_indexes WHERE tablename = :name AND indexdef LIKE :hnsw', { replacements: { name, hnsw: '%hnsw%(4)%' } })).toHaveLength(1);
		await expect(service.query(`SELECT * FROM ${name}`)).rejects.toThrow(/permission denied/);
	});
});

test('the role of the service writes and reads the log', async () => {
	const workspaceId = randomUUID();
	const id = await audit(service, { workspaceId, actor: { type: 'user', id: randomUUID() }, action: 'test.done' });
	expect(await service.query('SELECT id FROM audit_log WHERE workspace_id = :workspaceId', { replacements: { workspaceId } })).toEqual([{ id }]);
});

test('it has DML on every table, less on the log and the list of migrations, and nothing on partitions and else', async () => {
	const granted = await owner.query<{ name: string; kind: string; partition: boolean; rights: string }>(
		`SELECT c.relname AS name, c.relkind::text AS kind, c.relispartition AS partition,
		   array_to_string(ARRAY(SELECT a.privilege_type FROM aclexplode(c.relacl) a WHERE a.grantee = $role::regrole ORDER BY 1), ' ') AS rights
		 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`, { bind: { role: `"${serviceRole.name}"` } },
	);
	expect(granted.length).toBeGreaterThan(30);
	for (const { name, partition: isPartition, rights } of granted) {
		const due = isPartition ? '' : ({ audit_log: 'INSERT SELECT', schema_migrations: 'SELECT' }[name] ?? 'DELETE INSERT SELECT UPDATE');
		expect({ name, rights }).toEqual({ name, rights: due });
	}
});

test('the owner itself meets the triggers', async () => {
	for (const statement of ["UPDATE audit_log SET actor_id = 'nobody'", 'DELETE FROM audit_log', 'TRUNCATE audit_log', `TRUNCATE ${partition}`]) await expect(owner.query(statement)).rejects.toThrow(/append-only/);
});

/** That the service may not do it is what protects the log: so two roles, not one. */
test('the owner could take the triggers away, and then change the log', async () => {
	const undo = owner.transaction(async () => {
		await owner.query('ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only');
		expect((await owner.query('DELETE FROM audit_log RETURNING id')).length).toBeGreaterThan(3);
		throw new Error('rolled back');
	});
	await expect(undo).rejects.toThrow('rolled back');
	await expect(owner.query('DELETE FROM audit_log')).rejects.toThrow(/append-only/);
});
