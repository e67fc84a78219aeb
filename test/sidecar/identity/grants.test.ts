/** Nobody grants what they lack, and nobody manages somebody who may do more: asked by attack. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callerOf, request, startApp } from '../../support/app.ts';
import type { Answer, Caller, TestApp } from '../../support/app.ts';
import { contents } from '../../support/rows.ts';
import { makeRole, makeUser, password, userWith } from './people.ts';
import type { UserCaller } from './people.ts';

let app: TestApp;
let admin: UserCaller;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,write=0,read=0' });
	admin = await userWith(app, ['admin']);
});
afterAll(() => app?.close());

/** Administers people and access, but of CVs reads only. */
const keeperPermissions = [
	'users:create', 'users:read', 'users:update', 'users:delete', 'roles:create', 'roles:read', 'roles:update', 'roles:delete', 'clients:create', 'clients:read', 'clients:update', 'clients:delete',
	'sessions:read', 'sessions:revoke', 'workspace:read', 'workspace:update', 'jobs:read',
];

async function refused(answer: Answer, permissions: string[]): Promise<void> {
	expect([answer.status, answer.body.code]).toEqual([403, 'grant_exceeded']);
	expect(answer.body.permissions).toEqual(expect.arrayContaining(permissions));
}

async function nothingWritten(work: () => Promise<void>): Promise<void> {
	const before = await contents(app.services.db);
	await work();
	expect(await contents(app.services.db)).toEqual(before);
}

