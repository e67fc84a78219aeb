/** TLS to a real PostgreSQL and a real Redis that take nothing else, with certificates of an authority of the test. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgresServer } from '../../../scripts/lib/postgres.mjs';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import { callerOf, example, request, uploadCv } from '../../support/app.ts';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority, Certificate } from '../../support/certificates.ts';
import { createDatabase } from '../../support/postgres.ts';
import { startRedis } from '../../support/redis.ts';
import type { RedisForTests } from '../../support/redis.ts';

const credential = { workspaceId: '', clientId: 'transport', clientSecret: 'a-secret-for-the-transport-test' };
const main = new URL('../../../sidecar/src/main.ts', import.meta.url).pathname;

let authority: Authority;
let stranger: Authority;
let good: Certificate;
let postgres: Awaited<ReturnType<typeof startPostgresServer>>;
let redis: RedisForTests;
/** as the sidecar is given it, and with the authority in it, as this test process needs it */
let databaseUrl: string;
let ownUrl: string;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
	authority = createAuthority();
	stranger = createAuthority('Somebody else');
	good = authority.issue(['localhost', '127.0.0.1']);
	[postgres, redis] = await Promise.all([startPostgresServer({ tls: good }), startRedis({ ...good, caFile: authority.caFile })]);
	ownUrl = await createDatabase(`${postgres.url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(authority.caFile)}`);
	databaseUrl = withMode('verify-full');
});
afterAll(async () => {
	for (const child of processes) child.kill('SIGKILL');
	await Promise.all([postgres?.stop(), redis?.stop()]);
	authority?.remove();
	stranger?.remove();
});

function withMode(mode: string | null, host?: string): string {
	const url = new URL(ownUrl);
	url.search = mode === null ? '' : `?sslmode=${mode}`;
	if (host !== undefined) url.hostname = host;
	return url.href;
}

describe.each(['127.0.0.1', 'localhost'])('with the right authority, by %s', (host) => {
	test('the whole app works: a CV goes through the queue, and every connection is encrypted', async () => {
		const redisUrl = redis.url.replace('127.0.0.1', host);
		const { url, stop } = await start({ DATABASE_URL: withMode('verify-full', host), REDIS_URL: redisUrl, EXTRA_CA_FILE: authority.caFile });
		const app = callerOf(url, credential);
		await uploadCv(app, `${host}.txt`, Buffer.concat([example('cvs/callum-prewett.txt'), Buffer.from(`\n${host}\n`)]));
		const health = (await request(url, 'GET', '/health/ready')).body;
		expect(health.checks).toMatchObject({ database: { status: 'ok' }, queue: { status: 'ok', detail: 'redis' }, cache: { status: 'ok', detail: 'redis' } });
		const db = await openDatabase({ url: ownUrl });
		try {
			const connections = await db.query<{ ssl: boolean; version: string }>("SELECT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'talentmatch%'");
			expect(connections.length).toBeGreaterThan(1);
			for (const { ssl, version } of connections) expect([ssl, version]).toEqual([true, 'TLSv1.3']);
		} finally {
			await db.close();
		}
		await stop();
	});
});

