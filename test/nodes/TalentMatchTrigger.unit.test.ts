import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { problem } from './support/scriptedSidecar.ts';
import { setUp, uuid } from './support/suite.ts';
import type { TestTrigger } from './support/runNode.ts';

const parts = setUp();
const secret = 'ab'.repeat(32);
const event = { id: uuid(90), type: 'cv.analysed', createdAt: '2026-01-01T00:00:00Z', workspaceId: uuid(91), subject: { type: 'cv', id: uuid(2) }, data: { name: 'Zoë' } };
const now = () => Math.floor(Date.now() / 1000);

interface Delivery {
	/** the signed body … */
	body?: string;
	/** … and the one that arrives */
	sentBody?: string;
	key?: string;
	timestamp?: string;
	headers?: Record<string, string>;
}

function signed(trigger: TestTrigger, { body = JSON.stringify(event), sentBody, key = secret, timestamp = String(now()), headers = {} }: Delivery = {}) {
	const signature = `sha256=${createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')}`;
	return trigger.deliver({ headers: { 'x-talentmatch-timestamp': timestamp, 'x-talentmatch-signature': signature, ...headers }, rawBody: Buffer.from(sentBody ?? body) });
}

describe('a delivery', () => {
	const registered = () => parts.n8n.trigger({ events: ['cv.analysed'] }, { secret, webhookIds: {} });

	test('with the right signature starts the workflow with the event', async () => {
		const { result, status } = await signed(registered());
		expect(result.workflowData).toEqual([[{ json: event }]]);
		expect(status).toBeUndefined();
	});

	test('may be up to five minutes old', async () => {
		expect((await signed(registered(), { timestamp: String(now() - 290) })).result.workflowData).toBeDefined();
	});

	test('with several signatures, as after a rotation, is taken when any of them fits', async () => {
		const body = JSON.stringify(event);
		const timestamp = String(now());
		const sign = (key: string) => `sha256=${createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')}`;
		const [own, other] = [sign(secret), sign('cd'.repeat(32))];
		const answer = async (signature: string) => (await signed(registered(), { body, timestamp, headers: { 'x-talentmatch-signature': signature } })).status;
		for (const signature of [`${own},${other}`, `${other},${own}`, `${other}, ${own}`, [other, other, other, own].join(',')]) expect([signature, await answer(signature)]).toEqual([signature, undefined]);
		for (const signature of [`${other},${other}`, [other, other, other, other, own].join(','), [own, other, other, other, other].join(','), ',', `${own.slice(0, -1)},${other}`, own.replace('sha256=', ''), `sha512=${own.slice(7)},${other}`, own.replace('=', '=,')]) expect([signature, await answer(signature)]).toEqual([signature, 401]);
	});

	test('of an event that was not chosen is taken, but starts nothing', async () => {
		const { result, status } = await signed(registered(), { body: JSON.stringify({ ...event, type: 'agent.paused' }) });
		expect(result).toEqual({});
		expect(status).toBeUndefined();
	});

	test.each<[string, Delivery]>([
		['signed with another secret', { key: 'cd'.repeat(32) }],
		['changed on the way', { sentBody: JSON.stringify({ ...event, type: 'cv.analysed ' }) }],
		['older than five minutes', { timestamp: String(now() - 310) }],
		['from the future', { timestamp: String(now() + 310) }],
		['with another timestamp than the signed one', { headers: { 'x-talentmatch-timestamp': String(now() - 5) } }],
		['with a timestamp that is no number', { timestamp: 'now' }],
		['without a timestamp', { timestamp: '' }],
		['without a signature', { headers: { 'x-talentmatch-signature': '' } }],
		['with a signature that is too short', { headers: { 'x-talentmatch-signature': 'sha256=abc' } }],
		['with a signature that is too long', { headers: { 'x-talentmatch-signature': `sha256=${'0'.repeat(66)}` } }],
		['with a signature of the right length in another alphabet', { headers: { 'x-talentmatch-signature': `sha256=${'é'.repeat(64)}` } }],
	])('%s is refused with 401 and starts nothing', async (_name, delivery) => {
		const { result, status } = await signed(registered(), delivery);
		expect(status).toBe(401);
		expect(result).toEqual({ noWebhookResponse: true });
	});

	test('is refused when the headers are missing altogether, or the raw body', async () => {
		expect((await registered().deliver({ headers: {}, rawBody: Buffer.from('{}') })).status).toBe(401);
		expect((await registered().deliver({ headers: {}, rawBody: undefined })).status).toBe(401);
	});

	test('is refused while no secret is stored, even if it is signed with an empty one', async () => {
		const unregistered = parts.n8n.trigger({ events: ['cv.analysed'] });
		expect((await signed(unregistered, { key: '' })).status).toBe(401);
		const emptied = parts.n8n.trigger({ events: ['cv.analysed'] }, { secret: '' });
		expect((await signed(emptied, { key: '' })).status).toBe(401);
	});
});