describe('who administers people but may not erase CVs', () => {
	let keeper: UserCaller;
	let role: { id: string; name: string };
	beforeAll(async () => {
		role = await makeRole(admin, { permissions: keeperPermissions });
		keeper = await userWith(app, [role.name]);
	});

	test('makes no role, client or invitation that may', async () => {
		await nothingWritten(async () => {
			await refused(await keeper.call('POST', '/v1/roles', { name: 'eraser', permissions: ['jobs:read', 'cvs:erase'] }), ['cvs:erase']);
			await refused(await keeper.call('POST', '/v1/clients', { name: 'n8n', roles: ['integration'] }), ['cvs:erase']);
			await refused(await keeper.call('POST', '/v1/invitations', { email: 'friend@example.com', name: 'A Friend', roles: ['admin'] }), ['cvs:erase']);
		});
	});

	test('gives neither themselves nor others more', async () => {
		const other = await makeUser(app, [role.name]);
		await nothingWritten(async () => {
			for (const id of [keeper.id, other.id]) await refused(await keeper.call('PATCH', `/v1/users/${id}`, { roles: [role.name, 'recruiter'] }), ['cvs:erase']);
			await refused(await keeper.call('PATCH', `/v1/roles/${role.id}`, { permissions: [...keeperPermissions, 'audit:read'] }), ['audit:read']);
		});
		expect((await keeper.call('PATCH', `/v1/users/${other.id}`, { name: 'Another Name' })).status).toBe(200);
	});

	test('does not touch an administrator: reset link, roles, name, sessions, invitation, deletion', async () => {
		const victim = await userWith(app, ['admin']);
		const invitation = (await admin.call('POST', '/v1/invitations', { email: 'chief@example.com', name: 'New Chief', roles: ['admin'] })).body;
		await nothingWritten(async () => {
			for (const [method, path, body] of [
				['POST', `/v1/users/${victim.id}/password-reset`, undefined],
				['PATCH', `/v1/users/${victim.id}`, { roles: ['analyst'] }],
				['PATCH', `/v1/users/${victim.id}`, { name: 'Nobody' }],
				['PATCH', `/v1/users/${victim.id}`, { disabled: true }],
				['DELETE', `/v1/users/${victim.id}`, undefined],
				['DELETE', `/v1/users/${victim.id}/sessions`, undefined],
				['DELETE', `/v1/sessions/${victim.tokens.session_id}`, undefined],
				['POST', `/v1/invitations/${invitation.id}/renew`, undefined],
				['DELETE', `/v1/invitations/${invitation.id}`, undefined],
			] as const) {
				const answer = await keeper.call(method, path, body);
				expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'grant_exceeded']);
			}
		});
		expect((await victim.call('GET', '/v1/me')).status).toBe(200);
	});

	test('does not touch a stronger client: secret, tokens, roles, deletion', async () => {
		const client = (await admin.call('POST', '/v1/clients', { name: 'n8n', roles: ['integration'] })).body;
		await nothingWritten(async () => {
			for (const [method, path, body] of [
				['POST', `/v1/clients/${client.id}/secrets`, { overlapSeconds: 0 }],
				['PATCH', `/v1/clients/${client.id}`, { roles: [role.name] }],
				['PATCH', `/v1/clients/${client.id}`, { disabled: true }],
				['DELETE', `/v1/clients/${client.id}/tokens`, undefined],
				['DELETE', `/v1/clients/${client.id}`, undefined],
			] as const) {
				const answer = await keeper.call(method, path, body);
				expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'grant_exceeded']);
			}
		});
	});

	test('neither changes nor deletes a stronger role, not even to less', async () => {
		const strong = await makeRole(admin, { permissions: ['cvs:erase', 'jobs:read'] });
		await nothingWritten(async () => {
			await refused(await keeper.call('PATCH', `/v1/roles/${strong.id}`, { permissions: ['jobs:read'] }), ['cvs:erase']);
			await refused(await keeper.call('PATCH', `/v1/roles/${strong.id}`, { description: 'x' }), ['cvs:erase']);
			await refused(await keeper.call('DELETE', `/v1/roles/${strong.id}`), ['cvs:erase']);
		});
	});

	test('does not change what roles see that reach further', async () => {
		await nothingWritten(async () => refused(await keeper.call('PATCH', '/v1/workspace', { blindRoles: ['recruiter'] }), ['cvs:erase']));
		expect((await admin.call('PATCH', '/v1/workspace', { blindRoles: ['recruiter'] })).status).toBe(200);
		try {
			await nothingWritten(async () => refused(await keeper.call('PATCH', '/v1/workspace', { blindRoles: [] }), ['cvs:erase']));
			expect((await keeper.call('PATCH', '/v1/workspace', { name: 'A new name' })).body.name).toBe('A new name');
		} finally {
			await admin.call('PATCH', '/v1/workspace', { blindRoles: [] });
		}
	});

	test('does not come to the documents of a collection by a role that it names', async () => {
		const board = await makeRole(admin, { permissions: ['jobs:read'] });
		const collection = await admin.call('POST', '/v1/collections', { name: 'board papers', readRoles: [board.name] });
		expect(collection.status).toBe(201);
		await nothingWritten(async () => {
			await refused(await keeper.call('PATCH', `/v1/users/${keeper.id}`, { roles: [role.name, board.name] }), ['collections:update']);
			await refused(await keeper.call('POST', '/v1/clients', { name: 'reader', roles: [board.name] }), ['collections:update']);
			expect((await admin.call('DELETE', `/v1/roles/${board.id}`)).body.code).toBe('conflict');
		});
	});

	test('does not come in with more by a link they made before', async () => {
		const junior = await makeRole(admin, { permissions: ['jobs:read'] });
		const invite = async () => (await keeper.call('POST', '/v1/invitations', { email: `${junior.name}-${(count += 1)}@example.com`, name: 'A Friend', roles: [junior.name] })).body;
		let count = 0;
		const accept = async ({ link }: { link: string }) => (await request(app.url, 'POST', '/v1/auth/invitation', { token: /=(tml_[^&]+)/.exec(link)![1], password })).status;
		const [promoted, widened, kept] = [await invite(), await invite(), await invite()];
		const person = await makeUser(app, [junior.name]);
		const reset = (await keeper.call('POST', `/v1/users/${person.id}/password-reset`)).body;

		for (const id of [promoted.userId, person.id]) expect((await admin.call('PATCH', `/v1/users/${id}`, { roles: ['admin'] })).status).toBe(200);
		expect(await accept(promoted)).toBe(400);
		expect((await request(app.url, 'POST', '/v1/auth/password-reset', { token: /=(tml_[^&]+)/.exec(reset.link)![1], password })).body.code).toBe('invalid_link');
		await admin.call('PATCH', `/v1/users/${person.id}`, { roles: ['analyst'] });

		expect((await admin.call('PATCH', `/v1/roles/${junior.id}`, { description: 'the same as before' })).status).toBe(200);
		expect(await accept(kept)).toBe(200);
		expect((await admin.call('PATCH', `/v1/roles/${junior.id}`, { permissions: ['jobs:read', 'audit:read'] })).status).toBe(200);
		expect(await accept(widened)).toBe(400);
		await refused(await keeper.call('POST', `/v1/invitations/${widened.id}/renew`), ['audit:read']);
		expect(await accept((await admin.call('POST', `/v1/invitations/${widened.id}/renew`)).body)).toBe(200);
	});

	test('hands on what they have', async () => {
		const made = await keeper.call('POST', '/v1/roles', { name: 'job-reader', permissions: ['jobs:read'] });
		expect(made.status).toBe(201);
		const client = await keeper.call('POST', '/v1/clients', { name: 'job board', roles: ['job-reader'] });
		expect(client.status).toBe(201);
		const caller = callerOf(app.url, { workspaceId: app.credential.workspaceId, clientId: client.body.clientId, clientSecret: client.body.clientSecret });
		expect((await caller.call('GET', '/v1/jobs')).status).toBe(200);
		expect((await caller.call('GET', '/v1/users')).status).toBe(403);
	});
});

