import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, inject, test } from 'vitest';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { describeSchema } from '../../../sidecar/src/platform/db/describeSchema.ts';
import { migrate, migrateDown, pendingMigrations } from '../../../sidecar/src/platform/db/migrate.ts';
import { ensurePartitions, monthlyTables } from '../../../sidecar/src/platform/db/partitions.ts';
import { createDatabase } from '../../support/postgres.ts';
import { testMode } from '../../support/services.ts';

const open: Database[] = [];
afterEach(async () => {
	for (const db of open.splice(0)) await db.close();
});

/** One role does everything, as the downs drop extensions, which only a superuser can. @returns connections of as many processes as asked for to one empty database (the embedded one has one process) */
async function emptyDatabase(processes = 1): Promise<Database[]> {
	const target = testMode === 'services' ? { url: await createDatabase(inject('postgresUrl')) } : { dataDir: ':memory:' };
	const count = testMode === 'services' ? processes : 1;
	const found = await Promise.all(Array.from({ length: count }, () => openDatabase(target)));
	open.push(...found);
	return found;
}

test('up, down and up again gives the committed schema, with nothing left in between', async () => {
	const [db] = (await emptyDatabase()) as [Database];
	const committed = readFileSync(new URL('../../../migrations/schema.sql', import.meta.url), 'utf8');
	const all = await pendingMigrations(db);
	expect(await migrate(db)).toEqual(all);
	// Run `npm run sync:schema` when a migration changed it.
	expect(await describeSchema(db)).toBe(committed);

	expect(await migrateDown(db, 0)).toEqual([...all].reverse());
	const left = await db.query<{ name: string }>("SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v')");
	expect(left).toEqual([{ name: 'schema_migrations' }]);
	expect(await pendingMigrations(db)).toEqual(all);

	await migrate(db);
	expect(await describeSchema(db)).toBe(committed);
});

test('replicas that start at once run each migration once', async () => {
	const replicas = await emptyDatabase(3);
	const all = await pendingMigrations(replicas[0] as Database);
	const ran = await Promise.all([...replicas, ...replicas].map((db) => migrate(db)));
	expect(ran.flat()).toEqual(all);
	await Promise.all(replicas.map((db) => ensurePartitions(db, new Date())));
});

test('a database of a newer version is refused', async () => {
	const [db] = (await emptyDatabase()) as [Database];
	await migrate(db);
	await db.query("INSERT INTO schema_migrations (name) VALUES ('9999-future')");
	await expect(migrate(db)).rejects.toThrow(/newer version.*9999-future/);
	await expect(migrateDown(db, 0)).rejects.toThrow(/newer version/);
});

test('partitions reach three months ahead over the end of a year, and hold exactly the UTC month', async () => {
	const [db] = (await emptyDatabase()) as [Database];
	await migrate(db);
	const lastMoment = new Date('2026-11-30T23:59:59.999Z');
	await ensurePartitions(db, lastMoment);
	await ensurePartitions(db, lastMoment);
	const partitions = async (table: string) =>
		(await db.query<{ name: string }>('SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1', { bind: [table] })).map(({ name }) => name);
	for (const table of monthlyTables) {
		expect(await partitions(table)).toEqual(['202611', '202612', '202701', '202702', 'default'].map((month) => `${table}_${month}`));
	}

	const home = async (at: string) => {
		const [row] = await db.query<{ home: string }>(
			`INSERT INTO audit_log (id, workspace_id, created_at, actor_type, actor_id, action) VALUES (gen_random_uuid(), gen_random_uuid(), $1, 'system', 'x', 'test')
			 RETURNING tableoid::regclass::text AS home`, { bind: [at] });
		return row?.home;
	};
	expect(await home('2026-11-30T23:59:59.999Z')).toBe('audit_log_202611');
	expect(await home('2026-12-01T00:00:00Z')).toBe('audit_log_202612');
	expect(await home('2027-01-01T00:30:00+01:00')).toBe('audit_log_202612');
	expect(await home('2031-01-01T00:00:00Z')).toBe('audit_log_default');

	// Nobody made partitions in time: the rows move when it is made good, and the indexes are those of the table.
	await ensurePartitions(db, new Date('2031-01-15T00:00:00Z'));
	expect(await db.query('SELECT tableoid::regclass::text AS home FROM audit_log WHERE created_at > $1', { bind: ['2030-01-01'] })).toEqual([{ home: 'audit_log_203101' }]);
	const indexes = (table: string) => db.query<{ n: number }>('SELECT count(*) AS n FROM pg_index WHERE indrelid = $1::regclass', { bind: [table] });
	expect(await indexes('audit_log_203101')).toEqual(await indexes('audit_log'));
});

if (testMode === 'embedded') {
	test('a database in a folder is still there after a restart', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'tm-db-'));
		const first = await openDatabase({ dataDir: folder });
		await migrate(first);
		await first.close();
		const again = await openDatabase({ dataDir: folder });
		expect(await pendingMigrations(again)).toEqual([]);
		await again.close();
		rmSync(folder, { recursive: true });
	});
}
