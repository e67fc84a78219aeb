/** Text that is SQL, a formula, a script or a line of a log to somebody else: here it is text. */
import { Writable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../../sidecar/src/app.ts';
import { createLogger } from '../../../sidecar/src/platform/log.ts';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { allRoutes } from '../../../sidecar/src/routes.ts';
import { startApp, uploadCv } from '../../support/app.ts';
import type { Caller, TestApp } from '../../support/app.ts';
import { countRows, untilIdle } from '../../support/rows.ts';
import { makeRows, pathOf } from '../api/fixtures.ts';
import type { Rows } from '../api/fixtures.ts';
import { send } from '../transport/support.ts';

let app: TestApp;
let admin: Caller;
let rows: Rows;
beforeAll(async () => {
	app = await startApp({ RATE_LIMITS: 'auth=0,public=0,read=0,write=0,heavy=0' });
	admin = await app.clientWith(['admin']);
	rows = await makeRows(app);
	await untilIdle(app.services.db);
});
afterAll(() => app?.close());

const sql = [
	"' OR '1'='1", "' OR 1=1 --", '" OR ""="', "'; DROP TABLE jobs; --", "') OR ('a'='a", "' UNION SELECT secret_hash FROM client_secrets --", "1; SELECT pg_sleep(20) --", "'||(SELECT version())||'", "\\'; SELECT 1 --", '$1', '$$x$$', ':workspaceId', ':limit', '?', '%', '_', '%%', '\\', '\\%', '*', "x' AND 1=CAST((SELECT 1) AS int) --", "'::int", "E'\\x27'", '/**/OR/**/1=1', "ʼ OR 1=1", "' OR 1=1", '{"$ne":""}', '[Op.ne]', "a'b", 'a"b', '%27 OR 1=1', 'x\' COLLATE "C',
];
/** Stands for text that nothing holds. */
const harmless = 'zzqxvwy';

const routes = allRoutes({} as never);
const withQuery: [string, AnyRoute, string][] = routes.filter(({ method }) => method === 'get').flatMap((route) => Object.keys(route.query ?? {}).map((name): [string, AnyRoute, string] => [`${route.id} by ${name}`, route, name]));
const withParams: [string, AnyRoute, string][] = routes.flatMap((route) => [...route.path.matchAll(/:(\w+)/g)].map(([, name]): [string, AnyRoute, string] => [`${route.id} by ${name}`, route, name as string]));

/** What depends on the request, and not on what was found. */
const found = ({ status, body }: { status: number; body: any }) => ({ status, code: body?.code, count: Array.isArray(body?.items) ? body.items.length : typeof body === 'string' ? body.trim().split('\n').length : null });

describe('SQL in a query parameter finds what harmless text finds', () => {
	test.each(withQuery)('%s', async (_name, route, name) => {
		const ask = async (value: string) => found(await admin.call('GET', `${pathOf(route, rows)}?${name}=${encodeURIComponent(value)}`));
		const expected = await ask(harmless);
		expect(expected.status).toBeLessThan(500);
		for (const value of sql) {
			const answer = await ask(value);
			// Where a pattern or a length refuses one of the two: then the other finds nothing.
			if (answer.status === 400) expect({ value, code: answer.code }).toEqual({ value, code: expect.stringMatching(/^invalid_(request|cursor)$/) });
			else expect({ value, ...answer }).toEqual({ value, ...(expected.status === 400 ? { status: 200, code: undefined, count: 0 } : expected) });
		}
	});
});

describe('SQL in an address is no id', () => {
	test.each(withParams)('%s', async (_name, route, name) => {
		const ask = async (value: string) => found(await admin.call(route.method.toUpperCase(), pathOf(route, { ...rows, [name]: value }), route.body === undefined ? undefined : route.bodyExample));
		const expected = await ask(harmless);
		expect([400, 404]).toContain(expected.status);
		for (const value of sql) expect({ value, ...(await ask(value)) }).toEqual({ value, ...expected });
	});
});

test('SQL in a search, a question or a name is text; every table is there afterwards', async () => {
	const tables = Object.keys(await countRows(app.services.db));
	const search = async (skill: string) => found(await admin.call('POST', '/v1/candidates/search', { skills: [skill] }));
	const expected = await search(harmless);
	for (const text of sql) {
		expect({ text, ...(await search(text)) }).toEqual({ text, ...expected });
		for (const [path, body] of [['/v1/rag/search', { query: text }], ['/v1/rag/query', { question: text }]] as const) expect([text, (await admin.call('POST', path, body)).status]).toEqual([text, 200]);
	}
	for (const [index, text] of sql.entries()) {
		const job = await admin.call('POST', '/v1/jobs', { text: `Baker\n\nRequirements\n- At least 2 years as a baker\n- ${text}`, title: `${index} ${text}`, externalId: `${index} ${text}` });
		expect(job.status).toBe(201);
		expect((await admin.call('GET', `/v1/jobs/${job.body.id}`)).body).toMatchObject({ externalId: `${index} ${text}` });
	}
	expect(Object.keys(await countRows(app.services.db))).toEqual(tables);
}, 120_000);

const scripts = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "javascript:alert('x')", '</title><svg/onload=alert(1)>', '{{constructor.constructor("alert(1)")()}}', '<!--', ']]>', '\u202e<b>', '&lt;script&gt;'];

