import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { makeUser, password } from './people.ts';

let app: TestApp;
beforeAll(async () => {
	// What is limited here is tries of a password; the rate of requests has its own tests.
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0' });
});
afterAll(() => app?.close());

const logIn = (email: string, secret = password) => request(app.url, 'POST', '/v1/auth/login', { email, password: secret });
const refresh = (refresh_token: string) => request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token });
const me = (token: string) => request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${token}` });
const age = (seconds: number) => app.services.db.query("UPDATE refresh_tokens SET used_at = used_at - :seconds * interval '1 second'", { replacements: { seconds } });
const auditActions = async (action: string) => (await app.services.db.query<{ n: number }>('SELECT count(*) AS n FROM audit_log WHERE action = :action', { replacements: { action } }))[0]?.n;

describe('a user', () => {
	test('logs in with e-mail and password, and is who the token says', async () => {
		const user = await makeUser(app, ['recruiter']);
		const answer = await logIn(user.email.toUpperCase());
		expect(answer.status).toBe(200);
		expect(answer.headers.get('cache-control')).toBe('no-store');
		expect((await me(answer.body.access_token)).body).toMatchObject({ actor: { type: 'user', id: user.id }, roles: ['recruiter'] });
	});

	test('is told the same for a wrong password, an unknown address and a disabled account', async () => {
		const [known, disabled] = [await makeUser(app, ['recruiter']), await makeUser(app, ['recruiter'])];
		await app.services.db.query('UPDATE users SET disabled_at = now() WHERE id = :id', { replacements: { id: disabled.id } });
		const answers = [await logIn(known.email, 'wrong password here'), await logIn('nobody.here@example.com'), await logIn(disabled.email)];
		expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body.code, body.detail])))).toEqual(new Set([expect.stringContaining('invalid_credentials')]));
		expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
	});

	test('is stopped after too many tries, whether the account exists or not, and although the password is right then', async () => {
		const known = await makeUser(app, ['recruiter']);
		for (const email of [known.email, 'not.there@example.com']) {
			const statuses: number[] = [];
			for (const answer of await Promise.all(Array.from({ length: 12 }, () => logIn(email, 'wrong password here')))) statuses.push(answer.status);
			expect(statuses.sort()).toEqual([...Array<number>(8).fill(400), ...Array<number>(4).fill(429)]);
			const right = await logIn(email);
			expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
		}
	});
});

describe('a refresh token', () => {
	test('that 50 requests use at once gives one child to all of them', async () => {
		const user = await makeUser(app, ['recruiter']);
		const first = (await logIn(user.email)).body;
		const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(first.refresh_token)));
		expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
		const children = new Set(answers.map(({ body }) => body.refresh_token));
		expect(children.size).toBe(1);
		expect(children).not.toContain(first.refresh_token);
		const [rows] = await app.services.db.query<{ tokens: number; live: number }>(
			'SELECT (SELECT count(*) FROM refresh_tokens t WHERE t.session_id = s.id) AS tokens, (SELECT count(*) FROM sessions WHERE user_id = s.user_id AND revoked_at IS NULL) AS live FROM sessions s WHERE id = :id',
			{ replacements: { id: first.session_id } },
		);
		expect(rows).toEqual({ tokens: 2, live: 1 });
		expect((await refresh([...children][0] as string)).status).toBe(200);
	});

	test('that is used again after the grace ends its whole family, and that is in the audit log', async () => {
		const user = await makeUser(app, ['recruiter']);
		const first = (await logIn(user.email)).body;
		const second = (await refresh(first.refresh_token)).body;
		const other = (await logIn(user.email)).body;
		await age(11);
		const before = await auditActions('session.reuse_detected');
		const replay = await refresh(first.refresh_token);
		expect([replay.status, replay.body.error]).toEqual([400, 'invalid_grant']);
		expect((await refresh(second.refresh_token)).body.error).toBe('invalid_grant');
		for (const token of [first.access_token, second.access_token]) expect((await me(token)).body.code).toBe('token_revoked');
		expect((await me(other.access_token)).status).toBe(200);
		expect(await auditActions('session.reuse_detected')).toBe((before ?? 0) + 1);
	});

	test('is not narrowed: a scope is refused, and the token is as good as before', async () => {
		const first = (await logIn((await makeUser(app, ['recruiter'])).email)).body;
		const withScope = (scope: string) => request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token, scope });
		const narrowed = await withScope('cvs:read');
		expect([narrowed.status, narrowed.body.error]).toEqual([400, 'invalid_scope']);
		const rows = await app.services.db.query('SELECT used_at FROM refresh_tokens WHERE session_id = :id', { replacements: { id: first.session_id } });
		expect(rows).toEqual([{ used_at: null }]);
		expect((await withScope('')).status).toBe(200);
	});

	test('stands in the database as a hash only', async () => {
		const user = await makeUser(app, ['recruiter']);
		const first = (await logIn(user.email)).body;
		const second = (await refresh(first.refresh_token)).body;
		const rows = await app.services.db.query<{ row: string }>('SELECT t::text AS row FROM refresh_tokens t');
		expect(rows.length).toBeGreaterThan(1);
		for (const { row } of rows) for (const { refresh_token } of [first, second]) expect(row).not.toContain(refresh_token.slice(4));
	});

	test.each(['', 'tmr_', 'tmr_AAAA', "' OR 1=1 --", 'tmr_' + 'A'.repeat(43)])('of no session (%j) is refused', async (token) => {
		const answer = await refresh(token);
		expect([answer.status, ['invalid_grant', 'invalid_request'].includes(answer.body.error)]).toEqual([400, true]);
	});

	test.each([['idle_expires_at'], ['expires_at']])('of a session that is over (%s) is refused', async (column) => {
		const user = await makeUser(app, ['recruiter']);
		const first = (await logIn(user.email)).body;
		await app.services.db.query(`UPDATE sessions SET ${column} = now() - interval '1 second' WHERE id = :id`, { replacements: { id: first.session_id } });
		expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant');
	});

	test('moves the idle end, and never the absolute one', async () => {
		const user = await makeUser(app, ['recruiter']);
		const first = (await logIn(user.email)).body;
		await app.services.db.query("UPDATE sessions SET idle_expires_at = now() + interval '1 minute', expires_at = now() + interval '10 minutes' WHERE id = :id", { replacements: { id: first.session_id } });
		await refresh(first.refresh_token);
		const [row] = await app.services.db.query<{ idle: number; end: number }>('SELECT extract(epoch FROM idle_expires_at - now())::float8 AS idle, extract(epoch FROM expires_at - now())::float8 AS end FROM sessions WHERE id = :id', { replacements: { id: first.session_id } });
		expect(row?.idle).toBeGreaterThan(500);
		expect(row?.idle).toBeLessThanOrEqual((row?.end ?? 0) + 0.01);
	});
});

test('no token is signed inside a transaction: its keys may be on their way on the one connection that the transaction holds', async () => {
	const { db, keyRing } = app.services;
	const user = await makeUser(app, ['recruiter']);
	const inside: boolean[] = [];
	const original = keyRing.current.bind(keyRing);
	const spy = vi.spyOn(keyRing, 'current').mockImplementation(() => {
		inside.push(db.inTransaction);
		return original();
	});
	try {
		const { body } = await logIn(user.email);
		expect((await refresh(body.refresh_token)).status).toBe(200);
		await app.clientWith(['recruiter']).then((client) => client.token());
		expect(inside).toEqual([false, false, false]);
	} finally {
		spy.mockRestore();
	}
});

describe('a session', () => {
	test('ends by logging out: both its tokens are refused, another session goes on', async () => {
		const user = await makeUser(app, ['recruiter']);
		const [mine, other] = [(await logIn(user.email)).body, (await logIn(user.email)).body];
		expect((await request(app.url, 'POST', '/v1/auth/logout', undefined, { Authorization: `Bearer ${mine.access_token}` })).status).toBe(204);
		const answer = await me(mine.access_token);
		expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
		expect((await refresh(mine.refresh_token)).body.error).toBe('invalid_grant');
		expect((await me(other.access_token)).status).toBe(200);
	});

	test('is listed with its device, and can be ended from another one', async () => {
		const user = await makeUser(app, ['recruiter']);
		const [here, there] = [(await logIn(user.email)).body, (await request(app.url, 'POST', '/v1/auth/login', { email: user.email, password }, { 'User-Agent': 'Tablet/1.0' })).body];
		const bearer = { Authorization: `Bearer ${here.access_token}` };
		const { items } = (await request(app.url, 'GET', '/v1/sessions', undefined, bearer)).body;
		expect(items.map(({ id, current, device }: any) => [id, current, device === 'Tablet/1.0'])).toEqual(expect.arrayContaining([[here.session_id, true, false], [there.session_id, false, true]]));
		expect(items[0].network).toBe('127.0.0.0/24');
		expect((await request(app.url, 'DELETE', `/v1/sessions/${there.session_id}`, undefined, bearer)).status).toBe(204);
		expect((await me(there.access_token)).body.code).toBe('token_revoked');
	});

	test('of another user is not found, unless one may revoke sessions', async () => {
		const [one, two, chief] = [await makeUser(app, ['recruiter']), await makeUser(app, ['recruiter']), await makeUser(app, ['admin'])];
		const [first, second, third] = [(await logIn(one.email)).body, (await logIn(two.email)).body, (await logIn(chief.email)).body];
		const end = (token: string) => request(app.url, 'DELETE', `/v1/sessions/${first.session_id}`, undefined, { Authorization: `Bearer ${token}` });
		expect((await end(second.access_token)).status).toBe(404);
		expect((await me(first.access_token)).status).toBe(200);
		expect((await end(third.access_token)).status).toBe(204);
		expect((await me(first.access_token)).body.code).toBe('token_revoked');
	});

	test('ends with all others of its user on logout-all', async () => {
		const user = await makeUser(app, ['recruiter']);
		const tokens = [(await logIn(user.email)).body, (await logIn(user.email)).body, (await logIn(user.email)).body];
		expect((await request(app.url, 'POST', '/v1/auth/logout-all', undefined, { Authorization: `Bearer ${tokens[0].access_token}` })).body).toEqual({ ended: 3 });
		for (const { access_token, refresh_token } of tokens) {
			expect((await me(access_token)).body.code).toBe('token_revoked');
			expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
		}
	});

	test('ends when the password changes elsewhere; the one that changed it goes on', async () => {
		const user = await makeUser(app, ['recruiter']);
		const [mine, other] = [(await logIn(user.email)).body, (await logIn(user.email)).body];
		const change = (currentPassword: string, newPassword: string) => request(app.url, 'POST', '/v1/auth/password', { currentPassword, newPassword }, { Authorization: `Bearer ${mine.access_token}` });
		expect((await change('wrong password here', 'vier lampen am kai')).body.code).toBe('invalid_credentials');
		expect((await change(password, 'short')).body.code).toBe('weak_password');
		expect((await change(password, 'vier lampen am kai')).status).toBe(204);
		expect((await me(other.access_token)).body.code).toBe('token_revoked');
		expect((await me(mine.access_token)).status).toBe(200);
		expect((await logIn(user.email)).status).toBe(400);
		expect((await logIn(user.email, 'vier lampen am kai')).status).toBe(200);
	});

	test('ends when its user is disabled or the role that let it in is gone', async () => {
		const user = await makeUser(app, ['recruiter']);
		const { access_token } = (await logIn(user.email)).body;
		const jobs = () => request(app.url, 'GET', '/v1/jobs', undefined, { Authorization: `Bearer ${access_token}` });
		expect((await jobs()).status).toBe(200);
		await app.services.db.query("UPDATE users SET roles = '{auditor}' WHERE id = :id", { replacements: { id: user.id } });
		app.services.broadcast.publish('access', app.credential.workspaceId);
		expect((await jobs()).status).toBe(403);
		await app.services.db.query('UPDATE users SET disabled_at = now() WHERE id = :id', { replacements: { id: user.id } });
		app.services.broadcast.publish('access', app.credential.workspaceId);
		expect((await jobs()).body.code).toBe('token_revoked');
	});
});

describe('POST /v1/oauth/revoke', () => {
	const revoke = (body: object) => request(app.url, 'POST', '/v1/oauth/revoke', body);

	test('ends the session of a refresh token', async () => {
		const user = await makeUser(app, ['recruiter']);
		const tokens = (await logIn(user.email)).body;
		expect((await revoke({ token: tokens.refresh_token })).status).toBe(200);
		expect((await me(tokens.access_token)).body.code).toBe('token_revoked');
	});

	test('revokes an access token for the client it was given to, and for no other', async () => {
		const [one, two] = [await app.clientWith(['recruiter']), await app.clientWith(['recruiter'])];
		const token = await one.token();
		const shown = ({ credential }: typeof one) => ({ client_id: credential.clientId, client_secret: credential.clientSecret });
		expect((await revoke({ token, ...shown(two) })).status).toBe(200);
		expect((await revoke({ token })).status).toBe(200);
		expect((await me(token)).status).toBe(200);
		expect((await revoke({ token, client_id: one.credential.clientId, client_secret: 'wrong' })).body.error).toBe('invalid_client');
		expect((await revoke({ token, ...shown(one) })).status).toBe(200);
		const answer = await me(token);
		expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
	});

	test('answers unknown tokens like known ones', async () => {
		for (const token of ['tmr_unknown', 'x', 'a.b.c']) expect([token, (await revoke({ token })).status]).toEqual([token, 200]);
	});
});

describe('POST /v1/oauth/introspect', () => {
	test('tells about tokens of the same workspace, and of no other', async () => {
		const [admin, other] = [await app.clientWith(['admin']), await app.otherWorkspace()];
		const token = await app.token();
		const known = (await admin.call('POST', '/v1/oauth/introspect', { token })).body;
		expect(known).toMatchObject({ active: true, client_id: app.credential.clientId, token_type: 'Bearer' });
		expect((await other.call('POST', '/v1/oauth/introspect', { token })).body).toEqual({ active: false });
		expect((await admin.call('POST', '/v1/oauth/introspect', { token: 'a.b.c' })).body).toEqual({ active: false });
		expect((await app.call('POST', '/v1/oauth/introspect', { token })).status).toBe(403);
	});
});
