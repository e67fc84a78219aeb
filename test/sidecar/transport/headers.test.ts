/** The headers of every kind of answer, and who may call from a browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../sidecar/src/config.ts';
import { defineRoute, ok } from '../../../sidecar/src/platform/route.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { frontDoor, send } from './support.ts';
import type { Listening, RawAnswer } from './support.ts';

const friend = 'https://hr.example.com';
let app: TestApp;
let door: Listening;
beforeAll(async () => {
	app = await startApp();
	const failing = defineRoute({
		id: 'fail', method: 'get', path: '/v1/fail', permission: 'authenticated', tag: 'Test', summary: 'Fails', rate: 'read', responses: { 200: { description: 'Never' } },
		handler: async (_ctx, _input, http) => {
			http.set('Cache-Control', 'public, max-age=600');
			throw new Error('inside');
		},
	});
	const cached = defineRoute({ id: 'cached', method: 'get', path: '/v1/cached', permission: 'authenticated', tag: 'Test', summary: 'May be stored', rate: 'read', responses: { 200: { description: 'Yes' } }, handler: async () => ({ ...ok(undefined), headers: { 'Cache-Control': 'private, max-age=60' } }) });
	door = await frontDoor(app, { CORS_ORIGINS: `${friend},http://localhost:5678`, TRUSTED_PROXIES: '127.0.0.1' }, [...allRoutes(app.services), failing, cached]);
});
afterAll(async () => {
	await door?.close();
	await app?.close();
});

const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => send(door.port, { path, method, headers });
const bearer = async () => ({ Authorization: `Bearer ${await app.token()}` });
const preflight = (origin: string, path = '/v1/cvs') => ask(path, { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,content-type' }, 'OPTIONS');

const kinds: [string, number, () => Promise<RawAnswer>][] = [
	['200', 200, async () => ask('/v1/me', await bearer())],
	['200 of a public route', 200, () => ask('/health/live')],
	['401', 401, () => ask('/v1/me')],
	['404 of an address', 404, () => ask('/nothing/here')],
	['404 of a row', 404, async () => ask('/v1/cvs/01980000-0000-7000-8000-0000000fffff', await bearer())],
	['400', 400, async () => ask('/v1/cvs?limit=0', await bearer())],
	['405', 405, () => ask('/v1/me', {}, 'DELETE')],
	['500', 500, async () => ask('/v1/fail', await bearer())],
	['a preflight', 204, () => preflight(friend)],
	['a preflight of a stranger', 405, () => preflight('https://evil.example.com')],
	['/docs', 200, () => ask('/docs')],
	['a file of /docs', 200, () => ask('/docs/swagger-ui.css')],
	['the account page', 200, () => ask('/account')],
	['its script', 200, () => ask('/account/account.js')],
	['/openapi.json', 200, () => ask('/openapi.json')],
];

test.each(kinds)('%s has the security headers', async (kind, status, get) => {
	const answer = await get();
	expect([kind, answer.status]).toEqual([kind, status]);
	expect(answer.headers).toMatchObject({
		'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
		'permissions-policy': expect.stringContaining('camera=()'), 'content-security-policy': expect.stringContaining("frame-ancestors 'none'"), vary: expect.stringMatching(/\bOrigin\b/i), 'x-request-id': expect.any(String),
	});
	const policy = answer.headers['content-security-policy'] as string;
	expect(policy).toMatch(kind.includes('/docs') ? /^default-src 'self';script-src 'self';/ : /^default-src 'none';/);
	expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|data:)|default-src \*/);
	for (const name of ['x-powered-by', 'server', 'access-control-allow-credentials', 'strict-transport-security']) expect([name, answer.headers[name]]).toEqual([name, undefined]);
});

describe('Strict-Transport-Security', () => {
	test.each(['/health/live', '/v1/me', '/nothing', '/docs'])('is on %s when a trusted proxy says https, and only then', async (path) => {
		expect((await ask(path, { 'X-Forwarded-Proto': 'https' })).headers['strict-transport-security']).toBe('max-age=31536000');
		expect((await ask(path, { 'X-Forwarded-Proto': 'http' })).headers['strict-transport-security']).toBeUndefined();
	});
});

describe('an answer', () => {
	test('is not stored, with or without a token', async () => {
		for (const path of ['/v1/me', '/v1/cvs', '/v1/fail', '/v1/nothing', '/metrics']) {
			for (const headers of [{}, await bearer()]) expect([path, (await ask(path, headers)).headers['cache-control']]).toEqual([path, 'no-store']);
		}
	});

	test('may be stored where its route says so, never when it is an error', async () => {
		expect((await ask('/v1/cached', await bearer())).headers['cache-control']).toBe('private, max-age=60');
		expect((await ask('/v1/cached')).headers['cache-control']).toBe('no-store');
		expect((await ask('/docs/swagger-ui.css')).headers['cache-control']).toMatch(/^public/);
	});
});

describe('a browser', () => {
	test('of a listed origin is answered, without credentials', async () => {
		const asked = await preflight(friend);
		expect(asked.headers).toMatchObject({ 'access-control-allow-origin': friend, 'access-control-allow-headers': expect.stringContaining('Authorization'), 'access-control-max-age': '600' });
		expect(asked.headers['access-control-allow-methods']).not.toContain('*');
		for (const [path, headers] of [['/v1/me', await bearer()], ['/v1/me', {}], ['/nothing', {}], ['/v1/fail', await bearer()]] as const) {
			expect([path, (await ask(path, { Origin: friend, ...headers })).headers['access-control-allow-origin']]).toEqual([path, friend]);
		}
	});

	test.each(['https://evil.example.com', 'https://hr.example.com.evil.example', 'https://evil-hr.example.com', 'http://hr.example.com', 'https://hr.example.com:444', 'https://HR.example.com', `${friend}/`, `${friend} https://evil.example.com`, 'http://localhost', 'null', 'file://', '*'])('of the origin %s is not', async (origin) => {
		for (const answer of [await preflight(origin), await ask('/v1/me', { Origin: origin, ...(await bearer()) }), await ask('/v1/me', { Origin: origin })]) {
			expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
			expect(answer.headers.vary).toMatch(/\bOrigin\b/i);
		}
	});

	test.each(['null', '*', 'https://hr.example.com/', 'https://*.example.com', 'hr.example.com', 'https://hr.example.com/app', 'ftp://hr.example.com', 'HTTPS://hr.example.com', 'https://hr.example.com:443'])('of %s cannot be listed', (origin) => {
		expect(() => loadConfig({ CORS_ORIGINS: `${friend},${origin}` })).toThrow(/CORS_ORIGINS: must be exact origins/);
	});
});
