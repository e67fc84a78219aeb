/** Users made straight in the database, for tests that are not about inviting them. */
import { randomUUID } from 'node:crypto';
import { hashSecret } from '../../../sidecar/src/platform/secrets.ts';
import { users } from '../../../sidecar/src/identity/User.ts';
import { request } from '../../support/app.ts';
import type { Answer, TestApp } from '../../support/app.ts';

export const password = 'korvette im nebel 7';
const passwordHash = hashSecret(password);

export interface Person {
	id: string;
	email: string;
}

export async function makeUser(app: TestApp, roles: string[], workspaceId = app.credential.workspaceId): Promise<Person> {
	const id = randomUUID();
	const email = `person-${id}@example.com`;
	await users(app.services.db).create({ id, workspaceId, email, name: 'Ines Talvera', passwordHash: await passwordHash, roles, createdBy: 'test', createdAt: new Date() });
	return { id, email };
}

export interface UserCaller extends Person {
	tokens: any;
	call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** A user who has logged in. */
export async function userWith(app: TestApp, roles: string[], workspaceId = app.credential.workspaceId): Promise<UserCaller> {
	const user = await makeUser(app, roles, workspaceId);
	const answer = await request(app.url, 'POST', '/v1/auth/login', { email: user.email, password, workspaceId });
	if (answer.status !== 200) throw new Error(`no login: ${JSON.stringify(answer.body)}`);
	return { ...user, tokens: answer.body, call: (method, path, body, headers = {}) => request(app.url, method, path, body, { Authorization: `Bearer ${answer.body.access_token}`, ...headers }) };
}

/** A role of its own name, made through the API. */
export async function makeRole(admin: Pick<UserCaller, 'call'>, definition: { permissions: string[]; rows?: string; blind?: boolean }): Promise<{ id: string; name: string }> {
	const answer = await admin.call('POST', '/v1/roles', { name: `role-${randomUUID()}`, ...definition });
	if (answer.status !== 201) throw new Error(`no role: ${JSON.stringify(answer.body)}`);
	return answer.body;
}