describe('a start is refused, and the message says what to do,', () => {
	const trusting = () => ({ EXTRA_CA_FILE: authority.caFile });

	test('with a certificate of PostgreSQL that', async () => {
		const refusal = (environment: Record<string, string>) => refusalOf({ REDIS_URL: '', ...environment });
		const unknown = /PostgreSQL at 127\.0\.0\.1: its certificate is signed by an authority that is not trusted here.*EXTRA_CA_FILE/;
		expect(await refusal({}), 'has an authority that nobody named').toMatch(unknown);
		expect(await refusal({ EXTRA_CA_FILE: stranger.caFile }), 'has another authority than the one named').toMatch(unknown);
		expect(await refusal({ DATABASE_URL: withMode('verify-ca') }), 'has an authority that nobody named (verify-ca)').toMatch(unknown);
		await postgres.useCertificate(authority.issue(['localhost', '127.0.0.1'], { expired: true }));
		expect(await refusal(trusting()), 'has expired').toMatch(/PostgreSQL at 127\.0\.0\.1: its certificate has expired\. Renew it/);
		await postgres.useCertificate(authority.issue(['db.example.com']));
		expect(await refusal(trusting()), 'is for another host').toMatch(/PostgreSQL at 127\.0\.0\.1: its certificate is made out to another host name/);
		expect(await refusal({ ...trusting(), DATABASE_URL: withMode('verify-full', 'localhost') }), 'is for another host').toMatch(/PostgreSQL at localhost: its certificate is made out to another host name/);
		await postgres.useCertificate(good);
	});

	test('with a certificate of Redis that', async () => {
		const offered = async (certificate: Certificate, environment: Record<string, string>) => {
			const server = await startRedis({ ...certificate, caFile: authority.caFile });
			try {
				return await refusalOf({ REDIS_URL: server.url, ...environment });
			} finally {
				await server.stop();
			}
		};
		// PostgreSQL is reached by sslrootcert here, so that Redis alone is at fault.
		const database = { DATABASE_URL: ownUrl };
		expect(await offered(good, database), 'has an authority that nobody named').toMatch(/Redis at 127\.0\.0\.1: its certificate is signed by an authority that is not trusted here.*EXTRA_CA_FILE/);
		expect(await offered(good, { ...database, EXTRA_CA_FILE: stranger.caFile }), 'has another authority').toMatch(/Redis at .* not trusted here/);
		expect(await offered(authority.issue(['127.0.0.1'], { expired: true }), trusting()), 'has expired').toMatch(/Redis at 127\.0\.0\.1: its certificate has expired\. Renew it/);
		expect(await offered(authority.issue(['redis.example.com']), trusting()), 'is for another host').toMatch(/Redis at 127\.0\.0\.1: its certificate is made out to another host name/);
	});

	test('where PostgreSQL takes no connection in the clear, or sslmode is none', async () => {
		expect(await refusalOf({ ...trusting(), DATABASE_URL: withMode('disable') })).toMatch(/no encryption/);
		expect(await refusalOf({ ...trusting(), DATABASE_URL: withMode('verify_full') })).toMatch(/sslmode=verify_full in DATABASE_URL is none that there is\. Use verify-full/);
	});

	test('with a bundle of authorities that is none', async () => {
		expect(await refusalOf({ EXTRA_CA_FILE: '/nowhere/ca.pem' })).toMatch(/EXTRA_CA_FILE \/nowhere\/ca\.pem cannot be read \(ENOENT\)/);
		expect(await refusalOf({ EXTRA_CA_FILE: good.keyFile })).toMatch(/EXTRA_CA_FILE .* holds no PEM certificate/);
	});
});

test('a Redis without TLS on the port of rediss:// leaves the start to the ledger, and is named in a warning', async () => {
	const plain = await startRedis();
	const { child, output, ended } = launch({ EXTRA_CA_FILE: authority.caFile, REDIS_URL: plain.url.replace('redis:', 'rediss:') });
	try {
		await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended]);
		expect(output()).toMatch(/Redis does not answer over TLS/);
		expect(child.exitCode).toBe(null);
	} finally {
		child.kill('SIGKILL');
		await plain.stop();
	}
});

