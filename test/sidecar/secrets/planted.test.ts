/**
 * Must show 7: nothing secret and no CV text in logs, errors, tasks, metrics, events, deliveries and command lines, and no
 * secret in the database but hashed or sealed. One process at LOG_LEVEL=trace does everything there is, with planted
 * values; then every trace is searched for every value, in every form that code gives to a value (plantedFinder.ts).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import { migrate } from '../../../sidecar/src/platform/db/migrate.ts';
import { migratedTemplate } from '../../support/database.ts';
import { startLlm } from '../../support/llm.ts';
import type { ScriptedLlm } from '../../support/llm.ts';
import { startRedis } from '../../support/redis.ts';
import type { RedisForTests } from '../../support/redis.ts';
import { servicesOfThisRun, testMode } from '../../support/services.ts';
import { plantedIn } from './plantedFinder.ts';
import type { Planted } from './plantedFinder.ts';
import { brought, colleague, cvOf, fillLog, person, texts, travel } from './plantedJourney.ts';
import type { Journey } from './plantedJourney.ts';
import { childrenOf, commandLines, everyRow, filesIn, runTraced, startTraced } from './plantedProcess.ts';
import type { Running } from './plantedProcess.ts';

const { createClient } = createRequire(new URL('../../../sidecar/package.json', import.meta.url))('redis');
const random = (name: string) => `${name}-${randomBytes(18).toString('base64url')}`;

const folder = mkdtempSync(join(tmpdir(), 'talentmatch-planted-'));
const logs = join(folder, 'logs');
const scratch = join(folder, 'tmp');
const ofEnvironment = {
	bootstrapSecret: random('boot'), secretKey: randomBytes(32).toString('hex'), newSecretKey: randomBytes(32).toString('hex'), metricsToken: random('metrics'), llmKey: random('sk'), redisPassword: random('redis'), wrongDatabasePassword: random('wrong'), notAKey: random('nokey'),
};
const secrets: Planted[] = Object.entries(ofEnvironment).map(([what, value]) => ({ what, value }));
/** What is about people, or what people wrote. */
const personal: Planted[] = Object.entries({ ...person, colleagueName: colleague.name, colleagueEmail: colleague.email, ...texts }).map(([what, value]) => ({ what, value }));

let journey: Journey;
/** by where it was written */
const traces: Record<string, string> = {};
let rows: { table: string; row: string }[];
let deliveries: string;
const servers: Server[] = [];
let llm: ScriptedLlm;
let redis: RedisForTests | undefined;
let running: Running | undefined;

