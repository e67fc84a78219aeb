/** CVs and documents from a URL, through the API, from a server of this machine. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { contents, untilIdle } from '../../support/rows.ts';

let app: TestApp;
let server: Server;
let base: string;
const answers = new Map<string, RequestListener>();
const seen: { url: string; headers: Record<string, unknown> }[] = [];
const secret = 'what stands in the answer of an inner service';

beforeAll(async () => {
	server = createServer((request, response) => {
		seen.push({ url: request.url ?? '', headers: request.headers });
		(answers.get(request.url ?? '') ?? ((_, other) => other.writeHead(404).end(secret)))(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	app = await startApp({ MAX_UPLOAD_MB: '1' });
	await app.token();
});
afterEach(() => void (seen.length = 0));
afterAll(async () => {
	await app?.close();
	server?.closeAllConnections();
	await new Promise((resolve) => server?.close(resolve));
});

const serve = (path: string, bytes: Buffer | string, headers: Record<string, string> = {}) => void answers.set(path, (_request, response) => response.writeHead(200, headers).end(bytes));
const upload = (url: string, more: object = {}) => app.call('POST', '/v1/cvs?wait=30', { url, ...more });
const cvOf = async (task: any) => (await app.call('GET', `/v1/cvs/${task.result.cvId}`)).body;

async function refused(url: string, code: string, more: object = {}) {
	await untilIdle(app.services.db);
	const before = await contents(app.services.db);
	const answer = await upload(url);
	expect([url, answer.status, answer.body.code]).toEqual([url, 422, code]);
	expect(answer.body).toMatchObject(more);
	expect(JSON.stringify(answer.body)).not.toContain(secret);
	expect(await contents(app.services.db)).toEqual(before);
}

describe('a CV by URL', () => {
	test('is downloaded and analysed like one that is uploaded, without anything that names the caller', async () => {
		serve('/files/ines.txt', example('cvs/ines-bouchareb.txt'));
		const answer = await upload(`${base}/files/ines.txt`, { externalId: 'from-afar' });
		expect([answer.status, answer.body.status]).toEqual([200, 'succeeded']);
		expect(await cvOf(answer.body)).toMatchObject({ fileName: 'ines.txt', externalId: 'from-afar', status: 'analysed', language: 'fr' });
		expect(seen).toHaveLength(1);
		expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
		const same = await app.call('POST', '/v1/cvs?wait=30', { text: example('cvs/ines-bouchareb.txt').toString() });
		expect(same.body.result.cvId).toBe(answer.body.result.cvId);
	});

	test.each([
		['its quoted name', 'attachment; filename="callum cv.txt"', 'callum cv.txt'], ['its name in UTF-8 first', "attachment; filename=plain.txt; filename*=UTF-8''C%C3%A9lia%20CV.txt", 'Célia CV.txt'], ['raw UTF-8', `inline; filename="${Buffer.from('Zoë.txt').toString('latin1')}"`, 'Zoë.txt'],
		['no folders of it', 'attachment; filename="../../etc/passwd"', 'passwd'], ['the path where there is no name', 'inline', 'some name.txt'], ['broken escapes as they are', "attachment; filename*=UTF-8''%E0%A4%A.txt", '%E0%A4%A.txt'],
	])('takes from Content-Disposition %s', async (what, disposition, fileName) => {
		serve('/named/some%20name.txt', `Halvard Brinnel\nhalvard.brinnel@example.com\n\nExperience\nCarpenter, Example Joinery, 2015 – 2020\n\nSkills\nJoinery, ${what}`, { 'Content-Disposition': disposition });
		expect((await cvOf((await upload(`${base}/named/some%20name.txt`)).body)).fileName).toBe(fileName);
	});

	test('keeps the name that comes with it, and knows the kind by the content', async () => {
		serve('/download?id=7', '{\\rtf1\\ansi Halvard Brinnel\\par halvard.brinnel@example.com\\par Experience\\par Carpenter, Example Joinery, 2015 - 2020\\par Skills\\par Joinery}', { 'Content-Type': 'application/pdf' });
		const answer = await upload(`${base}/download?id=7`, { fileName: 'halvard.rtf' });
		expect(answer.body.status).toBe('succeeded');
		expect(await cvOf(answer.body)).toMatchObject({ fileName: 'halvard.rtf', status: 'analysed' });
	});

	test('is followed over three redirects and no more', async () => {
		for (let hop = 1; hop <= 4; hop += 1) answers.set(`/hop/${hop}`, (_request, response) => response.writeHead(302, { Location: hop === 1 ? '/files/ines.txt' : `/hop/${hop - 1}` }).end(secret));
		expect((await upload(`${base}/hop/3`)).body.status).toBe('succeeded');
		await refused(`${base}/hop/4`, 'download_failed', { reason: 'too_many_redirects' });
	});

	test('that answers another status is refused with the status and without the answer', async () => {
		for (const status of [204, 206, 401, 404, 500]) {
			answers.set(`/status/${status}`, (_request, response) => response.writeHead(status).end(status === 204 ? undefined : secret));
			await refused(`${base}/status/${status}`, 'download_failed', { reason: 'status', responseStatus: status });
		}
	});

	test('that is larger than MAX_UPLOAD_MB, compressed, cut off or empty is refused', async () => {
		serve('/large', Buffer.alloc(1024 * 1024 + 1, 'x'));
		answers.set('/endless', (_request, response) => {
			const more = (): void => void (response.destroyed || response.write('x'.repeat(100_000), () => setImmediate(more)));
			more();
		});
		serve('/packed', 'x', { 'Content-Encoding': 'gzip' });
		answers.set('/cut', (_request, response) => void response.writeHead(200, { 'Content-Length': 100 }).write('half', () => response.destroy()));
		serve('/empty', '');
		for (const path of ['/large', '/endless']) await refused(base + path, 'download_failed', { reason: 'too_large', detail: expect.stringContaining('1 MB') });
		await refused(`${base}/packed`, 'download_failed', { reason: 'compressed' });
		await refused(`${base}/cut`, 'download_failed', { reason: 'unreachable' });
		await refused(`${base}/empty`, 'empty_document');
	});

	test('that nobody serves is refused', async () => {
		const closed = createServer();
		await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
		const { port } = closed.address() as AddressInfo;
		await new Promise((resolve) => closed.close(resolve));
		await refused(`http://127.0.0.1:${port}/cv.txt`, 'download_failed', { reason: 'unreachable' });
	});

	test('comes alone: beside a text, a file or base64 it is 400', async () => {
		for (const other of [{ text: 'a CV' }, { contentBase64: 'YQ==' }]) expect((await upload(`${base}/files/ines.txt`, other)).status).toBe(400);
		const form = new FormData();
		form.set('file', new Blob(['a CV']), 'cv.txt');
		form.set('url', `${base}/files/ines.txt`);
		expect((await app.call('POST', '/v1/cvs', form)).status).toBe(400);
		for (const url of ['not a url', '', '/files/ines.txt', `https://example.com/${'x'.repeat(2000)}`]) expect([url, (await upload(url)).status]).toEqual([url, 400]);
		expect(seen).toEqual([]);
	});

	test('is not asked for without the permission', async () => {
		expect((await (await app.clientWith(['auditor'])).call('POST', '/v1/cvs', { url: `${base}/files/ines.txt` })).status).toBe(403);
		expect(seen).toEqual([]);
	});
});

describe('a destination that is not allowed', () => {
	test.each([
		'http://169.254.169.254/latest/meta-data/iam/', 'http://10.0.0.5/cv.pdf', 'http://192.168.1.1/', 'http://[fd00::1]/', 'http://[fe80::1%25eth0]/', 'http://[::ffff:127.0.0.1]/', 'http://[64:ff9b::7f00:1]/', 'http://[2002:7f00:1::]/',
		'http://2130706433/', 'http://0177.0.0.1/', 'http://0x7f.1/', 'http://127.1/', 'http://user:word@127.0.0.1/', 'http://localhost./', 'http://metadata.invalid/', 'file:///etc/passwd', 'gopher://127.0.0.1:6379/_INFO', 'data:text/plain,Halvard', 'ftp://127.0.0.1/cv.txt', 'http:127.0.0.1/', 'http:\\\\127.0.0.1\\',
	])('%s is refused by its own code, and nothing is stored', async (url) => {
		await refused(url, 'destination_not_allowed');
	});

	test.each(['http://169.254.169.254/latest/', 'http://2130706433:PORT/files/ines.txt', 'http://[::ffff:127.0.0.1]:PORT/files/ines.txt', 'file:///etc/passwd', 'http://10.0.0.5/', 'http://user@127.0.0.1:PORT/files/ines.txt'])('is refused behind a redirect to %s too', async (target) => {
		answers.set('/away', (_request, response) => response.writeHead(302, { Location: target.replace('PORT', new URL(base).port) }).end());
		await refused(`${base}/away`, 'destination_not_allowed');
		expect(seen.map(({ url }) => url)).toEqual(['/away']);
	});
});

test('a document to ask about comes from a URL in the same way', async () => {
	serve('/policy.md', '# Recruiting policy\n\n## Referrals\nEmployees who recommend a candidate receive 1,500 euros.');
	const added = await app.call('POST', '/v1/sources?wait=30', { url: `${base}/policy.md`, externalId: 'policy-by-url' });
	expect([added.status, added.body.status]).toEqual([200, 'succeeded']);
	expect((await app.call('GET', `/v1/sources/${added.body.result.sourceId}`)).body).toMatchObject({ title: 'policy.md', mediaType: 'text/markdown' });
	const inside = await app.call('POST', '/v1/sources', { url: 'http://10.0.0.5/policy.md' });
	expect([inside.status, inside.body.code]).toEqual([422, 'destination_not_allowed']);
});
