/** Attacks on tokens: forged, changed, of another kind, or told where to find their key. test/sidecar/api/token.test.ts has the claims. */
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { userWith } from '../identity/people.ts';
import type { UserCaller } from '../identity/people.ts';

let app: TestApp;
let user: UserCaller;
let head: Record<string, unknown>;
let payload: Record<string, unknown>;
let published: { x: string; y: string };
let hits = 0;
let keyServer: Server;
let keyUrl: string;
const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' });

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0' });
	user = await userWith(app, ['recruiter']);
	const [first = '', second = ''] = (await app.token()).split('.');
	[head, payload] = [JSON.parse(Buffer.from(first, 'base64url').toString()), JSON.parse(Buffer.from(second, 'base64url').toString())];
	published = (await request(app.url, 'GET', '/.well-known/jwks.json')).body.keys[0];
	keyServer = createServer((_request, response) => {
		hits += 1;
		response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: [{ ...attacker.publicKey.export({ format: 'jwk' }), kid: 'attacker', alg: 'ES256', use: 'sig' }] }));
	});
	await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
	keyUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks.json`;
});
afterAll(async () => {
	await app?.close();
	await new Promise((resolve) => keyServer?.close(resolve));
});

const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const signed = (header: unknown, claims: unknown, key: KeyObject = attacker.privateKey): string => {
	const input = `${encode(header)}.${encode(claims)}`;
	return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const unsigned = (header: unknown, signature = ''): string => `${encode(header)}.${encode(payload)}.${signature}`;
const hmac = (header: unknown, secret: string | Buffer, hash = 'sha256'): string => {
	const input = `${encode(header)}.${encode(payload)}`;
	return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
};
/** With the service's own key: what is changed is the only thing wrong. */
const own = async (header: Record<string, unknown>, claims: Record<string, unknown> | string = payload): Promise<string> => signed(header, claims, (await app.services.keyRing.current()).privateKey as unknown as KeyObject);

/** As those who take a public key for a secret have it. */
function pem(): string {
	const body = Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'), Buffer.from(published.x, 'base64url'), Buffer.from(published.y, 'base64url')]).toString('base64');
	return `-----BEGIN PUBLIC KEY-----\n${body.match(/.{1,64}/g)?.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

async function refused(token: string, code = 'unauthenticated'): Promise<void> {
	for (const path of ['/v1/me', '/v1/jobs']) {
		const answer = await request(app.url, 'GET', path, undefined, { Authorization: `Bearer ${token}` });
		expect([answer.status, answer.body.code, answer.body.detail]).toEqual([401, code, expect.not.stringMatching(/alg|kid|signature|jose|JWS|key/i)]);
	}
}

const kids = ['', '..', '../../../../dev/null', '/dev/null', '/etc/passwd', "' UNION SELECT 'x' --", "x'; DROP TABLE signing_keys; --", '$(id)', '|id', '__proto__', 'constructor', 'toString', '\u0000', 'http://127.0.0.1/jwks.json', 'x'.repeat(5_000), 'undefined', 'null', '%00', '*'];

describe('a token', () => {
	test.each(['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null'])('of the algorithm "%s" is refused, with and without a signature', async (alg) => {
		for (const signature of ['', 'AA', 'A'.repeat(86)]) await refused(unsigned({ ...head, alg }, signature), 'unauthenticated');
	});

	test.each(['HS256', 'HS384', 'HS512', 'hs256'])('signed by %s with the public key is refused', async (alg) => {
		for (const secret of [pem(), pem().trim(), JSON.stringify(published), JSON.stringify({ keys: [published] }), published.x, Buffer.from(published.x, 'base64url'), '', 'secret']) {
			await refused(hmac({ ...head, alg }, secret, alg.toLowerCase().replace('hs', 'sha')));
		}
	});

	test.each(['ES384', 'ES512', 'ES256K', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'es256', 'ES256\u0000', 256, null, ['ES256'], { alg: 'ES256' }])('that says it is of %j is refused, although the right key signed it', async (alg) => {
		await refused(await own({ ...head, alg }));
	});

	test.each(kids)('with the kid %j is refused, signed by another key or by none', async (kid) => {
		await refused(signed({ ...head, kid }, payload));
		await refused(hmac({ ...head, kid, alg: 'HS256' }, ''));
	});

	test.each([1, null, ['x'], { x: 1 }, true])('with a kid that is no text (%j) is refused', async (kid) => {
		await refused(signed({ ...head, kid }, payload));
	});

	test('that brings its key, or says where it is, is refused, and nobody asks there', async () => {
		const jwk = attacker.publicKey.export({ format: 'jwk' });
		for (const more of [{ jwk }, { jwk, kid: undefined }, { jku: keyUrl, kid: 'attacker' }, { x5u: keyUrl }, { jku: keyUrl, jwk }, { x5c: [Buffer.from('x').toString('base64')] }, { x5t: 'AAAA' }, { iss: keyUrl }]) await refused(signed({ ...head, ...more }, payload));
		await refused(signed({ ...head, kid: 'attacker', jku: keyUrl }, { ...payload, iss: keyUrl }));
		expect(hits).toBe(0);
	});

	test.each([{ crit: ['b64'], b64: false }, { crit: ['x'], x: 1 }, { crit: [] }, { crit: 'b64' }, { b64: false, crit: ['b64', 'b64'] }, { typ: 'JWT' }, { typ: 'application/jwt' }, { typ: 'refresh+jwt' }, { cty: 'JWT', typ: 'JWT' }])('with %j in its header is refused, although the right key signed it', async (more) => {
		await refused(await own({ ...head, ...more }));
	});

	test('inside a token, encrypted, or in JSON is refused', async () => {
		const inner = await app.token();
		await refused(await own({ ...head, cty: 'JWT' }, inner));
		await refused(`${encode({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..${encode('x')}.${encode('x')}.${encode('x')}`);
		await refused(encode({ payload: encode(payload), protected: encode(head), signature: 'x' }));
		for (const dots of ['.', '..', '...', 'a.b', 'a.b.c.d']) await refused(dots);
	});

	test('whose claims stand twice counts by one reading only, that of the signed text', async () => {
		const text = JSON.stringify(payload);
		const changed = text.replace('{', `{"sub":"${randomUUID()}","workspace":"${randomUUID()}",`);
		const answer = await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${await own(head, changed)}` });
		// The last of two counts for JSON.parse: it is who signed it for whom, so nothing is gained.
		expect(answer.body.workspace?.id ?? answer.body.code).toBe(app.credential.workspaceId);
		await refused(`${encode(head)}.${encode(changed)}.${(await app.token()).split('.')[2]}`);
	});

	test.each([{ exp: '9999999999' }, { exp: [9_999_999_999] }, { exp: null }, { nbf: 'now' }, { iat: 'x' }, { sub: ['admin'] }, { sub: { $ne: null } }, { aud: [] }, { aud: ['talentmatch'] }, { iss: ['talentmatch'] }, { iss: 'talentmatch ' }, { jti: 1 }, { workspace: null }, { type: 'admin' }, { sid: 1 }, { scope: 1 }])('with the claim %j is refused, although the right key signed it', async (claims) => {
		await refused(await own(head, { ...payload, ...claims }));
	});

	test('that adds rights to itself has none more', async () => {
		const token = await own(head, { ...payload, roles: ['admin'], permissions: ['workspaces:create'], admin: true, isOperator: true, scope: `${String(payload['scope'] ?? '')} workspaces:create roles:create` });
		const { body } = await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${token}` });
		expect(body.permissions).toEqual([]);
	});

	test.each([9_000, 14_000])('of %i bytes is refused in no time', async (length) => {
		await refused(`${encode(head)}.${'A'.repeat(length)}.x`);
		await refused(signed({ ...head, padding: 'x'.repeat(length / 2) }, payload));
	});
});

