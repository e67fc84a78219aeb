/** Every route's request example is sent to a running service, and the answer compared with the example of its status. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { makeUser, password, userWith } from '../identity/people.ts';
import { cvText, makeRows, pathOf } from './fixtures.ts';
import type { Rows } from './fixtures.ts';

const routes = allRoutes({} as never);
let app: TestApp;
let admin: Caller;
let rows: Rows;

beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	admin = await app.clientWith(['admin']);
	rows = await makeRows(app);
});
afterAll(() => app?.close());

/** What an example cannot hold as it stands (a secret, a link that works once, a row in a certain state) and who asks where it is not the administrator. */
interface Prepared {
	body?: Record<string, unknown>;
	rows?: Rows;
	caller?: Pick<Caller, 'call'>;
}

const linkToken = (link: string) => link.slice(link.indexOf('=', link.indexOf('#')) + 1);

const preparations: Record<string, () => Promise<Prepared>> = {
	issueToken: async () => ({ body: { client_id: admin.credential.clientId, client_secret: admin.credential.clientSecret } }),
	logIn: async () => ({ body: { email: (await makeUser(app, ['recruiter'])).email, password } }),
	acceptInvitation: async () => {
		const { link } = (await admin.call('POST', '/v1/invitations', { email: 'inga.falk@example.com', name: 'Inga Falk', roles: ['recruiter'] })).body;
		return { body: { token: linkToken(link) } };
	},
	resetPassword: async () => {
		const { id } = await makeUser(app, ['recruiter']);
		return { body: { token: linkToken((await admin.call('POST', `/v1/users/${id}/password-reset`)).body.link) } };
	},
	logOutEverywhere: async () => ({ caller: await userWith(app, ['recruiter']) }),
	changePassword: async () => ({ caller: await userWith(app, ['recruiter']) }),
	updateWorkspace: async () => ({ rows: { workspaceId: (await app.otherWorkspace()).credential.workspaceId } }),
	runAgent: async () => ({ rows: { agentId: 'rag-assistant' } }),
	// The host of the example does not exist.
	saveWebhook: async () => ({ body: { url: 'http://127.0.0.1:9/hook' } }),
	cancelTask: async () => ({ rows: { taskId: await taskThat('queued') } }),
	retryTask: async () => ({ rows: { taskId: await taskThat('failed') } }),
	// Its CV was erased by the route before.
	eraseCandidate: async () => {
		const text = cvText.replaceAll('Ottilie Varnbrook', 'Henrike Aldous').replaceAll('ottilie.varnbrook', 'henrike.aldous');
		return { rows: { candidateId: (await app.call('POST', '/v1/cvs?wait=30', { fileName: 'henrike.txt', text })).body.result.candidateId } };
	},
};

/** A copy of the task that analysed the CV, in another state and not to be run before tomorrow. */
async function taskThat(status: 'queued' | 'failed'): Promise<string> {
	const bind = { id: randomUUID(), from: rows['taskId'], status };
	await app.services.db.query(
		`INSERT INTO tasks (id, workspace_id, kind, payload, status, run_at, subject_type, subject_id, agent_id, created_by)
		 SELECT $id, workspace_id, kind, payload, $status, now() + interval '1 day', subject_type, subject_id, agent_id, created_by FROM tasks WHERE id = $from`,
		{ bind },
	);
	return bind.id;
}

// What takes something away comes last, parts before the whole.
const order = ['get', 'post', 'put', 'patch', 'delete'];
const depth = ({ path }: AnyRoute) => path.split('/').length;
const ordered = [...routes].sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method) || (a.method === 'delete' ? depth(b) - depth(a) : 0));

test.each(ordered.map((route) => [route.id, route] as const))('%s answers its example as documented', async (_id, route) => {
	// Each its own: some routes end the tokens of who asks.
	admin = await app.clientWith(['admin']);
	const prepared = (await preparations[route.id]?.()) ?? {};
	const body = route.bodyExample === undefined ? undefined : { ...(withRows(route.bodyExample) as object), ...prepared.body };
	const answer = await (prepared.caller ?? admin).call(route.method.toUpperCase(), pathOf(route, { ...rows, ...prepared.rows }), body);
	const documented = route.responses[answer.status];
	expect(answer.status < 400 ? documented : undefined, `${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`).toBeDefined();
	if (documented?.schema) expect(differences(documented.schema, documented.example, answer.body)).toEqual([]);
});

test('few examples need something made for them', () => {
	expect(Object.keys(preparations).filter((id) => !routes.some((route) => route.id === id))).toEqual([]);
	expect(Object.keys(preparations).length).toBeLessThanOrEqual(Math.ceil(routes.length / 7));
});

/** The example with the ids of rows that exist: `jobId` becomes ours, `candidateIds` a list of ours. */
function withRows(value: unknown, key = ''): unknown {
	if (Array.isArray(value)) return value.map((each) => withRows(each, key.replace(/s$/, '')));
	if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withRows(inner, name)]));
	return typeof value === 'string' && rows[key] !== undefined ? rows[key] : value;
}

/** Keys that the schema makes optional may be there or not, and records have any keys; everything else is the same. */
function differences(schema: any, expected: unknown, actual: unknown, at = '$'): string[] {
	const { typeName, ...definition } = schema._def;
	if (expected === null || actual === null || expected === undefined || actual === undefined) return [];
	if (typeName === 'ZodEffects') return differences(definition.schema, expected, actual, at);
	if (['ZodNullable', 'ZodOptional', 'ZodDefault', 'ZodReadonly'].includes(typeName)) return differences(definition.innerType, expected, actual, at);
	if (typeName === 'ZodUnion' || typeName === 'ZodDiscriminatedUnion') {
		const fits = (value: unknown) => [...definition.options.values()].find((option: any) => option.safeParse(value).success);
		return fits(expected) === fits(actual) ? differences(fits(actual), expected, actual, at) : [];
	}
	if (Array.isArray(expected) !== Array.isArray(actual) || typeof expected !== typeof actual) return [`${at}: ${typeof actual} instead of ${typeof expected}`];
	if (typeName === 'ZodArray') {
		const [documented, given] = [expected as unknown[], actual as unknown[]];
		if (documented.length === 0) return given.length === 0 ? [] : [`${at}: the example is empty`];
		return given.flatMap((item, index) => differences(definition.type, documented[Math.min(index, documented.length - 1)], item, `${at}[${index}]`));
	}
	if (typeName !== 'ZodObject') return [];
	const [documented, given] = [expected as Record<string, unknown>, actual as Record<string, unknown>];
	return Object.entries<any>(schema.shape).flatMap(([key, inner]) => {
		if (key in documented !== key in given) return inner.isOptional() ? [] : [`${at}.${key}: ${key in given ? 'not in the example' : 'not answered'}`];
		return differences(inner, documented[key], given[key], `${at}.${key}`);
	});
}