describe('a script in a name', () => {
	test.each(scripts)('%s is kept as it is and given back as JSON that no browser runs', async (text) => {
		const made: [string, string, object, string][] = [
			['/v1/collections', 'collectionId', { name: `c ${text}`, description: text }, 'name'], ['/v1/clients', 'clientId', { name: text, roles: ['auditor'] }, 'name'], ['/v1/jobs', 'jobId', { text: 'Baker\n\nRequirements\n- 2 years', title: text }, 'title'],
			['/v1/webhooks', 'webhookId', { url: 'http://127.0.0.1:9/other', events: ['agent.paused'], description: text }, 'description'],
		];
		for (const [path, , body, key] of made) {
			const answer = await admin.call('POST', path, body);
			// Names that change the direction of a line are none.
			if (text.startsWith('\u202e') && answer.status === 400) continue;
			expect([path, answer.status < 300, answer.body[key]]).toEqual([path, true, (body as Record<string, string>)[key]]);
			for (const address of [`${path}/${answer.body.id}`, path]) {
				const shown = await admin.call('GET', address);
				expect(shown.headers.get('content-type')).toMatch(/^application\/json/);
				expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
				expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");
			}
		}
	});

	test('in an error comes back as problem JSON, and not as what was sent', async () => {
		for (const text of scripts) {
			for (const [method, path, body] of [['GET', `/v1/${encodeURIComponent(text)}`, undefined], ['GET', `/v1/jobs?q=x&${encodeURIComponent(text)}=1`, undefined], ['POST', '/v1/jobs', { text: 5, title: text }]] as const) {
				const answer = await admin.call(method, path, body);
				expect([answer.status >= 400, answer.headers.get('content-type')]).toEqual([true, expect.stringContaining('application/problem+json')]);
				expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
			}
		}
	});

	test('of a page that was uploaded is never shown as a page', async () => {
		const page = Buffer.from('<!doctype html><html><head><title>CV</title></head><body><h1>Halvard Brinnel</h1><p>halvard.brinnel@example.com</p><h2>Experience</h2><p>Carpenter, Example Joinery, 2015 - 2020</p><script>alert(1)</script></body></html>');
		const { result } = await uploadCv(admin, 'cv.html', page);
		const file = await admin.call('GET', `/v1/cvs/${result.cvId}/file`);
		expect([file.status, file.headers.get('content-type'), file.headers.get('x-content-type-options')]).toEqual([200, 'application/octet-stream', 'nosniff']);
		expect(file.headers.get('content-disposition')).toMatch(/^attachment;/);
		expect(file.headers.get('content-security-policy')).toContain("default-src 'none'");
		expect((await admin.call('GET', `/v1/cvs/${result.cvId}/text`)).body.text).not.toContain('alert(1)');
	});
});