describe('what is no access token', () => {
	test('opens nothing as one: refresh token, one-time link, client secret, password, session id', async () => {
		const admin = await app.clientWith(['admin']);
		const invited = (await admin.call('POST', '/v1/invitations', { email: 'merle@example.com', name: 'Merle', roles: ['recruiter'] })).body;
		const link = JSON.stringify(invited).match(/tml_[\w-]+/)?.[0];
		expect(link).toBeDefined();
		for (const secret of [user.tokens.refresh_token, link as string, app.credential.clientSecret, user.tokens.session_id, user.id, app.credential.clientId]) {
			await refused(secret);
			const basic = await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Basic ${Buffer.from(`${app.credential.clientId}:${secret}`).toString('base64')}` });
			expect(basic.status).toBe(401);
		}
	});

	test('renews nothing: an access token, a link, the token of a session with the name of a client', async () => {
		const ask = (body: object) => request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', ...body });
		for (const refresh_token of [(await app.token()).slice(0, 200), 'tml_q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80', app.credential.clientSecret, user.tokens.session_id]) {
			expect((await ask({ refresh_token })).body.error).toBe('invalid_grant');
		}
		expect((await ask({ refresh_token: ['x'] })).body.error).toBe('invalid_request');
		expect((await ask({})).status).toBe(400);
	});

	test('a refresh token asks for no more rights than its user has', async () => {
		const own = (await user.call('GET', '/v1/me')).body.permissions;
		const answer = await request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: user.tokens.refresh_token, scope: 'workspaces:create roles:create users:create' });
		if (answer.status === 200) {
			const given = (await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${answer.body.access_token}` })).body.permissions;
			expect(own).toEqual(expect.arrayContaining(given));
		} else expect(answer.body.error).toMatch(/invalid_scope|invalid_request/);
	});

	test.each(['Bearer', 'Bearer ', 'bearer\t', 'Token x', 'Bearer null', 'Bearer undefined', 'Bearer [object Object]', 'Bearer  ', 'Negotiate x', 'Digest username="a"', 'Bearer a.b.c, Bearer d.e.f', '{"token":"x"}'])('nor does the header %j', async (authorization) => {
		const answer = await request(app.url, 'GET', '/v1/me', undefined, { Authorization: authorization });
		expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
	});
});
