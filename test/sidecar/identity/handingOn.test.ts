/** Ways around "nobody grants what they lack" that take several steps. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { makeRole, password, userWith } from './people.ts';
import type { UserCaller } from './people.ts';

let app: TestApp;
let admin: UserCaller;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0' });
	admin = await userWith(app, ['admin']);
});
afterAll(() => app?.close());

const email = () => `person-${randomUUID()}@example.com`;
const accept = (link: string) => request(app.url, 'POST', '/v1/auth/invitation', { token: link.split('=')[1], password });

test('a link that somebody renewed dies when its role gives more, whoever had made the invitation', async () => {
	const role = await makeRole(admin, { permissions: ['jobs:read'] });
	const helper = await userWith(app, [(await makeRole(admin, { permissions: ['users:create', 'users:read', 'jobs:read'] })).name]);
	const invitation = (await admin.call('POST', '/v1/invitations', { email: email(), name: 'A Friend', roles: [role.name] })).body;
	const known = (await helper.call('POST', `/v1/invitations/${invitation.id}/renew`)).body;
	expect((await admin.call('PATCH', `/v1/roles/${role.id}`, { permissions: ['jobs:read', 'cvs:erase'] })).status).toBe(200);
	expect((await accept(known.link)).body.code).toBe('invalid_link');
	// It stays the invitation of who invited.
	expect((await admin.call('POST', `/v1/invitations/${invitation.id}/renew`)).body).toMatchObject({ createdBy: admin.id });
});

test('who sees no names hands on no role that does, hidden behind a wider one that does not', async () => {
	const blind = await makeRole(admin, { permissions: ['users:create', 'users:update', 'clients:create', 'jobs:read', 'matches:read', 'candidates:read', 'cvs:read', 'collections:read', 'rag:query', 'tasks:read'], blind: true });
	const helper = await userWith(app, [blind.name]);
	for (const answer of [
		await helper.call('POST', '/v1/invitations', { email: email(), name: 'A Friend', roles: ['hiring-manager', blind.name] }),
		await helper.call('POST', '/v1/clients', { name: 'A Program', roles: ['hiring-manager', blind.name] }),
	]) expect([answer.status, answer.body.code]).toEqual([403, 'grant_exceeded']);
	expect((await helper.call('POST', '/v1/invitations', { email: email(), name: 'A Friend', roles: [blind.name] })).status).toBe(201);
});

test('who is withdrawn before they came has no job any more', async () => {
	const job = (await admin.call('POST', '/v1/jobs', { title: 'Bookkeeper', text: 'We look for a bookkeeper with SAP.' })).body;
	const invitation = (await admin.call('POST', '/v1/invitations', { email: email(), name: 'A Friend', roles: ['hiring-manager'] })).body;
	expect((await admin.call('PUT', `/v1/jobs/${job.id}/assignments/${invitation.userId}`)).status).toBe(200);
	expect((await admin.call('DELETE', `/v1/invitations/${invitation.id}`)).status).toBe(204);
	expect(await app.services.db.query('SELECT * FROM job_assignments WHERE actor_id = :id', { replacements: { id: invitation.userId } })).toEqual([]);
});
