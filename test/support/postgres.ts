import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { startPostgresServer } from '../../scripts/lib/postgres.mjs';

export { whyNoPostgres } from '../../scripts/lib/postgres.mjs';

// The driver is the sidecar's; the root package has no dependencies.
const pg: typeof import('pg') = createRequire(new URL('../../sidecar/package.json', import.meta.url))('pg');

export interface PostgresForTests {
	/** The database "postgres" of the server, as superuser. */
	url: string;
	/** Removes the databases that were made, and the server when it is ours. */
	stop(): Promise<void>;
	/** See {@link createDatabase}. */
	createDatabase(options?: { template?: string }): Promise<string>;
}

/** A private PostgreSQL 17 with pgvector, or the server that TEST_DATABASE_URL names. */
export async function startPostgres(): Promise<PostgresForTests> {
	const given = process.env['TEST_DATABASE_URL'];
	const server = given ? { url: given, stop: async () => undefined } : await startPostgresServer();
	const made: string[] = [];
	return {
		url: server.url,
		async createDatabase(options) {
			const url = await createDatabase(server.url, options);
			made.push(url);
			return url;
		},
		async stop() {
			if (given) for (const url of made) await dropDatabase(url);
			await server.stop();
		},
	};
}

/**
 * Makes an empty database, or a copy of the database `template` (an URL, nobody connected to it: a copy
 * of a migrated database is much quicker than its migrations).
 * @returns its URL
 */
export async function createDatabase(serverUrl: string, { template }: { template?: string } = {}): Promise<string> {
	const name = `tm_${process.pid}_${randomBytes(6).toString('hex')}`;
	const copied = template ? ` TEMPLATE "${databaseOf(template)}" STRATEGY file_copy` : '';
	await administer(serverUrl, `CREATE DATABASE "${name}"${copied}`);
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	return url.href;
}

/** Drops a database and ends the connections to it. */
export async function dropDatabase(url: string): Promise<void> {
	const server = new URL(url);
	server.pathname = '/postgres';
	await administer(server.href, `DROP DATABASE IF EXISTS "${databaseOf(url)}" WITH (FORCE)`);
}

async function administer(serverUrl: string, sql: string): Promise<void> {
	const client = new pg.Client({ connectionString: serverUrl });
	await client.connect();
	try {
		await client.query(sql);
	} finally {
		await client.end();
	}
}

function databaseOf(url: string): string {
	return new URL(url).pathname.slice(1);
}
