import { createRequire } from 'node:module';
import { afterEach, expect, inject, test } from 'vitest';
import { createDatabase, dropDatabase } from './postgres.ts';
import { startRedis } from './redis.ts';
import type { RedisForTests } from './redis.ts';

const sidecar = createRequire(new URL('../../sidecar/package.json', import.meta.url));
const pg: typeof import('pg') = sidecar('pg');
const redis = sidecar('redis');

let mine: RedisForTests | undefined;
afterEach(async () => {
	await mine?.stop();
	mine = undefined;
});

test('PostgreSQL is 17 with pgvector and an HNSW index that is used', async () => {
	const url = await createDatabase(inject('postgresUrl'));
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	await client.query('CREATE EXTENSION vector; CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm');
	await client.query('CREATE TABLE points (id int, at halfvec(3))');
	await client.query('INSERT INTO points SELECT n, ARRAY[n, 1, 0]::real[]::halfvec FROM generate_series(1, 2000) n');
	await client.query('CREATE INDEX ON points USING hnsw (at halfvec_l2_ops); ANALYZE points');
	const search = "SELECT id FROM points ORDER BY at <-> '[70,1,0]' LIMIT 1";
	const plan = (await client.query(`EXPLAIN ${search}`)).rows.map((row) => row['QUERY PLAN']).join('\n');
	const version = (await client.query('SHOW server_version')).rows[0].server_version;
	const nearest = (await client.query(search)).rows;
	await client.end();
	await dropDatabase(url);

	expect(version).toMatch(/^1[7-9]\./);
	expect(plan).toContain('Index Scan');
	expect(nearest).toEqual([{ id: 70 }]);
});

test('a database can be made as a copy of another, and neither sees the other afterwards', async () => {
	const original = await createDatabase(inject('postgresUrl'));
	await query(original, 'CREATE TABLE notes (text text)');
	const copy = await createDatabase(inject('postgresUrl'), { template: original });
	await query(copy, "INSERT INTO notes VALUES ('only here')");
	expect(await query(original, 'SELECT * FROM notes')).toEqual([]);
	expect(await query(copy, 'SELECT * FROM notes')).toEqual([{ text: 'only here' }]);
	await Promise.all([original, copy].map(dropDatabase));
});

test('a private Redis can hang, stop, and come back empty on the same URL', async () => {
	mine = await startRedis();
	expect(await keysAfter(mine.url, (client) => client.set('a', '1'))).toEqual(['a']);

	mine.pause();
	const reply = keysAfter(mine.url);
	expect(await Promise.race([reply, after(300)])).toBe('nothing yet');
	mine.resume();
	expect(await reply).toEqual(['a']);

	await mine.restartEmpty();
	expect(await keysAfter(mine.url)).toEqual([]);

	await mine.stop();
	await expect(keysAfter(mine.url)).rejects.toThrow(/ECONNREFUSED/);
	await mine.start();
	expect(await keysAfter(mine.url)).toEqual([]);
});

async function query(url: string, sql: string) {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rows } = await client.query(sql);
	await client.end();
	return rows;
}

async function keysAfter(url: string, act: (client: any) => Promise<unknown> = async () => undefined): Promise<string[]> {
	const client = redis.createClient({ url, socket: { reconnectStrategy: false } });
	client.on('error', () => undefined);
	await client.connect();
	try {
		await act(client);
		return await client.keys('*');
	} finally {
		client.destroy();
	}
}

function after(ms: number): Promise<string> {
	return new Promise((resolve) => setTimeout(resolve, ms, 'nothing yet'));
}
