/** Clients and their secrets; workspaces and who runs them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerOf, request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { rowsWith } from '../../support/rows.ts';
import { makeUser, password, userWith } from './people.ts';
import type { UserCaller } from './people.ts';

let app: TestApp;
let admin: UserCaller;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,write=0,read=0' });
	admin = await userWith(app, ['admin']);
});
afterAll(() => app?.close());

const makeClient = async (roles = ['integration']) => (await admin.call('POST', '/v1/clients', { name: 'n8n', roles })).body;
const tokenWith = (client_id: string, client_secret: string) => request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id, client_secret });
const works = async ({ clientId }: { clientId: string }, secret: string) => (await tokenWith(clientId, secret)).status === 200;
const callerFor = (client: { clientId: string; clientSecret: string }) => callerOf(app.url, { workspaceId: app.credential.workspaceId, clientId: client.clientId, clientSecret: client.clientSecret });
const endOverlap = (id: string) => app.services.db.query("UPDATE client_secrets SET expires_at = now() - interval '1 second' WHERE client_id = :id AND expires_at IS NOT NULL", { replacements: { id } });

describe('a client', () => {
	test('is made with a secret that is shown once and kept as a hash', async () => {
		const answer = await admin.call('POST', '/v1/clients', { name: 'n8n of the sales office', roles: ['integration'] });
		expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
		const { id, clientId, clientSecret } = answer.body;
		expect(await works({ clientId }, clientSecret)).toBe(true);
		const shown = (await admin.call('GET', `/v1/clients/${id}`)).body;
		expect(shown).toMatchObject({ clientId, name: 'n8n of the sales office', roles: ['integration'], disabled: false, createdBy: admin.id });
		expect(shown.lastUsedAt).not.toBeNull();
		expect(JSON.stringify(shown)).not.toContain(clientSecret);
		expect(await rowsWith(app.services.db, clientSecret)).toEqual([]);
	});

	test('that is disabled is out at once, and its old tokens stay out when it is enabled', async () => {
		const client = await makeClient();
		const caller = callerFor(client);
		expect((await caller.call('GET', '/v1/jobs')).status).toBe(200);
		expect((await admin.call('PATCH', `/v1/clients/${client.id}`, { disabled: true })).body.disabled).toBe(true);
		expect((await caller.call('GET', '/v1/jobs')).body.code).toBe('token_revoked');
		expect((await tokenWith(client.clientId, client.clientSecret)).body.error).toBe('invalid_client');
		expect((await admin.call('PATCH', `/v1/clients/${client.id}`, { disabled: false })).body.disabled).toBe(false);
		expect((await caller.call('GET', '/v1/jobs')).body.code).toBe('token_revoked');
		expect((await callerFor(client).call('GET', '/v1/jobs')).status).toBe(200);
	});

	test('whose tokens are revoked gets new ones with its secret', async () => {
		const client = await makeClient();
		const caller = callerFor(client);
		await caller.token();
		expect((await admin.call('DELETE', `/v1/clients/${client.id}/tokens`)).status).toBe(204);
		const answer = await caller.call('GET', '/v1/me');
		expect([answer.status, answer.body.code]).toEqual([401, 'token_revoked']);
		expect((await callerFor(client).call('GET', '/v1/me')).status).toBe(200);
	});

	test('that is deleted is gone with its secrets and tokens', async () => {
		const client = await makeClient();
		const caller = callerFor(client);
		await caller.token();
		expect((await admin.call('DELETE', `/v1/clients/${client.id}`)).status).toBe(204);
		expect((await caller.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect(await works(client, client.clientSecret)).toBe(false);
		expect((await admin.call('GET', `/v1/clients/${client.id}`)).status).toBe(404);
	});

	test('whose roles change may at once what they give', async () => {
		const client = await makeClient();
		const caller = callerFor(client);
		expect((await caller.call('GET', '/v1/jobs')).status).toBe(200);
		expect((await admin.call('PATCH', `/v1/clients/${client.id}`, { roles: ['auditor'] })).status).toBe(200);
		expect([(await caller.call('GET', '/v1/jobs')).status, (await caller.call('GET', '/v1/audit')).status]).toEqual([403, 200]);
	});
});

describe('a new secret', () => {
	const rotate = async (id: string, overlapSeconds?: number) => {
		const answer = await admin.call('POST', `/v1/clients/${id}/secrets`, overlapSeconds === undefined ? {} : { overlapSeconds });
		expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
		return answer.body;
	};

	test('works beside the one before until the overlap is over', async () => {
		const client = await makeClient();
		const rotated = await rotate(client.id);
		expect(rotated.secrets.map(({ expiresAt }: { expiresAt: string | null }) => expiresAt === null)).toEqual([true, false]);
		expect([await works(client, client.clientSecret), await works(client, rotated.clientSecret)]).toEqual([true, true]);
		await endOverlap(client.id);
		expect([await works(client, client.clientSecret), await works(client, rotated.clientSecret)]).toEqual([false, true]);
		expect((await admin.call('GET', `/v1/clients/${client.id}`)).body.secrets).toHaveLength(1);
	});

	test('without overlap ends every other at once', async () => {
		const client = await makeClient();
		const second = await rotate(client.id, 3600);
		const third = await rotate(client.id, 0);
		expect([await works(client, client.clientSecret), await works(client, second.clientSecret), await works(client, third.clientSecret)]).toEqual([false, false, true]);
	});

	test('leaves two alive at most, and no old one longer than it was promised', async () => {
		const client = await makeClient();
		const second = await rotate(client.id, 3600);
		const third = await rotate(client.id, 86_400);
		expect([await works(client, client.clientSecret), await works(client, second.clientSecret), await works(client, third.clientSecret)]).toEqual([false, true, true]);
		const again = await Promise.all(Array.from({ length: 5 }, () => rotate(client.id, 60)));
		const alive = await Promise.all(again.map(({ clientSecret }) => works(client, clientSecret)));
		expect(alive.filter(Boolean)).toHaveLength(2);
		const { secrets } = (await admin.call('GET', `/v1/clients/${client.id}`)).body;
		expect(secrets).toHaveLength(2);
		expect(Date.parse(secrets[1].expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
	});

	test.each([-1, 2_592_001, 1.5, '60', null])('takes no overlap of %j', async (overlapSeconds) => {
		expect((await admin.call('POST', `/v1/clients/${(await makeClient()).id}/secrets`, { overlapSeconds })).status).toBe(400);
	});
});

describe('a workspace', () => {
	const makeWorkspace = async () => {
		const answer = await admin.call('POST', '/v1/workspaces', { name: 'Brandis & Talvera', admin: { email: 'odo.brandis@example.com', name: 'Odo Brandis' } });
		expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
		const token = /#invitation=([^&]+)&workspace=/.exec(answer.body.invitation.link)![1] as string;
		const { access_token, session_id } = (await request(app.url, 'POST', '/v1/auth/invitation', { token, password })).body;
		return { ...answer.body.workspace, session_id, call: (method: string, path: string, body?: unknown) => request(app.url, method, path, body, { Authorization: `Bearer ${access_token}` }) };
	};

	test('comes with its agents and its first administrator, and without the rights of the operator', async () => {
		const made = await makeWorkspace();
		expect((await made.call('GET', '/v1/agents')).body.items.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['cv-analyst', 'matcher', 'rag-assistant']);
		expect((await made.call('GET', '/v1/me')).body).toMatchObject({ roles: ['admin'], workspace: { id: made.id, operator: false } });
		expect((await made.call('GET', '/v1/users')).body.items).toHaveLength(1);
		for (const [method, path, body] of [['GET', '/v1/workspaces', undefined], ['GET', '/metrics', undefined], ['PATCH', `/v1/workspaces/${made.id}`, { name: 'x' }], ['PATCH', `/v1/workspaces/${app.credential.workspaceId}`, { disabled: true }]] as const) {
			expect([path, (await made.call(method, path, body)).body.code]).toEqual([path, 'forbidden']);
		}
		expect((await admin.call('GET', '/v1/workspaces?limit=100')).body.items.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining([made.id, app.credential.workspaceId]));
	});

	test('that is disabled lets nobody in, at once', async () => {
		const made = await makeWorkspace();
		const client = (await made.call('POST', '/v1/clients', { name: 'n8n', roles: ['integration'] })).body;
		const caller = callerFor(client);
		expect((await caller.call('GET', '/v1/jobs')).status).toBe(200);
		const open = (await made.call('POST', '/v1/invitations', { email: 'late@example.com', name: 'Late', roles: ['recruiter'] })).body;
		const person = await makeUser(app, ['recruiter'], made.id);
		expect((await admin.call('PATCH', `/v1/workspaces/${made.id}`, { disabled: true })).body.disabled).toBe(true);
		expect((await made.call('GET', '/v1/me')).body.code).toBe('token_revoked');
		expect((await caller.call('GET', '/v1/jobs')).body.code).toBe('token_revoked');
		expect((await tokenWith(client.clientId, client.clientSecret)).body.error).toBe('invalid_client');
		expect((await request(app.url, 'POST', '/v1/auth/login', { email: person.email, password, workspaceId: made.id })).body.code).toBe('invalid_credentials');
		expect((await request(app.url, 'POST', '/v1/auth/invitation', { token: /=([^&]+)/.exec(open.link)![1], password })).body.code).toBe('invalid_link');
		expect((await admin.call('GET', '/v1/me')).status).toBe(200);
		expect((await admin.call('PATCH', `/v1/workspaces/${made.id}`, { disabled: false })).body.disabled).toBe(false);
		expect((await made.call('GET', '/v1/me')).status).toBe(200);
	});

	test('that runs the installation cannot be disabled', async () => {
		expect((await admin.call('PATCH', `/v1/workspaces/${app.credential.workspaceId}`, { disabled: true })).body.code).toBe('conflict');
	});

	test('blinds built-in roles, but never the administrator', async () => {
		const user = await userWith(app, ['recruiter']);
		const blind = async () => (await user.call('GET', '/v1/me')).body.grants.find(({ permission }: { permission: string }) => permission === 'candidates:read').blind;
		expect(await blind()).toBe(false);
		expect((await admin.call('PATCH', '/v1/workspace', { blindRoles: ['recruiter', 'analyst'] })).body.blindRoles).toEqual(['recruiter', 'analyst']);
		expect(await blind()).toBe(true);
		expect((await admin.call('GET', '/v1/roles')).body.items.filter((role: any) => role.blind).map(({ name }: { name: string }) => name)).toEqual(['recruiter', 'analyst']);
		expect((await admin.call('PATCH', '/v1/workspace', { blindRoles: [] })).status).toBe(200);
		expect(await blind()).toBe(false);
		for (const blindRoles of [['admin'], ['owner'], ['recruiter', 'recruiter'], 'recruiter']) expect([blindRoles, (await admin.call('PATCH', '/v1/workspace', { blindRoles })).status]).toEqual([blindRoles, 400]);
	});
});

describe('the list of permissions', () => {
	test('says of each what it allows', async () => {
		const { items } = (await admin.call('GET', '/v1/permissions')).body;
		expect(items.length).toBeGreaterThan(40);
		for (const { permission, description } of items) expect([permission, /^[A-Z].{8,}\.$/.test(description)]).toEqual([permission, true]);
	});
});