describe('rows and blindness', () => {
	test('who reaches the rows they made, or sees no names, hands on no more', async () => {
		const narrow = await userWith(app, [(await makeRole(admin, { permissions: ['roles:create', 'candidates:read'], rows: 'own', blind: true })).name]);
		await nothingWritten(async () => {
			await refused(await narrow.call('POST', '/v1/roles', { name: 'wide', permissions: ['candidates:read'], rows: 'workspace', blind: true }), ['candidates:read']);
			await refused(await narrow.call('POST', '/v1/roles', { name: 'wide', permissions: ['candidates:read'], rows: 'assigned', blind: true }), ['candidates:read']);
			await refused(await narrow.call('POST', '/v1/roles', { name: 'seeing', permissions: ['candidates:read'], rows: 'own', blind: false }), ['candidates:read']);
		});
		expect((await narrow.call('POST', '/v1/roles', { name: 'same', permissions: ['candidates:read'], rows: 'own', blind: true })).status).toBe(201);
	});

	test('who reaches the people they invited finds no others', async () => {
		const { name } = await makeRole(admin, { permissions: ['users:create', 'users:read', 'users:update', 'clients:read', 'roles:read'], rows: 'own' });
		const owner = await userWith(app, [name]);
		const guest = (await owner.call('POST', '/v1/invitations', { email: 'guest@example.com', name: 'A Guest', roles: [name] })).body;
		expect((await owner.call('GET', '/v1/users')).body.items.map(({ id }: { id: string }) => id)).toEqual([guest.userId]);
		expect((await owner.call('GET', '/v1/invitations')).body.items.map(({ id }: { id: string }) => id)).toEqual([guest.id]);
		expect((await owner.call('GET', '/v1/clients')).body.items).toEqual([]);
		expect((await owner.call('GET', `/v1/users/${admin.id}`)).status).toBe(404);
		expect((await owner.call('PATCH', `/v1/users/${(await makeUser(app, [name])).id}`, { name: 'Mine' })).status).toBe(404);
		expect((await owner.call('PATCH', `/v1/users/${guest.userId}`, { name: 'My Guest' })).status).toBe(200);
	});
});

describe('a token narrowed by scope', () => {
	test('counts with what it gives, not with the roles behind it', async () => {
		const { credential } = await app.clientWith(['admin']);
		const narrowed = async (scope: string) => {
			const { access_token } = (await request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: credential.clientId, client_secret: credential.clientSecret, scope })).body;
			return (method: string, path: string, body?: unknown) => request(app.url, method, path, body, { Authorization: `Bearer ${access_token}` });
		};
		const victim = await makeUser(app, ['recruiter']);
		const call = await narrowed('clients:create users:create users:update roles:create');
		await nothingWritten(async () => {
			await refused(await call('POST', '/v1/clients', { name: 'n8n', roles: ['integration'] }), ['cvs:read']);
			await refused(await call('POST', '/v1/invitations', { email: 'friend@example.com', name: 'A Friend', roles: ['admin'] }), ['audit:read']);
			await refused(await call('POST', '/v1/roles', { name: 'reader', permissions: ['jobs:read'] }), ['jobs:read']);
			await refused(await call('POST', `/v1/users/${victim.id}/password-reset`), ['cvs:read']);
		});
		expect((await (await narrowed('roles:create jobs:read'))('POST', '/v1/roles', { name: 'scoped', permissions: ['jobs:read'] })).status).toBe(201);
	});
});