beforeAll(async () => {
	mkdirSync(scratch);
	llm = await startLlm();
	const received: string[] = [];
	const files = await serve((request) => (request.url?.startsWith('/cv.txt') ? { status: 200, body: cvOf({ ...person, sentence: `${person.sentence} a third time` }) } : { status: 404, body: `no ${request.url}` }));
	const receiver = await serve((request, body) => (received.push(`${JSON.stringify(request.headers)} ${body}`), { status: 204, body: '' }));
	const refuser = await serve((request, body) => (received.push(`${JSON.stringify(request.headers)} ${body}`), { status: 500, body: `${JSON.stringify(request.headers)} ${body} ${person.sentence}` }));
	const database = await prepareDatabase();
	const environment = {
		...database.environment, TALENTMATCH_DATA_DIR: join(folder, 'data'), TMPDIR: scratch, PORT: '0', LOG_LEVEL: 'trace', LOG_FORMAT: 'json', LOG_FILE: join(logs, 'sidecar.log'), LOG_FILE_MAX_MB: '1', LOG_FILE_KEEP: '50', MAX_UPLOAD_MB: '1',
		SECRET_KEY: ofEnvironment.secretKey, METRICS_TOKEN: ofEnvironment.metricsToken, BOOTSTRAP_CLIENT_ID: 'planted', BOOTSTRAP_CLIENT_SECRET: ofEnvironment.bootstrapSecret, RATE_LIMITS: 'auth=100', REFRESH_GRACE_SECONDS: '0',
		LLM_BASE_URL: llm.url, LLM_API_KEY: ofEnvironment.llmKey, LLM_MODEL: 'scripted', LLM_TIMEOUT_MS: '1000', OUTGOING_ALLOWED_HOSTS: '127.0.0.1', OPENAI_LOG: 'debug',
	};
	await failedStarts(environment);
	running = await startTraced(environment);
	await database.useRoles(['integration', 'admin']);
	journey = await travel({ url: running.url, clientId: 'planted', clientSecret: ofEnvironment.bootstrapSecret, metricsToken: ofEnvironment.metricsToken, llm, files, receiver, refuser });
	secrets.push(...journey.secrets);
	await fillLog(running.url, () => readdirSync(logs).length > 1);
	traces['the command lines'] = commandLines(running.child.pid as number);
	if (redis) traces['Redis'] = await everythingInRedis(redis.url);
	traces['the answers while the services are away'] = await breakServices(running, database);
	await running.stop();
	traces['stdout and stderr'] = running.said();
	await database.restore();
	const commands: [string, string[], Record<string, string>][] = [
		['keys', ['rotate', '--now'], {}], ['reencrypt', [], { SECRET_KEY: ofEnvironment.newSecretKey, SECRET_KEYS_RETIRED: ofEnvironment.secretKey }], ['keys', ['list'], { SECRET_KEY: ofEnvironment.newSecretKey }],
		['reencrypt', [], { SECRET_KEY: ofEnvironment.notAKey.repeat(3) }], ['user', ['--email', brought.wrongSecret], {}], ['credential', ['--role', brought.wrongSecret], {}],
	];
	for (const [index, [name, args, more]] of commands.entries()) {
		traces[`what command ${index}, ${name}, says`] = (await runTraced(`scripts/${name}.ts`, args, { ...environment, ...more })).said;
	}
	for (const { path, text } of filesIn(logs)) traces[`the log file ${path.slice(logs.length + 1)}`] = Buffer.from(text, 'latin1').toString('utf8');
	rows = await database.read();
	deliveries = received.join('\n');
}, 240_000);

afterAll(async () => {
	running?.child.kill('SIGKILL');
	for (const server of servers) server.close();
	await llm?.stop();
	await redis?.stop();
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the run reached what it was to reach', () => {
	const statuses = new Set(journey.exchanges.map(({ status }) => status));
	for (const status of [200, 201, 204, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500]) expect(statuses).toContain(status);
	const log = Object.entries(traces).filter(([where]) => where.startsWith('the log file'));
	expect(log.length).toBeGreaterThan(1);
	for (const sign of ['request failed unexpectedly', 'the language model did not answer', '"route":"createCv"', 'TalentMatch is ready', '"level":20']) expect(log.some(([, text]) => text.includes(sign)), sign).toBe(true);
	expect(rows.filter(({ table }) => table === 'event_deliveries').length).toBeGreaterThan(5);
	expect(rows.some(({ table, row }) => table === 'tasks' && row.includes('failed'))).toBe(true);
	expect(deliveries).toContain('cv.analysed');
	expect(traces['stdout and stderr']?.length).toBeGreaterThan(1000);
	expect(traces['the command lines']).toContain('main.ts');
	expect(traces['the answers while the services are away']).toMatch(/service_unavailable|fetch failed|internal_error/);
	for (const [where, text] of Object.entries(traces)) expect(text.length, where).toBeGreaterThan(where.startsWith('the log file') ? 0 : 20);
	if (redis) expect(traces['what a start says with a wrong database password']).toMatch(/no_such_role|authentication/);
	expect(secrets.length).toBeGreaterThan(30);
});

test('no output, log file, command line, command or Redis key holds a secret or anything personal', () => {
	expect(Object.entries(traces).flatMap(([where, text]) => plantedIn(text, [...secrets, ...personal]).map((hit) => `${where}: ${hit}`))).toEqual([]);
});

