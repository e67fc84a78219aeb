import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage } from '../../nodes/support/builtPackage.ts';
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
		for (const path of ['/v1/webhooks', `/v1/webhooks/${id}`]) {
			const shown = JSON.stringify((await app.call('GET', path)).body);
			expect(shown).not.toContain('"secret"');
			expect(shown).not.toContain(secret);
		}
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

/** The n8n trigger's own check, as it is in the package. */
let isAuthentic: (delivery: { secret: string; headers: IncomingHttpHeaders; rawBody: Buffer; now: number }) => boolean;
beforeAll(() => {
	({ isAuthentic } = createRequire(import.meta.url)(join(buildPackage(), 'dist/nodes/TalentMatchTrigger/signature.js')));
});
const trusted = (secret: string, { headers, raw }: Delivery) => isAuthentic({ secret, headers, rawBody: Buffer.from(raw), now: Date.now() });
const register = async (path: string, more: object = {}) => (await app.call('POST', '/v1/webhooks', { url: base + path, events: ['agent.paused'], ...more })).body;

describe('rotating a secret', () => {
	const rotate = (id: string, body: object = {}) => app.call('POST', `/v1/webhooks/${id}/rotate-secret`, body);
	const nextDelivery = async (path: string): Promise<Delivery> => {
		const count = at(path).length;
		await pauseAndResume();
		await arrived(path, count + 1);
		return at(path).at(-1) as Delivery;
	};

	test('gives a new one, once; during the overlap both sign, and the n8n trigger takes either', async () => {
		const { id, secret: first } = await register('/rotated');
		const began = Date.now();
		const answer = await rotate(id, { overlapSeconds: 3600 });
		expect([answer.status, answer.body.id, answer.body.secret]).toEqual([200, id, expect.stringMatching(/^[0-9a-f]{64}$/)]);
		const second: string = answer.body.secret;
		expect(second).not.toBe(first);
		expect(Date.parse(answer.body.previousSecretUntil) - began).toBeGreaterThanOrEqual(3_600_000);
		expect(Date.parse(answer.body.previousSecretUntil) - Date.now()).toBeLessThanOrEqual(3_600_000);
		expect((await app.call('GET', `/v1/webhooks/${id}`)).body).not.toHaveProperty('secret');

		const delivery = await nextDelivery('/rotated');
		expect(delivery.headers['x-talentmatch-signature']).toBe(`${signatureOf(second, delivery)},${signatureOf(first, delivery)}`);
		expect([trusted(first, delivery), trusted(second, delivery), trusted('another-secret-of-32-characters-xx', delivery)]).toEqual([true, true, false]);
		expect(trusted(second, { ...delivery, raw: delivery.raw.replace('agent.paused', 'agent.pauseD') })).toBe(false);

		await app.services.db.query("UPDATE webhooks SET previous_secret_until = now() - interval '1 second' WHERE id = $id", { bind: { id } });
		const later = await nextDelivery('/rotated');
		expect(later.headers['x-talentmatch-signature']).toBe(signatureOf(second, later));
		expect([trusted(first, later), trusted(second, later)]).toEqual([false, true]);
	});

	test('without an overlap ends the former one at once; a second rotation ends the one before the former', async () => {
		const { id, secret: first } = await register('/leaked');
		const second = (await rotate(id, { overlapSeconds: 0 })).body;
		expect(second.previousSecretUntil).toBeNull();
		const delivery = await nextDelivery('/leaked');
		expect([trusted(first, delivery), trusted(second.secret, delivery)]).toEqual([false, true]);
		const third = (await rotate(id)).body.secret;
		const own = 'a-secret-that-was-given-of-32-characters';
		const last = (await rotate(id, { secret: own })).body;
		expect([last.secret, Math.round((Date.parse(last.previousSecretUntil) - Date.now()) / 3_600_000)]).toEqual([null, 24]);
		const overlapping = await nextDelivery('/leaked');
		expect([trusted(second.secret, overlapping), trusted(third, overlapping), trusted(own, overlapping)]).toEqual([false, true, true]);
	});

	test('is shown until the receiver registers again, whose secret is then the only one', async () => {
		const { id, secretRotatedAt } = await register('/registered-again');
		expect(secretRotatedAt).toBeNull();
		const { secret: rotated, secretRotatedAt: rotatedAt } = (await rotate(id)).body;
		expect((await app.call('GET', `/v1/webhooks/${id}`)).body.secretRotatedAt).toBe(rotatedAt);
		expect(Date.parse(rotatedAt)).not.toBeNaN();
		const again = await register('/registered-again');
		expect([again.id, again.secretRotatedAt]).toEqual([id, null]);
		const delivery = await nextDelivery('/registered-again');
		expect([trusted(rotated, delivery), trusted(again.secret, delivery), delivery.headers['x-talentmatch-signature']]).toEqual([false, true, signatureOf(again.secret, delivery)]);
	});

	test('of two at the same time leaves the two newest, all sealed, and both in the audit log without a secret', async () => {
		const { id, secret: first } = await register('/at-the-same-time');
		const secrets: string[] = (await Promise.all([rotate(id), rotate(id)])).map(({ body }) => body.secret);
		const delivery = await nextDelivery('/at-the-same-time');
		expect([trusted(first, delivery), ...secrets.map((secret) => trusted(secret, delivery))]).toEqual([false, true, true]);
		const rows = await app.services.db.query<{ row: string }>("SELECT t::text AS row FROM webhooks t UNION ALL SELECT a::text FROM audit_log a UNION ALL SELECT t::text FROM tasks t");
		for (const secret of [first, ...secrets]) expect(rows.some(({ row }) => row.includes(secret))).toBe(false);
		const entries = await app.services.db.query<{ actor: string }>("SELECT actor_id AS actor FROM audit_log WHERE action = 'webhook.secret_rotated' AND subject_id::text = $id", { bind: { id } });
		expect(entries).toHaveLength(2);
	});

	test.each([{ overlapSeconds: -1 }, { overlapSeconds: 604_801 }, { overlapSeconds: 1.5 }, { overlapSeconds: '60' }, { secret: 'short' }, { secret: 'x'.repeat(257) }])('%j is 400', async (body) => {
		const { id } = await register('/rotated');
		expect((await rotate(id, body)).status).toBe(400);
	});
});