describe('names of roles', () => {
	test('that are built in, taken, or look alike, are refused', async () => {
		const role = await makeRole(admin, { permissions: ['jobs:read'] });
		await nothingWritten(async () => {
			for (const name of ['admin', 'recruiter', 'hiring-manager', role.name]) {
				expect([name, (await admin.call('POST', '/v1/roles', { name, permissions: ['jobs:read'] })).body.code]).toEqual([name, 'conflict']);
			}
			expect((await admin.call('PATCH', `/v1/roles/${role.id}`, { name: 'admin' })).body.code).toBe('conflict');
			for (const name of ['Admin', 'ADMIN', 'admin ', 'аdmin', 'ad\u200bmin', '__proto__', '', 'a', 'x'.repeat(51)]) {
				expect([name, (await admin.call('PATCH', `/v1/roles/${role.id}`, { name })).status]).toEqual([name, 400]);
			}
		});
	});

	test('of Object.prototype are names like others', async () => {
		for (const roles of [['constructor'], ['toString'], ['__proto__'], ['hasOwnProperty']]) {
			expect((await admin.call('POST', '/v1/clients', { name: 'x', roles })).status).toBe(400);
		}
		const made = await admin.call('POST', '/v1/roles', { name: 'constructor', permissions: ['jobs:read'] });
		expect(made.status).toBe(201);
		const user = await userWith(app, ['constructor']);
		expect((await user.call('GET', '/v1/me')).body.permissions).toEqual(['jobs:read']);
	});

	test('are those of the own workspace', async () => {
		const stranger = await app.otherWorkspace();
		const foreign = (await stranger.call('POST', '/v1/roles', { name: 'foreign', permissions: ['cvs:erase'] })).body;
		await nothingWritten(async () => {
			expect((await admin.call('POST', '/v1/clients', { name: 'x', roles: ['foreign'] })).body).toMatchObject({ status: 400, code: 'invalid_request' });
			expect((await admin.call('POST', '/v1/invitations', { email: 'x@example.com', name: 'X', roles: ['foreign'] })).status).toBe(400);
			for (const method of ['PATCH', 'DELETE']) expect((await admin.call(method, `/v1/roles/${foreign.id}`, method === 'PATCH' ? { blind: true } : undefined)).status).toBe(404);
		});
		const user = await userWith(app, ['foreign']);
		expect((await user.call('GET', '/v1/me')).body.permissions).toEqual([]);
	});

	test('stay, and the role stays, while somebody has it', async () => {
		const role = await makeRole(admin, { permissions: ['jobs:read'] });
		const user = await makeUser(app, [role.name]);
		expect((await admin.call('PATCH', `/v1/roles/${role.id}`, { name: 'other-name' })).body.code).toBe('conflict');
		expect((await admin.call('DELETE', `/v1/roles/${role.id}`)).body.code).toBe('conflict');
		expect((await admin.call('PATCH', `/v1/users/${user.id}`, { roles: ['analyst'] })).status).toBe(200);
		expect((await admin.call('PATCH', `/v1/roles/${role.id}`, { name: 'other-name' })).body).toMatchObject({ name: 'other-name', users: 0 });
		expect((await admin.call('DELETE', `/v1/roles/${role.id}`)).status).toBe(204);
	});
});

describe('a role that changes', () => {
	test('counts at once for who has it', async () => {
		const role = await makeRole(admin, { permissions: ['jobs:read', 'tasks:read'] });
		const user = await userWith(app, [role.name]);
		expect((await user.call('GET', '/v1/tasks')).status).toBe(200);
		expect((await admin.call('PATCH', `/v1/roles/${role.id}`, { permissions: ['jobs:read'] })).status).toBe(200);
		expect((await user.call('GET', '/v1/tasks')).status).toBe(403);
		expect((await user.call('GET', '/v1/jobs')).status).toBe(200);
	});

	test('knows no permission that there is not, and gives none beyond its workspace', async () => {
		expect((await admin.call('POST', '/v1/roles', { name: 'odd', permissions: ['jobs:everything'] })).body).toMatchObject({ status: 400, errors: [{ path: 'body.permissions.0' }] });
		const stranger = await app.otherWorkspace();
		await refused(await stranger.call('POST', '/v1/roles', { name: 'operator', permissions: ['workspaces:update', 'metrics:read'] }), ['metrics:read', 'workspaces:update']);
	});
});

