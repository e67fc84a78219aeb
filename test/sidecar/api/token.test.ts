import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clients } from '../../../sidecar/src/identity/Client.ts';
import { callerOf, request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

const { v7: randomUUIDv7 } = createRequire(new URL('../../../sidecar/package.json', import.meta.url))('uuid');
const { SignJWT, createRemoteJWKSet, decodeProtectedHeader, generateKeyPair, jwtVerify } = createRequire(new URL('../../../sidecar/package.json', import.meta.url))('jose');

let app: TestApp;
beforeAll(async () => {
	app = await startApp({ TOKEN_TTL_SECONDS: '60' });
});
afterAll(() => app?.close());

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const right = () => ({ grant_type: 'client_credentials', client_id: app.credential.clientId, client_secret: app.credential.clientSecret });
const me = (token: string) => request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${token}` });

describe('POST /v1/oauth/token', () => {
	test.each([['JSON', {}], ['a form', form]])('gives a token for %s', async (_kind, headers) => {
		const body = 'Content-Type' in headers ? new URLSearchParams(right()).toString() : right();
		const answer = await request(app.url, 'POST', '/v1/oauth/token', body, headers);
		expect([answer.status, answer.body.token_type, answer.body.expires_in]).toEqual([200, 'Bearer', 60]);
		expect(answer.headers.get('cache-control')).toBe('no-store');
		const known = await me(answer.body.access_token);
		expect(known.status).toBe(200);
		expect(known.body).toMatchObject({ actor: { type: 'client', name: 'n8n' }, workspace: { id: app.credential.workspaceId }, roles: ['integration'] });
		expect(known.body.permissions).toEqual(answer.body.scope.split(' ').sort());
	});

	test('tells an unknown client nothing that a wrong secret does not', async () => {
		const disabled = await app.clientWith(['admin']);
		await clients(app.services.db).update({ disabledAt: new Date() }, { where: { clientId: disabled.credential.clientId } });
		const bodies = [
			{ ...right(), client_secret: 'wrong' }, { ...right(), client_id: 'tm_unknown' },
			{ ...right(), client_id: disabled.credential.clientId, client_secret: disabled.credential.clientSecret },
		];
		const answers = await Promise.all(bodies.map((body) => request(app.url, 'POST', '/v1/oauth/token', body)));
		for (const { status, body } of answers) expect([status, body]).toEqual([400, { error: 'invalid_client', error_description: expect.any(String) }]);
		expect(new Set(answers.map(({ body }) => body.error_description)).size).toBe(1);
	});

	test.each(['password', 'authorization_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer', ''])('refuses the grant type "%s"', async (grant_type) => {
		const answer = await request(app.url, 'POST', '/v1/oauth/token', { ...right(), grant_type });
		expect([answer.status, answer.body.error]).toEqual([400, 'unsupported_grant_type']);
	});

	test.each([['nothing', {}], ['no secret', { grant_type: 'client_credentials', client_id: 'x' }], ['more than is asked for', { ...{ grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' }, admin: 'true' }]])('answers %s in the OAuth form', async (_what, body) => {
		for (const [sent, headers] of [[body, {}], [new URLSearchParams(body as Record<string, string>).toString(), form]] as const) {
			const answer = await request(app.url, 'POST', '/v1/oauth/token', sent, headers);
			expect([answer.status, answer.body]).toEqual([400, { error: 'invalid_request', error_description: expect.any(String) }]);
		}
	});

	test('keeps only a hash of the secret', async () => {
		const rows = await app.services.db.query<{ row: string }>('SELECT t::text AS row FROM client_secrets t');
		expect(rows.length).toBeGreaterThan(0);
		for (const { row } of rows) {
			expect(row).toContain('$argon2id$');
			expect(row).not.toContain(app.credential.clientSecret);
		}
	});
});

describe('a token', () => {
	test('is verified by the published keys alone', async () => {
		const token = await app.token();
		const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL('/.well-known/jwks.json', app.url)), { issuer: 'talentmatch', audience: 'talentmatch-api', typ: 'at+jwt' });
		expect(protectedHeader.alg).toMatch(/^(ES256|EdDSA)$/);
		expect(payload.exp! - payload.iat!).toBe(60);
		expect(payload['workspace']).toBe(app.credential.workspaceId);
		const { keys } = (await request(app.url, 'GET', '/.well-known/jwks.json')).body;
		expect(keys.map(({ kid }: { kid: string }) => kid)).toContain(protectedHeader.kid);
		for (const key of keys) for (const secret of ['d', 'k', 'p', 'q']) expect(key).not.toHaveProperty(secret);
	});

	test('that has expired is 401 token_expired, on which a client gets another one', async () => {
		const answer = await me(await signed({ exp: -60 }));
		expect([answer.status, answer.body.code]).toEqual([401, 'token_expired']);
		expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
	});

	test('with every claim right and the real key is taken (what the next tests change, they change alone)', async () => {
		expect((await me(await signed({}))).status).toBe(200);
	});

	test.each<[string, SignedOptions]>([
		['another audience', { audience: 'someone-else' }], ['another issuer', { issuer: 'https://issuer.example.com' }], ['another type', { typ: 'JWT' }], ['no type', { typ: null }],
		['no expiry', { exp: null }], ['no subject', { sub: null }], ['a later start', { nbf: 600 }],
		['a subject that is no id', { sub: 'admin' }], ['an id of its own that is none', { jti: 'x' }], ['a type that is none', { type: 'system' }], ['a session that is no id', { sid: "' OR 1=1" }],
	])('with %s is refused, although the real key signed it', async (_what, options) => {
		const answer = await me(await signed(options));
		expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
	});

	test.each<[string, SignedOptions]>([['an unknown client', { sub: '01980000-0000-7000-8000-0000000fffff' }], ['another workspace', { workspace: '01980000-0000-7000-8000-0000000fffff' }],
		['a client that says it is a user', { type: 'user', sid: '01980000-0000-7000-8000-0000000fffff' }], ['a user without a session', { type: 'user' }],
	])('of %s is refused', async (_what, options) => {
		const answer = await me(await signed(options));
		expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
	});

	test('that was changed, or signed by another key or by none, is refused', async () => {
		const token = await app.token();
		const [head, body, signature] = token.split('.') as [string, string, string];
		const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
		const payload = JSON.parse(Buffer.from(body, 'base64url').toString());
		const { privateKey } = await generateKeyPair('ES256');
		const forged = await new SignJWT(payload).setProtectedHeader(decodeProtectedHeader(token) as { alg: string }).sign(privateKey);
		const hmac = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: decodeProtectedHeader(token).kid!, typ: 'at+jwt' }).sign(Buffer.from(JSON.stringify((await request(app.url, 'GET', '/.well-known/jwks.json')).body.keys[0])));
		const changed = [
			`${head}.${encode({ ...payload, workspace: '01980000-0000-7000-8000-0000000fffff' })}.${signature}`,
			`${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
			`${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.`, `${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.${signature}`,
			forged, hmac, `${head}.${body}`, 'x', `${token}x`, `${token}, Bearer ${token}`,
		];
		for (const bad of changed) {
			const answer = await me(bad);
			expect([bad.slice(0, 40), answer.status, answer.body.code]).toEqual([bad.slice(0, 40), 401, 'unauthenticated']);
		}
		expect((await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Basic ${Buffer.from('a:b').toString('base64')}` })).status).toBe(401);
		expect((await request(app.url, 'GET', `/v1/me?access_token=${token}`)).status).toBe(401);
	});

	test('of a client that is disabled meanwhile ends within seconds, and never as 403', async () => {
		const caller = await app.clientWith(['recruiter']);
		expect((await caller.call('GET', '/v1/me')).status).toBe(200);
		await clients(app.services.db).update({ disabledAt: new Date() }, { where: { clientId: caller.credential.clientId } });
		await vi.waitFor(async () => {
			const answer = await caller.call('GET', '/v1/me');
			expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
		}, { timeout: 15_000, interval: 200 });
	});

	test('of a client whose roles were taken away opens nothing more', async () => {
		const caller = await app.clientWith(['recruiter']);
		expect((await caller.call('GET', '/v1/jobs')).status).toBe(200);
		await clients(app.services.db).update({ roles: ['auditor'] }, { where: { clientId: caller.credential.clientId } });
		await vi.waitFor(async () => expect((await caller.call('GET', '/v1/jobs')).status).toBe(403), { timeout: 15_000, interval: 200 });
	});
});

test('a short life is really short: the token runs out by itself and a new one works', async () => {
	const short = await startApp({ TOKEN_TTL_SECONDS: '5' });
	try {
		expect((await short.call('GET', '/v1/me')).status).toBe(200);
		await vi.waitFor(async () => expect((await short.call('GET', '/v1/me')).body.code).toBe('token_expired'), { timeout: 30_000, interval: 500 });
		expect((await callerOf(short.url, short.credential).call('GET', '/v1/me')).status).toBe(200);
	} finally {
		await short.close();
	}
});

interface SignedOptions {
	audience?: string;
	issuer?: string;
	typ?: string | null;
	/** seconds from now; null leaves the claim out */
	exp?: number | null;
	nbf?: number;
	sub?: string | null;
	workspace?: string;
	type?: string;
	jti?: string;
	sid?: string;
}

/** A token made with the service's own key. */
async function signed({ audience = 'talentmatch-api', issuer = 'talentmatch', typ = 'at+jwt', exp = 60, nbf = 0, sub, workspace = app.credential.workspaceId, type = 'client', jti = randomUUIDv7(), sid }: SignedOptions): Promise<string> {
	const { kid, privateKey } = await app.services.keyRing.current();
	const client = await clients(app.services.db).findOne({ where: { clientId: app.credential.clientId }, raw: true });
	const now = Math.floor(Date.now() / 1000);
	const jwt = new SignJWT({ workspace, type, ...(sid !== undefined && { sid }) }).setProtectedHeader({ alg: 'ES256', kid, ...(typ !== null && { typ }) });
	jwt.setAudience(audience).setIssuer(issuer).setJti(jti).setIssuedAt(now).setNotBefore(now + nbf);
	if (exp !== null) jwt.setExpirationTime(now + exp);
	if (sub !== null) jwt.setSubject(sub ?? client!.id);
	return jwt.sign(privateKey);
}