describe('the registration', () => {
	const webhookOf = (call: any, id: string) => ({ id, url: call.body.url, events: call.body.events });

	test('is made with a fresh secret, found again, and removed', async () => {
		const { sidecar, n8n } = parts;
		const trigger = n8n.trigger({ events: ['cv.analysed', 'cv.failed'] });
		sidecar.on('POST', '/v1/webhooks', (call: any) => ({ status: 201, body: webhookOf(call, uuid(60)) }));
		sidecar.on('GET', `/v1/webhooks/${uuid(60)}`, { id: uuid(60), url: trigger.url(), events: ['cv.failed', 'cv.analysed'] });
		sidecar.on('DELETE', `/v1/webhooks/${uuid(60)}`, () => ({ status: 204 }));

		expect(await trigger.hook('checkExists')).toBe(false);
		expect(await trigger.hook('create')).toBe(true);
		const { body } = sidecar.apiCalls()[0]!;
		expect(body).toMatchObject({ url: trigger.url(), events: ['cv.analysed', 'cv.failed'], secret: expect.stringMatching(/^[0-9a-f]{64}$/) });
		expect((await signed(trigger, { key: body.secret })).result.workflowData).toBeDefined();
		expect(await trigger.hook('checkExists')).toBe(true);
		expect(await trigger.hook('delete')).toBe(true);
		expect(trigger.staticData).toEqual({ webhookIds: {} });
		expect((await signed(trigger, { key: body.secret })).status).toBe(401);
	});

	test('is made again when the sidecar has forgotten it or has other events or another address', async () => {
		const { sidecar, n8n } = parts;
		const trigger = n8n.trigger({ events: ['cv.analysed'] });
		trigger.staticData['secret'] = secret;
		trigger.staticData['webhookIds'] = { [trigger.url()]: uuid(60) };
		expect(await trigger.hook('checkExists')).toBe(false);
		sidecar.on('GET', `/v1/webhooks/${uuid(60)}`, { id: uuid(60), url: trigger.url(), events: ['cv.failed'] });
		expect(await trigger.hook('checkExists')).toBe(false);
		sidecar.on('GET', `/v1/webhooks/${uuid(60)}`, { id: uuid(60), url: 'http://elsewhere.example.com/', events: ['cv.analysed'] });
		expect(await trigger.hook('checkExists')).toBe(false);
	});

	test('is made again with a fresh secret when the secret was rotated at the sidecar', async () => {
		const { sidecar, n8n } = parts;
		const trigger = n8n.trigger({ events: ['cv.analysed'] });
		trigger.staticData['secret'] = secret;
		trigger.staticData['webhookIds'] = { [trigger.url()]: uuid(60) };
		const webhook = { id: uuid(60), url: trigger.url(), events: ['cv.analysed'] };
		sidecar.on('GET', `/v1/webhooks/${uuid(60)}`, { ...webhook, secretRotatedAt: null });
		expect(await trigger.hook('checkExists')).toBe(true);
		expect(trigger.staticData['secret']).toBe(secret);
		sidecar.on('GET', `/v1/webhooks/${uuid(60)}`, { ...webhook, secretRotatedAt: '2026-11-22T10:00:00.000Z' });
		sidecar.on('POST', '/v1/webhooks', (call: any) => ({ status: 200, body: webhookOf(call, uuid(60)) }));
		expect(await trigger.hook('checkExists')).toBe(false);
		expect(await trigger.hook('create')).toBe(true);
		expect(trigger.staticData['secret']).toMatch(/^[0-9a-f]{64}$/);
		expect(trigger.staticData['secret']).not.toBe(secret);
		expect((await signed(trigger, { key: String(trigger.staticData['secret']) })).result.workflowData).toBeDefined();
	});

	test('that is gone already counts as removed; another error does not', async () => {
		const { sidecar, n8n } = parts;
		const trigger = n8n.trigger({ events: ['cv.analysed'] });
		trigger.staticData['webhookIds'] = { [trigger.url()]: uuid(60) };
		sidecar.on('DELETE', `/v1/webhooks/${uuid(60)}`, () => problem(503, 'service_unavailable', 'Try again later'));
		await expect(trigger.hook('delete')).rejects.toMatchObject({ message: 'Try again later' });
		expect(trigger.staticData['webhookIds']).toEqual({ [trigger.url()]: uuid(60) });
		sidecar.on('DELETE', `/v1/webhooks/${uuid(60)}`, () => problem(404, 'not_found', 'Gone'));
		expect(await trigger.hook('delete')).toBe(true);
		expect(trigger.staticData['webhookIds']).toEqual({});
	});

	test('of a test run leaves the production one and its secret alone', async () => {
		const { sidecar, n8n } = parts;
		const trigger = n8n.trigger({ events: ['cv.analysed'] });
		sidecar.on('POST', '/v1/webhooks', (call: any) => ({ status: 201, body: webhookOf(call, call.body.url === trigger.url() ? uuid(60) : uuid(61)) }));
		sidecar.on('DELETE', `/v1/webhooks/${uuid(61)}`, () => ({ status: 204 }));
		await trigger.hook('create');
		const { secret: first } = trigger.staticData;
		await trigger.hook('create', true);
		await trigger.hook('delete', true);
		expect(trigger.staticData).toEqual({ secret: first, webhookIds: { [trigger.url()]: uuid(60) } });
		expect((await signed(trigger, { key: String(first) })).result.workflowData).toBeDefined();
	});

	test('tells what the sidecar says when it is refused, and asks for at least one event', async () => {
		const { sidecar, n8n } = parts;
		sidecar.on('POST', '/v1/webhooks', () => problem(403, 'forbidden', 'This client may not register webhooks: give it the role integration'));
		const trigger = n8n.trigger({ events: ['cv.analysed'] });
		await expect(trigger.hook('create')).rejects.toMatchObject({ message: 'This client may not register webhooks: give it the role integration' });
		expect(trigger.staticData).toEqual({});
		await expect(n8n.trigger({ events: [] }).hook('create')).rejects.toMatchObject({ message: 'No event is chosen' });
	});
});