describe('the last administrator', () => {
	let chief: Caller;
	let chiefs: UserCaller[];
	beforeEach(async () => {
		chief = await app.otherWorkspace();
		chiefs = await Promise.all([userWith(app, ['admin'], chief.credential.workspaceId), userWith(app, ['admin'], chief.credential.workspaceId)]);
	});
	const adminsLeft = async () => (await chief.call('GET', '/v1/users?role=admin&status=active')).body.items.length;

	test('is not demoted, disabled or deleted, by nobody', async () => {
		const [one, two] = chiefs as [UserCaller, UserCaller];
		// Who was invited and never came cannot let others in.
		await one.call('POST', '/v1/invitations', { email: 'late@example.com', name: 'Late', roles: ['admin'] });
		expect((await one.call('PATCH', `/v1/users/${two.id}`, { disabled: true })).status).toBe(200);
		for (const caller of [one, chief]) {
			expect((await caller.call('PATCH', `/v1/users/${one.id}`, { roles: ['recruiter'] })).body.code).toBe('conflict');
			expect((await caller.call('PATCH', `/v1/users/${one.id}`, { disabled: true })).body.code).toBe('conflict');
			expect((await caller.call('DELETE', `/v1/users/${one.id}`)).body.code).toBe('conflict');
		}
		expect((await one.call('PATCH', `/v1/users/${two.id}`, { disabled: false })).status).toBe(200);
		expect((await one.call('PATCH', `/v1/users/${one.id}`, { roles: ['recruiter'] })).status).toBe(200);
	});

	test.each([
		['each other', 'PATCH', { roles: ['recruiter'] }, (own: UserCaller, other: UserCaller) => [own, other]],
		['themselves', 'PATCH', { roles: ['recruiter'] }, (own: UserCaller) => [own, own]],
		['each other for good', 'DELETE', undefined, (own: UserCaller, other: UserCaller) => [own, other]],
	] as const)('is left when two administrators demote %s at once', async (_what, method, body, pair) => {
		const [one, two] = chiefs as [UserCaller, UserCaller];
		const answers = await Promise.all([[one, two], [two, one]].map(async ([own, other]) => {
			const [caller, target] = pair(own as UserCaller, other as UserCaller) as [UserCaller, UserCaller];
			return (await caller.call(method, `/v1/users/${target.id}`, body)).status;
		}));
		expect(answers.filter((status) => status < 300)).toHaveLength(1);
		expect(answers.filter((status) => [401, 403, 409].includes(status))).toHaveLength(1);
		expect(await adminsLeft()).toBe(1);
	});

	test('is left when twenty requests take all others away at once', async () => {
		const more = await Promise.all([1, 2, 3].map(() => makeUser(app, ['admin'], chief.credential.workspaceId)));
		const all = [...chiefs, ...more];
		const statuses = await Promise.all(Array.from({ length: 20 }, (_, index) => chief.call('PATCH', `/v1/users/${all[index % 5]!.id}`, index % 2 ? { disabled: true } : { roles: ['analyst'] }).then(({ status }) => status)));
		expect(statuses).not.toContain(500);
		expect(statuses).toContain(409);
		expect(await adminsLeft()).toBe(1);
	});
});

describe('oneself', () => {
	test('is not disabled, deleted or given a reset link, as a user or as a client', async () => {
		await nothingWritten(async () => {
			expect((await admin.call('PATCH', `/v1/users/${admin.id}`, { disabled: true })).body.code).toBe('conflict');
			expect((await admin.call('DELETE', `/v1/users/${admin.id}`)).body.code).toBe('conflict');
			expect((await admin.call('POST', `/v1/users/${admin.id}/password-reset`)).body.code).toBe('conflict');
		});
		const client = (await admin.call('POST', '/v1/clients', { name: 'admin client', roles: ['admin'] })).body;
		const caller = callerOf(app.url, { workspaceId: app.credential.workspaceId, clientId: client.clientId, clientSecret: client.clientSecret });
		expect((await caller.call('PATCH', `/v1/clients/${client.id}`, { disabled: true })).body.code).toBe('conflict');
		expect((await caller.call('DELETE', `/v1/clients/${client.id}`)).body.code).toBe('conflict');
	});

	test('who was demoted a moment ago grants nothing any longer, also where the token was looked at before', async () => {
		const [one, two] = [await userWith(app, ['admin']), await makeUser(app, ['recruiter'])];
		expect((await one.call('GET', '/v1/me')).status).toBe(200);
		// Straight in the database: nobody tells the processes, which trust what they read for two seconds.
		await app.services.db.query("UPDATE users SET roles = '{analyst}' WHERE id = :id", { replacements: { id: one.id } });
		const answers = await Promise.all([
			one.call('PATCH', `/v1/users/${two.id}`, { roles: ['admin'] }), one.call('POST', '/v1/clients', { name: 'x', roles: ['analyst'] }), one.call('POST', `/v1/users/${two.id}/password-reset`),
		]);
		expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
		expect((await request(app.url, 'POST', '/v1/auth/login', { email: two.email, password })).status).toBe(200);
	});
});
