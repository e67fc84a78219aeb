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

export interface PostgresRole {
	name: string;
	password: string;
}

/** `owner` owns databases and tables; `service` owns nothing. Neither is a superuser. */
export interface PostgresRoles {
	owner: PostgresRole;
	service: PostgresRole;
}

/** Roles are shared by all databases of a server, so every run makes its own. */
export async function createRoles(serverUrl: string): Promise<PostgresRoles> {
	const run = `${process.pid}_${randomBytes(4).toString('hex')}`;
	const role = (kind: string): PostgresRole => ({ name: `tm_${kind}_${run}`, password: randomBytes(12).toString('hex') });
	const roles = { owner: role('owner'), service: role('service') };
	for (const { name, password } of Object.values(roles)) await administer(serverUrl, `CREATE ROLE "${name}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '${password}'`);
	return roles;
}

/** With the databases that the owner has left, as they hold grants to the service. */
export async function dropRoles(serverUrl: string, { owner, service }: PostgresRoles): Promise<void> {
	const left = await administer(serverUrl, `SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '${owner.name}'`);
	for (const { datname } of left) await administer(serverUrl, `DROP DATABASE "${datname}" WITH (FORCE)`);
	for (const { name } of [service, owner]) await administer(serverUrl, `DROP ROLE "${name}"`);
}

/** The same database for another role. */
export function withRole(url: string, { name, password }: PostgresRole): string {
	const target = new URL(url);
	target.username = name;
	target.password = password;
	return target.href;
}

/**
 * Makes an empty database, or a copy of the database `template` (an URL, nobody connected to it: a copy
 * of a migrated database is much quicker than its migrations). With `owner` it belongs to that role, and has the extension
 * that only a superuser may make.
 * @returns its URL, with the role of `serverUrl`
 */
export async function createDatabase(serverUrl: string, { template, owner }: { template?: string; owner?: string } = {}): Promise<string> {
	const name = `tm_${process.pid}_${randomBytes(6).toString('hex')}`;
	const copied = template ? ` TEMPLATE "${databaseOf(template)}" STRATEGY file_copy` : '';
	await administer(serverUrl, `CREATE DATABASE "${name}"${owner ? ` OWNER "${owner}"` : ''}${copied}`);
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	if (owner) await administer(url.href, 'CREATE EXTENSION IF NOT EXISTS vector');
	return url.href;
}

/** Drops a database and ends the connections to it. */
export async function dropDatabase(url: string): Promise<void> {
	const server = new URL(url);
	server.pathname = '/postgres';
	await administer(server.href, `DROP DATABASE IF EXISTS "${databaseOf(url)}" WITH (FORCE)`);
}

async function administer(serverUrl: string, sql: string): Promise<any[]> {
	const client = new pg.Client({ connectionString: serverUrl });
	await client.connect();
	try {
		return (await client.query(sql)).rows;
	} finally {
		await client.end();
	}
}

function databaseOf(url: string): string {
	return new URL(url).pathname.slice(1);
}