describe('sslmode', () => {
	const opened = async (url: string) => {
		const said: string[] = [];
		const log = { debug() {}, info() {}, warn: (_details: object, text: string) => void said.push(text), error() {} };
		const db = await openDatabase({ url, log, startupMs: 0 });
		try {
			const ssl = async () => (await db.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'))[0]?.ssl;
			const locked = await db.exclusive('transport', async () => (await db.query<{ ssl: boolean }>("SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'talentmatch-lock'"))[0]?.ssl);
			return { ssl: await ssl(), locked, said };
		} finally {
			await db.close();
		}
	};

	test('require encrypts without checking, as in libpq, and warns of it; the connection for locks too', async () => {
		expect(await opened(withMode('require'))).toEqual({ ssl: true, locked: true, said: [expect.stringMatching(/certificate of PostgreSQL is not checked.*sslmode=verify-full/)] });
	});

	test('verify-ca checks who signed, not for which host', async () => {
		await postgres.useCertificate(authority.issue(['db.example.com']));
		const root = `&sslrootcert=${encodeURIComponent(authority.caFile)}`;
		expect(await opened(withMode('verify-ca') + root)).toEqual({ ssl: true, locked: true, said: [] });
		await expect(opened(ownUrl)).rejects.toThrow(/made out to another host name/);
		await postgres.useCertificate(good);
		expect(await opened(ownUrl)).toEqual({ ssl: true, locked: true, said: [] });
	});

	test('require with sslrootcert checks who signed', async () => {
		await expect(opened(`${withMode('require')}&sslrootcert=${encodeURIComponent(stranger.caFile)}`)).rejects.toThrow(/not trusted here/);
	});
});

test('EXTRA_CA_FILE reaches fetch (the LLM) and node:https (webhooks, n8n), and takes nothing away', async () => {
	const server = createServer({ cert: good.cert, key: good.key }, (_request, response) => response.end('hello'));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `https://localhost:${(server.address() as AddressInfo).port}`;
	const program = (file: string | null) => `
		import { X509Certificate } from 'node:crypto';
		import { get } from 'node:https';
		import { getCACertificates } from 'node:tls';
		import { trustAuthorities } from ${JSON.stringify(new URL('../../../sidecar/src/platform/transport.ts', import.meta.url).href)};
		const count = () => new Set(getCACertificates('default').map((pem) => new X509Certificate(pem).fingerprint256)).size;
		const before = count();
		${file === null ? '' : `trustAuthorities(${JSON.stringify(file)}); trustAuthorities(${JSON.stringify(file)});`}
		const byFetch = await fetch(${JSON.stringify(url)}).then((answer) => answer.text(), (error) => error.cause.code);
		const byHttps = await new Promise((resolve) => get(${JSON.stringify(url)}, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', (error) => resolve(error.code)));
		console.log(JSON.stringify({ byFetch, byHttps, added: count() - before }));`;
	try {
		expect(await evaluate(program(authority.caFile))).toEqual({ byFetch: 'hello', byHttps: 200, added: 1 });
		for (const file of [null, stranger.caFile]) {
			const { byFetch, byHttps } = await evaluate(program(file));
			expect([byFetch, byHttps]).toEqual(Array(2).fill(expect.stringMatching(/^(UNABLE_TO_|SELF_SIGNED_)/)));
		}
	} finally {
		server.close();
	}
});

function launch(environment: Record<string, string>): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
	const child = spawn(process.execPath, [main], {
		env: {
			PATH: process.env['PATH'], DATABASE_URL: databaseUrl, REDIS_URL: redis.url, SECRET_KEY: 'c'.repeat(64), QUEUE_NAME: 'transport', PORT: '0', LOG_LEVEL: 'warn', LOG_FORMAT: 'json', TASK_RECONCILE_SECONDS: '300',
			BOOTSTRAP_CLIENT_ID: credential.clientId, BOOTSTRAP_CLIENT_SECRET: credential.clientSecret, ...environment,
		},
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
	});
	processes.add(child);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (output += data.toString()));
	const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
	return { child, output: () => output, ended };
}

async function start(environment: Record<string, string>): Promise<{ url: string; stop(): Promise<unknown> }> {
	const { child, output, ended } = launch(environment);
	const url = await new Promise<string>((resolve, reject) => {
		child.once('message', (message: { url: string }) => resolve(message.url));
		void ended.then((code) => reject(new Error(`the sidecar ended with code ${code}\n${output()}`)));
	});
	return {
		url,
		stop() {
			child.kill('SIGTERM');
			return ended;
		},
	};
}

/** @returns the last message of a sidecar that must not start */
async function refusalOf(environment: Record<string, string>): Promise<string> {
	const { child, output, ended } = launch(environment);
	child.once('message', () => child.kill('SIGKILL'));
	const code = await ended;
	if (code !== 1) return `it started, or ended with code ${code}: ${output()}`;
	return (JSON.parse(output().trim().split('\n').at(-1) as string) as { msg: string }).msg;
}

function evaluate(program: string): Promise<any> {
	const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
	let output = '';
	child.stdout.on('data', (data: Buffer) => (output += data.toString()));
	return new Promise((resolve, reject) => child.once('close', () => (output.startsWith('{') ? resolve(JSON.parse(output)) : reject(new Error(output)))));
}
