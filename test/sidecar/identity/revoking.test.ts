/** Revoked access tokens: how long that is remembered, and what the audit log says of it. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { deleteExpired } from '../../../sidecar/src/identity/sessions.ts';
import { request, startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0', TOKEN_TTL_SECONDS: '86400' });
});
afterAll(() => app?.close());

const entries = async (client: Caller) => {
	const { items } = (await app.call('GET', '/v1/me')).status === 200 ? { items: await app.services.db.query<{ action: string }>("SELECT action FROM audit_log WHERE action = 'token.revoked' AND subject_id = (SELECT id::text FROM clients WHERE client_id = :id)", { replacements: { id: client.credential.clientId } }) } : { items: [] };
	return items.length;
};

test('a token is refused for as long as it would have lived, also when tokens live shorter by now', async () => {
	const client = await app.clientWith(['recruiter']);
	await client.token();
	const { tokens } = app.services.config;
	const before = tokens.ttlSeconds;
	tokens.ttlSeconds = 900;
	try {
		expect((await client.call('POST', '/v1/auth/logout')).status).toBe(204);
	} finally {
		tokens.ttlSeconds = before;
	}
	// An hour later, when expired rows are deleted.
	await app.services.db.query("UPDATE revoked_tokens SET expires_at = expires_at - interval '1 hour'");
	await deleteExpired(app.services);
	expect((await client.call('GET', '/v1/me')).body.code).toBe('token_revoked');
});

test('there is one entry of a revocation, however often it is asked for', async () => {
	const client = await app.clientWith(['recruiter']);
	const body = { token: await client.token(), client_id: client.credential.clientId, client_secret: client.credential.clientSecret };
	for (let n = 0; n < 3; n += 1) expect((await request(app.url, 'POST', '/v1/oauth/revoke', body)).status).toBe(200);
	expect(await entries(client)).toBe(1);
});

test('a client that logs out leaves the same entry', async () => {
	const client = await app.clientWith(['recruiter']);
	expect((await client.call('POST', '/v1/auth/logout')).status).toBe(204);
	expect(await entries(client)).toBe(1);
});

test('all tokens of a client are refused, also one from a replica whose clock is ahead', async () => {
	const admin = await app.clientWith(['admin']);
	const client = await app.clientWith(['recruiter']);
	const id = (await app.services.db.query<{ id: string }>('SELECT id FROM clients WHERE client_id = :id', { replacements: { id: client.credential.clientId } }))[0]?.id;
	await admin.token();
	vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8_000 });
	try {
		await client.token();
	} finally {
		vi.useRealTimers();
	}
	expect((await client.call('GET', '/v1/me')).status).toBe(200);
	expect((await admin.call('DELETE', `/v1/clients/${id}/tokens`)).status).toBe(204);
	expect((await client.call('GET', '/v1/me')).body.code).toBe('token_revoked');
});
