/** What stands in the database as a whole: to show that a refused request wrote nothing, and an erasure left nothing. */
import type { Database } from '../../sidecar/src/platform/db/database.ts';

/** Parents stand for their partitions. */
async function tables(db: Database): Promise<string[]> {
	const rows = await db.query<{ name: string }>(
		"SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname",
	);
	return rows.map(({ name }) => name);
}

/** A digest of all rows by table: equal before and after means that nothing was added, changed or removed. */
export async function contents(db: Database): Promise<Record<string, string>> {
	const digests: Record<string, string> = {};
	for (const table of await tables(db)) {
		const [row] = await db.query<{ digest: string }>(
			`SELECT count(*) || ' rows, ' || md5(coalesce(string_agg(md5(t::text), ',' ORDER BY md5(t::text)), '')) AS digest FROM "${table}" t`,
		);
		digests[table] = row?.digest ?? '';
	}
	return digests;
}

export async function countRows(db: Database): Promise<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const table of await tables(db)) counts[table] = (await db.query<{ n: number }>(`SELECT count(*) AS n FROM "${table}"`))[0]?.n ?? 0;
	return counts;
}

/** @returns `table: row` of every row, of any table, whose text in any column holds `needle` (any case); bytes are searched too */
export async function rowsWith(db: Database, needle: string): Promise<string[]> {
	const found: string[] = [];
	for (const table of await tables(db)) {
		const columns = await db.query<{ name: string; type: string }>(
			"SELECT column_name AS name, udt_name AS type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $table",
			{ bind: { table } },
		);
		const inBytes = columns.filter(({ type }) => type === 'bytea').map(({ name }) => `position($bytes::bytea IN "${name}") > 0`);
		const rows = await db.query<{ row: string }>(
			`SELECT left(t::text, 400) AS row FROM "${table}" t WHERE ${['position(lower($needle) IN lower(t::text)) > 0', ...inBytes].join(' OR ')}`,
			{ bind: { needle, ...(inBytes.length > 0 && { bytes: `\\x${Buffer.from(needle).toString('hex')}` }) } },
		);
		found.push(...rows.map(({ row }) => `${table}: ${row}`));
	}
	return found;
}

/** Waits until no task is queued or running, so that two looks at the database can be compared. */
export async function untilIdle(db: Database): Promise<void> {
	for (let looks = 0; looks < 600; looks += 1) {
		const [open] = await db.query<{ n: number }>("SELECT count(*) AS n FROM tasks WHERE status = 'running' OR (status = 'queued' AND run_at <= now() + interval '1 second')");
		if (open?.n === 0) return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error('tasks go on and on');
}