test('nothing speaks past the log', () => {
	const lines = (traces['stdout and stderr'] as string).split('\n').filter((line) => line !== '' && !line.startsWith('{"level":'));
	// Sequelize warns of a connection that broke within a transaction by console; what it says is searched like all else.
	const known = /^(?:The credential for n8n is in |(?:Rolling back|Committing) transaction [\w-]+ failed with error ")/;
	expect(lines.filter((line) => !known.test(line))).toEqual([]);
});

test('no error body holds a secret or anything personal', () => {
	// Why an agent is paused was written for those who then find it paused.
	const isTold = ({ what }: Planted, status: number) => what === 'pauseReason' && status === 409;
	const found = journey.exchanges.filter(({ status }) => status >= 400).flatMap(({ what, status, text }) => plantedIn(text, [...secrets, ...personal].filter((one) => !isTold(one, status))).map((hit) => `${what}: ${hit}`));
	expect(found).toEqual([]);
});

test('a secret is shown once: no other answer holds one', () => {
	const shownOnce = /^POST \/v1\/(?:oauth\/token|auth\/(?:login|invitation|password-reset)|invitations|invitations\/[\w-]+\/renew|users\/[\w-]+\/password-reset|clients|clients\/[\w-]+\/secrets|webhooks|webhooks\/[\w-]+\/rotate-secret) → 20\d$/;
	// The address of a webhook is told to those who may read webhooks.
	const isShown = ({ what }: Planted, path: string) => what === 'webhookUrlToken' && path.startsWith('/v1/webhooks');
	const found = journey.exchanges.filter(({ what }) => !shownOnce.test(what)).flatMap(({ what, path, text }) => plantedIn(text, secrets.filter((one) => !isShown(one, path))).map((hit) => `${what}: ${hit}`));
	expect(found).toEqual([]);
});

test('tasks, audit, agents, deliveries, metrics and the OpenAPI document tell of nobody', () => {
	const paths = ['/v1/tasks', '/v1/audit', '/v1/webhook-deliveries', '/metrics', '/openapi.json', '/docs', '/health', '/.well-known'];
	const read = journey.exchanges.filter(({ what, path }) => what.startsWith('GET ') && paths.some((start) => path.startsWith(start)));
	expect(new Set(read.filter(({ status }) => status === 200).map(({ path }) => paths.find((start) => path.startsWith(start)))).size).toBe(paths.length);
	expect(read.flatMap(({ what, text }) => plantedIn(text, personal).map((hit) => `${what}: ${hit}`))).toEqual([]);
});

test('webhooks are sent ids and counts', () => {
	expect(plantedIn(deliveries, [...secrets.filter(({ what }) => what !== 'webhookUrlToken'), ...personal])).toEqual([]);
});

test('the model is sent its key in the header alone', () => {
	const asked = llm.requests.map(({ body, path }) => `${path} ${JSON.stringify(body)}`).join('\n');
	expect(plantedIn(asked, secrets)).toEqual([]);
});

describe('in the database', () => {
	test('secrets stand hashed or sealed only', () => {
		const allowed = ({ what }: Planted, table: string) => what === 'webhookUrlToken' && table === 'webhooks';
		expect(rows.flatMap(({ table, row }) => plantedIn(row, secrets.filter((one) => !allowed(one, table))).map((hit) => `${table}: ${hit}`))).toEqual([]);
	});

	/** Where each value may stand; it stands in the first of them, or the run did not do what it says. */
	const ofTheCv = ['cvs', 'cv_files', 'candidates', 'sources', 'chunks', 'matches', 'rag_queries'];
	const homes: Record<string, string[]> = {
		name: ofTheCv, email: ofTheCv, phone: ofTheCv, street: ofTheCv, sentence: ofTheCv, fileName: ['cvs', 'sources', 'rag_queries'], colleagueName: ['users'], colleagueEmail: ['users'],
		question: ['rag_queries'], brokenQuestion: [], job: ['jobs', 'matches'], requirement: ['jobs', 'matches'], source: ['sources', 'chunks', 'rag_queries'], pauseReason: [], description: ['webhooks'],
	};
	test.each(personal.map((one): [string, Planted] => [one.what, one]))('%s stands in the tables it belongs to, and in no other', (what, one) => {
		const tables = [...new Set(rows.filter(({ row }) => plantedIn(row, [one]).length > 0).map(({ table }) => table))];
		const home = homes[what] as string[];
		expect(tables.filter((table) => !home.includes(table))).toEqual([]);
		if (home.length > 0) expect(tables).toContain(home[0]);
	});

	test('nothing is left of the erased person', () => {
		expect(rows.flatMap(({ table, row }) => plantedIn(row, journey.erased).map((hit) => `${table}: ${hit}`))).toEqual([]);
	});
});

test('no file that the process left behind holds a secret', () => {
	// The pages and the write-ahead log of the embedded database are among them.
	const left = [...filesIn(scratch), ...filesIn(join(folder, 'data'))].filter(({ path }) => !path.endsWith('/credential.json'));
	for (const { path, text } of left) expect(plantedIn(text, secrets.filter(({ what }) => what !== 'webhookUrlToken')), path).toEqual([]);
	for (const { path, text } of filesIn(scratch)) expect(plantedIn(text, personal), path).toEqual([]);
});

interface PreparedDatabase {
	environment: Record<string, string>;
	/** of a broken service: back again */
	restore(): Promise<void>;
	useRoles(roles: string[]): Promise<void>;
	/** cuts every connection and lets none in */
	shut?(): Promise<void>;
	read(): Promise<typeof rows>;
}

/** With constraints that no migration makes: a text that speaks of the marker fails in the statement, with all its values. */
const marker = ['jobs', 'cvs', 'sources'].map((table) => `ALTER TABLE ${table} ADD CHECK (text NOT LIKE '%Zerreissprobe%')`).concat("ALTER TABLE rag_queries ADD CHECK (question NOT LIKE '%Zerreissprobe%')", "ALTER TABLE users ADD CHECK (name NOT LIKE '%Zerreissprobe%')");

async function prepareDatabase(): Promise<PreparedDatabase> {
	const roles = (names: string[]) => `UPDATE clients SET roles = '{${names.join(',')}}' WHERE client_id = 'planted'`;
	if (testMode === 'embedded') {
		const open = async () => openDatabase({ dataDir: join(folder, 'data', 'database'), template: await migratedTemplate() });
		const with_ = async <T>(work: (db: Awaited<ReturnType<typeof open>>) => Promise<T>) => {
			const db = await open();
			try {
				return await work(db);
			} finally {
				await db.close();
			}
		};
		mkdirSync(join(folder, 'data'), { mode: 0o700 });
		await with_(async (db) => {
			for (const statement of marker) await db.query(statement);
			// The first client would be of role integration: a trigger makes it an administrator as well.
			await db.query("CREATE FUNCTION planted_admin() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.roles = ''{integration,admin}''; RETURN NEW; END'");
			await db.query("CREATE TRIGGER planted_admin BEFORE INSERT ON clients FOR EACH ROW WHEN (NEW.client_id = 'planted') EXECUTE FUNCTION planted_admin()");
		});
		return { environment: {}, useRoles: async () => {}, restore: async () => {}, read: () => with_(everyRow) };
	}
	const { databaseUrl, ownerUrl } = await servicesOfThisRun();
	for (const url of [databaseUrl, ownerUrl]) secrets.push({ what: 'a database password', value: decodeURIComponent(new URL(url).password) });
	redis = await startRedis();
	const administrator = createClient({ url: redis.url });
	await administrator.connect();
	await administrator.configSet('requirepass', ofEnvironment.redisPassword);
	administrator.destroy();
	const redisUrl = redis.url.replace('redis://', `redis://:${ofEnvironment.redisPassword}@`);
	const owner = await openDatabase({ url: ownerUrl, poolSize: 1 });
	await migrate(owner);
	for (const statement of marker) await owner.query(statement);
	const [{ name }] = (await owner.query<{ name: string }>('SELECT current_database() AS name')) as [{ name: string }];
	const service = decodeURIComponent(new URL(databaseUrl).username);
	return {
		environment: { DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl, REDIS_URL: redisUrl, QUEUE_NAME: `planted-${randomUUID().slice(0, 8)}` },
		useRoles: async (names) => void (await owner.query(roles(names))),
		async shut() {
			const db = await openDatabase({ url: databaseUrl, poolSize: 1 });
			try {
				await owner.query(`REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC, "${service}"`);
				await db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user AND datname = current_database()');
			} finally {
				await db.close();
			}
		},
		restore: async () => void (await owner.query(`GRANT CONNECT ON DATABASE "${name}" TO PUBLIC`)),
		async read() {
			try {
				return await everyRow(owner);
			} finally {
				await owner.close();
			}
		},
	};
}

/** Starts that fail say why, and not with what. */
async function failedStarts(environment: Record<string, string>): Promise<void> {
	const wrong = (url: string) => Object.assign(new URL(url), { username: 'no_such_role', password: ofEnvironment.wrongDatabasePassword }).href;
	const starts: Record<string, Record<string, string>> = {
		'a key that is none': { SECRET_KEY: ofEnvironment.notAKey.repeat(2) },
		'values of other variables': { DATABASE_URL: `postgres//tm:${ofEnvironment.wrongDatabasePassword}@db`, REDIS_URL: `http://:${ofEnvironment.redisPassword}@x`, PORT: ofEnvironment.metricsToken, LOG_LEVEL: ofEnvironment.llmKey, RATE_LIMITS: ofEnvironment.llmKey, CORS_ORIGINS: ofEnvironment.llmKey, LLM_BASE_URL: ofEnvironment.llmKey },
		...(environment['DATABASE_URL'] !== undefined && { 'a wrong database password': { DATABASE_URL: wrong(environment['DATABASE_URL']), AUTO_MIGRATE: 'false' } }),
	};
	for (const [what, more] of Object.entries(starts)) {
		const { code, said } = await runTraced('src/main.ts', [], { ...environment, ...more, LOG_FILE: '' });
		expect([what, code === 0]).toEqual([what, false]);
		expect(said.length).toBeGreaterThan(30);
		traces[`what a start says with ${what}`] = said;
	}
}

/** The database, and Redis, go away under requests that hold planted values. @returns all answers */
async function breakServices({ url, child }: Running, database: PreparedDatabase): Promise<string> {
	const ask = async () => {
		const answers = await Promise.all([
			fetch(`${url}/v1/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email: colleague.email, password: colleague.password }) }),
			fetch(`${url}/v1/me`, { headers: { Authorization: `Bearer ${journey.secrets.find(({ what }) => what === 'an access token')?.value}` } }),
			fetch(`${url}/v1/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'planted', client_secret: ofEnvironment.bootstrapSecret }) }),
			fetch(`${url}/health/ready`),
		].map((request) => request.then((response) => response.text()).catch((error: Error) => error.message)));
		return answers.join('\n');
	};
	let said = '';
	if (redis) {
		await redis.stop();
		said += await ask();
	}
	if (database.shut) {
		await database.shut();
		said += await ask();
		await redis?.start();
	} else {
		for (const pid of childrenOf(child.pid as number)) process.kill(pid, 'SIGKILL');
		said += await ask();
	}
	// The answers of a token endpoint that still worked are no errors.
	return said.replace(/\{"access_token"[^\n]*/g, '');
}

async function everythingInRedis(url: string): Promise<string> {
	const client = createClient({ url, password: ofEnvironment.redisPassword });
	await client.connect();
	try {
		const all: unknown[] = [];
		for (const key of await client.keys('*')) {
			const type = await client.type(key);
			all.push(key, type === 'hash' ? await client.hGetAll(key) : type === 'list' ? await client.lRange(key, 0, -1) : type === 'set' ? await client.sMembers(key) : type === 'zset' ? await client.zRange(key, 0, -1) : type === 'string' ? await client.get(key) : type);
		}
		return JSON.stringify(all);
	} finally {
		client.destroy();
	}
}

async function serve(answer: (request: import('node:http').IncomingMessage, body: string) => { status: number; body: string }): Promise<string> {
	const server = createServer(async (request, response) => {
		let body = '';
		for await (const part of request) body += String(part);
		const { status, body: told } = answer(request, body);
		response.writeHead(status, { 'Content-Type': 'text/plain' }).end(told);
	});
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
