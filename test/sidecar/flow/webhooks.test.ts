import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { example, startApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';
import { contents, untilIdle } from '../../support/rows.ts';
import { createJob } from './pool.ts';

interface Delivery {
	path: string;
	headers: IncomingHttpHeaders;
	raw: string;
	body: any;
}

let app: TestApp;
let receiver: Server;
let base: string;
const deliveries: Delivery[] = [];
/** answers by path, first come first served; then 204 */
const replies = new Map<string, number[]>();

beforeAll(async () => {
	app = await startApp();
	receiver = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const raw = Buffer.concat(chunks).toString('utf8');
			deliveries.push({ path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw) });
			const status = replies.get(request.url ?? '')?.shift() ?? 204;
			response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end();
		});
	});
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
	base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
	await app?.close();
	receiver?.closeAllConnections();
	await new Promise((resolve) => receiver?.close(resolve));
});

const at = (path: string) => deliveries.filter((delivery) => delivery.path === path);
const arrived = (path: string, count: number) => expect.poll(() => at(path).length, { timeout: 30_000, interval: 50 }).toBe(count);
const signatureOf = (secret: string, { headers, raw }: Delivery) => `sha256=${createHmac('sha256', secret).update(`${headers['x-talentmatch-timestamp']}.${raw}`).digest('hex')}`;
const pauseAndResume = async () => {
	await app.call('POST', '/v1/agents/matcher/pause', {});
	await app.call('POST', '/v1/agents/matcher/resume');
};

