/** Limits as callers meet them. A unit comes back every 60/limit seconds, so counts are compared with the time that went by. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, startApp } from '../../support/app.ts';
import type { Answer, Caller, TestApp } from '../../support/app.ts';
import { metricOf } from './metricOf.ts';

const limits = { read: 8, write: 6, heavy: 5, auth: 20, public: 10 };
const metricsToken = 'metrics-token-of-the-test';

let app: TestApp;
beforeAll(async () => {
	app = await startApp({
		RATE_LIMITS: Object.entries(limits).map((pair) => pair.join('=')).join(','), RATE_LIMIT_WORKSPACE_FACTOR: '2', METRICS_TOKEN: metricsToken,
		// Tests speak for many addresses this way.
		TRUSTED_PROXIES: '127.0.0.1',
	});
});
afterAll(() => app?.close());

/** Each test has addresses of its own. */
let addresses = 0;
const newAddress = () => `203.0.113.${++addresses}`;
const from = (address: string) => ({ 'X-Forwarded-For': address });

interface Flood {
	passed: Answer[];
	refused: Answer[];
	seconds: number;
}

/** Sends more than the limit at once. */
async function flood(count: number, send: (i: number) => Promise<Answer>): Promise<Flood> {
	const began = performance.now();
	const answers = await Promise.all(Array.from({ length: count }, (_, i) => send(i)));
	return { passed: answers.filter(({ status }) => status !== 429), refused: answers.filter(({ status }) => status === 429), seconds: (performance.now() - began) / 1000 };
}

function expectLimit({ passed, refused, seconds }: Flood, limit: number, taken = 0): void {
	expect(passed.length).toBeGreaterThanOrEqual(limit - taken);
	expect(passed.length).toBeLessThanOrEqual(limit - taken + 1 + Math.floor((seconds * limit) / 60));
	expect(refused.length).toBeGreaterThan(0);
}

/** A client of a new workspace whose token came from an address of its own. */
async function newcomer(roles = ['admin']): Promise<Caller> {
	const caller = await app.otherWorkspace(roles);
	const { clientId, clientSecret } = caller.credential;
	const answer = await request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }, from(newAddress()));
	const token = answer.body.access_token as string;
	return { ...caller, token: async () => token, call: (method, path, body, headers = {}) => request(app.url, method, path, body, { Authorization: `Bearer ${token}`, ...headers }) };
}

