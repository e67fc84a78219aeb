/** What every route there is must do, asked of each of them. A new route is tested by being listed in src/routes.ts. */
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installationPermissions, roles } from '../../../sidecar/src/identity/permissions.ts';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { request, startApp } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { asOwner } from '../../support/database.ts';
import { contents, untilIdle } from '../../support/rows.ts';
import { makeRows, pathOf } from './fixtures.ts';
import type { Rows } from './fixtures.ts';

// The definitions alone: services are asked for by handlers only.
const routes = allRoutes({} as never);
const guarded = routes.filter(({ permission }) => permission !== 'public');
const withBody = routes.filter(({ body }) => body !== undefined);
const withParameters = routes.filter(({ path }) => path.includes(':'));
const lists = guarded.filter(({ method, path }) => method === 'get' && !path.includes(':'));
/** Reaches beyond one workspace: nobody outside the first one comes in. */
const forOperator = ({ permission }: AnyRoute) => (installationPermissions as readonly string[]).includes(permission);

/** What is asked of zod here; its own types are too deep to be followed through every route. */
interface Schema {
	safeParse(value: unknown): { success: boolean; data?: unknown; error?: { issues: unknown[] } };
}

let app: TestApp;
let admin: Caller;
let nobody: Caller;
let stranger: Caller;
let rows: Rows;

beforeAll(async () => {
	// Thousands of requests within a minute are not what is asked here.
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	admin = await app.clientWith(['admin']);
	nobody = await app.clientWith([]);
	stranger = await app.otherWorkspace();
	rows = await makeRows(app);
	// A token notes when its client was last seen; afterwards a refused request must write nothing at all.
	await Promise.all([admin.token(), nobody.token(), stranger.token()]);
	await untilIdle(app.services.db);
});
afterAll(() => app?.close());

const named = (list: AnyRoute[]) => list.map((route) => [route.id, route] as const);

/** A body the route takes, when it takes one. */
const goodBody = (route: AnyRoute) => (route.body === undefined ? undefined : (route.bodyExample ?? {}));

async function expectNothingWritten(work: () => Promise<void>): Promise<void> {
	const before = await contents(app.services.db);
	await work();
	expect(await contents(app.services.db)).toEqual(before);
}

describe('without a token', () => {
	test.each(named(guarded))('%s answers 401 with a challenge', async (_id, route) => {
		await expectNothingWritten(async () => {
			const answer = await request(app.url, route.method.toUpperCase(), pathOf(route, rows), goodBody(route));
			expect(answer.status).toBe(401);
			expect(answer.headers.get('content-type')).toContain('application/problem+json');
			expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="talentmatch"/);
			expect(answer.body).toMatchObject({ status: 401, code: 'unauthenticated', requestId: answer.headers.get('x-request-id') });
		});
	});

	test('a body of 2 MB is refused without being read', async () => {
		const answer = await request(app.url, 'POST', '/v1/cvs', { text: 'x'.repeat(2_000_000) });
		expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
	});

	test('an address that does not exist is 404', async () => {
		expect((await request(app.url, 'GET', '/v1/nothing-here')).body).toMatchObject({ status: 404, code: 'not_found' });
	});
});

describe('without the permission', () => {
	const withPermission = guarded.filter(({ permission }) => permission !== 'authenticated');

	test.each(named(withPermission))('%s answers 403, also to a body that is not valid', async (_id, route) => {
		await expectNothingWritten(async () => {
			for (const body of [goodBody(route), { unexpected: true }]) {
				const answer = await nobody.call(route.method.toUpperCase(), pathOf(route, rows), route.method === 'get' ? undefined : body);
				expect([answer.status, answer.body.code, answer.body.permission]).toEqual([403, 'forbidden', route.permission]);
			}
		});
	});

	test.each(Object.entries(roles))('the role %s opens no route beyond its permissions', async (role, { permissions }) => {
		const caller = await app.clientWith([role]);
		for (const route of withPermission.filter(({ permission }) => !(permissions as readonly string[]).includes(permission))) {
			const answer = await caller.call(route.method.toUpperCase(), pathOf(route, rows), goodBody(route));
			expect([route.id, answer.status]).toEqual([route.id, 403]);
		}
	});

	test('a role that does not exist gives nothing', async () => {
		const caller = await app.clientWith(['owner']);
		expect((await caller.call('GET', '/v1/me')).body).toMatchObject({ roles: ['owner'], permissions: [] });
	});
});

