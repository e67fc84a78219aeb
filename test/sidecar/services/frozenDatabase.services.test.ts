/** A PostgreSQL that takes connections and answers nothing any more, and one that is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPostgresServer } from '../../../scripts/lib/postgres.mjs';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import { startApp } from '../../support/app.ts';
import type { Answer, Caller, TestApp } from '../../support/app.ts';
import { createDatabase } from '../../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof startPostgresServer>>;
let app: TestApp;
let admin: Caller;

const startOn = (databaseUrl: string) => startApp({ DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: '', DATABASE_STATEMENT_TIMEOUT_MS: '1000', TALENTMATCH_ROLE: 'api' });

beforeAll(async () => {
	postgres = await startPostgresServer();
	app = await startOn(await createDatabase(postgres.url));
	admin = await app.clientWith(['admin']);
});
afterAll(async () => {
	await app?.close();
	await postgres?.stop();
});

const facts = ({ status, body, headers }: Answer) => [status, body.code, Number(headers.get('retry-after')) > 0];
const unavailable = [503, 'service_unavailable', true];
const read = () => admin.call('GET', '/v1/jobs');
const write = (name: string) => admin.call('POST', '/v1/collections', { name });

test('requests to a frozen database end as 503 while it is frozen, and work again when it goes on', async () => {
	expect((await read()).status).toBe(200);
	const thaw = postgres.freeze();
	try {
		// More than there are connections: the last ones wait for one.
		const answers = await Promise.all([write('In the ice'), ...Array.from({ length: 12 }, read)]);
		expect(answers.map(facts)).toEqual(answers.map(() => unavailable));
		expect(facts(await read()), 'over a connection that has to be made').toEqual(unavailable);
	} finally {
		thaw();
	}
	// Connections that were begun in the ice fail up to 10 s later, each for whoever waits for one then.
	await vi.waitFor(async () => expect((await read()).status).toBe(200), { timeout: 30_000, interval: 200 });
	await vi.waitFor(async () => expect((await write('After the ice')).status).toBe(201), { timeout: 30_000, interval: 200 });
});

test('a migration may take longer than a request', async () => {
	const url = await createDatabase(postgres.url);
	const other = await openDatabase({ url, poolSize: 1 });
	let started: TestApp | undefined;
	try {
		const start = await other.transaction(async () => {
			// The first migration makes this table too, and waits until it is known whether there is one already.
			await other.query('CREATE TABLE schema_migrations (name text PRIMARY KEY)');
			const starting = startOn(url);
			starting.catch(() => {});
			// Statement and silence together are 6 s.
			await sleep(8_000);
			await other.query('DROP TABLE schema_migrations');
			return { starting };
		});
		started = await start.starting;
		expect((await started.call('GET', '/v1/jobs')).status).toBe(200);
	} finally {
		await started?.close();
		await other.close();
	}
});

test('requests to a database that is away are answered 503', async () => {
	expect((await read()).status).toBe(200);
	await postgres.stop();
	expect(facts(await read())).toEqual(unavailable);
});
