/** Whatever role there is, by whatever way: a row of the audit log stays what it was. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { audit } from '../../../sidecar/src/identity/audit.ts';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { migrate } from '../../../sidecar/src/platform/db/migrate.ts';
import { ensurePartitions } from '../../../sidecar/src/platform/db/partitions.ts';
import { migratedTemplate } from '../../support/database.ts';
import { createDatabase } from '../../support/postgres.ts';
import { testMode } from '../../support/services.ts';

/** One role for everything, the embedded default; on PostgreSQL the worst case: a superuser. */
let db: Database;
beforeAll(async () => {
	if (testMode === 'embedded') {
		db = await openDatabase({ dataDir: ':memory:', template: await migratedTemplate() });
	} else {
		db = await openDatabase({ url: await createDatabase(inject('postgresUrl')), poolSize: 1 });
		await migrate(db);
	}
	await ensurePartitions(db, new Date());
	for (let n = 0; n < 3; n += 1) await audit(db, { workspaceId: randomUUID(), actor: { type: 'system', id: 'system' }, action: 'test.done', details: { n } });
	await insertAt('2041-05-05T00:00:00Z');
});
afterAll(() => db?.close());

const insertAt = (at: string) => db.query(
	"INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action) VALUES (gen_random_uuid(), gen_random_uuid(), :at, 'system', 'system', 'test.late')", { replacements: { at } },
);
const rows = async () => (await db.query<{ row: string }>('SELECT t::text AS row FROM audit_log t ORDER BY created_at, id')).map(({ row }) => row);
const homeOf = async (at: string) => (await db.query<{ home: string }>('SELECT tableoid::regclass::text AS home FROM audit_log WHERE created_at = :at', { replacements: { at } })).map(({ home }) => home);
const partitions = async () => (await db.query<{ name: string }>("SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_log'::regclass ORDER BY 1")).map(({ name }) => name);

async function expectRefused(statement: string): Promise<void> {
	const before = await rows();
	await expect(db.query(statement), statement).rejects.toThrow(/append-only/);
	expect(await rows(), statement).toEqual(before);
	expect(before.length).toBeGreaterThan(3);
}

const changes = (table: string) => [
	`UPDATE ${table} SET actor_id = 'somebody else'`,
	`UPDATE ${table} SET details = '{}' WHERE true`,
	`DELETE FROM ${table}`,
	`WITH gone AS (DELETE FROM ${table} RETURNING *) SELECT count(*) FROM gone`,
	`TRUNCATE ${table}`,
	`TRUNCATE ${table} CASCADE`,
	`MERGE INTO ${table} t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE`,
	`INSERT INTO ${table} SELECT * FROM ${table} ON CONFLICT (created_at, id) DO UPDATE SET actor_id = 'somebody else'`,
];

test('where one role owns everything, its triggers refuse every change of the log and of each of its partitions', async () => {
	for (const table of ['audit_log', ...(await partitions())]) {
		const [held] = await db.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
		// A row trigger has nothing to refuse in an empty partition.
		for (const statement of held?.n ? changes(table) : [`TRUNCATE ${table}`]) await expectRefused(statement);
	}
});

test('a session that calls itself a replica is refused too', async () => {
	const before = await rows();
	for (const change of changes('audit_log')) {
		const attempt = db.transaction(async () => {
			await db.query('SET LOCAL session_replication_role = replica');
			await db.query(change);
		});
		await expect(attempt, change).rejects.toThrow(/append-only/);
	}
	expect(await rows()).toEqual(before);
});

test('rows that came before their month had a partition move into it, unchanged, and are kept from change there too', async () => {
	const before = await rows();
	expect(await homeOf('2041-05-05T00:00:00Z')).toEqual(['audit_log_default']);
	await insertAt('2043-01-01T00:00:00Z');
	await ensurePartitions(db, new Date('2041-05-20T00:00:00Z'));
	expect(await homeOf('2041-05-05T00:00:00Z')).toEqual(['audit_log_204105']);
	expect(await homeOf('2043-01-01T00:00:00Z')).toEqual(['audit_log_default']);
	const after = await rows();
	expect(after.filter((row) => before.includes(row))).toEqual(before);
	expect(after.length).toBe(before.length + 1);
	for (const table of ['audit_log', 'audit_log_204105', 'audit_log_default']) for (const statement of changes(table)) await expectRefused(statement);
	await insertAt('2044-01-01T00:00:00Z');
	expect(await homeOf('2044-01-01T00:00:00Z')).toEqual(['audit_log_default']);
	// The remade default partition has the indexes of the table.
	const indexes = async (table: string) => (await db.query<{ n: number }>('SELECT count(*) AS n FROM pg_index WHERE indrelid = $1::regclass AND indisvalid', { bind: [table] }))[0]?.n;
	expect(await indexes('audit_log_default')).toBe(await indexes('audit_log_204105'));
});