describe('a client', () => {
	test.each([
		['read', 'GET', '/v1/jobs', undefined],
		['write', 'DELETE', `/v1/jobs/${randomUUID()}`, undefined],
		['heavy', 'POST', '/v1/rag/search', { query: 'welding' }],
	] as const)('has its own limit for routes of the class %s, and another client the whole of it again', async (rateClass, method, path, body) => {
		const [first, second] = [await newcomer(), await newcomer()];
		const result = await flood(limits[rateClass] + 10, () => first.call(method, path, body));
		expectLimit(result, limits[rateClass]);
		expect(result.passed.every(({ status }) => status < 429)).toBe(true);
		expect((await second.call(method, path, body)).status).not.toBe(429);
		// Another class is another quota.
		expect((await first.call('GET', '/v1/agents')).status).toBe(rateClass === 'read' ? 429 : 200);
	});

	test('is told what is left, and on 429 when to come back', async () => {
		const caller = await newcomer();
		const first = await caller.call('GET', '/v1/me');
		expect(first.status).toBe(200);
		expect(first.headers.get('ratelimit-policy')).toBe('"read";q=8;w=60, "workspace-read";q=16;w=60');
		expect(first.headers.get('ratelimit')).toMatch(/^"read";r=7;t=\d+, "workspace-read";r=15;t=\d+$/);
		expect(first.headers.get('retry-after')).toBeNull();

		const before = await metricOf(app, 'talentmatch_rate_limited_total', { class: 'read', who: 'actor' });
		const { refused } = await flood(20, () => caller.call('GET', '/v1/me'));
		const [answer] = refused as [Answer];
		expect(answer.headers.get('content-type')).toContain('application/problem+json');
		expect(answer.body).toMatchObject({ status: 429, code: 'too_many_requests', 'violated-policies': ['read'], requestId: answer.headers.get('x-request-id') });
		const wait = Number(answer.headers.get('retry-after'));
		expect(wait).toBeGreaterThanOrEqual(1);
		expect(wait).toBeLessThanOrEqual(60 / limits.read + 1);
		expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"read";r=0;t=${wait}, "workspace-read";r=\\d+;t=\\d+$`));
		expect(await metricOf(app, 'talentmatch_rate_limited_total', { class: 'read', who: 'actor' })).toBe(before + refused.length);
	});

	test('without the permission uses its limit up all the same', async () => {
		const caller = await newcomer([]);
		const { passed, refused } = await flood(limits.read + 10, () => caller.call('GET', '/v1/jobs'));
		expect([...new Set(passed.map(({ status }) => status))]).toEqual([403]);
		expect(refused.length).toBeGreaterThan(0);
	});

	test('over its limit learns nothing about what exists', async () => {
		const caller = await newcomer();
		await flood(limits.write + 6, () => caller.call('DELETE', `/v1/jobs/${randomUUID()}`));
		const answers = await flood(4, (i) => caller.call('PATCH', `/v1/jobs/${i % 2 === 0 ? randomUUID() : 'no-id'}`, { title: 'x' }));
		const [first, ...others] = answers.refused.map(({ body: { requestId: _, detail, ...body } }) => ({ ...body, detail: detail.replace(/Wait \d+ s/, '') }));
		for (const other of others) expect(other).toEqual(first);
	});

	test('shares the ceiling of its workspace with the others there, and with nobody else', async () => {
		const stranger = await newcomer();
		const [a, b, c] = await Promise.all([1, 2, 3].map(async () => {
			const caller = await app.clientWith(['admin']);
			await caller.token();
			return caller;
		})) as [Caller, Caller, Caller];
		const passed = (await Promise.all([a, b].map((caller) => flood(limits.read + 5, () => caller.call('GET', '/v1/agents'))))).map((result) => result.passed.length);
		expect(passed.every((count) => count >= limits.read)).toBe(true);
		const third = await flood(limits.read + 5, () => c.call('GET', '/v1/agents'));
		expect(third.passed.length).toBeLessThan(limits.read);
		expect(third.refused[0]?.body['violated-policies']).toEqual(['workspace-read']);
		expect((await stranger.call('GET', '/v1/agents')).status).toBe(200);
	});
});

describe('an address', () => {
	const login = (headers: Record<string, string>, id: string = randomUUID(), secret = 'a-secret-that-is-not-right') =>
		request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: id, client_secret: secret }, headers);

	test('asks for tokens up to its limit, and the answer after it is a problem that does not say whether a client exists', async () => {
		const address = newAddress();
		const caller = await newcomer();
		const { clientId, clientSecret } = caller.credential;
		const result = await flood(limits.auth + 12, (i) => login(from(address), i % 3 === 0 ? clientId : randomUUID(), i % 2 === 0 ? clientSecret : undefined));
		expectLimit(result, limits.auth);
		expect(new Set(result.refused.map(({ body: { requestId: _, detail, ...body } }) => JSON.stringify({ ...body, detail: detail.replace(/Wait \d+ s/, '') }))).size).toBe(1);
		expect(result.refused[0]?.headers.get('content-type')).toContain('application/problem+json');
		expect(Number(result.refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
		expect((await login(from(newAddress()), clientId, clientSecret)).status).toBe(200);
	});

	test('reads public routes up to its limit; probes of health and the token of Prometheus have none', async () => {
		const headers = from(newAddress());
		expectLimit(await flood(limits.public + 10, () => request(app.url, 'GET', '/.well-known/jwks.json', undefined, headers)), limits.public);
		expect((await flood(60, () => request(app.url, 'GET', '/health/live', undefined, headers))).refused).toEqual([]);
		const metrics = await flood(30, () => request(app.url, 'GET', '/metrics', undefined, { ...headers, Authorization: `Bearer ${metricsToken}` }));
		expect(metrics.passed.map(({ status }) => status)).toEqual(Array(30).fill(200));
	});

	test('that floods wrong tokens gets 429, while a right one from there still works and asks for new ones too', async () => {
		const address = newAddress();
		const caller = await newcomer();
		const right = await caller.token();
		const wrong = (i: number) => `Bearer ${right.slice(0, -6)}${String(i).padStart(6, 'A')}`;
		const result = await flood(limits.auth + 15, (i) => request(app.url, 'GET', '/v1/jobs', undefined, { ...from(address), Authorization: wrong(i) }));
		expectLimit(result, limits.auth);
		expect([...new Set(result.passed.map(({ status }) => status))]).toEqual([401]);
		expect(result.refused[0]?.body).toMatchObject({ code: 'too_many_requests', 'violated-policies': ['wrong-tokens'] });
		expect((await caller.call('GET', '/v1/jobs', undefined, from(address))).status).toBe(200);
		expect((await login(from(address), caller.credential.clientId, caller.credential.clientSecret)).status).toBe(200);
		expect((await request(app.url, 'GET', '/v1/jobs', undefined, { ...from(newAddress()), Authorization: wrong(0) })).status).toBe(401);
	});

	test('without a token is told so up to the limit of public routes, which it does not use up', async () => {
		const headers = from(newAddress());
		const result = await flood(limits.public + 10, () => request(app.url, 'GET', '/v1/jobs', undefined, headers));
		expectLimit(result, limits.public);
		expect([...new Set(result.passed.map(({ status }) => status))]).toEqual([401]);
		expect(result.passed[0]?.headers.get('www-authenticate')).toMatch(/^Bearer/);
		expect((await request(app.url, 'GET', '/.well-known/jwks.json', undefined, headers)).status).toBe(200);
	});

	test('of IPv6 is a whole /64', async () => {
		const result = await flood(limits.public + 10, (i) => request(app.url, 'GET', '/.well-known/jwks.json', undefined, from(`2001:db8:7:7:${(i + 1).toString(16)}::${i + 1}`)));
		expectLimit(result, limits.public);
		expect((await request(app.url, 'GET', '/.well-known/jwks.json', undefined, from('2001:db8:7:8::1'))).status).toBe(200);
	});
});

test('a client cannot choose its address by X-Forwarded-For', async () => {
	const direct = await startApp({ RATE_LIMITS: 'public=10' });
	try {
		expectLimit(await flood(25, (i) => request(direct.url, 'GET', '/.well-known/jwks.json', undefined, { 'X-Forwarded-For': `198.51.100.${i}`, 'X-Real-IP': `198.51.100.${i}`, Forwarded: `for=198.51.100.${i}` })), 10);
	} finally {
		await direct.close();
	}
});

test('a limit of 0 is none', async () => {
	const free = await startApp({ RATE_LIMITS: 'read=0,public=0' });
	try {
		const answers = await flood(60, () => free.call('GET', '/v1/agents'));
		expect(answers.refused).toEqual([]);
		expect(answers.passed[0]?.headers.get('ratelimit')).toBeNull();
	} finally {
		await free.close();
	}
});