describe('deliveries', () => {
	const list = async (path: string) => (await app.call('GET', path)).body.items as any[];
	/** as if the last attempt had failed, without the day that takes */
	const exhaust = async (webhookId: string) => {
		await expect.poll(async () => (await list(`/v1/webhooks/${webhookId}/deliveries`))[0]?.attempts, { timeout: 10_000 }).toBeGreaterThan(0);
		const [delivery] = await list(`/v1/webhooks/${webhookId}/deliveries`);
		const [task] = await app.services.db.query<{ id: string }>("SELECT id FROM tasks WHERE payload->>'deliveryId' = $id", { bind: { id: delivery.id } });
		await app.call('POST', `/v1/tasks/${task?.id}/cancel`);
		await expect.poll(async () => (await list(`/v1/webhooks/${webhookId}/deliveries`))[0]?.status).toBe('failed');
		return delivery.id as string;
	};

	test('that failed are listed with what was answered, over all webhooks too, and go out again on request', async () => {
		replies.set('/down', Array.from({ length: 40 }, () => 503));
		const { id, secret } = await register('/down');
		await pauseAndResume();
		const deliveryId = await exhaust(id);
		const [failed] = await list(`/v1/webhooks/${id}/deliveries?status=failed`);
		expect(failed).toMatchObject({ id: deliveryId, webhookId: id, eventType: 'agent.paused', status: 'failed', responseStatus: 503, lastError: null, deliveredAt: null });
		expect((await list('/v1/webhook-deliveries?status=failed')).map((delivery) => delivery.id)).toContain(deliveryId);
		expect((await list('/v1/webhook-deliveries?status=delivered')).map((delivery) => delivery.id)).not.toContain(deliveryId);
		expect(await list(`/v1/webhooks/${id}/deliveries?status=pending`)).toEqual([]);

		replies.set('/down', []);
		const before = at('/down').length;
		const retried = await app.call('POST', `/v1/webhooks/${id}/deliveries/${deliveryId}/retry`);
		expect([retried.status, retried.body]).toEqual([200, expect.objectContaining({ id: deliveryId, status: 'pending', attempts: 0 })]);
		await arrived('/down', before + 1);
		const delivery = at('/down').at(-1) as Delivery;
		expect([delivery.headers['x-talentmatch-delivery'], trusted(secret, delivery)]).toEqual([deliveryId, true]);
		await expect.poll(async () => (await list(`/v1/webhooks/${id}/deliveries`))[0]?.status).toBe('delivered');
		const late = await app.call('POST', `/v1/webhooks/${id}/deliveries/${deliveryId}/retry`);
		expect([late.status, late.body.code]).toEqual([409, 'conflict']);
	});

	test('asked to go out again at the same time go out once', async () => {
		replies.set('/twice', Array.from({ length: 40 }, () => 500));
		const { id } = await register('/twice');
		await pauseAndResume();
		const deliveryId = await exhaust(id);
		replies.set('/twice', []);
		const before = at('/twice').length;
		const answers = await Promise.all(Array.from({ length: 5 }, () => app.call('POST', `/v1/webhooks/${id}/deliveries/${deliveryId}/retry`)));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
		await arrived('/twice', before + 1);
		await untilIdle(app.services.db);
		expect(at('/twice')).toHaveLength(before + 1);
	});

	test('to a host that is gone say so without its address', async () => {
		const { id } = await register('/gone', { url: 'http://127.0.0.1:9/gone' });
		await pauseAndResume();
		await exhaust(id);
		const [failed] = await list(`/v1/webhooks/${id}/deliveries`);
		expect(failed).toMatchObject({ responseStatus: null, lastError: expect.stringContaining('could not be reached') });
		expect(failed.lastError).not.toContain('127.0.0.1');
		await app.call('DELETE', `/v1/webhooks/${id}`);
	});

	test('come in pages, newest first, each once', async () => {
		const { id } = await register('/pages');
		for (let n = 0; n < 5; n += 1) await pauseAndResume();
		await arrived('/pages', 5);
		const ids: string[] = [];
		let cursor = '';
		do {
			const page = (await app.call('GET', `/v1/webhooks/${id}/deliveries?limit=2${cursor}`)).body;
			ids.push(...page.items.map((delivery: any) => delivery.id));
			cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
		} while (cursor !== '');
		expect(ids).toEqual((await app.call('GET', `/v1/webhooks/${id}/deliveries`)).body.items.map((delivery: any) => delivery.id));
		expect(ids).toHaveLength(5);
		expect([...ids].sort().reverse()).toEqual(ids);
	});

	test('of another workspace, or of another webhook, are not there', async () => {
		const { id } = await register('/pages');
		const [delivery] = await list(`/v1/webhooks/${id}/deliveries`);
		const other = await register('/not-its-own');
		const stranger = await app.otherWorkspace();
		for (const [caller, webhookId] of [[stranger, id], [app, other.id]] as const) {
			expect((await caller.call('POST', `/v1/webhooks/${webhookId}/deliveries/${delivery.id}/retry`)).status).toBe(404);
		}
		expect((await stranger.call('GET', `/v1/webhooks/${id}/deliveries`)).status).toBe(404);
		expect((await stranger.call('GET', '/v1/webhook-deliveries')).body.items).toEqual([]);
		expect((await app.call('GET', '/v1/webhook-deliveries?status=lost')).status).toBe(400);
	});
});

