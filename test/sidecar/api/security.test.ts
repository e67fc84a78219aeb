/** What a caller may not do to the service: by bodies, scopes, tokens and addresses. */
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { rotateSigningKey } from '../../../sidecar/src/identity/rotateSigningKey.ts';
import { createKeyRing } from '../../../sidecar/src/identity/signingKeys.ts';
import { request, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

const metricsToken = 'metrics-token-of-the-test';
const json = { 'Content-Type': 'application/json' };

let app: TestApp;
beforeAll(async () => {
	app = await startApp({ METRICS_TOKEN: metricsToken, MAX_UPLOAD_MB: '1' });
});
afterAll(() => app?.close());

const bearer = async () => ({ Authorization: `Bearer ${await app.token()}` });

describe('a body in chunks, whose length nobody knows beforehand', () => {
	test('is counted: the token route reads 16 KB, without a token nobody gets more', async () => {
		for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
			expect((await chunked('POST', '/v1/oauth/token', { 'Content-Type': type }, '[', 64 * 1024)).status).toBe(413);
		}
		expect((await request(app.url, 'POST', '/v1/oauth/token', '['.repeat(17 * 1024), json)).status).toBe(413);
		expect((await chunked('GET', '/health/live', json, ' ', 64 * 1024)).status).toBe(413);
	});

	test('is counted: an ordinary route reads 1 MB, a document route as much as a document may have', async () => {
		const headers = { ...json, ...(await bearer()) };
		expect(await chunked('POST', '/v1/jobs', headers, '[', 1_100_000)).toMatchObject({ status: 413, code: 'payload_too_large' });
		expect((await chunked('POST', '/v1/jobs', headers, '[', 900_000)).status).toBe(400);
		expect((await chunked('POST', '/v1/cvs', headers, '[', 2_000_000)).status).toBe(413);
	});

	test('is counted in a multipart form too, also where it is no file', async () => {
		const headers = { 'Content-Type': 'multipart/form-data; boundary=X', ...(await bearer()) };
		const endlessPartHeader = '--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nX-Long: ';
		expect((await chunked('POST', '/v1/cvs', headers, 'x', 2_000_000, endlessPartHeader)).status).toBe(413);
	});

	test('is taken when it is of a fitting size', async () => {
		const body = JSON.stringify({ grant_type: 'client_credentials', client_id: app.credential.clientId, client_secret: app.credential.clientSecret });
		expect((await chunked('POST', '/v1/oauth/token', json, '', 0, body)).status).toBe(200);
		const form = new FormData();
		form.append('file', new Blob(['Ottilie Varnbrook\nottilie.varnbrook@example.com\n\nExperience\nBaker, Quillhaven Ltd, 2018 - 2020\n'.padEnd(900_000, ' ')]), 'cv.txt');
		expect((await app.call('POST', '/v1/cvs', form)).status).toBe(202);
	});

	test('that is broken off leaves the service well', async () => {
		const broken = httpRequest(`${app.url}/v1/jobs`, { method: 'POST', headers: { ...json, ...(await bearer()) } });
		broken.on('error', () => {});
		broken.write('{"text": "');
		await new Promise((resolve) => setTimeout(resolve, 50));
		broken.destroy();
		expect((await app.call('GET', '/v1/me')).status).toBe(200);
	});
});

test('a packed body is not unpacked, with or without a token', async () => {
	const bomb = gzipSync('['.repeat(24_000_000));
	const packed = { ...json, 'Content-Encoding': 'gzip' };
	expect(bomb.length).toBeLessThan(30_000);
	for (const [path, headers] of [['/v1/oauth/token', packed], ['/v1/jobs', { ...packed, ...(await bearer()) }]] as const) {
		const answer = await request(app.url, 'POST', path, path === '/v1/jobs' ? bomb : gzipSync('[]'), headers);
		expect([path, answer.status, answer.body.code, answer.headers.get('accept-encoding')]).toEqual([path, 415, 'unsupported_content_type', 'identity']);
	}
	expect((await request(app.url, 'POST', '/v1/oauth/token', '{}', { ...json, 'Content-Encoding': 'identity' })).status).toBe(400);
});

test.each([['arrays', '[', ']'], ['objects', '{"a":', '}']])('nested %s are refused, also where anything may be sent', async (_what, open, close) => {
	const deep = `{"input":{"question":${open.repeat(50_000)}1${close.repeat(50_000)}}}`;
	const answer = await app.call('POST', '/v1/agents/rag-assistant/runs', deep, json);
	expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
});

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('/docs/%s is no file', async (name) => {
	expect((await request(app.url, 'GET', `/docs/${name}`)).status).toBe(404);
});

