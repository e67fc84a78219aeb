/** What is decided slowly, while a password or secret is hashed, and what happens meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientSecrets } from '../../../sidecar/src/identity/Client.ts';
import { users } from '../../../sidecar/src/identity/User.ts';
import { hashSecret } from '../../../sidecar/src/platform/secrets.ts';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { password, userWith } from './people.ts';

let app: TestApp;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0' });
});
afterAll(() => app?.close());

/** Does something once the rows are read and before what was sent is compared with them. */
function onceRead(model: { addHook(type: 'afterFind', name: string, hook: () => Promise<void>): unknown; removeHook(type: 'afterFind', name: string): unknown }, work: () => Promise<unknown>): void {
	model.addHook('afterFind', 'test', async () => {
		model.removeHook('afterFind', 'test');
		await work();
	});
}

describe('a password', () => {
	const change = (caller: Awaited<ReturnType<typeof userWith>>, newPassword: string) => caller.call('POST', '/v1/auth/password', { currentPassword: password, newPassword });
	const logIn = (email: string, secret: string) => request(app.url, 'POST', '/v1/auth/login', { email, password: secret });

	test('that was changed meanwhile is not changed by who knows the one before', async () => {
		const user = await userWith(app, ['recruiter']);
		const reset = 'vier lampen am kai';
		onceRead(users(app.services.db), async () => app.services.db.query('UPDATE users SET password_hash = :hash WHERE id = :id', { replacements: { hash: await hashSecret(reset), id: user.id } }));
		const answer = await change(user, 'elf gelbe koffer');
		expect([answer.status, answer.body.code]).toEqual([400, 'invalid_credentials']);
		expect((await logIn(user.email, reset)).status).toBe(200);
	});

	test('is not changed by a session that was ended meanwhile', async () => {
		const user = await userWith(app, ['recruiter']);
		onceRead(users(app.services.db), () => app.services.db.query('UPDATE sessions SET revoked_at = now() WHERE user_id = :id', { replacements: { id: user.id } }));
		const answer = await change(user, 'elf gelbe koffer');
		expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
		expect((await logIn(user.email, password)).status).toBe(200);
	});
});

describe('a token', () => {
	test('that was asked for before all of its client were revoked is refused, also when it was signed after that', async () => {
		const admin = await userWith(app, ['admin']);
		const client = await app.clientWith(['recruiter']);
		const id = (await client.call('GET', '/v1/me')).body.actor.id;
		const ask = () => request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: client.credential.clientId, client_secret: client.credential.clientSecret });
		let next: string | undefined;
		onceRead(clientSecrets(app.services.db), async () => {
			next = (await admin.call('POST', `/v1/clients/${id}/secrets`, { overlapSeconds: 0 })).body.clientSecret;
			expect((await admin.call('DELETE', `/v1/clients/${id}/tokens`)).status).toBe(204);
		});
		const late = await ask();
		expect(next).toBeTypeOf('string');
		const me = (token: string) => request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${token}` });
		expect(late.status === 400 || (await me(late.body.access_token)).body.code === 'token_revoked').toBe(true);
		expect((await ask()).body.error).toBe('invalid_client');
	});
});
