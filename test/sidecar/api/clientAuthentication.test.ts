import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp();
});
afterAll(() => app?.close());

const grant = { grant_type: 'client_credentials' };
const basic = (text: string, scheme = 'Basic') => ({ Authorization: `${scheme} ${Buffer.from(text).toString('base64')}` });
const right = () => `${app.credential.clientId}:${app.credential.clientSecret}`;
const ask = (headers: Record<string, string>, body: object = grant) => request(app.url, 'POST', '/v1/oauth/token', body, headers);
const formEncoded = (text: string) => [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');

test('client id and secret may come as Basic credentials, plain and encoded like form fields', async () => {
	const encoded = right().split(':').map(formEncoded).join(':');
	for (const headers of [basic(right()), basic(right(), 'bAsIc'), basic(encoded)]) {
		const answer = await ask(headers);
		expect([answer.status, answer.body.token_type]).toEqual([200, 'Bearer']);
	}
	const answer = await request(app.url, 'POST', '/v1/oauth/token', 'grant_type=client_credentials&scope=jobs%3Aread', { ...basic(right()), 'Content-Type': 'application/x-www-form-urlencoded' });
	expect([answer.status, answer.body.scope]).toEqual([200, 'jobs:read']);
	expect((await ask(basic(right()), { ...grant, client_id: app.credential.clientId })).status).toBe(200);
});

test('wrong ones are 401 with a challenge, an unknown client and a wrong secret alike', async () => {
	const answers = [await ask(basic(`${app.credential.clientId}:wrong`)), await ask(basic('tm_unknown:wrong'))];
	for (const { status, headers, body } of answers) {
		expect([status, body]).toEqual([401, { error: 'invalid_client', error_description: expect.any(String) }]);
		expect(headers.get('www-authenticate')).toBe('Basic realm="talentmatch"');
		expect(headers.get('cache-control')).toBe('no-store');
	}
	expect(answers[1]!.body).toEqual(answers[0]!.body);
	expect((await ask({}, { ...grant, client_id: app.credential.clientId, client_secret: 'wrong' })).status).toBe(400);
});

test('other refusals are the same as for the body', async () => {
	const answer = await ask(basic(right()), { ...grant, scope: 'nothing:known' });
	expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope']);
});

test.each<[string, () => Record<string, string>, () => object]>([
	['a secret in the body too', () => basic(right()), () => ({ ...grant, client_secret: app.credential.clientSecret })],
	['another client in the body', () => basic(right()), () => ({ ...grant, client_id: 'tm_another' })],
	['no colon', () => basic(app.credential.clientId), () => grant],
	['no client id', () => basic(':secret'), () => grant],
	['no secret', () => basic(`${app.credential.clientId}:`), () => grant],
	['nothing', () => ({ Authorization: 'Basic' }), () => grant],
	['half an escape', () => basic('tm_x:%E0%A4'), () => grant],
	['a NUL', () => basic('tm_%00:secret'), () => grant],
	['an endless id', () => basic(`${'x'.repeat(201)}:secret`), () => grant],
])('Basic credentials with %s are no valid request', async (_what, headers, body) => {
	const answer = await ask(headers(), body());
	expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
});

test('another scheme is no way to show a client', async () => {
	const answer = await ask({ Authorization: `Bearer ${await app.token()}` });
	expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
});

test('a client revokes its token by Basic, and with a wrong secret it does not', async () => {
	const { access_token: token } = (await ask(basic(right()))).body;
	const revoke = (headers: Record<string, string>) => request(app.url, 'POST', '/v1/oauth/revoke', { token }, headers);
	const me = async () => (await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${token}` })).status;
	expect((await revoke(basic(`${app.credential.clientId}:wrong`))).status).toBe(401);
	expect(await me()).toBe(200);
	expect((await revoke(basic(right()))).status).toBe(200);
	expect(await me()).toBe(401);
});