describe('a broken body', () => {
	test.each(named(withBody))('%s answers 400 and writes nothing', async (_id, route) => {
		const json = { 'Content-Type': 'application/json' };
		const schema: Schema = route.body as never;
		const good = goodBody(route) as Record<string, unknown>;
		const broken: [unknown, Record<string, string>?][] = [
			['{"', json], ['[]', json], ['"text"', json], ['null', json], ['17', json],
			[{ ...good, unexpected: 1 }],
			...keysOf(schema).map((key): [unknown] => [{ ...good, [key]: { wrong: true } }]),
			...(schema.safeParse({}).success ? [] : ([[{}], [undefined]] as [unknown][])),
		];
		await expectNothingWritten(async () => {
			for (const [body, headers] of broken) {
				const answer = await admin.call(route.method.toUpperCase(), pathOf(route, rows), body, headers);
				expect({ body, status: answer.status, code: answer.body.code ?? answer.body.error }).toEqual({ body, status: 400, code: 'invalid_request' });
				if (route.errorFormat === undefined) expect(answer.headers.get('content-type')).toContain('application/problem+json');
			}
		});
	});

	const takingNone = routes.filter(({ method, body }) => method !== 'get' && body === undefined);
	test.each(named(takingNone))('%s takes no body and refuses one', async (_id, route) => {
		await expectNothingWritten(async () => {
			const answer = await admin.call(route.method.toUpperCase(), pathOf(route, rows), { unexpected: 1 });
			expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
		});
	});

	test.each(named(routes.filter(({ query }) => query !== undefined)))('%s refuses an unknown query parameter', async (_id, route) => {
		await expectNothingWritten(async () => {
			const answer = await admin.call(route.method.toUpperCase(), `${pathOf(route, rows)}?unexpected=1`, goodBody(route));
			expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
		});
	});

	test.each(named(withBody))('%s refuses another content type with 415', async (_id, route) => {
		await expectNothingWritten(async () => {
			const answer = await admin.call(route.method.toUpperCase(), pathOf(route, rows), '<xml/>', { 'Content-Type': 'application/xml' });
			expect(answer.status).toBe(415);
		});
	});

	test.each(named(withBody))('%s refuses text that the database cannot hold', async (_id, route) => {
		const good = goodBody(route) as Record<string, unknown>;
		const texts = Object.entries(good).filter(([, value]) => typeof value === 'string');
		await expectNothingWritten(async () => {
			for (const [key, value] of texts) {
				// A document as text is bytes like any file: its reader takes U+0000 out.
				if (route.upload && key === 'text') continue;
				for (const bad of ['\u0000', '\ud800']) {
					const answer = await admin.call(route.method.toUpperCase(), pathOf(route, rows), { ...good, [key]: `${String(value)}${bad}` });
					expect({ key, bad, status: answer.status }).toEqual({ key, bad, status: 400 });
				}
			}
		});
	});

	test('that is nested without end, or packed small and large inside, is a client error', async () => {
		const deep = `{"input":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
		expect((await admin.call('POST', '/v1/agents/matcher/runs', deep, { 'Content-Type': 'application/json' })).status).toBe(400);
		const packed = gzipSync(JSON.stringify({ text: 'x'.repeat(40_000_000) }));
		expect((await admin.call('POST', '/v1/cvs', packed, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })).status).toBe(415);
		expect((await admin.call('POST', '/v1/cvs', '{}', { 'Content-Type': 'application/json', 'Content-Encoding': 'zstd' })).status).toBe(415);
		expect((await admin.call('POST', '/v1/cvs', '{}', { 'Content-Type': 'application/json; charset=klingon' })).status).toBeOneOf([400, 415]);
		expect((await admin.call('POST', '/v1/jobs', '{"__proto__": {"text": "x"}, "text": "x"}', { 'Content-Type': 'application/json' })).status).toBeOneOf([400, 422]);
	});

	test('says which field is wrong, and never repeats what was sent', async () => {
		const answer = await admin.call('POST', '/v1/jobs', { text: 5, title: 'Ottilie Varnbrook', colour: 'Varnbrook red' });
		expect(answer.body.errors.map(({ path }: { path: string }) => path)).toContain('body.text');
		expect(JSON.stringify(answer.body)).not.toContain('Varnbrook');
	});
});

describe('another workspace', () => {
	test.each(named(guarded.filter(forOperator)))('%s is for the first workspace only', async (_id, route) => {
		await expectNothingWritten(async () => {
			const answer = await stranger.call(route.method.toUpperCase(), pathOf(route, rows), goodBody(route));
			expect([answer.status, answer.body.code, answer.body.permission]).toEqual([403, 'forbidden', route.permission]);
		});
	});

	test.each(named(withParameters.filter((route) => !forOperator(route))))('%s answers 404 for a row that is not there for it, and changes nothing', async (_id, route) => {
		await expectNothingWritten(async () => {
			const answer = await stranger.call(route.method.toUpperCase(), pathOf(route, rows), goodBody(route));
			expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
		});
	});

	test.each(named(lists.filter((route) => !forOperator(route))))('%s shows nothing of ours', async (_id, route) => {
		const answer = await stranger.call('GET', route.path);
		expect(answer.status).toBe(200);
		const text = JSON.stringify(answer.body);
		for (const id of [...Object.values(rows), app.credential.workspaceId, 'Varnbrook', 'Quillhaven']) expect(text).not.toContain(id);
	});

	test('matching, runs, searches and questions do not reach our rows by ids in a body', async () => {
		const { jobId, candidateId, cvId } = rows;
		const own = (await stranger.call('POST', '/v1/jobs', { text: 'Backend developer\n\nRequirements\n- Java\n- PostgreSQL' })).body;
		await expectNothingWritten(async () => {
			for (const body of [{ jobId }, { candidateId }, { jobId: own.id, candidateId }, { jobId: own.id, candidateIds: [candidateId] }, { jobId, async: true }]) {
				const answer = await stranger.call('POST', '/v1/matches', body);
				expect({ body, status: answer.status }).toEqual({ body, status: 404 });
			}
			for (const [agent, input] of [['cv-analyst', { cvId }], ['matcher', { jobId }], ['matcher', { candidateId }]] as const) {
				expect([agent, (await stranger.call('POST', `/v1/agents/${agent}/runs`, { input })).status]).toEqual([agent, 404]);
			}
		});
		const found = await stranger.call('POST', '/v1/candidates/search', { skills: ['Java', 'PostgreSQL'] });
		expect(found.body.items).toEqual([]);
		for (const path of ['/v1/rag/search', '/v1/rag/query']) {
			const question = path.endsWith('search') ? { query: 'Quillhaven branch office' } : { question: 'Who may work from the Quillhaven branch office?' };
			const answer = await stranger.call('POST', path, question);
			expect(answer.status).toBe(200);
			expect(answer.body.items ?? answer.body.citations).toEqual([]);
		}
		for (const query of [`candidateId=${candidateId}`]) expect((await stranger.call('GET', `/v1/cvs?${query}`)).body.items).toEqual([]);
		for (const query of [`candidateId=${candidateId}`, `jobId=${jobId}`]) expect((await stranger.call('GET', `/v1/matches?${query}`)).body.items).toEqual([]);
	});

	test('the same file is another CV there', async () => {
		const file = { text: 'Halvard Brinnel\nhalvard.brinnel@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 – 2020\n\nSkills\nJoinery' };
		const [ours, theirs] = [await app.call('POST', '/v1/cvs?wait=30', file), await stranger.call('POST', '/v1/cvs?wait=30', file)];
		expect(ours.status).toBe(200);
		expect(theirs.status).toBe(200);
		expect(theirs.body.subject.id).not.toBe(ours.body.subject.id);
	});
});

describe('addresses', () => {
	test.each(named(withParameters))('%s refuses an id of the wrong form', async (_id, route) => {
		const wrong = Object.fromEntries(Object.keys(rows).map((name) => [name, 'not-an-id']));
		const answer = await admin.call(route.method.toUpperCase(), pathOf(route, wrong), goodBody(route));
		// Agents have names too, so that form is known, only the agent is not.
		expect(answer.status).toBe(route.path.includes(':agentId') ? 404 : 400);
	});

	test.each(named(withParameters))('%s answers 404 for an id that nobody has', async (_id, route) => {
		const unknown = Object.fromEntries(Object.keys(rows).map((name) => [name, '01980000-0000-7000-8000-0000000fffff']));
		const answer = await admin.call(route.method.toUpperCase(), pathOf(route, unknown), goodBody(route));
		expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
	});

	test.each(named(routes))('%s tells which methods its address takes', async (_id, route) => {
		const taken = routes.filter(({ path }) => path === route.path).map(({ method }) => method.toUpperCase());
		const answer = await admin.call(['PUT', 'PATCH', 'DELETE'].find((method) => !taken.includes(method)) as string, pathOf(route, rows), {});
		expect([answer.status, answer.body.code]).toEqual([405, 'method_not_allowed']);
		const allowed = (answer.headers.get('allow') ?? '').split(', ');
		expect(allowed).toContain(route.method.toUpperCase());
		expect(new Set(allowed).size).toBe(allowed.length);
	});

	test.each(['/v1/nothing', '/v1', '/', '/v1/jobs/%E0%A4%A', '/v1/agents/%00', '/docs/../package.json', '/docs/package.json'])('%s is a plain client error', async (path) => {
		const answer = await admin.call('GET', path);
		expect([400, 404]).toContain(answer.status);
		expect(answer.headers.get('content-type')).toContain('application/problem+json');
	});

	test('a cursor that this API did not give is refused', async () => {
		for (const route of lists.filter(({ query }) => query !== undefined && 'cursor' in query)) {
			for (const cursor of ['x', 'W10', Buffer.from('["2026-13-45T00:00:00Z","1"]').toString('base64url')]) {
				const answer = await admin.call('GET', `${route.path}?cursor=${cursor}`);
				expect([route.id, answer.status, answer.body.code]).toEqual([route.id, 400, 'invalid_cursor']);
			}
			for (const limit of ['0', '101', '-1', 'many', '1&limit=2']) expect((await admin.call('GET', `${route.path}?limit=${limit}`)).status).toBe(400);
		}
	});

	test('a body beyond the limit is 413', async () => {
		await expectNothingWritten(async () => {
			for (const route of withBody) {
				const answer = await admin.call(route.method.toUpperCase(), pathOf(route, rows), JSON.stringify({ text: 'x'.repeat(30_000_000) }), { 'Content-Type': 'application/json' });
				expect([route.id, answer.status]).toEqual([route.id, 413]);
			}
		});
	});
});

describe('around the routes', () => {
	test('metrics are for a static token or the permission, and say nothing of a workspace', async () => {
		const own = await startApp({ METRICS_TOKEN: 'prometheus-reads-with-this', CORS_ORIGINS: 'https://console.example.com' });
		try {
			const get = (token: string) => request(own.url, 'GET', '/metrics', undefined, { Authorization: `Bearer ${token}` });
			const metrics = await get('prometheus-reads-with-this');
			expect([metrics.status, metrics.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
			expect(metrics.body).toContain('process_cpu');
			expect((await get('prometheus-reads-with-thas')).status).toBe(401);
			expect((await own.call('GET', '/metrics')).status).toBe(403);
			expect((await (await own.clientWith(['analyst'])).call('GET', '/metrics')).status).toBe(200);
			expect((await request(own.url, 'GET', '/v1/jobs', undefined, { Authorization: 'Bearer prometheus-reads-with-this' })).status).toBe(401);

			const origin = async (name: string) => (await request(own.url, 'GET', '/health/live', undefined, { Origin: name })).headers.get('access-control-allow-origin');
			expect(await origin('https://console.example.com')).toBe('https://console.example.com');
			for (const other of ['https://evil.example.com', 'https://console.example.com.evil.example', 'null']) expect((await origin(other)) || null).toBeNull();
		} finally {
			await own.close();
		}
	});

	test('a request keeps the harmless id it came with, and gets one otherwise', async () => {
		const id = async (given: string) => (await request(app.url, 'GET', '/health/live', undefined, { 'X-Request-Id': given })).headers.get('x-request-id');
		expect(await id('n8n-run-4711')).toBe('n8n-run-4711');
		for (const bad of ['short', 'x'.repeat(65), 'a b c d e f g h', '<script>alert(1)</script>']) expect(await id(bad)).toMatch(/^[0-9a-f-]{36}$/);
	});

	test('HEAD answers as GET does, without a body', async () => {
		const answer = await fetch(`${app.url}/v1/jobs`, { method: 'HEAD', headers: { Authorization: `Bearer ${await admin.token()}` } });
		expect([answer.status, await answer.text()]).toEqual([200, '']);
		expect((await fetch(`${app.url}/v1/jobs`, { method: 'HEAD' })).status).toBe(401);
	});

	test('an unforeseen failure is 500 without its cause', async () => {
		const own = await startApp();
		try {
			await own.token();
			await asOwner(own.services, 'ALTER TABLE jobs RENAME TO jobs_away');
			const answer = await own.call('GET', '/v1/jobs');
			expect([answer.status, answer.body.code]).toEqual([500, 'internal_error']);
			expect(JSON.stringify(answer.body)).not.toMatch(/jobs|relation|SELECT|sequelize/i);
		} finally {
			await own.close();
		}
	});
});

describe('the OpenAPI document', () => {
	const operation = (route: AnyRoute) => app.openApi.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method];

	test('is valid OpenAPI 3.1 and is what /openapi.json serves', async () => {
		const { Validator } = createRequire(import.meta.url)('@seriousme/openapi-schema-validator');
		const validator = new Validator();
		expect(await validator.validate(structuredClone(app.openApi))).toEqual({ valid: true });
		expect(validator.version).toBe('3.1');
		const served = await request(app.url, 'GET', '/openapi.json');
		expect(served.body).toEqual(JSON.parse(JSON.stringify(app.openApi)));
	});

	test('holds every route and nothing else', () => {
		const documented = Object.values(app.openApi.paths as Record<string, Record<string, { operationId: string }>>).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
		expect(documented.sort()).toEqual(routes.map(({ id }) => id).sort());
	});

	test.each(named(routes))('%s is described, with its permission, its errors and examples that its own schemas take', (_id, route) => {
		const described = operation(route);
		expect(described.operationId).toBe(route.id);
		expect(described.summary).toMatch(/^\S.{4,}/);
		expect(described.description).toContain(route.permission === 'public' ? 'No token needed' : route.permission === 'authenticated' ? 'Any valid token' : `\`${route.permission}\``);
		const documented = Object.keys(described.responses);
		if (route.permission !== 'public') expect(documented).toEqual(expect.arrayContaining(['401', '403']));
		if (route.path.includes(':')) expect(documented).toEqual(expect.arrayContaining(['400', '404']));
		if (route.body !== undefined) {
			expect(route.bodyExample, 'a body needs an example').toBeDefined();
			expect((route.body as unknown as Schema).safeParse(route.bodyExample).error?.issues).toBeUndefined();
			expect(described.requestBody.content['application/json'].example).toEqual(route.bodyExample);
		}
		for (const [status, response] of Object.entries(route.responses)) {
			if (response.schema === undefined) continue;
			expect(response.example, `the response ${status} needs an example`).toBeDefined();
			const parsed = (response.schema as unknown as Schema).safeParse(response.example);
			expect(parsed.error?.issues).toBeUndefined();
			// What the schema does not know it would take out: an example must not show it.
			expect(parsed.data).toEqual(response.example);
		}
	});

	test('its pages come from here and from nowhere else', async () => {
		const page = await request(app.url, 'GET', '/docs');
		expect(page.status).toBe(200);
		expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
		expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
		const referred = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string);
		expect(referred.length).toBeGreaterThanOrEqual(3);
		for (const path of referred) {
			expect(path).toMatch(/^\/docs\//);
			const asset = await request(app.url, 'GET', path);
			expect([path, asset.status]).toEqual([path, 200]);
			if (path.endsWith('start.js')) expect(asset.body).toContain("'/openapi.json'");
		}
		expect(String(page.body)).not.toMatch(/https?:\/\//);
	});
});

/** Names of the top-level fields of a body, through unions and refinements. */
function keysOf(schema: any): string[] {
	if (schema._def.typeName === 'ZodEffects') return keysOf(schema.innerType());
	if (schema._def.typeName === 'ZodUnion') return [...new Set<string>(schema.options.flatMap(keysOf))];
	return Object.keys(schema.shape ?? {});
}