describe('the name of an uploaded file', () => {
	test.each(['../../etc/passwd', '..\\..\\boot.ini', '/etc/shadow', 'C:\\Windows\\win.ini', 'a\r\nSet-Cookie: x=y', 'a"; filename="b.exe', 'a\u0000.txt', '....//....//x', '%2e%2e%2fx', '\u202etxt.exe', 'x'.repeat(255), '..', '.', ' ', '=cmd.txt', "a'b;c*=d"])('%j becomes a name without a folder or a line, in the row and in Content-Disposition', async (fileName) => {
		const answer = await admin.call('POST', '/v1/cvs?wait=30', { fileName, text: `Halvard Brinnel\nhalvard.brinnel@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 – 2020\n\nSkills\nJoinery\n${fileName.length} ${Buffer.from(fileName).toString('hex').slice(0, 40)}` });
		if (answer.status === 400) return expect(fileName.trim() === '' || fileName.includes('\u0000')).toBe(true);
		const { id } = answer.body.subject;
		expect((await admin.call('GET', `/v1/cvs/${id}`)).body.fileName).not.toMatch(/[\\/\u0000-\u001f\u007f]/);
		const header = (await admin.call('GET', `/v1/cvs/${id}/file`)).headers;
		expect(header.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''[\w.!~%-]+$/);
		expect(header.get('set-cookie')).toBeNull();
	});
});

test('no cell of an export begins like a formula, whatever names and request ids were', async () => {
	for (const [index, sign] of ['=', '+', '-', '@', '\t=', ' =', '＝'].entries()) {
		const answer = await admin.call('POST', '/v1/clients', { name: `${sign}cmd|' /C calc'!A${index}`, roles: ['auditor'] }, { 'X-Request-Id': `-2-cmd-calc-${index}` });
		expect([sign, [201, 400].includes(answer.status)]).toEqual([sign, true]);
	}
	const answer = await admin.call('GET', '/v1/audit/export?format=csv');
	expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/csv')]);
	const cells = [...String(answer.body).matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell]) => cell as string);
	expect(cells.some((cell) => cell.includes('-2-cmd-calc-0'))).toBe(true);
	expect(cells.filter((cell) => /^\s*[=+\-@＝＋－＠\t\r]/.test(cell))).toEqual([]);
});

test('no request makes a line of the log of its own, or colours one', async () => {
	let written = '';
	const log = createLogger({ ...app.services.config.log, level: 'trace' }, new Writable({
		write(chunk: Buffer, _encoding, done) {
			written += chunk.toString();
			done();
		},
	}));
	const { server } = createApp({ ...app.services, log });
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const forged = '{"level":30,"msg":"forged"}';
	const texts = ['\u001b[31mred', `%0a${forged}`, `%0d%0a${forged}`, `a\t${forged}`, '\u009b31m', '%s%d%o%j', '${jndi:ldap://x}', '\u0085next'];
	try {
		const token = await admin.token();
		for (const text of texts) {
			const latin = text.replace(/[\u0000-\u001f\u007f]/g, ' ');
			for (const [method, path, headers] of [['GET', '/health/live', { 'User-Agent': latin, 'X-Request-Id': latin, 'X-N8N-Workflow-Id': latin, 'X-N8N-Execution-Id': latin }], ['GET', `/v1/${encodeURIComponent(text).replaceAll('%25', '%')}`, {}], ['GET', `/v1/jobs/${encodeURIComponent(text).replaceAll('%25', '%')}`, {}], ['GET', `/v1/jobs?q=${encodeURIComponent(text)}`, {}]] as const) {
				await send(port, { method, path, headers: { Authorization: `Bearer ${token}`, ...headers } });
			}
			const body = JSON.stringify({ email: `${text}@example.com`, password: text });
			await send(port, { method: 'POST', path: '/v1/auth/login', headers: { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }, body });
		}
	} finally {
		await new Promise((resolve) => server.close(resolve));
	}
	const lines = written.split('\n').filter((line) => line !== '');
	const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
	expect(requests).toHaveLength(texts.length * 5);
	for (const line of lines) {
		expect(JSON.parse(line).msg).not.toBe('forged');
		expect(line).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
		expect(line).not.toContain('forged');
	}
});