test('a role that reaches its own rows only reaches the webhooks it made, and registers none', async () => {
	const permissions = ['webhooks:create', 'webhooks:read', 'webhooks:update', 'webhooks:delete'];
	await app.services.db.query(
		"INSERT INTO roles (id, workspace_id, name, description, permissions, rows, blind, created_by) VALUES ($id, $workspaceId, 'own-webhooks', '', $permissions, 'own', false, 'test')",
		{ bind: { id: randomUUID(), workspaceId: app.credential.workspaceId, permissions } },
	);
	const scoped = await app.clientWith(['own-webhooks']);
	const [others, own] = [await register('/of-others'), await register('/of-its-own')];
	await app.services.db.query('UPDATE webhooks SET created_by = $actor WHERE id = $id', { bind: { actor: (await scoped.call('GET', '/v1/me')).body.actor.id, id: own.id } });
	await pauseAndResume();
	await arrived('/of-its-own', 1);
	const [delivery] = (await app.call('GET', `/v1/webhooks/${others.id}/deliveries`)).body.items;

	const refusedOne = await scoped.call('POST', '/v1/webhooks', { url: `${base}/of-its-own`, events: ['cv.analysed'] });
	expect([refusedOne.status, refusedOne.body.code]).toEqual([403, 'forbidden']);
	expect((await scoped.call('GET', '/v1/webhooks')).body.items.map(({ id }: { id: string }) => id)).toEqual([own.id]);
	expect(new Set((await scoped.call('GET', '/v1/webhook-deliveries')).body.items.map(({ webhookId }: { webhookId: string }) => webhookId))).toEqual(new Set([own.id]));
	for (const [method, path] of [['GET', ''], ['GET', '/deliveries'], ['POST', `/deliveries/${delivery.id}/retry`], ['DELETE', '']] as const) {
		expect([method, path, (await scoped.call(method, `/v1/webhooks/${others.id}${path}`)).status]).toEqual([method, path, 404]);
	}
	expect((await scoped.call('POST', `/v1/webhooks/${others.id}/rotate-secret`, {})).status).toBe(404);
	expect((await app.call('GET', `/v1/webhooks/${others.id}`)).body.secretRotatedAt).toBeNull();
	expect((await scoped.call('POST', `/v1/webhooks/${own.id}/rotate-secret`, {})).status).toBe(200);
	expect((await scoped.call('DELETE', `/v1/webhooks/${own.id}`)).status).toBe(204);
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