test('an analysed CV is told once, signed, with ids and nothing of the CV', async () => {
	const secret = 'a-secret-of-the-receiver-of-32-characters';
	const saved = await app.call('POST', '/v1/webhooks', { url: `${base}/analysed`, events: ['cv.analysed'], secret, description: 'shortlist' });
	expect([saved.status, saved.body.secret]).toEqual([201, null]);
	const task = (await app.call('POST', '/v1/cvs?wait=30', { text: example('cvs/ines-bouchareb.txt').toString() })).body;
	await arrived('/analysed', 1);
	const [delivery] = at('/analysed') as [Delivery];
	expect(delivery.headers).toMatchObject({ 'content-type': 'application/json', 'x-talentmatch-event': 'cv.analysed', 'x-talentmatch-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/) });
	expect(delivery.headers['x-talentmatch-signature']).toBe(signatureOf(secret, delivery));
	expect(Math.abs(Number(delivery.headers['x-talentmatch-timestamp']) - Date.now() / 1000)).toBeLessThan(300);
	expect(delivery.body).toEqual({
		id: expect.any(String), type: 'cv.analysed', createdAt: expect.any(String), workspaceId: app.credential.workspaceId, subject: { type: 'cv', id: task.result.cvId },
		data: { cvId: task.result.cvId, candidateId: task.result.candidateId, language: 'fr' },
	});
	expect(delivery.raw).not.toMatch(/bouchareb/i);
	await untilIdle(app.services.db);
	expect(at('/analysed')).toHaveLength(1);
	expect((await app.call('GET', `/v1/webhooks/${saved.body.id}`)).body).toMatchObject({ description: 'shortlist', lastDeliveryAt: expect.any(String) });
});

test('each event reaches those who asked for it, and nobody else', async () => {
	await app.call('POST', '/v1/webhooks', { url: `${base}/all`, events: ['cv.analysed', 'cv.failed', 'match.completed', 'task.failed', 'candidate.erased', 'agent.paused', 'agent.resumed'] });
	await app.call('POST', '/v1/webhooks', { url: `${base}/erased`, events: ['candidate.erased'] });
	const stranger = await app.otherWorkspace();
	await stranger.call('POST', '/v1/webhooks', { url: `${base}/stranger`, events: ['cv.analysed', 'agent.paused', 'candidate.erased'] });

	const cv = (await app.call('POST', '/v1/cvs?wait=30', { text: example('cvs/callum-prewett.txt').toString() })).body;
	await app.call('POST', '/v1/cvs?wait=30', { text: 'Lentil soup: chop two onions.' });
	const job = await createJob(app, 'backend-engineer-en.txt');
	await app.call('POST', '/v1/matches', { jobId: job.id });
	await pauseAndResume();
	await arrived('/all', 6);
	await app.call('DELETE', `/v1/candidates/${cv.result.candidateId}`);
	await arrived('/all', 7);
	expect(at('/all').map(({ body }) => body.type).sort()).toEqual(['agent.paused', 'agent.resumed', 'candidate.erased', 'cv.analysed', 'cv.failed', 'match.completed', 'task.failed']);
	await arrived('/erased', 1);
	expect(at('/erased')[0]?.body.subject).toEqual({ type: 'candidate', id: cv.result.candidateId });
	await untilIdle(app.services.db);
	expect(at('/stranger')).toEqual([]);
});

test('a delivery that fails comes again, the same one and rightly signed, until it is taken', async () => {
	replies.set('/flaky', [500, 302]);
	const { secret } = (await app.call('POST', '/v1/webhooks', { url: `${base}/flaky`, events: ['agent.paused'] })).body;
	expect(secret.length).toBeGreaterThanOrEqual(32);
	await pauseAndResume();
	await arrived('/flaky', 3);
	const attempts = at('/flaky');
	expect(new Set(attempts.map(({ headers }) => headers['x-talentmatch-delivery'])).size).toBe(1);
	expect(new Set(attempts.map(({ raw }) => raw)).size).toBe(1);
	for (const delivery of attempts) expect(delivery.headers['x-talentmatch-signature']).toBe(signatureOf(secret, delivery));
	expect(at('/elsewhere')).toEqual([]);
	await untilIdle(app.services.db);
	const [row] = await app.services.db.query("SELECT d.status, d.attempts FROM event_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.url LIKE '%/flaky'");
	expect(row).toEqual({ status: 'delivered', attempts: 3 });
});

describe('registering', () => {
	test('the same address again replaces events and secret, and stays one webhook', async () => {
		const url = `${base}/again`;
		const first = await app.call('POST', '/v1/webhooks', { url, events: ['agent.paused'], secret: 'the-first-secret-of-32-characters-x' });
		const second = await app.call('POST', '/v1/webhooks', { url, events: ['agent.resumed'], secret: 'the-second-secret-of-32-characters-x' });
		expect([first.status, second.status, second.body.id]).toEqual([201, 200, first.body.id]);
		const answers = await Promise.all(Array.from({ length: 5 }, () => app.call('POST', '/v1/webhooks', { url, events: ['agent.resumed'], secret: 'the-second-secret-of-32-characters-x' })));
		expect(answers.map(({ status, body }) => [status, body.id])).toEqual(answers.map(() => [200, first.body.id]));
		expect((await app.call('GET', '/v1/webhooks')).body.items.filter((webhook: any) => webhook.url === url)).toHaveLength(1);
		await pauseAndResume();
		await arrived('/again', 1);
		const [delivery] = at('/again') as [Delivery];
		expect([delivery.body.type, delivery.headers['x-talentmatch-signature']]).toEqual(['agent.resumed', signatureOf('the-second-secret-of-32-characters-x', delivery)]);
	});

	test('at the same time for the first time makes one', async () => {
		const answers = await Promise.all(Array.from({ length: 5 }, () => app.call('POST', '/v1/webhooks', { url: `${base}/at-once`, events: ['agent.resumed'] })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
	});

	test('a removed webhook hears nothing more, not even what was waiting', async () => {
		const { id } = (await app.call('POST', '/v1/webhooks', { url: `${base}/removed`, events: ['agent.paused'] })).body;
		expect((await app.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
		await pauseAndResume();
		await untilIdle(app.services.db);
		expect(at('/removed')).toEqual([]);
		expect((await app.call('GET', `/v1/webhooks/${id}`)).status).toBe(404);
		expect((await app.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(404);
	});

	test('the secret is kept sealed and never shown again', async () => {
		const { id, secret } = (await app.call('POST', '/v1/webhooks', { url: `${base}/sealed`, events: ['agent.resumed'] })).body;
		const [row] = await app.services.db.query<{ row: string }>('SELECT t::text AS row FROM webhooks t WHERE id = $id', { bind: { id } });
		expect(row?.row).not.toContain(secret);
		for (const path of ['/v1/webhooks', `/v1/webhooks/${id}`]) expect(JSON.stringify((await app.call('GET', path)).body)).not.toContain('secret');
	});

	test.each([
		'http://10.0.0.5/hook', 'http://192.168.1.10:5678/', 'http://169.254.169.254/latest/meta-data', 'http://[fd00::1]/', 'http://[::ffff:10.0.0.5]/', 'http://0.0.0.0/', 'http://100.64.0.1/',
		'http://167772165/', 'http://0x0a.0.0.5/', 'ftp://example.com/hook', 'file:///etc/passwd', 'http://user:word@example.com/', 'http://no-such-host.invalid/',
	])('%s is refused and not stored', async (url) => {
		const before = await contents(app.services.db);
		const answer = await app.call('POST', '/v1/webhooks', { url, events: ['cv.analysed'] });
		expect([answer.status, answer.body.code]).toEqual([422, 'destination_not_allowed']);
		expect(await contents(app.services.db)).toEqual(before);
	});

	test.each([{ events: [] }, { events: ['cv.deleted'] }, { url: 'not a url' }, { secret: 'short' }, { secret: 'x'.repeat(257) }])('%j is 400', async (change) => {
		expect((await app.call('POST', '/v1/webhooks', { url: `${base}/bad`, events: ['cv.analysed'], ...change })).status).toBe(400);
	});
});

test('loopback is open on the embedded default only: elsewhere the operator must name the host', async () => {
	const { embedded } = app.services.config;
	const strict = await startApp(embedded ? {} : { OUTGOING_ALLOWED_HOSTS: 'n8n.internal.example' });
	try {
		for (const url of [`${base}/loopback`, base.replace('127.0.0.1', 'localhost')]) {
			const answer = await strict.call('POST', '/v1/webhooks', { url, events: ['cv.analysed'] });
			expect([url, answer.status]).toEqual([url, embedded ? 201 : 422]);
		}
	} finally {
		await strict.close();
	}
});