describe('a token that was asked for with a scope', () => {
	test('gives the permissions named that the client has, and no others', async () => {
		const { status, body } = await tokenWith('jobs:read metrics:read cvs:read');
		expect([status, body.scope.split(' ').sort()]).toEqual([200, ['cvs:read', 'jobs:read']]);
		const headers = { Authorization: `Bearer ${body.access_token}` };
		expect((await request(app.url, 'GET', '/v1/me', undefined, headers)).body.permissions).toEqual(['cvs:read', 'jobs:read']);
		expect((await request(app.url, 'GET', '/v1/jobs', undefined, headers)).status).toBe(200);
		expect((await request(app.url, 'GET', '/v1/agents', undefined, headers)).status).toBe(403);
	});

	test.each(['metrics:read', 'openid', 'jobs:READ'])('of "%s" alone is refused: nothing would be left', async (scope) => {
		const answer = await tokenWith(scope);
		expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope']);
	});

	test.each(['', ' '])('that is empty (%j) gives all the client has', async (scope) => {
		expect((await tokenWith(scope)).body.scope.split(' ').sort()).toEqual((await app.call('GET', '/v1/me')).body.permissions);
	});

	test.each([['cv-analyst', 'cvs:create', { cvId: '01980000-0000-7000-8000-0000000fffff' }], ['matcher', 'matches:create', { jobId: '01980000-0000-7000-8000-0000000fffff' }], ['rag-assistant', 'rag:query', { question: 'Who can bake?' }]])('of agents:run does not run %s without %s', async (agent, permission, input) => {
		const run = async (scope: string) => request(app.url, 'POST', `/v1/agents/${agent}/runs`, { input }, { Authorization: `Bearer ${(await tokenWith(scope)).body.access_token}` });
		const refused = await run('agents:run agents:read');
		expect([refused.status, refused.body.code, refused.body.permission]).toEqual([403, 'forbidden', permission]);
		expect((await run(`agents:run ${permission}`)).status).toBe(agent === 'rag-assistant' ? 200 : 404);
	});
});

describe('the token for metrics', () => {
	test('opens /metrics, and nothing near it does', async () => {
		const ask = async (token: string) => (await request(app.url, 'GET', '/metrics', undefined, { Authorization: token })).status;
		expect(await ask(`Bearer ${metricsToken}`)).toBe(200);
		for (const wrong of [`Bearer ${metricsToken}x`, `Bearer ${metricsToken.slice(0, -1)}`, `bearer ${metricsToken.toUpperCase()}`, metricsToken, 'Bearer ']) expect([wrong, await ask(wrong)]).toEqual([wrong, 401]);
	});

	test('opens no other route', async () => {
		expect((await request(app.url, 'GET', '/v1/me', undefined, { Authorization: `Bearer ${metricsToken}` })).status).toBe(401);
	});
});

test('a download is named as RFC 8187 says, whatever the file is called', async () => {
	const text = 'Halvard Brinnel\nhalvard.brinnel@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 - 2020\n';
	const cv = (await app.call('POST', '/v1/cvs', { fileName: "Hal's (final) *né*.txt", text })).body;
	const answer = await app.call('GET', `/v1/cvs/${cv.subject.id}/file`);
	expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''Hal%27s%20%28final%29%20%2An%C3%A9%2A.txt");
});

// The last: the app's own token is signed by the retired key.
describe('a signing key', () => {
	test('that is retired elsewhere is trusted for five seconds at most, and signs no longer', async () => {
		const ring = createKeyRing(app.services);
		await ring.current();
		expect((await app.call('GET', '/v1/me')).status).toBe(200);
		const { kid } = await rotateSigningKey(app.services, { atOnce: true });
		const later = performance.now() + 5_000;
		const clock = vi.spyOn(performance, 'now').mockImplementation(() => later);
		try {
			expect((await ring.current()).kid).toBe(kid);
			expect((await ring.jwks()).keys.map((key) => key.kid)).toEqual([kid]);
			const answer = await app.call('GET', '/v1/me');
			expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
		} finally {
			clock.mockRestore();
		}
	});
});

async function tokenWith(scope: string) {
	return request(app.url, 'POST', '/v1/oauth/token', { grant_type: 'client_credentials', client_id: app.credential.clientId, client_secret: app.credential.clientSecret, scope });
}

/** Sends `begin` and then `size` times `fill`, without a Content-Length. */
function chunked(method: string, path: string, headers: Record<string, string>, fill: string, size: number, begin = ''): Promise<{ status: number | undefined; code: unknown }> {
	return new Promise((resolve, reject) => {
		const outgoing = httpRequest(app.url + path, { method, headers: { ...headers, 'Transfer-Encoding': 'chunked' } }, (response) => {
			let text = '';
			response.on('data', (chunk: Buffer) => (text += chunk.toString()));
			response.on('end', () => resolve({ status: response.statusCode, code: text.startsWith('{') ? JSON.parse(text).code : undefined }));
		});
		outgoing.on('error', reject);
		if (begin !== '') outgoing.write(begin);
		for (let left = size; left > 0; left -= 64 * 1024) outgoing.write(fill.repeat(Math.min(left, 64 * 1024)));
		outgoing.end();
	});
}
