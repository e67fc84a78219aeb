/** Must show 1: signing keys are rotated under load on three API processes and no token is refused wrongly; then one has leaked. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { rotateSigningKey } from '../../../sidecar/src/identity/rotateSigningKey.ts';
import { openDatabase } from '../../../sidecar/src/platform/db/database.ts';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { secretKeysOf } from '../../../sidecar/src/platform/secretKeys.ts';
import { createSecretBox } from '../../../sidecar/src/platform/secrets.ts';
import { callerOf, request } from '../../support/app.ts';
import { servicesOfThisRun } from '../../support/services.ts';

const sidecar = (path: string) => new URL(`../../../sidecar/${path}`, import.meta.url).pathname;
const credential = { workspaceId: '', clientId: 'rotation-drill', clientSecret: 'a-secret-for-the-rotation-drill' };
const clients = 24;
const leadSeconds = 10;

let db: Database;
let services: Parameters<typeof rotateSigningKey>[0];
let urls: string[];
let environment: Record<string, string>;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
	const { databaseUrl, ownerUrl, redisUrl } = await servicesOfThisRun();
	environment = {
		DATABASE_URL: databaseUrl, DATABASE_OWNER_URL: ownerUrl, REDIS_URL: redisUrl, SECRET_KEY: 'c'.repeat(64), QUEUE_NAME: `drill-${randomUUID().slice(0, 8)}`, PORT: '0', LOG_LEVEL: 'error', LOG_FORMAT: 'json',
		SIGNING_KEY_LEAD_SECONDS: `${leadSeconds}`, TOKEN_TTL_SECONDS: '30', RATE_LIMITS: 'read=0,auth=0,public=0', RATE_LIMIT_WORKSPACE_FACTOR: '0',
		BOOTSTRAP_CLIENT_ID: credential.clientId, BOOTSTRAP_CLIENT_SECRET: credential.clientSecret,
	};
	urls = await Promise.all([start(), start(), start()]);
	db = await openDatabase({ url: databaseUrl, poolSize: 1 });
	const config = loadConfig(environment);
	services = { db, config, secretBox: createSecretBox(await secretKeysOf(config)) };
});

afterAll(async () => {
	for (const child of processes) child.kill('SIGKILL');
	await db?.close();
});

test('no token is refused in staged rotations, and every old one within five seconds of a rotation at once', async () => {
	const drill = startLoad();
	for (let rotation = 0; rotation < 3; rotation++) {
		const pause = sleep(5_000);
		await rotateSigningKey(services, { atOnce: false });
		await pause;
	}
	// Until the last of the new keys has signed for a while.
	const [last] = await db.query<{ milliseconds: number }>('SELECT (extract(epoch FROM max(activates_at) - clock_timestamp()) * 1000)::float8 AS milliseconds FROM signing_keys');
	await sleep((last as { milliseconds: number }).milliseconds + 4_000);
	const { answers, signers } = await drill.stop();
	const stages = await db.query<{ kid: string }>('SELECT kid FROM signing_keys ORDER BY activates_at');
	console.log(`${drill.count()} requests of ${clients} clients over ${stages.length} keys; tokens by key: ${[...signers.values()].join(', ')}; answers: ${JSON.stringify(answers)}`);
	expect(stages).toHaveLength(4);
	expect([...signers.keys()].sort()).toEqual(stages.map(({ kid }) => kid).sort());
	expect(drill.count()).toBeGreaterThan(500);
	expect(answers).toEqual({ 200: drill.count() });

	const old = (await Promise.all(urls.map((url) => Promise.all([1, 2, 3].map(() => tokenOf(url)))))).flat();
	const uses = old.flatMap((token) => urls.map((url) => ({ token, url, lastAccepted: 0, refusals: 0, codes: new Set<string>() })));
	for (const use of uses) expect((await me(use.url, use.token)).status).toBe(200);
	let ended = false;
	const watching = uses.map(async (use) => {
		while (!ended) {
			const sentAt = Date.now();
			const { status, body } = await me(use.url, use.token);
			if (status === 200) Object.assign(use, { lastAccepted: sentAt, refusals: 0 });
			else {
				use.codes.add(`${status} ${body.code}`);
				use.refusals++;
			}
			await sleep(50);
		}
	});
	await keys('rotate', '--now');
	await sleep(5_500);
	ended = true;
	await Promise.all(watching);
	const [rotated] = await db.query<{ at: Date }>('SELECT max(retires_at) AS at FROM signing_keys WHERE retires_at <= now()');
	const slowest = Math.max(...uses.map(({ lastAccepted }) => lastAccepted)) - (rotated as { at: Date }).at.getTime();
	console.log(`rotation at once: ${old.length} old tokens on ${urls.length} processes, the last one was accepted ${slowest} ms after it`);
	expect(slowest).toBeLessThan(5_000);
	for (const use of uses) expect(use.refusals).toBeGreaterThan(0);
	expect([...new Set(uses.flatMap(({ codes }) => [...codes]))]).toEqual(['401 unauthenticated']);
	for (const from of urls) {
		const token = await tokenOf(from);
		for (const url of urls) expect((await me(url, token)).status).toBe(200);
	}
}, 120_000);

/** Each client fetches a token from one process and uses it on the others, also when it is old. */
function startLoad() {
	let going = true;
	let count = 0;
	const answers: Record<string, number> = {};
	const signers = new Map<string, number>();
	const loops = Array.from({ length: clients }, async (_, client) => {
		for (let round = 0; going; round++) {
			const from = urls[(client + round) % urls.length] as string;
			const token = await tokenOf(from);
			const kid = JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()).kid as string;
			signers.set(kid, (signers.get(kid) ?? 0) + 1);
			// Half of the tokens are used at once, the others over half of their life of 30 s.
			const until = Date.now() + (client % 2 === 0 ? 0 : 15_000);
			for (let use = 0; use < 6 || (going && Date.now() < until); use++) {
				const { status, body } = await me(urls[(client + round + 1 + (use % 2)) % urls.length] as string, token);
				const answer = status === 200 ? '200' : `${status} ${body.code}`;
				answers[answer] = (answers[answer] ?? 0) + 1;
				count++;
				await sleep(20);
			}
		}
	});
	return {
		count: () => count,
		async stop() {
			going = false;
			await Promise.all(loops);
			return { answers, signers };
		},
	};
}

const tokenOf = (url: string) => callerOf(url, credential).token();
const me = (url: string, token: string) => request(url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${token}` });

/** `npm run keys -- …`, on this database. */
async function keys(...args: string[]): Promise<string> {
	return (await promisify(execFile)(process.execPath, [sidecar('scripts/keys.ts'), ...args], { env: { PATH: process.env['PATH'], ...environment } })).stdout;
}

/** @returns the URL of an API process */
async function start(): Promise<string> {
	const child = spawn(process.execPath, [sidecar('src/main.ts')], { env: { PATH: process.env['PATH'], TALENTMATCH_ROLE: 'api', ...environment }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
	processes.add(child);
	return new Promise((resolve, reject) => {
		child.once('message', (message: { url: string }) => resolve(message.url));
		child.once('exit', (code) => reject(new Error(`the process ended with code ${code}`)));
	});
}
