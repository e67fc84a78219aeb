/** One test for each item of the corpus, and for each route what no body of it may carry. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../../sidecar/src/identity/createClient.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { callerOf, startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { contents, untilIdle } from '../../support/rows.ts';
import { makeRows, pathOf } from '../api/fixtures.ts';
import type { Rows } from '../api/fixtures.ts';
import { send } from '../transport/support.ts';
import { corpus } from './corpus.ts';

let app: TestApp;
let admin: Caller;
let rows: Rows;
let names: Record<string, string>;
const objectKeys = Object.getOwnPropertyNames(Object.prototype).sort();
const arrayKeys = Object.getOwnPropertyNames(Array.prototype).sort();
const refusals = ['audit_log', 'login_attempts'];

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	admin = await app.clientWith(['admin']);
	rows = await makeRows(app);
	const stranger = await app.otherWorkspace();
	const workspaceId = stranger.credential.workspaceId;
	const theirs = await makeRows({ ...app, ...stranger, clientWith: async (roles: string[]) => callerOf(app.url, await createClient(app.services, { workspaceId, name: 'theirs', roles })) } as TestApp);
	const token = await admin.token();
	names = { ...rows, clientKey: app.credential.clientId, clientSecret: app.credential.clientSecret, token, refreshLike: token.slice(0, 190) };
	for (const [name, id] of Object.entries(theirs)) Object.assign(names, { [`their.${name}`]: id, [`THEIR.${name}`]: id.toUpperCase() });
	await untilIdle(app.services.db);
});
afterAll(() => app?.close());

const filled = (text: string): string => text.replace(/\{([\w.]+)\}/g, (whole, name: string) => names[name] ?? whole);

async function table(): Promise<Record<string, string>> {
	return Object.fromEntries(Object.entries(await contents(app.services.db)).filter(([name]) => !refusals.includes(name)));
}

describe.each([...new Set(corpus.map(({ kind }) => kind))])('%s', (kind) => {
	let before: Record<string, string>;
	beforeAll(async () => {
		before = await table();
	});

	test.each(corpus.filter((item) => item.kind === kind).map((item) => [item.name, item] as const))('%s', async (_name, { as = 'admin', method, path, body, headers = {}, code }) => {
		const text = body === undefined ? undefined : filled(typeof body === 'string' ? body : JSON.stringify(body));
		const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]));
		const answer = await send(Number(new URL(app.url).port), {
			method, path: encodeURI(decodeless(filled(path))), ...(text !== undefined && { body: text }),
			headers: { ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }), ...(as === 'admin' && { Authorization: `Bearer ${await admin.token()}` }), ...sent },
		});
		const said = JSON.parse(answer.text);
		expect([answer.status < 500, said.code ?? said.error]).toEqual([true, code]);
		expect(answer.text).not.toMatch(/node_modules|\.ts:\d|SELECT |sequelize|root:x:/i);
	});

	test('all these left every row and every prototype as they were', async () => {
		await untilIdle(app.services.db);
		expect(await table()).toEqual(before);
		expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(objectKeys);
		expect(Object.getOwnPropertyNames(Array.prototype).sort()).toEqual(arrayKeys);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});
});

/** What is encoded already stays; `encodeURI` does the rest. */
const decodeless = (path: string): string => path.replaceAll('%', '\u0001');
const encodeURI = (path: string): string => path.replace(/[^\x21-\x7e]/g, (character) => (character === '\u0001' ? '%' : encodeURIComponent(character)));

const withBody = allRoutes({} as never).filter(({ body, errorFormat }) => body !== undefined && errorFormat === undefined).map((route) => [route.id, route] as const);

describe('mass assignment', () => {
	test.each(withBody)('%s takes no id, owner, workspace or right that its schema does not name', async (_id, route) => {
		await untilIdle(app.services.db);
		const before = await table();
		for (const [key, value] of Object.entries({ id: names['their.jobId'], workspaceId: names['their.workspaceId'], workspace_id: names['their.workspaceId'], createdBy: 'admin', created_by: 'admin', isOperator: true, is_operator: true, permissions: ['workspaces:create'], status: 'succeeded', grants: {}, passwordHash: 'x', deletedAt: null, $set: { roles: ['admin'] } })) {
			const body = { ...(route.bodyExample as object), [key]: value };
			if ((route.body as unknown as { safeParse(value: unknown): { success: boolean } }).safeParse(body).success) {
				// Named by the schema: then another test is about it.
				expect(['workspaceId', 'permissions', 'status']).toContain(key);
				continue;
			}
			const answer = await admin.call(route.method.toUpperCase(), pathOf(route, rows), body);
			expect({ key, status: answer.status, code: answer.body.code }).toEqual({ key, status: 400, code: 'invalid_request' });
		}
		expect(await table()).toEqual(before);
	});

	test.each(withBody)('%s is not polluted by any of its keys', async (_id, route) => {
		const text = JSON.stringify(route.bodyExample);
		for (const evil of ['"__proto__":{"polluted":1,"roles":["admin"]}', '"constructor":{"prototype":{"polluted":1}}']) {
			const answer = await admin.call(route.method.toUpperCase(), pathOf(route, { ...rows, ...Object.fromEntries(Object.keys(rows).map((name) => [name, '01980000-0000-7000-8000-0000000fffff'])) }), text.replace('{', `{${evil},`), { 'Content-Type': 'application/json' });
			expect([evil, answer.status]).toEqual([evil, expect.toSatisfy((status: number) => status < 500)]);
			expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
		}
		expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(objectKeys);
	});
});
