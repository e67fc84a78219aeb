/** Inviting people, letting them in again, and letting them go. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { rowsWith } from '../../support/rows.ts';
import { makeUser, password, userWith } from './people.ts';
import type { UserCaller } from './people.ts';

let app: TestApp;
let admin: UserCaller;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,write=0,read=0', PUBLIC_URL: 'https://talentmatch.example.com' });
	admin = await userWith(app, ['admin']);
});
afterAll(() => app?.close());

let count = 0;
const newEmail = () => `guest-${(count += 1)}@example.com`;
const invite = async (caller: Pick<UserCaller, 'call'> = admin, roles = ['recruiter']) => {
	const answer = await caller.call('POST', '/v1/invitations', { email: newEmail(), name: 'Merle Ostrand', roles });
	expect(answer.status).toBe(201);
	return answer.body;
};
const tokenOf = (link: string) => /#[a-z-]+=([^&]+)/.exec(link)![1] as string;
const use = (purpose: 'invitation' | 'password-reset', token: string, secret = password) => request(app.url, 'POST', `/v1/auth/${purpose}`, { token, password: secret });
const accept = (link: string) => use('invitation', tokenOf(link));
const logIn = (email: string, secret = password, workspaceId?: string) => request(app.url, 'POST', '/v1/auth/login', { email, password: secret, workspaceId });
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const auditOf = (id: string) => app.services.db.query<{ action: string; details: object }>('SELECT action, details FROM audit_log WHERE subject_id = :id ORDER BY created_at, id', { replacements: { id } });

describe('an invitation', () => {
	test('is a link that lets its user in, once, with the roles it names', async () => {
		const answer = await admin.call('POST', '/v1/invitations', { email: 'Merle.OSTRAND@example.com', name: 'Merle Ostrand', roles: ['recruiter'] });
		expect(answer.status).toBe(201);
		expect(answer.headers.get('cache-control')).toBe('no-store');
		const { link, userId, id, email } = answer.body;
		expect(email).toBe('merle.ostrand@example.com');
		expect(link).toMatch(/^https:\/\/talentmatch\.example\.com\/account#invitation=tml_[\w-]{43}$/);
		expect((await admin.call('GET', `/v1/users/${userId}`)).body).toMatchObject({ status: 'invited', roles: ['recruiter'] });
		expect((await logIn(email)).status).toBe(400);

		const accepted = await accept(link);
		expect([accepted.status, accepted.headers.get('cache-control')]).toEqual([200, 'no-store']);
		expect((await request(app.url, 'GET', '/v1/me', undefined, bearer(accepted.body.access_token))).body).toMatchObject({ actor: { id: userId }, roles: ['recruiter'] });
		expect((await logIn(email)).status).toBe(200);
		expect((await accept(link)).body.code).toBe('invalid_link');
		expect((await admin.call('GET', '/v1/invitations')).body.items.find((item: { id: string }) => item.id === id)).toMatchObject({ state: 'accepted' });
		for (const [method, path] of [['POST', `/v1/invitations/${id}/renew`], ['DELETE', `/v1/invitations/${id}`]] as const) expect((await admin.call(method, path)).body.code).toBe('conflict');
	});

	test('that twenty use at once lets one in', async () => {
		const { link } = await invite();
		const answers = await Promise.all(Array.from({ length: 20 }, () => accept(link)));
		expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
		expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.code))).toEqual(new Set(['invalid_link']));
	});

	test('that has expired, was renewed or withdrawn, or is used for another purpose, is refused alike', async () => {
		const [expired, renewed, withdrawn, other] = [await invite(), await invite(), await invite(), await invite()];
		await app.services.db.query("UPDATE one_time_links SET expires_at = now() - interval '1 second' WHERE id = :id", { replacements: { id: expired.id } });
		const again = await admin.call('POST', `/v1/invitations/${renewed.id}/renew`);
		expect([again.status, again.body.id]).toEqual([200, renewed.id]);
		expect((await admin.call('DELETE', `/v1/invitations/${withdrawn.id}`)).status).toBe(204);

		const refusals = [await accept(expired.link), await accept(renewed.link), await accept(withdrawn.link), await use('password-reset', tokenOf(other.link)), await use('invitation', `tml_${'A'.repeat(43)}`)];
		expect(new Set(refusals.map(({ status, body }) => JSON.stringify([status, body.code, body.detail]))).size).toBe(1);
		expect(refusals[0]!.body.code).toBe('invalid_link');
		expect((await accept(again.body.link)).status).toBe(200);
		expect((await admin.call('GET', `/v1/users/${withdrawn.userId}`)).status).toBe(404);

		const states = Object.fromEntries((await admin.call('GET', '/v1/invitations?limit=100')).body.items.map(({ id, state }: { id: string; state: string }) => [id, state]));
		expect([states[expired.id], states[renewed.id], states[withdrawn.id], states[other.id]]).toEqual(['expired', 'accepted', undefined, 'open']);
	});

	test('is not made twice for one address, is made again after it was withdrawn, and for the same address elsewhere', async () => {
		const { email, id } = await invite();
		const again = { email: email.toUpperCase(), name: 'Again', roles: ['analyst'] };
		expect((await admin.call('POST', '/v1/invitations', again)).body.code).toBe('conflict');
		const racing = newEmail();
		const statuses = await Promise.all(Array.from({ length: 6 }, () => admin.call('POST', '/v1/invitations', { ...again, email: racing }).then(({ status }) => status)));
		expect(statuses.sort()).toEqual([201, 409, 409, 409, 409, 409]);
		expect((await admin.call('DELETE', `/v1/invitations/${id}`)).status).toBe(204);
		expect((await admin.call('POST', '/v1/invitations', again)).status).toBe(201);
		expect((await (await app.otherWorkspace()).call('POST', '/v1/invitations', again)).status).toBe(201);
	});

	test('to another workspace names it, and lets nobody into this one', async () => {
		const stranger = await app.otherWorkspace();
		const { link, email } = await invite(stranger);
		const { workspaceId } = stranger.credential;
		expect(link.endsWith(`&workspace=${workspaceId}`)).toBe(true);
		const accepted = await accept(link);
		expect((await request(app.url, 'GET', '/v1/me', undefined, bearer(accepted.body.access_token))).body.workspace.id).toBe(workspaceId);
		expect((await logIn(email)).status).toBe(400);
		expect((await logIn(email, password, workspaceId)).status).toBe(200);
	});

	test('that is accepted and withdrawn at once has one end', async () => {
		for (let round = 0; round < 4; round += 1) {
			const { link, id, userId } = await invite();
			const [accepted, withdrawn] = await Promise.all([accept(link), admin.call('DELETE', `/v1/invitations/${id}`)]);
			expect([[200, 409], [400, 204]]).toContainEqual([accepted.status, withdrawn.status]);
			expect((await admin.call('GET', `/v1/users/${userId}`)).status).toBe(accepted.status === 200 ? 200 : 404);
		}
	});

	test('stands in the database as a hash, and names nobody in the audit log', async () => {
		const { link, email, userId } = await invite();
		const token = tokenOf(link);
		expect(await rowsWith(app.services.db, token.slice(4))).toEqual([]);
		expect(await rowsWith(app.services.db, createHash('sha256').update(token).digest('base64url'))).toHaveLength(1);
		await admin.call('PATCH', `/v1/users/${userId}`, { name: 'Someone Else Entirely' });
		await admin.call('DELETE', `/v1/users/${userId}`);
		for (const needle of [email, 'Merle Ostrand', 'Someone Else Entirely']) expect((await rowsWith(app.services.db, needle)).filter((row) => row.startsWith('audit_log') || row.includes(userId))).toEqual([]);
		expect((await auditOf(userId)).map(({ action }) => action)).toEqual(['invitation.created', 'user.updated', 'user.deleted']);
	});
});

describe('a password reset', () => {
	test('is a link for an hour that sets a password, ends sessions, and withdraws the links before', async () => {
		const user = await userWith(app, ['recruiter']);
		const first = await admin.call('POST', `/v1/users/${user.id}/password-reset`);
		expect([first.status, first.headers.get('cache-control')]).toEqual([201, 'no-store']);
		expect(first.body.link).toMatch(/^https:\/\/talentmatch\.example\.com\/account#password-reset=tml_[\w-]{43}$/);
		const second = (await admin.call('POST', `/v1/users/${user.id}/password-reset`)).body;
		expect((await use('password-reset', tokenOf(first.body.link), 'vier lampen am kai')).body.code).toBe('invalid_link');
		expect((await user.call('GET', '/v1/me')).status).toBe(200);
		expect((await use('password-reset', tokenOf(second.link), 'short')).body.code).toBe('weak_password');
		const answers = await Promise.all(Array.from({ length: 20 }, () => use('password-reset', tokenOf(second.link), 'vier lampen am kai')));
		expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
		expect((await user.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect((await logIn(user.email)).status).toBe(400);
		expect((await logIn(user.email, 'vier lampen am kai')).status).toBe(200);
	});

	test('leaves no session of a login with the old password that came at the same time', async () => {
		for (let round = 0; round < 3; round += 1) {
			const user = await makeUser(app, ['recruiter']);
			const { link } = (await admin.call('POST', `/v1/users/${user.id}/password-reset`)).body;
			const reset = use('password-reset', tokenOf(link), 'vier lampen am kai');
			const logins = await Promise.all(Array.from({ length: 6 }, (_, index) => new Promise((resolve) => setTimeout(resolve, 15 * index)).then(() => logIn(user.email))));
			expect((await reset).status).toBe(200);
			for (const { status, body } of logins) {
				if (status === 200) expect((await request(app.url, 'GET', '/v1/me', undefined, bearer(body.access_token))).body.code).toBe('token_revoked');
				else expect(body.code).toBe('invalid_credentials');
			}
			expect((await admin.call('GET', `/v1/users/${user.id}/sessions`)).body.items).toHaveLength(1);
		}
	});

	test('is for people who can come in, of the own workspace', async () => {
		const { userId } = await invite();
		const disabled = await makeUser(app, ['recruiter']);
		await admin.call('PATCH', `/v1/users/${disabled.id}`, { disabled: true });
		for (const id of [userId, disabled.id]) expect((await admin.call('POST', `/v1/users/${id}/password-reset`)).body.code).toBe('conflict');
		const foreign = await makeUser(app, ['recruiter'], (await app.otherWorkspace()).credential.workspaceId);
		expect((await admin.call('POST', `/v1/users/${foreign.id}/password-reset`)).status).toBe(404);
	});
});

describe('a user', () => {
	test('is found by role, status, and part of name or address', async () => {
		const caller = await app.otherWorkspace();
		const { workspaceId } = caller.credential;
		const [one, two] = [await makeUser(app, ['recruiter'], workspaceId), await makeUser(app, ['recruiter', 'analyst'], workspaceId)];
		const three = await invite(caller, ['analyst']);
		await caller.call('PATCH', `/v1/users/${one.id}`, { disabled: true, name: 'Per%cent Under_score' });
		const found = async (query: string) => (await caller.call('GET', `/v1/users?${query}`)).body.items.map(({ id }: { id: string }) => id).sort();
		expect(await found('role=analyst')).toEqual([two.id, three.userId].sort());
		expect(await found('status=invited')).toEqual([three.userId]);
		expect(await found('status=disabled')).toEqual([one.id]);
		expect(await found('status=active')).toEqual([two.id]);
		expect(await found(`q=${two.email.toUpperCase().slice(0, 20)}`)).toEqual([two.id]);
		expect(await found('q=ostrand')).toEqual([three.userId]);
		expect(await found('q=%25')).toEqual([one.id]);
		expect(await found('q=r_s')).toEqual([one.id]);
		expect(await found('q=%5C')).toEqual([]);
		const pages: string[] = [];
		for (let cursor: string | null = ''; cursor !== null;) {
			const page: any = (await caller.call('GET', `/v1/users?limit=1${cursor && `&cursor=${cursor}`}`)).body;
			pages.push(...page.items.map(({ id }: { id: string }) => id));
			cursor = page.nextCursor;
		}
		expect(pages.sort()).toEqual([one.id, two.id, three.userId].sort());
	});

	test('who is disabled is out at once, and stays out with what they had when enabled again', async () => {
		const user = await userWith(app, ['recruiter']);
		const { link } = (await admin.call('POST', `/v1/users/${user.id}/password-reset`)).body;
		expect((await admin.call('PATCH', `/v1/users/${user.id}`, { disabled: true })).body.status).toBe('disabled');
		expect((await user.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect((await logIn(user.email)).status).toBe(400);
		expect((await use('password-reset', tokenOf(link))).body.code).toBe('invalid_link');
		expect((await admin.call('PATCH', `/v1/users/${user.id}`, { disabled: false })).body.status).toBe('active');
		expect((await user.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect((await use('password-reset', tokenOf(link))).body.code).toBe('invalid_link');
		expect((await request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: user.tokens.refresh_token })).body.error).toBe('invalid_grant');
		expect((await logIn(user.email)).status).toBe(200);
	});

	test('whose roles change may at once what they give, and no more', async () => {
		const user = await userWith(app, ['recruiter']);
		expect((await user.call('GET', '/v1/audit')).status).toBe(403);
		expect((await admin.call('PATCH', `/v1/users/${user.id}`, { roles: ['auditor'] })).status).toBe(200);
		expect([(await user.call('GET', '/v1/audit')).status, (await user.call('GET', '/v1/jobs')).status]).toEqual([200, 403]);
		expect((await auditOf(user.id)).at(-1)).toMatchObject({ action: 'user.updated', details: { fields: ['roles'], rolesBefore: ['recruiter'], roles: ['auditor'] } });
	});

	test('who is deleted leaves an id and nothing that names them', async () => {
		const user = await userWith(app, ['hiring-manager']);
		const jobId = (await app.call('POST', '/v1/jobs', { text: 'Baker\n\nWhat you need\n- Sourdough\n' })).body.id;
		await admin.call('PUT', `/v1/jobs/${jobId}/assignments/${user.id}`);
		expect((await user.call('GET', `/v1/jobs/${jobId}`)).status).toBe(200);
		expect((await admin.call('DELETE', `/v1/users/${user.id}`)).status).toBe(204);
		expect((await user.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect((await logIn(user.email)).status).toBe(400);
		expect((await admin.call('GET', `/v1/users/${user.id}`)).status).toBe(404);
		expect((await admin.call('DELETE', `/v1/users/${user.id}`)).status).toBe(404);
		expect(await rowsWith(app.services.db, user.email)).toEqual([]);
		const rows = await app.services.db.query<{ row: object }>('SELECT to_jsonb(u) AS row FROM users u WHERE id = :id', { replacements: { id: user.id } });
		expect(rows[0]?.row).toMatchObject({ id: user.id, email: null, name: '', password_hash: null, roles: [] });
		expect((await app.services.db.query('SELECT 1 FROM job_assignments WHERE actor_id = :id', { replacements: { id: user.id } }))).toEqual([]);
		expect((await app.services.db.query('SELECT 1 FROM sessions WHERE user_id = :id AND (device IS NOT NULL OR network IS NOT NULL OR revoked_at IS NULL)', { replacements: { id: user.id } }))).toEqual([]);
		expect((await admin.call('POST', '/v1/invitations', { email: user.email, name: 'Back Again', roles: ['recruiter'] })).status).toBe(201);
	});

	test('has sessions, which an administrator lists and ends', async () => {
		const user = await userWith(app, ['recruiter']);
		const second = (await logIn(user.email)).body;
		const { items } = (await admin.call('GET', `/v1/users/${user.id}/sessions`)).body;
		expect(items.map(({ id, current }: any) => [id, current]).sort()).toEqual([[user.tokens.session_id, false], [second.session_id, false]].sort());
		expect((await admin.call('DELETE', `/v1/users/${user.id}/sessions`)).body).toEqual({ ended: 2 });
		expect((await user.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect((await admin.call('GET', `/v1/users/${user.id}/sessions`)).body.items).toEqual([]);
		expect((await logIn(user.email)).status).toBe(200);
	});

	test('changes by at least one field, and has a name of one line', async () => {
		const user = await makeUser(app, ['recruiter']);
		for (const body of [{}, { name: '' }, { name: 'two\nlines' }, { name: 'Merle\u202eOstrand' }, { roles: [] }, { roles: ['analyst', 'analyst'] }, { email: 'x@example.com' }, { disabled: 'yes' }]) {
			expect([body, (await admin.call('PATCH', `/v1/users/${user.id}`, body)).status]).toEqual([body, 400]);
		}
	});
});
