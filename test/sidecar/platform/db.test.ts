import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isUniqueViolation, openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { openTestDatabase } from '../../support/database.ts';
import { testMode } from '../../support/services.ts';

let db: Database;
const seen: string[] = [];
beforeAll(async () => {
	db = await openTestDatabase({ as: 'owner', acquireMs: 2_000, statementTimeoutMs: 1_000, onQuery: (sql) => seen.push(sql) });
	await db.query('CREATE TABLE notes (id bigint PRIMARY KEY, body text)');
});
afterAll(() => db?.close());

const xid = async () => (await db.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid'))[0]?.xid;
const count = async () => (await db.query<{ n: number }>('SELECT count(*) AS n FROM notes'))[0]?.n;

test('a query inside a transaction belongs to it without being told, also in parallel and in a nested one', async () => {
	await db.transaction(async () => {
		const outer = await xid();
		const others = await Promise.all([xid(), db.transaction(xid), sleep(5).then(xid)]);
		expect(others).toEqual([outer, outer, outer]);
	});
	expect(await xid()).not.toBe(await xid());
});

if (testMode === 'embedded') test('a query outside the open transaction would wait for its own end on the one connection', async () => {
	const outside = db.transaction(() => db.sequelize.query('SELECT 1', { transaction: null }));
	await expect(outside).rejects.toThrow(/acquire|timeout/i);
	expect(await count()).toBe(0);
});

test('a failed transaction leaves nothing, a nested failure fails the outer one, and work after it is outside again', async () => {
	const failed = db.transaction(async () => {
		await db.query('INSERT INTO notes VALUES (1)');
		await db.transaction(async () => {
			await db.query('INSERT INTO notes VALUES (2)');
			throw new Error('no');
		});
	});
	await expect(failed).rejects.toThrow('no');
	expect(await count()).toBe(0);
	expect(db.inTransaction).toBe(false);
});

test('work that outlives its transaction does not run on the connection it gave back', async () => {
	let late: Promise<string | undefined> | undefined;
	const inside = await db.transaction(async () => {
		late = sleep(30).then(xid);
		return xid();
	});
	expect(await late).not.toBe(inside);
});

test('afterCommit waits for the outermost commit, is dropped by a rollback, and runs at once without a transaction', async () => {
	const said: string[] = [];
	await db.transaction(async () => {
		await db.transaction(async () => db.afterCommit(() => said.push(`committed, inside: ${db.inTransaction}`)));
		said.push('end of the outer');
	});
	await db.transaction(async () => {
		db.afterCommit(() => said.push('never'));
		throw new Error('rolled back');
	}).catch(() => {});
	db.afterCommit(() => said.push('at once'));
	expect(said).toEqual(['end of the outer', 'committed, inside: false', 'at once']);
});

test('numbers are numbers where they are exact, times are UTC to the millisecond', async () => {
	const [row] = await db.query(
		`SELECT 7::bigint AS safe, 9007199254740993::bigint AS unsafe, 0.123456::numeric(7,6) AS score, '{1.5,2}'::numeric[] AS many,
		   12345678901234567.5::numeric AS long, '2026-03-01 12:00:00.123'::timestamptz(3) AS at, '{"a":[1]}'::jsonb AS json, $1::text[] AS list`,
		{ bind: [['a', 'b']] },
	);
	expect(row).toEqual({
		safe: 7, unsafe: '9007199254740993', score: 0.123456, many: [1.5, 2], long: '12345678901234567.5',
		at: new Date('2026-03-01T12:00:00.123Z'), json: { a: [1] }, list: ['a', 'b'],
	});
	const [task] = await db.query<{ type: string }>("SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'tasks'::regclass AND attname = 'created_at'");
	expect(task?.type).toBe('timestamp(3) with time zone');
});

test('a unique violation is told by its constraint, and shows no values to a logger', async () => {
	await db.query("INSERT INTO notes VALUES (10, 'first')");
	const error = await db.query("INSERT INTO notes VALUES (10, 'maria@example.org')").catch((thrown: unknown) => thrown);
	expect(isUniqueViolation(error)).toBe(true);
	expect(isUniqueViolation(error, 'notes_pkey')).toBe(true);
	expect(isUniqueViolation(error, 'other')).toBe(false);
	expect(JSON.stringify(error)).not.toContain('maria@example.org');
	expect(JSON.stringify({ ...(error as object) })).not.toContain('maria@example.org');
});

test('what is told about queries has no values in it', async () => {
	seen.length = 0;
	await db.query('SELECT :name::text', { replacements: { name: "O'Neil" } });
	expect(seen.at(-1)).toBe('SELECT ?::text');
});

if (testMode === 'services') test('a statement that takes too long is ended', async () => {
	await expect(db.query('SELECT pg_sleep(20)')).rejects.toThrow(/statement timeout/);
});

if (testMode === 'services') test('two processes do not do exclusive work at the same time', async () => {
	const second = await openDatabase({ url: databaseUrl(db), poolSize: 2 });
	let inside = 0;
	let most = 0;
	const work = async () => {
		most = Math.max(most, ++inside);
		await sleep(50);
		inside--;
	};
	await Promise.all([db, second, db, second].map((each) => each.exclusive('test', work)));
	await second.close();
	expect(most).toBe(1);
});

test('a database that cannot be reached is reported as an error, not waited for without end', async () => {
	await expect(openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', startupMs: 300 })).rejects.toThrow(/ECONNREFUSED/);
});

function databaseUrl({ sequelize }: Database): string {
	const { username, password, host, port, database } = sequelize.config;
	return `postgres://${username}:${password}@${host}:${port}/${database}`;
}
